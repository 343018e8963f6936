//! The tables against what the parser and the model know.

use std::collections::BTreeSet;

use dfix_syntax::{SourceText, SyntaxKind, known_flags};
use dfix_transforms::model::{Analysis, InstructionKind};
use dfix_transforms::{Settings, images};

use super::*;

/// The parser's kind of an instruction, by parsing its keyword.
fn syntax_kind(keyword: &str) -> SyntaxKind {
    let source = SourceText::new(format!("{keyword} x\n").as_bytes()).unwrap();
    let root = dfix_syntax::parse(&source).root();
    root.children().next().unwrap().kind()
}

#[test]
fn every_instruction_has_a_page() {
    use InstructionKind::*;
    let kinds = [
        From,
        Run,
        Cmd,
        Label,
        Maintainer,
        Expose,
        Env,
        Add,
        Copy,
        Entrypoint,
        Volume,
        User,
        Workdir,
        Arg,
        Onbuild,
        Stopsignal,
        Healthcheck,
        Shell,
    ];
    // `Unknown` is the last one: none is missing above.
    assert_eq!(Unknown as usize, kinds.len());
    assert_eq!(ALL.len(), kinds.len());
    for kind in kinds {
        let entry = instruction(kind).unwrap_or_else(|| panic!("{kind:?}"));
        let source = format!("FROM x\n{}", entry.keyword);
        let analysis = Analysis::new(
            SourceText::new(source.as_bytes()).unwrap(),
            &Settings::default(),
        );
        assert_eq!(analysis.instructions.last().unwrap().kind, kind);
        assert!(entry.summary.ends_with('.'), "{}", entry.keyword);
    }
}

#[test]
fn every_flag_has_a_page() {
    for entry in ALL {
        let known: BTreeSet<&str> = known_flags(syntax_kind(entry.keyword)).collect();
        let described: BTreeSet<&str> = entry.flags.iter().map(|flag| flag.name).collect();
        assert_eq!(known, described, "{}", entry.keyword);
        for flag in entry.flags {
            assert!(flag.summary.ends_with('.'), "{}", flag.name);
        }
    }
}

#[test]
fn examples_are_valid() {
    let examples = ALL
        .iter()
        .flat_map(|entry| {
            std::iter::once(entry.example).chain(entry.flags.iter().map(|f| f.example))
        })
        .chain(mounts::TYPES.iter().map(|entry| entry.example));
    for example in examples {
        let text = match example.starts_with("FROM") {
            true => format!("{example}\n"),
            false => format!("FROM x AS build\nFROM y\n{example}\n"),
        };
        let source = SourceText::new(text.as_bytes()).unwrap();
        let parse = dfix_syntax::parse(&source);
        assert_eq!(parse.errors(), [], "{example}");
    }
}

#[test]
fn parameters_stand_in_their_forms() {
    for form in ALL.iter().flat_map(|entry| entry.forms) {
        let mut rest = form.text;
        for (parameter, meaning) in form.parameters {
            let (_, after) = rest
                .split_once(parameter)
                .unwrap_or_else(|| panic!("{parameter} in {}", form.text));
            rest = after;
            assert!(meaning.ends_with('.'), "{parameter}");
        }
    }
}

#[test]
fn mounts_name_known_keys() {
    for entry in mounts::TYPES {
        for name in entry.keys {
            assert!(mounts::key(name).is_some(), "{name}");
        }
    }
    let types: Vec<&str> = mounts::TYPES.iter().map(|entry| entry.name).collect();
    assert_eq!(mounts::key("type").unwrap().values, types);
}

#[test]
fn offered_images_are_known() {
    for offer in super::images::ALL {
        for tag in offer.tags {
            let reference = format!("{}:{tag}", offer.name);
            let known = dfix_transforms::images::lookup(&reference);
            assert_eq!(
                known.map(|known| known.family),
                Some(offer.name),
                "{reference}"
            );
        }
    }
    let families: BTreeSet<&str> = images::families().collect();
    for offer in super::images::ALL {
        assert!(families.contains(offer.name), "{}", offer.name);
    }
}
