//! What it costs to build a stage again, and what that depends on: how often a step changes ([`evidence`]) and how long
//! what runs again takes ([`price`]).
//!
//! BuildKit runs a step again when it or a step above it has changed (semantics B.11). So the expected cost of a rebuild is
//! the sum, over the steps, of the chance that one up to it has changed times its price ([`expected`]).

pub mod evidence;
pub mod price;

/// One instruction of a stage, as far as rebuilds are concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// The chance that it has changed since the last build, from 0 to 1.
    pub chance: f64,
    /// The seconds that it takes.
    pub seconds: f64,
    /// What sees its change.
    pub reach: Reach,
}

/// Which steps run again when an instruction has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It and all below it.
    Below,
    /// Processes below it, and with the first of them all below that: an argument is part of their environment, and of
    /// nothing else.
    Processes,
    /// As [`Reach::Below`]; it is a process itself.
    Process,
}

/// The seconds that a build of these instructions takes on average, when everything that has not changed is in the cache.
pub fn expected(steps: impl IntoIterator<Item = Cost>) -> f64 {
    let mut cache = Cache::default();
    steps.into_iter().map(|step| cache.take(step)).sum()
}

/// What the instructions so far leave of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cache {
    /// The chance that nothing has changed.
    kept: f64,
    /// The chance that no argument has changed that no process has seen yet.
    unseen: f64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            kept: 1.0,
            unseen: 1.0,
        }
    }
}

impl Cache {
    /// The seconds that one more instruction takes on average.
    pub fn take(&mut self, step: Cost) -> f64 {
        match step.reach {
            Reach::Processes => {
                self.unseen *= 1.0 - step.chance;
                return 0.0;
            }
            Reach::Process => {
                self.kept *= self.unseen;
                self.unseen = 1.0;
            }
            Reach::Below => {}
        }
        self.kept *= 1.0 - step.chance;
        step.seconds * (1.0 - self.kept)
    }

    /// The chance that a process that comes next runs again.
    pub fn lost(self) -> f64 {
        1.0 - self.kept * self.unseen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_again() {
        let step = |chance, seconds, reach| Cost {
            chance,
            seconds,
            reach,
        };
        let copy = step(0.5, 1.0, Reach::Below);
        let run = step(0.0, 20.0, Reach::Process);
        let argument = step(1.0, 0.0, Reach::Processes);
        for (steps, seconds) in [
            (&[][..], 0.0),
            (&[run, copy], 0.5),
            (&[copy, run], 10.5),
            (&[argument, copy, run], 20.5),
            (&[copy, argument], 0.5),
            (&[copy, copy], 0.5 + 0.75),
        ] {
            let found = expected(steps.iter().copied());
            assert!((found - seconds).abs() < 1e-9, "{steps:?}: {found}");
        }
    }
}
