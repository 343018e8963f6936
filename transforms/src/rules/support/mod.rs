//! Judgement that several rules share.

pub(crate) mod apt;
pub(crate) mod apt_group;
pub(crate) mod apt_joined;
pub(crate) mod apt_lists;
pub(crate) mod apt_readers;
pub(crate) mod apt_refetch;
pub(crate) mod apt_steps;
pub(crate) mod builder;
pub(crate) mod cleanup;
pub(crate) mod copied;
pub(crate) mod directories;
pub(crate) mod frozen;
pub(crate) mod index_readers;
pub(crate) mod joining;
pub(crate) mod kept_stages;
pub(crate) mod one_job;
pub(crate) mod package_cache;
pub(crate) mod place;
pub(crate) mod processes;
pub(crate) mod program_words;
pub(crate) mod source;

use super::Context;
use crate::model::{Instruction, InstructionKind, Script};
use place::{Options, shell_options};

/// A RUN whose shell text a rule may edit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShellRun<'a> {
    /// The RUN.
    pub(crate) run: &'a Instruction,
    /// Its text.
    pub(crate) script: &'a Script,
    /// The options of the shell in force.
    pub(crate) shell: Options,
}

/// The RUN instructions for rules that change words of commands: a text for sh or bash that was parsed. A heredoc that
/// is the whole text is one, too, unless it has CRLF line ends, which the shell takes for a part of the words. Wider
/// than [`Context::shell_runs`]: the shell of an unknown base image counts, see [`shell_options`].
pub(crate) fn shell_runs<'a>(ctx: &Context<'a>) -> impl Iterator<Item = ShellRun<'a>> {
    let analysis = ctx.analysis;
    ctx.of_kind(InstructionKind::Run).filter_map(move |run| {
        let windows = run
            .stage
            .and_then(|stage| analysis.stages.get(stage))
            .is_none_or(|stage| stage.windows);
        let carriage = || {
            run.heredocs
                .iter()
                .any(|heredoc| analysis.text(heredoc.body).contains('\r'))
        };
        let script = run
            .script()
            .filter(|script| !script.bashism && !windows && !carriage())?;
        let shell = shell_options(analysis.state(run)?)?;
        Some(ShellRun { run, script, shell })
    })
}

/// Those of [`shell_runs`] in which the word `apt` stands: a cheap question that spares the rules for apt most of the
/// others.
pub(crate) fn apt_runs<'a>(ctx: &Context<'a>) -> impl Iterator<Item = ShellRun<'a>> {
    shell_runs(ctx).filter(|found| mentions_apt(ctx, found))
}

/// Whether the word `apt` stands in a RUN's text.
pub(crate) fn mentions_apt(ctx: &Context<'_>, found: &ShellRun<'_>) -> bool {
    ctx.analysis.text(found.script.range).contains("apt")
}
