//! What holds for a document: files found upward, settings of the client, and all of it changing while it is open.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use dfix_tests::lsp_client::{Client, Setup, uri};
use serde_json::{Value, json};
use tempfile::TempDir;

const TEXT: &str = "FROM debian:12\nWORKDIR app\nMAINTAINER me\nCMD run\n";
const RULES: [&str; 3] = ["absolute-workdir", "maintainer-to-label", "exec-form"];

/// A project with one document.
struct Project {
    folder: TempDir,
    client: Client,
    uri: String,
}

impl Project {
    /// Opens the document in a folder with these files.
    fn new(setup: Setup, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write(folder.path().join(name), text);
        }
        let path = folder.path().join("app/Dockerfile");
        write(path.clone(), TEXT);
        let mut client = Client::start(Setup {
            folders: vec![folder.path().into()],
            ..setup
        });
        let uri = uri(&path);
        client.open(&uri, TEXT);
        Self {
            folder,
            client,
            uri,
        }
    }

    /// The rules of [`RULES`] that speak, and whatever else is said.
    fn codes(&mut self) -> Vec<String> {
        let mut codes = self.client.codes(&self.uri);
        codes.sort();
        codes
    }

    /// Waits for other diagnostics of the same text.
    fn until_codes(&mut self, expected: &[&str]) {
        let uri = self.uri.clone();
        self.client.until(&format!("{expected:?}"), |client| {
            let diagnostics = client.published[&uri]["diagnostics"].as_array().unwrap();
            let mut codes: Vec<&str> = diagnostics
                .iter()
                .filter_map(|it| it["code"].as_str())
                .collect();
            codes.sort_unstable();
            codes == expected
        });
    }

    /// Writes a file so that its time differs too.
    fn write(&self, name: &str, text: &str) {
        write(self.folder.path().join(name), text);
    }
}

fn write(path: PathBuf, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let file = fs::File::open(&path).unwrap();
    let later = SystemTime::now() + Duration::from_secs(u64::try_from(text.len()).unwrap());
    let _ = file.set_modified(later);
}

#[test]
fn all_rules_speak_without_a_configuration() {
    let mut project = Project::new(Setup::default(), &[]);
    let mut rules = RULES;
    rules.sort_unstable();
    assert_eq!(project.codes(), rules);
    assert_eq!(project.client.shutdown(), 0);
}

#[test]
fn the_closest_file_upward_holds() {
    for (files, expected) in [
        (
            &[("dfix.toml", "select = ['exec-form']")][..],
            &["exec-form"][..],
        ),
        (
            &[
                ("dfix.toml", "select = ['exec-form']"),
                (
                    "app/.dfix.toml",
                    "ignore = ['exec-form', 'absolute-workdir']",
                ),
            ],
            &["maintainer-to-label"],
        ),
        (
            &[(".hadolint.yaml", "ignored: [DL4000, DL3025]")],
            &["absolute-workdir"],
        ),
    ] {
        let mut project = Project::new(Setup::default(), files);
        assert_eq!(project.codes(), expected, "{files:?}");
        assert_eq!(project.client.shutdown(), 0);
    }
}

#[test]
fn settings_of_the_client_hold_where_there_is_no_file() {
    let settings = json!({"settings": {"select": ["maintainer-to-label"]}});
    let initial = Setup {
        options: settings.clone(),
        ..Setup::default()
    };
    let mut project = Project::new(initial.clone(), &[]);
    assert_eq!(project.codes(), ["maintainer-to-label"]);
    let mut project = Project::new(initial, &[("dfix.toml", "select = ['exec-form']")]);
    assert_eq!(project.codes(), ["exec-form"]);
    // A client is asked for them, as soon as it may be.
    let asked = Setup {
        configuration: settings,
        ..Setup::default()
    };
    let mut project = Project::new(asked, &[]);
    project.until_codes_after_opening(&["maintainer-to-label"]);
    // And again when it says that they changed.
    project
        .client
        .set_configuration(json!({"settings": {"select": ["exec-form"]}}));
    let params = json!({"settings": null});
    project
        .client
        .notify("workspace/didChangeConfiguration", params);
    project.until_codes(&["exec-form"]);
    assert_eq!(project.client.shutdown(), 0);
}

impl Project {
    fn until_codes_after_opening(&mut self, expected: &[&str]) {
        self.codes();
        self.until_codes(expected);
    }
}

#[test]
fn a_client_that_sends_its_settings() {
    let setup = Setup::default().with("/workspace/configuration", json!(false));
    let mut project = Project::new(setup, &[]);
    assert_eq!(project.codes().len(), 3);
    for (settings, expected) in [
        (
            json!({"dfix": {"settings": {"select": ["exec-form"]}}}),
            &["exec-form"][..],
        ),
        (json!({"dfix": {"diagnostics": "off"}}), &[]),
        (
            json!({"settings": {"ignore": ["exec-form", "maintainer-to-label"]}}),
            &["absolute-workdir"],
        ),
        (
            json!({"dfix": {"settings": {"select": null}}}),
            &["absolute-workdir", "exec-form", "maintainer-to-label"],
        ),
    ] {
        let params = json!({ "settings": settings });
        project
            .client
            .notify("workspace/didChangeConfiguration", params);
        project.until_codes(expected);
    }
    assert_eq!(project.client.shutdown(), 0);
}

#[test]
fn a_file_that_the_client_names() {
    let setup = Setup {
        options: json!({"configuration": "other/rules.toml"}),
        ..Setup::default()
    };
    let files = [
        ("other/rules.toml", "select = ['exec-form']"),
        ("dfix.toml", "select = ['maintainer-to-label']"),
    ];
    let mut project = Project::new(setup, &files);
    assert_eq!(project.codes(), ["exec-form"]);
    assert_eq!(project.client.shutdown(), 0);
}

/// Messages to the person.
fn shown(client: &Client) -> Vec<&Value> {
    let notes = client.notes.iter();
    let shown = notes.filter(|note| note["method"] == "window/showMessage");
    shown.map(|note| &note["params"]["message"]).collect()
}

#[test]
fn broken_settings_are_told_and_the_rest_works() {
    for options in [
        json!({"settings": {"select": ["no-such-rule"]}}),
        json!({"diagnostics": "sometimes"}),
        json!({"settings": 5}),
        json!([1]),
        json!("text"),
    ] {
        let setup = Setup {
            options: options.clone(),
            ..Setup::default()
        };
        let mut project = Project::new(setup, &[]);
        assert_eq!(project.codes().len(), 3, "{options}");
        assert_eq!(shown(&project.client).len(), 1, "{options}");
        assert_eq!(project.client.shutdown(), 0);
    }
}

#[test]
fn a_broken_file_is_a_diagnostic() {
    let mut project = Project::new(Setup::default(), &[("dfix.toml", "builder = 1")]);
    let diagnostics = project.client.diagnostics(&project.uri);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(diagnostics[0]["code"], "configuration");
    let message = diagnostics[0]["message"].as_str().unwrap();
    assert!(message.contains("dfix.toml:1:11"), "{message}");
    // Nothing is fixed that may not be wanted.
    let actions = project.client.actions(&project.uri, 0..TEXT.len(), &[]);
    assert!(
        actions.iter().all(|it| it["kind"] != "quickfix"),
        "{actions:?}"
    );
    assert_eq!(project.client.shutdown(), 0);
}

#[test]
fn files_that_the_client_watches() {
    let setup = Setup::default().with(
        "/workspace/didChangeWatchedFiles",
        json!({"dynamicRegistration": true}),
    );
    let mut project = Project::new(setup, &[]);
    assert_eq!(project.codes().len(), 3);
    let asked = |client: &Client| -> Vec<String> {
        let asked = client.asked.iter();
        let asked = asked.filter(|it| it["method"] == "client/registerCapability");
        asked.map(|it| it["params"].to_string()).collect()
    };
    project
        .client
        .until("watchers", |client| asked(client).concat().contains("dfix"));
    let registered = asked(&project.client).concat();
    for name in [".dfix", ".hadolint", ".dockerignore"] {
        assert!(registered.contains(name), "{name}: {registered}");
    }
    for (name, text, expected) in [
        ("dfix.toml", "select = ['exec-form']", &["exec-form"][..]),
        ("dfix.toml", "select = 5", &["configuration"]),
        (
            "app/dfix.toml",
            "ignore = ['exec-form']",
            &["absolute-workdir", "maintainer-to-label"],
        ),
    ] {
        project.write(name, text);
        let path = project.folder.path().join(name);
        let params = json!({"changes": [{"uri": uri(&path), "type": 2}]});
        project
            .client
            .notify("workspace/didChangeWatchedFiles", params);
        project.until_codes(expected);
    }
    assert_eq!(project.client.shutdown(), 0);
}

#[test]
fn files_that_nobody_watches() {
    let mut project = Project::new(Setup::default(), &[("dfix.toml", "")]);
    assert_eq!(project.codes().len(), 3);
    project.write("dfix.toml", "select = ['exec-form']");
    project.until_codes(&["exec-form"]);
    project.write("app/dfix.toml", "select = ['absolute-workdir']");
    project.until_codes(&["absolute-workdir"]);
    fs::remove_file(project.folder.path().join("app/dfix.toml")).unwrap();
    project.until_codes(&["exec-form"]);
    assert_eq!(project.client.shutdown(), 0);
}

/// What a build context lets through decides about findings, so a changed `.dockerignore` changes them.
#[test]
fn a_changed_dockerignore() {
    let setup = Setup::default().with(
        "/workspace/didChangeWatchedFiles",
        json!({"dynamicRegistration": true}),
    );
    let mut project = Project::new(setup, &[("app/file.txt", "x"), ("app/.dockerignore", "")]);
    let text = "FROM debian:12\nADD file.txt /x\n";
    let document = project.uri.clone();
    project.client.replace(&document, text);
    let with = project.codes();
    let path = project.folder.path().join("app/.dockerignore");
    project.write("app/.dockerignore", "file.txt\n");
    let params = json!({"changes": [{"uri": uri(&path), "type": 2}]});
    let version = project.client.published[&document].clone();
    project.client.published.remove(&document);
    project
        .client
        .notify("workspace/didChangeWatchedFiles", params);
    project.client.until("diagnostics", |client| {
        client.published.contains_key(&document)
    });
    assert_eq!(
        project.client.published[&document]["version"],
        version["version"]
    );
    let cli = crate::cli::findings(text, &project.folder.path().join("app/Dockerfile"));
    let shown = crate::cli::shown(&mut project.client, &document);
    assert_eq!(shown, cli, "{with:?}");
    assert_eq!(project.client.shutdown(), 0);
}

#[test]
fn documents_are_known_by_language_or_name() {
    let mut client = Client::new();
    for (uri, language, taken) in [
        ("untitled:Untitled-1", "dockerfile", true),
        ("untitled:Untitled-2", "containerfile", true),
        ("file:///x/Dockerfile.dev", "plaintext", true),
        ("file:///x/Containerfile", "plaintext", true),
        ("file:///x/main.rs", "rust", false),
        ("untitled:Untitled-3", "plaintext", false),
        ("vscode-notebook-cell:/x#1", "dockerfile", true),
        ("file:///x/compose.yaml", "dockerfile", true),
        ("git:/x/Dockerfile?ref=HEAD", "dockerfile", true),
    ] {
        client.open_as(uri, language, TEXT);
        let params = json!({"textDocument": {"uri": uri}});
        let answer = client.request("dfix/syntaxTree", params);
        assert_eq!(answer.is_ok(), taken, "{uri} {language}: {answer:?}");
        if taken {
            assert_eq!(client.codes(uri).len(), 3, "{uri}");
        }
    }
    assert_eq!(client.published.len(), 7);
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn diagnostics_on_saving_only() {
    let setup = Setup {
        options: json!({"diagnostics": "onSave"}),
        ..Setup::default()
    };
    let mut project = Project::new(setup, &[]);
    let uri = project.uri.clone();
    assert_eq!(project.codes().len(), 3);
    project.client.edit(&uri, 0..0, "# x\n");
    project.client.listen(Duration::from_millis(300));
    assert_eq!(project.client.published[&uri]["version"], 1);
    project.client.save(&uri);
    assert_eq!(project.codes().len(), 3);
    assert_eq!(project.client.shutdown(), 0);
}

/// A diagnostic says everything that the client can show, and nothing that it can't.
#[test]
fn what_a_diagnostic_says() {
    let text = "FROM debian:12 AS a\nFROM debian:12\nWORKDIR /x\nWORKDIR /x\nMAINTAINER me\n";
    let mut client = Client::new();
    let uri = "untitled:Dockerfile";
    client.open(uri, text);
    let diagnostics = client.diagnostics(uri);
    for diagnostic in &diagnostics {
        assert_eq!(diagnostic["source"], "dfix");
        assert!(diagnostic["code"].is_string() && diagnostic["message"].is_string());
        let href = diagnostic["codeDescription"]["href"].as_str().unwrap();
        let page = dfix_tests::lsp_client::path(href);
        let page = fs::read_to_string(&page).unwrap();
        assert!(page.contains(diagnostic["code"].as_str().unwrap()));
    }
    let tagged = |tag: u64| diagnostics.iter().any(|it| it["tags"] == json!([tag]));
    assert!(tagged(1) && tagged(2), "{diagnostics:?}");
    assert_eq!(client.shutdown(), 0);
    let setup = Setup::default().with("/textDocument/publishDiagnostics", json!({}));
    let mut client = Client::start(setup);
    client.open(uri, text);
    let plain = client.diagnostics(uri);
    assert_eq!(plain.len(), diagnostics.len());
    for diagnostic in plain {
        assert!(diagnostic["tags"].is_null() && diagnostic["relatedInformation"].is_null());
    }
    assert_eq!(client.shutdown(), 0);
}
