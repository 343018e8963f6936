//! The build context: what the sources of a Dockerfile's `COPY` and `ADD` are. Only what a file names is looked at, so
//! that the size of a repository doesn't matter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use dfix_transforms::{ContextEntry, ContextKind, Facts, History, Need, Project};
use rustc_hash::FxHashMap;

use super::dockerignore::DockerIgnore;
use super::history::{Histories, OnDemand};
use super::sniff::sniff;
use super::{named, project};

/// How many entries of folders are read for the wildcards of one Dockerfile.
const MAX_LISTED: usize = 10_000;
/// How many sources of one Dockerfile are looked up.
const MAX_SOURCES: usize = 1_000;

/// How many entries of a folder are given to a person who chooses.
const MAX_OFFERED: usize = 300;

/// A Dockerfile and what is known of where it is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'s> {
    /// The absolute path of the Dockerfile.
    pub dockerfile: &'s Path,
    /// The folder that is its build context, where somebody has said it.
    pub context: Option<&'s Path>,
}

impl<'s> From<&'s Path> for Site<'s> {
    fn from(dockerfile: &'s Path) -> Self {
        Self {
            dockerfile,
            context: None,
        }
    }
}

/// Gathers facts; remembers what many Dockerfiles share. Usable from many threads.
#[derive(Debug)]
pub(crate) struct Contexts {
    repository_roots: Mutex<FxHashMap<PathBuf, Option<PathBuf>>>,
    ignore_files: Mutex<FxHashMap<PathBuf, Ignored>>,
    /// Sources with wildcards below a root, as its own ignore file lets them through: the kind, and how many entries were
    /// listed for it.
    wildcards: Mutex<FxHashMap<(PathBuf, String), LookedUp>>,
    /// The files below a root, as its own ignore file lets them through.
    projects: Mutex<FxHashMap<PathBuf, Project>>,
    histories: Arc<dyn Histories>,
}

impl Default for Contexts {
    fn default() -> Self {
        Self::with_histories(Arc::new(OnDemand::default()))
    }
}

/// What a source with wildcards selects, and how many entries of folders were listed to find out.
type LookedUp = (Option<ContextKind>, usize);

/// The patterns of an ignore file: `None` when there is none, the error when BuildKit refuses it.
type Ignored = Option<Result<Arc<DockerIgnore>, ()>>;

impl Contexts {
    /// With these histories, which may be known longer than the rest.
    pub(crate) fn with_histories(histories: Arc<dyn Histories>) -> Self {
        Self {
            repository_roots: Mutex::default(),
            ignore_files: Mutex::default(),
            wildcards: Mutex::default(),
            projects: Mutex::default(),
            histories,
        }
    }

    /// The facts for a Dockerfile whose `COPY` and `ADD` name these sources. What costs more than
    /// looking these up is gathered only where it is wanted.
    pub(crate) fn gather(
        &self,
        site: Site<'_>,
        sources: &[String],
        wants: impl Fn(Need) -> bool,
    ) -> Facts {
        let mut facts = Facts::default();
        if sources.is_empty() {
            return facts;
        }
        let shared = !self.has_own_ignore_file(site.dockerfile);
        let mut budget = MAX_LISTED;
        for (root, ignore) in self.filtered_roots(site) {
            let mut entries = BTreeMap::new();
            for source in sources.iter().take(MAX_SOURCES) {
                let key = Facts::key(source);
                let kind = match shared && is_wildcard(&key) {
                    true => self.shared_look_up(&root, &key, &ignore, &mut budget),
                    false => look_up(&root, &key, &ignore, &mut budget),
                };
                if let Some(kind) = kind {
                    entries.insert(key, ContextEntry { kind });
                }
            }
            facts.contexts.push(entries);
        }
        facts.partial = budget == 0 || sources.len() > MAX_SOURCES;
        if wants(Need::Project) {
            facts.project = self.project(site, sources);
        }
        if wants(Need::History) {
            facts.history = self.history(site, sources);
        }
        facts
    }

    /// Adds to the facts for a Dockerfile what these files of its context are, by their keys. They are not known to be
    /// there.
    pub(crate) fn add_files(&self, facts: &mut Facts, site: Site<'_>, files: &[String]) {
        if files.is_empty() {
            return;
        }
        let roots = self.filtered_roots(site);
        for ((root, ignore), entries) in roots.iter().zip(&mut facts.contexts) {
            for key in files {
                if let Some(kind) = kind_of(root, key, ignore) {
                    entries.insert(key.clone(), ContextEntry { kind });
                }
            }
        }
    }

    /// Adds to the project of the facts the texts that the commands of this Dockerfile lead to; see [`named::read`].
    pub(crate) fn add_named(
        &self,
        facts: &mut Facts,
        site: Site<'_>,
        sources: &[String],
        candidates: &[String],
    ) {
        let Some(project) = facts.project.take() else {
            return;
        };
        let roots = self.filtered_roots(site);
        let texts = project::certain_root(&roots, sources)
            .map(|(root, ignore)| named::read((root, ignore), &project, sources, candidates));
        facts.project = Some(project.with_named(texts.unwrap_or_default()));
    }

    /// The files of the context, when it is certain which folder that is.
    fn project(&self, site: Site<'_>, sources: &[String]) -> Option<Project> {
        let roots = self.filtered_roots(site);
        let (root, ignore) = project::certain_root(&roots, sources)?;
        let read = || project::read(root, ignore);
        let project = match self.has_own_ignore_file(site.dockerfile) {
            true => read(),
            // All Dockerfiles of a root share one list; another thread may wait for it, but not make it a second time.
            false => {
                let mut projects = lock(&self.projects);
                projects.entry(root.clone()).or_insert_with(read).clone()
            }
        };
        Some(project.with_ignore(project::ignore_file(site.dockerfile, root)))
    }

    /// How often the sources of a Dockerfile have changed, when it is certain which folder they are in.
    pub(crate) fn history(&self, site: Site<'_>, sources: &[String]) -> Option<History> {
        let roots = self.filtered_roots(site);
        let (context, ignore) = project::certain_root(&roots, sources)?;
        let root = self.repository_root(context)?;
        let evidence = self.histories.evidence(&root)?;
        evidence.of_sources((&root, context), ignore, sources)
    }

    /// Whether there is an ignore file that bears the Dockerfile's name, and so holds for it alone.
    fn has_own_ignore_file(&self, dockerfile: &Path) -> bool {
        let mut name = dockerfile.as_os_str().to_owned();
        name.push(".dockerignore");
        self.ignore_file(Path::new(&name)).is_some()
    }

    /// The entries of a folder that the context of a Dockerfile may hold, sorted, each with whether it is a folder. Where
    /// nobody says which folder is the context, those of the Dockerfile's own folder and of the repository's are given. The second part says whether these are all; where there are too many, those whose names begin
    /// with `prefix` come first to be given.
    pub(crate) fn list(
        &self,
        site: Site<'_>,
        folder: &str,
        prefix: &str,
    ) -> (Vec<(String, bool)>, bool) {
        let mut found = BTreeMap::new();
        let mut complete = true;
        let key = Facts::key(folder);
        if key.split('/').any(|element| element == "..") || is_wildcard(&key) {
            return (Vec::new(), true);
        }
        for (root, ignore) in self.filtered_roots(site) {
            let Ok(listing) = std::fs::read_dir(root.join(&key)) else {
                continue;
            };
            for (number, entry) in listing.flatten().enumerate() {
                if number >= MAX_LISTED {
                    complete = false;
                    break;
                }
                let name = entry.file_name();
                // A path that is no text can't be written in a Dockerfile.
                let Some(name) = name.to_str() else { continue };
                let path = match key.as_str() {
                    "" => name.to_owned(),
                    key => format!("{key}/{name}"),
                };
                let excluded = ignore.excludes(&path);
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if !excluded || is_folder && ignore.may_keep_below() {
                    found.entry(name.to_owned()).or_insert(is_folder);
                }
            }
        }
        if found.len() > MAX_OFFERED {
            complete = false;
            found.retain(|name, _| {
                let start = name.get(..prefix.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            });
        }
        (found.into_iter().take(MAX_OFFERED).collect(), complete)
    }

    /// The folders that may be the context of a Dockerfile, each with what its ignore file lets through; without those
    /// whose ignore file BuildKit refuses.
    fn filtered_roots(&self, site: Site<'_>) -> Vec<(PathBuf, Arc<DockerIgnore>)> {
        let mut own_name = site.dockerfile.as_os_str().to_owned();
        own_name.push(".dockerignore");
        let own_ignore = self.ignore_file(Path::new(&own_name));
        let roots = self.roots(site).into_iter();
        let filtered = roots.filter_map(|root| {
            // The Dockerfile's own ignore file replaces the context's, also when it is empty (`dockerui/config.go`).
            let ignore = own_ignore
                .clone()
                .or_else(|| self.ignore_file(&root.join(".dockerignore")));
            let ignore = match ignore {
                Some(Err(())) => return None,
                Some(Ok(ignore)) => ignore,
                None => Arc::default(),
            };
            Some((root, ignore))
        });
        filtered.collect()
    }

    /// The folders that may be the build context of a Dockerfile: the one that is known, else its own and the root of its
    /// repository.
    pub(crate) fn roots(&self, site: Site<'_>) -> Vec<PathBuf> {
        if let Some(folder) = site.context {
            return vec![folder.to_path_buf()];
        }
        let Some(folder) = site.dockerfile.parent() else {
            return Vec::new();
        };
        let repository = self.repository_root(folder);
        let repository = repository.filter(|root| root != folder);
        std::iter::once(folder.to_path_buf())
            .chain(repository)
            .collect()
    }

    /// As [`look_up`], once for all Dockerfiles of a root; each pays for it from its own budget, so that it doesn't matter
    /// which of them comes first.
    fn shared_look_up(
        &self,
        root: &Path,
        key: &str,
        ignore: &DockerIgnore,
        budget: &mut usize,
    ) -> Option<ContextKind> {
        let name = (root.to_path_buf(), key.to_owned());
        if let Some((kind, cost)) = lock(&self.wildcards).get(&name) {
            let enough = *cost < *budget;
            *budget = budget.saturating_sub(*cost);
            return kind.filter(|_| enough);
        }
        let before = *budget;
        let kind = look_up(root, key, ignore, budget);
        if *budget > 0 {
            lock(&self.wildcards).insert(name, (kind, before - *budget));
        }
        kind
    }

    /// The closest folder upward that holds `.git`.
    fn repository_root(&self, folder: &Path) -> Option<PathBuf> {
        let mut known = lock(&self.repository_roots);
        if let Some(root) = known.get(folder) {
            return root.clone();
        }
        let root = folder
            .ancestors()
            .find(|ancestor| ancestor.join(".git").exists())
            .map(Path::to_path_buf);
        known.insert(folder.to_path_buf(), root.clone());
        root
    }

    fn ignore_file(&self, path: &Path) -> Ignored {
        if let Some(known) = lock(&self.ignore_files).get(path) {
            return known.clone();
        }
        let ignored = match std::fs::read(path) {
            Ok(content) => {
                let parsed = DockerIgnore::parse(&String::from_utf8_lossy(&content));
                Some(parsed.map(Arc::new).map_err(|_| ()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(_) => Some(Err(())),
        };
        lock(&self.ignore_files).insert(path.to_path_buf(), ignored.clone());
        ignored
    }
}

/// Whether a source selects by a pattern (Go's `filepath.Match`).
fn is_wildcard(source: &str) -> bool {
    source.contains(['*', '?', '[', '\\'])
}

/// A panic while the lock is held leaves a map that only lacks an entry.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The kind of one source in one context: for a source with wildcards, the kind that all its matches share.
fn look_up(
    root: &Path,
    key: &str,
    ignore: &DockerIgnore,
    budget: &mut usize,
) -> Option<ContextKind> {
    if key.is_empty() {
        return Some(ContextKind::Directory);
    }
    if !is_wildcard(key) {
        return kind_of(root, key, ignore);
    }
    let matched = matched(root, key, budget);
    if *budget == 0 {
        return None;
    }
    let mut kinds = matched
        .iter()
        .filter_map(|path| kind_of(root, path, ignore));
    let kind = kinds.next()?;
    kinds.all(|other| other == kind).then_some(kind)
}

/// The paths of a context that a source selects, whatever an ignore file says: one, or for a wildcard all that match.
pub(crate) fn selected(root: &Path, source: &str) -> Vec<String> {
    let mut budget = MAX_LISTED;
    let mut paths = matched(root, &Facts::key(source), &mut budget);
    paths.sort_unstable();
    paths
}

/// The paths that the elements of a source select one after the other.
fn matched(root: &Path, key: &str, budget: &mut usize) -> Vec<String> {
    let mut matched = vec![String::new()];
    for element in key.split('/') {
        let mut next = Vec::new();
        for base in &matched {
            expand(root, base, element, budget, &mut next);
        }
        matched = next;
    }
    matched
}

/// Adds the paths below `base` that one element of a wildcard source selects (Go's `filepath.Match` by element).
fn expand(root: &Path, base: &str, element: &str, budget: &mut usize, out: &mut Vec<String>) {
    let join = |name: &str| match base {
        "" => name.to_owned(),
        _ => format!("{base}/{name}"),
    };
    if !is_wildcard(element) {
        out.push(join(element));
        return;
    }
    let Some(matcher) = super::dockerignore::ElementMatcher::new(element) else {
        return;
    };
    let Ok(listing) = std::fs::read_dir(root.join(base)) else {
        return;
    };
    for entry in listing.flatten() {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        if let Some(name) = entry.file_name().to_str()
            && matcher.matches(name)
        {
            out.push(join(name));
        }
    }
}

/// What stands at a path of the context, unless the ignore file leaves it out.
fn kind_of(root: &Path, path: &str, ignore: &DockerIgnore) -> Option<ContextKind> {
    let full = root.join(path);
    let file_type = full.symlink_metadata().ok()?.file_type();
    let excluded = ignore.excludes(path);
    if file_type.is_dir() {
        (!excluded || ignore.may_keep_below()).then_some(ContextKind::Directory)
    } else if excluded {
        None
    } else if file_type.is_file() {
        Some(sniff(&full))
    } else {
        Some(ContextKind::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn gather(dockerfile: &Path, sources: &[&str]) -> Facts {
        let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
        Contexts::default().gather(dockerfile.into(), &sources, |_| false)
    }

    #[test]
    fn lists_what_the_ignore_file_lets_through() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("app/sub")).unwrap();
        fs::create_dir_all(root.join("node_modules/x")).unwrap();
        fs::write(root.join("app/a.txt"), "").unwrap();
        fs::write(root.join("app/b.log"), "").unwrap();
        fs::write(root.join(".dockerignore"), "node_modules\n**/*.log\n").unwrap();
        let list = |folder| {
            let contexts = Contexts::default();
            contexts.list(root.join("Dockerfile").as_path().into(), folder, "")
        };
        let entry = |name: &str, is_folder| (name.to_owned(), is_folder);
        let top = vec![entry(".dockerignore", false), entry("app", true)];
        assert_eq!(list(""), (top.clone(), true));
        assert_eq!(list("./"), (top, true));
        let app = vec![entry("a.txt", false), entry("sub", true)];
        assert_eq!(list("/app"), (app, true));
        assert_eq!(list("none"), (Vec::new(), true));
        assert_eq!(list("../"), list(""));
        for number in 0..400 {
            fs::write(root.join(format!("app/sub/{number}")), "").unwrap();
        }
        let (many, complete) = list("app/sub");
        assert_eq!((many.len(), complete), (MAX_OFFERED, false));
        let (some, _) =
            Contexts::default().list(root.join("Dockerfile").as_path().into(), "app/sub", "39");
        assert_eq!(some.len(), 11);
    }

    #[test]
    fn kinds_in_own_folder_and_repository() {
        use ContextKind::{Directory, File};
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir_all(root.join("app/sub")).unwrap();
        fs::write(root.join("app/own.txt"), "x").unwrap();
        fs::write(root.join("top.txt"), "x").unwrap();
        fs::write(root.join("both"), "x").unwrap();
        fs::create_dir(root.join("app/both")).unwrap();
        let facts = gather(
            &root.join("app/Dockerfile"),
            &["own.txt", "top.txt", "sub/", "both", "none", "./*.txt", "*"],
        );
        assert_eq!(facts.contexts.len(), 2);
        for (source, kind) in [
            ("own.txt", Some(File)),
            ("./top.txt", Some(File)),
            ("sub", Some(Directory)),
            ("both", None),
            ("none", None),
            ("*.txt", Some(File)),
            ("*", None),
            ("unasked", None),
        ] {
            assert_eq!(facts.lookup(source), kind, "{source}");
        }
        assert!(!facts.partial);
    }

    #[test]
    fn own_ignore_file_replaces() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for name in ["a", "b"] {
            fs::write(root.join(name), "x").unwrap();
        }
        fs::write(root.join(".dockerignore"), "a").unwrap();
        fs::write(root.join("other.Dockerfile.dockerignore"), "b").unwrap();
        fs::write(root.join("broken.dockerignore"), "[").unwrap();
        let lookup = |name: &str, source| gather(&root.join(name), &["a", "b"]).lookup(source);
        assert_eq!(lookup("Dockerfile", "a"), None);
        assert_eq!(lookup("Dockerfile", "b"), Some(ContextKind::File));
        assert_eq!(lookup("other.Dockerfile", "a"), Some(ContextKind::File));
        assert_eq!(lookup("other.Dockerfile", "b"), None);
        assert_eq!(lookup("broken", "a"), None);
    }

    #[test]
    fn a_known_context_is_the_only_one() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("context/a")).unwrap();
        fs::write(root.join("a"), "").unwrap();
        fs::write(root.join("b"), "").unwrap();
        let site = Site {
            dockerfile: &root.join("Dockerfile"),
            context: Some(&root.join("context")),
        };
        let sources = ["a".to_owned(), "b".to_owned()];
        let facts = Contexts::default().gather(site, &sources, |_| false);
        assert_eq!(facts.lookup("a"), Some(ContextKind::Directory));
        assert_eq!(facts.lookup("b"), None);
    }

    #[test]
    fn wildcards_are_looked_up_once_and_paid_for_by_each() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for number in 0..10 {
            fs::write(root.join(format!("{number}.txt")), "").unwrap();
        }
        let contexts = Contexts::default();
        let look_up = |budget: &mut usize| {
            contexts.shared_look_up(root, "*.txt", &DockerIgnore::default(), budget)
        };
        for _ in 0..2 {
            let mut budget = 5;
            assert_eq!((look_up(&mut budget), budget), (None, 0));
            let mut budget = 10;
            assert_eq!((look_up(&mut budget), budget), (None, 0));
            let mut budget = 11;
            assert_eq!((look_up(&mut budget), budget), (Some(ContextKind::File), 1));
        }
    }

    #[test]
    fn large_folders_are_given_up() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for number in 0..=MAX_LISTED {
            fs::write(root.join(format!("{number}.txt")), "").unwrap();
        }
        let facts = gather(&root.join("Dockerfile"), &["*.txt"]);
        assert!(facts.partial);
        assert_eq!(facts.lookup("*.txt"), None);
    }
}
