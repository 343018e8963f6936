//! Fault injection: each command of a fixture is replaced by `false` in turn, in the file as it is and in the corresponding
//! command of the rewritten file. Either both builds fail at instructions that correspond, or the fault is harmless in
//! both.

mod build;
mod sites;

use std::collections::BTreeSet;

use dfix_tests::in_parallel;

use super::Setup;
use super::case::{Builder, Case};
use super::rewrite::rewritten;
use super::summary::{Summary, Trial};
use build::{Outcome, build};
use sites::{Commands, Pair, pairs};

/// A fixture before and after its rewrite.
#[derive(Debug)]
struct Rewrite<'a> {
    case: &'a Case,
    before: Commands,
    after: Commands,
    /// Commands of the two that correspond, and those that only one has.
    pairs: Vec<Pair>,
}

/// Injects faults into all fixtures; into so many places, spread over all, when there is a limit.
pub(crate) fn judge(cases: &[Case], limit: Option<usize>, setup: &Setup, summary: &mut Summary) {
    let cases: Vec<&Case> = cases
        .iter()
        .filter(|case| case.keys.builders.contains(&Builder::Docker))
        .collect();
    let mut rewrites = Vec::new();
    for (case, rewrite) in cases
        .iter()
        .zip(in_parallel(&cases, |case| read(case, setup)))
    {
        match rewrite {
            Ok(rewrite) => rewrites.push(rewrite),
            Err(wrong) => summary.add(Trial::of("fault", &case.name, None, || Err(wrong))),
        }
    }
    let both = rewrites.iter().flat_map(|rewrite| {
        let pairs = rewrite.pairs.iter();
        pairs.filter_map(move |pair| Some((rewrite, pair.before?, pair.after?)))
    });
    let mut faults: Vec<_> = both.collect();
    if let Some(limit) = limit {
        // Spread evenly, and always the same.
        let step = faults.len().div_ceil(limit.max(1)).max(1);
        faults = faults.into_iter().step_by(step).collect();
    }
    let chosen: BTreeSet<&str> = faults.iter().map(|(it, ..)| &*it.case.name).collect();
    let sound: Vec<&Rewrite<'_>> = rewrites
        .iter()
        .filter(|rewrite| chosen.contains(&*rewrite.case.name))
        .collect();
    // Without a fault both must build, else nothing that follows says anything. It fills the cache as well.
    let broken: BTreeSet<&str> = in_parallel(&sound, |rewrite| {
        let sides = [("as it is", &rewrite.before), ("rewritten", &rewrite.after)];
        let failed = sides.into_iter().find_map(|(side, file)| {
            match build(rewrite.case, &file.text, setup) {
                Ok(Outcome::Built) => None,
                Ok(failed) => Some(format!("{side}, without a fault, {failed}")),
                Err(wrong) => Some(format!("{side}, without a fault: {wrong}")),
            }
        });
        failed.map(|wrong| (rewrite.case, wrong))
    })
    .into_iter()
    .flatten()
    .map(|(case, wrong)| {
        summary.add(Trial::of("fault", &case.name, None, || Err(wrong)));
        &*case.name
    })
    .collect();
    faults.retain(|(rewrite, ..)| !broken.contains(&*rewrite.case.name));
    for (trial, harmless) in in_parallel(&faults, |(rewrite, before, after)| {
        inject(rewrite, *before, *after, setup)
    }) {
        summary.count(
            "faults that are harmless before and after",
            usize::from(harmless),
        );
        summary.add(trial);
    }
    for (what, number) in only_in_one(&rewrites) {
        summary.count(&what, number);
    }
}

/// Reads a fixture and what dfix makes of it.
fn read<'a>(case: &'a Case, setup: &Setup) -> Result<Rewrite<'a>, String> {
    let file = case.dockerfile();
    let before =
        std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let after = rewritten(case, case.keys.fixes, setup)?;
    let (before, after) = (Commands::of(before)?, Commands::of(after)?);
    let pairs = pairs(&before, &after);
    Ok(Rewrite {
        case,
        before,
        after,
        pairs,
    })
}

/// Injects a fault: the trial, and whether the fault does no harm on either side.
fn inject(rewrite: &Rewrite<'_>, before: usize, after: usize, setup: &Setup) -> (Trial, bool) {
    let mut harmless = false;
    let command = rewrite.before.key(before);
    let name = format!("{} #{before}", rewrite.case.name);
    let trial = Trial::of("fault", &name, Some(Builder::Docker), || {
        let outcomes = [(&rewrite.before, before), (&rewrite.after, after)]
            .map(|(file, place)| build(rewrite.case, &file.with_fault(place)?, setup));
        let [left, right] = outcomes;
        match (left?, right?) {
            (Outcome::Built, Outcome::Built) => {
                harmless = true;
                Ok(format!("`{command}` may fail, before and after"))
            }
            (Outcome::FailedAt(left), Outcome::FailedAt(right)) => {
                let (from, to) = (rewrite.before.at_line(left), rewrite.after.at_line(right));
                if corresponds(rewrite, from, to) {
                    Ok(format!(
                        "`{command}` stops line {left}, and line {right} after"
                    ))
                } else {
                    Err(format!(
                        "`{command}` stops line {left} before, but line {right} after"
                    ))
                }
            }
            (left, right) => Err(format!("`{command}`: before {left}, after {right}")),
        }
    });
    (trial, harmless)
}

/// Whether two instructions have a command in common, or are the same one that holds no command.
fn corresponds(rewrite: &Rewrite<'_>, before: Option<usize>, after: Option<usize>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let shared = rewrite.pairs.iter().any(|pair| {
        let from = pair
            .before
            .and_then(|place| rewrite.before.instruction(place));
        let to = pair
            .after
            .and_then(|place| rewrite.after.instruction(place));
        from == Some(before) && to == Some(after)
    });
    shared || rewrite.before.is_like(before, &rewrite.after, after)
}

/// The commands that only one side has: what it is called in the summary, and how many.
fn only_in_one(rewrites: &[Rewrite<'_>]) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for rewrite in rewrites {
        for pair in &rewrite.pairs {
            let (side, command) = match (pair.before, pair.after) {
                (Some(place), None) => ("removed", rewrite.before.program(place)),
                (None, Some(place)) => ("added", rewrite.after.program(place)),
                _ => continue,
            };
            all.push((
                format!("commands {side} by rewrites, not faulted: {command}"),
                1,
            ));
        }
    }
    all
}
