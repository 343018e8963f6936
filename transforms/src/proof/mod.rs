//! The equivalence check: do two files build the same image? It knows no rule.

mod law;
mod normal;
mod trace;

pub use law::Law;

use crate::model::Analysis;
use crate::{Facts, Settings};

/// The verdict of [`prove`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The files build the same image but for the differences that these laws name (none when the traces are equal).
    Equivalent(Vec<Law>),
    /// They may not: the first difference that no law explains, in words for a person.
    Different(String),
}

/// Compares the build traces of two files under the given laws.
pub fn prove(
    before: &Analysis,
    after: &Analysis,
    laws: &[Law],
    settings: &Settings,
    facts: &Facts,
) -> Verdict {
    let _ = (before, after, laws, settings, facts);
    Verdict::Different("the proof is not built yet".to_owned())
}
