//! The variables of a file: who sets them, and what each instruction sees (semantics B.3).

use std::ops::Range;

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use super::value::{Part, Scope, Value};

/// The default PATH of a Linux image that sets none (BuildKit's `util/system: DefaultPathEnvUnix`).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Arguments that BuildKit sets before the first FROM (`platform.go: defaultArgs`).
const AUTOMATIC: [&str; 11] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETSTAGE",
];

/// One variable that an instruction sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The instruction's index. What a trigger sets in a stage is set by the stage's FROM.
    pub instruction: usize,
    /// How it is set.
    pub kind: WriteKind,
    /// The name; `None` when it depends on something unknown, so that any variable may be meant.
    pub name: Option<SmolStr>,
    /// The value. For `ARG name` without a value that may come from anywhere else: what it had before.
    pub value: Value,
    /// Whether the variable is certainly set afterwards.
    pub set: bool,
}

/// How a variable is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteKind {
    /// By ARG: in force during the build, not part of the image.
    Arg,
    /// By ENV: part of the image.
    Env,
}

/// All variables of a file, as a log of who sets what. A stage sees its own writes and, through the boundary rule, those
/// of the stages it is built on.
#[derive(Debug, Default)]
pub struct Variables {
    writes: Vec<Write>,
    by_name: FxHashMap<SmolStr, Vec<usize>>,
    /// Writes without a name.
    nameless: Vec<usize>,
    stages: Vec<StageVariables>,
    /// The number of writes before the first FROM.
    global: usize,
}

#[derive(Debug)]
struct StageVariables {
    parent: Option<usize>,
    /// The stage at the start of the chain.
    root: usize,
    base: BaseVariables,
    writes: Range<usize>,
}

/// The variables that a stage inherits from outside the file.
#[derive(Debug, Clone, Default)]
pub(super) struct BaseVariables {
    /// Identifies the image.
    pub(super) image: SmolStr,
    /// Variables that certainly have these values.
    pub(super) known: FxHashMap<SmolStr, SmolStr>,
    /// Whether there are no others but PATH.
    pub(super) complete: bool,
}

/// What an instruction sees: a place in the log.
#[derive(Debug, Clone, Copy)]
pub struct VariableScope<'a> {
    variables: &'a Variables,
    /// `None`: before the first FROM, and in FROM itself.
    stage: Option<usize>,
    /// The number of writes that are visible.
    limit: usize,
}

/// A variable in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The value; empty when unset.
    pub value: Value,
    /// Whether it is certainly set.
    pub set: bool,
}

impl Scope for VariableScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        Some(self.find(name)?.value)
    }

    fn is_set(&self, name: &str) -> bool {
        self.find(name).is_some_and(|variable| variable.set)
    }
}

impl<'a> VariableScope<'a> {
    /// The number of writes that are visible.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// A variable; `None` when it is certainly not set.
    pub fn find(&self, name: &str) -> Option<Variable> {
        match self.stage {
            None => self
                .variables
                .last(name, 0..self.limit, |_| true)
                .or_else(|| automatic(name)),
            Some(stage) => self.variables.in_stage(name, stage, self.limit),
        }
    }

    /// What the image's configuration says about a variable at this place: what ENV and the base image set, whatever
    /// ARG hides it during the build. `None` when the image certainly doesn't have it.
    pub fn find_env(&self, name: &str) -> Option<Variable> {
        let stage = self.stage?;
        self.variables.last_env(name, stage, self.limit)
    }

    /// The names that instructions of the file set, in the order of their first definition from the root of the stage
    /// chain on. With `kind`, only those set this way. The base image's own variables are not among them, unless the
    /// file sets them too; they stand before all others in the configuration, and setting one again doesn't move it.
    pub fn names(&self, kind: Option<WriteKind>) -> Vec<&'a SmolStr> {
        let mut chain: Vec<Range<usize>> = Vec::new();
        let mut next = self.stage;
        if next.is_none() {
            chain.push(0..self.limit);
        }
        while let Some(stage) = next.and_then(|stage| self.variables.stages.get(stage)) {
            let end = stage.writes.end.min(self.limit);
            chain.push(stage.writes.start.min(end)..end);
            next = stage.parent;
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let writes = chain
            .into_iter()
            .rev()
            .filter_map(|range| self.variables.writes.get(range));
        writes
            .flatten()
            .filter(|write| kind.is_none_or(|kind| kind == write.kind))
            .filter_map(|write| write.name.as_ref())
            .filter(|name| seen.insert(*name))
            .collect()
    }
}

impl Variables {
    /// Everything that the file sets, in source order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// What a stage sets itself, triggers of the stage it is built on included.
    pub fn stage_writes(&self, stage: usize) -> &[Write] {
        let range = self
            .stages
            .get(stage)
            .map_or(0..0, |stage| stage.writes.clone());
        self.writes.get(range).unwrap_or_default()
    }

    /// What is visible after the last instruction of a stage.
    pub fn stage_end(&self, stage: usize) -> VariableScope<'_> {
        let limit = self.stages.get(stage).map_or(0, |stage| stage.writes.end);
        self.scope(Some(stage), limit)
    }

    /// Whether the file declares an argument before the first FROM.
    pub(super) fn is_global(&self, name: &str) -> bool {
        self.last(name, 0..self.global, |_| true).is_some()
    }

    /// The number of writes so far.
    pub(super) fn len(&self) -> usize {
        self.writes.len()
    }

    pub(super) fn scope(&self, stage: Option<usize>, limit: usize) -> VariableScope<'_> {
        VariableScope {
            variables: self,
            stage,
            limit,
        }
    }

    /// What the next instruction of a stage sees; `None`: what FROM and global ARGs see.
    pub(super) fn here(&self, stage: Option<usize>) -> VariableScope<'_> {
        let limit = match stage {
            None if !self.stages.is_empty() => self.global,
            _ => self.len(),
        };
        self.scope(stage, limit)
    }

    /// Opens the next stage.
    pub(super) fn open(&mut self, parent: Option<usize>, base: BaseVariables) {
        if self.stages.is_empty() {
            self.global = self.len();
        }
        let root = parent.and_then(|parent| self.stages.get(parent));
        let root = root.map_or(self.stages.len(), |stage| stage.root);
        self.stages.push(StageVariables {
            parent,
            root,
            base,
            writes: self.len()..self.len(),
        });
    }

    pub(super) fn push(&mut self, write: Write) {
        let number = self.writes.len();
        match &write.name {
            Some(name) => self.by_name.entry(name.clone()).or_default().push(number),
            None => self.nameless.push(number),
        }
        self.writes.push(write);
        if let Some(stage) = self.stages.last_mut() {
            stage.writes.end = self.writes.len();
        }
    }

    /// The last write of a name in a part of the log. A later write without a known name hides it.
    fn last(
        &self,
        name: &str,
        range: Range<usize>,
        wanted: impl Fn(&Write) -> bool,
    ) -> Option<Variable> {
        let last = |numbers: &[usize]| {
            let before = numbers.partition_point(|number| *number < range.end);
            let candidates = numbers.get(..before).unwrap_or_default().iter().rev();
            candidates
                .take_while(|number| **number >= range.start)
                .find_map(|number| Some((*number, self.writes.get(*number).filter(|w| wanted(w))?)))
        };
        let named = self.by_name.get(name).and_then(|numbers| last(numbers));
        let nameless = last(&self.nameless);
        match (named, nameless) {
            (named, Some((number, _))) if named.is_none_or(|(other, _)| other < number) => {
                Some(self.unfollowed(name, number))
            }
            (Some((_, write)), _) => Some(Variable {
                value: write.value.clone(),
                set: write.set,
            }),
            (None, _) => None,
        }
    }

    /// The value of any variable after a write that may be meant for it or for another one. It equals only what the same
    /// variable is after the same history.
    fn unfollowed(&self, name: &str, number: usize) -> Variable {
        let history = self.writes.get(..=number).unwrap_or_default();
        let inputs: Vec<&Value> = history.iter().map(|write| &write.value).collect();
        let mut what = String::from(name);
        for write in history {
            what.push('\0');
            what.push_str(write.name.as_deref().unwrap_or("\0"));
        }
        Variable {
            value: Value::unfollowed(&what, &inputs),
            set: false,
        }
    }

    fn in_stage(&self, name: &str, number: usize, limit: usize) -> Option<Variable> {
        let stage = self.stages.get(number)?;
        let own = stage.writes.start..stage.writes.end.min(limit);
        self.last(name, own, |_| true)
            .or_else(|| self.inherited(name, stage))
    }

    /// What a stage starts with: at its FROM the image's variables are applied again on top of the arguments of the
    /// stages below (semantics B.3, C.0.5).
    fn inherited(&self, name: &str, stage: &StageVariables) -> Option<Variable> {
        let Some(parent) = stage.parent else {
            return stage.base.find(name);
        };
        // Chains may be long, and most names that are looked up in vain are written nowhere.
        if self.nameless.is_empty() && !self.by_name.contains_key(name) {
            return self.stages.get(stage.root)?.base.find(name);
        }
        let env = self.last_env(name, parent, usize::MAX);
        if let Some(env) = env.as_ref().filter(|env| env.set) {
            return Some(env.clone());
        }
        let arg = self.last_arg(name, parent);
        match (env, arg) {
            (Some(env), Some(arg)) => Some(Variable {
                set: arg.set,
                value: Value::modified(env.value, "-", arg.value),
            }),
            (Some(env), None) => Some(env),
            (None, arg) => arg,
        }
    }

    /// The image's variable at a place of a stage.
    fn last_env(&self, name: &str, mut number: usize, limit: usize) -> Option<Variable> {
        loop {
            let stage = self.stages.get(number)?;
            let own = stage.writes.start..stage.writes.end.min(limit);
            let found = self.last(name, own, |write| write.kind == WriteKind::Env);
            let found = found.or_else(|| match stage.parent {
                Some(_) => None,
                None => stage.base.find(name),
            });
            if found.is_some() {
                return found;
            }
            number = stage.parent?;
        }
    }

    /// The last ARG of a name in a stage chain.
    fn last_arg(&self, name: &str, mut number: usize) -> Option<Variable> {
        loop {
            let stage = self.stages.get(number)?;
            let found = self.last(name, stage.writes.clone(), |write| {
                write.kind == WriteKind::Arg
            });
            if found.is_some() {
                return found;
            }
            number = stage.parent?;
        }
    }
}

impl BaseVariables {
    fn find(&self, name: &str) -> Option<Variable> {
        let literal = |text: &str| Variable {
            value: Value::literal(text),
            set: true,
        };
        if let Some(value) = self.known.get(name) {
            return Some(literal(value));
        }
        let path = name == "PATH";
        if self.complete {
            return path.then(|| literal(DEFAULT_PATH));
        }
        Some(Variable {
            value: Value::part(Part::FromBase(format_smolstr!("{} ${name}", self.image))),
            // The builder sets PATH where the image doesn't.
            set: path,
        })
    }
}

/// An argument that the builder sets before the first FROM; nobody knows its value here.
fn automatic(name: &str) -> Option<Variable> {
    AUTOMATIC.contains(&name).then(|| Variable {
        value: Value::part(Part::BuildArg {
            name: name.into(),
            default: None,
        }),
        set: true,
    })
}
