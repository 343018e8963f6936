//! The expansion of variables, quotes and escapes in arguments (layer L4, semantics A.8), after BuildKit's
//! `frontend/dockerfile/shell/lex.go`. It works on symbolic [`Value`]s: with all variables known the result is the exact
//! text, otherwise the unknown parts stay in it.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use smol_str::{SmolStr, format_smolstr};

use super::pattern::{Pattern, trim_suffix};
use super::value::{Expansion, Part, Scope, Value};

/// Nesting of `${...}` beyond which an argument is refused; BuildKit has no limit but its stack.
const MAX_DEPTH: usize = 100;
/// Nesting of a symbolic value beyond which it isn't followed any more.
pub(super) const MAX_VALUE_DEPTH: usize = 40;
/// Size of a value in bytes beyond which it isn't followed any more.
const MAX_VALUE_SIZE: usize = 1 << 20;

/// Why an argument can't be expanded: the build stops there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpandError {
    /// A quote is not closed.
    Quote(char),
    /// A `${` is not closed.
    Brace,
    /// `${}`, `${{`, `${:`.
    Substitution,
    /// The `/` between pattern and replacement is missing.
    Slash,
    /// A modifier that BuildKit doesn't know; `None` when the text ends before it.
    Modifier(SmolStr),
    /// A pattern with a backslash before an ordinary character.
    Pattern(SmolStr),
    /// `${x:?message}` of a variable that is certainly unset or empty.
    Required {
        /// The variable.
        name: SmolStr,
        /// What the author says about it.
        message: SmolStr,
    },
    /// Nested deeper, or grown larger, than dfix follows. The build may well succeed.
    TooLarge,
}

impl fmt::Display for ExpandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quote(quote) => write!(f, "missing closing {quote}"),
            Self::Brace => f.write_str("missing } of a ${"),
            Self::Substitution => f.write_str("${ without a variable name"),
            Self::Slash => f.write_str("missing / after the pattern of a ${...}"),
            Self::Modifier(text) => write!(f, "the builder has no modifier {text} in ${{...}}"),
            Self::Pattern(text) => write!(f, "invalid escape in the pattern {text}"),
            Self::Required { name, message } => write!(f, "{name}: {message}"),
            Self::TooLarge => f.write_str("too large to follow"),
        }
    }
}

impl std::error::Error for ExpandError {}

/// The words that EXPOSE makes of an argument.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpandedWords {
    /// The words in order.
    pub words: Vec<Value>,
    /// Whether an unknown value stands outside quotes, so that a word may be several words, or none.
    pub may_split: bool,
    /// All of it as one value, and the variables that were read.
    pub whole: Expansion,
}

/// Expands one argument to one value (`ProcessWord`). `escape` is the file's escape token.
///
/// # Errors
/// [`ExpandError`] when the build would stop here, or when the text is nested too deeply.
pub fn expand(text: &str, escape: char, scope: &dyn Scope) -> Result<Expansion, ExpandError> {
    // What begins with this byte may be a byte order mark; an escape token is one byte long.
    let special = |byte| {
        matches!(byte, b'$' | b'\'' | b'"' | b'\xef') || !escape.is_ascii() || byte == escape as u8
    };
    if !text.bytes().any(special) {
        return Ok(Expansion {
            value: Value::literal(text),
            ..Expansion::default()
        });
    }
    Lexer::new(text, escape, true, scope).finish(None)
}

/// Expands one argument of EXPOSE, whose result is split at blanks (`ProcessWords`).
///
/// # Errors
/// As [`expand`].
pub fn expand_words(
    text: &str,
    escape: char,
    scope: &dyn Scope,
) -> Result<ExpandedWords, ExpandError> {
    let mut words = Words::default();
    let whole = Lexer::new(text, escape, true, scope).finish(Some(&mut words))?;
    words.end();
    Ok(ExpandedWords {
        words: words.words,
        may_split: words.may_split,
        whole,
    })
}

/// Expands the body of an unquoted heredoc of COPY or ADD: quotes are ordinary and the escape token is always a
/// backslash (semantics A.7).
///
/// # Errors
/// As [`expand`].
pub fn expand_heredoc(body: &str, scope: &dyn Scope) -> Result<Expansion, ExpandError> {
    Lexer::new(body, '\\', false, scope).finish(None)
}

/// Where an argument, or with `heredoc` the body of a heredoc, names the variables that it reads: the bytes of the names,
/// in order. As far as the argument is well-formed.
pub fn variable_places(text: &str, escape: char, heredoc: bool) -> Vec<Range<usize>> {
    if !text.contains('$') {
        return Vec::new();
    }
    let escape = if heredoc { '\\' } else { escape };
    let mut lexer = Lexer::new(text, escape, !heredoc, &Anything);
    let skipped = text.len() - lexer.text.len();
    lexer.places = Some(Vec::new());
    // What an error leaves unread holds no places.
    let _ = lexer.until(None, false, None);
    let places = lexer.places.unwrap_or_default().into_iter();
    let mut places: Vec<_> = places
        .map(|place| place.start + skipped..place.end + skipped)
        .collect();
    places.sort_by_key(|place| place.start);
    places
}

/// A scope in which everything is set, to nobody knows what.
struct Anything;

impl Scope for Anything {
    fn lookup(&self, name: &str) -> Option<Value> {
        Some(Value::part(Part::FromBase(name.into())))
    }

    fn is_set(&self, _: &str) -> bool {
        true
    }
}

/// Builds a value from characters and values.
#[derive(Default)]
struct Builder {
    value: Value,
    text: String,
}

impl Builder {
    fn push(&mut self, value: &Value) {
        if let Some(text) = value.known() {
            self.text.push_str(text);
        } else {
            self.flush();
            self.value.push(value);
        }
    }

    fn flush(&mut self) {
        self.value.push_str(&self.text);
        self.text.clear();
    }

    fn finish(mut self) -> Value {
        self.flush();
        self.value
    }
}

/// The words of EXPOSE as they grow (`wordsStruct`).
#[derive(Default)]
struct Words {
    words: Vec<Value>,
    word: Builder,
    may_split: bool,
}

impl Words {
    fn add_char(&mut self, char: char) {
        if char.is_whitespace() {
            self.end();
        } else {
            self.word.text.push(char);
        }
    }

    /// Adds the value of a variable that stands outside quotes.
    fn add_splitting(&mut self, value: &Value) {
        for part in value.parts() {
            match part {
                Part::Literal(text) => text.chars().for_each(|char| self.add_char(char)),
                part => {
                    self.may_split = true;
                    self.word.push(&Value::part(part.clone()));
                }
            }
        }
    }

    fn end(&mut self) {
        let word = std::mem::take(&mut self.word).finish();
        if !word.parts().is_empty() {
            self.words.push(word);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    /// The byte offset of the next character.
    at: usize,
    escape: char,
    /// Whether quotes are special.
    quotes: bool,
    /// Whether an escape token stays before what it escapes, as in patterns.
    raw_escapes: bool,
    depth: usize,
    scope: &'a dyn Scope,
    out: Expansion,
    /// Where names stand, for who asks.
    places: Option<Vec<Range<usize>>>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, escape: char, quotes: bool, scope: &'a dyn Scope) -> Self {
        Self {
            // Go's text/scanner drops a byte order mark.
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            at: 0,
            escape,
            quotes,
            raw_escapes: false,
            depth: 0,
            scope,
            out: Expansion::default(),
            places: None,
        }
    }

    fn finish(mut self, words: Option<&mut Words>) -> Result<Expansion, ExpandError> {
        let value = self.until(None, false, words)?;
        let (size, depth) = value.measure();
        if size > MAX_VALUE_SIZE || depth > MAX_VALUE_DEPTH {
            return Err(ExpandError::TooLarge);
        }
        self.out.value = value;
        Ok(self.out)
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    /// Reads up to the stop character, or to the end without one (`processStopOn`).
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
        words: Option<&mut Words>,
    ) -> Result<Value, ExpandError> {
        if self.depth > MAX_DEPTH {
            return Err(ExpandError::TooLarge);
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let value = self.until_stop(stop, words);
        self.raw_escapes = outer;
        self.depth -= 1;
        value
    }

    fn until_stop(
        &mut self,
        stop: Option<char>,
        mut words: Option<&mut Words>,
    ) -> Result<Value, ExpandError> {
        let mut out = Builder::default();
        while let Some(char) = self.peek() {
            if stop == Some(char) {
                self.next();
                return Ok(out.finish());
            }
            match char {
                '$' => {
                    let value = self.dollar()?;
                    if let Some(words) = words.as_deref_mut() {
                        words.add_splitting(&value);
                    }
                    out.push(&value);
                }
                '\'' | '"' if self.quotes => {
                    let value = if char == '"' {
                        self.double_quoted()?
                    } else {
                        self.single_quoted()?
                    };
                    if let Some(words) = words.as_deref_mut() {
                        words.word.push(&value);
                    }
                    out.push(&value);
                }
                char if char == self.escape => {
                    self.next();
                    let escaped = self.next();
                    let kept = self.raw_escapes.then_some(char);
                    for char in kept.into_iter().chain(escaped) {
                        if let Some(words) = words.as_deref_mut() {
                            words.word.text.push(char);
                        }
                        out.text.push(char);
                    }
                }
                char => {
                    self.next();
                    if let Some(words) = words.as_deref_mut() {
                        words.add_char(char);
                    }
                    out.text.push(char);
                }
            }
        }
        match stop {
            None => Ok(out.finish()),
            Some('/') => Err(ExpandError::Slash),
            Some(_) => Err(ExpandError::Brace),
        }
    }

    /// `'...'`: nothing is special in it.
    fn single_quoted(&mut self) -> Result<Value, ExpandError> {
        self.next();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (quoted, _) = rest.split_once('\'').ok_or(ExpandError::Quote('\''))?;
        self.at += quoted.len() + 1;
        Ok(Value::literal(quoted))
    }

    /// `"..."`: variables expand, and the escape token is special before `"`, `$` and itself.
    fn double_quoted(&mut self) -> Result<Value, ExpandError> {
        self.next();
        let mut out = Builder::default();
        loop {
            match self.peek().ok_or(ExpandError::Quote('"'))? {
                '"' => {
                    self.next();
                    return Ok(out.finish());
                }
                '$' => {
                    let value = self.dollar()?;
                    out.push(&value);
                }
                char => {
                    self.next();
                    let escaped = self.peek().filter(|next| {
                        char == self.escape && (matches!(next, '"' | '$') || *next == char)
                    });
                    if char == self.escape && self.raw_escapes {
                        out.text.push(char);
                    }
                    if escaped.is_some() {
                        self.next();
                    }
                    out.text.push(escaped.unwrap_or(char));
                }
            }
        }
    }

    /// What starts with `$` (`processDollar`).
    fn dollar(&mut self) -> Result<Value, ExpandError> {
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            return Ok(if name.is_empty() {
                Value::literal("$")
            } else {
                self.read(name, false).value
            });
        }
        self.next();
        match self.peek() {
            None => return Err(ExpandError::Brace),
            Some('{' | '}' | ':') => return Err(ExpandError::Substitution),
            Some(_) => {}
        }
        let name = self.name();
        let modifier = self.next();
        match modifier {
            Some('}') => Ok(self.read(name, false).value),
            Some(':') => {
                let modifier = self.next();
                self.modified(name, modifier, true)
            }
            Some('+' | '-' | '?' | '#' | '%') => self.modified(name, modifier, false),
            Some('/') => self.replaced(name),
            other => Err(unsupported(other, false)),
        }
    }

    /// The name after `$` or `${`; empty when there is none (`processName`).
    fn name(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = match rest.chars().next() {
            Some(first) if first.is_ascii_digit() => rest.find(|char: char| !char.is_ascii_digit()),
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => Some(1),
            _ => rest.find(|char: char| !char.is_alphanumeric() && char != '_'),
        };
        let name = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        let start = self.at;
        self.at += name.len();
        if let Some(places) = self.places.as_mut().filter(|_| !name.is_empty()) {
            places.push(start..self.at);
        }
        name
    }

    /// Looks a variable up and notes that it was read. `guarded`: a modifier says what happens when it is unset.
    fn read(&mut self, name: &str, guarded: bool) -> Variable {
        let value = self.scope.lookup(name);
        let name = SmolStr::new(name);
        if value.is_none() {
            self.out.unset.push(name.clone());
            if !guarded {
                self.out.undefined.push(name.clone());
            }
        }
        let set = match &value {
            None => Some(false),
            Some(_) if guarded && self.scope.is_set(&name) => Some(true),
            Some(_) => None,
        };
        self.out.reads.push(name);
        Variable {
            value: value.unwrap_or_default(),
            set,
        }
    }

    /// `${name-word}` and its kin, after the modifier.
    fn modified(
        &mut self,
        name: &str,
        modifier: Option<char>,
        or_empty: bool,
    ) -> Result<Value, ExpandError> {
        let raw = matches!(modifier, Some('#' | '%'));
        if raw && or_empty {
            return Err(unsupported(modifier, or_empty));
        }
        let word = self.until(Some('}'), raw, None)?;
        let Some(modifier @ ('-' | '+' | '?' | '#' | '%')) = modifier else {
            return Err(unsupported(modifier, or_empty));
        };
        let variable = self.read(name, matches!(modifier, '-' | '+' | '?'));
        if matches!(modifier, '#' | '%') {
            return trimmed(&variable.value, modifier, word);
        }
        // Whether there is a value to use, as far as it is certain.
        let present = match variable.value.known() {
            Some("") if or_empty => Some(false),
            _ if or_empty && variable.value.is_nonempty() => Some(true),
            _ if or_empty && variable.set != Some(false) => None,
            _ => variable.set,
        };
        let symbolic = |value, word| {
            let colon = if or_empty { ":" } else { "" };
            Value::modified(value, &format_smolstr!("{colon}{modifier}"), word)
        };
        Ok(match (modifier, present) {
            ('+', Some(true)) | ('-', Some(false)) => word,
            ('+', Some(false)) => Value::default(),
            ('-' | '?', Some(true)) => variable.value,
            ('?', Some(false)) => {
                let message = match word.known() {
                    Some("") => "is not allowed to be unset or empty".into(),
                    _ => format_smolstr!("{word}"),
                };
                return Err(ExpandError::Required {
                    name: name.into(),
                    message,
                });
            }
            _ => symbolic(variable.value, word),
        })
    }

    /// `${name/pattern/replacement}`, after the first slash.
    fn replaced(&mut self, name: &str) -> Result<Value, ExpandError> {
        let all = self.peek() == Some('/');
        if all {
            self.next();
        }
        let pattern = self.until(Some('/'), true, None)?;
        let replacement = self.until(Some('}'), true, None)?;
        let value = self.read(name, false).value;
        let compiled = pattern
            .known()
            .map(|pattern| Pattern::new(pattern, true))
            .transpose()?;
        let done = match (&compiled, value.known(), replacement.known()) {
            (Some(pattern), Some(value), Some(replacement)) if all => {
                pattern.replace_all(value, replacement)
            }
            (Some(pattern), Some(value), Some(replacement)) => pattern.replace(value, replacement),
            _ => None,
        };
        Ok(match done {
            Some(text) => Value::literal(&text),
            None => {
                let by = Value::modified(pattern, "by", replacement);
                Value::modified(value, if all { "//" } else { "/" }, by)
            }
        })
    }
}

/// A variable that was read.
struct Variable {
    /// Empty when unset.
    value: Value,
    /// Whether it is set, if that is certain.
    set: Option<bool>,
}

/// `${x#word}` or `${x%word}`; a second `#` or `%` is the first character of the word.
fn trimmed(value: &Value, modifier: char, word: Value) -> Result<Value, ExpandError> {
    if let Some(word) = word.known() {
        let pattern = word.strip_prefix(modifier);
        let greedy = pattern.is_some();
        let pattern = pattern.unwrap_or(word);
        // Also compiled when the value is unknown, since a bad pattern stops the build in any case.
        let known = value.known().unwrap_or_default();
        let done = if modifier == '#' {
            let compiled = Pattern::new(pattern, greedy)?;
            compiled.trim_prefix(known).map(str::to_owned)
        } else {
            trim_suffix(pattern, known, greedy)?
        };
        if let Some(text) = done.filter(|_| value.known().is_some()) {
            return Ok(Value::literal(&text));
        }
    }
    // The word keeps a doubled `#` or `%`: where it starts with something unknown, that may be one.
    let modifier = modifier.encode_utf8(&mut [0; 4]).to_owned();
    Ok(Value::modified(value.clone(), &modifier, word))
}

fn unsupported(modifier: Option<char>, colon: bool) -> ExpandError {
    let Some(modifier) = modifier else {
        return ExpandError::Brace;
    };
    let colon = if colon { ":" } else { "" };
    ExpandError::Modifier(format_smolstr!("{colon}{modifier}"))
}
