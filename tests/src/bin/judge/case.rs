//! Fixtures and mutations: folders with a Dockerfile, its build context, and what is said about them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// A folder below tests/judge.
#[derive(Debug)]
pub(crate) struct Case {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// What `fixture.toml` or `mutation.toml` says.
    pub keys: Keys,
}

/// Which folder of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file that dfix rewrites, and must rewrite well.
    Fixture,
    /// A file with a rewrite that is wrong.
    Mutation,
}

/// The keys of `fixture.toml` and `mutation.toml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Keys {
    /// What would go wrong with a careless rewrite, in a sentence.
    pub about: String,
    /// Fixtures: the rules that must be among those applied.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Fixtures: which fixes are taken.
    #[serde(default)]
    pub fixes: Fixes,
    /// The stage to build, instead of the last one.
    pub target: Option<String>,
    /// Build arguments.
    #[serde(default)]
    pub build_args: BTreeMap<String, String>,
    /// Secrets, as `--secret` takes them; `src` is relative to the case's folder.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The builders that it is made for.
    #[serde(default = "both")]
    pub builders: Vec<Builder>,
    /// Whether it is part of every run.
    #[serde(default)]
    pub quick: bool,
    /// Whether it fetches from tests/judge/www; the server's address is the build argument `FILES`.
    #[serde(default)]
    pub http: bool,
    /// The command to start in both images; an empty one is the image's own.
    pub run: Option<Vec<String>>,
    /// Whether the program must see the stop signal after the rewrite.
    #[serde(default)]
    pub stop: bool,
    /// Fixtures: whether the programs that are started must do the same although the images differ.
    #[serde(default)]
    pub behaves: bool,
    /// Fixtures: whether the images must be the same although the fixes are for a person to judge.
    #[serde(default)]
    pub equal: bool,
    /// Fixtures: by how much less the layers of the image must hold, in per cent.
    pub smaller: Option<u64>,
    /// Fixtures: a file of the context after whose change fewer steps must run again than before the rewrite.
    pub cheaper: Option<String>,
    /// Mutations: the kind of difference that must be seen.
    pub seen: Option<Seen>,
    /// Mutations: the name of that difference: a path, a key of the configuration.
    pub at: Option<String>,
    /// Mutations: the original is the one that does not build, so the two change places.
    #[serde(default)]
    pub swap: bool,
    /// Images that only the rewritten file starts from.
    #[serde(default)]
    pub bases: Vec<String>,
    /// What of a builder it shows only with.
    pub needs: Option<Needs>,
}

/// What not every builder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Needs {
    /// Docker's engine with the image store of containerd: the older one makes a plain copy of `COPY --link`.
    ContainerdStore,
}

/// Which fixes a fixture is about.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fixes {
    /// Those that dfix calls safe: nothing but what they declare may change.
    #[default]
    Safe,
    /// All: the result must build.
    Unsafe,
}

/// The kinds of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Seen {
    /// A path of the image.
    Path,
    /// The image's configuration.
    Config,
    /// What the started program does.
    Run,
    /// Only one of the two builds.
    Build,
}

impl Seen {
    /// Its name in the report of `dfix verify`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Config => "config",
            Self::Run => "run",
            Self::Build => "build",
        }
    }
}

/// A builder that the judge knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Builder {
    /// Docker's engine, which is BuildKit.
    Docker,
    /// buildah, which reads Dockerfiles with code of its own.
    Buildah,
}

impl Builder {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Docker, Self::Buildah];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Buildah => "buildah",
        }
    }
}

fn both() -> Vec<Builder> {
    Builder::ALL.to_vec()
}

/// The folder tests/judge.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("judge")
}

/// All cases of a kind, by name; none when there is no such folder.
pub(crate) fn read_all(kind: Kind) -> Result<Vec<Case>, String> {
    let (folder, file) = match kind {
        Kind::Fixture => ("fixtures", "fixture.toml"),
        Kind::Mutation => ("mutations", "mutation.toml"),
    };
    let Ok(entries) = fs::read_dir(root().join(folder)) else {
        return Ok(Vec::new());
    };
    let mut cases = Vec::new();
    for entry in entries.flatten() {
        let folder = entry.path();
        if folder.is_dir() {
            cases.push(read(&folder, &folder.join(file), kind)?);
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

/// A case, whose keys must fit its kind.
fn read(folder: &Path, file: &Path, kind: Kind) -> Result<Case, String> {
    let problem = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
    let text = fs::read_to_string(file).map_err(|error| problem(&error))?;
    let keys: Keys = toml::from_str(&text).map_err(|error| problem(&error))?;
    if (kind == Kind::Mutation) != keys.seen.is_some() {
        return Err(problem(&"`seen` is for mutations, which need it"));
    }
    if kind == Kind::Fixture && keys.rules.is_empty() {
        return Err(problem(&"a fixture names the rules that it is about"));
    }
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Case {
        name,
        folder: folder.to_owned(),
        keys,
    })
}

impl Case {
    /// Whether its name begins like one of these; everything does when there are none.
    pub(crate) fn is_named(&self, names: &[String]) -> bool {
        names.is_empty() || names.iter().any(|name| self.name.starts_with(name))
    }

    /// The file that is rewritten.
    pub(crate) fn dockerfile(&self) -> PathBuf {
        self.folder.join("Dockerfile")
    }

    /// The build context, if it has one.
    pub(crate) fn context(&self) -> Option<PathBuf> {
        Some(self.folder.join("context")).filter(|context| context.is_dir())
    }

    /// The builders that are asked for and that it is made for.
    pub(crate) fn builders(&self, asked: &[Builder]) -> Vec<Builder> {
        let mut builders = self.keys.builders.clone();
        builders.retain(|builder| asked.is_empty() || asked.contains(builder));
        builders
    }

    /// Adds the arguments that `dfix verify` and `docker build` share: stage, build arguments, secrets.
    pub(crate) fn add_arguments(
        &self,
        command: &mut Command,
        files: Option<&str>,
    ) -> Result<(), String> {
        command.args(["--network", "host"]);
        if let Some(target) = &self.keys.target {
            command.args(["--target", target]);
        }
        for (name, value) in &self.keys.build_args {
            command.args(["--build-arg", &format!("{name}={value}")]);
        }
        if self.keys.http {
            let files = files.ok_or("it needs the file server: --files URL")?;
            command.args(["--build-arg", &format!("FILES={files}")]);
        }
        for secret in &self.keys.secrets {
            let parts = secret.split(',').map(|part| match part.split_once('=') {
                Some(("src" | "source", file)) => {
                    format!("src={}", self.folder.join(file).display())
                }
                _ => part.to_owned(),
            });
            command.args(["--secret", &parts.collect::<Vec<_>>().join(",")]);
        }
        Ok(())
    }
}
