//! Fixtures: a safe rewrite must build an image that differs by nothing but what its rules declare, any rewrite must
//! build.

use dfix_tests::in_parallel;

use super::Setup;
use super::case::{Builder, Case, Fixes};
use super::summary::{Summary, Trial};
use super::verify::{Question, Report, ask};

/// Judges each fixture with each of its builders.
pub(crate) fn judge(cases: &[Case], asked: &[Builder], setup: &Setup, summary: &mut Summary) {
    let pairs: Vec<(&Case, Builder)> = cases
        .iter()
        .flat_map(|case| {
            let builders = case.builders(asked);
            builders.into_iter().map(move |builder| (case, builder))
        })
        .collect();
    for trial in in_parallel(&pairs, |(case, builder)| {
        Trial::of("fixture", &case.name, Some(*builder), || {
            fixture(case, *builder, setup)
        })
    }) {
        summary.add(trial);
    }
}

/// Judges a fixture with a builder: how many differences are declared and how many noise, or what is wrong.
fn fixture(case: &Case, builder: Builder, setup: &Setup) -> Result<String, String> {
    let options: &[&str] = match case.keys.fixes {
        Fixes::Safe => &["--calibrate"],
        Fixes::Unsafe => &["--unsafe-fixes"],
    };
    let file = case.dockerfile();
    let question = Question {
        case,
        builder,
        file: &file,
        with: None,
        options,
    };
    let (status, report) = ask(&question, setup)?;
    let mut wrong = Vec::new();
    if report.verdict == "unknown" || status >= 2 {
        let reason = report.reason.as_deref().unwrap_or("no reason given");
        return Err(format!("could not tell: {reason}"));
    }
    for rule in &case.keys.rules {
        if !report.applied.iter().any(|applied| applied.rule == *rule) {
            wrong.push(format!("{rule} was not applied"));
        }
    }
    if report.after.is_none() && !report.applied.is_empty() {
        wrong.push("the rewritten file does not build".to_owned());
    }
    let undeclared = of_status(&report, "undeclared");
    let builds = |kind: &str| case.keys.fixes == Fixes::Safe || kind == "build";
    wrong.extend(
        undeclared
            .iter()
            .filter(|difference| builds(&difference.kind))
            .map(ToString::to_string),
    );
    if case.keys.fixes == Fixes::Safe && wrong.is_empty() && (status, &*report.verdict) != (0, "equal") {
        wrong.push(format!("status {status}, verdict {}", report.verdict));
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n        "));
    }
    let declared = of_status(&report, "declared");
    let mut laws: Vec<&str> = declared
        .iter()
        .filter_map(|difference| difference.law.as_deref())
        .collect();
    laws.sort_unstable();
    laws.dedup();
    let mut notes = vec![format!("{} fixes", report.applied.len())];
    for (number, what) in [
        (declared.len(), format!("declared ({})", laws.join(", "))),
        (of_status(&report, "noise").len(), "noise".to_owned()),
        (undeclared.len(), "left to a person".to_owned()),
    ] {
        if number > 0 {
            notes.push(format!("{number} {what}"));
        }
    }
    Ok(notes.join(", "))
}

/// The differences of a status.
fn of_status<'a>(report: &'a Report, status: &str) -> Vec<&'a super::verify::Difference> {
    let found = report.differences.iter();
    found.filter(|found| found.status == status).collect()
}
