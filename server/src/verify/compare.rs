//! What differs between two images: every path with its kind, content, mode, owner, link target and extended attributes, and
//! the whole configuration. Times, the history, and which names of a file are hard links of each other are not compared.

mod config;
mod noise;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt::Write;

pub(crate) use noise::Noise;

use super::image::{Entry, Image, Kind, Path, display};

/// A difference at one path or in one part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Where it is.
    pub(crate) subject: Subject,
    /// What is different there; not empty.
    pub(crate) changes: Vec<Change>,
}

/// Where a difference is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A part of the configuration by its name there: `Cmd`, `Env.PATH`.
    Config(String),
    /// A path of the file system.
    Path(Path),
}

/// One thing that differs at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// What it is about.
    pub(crate) aspect: Aspect,
    /// What is there before, for a person; `None` when there is nothing.
    pub(crate) before: Option<String>,
    /// What is there after.
    pub(crate) after: Option<String>,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Aspect {
    /// One has the path and the other has not. True for a directory.
    Presence(bool),
    /// A file is a directory or the like; nothing else is compared then.
    Kind,
    /// The bytes of a file.
    Content,
    /// The mode bits.
    Mode,
    /// User or group.
    Owner,
    /// Where a symbolic link leads.
    Target,
    /// The numbers of a device.
    Device,
    /// The extended attribute of a name.
    Attribute(Vec<u8>),
    /// A value of the configuration.
    Value,
    /// `sh -c TEXT` has become the words of TEXT, which a shell would start as they stand.
    ShellDropped,
    /// The author has become a label.
    AuthorToLabel,
    /// Only the order of the variables.
    VariableOrder,
}

/// All differences between two images: those of the configuration first, then the paths in order.
pub(crate) fn differences(before: &Image, after: &Image) -> Vec<Difference> {
    let mut found = config::differences(&before.config, &after.config);
    let mut left = before.tree.iter().peekable();
    let mut right = after.tree.iter().peekable();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let before = left.next_if(|_| order != Ordering::Greater);
        let after = right.next_if(|_| order != Ordering::Less);
        let Some((path, _)) = before.or(after) else {
            return found;
        };
        let changes = changes(
            before.map(|(_, entry)| entry),
            after.map(|(_, entry)| entry),
        );
        if !changes.is_empty() {
            found.push(Difference {
                subject: Subject::Path(path.clone()),
                changes,
            });
        }
    }
}

impl Difference {
    /// `path` or `config`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.subject {
            Subject::Path(_) => "path",
            Subject::Config(_) => "config",
        }
    }

    /// The path, or the name of the part of the configuration.
    pub(crate) fn name(&self) -> String {
        match &self.subject {
            Subject::Path(path) => display(path),
            Subject::Config(name) => name.clone(),
        }
    }

    /// `added`, `removed` or `changed`.
    pub(crate) fn what(&self) -> &'static str {
        let all = |side: fn(&Change) -> &Option<String>| {
            self.changes.iter().all(|change| side(change).is_none())
        };
        match (all(|change| &change.before), all(|change| &change.after)) {
            (true, false) if self.is_whole() => "added",
            (false, true) if self.is_whole() => "removed",
            _ => "changed",
        }
    }

    /// Whether the thing itself is there or not, and not only an attribute of it.
    fn is_whole(&self) -> bool {
        let attribute = |change: &Change| matches!(change.aspect, Aspect::Attribute(_));
        !self.changes.iter().any(attribute)
    }

    /// What is there before, for a person: only what differs. `None` when there is nothing.
    pub(crate) fn before(&self) -> Option<String> {
        joined(self.changes.iter().map(|change| &change.before))
    }

    /// What is there after.
    pub(crate) fn after(&self) -> Option<String> {
        joined(self.changes.iter().map(|change| &change.after))
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a Option<String>>) -> Option<String> {
    let texts: Vec<&str> = texts.filter_map(|text| text.as_deref()).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// What differs between what is at a path before and after.
fn changes(before: Option<&Entry>, after: Option<&Entry>) -> Vec<Change> {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, None) => return Vec::new(),
        (before, after) => {
            let mut entries = before.into_iter().chain(after);
            let directory = entries.any(|entry| entry.kind == Kind::Directory);
            return vec![Change {
                aspect: Aspect::Presence(directory),
                before: before.map(whole),
                after: after.map(whole),
            }];
        }
    };
    let mut changes = Vec::new();
    let mut add = |aspect, before, after| {
        changes.push(Change {
            aspect,
            before: Some(before),
            after: Some(after),
        });
    };
    match (&before.kind, &after.kind) {
        (Kind::File { digest, .. }, Kind::File { digest: other, .. }) => {
            if digest != other {
                let (before, after) = contents(&before.kind, &after.kind);
                add(Aspect::Content, before, after);
            }
        }
        (Kind::Link(target), Kind::Link(other)) => {
            if target != other {
                add(Aspect::Target, leads_to(target), leads_to(other));
            }
        }
        (Kind::Char(..), Kind::Char(..)) | (Kind::Block(..), Kind::Block(..)) => {
            if before.kind != after.kind {
                add(Aspect::Device, what(&before.kind), what(&after.kind));
            }
        }
        (Kind::Directory, Kind::Directory) | (Kind::Fifo, Kind::Fifo) => {}
        _ => {
            add(Aspect::Kind, whole(before), whole(after));
            return changes;
        }
    }
    if before.mode != after.mode {
        add(Aspect::Mode, mode(before), mode(after));
    }
    if (before.uid, before.gid) != (after.uid, after.gid) {
        add(Aspect::Owner, owner(before), owner(after));
    }
    attributes(before, after, &mut changes);
    changes
}

fn attributes(before: &Entry, after: &Entry, changes: &mut Vec<Change>) {
    let names = before.xattrs.keys().chain(after.xattrs.keys());
    let mut names: Vec<&Vec<u8>> = names
        .filter(|name| before.xattrs.get(*name) != after.xattrs.get(*name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let text = |entry: &Entry, name: &Vec<u8>| {
        let value = entry.xattrs.get(name)?;
        Some(format!("{}={}", display(name), hex(value)))
    };
    changes.extend(names.into_iter().map(|name| Change {
        aspect: Aspect::Attribute(name.clone()),
        before: text(before, name),
        after: text(after, name),
    }));
}

/// All of an entry for a person: `file of 12 bytes, mode 0644, owner 0:0`.
fn whole(entry: &Entry) -> String {
    let mut text = what(&entry.kind);
    if !matches!(entry.kind, Kind::Link(_)) {
        let _ = write!(text, ", {}", mode(entry));
    }
    let _ = write!(text, ", {}", owner(entry));
    for (name, value) in &entry.xattrs {
        let _ = write!(text, ", {}={}", display(name), hex(value));
    }
    text
}

fn what(kind: &Kind) -> String {
    match kind {
        Kind::File { size, .. } => format!("file of {}", bytes(*size)),
        Kind::Directory => "directory".to_owned(),
        Kind::Link(target) => leads_to(target),
        Kind::Char(major, minor) => format!("character device {major}:{minor}"),
        Kind::Block(major, minor) => format!("block device {major}:{minor}"),
        Kind::Fifo => "named pipe".to_owned(),
    }
}

fn leads_to(target: &[u8]) -> String {
    format!("symbolic link to {}", display(target))
}

fn mode(entry: &Entry) -> String {
    format!("mode {:04o}", entry.mode)
}

fn owner(entry: &Entry) -> String {
    format!("owner {}:{}", entry.uid, entry.gid)
}

fn bytes(size: u64) -> String {
    match size {
        1 => "1 byte".to_owned(),
        size => format!("{size} bytes"),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::from("0x");
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Two contents for a person: their sizes, and the first line that differs where both are short texts.
fn contents(before: &Kind, after: &Kind) -> (String, String) {
    let (
        Kind::File { size, digest, text },
        Kind::File {
            size: other_size,
            digest: other_digest,
            text: other_text,
        },
    ) = (before, after)
    else {
        return (what(before), what(after));
    };
    if let (Some(text), Some(other)) = (text, other_text) {
        let mut lines = text.split('\n').zip(other.split('\n'));
        // One text may be the start of the other.
        let equal = lines.position(|(line, other)| line != other);
        let at = equal.unwrap_or_else(|| text.split('\n').count().min(other.split('\n').count()));
        let line = |size: u64, text: &str| match text.split('\n').nth(at) {
            Some(line) => format!("{}, line {}: {:?}", bytes(size), at + 1, shortened(line)),
            None => format!("{}, {at} lines", bytes(size)),
        };
        return (line(*size, text), line(*other_size, other));
    }
    let sum = |size: u64, digest: &[u8; 32]| {
        let start: String = hex(digest).chars().skip(2).take(12).collect();
        format!("{}, SHA-256 {start}...", bytes(size))
    };
    (sum(*size, digest), sum(*other_size, other_digest))
}

fn shortened(line: &str) -> String {
    const MOST: usize = 80;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}
