//! Much is typed, fast and at random, taken back and typed again: what the server knows has to be the client's text.

use std::ops::Range;

use dfix_tests::lsp_client::{Client, Setup, uri};
use dfix_tests::lsp_text::Encoding;
use dfix_tests::random::{Random, is_place};
use serde_json::json;

use crate::cli;

/// What a file of 500 lines is made of.
const LINES: [&str; 20] = [
    "FROM debian:12 AS stage@",
    "RUN apt-get update && apt-get install -y curl",
    "RUN cd /srv/@ && make \\",
    "# a comment with é, 日本語 and 😀",
    "    && make install",
    "ENV NAME@=valüe@ OTHER='ein 😀 text'",
    "COPY --from=stage@ /a /b",
    "RUN echo \"${NAME@:-x}\" | sudo tee /etc/😀.conf",
    "",
    "MAINTAINER someone@",
    "WORKDIR relative/@",
    "RUN <<EOF",
    "apk add git",
    "echo 'é' > /x",
    "EOF",
    "CMD [\"sh\", \"-c\", \"exec 😀\"]",
    "LABEL a=b c@=\"d e\"",
    "RUN pip install flask==@",
    "ONBUILD ADD . /app",
    "ENTRYPOINT run@ --flag",
];

/// What is typed, one character at a time or at once.
const WORDS: [&str; 16] = [
    "RUN ",
    " && ",
    "\\",
    "\r\n",
    "\n",
    "é",
    "😀",
    "\"",
    "'",
    "<<EOF",
    "apt-get install -y x",
    "$",
    "{",
    "}",
    "#",
    "\r",
];

fn file(eol: &str) -> String {
    let mut text = String::new();
    for number in 0..500 {
        let line = LINES[(number * 7 + number / 20) % LINES.len()];
        text.push_str(&line.replace('@', &(number % 13).to_string()));
        text.push_str(eol);
    }
    text
}

/// A person who types.
struct Typist {
    client: Client,
    uri: String,
    random: Random,
    /// The way back: what to replace with what, the last one first taken.
    done: Vec<(Range<usize>, String)>,
}

impl Typist {
    fn edit(&mut self, range: Range<usize>, insert: &str) {
        let before = self.client.text(&self.uri)[range.clone()].to_owned();
        self.done
            .push((range.start..range.start + insert.len(), before));
        self.client.edit(&self.uri, range, insert);
    }

    fn act(&mut self) {
        let text = self.client.text(&self.uri).to_owned();
        let word = self.random.pick(&WORDS).unwrap();
        match self.random.below(10) {
            0..4 => {
                let mut at = self.random.place(&text);
                for character in word.chars() {
                    if !is_place(self.client.text(&self.uri), at) {
                        break;
                    }
                    self.edit(at..at, character.encode_utf8(&mut [0; 4]));
                    at += character.len_utf8();
                }
            }
            4..6 => {
                let range = self.random.range(&text, 30);
                self.edit(range, "");
            }
            6 => {
                let range = self.random.range(&text, 300);
                self.edit(range, word);
            }
            7 => {
                // Several cursors.
                let mut edits = Vec::new();
                let mut from = 0;
                while edits.len() < 5 && from < text.len() {
                    let range = self.random.range(&text, 3);
                    if range.start >= from {
                        from = range.end + 1;
                        edits.push((range, (*word).to_owned()));
                    }
                    from += text.len() / 10;
                }
                self.client.edit_all(&self.uri, &edits);
                self.done.clear();
            }
            _ => {
                for _ in 0..self.random.below(20) {
                    let Some((range, text)) = self.done.pop() else {
                        break;
                    };
                    // An editor takes back in a way that no place is inside a line end either.
                    let after = self.client.text(&self.uri);
                    if !is_place(after, range.start) || !is_place(after, range.end) {
                        self.done.clear();
                        break;
                    }
                    self.client.edit(&self.uri, range, &text);
                }
            }
        }
    }

    /// Asks something whose answer nobody awaits yet.
    fn ask(&mut self) -> i64 {
        let text = self.client.text(&self.uri).to_owned();
        let at = self.random.place(&text);
        let document = json!({"uri": self.uri});
        match self.random.below(3) {
            0 => {
                let range = self.client.range(&self.uri, at..at);
                let params = json!({"textDocument": document, "range": range, "context": {"diagnostics": []}});
                self.client.ask("textDocument/codeAction", params)
            }
            1 => self.client.ask("dfix/proof", self.client.at(&self.uri, at)),
            _ => self
                .client
                .ask("dfix/syntaxTree", json!({"textDocument": document})),
        }
    }
}

fn check(encoding: Encoding, eol: &str, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Dockerfile");
    let uri = uri(&path);
    let client = Client::start(Setup {
        encodings: vec![encoding],
        ..Setup::default()
    });
    assert_eq!(client.encoding, encoding);
    let mut typist = Typist {
        client,
        uri: uri.clone(),
        random: Random::new(seed),
        done: Vec::new(),
    };
    typist.client.open(&uri, &file(eol));
    let mut asked = Vec::new();
    let edits = |typist: &Typist| typist.client.documents[&uri].version;
    for goal in [300, 700, 1000] {
        while edits(&typist) < goal {
            typist.act();
            if typist.random.once_in(20) {
                asked.push(typist.ask());
            }
        }
        let text = typist.client.text(&uri).to_owned();
        let params = json!({"textDocument": {"uri": uri}});
        let tree = typist.client.request("dfix/syntaxTree", params).unwrap();
        let tree = tree.as_str().unwrap();
        let expected = cli::tree(&text);
        let difference = tree.lines().zip(expected.lines()).find(|(a, b)| a != b);
        assert_eq!(difference, None, "{encoding:?} {eol:?} {seed}");
        assert_eq!(tree.len(), expected.len(), "{encoding:?} {eol:?} {seed}");
        let shown = cli::shown(&mut typist.client, &uri);
        assert!(!shown.is_empty());
        assert_eq!(
            shown,
            cli::findings(&text, &path),
            "{encoding:?} {eol:?} {seed}"
        );
    }
    assert!(!asked.is_empty());
    for id in asked {
        let answer = typist.client.answer(id);
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(typist.client.shutdown(), 0);
}

#[test]
fn a_thousand_edits_in_utf8() {
    check(Encoding::Utf8, "\n", 1);
}

#[test]
fn a_thousand_edits_in_utf16() {
    check(Encoding::Utf16, "\r\n", 2);
    check(Encoding::Utf16, "\n", 3);
}

#[test]
fn a_thousand_edits_in_utf32() {
    check(Encoding::Utf32, "\r\n", 4);
}

/// More of the same, for a night: `DFIX_TYPING=seeds`.
#[test]
fn as_many_edits_as_are_asked_for() {
    let seeds = std::env::var("DFIX_TYPING")
        .ok()
        .and_then(|it| it.parse().ok());
    for seed in 0..seeds.unwrap_or(0) {
        let encoding = Encoding::ALL[usize::try_from(seed % 3).unwrap()];
        check(
            encoding,
            ["\n", "\r\n"][usize::from(seed % 2 == 0)],
            100 + seed,
        );
    }
}

/// An action is for the text that it was offered for.
#[test]
fn an_action_of_an_older_text_is_refused() {
    let mut client = Client::new();
    let uri = "untitled:Dockerfile";
    client.open(uri, "FROM debian:12\nMAINTAINER me\n");
    let actions = client.actions(uri, 16..16, &["quickfix"]);
    let fix = actions.iter().find(|action| action["isPreferred"] == true);
    let fix = fix.unwrap().clone();
    let edit = client.resolve(&fix).unwrap();
    client.edit(uri, 0..0, "# new\n");
    // The server refuses to make the edit, and the client to apply the one that it has.
    assert_eq!(client.resolve(&fix).unwrap_err()["code"], -32801);
    assert!(client.apply(&edit).is_err());
    client.close(uri);
    assert_eq!(client.resolve(&fix).unwrap_err()["code"], -32801);
    assert_eq!(client.shutdown(), 0);
}
