//! Files whose only work is to download: whether a stage for it is right, and worth it.

use super::acts::{Act, Output};
use super::directories::is_system;
use super::keeping::{Keeping, Kept};
use super::place::{Place, Shell, base_name, within};
use super::plan::{Plan, Purpose};
use super::planner::destination;
use super::scripts;
use super::world::{Run, World};
use crate::model::{Args, Instruction, InstructionKind};

/// Whether what is downloaded can be taken from a stage of its own: every command is known, its result is a directory or file
/// that is not the system's, and nothing that is copied from the build context takes part in it.
pub(super) fn is_apart(world: &World<'_>, last_build: usize) -> bool {
    let early = |run: &&Run<'_>| run.instruction.index <= last_build;
    world.runs.iter().all(|run| {
        let strange = |act: &Act| match act {
            Act::System | Act::Unknown | Act::Remove(_) => true,
            Act::Make(made) => {
                made.recipe != super::recipes::download::ID || made.outputs.iter().any(among_system)
            }
            _ => false,
        };
        !run.has(strange)
    }) && !world
        .runs
        .iter()
        .filter(early)
        .any(|run| reads_copied(world, run, last_build))
}

/// Whether a result lies among the system's own files, from which it can't be told.
fn among_system(output: &Output) -> bool {
    match output {
        Output::Tree(place) | Output::Unpacked(place) | Output::Prefix(place) => {
            place.root().is_none_or(is_system)
        }
        _ => false,
    }
}

/// Whether a RUN names something that is copied from the build context above it.
fn reads_copied(world: &World<'_>, run: &Run<'_>, last_build: usize) -> bool {
    let analysis = world.analysis;
    let Some(script) = run.instruction.script() else {
        return true;
    };
    let copies: Vec<(&Instruction, Place)> = analysis
        .stage_instructions(0)
        .filter(|it| {
            matches!(it.kind, InstructionKind::Copy | InstructionKind::Add)
                && it.index < run.instruction.index
        })
        .map(|it| (it, destination(analysis, it)))
        .collect();
    let made = |path: &str| {
        let early = world
            .runs
            .iter()
            .filter(|run| run.instruction.index <= last_build);
        early.flat_map(|run| &run.done).any(|done| match &done.act {
            Act::Make(made) => made.outputs.iter().any(|output| match output {
                Output::File(Place::At(at)) | Output::One(Place::At(at)) => within(path, at),
                _ => false,
            }),
            Act::Files(files) => {
                let it = Place::At(path.to_owned());
                !files.attributes && files.writes.contains(&it) && !files.reads.contains(&it)
            }
            _ => false,
        })
    };
    let mut found = false;
    let mut shell = Shell::new(analysis, run.instruction);
    script.visit(&mut |command| {
        let fills = command
            .word(0)
            .is_some_and(|program| FILLERS.contains(&base_name(program)));
        for word in command.words.iter().skip(1) {
            let text = word.value.as_deref().unwrap_or(&word.text);
            let place = shell.place(word);
            let option = text.starts_with('-') || text.contains("://");
            // A command that fills no directory of its own may work on what is copied there.
            found |= !option && !fills && copies.iter().any(|(_, target)| meets(&place, target));
            let Place::At(path) = place else {
                found |= copies.iter().any(|(copy, _)| names(copy, text));
                continue;
            };
            if option || made(&path) {
                continue;
            }
            found |= copies.iter().any(|(copy, target)| match target {
                Place::At(target) => takes(world, copy, target, &path, text),
                // It may be any.
                Place::Below(above) => within(&path, above),
                Place::Unknown => true,
            });
        }
        shell.follow(command.word(0), command);
    });
    found
}

/// Programs that make directories or put new files there, whatever else is there, and those that only look.
const FILLERS: &[&str] = &[
    "[", "bsdtar", "cd", "curl", "echo", "git", "mkdir", "tar", "test", "unzip", "wget",
];

/// Whether a command that works on a place, or on all below it, may work on what is copied; a path inside of the copy's
/// directory is looked at by its name.
fn meets(place: &Place, target: &Place) -> bool {
    match (place, target) {
        (_, Place::At(target)) if target == "/" => false,
        (Place::At(path), Place::At(target)) => path != "/" && within(target, path),
        (Place::Below(path), Place::At(target) | Place::Below(target)) => {
            within(path, target) || within(target, path)
        }
        (Place::At(path), Place::Below(target)) => within(path, target) || within(target, path),
        (Place::Unknown, _) => false,
        (_, Place::Unknown) => true,
    }
}

/// Whether a copy puts something at a path, as far as that is known.
fn takes(world: &World<'_>, copy: &Instruction, target: &str, path: &str, text: &str) -> bool {
    if path == target || !within(path, target) {
        // A directory that is there already is no file of the copy.
        return path == target && !text.ends_with('/') && base_name(path).contains('.');
    }
    if world.facts.project.is_some() {
        return scripts::source_of(world, path).is_some();
    }
    let Args::Copy { sources, .. } = &copy.args else {
        return true;
    };
    let single = sources
        .iter()
        .all(|source| base_name(&source.text).contains('.') && !source.text.ends_with('.'));
    names(copy, path) || !single && text.contains(['.', '/'])
}

/// Whether a source of a copy has the last name of a path.
fn names(copy: &Instruction, path: &str) -> bool {
    match &copy.args {
        Args::Copy { sources, .. } => sources
            .iter()
            .any(|source| base_name(&source.text) == base_name(path)),
        _ => false,
    }
}

/// Why a file that only downloads stays as it is.
pub(super) const NOT_APART: &str =
    "the file only downloads, and what it downloads can't be told from the rest of the image";

/// Why a stage for a download would be for nothing.
pub(super) const NOT_WORTH_IT: &str = "the file only downloads: no change of another line would download again, and no archive or tool stays in the image";

/// Where nothing says what is run, all that was downloaded is in the image, as nobody knows what of it is needed.
///
/// # Errors
/// What can't be the same.
pub(super) fn keep_all(
    world: &World<'_>,
    keeping: &mut Keeping,
    last_build: usize,
) -> Result<(), &'static str> {
    let by_other = |run: &&Run<'_>| {
        let state = world.analysis.state(run.instruction);
        run.instruction.index <= last_build
            && state.is_some_and(|state| !state.is_root() && state.user.is_some())
    };
    // Of a file that is copied the directories above it are made by root.
    if world.runs.iter().any(|run| by_other(&run)) || !keeping.narrowed.is_empty() {
        return Err(NOT_APART);
    }
    for path in std::mem::take(&mut keeping.dropped) {
        if matches!(path.as_str(), "/tmp" | "/var/tmp" | "/root") {
            return Err(NOT_APART);
        }
        keeping.kept.push(Kept {
            target: path.clone(),
            path,
            directory: false,
            reason: "the file says nothing about what is run, so all that was downloaded stays"
                .to_owned(),
        });
    }
    Ok(())
}

/// Whether anything is won: a change of what is copied, or of what is unpacked, does not download again, or an archive or a tool
/// is no longer in the image.
pub(super) fn is_worth_it(plan: &Plan<'_>) -> bool {
    let late = plan.steps.iter().any(|step| {
        step.purpose == Purpose::Runtime
            && step.instruction.index < plan.last_build
            && matches!(
                step.instruction.kind,
                InstructionKind::Copy | InstructionKind::Add
            )
    });
    let spared = |gone: &String| gone.starts_with('`') || gone.starts_with("the package ");
    late || plan.parted.iter().any(|parted| parted.chosen) || plan.gone.iter().any(spared)
}
