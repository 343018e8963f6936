//! Lint and fix: runs rules, chooses fixes, applies them, asks for the proof, and goes on to a fixpoint.
//!
//! The engine knows no rule by name. [`findings`] collects what the enabled rules say about one text, [`select`] chooses
//! fixes that don't meet, [`attempt`] applies a batch and judges the result, [`run`] goes round by round to a fixpoint;
//! [`single`] judges one rewrite that no rule made.

mod attempt;
mod findings;
mod run;
mod select;
mod single;
#[cfg(test)]
mod tests;

pub(crate) use single::{Judgement, judge, touches_frozen};

use dfix_syntax::{SourceText, SyntaxError, TextRange};

use crate::model::Analysis;
use crate::proof::{Law, Verdict, prove};
use crate::rules::{self, Rule, RuleMeta};
use crate::{Applicability, Companion, Facts, Finding, Settings};

/// Reports what the enabled rules find. A fix that is called safe has passed the proof in the given company; one that did
/// not is shown as unsafe with the reason in [`Finding::refused`].
pub fn lint(source: &SourceText, settings: &Settings, facts: &Facts, company: Company) -> Report {
    Machine::new(settings, facts).lint(source, company)
}

/// In which company a fix is proven that [`lint`] reports as safe. The two can differ: when one of two `apk add` keeps
/// the package index for the other, both can do without it, but neither alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// With all the other safe fixes of the file, as [`fix`] applies them.
    Together,
    /// By itself: what someone needs to know who applies a single fix.
    Alone,
}

/// Applies every fix of at least the given applicability, to a fixpoint: fixing the result again changes nothing.
/// [`Applicability::Manual`] counts as [`Applicability::Unsafe`], since advice is never applied.
pub fn fix(
    source: &SourceText,
    settings: &Settings,
    facts: &Facts,
    threshold: Applicability,
) -> Outcome {
    Machine::new(settings, facts).fix(source, threshold)
}

/// What the enabled rules say about a file that is analysed already, in source order. No fix has been proven: one that is
/// called safe is what its rule takes for safe. It is for an editor, which can't wait for the proofs of a whole file after
/// each key.
pub fn findings_of(analysis: &Analysis, settings: &Settings, facts: &Facts) -> Vec<Finding> {
    let mut findings = Machine::new(settings, facts).unproven(analysis);
    findings::sort(&mut findings);
    findings
}

/// Asks for the proof of one finding of [`findings_of`]. Its fix stays safe when the proof accepts it alone; otherwise it
/// becomes what [`lint`] would report. Returns the laws that the proof used.
pub fn judge_finding(
    analysis: &Analysis,
    settings: &Settings,
    facts: &Facts,
    finding: &mut Finding,
) -> Vec<Law> {
    Machine::new(settings, facts).judge_alone(analysis, finding)
}

/// What [`lint`] found.
#[derive(Debug, Default)]
pub struct Report {
    /// What BuildKit refuses about the file. Rules that rewrite are silent on such a file.
    pub errors: Vec<SyntaxError>,
    /// The findings, in source order, then by rule id. Fixes called safe have passed the proof.
    pub findings: Vec<Finding>,
}

/// What [`fix`] did.
#[derive(Debug)]
pub struct Outcome {
    /// The text after the fixes.
    pub text: String,
    /// Whether it differs from the source.
    pub changed: bool,
    /// The applied fixes, in the order of application.
    pub applied: Vec<Applied>,
    /// Fixes that were called safe and refused, in the order of refusal. Ranges are those of the final text.
    pub refused: Vec<Refusal>,
    /// What the applied fixes change in other files, one for each file.
    pub companions: Vec<Companion>,
    /// What is left to say about the new text.
    pub remaining: Report,
}

/// An applied fix.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The rule.
    pub rule: &'static RuleMeta,
    /// What it did.
    pub title: String,
    /// How far it could be trusted. [`Applicability::Safe`]: proven.
    pub applicability: Applicability,
    /// The declared differences that its proof used; none for a fix without a proof.
    pub laws: Vec<Law>,
}

/// A fix that was not applied although it was offered.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The rule.
    pub rule: &'static RuleMeta,
    /// Where, in the text that the fix was made for.
    pub range: TextRange,
    /// Why.
    pub reason: String,
}

/// The engine with everything it asks of the rest of the crate, so that its tests can bring rules, a model and a proof
/// of their own.
#[derive(Clone, Copy)]
struct Machine<'a> {
    rules: &'a [Rule],
    settings: &'a Settings,
    facts: &'a Facts,
    analyse: fn(SourceText, &Settings) -> Analysis,
    analyse_edited: fn(&Analysis, SourceText, &Settings) -> Analysis,
    prove: fn(&Analysis, &Analysis, &[Law], &Settings, &Facts) -> Verdict,
}

/// Whether a file can be rewritten at all: BuildKit takes it, and reads it by its own frontend.
pub(crate) fn is_rewritable(analysis: &Analysis) -> bool {
    analysis.errors.is_empty() && findings::is_dockerfile(analysis)
}

impl<'a> Machine<'a> {
    fn new(settings: &'a Settings, facts: &'a Facts) -> Self {
        Self {
            rules: rules::ALL,
            settings,
            facts,
            analyse: Analysis::new,
            analyse_edited: Analysis::edited,
            prove,
        }
    }
}
