//! Which documents are being verified, and how that is stopped.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tower_lsp::lsp_types::{NumberOrString, ProgressToken};

/// All verifications of a session.
#[derive(Debug, Clone, Default)]
pub(in crate::lsp) struct Running(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    by_document: BTreeMap<String, (ProgressToken, Switch)>,
    /// Counts the tokens that were given.
    tokens: u64,
    /// Whether the session is over.
    over: bool,
}

/// A document's place among those that are being verified; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    running: Running,
    key: String,
    token: ProgressToken,
    switch: Switch,
}

/// Holds a child, and stops it.
#[derive(Debug, Clone, Default)]
pub(super) struct Switch(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    child: Option<Child>,
    stopped: bool,
}

impl Running {
    /// Takes a document's place, under the client's token or one of its own; `None` when it is taken.
    pub(super) fn begin(&self, key: &str, token: Option<ProgressToken>) -> Option<Entry> {
        let mut state = lock(&self.0);
        if state.over || state.by_document.contains_key(key) {
            return None;
        }
        state.tokens += 1;
        let own = || NumberOrString::String(format!("dfix/verify/{}", state.tokens));
        let token = token.unwrap_or_else(own);
        let switch = Switch::default();
        let entry = (token.clone(), switch.clone());
        state.by_document.insert(key.to_owned(), entry);
        Some(Entry {
            running: self.clone(),
            key: key.to_owned(),
            token,
            switch,
        })
    }

    /// Stops what reports under this token.
    pub(in crate::lsp) fn cancel(&self, token: &ProgressToken) {
        for (own, switch) in lock(&self.0).by_document.values() {
            if own == token {
                switch.stop();
            }
        }
    }

    /// Stops everything, and begins nothing any more: the session is over. The children remove what they have made by
    /// themselves, whether or not the server is still there.
    pub(in crate::lsp) fn end(&self) {
        let mut state = lock(&self.0);
        state.over = true;
        for (_, switch) in state.by_document.values() {
            switch.stop();
        }
    }
}

impl Entry {
    /// Under what progress is reported.
    pub(super) fn token(&self) -> &ProgressToken {
        &self.token
    }

    /// What holds the child.
    pub(super) fn switch(&self) -> &Switch {
        &self.switch
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.running.0).by_document.remove(&self.key);
    }
}

impl Switch {
    /// Starts the child and lets `take` have its pipes; `None` when it was stopped before.
    ///
    /// # Errors
    /// When it can't be started.
    pub(super) fn start<T>(
        &self,
        mut command: Command,
        take: impl FnOnce(&mut Child) -> T,
    ) -> io::Result<Option<T>> {
        let mut held = lock(&self.0);
        if held.stopped {
            return Ok(None);
        }
        let mut child = command.spawn()?;
        let taken = take(&mut child);
        held.child = Some(child);
        Ok(Some(taken))
    }

    /// Asks the child to end, once: asked again, it would leave at once and leave things behind.
    pub(super) fn stop(&self) {
        let mut held = lock(&self.0);
        if std::mem::replace(&mut held.stopped, true) {
            return;
        }
        // While it is held and was not waited for, its number is nobody else's.
        if let Some(child) = &mut held.child
            && matches!(child.try_wait(), Ok(None))
        {
            ask_to_end(child);
        }
    }

    /// Whether it was asked to end.
    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.0).stopped
    }

    /// How the child ended, when it did.
    ///
    /// # Errors
    /// When it can't be waited for.
    pub(super) fn poll(&self) -> io::Result<Option<ExitStatus>> {
        match &mut lock(&self.0).child {
            Some(child) => child.try_wait(),
            None => Ok(None),
        }
    }

    /// Makes the child end.
    pub(super) fn kill(&self) {
        if let Some(child) = &mut lock(&self.0).child {
            // It may have ended in this moment.
            let _ = child.kill();
        }
    }
}

/// `dfix verify` takes an interruption as the wish to remove what it made and to end.
#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    let process = i32::try_from(child.id()).ok();
    if let Some(process) = process.and_then(rustix::process::Pid::from_raw) {
        // It may have ended in this moment.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::INT);
    }
}

/// Elsewhere there is no such signal.
#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}

/// What a thread that panicked has left is whole: each of these locks is held for single steps only.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_for_each_document() {
        let running = Running::default();
        let first = running.begin("a", None).unwrap();
        assert!(running.begin("a", None).is_none());
        let second = running.begin("b", None).unwrap();
        assert_ne!(first.token(), second.token());
        drop(first);
        let again = running.begin("a", Some(NumberOrString::Number(7))).unwrap();
        running.cancel(&NumberOrString::Number(7));
        assert!(again.switch().is_stopped() && !second.switch().is_stopped());
        running.end();
        assert!(second.switch().is_stopped());
        assert!(running.begin("c", None).is_none());
    }

    #[test]
    fn what_was_stopped_does_not_start() {
        let switch = Switch::default();
        switch.stop();
        let command = Command::new("/nonexistent/x");
        assert!(matches!(switch.start(command, |_| ()), Ok(None)));
        assert!(matches!(switch.poll(), Ok(None)));
    }
}
