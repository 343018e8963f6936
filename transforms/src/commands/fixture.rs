//! Builds [`SimpleCommand`]s from text for tests of this layer, without the parser: words, quotes, assignments,
//! redirections.

use dfix_syntax::TextRange;
use smol_str::SmolStr;

use crate::model::{Assignment, Redirect, ShellWord, SimpleCommand};

/// The command that a text is.
pub(crate) fn command(text: &str) -> SimpleCommand {
    let mut command = SimpleCommand {
        range: range(0, text.len()),
        assignments: Vec::new(),
        words: Vec::new(),
        redirects: Vec::new(),
    };
    let mut operator: Option<(SmolStr, usize)> = None;
    for (start, raw) in split(text) {
        if let Some((operator, at)) = operator.take() {
            command.redirects.push(Redirect {
                range: range(at, start + raw.len()),
                operator,
                target: Some(word(start, raw)),
            });
        } else if let Some(end) = operator_end(raw) {
            let found: SmolStr = raw[..end].into();
            if end == raw.len() {
                operator = Some((found, start));
            } else {
                command.redirects.push(Redirect {
                    range: range(start, start + raw.len()),
                    operator: found,
                    target: Some(word(start + end, &raw[end..])),
                });
            }
        } else if command.words.is_empty() && super::wrapper::is_assignment(raw) {
            let (name, value) = raw.split_once('=').unwrap();
            command.assignments.push(Assignment {
                range: range(start, start + raw.len()),
                name: name.into(),
                append: false,
                value: Some(word(start + name.len() + 1, value)),
                array: Vec::new(),
            });
        } else {
            command.words.push(word(start, raw));
        }
    }
    command
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(
        u32::try_from(start).unwrap().into(),
        u32::try_from(end).unwrap().into(),
    )
}

/// The raw words with their offsets.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != Some('\'') {
            start.get_or_insert(at);
            escaped = true;
        } else if let Some(open) = quote {
            if c == open {
                quote = None;
            }
        } else if c == ' ' {
            if let Some(start) = start.take() {
                words.push((start, &text[start..at]));
            }
        } else {
            start.get_or_insert(at);
            if matches!(c, '"' | '\'') {
                quote = Some(c);
            }
        }
    }
    if let Some(start) = start {
        words.push((start, &text[start..]));
    }
    words
}

/// The length of a redirection operator at the start of a word.
fn operator_end(raw: &str) -> Option<usize> {
    let digits = raw.chars().take_while(char::is_ascii_digit).count();
    [
        "&>>", "&>", "<<<", "<<-", "<<", "<&", ">>", ">&", ">|", "<>", "<", ">",
    ]
    .iter()
    .find(|operator| raw[digits..].starts_with(**operator))
    .map(|operator| digits + operator.len())
}

fn word(start: usize, raw: &str) -> ShellWord {
    let mut value = String::new();
    let mut variables = Vec::new();
    let (mut quote, mut splits, mut glob, mut dynamic) = (None, false, false, false);
    let mut chars = raw.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => value.extend(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            ('$' | '`', None | Some('"')) => {
                dynamic = true;
                splits |= quote.is_none();
                let name: String = std::iter::from_fn(|| {
                    chars.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '}'))
                })
                .collect();
                variables.push(name.trim_matches(['{', '}']).into());
            }
            ('*' | '?' | '[', None) if raw != "[" => (glob, splits) = (true, true),
            ('~', None) if first => dynamic = true,
            _ => value.push(c),
        }
        first = false;
    }
    ShellWord {
        range: range(start, start + raw.len()),
        text: raw.into(),
        value: (!dynamic && !glob).then(|| value.into()),
        glob,
        quoted: raw.contains(['"', '\'', '\\']),
        splits,
        variables,
        effectful: raw.contains(":=") || raw.contains(":?"),
        substitutions: Vec::new(),
    }
}
