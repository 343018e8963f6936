//! What the server says to the client of its own accord, in order.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::mpsc;
use tower_lsp::Client;
use tower_lsp::lsp_types::{MessageType, PublishDiagnosticsParams};

/// Posts messages for the client. Never waits.
#[derive(Debug, Clone)]
pub(super) struct Outbox(mpsc::UnboundedSender<Note>);

/// Something to tell or to ask the client.
enum Note {
    Publish(PublishDiagnosticsParams),
    Log(MessageType, String),
    Show(MessageType, String),
    /// A question; nothing behind it waits for the answer.
    Ask(Box<dyn FnOnce(Client) -> Asking + Send>),
}

type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Outbox {
    /// An outbox that is emptied by a task of the current `LocalSet`.
    pub(super) fn start(client: Client) -> Self {
        let (sender, mut notes) = mpsc::unbounded_channel();
        tokio::task::spawn_local(async move {
            while let Some(note) = notes.recv().await {
                match note {
                    Note::Publish(params) => {
                        client
                            .publish_diagnostics(params.uri, params.diagnostics, params.version)
                            .await;
                    }
                    Note::Log(kind, text) => client.log_message(kind, text).await,
                    Note::Show(kind, text) => client.show_message(kind, text).await,
                    Note::Ask(ask) => {
                        tokio::task::spawn_local(ask(client.clone()));
                    }
                }
            }
        });
        Self(sender)
    }

    /// Publishes diagnostics.
    pub(super) fn publish(&self, params: PublishDiagnosticsParams) {
        self.post(Note::Publish(params));
    }

    /// Writes to the client's log.
    pub(super) fn log(&self, kind: MessageType, text: impl Into<String>) {
        self.post(Note::Log(kind, text.into()));
    }

    /// Shows a message to the person.
    pub(super) fn show(&self, kind: MessageType, text: impl Into<String>) {
        self.post(Note::Show(kind, text.into()));
    }

    /// Asks the client something; the future takes care of the answer.
    pub(super) fn ask<F>(&self, ask: impl FnOnce(Client) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.post(Note::Ask(Box::new(|client| Box::pin(ask(client)))));
    }

    /// The receiver is only gone when the session is over.
    fn post(&self, note: Note) {
        let _ = self.0.send(note);
    }
}
