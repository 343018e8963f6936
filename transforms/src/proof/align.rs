//! The comparison of two lists of steps: equal steps go on together, a law may explain a difference where it stands,
//! and the first difference that nothing explains is the verdict.

use std::collections::BTreeSet;

use super::item::{Item, Kind, Side, describe};
use super::laws;
use super::{Difference, Law};
use crate::Facts;
use crate::proof::normal::same_command;

/// Two stages on their way through the comparison.
pub(crate) struct Alignment<'t, 'a> {
    /// The stage before.
    pub(crate) before: Side<'t, 'a>,
    /// The stage after.
    pub(crate) after: Side<'t, 'a>,
    /// For each item before, the one after that it has become.
    pub(crate) became: Vec<Option<usize>>,
    /// For each item after, whether it comes from one before.
    pub(crate) paired: Vec<bool>,
    /// The laws that may be used.
    pub(crate) allowed: &'t [Law],
    /// What is known of the build context.
    pub(crate) facts: &'t Facts,
    /// The laws that were used.
    pub(crate) used: BTreeSet<Law>,
}

/// How often a comparison is begun again.
const MAX_DOUBTS: usize = 4;

/// What a law says about a difference.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Nothing: it is about something else.
    No,
    /// It is about this, but one of its conditions doesn't hold.
    Refused(String),
    /// It explains it.
    Explained(Explained),
}

/// A difference that laws explain.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    /// The laws.
    pub(crate) laws: BTreeSet<Law>,
    /// How many items before are done with.
    pub(crate) before: usize,
    /// How many items after are done with.
    pub(crate) after: usize,
    /// Which of them correspond.
    pub(crate) pairs: Vec<(usize, usize)>,
}

impl Explained {
    /// An explanation of some items by one law.
    pub(crate) fn by(law: Law, before: usize, after: usize) -> Self {
        Self {
            laws: BTreeSet::from([law]),
            before,
            after,
            pairs: Vec::new(),
        }
    }

    /// Says that two items correspond.
    pub(crate) fn pair(mut self, before: usize, after: usize) -> Self {
        self.pairs.push((before, after));
        self
    }
}

impl<'t, 'a> Alignment<'t, 'a> {
    pub(crate) fn new(
        before: Side<'t, 'a>,
        after: Side<'t, 'a>,
        allowed: &'t [Law],
        facts: &'t Facts,
    ) -> Self {
        let became = vec![None; before.items.len()];
        let paired = vec![false; after.items.len()];
        Self {
            before,
            after,
            became,
            paired,
            allowed,
            facts,
            used: BTreeSet::new(),
        }
    }

    /// Goes through both lists. Where equal steps stand in other layers, a law may explain the one after as a new one;
    /// that is tried when the first way leads nowhere.
    pub(crate) fn run(&mut self) -> Result<(), Difference> {
        let mut doubts = Vec::new();
        let Err(first) = self.go(&BTreeSet::new(), &mut doubts) else {
            return Ok(());
        };
        let mut forced = BTreeSet::new();
        for _ in 0..MAX_DOUBTS {
            let Some(doubt) = doubts.iter().rfind(|doubt| !forced.contains(*doubt)) else {
                break;
            };
            forced.insert(*doubt);
            doubts.clear();
            if self.go(&forced, &mut doubts).is_ok() {
                return Ok(());
            }
        }
        Err(first)
    }

    /// Goes through both lists once. `forced` holds the places where equal steps are no pair; `doubts` gets the places
    /// where that could be tried.
    fn go(
        &mut self,
        forced: &BTreeSet<(usize, usize)>,
        doubts: &mut Vec<(usize, usize)>,
    ) -> Result<(), Difference> {
        self.became.fill(None);
        self.paired.fill(false);
        self.used.clear();
        let (mut i, mut j) = (0, 0);
        while i < self.before.items.len() || j < self.after.items.len() {
            if self.same(i, j) && !forced.contains(&(i, j)) {
                let begins =
                    |side: &Side<'_, '_>, at| side.get(at).is_some_and(|item| item.first == at);
                if begins(&self.before, i) != begins(&self.after, j) {
                    doubts.push((i, j));
                }
                self.set_pair(i, j);
                i += 1;
                j += 1;
                continue;
            }
            let explained = self.explain(i, j)?;
            self.used.extend(&explained.laws);
            for (before, after) in explained.pairs {
                self.set_pair(before, after);
            }
            i += explained.before;
            j += explained.after;
        }
        laws::layers::check(self)
    }

    fn set_pair(&mut self, before: usize, after: usize) {
        if let Some(slot) = self.became.get_mut(before) {
            *slot = Some(after);
        }
        if let Some(slot) = self.paired.get_mut(after) {
            *slot = true;
        }
    }

    fn explain(&self, i: usize, j: usize) -> Result<Explained, Difference> {
        let mut refused = None;
        let mut undeclared = None;
        for law in laws::STEPS {
            match law(self, i, j) {
                Answer::No => {}
                Answer::Refused(why) => {
                    refused.get_or_insert(why);
                }
                Answer::Explained(explained) => {
                    let missing = explained
                        .laws
                        .iter()
                        .find(|law| !self.allowed.contains(law));
                    let progress = explained.before + explained.after > 0;
                    match missing {
                        None if progress => return Ok(explained),
                        None => {}
                        Some(law) => {
                            undeclared.get_or_insert(*law);
                        }
                    }
                }
            }
        }
        Err(self.difference(i, j, refused, undeclared))
    }

    fn difference(
        &self,
        i: usize,
        j: usize,
        refused: Option<String>,
        undeclared: Option<Law>,
    ) -> Difference {
        let before = self.before.items.get(i).map(describe);
        let after = self.after.items.get(j).map(describe);
        let what = match (before, after) {
            (Some(before), Some(after)) if before == after => {
                format!(
                    "{before} is not in the same state: {}",
                    self.state_difference(i, j)
                )
            }
            (Some(before), Some(after)) => format!("{before} has become {after}"),
            (Some(before), None) => format!("{before} is gone"),
            (None, Some(after)) => format!("{after} is new"),
            (None, None) => "the steps differ".to_owned(),
        };
        let mut why = what;
        if let Some(refused) = refused {
            why = format!("{why}: {refused}");
        } else if let Some(law) = undeclared {
            why = format!("{why}, which the rewrite does not declare (`{}`)", law.id());
        }
        Difference(why)
    }

    /// What differs between two commands that read the same.
    fn state_difference(&self, i: usize, j: usize) -> &'static str {
        let (Some(b), Some(a)) = (self.before.items.get(i), self.after.items.get(j)) else {
            return "something differs";
        };
        let (Kind::Command(eb), Kind::Command(ea)) = (&b.kind, &a.kind) else {
            return "a flag or an owner differs";
        };
        let (Some(xb), Some(xa)) = (self.before.exec(b), self.after.exec(a)) else {
            return "something differs";
        };
        if eb.cwd != ea.cwd || eb.stale != ea.stale {
            "the working directory differs"
        } else if xb.user != xa.user {
            "the user differs"
        } else if xb.env != xa.env {
            "the environment differs"
        } else if xb.mounts != xa.mounts || xb.sandbox != xa.sandbox {
            "the mounts or the sandbox differ"
        } else if eb.mode != ea.mode {
            "what happens when it fails differs"
        } else if eb.options != ea.options {
            "the shell options differ"
        } else if !self.same_context(
            eb.context.as_slice(),
            b.first,
            ea.context.as_slice(),
            a.first,
        ) {
            "earlier commands of the same RUN may act on it"
        } else if eb.shape != ea.shape {
            "blanks or quotes that may matter differ"
        } else {
            "the shell differs"
        }
    }

    /// Whether two items are the same in the same surroundings.
    pub(crate) fn same(&self, i: usize, j: usize) -> bool {
        let (Some(b), Some(a)) = (self.before.items.get(i), self.after.items.get(j)) else {
            return false;
        };
        match (&b.kind, &a.kind) {
            (Kind::Command(eb), Kind::Command(ea)) => {
                eb.shape == ea.shape
                    && eb.commands.len() == ea.commands.len()
                    && eb
                        .commands
                        .iter()
                        .zip(&ea.commands)
                        .all(|(b, a)| same_command(b, a))
                    && self.same_state(b, a)
            }
            (Kind::Copy(b), Kind::Copy(a)) => b == a,
            (Kind::Mkdir(b), Kind::Mkdir(a)) => {
                b.path == a.path && same_owner(&b.owner, &a.owner) && b.certain == a.certain
            }
            _ => false,
        }
    }

    /// Whether two commands would run in the same state, whatever they are.
    pub(crate) fn same_state(&self, b: &Item<'_, '_>, a: &Item<'_, '_>) -> bool {
        let (Kind::Command(eb), Kind::Command(ea)) = (&b.kind, &a.kind) else {
            return false;
        };
        let (Some(xb), Some(xa)) = (self.before.exec(b), self.after.exec(a)) else {
            return false;
        };
        // A program that asks where it is gets another answer after `cd` than in a WORKDIR, when links are about.
        let asks = eb.effect.asks_directory && xb.cwd != xa.cwd;
        eb.whole == ea.whole
            && eb.cwd == ea.cwd
            && eb.stale == ea.stale
            && eb.mode == ea.mode
            && eb.options == ea.options
            && !asks
            && xb.same_place(xa)
            && xb.file == xa.file
            && xb.argv.same_shell(&xa.argv)
            && self.same_context(&eb.context, b.first, &ea.context, a.first)
    }

    /// Whether two contexts consist of commands that correspond. A command that a law added or dropped is no part of
    /// it: laws only do so with commands that leave nothing behind.
    fn same_context(
        &self,
        before: &[usize],
        first_before: usize,
        after: &[usize],
        first_after: usize,
    ) -> bool {
        if before.is_empty() && after.is_empty() {
            return true;
        }
        let mapped: BTreeSet<usize> = before
            .iter()
            .filter_map(|at| *self.became.get(first_before + at)?)
            .collect();
        let after: BTreeSet<usize> = after
            .iter()
            .map(|at| first_after + at)
            .filter(|at| self.paired.get(*at).is_some_and(|paired| *paired))
            .collect();
        mapped == after
    }
}

fn same_owner(a: &crate::model::Value, b: &crate::model::Value) -> bool {
    a == b || super::trace::is_root(a) && super::trace::is_root(b)
}
