//! A RUN that becomes two: what the second has to begin with, and what it would miss of the first.

use dfix_syntax::TextRange;

use super::joining::{asks_for_memory, command_changes, touches_fresh};
use crate::commands::{Leaves, leaves_process};
use crate::layout::{Layout, indentation};
use crate::model::{Analysis, Command, Instruction, Pipeline, SimpleCommand};

/// More commands than these are not repeated.
const MOST_STATES: usize = 12;

/// How the second RUN begins.
pub(crate) struct Head {
    /// Comments that stood between the two, the keyword, the flags, and the commands that are repeated.
    pub(crate) text: String,
    /// What is repeated, each command in backquotes.
    pub(crate) repeated: Vec<String>,
}

/// The beginning of the second RUN; `None` when too many commands would be repeated.
pub(crate) fn head(
    analysis: &Analysis,
    layout: &Layout<'_>,
    run: &Instruction,
    above: &[&Pipeline],
    between: TextRange,
) -> Option<Head> {
    let indent = indentation(analysis.text(run.lines));
    let mut text = String::new();
    for comment in layout.comments_between(between) {
        text.push_str(&format!("{indent}{comment}{}", analysis.eol));
    }
    text.push_str(&format!("{indent}{} ", analysis.text(run.keyword)));
    for flag in &run.flags {
        text.push_str(analysis.text(flag.range));
        text.push(' ');
    }
    let mut repeated = Vec::new();
    let states: Vec<_> = above.iter().filter_map(|it| state_only(it)).collect();
    if states.len() > MOST_STATES {
        return None;
    }
    for command in states {
        let joined = layout.joined(run, command.range);
        let joined: String = joined.map(|(_, character)| character).collect();
        text.push_str(&format!("{joined} && "));
        repeated.push(format!("`{joined}`"));
    }
    Some(Head { text, repeated })
}

/// Why the second part may notice that it is a RUN of its own, if it may.
pub(crate) fn doubt(
    analysis: &Analysis,
    run: &Instruction,
    above: &[&Pipeline],
    rest: TextRange,
) -> Option<&'static str> {
    carried(above).or_else(|| {
        let asks = asks_for_memory(analysis.text(rest));
        let fresh = || touches_fresh(analysis.text(run.range));
        match asks {
            true => Some("the second part asks for what the shell remembers"),
            false => fresh().then_some("it touches what each RUN finds new"),
        }
    })
}

/// What the commands of the first part leave to those of the second, if anything.
fn carried(pipelines: &[&Pipeline]) -> Option<&'static str> {
    for pipeline in pipelines {
        let changes = pipeline.commands.iter().any(command_changes);
        if changes && state_only(pipeline).is_none() {
            return Some(
                "a command of the first part changes the shell, which the second would notice",
            );
        }
        let stays = |command: &Command| match command {
            Command::Simple(simple) => {
                let within = simple.words.iter().flat_map(|word| &word.substitutions);
                let inner = within.flat_map(|script| script.simple_commands());
                inner
                    .chain([simple])
                    .any(|command| leaves_process(command) != Leaves::No)
            }
            Command::Compound(_) => true,
        };
        if pipeline.commands.iter().any(stays) {
            return Some(
                "a program of the first part may leave a process that the second would meet",
            );
        }
    }
    None
}

/// A command that does nothing but to bring the shell into a state, the same one whenever it runs.
pub(crate) fn state_only(pipeline: &Pipeline) -> Option<&SimpleCommand> {
    let command = pipeline.simple()?;
    let fixed = match command.words.first() {
        Some(_) => {
            let words = command.static_words()?;
            matches!(words.first(), Some(&("cd" | "set" | "umask" | "export")))
        }
        None => command.assignments.iter().all(|assignment| {
            let value = assignment.value.as_ref();
            value.is_some_and(|value| value.value.is_some())
        }),
    };
    (fixed && command.redirects.is_empty()).then_some(command)
}
