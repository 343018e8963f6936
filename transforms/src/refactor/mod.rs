//! Refactorings: rewrites that a person asks for at a cursor or a selection, where nothing is wrong.
//!
//! [`offers`] says what can be done at a place; it builds the edits and drops them, but proves nothing, so it is cheap.
//! [`build`] makes one of them and asks for the proof, in the way in which the engine asks for that of a rule's fix.
//!
//! To add one: write `refactor/<id>.rs` (snake case) with its declaration ([`declare_refactoring!`](declare)) and its
//! `draft`, and add its `mod` line and one line to [`ALL`]. Whether a rewrite is right each judges by what rules know
//! (`rules/support`); the proof judges for itself, and a rewrite is safe only when both agree.

mod declare;
pub mod docs;
mod target;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

mod chain_to_heredoc;
mod heredoc_to_chain;
mod join_lines;
mod merge_selected_runs;
mod merge_with_next_run;
mod move_down;
mod move_up;
mod sort_packages;
mod split_run;
mod split_stages;
mod to_exec_form;
mod to_shell_form;
mod words;
mod wrap_commands;
mod wrap_operands;

use dfix_syntax::TextRange;

use crate::engine::{Judgement, is_rewritable, judge, touches_frozen};
use crate::model::Analysis;
use crate::proof::Law;
use crate::rules::Context;
use crate::{Applicability, Edit, Facts, Fix, Settings};
use target::Target;

/// Every refactoring, in the order in which an editor lists them.
pub static ALL: &[Kind] = &[
    merge_with_next_run::KIND,
    merge_selected_runs::KIND,
    split_run::KIND,
    split_stages::KIND,
    to_exec_form::KIND,
    to_shell_form::KIND,
    chain_to_heredoc::KIND,
    heredoc_to_chain::KIND,
    wrap_commands::KIND,
    wrap_operands::KIND,
    sort_packages::KIND,
    join_lines::KIND,
    move_up::KIND,
    move_down::KIND,
];

/// A refactoring: what it is and how it is made.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The id in kebab-case; it stays for ever.
    pub id: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// The page in Markdown: the summary, what it does where, and an example in which `$0` is the cursor.
    pub page: &'static str,
    draft: fn(&Target<'_>) -> Option<Draft>,
}

/// A refactoring that can be made at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The id, for [`build`].
    pub id: &'static str,
    /// What will happen, in the imperative.
    pub title: String,
}

/// A refactoring that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refactoring {
    /// The id.
    pub id: &'static str,
    /// What will happen, in the imperative.
    pub title: String,
    /// The edits. [`Applicability::Safe`]: proven to build the same image, but for the differences in the notes.
    pub fix: Fix,
    /// What a person may want to know about it, in whole sentences.
    pub notes: Vec<String>,
    /// Why it is not safe.
    pub refused: Option<String>,
}

/// What can be done at a cursor (an empty range) or a selection. Some of it may turn out to be impossible when it is
/// built; no proof is asked for.
pub fn offers(
    analysis: &Analysis,
    settings: &Settings,
    facts: &Facts,
    range: TextRange,
) -> Vec<Offer> {
    let context = Context::new(analysis, settings, facts);
    let Some(target) = target(&context, range) else {
        return Vec::new();
    };
    let drafts = ALL.iter().filter_map(|kind| {
        let draft = (kind.draft)(&target)?;
        let title = draft.title.clone();
        let fix = draft.into_fix()?;
        (!touches_frozen(analysis, &fix)).then_some(Offer { id: kind.id, title })
    });
    drafts.collect()
}

/// Makes the refactoring of an id and asks for the proof. `None` when it can't be made here: the place is another, the
/// result would be no good file or would lose a comment.
pub fn build(
    analysis: &Analysis,
    settings: &Settings,
    facts: &Facts,
    id: &str,
    range: TextRange,
) -> Option<Refactoring> {
    let kind = ALL.iter().find(|kind| kind.id == id)?;
    let context = Context::new(analysis, settings, facts);
    let mut draft = (kind.draft)(&target(&context, range)?)?;
    let mut notes = std::mem::take(&mut draft.notes);
    let mut refused = draft.doubt.take();
    let mut fix = draft.into_fix()?;
    if refused.is_none() {
        fix.applicability = Applicability::Safe;
    }
    match judge(analysis, settings, facts, &fix) {
        Judgement::Accepted(laws) => {
            notes.extend(laws.iter().map(|law| law.description().to_owned()));
        }
        Judgement::Unproven(reason) => {
            fix.applicability = Applicability::Unsafe;
            refused = Some(reason);
        }
        Judgement::Broken => return None,
    }
    Some(Refactoring {
        id: kind.id,
        title: fix.title.clone(),
        fix,
        notes,
        refused,
    })
}

/// All that can be done at a place, made and judged: [`build`] for each of the [`offers`].
pub fn refactorings(
    analysis: &Analysis,
    settings: &Settings,
    facts: &Facts,
    range: TextRange,
) -> Vec<Refactoring> {
    offers(analysis, settings, facts, range)
        .iter()
        .filter_map(|offer| build(analysis, settings, facts, offer.id, range))
        .collect()
}

fn target<'c>(context: &'c Context<'c>, range: TextRange) -> Option<Target<'c>> {
    is_rewritable(context.analysis)
        .then(|| Target::new(context, range))
        .flatten()
}

/// A rewrite that no proof has been asked for yet.
#[derive(Debug, Default)]
struct Draft {
    title: String,
    edits: Vec<Edit>,
    laws: &'static [Law],
    doubt: Option<String>,
    notes: Vec<String>,
}

impl Draft {
    fn new(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self {
            title: title.into(),
            edits,
            ..Self::default()
        }
    }

    /// The declared differences that the proof may use.
    fn under(mut self, laws: &'static [Law]) -> Self {
        self.laws = laws;
        self
    }

    /// Why it is not safe, if there is a reason. The first one stays.
    fn doubt(mut self, why: Option<impl Into<String>>) -> Self {
        self.doubt = self.doubt.or(why.map(Into::into));
        self
    }

    /// Something to know about it, if there is anything.
    fn note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }

    /// The edits as a fix, which may claim to be safe only after the proof.
    fn into_fix(self) -> Option<Fix> {
        Fix::new(self.title, Applicability::Unsafe, self.laws, self.edits)
    }
}
