//! The property behind the language server: what an editor makes of all safe fixes is what `dfix --write` makes of them,
//! byte for byte.
//!
//! An unoptimised build takes every tenth file; `DFIX_ALL=1` takes them all.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dfix_tests::lsp_client::{Client, Setup, uri};
use dfix_tests::lsp_text::Encoding;
use dfix_tests::{binary, corpus, in_parallel};

/// Files of our own with what real ones seldom have.
const ODD: [&str; 10] = [
    "",
    "\u{feff}FROM debian:12\nMAINTAINER é\n",
    "FROM debian:12\rMAINTAINER me\r",
    "FROM debian:12\r\nRUN apt-get update && apt-get install -y 'x😀'\r\nMAINTAINER 😀\r\n",
    "FROM debian:12\nMAINTAINER me",
    "FROM debian:12\n# a\rb\nMAINTAINER me\r\r\n\nRUN cd /srv/x && make\n",
    "FROM debian:12\nRUN echo 😀é \\\r\n  # 日本\r\n  && apt-get update && apt-get install -y curl\nMAINTAINER 😀\r\n",
    "FROM {{ base }}\nMAINTAINER me\n",
    "FROM\nMAINTAINER me\n",
    "# escape=`\nFROM debian:12\nRUN apt-get update && `\n    apt-get install -y curl\nWORKDIR x\nMAINTAINER me\n\n\n",
];

#[test]
fn fixing_all_in_the_editor_is_writing_on_the_command_line() {
    let files = corpus().unwrap_or_default();
    let all = !cfg!(debug_assertions) || std::env::var_os("DFIX_ALL").is_some();
    let step = if all { 1 } else { 10 };
    let taken = files.into_iter().step_by(step);
    // What is no UTF-8 can't be in a message either.
    let mut texts: Vec<(String, String)> = taken
        .filter_map(|file| Some((file.name, String::from_utf8(file.bytes).ok()?)))
        .collect();
    texts.extend(
        ODD.iter()
            .enumerate()
            .map(|(number, text)| (format!("odd{number}.Dockerfile"), (*text).to_owned())),
    );
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, text) in &texts {
        fs::write(folder.join(name), text).unwrap();
    }
    // Both look into the same build context, before anything in it changes.
    let sessions: Vec<(Encoding, &[(String, String)])> = Encoding::ALL
        .into_iter()
        .zip(texts.chunks(texts.len().div_ceil(Encoding::ALL.len())))
        .collect();
    let from_editor = in_parallel(&sessions, |(encoding, texts)| {
        edited(folder, texts, *encoding)
    });
    let from_editor = from_editor.into_iter().flatten();
    write(folder);
    let mut changed = 0;
    let mut differ = Vec::new();
    for ((name, before), after) in texts.iter().zip(from_editor) {
        let written = fs::read_to_string(folder.join(name)).unwrap();
        changed += usize::from(written != *before);
        if written != after {
            differ.push(name);
        }
    }
    assert!(changed > texts.len() / 4, "{changed} of {}", texts.len());
    assert!(
        differ.is_empty(),
        "{} of {}: {differ:?}",
        differ.len(),
        texts.len()
    );
}

/// Each text after the action that fixes all, in one session.
fn edited(folder: &Path, texts: &[(String, String)], encoding: Encoding) -> Vec<String> {
    let mut client = Client::start(Setup {
        encodings: vec![encoding],
        ..Setup::default()
    });
    let mut after = Vec::new();
    for (name, text) in texts {
        let uri = uri(&folder.join(name));
        client.open(&uri, text);
        let actions = client.actions(&uri, 0..0, &["source.fixAll.dfix"]);
        assert_eq!(actions.len(), 1, "{name}");
        let edit = client.resolve(&actions[0]).unwrap();
        client
            .apply(&edit)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        after.push(client.text(&uri).to_owned());
        client.close(&uri);
    }
    assert_eq!(client.shutdown(), 0);
    after
}

fn write(folder: &Path) {
    let status = Command::new(binary())
        .args(["--write", "--format", "concise"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0..=2)), "{status}");
}
