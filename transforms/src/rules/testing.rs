//! What the tests of rules share. Every check of a rewrite is also a check of convergence, of idempotence, of kept
//! comments, of the variants with CRLF and without the final line end, and (for safe fixes) of the proof.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dfix_syntax::{SourceText, SyntaxKind, parse};

use super::{Rule, find};
use crate::engine::{Outcome, Report, fix, lint};
use crate::{Applicability, Company, ContextKind, Facts, IgnoreFile, Project, Settings};

/// Safe fixes of a rule turn `before` into `after`.
#[track_caller]
pub(crate) fn check(rule: &Rule, before: &str, after: &str) {
    Tester::new(rule).check(before, after);
}

/// As [`check`], but without the variants of line ends: for heredocs, whose line ends are content.
#[track_caller]
pub(crate) fn check_lf(rule: &Rule, before: &str, after: &str) {
    Tester::new(rule).check_one(before, after, Applicability::Safe, "as written");
}

/// Safe and unsafe fixes of a rule turn `before` into `after`, while the safe ones alone change nothing.
#[track_caller]
pub(crate) fn check_unsafe(rule: &Rule, before: &str, after: &str) {
    Tester::new(rule).check_unsafe(before, after);
}

/// The rule says nothing.
#[track_caller]
pub(crate) fn check_silent(rule: &Rule, text: &str) {
    Tester::new(rule).check_silent(text);
}

/// The rule reports so many findings, and its safe fixes change nothing.
#[track_caller]
pub(crate) fn check_reports(rule: &Rule, text: &str, count: usize) {
    Tester::new(rule).check_reports(text, count);
}

/// The rule itself says why it has no safe fix: one of its findings has a reason that contains `reason`, and its safe
/// fixes change nothing.
#[track_caller]
pub(crate) fn check_refused(rule: &Rule, text: &str, reason: &str) {
    Tester::new(rule).check_refused(text, reason);
}

/// Facts about a build context that holds these files with their texts, in folders that were listed, and no ignore file. A
/// name that ends with a slash is a folder that was not listed; `.dockerignore` becomes the ignore file.
#[track_caller]
pub(crate) fn project(files: &[(&str, &str)]) -> Facts {
    let mut listing = BTreeMap::new();
    let mut unlisted = BTreeSet::new();
    let mut texts = BTreeMap::new();
    let ignored = files.iter().find(|(name, _)| *name == ".dockerignore");
    let ignore = IgnoreFile {
        name: ".dockerignore".to_owned(),
        path: "/context/.dockerignore".into(),
        text: ignored.map(|(_, text)| Arc::from(*text)),
    };
    for (name, text) in files {
        let key = Facts::key(name);
        for (at, _) in key.match_indices('/') {
            let folder = key.get(..at).unwrap_or_default();
            listing.insert(folder.to_owned(), ContextKind::Directory);
        }
        if name.ends_with('/') {
            unlisted.insert(key.clone());
            listing.insert(key, ContextKind::Directory);
        } else {
            listing.insert(key.clone(), ContextKind::UnreadFile);
            texts.insert(key, Arc::from(*text));
        }
    }
    Facts {
        project: Some(Project::new(listing, unlisted, texts, Some(ignore))),
        ..Facts::default()
    }
}

/// A rule under test with its surroundings.
pub(crate) struct Tester {
    rule: Rule,
    settings: Settings,
    facts: Facts,
}

impl Tester {
    /// Only this rule runs, with default settings, and nothing is known of the world.
    pub(crate) fn new(rule: &Rule) -> Self {
        let settings = Settings {
            selected: Some([rule.meta.id].into_iter().collect()),
            ..Settings::default()
        };
        Self {
            rule: *rule,
            settings,
            facts: Facts::default(),
        }
    }

    /// Another rule runs too.
    #[track_caller]
    pub(crate) fn with(mut self, name: &str) -> Self {
        let Some(rule) = find(name) else {
            panic!("no rule has the name {name}")
        };
        self.settings
            .selected
            .get_or_insert_default()
            .insert(rule.meta.id);
        self
    }

    /// Changes the settings.
    pub(crate) fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Gives facts.
    pub(crate) fn facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// See [`check`].
    #[track_caller]
    pub(crate) fn check(&self, before: &str, after: &str) {
        self.check_rewrite(before, after, Applicability::Safe);
    }

    /// See [`check_unsafe`].
    #[track_caller]
    pub(crate) fn check_unsafe(&self, before: &str, after: &str) {
        let safe = self.fix(before, Applicability::Safe);
        assert_eq!(safe.text, before, "a safe fix changed the text");
        assert!(
            safe.refused.is_empty(),
            "the rule called unsafe what it should: {:#?}",
            safe.refused
        );
        self.check_rewrite(before, after, Applicability::Unsafe);
    }

    /// The text after safe fixes.
    pub(crate) fn fixed(&self, text: &str) -> String {
        self.fix(text, Applicability::Safe).text
    }

    /// See [`check_silent`].
    #[track_caller]
    pub(crate) fn check_silent(&self, text: &str) {
        let findings = self.lint(text).findings;
        assert!(findings.is_empty(), "{findings:#?}");
    }

    /// See [`check_reports`].
    #[track_caller]
    pub(crate) fn check_reports(&self, text: &str, count: usize) {
        let findings = self.lint(text).findings;
        assert_eq!(findings.len(), count, "{findings:#?}");
        self.check_unchanged(text);
    }

    /// See [`check_refused`].
    #[track_caller]
    pub(crate) fn check_refused(&self, text: &str, reason: &str) {
        let findings = self.lint(text).findings;
        let says_so = |given: &String| given.contains(reason);
        assert!(
            findings
                .iter()
                .any(|finding| finding.refused.as_ref().is_some_and(says_so)),
            "no finding has the reason `{reason}`: {findings:#?}"
        );
        self.check_unchanged(text);
    }

    #[track_caller]
    fn check_unchanged(&self, text: &str) {
        let outcome = self.fix(text, Applicability::Safe);
        assert_eq!(outcome.text, text, "a safe fix changed the text");
        assert!(
            outcome.refused.is_empty(),
            "the rule offered what the proof refuses: {:#?}",
            outcome.refused
        );
    }

    #[track_caller]
    fn check_rewrite(&self, before: &str, after: &str, threshold: Applicability) {
        self.check_one(before, after, threshold, "as written");
        let crlf = |text: &str| text.replace('\n', "\r\n");
        self.check_one(&crlf(before), &crlf(after), threshold, "with CRLF");
        // A last instruction that goes leaves the line end of the one before it.
        let before = before.trim_end_matches('\n');
        let outcome = self.fix(before, threshold);
        assert_eq!(
            outcome.text.trim_end_matches('\n'),
            after.trim_end_matches('\n'),
            "without the final line end"
        );
    }

    #[track_caller]
    fn check_one(&self, before: &str, after: &str, threshold: Applicability, what: &str) {
        let outcome = self.fix(before, threshold);
        if outcome.text != after {
            panic!(
                "{what}\n--- expected\n{after}\n--- got\n{}\n--- refused {:#?}\n--- remaining {:#?}",
                outcome.text, outcome.refused, outcome.remaining.findings
            );
        }
        assert_eq!(
            outcome.remaining.errors,
            [],
            "{what}: the result does not parse"
        );
        assert!(outcome.refused.is_empty(), "{what}: {:#?}", outcome.refused);
        let again = self.fix(&outcome.text, threshold);
        assert_eq!(again.text, outcome.text, "{what}: a second run changed it");
        for applied in &outcome.applied {
            let meta = applied.rule;
            assert!(
                applied.laws.iter().all(|law| meta.laws.contains(law)),
                "{} uses a law that it does not declare",
                meta.id
            );
        }
        assert_eq!(
            missing(comments(before), comments(&outcome.text)),
            Vec::<String>::new(),
            "{what}: comments are lost"
        );
    }

    /// What the rule says.
    pub(crate) fn lint(&self, text: &str) -> Report {
        let mut report = lint(&source(text), &self.settings, &self.facts, Company::Alone);
        report
            .findings
            .retain(|finding| finding.rule.id == self.rule.meta.id);
        report
    }

    /// What fixes of at least this applicability do.
    pub(crate) fn fix(&self, text: &str, threshold: Applicability) -> Outcome {
        fix(&source(text), &self.settings, &self.facts, threshold)
    }
}

fn source(text: &str) -> SourceText {
    SourceText::new(text.as_bytes()).expect("test texts are good texts")
}

/// The comments of a text, trimmed.
pub(crate) fn comments(text: &str) -> Vec<String> {
    let kinds = [SyntaxKind::COMMENT, SyntaxKind::SH_COMMENT];
    parse(&source(text))
        .root()
        .descendants_with_tokens()
        .filter(|element| kinds.contains(&element.kind()))
        .map(|element| element.to_string().trim().to_owned())
        .collect()
}

/// What of the first list the second doesn't have.
pub(crate) fn missing(before: Vec<String>, mut after: Vec<String>) -> Vec<String> {
    before
        .into_iter()
        .filter(
            |comment| match after.iter().position(|other| other == comment) {
                Some(place) => {
                    after.swap_remove(place);
                    false
                }
                None => true,
            },
        )
        .collect()
}
