//! A RUN that fetches an archive and unpacks it: in a stage of which no layer is shipped, the two are layers of their own, so
//! that a change of what is unpacked does not fetch again.
//!
//! Two layers of one stage are cached as two stages would be, and nothing has to be copied from one to the other.

use dfix_syntax::{TextRange, TextSize};

use super::acts::{Act, Made, Output, Work};
use super::keeping::Kept;
use super::place::{Place, within};
use super::plan::{Extra, Purpose, Step};
use super::recipes::download;
use super::world::{Run, World};
use crate::layout::Layout;
use crate::model::{Pipeline, SeparatorKind};
use crate::rules::support::{parting, place::shell_options};

/// A RUN of the download stage in two parts.
#[derive(Debug)]
pub(super) struct Parted {
    /// The index of the instruction.
    pub(super) instruction: usize,
    /// The end of the first part, which begins where the instruction does.
    pub(super) first: TextRange,
    /// The second part, with comments above it.
    pub(super) second: Extra,
    /// Whether the second part names what it takes out of the archive.
    pub(super) chosen: bool,
}

/// The lines of the download stage that are parted.
pub(super) fn parted(
    world: &World<'_>,
    steps: &[Step<'_>],
    kept: &[Kept],
    last_build: usize,
) -> Vec<Parted> {
    let runs = || {
        world.runs.iter().filter(|run| {
            let index = run.instruction.index;
            let stays = |step: &Step<'_>| {
                step.purpose == Purpose::Build
                    || step.purpose == Purpose::Both && step.runtime.is_some()
            };
            let step = steps.iter().find(|step| step.instruction.index == index);
            index <= last_build && step.is_some_and(stays)
        })
    };
    let last = runs().next_back().map(|run| run.instruction.index);
    runs()
        .filter_map(|run| part(world, run, kept, last == Some(run.instruction.index)))
        .collect()
}

fn part(world: &World<'_>, run: &Run<'_>, kept: &[Kept], last: bool) -> Option<Parted> {
    let analysis = world.analysis;
    let instruction = run.instruction;
    shell_options(analysis.state(instruction)?)?;
    if !instruction.heredocs.is_empty() || instruction.script()?.bashism {
        return None;
    }
    let pipelines = list(run)?;
    let does = |pipeline: &Pipeline, test: &dyn Fn(&str, &Made) -> bool| {
        let inside = run
            .done
            .iter()
            .filter(|done| pipeline.range.contains_range(done.range));
        inside.clone().any(
            |done| matches!(&done.act, Act::Make(made) if made.recipe == download::ID && test(&done.program, made)),
        )
    };
    let fetches = |pipeline: &Pipeline| does(pipeline, &|program, _| download::fetches(program));
    let unpacks = |pipeline: &Pipeline| does(pipeline, &|program, _| download::unpacks(program));
    let fetched = pipelines.iter().rposition(|it| fetches(it))?;
    let mut at = pipelines.iter().position(|it| unpacks(it))?;
    if at <= fetched {
        return None;
    }
    // What only prepares the unpacking belongs to it.
    let prepares = |pipeline: &Pipeline| {
        let program = pipeline.simple().and_then(|command| command.word(0));
        program == Some("mkdir") || parting::state_only(pipeline).is_some()
    };
    while at > fetched + 1 && pipelines.get(at - 1).is_some_and(|it| prepares(it)) {
        at -= 1;
    }
    let (above, below) = pipelines.split_at_checked(at)?;
    let (previous, this) = (above.last()?, below.first()?);
    let layout = Layout::new(analysis);
    let (end, dropped) = match last {
        true => end(run, below, kept, &layout),
        false => (instruction.range.end(), false),
    };
    let between = TextRange::new(previous.range.end(), this.range.start());
    let head = parting::head(analysis, &layout, instruction, above, between)?;
    let rest = TextRange::new(this.range.start(), end);
    if parting::doubt(analysis, instruction, above, rest).is_some() {
        return None;
    }
    let reason = "a change of what is unpacked does not fetch again";
    Some(Parted {
        instruction: instruction.index,
        first: TextRange::new(instruction.range.start(), previous.range.end()),
        second: Extra {
            text: format!("{}{}", head.text, analysis.text(rest)),
            reason: match dropped {
                true => format!(
                    "{reason}, and nothing has to be removed of a stage that is not shipped"
                ),
                false => reason.to_owned(),
            },
        },
        chosen: below.iter().any(|it| {
            does(it, &|program, made| {
                download::unpacks(program)
                    && made
                        .outputs
                        .iter()
                        .all(|output| matches!(output, Output::One(_)))
            })
        }),
    })
}

/// The parts of a script each of which runs only after the one before it has succeeded.
fn list<'a>(run: &Run<'a>) -> Option<Vec<&'a Pipeline>> {
    let script = run.instruction.script()?;
    if let Some(list) = script.and_list() {
        return Some(list);
    }
    // `set -e; a; b`: the shell ends where one fails.
    let ends = |pipeline: &Pipeline| {
        let words = pipeline.simple().and_then(|command| command.static_words());
        words.is_some_and(|words| {
            matches!(words.as_slice(), ["set", flags] if flags.starts_with('-') && flags.contains('e') && !flags.contains('o'))
        })
    };
    let in_turn = |end: SeparatorKind| end != SeparatorKind::Background;
    let single = script.comments.is_empty()
        && script.items.iter().all(|item| {
            item.and_or.rest.is_empty() && item.end.is_none_or(|end| in_turn(end.kind))
        });
    let first = script.items.first()?;
    (single && ends(&first.and_or.first))
        .then(|| script.items.iter().map(|item| &item.and_or.first).collect())
}

/// Where the second part ends: what removes an archive at the end of the stage's last RUN is of no use in a stage that is not
/// shipped. Whether it was left out comes with it.
fn end(run: &Run<'_>, below: &[&Pipeline], kept: &[Kept], layout: &Layout<'_>) -> (TextSize, bool) {
    let whole = run.instruction.range.end();
    let fetched = |path: &str| {
        run.done.iter().any(|done| match &done.act {
            Act::Make(made) if made.kind == Work::Fetch && download::fetches(&done.program) => {
                made.outputs.iter().any(|output| match output {
                    Output::File(Place::At(at)) | Output::One(Place::At(at)) => at == path,
                    _ => false,
                })
            }
            _ => false,
        })
    };
    let shipped = |path: &str| {
        kept.iter()
            .any(|kept| within(path, &kept.path) || within(&kept.path, path))
    };
    let only_removes = |pipeline: &&&Pipeline| {
        let simple = pipeline.simple();
        let named = simple.is_some_and(|it| it.word(0) == Some("rm") && it.redirects.is_empty());
        let mut inside = run
            .done
            .iter()
            .filter(|done| pipeline.range.contains_range(done.range))
            .peekable();
        named
            && inside.peek().is_some()
            && inside.all(|done| match &done.act {
                Act::Files(files) => files.patterns.is_empty()
                    && files.writes.is_empty()
                    && !files.deletes.is_empty()
                    && files.deletes.iter().all(
                        |place| matches!(place, Place::At(path) if fetched(path) && !shipped(path)),
                    ),
                _ => false,
            })
    };
    let removals = below.iter().rev().take_while(only_removes).count();
    let stays = below
        .len()
        .checked_sub(removals + 1)
        .and_then(|at| below.get(at));
    let Some(stays) = stays.filter(|_| removals > 0) else {
        return (whole, false);
    };
    let tail = TextRange::new(stays.range.end(), whole);
    // What a person wrote there is about the removal.
    match layout.comments_between(tail).is_empty() {
        true => (stays.range.end(), true),
        false => (whole, false),
    }
}
