//! What a COPY, an ADD or a WORKDIR writes, as far as its text and the build context tell.

use crate::effects::PathSet;
use crate::model::{Part, Value};
use crate::proof::trace::{Copy, Mkdir, Source, clean, is_below, is_root};
use crate::{ContextKind, Facts};

/// A path that a step writes, with everything below it.
#[derive(Debug)]
pub(super) struct Place {
    /// The path, absolute and clean.
    pub(super) root: String,
    /// Whether it lies in, or is, a directory whatever is copied.
    pub(super) in_directory: bool,
    /// Whether it is a single file.
    pub(super) file: bool,
    /// How directories above it are made.
    pub(super) maker: Maker,
    /// Whether the owner is given by a name, which the image has to know.
    pub(super) named: bool,
    /// The directory of the build context whose content goes there, by its key.
    content: Option<String>,
}

/// How missing directories are made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Maker {
    /// For whom; `None` when that isn't known.
    pub(super) owner: Option<String>,
    /// With which permissions.
    pub(super) mode: u32,
    /// Whether the files come in a layer of their own.
    pub(super) link: bool,
}

impl Place {
    /// What a COPY of one source writes.
    ///
    /// # Errors
    /// When it isn't known.
    pub(super) fn of_copy(copy: &Copy, facts: &Facts) -> Result<Self, String> {
        let unknown = || format!("`{}` is not known before the build", copy.dest);
        let dest = copy.dest.known().ok_or_else(unknown)?;
        if copy.parents {
            return Err("`--parents` makes directories that are not in the file".to_owned());
        }
        if !dest.starts_with('/') || dest.split('/').any(|name| name == "..") {
            return Err(format!("`{dest}` may lead elsewhere"));
        }
        let in_directory = dest.ends_with('/') || dest.ends_with("/.");
        let mut root = clean(dest);
        let key = match &copy.source {
            Source::Context(path) => with_defaults(path).map(|path| Facts::key(&path)),
            _ => None,
        };
        let file = match &copy.source {
            Source::Heredoc { name, .. } => Some(name.to_string()),
            Source::Context(_) => key
                .as_deref()
                .and_then(|key| file_name(key, copy.unpack, facts)),
            Source::Stage(_, path) | Source::Image(_, path) => {
                path.known().filter(|path| names_file(path)).map(last_name)
            }
            _ => None,
        };
        let is_file = file.is_some();
        if let Some(name) = file.filter(|_| in_directory) {
            root = match root.as_str() {
                "/" => format!("/{name}"),
                dir => format!("{dir}/{name}"),
            };
        }
        let owner = match &copy.owner {
            None => Some(String::new()),
            Some(owner) if is_root(owner) => Some(String::new()),
            Some(owner) => owner.known().map(str::to_owned),
        };
        let content =
            key.filter(|key| kind(key, facts) == Some(ContextKind::Directory) && !has_pattern(key));
        Ok(Self {
            root,
            in_directory,
            file: is_file && in_directory,
            maker: Maker {
                mode: parents_mode(copy.mode.as_ref()).ok_or("the mode is not known")?,
                link: copy.link,
                owner,
            },
            named: copy.owner.as_ref().is_some_and(is_named),
            content,
        })
    }

    /// What a WORKDIR makes.
    ///
    /// # Errors
    /// When it isn't known.
    pub(super) fn of_directory(dir: &Mkdir) -> Result<Self, String> {
        let unknown = || format!("`{}` is not known before the build", dir.path);
        let path = dir.path.known().ok_or_else(unknown)?;
        if !path.starts_with('/') || path.split('/').any(|name| name == "..") {
            return Err(format!("`{path}` may lead elsewhere"));
        }
        let owner = match is_root(&dir.owner) {
            true => Some(String::new()),
            // WORKDIR and `--chown` don't mean the same group by a name or a number alone.
            false => dir.owner.known().map(|user| format!("USER {user}")),
        };
        Ok(Self {
            root: clean(path),
            in_directory: true,
            file: false,
            maker: Maker {
                owner,
                mode: 0o755,
                link: false,
            },
            named: is_named(&dir.owner),
            content: None,
        })
    }

    /// Whether a directory of the build context is copied, so that the destination is one as well.
    pub(super) fn is_tree(&self) -> bool {
        self.content.is_some()
    }

    /// Whether the two write nothing in common, directories aside that both would make.
    ///
    /// # Errors
    /// When they may.
    pub(super) fn apart(&self, other: &Self, facts: &Facts) -> Result<(), String> {
        if !meets(&self.root, &other.root) {
            return Ok(());
        }
        let (outer, inner) = match is_below(&other.root, &self.root) {
            true => (self, other),
            false => (other, self),
        };
        let apart = match (&outer.content, &inner.content) {
            // Names of a merged `/usr` are one place under two names.
            _ if !is_below(&inner.root, &outer.root) || outer.file => false,
            (Some(x), Some(y)) if outer.root == inner.root => x != y && !shares_name(x, y, facts),
            (Some(content), _) if outer.root != inner.root => {
                let below = inner.root.get(outer.root.trim_end_matches('/').len() + 1..);
                below.is_some_and(|below| leaves_free(content, below, facts))
            }
            _ => false,
        };
        match apart {
            true => Ok(()),
            false => Err(format!("both may write `{}`", inner.root)),
        }
    }
}

/// Whether one path is the other or lies below it, by whatever names systems have for them.
pub(super) fn meets(a: &str, b: &str) -> bool {
    let mut set = PathSet::default();
    set.insert(a);
    set.meets(b)
}

/// The lowest directory that both places need.
pub(super) fn common<'p>(a: &'p Place, b: &'p Place) -> &'p str {
    let shared = if is_below(&a.root, &b.root) {
        b.root.as_str()
    } else {
        let dirs = std::iter::successors(Some(a.root.as_str()), |dir| parent(dir));
        let mut shared = dirs.skip_while(|dir| !is_below(&b.root, dir));
        shared.next().unwrap_or("/")
    };
    let is_file = |place: &Place| place.file && place.root == shared;
    match is_file(a) || is_file(b) {
        true => parent(shared).unwrap_or("/"),
        false => shared,
    }
}

/// The directory above an absolute path; `None` for the root.
fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/')? {
        (_, "") => None,
        ("", _) => Some("/"),
        (dir, _) => Some(dir),
    }
}

/// The name under which a source of the build context arrives in a directory, when it is a file that isn't unpacked.
fn file_name(key: &str, unpack: bool, facts: &Facts) -> Option<String> {
    if has_pattern(key) {
        return None;
    }
    let is_file = match kind(key, facts) {
        Some(ContextKind::File | ContextKind::Program) => true,
        Some(ContextKind::UnreadFile | ContextKind::Archive) if !unpack => true,
        Some(ContextKind::Directory | ContextKind::Other | ContextKind::Archive) => false,
        // No archive has one of these endings.
        Some(ContextKind::UnreadFile) | None => names_file(key),
    };
    is_file.then(|| last_name(key))
}

/// What a path of the build context is, as far as anybody looked.
fn kind(key: &str, facts: &Facts) -> Option<ContextKind> {
    let listed = || facts.project.as_ref()?.kind(key);
    facts.lookup(key).or_else(listed)
}

fn has_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '\\'])
}

fn last_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// Whether nobody gives such a name to a directory.
fn names_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !has_pattern(name)
        && (FILE_ENDINGS.contains(&ending)
            || FILE_NAMES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name)))
}

/// Endings of texts for programs and of packages. A folder may be called like a program (`three.js`), so those of sources
/// are no part of it.
const FILE_ENDINGS: &[&str] = &[
    "json",
    "lock",
    "lockb",
    "txt",
    "toml",
    "yaml",
    "yml",
    "xml",
    "ini",
    "cfg",
    "sh",
    "jar",
    "war",
    "properties",
    "gradle",
    "kts",
    "csproj",
    "sln",
    "props",
    "md",
    "conf",
    "pem",
    "crt",
    "whl",
    "deb",
    "rpm",
    "zip",
];

/// Names of descriptions of projects.
const FILE_NAMES: &[&str] = &[
    "go.mod", "go.sum", "Gemfile", "Makefile", "Pipfile", "mvnw", "gradlew", "mix.exs", ".npmrc",
    ".yarnrc", "LICENSE", "go.work", "artisan", "Procfile", ".nvmrc", "Rakefile",
];

/// The permissions of directories that a COPY makes on the way.
fn parents_mode(mode: Option<&Value>) -> Option<u32> {
    let Some(mode) = mode else {
        return Some(0o755);
    };
    let text = mode.known()?;
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => u32::from_str_radix(text, 8).ok(),
        // A symbolic mode holds for the files alone.
        false => Some(0o755),
    }
}

/// Whether an owner is not given by numbers alone, and isn't root.
fn is_named(owner: &Value) -> bool {
    let numeric = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == ':');
    !is_root(owner) && !owner.known().is_some_and(numeric)
}

/// A path with the defaults of its build arguments: whoever gives another one looks for the same tree elsewhere.
fn with_defaults(path: &Value) -> Option<String> {
    let mut text = String::new();
    for part in path.parts() {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::BuildArg {
                default: Some(default),
                ..
            } => text.push_str(&with_defaults(default)?),
            _ => return None,
        }
    }
    Some(text)
}

/// Whether a directory of the build context holds nothing at a path or below it, and everything above that path that it
/// holds is a directory.
fn leaves_free(content: &str, below: &str, facts: &Facts) -> bool {
    let Some(project) = &facts.project else {
        return false;
    };
    if content.is_empty() || below.split('/').any(|name| PRODUCTS.contains(&name)) {
        return false;
    }
    let full = in_directory(content, below);
    let mut above = full.match_indices('/').filter_map(|(at, _)| full.get(..at));
    let all_directories = above.all(|dir| match project.kind(dir) {
        Some(kind) => kind == ContextKind::Directory,
        None => project.has(dir) == Some(false),
    });
    all_directories && project.has(&full) == Some(false)
}

/// Whether two directories of the build context may hold something of one name.
fn shares_name(x: &str, y: &str, facts: &Facts) -> bool {
    let project = facts.project.as_ref();
    let Some(project) = project.filter(|project| project.is_complete(x)) else {
        return true;
    };
    if x.is_empty() || y.is_empty() {
        return true;
    }
    let skip = in_directory(x, "").len();
    let names = project.below(x).filter_map(|(path, _)| path.get(skip..));
    let mut names = names.filter(|name| !name.contains('/'));
    names.any(|name| project.has(&in_directory(y, name)) != Some(false))
}

/// Directories that come and go: that one is missing now says nothing about the next build. The same holds for anything
/// at the root of the context.
const PRODUCTS: &[&str] = &[
    ".git",
    ".next",
    ".nuxt",
    ".venv",
    "__pycache__",
    "bin",
    "build",
    "dist",
    "node_modules",
    "obj",
    "out",
    "target",
    "vendor",
    "venv",
];

/// The key of a path in a directory of the build context.
fn in_directory(directory: &str, path: &str) -> String {
    match directory {
        "" => path.to_owned(),
        directory => format!("{directory}/{path}"),
    }
}
