//! The files of a build context: which folder it is, what the ignore file lets through, and what its manifests say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use dfix_transforms::{ContextKind, IgnoreFile, Project};
use rustc_hash::FxHashSet;

use super::context::selected;
use super::dockerignore::DockerIgnore;

/// How many paths of a context are listed, those of shallow folders first.
const MAX_LISTED: usize = 10_000;
/// The longest manifest that is read.
const MAX_TEXT: u64 = 256 << 10;
/// How many bytes of manifests are read in all.
const MAX_TEXTS: usize = 2 << 20;

/// Folders whose content nobody asks for: what tools have made, in great numbers of files.
const NOT_LISTED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".terraform",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
];

/// Manifests that are read wherever they are. Lock files are not among them: that they exist is in the listing, and they
/// are long.
const MANIFESTS: &[&str] = &[
    ".bundle/config",
    ".cargo/config",
    ".cargo/config.toml",
    ".go-version",
    ".mvn/extensions.xml",
    ".mvn/jvm.config",
    ".mvn/maven.config",
    ".node-version",
    ".npmrc",
    ".nvmrc",
    ".pnpmfile.cjs",
    ".python-version",
    ".ruby-version",
    ".swift-version",
    ".tool-versions",
    ".yarnrc",
    ".yarnrc.yml",
    "Cargo.toml",
    "Directory.Build.props",
    "Directory.Build.targets",
    "Directory.Packages.props",
    "Gemfile",
    "NuGet.Config",
    "NuGet.config",
    "Package.swift",
    "Pipfile",
    "build.gradle",
    "build.gradle.kts",
    "bunfig.toml",
    "composer.json",
    "global.json",
    "go.mod",
    "go.work",
    "gradle.properties",
    "gradle/wrapper/gradle-wrapper.properties",
    "lerna.json",
    "mix.exs",
    "nuget.config",
    "package.json",
    "packages.config",
    "pip.conf",
    "pnpm-workspace.yaml",
    "poetry.toml",
    "pom.xml",
    "pubspec.yaml",
    "pyproject.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "settings.gradle",
    "settings.gradle.kts",
    "setup.cfg",
    "setup.py",
    "uv.toml",
];

/// Manifests that are known by how their names end.
const MANIFEST_ENDS: &[&str] = &[".csproj", ".fsproj", ".gemspec", ".sln", ".slnx", ".vbproj"];

/// Which of the folders that may be the context it is for certain: the only one, or the one in which the sources of `COPY`
/// and `ADD` are, when some of them are missing in every other one and nothing is there that is missing here.
pub(super) fn certain_root<'r>(
    roots: &'r [(PathBuf, Arc<DockerIgnore>)],
    sources: &[String],
) -> Option<&'r (PathBuf, Arc<DockerIgnore>)> {
    if let [only] = roots {
        return Some(only);
    }
    let found: Vec<Vec<bool>> = roots
        .iter()
        .map(|(root, ignore)| {
            let exists = |source: &String| exists(root, source, ignore);
            sources.iter().map(exists).collect()
        })
        .collect();
    let all: Vec<(usize, &Vec<bool>)> = found.iter().enumerate().collect();
    let holds_more = |own: &[bool], other: &[bool]| {
        let both = || own.iter().zip(other);
        both().all(|(own, other)| *own || !*other) && both().any(|(own, other)| *own && !*other)
    };
    let best = all.iter().find(|(at, own)| {
        let others = || all.iter().filter(|(other, _)| other != at);
        others().all(|(_, other)| holds_more(own, other))
    })?;
    roots.get(best.0)
}

/// Whether a source of `COPY` selects something that the ignore file lets through.
fn exists(root: &Path, source: &str, ignore: &DockerIgnore) -> bool {
    selected(root, source).iter().any(|path| {
        let there = root.join(path).symlink_metadata();
        let is_folder = |kind: std::fs::FileType| kind.is_dir() && ignore.may_keep_below();
        there.is_ok_and(|there| !ignore.excludes(path) || is_folder(there.file_type()))
    })
}

/// Lists a context as its ignore file lets it through, and reads the manifests in it.
pub(super) fn read(root: &Path, ignore: &DockerIgnore) -> Project {
    let mut listing = BTreeMap::new();
    let mut unlisted = BTreeSet::new();
    let mut texts = BTreeMap::new();
    let mut budget = MAX_TEXTS;
    let mut folders = VecDeque::from([String::new()]);
    while let Some(folder) = folders.pop_front() {
        let room = MAX_LISTED.saturating_sub(listing.len());
        let Some(entries) = entries(&root.join(&folder), room) else {
            unlisted.insert(folder);
            continue;
        };
        for (name, kind) in entries {
            let path = match folder.as_str() {
                "" => name.clone(),
                folder => format!("{folder}/{name}"),
            };
            let excluded = ignore.excludes(&path);
            let is_folder = kind == ContextKind::Directory;
            if excluded && !(is_folder && ignore.may_keep_below()) {
                continue;
            }
            if is_folder {
                match NOT_LISTED.contains(&name.as_str()) {
                    true => drop(unlisted.insert(path.clone())),
                    false => folders.push_back(path.clone()),
                }
            } else if kind == ContextKind::UnreadFile
                && is_manifest(&path)
                && let Some(text) = text(&root.join(&path), &mut budget)
            {
                texts.insert(path.clone(), Arc::from(text));
            }
            listing.insert(path, kind);
        }
    }
    Project::new(listing, unlisted, texts, None)
}

/// As [`read`], for files that are no files of the disk: all of them, with what they are and whether the ignore file lets
/// them through, their paths relative to the context and sorted. `text` reads one.
pub(crate) fn of_files<'f>(
    files: impl Iterator<Item = (&'f str, ContextKind, bool)>,
    ignore: &DockerIgnore,
    mut text: impl FnMut(&str) -> Option<String>,
) -> Project {
    // What comes almost in order is made a map at once.
    let mut listing: Vec<(String, ContextKind)> = Vec::new();
    let mut folders = Folders::default();
    let mut texts = BTreeMap::new();
    let mut budget = MAX_TEXTS;
    for (path, kind, is_taken) in files {
        if !folders.admit(path, ignore, &mut listing) || !is_taken {
            continue;
        }
        if listing.len() >= MAX_LISTED {
            folders.unlisted.insert(String::new());
            break;
        }
        if kind == ContextKind::UnreadFile
            && is_manifest(path)
            && let Some(text) = text(path)
            && text.len() as u64 <= MAX_TEXT
            && text.len() <= budget
        {
            budget -= text.len();
            texts.insert(path.to_owned(), Arc::from(text));
        }
        listing.push((path.to_owned(), kind));
    }
    let listing = listing.into_iter().collect();
    Project::new(listing, folders.unlisted, texts, None)
}

/// The folders of files that come in the order of their paths.
#[derive(Debug, Default)]
struct Folders<'f> {
    known: FxHashSet<&'f str>,
    unlisted: BTreeSet<String>,
    /// The folder of the last file, and whether its files are looked at: the next one is mostly beside it.
    last: Option<(&'f str, bool)>,
}

impl<'f> Folders<'f> {
    /// Lists the folders of a file that are new. Returns whether the file may be listed.
    fn admit(
        &mut self,
        path: &'f str,
        ignore: &DockerIgnore,
        listing: &mut Vec<(String, ContextKind)>,
    ) -> bool {
        let own = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some((last, admitted)) = self.last
            && last == own
        {
            return admitted;
        }
        let admitted = self.admit_folders(path, ignore, listing);
        self.last = Some((own, admitted));
        admitted
    }

    fn admit_folders(
        &mut self,
        path: &'f str,
        ignore: &DockerIgnore,
        listing: &mut Vec<(String, ContextKind)>,
    ) -> bool {
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            if self.unlisted.contains(folder) {
                return false;
            }
            if self.known.contains(folder) {
                continue;
            }
            if ignore.excludes(folder) && !ignore.may_keep_below() {
                return false;
            }
            self.known.insert(folder);
            listing.push((folder.to_owned(), ContextKind::Directory));
            let name = folder.rsplit('/').next().unwrap_or(folder);
            if NOT_LISTED.contains(&name) {
                self.unlisted.insert(folder.to_owned());
                return false;
            }
        }
        true
    }
}

/// The ignore file for the Dockerfile at an absolute path in this context, whether it exists or not.
pub(super) fn ignore_file(dockerfile: &Path, root: &Path) -> Option<IgnoreFile> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    let own = PathBuf::from(own);
    let path = match own.symlink_metadata() {
        Ok(_) => own,
        Err(_) => root.join(".dockerignore"),
    };
    let name = path.file_name()?.to_str()?.to_owned();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(Arc::from(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        // What can't be read can't be extended either.
        Err(_) => return None,
    };
    Some(IgnoreFile { name, path, text })
}

/// The entries of a folder, sorted. `None` when it can't be read or holds more than there is room for.
fn entries(folder: &Path, room: usize) -> Option<Vec<(String, ContextKind)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        if found.len() == room {
            return None;
        }
        let kind = match entry.file_type().ok()? {
            kind if kind.is_dir() => ContextKind::Directory,
            kind if kind.is_file() => ContextKind::UnreadFile,
            _ => ContextKind::Other,
        };
        // A name that is no text can't be asked for.
        if let Ok(name) = entry.file_name().into_string() {
            found.push((name, kind));
        }
    }
    found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Some(found)
}

/// The last names of [`MANIFESTS`]: most files have none of them.
static LAST_NAMES: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    let names = MANIFESTS.iter();
    names.filter_map(|path| path.rsplit('/').next()).collect()
});

/// Whether a path of the context is that of a manifest that is read.
pub(crate) fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let known = |manifest: &&str| {
        let rest = path.strip_suffix(*manifest);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let is_requirements = || {
        let words = ["requirements", "constraints"];
        (name.ends_with(".txt") || name.ends_with(".in"))
            && (words.iter().any(|word| name.contains(word)) || is_in_requirements(path))
    };
    LAST_NAMES.contains(name) && MANIFESTS.iter().any(known)
        || MANIFEST_ENDS.iter().any(|end| name.ends_with(end))
        || is_requirements()
}

/// Whether a file is directly in a folder of requirements.
fn is_in_requirements(path: &str) -> bool {
    let folder = path.rsplit('/').nth(1);
    folder.is_some_and(|folder| matches!(folder, "requirements" | "reqs"))
}

/// A file's text, unless it is too long, is no text, or there is no room for more.
fn text(path: &Path, budget: &mut usize) -> Option<String> {
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    file.take(MAX_TEXT + 1).read_to_string(&mut text).ok()?;
    if text.len() as u64 > MAX_TEXT || text.len() > *budget {
        return None;
    }
    *budget -= text.len();
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::context::Contexts;
    use dfix_transforms::Need;
    use std::fs;

    /// Makes files; a name that ends with a slash is a folder.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = root.path().join(name);
            match name.ends_with('/') {
                true => fs::create_dir_all(path).unwrap(),
                false => {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, content).unwrap();
                }
            }
        }
        root
    }

    fn project(root: &Path, dockerfile: &str, sources: &[&str]) -> Option<Project> {
        let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
        let wants = |need| need == Need::Project;
        let facts =
            Contexts::default().gather(root.join(dockerfile).as_path().into(), &sources, wants);
        facts.project
    }

    #[test]
    fn the_context_is_the_folder_in_which_the_sources_are() {
        let root = folder(&[
            (".git/", ""),
            ("app/Dockerfile", ""),
            ("app/main.py", ""),
            ("app/both", ""),
            ("both", ""),
            ("top.txt", ""),
            ("Dockerfile", ""),
            ("app/.dockerignore", "hidden\n"),
            ("app/hidden", ""),
            ("hidden", ""),
        ]);
        let holds = |dockerfile, sources: &[&str]| {
            let project = project(root.path(), dockerfile, sources)?;
            Some(if project.has("app").unwrap() {
                "top"
            } else {
                "app"
            })
        };
        for (dockerfile, sources, expected) in [
            ("Dockerfile", &["."][..], Some("top")),
            ("app/Dockerfile", &["."], None),
            ("app/Dockerfile", &["both", "./"], None),
            ("app/Dockerfile", &["main.py", "."], Some("app")),
            ("app/Dockerfile", &["*.py", "dist/made.js"], Some("app")),
            ("app/Dockerfile", &["app/main.py"], Some("top")),
            ("app/Dockerfile", &["top.txt", "both"], Some("top")),
            ("app/Dockerfile", &["top.txt", "main.py"], None),
            ("app/Dockerfile", &["hidden"], Some("top")),
            ("app/Dockerfile", &["nowhere"], None),
        ] {
            let found = holds(dockerfile, sources);
            assert_eq!(found, expected, "{dockerfile} {sources:?}");
        }
    }

    #[test]
    fn lists_what_the_ignore_file_lets_through() {
        let root = folder(&[
            ("package.json", "{}"),
            ("packages/a/package.json", "{\"name\": \"a\"}"),
            ("package-lock.json", "long"),
            ("src/index.js", "x"),
            ("src/a.log", "x"),
            ("node_modules/a/package.json", "{}"),
            ("web/node_modules/b/index.js", ""),
            (".dockerignore", "**/*.log\n/node_modules\n"),
        ]);
        let project = project(root.path(), "Dockerfile", &["."]).unwrap();
        let all: Vec<&str> = project.below("").map(|(path, _)| path).collect();
        assert_eq!(
            all,
            [
                ".dockerignore",
                "package-lock.json",
                "package.json",
                "packages",
                "packages/a",
                "packages/a/package.json",
                "src",
                "src/index.js",
                "web",
                "web/node_modules",
            ]
        );
        assert_eq!(project.has("node_modules"), Some(false));
        assert_eq!(project.has("web/node_modules/b"), None);
        assert_eq!(project.text("package.json"), Some("{}"));
        let member = project.text("packages/a/package.json");
        assert_eq!(member, Some("{\"name\": \"a\"}"));
        assert_eq!(project.text("package-lock.json"), None);
        let ignore = project.ignore().unwrap();
        assert_eq!(ignore.name, ".dockerignore");
        assert_eq!(ignore.text.as_deref(), Some("**/*.log\n/node_modules\n"));
    }

    #[test]
    fn the_ignore_file_of_the_dockerfile_comes_first() {
        let root = folder(&[("a", ""), ("b", ""), ("x.dockerignore", "a\n")]);
        let of = |dockerfile| project(root.path(), dockerfile, &["."]).unwrap();
        let own = of("x");
        assert_eq!(own.ignore().unwrap().name, "x.dockerignore");
        assert_eq!(own.has("a"), Some(false));
        let shared = of("Dockerfile");
        let ignore = shared.ignore().unwrap();
        assert_eq!(
            (ignore.name.as_str(), &ignore.text),
            (".dockerignore", &None)
        );
        assert_eq!(ignore.path, root.path().join(".dockerignore"));
        assert_eq!(shared.has("a"), Some(true));
    }

    #[test]
    fn manifests() {
        for (path, expected) in [
            ("package.json", true),
            ("a/b/go.mod", true),
            ("my-package.json", false),
            (".cargo/config.toml", true),
            ("config.toml", false),
            ("x/.cargo/config.toml", true),
            ("requirements.txt", true),
            ("dev-requirements.txt", true),
            ("requirements/base.txt", true),
            ("requirements/notes/base.txt", false),
            ("notes.txt", false),
            ("src/App/App.csproj", true),
            ("gradle/wrapper/gradle-wrapper.properties", true),
        ] {
            assert_eq!(is_manifest(path), expected, "{path}");
        }
    }

    #[test]
    fn large_contexts_are_listed_from_the_top() {
        let root = folder(&[("go.mod", "module x\n"), ("a/x", ""), ("z/", "")]);
        for number in 0..MAX_LISTED {
            fs::write(root.path().join(format!("z/{number}")), "").unwrap();
        }
        let project = project(root.path(), "Dockerfile", &["."]).unwrap();
        assert_eq!(project.has("go.sum"), Some(false));
        assert_eq!(project.has("a/y"), Some(false));
        assert_eq!(project.has("z/none"), None);
        assert!(!project.is_complete(""));
    }

    #[test]
    fn nothing_is_gathered_unless_asked_for() {
        let root = folder(&[("a", "")]);
        let sources = [".".to_owned()];
        let contexts = Contexts::default();
        let facts = contexts.gather(
            root.path().join("Dockerfile").as_path().into(),
            &sources,
            |_| false,
        );
        assert!(facts.project.is_none());
    }
}
