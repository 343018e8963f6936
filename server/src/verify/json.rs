//! `dfix verify --format json`: one object. `docs/json.md` is its description; it is stable.

use serde::Serialize;

use super::gain::gain;
use super::outcome::{Cost, Measured, Outcome, Rebuild, Row, Run, Stopped};
use crate::report::applicability_name;

/// The object with a line end.
pub(super) fn render(outcome: &Outcome) -> String {
    // The structures have string keys only, and seconds are finite, so that they can't fail to be written.
    let mut text = serde_json::to_string_pretty(&Whole::of(outcome)).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    file: &'a str,
    builder: Option<Tool<'a>>,
    verdict: &'static str,
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    log: &'a [String],
    applied: Vec<Applied<'a>>,
    before: Option<Size<'a>>,
    after: Option<Size<'a>>,
    differences: Vec<Difference<'a>>,
    rebuilds: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<Runs<'a>>,
    notes: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    kept: &'a [String],
    gain: Option<String>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct Applied<'a> {
    rule: &'static str,
    title: &'a str,
    applicability: &'static str,
    laws: Vec<&'static str>,
}

#[derive(Serialize)]
struct Size<'a> {
    bytes: u64,
    layers: &'a [u64],
    files: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct Difference<'a> {
    kind: &'static str,
    name: &'a str,
    what: &'static str,
    before: Option<&'a str>,
    after: Option<&'a str>,
    bytes: i64,
    status: &'static str,
    law: Option<&'static str>,
}

#[derive(Serialize)]
struct Pair<'a> {
    touched: &'a str,
    before: Price,
    after: Price,
}

#[derive(Serialize)]
struct Price {
    steps: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct Runs<'a> {
    before: Started<'a>,
    after: Started<'a>,
}

#[derive(Serialize)]
struct Started<'a> {
    stdout: &'a str,
    status: Option<i32>,
    error: Option<&'a str>,
    process: Option<&'a str>,
    stop: Option<&'static str>,
    stop_seconds: Option<f64>,
}

impl<'a> Whole<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        Self {
            version: 1,
            file: &outcome.file,
            builder: outcome.builder.as_ref().map(|builder| Tool {
                name: builder.kind.name(),
                version: &builder.version,
            }),
            verdict: outcome.verdict.name(),
            reason: outcome.reason.as_deref(),
            log: &outcome.log,
            applied: outcome
                .applied
                .iter()
                .map(|applied| Applied {
                    rule: applied.rule.id,
                    title: &applied.title,
                    applicability: applicability_name(applied.applicability),
                    laws: applied.laws.iter().map(|law| law.id()).collect(),
                })
                .collect(),
            before: outcome.before.as_ref().map(Size::of),
            after: outcome.after.as_ref().map(Size::of),
            differences: outcome.differences.iter().map(Difference::of).collect(),
            rebuilds: outcome.rebuilds.iter().map(Pair::of).collect(),
            runs: outcome.runs.as_ref().map(|(before, after)| Runs {
                before: Started::of(before),
                after: Started::of(after),
            }),
            notes: &outcome.notes,
            kept: &outcome.kept,
            gain: gain(outcome),
        }
    }
}

impl<'a> Size<'a> {
    fn of(measured: &'a Measured) -> Self {
        Self {
            bytes: measured.bytes(),
            layers: &measured.layers,
            files: measured.files,
            seconds: millis(measured.seconds),
        }
    }
}

impl<'a> Difference<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            kind: row.kind,
            name: &row.name,
            what: row.what,
            before: row.before.as_deref(),
            after: row.after.as_deref(),
            bytes: row.bytes,
            status: row.status.name(),
            law: row.status.law().map(|law| law.id()),
        }
    }
}

impl<'a> Pair<'a> {
    fn of(rebuild: &'a Rebuild) -> Self {
        let price = |cost: Cost| Price {
            steps: cost.steps,
            seconds: millis(cost.seconds),
        };
        Self {
            touched: &rebuild.touched,
            before: price(rebuild.before),
            after: price(rebuild.after),
        }
    }
}

impl<'a> Started<'a> {
    fn of(run: &'a Run) -> Self {
        Self {
            stdout: &run.stdout,
            status: run.status,
            error: run.error.as_deref(),
            process: run.process.as_deref(),
            stop: run.stop.map(|stop| match stop {
                Stopped::Reacted(_) => "reacted",
                Stopped::Killed => "killed",
            }),
            stop_seconds: run.stop.and_then(|stop| match stop {
                Stopped::Reacted(seconds) => Some(millis(seconds)),
                Stopped::Killed => None,
            }),
        }
    }
}

/// Rounded to milliseconds: what is finer is chance.
fn millis(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
