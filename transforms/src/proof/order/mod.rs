//! Steps that have changed places: the stage before, brought into the order of the stage after.
//!
//! It is asked for when two stages don't compare as they stand. Steps that do the same in both are matched; when the
//! matched ones stand in another order, every two of them that have changed places must [commute](commute::check). What
//! comes out is a stage that builds the same as the one before and can be compared with the one after in the ordinary way.
//! So nothing here has to understand what else has changed, and steps that it matches wrongly are only a comparison that
//! fails.

mod commute;
mod place;
mod process;

use std::ops::Range;

use super::trace::{Stage, Step, Trace};
use crate::Facts;
use crate::model::InstructionKind;
use commute::Pair;

/// The most instructions of a stage that are matched with each other.
const MAX_GROUPS: usize = 200;

/// The steps of an instruction, by their places in the stage.
type Group = Range<usize>;

/// The steps of a stage in the order of its counterpart; `None` when they stand in that order already, or too much has
/// changed to tell.
///
/// # Errors
/// When steps have changed places of which one may notice the other: why.
pub(super) fn rearranged<'a>(
    trace: &Trace<'a>,
    number: usize,
    after: &Stage<'_>,
    facts: &Facts,
) -> Result<Option<Vec<Step<'a>>>, String> {
    let Some(before) = trace.stages.get(number) else {
        return Ok(None);
    };
    let (old, new) = (groups(&before.steps), groups(&after.steps));
    if old.len().max(new.len()) > MAX_GROUPS {
        return Ok(None);
    }
    let matched = matching((&before.steps, &old), (&after.steps, &new));
    let order = order(&matched, new.len());
    if order.is_sorted() {
        return Ok(None);
    }
    volumes((before, &old), (after, &new), &matched)?;
    for (place, lower) in order.iter().enumerate() {
        // What stood above the lower one and stands below it now.
        let passed = order.iter().skip(place + 1).filter(|upper| *upper < lower);
        for upper in passed {
            let still_above = order.iter().take(place).filter(|group| *group < upper);
            let pair = Pair {
                trace,
                stage: before,
                above: still_above
                    .filter_map(|group| before.steps.get(old.get(*group)?.clone()))
                    .flatten()
                    .collect(),
                facts,
            };
            pair.check(steps(before, &old, *upper), steps(before, &old, *lower))?;
        }
    }
    let ordered = order.iter().flat_map(|group| steps(before, &old, *group));
    Ok(Some(ordered.cloned().collect()))
}

fn steps<'s, 'a>(stage: &'s Stage<'a>, groups: &[Group], group: usize) -> &'s [Step<'a>] {
    let range = groups.get(group).cloned().unwrap_or_default();
    stage.steps.get(range).unwrap_or_default()
}

/// The steps of each instruction: a COPY of several sources makes several, which stay together.
fn groups(steps: &[Step<'_>]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut at = 0;
    for chunk in steps.chunk_by(|a, b| a.instruction.index == b.instruction.index) {
        groups.push(at..at + chunk.len());
        at += chunk.len();
    }
    groups
}

/// For each group before, the one after that does the same. Of several that do the same the first goes with the first.
/// When as many are left over on both sides, they are taken to be what a rewrite has changed, one by one.
fn matching(
    (before, old): (&[Step<'_>], &[Group]),
    (after, new): (&[Step<'_>], &[Group]),
) -> Vec<Option<usize>> {
    let ops = |steps: &[Step<'_>], group: &Group| steps.get(group.clone()).map(<[_]>::len);
    let same = |b: &Group, a: &Group| {
        ops(before, b) == ops(after, a)
            && b.clone()
                .zip(a.clone())
                .all(|(b, a)| match (before.get(b), after.get(a)) {
                    (Some(b), Some(a)) => b.op == a.op,
                    _ => false,
                })
    };
    let mut taken = vec![false; new.len()];
    let mut matched: Vec<Option<usize>> = Vec::with_capacity(old.len());
    for group in old {
        let mut candidates = new.iter().zip(&mut taken).enumerate();
        let found = candidates.find(|(_, (other, taken))| !**taken && same(group, other));
        matched.push(found.map(|(at, (_, taken))| {
            *taken = true;
            at
        }));
    }
    let left = matched.iter().filter(|matched| matched.is_none()).count();
    let free: Vec<usize> = (0..new.len())
        .filter(|at| taken.get(*at) == Some(&false))
        .collect();
    if left == free.len() {
        let gaps = matched.iter_mut().filter(|matched| matched.is_none());
        gaps.zip(free).for_each(|(gap, at)| *gap = Some(at));
    }
    matched
}

/// The groups before in the order after. One that has no counterpart stays behind the one above it.
fn order(matched: &[Option<usize>], end: usize) -> Vec<usize> {
    let mut place = None;
    let places: Vec<(Option<usize>, usize)> = matched
        .iter()
        .enumerate()
        .map(|(group, at)| {
            place = at.filter(|at| *at < end).or(place);
            (place, group)
        })
        .collect();
    let mut order = places;
    order.sort_by_key(|(place, _)| *place);
    order.into_iter().map(|(_, group)| group).collect()
}

/// Some builders drop what is written below a volume after it is declared (semantics E), and the trace doesn't show where
/// that is: no step may pass a VOLUME.
fn volumes(
    (before, old): (&Stage<'_>, &[Group]),
    (after, new): (&Stage<'_>, &[Group]),
    matched: &[Option<usize>],
) -> Result<(), String> {
    let above = |stage: &Stage<'_>, group: Option<&Group>| {
        let step = stage.steps.get(group?.start)?;
        let volumes = stage.instructions.iter().filter(|instruction| {
            instruction.kind == InstructionKind::Volume
                && instruction.index < step.instruction.index
        });
        Some(volumes.count())
    };
    let passes = old.iter().zip(matched).any(|(group, at)| {
        let at = at.and_then(|at| new.get(at));
        at.is_some() && above(before, Some(group)) != above(after, at)
    });
    match passes {
        true => Err("it has passed a VOLUME, below which some builders drop changes".to_owned()),
        false => Ok(()),
    }
}
