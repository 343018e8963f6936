//! The command that verifies a document with a real build; the builder is a script that builds nothing.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use dfix_tests::binary;
use dfix_tests::fake_builder::{FakeBuilders, signal};
use dfix_tests::lsp_client::{Client, PATIENCE, Setup, path, uri};
use serde_json::{Value, json};
use tempfile::TempDir;

const TEXT: &str = "FROM debian:12\nMAINTAINER me\nRUN make\n";

/// A machine with a builder, and an editor with a document that is not saved.
struct Machine {
    folder: TempDir,
    builders: FakeBuilders,
    client: Client,
    uri: String,
}

impl Machine {
    fn new() -> Self {
        Self::with(&["docker"], Setup::default())
    }

    fn with(builders: &[&str], mut setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let builders = FakeBuilders::new(at("bin"), builders);
        fs::create_dir(at("project")).unwrap();
        fs::create_dir(at("tmp")).unwrap();
        // The file's text is another one than the document's.
        fs::write(at("project/Dockerfile"), "FROM scratch\n").unwrap();
        setup.folders = vec![at("project")];
        let mut command = Command::new(binary());
        command
            .arg("lsp")
            .env("PATH", builders.search_path())
            .env("HOME", at("home"))
            .env("TMPDIR", at("tmp"))
            .env_remove("XDG_CACHE_HOME");
        let mut client = Client::spawn_command(command, setup);
        client.initialize();
        let uri = uri(&at("project/Dockerfile"));
        client.open(&uri, TEXT);
        Self {
            folder,
            builders,
            client,
            uri,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Executes the command, whose answer comes before anything is built.
    fn command(&mut self, arguments: Value) {
        let params = json!({"command": "dfix.verify", "arguments": arguments});
        let answer = self.client.request("workspace/executeCommand", params);
        assert_eq!(answer, Ok(Value::Null));
    }

    /// Asks for a verification under a token.
    fn ask(&mut self, token: &str) -> i64 {
        let params = json!({"textDocument": {"uri": self.uri}, "workDoneToken": token});
        self.client.ask("dfix/verify", params)
    }

    /// The message that is shown next, and its type.
    fn message(&mut self) -> (String, i64) {
        let is_message = |note: &Value| note["method"] == "window/showMessage";
        self.client
            .until("a message", |client| client.notes.iter().any(is_message));
        let place = self.client.notes.iter().position(is_message).unwrap();
        let note = self.client.notes.remove(place).unwrap();
        let text = note["params"]["message"].as_str().unwrap().to_owned();
        (text, note["params"]["type"].as_i64().unwrap())
    }

    /// The page that was opened last.
    fn page(&mut self) -> String {
        let is_page = |asked: &&Value| asked["method"] == "window/showDocument";
        self.client.until("a page", |client| {
            client.asked.iter().any(|it| is_page(&it))
        });
        let asked = self.client.asked.iter().rfind(is_page).unwrap();
        fs::read_to_string(path(asked["params"]["uri"].as_str().unwrap())).unwrap()
    }

    /// What was said of the progress: token, kind, and title or message.
    fn progress(&self) -> Vec<(Value, String, String)> {
        let notes = self.client.notes.iter();
        let news = notes.filter(|note| note["method"] == "$/progress");
        news.map(|note| {
            let value = &note["params"]["value"];
            let text = |key: &str| value[key].as_str().map(str::to_owned);
            (
                note["params"]["token"].clone(),
                text("kind").unwrap(),
                text("title")
                    .or_else(|| text("message"))
                    .unwrap_or_default(),
            )
        })
        .collect()
    }

    /// Waits until nothing is left of a build that hung.
    fn all_ends(&self, hanging: &str) {
        let since = Instant::now();
        while fs::read_dir(self.at("tmp")).unwrap().count() > 0 || signal("0", hanging) {
            assert!(since.elapsed() < PATIENCE, "{}", self.builders.calls());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.builders.no_image_is_left();
    }
}

/// What an editor does without knowing of it: the command of an action, progress, a message, a page.
#[test]
fn the_command() {
    let mut machine = Machine::new();
    let uri = machine.uri.clone();
    machine.command(json!([uri]));
    let (message, typ) = machine.message();
    assert!(
        message.starts_with("Dockerfile: verified, the fixed file builds the same image"),
        "{message}"
    );
    assert_eq!(typ, 3, "information");
    let page = machine.page();
    assert!(
        page.starts_with("# `Dockerfile`: the same image\n"),
        "{page}"
    );
    assert!(page.contains("- `maintainer-to-label`: "), "{page}");
    assert!(page.contains("| layers | 1 | 1 |"), "{page}");
    // What is not saved is what is verified.
    let built = |role: &str| {
        let file = machine.builders.at(&format!("{role}.Dockerfile"));
        fs::read_to_string(file).unwrap()
    };
    assert_eq!(built("before"), TEXT);
    // Built twice, so that what differs between any two builds is known.
    assert_eq!(built("again"), TEXT);
    assert!(built("after").contains("LABEL"), "{}", built("after"));
    let progress = machine.progress();
    let create = "window/workDoneProgress/create";
    let asked = machine
        .client
        .asked
        .iter()
        .find(|it| it["method"] == create);
    let token = &asked.unwrap()["params"]["token"];
    assert!(
        progress.iter().all(|(own, ..)| own == token),
        "{progress:?}"
    );
    let kinds: Vec<&str> = progress.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(
        (kinds.first(), kinds.last()),
        (Some(&"begin"), Some(&"end")),
        "{progress:?}"
    );
    assert_eq!(progress[0].2, "dfix: verifying Dockerfile");
    assert!(
        progress
            .iter()
            .any(|(_, kind, text)| kind == "report" && text.starts_with("building as")),
        "{progress:?}"
    );
    machine.builders.no_image_is_left();
    assert_eq!(machine.client.shutdown(), 0);
}

/// What a client does that shows pages itself.
#[test]
fn the_request() {
    let mut machine = Machine::new();
    machine.builders.image("after", "other");
    let id = machine.ask("mine");
    let answer = machine.client.answer(id).unwrap();
    assert_eq!(answer["verdict"], "different");
    assert_eq!(answer["title"], "Dockerfile, verified");
    assert_eq!(
        answer["message"],
        "Dockerfile: the images differ in 1 way that no rule declares."
    );
    let page = answer["markdown"].as_str().unwrap();
    assert!(page.contains("\n- `/f` changed"), "{page}");
    let progress = machine.progress();
    assert!(
        progress.len() > 2 && progress.iter().all(|(token, ..)| token == "mine"),
        "{progress:?}"
    );
    let created = machine
        .client
        .asked
        .iter()
        .any(|it| it["method"] == "window/workDoneProgress/create");
    assert!(!created, "the client has a place for progress already");
}

#[test]
fn a_build_that_fails() {
    let mut machine = Machine::new();
    machine.builders.put(
        "fail-before",
        "#5 ERROR: process \"make\" did not complete successfully: exit code: 2\nERROR: failed to solve\n",
    );
    let uri = machine.uri.clone();
    machine.command(json!([uri]));
    let (message, typ) = machine.message();
    assert!(
        message.starts_with("Dockerfile: could not be verified: "),
        "{message}"
    );
    assert_eq!(typ, 2, "a warning");
    let page = machine.page();
    assert!(page.contains("## The builder's last lines\n"), "{page}");
    assert!(page.contains("    ERROR: failed to solve"), "{page}");
}

#[test]
fn no_builder() {
    let mut machine = Machine::with(&[], Setup::default());
    let id = machine.ask("x");
    let answer = machine.client.answer(id).unwrap();
    assert_eq!(answer["verdict"], "unknown");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("not on the PATH"), "{message}");
}

/// While a build hangs the session goes on; a second one of the same document is refused; it is stopped from the progress.
#[test]
fn stopped_from_its_progress() {
    let mut machine = Machine::new();
    machine.builders.put("hang-before", "");
    let uri = machine.uri.clone();
    machine.command(json!([uri]));
    machine.client.until("progress", |client| {
        let mut notes = client.notes.iter();
        notes.any(|note| note["method"] == "$/progress")
    });
    let hanging = machine.builders.hanging();
    let hover = machine.client.at(&uri, 1);
    assert!(machine.client.request("textDocument/hover", hover).is_ok());
    let id = machine.ask("second");
    let refused = machine.client.answer(id).unwrap_err();
    assert_eq!(refused["message"], "Dockerfile is being verified already");
    machine.command(json!([uri]));
    assert_eq!(machine.message().0, "Dockerfile is being verified already");
    let token = machine.progress()[0].0.clone();
    machine
        .client
        .notify("window/workDoneProgress/cancel", json!({"token": token}));
    assert_eq!(
        machine.message(),
        ("Dockerfile: verifying was stopped".to_owned(), 3)
    );
    assert_eq!(machine.progress().last().unwrap().2, "stopped");
    machine.all_ends(&hanging);
    // The place is free again.
    fs::remove_file(machine.builders.at("hang-before")).unwrap();
    let id = machine.ask("again");
    assert_eq!(machine.client.answer(id).unwrap()["verdict"], "equal");
}

#[test]
fn stopped_by_cancelling_the_request() {
    let mut machine = Machine::new();
    machine.builders.put("hang-after", "");
    let id = machine.ask("mine");
    let hanging = machine.builders.hanging();
    machine.client.notify("$/cancelRequest", json!({"id": id}));
    let error = machine.client.answer(id).unwrap_err();
    assert_eq!(error["code"], -32800);
    machine.all_ends(&hanging);
}

#[test]
fn the_end_of_the_session_is_the_end_of_its_builds() {
    for orderly in [true, false] {
        let mut machine = Machine::new();
        machine.builders.put("hang-after", "");
        machine.ask("mine");
        let hanging = machine.builders.hanging();
        if orderly {
            assert_eq!(
                machine.client.request("shutdown", Value::Null),
                Ok(Value::Null)
            );
            machine.client.notify("exit", Value::Null);
        } else {
            machine.client.hang_up();
        }
        assert_eq!(machine.client.wait().success(), orderly);
        machine.all_ends(&hanging);
    }
}

/// What the editor would apply is what is verified, not what the command line would.
#[test]
fn the_settings_of_the_editor_hold() {
    let text = format!("{TEXT}CMD sleep 9\n");
    let applied = |setup: Setup, file: Option<&str>| {
        let mut machine = Machine::with(&["docker"], setup);
        if let Some(file) = file {
            fs::write(machine.at("project/other.toml"), file).unwrap();
        }
        let uri = machine.uri.clone();
        machine.client.replace(&uri, &text);
        let id = machine.ask("x");
        let answer = machine.client.answer(id).unwrap();
        assert_eq!(answer["verdict"], "equal", "{answer}");
        let page = answer["markdown"].as_str().unwrap().to_owned();
        (
            page.contains("maintainer-to-label"),
            page.contains("exec-form"),
        )
    };
    let with = |options: Value| Setup {
        options,
        ..Setup::default()
    };
    assert_eq!(applied(Setup::default(), None), (true, true));
    let select = json!({"settings": {"select": ["exec-form"]}});
    assert_eq!(applied(with(select), None), (false, true));
    let named = json!({"configuration": "other.toml"});
    assert_eq!(
        applied(with(named), Some("ignore = [\"exec-form\"]\n")),
        (true, false)
    );
    let arguments = json!({"verify": {"arguments": ["--ignore", "maintainer-to-label"]}});
    assert_eq!(applied(with(arguments), None), (false, true));
}

#[test]
fn unsafe_fixes_on_request() {
    let mut machine = Machine::new();
    let uri = machine.uri.clone();
    let text = "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n";
    machine.client.replace(&uri, text);
    machine.command(json!([uri, {"unsafeFixes": true}]));
    assert!(machine.page().contains("(unsafe: not proven)"));
}

#[test]
fn a_document_that_was_never_saved() {
    let mut machine = Machine::new();
    let unsaved = "untitled:Untitled-1";
    machine.client.open(unsaved, TEXT);
    // The folder that is open is its context.
    machine.command(json!([unsaved]));
    let (message, _) = machine.message();
    assert!(message.starts_with("Untitled-1: verified"), "{message}");
    let context = format!(" {}", machine.at("project").display());
    let calls = machine.builders.calls();
    assert!(
        calls
            .lines()
            .any(|call| call.starts_with("docker build") && call.ends_with(&context)),
        "{calls}"
    );
    let mut client = Client::new();
    client.open(unsaved, TEXT);
    let params = json!({"textDocument": {"uri": unsaved}});
    let refused = client.request("dfix/verify", params).unwrap_err();
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("needs a folder as its context"),
        "{message}"
    );
}

/// Nothing is built unless a person asks for it, and not at all where it is switched off.
#[test]
fn only_on_request() {
    let offered = |client: &mut Client, uri: &str, context: Value| {
        let params = json!({"textDocument": {"uri": uri}, "range": client.range(uri, 0..0), "context": context});
        let answer = client.request("textDocument/codeAction", params).unwrap();
        let actions = answer.as_array().cloned().unwrap_or_default();
        let mut commands = actions.iter().map(|action| &action["command"]["command"]);
        commands.any(|name| name == "dfix.verify")
    };
    let mut machine = Machine::new();
    let uri = machine.uri.clone();
    let none: [Value; 0] = [];
    for (context, expected) in [
        (json!({"diagnostics": none}), true),
        (json!({"diagnostics": none, "triggerKind": 1}), true),
        (
            json!({"diagnostics": none, "triggerKind": 1, "only": ["source"]}),
            true,
        ),
        (
            json!({"diagnostics": none, "triggerKind": 1, "only": ["source.fixAll"]}),
            false,
        ),
        // On saving, and while typing.
        (
            json!({"diagnostics": none, "triggerKind": 2, "only": ["source"]}),
            false,
        ),
        (json!({"diagnostics": none, "triggerKind": 2}), false),
        (json!({"diagnostics": none, "only": ["source"]}), false),
    ] {
        let seen = offered(&mut machine.client, &uri, context.clone());
        assert_eq!(seen, expected, "{context}");
    }
    machine.client.replace(&uri, "FROM debian:12\n");
    let asked = json!({"diagnostics": none, "triggerKind": 1});
    assert!(
        !offered(&mut machine.client, &uri, asked.clone()),
        "there is nothing to verify"
    );
    let options = json!({"verify": {"enabled": false}});
    let mut machine = Machine::with(
        &["docker"],
        Setup {
            options,
            ..Setup::default()
        },
    );
    assert!(!offered(&mut machine.client, &machine.uri, asked));
    let id = machine.ask("x");
    let refused = machine.client.answer(id).unwrap_err();
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("switched off"), "{message}");
    assert_eq!(machine.builders.calls(), "");
}

#[test]
fn wrong_arguments() {
    let mut machine = Machine::new();
    for (arguments, expected) in [
        (json!([]), "takes the address of a document"),
        (json!([7]), "takes the address of a document"),
        (json!(["file:///nowhere/Dockerfile"]), "is not open"),
        (json!([machine.uri, {"unsafeFixes": 7}]), "second argument"),
    ] {
        machine.command(arguments);
        let (message, _) = machine.message();
        assert!(message.contains(expected), "{message}");
    }
}
