//! What is known of the world around a Dockerfile: plain data, gathered by the caller.

mod history;
mod project;
mod timings;

use std::collections::BTreeMap;

pub use history::{Churn, History};
pub use project::{IgnoreFile, Project};
pub use timings::Timings;

/// Facts about the surroundings of one Dockerfile. The default says that nothing is known.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// One map for each folder that may be the build context (the Dockerfile's own, the root of the repository). It holds
    /// what the caller looked up there: the sources of `COPY` and `ADD`, keyed by [`Facts::key`]; a source with wildcards
    /// stands under its own text and has the kind that everything it selects shares. What `.dockerignore` leaves out, what
    /// does not exist and what was not looked up is absent, so absence proves nothing.
    pub contexts: Vec<BTreeMap<String, ContextEntry>>,
    /// Set when a look-up was given up because a folder holds too much.
    pub partial: bool,
    /// The files of the build context, when it is certain which folder that is.
    pub project: Option<Project>,
    /// How often what `COPY` and `ADD` take has changed.
    pub history: Option<History>,
    /// How long the steps took in a real build.
    pub timings: Option<Timings>,
}

/// A part of [`Facts`] that costs something to gather, so that it is gathered only for files of which a rule can use it
/// ([`crate::rules::wants`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// [`Facts::project`].
    Project,
    /// The texts of the files that the Dockerfile names, in [`Facts::project`]; see [`Project::with_named`].
    Named,
    /// [`Facts::history`].
    History,
    /// [`Facts::timings`].
    Timings,
}

/// One path of a build context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextEntry {
    /// What it is.
    pub kind: ContextKind,
}

/// The kinds of things in a build context that a rule may have to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContextKind {
    /// A directory.
    Directory,
    /// A regular file whose content is no archive that `ADD` would unpack.
    File,
    /// As [`Self::File`], and the kernel can start it: it begins with `#!` and an absolute path, or like an ELF program.
    /// Whether it may be executed is not said.
    Program,
    /// A regular file whose content is a tar archive, plain or compressed with gzip, bzip2, xz or zstd. For a compressed
    /// file the name decides what is inside.
    Archive,
    /// A regular file whose content was not read, or is compressed and named as if no tar archive were inside.
    UnreadFile,
    /// A symbolic link or anything else.
    Other,
}

impl Facts {
    /// What a source of `COPY`/`ADD` is, if all candidate contexts that hold it agree. `None`: not known.
    pub fn lookup(&self, source: &str) -> Option<ContextKind> {
        let key = Self::key(source);
        if key.is_empty() {
            return Some(ContextKind::Directory);
        }
        let mut kinds = self
            .contexts
            .iter()
            .filter_map(|context| context.get(&key))
            .map(|entry| entry.kind);
        let kind = kinds.next()?;
        kinds.all(|other| other == kind).then_some(kind)
    }

    /// The form in which a source is looked up: relative to the context's root, without `.`, empty elements and a final
    /// slash; `..` never leaves the root (BuildKit confines it). Empty for the root itself.
    pub fn key(source: &str) -> String {
        let mut elements: Vec<&str> = Vec::new();
        for element in source.split('/') {
            match element {
                "" | "." => {}
                ".." => {
                    elements.pop();
                }
                _ => elements.push(element),
            }
        }
        elements.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (source, key) in [
            ("a", "a"),
            ("./a/", "a"),
            ("/a//b", "a/b"),
            ("../a", "a"),
            ("a/../../b/.", "b"),
            (".", ""),
            ("/", ""),
            ("dist/*.tar", "dist/*.tar"),
        ] {
            assert_eq!(Facts::key(source), key, "{source}");
        }
    }

    #[test]
    fn contexts_have_to_agree() {
        let context = |kind| BTreeMap::from([("a".to_owned(), ContextEntry { kind })]);
        let facts = |contexts| Facts {
            contexts,
            ..Facts::default()
        };
        use ContextKind::{Archive, Directory, File};
        assert_eq!(facts(vec![]).lookup("a"), None);
        assert_eq!(facts(vec![]).lookup("./"), Some(Directory));
        assert_eq!(facts(vec![context(File)]).lookup("./a"), Some(File));
        assert_eq!(
            facts(vec![context(File), BTreeMap::new(), context(File)]).lookup("a"),
            Some(File)
        );
        assert_eq!(
            facts(vec![context(File), context(Archive)]).lookup("a"),
            None
        );
    }
}
