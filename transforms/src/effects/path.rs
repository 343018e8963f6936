//! Sets of paths.

use smol_str::SmolStr;

/// A set of absolute paths, each with everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathSet {
    all: bool,
    /// Normal forms, see [`normal`].
    roots: Vec<SmolStr>,
}

/// Where programs, libraries, configuration, caches, home directories and temporary files are; what a package may
/// install into (semantics C.6).
pub(super) const SYSTEM: &[&str] = &[
    "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/var", "/opt", "/run",
    "/boot", "/root", "/tmp", "/home", "/srv", "/dev", "/proc", "/sys", "/mnt", "/media",
];

impl PathSet {
    /// Every path.
    pub fn everything() -> Self {
        Self {
            all: true,
            roots: Vec::new(),
        }
    }

    /// Whether it holds every path.
    pub fn is_everything(&self) -> bool {
        self.all
    }

    /// Whether it holds no path.
    pub fn is_empty(&self) -> bool {
        !self.all && self.roots.is_empty()
    }

    /// Adds an absolute path with everything below it.
    pub fn insert(&mut self, path: &str) {
        let path = normal(path);
        if path == "/" {
            *self = Self::everything();
        } else if !self.all && !self.roots.contains(&path) {
            self.roots.push(path);
        }
    }

    /// Whether the path, something above it or something below it is in the set.
    pub fn meets(&self, path: &str) -> bool {
        let path = normal(path);
        self.all || self.roots.iter().any(|root| nested(root, &path))
    }

    /// Whether the sets have a path in common.
    pub fn meets_set(&self, other: &Self) -> bool {
        match (self.all, other.all) {
            (true, _) => !other.is_empty(),
            (_, true) => !self.is_empty(),
            _ => self
                .roots
                .iter()
                .any(|root| other.roots.iter().any(|other| nested(root, other))),
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        if other.all {
            *self = Self::everything();
        }
        other.roots.iter().for_each(|root| self.insert(root));
    }
}

/// An absolute path for a word: absolute itself, or relative to a known directory. `None` when that is not known, or the
/// path leads upwards, where a link could lead elsewhere.
pub fn resolve(path: &str, directory: Option<&str>) -> Option<SmolStr> {
    if path.is_empty() || path.split('/').any(|name| name == "..") {
        return None;
    }
    let text = if path.starts_with('/') {
        clean(path)
    } else {
        let directory = directory.filter(|directory| directory.starts_with('/'))?;
        if directory.split('/').any(|name| name == "..") {
            return None;
        }
        clean(&format!("{directory}/{path}"))
    };
    Some(text.into())
}

/// Whether a path is another one or below it.
pub(super) fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above.ends_with('/'))
}

fn nested(a: &str, b: &str) -> bool {
    is_within(a, b) || is_within(b, a)
}

/// The path without `.` and doubled slashes.
fn clean(path: &str) -> String {
    let names: Vec<&str> = path
        .split('/')
        .filter(|name| !matches!(*name, "" | "."))
        .collect();
    format!("/{}", names.join("/"))
}

/// One name for paths that are the same directory on many systems.
fn normal(path: &str) -> SmolStr {
    let path = clean(path);
    for link in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
        if is_within(&path, link) {
            return normal_usr(&format!("/usr{path}"));
        }
    }
    for (link, target) in [("/var/run", "/run"), ("/var/lock", "/run/lock")] {
        if is_within(&path, link) {
            return format!("{target}{}", path.get(link.len()..).unwrap_or_default()).into();
        }
    }
    normal_usr(&path)
}

/// `/usr/sbin` is `/usr/bin`, and the library directories are one, on some systems.
fn normal_usr(path: &str) -> SmolStr {
    for (link, target) in [
        ("/usr/sbin", "/usr/bin"),
        ("/usr/lib32", "/usr/lib"),
        ("/usr/lib64", "/usr/lib"),
        ("/usr/libx32", "/usr/lib"),
    ] {
        if is_within(path, link) {
            return format!("{target}{}", path.get(link.len()..).unwrap_or_default()).into();
        }
    }
    path.into()
}
