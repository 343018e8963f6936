//! Applies a batch of fixes and judges the result.

use dfix_syntax::{SourceText, SyntaxError, TextRange};
use rustc_hash::FxHashMap;

use super::Machine;
use crate::edit::apply_edits;
use crate::model::{Analysis, BreakKind, Instruction};
use crate::proof::{Law, Verdict};
use crate::{Edit, Fix};

/// A batch that passed.
pub(super) struct Accepted {
    /// The new file.
    pub(super) analysis: Analysis,
    /// The declared differences that the proof used; none for an unsafe batch.
    pub(super) laws: Vec<Law>,
}

/// Why a batch did not pass.
#[derive(Debug, Clone)]
pub(super) struct Rejection {
    /// For a person.
    pub(super) reason: String,
    /// Whether the result is a good file of which only the proof of equivalence is missing.
    pub(super) only_unproven: bool,
}

/// How many attempts may still be made. It bounds the work on a hostile file with thousands of fixes; an ordinary file
/// never comes near it.
pub(super) struct Budget {
    attempts: usize,
    exhausted: &'static str,
}

impl Budget {
    /// Attempts that every file has, however large, and that no file may go beyond.
    const ATTEMPTS: (usize, usize) = (32, 512);

    /// For the search for culprits in batches that fail.
    pub(super) fn for_batches(analysis: &Analysis) -> Self {
        Self::new(
            analysis,
            32 << 20,
            "too many fixes of this file were refused to try them all",
        )
    }

    /// For the judgement of what is only reported.
    pub(super) fn for_judging(analysis: &Analysis) -> Self {
        Self::new(
            analysis,
            6 << 20,
            "the file has too many fixes to try each by itself",
        )
    }

    /// As many attempts as analyse so many bytes.
    fn new(analysis: &Analysis, bytes: usize, exhausted: &'static str) -> Self {
        let attempts = bytes / analysis.source.len().max(1);
        Self {
            attempts: attempts.clamp(Self::ATTEMPTS.0, Self::ATTEMPTS.1),
            exhausted,
        }
    }

    fn spend(&mut self) -> bool {
        let left = self.attempts.checked_sub(1);
        self.attempts = left.unwrap_or(0);
        left.is_some()
    }
}

impl Machine<'_> {
    /// Applies fixes whose edits don't meet. The result must be another text, without new syntax errors, with as many
    /// instructions as the edits can explain, with all comments, and, for `safe` fixes, proven to build the same image.
    pub(super) fn attempt(
        &self,
        before: &Analysis,
        fixes: &[&Fix],
        safe: bool,
        budget: &mut Budget,
    ) -> Result<Accepted, Rejection> {
        if !budget.spend() {
            return Err(Rejection {
                reason: budget.exhausted.to_owned(),
                only_unproven: true,
            });
        }
        let edits = sorted_edits(fixes);
        let text = apply_edits(&before.source, &edits);
        if text == before.source.as_str() {
            return Err(broken("the fix changes nothing"));
        }
        let source = SourceText::of_text(&text)
            .map_err(|error| broken(format!("the result is no text for a Dockerfile: {error}")))?;
        let after = (self.analyse_edited)(before, source, self.settings);
        let errors = [
            (&before.errors, &after.errors),
            (&before.expansion_errors, &after.expansion_errors),
        ];
        let mut new_errors = errors
            .iter()
            .filter_map(|(before, after)| new_error(before, after));
        if let Some(error) = new_errors.next() {
            return Err(broken(format!(
                "the builder would refuse the result: {}",
                error.message
            )));
        }
        if !explains_instruction_count(before, &after, &edits) {
            return Err(broken(
                "the result would have instructions that the fix doesn't account for",
            ));
        }
        if let Some(comment) = lost_comment(before, &after, &edits) {
            return Err(broken(format!(
                "the result would lose the comment `{comment}`"
            )));
        }
        let laws = match safe {
            true => self.proven(before, &after, fixes)?,
            false => Vec::new(),
        };
        Ok(Accepted {
            analysis: after,
            laws,
        })
    }

    fn proven(
        &self,
        before: &Analysis,
        after: &Analysis,
        fixes: &[&Fix],
    ) -> Result<Vec<Law>, Rejection> {
        let mut laws: Vec<Law> = fixes
            .iter()
            .flat_map(|fix| fix.laws.iter().copied())
            .collect();
        laws.sort_unstable();
        laws.dedup();
        match (self.prove)(before, after, &laws, self.settings, self.facts) {
            Verdict::Equivalent(used) => Ok(used),
            Verdict::Different(reason) => Err(Rejection {
                reason: format!("not proven to build the same image: {reason}"),
                only_unproven: true,
            }),
        }
    }
}

fn broken(reason: impl Into<String>) -> Rejection {
    Rejection {
        reason: reason.into(),
        only_unproven: false,
    }
}

fn sorted_edits(fixes: &[&Fix]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = fixes
        .iter()
        .flat_map(|fix| fix.edits().iter().cloned())
        .collect();
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    edits
}

/// An error that the file did not have before, told by its message, since positions move.
fn new_error<'a>(before: &[SyntaxError], after: &'a [SyntaxError]) -> Option<&'a SyntaxError> {
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    for error in before {
        *known.entry(&error.message).or_default() += 1;
    }
    after
        .iter()
        .find(|error| match known.get_mut(error.message.as_str()) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        })
}

/// Whether the edits account for the number of instructions: an instruction can only go when an edit meets its lines,
/// and only come with a new line end.
fn explains_instruction_count(before: &Analysis, after: &Analysis, edits: &[Edit]) -> bool {
    let (old, new) = (before.instructions.len(), after.instructions.len());
    if new < old {
        let met = before
            .instructions
            .iter()
            .filter(|instruction| meets(edits, instruction.lines))
            .count();
        return new > 0 && old - new <= met;
    }
    let line_ends: usize = edits
        .iter()
        .map(|edit| edit.insert.bytes().filter(|byte| *byte == b'\n').count())
        .sum();
    // An edit may also end a continuation and so set free the lines that were swallowed.
    let broken_before: usize = before
        .instructions
        .iter()
        .filter(|instruction| meets(edits, instruction.lines))
        .map(|instruction| instruction.breaks.len())
        .sum();
    new - old <= line_ends + broken_before
}

/// Whether an edit overlaps or touches a range; the edits are sorted and disjoint.
fn meets(edits: &[Edit], range: TextRange) -> bool {
    let first = edits.partition_point(|edit| edit.range.end() < range.start());
    edits
        .get(first)
        .is_some_and(|edit| edit.range.start() <= range.end())
}

/// A comment in an edited range that the new file has less often.
fn lost_comment<'a>(before: &'a Analysis, after: &Analysis, edits: &[Edit]) -> Option<&'a str> {
    let edited: Vec<&str> = comments(before)
        .filter(|range| meets(edits, *range))
        .map(|range| before.text(range).trim())
        .collect();
    if edited.is_empty() {
        return None;
    }
    let (had, has) = (comment_lines(before), comment_lines(after));
    edited
        .into_iter()
        .find(|comment| had.get(comment) > has.get(comment))
}

/// How often each comment line occurs; those that belong to no instruction count as well.
fn comment_lines(analysis: &Analysis) -> FxHashMap<&str, usize> {
    let mut counts = FxHashMap::default();
    for line in analysis.source.lines().map(str::trim) {
        if line.starts_with('#') {
            *counts.entry(line).or_default() += 1;
        }
    }
    counts
}

/// The comments that belong to instructions: above them and inside them.
fn comments(analysis: &Analysis) -> impl Iterator<Item = TextRange> + '_ {
    let inside = |instruction: &Instruction| {
        let comments = instruction
            .breaks
            .iter()
            .filter(|part| part.kind == BreakKind::Comment);
        comments.map(|part| part.range).collect::<Vec<_>>()
    };
    analysis.instructions.iter().flat_map(move |instruction| {
        instruction
            .comments
            .iter()
            .copied()
            .chain(inside(instruction))
    })
}
