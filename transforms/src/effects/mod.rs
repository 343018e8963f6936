//! Effects: what commands and instructions read and write.
//!
//! Everything here is an upper bound: what is not certain counts as touched, a command that no table knows reads and
//! writes everything. Two steps may change places only when their effects [commute](Effects::commutes).
//!
//! Paths are compared by their names. Links of a merged `/usr` and `/var/run` are taken into account; a link that the
//! base image has elsewhere is not seen.

mod apply;
mod command;
mod files;
mod index;
mod instruction;
mod packages;
mod path;
mod script;
#[cfg(test)]
mod tests;
mod transfer;

use smol_str::SmolStr;

pub use index::{Index, IndexUse, Use, index_use, reads_apt_lists, refreshes_apt_lists};
pub use path::{PathSet, resolve};

/// What a step reads and writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// What it may depend on.
    pub reads: Touched,
    /// What it may change.
    pub writes: Touched,
    /// Whether it may do anything at all: a barrier.
    pub everything: bool,
    created: Vec<SmolStr>,
    deleted: Vec<SmolStr>,
    emptied: Vec<SmolStr>,
}

/// Things that a step touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Files and directories, each with everything below it.
    pub paths: PathSet,
    /// Variables.
    pub variables: Names,
    /// Everything else.
    pub domains: Domains,
}

/// A set of variable names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Whether it holds every name.
    pub all: bool,
    /// Whether [`LOOKUP`] belongs to it.
    lookup: bool,
    names: Vec<SmolStr>,
}

/// Things that are no files, or are known better by another name than by their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `/etc/passwd`, `/etc/group`.
    Users,
    /// Which packages of the distribution are installed.
    Installed,
    /// `/var/lib/apt/lists`.
    AptLists,
    /// The index of apk.
    ApkIndex,
    /// The metadata of dnf, yum, microdnf and zypper.
    RpmMetadata,
    /// The world outside.
    Network,
    /// The state of the shell that runs the command, its directory and options.
    Shell,
    /// Processes that stay.
    Processes,
    /// The working directory of the image.
    Workdir,
    /// The user of the image.
    User,
    /// The shell of the image.
    ImageShell,
    /// Other configuration of the image.
    Metadata,
}

/// A set of [`Domain`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Domains(u16);

impl Effects {
    /// A step that does nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// A step that may do anything.
    pub fn barrier() -> Self {
        Self {
            everything: true,
            ..Self::default()
        }
    }

    /// Whether two steps may change places: neither writes what the other reads or writes.
    pub fn commutes(&self, other: &Self) -> bool {
        !self.everything
            && !other.everything
            && !self.writes.meets(&other.writes)
            && !self.writes.meets(&other.reads)
            && !self.reads.meets(&other.writes)
    }

    /// Whether two steps agree on everything that is no file.
    pub fn commutes_but_for_files(&self, other: &Self) -> bool {
        let apart = |a: &Touched, b: &Touched| {
            a.domains.0 & b.domains.0 == 0 && !a.variables.meets(&b.variables)
        };
        !self.everything
            && !other.everything
            && apart(&self.writes, &other.writes)
            && apart(&self.writes, &other.reads)
            && apart(&self.reads, &other.writes)
    }

    /// Whether it may read a path or something below it.
    pub fn may_read(&self, path: &str) -> bool {
        self.everything || self.reads.paths.meets(path)
    }

    /// Whether it may write a path or something below it.
    pub fn may_write(&self, path: &str) -> bool {
        self.everything || self.writes.paths.meets(path)
    }

    /// Whether it may remove a path or put something else in its place. What it writes below the path doesn't count.
    pub fn may_replace(&self, path: &str) -> bool {
        self.everything || self.writes.paths.covers(path)
    }

    /// Whether the path certainly exists when the step has succeeded, because the step made or kept it.
    pub fn creates(&self, path: &str) -> bool {
        self.created.iter().any(|created| created == path)
    }

    /// Whether the path is certainly gone when the step has succeeded.
    pub fn deletes(&self, path: &str) -> bool {
        self.deleted
            .iter()
            .any(|deleted| path::is_within(path, deleted))
    }

    /// Whether everything in a directory but names with a leading dot is certainly gone when the step has succeeded
    /// (`rm -rf /dir/*`), or the directory itself.
    pub fn empties(&self, directory: &str) -> bool {
        self.deletes(directory)
            || self
                .emptied
                .iter()
                .any(|emptied| path::is_within(directory, emptied))
    }

    /// The paths that [`Self::creates`] knows.
    pub fn created(&self) -> &[SmolStr] {
        &self.created
    }

    /// The paths that [`Self::deletes`] knows; what is below them is gone as well.
    pub fn deleted(&self) -> &[SmolStr] {
        &self.deleted
    }

    /// Adds a step that may run, before, after or at the same time.
    pub fn join(&mut self, other: Self) {
        self.everything |= other.everything;
        self.reads.join(other.reads);
        self.writes.join(other.writes);
        self.forget();
    }

    /// Adds a step that runs afterwards if this one has succeeded.
    pub fn then(&mut self, other: Self) {
        let mut created = std::mem::take(&mut self.created);
        let mut deleted = std::mem::take(&mut self.deleted);
        let mut emptied = std::mem::take(&mut self.emptied);
        // What the later step may touch is no longer certain.
        created.retain(|path| !other.may_write(path));
        deleted.retain(|path| !other.may_write(path));
        emptied.retain(|path| !other.may_write(path));
        created.extend(other.created.iter().cloned());
        deleted.extend(other.deleted.iter().cloned());
        emptied.extend(other.emptied.iter().cloned());
        self.join(other);
        self.created = created;
        self.deleted = deleted;
        self.emptied = emptied;
    }

    /// Nothing is certain any more.
    fn forget(&mut self) {
        self.created.clear();
        self.deleted.clear();
        self.emptied.clear();
    }
}

impl Touched {
    fn meets(&self, other: &Self) -> bool {
        self.domains.0 & other.domains.0 != 0
            || self.variables.meets(&other.variables)
            || self.paths.meets_set(&other.paths)
    }

    fn join(&mut self, other: Self) {
        self.paths.join(other.paths);
        self.variables.join(other.variables);
        self.domains.0 |= other.domains.0;
    }
}

/// The variables on which it depends what a name and a word mean to any command.
const LOOKUP: &[&str] = &[
    "PATH",
    "IFS",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
];

impl Names {
    /// Adds a name.
    pub fn insert(&mut self, name: &str) {
        if !self.contains(name) {
            self.names.push(name.into());
        }
    }

    /// Whether a name is in it.
    pub fn contains(&self, name: &str) -> bool {
        self.all
            || self.lookup && LOOKUP.contains(&name)
            || self.names.iter().any(|known| known == name)
    }

    fn is_empty(&self) -> bool {
        !self.all && !self.lookup && self.names.is_empty()
    }

    fn meets(&self, other: &Self) -> bool {
        match (self.all, other.all) {
            (true, _) => !other.is_empty(),
            (_, true) => !self.is_empty(),
            _ => {
                self.lookup && other.lookup
                    || self.names.iter().any(|name| other.contains(name))
                    || other.names.iter().any(|name| self.contains(name))
            }
        }
    }

    fn join(&mut self, other: Self) {
        self.all |= other.all;
        self.lookup |= other.lookup;
        if self.all {
            self.names.clear();
        }
        other.names.iter().for_each(|name| self.insert(name));
    }
}

impl Domains {
    /// Adds one.
    pub fn insert(&mut self, domain: Domain) {
        self.0 |= 1 << domain as u16;
    }

    /// Removes one.
    pub fn remove(&mut self, domain: Domain) {
        self.0 &= !(1 << domain as u16);
    }

    /// Whether one is in it.
    pub fn contains(self, domain: Domain) -> bool {
        self.0 & (1 << domain as u16) != 0
    }
}
