//! Configuration: which file holds for a Dockerfile, and what it says.
//!
//! The closest `dfix.toml` or `.dfix.toml` upward from a Dockerfile holds for it. Where there is none, the closest
//! `.hadolint.yaml` does, for the two keys that dfix shares. What the command line says comes on top.

mod error;
mod format;
mod hadolint;
pub(crate) mod json_schema;
pub(crate) mod names;
mod schema;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dfix_transforms::Settings;
use dfix_transforms::format::FormatOptions;
use ignore::gitignore::Gitignore;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::world::discover::real_path;
pub(crate) use error::ConfigError;

/// The names of dfix's own configuration, the first one first.
const OWN_NAMES: [&str; 2] = ["dfix.toml", ".dfix.toml"];
/// The names of hadolint's.
const HADOLINT_NAMES: [&str; 2] = [".hadolint.yaml", ".hadolint.yml"];

/// All names of configuration files.
pub(crate) const FILE_NAMES: [&str; 4] = [
    OWN_NAMES[0],
    OWN_NAMES[1],
    HADOLINT_NAMES[0],
    HADOLINT_NAMES[1],
];

/// What holds for a Dockerfile.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The settings, the command line's wishes included.
    pub settings: Settings,
    /// How files are laid out.
    pub format: FormatOptions,
    /// Files found in folders that are not taken.
    exclude: Option<Gitignore>,
    /// The build contexts of Dockerfiles, each with which these are; the first that fits holds.
    contexts: Vec<ContextOf>,
}

/// The build context of some Dockerfiles.
#[derive(Debug)]
struct ContextOf {
    /// Which Dockerfiles; without it, all.
    files: Option<Gitignore>,
    /// The folder, absolute and without links.
    folder: PathBuf,
}

/// The folder that a command line's `--context` names.
///
/// # Errors
/// A message about what is no folder.
pub(crate) fn context_argument(folder: Option<&Path>) -> Result<Option<&Path>, String> {
    match folder {
        Some(folder) if !folder.is_dir() => Err(format!(
            "--context: {}: not a folder",
            crate::world::show(folder)
        )),
        folder => Ok(folder),
    }
}

impl Config {
    /// The folder that is the build context of the Dockerfile at a path, where somebody has said it: `named` on the command
    /// line, else in the configuration.
    pub(crate) fn context(&self, named: Option<&Path>, dockerfile: &Path) -> Option<PathBuf> {
        if let Some(folder) = named {
            return Some(real_path(folder));
        }
        if self.contexts.is_empty() {
            return None;
        }
        let real = real_path(dockerfile);
        let fits = |of: &&ContextOf| {
            of.files.as_ref().is_none_or(|files| {
                real.starts_with(files.path())
                    && files.matched_path_or_any_parents(&real, false).is_ignore()
            })
        };
        let found = self.contexts.iter().find(fits)?;
        Some(found.folder.clone())
    }

    /// Whether a file that was found in a folder stays out of the run.
    pub(crate) fn excludes(&self, real: &Path) -> bool {
        self.exclude.as_ref().is_some_and(|exclude| {
            real.starts_with(exclude.path())
                && exclude.matched_path_or_any_parents(real, false).is_ignore()
        })
    }
}

/// Where configuration is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Upward from each Dockerfile.
    Upward,
    /// This file, for all.
    File(PathBuf),
    /// Nowhere.
    None,
}

/// The rules that the command line names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// Replaces `select`.
    pub select: Option<FxHashSet<&'static str>>,
    /// Added to `ignore`.
    pub ignore: FxHashSet<&'static str>,
}

/// Finds and reads configuration, each file once.
pub(crate) struct Resolver {
    lookup: Lookup,
    overrides: Overrides,
    by_folder: FxHashMap<PathBuf, Holds>,
    by_file: FxHashMap<PathBuf, Result<Arc<Config>, Arc<ConfigError>>>,
    fallback: Arc<Config>,
}

/// What holds in a folder.
pub(crate) type Holds = Result<Arc<Config>, Arc<ConfigError>>;

impl Resolver {
    /// A resolver for one run.
    pub(crate) fn new(lookup: Lookup, overrides: Overrides) -> Self {
        let fallback = Arc::new(finish(Config::default(), &overrides));
        Self {
            lookup,
            overrides,
            by_folder: FxHashMap::default(),
            by_file: FxHashMap::default(),
            fallback,
        }
    }

    /// Sets what holds where no configuration is found.
    pub(crate) fn with_fallback(mut self, config: Config) -> Self {
        self.fallback = Arc::new(finish(config, &self.overrides));
        self
    }

    /// Whether this is what holds where no configuration is found.
    pub(crate) fn is_fallback(&self, config: &Arc<Config>) -> bool {
        Arc::ptr_eq(config, &self.fallback)
    }

    /// What holds for the Dockerfiles of an absolute folder.
    pub(crate) fn for_folder(&mut self, folder: &Path) -> Holds {
        match self.lookup.clone() {
            Lookup::None => Ok(self.fallback.clone()),
            Lookup::File(file) => self.read(&file),
            Lookup::Upward => match self.by_folder.get(folder) {
                Some(known) => known.clone(),
                None => {
                    let holds = match find_upward(folder) {
                        Some(file) => self.read(&file),
                        None => Ok(self.fallback.clone()),
                    };
                    self.by_folder.insert(folder.to_path_buf(), holds.clone());
                    holds
                }
            },
        }
    }

    fn read(&mut self, file: &Path) -> Holds {
        if let Some(known) = self.by_file.get(file) {
            return known.clone();
        }
        let holds = read_file(file)
            .map(|config| Arc::new(finish(config, &self.overrides)))
            .map_err(Arc::new);
        self.by_file.insert(file.to_path_buf(), holds.clone());
        holds
    }
}

/// Puts the command line's wishes on top.
fn finish(mut config: Config, overrides: &Overrides) -> Config {
    if let Some(select) = &overrides.select {
        config.settings.selected = Some(select.clone());
        // What the command line asks for by name is not taken back by a file.
        config.settings.ignored.clear();
    }
    config.settings.ignored.extend(&overrides.ignore);
    config
}

/// The closest configuration upward: dfix's own wherever it stands, else hadolint's.
fn find_upward(folder: &Path) -> Option<PathBuf> {
    let find = |names: [&str; 2]| {
        folder
            .ancestors()
            .flat_map(|folder| names.map(|name| folder.join(name)))
            .find(|file| file.is_file())
    };
    find(OWN_NAMES).or_else(|| find(HADOLINT_NAMES))
}

/// The keys of a `dfix.toml` as an editor sends them.
///
/// # Errors
/// As for a file.
pub(crate) fn from_editor(
    settings: &serde_json::Map<String, serde_json::Value>,
) -> Result<Config, ConfigError> {
    let name = Path::new("the editor's settings of dfix");
    let text =
        toml::to_string(settings).map_err(|error| ConfigError::new(name, error.to_string()))?;
    // The places of mistakes would be those of a text that nobody sees.
    schema::read(name, &text).map_err(|error| error.at_position(None))
}

fn read_file(file: &Path) -> Result<Config, ConfigError> {
    let bytes = std::fs::read(file).map_err(|error| ConfigError::unreadable(file, &error))?;
    let text =
        String::from_utf8(bytes).map_err(|_| ConfigError::new(file, "not UTF-8".to_owned()))?;
    let is_yaml = file
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_yaml {
        hadolint::read(file, &text)
    } else {
        schema::read(file, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_closest_file_holds_and_dfix_goes_before_hadolint() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::write(root.join("dfix.toml"), "").unwrap();
        fs::write(root.join("a/b/.dfix.toml"), "").unwrap();
        fs::write(root.join("a/.hadolint.yaml"), "").unwrap();
        assert_eq!(find_upward(&root.join("a")), Some(root.join("dfix.toml")));
        assert_eq!(
            find_upward(&root.join("a/b/c")),
            Some(root.join("a/b/.dfix.toml"))
        );
        fs::remove_file(root.join("dfix.toml")).unwrap();
        assert_eq!(
            find_upward(&root.join("a")),
            Some(root.join("a/.hadolint.yaml"))
        );
    }

    #[test]
    fn a_broken_file_stops_only_its_own_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for folder in ["good", "bad"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        fs::write(root.join("good/dfix.toml"), "builder = 'any'").unwrap();
        fs::write(root.join("bad/dfix.toml"), "builder = 1").unwrap();
        let mut resolver = Resolver::new(Lookup::Upward, Overrides::default());
        assert!(resolver.for_folder(&root.join("good")).is_ok());
        assert!(resolver.for_folder(&root.join("bad")).is_err());
    }

    #[test]
    fn contexts_are_relative_to_their_file() {
        let root = tempfile::tempdir().unwrap();
        let root = real_path(root.path());
        for folder in ["a/b", "c"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for (text, file, expected) in [
            ("", "a/Dockerfile", None),
            ("context = '.'", "a/Dockerfile", Some("")),
            ("context = 'a/b'", "Dockerfile", Some("a/b")),
            ("context = { 'a/' = 'c' }", "a/b/Dockerfile", Some("c")),
            ("context = { 'a/' = 'c' }", "c/Dockerfile", None),
            (
                "[context]\n'*.Dockerfile' = 'c'\n'/a/*.Dockerfile' = 'a'",
                "a/x.Dockerfile",
                Some("a"),
            ),
            (
                "[context]\n'*.Dockerfile' = 'c'\n'/a/*.Dockerfile' = 'a'",
                "a/b/x.Dockerfile",
                Some("c"),
            ),
        ] {
            fs::write(root.join("dfix.toml"), text).unwrap();
            let config = Resolver::new(Lookup::Upward, Overrides::default())
                .for_folder(&root)
                .unwrap();
            let found = config.context(None, &root.join(file));
            let expected = expected.map(|folder| real_path(&root.join(folder)));
            assert_eq!(found, expected, "{text} {file}");
            let named = config.context(Some(&root.join("c")), &root.join(file));
            assert_eq!(named, Some(root.join("c")), "{text} {file}");
        }
        fs::write(root.join("dfix.toml"), "context = 'none'").unwrap();
        let mut resolver = Resolver::new(Lookup::Upward, Overrides::default());
        let error = resolver.for_folder(&root).unwrap_err().to_string();
        assert!(error.contains(":1:11: "), "{error}");
        assert!(error.contains("is no folder"), "{error}");
    }

    #[test]
    fn exclude_is_relative_to_its_file() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::write(
            root.join("dfix.toml"),
            "exclude = ['vendor/', '*.j2', '!keep.j2', '/top/*']",
        )
        .unwrap();
        let mut resolver = Resolver::new(Lookup::Upward, Overrides::default());
        let config = resolver.for_folder(root).unwrap();
        for (path, excluded) in [
            ("vendor/x/Dockerfile", true),
            ("a/vendor/Dockerfile", true),
            ("Dockerfile.j2", true),
            ("keep.j2", false),
            ("top/Dockerfile", true),
            ("a/top/Dockerfile", false),
            ("Dockerfile", false),
        ] {
            assert_eq!(config.excludes(&root.join(path)), excluded, "{path}");
        }
        assert!(!config.excludes(Path::new("/elsewhere/vendor/Dockerfile")));
    }
}
