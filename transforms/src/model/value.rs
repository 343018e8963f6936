//! Symbolic values: what an expansion gives when some variables are known and others are not.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use smol_str::{SmolStr, format_smolstr};

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
        /// The modifier alone: `:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `%`, `/` or `//`; or a word for something else that
        /// the builder does with an unknown value (`workdir` joins a path to a directory).
        modifier: SmolStr,
        /// The expanded word of the modifier; the second sign of `##` and `%%` is its first character. The two words of
        /// `/` and `//` are the `of` (pattern) and `word` (replacement) of a nested part whose modifier is `by`.
        word: Box<Value>,
    },
}

/// The variables that an expansion sees.
pub trait Scope {
    /// The value of a variable; `None` when it is certainly not set.
    fn lookup(&self, name: &str) -> Option<Value>;

    /// Whether a variable is certainly set (perhaps to nothing), although its value may be unknown. `${x-y}` and
    /// `${x+y}` ask for this.
    fn is_set(&self, name: &str) -> bool {
        self.lookup(name)
            .is_some_and(|value| value.known().is_some())
    }
}

/// The result of an expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The value.
    pub value: Value,
    /// The names of the variables that were read, in order.
    pub reads: Vec<SmolStr>,
    /// Those of them that are certainly not set.
    pub unset: Vec<SmolStr>,
    /// Those of `unset` that were read without a modifier that says what to do then: each stands for nothing, which
    /// the author hardly meant.
    pub undefined: Vec<SmolStr>,
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
        match part {
            Part::Literal(text) if text.is_empty() => Self::default(),
            part => Self { parts: vec![part] },
        }
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

    /// The known text that it starts with; empty when the first part is unknown.
    pub fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// Whether it is certainly not empty.
    pub fn is_nonempty(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Literal(_) => true,
            Part::FromBase(_) | Part::BuildArg { .. } => false,
            Part::Modified { of, modifier, word } => match modifier.as_str() {
                ":-" => of.is_nonempty() || word.is_nonempty(),
                ":?" => true,
                "?" => of.is_nonempty(),
                _ => false,
            },
        })
    }

    /// Appends known text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Literal(last)) = self.parts.last_mut() {
            *last = format_smolstr!("{last}{text}");
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

    /// What becomes of `of` by something that can't be followed.
    pub(crate) fn modified(of: Self, modifier: &str, word: Self) -> Self {
        Self::part(Part::Modified {
            of: Box::new(of),
            modifier: modifier.into(),
            word: Box::new(word),
        })
    }

    /// A value that stands for the result of something that can't be followed, and equals only the results of the same
    /// thing: `what` with the same `inputs`.
    pub(crate) fn unfollowed(what: &str, inputs: &[&Self]) -> Self {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        inputs.hash(&mut hasher);
        let identity = format_smolstr!("{:016x}", hasher.finish());
        Self::modified(Self::default(), "unfollowed", Self::literal(&identity))
    }

    /// Its size in bytes, about, and its depth of nesting. Whoever stores values bounds both, since they grow
    /// exponentially when a file wants them to (`ENV a=$a$a`).
    pub(crate) fn measure(&self) -> (usize, usize) {
        self.parts.iter().fold((0, 0), |(size, depth), part| {
            let (inner, nested) = match part {
                Part::Literal(text) | Part::FromBase(text) => (text.len(), 0),
                Part::BuildArg { name, default } => {
                    let (size, depth) = default.as_ref().map_or((0, 0), |value| value.measure());
                    (size + name.len(), depth + 1)
                }
                Part::Modified { of, word, .. } => {
                    let ((of, left), (word, right)) = (of.measure(), word.measure());
                    (of + word, left.max(right) + 1)
                }
            };
            (size + inner + size_of::<Part>(), depth.max(nested))
        })
    }
}

/// In the notation of a Dockerfile, as far as it has one; for messages and for telling base images apart.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::FromBase(name) => write!(f, "${{{name}}}"),
            Part::BuildArg { name, default } => match default {
                None => write!(f, "${{{name}}}"),
                Some(default) => write!(f, "${{{name}={default}}}"),
            },
            Part::Modified { of, modifier, word } => match (of.parts.as_slice(), word.parts()) {
                (
                    [
                        Part::BuildArg {
                            name,
                            default: None,
                        }
                        | Part::FromBase(name),
                    ],
                    _,
                ) => {
                    write!(f, "${{{name}{modifier}{word}}}")
                }
                _ => write!(f, "${{{of}{modifier}{word}}}"),
            },
        })
    }
}
