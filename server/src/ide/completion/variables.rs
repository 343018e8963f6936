//! Variables behind `$`.

use std::collections::BTreeSet;

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::model::InstructionKind;

use super::head::Head;
use super::{Completion, ItemKind};
use crate::ide::reference::variables::{ALL, Kind};
use crate::ide::variables::{find, names, origin, short};

/// More variables than this are not offered, those that were set last come first.
const MAX: usize = 500;

/// Offers variables where one is being typed; `false` where none is.
pub(super) fn complete(head: &Head<'_>, kind: InstructionKind, out: &mut Completion) -> bool {
    let Some(dollar) = head.line.rfind('$') else {
        return false;
    };
    let (before, typed) = head.line.split_at(dollar);
    let typed = typed.strip_prefix('$').unwrap_or(typed);
    let (braces, typed) = match typed.strip_prefix('{') {
        Some(typed) => (true, typed),
        None => (false, typed),
    };
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    if let Some(name) = typed.strip_suffix(':')
        && braces
        && !name.is_empty()
        && name.chars().all(is_part)
    {
        modifiers(head, out);
        return true;
    }
    if !typed.chars().all(is_part) {
        return false;
    }
    let escaped = before
        .chars()
        .rev()
        .take_while(|ch| *ch == head.file.analysis.escape);
    let in_shell = in_shell(kind);
    if escaped.count() % 2 == 1 || in_shell && in_single_quotes(&head.text) {
        return true;
    }
    let tail = head.rest.find(|ch| !is_part(ch)).unwrap_or(head.rest.len());
    let close = braces
        && !head
            .rest
            .get(tail..)
            .is_some_and(|rest| rest.starts_with(['}', ':', '-', '+', '?', '#', '%', '/']));
    let range = TextRange::new(
        head.offset - TextSize::of(typed),
        head.offset + TextSize::of(head.rest.get(..tail).unwrap_or_default()),
    );
    let mut seen = BTreeSet::new();
    let mut add = |name: &str, rank: u16, detail: String| {
        if !seen.insert(name.to_owned()) {
            return;
        }
        let item = out.add(name.to_owned(), ItemKind::Variable, range, rank);
        item.detail(detail);
        if close {
            item.insert(format!("{name}}}"));
        }
    };
    if in_shell {
        for name in assigned(&head.text) {
            add(name, 0, "set by this command's shell".to_owned());
        }
    }
    if let Some(instruction) = head.innermost() {
        let analysis = head.file.analysis;
        for name in names(analysis, instruction).into_iter().rev().take(MAX) {
            let found = find(analysis, instruction, name);
            let from = origin(analysis, instruction, name, &found);
            let detail = match found.variable {
                Some(variable) => format!("{} ({from})", cut(&short(&variable.value))),
                None => from,
            };
            add(name, 1, detail);
        }
        let global = instruction.kind == InstructionKind::From || instruction.stage.is_none();
        for known in ALL {
            let offered = match known.kind {
                Kind::Automatic => global,
                Kind::Proxy => in_shell,
                Kind::Environment => {
                    known.name == "PATH" && !global || known.name == "HOME" && in_shell
                }
                Kind::Switch => false,
            };
            if offered {
                add(known.name, 5, known.summary.to_owned());
            }
        }
    }
    true
}

/// Whether the shell expands the arguments, not the builder.
pub(super) fn in_shell(kind: InstructionKind) -> bool {
    use InstructionKind::*;
    matches!(kind, Run | Cmd | Entrypoint | Healthcheck)
}

/// What may follow `${NAME:`.
fn modifiers(head: &Head<'_>, out: &mut Completion) {
    let range = TextRange::empty(head.offset);
    let close = if head.rest.starts_with('}') { "" } else { "}" };
    for (rank, (sign, word, detail)) in [
        ("-", "default", "if it is unset or empty, this in its place"),
        (
            "+",
            "value",
            "if it is neither unset nor empty, this in its place",
        ),
        (
            "?",
            "message",
            "if it is unset or empty, the build stops with this message",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        out.add(
            sign,
            ItemKind::Value,
            range,
            u16::try_from(rank).unwrap_or_default(),
        )
        .insert(format!("{sign}{close}"))
        .snippet(format!("{sign}${{1:{word}}}{}", close.replace('}', "\\}")))
        .detail(detail);
    }
}

/// Whether a shell text ends inside of single quotes.
fn in_single_quotes(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(ch) = chars.next() {
        match (quote, ch) {
            (None, '\'' | '"') => quote = Some(ch),
            (Some(open), _) if open == ch => quote = None,
            (None | Some('"'), '\\') => {
                chars.next();
            }
            _ => {}
        }
    }
    quote == Some('\'')
}

/// The variables that a shell text sets, the last one first.
fn assigned(text: &str) -> Vec<&str> {
    let separators = [' ', '\t', '\n', ';', '&', '|', '(', '`', '{'];
    let words: Vec<&str> = text.split(separators).collect();
    let mut found: Vec<&str> = Vec::new();
    for (number, word) in words.iter().enumerate().rev() {
        let follows = |keyword: &str| {
            number.checked_sub(1).and_then(|before| words.get(before)) == Some(&keyword)
        };
        let name = match word.split_once('=') {
            Some((name, _)) => name.strip_suffix('+').unwrap_or(name),
            None if follows("for") || follows("read") => word,
            None => continue,
        };
        let is_name = name.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')
            && name
                .chars()
                .all(|ch| ch.is_ascii_alphanumeric() || ch == '_');
        // Long scripts set few variables; a hostile one shall not take long either.
        if is_name && found.len() < 100 && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// A value as it fits beside a label.
fn cut(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
        None => value.to_owned(),
    }
}
