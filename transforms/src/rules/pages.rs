//! The pages of the rules are tests: headings, examples, names.

use std::collections::BTreeSet;

use super::testing::{Tester, project};
use super::{ALL, Rule, docs};

/// The headings that every page has, in this order.
const HEADINGS: [&str; 4] = ["## Why", "## Example", "## Safety", "## Not reported"];

#[test]
fn rules_are_sorted_and_ids_are_unique() {
    let ids: Vec<&str> = ALL.iter().map(|rule| rule.meta.id).collect();
    let sorted: Vec<&str> = ids
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(ids, sorted);
}

#[test]
fn every_page_has_its_headings() {
    for rule in ALL {
        let headings: Vec<&str> = rule
            .meta
            .page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(headings, HEADINGS, "{}", rule.meta.id);
        assert!(!rule.meta.summary.is_empty(), "{}", rule.meta.id);
    }
}

#[test]
fn every_page_has_an_example_that_holds() {
    for rule in ALL {
        let blocks = blocks(rule.meta.page);
        let tested = blocks.iter().filter(|block| !block.has("ignore")).count();
        assert!(tested > 0, "{} has no example", rule.meta.id);
        let mut rest = blocks.as_slice();
        while let Some((block, others)) = rest.split_first() {
            rest = others;
            if block.has("ignore") {
                continue;
            }
            let mut tester = block.with().fold(Tester::new(rule), Tester::with);
            if let Some(files) = block.value("context") {
                let text = |name: &str| match name {
                    "go.mod" => "module example.org/x\nrequire example.org/y v1.0.0\n",
                    name if name.ends_with(".json") => "{}",
                    _ => "",
                };
                let files: Vec<(&str, &str)> = files.split('+').map(|it| (it, text(it))).collect();
                tester = tester.facts(project(&files));
            }
            if block.has("silent") {
                tester.check_silent(&block.text);
            } else if block.has("report") {
                let count = block
                    .value("report")
                    .map_or(1, |count| count.parse().expect("report= takes a number"));
                tester.check_reports(&block.text, count);
            } else {
                let after = take_after(&mut rest, rule);
                match block.has("unsafe") {
                    true => tester.check_unsafe(&block.text, &after),
                    false => tester.check(&block.text, &after),
                }
            }
        }
    }
}

/// `UPDATE_DOCS=1 cargo test -p dfix-transforms docs` writes the pages anew.
#[test]
fn docs_are_in_step() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules");
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        std::fs::create_dir_all(folder).expect("docs/rules can be made");
    }
    let mut expected = BTreeSet::new();
    for (name, text) in docs::files() {
        let path = format!("{folder}/{name}");
        if update {
            std::fs::write(&path, &text).expect("docs/rules can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            found, text,
            "docs/rules/{name} is out of step: set UPDATE_DOCS=1"
        );
        expected.insert(name);
    }
    for entry in std::fs::read_dir(folder).expect("docs/rules exists") {
        let name = entry.expect("docs/rules can be read").file_name();
        let name = name.to_string_lossy().into_owned();
        if update && !expected.contains(&name) {
            std::fs::remove_file(format!("{folder}/{name}")).expect("docs/rules can be written");
        } else {
            assert!(expected.contains(&name), "docs/rules/{name} has no rule");
        }
    }
}

/// A `dockerfile` block of a page.
struct Block {
    /// The words after `dockerfile`.
    attributes: Vec<String>,
    text: String,
}

impl Block {
    fn has(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|attribute| attribute.split('=').next() == Some(name))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
    }

    fn with(&self) -> impl Iterator<Item = &str> {
        self.value("with")
            .into_iter()
            .flat_map(|names| names.split('+'))
    }
}

fn take_after(rest: &mut &[Block], rule: &Rule) -> String {
    let Some((after, others)) = rest.split_first() else {
        panic!("the last example of {} has no second block", rule.meta.id);
    };
    assert!(
        after.attributes.is_empty(),
        "the second block of an example of {} has attributes",
        rule.meta.id
    );
    *rest = others;
    after.text.clone()
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(info)) => {
                let mut words = info.split(',');
                if words.next() == Some("dockerfile") {
                    open = Some(Block {
                        attributes: words.map(str::to_owned).collect(),
                        text: String::new(),
                    });
                }
            }
            (None, None) => {}
        }
    }
    blocks
}
