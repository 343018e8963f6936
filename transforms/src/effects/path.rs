//! Sets of paths.

use smol_str::{SmolStr, format_smolstr};

/// A set of absolute paths, each with everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathSet {
    all: bool,
    /// Whether [`SYSTEM`] belongs to it.
    system: bool,
    /// Normal forms, see [`normal`].
    roots: Vec<SmolStr>,
}

/// Where programs, libraries, configuration, caches, home directories and temporary files are; what a package may
/// install into (semantics C.6). Normal forms.
const SYSTEM: &[&str] = &[
    "/etc", "/usr", "/var", "/opt", "/run", "/boot", "/root", "/tmp", "/home", "/srv", "/dev",
    "/proc", "/sys", "/mnt", "/media",
];

impl PathSet {
    /// Every path.
    pub fn everything() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// The places that packages install into and programs read from.
    pub fn system() -> Self {
        Self {
            system: true,
            ..Self::default()
        }
    }

    /// Whether it holds every path.
    pub fn is_everything(&self) -> bool {
        self.all
    }

    /// Whether it holds no path.
    pub fn is_empty(&self) -> bool {
        !self.all && !self.system && self.roots.is_empty()
    }

    /// Adds an absolute path with everything below it.
    pub fn insert(&mut self, path: &str) {
        if self.all {
            return;
        }
        let path = normal(path);
        if path == "/" {
            *self = Self::everything();
        } else if !self.roots.contains(&path) {
            self.roots.push(path);
        }
    }

    /// Adds the places that packages install into and programs read from.
    pub(super) fn insert_system(&mut self) {
        self.system = !self.all;
    }

    /// Whether the path, something above it or something below it is in the set.
    pub fn meets(&self, path: &str) -> bool {
        self.all || self.meets_normal(&normal(path))
    }

    /// Whether the path itself is in the set.
    pub fn covers(&self, path: &str) -> bool {
        let path = normal(path);
        let system = || self.system && SYSTEM.iter().any(|root| is_within(&path, root));
        self.all || self.roots.iter().any(|root| is_within(&path, root)) || system()
    }

    /// The paths that were added by their names; the places that packages install into are none of them.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().map(SmolStr::as_str)
    }

    /// Whether the places that packages install into belong to it.
    pub fn has_system(&self) -> bool {
        self.all || self.system
    }

    fn meets_normal(&self, path: &str) -> bool {
        self.roots.iter().any(|root| nested(root, path))
            || self.system && SYSTEM.iter().any(|root| nested(root, path))
    }

    /// The directories of the root that hold something of the set; `None` when these may be all.
    pub fn tops(&self) -> Option<Vec<&str>> {
        let system = SYSTEM.iter().copied().filter(|_| self.system);
        let roots = self.roots.iter().map(SmolStr::as_str).chain(system);
        let tops = roots.filter_map(|root| root.split('/').nth(1));
        (!self.all).then(|| tops.collect())
    }

    /// Whether the sets have a path in common.
    pub fn meets_set(&self, other: &Self) -> bool {
        match (self.all, other.all) {
            (true, _) => !other.is_empty(),
            (_, true) => !self.is_empty(),
            _ => {
                self.system && other.system
                    || self.roots.iter().any(|root| other.meets_normal(root))
                    || other.roots.iter().any(|root| self.meets_normal(root))
            }
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        if other.all {
            *self = Self::everything();
        }
        if self.all {
            return;
        }
        self.system |= other.system;
        if self.roots.is_empty() {
            self.roots = other.roots;
            return;
        }
        for root in other.roots {
            if !self.roots.contains(&root) {
                self.roots.push(root);
            }
        }
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
        clean(&format_smolstr!("{directory}/{path}"))
    };
    Some(text)
}

/// Whether a path is another one or below it.
pub(super) fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above.ends_with('/'))
}

fn nested(a: &str, b: &str) -> bool {
    is_within(a, b) || is_within(b, a)
}

/// One name for paths that are the same directory on many systems: the links of a merged `/usr`, `/var/run`, and
/// `/usr/sbin` and the library directories, which are one on some systems.
fn normal(path: &str) -> SmolStr {
    const LINKS: &[(&str, &str)] = &[
        ("/bin", "/usr/bin"),
        ("/sbin", "/usr/bin"),
        ("/lib", "/usr/lib"),
        ("/lib32", "/usr/lib"),
        ("/lib64", "/usr/lib"),
        ("/libx32", "/usr/lib"),
        ("/usr/sbin", "/usr/bin"),
        ("/usr/lib32", "/usr/lib"),
        ("/usr/lib64", "/usr/lib"),
        ("/usr/libx32", "/usr/lib"),
        ("/var/run", "/run"),
        ("/var/lock", "/run/lock"),
    ];
    let path = clean(path);
    for (link, target) in LINKS {
        if is_within(&path, link) {
            let rest = path.get(link.len()..).unwrap_or_default();
            return format_smolstr!("{target}{rest}");
        }
    }
    path
}

/// The path without `.` and doubled slashes.
fn clean(path: &str) -> SmolStr {
    let is_clean = path == "/"
        || path.starts_with('/')
            && path
                .split('/')
                .skip(1)
                .all(|name| !matches!(name, "" | "."));
    if is_clean {
        return path.into();
    }
    let mut cleaned = String::with_capacity(path.len() + 1);
    for name in path.split('/').filter(|name| !matches!(*name, "" | ".")) {
        cleaned.push('/');
        cleaned.push_str(name);
    }
    if cleaned.is_empty() {
        "/".into()
    } else {
        cleaned.into()
    }
}
