//! Properties that hold for every input: the tree holds the source, and nothing panics.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

use std::path::PathBuf;

use dfix_syntax::{SourceText, parse};

/// Every kind of line at least once, in both line end styles.
const SAMPLE: &str = include_str!("data/sample.Dockerfile");

fn check(text: &str) {
    let Ok(source) = SourceText::new(text.as_bytes()) else {
        return;
    };
    let tree = parse(&source).root();
    assert!(tree.text() == text, "{text:?}");
}

/// Checks every prefix, and every text with one line or one byte taken out.
fn check_variants(text: &str) {
    for (at, ch) in text.char_indices() {
        check(text.get(..at).unwrap());
        let mut without = text.to_owned();
        without.replace_range(at..at + ch.len_utf8(), "");
        check(&without);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for skipped in 0..lines.len() {
        let without: String = lines
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != skipped)
            .map(|(_, line)| *line)
            .collect();
        check(&without);
    }
}

#[test]
fn sample_is_accepted() {
    let source = SourceText::new(SAMPLE.as_bytes()).unwrap();
    assert_eq!(parse(&source).errors(), []);
}

#[test]
fn sample_and_its_variants_are_lossless() {
    check_variants(SAMPLE);
    check_variants(&SAMPLE.replace('\n', "\r\n"));
    check_variants(
        &SAMPLE
            .replace('\\', "`")
            .replacen("# syntax", "# escape=`\n# syntax", 1),
    );
}

#[test]
fn hostile_inputs_are_lossless_and_fast() {
    let many = |part: &str| part.repeat(200_000);
    for text in [
        many("\\\n"),
        many("ONBUILD "),
        format!("RUN [{}", many("[")),
        format!("COPY {} <<E", many("${a:-")),
        format!("ENV a={}", many("${a:-")),
        format!("ENV a={}", many("'\"")),
        format!("RUN {}", many("<<E ")),
        format!("FROM a\nCOPY {} /x", many("--x ")),
        many("RUN <<E\n"),
        many("\u{a0}\r"),
        "\u{feff}".repeat(9),
        format!("RUN --a={}", many("\u{e0}")),
    ] {
        check(&text);
    }
}

/// The corpus in `DFIX_CORPUS`, if there is one: whole files, and some prefixes of each.
#[test]
fn corpus_is_lossless() {
    let Some(folder) = std::env::var_os("DFIX_CORPUS").map(PathBuf::from) else {
        eprintln!("DFIX_CORPUS is not set: the corpus is not checked");
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else {
            continue;
        };
        check(&text);
        for part in 1..4 {
            let mut at = text.len() * part / 4;
            while !text.is_char_boundary(at) {
                at += 1;
            }
            check(text.get(..at).unwrap());
        }
    }
}
