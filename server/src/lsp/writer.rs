//! The way to the client: messages in the order in which they were posted, from any thread.

use std::io::{self, BufWriter, Write};
use std::sync::mpsc as blocking;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use tower_lsp::jsonrpc::Response;

use super::frames;

/// How long the last answers may take to leave.
const FAREWELL: Duration = Duration::from_millis(500);
/// Stands for the end of all messages; no message is empty.
const END: &[u8] = &[];

/// Posts messages for the client. Never waits.
#[derive(Debug, Clone)]
pub(super) struct Outgoing(mpsc::UnboundedSender<Vec<u8>>);

/// Hears when everything was written.
pub(super) struct Written(blocking::Receiver<()>);

/// A notification with its parameters.
#[derive(Serialize)]
struct Notification<'a, P> {
    jsonrpc: &'static str,
    method: &'a str,
    params: P,
}

/// Starts the thread that writes to standard output.
pub(super) fn start() -> (Outgoing, Written) {
    let (sender, messages) = mpsc::unbounded_channel();
    let (done, ended) = blocking::channel();
    thread::spawn(move || {
        write_all(messages);
        let _ = done.send(());
    });
    (Outgoing(sender), Written(ended))
}

impl Outgoing {
    /// Posts a message.
    pub(super) fn send(&self, message: &impl Serialize) {
        let body = serde_json::to_vec(message)
            .unwrap_or_else(|_| json!({"jsonrpc": "2.0"}).to_string().into_bytes());
        // A client that is gone needs no answer.
        let _ = self.0.send(body);
    }

    /// Posts a notification.
    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(&Notification {
            jsonrpc: "2.0",
            method,
            params,
        });
    }

    /// Posts the answer to a request; a notification has none.
    pub(super) fn send_answer<E>(&self, answer: Result<Option<Response>, E>) {
        if let Ok(Some(answer)) = answer {
            self.send(&answer);
        }
    }

    /// Says that nothing more will come.
    pub(super) fn end(&self) {
        let _ = self.0.send(Vec::new());
    }

    /// Waits until nothing can be written any more.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}

impl Written {
    /// Waits until everything was written, but not for a client that does not read.
    pub(super) fn wait(self) {
        let _ = self.0.recv_timeout(FAREWELL);
    }
}

fn write_all(mut messages: mpsc::UnboundedReceiver<Vec<u8>>) {
    let mut output = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    while let Some(body) = messages.blocking_recv() {
        let more = !messages.is_empty();
        let written = match body.as_slice() {
            END => break,
            body => frames::write(&mut output, body),
        };
        let sent = written.and_then(|()| if more { Ok(()) } else { output.flush() });
        if sent.is_err() {
            break;
        }
    }
    let _ = output.flush();
}

/// A way to nobody: what is sent comes out of the receiver.
#[cfg(test)]
pub(super) fn testing() -> (Outgoing, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (sender, messages) = mpsc::unbounded_channel();
    (Outgoing(sender), messages)
}
