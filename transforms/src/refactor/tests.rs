//! The pages of the refactorings are tests, and what holds for all of them.

use std::collections::BTreeSet;

use dfix_syntax::{TextRange, TextSize};

use super::testing::{analysis, check, check_unsafe, unmark};
use super::{ALL, Kind, build, docs, offers, refactorings};
use crate::{Applicability, Facts, Settings};

#[test]
fn ids_are_unique() {
    let ids: BTreeSet<&str> = ALL.iter().map(|kind| kind.id).collect();
    assert_eq!(ids.len(), ALL.len());
}

#[test]
fn every_page_has_an_example_that_holds() {
    for kind in ALL {
        let blocks = blocks(kind);
        assert!(!blocks.is_empty(), "{} has no example", kind.id);
        for pair in blocks.chunks(2) {
            let [(info, before), (_, after)] = pair else {
                panic!("an example of {} has no second block", kind.id)
            };
            match info.as_str() {
                "" => check(kind, before, after),
                ",unsafe" => check_unsafe(kind, before, after, ""),
                other => panic!("{other} on an example of {}", kind.id),
            }
        }
    }
}

/// The blocks of a page: what stands behind the word `dockerfile`, and the text.
fn blocks(kind: &Kind) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut parts = kind.page.split("```");
    parts.next();
    while let (Some(block), _) = (parts.next(), parts.next()) {
        let (info, text) = block.split_once('\n').expect("a block has lines");
        let info = info.strip_prefix("dockerfile").expect("a Dockerfile");
        blocks.push((info.to_owned(), text.to_owned()));
    }
    blocks
}

/// `UPDATE_DOCS=1 cargo test -p dfix-transforms docs` writes the file anew.
#[test]
fn docs_are_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/refactorings.md");
    let text = docs::file();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &text).expect("docs/refactorings.md can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        found, text,
        "docs/refactorings.md is out of step: set UPDATE_DOCS=1"
    );
}

/// What is offered anywhere in the examples can be made, is the only thing that is made, and what is called safe is
/// proven. A file with an error, or for another frontend, is left alone.
#[test]
fn offers_can_be_made_at_every_place() {
    let (settings, facts) = (Settings::default(), Facts::default());
    let mut made_count = 0;
    for kind in ALL {
        for (_, text) in blocks(kind) {
            let text = match text.contains("$0") {
                true => unmark(&text).0,
                false => text,
            };
            let file = analysis(&text, &settings);
            for at in 0..=text.len() {
                let range = TextRange::empty(TextSize::try_from(at).expect("small"));
                let made = refactorings(&file, &settings, &facts, range);
                let offered: Vec<_> = offers(&file, &settings, &facts, range)
                    .into_iter()
                    .map(|offer| (offer.id, offer.title))
                    .collect();
                let listed: Vec<_> = made
                    .iter()
                    .map(|made| (made.id, made.title.clone()))
                    .collect();
                assert_eq!(offered, listed, "at {at} in {text}");
                for made in made {
                    let safe = made.fix.applicability == Applicability::Safe;
                    assert_eq!(safe, made.refused.is_none(), "{made:#?}");
                    made_count += 1;
                }
            }
            let broken = analysis(&format!("{text}RUN [\n\nCOPY\n"), &settings);
            let foreign = analysis(&format!("# syntax=example.org/a\n{text}"), &settings);
            for file in [broken, foreign] {
                let range = TextRange::empty(TextSize::from(40));
                assert_eq!(offers(&file, &settings, &facts, range), []);
            }
        }
    }
    assert!(made_count > 100, "{made_count}");
}

#[test]
fn positions_outside_are_no_place() {
    let settings = Settings::default();
    let file = analysis("FROM debian:12\nRUN a\nRUN b\n", &settings);
    for at in [25_u32, 27, 28, 1000, u32::MAX - 1, u32::MAX] {
        let range = TextRange::empty(at.into());
        let found = refactorings(&file, &settings, &Facts::default(), range);
        assert!(found.is_empty() || at < 27, "{at}");
    }
    let everything = TextRange::new(0.into(), u32::MAX.into());
    assert!(build(&file, &settings, &Facts::default(), "nothing", everything).is_none());
}
