//! Builds [`SimpleCommand`]s from text for tests of this layer, without the parser: words, quotes, assignments,
//! redirections.

use dfix_syntax::TextRange;
use smol_str::SmolStr;

use super::Reading;
use crate::model::{
    AndOr, Assignment, Command, Compound, CompoundKind, Connective, Item, Pipeline, Redirect,
    Script, Separator, SeparatorKind, ShellWord, SimpleCommand,
};

/// The command that a text is.
pub(crate) fn command(text: &str) -> SimpleCommand {
    let mut command = SimpleCommand {
        range: range(0, text.len()),
        assignments: Vec::new(),
        words: Vec::new(),
        redirects: Vec::new(),
        reading: Reading::default(),
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
        } else if let Some((name, value)) = raw.split_once('=')
            && command.words.is_empty()
            && super::wrapper::is_assignment(raw)
        {
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

/// The script that a text is: commands joined by ` && `, ` || `, ` | `, ` ; ` and ` & `; `( ... )` around a whole command
/// is a subshell.
pub(crate) fn script(text: &str) -> Script {
    let mut script = Script::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (item, separator, after) = cut(rest, &[" ; ", " & "]);
        let kind = match separator {
            Some(" ; ") => Some(SeparatorKind::Semicolon),
            Some(_) => Some(SeparatorKind::Background),
            None => None,
        };
        script.items.push(Item {
            and_or: and_or(item),
            end: kind.map(|kind| Separator {
                kind,
                range: range(0, 0),
            }),
        });
        rest = after;
    }
    script
}

fn and_or(text: &str) -> AndOr {
    let (first, mut operator, mut rest) = cut(text, &[" && ", " || "]);
    let mut and_or = AndOr {
        range: range(0, 0),
        first: pipeline(first),
        rest: Vec::new(),
    };
    while let Some(found) = operator {
        let connective = if found == " && " {
            Connective::And
        } else {
            Connective::Or
        };
        let (next, following, after) = cut(rest, &[" && ", " || "]);
        and_or.rest.push((connective, range(0, 0), pipeline(next)));
        (operator, rest) = (following, after);
    }
    and_or
}

fn pipeline(text: &str) -> Pipeline {
    let mut commands = Vec::new();
    let mut rest = text;
    loop {
        let (one, operator, after) = cut(rest, &[" | "]);
        let inner = one
            .strip_prefix("( ")
            .and_then(|one| one.strip_suffix(" )"));
        commands.push(match inner {
            Some(inner) => Command::Compound(Compound {
                kind: CompoundKind::Subshell,
                range: range(0, 0),
                bodies: vec![script(inner)],
                words: Vec::new(),
                name: None,
                redirects: Vec::new(),
            }),
            None => Command::Simple(command(one)),
        });
        rest = after;
        if operator.is_none() {
            break;
        }
    }
    Pipeline {
        range: range(0, 0),
        negated: false,
        timed: false,
        commands,
    }
}

/// Cuts at the first operator outside parentheses.
fn cut<'a>(text: &'a str, operators: &[&'static str]) -> (&'a str, Option<&'static str>, &'a str) {
    let mut depth = 0;
    for at in 0..text.len() {
        match text.as_bytes()[at] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0
            && let Some(operator) = operators
                .iter()
                .find(|operator| text[at..].starts_with(**operator))
        {
            return (&text[..at], Some(operator), &text[at + operator.len()..]);
        }
    }
    (text, None, "")
}
