//! How often what a source of COPY takes has changed.

use dfix_transforms::Churn;

use super::log::{Change, PathId, Paths};
use super::select::Selector;

/// How many of the last commits are evidence.
pub(crate) const WINDOW: u32 = 1000;
/// After so many commits a change counts half as much.
const HALF_LIFE: f64 = 100.0;

/// The commits in which each path changed. A file that was renamed takes its past along.
#[derive(Debug, Default)]
pub(crate) struct Pasts {
    /// By path: the numbers of the commits, in order.
    paths: Vec<Vec<u32>>,
    /// How many commits there were.
    commits: u32,
}

/// A source, and the commits of the window in which something of it changed.
#[derive(Debug)]
pub(crate) struct Watched {
    selector: Selector,
    commits: Vec<u32>,
}

impl Pasts {
    /// How many commits count.
    pub(crate) fn commits(&self) -> u32 {
        self.commits.min(WINDOW)
    }

    /// Takes the next commit.
    pub(crate) fn take(&mut self, changes: &[Change], paths: &Paths) {
        self.paths.resize(paths.len(), Vec::new());
        let commit = self.commits;
        for change in changes {
            if let Some(from) = change.from {
                // What took it has lost it in this commit, and what takes the new path gets a file with a past.
                let past = self.past(from).to_vec();
                if let Some(own) = self.past_mut(change.path) {
                    join(own, &past);
                }
            }
            for path in [Some(change.path), change.from].into_iter().flatten() {
                if let Some(own) = self.past_mut(path) {
                    join(own, &[commit]);
                }
            }
        }
        self.commits += 1;
    }

    /// Begins to watch a source, whose files may have a past.
    pub(crate) fn watch(&self, mut selector: Selector, paths: &Paths) -> Watched {
        let mut commits = Vec::new();
        let first = self.first();
        for (number, past) in self.paths.iter().enumerate() {
            let id = PathId(u32::try_from(number).unwrap_or(u32::MAX));
            if past.last().is_some_and(|last| *last >= first) && selector.takes(id, paths) {
                commits.extend(past.iter().filter(|commit| **commit >= first));
            }
        }
        commits.sort_unstable();
        commits.dedup();
        Watched { selector, commits }
    }

    /// The number of the first commit that counts.
    fn first(&self) -> u32 {
        self.commits.saturating_sub(WINDOW)
    }

    fn past_mut(&mut self, path: PathId) -> Option<&mut Vec<u32>> {
        self.paths.get_mut(path.0 as usize)
    }

    fn past(&self, path: PathId) -> &[u32] {
        self.paths.get(path.0 as usize).map_or(&[], |past| past)
    }
}

impl Watched {
    /// Takes the commit that the pasts have just taken.
    pub(crate) fn take(&mut self, changes: &[Change], pasts: &Pasts, paths: &Paths) {
        let Some(commit) = pasts.commits.checked_sub(1) else {
            return;
        };
        for change in changes {
            let is_here = self.selector.takes(change.path, paths);
            let from = change.from;
            let was_here = from.is_some_and(|from| self.selector.takes(from, paths));
            if is_here && from.is_some() && !was_here {
                // A file that comes from outside of the source brings its past.
                join(&mut self.commits, pasts.past(change.path));
            } else if is_here || was_here {
                join(&mut self.commits, &[commit]);
            }
        }
    }

    /// How often it has changed.
    pub(crate) fn churn(&self, pasts: &Pasts) -> Churn {
        let first = pasts.first();
        let from = self.commits.partition_point(|commit| *commit < first);
        let counted = self.commits.get(from..).unwrap_or_default();
        let keep = (0.5_f64).powf(1.0 / HALF_LIFE);
        let age = |commit: u32| f64::from(pasts.commits.saturating_sub(commit + 1));
        let sum: f64 = counted.iter().map(|commit| keep.powf(age(*commit))).sum();
        // The weights of all commits that count: a geometric series.
        let all = (1.0 - keep.powf(f64::from(pasts.commits()))) / (1.0 - keep);
        Churn {
            changed: u32::try_from(counted.len()).unwrap_or(u32::MAX),
            weight: match pasts.commits {
                0 => 0.0,
                _ => rounded((sum / all).clamp(0.0, 1.0)),
            },
        }
    }
}

/// A weight to an eighth of a power of two. The evidence is not finer than that, and what is decided by it should not be
/// decided anew with each commit.
fn rounded(weight: f64) -> f64 {
    match weight > 0.0 {
        true => ((weight.log2() * 8.0).round() / 8.0).exp2(),
        false => 0.0,
    }
}

/// Adds sorted numbers to sorted numbers.
fn join(numbers: &mut Vec<u32>, more: &[u32]) {
    let is_behind = match (numbers.last(), more.first()) {
        (Some(last), Some(first)) => last < first,
        _ => true,
    };
    numbers.extend(more);
    if !is_behind {
        numbers.sort_unstable();
        numbers.dedup();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::dockerignore::DockerIgnore;

    /// Commits as texts of paths; `a>b` is a renaming. Gives what is known when the source is watched from the end on, and
    /// makes sure that it is the same when it is watched from the start.
    fn churn(source: &str, ignore: &str, commits: &[&str]) -> (u32, f64) {
        let mut paths = Paths::default();
        let selector = || {
            let ignore = Arc::new(DockerIgnore::parse(ignore).unwrap());
            Selector::new("", source, "", ignore)
        };
        let mut pasts = Pasts::default();
        let mut early = pasts.watch(selector(), &paths);
        for commit in commits {
            let changes: Vec<Change> = commit
                .split_ascii_whitespace()
                .map(|word| {
                    let (from, path) = match word.split_once('>') {
                        Some((from, path)) => (Some(paths.id(from)), path),
                        None => (None, word),
                    };
                    let path = paths.id(path);
                    Change {
                        path,
                        from,
                        now: None,
                    }
                })
                .collect();
            pasts.take(&changes, &paths);
            early.take(&changes, &pasts, &paths);
        }
        let late = pasts.watch(selector(), &paths);
        let (early, late) = (early.churn(&pasts), late.churn(&pasts));
        assert_eq!(early, late);
        (late.changed, late.weight)
    }

    #[test]
    fn counts() {
        let commits = ["src/a b", "b", "src/c src/a", "x"];
        assert_eq!(churn("src", "", &commits).0, 2);
        assert_eq!(churn("", "", &commits).0, 4);
        assert_eq!(churn("", "b\n", &commits).0, 3);
        assert_eq!(churn("none", "", &commits), (0, 0.0));
        assert_eq!(churn("src", "", &[]), (0, 0.0));
    }

    #[test]
    fn a_renamed_file_has_its_past() {
        let commits = ["old/p", "old/p", "x", "old/p>p", "y"];
        assert_eq!(churn("p", "", &commits).0, 3);
        assert_eq!(churn("p", "", &["p", "p>q", "x"]).0, 2);
        assert_eq!(churn("q", "", &["p", "p>q", "x", "q"]).0, 3);
        assert_eq!(churn("q", "", &["q", "p", "p>q"]).0, 3);
    }

    #[test]
    fn recent_commits_weigh_more() {
        let mut commits = vec!["x"; 300];
        assert_eq!(churn("x", "", &commits), (300, 1.0));
        commits[0] = "y";
        let (_, old) = churn("y", "", &commits);
        commits[0] = "x";
        commits[200] = "y";
        let (_, newer) = churn("y", "", &commits);
        assert!((newer / old - 4.0).abs() < 1e-9, "{newer} {old}");
        // Half of the weight is on the last hundred.
        let half: Vec<&str> = (0..1000).map(|n| if n < 900 { "x" } else { "y" }).collect();
        let (changed, weight) = churn("y", "", &half);
        assert!(changed == 100 && (weight - 0.5).abs() < 0.01, "{weight}");
    }

    #[test]
    fn only_the_last_commits_count() {
        let commits: Vec<&str> = (0..1500).map(|n| if n < 600 { "y" } else { "x" }).collect();
        assert_eq!(churn("y", "", &commits).0, 100);
        assert_eq!(churn("x", "", &commits).0, 900);
    }
}
