//! Whether two instructions of a stage may change places, as far as their effects tell (semantics C.6, C.7).

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::commands::Invocation;
use crate::effects::{Domain, Effects, PathSet, resolve};
use crate::model::{Analysis, Args, Instruction, InstructionKind, State, Word, join_path};
use crate::order::price::usual;
use crate::rules::Context;
use crate::{ContextKind, Facts};

/// What may become of two instructions that change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swap {
    /// Nothing: neither notices the other.
    Free,
    /// Something that a person has to judge.
    Doubtful(&'static str),
    /// They depend on each other, or may: why.
    Bound(&'static str),
}

/// The pairs of a file that were looked at.
pub(crate) struct Swaps<'c, 'a> {
    ctx: &'c Context<'a>,
    known: RefCell<FxHashMap<(usize, usize), Swap>>,
    runs: RefCell<FxHashMap<usize, Option<Effects>>>,
}

impl<'c, 'a> Swaps<'c, 'a> {
    pub(crate) fn new(ctx: &'c Context<'a>) -> Self {
        Self {
            ctx,
            known: RefCell::default(),
            runs: RefCell::default(),
        }
    }

    /// What may become of two instructions of one stage.
    pub(crate) fn of(&self, a: &'a Instruction, b: &'a Instruction) -> Swap {
        let key = (a.index.min(b.index), a.index.max(b.index));
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let found = match a.index < b.index {
            true => self.judge(a, b),
            false => self.judge(b, a),
        };
        self.known.borrow_mut().insert(key, found);
        found
    }

    fn judge(&self, upper: &'a Instruction, lower: &'a Instruction) -> Swap {
        use InstructionKind::{
            Add, Arg, Cmd, Copy, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Run,
            Shell, Stopsignal, User, Workdir,
        };
        let usable =
            |it: &Instruction| !self.ctx.is_frozen(it) && !matches!(it.args, Args::Malformed);
        if !usable(upper) || !usable(lower) {
            return Swap::Bound("one of them is not understood");
        }
        match (upper.kind, lower.kind) {
            (Copy | Add, Copy | Add) => self.copies(upper, lower),
            (Copy | Add, Run) => self.copy_and_run(upper, lower),
            (Run, Copy | Add) => self.copy_and_run(lower, upper),
            // No process sees them, and they see no files (semantics B.11).
            (
                Run | Copy | Add,
                Cmd | Entrypoint | Expose | Healthcheck | Label | Maintainer | Stopsignal,
            )
            | (
                Cmd | Entrypoint | Expose | Healthcheck | Label | Maintainer | Stopsignal,
                Run | Copy | Add,
            )
            | (Copy | Add, User | Shell)
            | (User | Shell, Copy | Add) => Swap::Free,
            (Copy | Add, Workdir) if self.is_into(upper, lower) => Swap::Free,
            (Copy | Add, Env | Arg | Workdir) | (Env | Arg | Workdir, Copy | Add) => {
                self.by_effects(upper, lower)
            }
            (Arg, Run) => self.argument_and_run(upper, lower),
            (Arg, Arg | Env | Label | Expose | Workdir | User | Cmd | Entrypoint | Healthcheck) => {
                self.by_effects(upper, lower)
            }
            (Workdir | User | Shell | Env, Run) | (Run, Workdir | User | Shell | Env | Arg) => {
                Swap::Bound("the command runs in what it sets")
            }
            (Run, Run) => Swap::Bound("one command may need the other"),
            _ => Swap::Bound("they keep their order"),
        }
    }

    /// Whether a COPY is about the directory of a WORKDIR below it by an absolute path, so that it finds or makes it.
    fn is_into(&self, copy: &Instruction, workdir: &Instruction) -> bool {
        let analysis = self.ctx.analysis;
        let (Args::Copy { sources, dest, .. }, Args::Value(path)) = (&copy.args, &workdir.args)
        else {
            return false;
        };
        let known = |at: &Instruction, text: &str| {
            let expanded = analysis.expand(at, text).ok()?;
            let path = expanded.value.known()?.to_owned();
            (path.starts_with('/') && !path.contains("..")).then_some(path)
        };
        let (Some(dest), Some(dir)) = (known(copy, &dest.text), known(workdir, &path.text)) else {
            return false;
        };
        let root = analysis.state(workdir).is_some_and(State::is_root);
        let plain = copy.flags.iter().all(|flag| flag.name == "from");
        let whole = sources
            .iter()
            .all(|source| Facts::key(&source.text).is_empty());
        let (clean, dir) = (join_path("/", &dest), join_path("/", &dir));
        let inside = clean.strip_prefix(dir.as_str()).is_some_and(|rest| {
            rest.starts_with('/') || rest.is_empty() && (dest.ends_with('/') || whole)
        });
        root && plain && dir != "/" && inside
    }

    fn by_effects(&self, upper: &Instruction, lower: &Instruction) -> Swap {
        let analysis = self.ctx.analysis;
        let (Some(above), Some(below)) = (analysis.state(upper), analysis.state(lower)) else {
            return Swap::Bound("nothing is known about where they stand");
        };
        let upper = Effects::of_instruction(upper, above);
        let lower = Effects::of_instruction(lower, below);
        match upper.commutes(&lower) {
            true => Swap::Free,
            false => Swap::Bound("one of them reads what the other sets"),
        }
    }

    /// An argument is part of the environment of every process below it, whether its text mentions it or not.
    fn argument_and_run(&self, arg: &Instruction, run: &Instruction) -> Swap {
        let Args::Pairs(pairs) = &arg.args else {
            return Swap::Bound("one of them is not understood");
        };
        let text = self.ctx.analysis.text(run.lines);
        let mentioned = pairs
            .iter()
            .any(|pair| text.contains(pair.name.text.as_str()));
        // Proxies and the like are read by programs that don't name them.
        let own = pairs.iter().all(|pair| is_own_name(&pair.name.text));
        match mentioned || !own {
            true => Swap::Bound("the command reads the argument"),
            false => Swap::Doubtful(
                "the programs of the RUN see the argument in their environment, and may read it",
            ),
        }
    }

    fn run_effects(&self, run: &Instruction) -> Option<Effects> {
        let mut runs = self.runs.borrow_mut();
        let found = runs.entry(run.index).or_insert_with(|| {
            let state = self.ctx.analysis.state(run)?;
            let windows = self.ctx.analysis.stages.get(run.stage?)?.windows;
            if windows || !state.is_root() || !state.plain_shell() {
                return None;
            }
            state.known_workdir()?;
            // It looks for a repository around the working directory.
            let mut git = false;
            run.script()?.visit(&mut |command| {
                git |= Invocation::of(command).is_some_and(|command| command.is("git"));
            });
            if git {
                return None;
            }
            let effects = Effects::of_instruction(run, state);
            (!effects.everything).then_some(effects)
        });
        found.clone()
    }

    fn copy_and_run(&self, copy: &Instruction, run: &Instruction) -> Swap {
        let Some(effects) = self.run_effects(run) else {
            return Swap::Bound("the command may read anything");
        };
        let Some(place) = Place::of(self.ctx, copy) else {
            return Swap::Bound("the destination is not known");
        };
        let root = place.root.as_str();
        let top = root.split('/').nth(1).unwrap_or_default();
        if PathSet::system().meets(root) {
            return Swap::Bound("the destination is one of the system's places");
        }
        let touched = effects.may_read(root)
            || effects.may_write(root)
            || effects.may_write(&format!("/{top}"));
        if touched {
            return Swap::Bound("the command touches the destination");
        }
        if effects.writes.domains.contains(Domain::Users) && place.named {
            return Swap::Bound("the command may make the user whom the COPY names");
        }
        match leads_to(self.ctx.analysis, run, root) {
            true => Swap::Bound("a variable makes programs look into the destination"),
            false => Swap::Free,
        }
    }

    fn copies(&self, upper: &Instruction, lower: &Instruction) -> Swap {
        let (Some(a), Some(b)) = (Place::of(self.ctx, upper), Place::of(self.ctx, lower)) else {
            return Swap::Bound("the destination is not known");
        };
        if a.passwd || b.passwd {
            return Swap::Bound("one of them may bring the users whom the other names");
        }
        let mut set = PathSet::default();
        set.insert(&a.root);
        if set.meets(&b.root) {
            return match a.apart(&b, self.ctx.facts) {
                Some(true) => Swap::Free,
                Some(false) => Swap::Bound("they copy to the same place"),
                None => Swap::Doubtful("nothing shows that they copy no file of the same name"),
            };
        }
        let shares_parent = {
            let top = |root: &str| root.split('/').nth(1).map(str::to_owned);
            top(&a.root) == top(&b.root)
        };
        match a.flags == b.flags || !shares_parent {
            true => Swap::Free,
            // Directories above both would get another owner; WORKDIR may have made them.
            false if self.made_before(upper, &a, &b) => Swap::Free,
            false => Swap::Bound("directories above both would get another owner"),
        }
    }

    /// Whether the working directory holds both, which a WORKDIR of the stage has made before.
    fn made_before(&self, upper: &Instruction, a: &Place, b: &Place) -> bool {
        let analysis = self.ctx.analysis;
        let Some(stage) = upper.stage else {
            return false;
        };
        let mut above = analysis
            .stage_instructions(stage)
            .take_while(|it| it.index < upper.index);
        let made = above.any(|it| it.kind == InstructionKind::Workdir);
        let dir = analysis.state(upper).and_then(State::known_workdir);
        made && dir.is_some_and(|dir| {
            let below = |root: &str| {
                root.strip_prefix(dir.trim_end_matches('/'))
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            // Directly inside: what is between could be made by either.
            let direct = |root: &str| {
                root.get(dir.len() + 1..)
                    .is_some_and(|rest| !rest.contains('/'))
            };
            below(&a.root) && below(&b.root) && (direct(&a.root) || direct(&b.root))
        })
    }
}

/// Whether an argument's name is one that the file has made up: no program knows it by itself.
fn is_own_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    !upper.contains("PROXY")
        && !upper.contains("PATH")
        && !upper.contains("FLAGS")
        && !upper.starts_with("BUILDKIT")
        && !upper.starts_with("SOURCE_DATE")
        && !upper.starts_with("TARGET")
        && !upper.starts_with("NPM_")
        && !upper.starts_with("DEBIAN_")
}

/// Whether a variable that programs look at leads to a path.
fn leads_to(analysis: &Analysis, run: &Instruction, root: &str) -> bool {
    use crate::model::{Part, Scope};
    let scope = analysis.scope(run);
    let here = analysis.state(run).and_then(State::known_workdir);
    let mut set = PathSet::default();
    set.insert(root);
    LOOKUPS.iter().any(|name| {
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

/// What a COPY or ADD writes.
struct Place {
    root: String,
    /// Whether it is one file.
    file: bool,
    /// The keys of the sources that may be directories.
    sources: Vec<String>,
    /// How directories are made that are missing.
    flags: String,
    /// Whether the owner is given by name.
    named: bool,
    /// Whether the list of users may be among what is written.
    passwd: bool,
}

impl Place {
    /// `None` when that isn't known, or flags make something else of it.
    fn of(ctx: &Context<'_>, copy: &Instruction) -> Option<Self> {
        let analysis = ctx.analysis;
        let Args::Copy { sources, dest, .. } = &copy.args else {
            return None;
        };
        if copy.flag("parents").is_some() || copy.flag("link").is_some() {
            return None;
        }
        let expanded = analysis.expand(copy, &dest.text).ok()?;
        let dest = expanded.value.known()?;
        let workdir = analysis.state(copy)?.known_workdir();
        let base = resolve(if dest.is_empty() { "." } else { dest }, workdir)?;
        let directory =
            dest.is_empty() || dest == "." || dest.ends_with(['/']) || dest.ends_with("/.");
        let from = copy.flag("from").is_some();
        let key = |source: &Word| {
            let expanded = analysis.expand(copy, &source.text).ok();
            let path = expanded.and_then(|it| usual(&it.value));
            path.map(|path| Facts::key(&path))
        };
        let keys: Option<Vec<String>> = sources.iter().map(key).collect();
        let keys = keys?;
        let single = match keys.as_slice() {
            [key] if directory => is_file(key, copy.kind, from, ctx.facts).then(|| name_of(key)),
            _ => None,
        };
        let root = match &single {
            Some(name) => join_path(&base, name),
            None => base.to_string(),
        };
        let flag = |name: &str| copy.flag(name).and_then(|flag| flag.value.as_deref());
        let owner = flag("chown").unwrap_or_default();
        let mode = flag("chmod").filter(|mode| mode.chars().all(|c| c.is_ascii_digit()));
        let mode = mode
            .map(|mode| mode.trim_start_matches('0'))
            .filter(|mode| *mode != "755");
        let root_owner = matches!(owner, "0" | "root" | "0:0" | "root:root");
        Some(Self {
            file: single.is_some(),
            passwd: root == "/" || join_path("/etc", "passwd").starts_with(&root),
            root,
            sources: if from { Vec::new() } else { keys },
            flags: format!(
                "{} {}",
                if root_owner { "" } else { owner },
                mode.unwrap_or_default()
            ),
            named: !root_owner && !owner.chars().all(|c| c.is_ascii_digit() || c == ':'),
        })
    }

    /// Whether two places that meet by their names have no file in common. `None` when nobody knows.
    fn apart(&self, other: &Self, facts: &Facts) -> Option<bool> {
        if self.file || other.file || self.flags != other.flags {
            return Some(false);
        }
        let below = |inner: &Self, outer: &Self| {
            let rest = inner.root.strip_prefix(outer.root.trim_end_matches('/'))?;
            rest.strip_prefix('/').map(str::to_owned)
        };
        let (outer, inside) = match (below(self, other), below(other, self)) {
            (Some(inside), _) => (other, inside),
            (_, Some(inside)) => (self, inside),
            (None, None) => return self.same_root(other, facts),
        };
        let project = facts.project.as_ref()?;
        let passing = inside.split('/').any(|name| {
            matches!(
                name,
                "node_modules" | "vendor" | "target" | "dist" | "build" | "out" | "bin" | "obj"
            ) || name.starts_with('.')
        });
        // What is missing from the root today may be there tomorrow.
        if outer.sources.is_empty() || outer.sources.iter().any(String::is_empty) || passing {
            return None;
        }
        let mut free = true;
        for source in &outer.sources {
            if project.kind(source) != Some(ContextKind::Directory) {
                return None;
            }
            free &= !project.has(&format!("{source}/{inside}"))?;
        }
        Some(free)
    }

    fn same_root(&self, other: &Self, facts: &Facts) -> Option<bool> {
        let project = facts.project.as_ref()?;
        let ([own], [theirs]) = (self.sources.as_slice(), other.sources.as_slice()) else {
            return None;
        };
        let directory = |key: &str| {
            !key.is_empty()
                && project.kind(key) == Some(ContextKind::Directory)
                && project.is_complete(key)
        };
        if !directory(own) || !directory(theirs) {
            return None;
        }
        let skip = own.len() + usize::from(!own.is_empty());
        for (path, _) in project.below(own) {
            let name = path.get(skip..).unwrap_or_default();
            if project.has(&format!("{theirs}/{name}"))? {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// Whether a source is one file that arrives under its own name.
fn is_file(key: &str, kind: InstructionKind, from: bool, facts: &Facts) -> bool {
    if key.contains(['*', '?', '[', '\\']) || key.is_empty() {
        return false;
    }
    let known = match from {
        true => None,
        false => facts
            .lookup(key)
            .or_else(|| facts.project.as_ref()?.kind(key)),
    };
    let plain = kind == InstructionKind::Copy;
    match known {
        Some(ContextKind::File) => true,
        Some(ContextKind::UnreadFile) if plain => true,
        Some(_) => false,
        None => {
            let name = name_of(key);
            crate::ecosystem::is_manifest(&name) && !name.ends_with(".js")
                || name.rsplit_once('.').is_some_and(|(_, ending)| {
                    matches!(
                        ending,
                        "json"
                            | "lock"
                            | "txt"
                            | "toml"
                            | "yaml"
                            | "yml"
                            | "xml"
                            | "ini"
                            | "cfg"
                            | "sh"
                            | "jar"
                            | "war"
                            | "properties"
                            | "conf"
                    )
                })
        }
    }
}

fn name_of(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}
