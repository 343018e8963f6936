//! The form of the tables, and the index that is built from them once.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::process::Leaves;
use super::table;

/// What the operands of a command are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operands {
    /// Names of packages, perhaps with versions, perhaps files or URLs.
    Packages,
    /// Files and directories.
    Paths,
    /// Addresses to fetch.
    Urls,
    /// A command with its own flags: nothing after the first operand is a flag of this program.
    Command,
    /// Any text.
    Text,
    /// It takes none.
    None,
}

/// How a program reads its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// `--long`, `--long=value`, clusters of short flags, `--`.
    Gnu,
    /// As GNU, and `-f=value`.
    Apt,
    /// One dash or two before names of any length, `-name=value` or `-name value`, no clusters.
    Single,
    /// As GNU, and the first word is a cluster of flags even without a dash.
    Tar,
    /// As GNU, but `-x` and the like are operands (modes).
    Mode,
    /// Flags stand only at the front, before the first operand.
    Front,
    /// Every word is an operand.
    Raw,
}

/// A program, or several that read their words alike: names separated by blanks, aliases of one program joined by `|`.
///
/// Flags are written as in a manual's synopsis: names separated by blanks, aliases joined by `|`, then `=` when the
/// flag takes a value, `=?` when it takes one only in the same word, `*` when whatever follows in the word is the value
/// (`-D*`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Program {
    pub(super) names: &'static str,
    pub(super) style: Style,
    pub(super) flags: &'static str,
    pub(super) subs: &'static [Sub],
    pub(super) operands: Operands,
    pub(super) leaves: Leaves,
    /// Whether it lies in the source tree (`./configure`), so that a path before it says nothing.
    pub(super) local: bool,
}

/// A sub-command: its names, aliases joined by `|`. The members of a group are written `group member`; where the group
/// itself comes first, its members are no aliases but have their own names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sub {
    pub(super) names: &'static str,
    pub(super) flags: &'static str,
    pub(super) operands: Operands,
}

/// Programs with GNU flags, none of them known yet, that leaves no process.
pub(super) const fn program(names: &'static str, flags: &'static str) -> Program {
    Program {
        names,
        style: Style::Gnu,
        flags,
        subs: &[],
        operands: Operands::Text,
        leaves: Leaves::No,
        local: false,
    }
}

/// A sub-command.
pub(super) const fn sub(names: &'static str, flags: &'static str, operands: Operands) -> Sub {
    Sub {
        names,
        flags,
        operands,
    }
}

impl Program {
    pub(super) const fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    pub(super) const fn subs(mut self, subs: &'static [Sub]) -> Self {
        self.subs = subs;
        self
    }

    pub(super) const fn operands(mut self, operands: Operands) -> Self {
        self.operands = operands;
        self
    }

    pub(super) const fn leaves(mut self, leaves: Leaves) -> Self {
        self.leaves = leaves;
        self
    }

    pub(super) const fn local(mut self) -> Self {
        self.local = true;
        self
    }
}

/// Whether a flag takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    /// No value.
    Switch,
    /// A value, in the same word or the next one.
    Value,
    /// A value only in the same word.
    Attached,
    /// Whatever follows in the word.
    Prefix,
}

/// A flag as the index holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FlagSpec {
    /// The first of its aliases.
    pub(super) name: &'static str,
    pub(super) arity: Arity,
}

/// Flags by name.
#[derive(Debug, Default)]
pub(super) struct Flags {
    by_name: FxHashMap<&'static str, FlagSpec>,
    prefixes: Vec<&'static str>,
    numbers: bool,
}

/// A program as the index holds it; what its entry says is read when it is first asked for.
#[derive(Debug)]
pub(super) struct ProgramSpec {
    pub(super) entry: &'static Program,
    words: OnceLock<Words>,
}

/// The flags and sub-commands of an entry.
#[derive(Debug)]
struct Words {
    flags: Flags,
    subs: FxHashMap<&'static str, SubSpec>,
    groups: FxHashSet<&'static str>,
}

/// A sub-command as the index holds it.
#[derive(Debug)]
pub(super) struct SubSpec {
    /// The first of its names.
    pub(super) name: &'static str,
    pub(super) flags: Flags,
    pub(super) operands: Operands,
}

/// For each name the first of its aliases and the place of its entry.
static INDEX: LazyLock<FxHashMap<&'static str, (&'static str, usize)>> = LazyLock::new(|| {
    let mut index = FxHashMap::default();
    for (place, entry) in table::all().enumerate() {
        for names in entry.names.split(' ') {
            let first = first_name(names);
            index.extend(names.split('|').map(|name| (name, (first, place))));
        }
    }
    index
});

static SPECS: LazyLock<Vec<ProgramSpec>> = LazyLock::new(|| {
    let spec = |entry| ProgramSpec {
        entry,
        words: OnceLock::new(),
    };
    table::all().map(spec).collect()
});

/// The entry of a program by its base name, and the first of its aliases.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static ProgramSpec)> {
    let (first, place) = INDEX.get(name)?;
    Some((first, SPECS.get(*place)?))
}

impl Words {
    fn new(entry: &'static Program) -> Self {
        let mut subs = FxHashMap::default();
        let mut groups = FxHashSet::default();
        for sub in entry.subs {
            let first = first_name(sub.names);
            for name in sub.names.split('|') {
                let group = name.split_once(' ').map(|(group, _)| group);
                groups.extend(group);
                let spec = SubSpec {
                    name: if group == Some(first) { name } else { first },
                    flags: Flags::new(sub.flags),
                    operands: sub.operands,
                };
                subs.insert(name, spec);
            }
        }
        Self {
            flags: Flags::new(entry.flags),
            subs,
            groups,
        }
    }
}

impl ProgramSpec {
    fn words(&self) -> &Words {
        self.words.get_or_init(|| Words::new(self.entry))
    }

    /// The flags that all sub-commands share.
    pub(super) fn flags(&self) -> &Flags {
        &self.words().flags
    }

    /// Whether it has sub-commands.
    pub(super) fn has_subs(&self) -> bool {
        !self.entry.subs.is_empty()
    }

    /// Whether sub-commands of two words start with this one.
    pub(super) fn is_group(&self, word: &str) -> bool {
        self.words().groups.contains(word)
    }

    /// A sub-command by one of its names.
    pub(super) fn sub(&self, name: &str) -> Option<&SubSpec> {
        self.words().subs.get(name)
    }
}

impl Flags {
    fn new(text: &'static str) -> Self {
        let mut flags = Self::default();
        for token in text.split_ascii_whitespace() {
            if token == "-NUM" {
                flags.numbers = true;
                continue;
            }
            let (names, arity) = if let Some(names) = token.strip_suffix("=?") {
                (names, Arity::Attached)
            } else if let Some(names) = token.strip_suffix('=') {
                (names, Arity::Value)
            } else if let Some(names) = token.strip_suffix('*') {
                (names, Arity::Prefix)
            } else {
                (token, Arity::Switch)
            };
            let spec = FlagSpec {
                name: first_name(names),
                arity,
            };
            for name in names.split('|') {
                if arity == Arity::Prefix {
                    flags.prefixes.push(name);
                }
                flags.by_name.insert(name, spec);
            }
        }
        flags
    }

    /// A flag by its full name, dashes included.
    pub(super) fn get(&self, name: &str) -> Option<FlagSpec> {
        self.by_name.get(name).copied()
    }

    /// The flag of which a word is name and value in one (`-DskipTests`).
    pub(super) fn by_prefix(&self, word: &str) -> Option<(FlagSpec, usize)> {
        let prefix = self
            .prefixes
            .iter()
            .find(|prefix| word.starts_with(**prefix))?;
        Some((self.get(prefix)?, prefix.len()))
    }

    /// Whether `-20` is a flag.
    pub(super) fn numbers(&self) -> bool {
        self.numbers
    }
}

/// The first of several names joined by `|`.
fn first_name(names: &'static str) -> &'static str {
    names.split('|').next().unwrap_or(names)
}
