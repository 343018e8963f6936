//! What a session survives, and how it ends.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dfix_tests::binary;
use dfix_tests::lsp_client::{Client, Setup, framed};
use serde_json::{Value, json};

const FILE: &str = "untitled:Dockerfile";
const TEXT: &str = "FROM debian:12\nMAINTAINER me\n";

/// Whether the session still does its work.
fn works(client: &mut Client) {
    client.open(FILE, TEXT);
    assert_eq!(client.codes(FILE), ["maintainer-to-label"]);
    client.close(FILE);
}

#[test]
fn shutdown_and_exit() {
    for (shutdown, hangs_up, status) in [
        (true, false, 0),
        (false, false, 1),
        (true, true, 0),
        (false, true, 1),
    ] {
        let mut client = Client::new();
        if shutdown {
            assert_eq!(client.request("shutdown", Value::Null), Ok(Value::Null));
        }
        match hangs_up {
            // Standard input is at its end, without `exit`.
            true => client.hang_up(),
            // Standard input stays open.
            false => client.notify("exit", Value::Null),
        }
        let start = Instant::now();
        let code = client.wait().code();
        assert_eq!(code, Some(status), "shutdown {shutdown}, {hangs_up}");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn requests_before_initialize_and_after_shutdown_are_refused() {
    let mut client = Client::spawn(Setup::default());
    let params = json!({"textDocument": {"uri": FILE}});
    let error = client.request("textDocument/diagnostic", params.clone());
    assert_eq!(error.unwrap_err()["code"], -32002);
    client.initialize();
    works(&mut client);
    assert_eq!(client.request("shutdown", Value::Null), Ok(Value::Null));
    let error = client.request("textDocument/diagnostic", params);
    assert_eq!(error.unwrap_err()["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn unknown_methods_and_wrong_parameters_are_errors() {
    let mut client = Client::new();
    for (method, params, code) in [
        ("textDocument/unheardOf", json!({}), -32601),
        ("textDocument/codeAction", json!({"range": 1}), -32602),
        ("textDocument/codeAction", json!([]), -32602),
        (
            "codeAction/resolve",
            json!({"title": "x", "data": 5}),
            -32602,
        ),
        ("workspace/executeCommand", json!({"command": "rm"}), -32602),
        (
            "workspace/executeCommand",
            json!({"command": "dfix.fixAll", "arguments": ["file:///not/open"]}),
            -32602,
        ),
        ("dfix/explain", json!({"rule": "no-such-rule"}), -32602),
        (
            "dfix/syntaxTree",
            json!({"textDocument": {"uri": "file:///not/open"}}),
            -32602,
        ),
    ] {
        let error = client.request(method, params.clone()).unwrap_err();
        assert_eq!(error["code"], code, "{method} {params}: {error}");
    }
    // Notifications are not answered, whatever is wrong with them.
    client.notify("textDocument/unheardOf", json!({}));
    client.notify("textDocument/didChange", json!({"x": 1}));
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": "file:///not/open"}}),
    );
    client.notify("$/unheardOf", json!({}));
    client.notify("$/setTrace", json!({"value": "verbose"}));
    client.notify("$/cancelRequest", json!({"id": 4711}));
    client.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///not/open", "version": 2}, "contentChanges": [{"text": ""}]}),
    );
    works(&mut client);
    assert!(
        client.notes.iter().all(|note| note.get("error").is_none()),
        "{:?}",
        client.notes
    );
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn garbage_costs_only_itself() {
    let mut client = Client::new();
    for bytes in [
        &b"garbage\r\n\r\n"[..],
        b"Content-Length: twelve\r\n\r\n",
        b"Content-Length: 5\r\n\r\n{\"a\":",
        b"Content-Length: 2\r\n\r\n\xff\xfe",
        b"Content-Length: 2\r\n\r\n17",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 4\r\n\r\nnull",
        b"Content-Length: 0\r\n\r\n",
        b"\r\n\r\n",
        b"Content-Length: 14\r\n\r\n{\"method\": 17}",
        b"Content-Length: 2\r\n\r\n{}",
    ] {
        client.send_bytes(bytes);
        works(&mut client);
    }
    // Deeply nested: a recursive reader would run out of stack.
    let deep = "[".repeat(100_000);
    client.send_bytes(format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes());
    works(&mut client);
    let errors: Vec<&Value> = client
        .notes
        .iter()
        .map(|note| &note["error"]["code"])
        .collect();
    assert!(
        errors.contains(&&json!(-32700)) && errors.contains(&&json!(-32600)),
        "{errors:?}"
    );
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn headers_are_read_in_any_form() {
    let mut client = Client::new();
    let body = json!({"jsonrpc": "2.0", "id": "a text", "method": "shutdown"}).to_string();
    let header = format!(
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-length:{}\n\n",
        body.len()
    );
    client.send_bytes(header.as_bytes());
    client.send_bytes(body.as_bytes());
    client.until("an answer", |client| {
        client.notes.iter().any(|note| note["id"] == "a text")
    });
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn messages_may_come_byte_by_byte_or_many_at_once() {
    let mut client = Client::new();
    let open = json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {
        "textDocument": {"uri": FILE, "languageId": "dockerfile", "version": 1, "text": TEXT}}});
    for byte in framed(&open) {
        client.send_bytes(&[byte]);
    }
    client.until("diagnostics", |client| client.published.contains_key(FILE));
    let mut many = Vec::new();
    for version in 2..200 {
        let text = TEXT.repeat(version % 3);
        many.extend(framed(&json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": FILE, "version": version}, "contentChanges": [{"text": text}]}})));
    }
    client.send_bytes(&many);
    client.until("diagnostics", |client| {
        client.published[FILE]["version"] == 199
    });
    assert_eq!(
        client.published[FILE]["diagnostics"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn huge_messages() {
    let mut client = Client::new();
    // More than is ever read, and really sent: it is skipped.
    let length = 140 << 20;
    client.send_bytes(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..140 {
        client.send_bytes(&piece);
    }
    works(&mut client);
    // A document that is larger than what is read as a Dockerfile gets a diagnostic and nothing else.
    let mut text = TEXT.to_owned();
    while text.len() < 17 << 20 {
        text.push_str("# more and more and more and more and more and more and more and more\n");
    }
    client.open(FILE, &text);
    assert_eq!(client.codes(FILE), ["too-large"]);
    client.replace(FILE, TEXT);
    assert_eq!(client.codes(FILE), ["maintainer-to-label"]);
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn a_message_that_never_ends_ends_with_the_stream() {
    for start in [
        "Content-Length: 100000000\r\n\r\n{\"jsonrpc\"",
        "Content-Length: 99999999999999999999\r\n\r\n{",
        "Content-Le",
    ] {
        let mut client = Client::new();
        client.send_bytes(start.as_bytes());
        client.hang_up();
        assert_eq!(client.wait().code(), Some(1), "{start}");
    }
}

/// The resident memory of a process in kilobytes.
#[cfg(target_os = "linux")]
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What is announced takes no memory before it comes.
#[cfg(target_os = "linux")]
#[test]
fn an_announced_length_is_not_believed() {
    let mut client = Client::new();
    works(&mut client);
    let before = resident(client.process());
    client.send_bytes(b"Content-Length: 100000000\r\n\r\n{");
    std::thread::sleep(Duration::from_millis(200));
    assert!(resident(client.process()) < before + 20_000);
}

/// An editor that was killed: the pipe stays open, since another process of it holds the other end.
#[cfg(unix)]
#[test]
fn the_server_ends_with_its_editor() {
    let mut editor = Command::new("sleep")
        .arg("100")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let setup = Setup {
        parent: Some(editor.id()),
        ..Setup::default()
    };
    let mut client = Client::start(setup);
    works(&mut client);
    editor.kill().unwrap();
    editor.wait().unwrap();
    let start = Instant::now();
    assert_eq!(client.wait().code(), Some(1));
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

/// An editor that was killed while much was to be read and written.
#[cfg(unix)]
#[test]
fn the_server_ends_when_nobody_reads() {
    let mut server = Command::new(binary())
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = server.stdin.take().unwrap();
    drop(server.stdout.take());
    let initialize =
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}});
    stdin.write_all(&framed(&initialize)).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while server.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "the server goes on for nobody");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A client that asks and asks and reads nothing does not stop the server from ending.
#[cfg(unix)]
#[test]
fn a_full_pipe_does_not_hold_up_exit() {
    let mut server = Command::new(binary())
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = server.stdin.take().unwrap();
    let mut text = String::from("FROM a\n");
    for line in 0..2000 {
        let _ = writeln!(text, "MAINTAINER {line}");
    }
    for message in [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {
            "textDocument": {"uri": FILE, "languageId": "dockerfile", "version": 1, "text": text}}}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "dfix/syntaxTree", "params": {"textDocument": {"uri": FILE}}}),
        json!({"jsonrpc": "2.0", "id": 3, "method": "dfix/syntaxTree", "params": {"textDocument": {"uri": FILE}}}),
        json!({"jsonrpc": "2.0", "id": 4, "method": "shutdown"}),
        json!({"jsonrpc": "2.0", "method": "exit"}),
    ] {
        stdin.write_all(&framed(&message)).unwrap();
    }
    let end = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = server.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < end, "the server does not end");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn cancellation_under_load() {
    let mut client = Client::new();
    let mut text = String::from("FROM debian:12\n");
    for line in 0..300 {
        let _ = writeln!(text, "RUN apt-get update && apt-get install -y p{line}");
    }
    client.open(FILE, &text);
    let params = json!({"textDocument": {"uri": FILE}, "range": client.range(FILE, 0..text.len()), "context": {"diagnostics": []}});
    let asked: Vec<i64> = (0..100)
        .map(|_| client.ask("textDocument/codeAction", params.clone()))
        .collect();
    for id in &asked {
        client.notify("$/cancelRequest", json!({"id": id}));
    }
    let start = Instant::now();
    let shutdown = client.ask("shutdown", Value::Null);
    assert_eq!(client.answer(shutdown), Ok(Value::Null));
    // One request may have begun before it was cancelled.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    let mut cancelled = 0;
    for id in asked {
        match client.answer(id) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error["code"], -32800);
                cancelled += 1;
            }
        }
    }
    assert!(cancelled >= 90, "{cancelled}");
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn many_open_documents() {
    let mut client = Client::new();
    let uri = |number: usize| format!("untitled:{number}/Dockerfile");
    for number in 0..200 {
        client.open(
            &uri(number),
            &format!("FROM a{number}:1\n{}", "MAINTAINER me\n".repeat(number % 3)),
        );
    }
    for number in (0..200).rev() {
        let uri = uri(number);
        assert_eq!(client.codes(&uri).len(), number % 3, "{uri}");
        let end = client.text(&uri).len();
        client.edit(&uri, end..end, "MAINTAINER you\n");
    }
    for number in 0..200 {
        let uri = uri(number);
        assert_eq!(client.codes(&uri).len(), number % 3 + 1, "{uri}");
        client.close(&uri);
    }
    client.until("empty diagnostics", |client| {
        client
            .published
            .values()
            .all(|it| it["diagnostics"] == json!([]))
    });
    assert_eq!(client.shutdown(), 0);
}

/// What is known of most documents is forgotten, and found out anew when it is asked for.
#[cfg(target_os = "linux")]
#[test]
fn many_large_documents_take_little_memory() {
    let mut client = Client::new();
    let uri = |number: usize| format!("untitled:{number}/Dockerfile");
    let text = |number: usize| {
        format!(
            "FROM a:{number}\n{}",
            "RUN echo one two three && \\\n  echo four\nMAINTAINER me\n".repeat(400)
        )
    };
    for number in 0..100 {
        client.open(&uri(number), &text(number));
        client.diagnostics(&uri(number));
    }
    let memory = resident(client.process());
    assert!(memory < 100_000, "{memory} kB");
    for number in [0, 50, 99, 0] {
        let actions = client.actions(&uri(number), 60..60, &["quickfix"]);
        assert!(!actions.is_empty(), "{number}");
    }
    assert_eq!(client.shutdown(), 0);
}
