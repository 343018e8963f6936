//! An archive of which other stages copy a few files: only these are unpacked.

use super::META;
use super::archive::{Unpack, file_name, unpacks};
use crate::commands::Invocation;
use crate::model::{Args, Instruction, InstructionKind, Pipeline, Stage};
use crate::rules::Context;
use crate::{Applicability, Edit, Finding, Fix};

/// The most names that a command gets.
const MAX_NAMES: usize = 5;

pub(super) fn find(
    ctx: &Context<'_>,
    run: &Instruction,
    pipelines: &[&Pipeline],
) -> Option<Finding> {
    let stage = ctx.analysis.stages.get(run.stage?)?;
    let used_elsewhere = stage.children.is_empty() && stage.possible_children.is_empty();
    if !used_elsewhere
        || stage.references.is_empty()
        || stage.index + 1 == ctx.analysis.stages.len()
    {
        return None;
    }
    let all = unpacks(ctx, run, pipelines);
    let [unpack] = all.as_slice() else {
        return None;
    };
    if !unpacks_all(unpack) || is_read_below(ctx, stage, run, pipelines, unpack) {
        return None;
    }
    let names = needed(ctx, stage, &unpack.place)?;
    let list = names.join(" ");
    let name = file_name(&unpack.path);
    let message = format!("all of `{name}` is unpacked, but other stages copy only {list}");
    let title = "Unpack only what is copied";
    let edit = Edit::insert(unpack.command.range.end(), format!(" {list}"));
    let fix = Fix::new(title, Applicability::Unsafe, META.laws, vec![edit]);
    Some(Finding::new(&META, unpack.command.range, message).with_fix(fix).refuse(
        "the build stops where the archive names its files in another way, such as with `./` in front",
    ))
}

/// Whether a command is a `tar` that unpacks everything under the names that it has.
fn unpacks_all(unpack: &Unpack<'_>) -> bool {
    let Some(tar) = Invocation::of(unpack.command) else {
        return false;
    };
    let plain = |flag: &str| {
        matches!(
            flag,
            "-x" | "-f" | "-C" | "-v" | "-z" | "-j" | "-J" | "-p" | "-o" | "-a" | "-m"
        )
    };
    tar.is("tar")
        && tar.known_flags_only()
        && tar.operands().is_empty()
        && tar.wrappers().is_empty()
        && unpack.command.redirects.is_empty()
        && tar.flags().iter().all(|flag| plain(&flag.name))
}

/// Whether anything in the stage may look at what was unpacked.
fn is_read_below(
    ctx: &Context<'_>,
    stage: &Stage,
    run: &Instruction,
    pipelines: &[&Pipeline],
    unpack: &Unpack<'_>,
) -> bool {
    let removes = |pipeline: &&Pipeline| {
        let command = pipeline.simple();
        command.is_some_and(|command| {
            let mut operands = command.words.iter().skip(1);
            command.word(0) == Some("rm")
                && operands.all(|word| word.text.starts_with('-') || word.text == unpack.word.text)
        })
    };
    let later = pipelines.get(unpack.number + 1..).unwrap_or_default();
    let below = ctx.analysis.stage_instructions(stage.index);
    let mut below = below.filter(|it| it.index > run.index);
    let metadata = |it: &Instruction| {
        matches!(
            it.kind,
            InstructionKind::Label | InstructionKind::Workdir | InstructionKind::User
        )
    };
    !later.iter().all(removes) || below.any(|it| !metadata(it))
}

/// What other stages copy of a place, by the names that it has there; `None` when that is all of it, or not known.
fn needed(ctx: &Context<'_>, stage: &Stage, place: &str) -> Option<Vec<String>> {
    // A command without a directory of its own works where COPY begins to look, in all images that set none.
    let place = place
        .strip_prefix('?')
        .unwrap_or(place)
        .trim_end_matches('/');
    let mut names: Vec<String> = Vec::new();
    for reference in &stage.references {
        let copy = ctx.analysis.instructions.get(reference.instruction)?;
        let Args::Copy { sources, .. } = &copy.args else {
            return None;
        };
        for source in sources {
            let text = source.text.as_str();
            let plain = |it: char| it.is_ascii_alphanumeric() || "/._-+@".contains(it);
            if !text.chars().all(plain) || text.split('/').any(|it| matches!(it, "." | "..")) {
                return None;
            }
            let path = format!("/{}", text.trim_matches('/'));
            match path.strip_prefix(place) {
                Some("" | "/") => return None,
                Some(inner) if inner.starts_with('/') => {
                    names.push(inner.trim_start_matches('/').to_owned());
                }
                _ if place.starts_with(&path) || path == "/" => return None,
                _ => {}
            }
        }
    }
    names.sort();
    names.dedup();
    let few = !names.is_empty() && names.len() <= MAX_NAMES;
    // A name that begins with a dash would be an option.
    (few && !names.iter().any(|name| name.starts_with('-'))).then_some(names)
}
