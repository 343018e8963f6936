//! One installation of what several in a row install.

use dfix_syntax::TextRange;
use rustc_hash::FxHashSet;

use super::apt_steps::{Install, Joined, Step};
use crate::Edit;
use crate::layout::OperandLine;
use crate::model::{Instruction, ShellWord};
use crate::rules::Context;

/// One step of a group with the RUN that it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'g, 'a> {
    /// The RUN.
    pub(crate) run: &'a Instruction,
    /// The step.
    pub(crate) step: &'g Step<'a>,
}

/// How many of the steps that follow an installation may go into it.
pub(crate) fn run_of_installs<'a>(first: &Placed<'_, 'a>, others: &[Placed<'_, 'a>]) -> usize {
    let installs = |placed: &Placed<'_, 'a>| Install::of(placed.step);
    if others.first().and_then(installs).is_none() {
        return 0;
    }
    let Some(mut joined) = Install::of(first.step).map(Joined::new) else {
        return 0;
    };
    let mut count = 0;
    for other in others {
        match Install::of(other.step) {
            Some(install) if joined.add(&install) => count += 1,
            _ => break,
        }
    }
    count
}

/// The edits that put the operands of installations behind those of the first.
pub(crate) fn join_installs(
    ctx: &Context<'_>,
    first: &Placed<'_, '_>,
    others: &[Placed<'_, '_>],
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (Some(head), Some(last)) = (Install::of(first.step), others.last()) else {
        return edits;
    };
    let mut lines = Vec::new();
    let operands = head.operands.iter();
    let mut known = operands.map(|word| ctx.analysis.text(word.range)).collect();
    let mut from = head.command.range;
    for other in others {
        let Some(install) = Install::of(other.step) else {
            continue;
        };
        for line in operand_lines(ctx, from, &install) {
            lines.extend(without_known(line, &mut known));
        }
        from = install.last();
    }
    let list: Vec<TextRange> = head.operands.iter().map(|word| word.range).collect();
    let source = others.iter().find(|other| !other.run.breaks.is_empty());
    let source = source.map_or(first.run, |other| other.run);
    let text = ctx.layout.more_operands(first.run, source, &list, &lines);
    let end = last.step.pipeline.range.end();
    let tail = TextRange::new(head.last().end(), head.command.range.end());
    if tail.is_empty() {
        edits.push(Edit::replace(TextRange::new(tail.start(), end), text));
    } else {
        // Flags behind the operands stay where they are.
        edits.push(Edit::insert(tail.start(), text));
        edits.push(Edit::delete(TextRange::new(tail.end(), end)));
    }
    edits
}

/// A line without the packages that stand in the list already; `None` when none is left. What a comment speaks of stays.
fn without_known<'t>(
    mut line: OperandLine<'t>,
    known: &mut FxHashSet<&'t str>,
) -> Option<OperandLine<'t>> {
    if line.comments.is_empty() {
        line.operands.retain(|operand| !known.contains(operand));
    }
    known.extend(line.operands.iter().copied());
    (!line.operands.is_empty()).then_some(line)
}

/// The operands of an installation as lines, with the comments between `above` and the first one, and those between
/// them.
fn operand_lines<'t>(
    ctx: &'t Context<'_>,
    above: TextRange,
    install: &Install<'t>,
) -> Vec<OperandLine<'t>> {
    let mut lines: Vec<OperandLine<'_>> = Vec::new();
    let mut end = above.end();
    for word in &install.operands {
        let word: &ShellWord = word;
        let gap = TextRange::new(end, word.range.start());
        let comments = ctx.layout.comments_between(gap);
        let broken = ctx.analysis.text(gap).contains('\n') && !lines.is_empty();
        let text = ctx.analysis.text(word.range);
        match lines.last_mut() {
            Some(line) if !broken && comments.is_empty() => line.operands.push(text),
            _ => lines.push(OperandLine {
                comments,
                operands: vec![text],
                broken,
            }),
        }
        end = word.range.end();
    }
    lines
}
