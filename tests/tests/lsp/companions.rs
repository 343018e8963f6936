//! Fixes that change another file than the document.

use std::fs;
use std::path::Path;

use dfix_tests::lsp_client::{Client, Setup, uri};
use serde_json::{Value, json};

const BEFORE: &str = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n";
const AFTER: &str =
    "FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n";

/// The unsafe fixes that are offered for the install.
fn offered(client: &mut Client, folder: &Path) -> Vec<Value> {
    fs::write(folder.join("package.json"), "{}").unwrap();
    fs::write(folder.join("package-lock.json"), "{}").unwrap();
    let uri = uri(&folder.join("Dockerfile"));
    client.open(&uri, BEFORE);
    let at = BEFORE.find("npm").unwrap();
    let mut actions = client.actions(&uri, at..at, &["quickfix"]);
    actions.retain(|action| {
        let title = action["title"].as_str().unwrap_or_default();
        title.starts_with("Copy the manifests")
    });
    actions
}

fn ignore_file(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(".dockerignore")).ok()
}

#[test]
fn files_are_made_and_extended() {
    for (before, after) in [
        (None, "node_modules\n"),
        (Some(".git\n"), ".git\nnode_modules\n"),
        (Some("# é😀\r\n.git"), "# é😀\r\n.git\r\nnode_modules\r\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        if let Some(before) = before {
            fs::write(folder.join(".dockerignore"), before).unwrap();
        }
        let mut client = Client::new();
        let actions = offered(&mut client, folder);
        assert_eq!(actions.len(), 1, "{actions:#?}");
        let title = actions[0]["title"].as_str().unwrap();
        assert!(title.contains("add `node_modules` to .dockerignore"));
        let edit = client.resolve(&actions[0]).unwrap();
        client.apply(&edit).unwrap();
        let document = uri(&folder.join("Dockerfile"));
        assert_eq!(client.text(&document), AFTER);
        assert_eq!(ignore_file(folder).as_deref(), Some(after));
        // Both are asked about together.
        let annotations = edit["changeAnnotations"].as_object().unwrap();
        assert_eq!(annotations.len(), 1, "{edit:#}");
        assert_eq!(client.shutdown(), 0);
    }
}

#[test]
fn a_client_that_makes_no_files_gets_no_half_of_a_fix() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let limited = |name, value| Setup::default().with(name, value);
    let creates = "/workspace/workspaceEdit/resourceOperations";
    for (setup, before, offers) in [
        (limited(creates, json!(["rename"])), None, 0),
        (limited(creates, json!(["rename"])), Some(".git\n"), 1),
        (
            limited("/workspace/workspaceEdit", json!({})),
            Some(".git\n"),
            0,
        ),
        (
            limited("/workspace/workspaceEdit", json!({})),
            Some("node_modules\n"),
            1,
        ),
    ] {
        match before {
            Some(before) => fs::write(folder.join(".dockerignore"), before).unwrap(),
            None => assert_eq!(ignore_file(folder), None),
        }
        let mut client = Client::start(setup);
        let actions = offered(&mut client, folder);
        assert_eq!(actions.len(), offers, "{before:?} {actions:#?}");
        assert_eq!(client.shutdown(), 0);
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut client = Client::new();
    let actions = offered(&mut client, folder);
    fs::write(folder.join(".dockerignore"), "mine\n").unwrap();
    assert!(client.resolve(&actions[0]).is_err());
    assert_eq!(ignore_file(folder).as_deref(), Some("mine\n"));
    assert_eq!(client.shutdown(), 0);
}
