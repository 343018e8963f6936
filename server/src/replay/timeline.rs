//! A repository as it was at each commit, one after the other: which files it held, and a number for what a selection of
//! them amounts to, kept up to date from commit to commit.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use dfix_transforms::cache::{Contents, Selection, print};
use dfix_transforms::ecosystem::Ecosystem;
use rustc_hash::FxHashMap;

use crate::world::dockerignore::DockerIgnore;
use crate::world::history::{Blob, Blobs, Change, PathId, Paths, Selector};
use crate::world::project::is_manifest;

/// The state of a repository.
#[derive(Debug)]
pub(super) struct Timeline {
    /// The files that there are, by path.
    files: BTreeMap<Box<str>, (PathId, Blob)>,
    /// The prints of the files that there are, by their number.
    prints: Vec<Option<u128>>,
    sums: Vec<Sum>,
    by_key: FxHashMap<SumKey, usize>,
    blobs: Blobs,
    texts: FxHashMap<Box<str>, Option<Arc<[u8]>>>,
    /// Counts the commits in which files came or went, or manifests changed.
    pub structure: u64,
}

/// What a selection amounts to.
#[derive(Debug)]
struct Sum {
    selector: Selector,
    sum: u128,
}

/// What a sum is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct SumKey {
    context: Arc<str>,
    ignore: u128,
    selection: Selection,
    only: Option<&'static str>,
}

/// An ignore file that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignore {
    /// Its patterns.
    pub patterns: Arc<DockerIgnore>,
    /// What tells it from others.
    pub print: u128,
}

impl Timeline {
    /// A repository that holds these files.
    pub(super) fn new(blobs: Blobs, files: Vec<(PathId, Blob)>, paths: &Paths) -> Self {
        let mut timeline = Self {
            files: BTreeMap::new(),
            prints: vec![None; paths.len()],
            sums: Vec::new(),
            by_key: FxHashMap::default(),
            blobs,
            texts: FxHashMap::default(),
            structure: 0,
        };
        for (path, blob) in files {
            timeline.set(path, Some(&blob), paths);
        }
        timeline
    }

    /// Makes the changes of a commit.
    pub(super) fn apply(&mut self, changes: &[Change], paths: &Paths) {
        let before = self.structure;
        // What is renamed may make room for what comes, so all goes before anything comes.
        for from in changes.iter().filter_map(|change| change.from) {
            self.set(from, None, paths);
        }
        for change in changes {
            self.set(change.path, change.now.as_ref(), paths);
        }
        self.structure = before + u64::from(self.structure != before);
    }

    fn set(&mut self, path: PathId, blob: Option<&Blob>, paths: &Paths) {
        let name = paths.name(path);
        let new = blob.map(|blob| file_print(name, blob));
        let Some(slot) = self.prints.get_mut(path.0 as usize) else {
            return;
        };
        let old = std::mem::replace(slot, new);
        if old == new {
            return;
        }
        for sum in &mut self.sums {
            if sum.selector.takes(path, paths) {
                let change = new
                    .unwrap_or_default()
                    .wrapping_sub(old.unwrap_or_default());
                sum.sum = sum.sum.wrapping_add(change);
            }
        }
        if old.is_some() != new.is_some() || is_manifest(name) {
            self.structure += 1;
        }
        match blob {
            Some(blob) => drop(self.files.insert(name.into(), (path, blob.clone()))),
            None => drop(self.files.remove(name)),
        }
    }

    /// The files below a folder (with a slash at its end, or empty), in the order of their paths.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = (PathId, &Blob)> {
        self.files
            .range::<str, _>((Bound::Included(folder), Bound::Unbounded))
            .take_while(move |(path, _)| folder.is_empty() || path.starts_with(folder))
            .map(|(_, (path, blob))| (*path, blob))
    }

    /// A file.
    pub(super) fn file(&self, path: &str) -> Option<&Blob> {
        self.files.get(path).map(|(_, blob)| blob)
    }

    /// Whether a path is a folder that holds something.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        path.is_empty() || self.below(&inside).next().is_some()
    }

    /// The content of a file.
    pub(super) fn content(&mut self, path: &str) -> Option<Arc<[u8]>> {
        let id = &self.files.get(path)?.1.id;
        if let Some(known) = self.texts.get(id) {
            return known.clone();
        }
        let content: Option<Arc<[u8]>> = self.blobs.read(id).map(Into::into);
        self.texts.insert(id.clone(), content.clone());
        content
    }

    /// What a selection amounts to in a context.
    pub(super) fn sum(
        &mut self,
        (context, ignore): (&Arc<str>, &Ignore),
        selection: &Selection,
        only: Option<&'static Ecosystem>,
        paths: &Paths,
    ) -> (u128, &mut Selector) {
        let key = SumKey {
            context: context.clone(),
            ignore: ignore.print,
            selection: selection.clone(),
            only: only.map(|ecosystem| ecosystem.name),
        };
        let place = match self.by_key.get(&key) {
            Some(place) => *place,
            None => {
                let exclude = selection.exclude.join("\n");
                let patterns = ignore.patterns.clone();
                let mut selector = Selector::new(context, &selection.source, &exclude, patterns);
                if let Some(ecosystem) = only {
                    selector = selector.only(ecosystem);
                }
                let sum = self.total(&mut selector, paths);
                self.sums.push(Sum { selector, sum });
                self.by_key.insert(key, self.sums.len() - 1);
                self.sums.len() - 1
            }
        };
        // The place was just made or found.
        #[allow(clippy::indexing_slicing, reason = "a place in the same vector")]
        let found = &mut self.sums[place];
        (found.sum, &mut found.selector)
    }

    fn total(&self, selector: &mut Selector, paths: &Paths) -> u128 {
        let mut sum = 0_u128;
        for (number, print) in self.prints.iter().enumerate() {
            let path = PathId(u32::try_from(number).unwrap_or(u32::MAX));
            if let Some(print) = print
                && selector.takes(path, paths)
            {
                sum = sum.wrapping_add(*print);
            }
        }
        sum
    }

    fn print_of(&self, path: PathId) -> Option<u128> {
        *self.prints.get(path.0 as usize)?
    }
}

fn file_print(name: &str, blob: &Blob) -> u128 {
    print(&(name, blob))
}

/// The build context of one build, with files that differ from what was committed.
pub(super) struct View<'t> {
    pub(super) timeline: &'t mut Timeline,
    pub(super) paths: &'t Paths,
    pub(super) context: &'t Arc<str>,
    pub(super) ignore: &'t Ignore,
    /// Files that a rewrite has changed, with their new texts.
    pub(super) rewritten: &'t [(PathId, u128)],
}

impl Contents for View<'_> {
    fn print(&mut self, selection: &Selection) -> u128 {
        let originals: Vec<(PathId, u128, u128)> = self
            .rewritten
            .iter()
            .map(|(path, new)| {
                let old = self.timeline.print_of(*path).unwrap_or_default();
                (*path, old, *new)
            })
            .collect();
        let place = (self.context, self.ignore);
        let (mut sum, selector) = self.timeline.sum(place, selection, None, self.paths);
        for (path, old, new) in originals {
            if selector.takes(path, self.paths) {
                sum = sum.wrapping_sub(old).wrapping_add(new);
            }
        }
        sum
    }

    fn is_folder(&mut self, path: &str) -> bool {
        let whole = join(self.context, path);
        self.timeline.is_folder(&whole)
    }
}

/// A path below a folder of the repository.
pub(super) fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}
