//! Which differences were declared: those that the laws of the applied fixes permit.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use dfix_transforms::proof::{self, ConfigChange, Law, Permitted};
use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::compare::{Aspect, Change, Difference, Noise, Subject};
use super::image::Path;

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Nothing explains it: the images are not the same.
    Undeclared,
    /// A law of an applied fix permits it.
    Declared(Law),
    /// Two builds of the same input differ in the same way.
    Noise,
}

impl Status {
    /// `undeclared`, `declared` or `noise`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared",
            Self::Declared(_) => "declared",
            Self::Noise => "noise",
        }
    }

    /// The law that permits it.
    pub(crate) fn law(self) -> Option<Law> {
        match self {
            Self::Declared(law) => Some(law),
            Self::Undeclared | Self::Noise => None,
        }
    }
}

/// A difference with what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    /// The difference.
    pub(crate) difference: Difference,
    /// What it means.
    pub(crate) status: Status,
}

/// Judges differences, in their order. One of which only some aspects are declared becomes several, one for each status.
pub(crate) fn judge(differences: Vec<Difference>, laws: &[Law], noise: &Noise) -> Vec<Judged> {
    let mut laws = laws.to_vec();
    laws.sort_unstable();
    laws.dedup();
    let status = |subject: &Subject, change: &Change| {
        let law = laws.iter().find(|law| permits(**law, subject, change));
        match law {
            Some(law) => Status::Declared(*law),
            None if noise.has(subject, change) => Status::Noise,
            None => Status::Undeclared,
        }
    };
    let mut judged: Vec<Judged> = Vec::new();
    for difference in differences {
        let mut changes: Vec<(Status, Change)> = difference
            .changes
            .into_iter()
            .map(|change| (status(&difference.subject, &change), change))
            .collect();
        changes.sort_by_key(|(status, _)| *status);
        for part in changes.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((status, _)) = part.first() else {
                continue;
            };
            judged.push(Judged {
                difference: Difference {
                    subject: difference.subject.clone(),
                    changes: part.iter().map(|(_, change)| change.clone()).collect(),
                },
                status: *status,
            });
        }
    }
    let declared: BTreeSet<(Law, Path)> = judged
        .iter()
        .filter_map(|judged| match (&judged.difference.subject, judged.status) {
            (Subject::Path(path), Status::Declared(law)) => Some((law, path.clone())),
            _ => None,
        })
        .collect();
    for judged in &mut judged {
        if judged.status == Status::Undeclared
            && let Some(law) = emptied(&judged.difference, &laws, &declared)
        {
            judged.status = Status::Declared(law);
        }
    }
    judged
}

/// The law that permits a directory to be missing because of what it held.
fn emptied(difference: &Difference, laws: &[Law], declared: &BTreeSet<(Law, Path)>) -> Option<Law> {
    let (Subject::Path(path), [change]) = (&difference.subject, difference.changes.as_slice())
    else {
        return None;
    };
    if change.aspect != Aspect::Presence(true) || change.after.is_some() {
        return None;
    }
    let mut below = path.to_vec();
    below.push(b'/');
    let held = |law: Law| {
        let from = (law, Path::from(below.as_slice()));
        let mut next = declared.range(from..);
        next.next()
            .is_some_and(|(found, path)| *found == law && path.starts_with(&below))
    };
    let patterns = |law: Law| &patterns(law).removed_with_contents;
    laws.iter()
        .copied()
        .find(|law| matches(patterns(*law), path) && held(*law))
}

/// Whether a law permits a change by itself.
fn permits(law: Law, subject: &Subject, change: &Change) -> bool {
    match subject {
        Subject::Path(path) => {
            let patterns = patterns(law);
            let set = match (&change.aspect, &change.before, &change.after) {
                (Aspect::Presence(_), Some(_), None) => &patterns.removed,
                (Aspect::Presence(_), None, Some(_)) => &patterns.added,
                (Aspect::Content, Some(_), Some(_)) => &patterns.content,
                (Aspect::Mode, Some(_), Some(_)) => &patterns.removed_with_contents,
                _ => return false,
            };
            matches(set, path)
        }
        Subject::Config(_) => {
            let needed = match change.aspect {
                Aspect::ShellDropped => ConfigChange::ShellDropped,
                Aspect::AuthorToLabel => ConfigChange::AuthorToLabel,
                Aspect::VariableOrder => ConfigChange::VariableOrder,
                _ => return false,
            };
            let is_it = |permitted: &Permitted| permitted.what == proof::Subject::Config(needed);
            law.permits().iter().any(is_it)
        }
    }
}

fn matches(set: &GlobSet, path: &Path) -> bool {
    set.is_match_candidate(&Candidate::from_bytes(path.as_ref()))
}

/// The paths of a law, ready to be matched.
#[derive(Default)]
struct Patterns {
    removed: GlobSet,
    removed_with_contents: GlobSet,
    added: GlobSet,
    content: GlobSet,
}

fn patterns(law: Law) -> &'static Patterns {
    static ALL: OnceLock<Vec<(Law, Patterns)>> = OnceLock::new();
    static NONE: OnceLock<Patterns> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let of = |law: &Law| (*law, compiled(law.permits()));
        Law::ALL.iter().map(of).collect()
    });
    let found = all.iter().find(|(known, _)| *known == law);
    found.map_or_else(|| NONE.get_or_init(Patterns::default), |(_, found)| found)
}

fn compiled(permitted: &[Permitted]) -> Patterns {
    let set = |wanted: proof::Change| {
        let mut set = GlobSetBuilder::new();
        for permitted in permitted {
            if let proof::Subject::Paths(patterns, change) = permitted.what
                && change == wanted
            {
                // A pattern that can't be read permits nothing; a test reads them all.
                patterns
                    .iter()
                    .filter_map(|text| glob(text).ok())
                    .for_each(|glob| {
                        set.add(glob);
                    });
            }
        }
        set.build().unwrap_or_default()
    };
    Patterns {
        removed: set(proof::Change::Removed),
        removed_with_contents: set(proof::Change::RemovedWithContents),
        added: set(proof::Change::Added),
        content: set(proof::Change::Content),
    }
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

#[cfg(test)]
mod tests;
