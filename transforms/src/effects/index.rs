//! Who needs the indexes and caches that package managers keep: may they be removed before this script runs?
//!
//! A manager that fetches its index again when it is missing (dnf, yum, microdnf, zypper, pip) never needs one, unless a
//! flag forbids the network.

use crate::commands::Invocation;
use crate::model::{Command, Compound, Connective, Pipeline, Script, SimpleCommand};

/// An index or cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// `/var/lib/apt/lists`.
    Apt,
    /// `/var/cache/apk`.
    Apk,
    /// The metadata and packages of dnf, yum, microdnf and tdnf.
    Rpm,
    /// The metadata and packages of zypper.
    Zypper,
    /// The cache of pip.
    Pip,
    /// The cache of npm.
    Npm,
    /// The cache of yarn.
    Yarn,
}

/// Whether something is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// Certainly not.
    No,
    /// By a program that no table knows, which may do anything: a script of the project, `make`, a download that a shell
    /// runs.
    Maybe,
    /// Yes, as far as the command line tells.
    Yes,
}

/// How a script uses an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexUse {
    /// Whether it needs the index as it finds it.
    pub needs: Use,
    /// Whether it certainly fetches the index anew, when it succeeds.
    pub refreshes: bool,
}

/// How a script uses an index. What comes after a refresh that is certain to have run needs nothing from before.
pub fn index_use(script: &Script, index: Index) -> IndexUse {
    let mut found = IndexUse {
        needs: Use::No,
        refreshes: false,
    };
    for item in &script.items {
        let mut certain = true;
        for (at, pipeline) in item.and_or.pipelines().enumerate() {
            let before = at.checked_sub(1).and_then(|at| item.and_or.rest.get(at));
            if before.is_some_and(|(connective, ..)| *connective == Connective::Or) {
                certain = false;
            }
            let inner = pipeline_use(pipeline, index);
            found.needs = found.needs.max(inner.needs);
            if inner.refreshes && certain && !pipeline.negated {
                found.refreshes = true;
                return found;
            }
        }
    }
    found
}

/// Whether a command needs the package lists of apt as it finds them.
pub fn reads_apt_lists(command: &SimpleCommand) -> Use {
    command_use(command, Index::Apt).needs
}

/// Whether a command fetches the package lists of apt.
pub fn refreshes_apt_lists(command: &SimpleCommand) -> bool {
    command_use(command, Index::Apt).refreshes
}

fn pipeline_use(pipeline: &Pipeline, index: Index) -> IndexUse {
    let mut found = IndexUse {
        needs: Use::No,
        refreshes: false,
    };
    let last = pipeline.commands.len().saturating_sub(1);
    for (at, command) in pipeline.commands.iter().enumerate() {
        let inner = match command {
            Command::Simple(simple) => command_use(simple, index),
            Command::Compound(compound) => compound_use(compound, index),
        };
        found.needs = found.needs.max(inner.needs);
        found.refreshes |= inner.refreshes && (at == last || pipeline.commands.len() == 1);
    }
    found
}

/// Bodies may run in any order and not at all; a group and a subshell run once.
fn compound_use(compound: &Compound, index: Index) -> IndexUse {
    use crate::model::CompoundKind::{Function, Group, Subshell};
    let uses: Vec<IndexUse> = compound
        .bodies
        .iter()
        .map(|body| index_use(body, index))
        .collect();
    let words = compound.words.iter().flat_map(|word| &word.substitutions);
    let needs = words
        .map(|script| index_use(script, index))
        .chain(uses.iter().copied())
        .map(|found| found.needs)
        .max();
    let once = matches!(compound.kind, Group | Subshell);
    IndexUse {
        needs: needs.unwrap_or(if compound.kind == Function {
            Use::Maybe
        } else {
            Use::No
        }),
        refreshes: once && uses.iter().any(|found| found.refreshes),
    }
}

fn command_use(command: &SimpleCommand, index: Index) -> IndexUse {
    let mut found = IndexUse {
        needs: Use::No,
        refreshes: false,
    };
    let substitutions = command.words.iter().flat_map(|word| &word.substitutions);
    for script in substitutions {
        found.needs = found.needs.max(index_use(script, index).needs);
    }
    if command.words.is_empty() {
        return found;
    }
    let Some(invocation) = Invocation::of(command) else {
        found.needs = Use::Maybe;
        return found;
    };
    let own = match index {
        Index::Apt => apt(&invocation),
        Index::Apk => apk(&invocation),
        Index::Rpm => rpm(&invocation),
        Index::Zypper => offline(&invocation, &["zypper"], &["--no-refresh"]),
        Index::Pip => offline(&invocation, &["pip"], &[]),
        Index::Npm => offline(&invocation, &["npm", "npx"], &["--offline"]),
        Index::Yarn => offline(&invocation, &["yarn"], &["--offline"]),
    };
    let (needs, refreshes) = own.unwrap_or_else(|| (foreign(&invocation), false));
    found.needs = found.needs.max(needs);
    found.refreshes = refreshes;
    found
}

/// Any other program.
fn foreign(invocation: &Invocation<'_>) -> Use {
    let runs_anything = [
        "sh",
        "bash",
        "ash",
        "dash",
        "zsh",
        "ksh",
        "make",
        "python",
        "node",
        "ruby",
        "php",
        "perl",
        "java",
        "configure",
        "autogen.sh",
        "bootstrap.sh",
        "Configure",
        "config",
        "cmake",
        "meson",
        "scons",
        "waf",
        "ant",
        "bazel",
        "xargs",
        "env",
        "npx",
        "nvm",
        "sdk",
        "pyenv",
        "rbenv",
        "asdf",
        "rvm",
        "ssh",
    ];
    let builtin = crate::commands::builtin(invocation.name()) != crate::commands::Builtin::No;
    let runs_text = matches!(invocation.name(), "eval" | "." | "source" | "trap");
    let runs_scripts =
        invocation.is_any(&[
            "npm", "yarn", "pnpm", "composer", "poetry", "uv", "bundle", "bun",
        ]) && invocation.sub_any(&["run", "exec", "test", "start", "dlx", "run-script"]);
    if invocation.is_any(&runs_anything)
        || runs_text
        || runs_scripts
        || !invocation.is_known() && !builtin
    {
        Use::Maybe
    } else {
        Use::No
    }
}

fn apt(invocation: &Invocation<'_>) -> Option<(Use, bool)> {
    if invocation.is_any(&["apt-get", "apt", "aptitude"]) {
        let nothing = invocation.sub_any(&["clean", "autoclean", "check"])
            || invocation.sub("autoremove") && invocation.operands().is_empty()
            || invocation.subcommand().is_none();
        return Some(if invocation.sub("update") {
            (Use::No, true)
        } else if nothing {
            (Use::No, false)
        } else {
            (Use::Yes, false)
        });
    }
    let other = [
        "apt-cache",
        "apt-file",
        "apt-mark",
        "add-apt-repository",
        "tasksel",
        "apt-rdepends",
        "apt-show-versions",
        "gdebi",
        "debfoster",
        "mk-build-deps",
        "apt-clone",
        "apt-venv",
        "grep-aptavail",
        "dselect",
        "wajig",
        "nala",
        "apt-fast",
    ];
    invocation.is_any(&other).then_some((Use::Yes, false))
}

fn apk(invocation: &Invocation<'_>) -> Option<(Use, bool)> {
    if !invocation.is("apk") {
        return None;
    }
    let renews = invocation.sub("update") || invocation.has_flag("-U");
    let reads = invocation.sub_any(&[
        "add", "upgrade", "search", "fetch", "policy", "list", "version", "fix", "info",
    ]);
    let own = invocation.has_flag("--no-cache");
    Some(if renews && !own {
        (Use::No, true)
    } else if reads && !own && !(invocation.sub("info") && invocation.has_flag("-e")) {
        (Use::Yes, false)
    } else {
        (Use::No, false)
    })
}

fn rpm(invocation: &Invocation<'_>) -> Option<(Use, bool)> {
    if !invocation.is_any(&["dnf", "yum", "microdnf", "tdnf"]) {
        return None;
    }
    let offline = invocation.has_flag("-C");
    Some((
        if offline { Use::Yes } else { Use::No },
        invocation.sub("makecache") && !offline,
    ))
}

/// Managers that use the cache when they are told to stay offline.
fn offline(invocation: &Invocation<'_>, programs: &[&str], flags: &[&str]) -> Option<(Use, bool)> {
    if !invocation.is_any(programs) {
        return None;
    }
    let scripts =
        invocation.is("npx") || invocation.sub_any(&["run", "exec", "test", "start", "dlx"]);
    Some((
        if invocation.has_any_flag(flags) {
            Use::Yes
        } else if scripts {
            Use::Maybe
        } else {
            Use::No
        },
        false,
    ))
}
