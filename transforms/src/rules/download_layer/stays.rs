//! An archive that a RUN downloads and unpacks, and that stays in its layer.

use super::META;
use super::archive::{Unpack, file_name, is_archive, is_named_below, unpacks, verifies};
use crate::model::{Instruction, InstructionKind, Pipeline, Script};
use crate::rules::Context;
use crate::rules::support::one_job::Trail;
use crate::{Applicability, Edit, Finding, Fix};

/// How far above its unpacking a download is looked for.
const REACH: usize = 8;

pub(super) fn find(
    ctx: &Context<'_>,
    run: &Instruction,
    script: &Script,
    pipelines: &[&Pipeline],
) -> Option<Finding> {
    let trail = Trail::of(run, script, ctx.analysis.state(run));
    let unpacks = unpacks(ctx, run, pipelines);
    unpacks.iter().find_map(|unpack| {
        let own = trail.leaves(&unpack.path);
        let fetched =
            own || trail.makes_and_removes(&unpack.path) || is_left_above(ctx, run, &unpack.path);
        let name = file_name(&unpack.path);
        if !fetched || !is_archive(name) {
            return None;
        }
        finding(ctx, run, pipelines, unpack, own)
    })
}

/// Whether a RUN not far above has downloaded a file and left it.
fn is_left_above(ctx: &Context<'_>, run: &Instruction, path: &str) -> bool {
    let Some(stage) = run.stage else {
        return false;
    };
    let above = ctx.analysis.stage_instructions(stage).rev();
    // `merge-run` can join them then, so that the removal is worth something.
    let above = above.filter(|it| it.index < run.index).take(REACH);
    let runs = above.take_while(|it| it.kind == InstructionKind::Run && !ctx.is_frozen(it));
    runs.filter_map(|it| Some((it, it.script()?)))
        .filter(|(it, _)| it.flags_named("mount").next().is_none())
        .any(|(it, script)| Trail::of(it, script, ctx.analysis.state(it)).leaves(path))
}

/// Whether a RUN below removes a file, by a pattern or with its directory: `merge-run` speaks of that.
fn is_removed_below(ctx: &Context<'_>, run: &Instruction, path: &str) -> bool {
    let Some(stage) = run.stage else {
        return false;
    };
    let below = ctx.analysis.stage_instructions(stage);
    let below = below.filter(|it| it.index > run.index && it.kind == InstructionKind::Run);
    below
        .filter_map(|it| Some((it, it.script()?)))
        .any(|(it, script)| Trail::of(it, script, ctx.analysis.state(it)).removes_file(path))
}

/// What there is to say of an archive; `own` when the RUN downloads it itself and leaves it.
fn finding(
    ctx: &Context<'_>,
    run: &Instruction,
    pipelines: &[&Pipeline],
    unpack: &Unpack<'_>,
    own: bool,
) -> Option<Finding> {
    let list = &run.script()?.items.first()?.and_or;
    let name = file_name(&unpack.path);
    let later = pipelines.get(unpack.number + 1..).unwrap_or_default();
    let text = |pipeline: &Pipeline| ctx.analysis.text(pipeline.range);
    let removed = later.iter().any(|it| removes(it, name));
    let stays = !removed && (own || !later.iter().any(|it| removes_all(it)));
    let late = later.iter().position(|it| verifies(it));
    if is_named_below(ctx, run, name)
        || is_removed_below(ctx, run, &unpack.path)
        || !stays && late.is_none()
    {
        return None;
    }
    let other = later
        .iter()
        .any(|it| text(it).contains(name) && !verifies(it) && !removes(it, name));
    if other && late.is_none() {
        return None;
    }
    let message = match (stays, late) {
        (true, None) => format!("`{name}` stays in the layer after it was unpacked"),
        (true, Some(_)) => {
            format!("`{name}` is verified only after it was unpacked, and stays in the layer")
        }
        (false, _) => format!("`{name}` is verified only after it was unpacked"),
    };
    let finding = Finding::new(&META, unpack.command.range, message);
    let style = ctx.layout.style(run);
    let mut edits = Vec::new();
    let mut title = Vec::new();
    let mut behind = unpack.command.range.end();
    match late {
        // What a check needs may be fetched between the two.
        Some(0) => {
            let check = later.first()?;
            let comments = ctx.layout.comments_between(dfix_syntax::TextRange::new(
                unpack.command.range.end(),
                check.range.start(),
            ));
            let edit = ctx.layout.remove_command(run, list, unpack.number + 1);
            let (Some(edit), true) = (edit, comments.is_empty()) else {
                return Some(finding.refuse("a comment stands above the check"));
            };
            let glue = format!("{}{}", text(check), style.and([]));
            edits.push(Edit::insert(unpack.command.range.start(), glue));
            edits.push(edit);
            title.push("Verify the archive before it is unpacked");
        }
        Some(number) => {
            if !stays {
                return Some(
                    finding
                        .refuse("other commands stand between the two, which the check may need"),
                );
            }
            behind = later.get(number)?.range.end();
        }
        None => {}
    }
    if stays && !other {
        let word = ctx.analysis.text(unpack.word.range);
        edits.push(Edit::insert(behind, format!("{}rm {word}", style.and([]))));
        title.push(match title.is_empty() {
            true => "Remove the archive in the RUN that unpacks it",
            false => "and remove it",
        });
    }
    let reason = match stays {
        true => {
            "the archive is no longer in the image, and something outside of this file may look for it"
        }
        false => "what a failed check leaves behind is another",
    };
    let edits = joined(edits);
    let fix = Fix::new(title.join(" "), Applicability::Unsafe, META.laws, edits);
    Some(finding.with_fix(fix).refuse(reason))
}

/// Edits of which an insertion stands where a replacement begins, as one.
fn joined(edits: Vec<Edit>) -> Vec<Edit> {
    let mut done: Vec<Edit> = Vec::new();
    for edit in edits {
        let same =
            |other: &&mut Edit| other.range.start() == edit.range.start() && edit.range.is_empty();
        match done.iter_mut().find(same) {
            Some(other) => other.insert.push_str(&edit.insert),
            None => done.push(edit),
        }
    }
    done
}

/// Whether a pipeline removes a file, by its name or by a pattern that may mean it.
fn removes(pipeline: &Pipeline, name: &str) -> bool {
    let Some(command) = pipeline.simple() else {
        return false;
    };
    let is_removal = matches!(command.word(0), Some("rm" | "unlink" | "mv" | "shred"));
    let means = |text: &str| text.contains(name) || text.contains('*');
    is_removal && command.words.iter().skip(1).any(|word| means(&word.text))
}

/// Whether a pipeline removes whole directories.
fn removes_all(pipeline: &Pipeline) -> bool {
    let command = pipeline.simple();
    let recursive = |text: &str| text.starts_with('-') && text.contains(['r', 'R']);
    command.is_some_and(|command| {
        command.word(0) == Some("rm") && command.words.iter().any(|word| recursive(&word.text))
    })
}
