//! What the cases cover: every rule that rewrites must have a fixture. The tables of docs/judge.md, and what a run needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;
use std::process::Command;

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::model::{Analysis, Base, InstructionKind};
use serde::Deserialize;

use super::Setup;
use super::case::{Builder, Case, Fixes, Kind, read_all};

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
    rules: BTreeMap<String, usize>,
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

/// What a run of these cases needs: `base NAME` for each image, `files` for the file server, `builder NAME`.
pub(crate) fn needs(fixtures: &[Case], mutations: &[Case], asked: &[Builder]) -> String {
    let mut lines = BTreeSet::new();
    for case in fixtures.iter().chain(mutations) {
        for name in ["Dockerfile", "naive.Dockerfile"] {
            let images = images_of(&case.folder.join(name));
            lines.extend(images.into_iter().map(|image| format!("base {image}")));
        }
        if case.keys.http {
            lines.insert("files".to_owned());
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

/// The tables of docs/judge.md, in Markdown.
pub(crate) fn tables(setup: &Setup) -> Result<String, String> {
    let coverage = check(setup)?;
    let (fixtures, mutations) = (read_all(Kind::Fixture)?, read_all(Kind::Mutation)?);
    let of = |builder| {
        let made_for = |case: &&Case| case.keys.builders.contains(&builder);
        let (fixtures, mutations) = (fixtures.iter(), mutations.iter());
        (
            fixtures.filter(made_for).count(),
            mutations.filter(made_for).count(),
        )
    };
    let mut text = String::new();
    let mut line = |cells: &[String]| _ = writeln!(text, "| {} |", cells.join(" | "));
    let cells = |cells: &[&str]| cells.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    line(&cells(&["", "fixtures", "mutations"]));
    line(&cells(&["---", "---:", "---:"]));
    let count = |name: &str, fixtures: usize, mutations: usize| {
        [name.to_owned(), fixtures.to_string(), mutations.to_string()]
    };
    line(&count("all", fixtures.len(), mutations.len()));
    let quick = |case: &&Case| case.keys.quick;
    line(&count(
        "in every run",
        fixtures.iter().filter(quick).count(),
        mutations.len(),
    ));
    for builder in Builder::ALL {
        let (fixtures, mutations) = of(builder);
        line(&count(
            &format!("with {}", builder.name()),
            fixtures,
            mutations,
        ));
    }
    let unsafe_ones = |case: &&Case| case.keys.fixes == Fixes::Unsafe;
    line(&count(
        "with fixes for a person to judge",
        fixtures.iter().filter(unsafe_ones).count(),
        0,
    ));
    let runs = |case: &&Case| case.keys.run.is_some();
    line(&count(
        "that start the image",
        fixtures.iter().filter(runs).count(),
        mutations.iter().filter(runs).count(),
    ));
    let stops = |case: &&Case| case.keys.stop;
    line(&count(
        "whose program must see the stop signal",
        fixtures.iter().filter(stops).count(),
        0,
    ));
    text.push('\n');
    let mut line = |cells: &[String]| _ = writeln!(text, "| {} |", cells.join(" | "));
    line(&cells(&["rule", "fixtures"]));
    line(&cells(&["---", "---:"]));
    for (rule, number) in &coverage.rules {
        line(&[format!("`{rule}`"), number.to_string()]);
    }
    text.push('\n');
    let mut line = |cells: &[String]| _ = writeln!(text, "| {} |", cells.join(" | "));
    line(&cells(&["mutation", "seen as", "what goes wrong"]));
    line(&cells(&["---", "---", "---"]));
    for case in &mutations {
        let seen = case.keys.seen.map_or("", super::case::Seen::name);
        line(&[
            format!("`{}`", case.name),
            seen.to_owned(),
            case.keys.about.clone(),
        ]);
    }
    Ok(text)
}
