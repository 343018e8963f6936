//! The rules, one file each, and the table that names them.
//!
//! To add a rule: write `rules/<id>.rs` with its [`RuleMeta`] and `check`, and add one line to [`ALL`].

use crate::model::{Analysis, Instruction};
use crate::proof::Law;
use crate::{Applicability, Facts, Finding, Settings, Severity};

/// Every rule, sorted by id.
pub static ALL: &[Rule] = &[];

/// A rule: what it is and how it looks at a file.
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
    /// Names under which other tools know it, such as `DL3009`.
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
    /// The version it came with.
    pub since: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// The page in Markdown: `## Why`, `## Example`, `## Safety`, `## Not reported`.
    pub page: &'static str,
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
    /// Instructions joined, moved, removed.
    Structure,
    /// Spelling and layout.
    Layout,
}

/// What a rule sees.
pub struct Context<'a> {
    /// The file.
    pub analysis: &'a Analysis,
    /// What the user set.
    pub settings: &'a Settings,
    /// What is known of the world.
    pub facts: &'a Facts,
}

impl Context<'_> {
    /// Instructions that rules may look at: not frozen (see [`Analysis`]).
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> + '_ {
        self.analysis.instructions.iter()
    }
}

/// A rule by its id or one of its aliases, letter case aside.
pub fn find(name: &str) -> Option<&'static Rule> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    ALL.iter()
        .find(|rule| same(rule.meta.id) || rule.meta.aliases.iter().any(|alias| same(alias)))
}
