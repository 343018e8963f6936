//! A command that runs at the end of a RUN, after everything else has succeeded: how caches leave the layer that made
//! them.

use dfix_syntax::TextRange;

use super::ShellRun;
use super::place::errexit_at_end;
use crate::Edit;
use crate::model::{Command, CompoundKind, Item, Script, SeparatorKind, SimpleCommand};
use crate::rules::Context;

/// Puts a command behind everything else in a RUN, such that the RUN fails exactly when it did before, given that the
/// command never fails. The error says why that can't be done, in words for a person.
pub(crate) fn append(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    command: &str,
) -> Result<Edit, &'static str> {
    let ShellRun { run, script, shell } = found;
    let last = script.items.last().ok_or("there is no command")?;
    if !run.heredocs.is_empty() {
        return Err("the commands stand in a heredoc");
    }
    if !script.comments.is_empty() {
        return Err("the RUN ends with a comment of the shell, which would swallow the command");
    }
    let end = last.and_or.range.end();
    let separator = match last.end {
        None => None,
        Some(separator) if separator.kind == SeparatorKind::Semicolon => Some(separator.range),
        Some(_) => return Err("the last command runs in the background"),
    };
    if ends_shell(last) {
        return Err("the last command ends the shell, so that nothing behind it would run");
    }
    let style = ctx.layout.style(run);
    if errexit_at_end(script, shell) && is_one_step(last) && !only_step(script) {
        // `set -e` ends the RUN at the first failure, so a line of its own is reached only after success.
        let semicolon = if separator.is_some() { "" } else { ";" };
        let at = separator.map_or(end, TextRange::end);
        let glue = style.line_break() + &style.command_indent;
        return Ok(Edit::insert(at, format!("{semicolon}{glue}{command}")));
    }
    if sets_errexit(script, shell.errexit) && !is_flat(script, last) {
        return Err("`set -e` would no longer work in the last command");
    }
    let range = TextRange::new(end, separator.map_or(end, TextRange::end));
    Ok(Edit::replace(range, style.and([]) + command))
}

/// Whether the status of an item is that of one command, which `set -e` looks at.
fn is_one_step(item: &Item) -> bool {
    item.and_or.rest.is_empty() && !item.and_or.first.negated
}

/// Whether a script has one item, apart from a `set`: its author joins commands by `&&`.
fn only_step(script: &Script) -> bool {
    script.items.len() == 1
}

/// Whether `set -e` may be in force anywhere.
fn sets_errexit(script: &Script, shell: bool) -> bool {
    let sets = |command: &&SimpleCommand| {
        command.word(0) == Some("set")
            && command.words.iter().skip(1).any(|word| {
                let text = word.value.as_deref().unwrap_or("-e");
                text.starts_with('-') && text.contains('e') || text == "errexit"
            })
    };
    shell || script.simple_commands().iter().any(sets)
}

/// Whether the last pipeline consists of simple commands that are no functions, so that `set -e` has nothing to say
/// inside it.
fn is_flat(script: &Script, last: &Item) -> bool {
    let functions = script.items.iter().any(|item| {
        item.and_or.pipelines().any(|pipeline| {
            let is_function = |command: &Command| {
                matches!(command, Command::Compound(compound) if compound.kind == CompoundKind::Function)
            };
            pipeline.commands.iter().any(is_function)
        })
    });
    let simple = |command: &Command| matches!(command, Command::Simple(_));
    let pipeline = last.and_or.pipelines().last();
    !functions && pipeline.is_some_and(|pipeline| pipeline.commands.iter().all(simple))
}

/// Whether a list ends with a command after which the shell runs no other.
fn ends_shell(item: &Item) -> bool {
    let last = item.and_or.pipelines().last();
    last.and_then(|pipeline| pipeline.simple())
        .is_some_and(|command| matches!(command.word(0), Some("exit" | "exec" | "return")))
}
