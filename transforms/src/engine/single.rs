//! The judgement of a single rewrite that a person asked for and no rule made.

use super::Machine;
use super::attempt::Budget;
use super::findings::{kept_by, touches};
use crate::model::Analysis;
use crate::proof::{Law, Verdict};
use crate::{Applicability, Facts, Fix, Settings};

/// What is to be said of a rewrite.
#[derive(Debug)]
pub(crate) enum Judgement {
    /// It builds the same image under these laws. A rewrite that doesn't claim to be safe is not asked for it.
    Accepted(Vec<Law>),
    /// The result is a good file, but not proven to build the same image; why.
    Unproven(String),
    /// The result is no good file, or the edits touch what must be left alone.
    Broken,
}

/// Judges a rewrite by itself, in the way in which [`super::lint`] judges the fix of a finding.
pub(crate) fn judge(
    analysis: &Analysis,
    settings: &Settings,
    facts: &Facts,
    fix: &Fix,
) -> Judgement {
    if touches_frozen(analysis, fix) {
        return Judgement::Broken;
    }
    let machine = Machine::new(settings, facts);
    let mut budget = Budget::for_judging(analysis);
    let Ok(accepted) = machine.attempt(analysis, &[fix], false, &mut budget) else {
        return Judgement::Broken;
    };
    let after = accepted.analysis;
    // A line of the result may not mean something else than it seems.
    if after.frozen().count() > analysis.frozen().count() {
        return Judgement::Broken;
    }
    if fix.applicability != Applicability::Safe {
        return Judgement::Accepted(Vec::new());
    }
    match (machine.prove)(analysis, &after, fix.laws, settings, facts) {
        Verdict::Equivalent(laws) => match laws.iter().find_map(|law| kept_by(settings, *law)) {
            Some(kept) => Judgement::Unproven(format!("the configuration keeps {kept} as it is")),
            None => Judgement::Accepted(laws),
        },
        Verdict::Different(reason) => {
            Judgement::Unproven(format!("not proven to build the same image: {reason}"))
        }
    }
}

/// Whether a rewrite would edit an instruction that is to be left alone (decision F.9).
pub(crate) fn touches_frozen(analysis: &Analysis, fix: &Fix) -> bool {
    let edits = fix.edits();
    analysis.frozen().any(|(instruction, _)| {
        let lines = instruction.lines;
        let first = edits.partition_point(|edit| edit.range.end() < lines.start());
        let near = edits.get(first..).unwrap_or_default().iter();
        near.take_while(|edit| edit.range.start() < lines.end())
            .any(|edit| touches(lines, edit.range))
    })
}
