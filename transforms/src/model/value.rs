//! Symbolic values: what an expansion gives when some variables are known and others are not.
//!
//! The expansion layer is BuildKit's `frontend/dockerfile/shell/lex.go` (L4, semantics A.8).

use smol_str::SmolStr;

/// A text of which some parts may be unknown. Two values are equal when they are the same for every set of build
/// arguments and every base image; a literal never stands next to a literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Value {
    parts: Vec<Part>,
}

/// A part of a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Known text.
    Literal(SmolStr),
    /// The value of a variable that the base image may define; empty when it doesn't. The text identifies the base
    /// image and the variable.
    FromBase(SmolStr),
    /// The value of a build argument: what `--build-arg` says, else the default.
    BuildArg {
        /// The name.
        name: SmolStr,
        /// The default; `None` without one.
        default: Option<Box<Value>>,
    },
    /// An expansion with a modifier, such as `${x:-y}`, of something unknown.
    Modified {
        /// The variable's value.
        of: Box<Value>,
        /// The modifier as written, its word expanded.
        modifier: SmolStr,
        /// The expanded word of the modifier.
        word: Box<Value>,
    },
}

/// The variables that an expansion sees.
pub trait Scope {
    /// The value of a variable; `None` when it is certainly not set.
    fn lookup(&self, name: &str) -> Option<Value>;
}

/// The result of an expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The value.
    pub value: Value,
    /// The names of the variables that were read, in order.
    pub reads: Vec<SmolStr>,
    /// Those of them that are certainly not set.
    pub unset: Vec<SmolStr>,
}

impl Value {
    /// A known text.
    pub fn literal(text: &str) -> Self {
        if text.is_empty() {
            Self::default()
        } else {
            Self {
                parts: vec![Part::Literal(text.into())],
            }
        }
    }

    /// A value of one part.
    pub fn part(part: Part) -> Self {
        Self { parts: vec![part] }
    }

    /// The text, if every part of it is known.
    pub fn known(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Appends known text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Literal(last)) = self.parts.last_mut() {
            *last = format!("{last}{text}").into();
        } else {
            self.parts.push(Part::Literal(text.into()));
        }
    }

    /// Appends another value.
    pub fn push(&mut self, other: &Self) {
        for part in &other.parts {
            match part {
                Part::Literal(text) => self.push_str(text),
                part => self.parts.push(part.clone()),
            }
        }
    }
}
