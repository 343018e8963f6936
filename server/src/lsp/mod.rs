//! `dfix lsp`: the language server.
//!
//! [`transport`] hands each message, in the order of arrival, to [`backend`], which does nothing but post a job to the
//! [`mailbox`]. One thread takes the jobs and owns the [`session`]: the documents, the configuration, what the client can
//! do. So no two handlers ever meet, and each sees the documents as the client saw them when it asked. What goes to the
//! client without having been asked for goes through the [`outbox`].
//!
//! A feature is a file in [`features`]: it turns the protocol's positions into bytes, asks the core or [`crate::ide`], and
//! turns the answer into the protocol's types. Neither the core nor `ide` knows the protocol.

mod backend;
mod capabilities;
mod client;
mod document;
mod features;
mod frames;
mod history;
mod mailbox;
mod options;
mod outbox;
mod pages;
mod positions;
mod session;
mod transport;
mod world;
mod writer;

use features::verify::running::Running;

/// Serves one editor on standard input and output; returns the process's exit status.
///
/// # Errors
/// A message when the operating system gives no means to wait for events.
pub(crate) fn run() -> Result<u8, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| format!("the language server can't start: {error}"))?;
    let local = tokio::task::LocalSet::new();
    Ok(local.block_on(&runtime, async {
        let (outgoing, written) = writer::start();
        let running = Running::default();
        let (service, socket) = backend::service(outgoing.clone(), running.clone());
        let status = transport::run(service, socket, outgoing, written).await;
        // Also where no `shutdown` came.
        running.end();
        status
    }))
}
