//! The configuration of an image, as the image specification of OCI and Docker's extension of it have it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a container is started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Variables, `NAME=VALUE`, in their order.
    pub(crate) env: Vec<String>,
    /// CMD; `None` where there is none.
    pub(crate) cmd: Option<Vec<String>>,
    /// ENTRYPOINT; `None` where there is none.
    pub(crate) entrypoint: Option<Vec<String>>,
    /// USER; empty means root.
    pub(crate) user: String,
    /// WORKDIR; empty means the root directory.
    pub(crate) working_dir: String,
    /// EXPOSE, such as `80/tcp`.
    pub(crate) ports: BTreeSet<String>,
    /// VOLUME.
    pub(crate) volumes: BTreeSet<String>,
    /// LABEL.
    pub(crate) labels: BTreeMap<String, String>,
    /// STOPSIGNAL; `None` means SIGTERM.
    pub(crate) stop_signal: Option<String>,
    /// HEALTHCHECK: `Test`, `Interval` and the like as they stand there.
    pub(crate) healthcheck: Option<BTreeMap<String, Value>>,
    /// SHELL; `None` means `/bin/sh -c`.
    pub(crate) shell: Option<Vec<String>>,
    /// ONBUILD.
    pub(crate) on_build: Vec<String>,
    /// The deprecated MAINTAINER; empty where there is none.
    pub(crate) author: String,
    /// Operating system, architecture and variant: `linux/arm/v7`.
    pub(crate) platform: String,
}

/// The document that an archive holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    #[serde(deserialize_with = "or_default")]
    author: String,
    #[serde(deserialize_with = "or_default")]
    os: String,
    #[serde(deserialize_with = "or_default")]
    architecture: String,
    #[serde(deserialize_with = "or_default")]
    variant: String,
    #[serde(deserialize_with = "or_default")]
    config: Inner,
    #[serde(deserialize_with = "or_default")]
    history: Vec<History>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Inner {
    #[serde(deserialize_with = "or_default")]
    env: Vec<String>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    #[serde(deserialize_with = "or_default")]
    user: String,
    #[serde(deserialize_with = "or_default")]
    working_dir: String,
    #[serde(deserialize_with = "or_default")]
    exposed_ports: BTreeMap<String, Value>,
    #[serde(deserialize_with = "or_default")]
    volumes: BTreeMap<String, Value>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    stop_signal: String,
    healthcheck: Option<BTreeMap<String, Value>>,
    shell: Option<Vec<String>>,
    #[serde(deserialize_with = "or_default")]
    on_build: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct History {
    #[serde(deserialize_with = "or_default")]
    created_by: String,
    #[serde(deserialize_with = "or_default")]
    empty_layer: bool,
}

impl Document {
    /// What made each of so many layers, where the history tells it.
    pub(super) fn made_by(&self, layers: usize) -> Vec<Option<String>> {
        let steps = self.history.iter().filter(|step| !step.empty_layer);
        let steps: Vec<_> = steps.map(|step| Some(step.created_by.clone())).collect();
        if steps.len() == layers {
            steps
        } else {
            vec![None; layers]
        }
    }
}

impl From<Document> for Config {
    fn from(document: Document) -> Self {
        let inner = document.config;
        // An empty list is written by some builders where others write nothing.
        let list = |words: Option<Vec<String>>| words.filter(|words| !words.is_empty());
        let platform = [document.os, document.architecture, document.variant];
        let platform: Vec<String> = platform
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        Self {
            env: inner.env,
            cmd: list(inner.cmd),
            entrypoint: list(inner.entrypoint),
            user: inner.user,
            working_dir: inner.working_dir,
            ports: inner.exposed_ports.into_keys().collect(),
            volumes: inner.volumes.into_keys().collect(),
            labels: inner.labels,
            stop_signal: Some(inner.stop_signal).filter(|signal| !signal.is_empty()),
            healthcheck: inner.healthcheck,
            shell: list(inner.shell),
            on_build: inner.on_build,
            author: document.author,
            platform: platform.join("/"),
        }
    }
}

/// Takes `null` as the default, as Go writes empty lists and maps.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
