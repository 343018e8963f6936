//! Programs, their sub-commands and flags in shell texts.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::commands::{Invocation, Operands, listing};
use dfix_transforms::model::{Instruction, SimpleCommand};

use super::Hover;
use crate::ide::reference::commands::program;
use crate::ide::text::{Text, code};

/// The word of a command at an offset.
pub(super) fn of_word(instruction: &Instruction, offset: TextSize) -> Option<Hover> {
    let script = instruction.script()?;
    let mut commands = script.simple_commands();
    // The innermost is the one that starts last.
    commands.retain(|command| command.range.contains_inclusive(offset));
    commands.sort_by_key(|command| command.range.start());
    commands
        .iter()
        .rev()
        .find_map(|command| of_command(command, offset))
}

fn of_command(command: &SimpleCommand, offset: TextSize) -> Option<Hover> {
    let number = command
        .words
        .iter()
        .position(|word| word.range.contains_inclusive(offset))?;
    let range = command.words.get(number)?.range;
    let invocation = Invocation::of(command)?;
    if !invocation.is_known() {
        return None;
    }
    let text = if number == invocation.program_word() {
        of_program(&invocation)?
    } else if Some(number) == invocation.subcommand_word() {
        of_subcommand(&invocation)?
    } else {
        return of_flags(&invocation, number, range);
    };
    Some(Hover::new(range, text))
}

fn of_program(invocation: &Invocation<'_>) -> Option<Text> {
    let entry = program(invocation.name())?;
    Some(Text::of(format!("**{}** {}.", entry.name, entry.summary)))
}

fn of_subcommand(invocation: &Invocation<'_>) -> Option<Text> {
    let sub = invocation.subcommand()?;
    if !invocation.known_sub() {
        return None;
    }
    let name = invocation.name();
    let meaning = program(name).and_then(|entry| entry.word(sub));
    let mut text = match meaning {
        Some(meaning) => Text::of(format!("**{name} {sub}** {meaning}.")),
        None => Text::of(format!("**{name} {sub}**, a sub-command.")),
    };
    let operands = match invocation.operand_kind() {
        Operands::Packages => "Its operands are packages.",
        Operands::Paths => "Its operands are files and folders.",
        Operands::Urls => "Its operands are addresses.",
        Operands::Command => "Its operands are a command with flags of its own.",
        Operands::None => "It takes no operands.",
        Operands::Text => return Some(text),
    };
    text.paragraph(operands);
    Some(text)
}

/// The flags that a word holds: one, or several in a cluster.
fn of_flags(invocation: &Invocation<'_>, number: usize, range: TextRange) -> Option<Hover> {
    let known = listing::flags(invocation.name(), invocation.subcommand());
    let mut text = Text::default();
    let used = invocation.flags().iter();
    for flag in used.filter(|flag| flag.word == number && flag.known) {
        let entry = known
            .iter()
            .find(|entry| entry.names.iter().any(|name| *name == flag.name));
        let names: Vec<String> = match entry {
            Some(entry) => entry.names.iter().map(|name| code(name)).collect(),
            None => vec![code(&flag.name)],
        };
        let meaning = program(invocation.name()).and_then(|program| {
            let names = entry.map(|entry| entry.names.as_slice());
            names?.iter().find_map(|name| program.word(name))
        });
        let takes = entry.is_some_and(|entry| entry.takes_value);
        text.item(match (meaning, takes) {
            (Some(meaning), _) => format!("{}: {meaning}", names.join(", ")),
            (None, true) => format!(
                "{}, a flag of {} with a value",
                names.join(", "),
                code(invocation.name())
            ),
            (None, false) => format!(
                "{}, a flag of {}",
                names.join(", "),
                code(invocation.name())
            ),
        });
    }
    (!text.is_empty()).then_some(Hover::new(range, text))
}
