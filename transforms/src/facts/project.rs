//! The files of a build context, as far as somebody listed and read them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{ContextKind, Facts};

/// The files of the one folder that is the build context for certain. Cloning one is cheap.
#[derive(Debug, Clone, Default)]
pub struct Project {
    content: Arc<Content>,
    /// The texts of files that one Dockerfile names.
    named: Arc<BTreeMap<String, Arc<str>>>,
    /// The ignore file that is in force, or the one that would be if it existed.
    ignore: Option<IgnoreFile>,
}

#[derive(Debug, Default)]
struct Content {
    listing: BTreeMap<String, ContextKind>,
    unlisted: BTreeSet<String>,
    texts: BTreeMap<String, Arc<str>>,
}

/// The ignore file of a build: `.dockerignore` at the root of the context, unless there is one that bears the Dockerfile's
/// name, which replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreFile {
    /// How it is called in messages: `.dockerignore`, `api.Dockerfile.dockerignore`.
    pub name: String,
    /// Where it is. Only the caller, who gathered it, looks there.
    pub path: PathBuf,
    /// What it holds; `None` when there is no such file yet.
    pub text: Option<Arc<str>>,
}

impl Project {
    /// A project of these paths and texts, each relative to the root of the context and in the form of [`Facts::key`].
    /// `listing` holds every path that the ignore file lets through, folders included, except what is below the folders of
    /// `unlisted`, which were not read; an empty string there stands for the root. The kind of a regular file is
    /// [`ContextKind::UnreadFile`], since nobody looked into it. `texts` holds the content of well-known small files, such
    /// as manifests.
    pub fn new(
        listing: BTreeMap<String, ContextKind>,
        unlisted: BTreeSet<String>,
        texts: BTreeMap<String, Arc<str>>,
        ignore: Option<IgnoreFile>,
    ) -> Self {
        let content = Content {
            listing,
            unlisted,
            texts,
        };
        Self {
            content: Arc::new(content),
            named: Arc::default(),
            ignore,
        }
    }

    /// Whether the builder sees this path, a file or a folder. `None`: it is below a folder that was not read.
    pub fn has(&self, path: &str) -> Option<bool> {
        let key = Facts::key(path);
        if key.is_empty() || self.content.listing.contains_key(&key) {
            return Some(true);
        }
        (!self.is_below_unlisted(&key)).then_some(false)
    }

    /// What stands at a path. `None`: nothing that the builder sees, or nothing that is known.
    pub fn kind(&self, path: &str) -> Option<ContextKind> {
        let key = Facts::key(path);
        match key.as_str() {
            "" => Some(ContextKind::Directory),
            key => self.content.listing.get(key).copied(),
        }
    }

    /// What a file holds, if it is one of those that were read. A member of an archive stands behind `!/`, as in
    /// `target/a.jar!/META-INF/MANIFEST.MF`.
    pub fn text(&self, path: &str) -> Option<&str> {
        let key = Facts::key(path);
        let text = self.content.texts.get(&key);
        text.or_else(|| self.named.get(&key)).map(|text| &**text)
    }

    /// The paths below a folder at any depth, sorted, with what they are; `""` or `.` for the root. Whether these are all
    /// says [`Project::is_complete`].
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, ContextKind)> {
        let mut start = Facts::key(folder);
        if !start.is_empty() {
            start.push('/');
        }
        self.content
            .listing
            .range(start.clone()..)
            .take_while(move |(path, _)| path.starts_with(&start))
            .map(|(path, kind)| (path.as_str(), *kind))
    }

    /// Whether everything below a folder was listed.
    pub fn is_complete(&self, folder: &str) -> bool {
        let key = Facts::key(folder);
        let inside = |unlisted: &str| is_at_or_below(unlisted, &key);
        !self.is_below_unlisted(&key) && !self.content.unlisted.iter().any(|it| inside(it))
    }

    /// The ignore file that is in force, or that would be if it existed. `None` where nobody said which.
    pub fn ignore(&self) -> Option<&IgnoreFile> {
        self.ignore.as_ref()
    }

    /// The same files with another ignore file: two Dockerfiles of a folder share what is listed.
    #[must_use]
    pub fn with_ignore(mut self, ignore: Option<IgnoreFile>) -> Self {
        self.ignore = ignore;
        self
    }

    /// The same files, with the texts of some that one Dockerfile names: scripts that it runs, lock files, what a copied
    /// archive says of itself. Paths are as in [`Project::new`].
    #[must_use]
    pub fn with_named(mut self, texts: BTreeMap<String, Arc<str>>) -> Self {
        self.named = Arc::new(texts);
        self
    }

    fn is_below_unlisted(&self, key: &str) -> bool {
        self.content.unlisted.contains("")
            || key.match_indices('/').any(|(at, _)| {
                key.get(..at)
                    .is_some_and(|folder| self.content.unlisted.contains(folder))
            })
            || self.content.unlisted.contains(key)
    }
}

/// Whether a key is a folder itself or below it; everything is below the root.
fn is_at_or_below(key: &str, folder: &str) -> bool {
    let rest = key.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(paths: &[&str], unlisted: &[&str]) -> Project {
        let kind = |path: &str| match path.ends_with('/') {
            true => ContextKind::Directory,
            false => ContextKind::UnreadFile,
        };
        let listing = paths.iter().map(|path| (Facts::key(path), kind(path)));
        let unlisted = unlisted.iter().map(ToString::to_string);
        let texts = BTreeMap::from([("go.mod".to_owned(), Arc::from("module x\n"))]);
        Project::new(listing.collect(), unlisted.collect(), texts, None)
    }

    #[test]
    fn what_is_not_listed_is_not_known() {
        let project = project(
            &["go.mod", "cmd/", "cmd/a.go", "big/", "cmd/deep/"],
            &["big", "cmd/deep"],
        );
        for (path, has) in [
            ("go.mod", Some(true)),
            ("./cmd/", Some(true)),
            ("cmd/a.go", Some(true)),
            ("cmd/b.go", Some(false)),
            ("go.sum", Some(false)),
            ("bigger", Some(false)),
            ("big", Some(true)),
            ("big/x", None),
            ("cmd/deep/x/y", None),
            (".", Some(true)),
        ] {
            assert_eq!(project.has(path), has, "{path}");
        }
        for (folder, complete) in [(".", false), ("cmd", false), ("big", false), ("c", true)] {
            assert_eq!(project.is_complete(folder), complete, "{folder}");
        }
    }

    #[test]
    fn texts_and_kinds() {
        let project = project(&["go.mod", "cmd/"], &[]);
        assert_eq!(project.text("./go.mod"), Some("module x\n"));
        assert_eq!(project.text("go.sum"), None);
        assert_eq!(project.kind("/cmd"), Some(ContextKind::Directory));
        assert_eq!(project.kind("go.mod"), Some(ContextKind::UnreadFile));
        assert_eq!(project.kind("x"), None);
        assert!(project.is_complete(""));
        let named = [("run.sh", "a"), ("a.jar!/META-INF/MANIFEST.MF", "b")];
        let named = named.map(|(path, text)| (path.to_owned(), Arc::from(text)));
        let project = project.with_named(named.into());
        assert_eq!(project.text("./run.sh"), Some("a"));
        assert_eq!(project.text("a.jar!/META-INF/MANIFEST.MF"), Some("b"));
        assert_eq!(project.text("go.mod"), Some("module x\n"));
    }

    #[test]
    fn paths_below_a_folder() {
        let project = project(&["a/", "a-b", "a/x", "a/y/", "a/y/z", "b"], &[]);
        let below = |folder| -> Vec<&str> { project.below(folder).map(|(path, _)| path).collect() };
        assert_eq!(below("a"), ["a/x", "a/y", "a/y/z"]);
        assert_eq!(below("./a/y/"), ["a/y/z"]);
        assert_eq!(below(".").len(), 6);
        assert!(below("none").is_empty());
    }

    #[test]
    fn a_root_that_was_not_read_says_nothing() {
        let project = project(&[], &[""]);
        assert_eq!(project.has("a"), None);
        assert!(!project.is_complete("a"));
    }
}
