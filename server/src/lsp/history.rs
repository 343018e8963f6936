//! Histories for an editor: read on threads of their own, so that nobody waits for git, and kept until the commit that is
//! checked out is another one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::mailbox::Mailbox;
use crate::world::history::{Evidence, Histories, Repository};

/// How long what is checked out is taken to be the same.
const FRESH: Duration = Duration::from_secs(10);

/// The histories of the repositories that documents lie in.
#[derive(Clone)]
pub(super) struct InBackground {
    known: Arc<Mutex<FxHashMap<PathBuf, Known>>>,
    /// Called when a history has become known, or another one.
    on_news: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Known {
    evidence: Option<Arc<Evidence>>,
    /// The commit that it ends with.
    head: String,
    looked: Option<Instant>,
    is_reading: bool,
}

impl InBackground {
    /// Histories that tell the session when they have come.
    pub(super) fn new(mailbox: Mailbox) -> Self {
        Self::calling(Arc::new(move || {
            mailbox.tell("history", |session| session.history_came());
        }))
    }

    fn calling(on_news: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            known: Arc::default(),
            on_news,
        }
    }

    fn known(&self) -> MutexGuard<'_, FxHashMap<PathBuf, Known>> {
        // A panic while the lock is held leaves a map that only lacks an entry.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the history of a repository unless the known one still holds.
    fn read(&self, root: &Path, head: &str) {
        let found = Repository::of_folder(root);
        let is_new = found.as_ref().is_ok_and(|found| found.head != head);
        let evidence = is_new.then(|| Evidence::read(root).ok().map(Arc::new));
        {
            let mut all = self.known();
            let known = all.entry(root.to_path_buf()).or_default();
            known.is_reading = false;
            known.looked = Some(Instant::now());
            if let (Some(evidence), Ok(found)) = (evidence, found) {
                known.evidence = evidence;
                known.head = found.head;
            }
        }
        if is_new {
            (self.on_news)();
        }
    }
}

impl Histories for InBackground {
    fn evidence(&self, root: &Path) -> Option<Arc<Evidence>> {
        let mut all = self.known();
        let known = all.entry(root.to_path_buf()).or_default();
        let is_fresh = known.looked.is_some_and(|looked| looked.elapsed() < FRESH);
        if !is_fresh && !known.is_reading {
            known.is_reading = true;
            let (reader, root, head) = (self.clone(), root.to_path_buf(), known.head.clone());
            thread::spawn(move || reader.read(&root, &head));
        }
        known.evidence.clone()
    }
}

impl fmt::Debug for InBackground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InBackground").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::world::history::testing::TestRepository;

    #[test]
    fn nobody_waits_and_everybody_is_told() {
        let Some(mut repository) = TestRepository::new() else {
            return;
        };
        repository.commit(&[("a", "1")]);
        let (sender, news) = mpsc::channel();
        let sender = Mutex::new(sender);
        let histories = InBackground::calling(Arc::new(move || {
            let _ = sender.lock().map(|sender| sender.send(()));
        }));
        let root = repository.path();
        let sources = ["a".to_owned()];
        let count = || {
            let evidence = histories.evidence(&root)?;
            let found = evidence.of_sources((&root, &root), &Arc::default(), &sources)?;
            Some(found.commits)
        };
        assert_eq!(count(), None);
        let wait = Duration::from_secs(20);
        news.recv_timeout(wait).unwrap();
        assert_eq!(count(), Some(1));
        repository.commit(&[("a", "2")]);
        assert_eq!(count(), Some(1));
        histories.known().get_mut(&root).unwrap().looked = None;
        count();
        news.recv_timeout(wait).unwrap();
        assert_eq!(count(), Some(2));
        // What is the same is no news.
        histories.known().get_mut(&root).unwrap().looked = None;
        count();
        assert!(news.recv_timeout(Duration::from_millis(300)).is_err());
    }
}
