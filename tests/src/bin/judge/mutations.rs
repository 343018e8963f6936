//! Mutations: a rewrite that is wrong is built, and the comparison must see what is wrong with it. dfix itself must not
//! propose it.

use std::fs;
use std::process::Command;

use dfix_tests::in_parallel;

use super::Setup;
use super::case::{Builder, Case, Fixes, Needs, Seen};
use super::rewrite::rewritten;
use super::summary::{Summary, Trial};
use super::verify::{Difference, Question, ask};

/// What Docker's engine says of containerd's image store.
const CONTAINERD: &str = "io.containerd.snapshotter";

/// Of the mutations, a quick run takes one in so many, with the first of their builders.
const ONE_IN_QUICK: usize = 3;

/// Judges each mutation with each of its builders; in a quick run some of them.
pub(crate) fn judge(
    cases: &[Case],
    asked: &[Builder],
    quick: bool,
    setup: &Setup,
    summary: &mut Summary,
) {
    let merges = Command::new("docker")
        .args(["info", "--format", "{{.DriverStatus}}"])
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(CONTAINERD));
    let (cases, skipped): (Vec<&Case>, Vec<&Case>) = cases
        .iter()
        .partition(|case| merges || case.keys.needs != Some(Needs::ContainerdStore));
    if !skipped.is_empty() {
        let what = "mutations left out, which this engine's image store cannot show";
        summary.count(what, skipped.len());
    }
    let pairs: Vec<(&Case, Builder)> = cases
        .into_iter()
        .step_by(if quick { ONE_IN_QUICK } else { 1 })
        .flat_map(|case| {
            let mut builders = case.builders(asked);
            builders.truncate(if quick { 1 } else { builders.len() });
            builders.into_iter().map(move |builder| (case, builder))
        })
        .collect();
    for trial in in_parallel(&pairs, |(case, builder)| {
        Trial::of("mutation", &case.name, Some(*builder), || {
            mutation(case, *builder, setup)
        })
    }) {
        summary.add(trial);
    }
}

/// Judges a mutation with a builder: the difference that was seen, or what is wrong.
fn mutation(case: &Case, builder: Builder, setup: &Setup) -> Result<String, String> {
    let seen = case.keys.seen.ok_or("`seen` is missing")?;
    let (original, naive) = (case.dockerfile(), case.folder.join("naive.Dockerfile"));
    let text =
        fs::read_to_string(&naive).map_err(|error| format!("{}: {error}", naive.display()))?;
    let unchanged = fs::read_to_string(&original).is_ok_and(|original| original == text);
    if !unchanged && rewritten(case, Fixes::Safe, setup)? == text {
        return Err("dfix itself calls this rewrite safe".to_owned());
    }
    let (file, with) = match case.keys.swap {
        false => (&original, &naive),
        true => (&naive, &original),
    };
    let question = Question {
        case,
        builder,
        file,
        with: Some(with),
        options: &[],
    };
    let (status, report) = ask(&question, setup)?;
    if status != 1 {
        let reason = report.reason.unwrap_or_default();
        return Err(format!(
            "the difference was not seen: status {status}, {} {reason}",
            report.verdict
        ));
    }
    let found = report
        .differences
        .iter()
        .find(|difference| is_the_one(difference, seen, case.keys.at.as_deref()));
    found.map(ToString::to_string).ok_or_else(|| {
        let others: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        format!(
            "{} {} is not among the differences:\n        {}",
            seen.name(),
            case.keys.at.as_deref().unwrap_or_default(),
            others.join("\n        ")
        )
    })
}

/// Whether it is the difference that the mutation is about. `Env` means `Env.PATH` as well.
fn is_the_one(difference: &Difference, seen: Seen, at: Option<&str>) -> bool {
    let named = at.is_none_or(|at| {
        let rest = difference.name.strip_prefix(at);
        rest.is_some_and(|rest| {
            rest.is_empty() || seen == Seen::Config && rest.starts_with(['.', ' '])
        })
    });
    difference.status == "undeclared" && difference.kind == seen.name() && named
}
