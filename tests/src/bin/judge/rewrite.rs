//! What dfix makes of a case's Dockerfile.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Setup;
use super::case::{Case, Fixes};

/// Copies the build context of a case into a folder, so that dfix doesn't take the history of this repository for that of
/// a project.
pub(crate) fn copy_context(case: &Case, folder: &Path) -> Result<(), String> {
    let Some(context) = case.context() else {
        return Ok(());
    };
    let status = Command::new("cp")
        .arg("-a")
        .arg(context.join("."))
        .arg(folder)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{} could not be copied", context.display())),
    }
}

/// The case's Dockerfile as `dfix --write` leaves it, in a copy that stands in its build context: so dfix finds there what
/// the instructions copy.
pub(crate) fn rewritten(case: &Case, fixes: Fixes, setup: &Setup) -> Result<String, String> {
    let problem = |error: std::io::Error| format!("a copy of {}: {error}", case.name);
    let copy = tempfile::tempdir().map_err(problem)?;
    copy_context(case, copy.path())?;
    let file = copy.path().join("Dockerfile");
    fs::copy(case.dockerfile(), &file).map_err(problem)?;
    let settings = case.folder.join("dfix.toml");
    if settings.exists() {
        fs::copy(settings, copy.path().join("dfix.toml")).map_err(problem)?;
    }
    let mut command = Command::new(&setup.dfix);
    command.arg("--write").arg("Dockerfile");
    if fixes == Fixes::Unsafe {
        command.arg("--unsafe-fixes");
    }
    let output = command
        .current_dir(copy.path())
        .stdin(Stdio::null())
        .output()
        .map_err(problem)?;
    // 1 says that findings are left.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!(
            "dfix --write failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    fs::read_to_string(&file).map_err(problem)
}
