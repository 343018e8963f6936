//! What a run says: one module for each form of output, and what they share.

pub(crate) mod concise;
pub(crate) mod diff;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod pretty;
mod preview;
pub(crate) mod summary;

use dfix_syntax::{SourceText, TextRange};
use dfix_transforms::{Applicability, Applied, Companion, Finding, Fix, Related, Report, Severity};

use crate::world::problem::Problem;

/// The id under which what BuildKit refuses is reported. It is no rule: it can't be ignored.
pub(crate) const SYNTAX_ERROR: &str = "syntax-error";
/// What others call it.
const SYNTAX_ERROR_ALIASES: &[&str] = &["DL1000"];

/// What came of one file.
#[derive(Debug, Default)]
pub(crate) struct FileReport {
    /// The path as it is shown.
    pub name: String,
    /// The text that the findings speak of: after the fixes, when there were any. `None` when the file was not read.
    pub source: Option<SourceText>,
    /// Why the file was not done, or not written.
    pub problem: Option<Problem>,
    /// What is found, or left.
    pub report: Report,
    /// What was fixed, or would be.
    pub applied: Vec<Applied>,
    /// Whether the text differs after the fixes.
    pub changed: bool,
    /// What the fixes change in other files, or would.
    pub companions: Vec<Companion>,
    /// The text as it was read and as it is after the fixes, where a diff or the text itself is wanted.
    pub rewrite: Option<Rewrite>,
}

/// A text before and after.
#[derive(Debug)]
pub(crate) struct Rewrite {
    /// The path as a diff names it.
    pub path: String,
    /// As it was read.
    pub before: String,
    /// After the fixes.
    pub after: String,
}

/// One thing to say about a file: a rule's finding or a syntax error, in the same form for all outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// The rule's id, or [`SYNTAX_ERROR`].
    pub rule: &'a str,
    /// Names under which others know the rule.
    pub aliases: &'a [&'static str],
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter.
    pub message: &'a str,
    /// The place, in bytes.
    pub range: TextRange,
    /// What to do.
    pub help: Option<&'a str>,
    /// Other places.
    pub related: &'a [Related],
    /// The rewrite.
    pub fix: Option<&'a Fix>,
    /// Why there is no (safe) fix.
    pub refused: Option<&'a str>,
}

impl FileReport {
    /// A report that has nothing to say yet.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// A report about a file that was not done.
    pub(crate) fn failed(name: &str, problem: Problem) -> Self {
        Self {
            problem: Some(problem),
            ..Self::named(name)
        }
    }

    /// All there is to say, in the order of places.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let errors = self.report.errors.iter().map(|error| Entry {
            rule: SYNTAX_ERROR,
            aliases: SYNTAX_ERROR_ALIASES,
            severity: Severity::Error,
            message: &error.message,
            range: error.range,
            help: None,
            related: &[],
            fix: None,
            refused: None,
        });
        let findings = self.report.findings.iter().map(Entry::of);
        let mut entries: Vec<Entry<'_>> = errors.chain(findings).collect();
        entries.sort_by_key(|entry| (entry.range.start(), entry.range.end()));
        entries
    }
}

impl<'a> Entry<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule.id,
            aliases: finding.rule.aliases,
            severity: finding.rule.severity,
            message: &finding.message,
            range: finding.range,
            help: finding.help.as_deref(),
            related: &finding.related,
            fix: finding.fix.as_ref(),
            refused: finding.refused.as_deref(),
        }
    }
}

/// The word for a severity.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The word for an applicability.
pub(crate) fn applicability_name(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Manual => "manual",
        Applicability::Unsafe => "unsafe",
        Applicability::Safe => "safe",
    }
}

/// A text on one line, with control characters escaped.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        for ch in word.chars() {
            if ch.is_control() {
                line.extend(ch.escape_default());
            } else {
                line.push(ch);
            }
        }
    }
    line
}

#[cfg(test)]
pub(crate) mod testing {
    //! A file with findings of every sort, for the tests of the outputs.

    use super::*;
    use dfix_syntax::{SyntaxError, TextSize};
    use dfix_transforms::Edit;
    use dfix_transforms::proof::Law;
    use dfix_transforms::rules::{Group, Nature, Phase, RuleMeta};

    pub(crate) static RULE: RuleMeta = RuleMeta {
        id: "apt-clean-lists",
        aliases: &["DL3009"],
        group: Group::Packages,
        phase: Phase::Content,
        severity: Severity::Warning,
        fix: Some(Applicability::Safe),
        laws: &[Law::AptListsRemoved],
        default: true,
        nature: Nature::Ordinary,
        mentions: &[],
        needs: &[],
        since: "0.1.0",
        summary: "Removes the package lists of apt in the layer that made them.",
        page: "## Why\n\nThey are dead weight.\n",
    };

    fn range(text: &str, part: &str) -> TextRange {
        let start = text.find(part).unwrap();
        let size = |at: usize| TextSize::try_from(at).unwrap();
        TextRange::new(size(start), size(start + part.len()))
    }

    /// A report about `text`, with a finding at `part`, and perhaps a fix that puts `insert` behind it.
    pub(crate) fn file(text: &str, part: &str, insert: Option<&str>) -> FileReport {
        let place = range(text, part);
        let mut finding = Finding::new(
            &RULE,
            place,
            "the package lists stay in the layer, which makes it larger",
        );
        finding.fix = insert.and_then(|insert| {
            Fix::new(
                "Remove them in the same layer",
                Applicability::Safe,
                RULE.laws,
                vec![Edit::insert(place.end(), insert)],
            )
        });
        FileReport {
            name: "app/Dockerfile".to_owned(),
            source: SourceText::new(text.as_bytes()).ok(),
            report: Report {
                errors: Vec::new(),
                findings: vec![finding],
            },
            ..FileReport::default()
        }
    }

    /// A report about a file that does not parse.
    pub(crate) fn broken(text: &str, part: &str, message: &str) -> FileReport {
        FileReport {
            name: "Dockerfile".to_owned(),
            source: SourceText::new(text.as_bytes()).ok(),
            report: Report {
                errors: vec![SyntaxError {
                    range: range(text, part),
                    message: message.to_owned(),
                }],
                findings: Vec::new(),
            },
            ..FileReport::default()
        }
    }
}
