//! The keys of the steps of a build.

use rustc_hash::FxHashMap;

use super::plan::{From, Plan, Selection, Start, Step, StepKind, Take};
use super::print;
use crate::proof::trace::is_below;

/// The build context of one build, behind its ignore file.
pub trait Contents {
    /// A number for what is selected: the same for the same names, modes and bytes, another for others.
    fn print(&mut self, selection: &Selection) -> u128;
    /// Whether a path, in the form of [`crate::Facts::key`], is a folder that holds something.
    fn is_folder(&mut self, path: &str) -> bool;
}

/// The key of a step in a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepKey {
    /// By this the cache knows what the step did.
    pub key: u128,
    /// The state after the step.
    state: u128,
}

impl Plan {
    /// The keys of all steps, in the order of [`Plan::steps`].
    pub fn keys(&self, contents: &mut dyn Contents) -> Vec<StepKey> {
        let mut keyed = Keyed {
            plan: self,
            contents,
            stages: Vec::with_capacity(self.stages.len()),
            known: FxHashMap::default(),
        };
        for stage in &self.stages {
            let mut state = keyed.start(&stage.base);
            let mut keys = Vec::with_capacity(stage.steps.len());
            for step in &stage.steps {
                let key = keyed.key(step, state);
                state = if step.apart {
                    print(&(state, key))
                } else {
                    key
                };
                keys.push(StepKey { key, state });
            }
            keyed.stages.push(keys);
        }
        keyed.stages.concat()
    }
}

struct Keyed<'p, 'c> {
    plan: &'p Plan,
    contents: &'c mut dyn Contents,
    /// The keys of the stages so far.
    stages: Vec<Vec<StepKey>>,
    /// The content of paths of finished stages.
    known: FxHashMap<(usize, String), u128>,
}

impl Keyed<'_, '_> {
    /// The state that a stage starts in.
    fn start(&self, base: &Start) -> u128 {
        match base {
            Start::Image(print) => *print,
            Start::Stage(place) => {
                let last = self.stages.get(*place).and_then(|keys| keys.last());
                let parent = self.plan.stages.get(*place);
                match (last, parent) {
                    (Some(last), _) => last.state,
                    (None, Some(parent)) => self.start(&parent.base),
                    (None, None) => 0,
                }
            }
        }
    }

    fn key(&mut self, step: &Step, state: u128) -> u128 {
        let before = if step.apart { 0 } else { state };
        let takes: Vec<u128> = step.takes.iter().map(|take| self.content(take)).collect();
        print(&(before, step.print, takes))
    }

    fn content(&mut self, take: &Take) -> u128 {
        match &take.from {
            From::Context(selection) => self.contents.print(selection),
            From::Stage(place, path) => self.of_stage(*place, fixed_part(path)),
            From::Elsewhere => 0,
        }
    }

    /// What is at a path when a stage is finished: what was copied there, up to the last step that may have made
    /// something there itself.
    fn of_stage(&mut self, place: usize, path: &str) -> u128 {
        let name = (place, path.to_owned());
        if let Some(known) = self.known.get(&name) {
            return *known;
        }
        let plan = self.plan;
        let Some(stage) = plan.stages.get(place) else {
            return 0;
        };
        let mut found = Vec::new();
        let mut ended = false;
        for (number, step) in stage.steps.iter().enumerate().rev() {
            let made = match &step.effects {
                Some(effects) if step.kind == StepKind::Workdir => {
                    // An empty directory is all that it makes.
                    if effects.may_write(path) {
                        found.push(step.print);
                    }
                    false
                }
                Some(effects) => effects.may_write(path),
                None => {
                    let mut unknown = false;
                    for take in &step.takes {
                        match &take.dest {
                            Some(dest) => found.extend(self.arrived(take, dest, path, step)),
                            None => unknown = true,
                        }
                    }
                    unknown
                }
            };
            if made {
                let keys = self.stages.get(place);
                found.extend(keys.and_then(|keys| keys.get(number)).map(|it| it.state));
                ended = true;
                break;
            }
        }
        if !ended {
            found.push(match stage.base {
                Start::Image(print) => print,
                Start::Stage(parent) => self.of_stage(parent, path),
            });
        }
        let content = print(&found);
        self.known.insert(name, content);
        content
    }

    /// What a COPY brings to a path; `None` when nothing of it arrives there.
    fn arrived(&mut self, take: &Take, dest: &str, path: &str, step: &Step) -> Option<u128> {
        let folder = dest.trim_end_matches('/');
        if is_below(folder, path) {
            return Some(print(&(step.print, self.content(take))));
        }
        if !is_below(path, folder) {
            return None;
        }
        let rest = path.get(folder.len()..).unwrap_or_default();
        let rest = rest.trim_start_matches('/');
        let From::Context(selection) = &take.from else {
            return Some(print(&(step.print, self.content(take))));
        };
        let is_plain = fixed_part(&selection.source) == selection.source;
        if !is_plain || !selection.exclude.is_empty() {
            return Some(print(&(step.print, self.content(take))));
        }
        let source = selection.source.as_str();
        if source.is_empty() || self.contents.is_folder(source) {
            // Of a folder that is copied, the part that arrives at the path.
            let part = Selection {
                source: match source {
                    "" => rest.to_owned(),
                    source => format!("{source}/{rest}"),
                },
                exclude: Vec::new(),
            };
            return Some(print(&(step.print, self.contents.print(&part))));
        }
        let name = source.rsplit('/').next().unwrap_or(source);
        let first = rest.split('/').next().unwrap_or(rest);
        (name == first).then(|| print(&(step.print, self.content(take))))
    }
}

/// The part of a path before its first element with a wildcard.
fn fixed_part(path: &str) -> &str {
    match path.find(['*', '?', '[', '\\']) {
        None => path,
        Some(at) => {
            let before = path.get(..at).unwrap_or_default();
            match before.rfind('/') {
                Some(0) => "/",
                Some(slash) => before.get(..slash).unwrap_or_default(),
                None => "",
            }
        }
    }
}
