//! RUN instructions that change places with a COPY or with each other.

use std::path::Path;

use super::destination::Place;
use super::{Swap, Swaps};
use crate::commands::Invocation;
use crate::effects::{Domain, Effects, PathSet};
use crate::model::{Analysis, Instruction, Part, Scope, SimpleCommand, State};
use crate::rules::support::tools::is_tool;

/// What is known of the commands of a RUN.
#[derive(Debug, Clone)]
pub(super) struct Process {
    /// What they touch, tools aside.
    effects: Effects,
    /// Whether they install tools, whose scripts touch the places of the system and nobody knows what else.
    tools: bool,
    /// Their words, of paths the last elements.
    words: Vec<String>,
}

impl<'a> Swaps<'_, 'a> {
    /// `None` for a command that may do anything.
    fn process(&self, run: &Instruction) -> Option<Process> {
        let mut processes = self.processes.borrow_mut();
        let found = processes.entry(run.index).or_insert_with(|| {
            let state = self.ctx.analysis.state(run)?;
            let windows = self.ctx.analysis.stages.get(run.stage?)?.windows;
            if windows || !state.is_root() || !state.plain_shell() {
                return None;
            }
            Process::of(run, state)
        });
        found.clone()
    }

    /// A COPY and a RUN, whichever comes first.
    pub(super) fn copy_and_run(&self, copy: &'a Instruction, run: &'a Instruction) -> Swap {
        let Some(process) = self.process(run) else {
            return Swap::Bound("the command may read anything");
        };
        let Some(place) = Place::of(self.ctx, copy) else {
            return Swap::Bound("the destination is not known");
        };
        let root = place.root.as_str();
        let of_system = PathSet::system().meets(root);
        if of_system && !is_own(root) {
            return Swap::Bound("the destination is one of the system's places");
        }
        if process.names(root) {
            return Swap::Bound("the command touches the destination");
        }
        if process.effects.writes.domains.contains(Domain::Users) && place.named {
            return Swap::Bound("the command may make the user whom the COPY names");
        }
        let leads = |names| leads_to(self.ctx.analysis, run, root, names);
        if leads(LOOKUPS) || process.tools && leads(TOOL_LOOKUPS) {
            return Swap::Bound("a variable makes programs look into the destination");
        }
        match (process.tools, of_system) {
            (false, false) => Swap::Free,
            (true, _) if brings_settings(&place) => {
                Swap::Bound("the command may read the settings that are copied")
            }
            (true, _) => Swap::Doubtful(
                "the scripts of what is installed by name may look into what is copied, though nothing tells them to",
            ),
            (false, true) => Swap::Doubtful(
                "a script of a package may look for something at the destination, though packages keep to other places",
            ),
        }
    }

    /// Two commands of which at most one installs; the other sets up files.
    pub(super) fn two_runs(&self, upper: &'a Instruction, lower: &'a Instruction) -> Swap {
        let (Some(a), Some(b)) = (self.process(upper), self.process(lower)) else {
            return Swap::Bound("one command may need the other");
        };
        let apart = a.effects.commutes_but_for_files(&b.effects) && a.leaves(&b) && b.leaves(&a);
        match apart {
            true => Swap::Doubtful(
                "a script of a package may look for what the other command sets up, though packages keep to other places",
            ),
            false => Swap::Bound("one command may need the other"),
        }
    }
}

impl Process {
    fn of(run: &Instruction, state: &State) -> Option<Self> {
        let directory = state.known_workdir()?;
        let script = run.script()?;
        let mut words = Vec::new();
        let (mut git, mut tools) = (false, false);
        script.visit(&mut |command| {
            let invocation = Invocation::of(command);
            // It looks for a repository around the working directory.
            git |= invocation.is_some_and(|it| it.is("git"));
            tools |= invocation.is_some_and(|it| is_tool(&it));
            let texts = command
                .words
                .iter()
                .map(|word| match word.value.as_deref() {
                    Some(text) => base_name(text).to_owned(),
                    None => word.text.to_string(),
                });
            words.extend(texts);
        });
        if git {
            return None;
        }
        let effects = match tools {
            false => Effects::of_instruction(run, state),
            true => beside_tools(run, directory)?,
        };
        (!effects.everything).then_some(Self {
            effects,
            tools,
            words,
        })
    }

    /// Whether the commands name a path, something below it, or a directory above it that both would make.
    fn names(&self, root: &str) -> bool {
        // The places above what is its own are there in every image.
        let shared = match is_own(root) {
            true => root.to_owned(),
            false => format!("/{}", root.split('/').nth(1).unwrap_or_default()),
        };
        let (root_set, shared) = (set_of(root), set_of(&shared));
        let touches = |paths: &PathSet, of: &PathSet| {
            paths.is_everything() || paths.named().any(|path| of.meets(path))
        };
        let (reads, writes) = (&self.effects.reads.paths, &self.effects.writes.paths);
        let found = self.tools || is_own(root);
        touches(reads, &root_set) || touches(writes, &shared) || found && self.mentions(root)
    }

    /// Whether a word is the name of a file.
    fn mentions(&self, path: &str) -> bool {
        self.words.iter().any(|word| word == base_name(path))
    }

    /// Whether the commands have to do with the places that packages install into.
    fn is_of_system(&self) -> bool {
        self.tools
            || self.effects.reads.paths.has_system()
            || self.effects.writes.paths.has_system()
    }

    /// The paths that the commands name; `None` when that may be any.
    fn paths(&self) -> Option<Vec<&str>> {
        let (reads, writes) = (&self.effects.reads.paths, &self.effects.writes.paths);
        let known = !reads.is_everything() && !writes.is_everything();
        known.then(|| reads.named().chain(writes.named()).collect())
    }

    /// Whether nothing that the other names is its business, so far as packages keep to their places.
    fn leaves(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.paths(), other.paths()) else {
            return false;
        };
        let system = self.is_of_system();
        !(system && other.is_of_system())
            && others.iter().all(|path| {
                let set = set_of(path);
                let free = !system || is_own(path) || !PathSet::system().meets(path);
                free && !own.iter().any(|mine| set.meets(mine)) && !self.mentions(path)
            })
    }
}

/// What the commands touch that stand beside those that install tools. `None` when that isn't known, or when something is
/// said to the shell that holds for a tool as well.
fn beside_tools(run: &Instruction, directory: &str) -> Option<Effects> {
    let pipelines = run.script()?.and_list()?;
    if !run.flags.is_empty() {
        return None;
    }
    let mut effects = Effects::none();
    for pipeline in pipelines {
        let command = pipeline.simple()?;
        let is_tool = Invocation::of(command).is_some_and(|it| is_tool(&it));
        let plain = command.assignments.is_empty() && command.redirects.is_empty();
        if is_tool && plain || is_harmless_set(command) {
            continue;
        }
        let first = command.words.first().and_then(|word| word.value.as_deref());
        if matches!(
            first,
            None | Some("cd" | "pushd" | "set" | "export" | "umask")
        ) {
            return None;
        }
        effects.join(Effects::of_pipeline(pipeline, Some(directory)));
    }
    Some(effects)
}

/// Options of the shell that say no more than when it stops and what it shows.
fn is_harmless_set(command: &SimpleCommand) -> bool {
    let words = command.static_words().unwrap_or_default();
    let known = |word: &&str| {
        let flags = word.strip_prefix('-');
        flags.is_some_and(|flags| flags.chars().all(|flag| "eux".contains(flag)))
    };
    words.first() == Some(&"set") && words.iter().skip(1).all(known)
}

/// Whether a path lies in a place of the system that is left to whoever administers it, and that no package uses (FHS 3.0:
/// 3.13, 3.17, 4.9; `/usr/src` and `/var/www` by custom). The place itself is in every image.
fn is_own(path: &str) -> bool {
    let places = [
        "/opt",
        "/srv",
        "/usr/local/bin",
        "/usr/local/sbin",
        "/usr/src",
        "/var/www",
    ];
    places.iter().any(|place| {
        let below = Path::new(path).strip_prefix(place);
        below.is_ok_and(|rest| rest.components().next().is_some())
    })
}

/// Whether a file with the settings of a package manager is copied by its name.
fn brings_settings(place: &Place) -> bool {
    const SETTINGS: &[&str] = &[
        ".cargo",
        ".condarc",
        ".config",
        ".gemrc",
        ".npmrc",
        ".pypirc",
        ".yarnrc",
        ".yarnrc.yml",
        "auth.json",
        "bunfig.toml",
        "nuget.config",
        "pip.conf",
        "rust-toolchain",
        "rust-toolchain.toml",
        "uv.toml",
    ];
    let mut names = place.sources.iter().map(|source| base_name(source));
    names.any(|name| {
        let mut known = SETTINGS.iter();
        known.any(|known| known.eq_ignore_ascii_case(name))
    })
}

fn set_of(path: &str) -> PathSet {
    let mut set = PathSet::default();
    set.insert(path);
    set
}

fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether one of these variables leads to a path.
fn leads_to(analysis: &Analysis, run: &Instruction, root: &str, names: &[&str]) -> bool {
    let scope = analysis.scope(run);
    let here = analysis.state(run).and_then(State::known_workdir);
    let set = set_of(root);
    names.iter().any(|name| {
        let Some(value) = scope.lookup(name) else {
            return false;
        };
        value.parts().iter().any(|part| match part {
            Part::Literal(text) => text.split([':', ' ', '=']).any(|word| match word {
                "" => false,
                _ if word.starts_with('/') => set.meets(word),
                _ => here.is_none_or(|here| set.meets(here)),
            }),
            Part::FromBase(_) => false,
            Part::BuildArg { .. } | Part::Modified { .. } => true,
        })
    })
}

/// Variables by which programs find files.
const LOOKUPS: &[&str] = &[
    "PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PYTHONPATH",
    "PERL5LIB",
    "TMPDIR",
];

/// Variables by which the package managers of languages find files.
const TOOL_LOOKUPS: &[&str] = &[
    "BUNDLE_PATH",
    "CARGO_HOME",
    "COMPOSER_HOME",
    "GEM_HOME",
    "GOBIN",
    "GOPATH",
    "NODE_PATH",
    "NPM_CONFIG_PREFIX",
    "NPM_CONFIG_USERCONFIG",
    "PIP_CONFIG_FILE",
    "PIP_CONSTRAINT",
    "PIP_FIND_LINKS",
    "PIP_PREFIX",
    "PIP_TARGET",
    "PNPM_HOME",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
];
