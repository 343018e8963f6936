//! What is known of base images without asking a registry: a table of official image families, and what the user
//! configured (semantics F.5).
//!
//! [`base_config`] is the one question: what does a stage that starts from this reference inherit? Every answer may be
//! "unknown" (`None`); an answer that is given holds for every image that the reference can mean.

mod family;
mod find;
mod reference;
mod release;
mod table;
#[cfg(test)]
mod tests;
mod variant;

use std::collections::BTreeMap;

use smol_str::SmolStr;

pub use family::{Distribution, Entrypoint, Knowledge, PackageManager};
pub use reference::Reference;
pub use release::{Novelty, predates};

use crate::Settings;
use crate::model::{Origin, Value};
use crate::settings::ImageConfig;

/// What a stage inherits from the image it starts from. `None` means unknown, never "not set".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseConfig {
    /// The user as written in the image; empty is root.
    pub user: Option<SmolStr>,
    /// The working directory, absolute.
    pub workdir: Option<SmolStr>,
    /// The shell of shell-form instructions.
    pub shell: Option<Vec<SmolStr>>,
    /// What the entrypoint does with the command.
    pub entrypoint: Option<Entrypoint>,
    /// Whether there is a default command.
    pub cmd: Option<bool>,
    /// Whether there are ONBUILD triggers.
    pub onbuild: Option<bool>,
    /// Variables that certainly have these values; others may be set as well.
    pub env: BTreeMap<SmolStr, SmolStr>,
    /// The distribution.
    pub distribution: Option<Distribution>,
    /// The system package managers in it; an empty list says that there are none.
    pub package_managers: Option<&'static [PackageManager]>,
    /// Whether apt removes downloaded packages by itself (`/etc/apt/apt.conf.d/docker-clean`).
    pub apt_cleans_itself: Option<bool>,
    /// Where the knowledge comes from.
    pub origin: Origin,
}

impl BaseConfig {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self {
            user: None,
            workdir: None,
            shell: None,
            entrypoint: None,
            cmd: None,
            onbuild: None,
            env: BTreeMap::new(),
            distribution: None,
            package_managers: None,
            apt_cleans_itself: None,
            origin: Origin::Unknown,
        }
    }

    /// The empty image `scratch`: root in `/`, the default shell, nothing else.
    pub fn scratch() -> Self {
        Self {
            user: Some(SmolStr::default()),
            workdir: Some("/".into()),
            shell: Some(default_shell()),
            entrypoint: Some(Entrypoint::None),
            cmd: Some(false),
            onbuild: Some(false),
            env: BTreeMap::new(),
            distribution: None,
            package_managers: Some(&[]),
            apt_cleans_itself: Some(false),
            origin: Origin::File,
        }
    }
}

/// What a stage that starts from `reference` inherits. The user's configuration wins over the table, field by field,
/// and an entry with a tag wins over one without. Parts of the reference may be unknown: `node:${VERSION}-alpine` is
/// node whatever the version.
pub fn base_config(reference: &Value, settings: &Settings) -> BaseConfig {
    let Some(reference) = Reference::of_value(reference) else {
        return BaseConfig::unknown();
    };
    let mut config = find::find(&reference).map_or_else(BaseConfig::unknown, from_knowledge);
    for (certain, configured) in configured(&reference, settings) {
        let mut with = config.clone();
        merge(&mut with, configured);
        config = if certain { with } else { common(with, &config) };
    }
    config
}

/// What the table knows of an image; `None` when it is no official image that the table has.
pub fn lookup(reference: &str) -> Option<Knowledge> {
    find::find(&Reference::parse(reference)?)
}

/// The names of the families of the default registry that the table has.
pub fn families() -> impl Iterator<Item = &'static str> {
    table::FAMILIES
        .iter()
        .filter(|family| matches!(family.home, table::Home::Default))
        .flat_map(|family| family.names)
        .copied()
        .filter(|name| !name.ends_with('*'))
}

/// The configured entries for an image, the general ones first, each with whether it certainly is meant: an unknown tag
/// may be the one of the entry.
fn configured<'a>(reference: &Reference, settings: &'a Settings) -> Vec<(bool, &'a ImageConfig)> {
    let mut entries = Vec::new();
    for (key, config) in &settings.images {
        let Some(key) = Reference::parse(key).filter(|key| key.same_repository(reference)) else {
            continue;
        };
        let same = if key.has_tag() {
            key.same_tag(reference)
        } else {
            Some(true)
        };
        if let Some(certain) = same.map_or(Some(false), |same| same.then_some(true)) {
            entries.push((key.has_tag(), certain, config));
        }
    }
    entries.sort_by_key(|(tagged, ..)| *tagged);
    entries
        .into_iter()
        .map(|(_, certain, config)| (certain, config))
        .collect()
}

/// What holds with and without an entry.
fn common(with: BaseConfig, without: &BaseConfig) -> BaseConfig {
    fn both<T: PartialEq>(a: Option<T>, b: &Option<T>) -> Option<T> {
        if a == *b { a } else { None }
    }
    let mut env = with.env;
    env.retain(|name, value| without.env.get(name) == Some(value));
    BaseConfig {
        user: both(with.user, &without.user),
        workdir: both(with.workdir, &without.workdir),
        shell: both(with.shell, &without.shell),
        entrypoint: both(with.entrypoint, &without.entrypoint),
        cmd: both(with.cmd, &without.cmd),
        onbuild: both(with.onbuild, &without.onbuild),
        env,
        ..without.clone()
    }
}

fn merge(into: &mut BaseConfig, from: &ImageConfig) {
    into.origin = Origin::Configuration;
    if let Some(user) = &from.user {
        into.user = Some(user.into());
    }
    if let Some(workdir) = &from.workdir {
        into.workdir = Some(if workdir.is_empty() {
            "/".into()
        } else {
            workdir.into()
        });
    }
    if let Some(shell) = &from.shell {
        into.shell = Some(shell.iter().map(SmolStr::from).collect());
    }
    if let Some(entrypoint) = &from.entrypoint {
        into.entrypoint = Some(if entrypoint.is_empty() {
            Entrypoint::None
        } else {
            Entrypoint::Opaque
        });
    }
    if let Some(cmd) = &from.cmd {
        into.cmd = Some(!cmd.is_empty());
    }
    if let Some(onbuild) = from.onbuild {
        into.onbuild = Some(onbuild);
    }
    into.env.extend(
        from.env
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
}

fn from_knowledge(knowledge: Knowledge) -> BaseConfig {
    BaseConfig {
        user: knowledge.user.map(SmolStr::from),
        workdir: knowledge.workdir.map(SmolStr::from),
        shell: knowledge.plain_shell.then(default_shell),
        entrypoint: knowledge.entrypoint,
        cmd: knowledge.cmd,
        onbuild: knowledge.onbuild,
        env: knowledge
            .env
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        distribution: knowledge.distribution,
        package_managers: knowledge.package_managers,
        apt_cleans_itself: knowledge.apt_cleans_itself,
        origin: Origin::ImageTable,
    }
}

/// The shell when no SHELL is in force (B.5).
fn default_shell() -> Vec<SmolStr> {
    vec!["/bin/sh".into(), "-c".into()]
}
