//! What a rule reports.

use dfix_syntax::TextRange;

use crate::rules::RuleMeta;
use crate::{Applicability, Edit, Fix};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A matter of taste or of old habits.
    Info,
    /// Costs size, time or trust.
    Warning,
    /// The line means something else than it seems, or the build will fail.
    Error,
}

/// One place where a rule has something to say.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that speaks.
    pub rule: &'static RuleMeta,
    /// The bytes to underline.
    pub range: TextRange,
    /// What is the matter, and why it matters, in one or two sentences.
    pub message: String,
    /// What to do, when no fix says it.
    pub help: Option<String>,
    /// Other places that explain the finding.
    pub related: Vec<Related>,
    /// The rewrite, when there is one.
    pub fix: Option<Fix>,
    /// Why there is no fix, or why it is not a safe one.
    pub refused: Option<String>,
}

/// Another place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The bytes to point at.
    pub range: TextRange,
    /// What is there.
    pub message: String,
}

impl Finding {
    /// A finding without a fix.
    pub fn new(rule: &'static RuleMeta, range: TextRange, message: impl Into<String>) -> Self {
        Self {
            rule,
            range,
            message: message.into(),
            help: None,
            related: Vec::new(),
            fix: None,
            refused: None,
        }
    }

    /// Adds the rewrite.
    #[must_use]
    pub fn with_fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    /// Offers a rewrite under the laws of the rule: a safe one, or with a doubt an unsafe one.
    #[must_use]
    pub fn offer(
        mut self,
        title: impl Into<String>,
        edits: Vec<Edit>,
        doubt: Option<impl Into<String>>,
    ) -> Self {
        let applicability = match doubt {
            None => Applicability::Safe,
            Some(_) => Applicability::Unsafe,
        };
        self.fix = Fix::new(title, applicability, self.rule.laws, edits);
        self.refused = doubt.map(Into::into);
        self
    }

    /// Says why there is no (safe) fix.
    #[must_use]
    pub fn refuse(mut self, reason: impl Into<String>) -> Self {
        self.refused = Some(reason.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn relate(mut self, range: TextRange, message: impl Into<String>) -> Self {
        self.related.push(Related {
            range,
            message: message.into(),
        });
        self
    }
}
