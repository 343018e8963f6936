//! A build whose result nobody wants: does it succeed, and where does it stop?

use std::fmt;
use std::fs;
use std::process::{Command, Stdio};

use crate::Setup;
use crate::case::Case;

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It succeeded.
    Built,
    /// It stopped at the instruction that stands on this line, counted from 1.
    FailedAt(usize),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Built => write!(f, "it builds"),
            Self::FailedAt(line) => write!(f, "it stops at line {line}"),
        }
    }
}

/// Builds a text in a case's context with Docker. What was built before comes from the cache, so a build costs what follows
/// the first change.
pub(crate) fn build(case: &Case, text: &str, setup: &Setup) -> Result<Outcome, String> {
    let problem = |error: std::io::Error| format!("docker build: {error}");
    let folder = tempfile::tempdir().map_err(problem)?;
    let file = folder.path().join("Dockerfile");
    fs::write(&file, text).map_err(problem)?;
    let ignore = case.folder.join("Dockerfile.dockerignore");
    if ignore.exists() {
        fs::copy(ignore, folder.path().join("Dockerfile.dockerignore")).map_err(problem)?;
    }
    let mut command = Command::new("timeout");
    command
        .args(["600", "docker", "build", "--progress", "plain"])
        // No image: the steps alone are wanted.
        .args(["--output", "type=cacheonly"]);
    case.add_arguments(&mut command, setup.files.as_deref())?;
    let context = case.context();
    let output = command
        .arg("--file")
        .arg(&file)
        .arg(context.as_deref().unwrap_or(setup.empty.path()))
        .stdin(Stdio::null())
        .output()
        .map_err(problem)?;
    if output.status.success() {
        return Ok(Outcome::Built);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    failed_at(&errors).map(Outcome::FailedAt).ok_or_else(|| {
        let lines: Vec<&str> = errors.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(8)..);
        let tail = tail.unwrap_or_default().join("\n        ");
        format!("docker build says not where it stopped: {tail}")
    })
}

/// The line that a failed build names, as in `Dockerfile:12`, which stands above the excerpt at the end.
fn failed_at(errors: &str) -> Option<usize> {
    let mut lines = errors.lines().rev();
    lines.find_map(|line| line.strip_prefix("Dockerfile:")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::failed_at;

    #[test]
    fn the_line_is_read() {
        let errors = "#5 ERROR: process\n------\nDockerfile:3\n--------------------\n   3 | >>> RUN false\nERROR: failed\n";
        assert_eq!(failed_at(errors), Some(3));
        assert_eq!(failed_at("ERROR: no such image\n"), None);
    }
}
