//! The JSON form of arguments (section A.6, `parseJSON`), decided as Go's `encoding/json` decides.

use logos::Logos;

use crate::SyntaxKind;
use crate::emit::Emitter;

/// What a text is that starts with `[`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An array of strings; how many.
    Strings(usize),
    /// A valid array with something else in it, which BuildKit refuses.
    NotStrings,
    /// No JSON array: the instruction takes its other form.
    NotJson,
}

/// Go's `encoding/json` refuses deeper nesting.
const MAX_DEPTH: usize = 10_000;

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    #[regex("[ \t\r\n]+")]
    Blank,
    #[token("[")]
    OpenArray,
    #[token("]")]
    CloseArray,
    #[token("{")]
    OpenObject,
    #[token("}")]
    CloseObject,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[regex(r#""([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*""#)]
    String,
    #[regex(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")]
    Number,
    #[token("true")]
    #[token("false")]
    #[token("null")]
    Literal,
}

/// Says what a text is. It may start with blanks of any kind, as BuildKit trims it first.
pub(crate) fn form(text: &str) -> Form {
    let text = text.trim_start();
    if !text.starts_with('[') {
        return Form::NotJson;
    }
    scan(text).unwrap_or(Form::NotJson)
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrClose,
    KeyOrClose,
    Key,
    Colon,
    CommaOrClose,
}

fn scan(text: &str) -> Option<Form> {
    // One entry per open bracket: whether it is an object.
    let mut open: Vec<bool> = Vec::new();
    let mut expect = Expect::Value;
    let mut strings = 0;
    let mut all_strings = true;
    let mut lexer = Token::lexer(text);
    while let Some(token) = lexer.next() {
        let token = token.ok()?;
        if token == Token::Blank {
            continue;
        }
        if expect == Expect::Value && open.is_empty() && token != Token::OpenArray {
            return None; // something follows the array
        }
        let is_value = matches!(expect, Expect::Value | Expect::ValueOrClose);
        expect = match token {
            Token::OpenArray | Token::OpenObject if is_value => {
                all_strings &= open.is_empty();
                let is_object = token == Token::OpenObject;
                open.push(is_object);
                if open.len() > MAX_DEPTH {
                    return None;
                }
                if is_object {
                    Expect::KeyOrClose
                } else {
                    Expect::ValueOrClose
                }
            }
            Token::CloseArray
                if matches!(expect, Expect::ValueOrClose | Expect::CommaOrClose)
                    && open.last() == Some(&false) =>
            {
                open.pop();
                Expect::CommaOrClose
            }
            Token::CloseObject
                if matches!(expect, Expect::KeyOrClose | Expect::CommaOrClose)
                    && open.last() == Some(&true) =>
            {
                open.pop();
                Expect::CommaOrClose
            }
            Token::Comma if expect == Expect::CommaOrClose => match open.last()? {
                true => Expect::Key,
                false => Expect::Value,
            },
            Token::Colon if expect == Expect::Colon => Expect::Value,
            Token::String if matches!(expect, Expect::Key | Expect::KeyOrClose) => Expect::Colon,
            Token::String if is_value => {
                strings += usize::from(open.len() == 1);
                Expect::CommaOrClose
            }
            Token::Number if is_value => {
                // A number that doesn't fit is a decoding error in Go, and so no JSON form.
                if !lexer.slice().parse::<f64>().is_ok_and(f64::is_finite) {
                    return None;
                }
                all_strings = false;
                Expect::CommaOrClose
            }
            Token::Literal if is_value => {
                all_strings = false;
                Expect::CommaOrClose
            }
            _ => return None,
        };
        if open.is_empty() {
            return lexer
                .remainder()
                .bytes()
                .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
                .then_some(if all_strings {
                    Form::Strings(strings)
                } else {
                    Form::NotStrings
                });
        }
    }
    None
}

/// Emits a text that is [`Form::Strings`] as a JSON_ARRAY; `start` is its offset.
pub(crate) fn array(text: &str, start: usize, out: &mut Emitter<'_>) {
    let offset = |at: usize| start + at;
    let blank = text.len() - text.trim_start().len();
    out.token(SyntaxKind::WHITESPACE, offset(blank));
    out.start(SyntaxKind::JSON_ARRAY);
    let mut lexer = Token::lexer(text.get(blank..).unwrap_or_default());
    while let Some(token) = lexer.next() {
        let kind = match token {
            Ok(Token::Blank) => SyntaxKind::WHITESPACE,
            Ok(Token::OpenArray) => SyntaxKind::L_BRACKET,
            Ok(Token::CloseArray) => SyntaxKind::R_BRACKET,
            Ok(Token::Comma) => SyntaxKind::COMMA,
            Ok(Token::String) => SyntaxKind::JSON_STRING,
            _ => SyntaxKind::ERROR,
        };
        out.token(kind, offset(blank + lexer.span().end));
    }
    out.finish();
}

/// The values of an array of strings.
pub(crate) fn strings(text: &str) -> impl Iterator<Item = String> {
    Token::lexer(text)
        .spanned()
        .filter(|(token, _)| *token == Ok(Token::String))
        .map(|(_, span)| decode_json_string(text.get(span).unwrap_or_default()))
}

/// The value of a JSON string with its quotes. A `\u` escape that is half of a surrogate pair gives U+FFFD.
pub fn decode_json_string(literal: &str) -> String {
    let inner = literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(literal);
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        value.push_str(plain);
        let mut chars = escape.chars();
        match chars.next() {
            Some('b') => value.push('\u{8}'),
            Some('f') => value.push('\u{c}'),
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('u') => {
                let (ch, length) = decode_unicode(escape);
                value.push(ch);
                rest = escape.get(length..).unwrap_or_default();
                continue;
            }
            Some(other) => value.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    value.push_str(rest);
    value
}

/// Decodes `uXXXX`, or `uXXXX\uXXXX` for a surrogate pair; the character and the length read.
fn decode_unicode(text: &str) -> (char, usize) {
    let unit = |from: usize| {
        let hex = text.get(from..from + 4)?;
        u32::from_str_radix(hex, 16).ok()
    };
    let Some(first) = unit(1) else {
        return (char::REPLACEMENT_CHARACTER, text.len().min(5));
    };
    if let Some(ch) = char::from_u32(first) {
        return (ch, 5);
    }
    if (0xd800..0xdc00).contains(&first)
        && text.get(5..7) == Some("\\u")
        && let Some(second @ 0xdc00..0xe000) = unit(7)
    {
        let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (
            char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER),
            11,
        );
    }
    (char::REPLACEMENT_CHARACTER, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_the_form() {
        let check = |text: &str, expected: Form| assert_eq!(form(text), expected, "{text:?}");
        check("[]", Form::Strings(0));
        check("[ ]", Form::Strings(0));
        check(r#"["a", "b"]"#, Form::Strings(2));
        check("\u{a0}[\"a\"]", Form::Strings(1));
        check(r#"["\u0041\ud800"]"#, Form::Strings(1));
        check("[1]", Form::NotStrings);
        check("[\"a\", null]", Form::NotStrings);
        check("[[\"a\"]]", Form::NotStrings);
        check("[{\"a\": [1, true]}, \"b\"]", Form::NotStrings);
        check("[{}]", Form::NotStrings);
        check("[1e999]", Form::NotJson);
        for text in [
            "",
            "a",
            "[",
            "[\"a\",]",
            "[,\"a\"]",
            "[\"a\"] x",
            "[\"a\"]]",
            "[\"a\" \"b\"]",
            "['a']",
            "[\"a\tb\"]",
            "[\"\\x\"]",
            "[\"\\u12\"]",
            "[01]",
            "[{\"a\"}]",
            "[{\"a\":1,}]",
            "[{1:2}]",
            "[]\u{b}",
            "[\"a\"],",
            "[}",
        ] {
            check(text, Form::NotJson);
        }
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        check(&deep(MAX_DEPTH), Form::NotStrings);
        check(&deep(MAX_DEPTH + 1), Form::NotJson);
    }

    #[test]
    fn decodes_strings() {
        let check =
            |text: &str, expected: &str| assert_eq!(decode_json_string(text), expected, "{text}");
        check(r#""a b""#, "a b");
        check(r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t");
        check(r#""\u0041\u00e9""#, "Aé");
        check(r#""\ud83d\ude00""#, "😀");
        check(r#""\ud83dx""#, "\u{fffd}x");
        check(r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}");
        check(r#""\ud83d\u0041""#, "\u{fffd}A");
    }
}
