//! The session's messages between standard input and output and the service of tower-lsp.
//!
//! tower-lsp brings a loop of its own, which is not used: it polls the handlers of messages in any order, stops at the
//! first byte that is no message, lets slow requests hold up all others, and goes on after `exit` while standard input is
//! open. Here each message is handed to its handler in the order of arrival, and the handler runs up to its first wait
//! before the next message is looked at.

use std::io::{self, BufReader, BufWriter, Write};
use std::pin::Pin;
use std::sync::mpsc as blocking;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_lsp::{ClientSocket, LanguageServer, LspService};
use tower_service::Service;

use super::frames::{self, Frame};

/// How often the editor is asked whether it still lives.
const PARENT_CHECK: Duration = Duration::from_secs(2);
/// How long the last answers may take to leave.
const FAREWELL: Duration = Duration::from_millis(500);

/// Runs a session; returns the process's exit status: 0 after `shutdown` and `exit`, else 1.
pub(super) async fn run<S: LanguageServer>(mut service: LspService<S>, socket: ClientSocket) -> u8 {
    let (frames, mut incoming) = mpsc::unbounded_channel();
    thread::spawn(move || read_all(&frames));
    let (outgoing, writer) = start_writer();
    let (mut requests, mut answers) = socket.split();
    {
        let outgoing = outgoing.clone();
        tokio::task::spawn_local(async move {
            while let Some(request) = requests.next().await {
                outgoing.send(&request);
            }
        });
    }
    let mut parent = None;
    let mut shut_down = false;
    let mut clock = tokio::time::interval(PARENT_CHECK);
    let orderly = loop {
        let frame = tokio::select! {
            frame = incoming.recv() => frame,
            () = outgoing.closed() => break false,
            _ = clock.tick() => match parent {
                Some(parent) if !is_alive(parent) => break false,
                _ => continue,
            },
        };
        // The end of standard input is the end of the editor.
        let mut message = match frame {
            None => break shut_down,
            Some(Frame::Message(message)) => message,
            Some(Frame::Garbage(what)) => {
                let error = Error {
                    message: format!("this is no message: {what}").into(),
                    ..Error::parse_error()
                };
                outgoing.send(&Response::from_error(Id::Null, error));
                continue;
            }
        };
        let Some(method) = message.get("method").and_then(Value::as_str) else {
            match serde_json::from_value::<Response>(message) {
                Ok(answer) => drop(answers.send(answer).await),
                Err(_) => outgoing.send(&invalid_request()),
            }
            continue;
        };
        match method {
            "exit" => break shut_down,
            "shutdown" => shut_down = true,
            "initialize" => parent = message.pointer("/params/processId").and_then(Value::as_u64),
            _ => {}
        }
        let is_first = method == "initialize";
        // Clients write null for no parameters, which tower-lsp takes for some.
        if message.get("params").is_some_and(Value::is_null)
            && let Some(fields) = message.as_object_mut()
        {
            fields.remove("params");
        }
        let Ok(request) = serde_json::from_value::<Request>(message) else {
            outgoing.send(&invalid_request());
            continue;
        };
        let mut handler = service.call(request);
        // What comes behind `initialize` is only understood when it is done.
        let polled = match is_first {
            true => Poll::Ready(handler.as_mut().await),
            false => poll_once(handler.as_mut()),
        };
        let outgoing = outgoing.clone();
        match polled {
            Poll::Ready(answer) => outgoing.send_answer(answer),
            Poll::Pending => {
                tokio::task::spawn_local(async move { outgoing.send_answer(handler.await) });
            }
        }
    };
    outgoing.end();
    // Whoever does not read is not waited for.
    let _ = writer.recv_timeout(FAREWELL);
    if orderly { 0 } else { 1 }
}

/// Runs a future up to its first wait. It is polled again by its task, so nobody has to wake it before.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn invalid_request() -> Response {
    Response::from_error(Id::Null, Error::invalid_request())
}

/// Reads standard input to its end, on a thread of its own, since it blocks.
fn read_all(frames: &mpsc::UnboundedSender<Frame>) {
    let mut input = BufReader::with_capacity(64 << 10, io::stdin().lock());
    while let Ok(Some(frame)) = frames::read(&mut input) {
        if frames.send(frame).is_err() {
            return;
        }
    }
}

/// Stands for the end of all messages; no message is empty.
const END: &[u8] = &[];

/// The way to the client.
#[derive(Debug, Clone)]
struct Outgoing(mpsc::UnboundedSender<Vec<u8>>);

impl Outgoing {
    fn send(&self, message: &impl Serialize) {
        let body = serde_json::to_vec(message)
            .unwrap_or_else(|_| json!({"jsonrpc": "2.0"}).to_string().into_bytes());
        // A client that is gone needs no answer.
        let _ = self.0.send(body);
    }

    fn send_answer<E>(&self, answer: Result<Option<Response>, E>) {
        if let Ok(Some(answer)) = answer {
            self.send(&answer);
        }
    }

    /// Says that nothing more will come.
    fn end(&self) {
        let _ = self.0.send(Vec::new());
    }

    /// Waits until nothing can be written any more.
    async fn closed(&self) {
        self.0.closed().await;
    }
}

/// Starts the thread that writes to standard output; the receiver hears when it has written everything.
fn start_writer() -> (Outgoing, blocking::Receiver<()>) {
    let (sender, mut messages) = mpsc::unbounded_channel::<Vec<u8>>();
    let (done, ended) = blocking::channel();
    thread::spawn(move || {
        let mut output = BufWriter::with_capacity(64 << 10, io::stdout().lock());
        while let Some(body) = messages.blocking_recv() {
            let more = !messages.is_empty();
            let written = match body.as_slice() {
                END => break,
                body => frames::write(&mut output, body),
            };
            if written
                .and_then(|()| if more { Ok(()) } else { output.flush() })
                .is_err()
            {
                break;
            }
        }
        let _ = output.flush();
        let _ = done.send(());
    });
    (Outgoing(sender), ended)
}

/// Whether a process exists.
#[cfg(unix)]
fn is_alive(process: u64) -> bool {
    let process = i32::try_from(process).ok();
    let process = process.and_then(rustix::process::Pid::from_raw);
    process.is_none_or(|process| {
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

/// Elsewhere the end of standard input has to do.
#[cfg(not(unix))]
fn is_alive(_process: u64) -> bool {
    true
}
