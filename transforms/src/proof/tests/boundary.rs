//! The boundary between the proof and the rules: what they share are facts about Dockerfiles and the world, and no
//! judgement whether a rewrite is right.

use std::fs;
use std::path::{Path, PathBuf};

/// What the proof may use of the crate beside itself.
const FACTS: &[&str] = &[
    "commands",
    "effects",
    "facts",
    "images",
    "model",
    "settings",
    "proof",
    "Builder",
    "ContextEntry",
    "ContextKind",
    "Facts",
    "Settings",
];

#[test]
fn the_proof_uses_nothing_but_facts() {
    for (path, text) in sources("proof") {
        for name in crate_items(&text) {
            assert!(
                FACTS.contains(&name.as_str()),
                "{} uses `crate::{name}`",
                path.display()
            );
        }
    }
}

#[test]
fn the_rules_use_nothing_of_the_proof_but_laws() {
    for (path, text) in sources("rules") {
        let uses = text
            .match_indices("crate::proof")
            .map(|(at, found)| &text[at + found.len()..]);
        for rest in uses {
            assert!(
                rest.starts_with("::Law"),
                "{} uses the proof",
                path.display()
            );
        }
        let items = crate_items(&text);
        let whole = text.matches("crate::proof").count()
            == items.iter().filter(|name| *name == "proof").count();
        assert!(
            whole,
            "{} uses the proof in a list of items",
            path.display()
        );
    }
}

#[test]
fn the_items_of_a_list() {
    let text = "use crate::{A, b::{C, d}, e::f};\nuse crate::g::h;\nfn x() { $crate::i::j() }";
    assert_eq!(crate_items(text), ["A", "b", "e", "g", "i"]);
}

/// The first names of all paths from the root of the crate.
fn crate_items(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    for (at, found) in text.match_indices("crate::") {
        let rest = &text[at + found.len()..];
        match rest.strip_prefix('{') {
            None => items.push(first_name(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut begins = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        c if begins && !c.is_whitespace() => {
                            items.push(first_name(&list[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    items
}

fn first_name(path: &str) -> String {
    path.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The source files below a folder of this crate, without those of tests.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(folder),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of this crate") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 10, "{folder} has moved");
    found
}
