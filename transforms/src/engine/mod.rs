//! Lint and fix: runs rules, chooses fixes, applies them, asks for the proof, and goes on to a fixpoint.

use dfix_syntax::{SourceText, SyntaxError, TextRange};

use crate::rules::RuleMeta;
use crate::{Applicability, Facts, Finding, Settings};

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
    /// Fixes that were called safe and refused.
    pub refused: Vec<Refusal>,
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

/// Reports what the enabled rules find.
pub fn lint(source: &SourceText, settings: &Settings, facts: &Facts) -> Report {
    let _ = (source, settings, facts);
    Report::default()
}

/// Applies every fix of at least the given applicability, to a fixpoint: fixing the result again changes nothing.
pub fn fix(
    source: &SourceText,
    settings: &Settings,
    facts: &Facts,
    threshold: Applicability,
) -> Outcome {
    let _ = (settings, facts, threshold);
    Outcome {
        text: source.as_str().to_owned(),
        changed: false,
        applied: Vec::new(),
        refused: Vec::new(),
        remaining: Report::default(),
    }
}
