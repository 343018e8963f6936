//! What a person may set: which rules run, and what counts as the same image.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::rules::RuleMeta;

/// Settings of one run.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Ids of the rules that run; `None` means the rules that are on by default.
    pub selected: Option<FxHashSet<&'static str>>,
    /// Ids of rules that don't run, whatever is selected.
    pub ignored: FxHashSet<&'static str>,
    /// Which builders the result must suit.
    pub builder: Builder,
    /// What the safe fixes may not change although their rules declare it.
    pub keep: Keep,
    /// Configuration of base images by reference (`registry/name` or `registry/name:tag`), as the user knows it.
    pub images: BTreeMap<String, ImageConfig>,
    /// What the stage that runs the program starts from when a file is split.
    pub runtime_base: RuntimeBase,
    /// Registries whose images need no finding about trust (hadolint's `trustedRegistries`).
    pub trusted_registries: Vec<String>,
}

/// Which builders a rewrite must suit (decision F.6 of the semantics document).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Builder {
    /// BuildKit when the file shows that it needs it, otherwise every builder.
    #[default]
    Auto,
    /// BuildKit.
    BuildKit,
    /// BuildKit, buildah and the classic builder alike.
    Any,
}

/// Declared differences that the user doesn't want in safe fixes; each turns the fixes that need it unsafe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Package-manager residue stays (F.1).
    pub residue: bool,
    /// Metadata such as the author stays as it is (F.2).
    pub metadata: bool,
    /// Installs are not joined into one (F.7).
    pub package_order: bool,
}

/// What the stage that runs the program starts from when a file is split into stages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RuntimeBase {
    /// The slim, JRE or runtime relative of the image that the file names.
    #[default]
    SameFamilySlim,
    /// A distroless image.
    Distroless,
    /// Alpine.
    Alpine,
    /// Nothing: only for programs that are linked without libraries.
    Scratch,
    /// This image.
    Image(String),
    /// By the image that the file names (with or without its tag); the first policy for all others.
    Map(BTreeMap<String, String>),
}

/// What the user knows of a base image's configuration. A missing field is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The default user; `root` or empty for root.
    pub user: Option<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// The shell of shell-form instructions.
    pub shell: Option<Vec<String>>,
    /// The entrypoint; empty for none.
    pub entrypoint: Option<Vec<String>>,
    /// The default command; empty for none.
    pub cmd: Option<Vec<String>>,
    /// Whether the image has ONBUILD triggers.
    pub onbuild: Option<bool>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
}

impl Settings {
    /// Whether a rule runs.
    pub fn enables(&self, rule: &RuleMeta) -> bool {
        !self.ignored.contains(rule.id)
            && self
                .selected
                .as_ref()
                .map_or(rule.default, |selected| selected.contains(rule.id))
    }
}
