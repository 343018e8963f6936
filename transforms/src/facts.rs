//! What is known of the world around a Dockerfile: plain data, gathered by the caller.

use std::collections::BTreeMap;

/// Facts about the surroundings of one Dockerfile. The default says that nothing is known.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The build context: what `COPY`/`ADD` can select, after `.dockerignore`, keyed by slash-separated path relative to
    /// the context root, without leading `./`. `None` when no context is known (standard input, a lone file). A
    /// Dockerfile may be built with more than one folder as its context (its own folder, the repository root): a rule
    /// may rely on a path only when every candidate context agrees, see [`Facts::lookup`].
    pub contexts: Vec<BTreeMap<String, ContextEntry>>,
    /// Set when a context was too large to list completely; absence of a path then proves nothing.
    pub partial: bool,
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
    /// A regular file whose content is a tar archive, plain or compressed with gzip, bzip2, xz or zstd.
    Archive,
    /// A regular file whose content was not read.
    UnreadFile,
    /// A symbolic link or anything else.
    Other,
}

impl Facts {
    /// What a source path of `COPY`/`ADD` is, if all candidate contexts that hold it agree. `None`: not known.
    pub fn lookup(&self, path: &str) -> Option<ContextKind> {
        let path = path.trim_start_matches("./").trim_matches('/');
        if path.is_empty() || path == "." {
            return Some(ContextKind::Directory);
        }
        let mut found = None;
        for context in &self.contexts {
            if let Some(entry) = context.get(path) {
                match found {
                    None => found = Some(entry.kind),
                    Some(kind) if kind == entry.kind => {}
                    Some(_) => return None,
                }
            }
        }
        found
    }
}
