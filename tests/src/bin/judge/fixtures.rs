//! Fixtures: a safe rewrite must build an image that differs by nothing but what its rules declare, any rewrite must
//! build.

use std::collections::BTreeMap;

use dfix_tests::in_parallel;

use super::Setup;
use super::case::{Builder, Case, Fixes};
use super::summary::{Sizes, Summary, Trial};
use super::verify::{Question, Ran, Report, ask};

/// Of the fixtures in a quick run, one in so many is built with buildah as well, which takes three times as long as Docker.
const BOTH_IN_QUICK: usize = 4;

/// Judges each fixture with each of its builders; in a quick run most of them with one.
pub(crate) fn judge(
    cases: &[Case],
    asked: &[Builder],
    quick: bool,
    setup: &Setup,
    summary: &mut Summary,
) {
    let mut pairs: Vec<(&Case, Builder)> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let mut builders = case.builders(asked);
        if quick && !index.is_multiple_of(BOTH_IN_QUICK) {
            builders.truncate(1);
        }
        pairs.extend(builders.into_iter().map(|builder| (case, builder)));
    }
    for (trial, found) in in_parallel(&pairs, |(case, builder)| {
        let mut found = Found::default();
        let trial = Trial::of("fixture", &case.name, Some(*builder), || {
            fixture(case, *builder, setup, &mut found)
        });
        (trial, found)
    }) {
        summary.add(trial);
        for (what, number) in found.counts {
            summary.count(&what, number);
        }
        summary.sizes.extend(found.sizes);
    }
}

/// What a fixture adds to the summary.
#[derive(Debug, Default)]
struct Found {
    /// How many differences there were of each kind.
    counts: Vec<(String, usize)>,
    /// The sizes of the two images, of a rewrite that makes another image.
    sizes: Option<Sizes>,
}

/// Judges a fixture with a builder: a note of what was found, or what is wrong.
fn fixture(
    case: &Case,
    builder: Builder,
    setup: &Setup,
    found: &mut Found,
) -> Result<String, String> {
    let counts = &mut found.counts;
    let safe = case.keys.fixes == Fixes::Safe;
    let same = safe || case.keys.equal;
    let options: &[&str] = match (safe, same) {
        (true, _) => &["--calibrate"],
        (false, true) => &["--unsafe-fixes", "--calibrate"],
        (false, false) => &["--unsafe-fixes"],
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
    if report.verdict == "unknown" || status >= 2 {
        let reason = report.reason.as_deref().unwrap_or("no reason given");
        return Err(format!("could not tell: {reason}"));
    }
    let applied = |rule: &String| report.applied.iter().any(|applied| applied.rule == *rule);
    let not_applied = case.keys.rules.iter().filter(|rule| !applied(rule));
    let mut wrong: Vec<String> = not_applied
        .map(|rule| format!("{rule} was not applied"))
        .collect();
    let undeclared = of_status(&report, "undeclared");
    let unwanted = undeclared
        .iter()
        .filter(|difference| match &*difference.kind {
            "build" => true,
            "run" => same || case.keys.behaves,
            _ => same,
        });
    wrong.extend(unwanted.map(ToString::to_string));
    if report.after.is_none() && !report.applied.is_empty() {
        wrong.push("the rewritten file does not build".to_owned());
    }
    if safe && wrong.is_empty() && (status, &*report.verdict) != (0, "equal") {
        wrong.push(format!("status {status}, verdict {}", report.verdict));
    }
    let mut signal = None;
    if case.keys.stop && builder == Builder::Docker {
        match hears_stop(&report) {
            Ok(note) => {
                counts.push((
                    "programs that saw the stop signal after the rewrite".to_owned(),
                    1,
                ));
                signal = Some(note);
            }
            Err(problem) => wrong.push(problem),
        }
    }
    let mut notes = vec![format!("{} fixes", report.applied.len())];
    match gains(case, &report, &mut found.sizes) {
        Ok(gained) => notes.extend(gained),
        Err(problem) => wrong.push(problem),
    }
    let whose = if safe { "safe" } else { "unsafe" };
    let undeclared = (format!("undeclared, of {whose} fixes"), undeclared.len());
    let noise = ("noise".to_owned(), of_status(&report, "noise").len());
    let mut laws: BTreeMap<&str, usize> = BTreeMap::new();
    for difference in of_status(&report, "declared") {
        *laws
            .entry(difference.law.as_deref().unwrap_or("?"))
            .or_default() += 1;
    }
    let declared = laws
        .into_iter()
        .map(|(law, number)| (format!("declared by {law}"), number));
    for (what, number) in declared.chain([undeclared, noise]) {
        if number > 0 {
            notes.push(format!("{number} {what}"));
        }
        counts.push((format!("differences {what}"), number));
    }
    notes.extend(signal);
    if wrong.is_empty() {
        Ok(notes.join(", "))
    } else {
        Err(wrong.join("\n        "))
    }
}

/// What the rewrite has to be good for: bytes that are gone, steps that don't run again.
fn gains(case: &Case, report: &Report, sizes: &mut Option<Sizes>) -> Result<Vec<String>, String> {
    let mut notes = Vec::new();
    if let (true, Some(before), Some(after)) = (case.keys.behaves, &report.before, &report.after) {
        let found = sizes.insert(Sizes {
            before: before.bytes,
            after: after.bytes,
        });
        let wanted = case.keys.smaller.unwrap_or_default();
        if found.percent_less() < wanted {
            return Err(format!("{found}, {wanted} % are asked"));
        }
        notes.push(found.to_string());
    }
    if let Some(file) = &case.keys.cheaper {
        let rebuild = report.rebuilds.first().ok_or("nothing was built again")?;
        let (before, after) = (rebuild.before.steps, rebuild.after.steps);
        let note = format!("{before} steps run again after a change of {file}, now {after}");
        if after >= before {
            return Err(note);
        }
        notes.push(note);
    }
    Ok(notes)
}

/// Whether the program reacted to the stop signal after the rewrite, and how it was before.
fn hears_stop(report: &Report) -> Result<String, String> {
    let runs = report.runs.as_ref().ok_or("the images were not started")?;
    let reaction = |ran: &Option<Ran>| {
        let stop = ran.as_ref().and_then(|ran| ran.stop.as_deref());
        stop.unwrap_or("ended before").to_owned()
    };
    let (before, after) = (reaction(&runs.before), reaction(&runs.after));
    if after == "reacted" {
        return Ok(format!("stop signal: {before} before, {after} after"));
    }
    let output = runs.after.as_ref().and_then(|ran| ran.stdout.as_deref());
    Err(format!(
        "stop signal: {after} after the rewrite; the program wrote: {}",
        output.unwrap_or_default()
    ))
}

/// The differences of a status.
fn of_status<'a>(report: &'a Report, status: &str) -> Vec<&'a super::verify::Difference> {
    let found = report.differences.iter();
    found.filter(|found| found.status == status).collect()
}
