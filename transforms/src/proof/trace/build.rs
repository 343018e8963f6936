//! From an analysis to its trace: the part of `convert.go` that keeps the state of a stage.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::config::{Argv, Config, Ports, Shell};
use super::env::{Building, Envs};
use super::scope::{GlobalScope, StageScope, automatic, build_arg, from_base, is_special};
use super::{Base, Op, Stage, Step, Trace, TraceError, World, is_below, reference};
use crate::Settings;
use crate::images::{BaseConfig, Distribution, Entrypoint, base_config};
use crate::model::{
    Analysis, Args, ExpandError, Instruction, InstructionKind, Part, Value, expand,
};
use crate::settings;

/// Computes the trace of a file.
///
/// # Errors
/// When the build would fail whatever the arguments and images, or does what can't be followed.
pub(crate) fn build<'a>(
    analysis: &'a Analysis,
    settings: &Settings,
    world: &World<'_>,
) -> Result<Trace<'a>, TraceError> {
    if let Some(error) = analysis.errors.first() {
        return Err(TraceError(error.message.to_string()));
    }
    let mut names = FxHashMap::default();
    for stage in &analysis.stages {
        if let Some(name) = &stage.name {
            names.insert(name.clone(), stage.index);
        }
    }
    let mut builder = Builder {
        analysis,
        settings,
        world,
        envs: Envs::default(),
        globals: Building::default(),
        names,
        ends: Vec::new(),
        stages: Vec::new(),
        specials: BTreeMap::new(),
        size: 0,
        triggers: 0,
    };
    builder.globals()?;
    for index in 0..analysis.stages.len() {
        builder.stage(index)?;
    }
    Ok(Trace {
        stages: builder.stages,
        envs: builder.envs,
        specials: builder.specials,
    })
}

pub(super) struct Builder<'a, 'w> {
    pub(super) analysis: &'a Analysis,
    settings: &'w Settings,
    world: &'w World<'w>,
    pub(super) envs: Envs,
    pub(super) globals: Building,
    /// The last stage of each name.
    pub(super) names: FxHashMap<SmolStr, usize>,
    /// The states at the ends of the stages.
    ends: Vec<State<'a>>,
    stages: Vec<Stage<'a>>,
    specials: BTreeMap<SmolStr, Value>,
    /// The size of all stored values.
    size: usize,
    /// How many triggers have run.
    triggers: usize,
}

/// The size of all values of variables together beyond which a file isn't followed: it makes them grow on purpose.
const MAX_SIZE: usize = 16 << 20;
/// The nesting of a value beyond which it isn't followed.
const MAX_DEPTH: usize = 30;

/// How many triggers are followed.
const MAX_TRIGGERS: usize = 10_000;

/// What a stage has become so far.
#[derive(Debug, Clone)]
pub(super) struct State<'a> {
    /// The stage whose base image is unknown; `None` when everything is known.
    pub(super) root: Option<usize>,
    pub(super) env: Building,
    pub(super) config: Config<'a>,
    pub(super) steps: Vec<Step<'a>>,
    pub(super) specials: BTreeMap<SmolStr, Value>,
    entrypoint: Option<Entrypoint>,
    distribution: Option<Distribution>,
    pub(super) foreign: bool,
}

impl From<ExpandError> for TraceError {
    fn from(error: ExpandError) -> Self {
        Self(error.to_string())
    }
}

impl<'a> Builder<'a, '_> {
    pub(super) fn known(&self) -> bool {
        self.world.build_args.is_some()
    }

    /// What an ARG gives: the build argument, else the default; `None` when it is certainly not set.
    pub(super) fn argument(&self, name: &str, default: Option<Value>) -> Option<Value> {
        match self.world.build_args {
            Some(args) => args
                .get(name)
                .map(|value| Value::literal(value))
                .or(default),
            None => Some(build_arg(name, default)),
        }
    }

    pub(super) fn globals(&mut self) -> Result<(), TraceError> {
        let first = self.analysis.stages.first().map_or(0, |stage| stage.from);
        let before = self.analysis.instructions.get(..first).unwrap_or_default();
        for instruction in before {
            let Args::Pairs(pairs) = &instruction.args else {
                return Err(TraceError(
                    "an instruction before the first FROM".to_owned(),
                ));
            };
            for pair in pairs {
                let name = pair.name.text.as_str();
                let default = match &pair.value {
                    Some(word) => Some(self.expand_global(&word.text)?),
                    None => automatic(name, self.known()),
                };
                let value = self.argument(name, default);
                if is_special(name) {
                    let value = value.clone().unwrap_or_default();
                    self.specials.insert(name.into(), value);
                }
                if let Some(value) = value {
                    self.bound(&value)?;
                    self.globals.set(&mut self.envs, name, value);
                }
            }
        }
        Ok(())
    }

    /// Takes note of a value that is going to be stored.
    pub(super) fn bound(&mut self, value: &Value) -> Result<(), TraceError> {
        let (size, depth) = value.measure();
        self.size += size;
        if self.size > MAX_SIZE || depth > MAX_DEPTH {
            return Err(TraceError(
                "a variable grows too large to follow".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn expand_global(&self, text: &str) -> Result<Value, TraceError> {
        let scope = GlobalScope {
            envs: &self.envs,
            env: &self.globals,
            known: self.known(),
        };
        Ok(expand(text, self.analysis.escape, &scope)?.value)
    }

    pub(super) fn expand(&self, text: &str, state: &State<'_>) -> Result<Value, TraceError> {
        Ok(expand(text, self.analysis.escape, &self.scope(state))?.value)
    }

    pub(super) fn scope<'s>(&'s self, state: &'s State<'_>) -> StageScope<'s> {
        StageScope {
            envs: &self.envs,
            env: &state.env,
            root: state.root,
        }
    }

    pub(super) fn stage(&mut self, index: usize) -> Result<(), TraceError> {
        let analysis = self.analysis;
        let missing = || TraceError("a stage without a FROM".to_owned());
        let stage = analysis.stages.get(index).ok_or_else(missing)?;
        let from = analysis.instructions.get(stage.from).ok_or_else(missing)?;
        let Args::From { image, .. } = &from.args else {
            return Err(missing());
        };
        let image = self.expand_global(&image.text)?;
        let platform = match from.flag("platform").and_then(|flag| flag.value.as_deref()) {
            Some(text) => Some(self.expand_global(text)?),
            None => None,
        };
        let target = automatic("TARGETPLATFORM", self.known());
        let platform = platform.filter(|value| Some(value) != target.as_ref());
        let base = self.base(index, &image)?;
        let mut state = self.start(index, &base, platform.as_ref());
        for trigger in std::mem::take(&mut state.config.triggers) {
            self.triggers += 1;
            if self.triggers > MAX_TRIGGERS {
                return Err(TraceError("too many triggers to follow".to_owned()));
            }
            self.dispatch(trigger, index, &mut state)?;
        }
        state.config.onbuild.clear();
        let instructions = analysis
            .instructions
            .get(stage.instructions.clone())
            .unwrap_or_default();
        for instruction in instructions {
            self.dispatch(instruction, index, &mut state)?;
        }
        if self.settings.builder != settings::Builder::BuildKit {
            self.doubt_directories(&mut state.steps);
        }
        self.stages.push(Stage {
            name: stage.name.clone(),
            base,
            platform,
            steps: std::mem::take(&mut state.steps),
            config: state.config.clone(),
            specials: std::mem::take(&mut state.specials),
            base_entrypoint: state.entrypoint,
            distribution: state.distribution,
            foreign: state.foreign,
            instructions,
        });
        self.ends.push(state);
        Ok(())
    }

    /// Finds the directories that not every builder makes: see [`Mkdir::certain`].
    fn doubt_directories(&self, steps: &mut [Step<'a>]) {
        let sets_user = |first: &Step<'_>, next: &Step<'_>| {
            let between = first.instruction.index..next.instruction.index;
            let between = self.analysis.instructions.get(between).unwrap_or_default();
            between.iter().any(|it| it.kind == InstructionKind::User)
        };
        let mut next: Option<&Step<'_>> = None;
        for step in steps.iter_mut().rev() {
            let same_user = next.is_some_and(|next| !sets_user(step, next));
            if let Op::Mkdir(dir) = &mut step.op {
                dir.certain = same_user
                    && match next.map(|next| &next.op) {
                        Some(Op::Exec(_)) => true,
                        // buildah gives the directory to the owner of what is copied, too.
                        Some(Op::Copy(copy)) => copy.owner.is_none() && copy.mode.is_none(),
                        // A directory above one that is made is made with it.
                        Some(Op::Mkdir(below)) => {
                            let known = (below.path.known(), dir.path.known());
                            below.certain
                                && matches!(known, (Some(below), Some(dir)) if is_below(below, dir))
                        }
                        None => false,
                    };
            }
            next = Some(step);
        }
    }

    /// What a FROM names: the nearest stage above with exactly this name, else an image (semantics B.1).
    pub(super) fn base(&self, index: usize, image: &Value) -> Result<Base, TraceError> {
        let Some(name) = image.known() else {
            return Ok(Base::Image(image.clone()));
        };
        let above = self.analysis.stages.get(..index).unwrap_or_default();
        let stage = above
            .iter()
            .rev()
            .find(|stage| stage.name.as_deref() == Some(name));
        match stage {
            Some(stage) => Ok(Base::Stage(stage.index)),
            None if name == "scratch" => Ok(Base::Scratch),
            None if name.is_empty() => Err(TraceError("FROM without a name".to_owned())),
            None => Ok(Base::Image(self.image(image)?)),
        }
    }

    /// An image reference in one spelling. What can't be one fails in a build; but it may be a placeholder that
    /// something fills in before, so it stays as written unless this very build is asked for.
    pub(super) fn image(&self, reference: &Value) -> Result<Value, TraceError> {
        match reference::normalise(reference) {
            Err(_) if !self.known() => Ok(reference.clone()),
            result => result,
        }
    }

    pub(super) fn start(
        &mut self,
        index: usize,
        base: &Base,
        platform: Option<&Value>,
    ) -> State<'a> {
        if let Base::Stage(parent) = base
            && let Some(end) = self.ends.get(*parent)
        {
            let mut state = end.clone();
            state.config.cmd_set = false;
            self.cross_boundary(&mut state);
            return state;
        }
        let known = match base {
            Base::Image(image) => base_config(image, self.settings),
            _ => BaseConfig::scratch(),
        };
        let foreign = is_windows(base, platform);
        let certain = *base == Base::Scratch || self.world.base.is_some();
        let or_base = |text: Option<&SmolStr>, name: &str| match text {
            Some(text) if known.onbuild != Some(true) => Value::literal(text),
            _ => from_base(index, name),
        };
        let mut state = State {
            root: (!certain).then_some(index),
            env: Building::default(),
            config: Config {
                user: or_base(known.user.as_ref(), "the user"),
                workdir: or_base(known.workdir.as_ref(), "the working directory"),
                workdir_set: false,
                shell: match known.shell {
                    Some(shell) if known.onbuild != Some(true) => Shell::Known(shell.into()),
                    _ => Shell::Base,
                },
                shell_set: false,
                env: Vec::new(),
                env_at: FxHashMap::default(),
                cmd: Argv::Base,
                cmd_set: false,
                entrypoint: Argv::Base,
                ports: Ports::default(),
                volumes: FxHashSet::default(),
                labels: FxHashMap::default(),
                stop_signal: None,
                healthcheck: None,
                onbuild: Vec::new(),
                triggers: Vec::new(),
                author: None,
            },
            steps: Vec::new(),
            specials: BTreeMap::new(),
            entrypoint: known.entrypoint.filter(|_| known.onbuild != Some(true)),
            distribution: known.distribution,
            foreign,
        };
        for (name, value) in &known.env {
            self.set_env(&mut state, name, Value::literal(value));
        }
        if *base == Base::Scratch {
            let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
            self.set_env(&mut state, "PATH", Value::literal(path));
            state.config.cmd = Argv::Exec(Vec::new());
            state.config.entrypoint = Argv::Exec(Vec::new());
        }
        if let Some(base) = self.world.base {
            for (name, value) in &base.env {
                self.set_env(&mut state, name, Value::literal(value));
            }
            state.config.user = Value::default();
            state.config.workdir = Value::literal("/");
            state.config.shell = Shell::Known(Rc::from(["/bin/sh".into(), "-c".into()]));
            state.config.cmd = Argv::Exec(base.cmd.clone());
            state.config.entrypoint = Argv::Exec(Vec::new());
        }
        state
    }

    /// At a stage boundary the variables of the image are applied again, over the arguments (C.0.5).
    pub(super) fn cross_boundary(&mut self, state: &mut State<'a>) {
        if let Some(root) = state.root {
            for (name, value) in state.env.all(&self.envs) {
                let crossed = matches!(value.parts(), [Part::Modified { modifier, .. }] if modifier == "boundary");
                if !crossed && state.config.env(&name).is_none() {
                    // The base image may have a variable of the argument's name, or not.
                    let value = Value::modified(from_base(root, &name), "boundary", value);
                    state.env.set(&mut self.envs, &name, value);
                }
            }
        }
        for (name, value) in &state.config.env {
            state.env.set(&mut self.envs, name, value.clone());
        }
    }

    pub(super) fn set_env(&mut self, state: &mut State<'a>, name: &str, value: Value) {
        state.env.set(&mut self.envs, name, value.clone());
        state.config.set_env(name, value);
    }
}

pub(super) fn malformed(instruction: &Instruction) -> TraceError {
    TraceError(format!(
        "{:?} without the arguments it needs",
        instruction.kind
    ))
}

/// Whether a stage is for Windows, as far as its image or platform says.
fn is_windows(base: &Base, platform: Option<&Value>) -> bool {
    let platform = platform.is_some_and(|value| value.prefix().starts_with("windows"));
    let image = match base {
        Base::Image(image) => image.to_string().to_ascii_lowercase(),
        _ => return platform,
    };
    platform
        || ["windows", "nanoserver", "servercore"]
            .iter()
            .any(|word| image.contains(word))
}
