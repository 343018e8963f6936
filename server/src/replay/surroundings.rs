//! What surrounds a Dockerfile at a commit, as a run of dfix at that commit would have seen it: the build context through its
//! ignore file, and the history of the commits before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dfix_syntax::SourceText;
use dfix_transforms::cache::{Selection, print};
use dfix_transforms::rules::wants;
use dfix_transforms::{
    ContextEntry, ContextKind, Facts, History, IgnoreFile, Need, Project, Settings, Timings,
};
use rustc_hash::FxHashMap;

use super::timeline::{Ignore, Timeline, join};
use crate::world::dockerignore::DockerIgnore;
use crate::world::history::{Blob, Change, Pasts, PathId, Paths, Selector, Watched};
use crate::world::project::of_files;
use crate::world::sniff::classify;
use crate::world::sources::{context_sources, launched_files};

/// More commits than this are no better evidence to any rule; the numbers of commits are for messages.
const PLENTY: u32 = 100;

/// How git writes the mode of a symbolic link.
const LINK: u32 = 0o120_000;
/// How git writes that a path is another repository.
const SUBMODULE: u32 = 0o160_000;

/// The surroundings at one commit after the other.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// The files.
    pub timeline: Timeline,
    /// The commits before the one at hand.
    pasts: Pasts,
    watched: FxHashMap<(Arc<str>, u128, String), Watched>,
    named: FxHashMap<u128, Arc<Named>>,
    ignores: FxHashMap<u128, Option<Ignore>>,
    project: Option<(u128, Project)>,
    /// What was logged of a real build.
    timings: Option<Timings>,
    /// The folder that is the context, where somebody has said it.
    context: Option<Arc<str>>,
    /// The folder of the repository on the disk.
    root: PathBuf,
}

/// What a Dockerfile names of the build context.
#[derive(Debug)]
struct Named {
    /// The sources of its `COPY` and `ADD`.
    sources: Vec<String>,
    /// The files that its programs may have been.
    launched: Vec<String>,
}

/// A build context.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// Its folder in the repository; empty for the root.
    pub folder: Arc<str>,
    /// What it lets through.
    pub ignore: Ignore,
    /// The path of the ignore file in the repository, whether it is there or not.
    pub ignore_path: String,
}

impl Surroundings {
    pub(super) fn new(
        timeline: Timeline,
        root: &Path,
        context: Option<&str>,
        timings: Option<Timings>,
    ) -> Self {
        Self {
            timeline,
            pasts: Pasts::default(),
            watched: FxHashMap::default(),
            named: FxHashMap::default(),
            ignores: FxHashMap::default(),
            project: None,
            timings,
            context: context.map(Into::into),
            root: root.to_path_buf(),
        }
    }

    /// Lets a commit become one of those before.
    pub(super) fn pass(&mut self, changes: &[Change], paths: &Paths) {
        self.pasts.take(changes, paths);
        for watched in self.watched.values_mut() {
            watched.take(changes, &self.pasts, paths);
        }
    }

    /// The context of a Dockerfile: the named one, else its own folder or the root of the repository, where more of its
    /// sources are. `None` when the builder refuses the ignore file.
    pub(super) fn context(&mut self, dockerfile: &str, source: &SourceText) -> Option<Context> {
        let folder = dockerfile.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder: Arc<str> = match &self.context {
            Some(named) => named.clone(),
            None if folder.is_empty() => folder.into(),
            None => {
                let named = self.named(source);
                let found = |folder: &str| {
                    let there = |source: &&String| {
                        let key = Facts::key(source);
                        let fixed = key.split(['*', '?', '[']).next().unwrap_or_default();
                        let path = join(folder, fixed.trim_end_matches('/'));
                        self.timeline.file(&path).is_some() || self.timeline.is_folder(&path)
                    };
                    named.sources.iter().filter(there).count()
                };
                if found("") > found(folder) {
                    ""
                } else {
                    folder
                }
                .into()
            }
        };
        let own = format!("{dockerfile}.dockerignore");
        let ignore_path = match self.timeline.file(&own) {
            Some(_) => own,
            None => join(&folder, ".dockerignore"),
        };
        let text = self.timeline.content(&ignore_path);
        let ignore = self.ignore(text.as_deref().unwrap_or_default())?;
        Some(Context {
            folder,
            ignore,
            ignore_path,
        })
    }

    /// Where a path of the repository is on the disk, whether it is there or not.
    pub(super) fn on_disk(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// An ignore file by its text; `None` when the builder refuses it.
    pub(super) fn ignore(&mut self, text: &[u8]) -> Option<Ignore> {
        let print = print(text);
        let read = || {
            let patterns = DockerIgnore::parse(&String::from_utf8_lossy(text)).ok()?;
            Some(Ignore {
                patterns: Arc::new(patterns),
                print,
            })
        };
        self.ignores.entry(print).or_insert_with(read).clone()
    }

    /// The facts for a Dockerfile, and a number that is the same for facts that lead to the same text.
    pub(super) fn facts(
        &mut self,
        dockerfile: &str,
        source: &SourceText,
        context: &Context,
        settings: &Settings,
        paths: &Paths,
    ) -> (Facts, u128) {
        let named = self.named(source);
        let sources = &named.sources;
        let mut facts = Facts::default();
        if sources.is_empty() {
            return (facts, 0);
        }
        let own = dockerfile.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut roots: Vec<Arc<str>> = match &self.context {
            Some(named) => vec![named.clone()],
            None => vec![own.into(), "".into()],
        };
        roots.dedup();
        for root in &roots {
            let files = paths;
            let named = sources.iter().chain(&named.launched);
            let known = named.filter_map(|source| {
                let key = Facts::key(source);
                let kind = self.kind(root, &key, &context.ignore, files)?;
                Some((key, ContextEntry { kind }))
            });
            let known: BTreeMap<String, ContextEntry> = known.collect();
            facts.contexts.push(known);
        }
        let wants = |need| wants(need, source.as_str(), settings);
        let mut version = 0;
        if wants(Need::Project) {
            version = print(&(
                self.timeline.structure,
                context.ignore.print,
                &context.folder,
            ));
            facts.project = Some(self.project(version, context, paths));
        }
        if wants(Need::History) {
            facts.history = self.history(sources, context, paths);
        }
        if wants(Need::Timings) {
            facts.timings.clone_from(&self.timings);
        }
        let entries: Vec<_> = facts
            .contexts
            .iter()
            .flatten()
            .map(|(key, entry)| (key, entry.kind))
            .collect();
        let churn: Vec<_> = facts
            .history
            .iter()
            .flat_map(|history| &history.churn)
            .map(|(key, churn)| (key, churn.weight.to_bits()))
            .collect();
        let commits = facts
            .history
            .as_ref()
            .map(|history| history.commits.min(PLENTY));
        let version = print(&(entries, version, commits, churn));
        (facts, version)
    }

    /// How often the sources of a file have changed before the commit at hand.
    #[cfg(test)]
    pub(super) fn history_of(
        &mut self,
        source: &SourceText,
        context: &Context,
        paths: &Paths,
    ) -> Option<History> {
        let named = self.named(source);
        self.history(&named.sources, context, paths)
    }

    fn named(&mut self, source: &SourceText) -> Arc<Named> {
        let read = || {
            let root = dfix_syntax::parse(source).root();
            let sources = context_sources(root.clone());
            let launched = launched_files(root, &sources);
            Arc::new(Named { sources, launched })
        };
        let key = print(source.as_str());
        self.named.entry(key).or_insert_with(read).clone()
    }

    /// What a source is, as the look at a disk would say.
    fn kind(
        &mut self,
        root: &str,
        key: &str,
        ignore: &Ignore,
        paths: &Paths,
    ) -> Option<ContextKind> {
        if key.is_empty() {
            return Some(ContextKind::Directory);
        }
        if !key.contains(['*', '?', '[', '\\']) {
            let excluded = ignore.patterns.excludes(key);
            let whole = join(root, key);
            if self.timeline.is_folder(&whole) {
                let kept = !excluded || ignore.patterns.may_keep_below();
                return kept.then_some(ContextKind::Directory);
            }
            return match excluded {
                true => None,
                false => self.kind_of_file(&whole),
            };
        }
        let selector = Selector::new("", key, "", ignore.patterns.clone());
        let depth = key.split('/').count();
        let inside = if root.is_empty() {
            String::new()
        } else {
            format!("{root}/")
        };
        let mut matched: Vec<(String, bool)> = Vec::new();
        for (path, _) in self.timeline.below(&inside) {
            let path = paths.name(path).get(inside.len()..).unwrap_or_default();
            if selector.fits(path) {
                let end = path.match_indices('/').nth(depth - 1);
                let name = end.and_then(|(at, _)| path.get(..at)).unwrap_or(path);
                if matched.last().is_none_or(|(last, _)| last != name) {
                    matched.push((name.to_owned(), end.is_some()));
                }
            }
        }
        let mut kinds = matched
            .into_iter()
            .map(|(path, is_folder)| match is_folder {
                true => Some(ContextKind::Directory),
                false => self.kind_of_file(&join(root, &path)),
            });
        let first = kinds.next()??;
        kinds.all(|other| other == Some(first)).then_some(first)
    }

    fn kind_of_file(&mut self, path: &str) -> Option<ContextKind> {
        if matches!(self.timeline.file(path)?.mode, LINK | SUBMODULE) {
            return Some(ContextKind::Other);
        }
        let Some(content) = self.timeline.content(path) else {
            return Some(ContextKind::UnreadFile);
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let head = content.get(..512).unwrap_or(&content);
        Some(classify(head, name))
    }

    fn project(&mut self, version: u128, context: &Context, paths: &Paths) -> Project {
        let text = self.timeline.content(&context.ignore_path);
        let text = text.map(|text| String::from_utf8_lossy(&text).into());
        let ignore = IgnoreFile {
            name: context
                .ignore_path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
            path: self.on_disk(&context.ignore_path),
            text,
        };
        let known = self.project.take().filter(|(known, _)| *known == version);
        let project = match known {
            Some((_, project)) => project,
            None => self.read_project(context, paths),
        };
        self.project = Some((version, project.clone()));
        project.with_ignore(Some(ignore))
    }

    fn read_project(&mut self, context: &Context, paths: &Paths) -> Project {
        let inside = match &*context.folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let kind = |blob: &Blob| match blob.mode {
            LINK | SUBMODULE => ContextKind::Other,
            _ => ContextKind::UnreadFile,
        };
        let files: Vec<(PathId, ContextKind)> = self
            .timeline
            .below(&inside)
            .map(|(path, blob)| (path, kind(blob)))
            .collect();
        let everything = Selection {
            source: String::new(),
            exclude: Vec::new(),
        };
        let place = (&context.folder, &context.ignore);
        let (_, selector) = self.timeline.sum(place, &everything, None, paths);
        let files: Vec<(&str, ContextKind, bool)> = files
            .into_iter()
            .map(|(id, kind)| {
                let path = paths.name(id).get(inside.len()..);
                (path.unwrap_or_default(), kind, selector.takes(id, paths))
            })
            .collect();
        let timeline = &mut self.timeline;
        of_files(files.into_iter(), &context.ignore.patterns, |path| {
            let content = timeline.content(&format!("{inside}{path}"))?;
            String::from_utf8(content.to_vec()).ok()
        })
    }

    fn history(&mut self, sources: &[String], context: &Context, paths: &Paths) -> Option<History> {
        if self.pasts.commits() == 0 {
            return None;
        }
        let mut churn = BTreeMap::new();
        for source in sources {
            let key = Facts::key(source);
            let name = (context.folder.clone(), context.ignore.print, key.clone());
            let watched = self.watched.entry(name).or_insert_with(|| {
                let patterns = context.ignore.patterns.clone();
                let selector = Selector::new(&context.folder, &key, "", patterns);
                self.pasts.watch(selector, paths)
            });
            churn.insert(key, watched.churn(&self.pasts));
        }
        Some(History {
            commits: self.pasts.commits(),
            churn,
        })
    }
}
