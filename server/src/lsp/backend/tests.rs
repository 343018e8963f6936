//! The mailbox behind the backend: order, cancelled requests, panics.

use super::*;
use crate::lsp::writer;
use serde_json::json;

/// Runs something with a session that has one document open; returns what the client was told.
fn session(test: impl AsyncFnOnce(&Mailbox, Url)) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let local = tokio::task::LocalSet::new();
    let (outgoing, mut sent) = writer::testing();
    local.block_on(&runtime, async {
        let (service, _socket) = service(outgoing, Running::default());
        let mailbox = &service.inner().mailbox;
        let uri: Url = "untitled:Dockerfile".parse().unwrap();
        let text = "FROM a:1\nMAINTAINER me\n".to_owned();
        let item = TextDocumentItem::new(uri.clone(), "dockerfile".to_owned(), 1, text);
        mailbox.tell("didOpen", |session| session.open(item));
        test(mailbox, uri).await;
    });
    let sent = std::iter::from_fn(|| sent.try_recv().ok());
    sent.map(|body| serde_json::from_slice(&body).unwrap())
        .collect()
}

#[test]
fn a_panic_in_one_request_is_an_error_and_the_next_one_works() {
    let sent = session(async |mailbox, uri| {
        let broken = mailbox.ask("broken", |_| -> Result<()> { panic!("out of order") });
        let error = broken.await.unwrap_err();
        assert_eq!(error.code, tower_lsp::jsonrpc::ErrorCode::InternalError);
        assert!(error.message.contains("broken") && error.message.contains("out of order"));
        mailbox.tell("silent", |_| panic!("unheard"));
        let diagnostics =
            move |session: &mut crate::lsp::session::Session| Ok(session.diagnostics(&uri).len());
        let count = mailbox.ask("diagnostics", diagnostics).await;
        assert_eq!(count.unwrap(), 1);
    });
    let logged: Vec<&Value> = sent
        .iter()
        .filter(|message| message["method"] == json!("window/logMessage"))
        .collect();
    assert_eq!(logged.len(), 2, "{sent:?}");
    assert!(logged[0].to_string().contains("out of order"));
    assert!(logged[1].to_string().contains("unheard"));
}

#[test]
fn jobs_are_done_in_the_order_of_posting_and_cancelled_ones_are_skipped() {
    session(async |mailbox, _| {
        let (sender, done) = std::sync::mpsc::channel();
        let job = |number: usize| {
            let sender = sender.clone();
            move |_: &mut crate::lsp::session::Session| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                sender
                    .send(number)
                    .map_err(|_| tower_lsp::jsonrpc::Error::internal_error())
            }
        };
        let first = mailbox.ask("first", job(1));
        let cancelled = mailbox.ask("cancelled", job(2));
        let last = mailbox.ask("last", job(3));
        drop(cancelled);
        // Whose answer is awaited first does not matter.
        last.await.unwrap();
        first.await.unwrap();
        assert_eq!(done.try_iter().collect::<Vec<_>>(), [1, 3]);
    });
}
