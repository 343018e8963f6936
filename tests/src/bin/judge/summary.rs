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

/// All trials of a run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    trials: Vec<Trial>,
    counts: BTreeMap<String, usize>,
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
        let mut counts = self.counts.iter();
        counts.try_for_each(|(what, number)| writeln!(f, "{what}: {number}"))
    }
}
