//! A builder that builds every commit and forgets nothing.

use std::rc::Rc;

use dfix_transforms::cache::{Install, Plan, StepKey};
use rustc_hash::{FxHashMap, FxHashSet};

use super::outcome::{Arm, Counts, StepRuns};

/// A file as it is built.
#[derive(Debug)]
pub(super) struct Planned {
    /// Its steps.
    pub plan: Plan,
    /// What each costs, in the order of [`Plan::steps`].
    pub seconds: Vec<f64>,
}

/// A builder.
#[derive(Debug, Default)]
pub(super) struct Machine {
    /// The keys of all steps that ever ran.
    cache: FxHashSet<u128>,
    /// What installations had read when they ran.
    read: FxHashSet<u128>,
    total: Counts,
    steps: FxHashMap<(String, String), (u32, u32)>,
    last: Option<Rc<Planned>>,
}

impl Machine {
    /// Builds a file. `reads` gives a number for what an installation reads. Returns what ran; the first build is not added
    /// to the total.
    pub(super) fn build(
        &mut self,
        planned: &Rc<Planned>,
        keys: &[StepKey],
        mut reads: impl FnMut(&Install) -> u128,
    ) -> Counts {
        let is_first = self.last.is_none();
        let mut counts = Counts::default();
        let steps = planned.plan.steps().zip(keys).zip(&planned.seconds);
        for (((stage, step), key), seconds) in steps {
            let ran = self.cache.insert(key.key);
            if ran {
                counts.steps += 1;
                counts.seconds += seconds;
                for install in &step.installs {
                    counts.installs += 1;
                    counts.needless += u32::from(!self.read.insert(reads(install)));
                }
            }
            if !is_first {
                let name = (stage_name(&planned.plan, stage), step.text.clone());
                let (builds, runs) = self.steps.entry(name).or_default();
                *builds += 1;
                *runs += u32::from(ran);
            }
        }
        if !is_first {
            self.total.add(counts);
        }
        self.last = Some(planned.clone());
        counts
    }

    /// What it has done.
    pub(super) fn end(self) -> Arm {
        let Some(last) = self.last else {
            return Arm::default();
        };
        let steps = last.plan.steps().zip(&last.seconds);
        let runs = steps.map(|((stage, step), seconds)| {
            let stage = stage_name(&last.plan, stage);
            let name = (stage.clone(), step.text.clone());
            let (builds, runs) = self.steps.get(&name).copied().unwrap_or_default();
            StepRuns {
                stage,
                text: step.text.clone(),
                kind: step.kind,
                seconds: *seconds,
                builds,
                runs,
            }
        });
        Arm {
            total: self.total,
            steps: runs.collect(),
        }
    }
}

/// The name of a stage, or its number.
fn stage_name(plan: &Plan, place: usize) -> String {
    match plan.stages.get(place) {
        None => String::new(),
        Some(stage) => match &stage.name {
            Some(name) => name.to_string(),
            None if plan.stages.len() == 1 => String::new(),
            None => format!("stage {}", stage.number),
        },
    }
}
