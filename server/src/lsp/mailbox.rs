//! The one thread that owns the session, and how jobs get to it.

use std::future::Future;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::thread;

use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::MessageType;

use super::outbox::Outbox;
use super::session::Session;
use crate::panics::caught;

/// Posts jobs to the session's thread. They run one by one, in the order of posting.
#[derive(Debug, Clone)]
pub(super) struct Mailbox(mpsc::Sender<Job>);

type Job = Box<dyn FnOnce(&mut Session) + Send>;

impl Mailbox {
    /// Starts the thread.
    pub(super) fn start(outbox: Outbox) -> Self {
        let (sender, jobs) = mpsc::channel();
        let mailbox = Self(sender);
        // A job may post another one, to be done when what waits is done.
        let own = mailbox.clone();
        thread::spawn(move || work(&jobs, &mut Session::new(outbox, own)));
        mailbox
    }

    /// Posts a job without an answer. A panic in it is logged.
    pub(super) fn tell(&self, name: &'static str, job: impl FnOnce(&mut Session) + Send + 'static) {
        self.post(Box::new(move |session| {
            if let Err(panic) = caught(|| job(session)) {
                recover(session, name, &panic);
            }
        }));
    }

    /// Posts a job at once, whether or not the answer is awaited. It is skipped when nobody waits for the answer any more,
    /// which is what a cancelled request looks like. A panic in it becomes an error.
    pub(super) fn ask<R: Send + 'static>(
        &self,
        name: &'static str,
        job: impl FnOnce(&mut Session) -> Result<R> + Send + 'static,
    ) -> impl Future<Output = Result<R>> + Send + 'static {
        let (sender, answer) = oneshot::channel();
        self.post(Box::new(move |session| {
            if sender.is_closed() {
                return;
            }
            let result = caught(|| job(session)).unwrap_or_else(|panic| {
                recover(session, name, &panic);
                Err(Error {
                    message: format!("{name}: an error in dfix: {panic}").into(),
                    ..Error::internal_error()
                })
            });
            let _ = sender.send(result);
        }));
        async move {
            answer
                .await
                .unwrap_or_else(|_| Err(Error::internal_error()))
        }
    }

    /// The thread only ends with the process.
    fn post(&self, job: Job) {
        let _ = self.0.send(job);
    }
}

/// What was worked out may be half done after a panic; the texts are whole.
fn recover(session: &mut Session, name: &'static str, panic: &str) {
    session.forget();
    let text = format!("{name}: an error in dfix, please report it: {panic}");
    session.outbox.log(MessageType::ERROR, text);
}

/// Does jobs; in the pauses between them, what can wait.
fn work(jobs: &Receiver<Job>, session: &mut Session) {
    loop {
        let next = match jobs.try_recv() {
            Ok(job) => Some(job),
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                let worked = caught(|| session.work_in_pause());
                match worked {
                    Ok(true) => None,
                    Ok(false) => match jobs.recv_timeout(session.pause()) {
                        Ok(job) => Some(job),
                        Err(RecvTimeoutError::Timeout) => None,
                        Err(RecvTimeoutError::Disconnected) => return,
                    },
                    Err(panic) => {
                        recover(session, "background work", &panic);
                        None
                    }
                }
            }
        };
        if let Some(job) = next {
            job(session);
        }
    }
}
