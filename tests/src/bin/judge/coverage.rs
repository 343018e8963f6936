//! What the cases cover: every rule that rewrites must have a fixture. And what a run of them needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::model::{Analysis, Base, InstructionKind};
use serde::Deserialize;

use super::Setup;
use super::case::{Builder, Case, Kind, Needs, read_all};

/// A rule, as far as the judge needs it.
#[derive(Debug, Deserialize)]
struct Rule {
    id: String,
    /// The applicability of its fix; nothing for a rule that only reports.
    fix: Option<String>,
}

/// How the fixtures cover the rules.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// For each rule that rewrites, how many fixtures name it.
    pub rules: BTreeMap<String, usize>,
    /// Rules that a fixture names and that are none.
    unknown: BTreeSet<String>,
}

/// Asks the binary for its rules and looks for them in all fixtures.
pub(crate) fn check(setup: &Setup) -> Result<Coverage, String> {
    let output = Command::new(&setup.dfix)
        .args(["rules", "--format", "json"])
        .output()
        .map_err(|error| format!("{}: {error}", setup.dfix.display()))?;
    let rules: Vec<Rule> = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("dfix rules --format json: {error}"))?;
    let mut coverage = Coverage {
        rules: rules
            .into_iter()
            .filter(|rule| rule.fix.is_some())
            .map(|rule| (rule.id, 0))
            .collect(),
        unknown: BTreeSet::new(),
    };
    for rule in read_all(Kind::Fixture)?
        .iter()
        .flat_map(|case| &case.keys.rules)
    {
        match coverage.rules.get_mut(rule) {
            Some(number) => *number += 1,
            None => _ = coverage.unknown.insert(rule.clone()),
        }
    }
    Ok(coverage)
}

impl Coverage {
    /// Whether each rule has a fixture, and each fixture names rules that there are.
    pub(crate) fn is_complete(&self) -> bool {
        self.unknown.is_empty() && self.rules.values().all(|number| *number > 0)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let covered = self.rules.values().filter(|number| **number > 0).count();
        writeln!(
            f,
            "rules that rewrite: {covered} of {} have a fixture",
            self.rules.len()
        )?;
        let missing = self.rules.iter().filter(|(_, number)| **number == 0);
        for (rule, _) in missing {
            writeln!(f, "FAILED no fixture is about {rule}")?;
        }
        for rule in &self.unknown {
            writeln!(f, "FAILED no rule that rewrites is called {rule}")?;
        }
        Ok(())
    }
}

/// What a run of these cases needs: `base NAME` for each image, `files` for the file server, `builder NAME`, and `store NAME`
/// for each case that shows only with containerd's image store.
pub(crate) fn needs(fixtures: &[Case], mutations: &[Case], asked: &[Builder]) -> String {
    let mut lines = BTreeSet::new();
    for case in fixtures.iter().chain(mutations) {
        for name in ["Dockerfile", "naive.Dockerfile"] {
            let images = images_of(&case.folder.join(name));
            lines.extend(images.into_iter().map(|image| format!("base {image}")));
        }
        lines.extend(case.keys.bases.iter().map(|image| format!("base {image}")));
        if case.keys.http {
            lines.insert("files".to_owned());
        }
        if case.keys.needs == Some(Needs::ContainerdStore) {
            lines.insert(format!("store {}", case.name));
        }
        let builders = case.builders(asked).into_iter();
        lines.extend(builders.map(|builder| format!("builder {}", builder.name())));
    }
    lines
        .into_iter()
        .fold(String::new(), |all, line| all + &line + "\n")
}

/// The images that a Dockerfile starts from or copies from, where its text says which; none for a file that is not there.
fn images_of(file: &Path) -> Vec<String> {
    let Some(source) = fs::read(file)
        .ok()
        .and_then(|bytes| SourceText::new(&bytes).ok())
    else {
        return Vec::new();
    };
    let analysis = Analysis::new(source, &Settings::default());
    let is_stage = |name: &str| {
        let named = |stage: &dfix_transforms::model::Stage| {
            stage
                .name
                .as_deref()
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
        };
        name.parse::<usize>().is_ok() || analysis.stages.iter().any(named)
    };
    let bases = analysis
        .stages
        .iter()
        .filter_map(|stage| match &stage.base {
            Base::Image(image) => image.known().map(str::to_owned),
            _ => None,
        });
    let copies = analysis
        .instructions
        .iter()
        .filter(|instruction| matches!(instruction.kind, InstructionKind::Copy))
        .filter_map(|instruction| instruction.flag("from")?.value.as_ref())
        .filter(|name| !is_stage(name) && !name.contains('$'))
        .map(ToString::to_string);
    bases.chain(copies).collect()
}
