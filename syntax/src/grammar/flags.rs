//! Flags (section A.5): words after the keyword that start with `--`.

use std::ops::Range;

use super::Grammar;
use crate::SyntaxKind::{self, *};

/// What BuildKit expects of a flag's value (`bflag.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// A value; the flag stands once.
    Text,
    /// No value, `true` or `false`; the flag stands once.
    Bool,
    /// A value; the flag may be repeated.
    List,
}
use ValueType::{Bool, List, Text};

/// The flags of an instruction (A.5, to the newest BuildKit).
pub(crate) fn known(instruction: SyntaxKind) -> &'static [(&'static str, ValueType)] {
    match instruction {
        FROM => &[("platform", Text)],
        ADD => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Bool),
            ("keep-git-dir", Bool),
            ("checksum", Text),
            ("unpack", Bool),
            ("exclude", List),
        ],
        COPY => &[
            ("from", Text),
            ("chown", Text),
            ("chmod", Text),
            ("link", Bool),
            ("parents", Bool),
            ("exclude", List),
        ],
        RUN => &[
            ("mount", List),
            ("network", Text),
            ("security", Text),
            ("device", List),
        ],
        HEALTHCHECK => &[
            ("interval", Text),
            ("timeout", Text),
            ("start-period", Text),
            ("start-interval", Text),
            ("retries", Text),
        ],
        _ => &[],
    }
}

/// The names of the flags that an instruction takes, without dashes.
pub fn known_flags(instruction: SyntaxKind) -> impl Iterator<Item = &'static str> {
    known(instruction).iter().map(|(name, _)| *name)
}

/// Whether the builder expands variables in a flag's value (A.5).
fn is_expanded(instruction: SyntaxKind, name: &str) -> bool {
    match instruction {
        FROM => name == "platform",
        ADD => matches!(name, "chown" | "chmod" | "checksum"),
        COPY => matches!(name, "chown" | "chmod"),
        RUN => name == "mount",
        _ => false,
    }
}

/// Go's `unicode.IsSpace` of one byte taken as a character: the flag scanner reads bytes, so parts of other characters are
/// blanks to it.
fn is_byte_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xa0)
}

/// Reads the flag word that a text starts with, as `extractBuilderFlags` does: quotes are removed, the escape token takes
/// the next byte as it is, also inside of quotes, and each byte counts as a character. Gives the value and where the word
/// ends.
pub(crate) fn decode(text: &str, escape: char) -> (String, usize) {
    let bytes = text.as_bytes();
    let mut value = String::new();
    let mut quote = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if quote == Some(byte) {
            quote = None;
        } else if quote.is_none() && is_byte_space(byte) {
            break;
        } else if quote.is_none() && matches!(byte, b'\'' | b'"') {
            quote = Some(byte);
        } else if char::from(byte) == escape {
            at += 1;
            if let Some(&escaped) = bytes.get(at) {
                value.push(char::from(escaped));
            }
        } else {
            value.push(char::from(byte));
        }
        at += 1;
    }
    (value, at.min(bytes.len()))
}

/// A flag word as BuildKit reads it: `--name=value` with quotes and escape tokens removed, see [`crate::ast::Flag::decoded`].
pub fn decode_flag(word: &str, escape: char) -> String {
    decode(word, escape).0
}

/// A flag of the instruction at hand.
pub(super) struct Flag {
    /// The whole word in the logical text.
    pub(super) range: Range<usize>,
    /// The decoded word.
    pub(super) text: String,
}

impl Flag {
    /// The name without its dashes.
    pub(super) fn name(&self) -> &str {
        let name = self
            .text
            .split_once('=')
            .map_or(&*self.text, |(name, _)| name);
        name.get(2..).unwrap_or_default()
    }

    /// What follows the first `=`.
    pub(super) fn value(&self) -> Option<&str> {
        self.text.split_once('=').map(|(_, value)| value)
    }
}

impl Grammar<'_, '_, '_> {
    /// Reads the flags of a range that starts behind the keyword, and gives the offset behind them.
    pub(super) fn flags(&mut self, instruction: SyntaxKind, range: Range<usize>) -> usize {
        let mut at = range.start;
        loop {
            let rest = self.text.get(at..range.end).unwrap_or_default();
            let blank = rest
                .bytes()
                .take_while(|byte| matches!(byte, b'\t'..=b'\r' | b' '))
                .count();
            let word = rest.get(blank..).unwrap_or_default();
            if !word.starts_with("--") {
                return at;
            }
            at += blank;
            self.token(WHITESPACE, at);
            let (text, length) = decode(word, self.escape);
            // A word may end inside of a character, as the scanner reads bytes; the token takes the whole character. If more
            // of it follows the byte that ended the word, that is the first argument for BuildKit, and no flag follows.
            let stop = at + length;
            let mut end = stop;
            while !self.text.is_char_boundary(end) {
                end += 1;
            }
            let is_last = end > stop + 1;
            if text == "--" {
                self.token(DASH_DASH, end);
                return end;
            }
            self.flag(instruction, at..end, text);
            at = end;
            if is_last {
                return at;
            }
        }
    }

    /// Emits one flag.
    fn flag(&mut self, instruction: SyntaxKind, range: Range<usize>, text: String) {
        let flag = Flag { range, text };
        let raw = self.text.get(flag.range.clone()).unwrap_or_default();
        let name_end = flag.range.start + raw.find('=').unwrap_or(raw.len());
        self.out.start(FLAG);
        self.token(DASH_DASH, flag.range.start + 2);
        self.plain(FLAG_NAME, flag.range.start + 2..name_end);
        self.token(EQ, (name_end + 1).min(flag.range.end));
        if name_end + 1 < flag.range.end {
            let value = name_end + 1..flag.range.end;
            if is_expanded(instruction, flag.name()) {
                self.expanded(FLAG_VALUE, value);
            } else {
                self.plain(FLAG_VALUE, value);
            }
        }
        self.out.finish();
        self.memory.flags.push(flag);
    }

    /// Checks the flags of an instruction that takes only known ones (`BFlags.Parse`).
    pub(super) fn check_flags(&mut self, instruction: SyntaxKind) {
        let flags = std::mem::take(&mut self.memory.flags);
        let known = known(instruction);
        let mut seen = 0_u32;
        for flag in &flags {
            let name = flag.name();
            let range = flag.range.clone();
            let found = known.iter().position(|(known, _)| *known == name);
            let found = found.and_then(|at| Some((known.get(at)?.1, 1_u32 << at)));
            let Some((value_type, bit)) = found else {
                let hint = super::check::closest(name, known.iter().map(|(known, _)| *known))
                    .map(|near| format!(", did you mean `--{near}`?"))
                    .unwrap_or_default();
                self.refuse(range, || format!("unknown flag `--{name}`{hint}"));
                continue;
            };
            let is_repeated = seen & bit != 0;
            seen |= bit;
            if value_type != List && is_repeated {
                self.refuse(range, || format!("`--{name}` is given twice"));
                continue;
            }
            match (value_type, flag.value()) {
                (Text | List, None) => {
                    self.refuse(range, || format!("`--{name}` needs a value"));
                }
                (Bool, Some(value))
                    if !value.eq_ignore_ascii_case("true")
                        && !value.eq_ignore_ascii_case("false") =>
                {
                    self.refuse(range, || {
                        format!("`--{name}` takes `true` or `false`, not `{value}`")
                    });
                }
                _ => {}
            }
        }
        self.memory.flags = flags;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_flag_words() {
        let check = |text: &str, expected: &str, rest: &str| {
            let (value, end) = decode(text, '\\');
            assert_eq!(value, expected, "{text:?}");
            assert_eq!(text.get(end..), Some(rest), "{text:?}");
        };
        check("--a=b c", "--a=b", " c");
        check("--a='b c'd", "--a=b cd", "");
        check("--a='b\\'c' d", "--a=b'c", " d");
        check("--a=\\ b\\", "--a= b", "");
        check("--a=\"b", "--a=b", "");
        check("--a=ü x", "--a=Ã¼", " x");
        let (value, end) = decode("--a=voilà.txt", '\\');
        assert_eq!((value.as_str(), end), ("--a=voilÃ", 9));
    }
}
