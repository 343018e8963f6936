//! What surrounds the documents: configuration and build contexts, remembered for as long as they hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dfix_transforms::model::Analysis;
use dfix_transforms::rules::wants;
use dfix_transforms::{Facts, History, Need, Settings};
use rustc_hash::FxHashMap;

use super::options::Options;
use crate::config::{self, Config, ConfigError, Holds, Lookup, Overrides, Resolver};
use crate::world::context::{Contexts, Site};
use crate::world::discover::real_path;
use crate::world::history::{Histories, OnDemand};
use crate::world::named::candidates;
use crate::world::sources::{context_sources, launched_files};

/// How long what is known of a build context is taken to hold when nobody says that it changed.
const FRESH: Duration = Duration::from_secs(2);

/// The surroundings of all documents.
pub(super) struct World {
    resolver: Resolver,
    /// Looks into build contexts; a new one whenever something may have changed there.
    contexts: Contexts,
    histories: Arc<dyn Histories>,
    contexts_since: Instant,
    facts: FxHashMap<PathBuf, Gathered>,
    /// The build contexts that the configuration names, by document.
    named: FxHashMap<PathBuf, PathBuf>,
    /// The folder whose configuration holds for documents that were never saved.
    home: PathBuf,
}

/// Facts, and what they are about.
struct Gathered {
    sources: Vec<String>,
    launched: Vec<String>,
    context: Option<PathBuf>,
    wanted: [Option<Need>; 3],
    at: Instant,
    facts: Facts,
}

impl World {
    /// The surroundings under these settings. The second part says what is wrong with the settings.
    pub(super) fn new(options: &Options, folders: &[PathBuf]) -> (Self, Option<ConfigError>) {
        let home = folders.first().cloned().unwrap_or_default();
        let (fallback, error) = match config::from_editor(&options.settings) {
            Ok(config) => (config, None),
            Err(error) => (Config::default(), Some(error)),
        };
        let lookup = match &options.configuration {
            Some(file) => Lookup::File(home.join(file)),
            None => Lookup::Upward,
        };
        let world = Self {
            resolver: Resolver::new(lookup, Overrides::default()).with_fallback(fallback),
            contexts: Contexts::default(),
            histories: Arc::new(OnDemand::default()),
            contexts_since: Instant::now(),
            facts: FxHashMap::default(),
            named: FxHashMap::default(),
            home,
        };
        (world, error)
    }

    /// With histories that come from elsewhere.
    pub(super) fn with_histories(mut self, histories: Arc<dyn Histories>) -> Self {
        self.histories = histories;
        self.forget_contexts();
        self
    }

    /// How often the sources of a document's `COPY` and `ADD` have changed, as far as that is known already.
    pub(super) fn history(&self, path: &Path, analysis: &Analysis) -> Option<History> {
        let sources = context_sources(analysis.tree());
        match sources.is_empty() {
            true => None,
            false => self.contexts.history(self.site(path), &sources),
        }
    }

    /// Where a document is built, as its configuration said when its facts were asked for.
    fn site<'s>(&'s self, path: &'s Path) -> Site<'s> {
        Site {
            dockerfile: path,
            context: self.named.get(path).map(PathBuf::as_path),
        }
    }

    /// The configuration file that the client names for all documents.
    pub(super) fn named_configuration(&self, options: &Options) -> Option<PathBuf> {
        let file = options.configuration.as_ref()?;
        Some(self.home.join(file))
    }

    /// Whether what holds for a document is what the client set, as there is no file that says otherwise.
    pub(super) fn is_fallback(&self, config: &Arc<Config>) -> bool {
        self.resolver.is_fallback(config)
    }

    /// What holds for a document.
    pub(super) fn config(&mut self, path: Option<&Path>) -> Holds {
        let folder = match path {
            Some(path) => folder_of(path),
            None => self.home.clone(),
        };
        self.resolver.for_folder(&folder)
    }

    /// What surrounds a document: what the sources of its `COPY` and `ADD` are, and what else its rules can use.
    pub(super) fn facts(
        &mut self,
        path: Option<&Path>,
        analysis: &Analysis,
        settings: &Settings,
    ) -> Facts {
        let Some(path) = path else {
            return Facts::default();
        };
        let context = self.config(Some(path)).ok();
        let context = context.and_then(|config| config.context(None, path));
        match &context {
            Some(folder) => self.named.insert(path.to_path_buf(), folder.clone()),
            None => self.named.remove(path),
        };
        let sources = context_sources(analysis.tree());
        if sources.is_empty() {
            return Facts::default();
        }
        let launched = launched_files(analysis.tree(), &sources);
        let now = Instant::now();
        let wanted = [Need::Project, Need::History, Need::Timings]
            .map(|need| wants(need, analysis.source.as_str(), settings).then_some(need));
        if let Some(known) = self.facts.get(path)
            && known.sources == sources
            && known.launched == launched
            && known.context == context
            && known.wanted == wanted
            && now - known.at < FRESH
        {
            return known.facts.clone();
        }
        let wants = |need| wanted.contains(&Some(need));
        self.freshen(now);
        let site = self.site(path);
        let mut facts = self.contexts.gather(site, &sources, wants);
        self.contexts.add_files(&mut facts, site, &launched);
        // Not what the key of these facts holds: the texts of scripts may be as old as the rest.
        let named = candidates(analysis.tree(), &sources);
        self.contexts.add_named(&mut facts, site, &sources, &named);
        let known = Gathered {
            sources,
            launched,
            context,
            wanted,
            at: now,
            facts: facts.clone(),
        };
        self.facts.insert(path.to_path_buf(), known);
        facts
    }

    /// The entries of a folder of a document's build context, as [`Contexts::list`] gives them.
    pub(super) fn list(
        &self,
        path: &Path,
        folder: &str,
        prefix: &str,
    ) -> (Vec<(String, bool)>, bool) {
        self.contexts.list(self.site(path), folder, prefix)
    }

    /// Forgets what was seen of build contexts longer ago than what is held to be fresh.
    fn freshen(&mut self, now: Instant) {
        if now - self.contexts_since >= FRESH {
            self.contexts = Contexts::with_histories(self.histories.clone());
            self.contexts_since = now;
        }
    }

    /// The folders that may be the build context of a document, in the order of [`Facts::contexts`].
    pub(super) fn context_roots(&self, path: &Path) -> Vec<PathBuf> {
        self.contexts.roots(self.site(path))
    }

    /// Forgets what is known of build contexts: files came or went.
    pub(super) fn forget_contexts(&mut self) {
        self.facts.clear();
        self.contexts = Contexts::with_histories(self.histories.clone());
        self.contexts_since = Instant::now();
    }

    /// When the files that decide about a document were written, those that don't exist included: two equal answers mean
    /// that nothing changed.
    pub(super) fn stamp(&self, path: &Path) -> Vec<Option<(SystemTime, u64)>> {
        let folder = folder_of(path);
        let stamp = |file: &Path| {
            let metadata = file.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        let mut own_ignore = path.as_os_str().to_owned();
        own_ignore.push(".dockerignore");
        let mut stamps = vec![stamp(own_ignore.as_ref())];
        for folder in folder.ancestors() {
            let names = config::FILE_NAMES.iter().chain(&[".dockerignore"]);
            stamps.extend(names.map(|name| stamp(&folder.join(name))));
        }
        stamps
    }
}

/// The folder that a document is in, without links.
fn folder_of(path: &Path) -> PathBuf {
    let real = real_path(path);
    real.parent().map(Path::to_path_buf).unwrap_or(real)
}
