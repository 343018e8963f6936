//! What a replay found, as plain data.

use dfix_transforms::cache::StepKind;

/// The result of a replay.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// The Dockerfile as it is shown.
    pub file: String,
    /// The build context in the repository at the last commit; empty for the root.
    pub context: String,
    /// The commits that were replayed, oldest first, the first build included.
    pub commits: Vec<Replay>,
    /// Commits in which there is no Dockerfile.
    pub without_file: usize,
    /// Commits whose Dockerfile can't be followed, and why the last of them can't.
    pub unbuildable: usize,
    /// See `unbuildable`.
    pub why_unbuildable: Option<String>,
    /// In how many commits dfix would have written something else.
    pub rewritten: usize,
    /// The rules of the fixes of the last commit's file, each once.
    pub rules: Vec<&'static str>,
    /// The file as it is.
    pub before: Arm,
    /// As dfix would write it.
    pub after: Arm,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// A commit.
#[derive(Debug)]
pub(super) struct Replay {
    /// Its id.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// What ran again with the file as it is.
    pub before: Counts,
    /// And as dfix would write it.
    pub after: Counts,
}

/// What ran again.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Counts {
    /// Steps.
    pub steps: u32,
    /// Commands that install dependencies.
    pub installs: u32,
    /// Of these, how many although nothing that they read has changed.
    pub needless: u32,
    /// What the steps cost, in seconds.
    pub seconds: f64,
}

/// One of the two ways to write the file.
#[derive(Debug, Default)]
pub(super) struct Arm {
    /// What ran again in all commits but the first.
    pub total: Counts,
    /// The steps of the last commit's file, in order.
    pub steps: Vec<StepRuns>,
}

/// How often a step ran.
#[derive(Debug)]
pub(super) struct StepRuns {
    /// The name or number of its stage.
    pub stage: String,
    /// The instruction on one line.
    pub text: String,
    /// What it does.
    pub kind: StepKind,
    /// What it costs, in seconds.
    pub seconds: f64,
    /// In how many of the builds it stood like this in the file.
    pub builds: u32,
    /// In how many of these it ran again.
    pub runs: u32,
}

impl Counts {
    /// Adds others.
    pub(super) fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.installs += other.installs;
        self.needless += other.needless;
        self.seconds += other.seconds;
    }
}

impl Replayed {
    /// The builds that found a cache: all but the first.
    pub(super) fn rebuilds(&self) -> usize {
        self.commits.len().saturating_sub(1)
    }
}

impl StepRuns {
    /// The share of builds in which it ran again, from 0 to 1.
    pub(super) fn share(&self) -> f64 {
        match self.builds {
            0 => 0.0,
            builds => f64::from(self.runs) / f64::from(builds),
        }
    }
}

/// How much less the second of two is, from 0 to 1; negative when it is more. `None` of nothing.
pub(super) fn saved(before: f64, after: f64) -> Option<f64> {
    (before > 0.0).then(|| 1.0 - after / before)
}
