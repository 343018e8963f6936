//! What came out of the trials: a line for each as it ends, and a table at the end.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use super::case::Builder;

/// A trial that has ended.
#[derive(Debug)]
pub(crate) struct Trial {
    /// Its row in the table: the kind of trial, and the builder.
    kind: String,
    /// The case, and the place in it.
    name: String,
    /// A note, or what is wrong.
    outcome: Result<String, String>,
    /// How long it took.
    seconds: Duration,
}

impl Trial {
    /// Runs a trial and prints its line.
    pub(crate) fn of(
        kind: &str,
        name: &str,
        builder: Option<Builder>,
        work: impl FnOnce() -> Result<String, String>,
    ) -> Self {
        let start = Instant::now();
        let outcome = work();
        let builder = builder.map_or("", Builder::name);
        let trial = Self {
            kind: format!("{kind} {builder}").trim_end().to_owned(),
            name: name.to_owned(),
            outcome,
            seconds: start.elapsed(),
        };
        println!("{trial}");
        trial
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, text) = match &self.outcome {
            Ok(note) => ("ok    ", note),
            Err(wrong) => ("FAILED", wrong),
        };
        let seconds = self.seconds.as_secs_f64();
        write!(
            f,
            "{mark} {:16} {:40} {seconds:5.1} s  {text}",
            self.kind, self.name
        )
    }
}

/// What the layers of two images hold, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// The image of the file as it is.
    pub before: u64,
    /// The image of the rewritten file.
    pub after: u64,
}

impl Sizes {
    /// By how many per cent the second one is smaller, rounded down.
    pub(crate) fn percent_less(self) -> u64 {
        self.before.saturating_sub(self.after) * 100 / self.before.max(1)
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let (before, after) = (megabytes(self.before), megabytes(self.after));
        let less = self.percent_less();
        write!(f, "{less} % smaller ({before:.1} MB, now {after:.1})")
    }
}

/// All trials of a run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    trials: Vec<Trial>,
    counts: BTreeMap<String, usize>,
    /// Of the rewrites that make another image which does the same.
    pub sizes: Vec<Sizes>,
}

impl Summary {
    /// Adds a trial.
    pub(crate) fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    /// Adds to a number below the table.
    pub(crate) fn count(&mut self, what: &str, number: usize) {
        *self.counts.entry(what.to_owned()).or_default() += number;
    }

    /// Whether something was tried or left out for a reason, and nothing has failed.
    pub(crate) fn is_well(&self) -> bool {
        let anything = !self.trials.is_empty() || !self.counts.is_empty();
        anything && self.trials.iter().all(|trial| trial.outcome.is_ok())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: Vec<&Trial> = self
            .trials
            .iter()
            .filter(|trial| trial.outcome.is_err())
            .collect();
        if !failed.is_empty() {
            writeln!(f, "\n{} failed:", failed.len())?;
            failed.iter().try_for_each(|trial| writeln!(f, "{trial}"))?;
        }
        let mut rows: BTreeMap<&str, (usize, usize, Duration)> = BTreeMap::new();
        for trial in &self.trials {
            let (all, bad, seconds) = rows.entry(&trial.kind).or_default();
            *all += 1;
            *bad += usize::from(trial.outcome.is_err());
            *seconds += trial.seconds;
        }
        writeln!(
            f,
            "\n{:18} {:>6} {:>7} {:>9}",
            "trials", "number", "failed", "seconds"
        )?;
        for (kind, (all, bad, seconds)) in rows {
            let seconds = seconds.as_secs_f64();
            writeln!(f, "{kind:18} {all:6} {bad:7} {seconds:9.1}")?;
        }
        if !self.sizes.is_empty() {
            let all = self.sizes.len() as u64;
            let less = self.sizes.iter().map(|sizes| sizes.percent_less());
            let average = less.sum::<u64>() / all;
            writeln!(
                f,
                "other images that do the same: {all}, on average {average} % smaller"
            )?;
        }
        let mut counts = self.counts.iter();
        counts.try_for_each(|(what, number)| writeln!(f, "{what}: {number}"))
    }
}
