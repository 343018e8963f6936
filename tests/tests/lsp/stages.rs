//! The split of a file into stages as an editor gets it, and the hints that show how often copied files change.

use std::path::Path;
use std::process::Command;

use dfix_tests::lsp_client::{Client, Setup, uri};
use serde_json::{Value, json};

const KIND: &str = "refactor.rewrite.split-stages";

const BEFORE: &str = "\
# é😀
FROM golang:1.22
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /bin/service ./cmd/service
USER nobody
CMD [\"/bin/service\"]
";

const AFTER: &str = "\
# é😀
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /bin/service ./cmd/service

FROM debian:bookworm-slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /bin/service /bin/service
WORKDIR /src
USER nobody
CMD [\"/bin/service\"]
";

/// A project whose program lies where the file says.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("cmd/service");
    std::fs::create_dir_all(&program).unwrap();
    std::fs::write(program.join("main.go"), "package main\n").unwrap();
    std::fs::write(
        folder.path().join("go.mod"),
        "module example.org/service\n\ngo 1.22\n",
    )
    .unwrap();
    folder
}

/// The actions of the split that are offered at a text.
fn offered(client: &mut Client, uri: &str, at: &str) -> Vec<Value> {
    let at = client.text(uri).find(at).unwrap();
    client.actions(uri, at..at, &[KIND])
}

#[test]
fn the_split_is_an_action_that_asks_first() {
    let folder = project();
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut client = Client::new();
    client.open(&uri, BEFORE);
    let actions = offered(&mut client, &uri, "FROM");
    assert_eq!(actions.len(), 1, "{actions:#?}");
    assert_eq!(actions[0]["kind"], KIND);
    assert!(actions[0]["edit"].is_null(), "made before it is asked for");
    let edit = client.resolve(&actions[0]).unwrap();
    let annotations = edit["changeAnnotations"].as_object().unwrap();
    assert_eq!(annotations.len(), 1, "{edit:#}");
    for annotation in annotations.values() {
        assert_eq!(annotation["needsConfirmation"], true, "{edit:#}");
    }
    client.apply(&edit).unwrap();
    assert_eq!(client.text(&uri), AFTER);
    assert_eq!(offered(&mut client, &uri, "FROM").len(), 0);
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn the_split_is_offered_where_it_can_be_made() {
    let folder = project();
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut client = Client::new();
    client.open(&uri, BEFORE);
    for (at, offers) in [("FROM", 1), ("golang", 1), ("# é", 0), ("RUN", 0)] {
        assert_eq!(offered(&mut client, &uri, at).len(), offers, "{at}");
    }
    // Other kinds have other actions.
    let at = BEFORE.find("FROM").unwrap();
    for only in [
        "refactor.rewrite.split",
        "refactor.rewrite.move-up",
        "quickfix",
    ] {
        let others = client.actions(&uri, at..at, &[only]);
        assert!(
            others.iter().all(|action| action["kind"] != KIND),
            "{only}: {others:#?}"
        );
    }
    let all = client.actions(&uri, at..at, &["refactor"]);
    assert!(all.iter().any(|action| action["kind"] == KIND), "{all:#?}");
    // A line that may write anywhere stands in the way.
    client.replace(&uri, &BEFORE.replace("USER", "RUN ./setup.sh\nUSER"));
    assert_eq!(offered(&mut client, &uri, "FROM").len(), 0);
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn a_split_of_another_text_is_refused() {
    let folder = project();
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut client = Client::new();
    client.open(&uri, BEFORE);
    let actions = offered(&mut client, &uri, "FROM");
    client.edit(&uri, 0..0, "# new\n");
    assert!(client.resolve(&actions[0]).is_err());
    assert_eq!(client.shutdown(), 0);
}

/// Runs git in a folder, without what a person has configured.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdout(std::process::Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn commit(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    assert!(git(folder, &["add", "."]));
    assert!(git(folder, &["commit", "--quiet", "--message", "x"]));
}

/// The labels of a document's hints, and where they stand.
fn hints(client: &mut Client, uri: &str) -> Vec<(usize, String)> {
    let range = client.range(uri, 0..client.text(uri).len());
    let asked = json!({"textDocument": {"uri": uri}, "range": range});
    let hints = client.request("textDocument/inlayHint", asked).unwrap();
    let hint = |hint: &Value| {
        let place = json!({"start": hint["position"], "end": hint["position"]});
        let label = hint["label"].as_str().unwrap().trim().to_owned();
        (client.bytes(uri, &place).start, label)
    };
    hints.as_array().into_iter().flatten().map(hint).collect()
}

#[test]
fn hints_say_how_often_copied_files_change() {
    let folder = tempfile::tempdir().unwrap();
    // Elsewhere the history is tested without git; here there is nothing to show then.
    if !git(folder.path(), &["init", "--quiet"]) {
        return;
    }
    let text = "FROM debian:12-slim\nCOPY lock ./\nCOPY é😀.txt source ./\n";
    commit(
        folder.path(),
        &[("Dockerfile", text), ("lock", "1"), ("source", "1")],
    );
    for version in ["2", "3", "4"] {
        commit(folder.path(), &[("source", version)]);
    }
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut client = Client::start(Setup {
        folders: vec![folder.path().to_path_buf()],
        ..Setup::default()
    });
    client.open(&uri, text);
    // The history is read in the background, and the editor is told to ask again.
    hints(&mut client, &uri);
    client.until("the hints are refreshed", |client| {
        let refresh = |asked: &Value| asked["method"] == "workspace/inlayHint/refresh";
        client.asked.iter().any(refresh)
    });
    let expected = [
        ("lock", "changed in 25 % of 4 commits"),
        ("é😀.txt", "changed in 0 % of 4 commits"),
        ("source", "changed in 100 % of 4 commits"),
    ];
    let shown: Vec<_> = hints(&mut client, &uri)
        .into_iter()
        .filter(|(_, label)| label.contains("commits"))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(source, label)| (text.find(source).unwrap() + source.len(), label.to_string()))
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(client.shutdown(), 0);
}
