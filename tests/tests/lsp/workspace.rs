//! Diagnostics of files that nobody has opened.

use std::fs;
use std::path::Path;
use std::time::Duration;

use dfix_tests::lsp_client::{Client, Setup, code, uri};
use serde_json::{Value, json};
use tempfile::TempDir;

const OLD: &str = "FROM debian:12\nMAINTAINER me\n";

/// A workspace of two folders.
struct Workspace {
    one: TempDir,
    two: TempDir,
    client: Client,
}

impl Workspace {
    fn new() -> Self {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(one.path().join("sub")).unwrap();
        fs::write(one.path().join("Dockerfile"), OLD).unwrap();
        fs::write(one.path().join("sub/api.Dockerfile"), "FROM debian:12\n").unwrap();
        fs::write(one.path().join("ignored.Dockerfile"), OLD).unwrap();
        fs::write(one.path().join(".gitignore"), "ignored.*\n").unwrap();
        fs::write(one.path().join("README.md"), OLD).unwrap();
        fs::write(two.path().join("Containerfile"), OLD).unwrap();
        fs::write(two.path().join("excluded.Dockerfile"), OLD).unwrap();
        fs::write(two.path().join("dfix.toml"), "exclude = ['excluded.*']\n").unwrap();
        let client = Client::start(
            Setup {
                folders: vec![one.path().into(), two.path().into()],
                ..Setup::default()
            }
            .pulling(),
        );
        Self { one, two, client }
    }

    /// Pulls, knowing of earlier reports.
    fn ask(&mut self, known: &[Value], more: &Value) -> i64 {
        let previous: Vec<Value> = known
            .iter()
            .map(|report| json!({"uri": report["uri"], "value": report["resultId"]}))
            .collect();
        let mut params = json!({"previousResultIds": previous});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.client.ask("workspace/diagnostic", params)
    }

    fn pull(&mut self, known: &[Value]) -> Vec<Value> {
        let id = self.ask(known, &json!({}));
        let report = self.client.answer(id).unwrap();
        report["items"].as_array().unwrap().clone()
    }
}

/// Reports in short: the file, and the codes or `-` where nothing is new.
fn short(folder: &Path, reports: &[Value]) -> Vec<(String, String)> {
    let prefix = uri(folder) + "/";
    let mut short: Vec<(String, String)> = reports
        .iter()
        .filter_map(|report| {
            let name = report["uri"].as_str().unwrap().strip_prefix(&prefix)?;
            let said = match report["kind"].as_str().unwrap() {
                "unchanged" => "-".to_owned(),
                _ => {
                    let items = report["items"].as_array().unwrap();
                    items.iter().map(code).collect::<Vec<_>>().join(" ")
                }
            };
            Some((name.to_owned(), said))
        })
        .collect();
    short.sort();
    short
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, said)| ((*name).to_owned(), (*said).to_owned()))
        .collect()
}

#[test]
fn all_files_of_all_folders() {
    let mut workspace = Workspace::new();
    assert_eq!(
        workspace.client.server["diagnosticProvider"]["workspaceDiagnostics"],
        true
    );
    let reports = workspace.pull(&[]);
    let (one, two) = (workspace.one.path(), workspace.two.path());
    assert_eq!(reports.len(), 3);
    assert_eq!(
        short(one, &reports),
        pairs(&[
            ("Dockerfile", "maintainer-to-label"),
            ("sub/api.Dockerfile", "")
        ])
    );
    assert_eq!(
        short(two, &reports),
        pairs(&[("Containerfile", "maintainer-to-label")])
    );
    assert!(reports.iter().all(|report| report["version"].is_null()));
    assert_eq!(workspace.client.shutdown(), 0);
}

#[test]
fn open_documents_are_as_they_are_open() {
    let mut workspace = Workspace::new();
    let name = uri(&workspace.one.path().join("Dockerfile"));
    workspace.client.open(&name, "FROM debian:12\n");
    workspace.client.edit(&name, 0..0, "# x\n");
    let reports = workspace.pull(&[]);
    let own: Vec<&Value> = reports
        .iter()
        .filter(|it| it["uri"] == json!(name))
        .collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(
        (&own[0]["version"], &own[0]["items"]),
        (&json!(2), &json!([]))
    );
    assert_eq!(workspace.client.shutdown(), 0);
}

#[test]
fn what_is_known_is_not_said_again_and_nothing_new_is_awaited() {
    let mut workspace = Workspace::new();
    let known = workspace.pull(&[]);
    let held = workspace.ask(&known, &json!({}));
    workspace.client.listen(Duration::from_millis(300));
    assert!(!workspace.client.has_answer(held));
    // One file gets better, and one goes.
    let one = workspace.one.path().to_path_buf();
    fs::write(one.join("Dockerfile"), "FROM debian:12\n").unwrap();
    fs::remove_file(workspace.two.path().join("Containerfile")).unwrap();
    workspace.client.save(&uri(&one.join("Dockerfile")));
    let report = workspace.client.answer(held).unwrap();
    let reports = report["items"].as_array().unwrap();
    assert_eq!(
        short(&one, reports),
        pairs(&[("Dockerfile", ""), ("sub/api.Dockerfile", "-")])
    );
    assert_eq!(
        short(workspace.two.path(), reports),
        pairs(&[("Containerfile", "")])
    );
    assert_eq!(workspace.client.shutdown(), 0);
}

#[test]
fn a_request_that_is_held_back_can_be_cancelled() {
    let mut workspace = Workspace::new();
    let known = workspace.pull(&[]);
    let held = workspace.ask(&known, &json!({}));
    workspace
        .client
        .notify("$/cancelRequest", json!({"id": held}));
    assert_eq!(workspace.client.answer(held).unwrap_err()["code"], -32800);
    // One more is held back at the end of the session.
    workspace.ask(&known, &json!({}));
    assert_eq!(workspace.client.shutdown(), 0);
}

#[test]
fn parts_and_progress() {
    let mut workspace = Workspace::new();
    let many = 300;
    for number in 0..many {
        let folder = workspace.one.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        let text = format!(
            "FROM debian:12\n{}",
            "RUN apt-get update && apt-get install -y curl\n".repeat(5)
        );
        fs::write(folder.join("Dockerfile"), text).unwrap();
    }
    let id = workspace.ask(
        &[],
        &json!({"partialResultToken": "part", "workDoneToken": 7}),
    );
    let answer = workspace.client.answer(id).unwrap();
    // Who takes parts gets everything in parts.
    assert_eq!(answer["items"], json!([]));
    let values = |token: Value| -> Vec<&Value> {
        let notes = workspace.client.notes.iter();
        let progress =
            notes.filter(|note| note["method"] == "$/progress" && note["params"]["token"] == token);
        progress.map(|note| &note["params"]["value"]).collect()
    };
    let parts = values(json!("part"));
    let count: usize = parts
        .iter()
        .map(|part| part["items"].as_array().unwrap().len())
        .sum();
    assert_eq!(count, many + 3);
    let kinds: Vec<&Value> = values(json!(7))
        .iter()
        .map(|value| &value["kind"])
        .collect();
    assert_eq!(kinds.first(), Some(&&json!("begin")));
    assert_eq!(kinds.last(), Some(&&json!("end")));
    assert_eq!(workspace.client.shutdown(), 0);
}

#[test]
fn typing_goes_on_while_the_workspace_is_checked() {
    let mut workspace = Workspace::new();
    for number in 0..300 {
        let text = format!(
            "FROM debian:12\n{}",
            "RUN apt-get update && apt-get install -y curl\n".repeat(20)
        );
        fs::write(
            workspace.one.path().join(format!("{number}.Dockerfile")),
            text,
        )
        .unwrap();
    }
    let long = workspace.ask(&[], &json!({}));
    let name = "untitled:Dockerfile";
    workspace.client.open(name, OLD);
    let params = json!({"textDocument": {"uri": name}});
    workspace
        .client
        .request("textDocument/diagnostic", params)
        .unwrap();
    assert!(
        !workspace.client.has_answer(long),
        "the answer for one file had to wait for all"
    );
    workspace
        .client
        .notify("$/cancelRequest", json!({"id": long}));
    assert_eq!(workspace.client.answer(long).unwrap_err()["code"], -32800);
    assert_eq!(workspace.client.shutdown(), 0);
}

#[test]
fn folders_come_and_go() {
    let mut workspace = Workspace::new();
    let (one, two) = (
        workspace.one.path().to_path_buf(),
        workspace.two.path().to_path_buf(),
    );
    let known = workspace.pull(&[]);
    let event = json!({"removed": [{"uri": uri(&two), "name": "two"}], "added": []});
    let changed = json!({ "event": event });
    workspace
        .client
        .notify("workspace/didChangeWorkspaceFolders", changed);
    let reports = workspace.pull(&known);
    assert_eq!(short(&two, &reports), pairs(&[("Containerfile", "")]));
    assert_eq!(short(&one, &reports).len(), 2);
    assert_eq!(workspace.client.shutdown(), 0);
}
