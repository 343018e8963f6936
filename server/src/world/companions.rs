//! Writing the other files that a fix changes, together with the Dockerfile or not at all.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use dfix_transforms::Companion;
use rustc_hash::FxHashMap;

use super::problem::{Problem, ProblemKind};
use super::write;

/// The other files that a run has written. Several Dockerfiles may share an ignore file, and be done at the same time.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    /// As the run left them.
    written: Mutex<FxHashMap<PathBuf, String>>,
}

/// A file that was written, with what is needed to undo that.
struct Done {
    path: PathBuf,
    before: Option<String>,
    after: String,
}

impl Companions {
    /// Changes the other files, then does `main`. When something fails, all that was changed is as it was.
    ///
    /// # Errors
    /// When one of the files holds neither what it held when the facts were gathered nor what this run left there, can't be
    /// written, or `main` fails.
    pub(crate) fn write_with(
        &self,
        companions: &[Companion],
        main: impl FnOnce() -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if companions.is_empty() {
            return main();
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done: Vec<Done> = Vec::new();
        let mut result = Ok(());
        for companion in companions {
            match extend(companion, written.get(&companion.path)) {
                Ok(Some(one)) => done.push(one),
                Ok(None) => {}
                Err(problem) => {
                    result = Err(beside(companion, problem));
                    break;
                }
            }
        }
        match result.and_then(|()| main()) {
            Ok(()) => {
                written.extend(done.into_iter().map(|one| (one.path, one.after)));
                Ok(())
            }
            Err(problem) => {
                done.iter().rev().for_each(undo);
                Err(problem)
            }
        }
    }
}

/// Adds the lines; `ours` is what this run left in the file. `None` when the file has them all.
fn extend(companion: &Companion, ours: Option<&String>) -> Result<Option<Done>, Problem> {
    let path = &companion.path;
    let before = match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Problem::new(
                ProblemKind::WriteFailed,
                error.kind().to_string(),
            ));
        }
    };
    let expected = ours.map(String::as_str).or(companion.before.as_deref());
    if before.as_deref() != expected {
        return Err(Problem::new(
            ProblemKind::ChangedMeanwhile,
            "changed since it was read; left alone",
        ));
    }
    let held = before.as_deref().unwrap_or_default();
    let addition = companion.addition(held);
    if addition.is_empty() {
        return Ok(None);
    }
    let after = format!("{held}{addition}");
    match &before {
        Some(before) => write::replace(path, before.as_bytes(), after.as_bytes())?,
        None => write::create(path, after.as_bytes())?,
    }
    Ok(Some(Done {
        path: path.clone(),
        before,
        after,
    }))
}

/// Makes a file what it was. One that somebody else has changed since then is theirs.
fn undo(done: &Done) {
    match &done.before {
        // There is nobody to tell: the problem that led here is told.
        Some(before) => drop(write::replace(
            &done.path,
            done.after.as_bytes(),
            before.as_bytes(),
        )),
        None if holds(&done.path, &done.after) => drop(std::fs::remove_file(&done.path)),
        None => {}
    }
}

fn holds(path: &Path, text: &str) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}

/// A problem with another file, told about the Dockerfile that is left alone for it.
fn beside(companion: &Companion, problem: Problem) -> Problem {
    let message = format!(
        "left alone, as `{}`, which belongs to the fix, can't be written: {}",
        companion.name, problem.message
    );
    Problem::new(problem.kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfix_transforms::IgnoreFile;
    use std::fs;
    use std::sync::Arc;

    /// A change of `.dockerignore` in a folder, made for what the file holds now.
    fn companion(folder: &Path, line: &str) -> Companion {
        let path = folder.join(".dockerignore");
        let file = IgnoreFile {
            name: ".dockerignore".to_owned(),
            text: fs::read_to_string(&path).ok().map(Arc::from),
            path,
        };
        Companion::ignoring(&file, [(line, line)]).unwrap()
    }

    fn content(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join(".dockerignore")).ok()
    }

    fn failing() -> Result<(), Problem> {
        Err(Problem::new(ProblemKind::ReadOnly, "no"))
    }

    #[test]
    fn files_are_made_and_extended() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let companions = Companions::default();
        // Both were made for a folder without the file, as two Dockerfiles of one run do.
        let (a, b) = (companion(folder, "a"), companion(folder, "b"));
        companions.write_with(&[a], || Ok(())).unwrap();
        assert_eq!(content(folder).as_deref(), Some("a\n"));
        companions.write_with(&[b], || Ok(())).unwrap();
        assert_eq!(content(folder).as_deref(), Some("a\nb\n"));
    }

    #[test]
    fn all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let companions = Companions::default();
        let made = companion(folder, "a");
        companions.write_with(&[made], failing).unwrap_err();
        assert_eq!(content(folder), None);
        fs::write(folder.join(".dockerignore"), "mine").unwrap();
        let extended = companion(folder, "a");
        companions.write_with(&[extended], failing).unwrap_err();
        assert_eq!(content(folder).as_deref(), Some("mine"));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    }

    #[test]
    fn what_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let change = companion(folder, "a");
        fs::write(folder.join(".dockerignore"), "b\n").unwrap();
        let mut reached = false;
        let problem = Companions::default()
            .write_with(&[change], || {
                reached = true;
                Ok(())
            })
            .unwrap_err();
        assert_eq!(problem.kind, ProblemKind::ChangedMeanwhile);
        assert!(!reached);
        assert_eq!(content(folder).as_deref(), Some("b\n"));
    }
}
