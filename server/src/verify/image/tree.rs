//! The files of an image: what its layers come to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layer::{Contents, Record};
use super::problem::{Budget, Problem};

/// A path from the root, in bytes as the archive has it: `/`, `/etc/passwd`. Without `.`, `..` and doubled slashes.
pub(crate) type Path = Arc<[u8]>;

/// All paths of an image but what is mounted when a container starts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree(BTreeMap<Path, Arc<Entry>>);

/// What is at a path. Times are not known: no two builds have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is, with its content.
    pub(crate) kind: Kind,
    /// The lower twelve bits: set-id, sticky, permissions. A symbolic link has none of its own: 0o777.
    pub(crate) mode: u32,
    /// The owner.
    pub(crate) uid: u64,
    /// The group.
    pub(crate) gid: u64,
    /// Extended attributes by name, `security.capability` among them.
    pub(crate) xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What kind of thing is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// SHA-256.
        digest: [u8; 32],
        /// The content, when it is a short text, for messages.
        text: Option<Arc<str>>,
    },
    /// A directory.
    Directory,
    /// A symbolic link with its target.
    Link(Vec<u8>),
    /// A character device with its numbers.
    Char(u32, u32),
    /// A block device with its numbers.
    Block(u32, u32),
    /// A named pipe.
    Fifo,
}

impl Tree {
    /// What is at a path.
    pub(crate) fn get(&self, path: &[u8]) -> Option<&Entry> {
        self.0.get(path).map(AsRef::as_ref)
    }

    /// All paths in the order of their bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &Entry)> {
        self.0.iter().map(|(path, entry)| (path, entry.as_ref()))
    }

    /// The number of paths.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts layers on each other, the lowest first.
    ///
    /// Each layer is taken literally: a path below a symbolic link is a path of its own, as the builders write the paths at
    /// which the files are, never through a link.
    ///
    /// # Errors
    /// When a layer says something that no builder can unpack.
    pub(super) fn of_layers<'a>(
        layers: impl Iterator<Item = &'a Contents>,
    ) -> Result<Self, Problem> {
        let mut tree = Self::default();
        tree.0.insert(absolute(b"/"), implied_directory());
        let mut implied = Budget::new();
        for (number, layer) in layers.enumerate() {
            tree.apply(layer, &mut implied)
                .map_err(|problem| problem.at(&format!("layer {}", number + 1)))?;
        }
        Ok(tree)
    }

    fn apply(&mut self, layer: &Contents, implied: &mut Budget) -> Result<(), Problem> {
        // What a layer takes away is what the layers below it have, wherever in the layer that stands.
        for record in &layer.records {
            match record {
                Record::Gone(path) => {
                    self.remove_below(path);
                    self.0.remove(path);
                }
                Record::Opaque(path) => self.remove_below(path),
                Record::Is(..) | Record::Same(..) => {}
            }
        }
        for record in &layer.records {
            match record {
                Record::Gone(_) | Record::Opaque(_) => {}
                Record::Is(path, entry) => self.put(path, entry, implied)?,
                Record::Same(path, target) => {
                    let entry = self.0.get(target).map(Arc::clone);
                    let entry = entry.filter(|entry| entry.kind != Kind::Directory);
                    let entry = entry.ok_or_else(|| {
                        Problem::new(format!(
                            "{} is a hard link to {}, which is no file that stands before it",
                            display(path),
                            display(target)
                        ))
                    })?;
                    self.put(path, &entry, implied)?;
                }
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        path: &Path,
        entry: &Arc<Entry>,
        implied: &mut Budget,
    ) -> Result<(), Problem> {
        if entry.kind != Kind::Directory {
            if path.as_ref() == b"/" {
                return Err(Problem::new("the root is not a directory"));
            }
            if self
                .get(path)
                .is_some_and(|old| old.kind == Kind::Directory)
            {
                self.remove_below(path);
            }
        }
        self.add_parents(path, implied)?;
        self.0.insert(Arc::clone(path), Arc::clone(entry));
        Ok(())
    }

    /// Adds the directories above a path of which no layer speaks: a builder makes them when it unpacks the layer.
    fn add_parents(&mut self, path: &[u8], implied: &mut Budget) -> Result<(), Problem> {
        let mut path = path;
        while let Some(parent) = parent(path).filter(|parent| !self.0.contains_key(*parent)) {
            implied.take(parent.len() + 200)?;
            self.0.insert(parent.into(), implied_directory());
            path = parent;
        }
        Ok(())
    }

    fn remove_below(&mut self, path: &[u8]) {
        let mut start = path.strip_suffix(b"/").unwrap_or(path).to_vec();
        start.push(b'/');
        let mut end = start.clone();
        // The next character: all that begins with `path/` stands between the two.
        end.pop();
        end.push(b'/' + 1);
        let below = self.0.range::<[u8], _>((
            std::ops::Bound::Excluded(start.as_slice()),
            std::ops::Bound::Excluded(end.as_slice()),
        ));
        let below: Vec<Path> = below.map(|(path, _)| Arc::clone(path)).collect();
        for path in below {
            self.0.remove(&path);
        }
    }
}

/// A directory of which no layer speaks.
fn implied_directory() -> Arc<Entry> {
    Arc::new(Entry {
        kind: Kind::Directory,
        mode: 0o755,
        uid: 0,
        gid: 0,
        xattrs: BTreeMap::new(),
    })
}

/// A name of an archive as a path from the root.
pub(super) fn absolute(name: &[u8]) -> Path {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut path = vec![b'/'];
    path.extend(parts.join(&b'/'));
    path.into()
}

/// The directory that a path stands in; `None` of the root.
pub(crate) fn parent(path: &[u8]) -> Option<&[u8]> {
    let slash = path.iter().rposition(|byte| *byte == b'/')?;
    let root = path.get(..1)?;
    match path {
        b"/" => None,
        _ => path
            .get(..slash)
            .filter(|parent| !parent.is_empty())
            .or(Some(root)),
    }
}

/// A path for a person. What is no UTF-8, or would steer a terminal, is escaped.
pub(crate) fn display(path: &[u8]) -> String {
    let mut out = String::new();
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() || c == '\\' {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            out.extend(std::ascii::escape_default(*byte).map(char::from));
        }
    }
    out
}
