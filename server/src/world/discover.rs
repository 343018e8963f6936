//! Which files a run is about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};
use rustc_hash::FxHashMap;

use super::problem::{Problem, ProblemKind};
use super::show;

/// A file to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// The path as it was named or found.
    pub path: PathBuf,
    /// The path as it is shown.
    pub name: String,
    /// The absolute path without links.
    pub real: PathBuf,
    /// Whether it was named, rather than found in a folder.
    pub named: bool,
}

/// What discovery came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Sorted by shown name; each real file once.
    pub inputs: Vec<Input>,
    /// What could not be looked at, by shown name.
    pub problems: BTreeMap<String, Problem>,
    /// Folders that are named like a Dockerfile and were searched.
    pub notes: Vec<String>,
}

/// Finds the files that paths stand for: a file itself, and in a folder all that [`is_dockerfile_name`] takes and no
/// `.gitignore` excludes.
pub(crate) fn discover(paths: &[PathBuf], jobs: usize) -> Found {
    discover_until(paths, jobs, &AtomicBool::new(false))
}

/// As [`discover`]; what was found is not all there is when `stop` was set meanwhile.
pub(crate) fn discover_until(paths: &[PathBuf], jobs: usize, stop: &AtomicBool) -> Found {
    let mut found = Found::default();
    let mut candidates = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, jobs, stop, &mut candidates, &mut found);
        } else {
            candidates.push((path.clone(), true));
        }
    }
    found.inputs = unique(candidates);
    found.notes.sort();
    found
}

/// Whether a file found in a folder is taken: `Dockerfile` or `Containerfile`, with `.suffix` or as `name.Dockerfile`,
/// in any letter case. Ignore files and, in lower case, what a program's source is called (`dockerfile.go`) are not.
pub(crate) fn is_dockerfile_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|stem| {
        if let Some(rest) = lower.strip_prefix(stem) {
            match rest.strip_prefix('.') {
                Some(suffix) => {
                    let is_source = name.starts_with(stem) && SOURCE_SUFFIXES.contains(&suffix);
                    !(suffix.is_empty() || suffix.ends_with("ignore") || is_source)
                }
                None => rest.is_empty(),
            }
        } else {
            lower
                .strip_suffix(stem)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|rest| !rest.is_empty())
        }
    })
}

/// Endings that make `dockerfile.ENDING` a program, a document or data about Dockerfiles.
const SOURCE_SUFFIXES: &[&str] = &[
    "adoc", "c", "cc", "cpp", "cs", "css", "go", "h", "hs", "html", "java", "js", "json", "jsx",
    "kt", "lua", "md", "mdx", "php", "png", "ps1", "py", "rb", "rs", "rst", "scala", "sh", "svg",
    "swift", "toml", "ts", "tsx", "txt", "vim", "xml", "yaml", "yml",
];

/// Collects what a folder holds. Hidden folders are searched (`.devcontainer`), version control's own are not.
fn walk(
    folder: &Path,
    jobs: usize,
    stop: &AtomicBool,
    candidates: &mut Vec<(PathBuf, bool)>,
    found: &mut Found,
) {
    let walker = WalkBuilder::new(folder)
        .standard_filters(false)
        .parents(true)
        .git_ignore(true)
        .git_exclude(true)
        .git_global(true)
        .require_git(false)
        .threads(jobs)
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder
                && [".git", ".hg", ".svn", ".jj"]
                    .iter()
                    .any(|name| entry.file_name() == *name))
        })
        .build_parallel();
    let seen = Mutex::new(Vec::new());
    walker.run(|| {
        Box::new(|entry| {
            if let Some(seen_entry) = Seen::of(entry)
                && let Ok(mut seen) = seen.lock()
            {
                seen.push(seen_entry);
            }
            match stop.load(Ordering::Relaxed) {
                true => WalkState::Quit,
                false => WalkState::Continue,
            }
        })
    });
    let mut folders = Vec::new();
    let mut files = Vec::new();
    for entry in seen.into_inner().unwrap_or_default() {
        match entry {
            Seen::File(path) => files.push(path),
            Seen::Folder(path) => folders.push(path),
            Seen::Problem(path, problem) => {
                found.problems.insert(show(&path), problem);
            }
        }
    }
    for path in folders {
        // A folder where the build expects a file is an error, unless it is plainly meant as a folder.
        if files.iter().any(|file| file.starts_with(&path)) {
            let name = show(&path);
            found
                .notes
                .push(format!("{name}: a folder; the files in it are taken"));
        } else {
            found.problems.insert(
                show(&path),
                Problem::new(ProblemKind::NotAFile, "a folder, not a Dockerfile"),
            );
        }
    }
    candidates.extend(files.into_iter().map(|path| (path, false)));
}

/// What matters of the entries of a walk.
enum Seen {
    File(PathBuf),
    /// A folder that is named exactly like a Dockerfile.
    Folder(PathBuf),
    Problem(PathBuf, Problem),
}

impl Seen {
    fn of(entry: Result<DirEntry, ignore::Error>) -> Option<Self> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(Self::failure(&error)),
        };
        let name = entry.file_name().to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let exact = matches!(&*name, "Dockerfile" | "Containerfile");
            return exact.then(|| Self::Folder(entry.into_path()));
        }
        if !is_dockerfile_name(&name) {
            return None;
        }
        // A link to a folder is somebody's folder, and pipes and sockets are no files; dangling links are kept, and
        // reading them says what is wrong.
        let taken = kind.is_file()
            || kind.is_symlink()
                && entry
                    .path()
                    .metadata()
                    .map_or(true, |target| target.is_file());
        taken.then(|| Self::File(entry.into_path()))
    }

    fn failure(error: &ignore::Error) -> Self {
        let mut path = PathBuf::new();
        let mut inner = error;
        loop {
            match inner {
                ignore::Error::WithPath { path: at, err } => {
                    path.clone_from(at);
                    inner = err;
                }
                ignore::Error::WithDepth { err, .. }
                | ignore::Error::WithLineNumber { err, .. } => {
                    inner = err;
                }
                _ => break,
            }
        }
        let problem = match inner {
            ignore::Error::Io(error) => Problem::reading(error),
            other => Problem::new(ProblemKind::Unreadable, other.to_string()),
        };
        Self::Problem(path, problem)
    }
}

/// Sorts, and keeps one name for each real file: the one that is not reached through a link, else the first.
fn unique(candidates: Vec<(PathBuf, bool)>) -> Vec<Input> {
    let mut inputs: Vec<Input> = candidates
        .into_iter()
        .map(|(path, named)| Input {
            name: show(&path),
            real: real_path(&path),
            path,
            named,
        })
        .collect();
    inputs.sort_by(|a, b| (&a.name, !a.named).cmp(&(&b.name, !b.named)));
    let mut first: FxHashMap<PathBuf, usize> = FxHashMap::default();
    let mut kept: Vec<Input> = Vec::with_capacity(inputs.len());
    for input in inputs {
        match first.get(&input.real) {
            None => {
                first.insert(input.real.clone(), kept.len());
                kept.push(input);
            }
            Some(&at) => {
                if let Some(known) = kept.get_mut(at) {
                    let named = known.named || input.named;
                    if is_link(&known.path) && !is_link(&input.path) {
                        *known = input;
                    }
                    known.named = named;
                }
            }
        }
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    kept
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.file_type().is_symlink())
}

/// The absolute path without links; for what can't be resolved, the absolute path.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn names() {
        for name in [
            "Dockerfile",
            "dockerfile",
            "DOCKERFILE",
            "Containerfile",
            "Dockerfile.prod",
            "Dockerfile.go",
            "dockerfile.dev",
            "api.Dockerfile",
            "api.dockerfile",
            "x.containerfile",
            "Dockerfile.in",
        ] {
            assert!(is_dockerfile_name(name), "{name}");
        }
        for name in [
            "",
            "Dockerfiles",
            "Dockerfile.",
            ".Dockerfile",
            "Dockerfile~",
            "MyDockerfile",
            "Dockerfile.dockerignore",
            "Containerfile.containerignore",
            "dockerfile.go",
            "docker-compose.yml",
        ] {
            assert!(!is_dockerfile_name(name), "{name}");
        }
    }

    fn found_names(root: &Path, paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
        let prefix = format!("{}/", show(root));
        discover(&paths, 2)
            .inputs
            .into_iter()
            .map(|input| input.name.replace(&prefix, ""))
            .collect()
    }

    #[test]
    fn folders_are_searched_and_files_taken_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for folder in [".git", ".devcontainer", "b", "ignored", "vendor"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        for file in [
            "Dockerfile",
            ".git/Dockerfile",
            ".devcontainer/Dockerfile",
            "b/api.Dockerfile",
            "b/readme",
            "ignored/Dockerfile",
            "vendor/Dockerfile.x",
        ] {
            fs::write(root.join(file), "").unwrap();
        }
        fs::write(root.join(".gitignore"), "ignored/\n*.x\n").unwrap();
        let all = [".devcontainer/Dockerfile", "Dockerfile", "b/api.Dockerfile"];
        assert_eq!(found_names(root, &["."]).len(), 3);
        assert_eq!(found_names(root, &["", "b", "Dockerfile"]), all);
        assert_eq!(
            found_names(root, &["ignored/Dockerfile", "b/readme", "none"]),
            ["b/readme", "ignored/Dockerfile", "none"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("z/deep")).unwrap();
        fs::write(root.join("z/Dockerfile"), "").unwrap();
        symlink("z/Dockerfile", root.join("Dockerfile")).unwrap();
        symlink("z/deep", root.join("Dockerfile.folder")).unwrap();
        symlink("gone", root.join("Dockerfile.gone")).unwrap();
        assert_eq!(
            found_names(root, &[""]),
            ["Dockerfile.gone", "z/Dockerfile"]
        );
    }

    #[test]
    fn folders_named_like_dockerfiles() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("a/Dockerfile")).unwrap();
        fs::create_dir_all(root.join("b/Dockerfile")).unwrap();
        fs::create_dir_all(root.join("c/dockerfile")).unwrap();
        fs::write(root.join("b/Dockerfile/Dockerfile.x"), "").unwrap();
        let found = discover(&[root.to_path_buf()], 1);
        assert_eq!(found.inputs.len(), 1);
        assert_eq!(found.notes.len(), 1);
        let problems: Vec<&String> = found.problems.keys().collect();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].ends_with("a/Dockerfile"));
    }
}
