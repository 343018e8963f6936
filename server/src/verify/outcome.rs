//! What a comparison came to, in plain data: [`super::text`] and [`super::json`] print it.

use dfix_transforms::{Applicability, Applied};

use super::builder::Builder;
use super::declared::Status;
use super::image::Image;
use crate::printer;

/// What a comparison came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The file, as it is shown.
    pub file: String,
    /// What built; `None` when it did not come to that.
    pub builder: Option<Builder>,
    /// The answer.
    pub verdict: Verdict,
    /// Why there is no better answer, or what is to be known about it.
    pub reason: Option<String>,
    /// The last lines of a builder that failed.
    pub log: Vec<String>,
    /// What was applied.
    pub applied: Vec<Applied>,
    /// The image of the file as it is.
    pub before: Option<Measured>,
    /// The image of the rewritten file.
    pub after: Option<Measured>,
    /// What differs: undeclared first, then by law, then noise; within each as it was found.
    pub differences: Vec<Row>,
    /// What rebuilds cost.
    pub rebuilds: Vec<Rebuild>,
    /// What the started images did, before and after.
    pub runs: Option<(Run, Run)>,
    /// What else a person should know, each a sentence.
    pub notes: Vec<String>,
    /// What was kept on request: images, then the folder.
    pub kept: Vec<String>,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The images are the same but for declared differences and noise.
    Equal,
    /// They are not.
    Different,
    /// Nobody knows.
    Unknown,
}

/// An image's size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// Bytes of file contents in each layer, the base's included.
    pub layers: Vec<u64>,
    /// Paths in the image.
    pub files: usize,
    /// Seconds that its build took, without cache.
    pub seconds: f64,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// `path`, `config`, `run` or `build`.
    pub kind: &'static str,
    /// The path, the part of the configuration, `stdout`...
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub what: &'static str,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
    /// Bytes that the image gains by it; negative for what is gone.
    pub bytes: i64,
    /// Whether a rule answers for it.
    pub status: Status,
}

/// What the rebuilds after a change of a file cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rebuild {
    /// The file, relative to the context.
    pub touched: String,
    /// The file as it is.
    pub before: Cost,
    /// The rewritten file.
    pub after: Cost,
}

/// What a rebuild costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    /// Steps that were executed.
    pub steps: usize,
    /// Seconds.
    pub seconds: f64,
}

/// What a started image did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// Its standard output until it ended or was stopped.
    pub stdout: String,
    /// Its exit status; `None` when it could not be started.
    pub status: Option<i32>,
    /// Why it could not be started.
    pub error: Option<String>,
    /// The words of process 1 while it ran; `None` when it ended by itself before anyone could look.
    pub process: Option<String>,
    /// What the stop signal did; `None` when it had ended by itself.
    pub stop: Option<Stopped>,
}

/// What a stop signal did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stopped {
    /// It ended, after so many seconds.
    Reacted(f64),
    /// It had to be killed.
    Killed,
}

impl Outcome {
    /// Nothing was compared yet.
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            builder: None,
            verdict: Verdict::Unknown,
            reason: None,
            log: Vec::new(),
            applied: Vec::new(),
            before: None,
            after: None,
            differences: Vec::new(),
            rebuilds: Vec::new(),
            runs: None,
            notes: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Nobody knows, and why.
    pub(crate) fn unknown(file: &str, reason: String) -> Self {
        Self {
            reason: Some(reason),
            ..Self::new(file)
        }
    }

    /// The exit status that says the same.
    pub(crate) fn status(&self) -> printer::Status {
        match self.verdict {
            Verdict::Equal => printer::Status::Clean,
            Verdict::Different => printer::Status::Findings,
            Verdict::Unknown => printer::Status::Trouble,
        }
    }

    /// Whether a fix was applied that no proof stands behind.
    pub(crate) fn has_unsafe(&self) -> bool {
        let mut applied = self.applied.iter();
        applied.any(|applied| applied.applicability != Applicability::Safe)
    }

    /// How many differences nobody answers for.
    pub(crate) fn undeclared(&self) -> usize {
        let rows = self.differences.iter();
        rows.filter(|row| row.status == Status::Undeclared).count()
    }
}

impl Verdict {
    /// Its name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Different => "different",
            Self::Unknown => "unknown",
        }
    }
}

impl Measured {
    /// The size of an image whose build took some seconds.
    pub(crate) fn of(image: &Image, seconds: f64) -> Self {
        Self {
            layers: image.layers.iter().map(|layer| layer.bytes).collect(),
            files: image.files(),
            seconds,
        }
    }

    /// Bytes of all layers.
    pub(crate) fn bytes(&self) -> u64 {
        self.layers.iter().sum()
    }
}
