//! The words of an install, taken out of the text of its author or replaced there.

use dfix_syntax::TextRange;

use super::acts::{Done, Install};
use super::world::Run;
use crate::commands::Invocation;
use crate::layout::Layout;
use crate::model::{Analysis, BreakKind};

/// A stretch of a RUN with some words of one install taken out or replaced, in the author's layout: the whole instruction,
/// or just the command. `None` when the words can't be told apart.
///
/// `now` says for each package, by the number of its word, what stands there; `None` when it goes.
pub(super) fn without(
    analysis: &Analysis,
    run: &Run<'_>,
    span: TextRange,
    done: &Done,
    install: &Install,
    now: &[(usize, Option<String>)],
) -> Option<String> {
    if install.group.is_some() || !run.instruction.heredocs.is_empty() {
        return None;
    }
    let script = run.instruction.script()?;
    let commands = script.simple_commands();
    let command = commands
        .into_iter()
        .find(|command| command.range == done.range)?;
    // The words of a script that is handed to a shell are numbered apart.
    if Invocation::of(command)?.name() != done.program {
        return None;
    }
    // A word that is a variable may stand for several packages.
    let mut numbers: Vec<usize> = install.packages.iter().map(|(number, _)| *number).collect();
    let count = numbers.len();
    numbers.dedup();
    if numbers.len() != count {
        return None;
    }
    let mut edits: Vec<(TextRange, Option<&str>)> = Vec::new();
    for ((number, now), (_, then)) in now.iter().zip(&install.packages) {
        let word = command.words.get(*number)?;
        match now {
            Some(text) if text == then => {}
            Some(text) => edits.push((word.range, Some(text))),
            None => edits.push((word.range, None)),
        }
    }
    let whole = analysis.text(span);
    let start = usize::from(span.start());
    let mut out: Vec<String> = Vec::new();
    let mut offset = start;
    let mut comments: Vec<String> = Vec::new();
    for line in whole.split_inclusive('\n') {
        let end = offset + line.len();
        let is_comment = run.instruction.breaks.iter().any(|part| {
            part.kind == BreakKind::Comment
                && usize::from(part.range.start()) >= offset
                && usize::from(part.range.start()) < end
        });
        let inside: Vec<_> = edits
            .iter()
            .filter(|(range, _)| {
                usize::from(range.start()) >= offset && usize::from(range.start()) < end
            })
            .collect();
        if is_comment {
            comments.push(line.to_owned());
        } else if inside.is_empty() {
            out.append(&mut comments);
            out.push(line.to_owned());
        } else {
            let mut text = line.to_owned();
            for (range, new) in inside.iter().rev() {
                let from = usize::from(range.start()).checked_sub(offset)?;
                let to = usize::from(range.end()).checked_sub(offset)?;
                match new {
                    Some(new) => text.replace_range(from..to, new),
                    None => {
                        let head = text.get(..from)?;
                        let blank = head.len() - head.trim_end_matches([' ', '\t']).len();
                        let at_start = head.trim().is_empty();
                        let from = if at_start { from } else { from - blank };
                        let tail = text.get(to..)?;
                        let to = if at_start {
                            to + (tail.len() - tail.trim_start_matches([' ', '\t']).len())
                        } else {
                            to
                        };
                        text.replace_range(from..to, "");
                    }
                }
            }
            let rest = text.trim().trim_end_matches(analysis.escape).trim();
            if rest.is_empty() {
                // A comment speaks of what stands below it.
                comments.clear();
            } else {
                out.append(&mut comments);
                out.push(text);
            }
        }
        offset = end;
    }
    // The last line must not go on.
    let last = out
        .iter()
        .rposition(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))?;
    let goes_on = out.get(last)?.trim_end().ends_with(analysis.escape);
    if goes_on {
        let line = out.get_mut(last)?;
        let eol = analysis.eol;
        *line = format!(
            "{}{eol}",
            line.trim_end().trim_end_matches(analysis.escape).trim_end()
        );
        out.truncate(last + 1);
    }
    let text = out.concat();
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// The variables that are set for a command, as they are written before it: `DEBIAN_FRONTEND=noninteractive`.
pub(super) fn variables(command: &str) -> impl Iterator<Item = &str> {
    let is_plain = |word: &&str| {
        word.split_once('=').is_some_and(|(name, value)| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !value.contains(['"', '\'', '$', '`', '('])
        })
    };
    command.split_whitespace().take_while(is_plain)
}

/// A command on one line, without continuations and comments.
pub(super) fn joined(analysis: &Analysis, run: &Run<'_>, range: TextRange) -> String {
    let layout = Layout::new(analysis);
    let text: String = layout
        .joined(run.instruction, range)
        .map(|(_, character)| character)
        .collect();
    let mut out = String::new();
    let mut quote = None;
    let mut blank = false;
    for character in text.chars() {
        match (quote, character) {
            (None, ' ' | '\t' | '\n' | '\r') => {
                blank = true;
                continue;
            }
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
        if std::mem::take(&mut blank) && !out.is_empty() {
            out.push(' ');
        }
        out.push(character);
    }
    out
}
