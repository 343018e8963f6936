//! Histories that were read once and answer for all Dockerfiles of their repository.

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dfix_transforms::{Facts, History};
use rustc_hash::FxHashMap;

use super::{NoHistory, Pasts, Paths, Repository, Selector, WINDOW, read};
use crate::world::dockerignore::DockerIgnore;

/// Who has histories. Usable from many threads.
pub(crate) trait Histories: Debug + Send + Sync {
    /// What the history of the repository with this root says; `None` when there is none, or not yet.
    fn evidence(&self, root: &Path) -> Option<Arc<Evidence>>;
}

/// Reads each history when it is first asked for, and lets others wait until it is read.
#[derive(Debug, Default)]
pub(crate) struct OnDemand {
    known: Mutex<FxHashMap<PathBuf, Slot>>,
}

/// The history of one repository, when it was read; `None` inside when it could not.
type Slot = Arc<OnceLock<Option<Arc<Evidence>>>>;

impl Histories for OnDemand {
    fn evidence(&self, root: &Path) -> Option<Arc<Evidence>> {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(root.to_path_buf()).or_default().clone()
        };
        // The lock is free again: only who needs the same history waits.
        let read = || Evidence::read(root).ok().map(Arc::new);
        slot.get_or_init(read).clone()
    }
}

/// What a history says about paths.
#[derive(Debug)]
pub(crate) struct Evidence {
    pasts: Pasts,
    paths: Paths,
}

impl Evidence {
    /// Reads the history of the repository that a folder is in.
    ///
    /// # Errors
    /// When there is none, or git can't read it.
    pub(crate) fn read(folder: &Path) -> Result<Self, NoHistory> {
        let repository = Repository::of_folder(folder)?;
        let log = read(&repository, WINDOW as usize)?;
        let mut pasts = Pasts::default();
        let unknown = usize::from(log.starts_in_the_middle);
        for commit in log.commits.iter().skip(unknown) {
            pasts.take(&commit.changes, &log.paths);
        }
        Ok(Self {
            pasts,
            paths: log.paths,
        })
    }

    /// How often the sources of a Dockerfile have changed. `root` is the folder of the repository, `context` the build
    /// context in it, of which the ignore file lets something through. `None` without a commit that could say anything.
    pub(crate) fn of_sources(
        &self,
        (root, context): (&Path, &Path),
        ignore: &Arc<DockerIgnore>,
        sources: &[String],
    ) -> Option<History> {
        if self.pasts.commits() == 0 {
            return None;
        }
        let context = context_in(root, context)?;
        let churn = sources.iter().map(|source| {
            let key = Facts::key(source);
            let selector = Selector::new(&context, &key, "", ignore.clone());
            let churn = self.pasts.watch(selector, &self.paths).churn(&self.pasts);
            (key, churn)
        });
        Some(History {
            commits: self.pasts.commits(),
            churn: churn.collect(),
        })
    }
}

/// A build context as git names folders: relative to the root of the repository, with slashes; empty for the root.
pub(crate) fn context_in(root: &Path, context: &Path) -> Option<String> {
    let inside = context.strip_prefix(root).ok()?;
    let elements: Option<Vec<&str>> = inside.iter().map(|element| element.to_str()).collect();
    Some(elements?.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::TestRepository;
    use super::*;

    fn history(root: &Path, context: &str, ignore: &str, sources: &[&str]) -> Option<History> {
        let evidence = OnDemand::default().evidence(root)?;
        let ignore = Arc::new(DockerIgnore::parse(ignore).unwrap());
        let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
        evidence.of_sources((root, &root.join(context)), &ignore, &sources)
    }

    fn changed(history: &History, source: &str) -> u32 {
        history.churn(source).unwrap().changed
    }

    #[test]
    fn what_commits_changed() {
        let Some(mut repository) = TestRepository::new() else {
            return;
        };
        let root = repository.path();
        assert_eq!(history(&root, "", "", &["a"]), None);
        repository.commit(&[("a", "1"), ("src/x", "1"), ("web/b", "1")]);
        repository.commit(&[("src/x", "2"), ("src/log", "1")]);
        repository.commit(&[("src/log", "2")]);
        let long = "a line that is long enough for git to see the same file in it\n".repeat(5);
        repository.commit(&[("lib/y", &long)]);
        repository.commit(&[("lib/y", "-"), ("src/y", &long)]);
        let sources = ["src", "a", ".", "none", "s*/x"];
        let found = history(&root, "", "**/log\n", &sources).unwrap();
        assert_eq!(found.commits, 5);
        for (source, times) in [("src", 4), ("a", 1), (".", 4), ("none", 0), ("s*/x", 2)] {
            assert_eq!(changed(&found, source), times, "{source}");
        }
        let web = history(&root, "web", "", &[".", "b"]).unwrap();
        assert_eq!((changed(&web, "."), changed(&web, "b")), (1, 1));
        let outside = history(&root, "..", "", &["."]);
        assert!(outside.is_none_or(|found| changed(&found, ".") == 0));
    }

    #[test]
    fn a_merge_is_one_commit() {
        let Some(mut repository) = TestRepository::new() else {
            return;
        };
        repository.commit(&[("a", "1"), ("b", "1")]);
        repository.git(&["checkout", "-q", "-b", "side"]);
        for text in ["2", "3", "4"] {
            repository.commit(&[("a", text)]);
        }
        repository.git(&["checkout", "-q", "main"]);
        repository.commit(&[("b", "2")]);
        repository.git(&["merge", "-q", "--no-edit", "side"]);
        let found = history(&repository.path(), "", "", &["a", "b"]).unwrap();
        assert_eq!(found.commits, 3);
        assert_eq!((changed(&found, "a"), changed(&found, "b")), (2, 2));
    }

    #[test]
    fn a_shallow_clone_knows_less() {
        let Some(mut repository) = TestRepository::new() else {
            return;
        };
        for text in ["1", "2", "3"] {
            repository.commit(&[("a", text), ("b", "same")]);
        }
        let folder = tempfile::tempdir().unwrap();
        let clone = folder.path().join("clone");
        let from = format!("file://{}", repository.path().display());
        repository.git(&["clone", "-q", "--depth=2", &from, clone.to_str().unwrap()]);
        let clone = crate::world::discover::real_path(&clone);
        let found = history(&clone, "", "", &["a", "b"]).unwrap();
        assert_eq!(found.commits, 1);
        assert_eq!((changed(&found, "a"), changed(&found, "b")), (1, 0));
    }

    #[test]
    fn why_there_is_no_history() {
        let folder = tempfile::tempdir().unwrap();
        let Some(repository) = TestRepository::new() else {
            return;
        };
        let why = |folder: &Path| Evidence::read(folder).unwrap_err().0;
        assert_eq!(why(folder.path()), "it is not in a git repository");
        assert_eq!(why(&repository.path()), "the repository has no commit yet");
    }
}
