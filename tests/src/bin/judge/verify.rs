//! `dfix verify`, asked for its report in JSON.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::Setup;
use super::case::{Builder, Case};
use super::rewrite::copy_context;

/// What to ask for.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The case.
    pub case: &'a Case,
    /// The builder.
    pub builder: Builder,
    /// The file that is the original.
    pub file: &'a Path,
    /// The file to compare it with, instead of dfix's own rewrite.
    pub with: Option<&'a Path>,
    /// Further options.
    pub options: &'a [&'a str],
}

/// The report, as far as the judge reads it.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    /// `equal`, `different` or `unknown`.
    pub verdict: String,
    /// Why it is unknown.
    pub reason: Option<String>,
    /// The fixes that make the second file.
    #[serde(default)]
    pub applied: Vec<Applied>,
    /// What the first file builds.
    pub before: Option<Image>,
    /// What the second file builds; nothing when it does not build.
    pub after: Option<Image>,
    /// What was built again after a file had changed.
    #[serde(default)]
    pub rebuilds: Vec<Rebuild>,
    /// What the started images did.
    pub runs: Option<Runs>,
    /// All differences that were found.
    #[serde(default)]
    pub differences: Vec<Difference>,
}

/// A finished image.
#[derive(Debug, Deserialize)]
pub(crate) struct Image {
    /// What its layers hold, in bytes.
    pub bytes: u64,
}

/// A build after a file had changed, before and after the rewrite.
#[derive(Debug, Deserialize)]
pub(crate) struct Rebuild {
    /// The original.
    pub before: Steps,
    /// The rewritten file.
    pub after: Steps,
}

/// What ran again.
#[derive(Debug, Deserialize)]
pub(crate) struct Steps {
    /// How many steps.
    pub steps: u64,
}

/// What the started images did.
#[derive(Debug, Deserialize)]
pub(crate) struct Runs {
    /// The image of the file as it is.
    pub before: Option<Ran>,
    /// The image of the rewritten file.
    pub after: Option<Ran>,
}

/// What a started image did.
#[derive(Debug, Deserialize)]
pub(crate) struct Ran {
    /// What its program wrote.
    pub stdout: Option<String>,
    /// `reacted` when the program ended by itself after the stop signal, `killed` when it had to be killed; nothing when it
    /// had ended before.
    pub stop: Option<String>,
}

/// A fix that was applied.
#[derive(Debug, Deserialize)]
pub(crate) struct Applied {
    /// The rule.
    pub rule: String,
}

/// A difference between the two images.
#[derive(Debug, Deserialize)]
pub(crate) struct Difference {
    /// `path`, `config`, `run` or `build`.
    pub kind: String,
    /// The path, or the key of the configuration.
    #[serde(default)]
    pub name: String,
    /// `added`, `removed` or `changed`.
    #[serde(default)]
    pub what: String,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
    /// `undeclared`, `declared` or `noise`.
    pub status: String,
    /// The law that declares it.
    pub law: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |side: &Option<String>| match side.as_deref().map(str::trim_end) {
            Some(text) => text.replace('\n', "\\n"),
            None => "-".to_owned(),
        };
        let (before, after) = (side(&self.before), side(&self.after));
        write!(
            f,
            "{} {} {}: {before} => {after}",
            self.kind, self.name, self.what
        )
    }
}

/// Asks `dfix verify`: its exit status and its report.
pub(crate) fn ask(question: &Question<'_>, setup: &Setup) -> Result<(i32, Report), String> {
    let context = tempfile::tempdir().map_err(|error| format!("a build context: {error}"))?;
    copy_context(question.case, context.path())?;
    let mut command = Command::new(&setup.dfix);
    command
        .arg("verify")
        .arg(question.file)
        .arg("--context")
        .arg(context.path())
        .args(["--builder", question.builder.name(), "--format", "json"])
        .args(["--timeout", "600"])
        .args(question.options);
    question
        .case
        .add_arguments(&mut command, setup.files.as_deref())?;
    match &question.case.keys.cheaper {
        Some(file) => command.args(["--touch", file]),
        None => command.arg("--no-rebuild"),
    };
    if let Some(with) = question.with {
        command.arg("--with").arg(with);
    }
    // Last, since all that follows belongs to it. buildah starts no containers.
    let run = question.case.keys.run.as_ref();
    if let Some(run) = run.filter(|_| question.builder == Builder::Docker) {
        command.arg("--run").args(run);
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", setup.dfix.display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let tail = || {
        let lines: Vec<&str> = errors.lines().collect();
        lines
            .get(lines.len().saturating_sub(12)..)
            .unwrap_or_default()
            .join("\n        ")
    };
    let report = serde_json::from_slice(&output.stdout).map_err(|error| {
        format!(
            "dfix verify gave no report (status {:?}, {error}): {}",
            output.status.code(),
            tail()
        )
    })?;
    let status = output.status.code().ok_or("dfix verify was killed")?;
    Ok((status, report))
}
