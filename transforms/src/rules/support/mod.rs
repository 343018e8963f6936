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
pub(crate) mod launched;
pub(crate) mod one_job;
pub(crate) mod package_cache;
pub(crate) mod parting;
pub(crate) mod passed_over;
pub(crate) mod place;
pub(crate) mod processes;
pub(crate) mod program_words;
pub(crate) mod source;
pub(crate) mod swaps;
pub(crate) mod tools;

use std::cell::OnceCell;

use super::Context;
use crate::model::{Instruction, InstructionKind, Script};
use place::{Options, Place, places, shell_options};

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

/// What many rules ask about the RUN instructions of a file, found out once.
#[derive(Debug, Default)]
pub(crate) struct Runs<'a>(OnceCell<Vec<KnownRun<'a>>>);

#[derive(Debug)]
struct KnownRun<'a> {
    found: ShellRun<'a>,
    mentions_apt: OnceCell<bool>,
    places: OnceCell<Vec<Place<'a>>>,
}

impl<'a> ShellRun<'a> {
    /// All simple commands of the text with their places, in source order.
    pub(crate) fn places<'c>(&self, ctx: &'c Context<'a>) -> &'c [Place<'a>] {
        let runs = known_runs(ctx);
        let number = runs.partition_point(|known| known.found.run.index < self.run.index);
        runs.get(number).map_or(&[], |known| {
            let places = || places(known.found.script, known.found.shell);
            known.places.get_or_init(places)
        })
    }
}

/// The RUN instructions for rules that change words of commands: a text for sh or bash that was parsed. A heredoc that
/// is the whole text is one, too, unless it has CRLF line ends, which the shell takes for a part of the words. Wider
/// than [`Context::shell_runs`]: the shell of an unknown base image counts, see [`shell_options`].
pub(crate) fn shell_runs<'c, 'a>(
    ctx: &'c Context<'a>,
) -> impl Iterator<Item = ShellRun<'a>> + use<'c, 'a> {
    known_runs(ctx).iter().map(|known| known.found)
}

fn known_runs<'c, 'a>(ctx: &'c Context<'a>) -> &'c [KnownRun<'a>] {
    let analysis = ctx.analysis;
    ctx.runs.0.get_or_init(|| {
        let runs = ctx.of_kind(InstructionKind::Run).filter_map(|run| {
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
            Some(KnownRun {
                found: ShellRun { run, script, shell },
                mentions_apt: OnceCell::new(),
                places: OnceCell::new(),
            })
        });
        runs.collect()
    })
}

/// Those of [`shell_runs`] in which the word `apt` stands: a cheap question that spares the rules for apt most of the
/// others.
pub(crate) fn apt_runs<'c, 'a>(
    ctx: &'c Context<'a>,
) -> impl Iterator<Item = ShellRun<'a>> + use<'c, 'a> {
    runs_with_apt(ctx).filter_map(|(found, mentions_apt)| mentions_apt.then_some(found))
}

/// All of [`shell_runs`], each with whether the word `apt` stands in its text.
pub(crate) fn runs_with_apt<'c, 'a>(
    ctx: &'c Context<'a>,
) -> impl Iterator<Item = (ShellRun<'a>, bool)> + use<'c, 'a> {
    known_runs(ctx).iter().map(|known| {
        let mentions_apt = || ctx.analysis.text(known.found.script.range).contains("apt");
        (known.found, *known.mentions_apt.get_or_init(mentions_apt))
    })
}
