//! Which fixes go into one batch: those that come first and don't touch each other.

use std::collections::BTreeMap;

use dfix_syntax::TextSize;

use crate::{Applicability, Edit, Finding, Fix};

/// A finding whose fix may be applied.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'f> {
    /// The finding.
    pub(super) finding: &'f Finding,
    /// Its fix.
    pub(super) fix: &'f Fix,
    /// How far the fix may be trusted after what has been learnt in this run.
    pub(super) applicability: Applicability,
    /// What the fix is remembered by.
    pub(super) key: super::run::Key,
}

/// Chooses from candidates in their total order. Only fixes of the highest applicability present go into one batch, so
/// that a safe fix never has to share its proof with an unsafe one. Safe fixes may be interleaved as long as no two
/// edits touch, since the proof sees the whole; unsafe ones have no such judge, so their spans may not meet.
pub(super) fn choose<'f>(candidates: &[Candidate<'f>]) -> Vec<Candidate<'f>> {
    let highest = candidates
        .iter()
        .map(|candidate| candidate.applicability)
        .max();
    let mut taken = Taken::default();
    let mut chosen = Vec::new();
    for candidate in candidates {
        if Some(candidate.applicability) != highest {
            continue;
        }
        let span = [Edit::delete(candidate.fix.range())];
        let edits = match candidate.applicability {
            Applicability::Safe => candidate.fix.edits(),
            _ => &span[..],
        };
        if taken.take_all(edits) {
            chosen.push(*candidate);
        }
    }
    chosen
}

/// Ranges that edits have taken, by their start.
#[derive(Default)]
pub(super) struct Taken(BTreeMap<TextSize, TextSize>);

impl Taken {
    /// Takes the ranges of the edits of one fix, unless one of them overlaps or touches what is taken.
    pub(super) fn take_all(&mut self, edits: &[Edit]) -> bool {
        let free = edits.iter().all(|edit| self.is_free(edit));
        if free {
            edits.iter().for_each(|edit| self.take(edit));
        }
        free
    }

    /// Whether an edit neither overlaps nor touches what is taken.
    fn is_free(&self, edit: &Edit) -> bool {
        let before = self.0.range(..=edit.range.end()).next_back();
        before.is_none_or(|(_, end)| *end < edit.range.start())
    }

    fn take(&mut self, edit: &Edit) {
        self.0.insert(edit.range.start(), edit.range.end());
    }
}
