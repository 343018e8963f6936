//! An archive that a RUN downloads and unpacks, and that stays in its layer, or in one of several.

use dfix_syntax::TextRange;

use super::META;
use super::archive::{Unpack, file_name, is_archive, is_named_below, unpacks, verifies};
use crate::model::{Instruction, InstructionKind, Pipeline, Script};
use crate::rules::Context;
use crate::rules::support::joining::obstacle_but_base;
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
        let name = file_name(&unpack.path);
        if !is_archive(name) {
            return None;
        }
        let own = trail.leaves(&unpack.path);
        if own || trail.makes_and_removes(&unpack.path) {
            return finding(ctx, run, pipelines, unpack, own);
        }
        let steps = steps(ctx, run, &unpack.path)?;
        match steps.last() {
            Some(last) if last.index > run.index => verified_below(ctx, unpack, &steps),
            _ => {
                let finding = finding(ctx, run, pipelines, unpack, false)?;
                Some(in_one(ctx, finding, &steps))
            }
        }
    })
}

/// The RUNs of one job that follow one another directly, when one not far above has downloaded an archive and left it: from
/// that one to the one that unpacks it, and those below that do no more than verify it.
fn steps<'a>(ctx: &Context<'a>, run: &Instruction, path: &str) -> Option<Vec<&'a Instruction>> {
    let instructions = ctx.analysis.instructions.as_slice();
    let stage = run.stage?;
    let usable = |it: &&Instruction| {
        it.stage == Some(stage)
            && it.kind == InstructionKind::Run
            && !ctx.is_frozen(it)
            && it.flags_named("mount").next().is_none()
    };
    let trail = |it: &'a Instruction| Some(Trail::of(it, it.script()?, ctx.analysis.state(it)));
    let above = instructions.get(run.index.saturating_sub(REACH)..run.index)?;
    let above = above.iter().rev().take_while(usable);
    let maker = above
        .filter(|it| trail(it).is_some_and(|trail| trail.leaves(path)))
        .map(|it| it.index)
        .next()?;
    let below = instructions.get(run.index + 1..)?.iter();
    let checks = below
        .take_while(usable)
        .take_while(|it| checks(ctx, it, file_name(path)));
    let first = instructions.get(maker..=run.index)?.iter();
    Some(first.chain(checks).collect())
}

/// Whether a RUN does no more than verify an archive that it names.
fn checks(ctx: &Context<'_>, run: &Instruction, name: &str) -> bool {
    let list = run.script().and_then(Script::and_list);
    list.is_some_and(|list| list.iter().all(|it| verifies(it)))
        && ctx.analysis.text(run.range).contains(name)
}

/// The edits that make one RUN of several.
///
/// # Errors
/// Why they can't be one, and which of them is the reason.
fn join(ctx: &Context<'_>, steps: &[&Instruction]) -> Result<Vec<Edit>, (&'static str, TextRange)> {
    if let Some((reason, step)) = obstacle_but_base(ctx, steps) {
        return Err((reason, step.range));
    }
    let edits: Option<Vec<Edit>> = steps
        .windows(2)
        .map(|pair| match pair {
            [first, second] => ctx.layout.join_runs(first, second),
            _ => None,
        })
        .collect();
    let whole = steps.first().map_or_else(TextRange::default, |it| it.range);
    edits.ok_or(("the RUNs don't follow one another directly", whole))
}

/// The finding about an archive that another RUN above has downloaded: what its fix does is done in one RUN.
fn in_one(ctx: &Context<'_>, mut finding: Finding, steps: &[&Instruction]) -> Finding {
    let Some(fix) = finding.fix.take() else {
        return finding;
    };
    match join(ctx, steps) {
        Ok(mut edits) => {
            edits.extend(fix.edits().iter().cloned());
            let title = "Fetch, unpack and remove the archive in one RUN";
            let fix = Fix::new(title, fix.applicability, META.laws, edits);
            finding.with_fix(fix)
        }
        Err((reason, place)) => finding.refuse(reason).relate(place, "this one"),
    }
}

/// An archive that RUNs of their own verify below the one that unpacks it. Once they are one the check can be moved.
fn verified_below(
    ctx: &Context<'_>,
    unpack: &Unpack<'_>,
    steps: &[&Instruction],
) -> Option<Finding> {
    let name = file_name(&unpack.path);
    let last = steps.last()?;
    let removed = {
        let below = ctx.analysis.stage_instructions(last.stage?);
        let mut below = below.filter(|it| it.index > last.index);
        below.any(|it| removes_file(ctx, it, &unpack.path))
    };
    // `merge-run` joins what makes a file and what removes it.
    if removed || is_named_below(ctx, last, name) {
        return None;
    }
    let message = format!("`{name}` is verified only after it was unpacked, and stays in a layer");
    let finding = Finding::new(&META, unpack.command.range, message);
    Some(match join(ctx, steps) {
        Ok(edits) => {
            let title = "Fetch, unpack and verify the archive in one RUN";
            let fix = Fix::new(title, Applicability::Unsafe, META.laws, edits);
            finding.with_fix(fix).refuse(GONE)
        }
        Err((reason, place)) => finding.refuse(reason).relate(place, "this one"),
    })
}

fn removes_file(ctx: &Context<'_>, run: &Instruction, path: &str) -> bool {
    let script = run.script().filter(|_| run.kind == InstructionKind::Run);
    script.is_some_and(|script| Trail::of(run, script, ctx.analysis.state(run)).removes_file(path))
}

/// Whether a RUN below removes a file, by a pattern or with its directory: `merge-run` speaks of that.
fn is_removed_below(ctx: &Context<'_>, run: &Instruction, path: &str) -> bool {
    let Some(stage) = run.stage else {
        return false;
    };
    let below = ctx.analysis.stage_instructions(stage);
    let mut below = below.filter(|it| it.index > run.index);
    below.any(|it| removes_file(ctx, it, path))
}

/// What a removal changes.
const GONE: &str =
    "the archive is no longer in the image, and something outside of this file may look for it";

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
            let comments = ctx.layout.comments_between(TextRange::new(
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
        true => GONE,
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
