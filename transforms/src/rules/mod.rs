//! The rules, one file each, and the table that names them.
//!
//! To add a rule: write `rules/<id>.rs` (snake case) with its declaration ([`declare_rule!`](declare)) and its `check`,
//! and add its `mod` line and one line to [`ALL`]. What a rule needs to write edits in the author's style is in
//! [`crate::layout`]; what its tests need is in `rules/testing.rs`.

mod base_tag;
mod context;
pub(crate) mod declare;
pub mod docs;
mod overridden;
#[cfg(test)]
mod pages;
pub(crate) mod support;
#[cfg(test)]
pub(crate) mod testing;

mod absolute_workdir;
mod add_to_copy;
mod apk_no_cache;
mod apt_assume_yes;
mod apt_clean_lists;
mod apt_merge;
mod apt_no_recommends;
mod apt_not_apt_get;
mod broken_mount;
mod cd_to_workdir;
mod comment_swallows_command;
mod continued_into_instruction;
mod copy_chmod;
mod copy_chown;
mod deps_before_source;
mod dnf_clean;
mod download_layer;
mod duplicate_workdir;
mod empty_continuation;
pub(crate) mod exec_form;
mod from_as_casing;
mod heredoc_misread;
mod instruction_casing;
mod invalid_json_form;
mod legacy_key_value;
mod maintainer_to_label;
mod merge_run;
mod microdnf_clean;
mod mkdir_workdir;
mod non_ascii_flag;
mod npm_cache_clean;
mod order_layers;
mod pip_no_cache_dir;
mod single_cmd;
mod single_entrypoint;
pub(crate) mod split_stages;
mod stage_name_casing;
mod tag_latest;
mod tag_missing;
mod undefined_copy_source;
mod yarn_cache_clean;
mod yum_clean;
mod zypper_clean;

pub use context::Context;

use crate::proof::Law;
use crate::{Applicability, Finding, Need, Settings, Severity};

/// Every rule, sorted by id.
pub static ALL: &[Rule] = &[
    absolute_workdir::RULE,
    add_to_copy::RULE,
    apk_no_cache::RULE,
    apt_assume_yes::RULE,
    apt_clean_lists::RULE,
    apt_merge::RULE,
    apt_no_recommends::RULE,
    apt_not_apt_get::RULE,
    broken_mount::RULE,
    cd_to_workdir::RULE,
    comment_swallows_command::RULE,
    continued_into_instruction::RULE,
    copy_chmod::RULE,
    copy_chown::RULE,
    deps_before_source::RULE,
    dnf_clean::RULE,
    download_layer::RULE,
    duplicate_workdir::RULE,
    empty_continuation::RULE,
    exec_form::RULE,
    from_as_casing::RULE,
    heredoc_misread::RULE,
    instruction_casing::RULE,
    invalid_json_form::RULE,
    legacy_key_value::RULE,
    maintainer_to_label::RULE,
    merge_run::RULE,
    microdnf_clean::RULE,
    mkdir_workdir::RULE,
    non_ascii_flag::RULE,
    npm_cache_clean::RULE,
    order_layers::RULE,
    pip_no_cache_dir::RULE,
    single_cmd::RULE,
    single_entrypoint::RULE,
    split_stages::RULE,
    stage_name_casing::RULE,
    tag_latest::RULE,
    tag_missing::RULE,
    undefined_copy_source::RULE,
    yarn_cache_clean::RULE,
    yum_clean::RULE,
    zypper_clean::RULE,
];

/// A rule: what it is and how it looks at a file.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its page and properties.
    pub meta: &'static RuleMeta,
    /// Looks at a file and pushes findings.
    pub check: fn(&Context<'_>, &mut Vec<Finding>),
}

/// What a rule is.
#[derive(Debug)]
pub struct RuleMeta {
    /// The id in kebab-case; it stays for ever.
    pub id: &'static str,
    /// Names under which other tools know it, such as `DL3009`. Several rules may share one.
    pub aliases: &'static [&'static str],
    /// The group it is listed in.
    pub group: Group,
    /// When the engine applies its fixes.
    pub phase: Phase,
    /// How much its findings matter.
    pub severity: Severity,
    /// The highest applicability that its fixes can have; `None` for rules that only report.
    pub fix: Option<Applicability>,
    /// The declared differences of its fixes.
    pub laws: &'static [Law],
    /// Whether it runs without being selected.
    pub default: bool,
    /// What its findings are about, where an editor has a way to show that.
    pub nature: Nature,
    /// Texts of which a file must hold one for the rule to have anything to say; empty: every file. They save the time
    /// of looking at files without them.
    pub mentions: &'static [&'static str],
    /// The costly facts that it looks at; see [`wants`].
    pub needs: &'static [Need],
    /// The version it came with.
    pub since: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// The page in Markdown: the summary, then `## Why`, `## Example`, `## Safety`, `## Not reported`.
    pub page: &'static str,
}

/// What findings are about, where an editor has a way to show that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Nothing that has a look of its own.
    Ordinary,
    /// Text without effect; shown faded.
    Unnecessary,
    /// An old way to say something; shown struck through.
    Deprecated,
}

/// Groups of rules, usable wherever a rule id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Lines that mean something else than they seem.
    Correctness,
    /// Smaller layers, fewer of them where it costs no cache.
    Layers,
    /// Package managers.
    Packages,
    /// Instructions used for what they are for.
    Instructions,
    /// Base images and stages.
    Stages,
    /// Spelling and layout.
    Style,
}

/// When the engine applies a rule's fixes: an earlier phase runs to its fixpoint first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Broken or misleading text.
    Repair,
    /// What an instruction says.
    Content,
    /// Instructions joined and removed.
    Structure,
    /// Instructions in another order.
    Order,
    /// Spelling and layout.
    Layout,
}

impl Phase {
    /// All phases in the order in which the engine takes them.
    pub const ALL: [Self; 5] = [
        Self::Repair,
        Self::Content,
        Self::Structure,
        Self::Order,
        Self::Layout,
    ];
}

impl Group {
    /// All groups in the order in which they are listed.
    pub const ALL: [Self; 6] = [
        Self::Correctness,
        Self::Layers,
        Self::Packages,
        Self::Instructions,
        Self::Stages,
        Self::Style,
    ];

    /// The name that a person types, such as `packages`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Layers => "layers",
            Self::Packages => "packages",
            Self::Instructions => "instructions",
            Self::Stages => "stages",
            Self::Style => "style",
        }
    }
}

impl RuleMeta {
    /// Whether the rule is meant by a name: its id, one of its aliases, or `all`; letter case aside. Groups are not
    /// looked at, since an ignore comment names rules.
    pub fn answers_to(&self, name: &str) -> bool {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        same(self.id) || same("all") || self.aliases.iter().any(|alias| same(alias))
    }
}

/// A rule by its id or one of its aliases, letter case aside. The first by id when several rules share an alias; see
/// [`matching`] for all of them.
pub fn find(name: &str) -> Option<&'static Rule> {
    let by_id = ALL
        .iter()
        .find(|rule| rule.meta.id.eq_ignore_ascii_case(name));
    by_id.or_else(|| {
        let same = |alias: &&str| alias.eq_ignore_ascii_case(name);
        ALL.iter().find(|rule| rule.meta.aliases.iter().any(same))
    })
}

/// The rules that a name stands for: an id, an alias, a group or `all`; letter case aside. Empty for an unknown name.
pub fn matching(name: &str) -> impl Iterator<Item = &'static Rule> + '_ {
    ALL.iter().filter(move |rule| {
        rule.meta.answers_to(name) || rule.meta.group.name().eq_ignore_ascii_case(name)
    })
}

/// Whether a rule that runs under these settings can use a costly fact on this file: a cheap question about the text alone.
pub fn wants(need: Need, text: &str, settings: &Settings) -> bool {
    let holds = |text: &str, mention: &str| {
        memchr::memmem::find(text.as_bytes(), mention.as_bytes()).is_some()
    };
    ALL.iter().map(|rule| rule.meta).any(|meta| {
        meta.needs.contains(&need)
            && settings.enables(meta)
            && (meta.mentions.is_empty()
                || meta.mentions.iter().any(|mention| holds(text, mention)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_wanted_where_a_rule_can_use_them() {
        let settings = Settings::default();
        assert!(wants(Need::Project, "COPY . .\nRUN npm ci\n", &settings));
        assert!(wants(Need::History, "COPY . .\nRUN make\n", &settings));
        assert!(!wants(Need::History, "RUN make\n", &settings));
        let without = Settings {
            ignored: ["deps-before-source", "order-layers"].into_iter().collect(),
            ..Settings::default()
        };
        assert!(!wants(Need::Project, "RUN npm ci\n", &without));
    }
}
