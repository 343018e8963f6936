//! What the command line says of the same text: the editor has to say the same.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use dfix_tests::binary;
use dfix_tests::lsp_client::{Client, code};
use serde_json::Value;

/// A finding as both tell it: rule, message, first byte, byte after the last.
pub(crate) type Told = (String, String, usize, usize);

/// Runs the binary with a text as standard input.
pub(crate) fn run(arguments: &[&str], text: &str) -> String {
    let mut child = Command::new(binary())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A thread of its own, since the program may write before it has read everything.
    let mut stdin = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(text.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The findings of `dfix --format json` about a text that stands for a file.
pub(crate) fn findings(text: &str, path: &Path) -> Vec<Told> {
    let path = path.to_str().unwrap();
    let printed = run(&["--format", "json", "--stdin-filename", path, "-"], text);
    let report: Value = serde_json::from_str(&printed).unwrap();
    let file = &report["files"][0];
    assert!(file.get("error").is_none(), "{file}");
    let mut told: Vec<Told> = file["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let message = finding["message"].as_str().unwrap();
            let message = match finding["help"].as_str() {
                Some(help) => format!("{message}\nhelp: {help}"),
                None => message.to_owned(),
            };
            let offset =
                |place: &Value| usize::try_from(place["offset"].as_u64().unwrap()).unwrap();
            let rule = finding["rule"].as_str().unwrap().to_owned();
            (
                rule,
                message,
                offset(&finding["start"]),
                offset(&finding["end"]),
            )
        })
        .collect();
    told.sort();
    told
}

/// What the editor shows for a document as it is now.
pub(crate) fn shown(client: &mut Client, uri: &str) -> Vec<Told> {
    let mut told: Vec<Told> = client
        .diagnostics(uri)
        .iter()
        .map(|diagnostic| {
            let bytes = client.bytes(uri, &diagnostic["range"]);
            let message = diagnostic["message"].as_str().unwrap().to_owned();
            (code(diagnostic), message, bytes.start, bytes.end)
        })
        .collect();
    told.sort();
    told
}

/// The syntax tree with all texts, as the command line prints it.
pub(crate) fn tree(text: &str) -> String {
    let printed = run(&["parse", "--format", "tree", "-"], text);
    // The file's name stands before it, the errors behind it.
    let lines = printed.split_inclusive('\n').skip(1);
    lines.filter(|line| !line.starts_with("error ")).collect()
}
