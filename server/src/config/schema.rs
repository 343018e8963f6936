//! `dfix.toml`: its keys, and what they become.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use dfix_transforms::{Builder, ImageConfig, Keep, RuntimeBase, Settings};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::format::Format;
use super::json_schema::RuleName;
use super::{Config, ConfigError, ContextOf, names};

// The comments on these types are what users read: the JSON schema and the settings of editors are made from them.

/// What dfix reports and rewrites, and for which builders and images.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct File {
    /// Rules to run: ids, groups, names that other tools use, `default` or `all`. Without it: the rules that are on by
    /// default.
    #[schemars(with = "Option<Vec<RuleName>>")]
    select: Option<Vec<Spanned<String>>>,
    /// Rules not to run: ids, groups, or names that other tools use.
    #[schemars(with = "Vec<RuleName>")]
    ignore: Vec<Spanned<String>>,
    /// Files that are passed over when a folder is searched: patterns as in a `.gitignore` beside this file.
    #[schemars(with = "Vec<String>")]
    exclude: Vec<Spanned<String>>,
    /// The folder that is the build context, relative to this file: of all Dockerfiles, or by patterns as in a `.gitignore`
    /// beside this file. Without it: the folder of the Dockerfile or the root of its repository, whichever holds what is
    /// copied.
    #[schemars(with = "Option<ContextChoice>")]
    context: Option<Spanned<ContextChoice>>,
    /// Which builders the result must suit.
    builder: BuilderName,
    /// Registries whose images need no finding about trust.
    trusted_registries: Vec<String>,
    /// What the stage that runs the program starts from when a file is split into stages.
    runtime_base: RuntimeBaseChoice,
    /// Differences that safe fixes make, and that you may not want.
    equivalence: Equivalence,
    /// How `dfix fmt` and editors lay out files.
    format: Format,
    /// What you know of base images, by `registry/name` or `registry/name:tag`. What is not said is unknown, and a fix that
    /// needs it is unsafe or not offered.
    images: BTreeMap<String, Image>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum BuilderName {
    /// BuildKit where the file shows that it needs it, otherwise any.
    #[default]
    Auto,
    /// BuildKit, which Docker has used since version 23.
    Buildkit,
    /// BuildKit, buildah and the classic builder alike.
    Any,
}

/// A build context for all Dockerfiles, or for those that patterns name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum ContextChoice {
    /// A folder.
    Folder(String),
    /// A folder for each pattern; of several patterns that fit the longest holds.
    Map(BTreeMap<String, String>),
}

/// A policy for all images, or an image for each.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum RuntimeBaseChoice {
    /// A policy.
    Policy(RuntimeBasePolicy),
    /// The image to take, by the image that the file names (with or without its tag); the first policy for all others.
    Map(BTreeMap<String, String>),
}

impl Default for RuntimeBaseChoice {
    fn default() -> Self {
        Self::Policy(RuntimeBasePolicy::default())
    }
}

#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum RuntimeBasePolicy {
    /// The slim, JRE or runtime relative of the image that the file names, so that the C library and all versions stay.
    #[default]
    SameFamilySlim,
    /// A distroless image.
    Distroless,
    /// Alpine.
    Alpine,
    /// The empty image, for programs that are linked without libraries.
    Scratch,
}

impl From<RuntimeBaseChoice> for RuntimeBase {
    fn from(choice: RuntimeBaseChoice) -> Self {
        match choice {
            RuntimeBaseChoice::Policy(RuntimeBasePolicy::SameFamilySlim) => Self::SameFamilySlim,
            RuntimeBaseChoice::Policy(RuntimeBasePolicy::Distroless) => Self::Distroless,
            RuntimeBaseChoice::Policy(RuntimeBasePolicy::Alpine) => Self::Alpine,
            RuntimeBaseChoice::Policy(RuntimeBasePolicy::Scratch) => Self::Scratch,
            RuntimeBaseChoice::Map(map) => Self::Map(map),
        }
    }
}

/// What counts as the same image.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Equivalence {
    /// Caches and lists of package managers.
    residue: Choice,
    /// The author field, the order of variables, history.
    metadata: Choice,
    /// Several installs in a row become one.
    package_order: Choice,
}

/// Whether a declared difference may be used.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// Safe fixes may make this difference.
    #[default]
    Change,
    /// Fixes that make this difference are unsafe.
    Keep,
}

/// The configuration of a base image.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Image {
    /// The user that commands run as.
    user: Option<String>,
    /// The working directory.
    workdir: Option<String>,
    /// The shell of `RUN` and of shell-form commands, with its arguments.
    shell: Option<Vec<String>>,
    /// The entrypoint; an empty list says that it has none.
    entrypoint: Option<Vec<String>>,
    /// The command; an empty list says that it has none.
    cmd: Option<Vec<String>>,
    /// Whether it has `ONBUILD` triggers.
    onbuild: Option<bool>,
    /// Environment variables.
    env: BTreeMap<String, String>,
}

/// All keys, for suggestions.
const KEYS: [&str; 24] = [
    "select",
    "ignore",
    "exclude",
    "context",
    "builder",
    "trusted-registries",
    "runtime-base",
    "equivalence",
    "residue",
    "metadata",
    "package-order",
    "format",
    "keyword-case",
    "indent",
    "max-blank-lines",
    "blank-line-before-stage",
    "images",
    "user",
    "workdir",
    "shell",
    "entrypoint",
    "cmd",
    "onbuild",
    "env",
];

/// Reads the text of a `dfix.toml`.
pub(super) fn read(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let help = quoted(error.message())
            .and_then(|name| names::closest(name, KEYS))
            .map(|key| format!("did you mean `{key}`?"));
        ConfigError::new(path, one_line(error.message()))
            .at(text, error.span())
            .with_help(help)
    })?;
    let rules = |names: &[Spanned<String>]| resolve(path, text, names);
    let settings = Settings {
        selected: file.select.as_deref().map(rules).transpose()?,
        ignored: rules(&file.ignore)?,
        builder: match file.builder {
            BuilderName::Auto => Builder::Auto,
            BuilderName::Buildkit => Builder::BuildKit,
            BuilderName::Any => Builder::Any,
        },
        keep: Keep {
            residue: file.equivalence.residue == Choice::Keep,
            metadata: file.equivalence.metadata == Choice::Keep,
            package_order: file.equivalence.package_order == Choice::Keep,
        },
        images: file
            .images
            .into_iter()
            .map(|(reference, image)| (reference, image.into()))
            .collect(),
        trusted_registries: file.trusted_registries,
        runtime_base: file.runtime_base.into(),
    };
    Ok(Config {
        settings,
        format: file.format.into(),
        exclude: exclude(path, text, &file.exclude)?,
        contexts: contexts(path, text, file.context)?,
    })
}

impl From<Image> for ImageConfig {
    fn from(image: Image) -> Self {
        Self {
            user: image.user,
            workdir: image.workdir,
            shell: image.shell,
            entrypoint: image.entrypoint,
            cmd: image.cmd,
            onbuild: image.onbuild,
            env: image.env,
        }
    }
}

fn resolve(
    path: &Path,
    text: &str,
    names: &[Spanned<String>],
) -> Result<FxHashSet<&'static str>, ConfigError> {
    let mut ids = FxHashSet::default();
    for name in names {
        let rules = names::resolve(name.get_ref()).map_err(|unknown| {
            ConfigError::new(path, unknown.message())
                .at(text, Some(name.span()))
                .with_help(Some(unknown.help()))
        })?;
        ids.extend(rules);
    }
    Ok(ids)
}

/// Compiles `exclude`.
fn exclude(
    path: &Path,
    text: &str,
    exclude: &[Spanned<String>],
) -> Result<Option<Gitignore>, ConfigError> {
    let lines = exclude.iter();
    let lines = lines.map(|line| (line.get_ref().as_str(), line.span()));
    match exclude {
        [] => Ok(None),
        _ => patterns(path, text, lines).map(Some),
    }
}

/// Compiles patterns as in a `.gitignore` that stands beside the file.
fn patterns<'p>(
    path: &Path,
    text: &str,
    patterns: impl Iterator<Item = (&'p str, Range<usize>)>,
) -> Result<Gitignore, ConfigError> {
    let mut builder = GitignoreBuilder::new(folder_of(path));
    for (pattern, span) in patterns {
        builder
            .add_line(None, pattern)
            .map_err(|error| ConfigError::new(path, error.to_string()).at(text, Some(span)))?;
    }
    builder
        .build()
        .map_err(|error| ConfigError::new(path, error.to_string()))
}

/// The folder of a configuration file.
fn folder_of(path: &Path) -> PathBuf {
    crate::world::discover::real_path(path.parent().unwrap_or(path))
}

/// Looks for the folders of `context` and compiles its patterns, the longest first.
fn contexts(
    path: &Path,
    text: &str,
    choice: Option<Spanned<ContextChoice>>,
) -> Result<Vec<ContextOf>, ConfigError> {
    let Some(choice) = choice else {
        return Ok(Vec::new());
    };
    let span = choice.span();
    let folder = |name: &str| {
        let folder = folder_of(path).join(name);
        let error = format!("`context`: `{name}` is no folder beside this file");
        match folder.is_dir() {
            true => Ok(crate::world::discover::real_path(&folder)),
            false => Err(ConfigError::new(path, error).at(text, Some(span.clone()))),
        }
    };
    match choice.get_ref() {
        ContextChoice::Folder(name) => Ok(vec![ContextOf {
            files: None,
            folder: folder(name)?,
        }]),
        ContextChoice::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
            let of = |(pattern, name): (&String, &String)| {
                let line = std::iter::once((pattern.as_str(), span.clone()));
                Ok(ContextOf {
                    files: Some(patterns(path, text, line)?),
                    folder: folder(name)?,
                })
            };
            entries.into_iter().map(of).collect()
        }
    }
}

/// The first name in backquotes of a message.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// A message of a parser on one line.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfix_transforms::format::{FormatOptions, Indent, KeywordCase};

    fn error(text: &str) -> String {
        read(Path::new("/x/dfix.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn all_keys() {
        let config = read(
            Path::new("/x/dfix.toml"),
            r#"
select = ["all"]
ignore = ["style"]
exclude = ["vendor/"]
builder = "buildkit"
trusted-registries = ["docker.io"]
runtime-base = { golang = "registry.example/base:1" }

[equivalence]
residue = "keep"
metadata = "change"
package-order = "keep"

[format]
keyword-case = "lower"
indent = "tab"
max-blank-lines = 2
blank-line-before-stage = false

[images."registry.example/app:1"]
user = "app"
workdir = "/app"
shell = ["/bin/bash", "-c"]
entrypoint = []
cmd = ["app"]
onbuild = false
env = { PATH = "/bin" }
"#,
        )
        .unwrap();
        let expected = FormatOptions {
            keyword_case: KeywordCase::Lower,
            indent: Some(Indent::Tab),
            max_blank_lines: 2,
            blank_line_before_stage: false,
            ..FormatOptions::default()
        };
        assert_eq!(config.format, expected);
        let settings = config.settings;
        assert!(settings.selected.is_some());
        assert_eq!(settings.builder, Builder::BuildKit);
        assert_eq!(
            settings.keep,
            Keep {
                residue: true,
                metadata: false,
                package_order: true
            }
        );
        assert_eq!(settings.trusted_registries, ["docker.io"]);
        let bases = [("golang".to_owned(), "registry.example/base:1".to_owned())];
        assert_eq!(settings.runtime_base, RuntimeBase::Map(bases.into()));
        let image = &settings.images["registry.example/app:1"];
        assert_eq!(image.user.as_deref(), Some("app"));
        assert_eq!(image.entrypoint.as_deref(), Some(&[][..]));
        assert_eq!(image.env["PATH"], "/bin");
    }

    #[test]
    fn an_empty_file_changes_nothing() {
        let config = read(Path::new("/x/dfix.toml"), "").unwrap();
        assert_eq!(config.settings.selected, None);
        assert_eq!(config.settings.builder, Builder::Auto);
        assert_eq!(config.settings.keep, Keep::default());
        assert_eq!(config.format, FormatOptions::default());
    }

    #[test]
    fn errors_have_a_place_and_a_suggestion() {
        for (text, parts) in [
            (
                "\nselct = []\n",
                [
                    "/x/dfix.toml:2:1: unknown field `selct`",
                    "did you mean `select`?",
                ],
            ),
            (
                "builder = 'bildkit'",
                [":1:11: unknown variant `bildkit`", "`buildkit`"],
            ),
            (
                "[equivalence]\nresidu = 'keep'",
                [":2:1: unknown field `residu`", "did you mean `residue`?"],
            ),
            (
                "[images.x]\nusr = ''",
                [":2:1: unknown field `usr`", "did you mean `user`?"],
            ),
            (
                "select = ['all',\n 'packges']",
                [
                    ":2:2: unknown rule or group `packges`",
                    "did you mean `packages`?",
                ],
            ),
            (
                "ignore = ['zzzzz']",
                [
                    ":1:11: unknown rule or group `zzzzz`",
                    "`dfix rules` lists them",
                ],
            ),
            (
                "[format]\nindnet = 4",
                [":2:1: unknown field `indnet`", "did you mean `indent`?"],
            ),
            (
                "format.indent = 0",
                [":1:17: ", "a number of spaces from 1 to 16, or \"tab\""],
            ),
            ("format.indent = 'tabs'", [":1:17: ", "string \"tabs\""]),
            ("format.max-blank-lines = 0", [":1:26: ", "nonzero"]),
            ("select = 'all'", [":1:10: ", "invalid type"]),
            ("select = [", [":1:", "array"]),
            ("exclude = ['a{']", [":1:12: ", "a{"]),
        ] {
            let error = error(text);
            for part in parts {
                assert!(error.contains(part), "{error:?} lacks {part:?}");
            }
            assert!(!error.contains('\n'));
        }
    }
}
