//! What the server says to the client of its own accord, in order.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use tokio::sync::mpsc;
use tower_lsp::Client;
use tower_lsp::lsp_types::{
    LogMessageParams, MessageType, ProgressToken, PublishDiagnosticsParams, ShowDocumentParams,
    ShowMessageParams, Url,
};

use super::writer::Outgoing;

/// Posts messages for the client. Never waits.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    /// For what has no answer: straight to the client, before every answer that is given later.
    outgoing: Outgoing,
    questions: mpsc::UnboundedSender<Question>,
}

/// Something to ask the client; nothing behind it waits for the answer.
type Question = Box<dyn FnOnce(Client) -> Asking + Send>;

type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

/// News about long work, or a part of a result.
#[derive(Serialize)]
struct Progress<'a, V> {
    token: &'a ProgressToken,
    value: V,
}

impl Outbox {
    /// An outbox; the questions are asked by a task of the current `LocalSet`.
    pub(super) fn start(client: Client, outgoing: Outgoing) -> Self {
        let (questions, mut asked) = mpsc::unbounded_channel::<Question>();
        tokio::task::spawn_local(async move {
            while let Some(ask) = asked.recv().await {
                tokio::task::spawn_local(ask(client.clone()));
            }
        });
        Self {
            outgoing,
            questions,
        }
    }

    /// Publishes diagnostics.
    pub(super) fn publish(&self, params: &PublishDiagnosticsParams) {
        self.outgoing
            .notify("textDocument/publishDiagnostics", params);
    }

    /// Writes to the client's log.
    pub(super) fn log(&self, typ: MessageType, text: impl Into<String>) {
        let message = text.into();
        let params = LogMessageParams { typ, message };
        self.outgoing.notify("window/logMessage", params);
    }

    /// Shows a message to the person.
    pub(super) fn show(&self, typ: MessageType, text: impl Into<String>) {
        let message = text.into();
        let params = ShowMessageParams { typ, message };
        self.outgoing.notify("window/showMessage", params);
    }

    /// Says how far long work is, or a part of its result.
    pub(super) fn progress(&self, token: &ProgressToken, value: impl Serialize) {
        self.outgoing
            .notify("$/progress", Progress { token, value });
    }

    /// Shows a document to the person, where the client can.
    pub(super) fn open(&self, uri: Url) {
        let params = ShowDocumentParams {
            uri,
            external: Some(false),
            take_focus: Some(true),
            selection: None,
        };
        self.ask(move |client| async move {
            let _ = client.show_document(params).await;
        });
    }

    /// Asks the client something; the future takes care of the answer.
    pub(super) fn ask<F>(&self, ask: impl FnOnce(Client) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let question: Question = Box::new(|client| Box::pin(ask(client)));
        // The receiver is only gone when the session is over.
        let _ = self.questions.send(question);
    }
}
