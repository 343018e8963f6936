//! A command's effects while they are gathered.

use smol_str::SmolStr;

use super::path;
use super::{Domain, Effects, PathSet};
use crate::commands::{Invocation, Operand};
use crate::model::{ShellWord, SimpleCommand};

/// Gathers the effects of one command.
pub(super) struct Gather<'a> {
    pub(super) command: &'a SimpleCommand,
    pub(super) directory: Option<&'a str>,
    pub(super) effects: Effects,
}

impl Gather<'_> {
    /// What a word is as a path: one known path, or all that it may be.
    pub(super) fn path(&self, word: usize) -> PathOf {
        self.command
            .words
            .get(word)
            .map_or(PathOf::Any, |word| self.path_of(word))
    }

    /// What a word is as a path.
    pub(super) fn path_of(&self, word: &ShellWord) -> PathOf {
        if let Some(value) = &word.value {
            return self.path_text(value);
        }
        // `/tmp/*.deb` is below `/tmp`.
        let only_glob =
            word.glob && word.variables.is_empty() && word.substitutions.is_empty() && !word.quoted;
        if only_glob && !word.text.contains(['{', '~', '$', '`']) {
            let head = word.text.split(['*', '?', '[']).next().unwrap_or_default();
            let above = head
                .rfind('/')
                .map_or("", |slash| head.get(..=slash).unwrap_or_default());
            let rest = word.text.get(above.len()..).unwrap_or_default();
            if rest.split('/').any(|name| name == "..") {
                return PathOf::Any;
            }
            return match self.path_text(if above.is_empty() { "." } else { above }) {
                PathOf::One(path) | PathOf::Below(path) => PathOf::Below(path),
                PathOf::Any => PathOf::Any,
            };
        }
        PathOf::Any
    }

    /// What a text is as a path.
    pub(super) fn path_text(&self, text: &str) -> PathOf {
        path::resolve(text, self.directory).map_or(PathOf::Any, PathOf::One)
    }

    /// The current directory.
    pub(super) fn here(&self) -> PathOf {
        self.path_text(".")
    }

    pub(super) fn read(&mut self, path: &PathOf) {
        path.put(&mut self.effects.reads.paths);
    }

    pub(super) fn write(&mut self, path: &PathOf) {
        path.put(&mut self.effects.writes.paths);
    }

    /// It is written and certainly there afterwards.
    pub(super) fn create(&mut self, path: &PathOf) {
        self.write(path);
        if let PathOf::One(path) = path
            && !is_sink(path)
        {
            self.effects.created.push(path.clone());
        }
    }

    /// It is certainly gone afterwards.
    pub(super) fn delete(&mut self, path: &PathOf) {
        self.write(path);
        if let PathOf::One(path) = path {
            self.effects.deleted.push(path.clone());
        }
    }

    /// Programs, libraries, configuration.
    pub(super) fn read_system(&mut self) {
        self.effects.reads.paths.insert_system();
        self.effects.reads.domains.insert(Domain::Installed);
        self.effects.reads.variables.all = true;
    }

    pub(super) fn write_system(&mut self) {
        self.effects.writes.paths.insert_system();
    }

    pub(super) fn reads(&mut self, domain: Domain) {
        self.effects.reads.domains.insert(domain);
    }

    pub(super) fn writes(&mut self, domain: Domain) {
        self.effects.writes.domains.insert(domain);
    }

    pub(super) fn barrier(&mut self) {
        self.effects.everything = true;
    }

    pub(super) fn read_operands(&mut self, operands: &[Operand]) {
        for operand in operands {
            if operand.value.as_deref() != Some("-") {
                self.read(&self.path(operand.word));
            }
        }
    }

    /// Reads what flags name.
    pub(super) fn read_flags(&mut self, invocation: &Invocation<'_>, names: &[&str]) {
        for path in self.flag_paths(invocation, names) {
            self.read(&path);
        }
    }

    /// The paths that are the values of flags.
    pub(super) fn flag_paths(&self, invocation: &Invocation<'_>, names: &[&str]) -> Vec<PathOf> {
        names
            .iter()
            .flat_map(|name| invocation.uses(name))
            .map(|flag| match &flag.value {
                Some(value) => value
                    .text
                    .as_deref()
                    .map_or(PathOf::Any, |text| self.path_text(text)),
                None => PathOf::Any,
            })
            .collect()
    }
}

/// What a word is as a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathOf {
    /// This one.
    One(SmolStr),
    /// This one or something below it.
    Below(SmolStr),
    /// Not known.
    Any,
}

impl PathOf {
    fn put(&self, set: &mut PathSet) {
        match self {
            Self::One(path) if is_sink(path) => {}
            Self::One(path) | Self::Below(path) => set.insert(path),
            Self::Any => *set = PathSet::everything(),
        }
    }

    /// A path in this directory.
    pub(super) fn child(&self, name: &str) -> Self {
        match self {
            Self::One(path) => path::resolve(name, Some(path)).map_or(Self::Any, Self::One),
            Self::Below(path) => Self::Below(path.clone()),
            Self::Any => Self::Any,
        }
    }

    /// Where it is, for what may be written beside it.
    pub(super) fn parent(&self) -> Self {
        match self {
            Self::One(path) => {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                Self::Below(if parent.is_empty() {
                    "/".into()
                } else {
                    parent.into()
                })
            }
            other => other.clone(),
        }
    }
}

/// Devices that keep nothing.
fn is_sink(path: &str) -> bool {
    matches!(
        path,
        "/dev/null"
            | "/dev/stdout"
            | "/dev/stderr"
            | "/dev/stdin"
            | "/dev/tty"
            | "/dev/zero"
            | "/dev/urandom"
            | "/dev/random"
    ) || path.starts_with("/dev/fd/")
}
