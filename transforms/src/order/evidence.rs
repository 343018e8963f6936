//! How often what a COPY or ADD takes changes: by the history of the repository, else by the kind of files.

use crate::ecosystem::is_manifest;
use crate::model::{Analysis, Args, Base, Instruction, InstructionKind, Stage};
use crate::{Churn, Facts};

use super::price::usual;

/// What is known of how often something changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The chance that it has changed since the last build, from 0 to 1.
    pub chance: f64,
    /// Where that comes from.
    pub ground: Ground,
}

/// Where a chance comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Ground {
    /// Commits.
    History {
        /// The source that changes most often, as it is written.
        source: String,
        /// How often.
        churn: Churn,
        /// Of how many commits.
        commits: u32,
    },
    /// What files of such names are.
    Kind(Kind),
    /// What the other stage is made of.
    Stage {
        /// The stage as the COPY names it.
        name: String,
        /// What in it changes most often.
        of: Kind,
    },
}

/// Kinds of files by how often they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The program that starts an unpacked application.
    Loader,
    /// Something outside of the project, of a fixed version.
    Fixed,
    /// Manifests and lock files.
    Manifests,
    /// Third-party libraries.
    Libraries,
    /// Libraries that are not released yet.
    Snapshots,
    /// Configuration and small scripts.
    Settings,
    /// Sources and what is served from them.
    Sources,
    /// What is built from sources.
    Output,
    /// The classes of an unpacked application.
    Classes,
    /// The whole build context.
    Everything,
    /// What names a release.
    Release,
    /// Nothing that a name tells.
    Unknown,
}

impl Kind {
    /// The chance that it has changed since the last build. Builds come with commits, most of which touch sources.
    pub fn chance(self) -> f64 {
        match self {
            Self::Loader => 0.01,
            Self::Fixed => 0.02,
            Self::Manifests | Self::Libraries => 0.08,
            Self::Snapshots => 0.25,
            Self::Settings => 0.15,
            Self::Unknown => 0.25,
            Self::Sources => 0.6,
            Self::Output | Self::Classes => 0.8,
            Self::Everything => 0.9,
            Self::Release => 0.95,
        }
    }

    /// What it is, in a few words for a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loader => "the loader",
            Self::Fixed => "a fixed version",
            Self::Manifests => "manifests and lock files",
            Self::Libraries => "libraries",
            Self::Snapshots => "snapshot dependencies",
            Self::Settings => "settings and scripts",
            Self::Sources => "sources",
            Self::Output => "build output",
            Self::Classes => "application classes",
            Self::Everything => "the whole build context",
            Self::Release => "what names a release",
            Self::Unknown => "files of the project",
        }
    }

    /// Whether the name alone tells how often it changes.
    pub fn is_certain(self) -> bool {
        !matches!(self, Self::Unknown | Self::Settings)
    }
}

/// From how many commits on a history says more than the kinds of files.
const ENOUGH_COMMITS: u32 = 20;

/// How deep stages that copy from stages are followed.
const MAX_STAGES: usize = 16;

/// How often a COPY or ADD changes.
pub fn of_copy(analysis: &Analysis, copy: &Instruction, facts: &Facts) -> Evidence {
    of_copy_at(analysis, copy, facts, MAX_STAGES)
}

fn of_copy_at(analysis: &Analysis, copy: &Instruction, facts: &Facts, depth: usize) -> Evidence {
    let kind = kind_of_copy(analysis, copy);
    if let Some(flag) = copy.flag("from") {
        let name = flag.value.as_deref().unwrap_or_default();
        if matches!(
            kind,
            Kind::Loader | Kind::Libraries | Kind::Snapshots | Kind::Classes
        ) {
            return by_kind(kind);
        }
        return match stage_named(analysis, copy, name) {
            Some(stage) => of_stage(analysis, stage, name, facts, depth),
            None => by_kind(Kind::Fixed),
        };
    }
    by_history(analysis, copy, facts).unwrap_or_else(|| by_kind(kind))
}

fn by_kind(kind: Kind) -> Evidence {
    Evidence {
        chance: kind.chance(),
        ground: Ground::Kind(kind),
    }
}

fn by_history(analysis: &Analysis, copy: &Instruction, facts: &Facts) -> Option<Evidence> {
    let history = facts.history.as_ref()?;
    if history.commits < ENOUGH_COMMITS {
        return None;
    }
    let mut most: Option<(String, Churn)> = None;
    for source in local_sources(analysis, copy) {
        let churn = history
            .churn(&source.written)
            .or_else(|| history.churn(&source.path))?;
        if most
            .as_ref()
            .is_none_or(|(_, known)| churn.weight > known.weight)
        {
            most = Some((source.written, churn));
        }
    }
    // What was never part of a commit has not changed in one: it is built, or about to come.
    let (source, churn) = most.filter(|(_, churn)| churn.changed > 0)?;
    Some(Evidence {
        chance: churn.weight.clamp(0.0, 1.0),
        ground: Ground::History {
            source,
            churn,
            commits: history.commits,
        },
    })
}

/// How often what a stage holds changes: as often as anything that is copied into it. What its commands make of that may
/// come out the same.
fn of_stage(
    analysis: &Analysis,
    stage: &Stage,
    name: &str,
    facts: &Facts,
    depth: usize,
) -> Evidence {
    let mut kept = 1.0;
    let mut most = by_kind(Kind::Fixed);
    let mut stage = Some(stage);
    let mut left = depth;
    while let Some(current) = stage.filter(|_| left > 0) {
        left -= 1;
        for copy in analysis.stage_instructions(current.index) {
            if !matches!(copy.kind, InstructionKind::Copy | InstructionKind::Add) {
                continue;
            }
            let found = of_copy_at(analysis, copy, facts, left);
            kept *= 1.0 - found.chance;
            if found.chance > most.chance {
                most = found;
            }
        }
        stage = match current.base {
            Base::Stage(parent) if parent < current.index => analysis.stages.get(parent),
            _ => None,
        };
    }
    let of = match most.ground {
        Ground::Kind(kind) | Ground::Stage { of: kind, .. } => kind,
        Ground::History { .. } => Kind::Sources,
    };
    Evidence {
        chance: ((1.0 - kept) * SAME_RESULT).max(Kind::Fixed.chance()),
        ground: Ground::Stage {
            name: name.to_owned(),
            of,
        },
    }
}

/// How often something that was built from changed files has changed itself: a change of a test or a comment does not
/// show.
const SAME_RESULT: f64 = 0.9;

fn stage_named<'a>(analysis: &'a Analysis, copy: &Instruction, name: &str) -> Option<&'a Stage> {
    let own = copy.stage?;
    if let Ok(number) = name.parse::<usize>() {
        return analysis
            .stages
            .get(number)
            .filter(|stage| stage.index < own);
    }
    let mut stages = analysis.stages.iter().rev();
    stages.find(|stage| {
        stage.index < own
            && stage
                .name
                .as_deref()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
    })
}

/// A source of the build context.
struct Local {
    /// As it is written.
    written: String,
    /// With the defaults of arguments.
    path: String,
}

fn local_sources(analysis: &Analysis, copy: &Instruction) -> Vec<Local> {
    let Args::Copy { sources, .. } = &copy.args else {
        return Vec::new();
    };
    let sources = sources
        .iter()
        .filter(|source| !source.text.starts_with("<<"));
    sources
        .map(|source| {
            let expanded = analysis.expand(copy, &source.text).ok();
            let path = expanded.and_then(|expanded| usual(&expanded.value));
            Local {
                written: source.text.to_string(),
                path: path.unwrap_or_else(|| source.text.to_string()),
            }
        })
        .collect()
}

/// The kind of what a COPY takes; of several sources the one that changes most.
pub fn kind_of_copy(analysis: &Analysis, copy: &Instruction) -> Kind {
    let Args::Copy { sources, dest, .. } = &copy.args else {
        return Kind::Unknown;
    };
    if sources.iter().all(|source| source.text.starts_with("<<")) {
        return Kind::Fixed;
    }
    if sources.iter().all(|source| source.text.contains("://")) {
        return Kind::Fixed;
    }
    let layout = Layout::of(analysis, copy);
    let kinds = local_sources(analysis, copy)
        .into_iter()
        .map(|source| layout.kind(&Facts::key(&source.path), &dest.text));
    kinds
        .max_by(|a, b| a.chance().total_cmp(&b.chance()))
        .unwrap_or(Kind::Unknown)
}

/// What the other copies of a stage say about a framework's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The layers that Spring Boot's tools extract.
    SpringLayers,
    /// An application unpacked beside its libraries.
    Unpacked,
    /// None.
    Plain,
}

impl Layout {
    fn of(analysis: &Analysis, copy: &Instruction) -> Self {
        let Some(stage) = copy.stage else {
            return Self::Plain;
        };
        let from = |copy: &Instruction| copy.flag("from").and_then(|flag| flag.value.clone());
        let own = from(copy);
        let mut found = Self::Plain;
        for other in analysis.stage_instructions(stage) {
            let Args::Copy { sources, dest, .. } = &other.args else {
                continue;
            };
            if from(other) != own {
                continue;
            }
            for source in sources {
                let last = last_name(&source.text);
                if matches!(last, "spring-boot-loader" | "snapshot-dependencies") {
                    return Self::SpringLayers;
                }
                let libraries = |path: &str| {
                    let path = path.trim_end_matches('/');
                    path.ends_with("BOOT-INF/lib") || path.ends_with("WEB-INF/lib")
                };
                if libraries(&source.text) || libraries(&dest.text) {
                    found = Self::Unpacked;
                }
            }
        }
        found
    }

    /// The kind of a source by its key and its destination.
    fn kind(self, key: &str, dest: &str) -> Kind {
        let name = last_name(key);
        let in_lib = |path: &str| {
            let path = path.trim_end_matches('/');
            ["BOOT-INF/lib", "WEB-INF/lib"]
                .iter()
                .any(|lib| path.ends_with(lib))
        };
        match self {
            Self::SpringLayers => match name {
                "dependencies" => return Kind::Libraries,
                "spring-boot-loader" => return Kind::Loader,
                "snapshot-dependencies" => return Kind::Snapshots,
                "application" => return Kind::Classes,
                _ => {}
            },
            Self::Unpacked => match name {
                _ if in_lib(key) || in_lib(dest) => return Kind::Libraries,
                "classes" | "app" | "application" | "main" => return Kind::Classes,
                "META-INF" => return Kind::Settings,
                "org" => return Kind::Loader,
                _ => {}
            },
            Self::Plain => {}
        }
        by_name(key)
    }
}

/// The kind of a path of the build context by its names alone.
fn by_name(key: &str) -> Kind {
    let name = last_name(key);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let under = |names: &[&str]| key.split('/').any(|element| names.contains(&element));
    if matches!(key, "" | "*" | "**") {
        Kind::Everything
    } else if matches!(
        name,
        "VERSION" | "version.txt" | "build-info.properties" | "git.properties" | ".git"
    ) {
        Kind::Release
    } else if is_manifest(name) {
        Kind::Manifests
    } else if under(&[
        "node_modules",
        "vendor",
        "third_party",
        "third-party",
        "site-packages",
        "wheelhouse",
        "dependency",
        "dependencies",
        "libs",
    ]) {
        Kind::Libraries
    } else if matches!(ending, "jar" | "war" | "ear" | "whl")
        || under(&["dist", "target", "build", "out", "publish"])
    {
        Kind::Output
    } else if matches!(
        ending,
        "conf"
            | "cfg"
            | "ini"
            | "toml"
            | "yml"
            | "yaml"
            | "properties"
            | "sh"
            | "cnf"
            | "service"
            | "xml"
            | "json"
            | "env"
            | "txt"
            | "repo"
            | "list"
            | "pem"
            | "crt"
            | "key"
            | "gpg"
    ) || under(&["conf", "config", "configs", "etc", "scripts", "docker"])
    {
        Kind::Settings
    } else if matches!(
        ending,
        "c" | "cc"
            | "cpp"
            | "cs"
            | "ex"
            | "go"
            | "h"
            | "hs"
            | "html"
            | "java"
            | "js"
            | "jsx"
            | "kt"
            | "mjs"
            | "php"
            | "pl"
            | "py"
            | "rb"
            | "rs"
            | "scala"
            | "swift"
            | "ts"
            | "tsx"
            | "vue"
    ) || under(&[
        "src",
        "source",
        "sources",
        "cmd",
        "internal",
        "components",
        "pages",
        "views",
        "templates",
        "controllers",
        "app",
        "frontend",
        "backend",
        "server",
        "client",
        "web",
        "www",
        "public",
        "static",
    ]) {
        Kind::Sources
    } else {
        Kind::Unknown
    }
}

fn last_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}
