//! The session's messages between standard input and output and the service of tower-lsp.
//!
//! tower-lsp brings a loop of its own, which is not used: it polls the handlers of messages in any order, stops at the
//! first byte that is no message, lets slow requests hold up all others, and goes on after `exit` while standard input is
//! open. Here each message is handed to its handler in the order of arrival, and the handler runs up to its first wait
//! before the next message is looked at.

use std::io::{self, BufReader};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::mpsc;
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_lsp::{ClientSocket, LanguageServer, LspService};
use tower_service::Service;

use super::frames::{self, Frame};
use super::writer::{Outgoing, Written};

/// How often the editor is asked whether it still lives.
const PARENT_CHECK: Duration = Duration::from_secs(2);

/// Runs a session; returns the process's exit status: 0 after `shutdown` and `exit`, else 1.
pub(super) async fn run<S: LanguageServer>(
    mut service: LspService<S>,
    socket: ClientSocket,
    outgoing: Outgoing,
    written: Written,
) -> u8 {
    let (frames, mut incoming) = mpsc::unbounded_channel();
    thread::spawn(move || read_all(&frames));
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
        if is_first {
            respell(&mut message);
        }
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
    written.wait();
    if orderly { 0 } else { 1 }
}

/// The types that tower-lsp reads messages with have another name for one of the client's capabilities than the protocol.
fn respell(initialize: &mut Value) {
    let workspace = initialize.pointer_mut("/params/capabilities/workspace");
    if let Some(workspace) = workspace.and_then(Value::as_object_mut)
        && let Some(diagnostics) = workspace.remove("diagnostics")
    {
        workspace.entry("diagnostic").or_insert(diagnostics);
    }
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
