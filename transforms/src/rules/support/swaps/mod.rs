//! Whether two instructions of a stage may change places, as far as their effects tell (semantics C.6, C.7).

mod destination;
mod runs;

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::Facts;
use crate::effects::{Effects, PathSet};
use crate::model::{Args, Instruction, InstructionKind, State, join_path};
use crate::rules::Context;
use destination::Place;
use runs::Process;

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
    processes: RefCell<FxHashMap<usize, Option<Process>>>,
}

impl<'c, 'a> Swaps<'c, 'a> {
    pub(crate) fn new(ctx: &'c Context<'a>) -> Self {
        Self {
            ctx,
            known: RefCell::default(),
            processes: RefCell::default(),
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
            (Run, Run) => self.two_runs(upper, lower),
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
