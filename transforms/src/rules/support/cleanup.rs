//! A command that runs at the end of a RUN, after everything else has succeeded: how caches leave the layer that made
//! them.

use dfix_syntax::{TextRange, TextSize};

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
    let in_heredoc = !run.heredocs.is_empty();
    if !in_heredoc && !script.comments.is_empty() {
        return Err("the RUN ends with a comment of the shell, which would swallow the command");
    }
    let separator = last.end.filter(|end| end.kind == SeparatorKind::Semicolon);
    if last
        .end
        .is_some_and(|end| end.kind == SeparatorKind::Background)
    {
        return Err("the last command runs in the background");
    }
    if ends_shell(last) {
        return Err("the last command ends the shell, so that nothing behind it would run");
    }
    let own_step = errexit_at_end(script, shell) && is_one_step(last) && !only_step(script);
    if !own_step && sets_errexit(script, shell.errexit) && !is_flat(script, last) {
        return Err("`set -e` would no longer work in the last command");
    }
    let end = last.and_or.range.end();
    let range = TextRange::new(end, separator.map_or(end, |end| end.range.end()));
    if in_heredoc {
        return append_to_heredoc(ctx, found, range, own_step, command);
    }
    let style = ctx.layout.style(run);
    if own_step {
        // `set -e` ends the RUN at the first failure, so a line of its own is reached only after success.
        let semicolon = if separator.is_some() { "" } else { ";" };
        let glue = style.line_break() + &style.command_indent;
        return Ok(Edit::insert(
            range.end(),
            format!("{semicolon}{glue}{command}"),
        ));
    }
    Ok(Edit::replace(range, style.and([]) + command))
}

/// As [`append`], where the commands are the lines of a heredoc. `end` is the place behind the last one, with its `;`.
fn append_to_heredoc(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    end: TextRange,
    own_step: bool,
    command: &str,
) -> Result<Edit, &'static str> {
    let body = match found.run.heredocs.as_slice() {
        [heredoc] if !heredoc.chomp && heredoc.body.contains_range(found.script.range) => {
            heredoc.body
        }
        _ => return Err("the commands are not all there is to the heredoc"),
    };
    let tail = ctx.analysis.text(TextRange::new(end.end(), body.end()));
    let (rest, _) = tail.split_once('\n').unwrap_or((tail, ""));
    if !own_step {
        return match rest.trim().is_empty() {
            true => Ok(Edit::replace(end, format!(" && {command}"))),
            false => Err("a comment of the shell would swallow the command"),
        };
    }
    let text = ctx.analysis.text(TextRange::new(body.start(), end.start()));
    let line = text.rsplit('\n').next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let indent = line.get(..indent).unwrap_or_default();
    let at = end.end() + TextSize::of(rest);
    Ok(Edit::insert(at, format!("\n{indent}{command}")))
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
