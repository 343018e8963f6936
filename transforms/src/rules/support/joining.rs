//! Whether RUN instructions that follow one another may become one (semantics C.2).

use dfix_syntax::TextRange;

use crate::commands::{Invocation, Leaves, Operand, changes_shell, leaves_process, replaces_shell};
use crate::model::{Args, Command, Flag, Instruction, Pair, Script, SimpleCommand, State};
use crate::rules::Context;

/// The most that the text of one RUN may have; the kernel takes 131,072 bytes.
const MAX_TEXT: usize = 120_000;

/// Why RUN instructions can't be joined, and where.
pub(crate) fn obstacle<'a>(
    ctx: &Context<'_>,
    steps: &[&'a Instruction],
) -> Option<(&'static str, &'a Instruction)> {
    obstacle_in(ctx, steps, State::plain_shell)
}

/// As [`obstacle`], in a base image of which nobody knows the shell: most have the default one, so that it is for a person
/// to judge.
pub(crate) fn obstacle_but_base<'a>(
    ctx: &Context<'_>,
    steps: &[&'a Instruction],
) -> Option<(&'static str, &'a Instruction)> {
    obstacle_in(ctx, steps, |state| {
        state.plain_shell() || state.unknown_shell()
    })
}

fn obstacle_in<'a>(
    ctx: &Context<'_>,
    steps: &[&'a Instruction],
    is_usual: impl Fn(&State) -> bool,
) -> Option<(&'static str, &'a Instruction)> {
    let analysis = ctx.analysis;
    let first = steps.first()?;
    let mut length = 0;
    for (number, step) in steps.iter().enumerate() {
        let found = |reason| Some((reason, *step));
        let Some(script) = step.script() else {
            return found("it is no text for a shell that is known");
        };
        if !analysis.state(step).is_some_and(&is_usual) || script.bashism {
            return found("the shell is not known to be a plain `sh` or `bash`");
        }
        if !same_flags(ctx, step, first) {
            return found("its flags differ");
        }
        let shared = step.mounts().all(|mount| mount.kind() == "cache");
        if !shared || step.flags.iter().any(|flag| flag.name != "mount") {
            return found("its flags hold for this RUN alone");
        }
        if !is_and_list(script) {
            return found("it is more than simple commands joined by `&&`");
        }
        let spoken = |comment: &TextRange| speaks_to_tool(analysis.text(*comment));
        if number > 0 && step.comments.iter().any(spoken) {
            return found("a comment above it speaks to a tool");
        }
        let below = steps.get(number + 1..).unwrap_or_default();
        if !below.is_empty() && changes(script) && !only_moves(ctx, script, below) {
            return found("it changes the shell, which the next command would notice");
        }
        let text = analysis.text(step.range);
        if number > 0 && asks_for_memory(text) {
            return found("it asks for what the shell remembers");
        }
        if touches_fresh(text) {
            return found("it touches what each RUN finds new");
        }
        length += text.len();
        if length > MAX_TEXT {
            return found("the text would be too long for one process");
        }
    }
    None
}

/// Whether a comment asks a tool for something about the instruction below it.
pub(crate) fn speaks_to_tool(comment: &str) -> bool {
    let text = comment.to_ascii_lowercase();
    let tools = ["hadolint", "check=", "dfix"];
    tools.iter().any(|tool| text.contains(tool))
}

/// Whether a text asks for the shell's own memory of what ran before.
pub(crate) fn asks_for_memory(text: &str) -> bool {
    let memory = [
        "$?", "$!", "$_", "$$", "${?", "${!", "${_}", "OLDPWD", "SECONDS", "LINENO",
    ];
    memory.iter().any(|name| text.contains(name))
}

/// Whether a text names what is new in each RUN.
pub(crate) fn touches_fresh(text: &str) -> bool {
    let fresh = [
        "/etc/hosts",
        "/etc/resolv.conf",
        "/etc/hostname",
        "/dev/shm",
        "/proc/self",
        "/proc/sys",
    ];
    fresh.iter().any(|path| text.contains(path))
}

/// Whether a script is simple commands and pipelines of them joined by `&&`, without heredocs.
fn is_and_list(script: &Script) -> bool {
    let Some(list) = script.and_list() else {
        return false;
    };
    let simple = |command: &Command| match command {
        Command::Simple(simple) => !simple
            .redirects
            .iter()
            .any(|redirect| redirect.operator.contains("<<") || is_exec(simple)),
        Command::Compound(_) => false,
    };
    list.iter()
        .flat_map(|pipeline| &pipeline.commands)
        .all(simple)
}

fn is_exec(command: &SimpleCommand) -> bool {
    command.word(0) == Some("exec")
}

/// Whether a script changes the shell that runs it, or the one that runs the next.
fn changes(script: &Script) -> bool {
    let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
    pipelines
        .flat_map(|pipeline| &pipeline.commands)
        .any(command_changes)
}

/// Whether all that a script changes is the directory, and the RUNs below it do the same in every directory: each
/// removes what absolute paths name, up to one that goes to an absolute directory itself.
fn only_moves(ctx: &Context<'_>, script: &Script, below: &[&Instruction]) -> bool {
    let moves = |command: &&SimpleCommand| matches!(command.static_words().as_deref(), Some(["cd", dir]) if !dir.starts_with('-'));
    let Some(list) = script.and_list() else {
        return false;
    };
    let mut commands = list.iter().flat_map(|pipeline| &pipeline.commands);
    let rest = commands.all(|command| match command {
        Command::Simple(simple) => moves(&simple) || !command_changes(command),
        Command::Compound(_) => false,
    });
    if !rest || finds_programs_by_directory(ctx) {
        return false;
    }
    for step in below {
        let commands = step.script().map(Script::simple_commands);
        for command in commands.unwrap_or_default() {
            if moves(&command) && command.word(1).is_some_and(|dir| dir.starts_with('/')) {
                return true;
            }
            if !removes_absolute(command) {
                return false;
            }
        }
    }
    true
}

/// Whether a command is an `rm` whose operands are all absolute.
fn removes_absolute(command: &SimpleCommand) -> bool {
    let Some(invocation) = Invocation::of(command) else {
        return false;
    };
    let fixed = |operand: &Operand| {
        command.words.get(operand.word).is_some_and(|word| {
            let expands = !word.variables.is_empty() || !word.substitutions.is_empty();
            !expands && word.text.starts_with('/')
        })
    };
    let operands = invocation.operands();
    // Not every `rm` reads options behind its first operand.
    let last = operands
        .first()
        .is_some_and(|first| first.word + operands.len() == command.words.len());
    invocation.name() == "rm"
        && invocation.wrappers().is_empty()
        && command.assignments.is_empty()
        && command.redirects.is_empty()
        && invocation.known_flags_only()
        && last
        && operands.iter().all(fixed)
}

/// Whether `PATH` may hold a relative folder.
fn finds_programs_by_directory(ctx: &Context<'_>) -> bool {
    let relative = |pair: &Pair| {
        let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
        let mut items = value.split(':');
        pair.name.text == "PATH"
            && items.any(|item| !item.starts_with('/') && item != "$PATH" && item != "${PATH}")
    };
    let mut instructions = ctx.analysis.instructions.iter();
    instructions.any(|instruction| match &instruction.args {
        Args::Pairs(pairs) => pairs.iter().any(relative),
        _ => false,
    })
}

/// Whether a command at the top of a script changes the shell that runs it, or the one that runs the next.
pub(crate) fn command_changes(command: &Command) -> bool {
    match command {
        Command::Simple(simple) => changes_shell(simple) || replaces_shell(simple),
        Command::Compound(_) => true,
    }
}

/// The first RUN, the last one left out, that may leave a process running.
pub(crate) fn lingering<'a>(steps: &[&'a Instruction]) -> Option<&'a Instruction> {
    let (_, before) = steps.split_last()?;
    let stays = |run: &&&Instruction| {
        run.script().is_none_or(|script| {
            let commands = script.simple_commands();
            commands
                .iter()
                .any(|command| leaves_process(command) != Leaves::No)
        })
    };
    before.iter().find(stays).copied()
}

/// Whether two RUNs have the same flags, as they are written: mounts, network, security.
pub(crate) fn same_flags(ctx: &Context<'_>, above: &Instruction, below: &Instruction) -> bool {
    let text = |flag: &Flag| ctx.analysis.text(flag.range);
    above
        .flags
        .iter()
        .map(text)
        .eq(below.flags.iter().map(text))
}
