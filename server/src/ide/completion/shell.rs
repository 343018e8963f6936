//! Programs, sub-commands and flags in shell texts.

use std::collections::BTreeSet;

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::commands::{Invocation, listing};
use dfix_transforms::images::PackageManager;
use dfix_transforms::model::{Analysis, SimpleCommand};

use super::head::Head;
use super::{Completion, ItemKind};
use crate::ide::reference::commands;

/// Stands for the word at the cursor; no program has such a sub-command.
const CURSOR: &str = "dfix-cursor";

/// Longer commands are looked at no more: whoever writes one is past the words that are offered here.
const MAX: usize = 4096;

/// Offers what may stand at the end of a shell text.
pub(super) fn complete(head: &Head<'_>, text: &str, out: &mut Completion) {
    if text.starts_with('[') || !is_posix(head) {
        return;
    }
    let Some(command) = last_command(text).filter(|command| command.len() <= MAX) else {
        return;
    };
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_' | '.' | '+');
    let (typed, _) = head.word(is_part);
    let Some(before) = command.strip_suffix(typed) else {
        // The word began in another line.
        return;
    };
    if before.ends_with(|ch: char| !ch.is_whitespace()) {
        // In the middle of a path, of a quoted word, of an assignment.
        return;
    }
    if head.trigger == Some('-') && !typed.starts_with('-') {
        return;
    }
    let source = format!("FROM scratch\nRUN {before}{CURSOR}\n");
    let Ok(source) = SourceText::new(source.as_bytes()) else {
        return;
    };
    let analysis = Analysis::new(source, &Settings::default());
    let script = analysis.instructions.last().and_then(|it| it.script());
    let commands = script.map(|script| script.simple_commands());
    let Some((command, number)) = commands.iter().flatten().find_map(|command| {
        let number =
            (0..command.words.len()).find(|number| command.word(*number) == Some(CURSOR))?;
        Some((*command, number))
    }) else {
        return;
    };
    offer(head, command, number, typed, out);
}

/// Whether the shell is one whose language is known.
fn is_posix(head: &Head<'_>) -> bool {
    let analysis = head.file.analysis;
    let Some(instruction) = head.innermost() else {
        return true;
    };
    let stage = instruction
        .stage
        .and_then(|stage| analysis.stages.get(stage));
    if stage.is_some_and(|stage| stage.windows) {
        return false;
    }
    let shell = analysis
        .state(instruction)
        .and_then(|state| state.shell.as_deref());
    shell.is_none_or(|words| {
        let program = words.first().and_then(|word| word.rsplit('/').next());
        program.is_some_and(|program| program.ends_with("sh") && program != "pwsh")
    })
}

fn offer(
    head: &Head<'_>,
    command: &SimpleCommand,
    number: usize,
    typed: &str,
    out: &mut Completion,
) {
    let Some(invocation) = Invocation::of(command) else {
        return;
    };
    if number == invocation.program_word() {
        programs(head, typed, out);
        return;
    }
    let name = invocation.name();
    let known = commands::program(name);
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_');
    let (_, range) = head.word(is_part);
    if typed.starts_with('-') {
        let sub = invocation.subcommand();
        let mut seen = BTreeSet::new();
        for flag in listing::flags(name, sub.filter(|_| invocation.known_sub())) {
            let meaning = known.and_then(|known| flag.names.iter().find_map(|it| known.word(it)));
            // The flags that have a description are those that people use.
            let rank = if meaning.is_some() { 0 } else { 10 };
            let others = flag.names.join(", ");
            for label in flag.names {
                if !seen.insert(label) {
                    continue;
                }
                let item = out.add(label, ItemKind::Flag, range, rank);
                item.detail(meaning.unwrap_or(&others));
                if flag.takes_value && label.starts_with("--") {
                    item.insert(format!("{label}="));
                }
            }
        }
        return;
    }
    // `npm cache` is followed by a word that belongs to it.
    let previous = number
        .checked_sub(1)
        .and_then(|before| command.word(before));
    let group = previous.filter(|_| invocation.subcommand_word() == number.checked_sub(1));
    let members: Vec<&str> = match group {
        Some(group) => listing::subcommands(name)
            .filter_map(|sub| sub.strip_prefix(group)?.strip_prefix(' '))
            .collect(),
        None => Vec::new(),
    };
    let full = |label: &str| match group {
        Some(group) => format!("{group} {label}"),
        None => label.to_owned(),
    };
    let labels: Vec<&str> = match invocation.subcommand_word() == Some(number) {
        true => listing::subcommands(name)
            .map(|sub| sub.split(' ').next().unwrap_or(sub))
            .collect(),
        false => members,
    };
    let mut seen = BTreeSet::new();
    for label in labels.into_iter().filter(|label| seen.insert(*label)) {
        let meaning = known.and_then(|known| known.word(&full(label)));
        let rank = if meaning.is_some() { 0 } else { 10 };
        let item = out.add(label.to_owned(), ItemKind::Program, range, rank);
        if let Some(meaning) = meaning {
            item.detail(meaning);
        }
    }
}

fn programs(head: &Head<'_>, typed: &str, out: &mut Completion) {
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_' | '.' | '+');
    let (_, range) = head.word(is_part);
    let managers = head.innermost().and_then(|instruction| {
        let config = head.file.analysis.base_config(instruction.stage?)?;
        config.package_managers
    });
    let mut seen = BTreeSet::new();
    for program in commands::ALL {
        seen.insert(program.name);
        let rank = match (package_manager(program.name), managers) {
            (Some(this), Some(there)) if there.contains(&this) => 0,
            // Not in this image.
            (Some(_), Some(_)) => 30,
            _ => 10,
        };
        out.add(program.name, ItemKind::Program, range, rank)
            .detail(program.summary);
    }
    // Of the hundreds of others those that begin as what is typed; clients ask anew when a word begins anew.
    let Some(begin) = typed.chars().next() else {
        out.incomplete = true;
        return;
    };
    for name in listing::programs().filter(|name| name.starts_with(begin)) {
        if seen.insert(name) {
            out.add(name, ItemKind::Program, range, 20);
        }
    }
}

fn package_manager(name: &str) -> Option<PackageManager> {
    use PackageManager::*;
    Some(match name {
        "apt-get" | "apt" => Apt,
        "apk" => Apk,
        "yum" => Yum,
        "dnf" => Dnf,
        "microdnf" => Microdnf,
        "zypper" => Zypper,
        _ => return None,
    })
}

/// The beginning of the simple command that a shell text ends with; `None` inside of quotes and comments.
fn last_command(text: &str) -> Option<&str> {
    #[derive(Clone, Copy)]
    struct Level {
        start: usize,
        double: bool,
    }
    let mut level = Level {
        start: 0,
        double: false,
    };
    let mut outer: Vec<Level> = Vec::new();
    let mut word_start = true;
    let mut chars = text.char_indices().peekable();
    while let Some((at, ch)) = chars.next() {
        let after = at + ch.len_utf8();
        let was_word_start = std::mem::replace(&mut word_start, false);
        match ch {
            '\\' => {
                chars.next();
            }
            '\'' if !level.double => {
                chars.by_ref().find(|(_, ch)| *ch == '\'')?;
            }
            '"' => level.double = !level.double,
            '$' if chars.peek().is_some_and(|(_, next)| *next == '(') => {
                let (open, _) = chars.next()?;
                outer.push(level);
                level = Level {
                    start: open + 1,
                    double: false,
                };
                word_start = true;
            }
            _ if level.double => {}
            '(' => {
                outer.push(level);
                level.start = after;
                word_start = true;
            }
            ')' => {
                if let Some(before) = outer.pop() {
                    level = before;
                }
            }
            '#' if was_word_start => {
                // It ends with the line, which only heredocs have.
                let (end, _) = chars.by_ref().find(|(_, ch)| *ch == '\n')?;
                level.start = end + 1;
                word_start = true;
            }
            ';' | '&' | '|' | '\n' | '`' => {
                level.start = after;
                word_start = true;
            }
            _ => word_start = ch.is_whitespace(),
        }
    }
    if level.double {
        return None;
    }
    let mut command = text.get(level.start..)?.trim_start();
    // Words before a command that are no part of it.
    while let Some((first, rest)) = command.split_once([' ', '\t', '\n']) {
        if !matches!(
            first,
            "then" | "do" | "else" | "if" | "elif" | "while" | "until" | "!" | "{" | "time"
        ) {
            break;
        }
        command = rest.trim_start();
    }
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::last_command;

    #[test]
    fn commands_at_the_end() {
        for (text, expected) in [
            ("", Some("")),
            ("a b", Some("a b")),
            ("a && b c", Some("b c")),
            ("a; b | c", Some("c")),
            ("x=$(a b", Some("a b")),
            ("\"$(a b", Some("a b")),
            ("\"$(a)\" b", Some("\"$(a)\" b")),
            ("a \"b; c", None),
            ("a 'b; c", None),
            ("a 'b; c' d", Some("a 'b; c' d")),
            ("a \\; b", Some("a \\; b")),
            ("a # b", None),
            ("a#b c", Some("a#b c")),
            ("# a\nb", Some("b")),
            ("if a; then b", Some("b")),
            ("(cd x && y", Some("y")),
            ("a) b", Some("a) b")),
            ("for x in a; do ! b", Some("b")),
        ] {
            assert_eq!(last_command(text), expected, "{text}");
        }
    }
}
