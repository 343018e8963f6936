//! `dfix replay --format json`: one object. `docs/json.md` is its description; it is stable.

use dfix_transforms::cache::StepKind;
use serde::Serialize;

use super::outcome::{Arm, Counts, Replayed, StepRuns, saved};
use super::text::notes;

/// The object with a line end.
pub(super) fn render(replayed: &Replayed) -> String {
    // The structures have string keys only, and all numbers are finite, so that they can't fail to be written.
    let mut text = serde_json::to_string_pretty(&Whole::of(replayed)).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Whole<'r> {
    version: u32,
    file: &'r str,
    context: &'r str,
    rebuilds: usize,
    rewritten: usize,
    without_file: usize,
    unbuildable: usize,
    rules: &'r [&'static str],
    before: Side<'r>,
    after: Side<'r>,
    saved: Saved,
    commits: Vec<Commit<'r>>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Side<'r> {
    #[serde(flatten)]
    total: Numbers,
    file_steps: Vec<Step<'r>>,
}

#[derive(Serialize)]
struct Numbers {
    steps: u32,
    installs: u32,
    needless: u32,
    seconds: f64,
}

#[derive(Serialize)]
struct Step<'r> {
    stage: &'r str,
    text: &'r str,
    kind: &'static str,
    builds: u32,
    runs: u32,
    seconds: f64,
}

#[derive(Serialize)]
struct Saved {
    steps: Option<f64>,
    installs: Option<f64>,
    needless: Option<f64>,
    seconds: Option<f64>,
}

#[derive(Serialize)]
struct Commit<'r> {
    id: &'r str,
    time: i64,
    before: Numbers,
    after: Numbers,
}

impl<'r> Whole<'r> {
    fn of(replayed: &'r Replayed) -> Self {
        let (before, after) = (replayed.before.total, replayed.after.total);
        let share = |of: fn(Counts) -> f64| saved(of(before), of(after)).map(thousandths);
        Self {
            version: 1,
            file: &replayed.file,
            context: &replayed.context,
            rebuilds: replayed.rebuilds(),
            rewritten: replayed.rewritten,
            without_file: replayed.without_file,
            unbuildable: replayed.unbuildable,
            rules: &replayed.rules,
            before: Side::of(&replayed.before),
            after: Side::of(&replayed.after),
            saved: Saved {
                steps: share(|counts| counts.steps.into()),
                installs: share(|counts| counts.installs.into()),
                needless: share(|counts| counts.needless.into()),
                seconds: share(|counts| counts.seconds),
            },
            commits: replayed
                .commits
                .iter()
                .map(|commit| Commit {
                    id: &commit.id,
                    time: commit.time,
                    before: Numbers::of(commit.before),
                    after: Numbers::of(commit.after),
                })
                .collect(),
            notes: notes(replayed),
        }
    }
}

impl<'r> Side<'r> {
    fn of(arm: &'r Arm) -> Self {
        Self {
            total: Numbers::of(arm.total),
            file_steps: arm.steps.iter().map(Step::of).collect(),
        }
    }
}

impl<'r> Step<'r> {
    fn of(step: &'r StepRuns) -> Self {
        Self {
            stage: &step.stage,
            text: &step.text,
            kind: match step.kind {
                StepKind::Run => "run",
                StepKind::Copy => "copy",
                StepKind::Workdir => "workdir",
            },
            builds: step.builds,
            runs: step.runs,
            seconds: thousandths(step.seconds),
        }
    }
}

impl Numbers {
    fn of(counts: Counts) -> Self {
        Self {
            steps: counts.steps,
            installs: counts.installs,
            needless: counts.needless,
            seconds: thousandths(counts.seconds),
        }
    }
}

/// More digits would only say how computers add.
fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
