//! A language client that is independent of the server's code: it starts the binary, frames messages, keeps the texts,
//! answers what a server may ask, and never waits for ever.
//!
//! What goes wrong in it is a failed test, so it panics with what it saw.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code stops at the first surprise"
)]

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod setup;

pub use setup::Setup;

use crate::lsp_text::{self as text, Encoding};

/// How long anything may take before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An open document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its number as it is now.
    pub version: i64,
    /// Its text as it is now.
    pub text: String,
}

/// A client and its server.
#[derive(Debug)]
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    incoming: Receiver<(Value, Instant)>,
    last_id: i64,
    answers: BTreeMap<i64, Value>,
    setup: Setup,
    /// When the last message was handed to the server.
    pub sent: Instant,
    /// When the last byte of the last message came that was taken from the server: what this client then makes of a message
    /// is not the server's work.
    pub arrived: Instant,
    /// The encoding that was agreed on.
    pub encoding: Encoding,
    /// The server's capabilities.
    pub server: Value,
    /// Open documents.
    pub documents: BTreeMap<String, Document>,
    /// What was published last for a document: `{uri, version, diagnostics}`.
    pub published: BTreeMap<String, Value>,
    /// Notifications other than diagnostics, in their order.
    pub notes: VecDeque<Value>,
    /// Requests of the server that were answered, in their order.
    pub asked: Vec<Value>,
}

impl Client {
    /// Starts the server without saying anything to it.
    #[must_use]
    pub fn spawn(setup: Setup) -> Self {
        let mut command = Command::new(crate::binary());
        command.arg("lsp");
        Self::spawn_command(command, setup)
    }

    /// As [`Self::spawn`], for any server.
    #[must_use]
    pub fn spawn_command(mut command: Command, setup: Setup) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, incoming) = mpsc::channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            stdin,
            incoming,
            last_id: 0,
            sent: Instant::now(),
            arrived: Instant::now(),
            answers: BTreeMap::new(),
            setup,
            encoding: Encoding::Utf16,
            server: Value::Null,
            documents: BTreeMap::new(),
            published: BTreeMap::new(),
            notes: VecDeque::new(),
            asked: Vec::new(),
        }
    }

    /// Starts the server and agrees with it on everything.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let mut client = Self::spawn(setup);
        client.initialize();
        client
    }

    /// A client as most tests need it.
    #[must_use]
    pub fn new() -> Self {
        Self::start(Setup::default())
    }

    /// Sends `initialize` and `initialized`.
    pub fn initialize(&mut self) {
        let setup = &self.setup;
        let mut capabilities = setup.capabilities.clone();
        if !setup.encodings.is_empty() {
            let names: Vec<&str> = setup.encodings.iter().map(|it| it.name()).collect();
            capabilities["general"]["positionEncodings"] = json!(names);
        }
        let folders: Vec<Value> = setup
            .folders
            .iter()
            .map(|folder| json!({"uri": uri(folder), "name": "folder"}))
            .collect();
        let params = json!({
            "processId": setup.parent,
            "rootUri": null,
            "capabilities": capabilities,
            "initializationOptions": setup.options,
            "workspaceFolders": if folders.is_empty() { Value::Null } else { json!(folders) },
        });
        let answer = self.request("initialize", params).unwrap();
        self.server = answer["capabilities"].clone();
        self.encoding = match self.server["positionEncoding"].as_str() {
            None | Some("utf-16") => Encoding::Utf16,
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            Some(other) => panic!("the encoding {other}"),
        };
        self.notify("initialized", json!({}));
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("standard input was closed");
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let bytes = framed(message);
        self.sent = Instant::now();
        self.send_bytes(&bytes);
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and returns its number.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Waits for the answer to a request.
    ///
    /// # Errors
    /// The error that the server answered with.
    pub fn answer(&mut self, id: i64) -> Result<Value, Value> {
        self.until("an answer", |client| client.answers.contains_key(&id));
        let answer = self.answers.remove(&id).unwrap();
        match (answer.get("result"), answer.get("error")) {
            (Some(result), None) => Ok(result.clone()),
            (None, Some(error)) => Err(error.clone()),
            _ => panic!("no answer: {answer}"),
        }
    }

    /// Whether a request was answered already, as far as messages have been taken.
    #[must_use]
    pub fn has_answer(&self, id: i64) -> bool {
        self.answers.contains_key(&id)
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// The error that the server answered with.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Takes messages until something holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            match self.take(end.saturating_duration_since(Instant::now())) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => panic!("waited too long for {what}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server ended before {what}: {:?}", self.child.wait())
                }
            }
        }
    }

    /// Takes messages for some time.
    pub fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while self
            .take(end.saturating_duration_since(Instant::now()))
            .is_ok()
        {}
    }

    /// Takes one message.
    fn take(&mut self, wait: Duration) -> Result<(), RecvTimeoutError> {
        let (message, arrived) = self.incoming.recv_timeout(wait)?;
        self.arrived = arrived;
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        let method = message["method"].as_str();
        match (method, message.get("id")) {
            (Some(_), Some(id)) => {
                let id = id.clone();
                let answer = self.answer_server(&message);
                self.asked.push(message);
                let mut body = json!({"jsonrpc": "2.0", "id": id});
                match answer {
                    Ok(result) => body["result"] = result,
                    Err(error) => body["error"] = json!({"code": -32601, "message": error}),
                }
                self.send(&body);
            }
            (Some("textDocument/publishDiagnostics"), None) => {
                let params = message["params"].clone();
                let uri = params["uri"].as_str().unwrap().to_owned();
                self.published.insert(uri, params);
            }
            (Some(_), None) => self.notes.push_back(message),
            (None, Some(Value::Number(id))) => {
                let known = self.answers.insert(id.as_i64().unwrap(), message);
                assert!(known.is_none(), "answered twice: {known:?}");
            }
            // The answer to what was no request.
            (None, _) => self.notes.push_back(message),
        }
        Ok(())
    }

    /// What an editor answers.
    fn answer_server(&mut self, message: &Value) -> Result<Value, String> {
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "workspace/configuration" => {
                let items = params["items"].as_array().cloned().unwrap_or_default();
                let values = items
                    .iter()
                    .map(|item| match item["section"].as_str() {
                        Some("dfix") => self.setup.configuration.clone(),
                        _ => Value::Null,
                    })
                    .collect();
                Ok(Value::Array(values))
            }
            "workspace/applyEdit" => Ok(match self.apply(&params["edit"]) {
                Ok(()) => json!({"applied": true}),
                Err(reason) => json!({"applied": false, "failureReason": reason}),
            }),
            "window/showDocument" => Ok(json!({"success": true})),
            "client/registerCapability"
            | "client/unregisterCapability"
            | "window/workDoneProgress/create"
            | "window/showMessageRequest"
            | "workspace/diagnostic/refresh"
            | "workspace/codeLens/refresh"
            | "workspace/inlayHint/refresh"
            | "workspace/semanticTokens/refresh" => Ok(Value::Null),
            other => Err(format!("an editor knows no {other}")),
        }
    }

    /// Changes what the client answers when it is asked for its configuration.
    pub fn set_configuration(&mut self, configuration: Value) {
        self.setup.configuration = configuration;
    }

    /// Opens a document as a Dockerfile.
    pub fn open(&mut self, uri: &str, text: &str) {
        self.open_as(uri, "dockerfile", text);
    }

    /// Opens a document.
    pub fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        let document = Document {
            version: 1,
            text: text.to_owned(),
        };
        self.documents.insert(uri.to_owned(), document);
        // What was said before it was closed is of no interest any more.
        self.published.remove(uri);
        self.notify("textDocument/didOpen", json!({"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}}));
    }

    /// Closes a document.
    pub fn close(&mut self, uri: &str) {
        self.documents.remove(uri);
        self.notify(
            "textDocument/didClose",
            json!({"textDocument": {"uri": uri}}),
        );
    }

    /// Says that a document was saved.
    pub fn save(&mut self, uri: &str) {
        self.notify(
            "textDocument/didSave",
            json!({"textDocument": {"uri": uri}}),
        );
    }

    /// The text of an open document.
    #[must_use]
    pub fn text(&self, uri: &str) -> &str {
        &self.documents[uri].text
    }

    /// The position of a byte offset of a document.
    #[must_use]
    pub fn position(&self, uri: &str, offset: usize) -> Value {
        text::position(self.text(uri), offset, self.encoding)
    }

    /// The range of bytes of a document.
    #[must_use]
    pub fn range(&self, uri: &str, bytes: Range<usize>) -> Value {
        json!({"start": self.position(uri, bytes.start), "end": self.position(uri, bytes.end)})
    }

    /// The bytes of a range that the server named.
    #[must_use]
    pub fn bytes(&self, uri: &str, range: &Value) -> Range<usize> {
        text::bytes(self.text(uri), range, self.encoding).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The parameters of a request about a place, which is a byte offset.
    #[must_use]
    pub fn at(&self, uri: &str, offset: usize) -> Value {
        json!({"textDocument": {"uri": uri}, "position": self.position(uri, offset)})
    }

    /// Replaces bytes of a document and tells the server.
    pub fn edit(&mut self, uri: &str, bytes: Range<usize>, insert: &str) {
        self.edit_all(uri, &[(bytes, insert.to_owned())]);
    }

    /// Makes edits, which are in the order of places, as one change.
    pub fn edit_all(&mut self, uri: &str, edits: &[(Range<usize>, String)]) {
        // From the last one to the first, each place means the same before and after the others.
        let changes: Vec<Value> = edits
            .iter()
            .rev()
            .map(|(bytes, insert)| json!({"range": self.range(uri, bytes.clone()), "text": insert}))
            .collect();
        let document = self.documents.get_mut(uri).unwrap();
        document.text = text::edited(&document.text, edits);
        document.version += 1;
        let version = document.version;
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        );
    }

    /// Replaces the whole text.
    pub fn replace(&mut self, uri: &str, text: &str) {
        let document = self.documents.get_mut(uri).unwrap();
        document.text = text.to_owned();
        document.version += 1;
        let version = document.version;
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}),
        );
    }

    /// Applies a workspace edit: to open documents as changes, to others on disk.
    ///
    /// # Errors
    /// What an editor refuses: another version, a place that does not exist, edits that overlap.
    pub fn apply(&mut self, edit: &Value) -> Result<(), String> {
        let mut by_uri: Vec<(String, Vec<Value>)> = Vec::new();
        if let Some(changes) = edit["documentChanges"].as_array() {
            for change in changes {
                if change["kind"] == "create" {
                    let path = path(change["uri"].as_str().unwrap_or_default());
                    fs::write(&path, "").map_err(|error| format!("{}: {error}", path.display()))?;
                    continue;
                }
                let uri = change["textDocument"]["uri"]
                    .as_str()
                    .ok_or_else(|| format!("no edit: {change}"))?;
                let named = &change["textDocument"]["version"];
                if let Some(document) = self.documents.get(uri)
                    && !named.is_null()
                    && *named != json!(document.version)
                {
                    return Err(format!("version {named} is not {}", document.version));
                }
                let edits = change["edits"].as_array().cloned().unwrap_or_default();
                by_uri.push((uri.to_owned(), edits));
            }
        } else if let Some(changes) = edit["changes"].as_object() {
            for (uri, edits) in changes {
                by_uri.push((uri.clone(), edits.as_array().cloned().unwrap_or_default()));
            }
        } else {
            return Err(format!("no edit: {edit}"));
        }
        for (uri, edits) in by_uri {
            match self.documents.get(&uri) {
                Some(document) => {
                    let edits = text::text_edits(&document.text, &edits, self.encoding)?;
                    self.edit_all(&uri, &edits);
                }
                None => {
                    let path = path(&uri);
                    let before = fs::read_to_string(&path).unwrap_or_default();
                    let edits = text::text_edits(&before, &edits, self.encoding)?;
                    fs::write(&path, text::edited(&before, &edits))
                        .map_err(|error| format!("{}: {error}", path.display()))?;
                }
            }
        }
        Ok(())
    }

    /// The diagnostics that were published for a document as it is now.
    pub fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let version = json!(self.documents[uri].version);
        self.until("diagnostics", |client| {
            client
                .published
                .get(uri)
                .is_some_and(|published| published["version"] == version)
        });
        let published = &self.published[uri]["diagnostics"];
        published.as_array().unwrap().clone()
    }

    /// The codes of the diagnostics of a document as it is now.
    pub fn codes(&mut self, uri: &str) -> Vec<String> {
        let diagnostics = self.diagnostics(uri);
        diagnostics.iter().map(code).collect()
    }

    /// The code actions at bytes of a document, of some kinds or of all.
    pub fn actions(&mut self, uri: &str, bytes: Range<usize>, only: &[&str]) -> Vec<Value> {
        let mut context = json!({"diagnostics": []});
        if !only.is_empty() {
            context["only"] = json!(only);
        }
        let params = json!({"textDocument": {"uri": uri}, "range": self.range(uri, bytes), "context": context});
        let answer = self.request("textDocument/codeAction", params).unwrap();
        answer.as_array().cloned().unwrap_or_default()
    }

    /// Asks for the edit of a code action where it has none yet.
    ///
    /// # Errors
    /// The error that the server answered with.
    pub fn resolve(&mut self, action: &Value) -> Result<Value, Value> {
        match action.get("edit") {
            Some(edit) => Ok(edit.clone()),
            None => {
                let action = self.request("codeAction/resolve", action.clone())?;
                Ok(action["edit"].clone())
            }
        }
    }

    /// The server's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Closes the server's standard input.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// Waits for the end of the server.
    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "the server does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends the session as an editor does; returns the exit status.
    pub fn shutdown(mut self) -> i32 {
        assert_eq!(self.request("shutdown", Value::Null), Ok(Value::Null));
        self.notify("exit", Value::Null);
        self.wait().code().unwrap()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A message with its header.
#[must_use]
pub fn framed(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Reads the server's next message; `None` at the end. The server's frames have to be perfect.
fn read(input: &mut impl BufRead) -> Option<(Value, Instant)> {
    let mut line = String::new();
    if input.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let length = line
        .strip_prefix("Content-Length: ")
        .and_then(|rest| rest.strip_suffix("\r\n"))
        .unwrap_or_else(|| panic!("no header: {line:?}"));
    let mut blank = String::new();
    input.read_line(&mut blank).ok()?;
    assert_eq!(blank, "\r\n");
    let mut body = vec![0; length.parse().unwrap()];
    input.read_exact(&mut body).ok()?;
    let arrived = Instant::now();
    Some((serde_json::from_slice(&body).unwrap(), arrived))
}

/// The code of a diagnostic.
#[must_use]
pub fn code(diagnostic: &Value) -> String {
    diagnostic["code"].as_str().unwrap_or_default().to_owned()
}

/// The address of a file. Test files have no names that need an escape.
#[must_use]
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The file of an address.
#[must_use]
pub fn path(uri: &str) -> PathBuf {
    PathBuf::from(uri.strip_prefix("file://").unwrap_or(uri))
}
