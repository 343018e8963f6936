//! From an analysis to its trace: the part of `convert.go` that keeps the state of a stage.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::{SmolStr, format_smolstr};

use super::config::{Argv, Config, HealthTest, Healthcheck, Ports, Shell, is_signal};
use super::env::{Building, Envs};
use super::mount::MountSource;
use super::{Base, Exec, Mkdir, Op, Stage, Step, Trace, TraceError, World, mount, path, reference};
use crate::Settings;
use crate::images::{BaseConfig, Distribution, Entrypoint, base_config};
use crate::model::{
    Analysis, Args, ExpandError, Form, Instruction, InstructionKind, Part, Scope, Value, expand,
    expand_words,
};

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
    globals: Building,
    /// The last stage of each name.
    names: FxHashMap<SmolStr, usize>,
    /// The states at the ends of the stages.
    ends: Vec<State<'a>>,
    stages: Vec<Stage<'a>>,
    specials: BTreeMap<SmolStr, Value>,
    /// The size of all stored values.
    size: usize,
}

/// The size of all values of variables together beyond which a file isn't followed: it makes them grow on purpose.
const MAX_SIZE: usize = 16 << 20;
/// The nesting of a value beyond which it isn't followed.
const MAX_DEPTH: usize = 30;

/// What a stage has become so far.
#[derive(Debug, Clone)]
pub(super) struct State<'a> {
    /// The stage whose base image is unknown; `None` when everything is known.
    root: Option<usize>,
    pub(super) env: Building,
    pub(super) config: Config<'a>,
    pub(super) steps: Vec<Step<'a>>,
    specials: BTreeMap<SmolStr, Value>,
    entrypoint: Option<Entrypoint>,
    distribution: Option<Distribution>,
    foreign: bool,
}

/// The variables of a stage.
pub(super) struct StageScope<'s> {
    envs: &'s Envs,
    env: &'s Building,
    root: Option<usize>,
}

impl Scope for StageScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        match (self.env.get(self.envs, name), self.root) {
            (Some(value), _) => Some(value.clone()),
            (None, Some(root)) => Some(from_base(root, name)),
            (None, None) => None,
        }
    }
}

/// The variables of FROM lines.
struct GlobalScope<'s> {
    envs: &'s Envs,
    env: &'s Building,
    known: bool,
}

impl Scope for GlobalScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.env
            .get(self.envs, name)
            .cloned()
            .or_else(|| automatic(name, self.known))
    }
}

fn from_base(root: usize, name: &str) -> Value {
    Value::part(Part::FromBase(format_smolstr!("{root}:{name}")))
}

/// The automatic platform arguments (`platform.go: defaultArgs`); those of a build on linux/amd64 when the world is
/// known.
fn automatic(name: &str, known: bool) -> Option<Value> {
    let concrete = match name {
        "TARGETPLATFORM" | "BUILDPLATFORM" => "linux/amd64",
        "TARGETOS" | "BUILDOS" => "linux",
        "TARGETARCH" | "BUILDARCH" => "amd64",
        "TARGETVARIANT" | "BUILDVARIANT" | "TARGETOSVERSION" | "BUILDOSVERSION" => "",
        "TARGETSTAGE" => "default",
        _ => return None,
    };
    Some(if known {
        Value::literal(concrete)
    } else {
        build_arg(name, None)
    })
}

fn build_arg(name: &str, default: Option<Value>) -> Value {
    match &default {
        Some(value) if matches!(value.parts(), [Part::BuildArg { name: inner, .. }] if inner == name) => {
            value.clone()
        }
        _ => Value::part(Part::BuildArg {
            name: name.into(),
            default: default.map(Box::new),
        }),
    }
}

/// Arguments that change the build although nothing mentions them (semantics B.3).
fn is_special(name: &str) -> bool {
    name.starts_with("BUILDKIT_") || name == "SOURCE_DATE_EPOCH"
}

impl From<ExpandError> for TraceError {
    fn from(error: ExpandError) -> Self {
        Self(error.to_string())
    }
}

impl<'a> Builder<'a, '_> {
    fn known(&self) -> bool {
        self.world.build_args.is_some()
    }

    /// What an ARG gives: the build argument, else the default; `None` when it is certainly not set.
    fn argument(&self, name: &str, default: Option<Value>) -> Option<Value> {
        match self.world.build_args {
            Some(args) => args
                .get(name)
                .map(|value| Value::literal(value))
                .or(default),
            None => Some(build_arg(name, default)),
        }
    }

    fn globals(&mut self) -> Result<(), TraceError> {
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
    fn bound(&mut self, value: &Value) -> Result<(), TraceError> {
        let (size, depth) = value.measure();
        self.size += size;
        if self.size > MAX_SIZE || depth > MAX_DEPTH {
            return Err(TraceError(
                "a variable grows too large to follow".to_owned(),
            ));
        }
        Ok(())
    }

    fn expand_global(&self, text: &str) -> Result<Value, TraceError> {
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

    fn stage(&mut self, index: usize) -> Result<(), TraceError> {
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

    /// What a FROM names: the nearest stage above with exactly this name, else an image (semantics B.1).
    fn base(&self, index: usize, image: &Value) -> Result<Base, TraceError> {
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
            None => Ok(Base::Image(reference::normalise(image)?)),
        }
    }

    fn start(&mut self, index: usize, base: &Base, platform: Option<&Value>) -> State<'a> {
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
    fn cross_boundary(&mut self, state: &mut State<'a>) {
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

    fn set_env(&mut self, state: &mut State<'a>, name: &str, value: Value) {
        state.env.set(&mut self.envs, name, value.clone());
        state.config.set_env(name, value);
    }

    fn dispatch(
        &mut self,
        instruction: &'a Instruction,
        stage: usize,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        match instruction.kind {
            InstructionKind::Run => self.run(instruction, stage, state)?,
            InstructionKind::Copy | InstructionKind::Add => {
                self.copy(instruction, stage, state)?;
            }
            InstructionKind::Cmd => {
                state.config.cmd = self.argv(instruction, state)?;
                state.config.cmd_set = true;
            }
            InstructionKind::Entrypoint => {
                state.config.entrypoint = self.argv(instruction, state)?;
                if !state.config.cmd_set {
                    state.config.cmd = Argv::Exec(Vec::new());
                }
            }
            InstructionKind::Shell => match &instruction.command().map(|command| &command.form) {
                Some(Form::Exec(words)) if !words.is_empty() => {
                    let words = words.iter().map(|word| word.value.clone());
                    state.config.shell = Shell::Known(words.collect());
                    state.config.shell_set = true;
                }
                _ => return Err(TraceError("SHELL needs a JSON array".to_owned())),
            },
            InstructionKind::Env | InstructionKind::Label | InstructionKind::Arg => {
                self.pairs(instruction, state)?;
            }
            InstructionKind::Workdir => self.workdir(instruction, state)?,
            InstructionKind::User => state.config.user = self.value(instruction, state)?,
            InstructionKind::Stopsignal => {
                let signal = self.value(instruction, state)?;
                if signal.known().is_some_and(|name| !is_signal(name)) {
                    return Err(TraceError(format!("STOPSIGNAL: no signal `{signal}`")));
                }
                state.config.stop_signal = Some(signal);
            }
            InstructionKind::Maintainer => match &instruction.args {
                Args::Value(word) => state.config.author = Some(word.text.clone()),
                _ => return Err(malformed(instruction)),
            },
            InstructionKind::Expose | InstructionKind::Volume => {
                self.words(instruction, state)?;
            }
            InstructionKind::Healthcheck => self.healthcheck(instruction, state)?,
            InstructionKind::Onbuild => match &instruction.args {
                Args::Trigger(trigger) => {
                    let text = self.trigger_text(instruction, trigger);
                    state.config.onbuild.push(text);
                    state.config.triggers.push(trigger);
                }
                _ => return Err(malformed(instruction)),
            },
            InstructionKind::From | InstructionKind::Unknown => {
                return Err(malformed(instruction));
            }
        }
        Ok(())
    }

    fn value(&self, instruction: &Instruction, state: &State<'_>) -> Result<Value, TraceError> {
        match &instruction.args {
            Args::Value(word) => self.expand(&word.text, state),
            _ => Err(malformed(instruction)),
        }
    }

    fn pairs(
        &mut self,
        instruction: &'a Instruction,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        let Args::Pairs(pairs) = &instruction.args else {
            return Err(malformed(instruction));
        };
        if instruction.kind == InstructionKind::Arg {
            // Several arguments of one ARG see each other; the pairs of one ENV or LABEL don't.
            for pair in pairs {
                let default = match &pair.value {
                    Some(word) => Some(self.expand(&word.text, state)?),
                    None => None,
                };
                self.stage_argument(&pair.name.text, default, state)?;
            }
            return Ok(());
        }
        let mut expanded = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let name = self.expand(&pair.name.text, state)?;
            let value = match &pair.value {
                Some(word) => self.expand(&word.text, state)?,
                None => return Err(malformed(instruction)),
            };
            expanded.push((name, value));
        }
        for (name, value) in expanded {
            if instruction.kind == InstructionKind::Label {
                self.bound(&value)?;
                state.config.labels.insert(name, value);
                continue;
            }
            self.bound(&value)?;
            match name.known() {
                Some(name) => self.set_env(state, name, value),
                None => {
                    return Err(TraceError(format!(
                        "ENV: the name `{name}` is only known when the image is built"
                    )));
                }
            }
        }
        Ok(())
    }

    /// ARG in a stage (`dispatchArg`): the build argument, the default, the global value, or what was set before.
    fn stage_argument(
        &mut self,
        name: &str,
        default: Option<Value>,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        let fallback = default.or_else(|| {
            let global = self.globals.get(&self.envs, name).cloned();
            global
                .or_else(|| automatic(name, self.known()))
                .or_else(|| self.scope(state).lookup(name))
        });
        let value = self.argument(name, fallback);
        if is_special(name) {
            let value = value.clone().unwrap_or_default();
            state.specials.insert(name.into(), value);
        }
        if let Some(value) = value {
            self.bound(&value)?;
            state.env.set(&mut self.envs, name, value);
        }
        Ok(())
    }

    fn workdir(
        &mut self,
        instruction: &'a Instruction,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        let dir = self.value(instruction, state)?;
        state.config.workdir_set = true;
        if dir.known() == Some("") {
            return Ok(());
        }
        let dir = path::join(&state.config.workdir, &dir);
        let cleaned = path::cleaned(&dir);
        state.config.workdir = dir;
        if cleaned.known() != Some("/") {
            let op = Op::Mkdir(Mkdir {
                path: cleaned,
                owner: state.config.user.clone(),
            });
            state.steps.push(Step { instruction, op });
        }
        Ok(())
    }

    fn words(&self, instruction: &Instruction, state: &mut State<'a>) -> Result<(), TraceError> {
        let Args::Words { words, .. } = &instruction.args else {
            return Err(malformed(instruction));
        };
        for word in words {
            if instruction.kind == InstructionKind::Volume {
                let volume = self.expand(&word.text, state)?;
                if volume.known() == Some("") {
                    return Err(TraceError("VOLUME: an empty path".to_owned()));
                }
                state.config.volumes.insert(volume);
                continue;
            }
            let expanded = expand_words(&word.text, self.analysis.escape, &self.scope(state))?;
            if expanded.may_split {
                state.config.ports.symbolic.insert(expanded.whole.value);
            } else {
                for port in &expanded.words {
                    state.config.ports.add(port)?;
                }
            }
        }
        Ok(())
    }

    fn healthcheck(
        &self,
        instruction: &'a Instruction,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        let test = match &instruction.args {
            Args::None => HealthTest::None,
            Args::Command(command) => match &command.form {
                Form::Exec(words) => {
                    HealthTest::Exec(words.iter().map(|word| word.value.clone()).collect())
                }
                Form::Shell { text, script } => HealthTest::Shell {
                    text: Cow::Borrowed(text),
                    script: script.as_ref(),
                },
            },
            _ => return Err(malformed(instruction)),
        };
        let mut options = Vec::new();
        if test != HealthTest::None {
            for flag in &instruction.flags {
                options.push((flag.name.clone(), flag.value.clone().unwrap_or_default()));
            }
            options.sort();
        }
        state.config.healthcheck = Some(Healthcheck { test, options });
        Ok(())
    }

    /// The words of CMD, ENTRYPOINT, or of a RUN without heredocs.
    fn argv(
        &self,
        instruction: &'a Instruction,
        state: &State<'a>,
    ) -> Result<Argv<'a>, TraceError> {
        let command = instruction
            .command()
            .ok_or_else(|| malformed(instruction))?;
        Ok(match &command.form {
            Form::Exec(words) => Argv::Exec(words.iter().map(|word| word.value.clone()).collect()),
            Form::Shell { text, script } => Argv::Shell {
                shell: state.config.shell.clone(),
                text: Cow::Borrowed(text),
                script: script.as_ref(),
            },
        })
    }

    fn run(
        &mut self,
        instruction: &'a Instruction,
        stage: usize,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
        let mut argv = self.argv(instruction, state)?;
        let mut file = None;
        if argv.is_none() {
            return Err(TraceError("RUN without a program".to_owned()));
        }
        if let (Argv::Shell { text, script, .. }, [first, ..]) =
            (&mut argv, instruction.heredocs.as_slice())
        {
            if is_lone_heredoc(text) {
                let body = self.body(first);
                if body.starts_with("#!") && !state.foreign {
                    *text = Cow::Owned(format!("/dev/pipes/{}", first.name));
                    *script = None;
                    file = Some((first.name.clone(), body));
                } else {
                    *text = Cow::Owned(body);
                }
            } else {
                let mut full = text.to_string();
                for heredoc in &instruction.heredocs {
                    full.push('\n');
                    full.push_str(self.analysis.text(heredoc.body));
                    full.push_str(&heredoc.name);
                }
                *text = Cow::Owned(full);
                *script = None;
            }
        }
        let mut mounts = Vec::new();
        let mut sandbox = Vec::new();
        for flag in &instruction.flags {
            let value = flag.value.clone().unwrap_or_default();
            match flag.name.as_str() {
                "mount" => mounts.push(mount::parse(
                    &value,
                    &state.config.workdir,
                    |text| self.expand(text, state),
                    |from| self.mount_source(from, stage),
                )?),
                "network" if value == "default" => {}
                "security" if value == "sandbox" => {}
                "network" | "security" | "device" => sandbox.push((flag.name.clone(), value)),
                _ => return Err(TraceError(format!("RUN: no flag --{}", flag.name))),
            }
        }
        sandbox.sort();
        let op = Op::Exec(Box::new(Exec {
            argv,
            file,
            cwd: state.config.workdir.clone(),
            user: state.config.user.clone(),
            env: state.env.id(),
            mounts,
            sandbox,
        }));
        state.steps.push(Step { instruction, op });
        Ok(())
    }

    /// A stage by name in any letter case, the last of several, when it stands above (semantics B.1).
    fn named_stage(&self, name: &str, current: usize) -> Result<Option<usize>, TraceError> {
        match self.names.get(name.to_ascii_lowercase().as_str()) {
            Some(stage) if *stage >= current => Err(TraceError(format!(
                "stage `{name}` needs to be defined before it is used"
            ))),
            Some(stage) => Ok(Some(*stage)),
            None => Ok(None),
        }
    }

    fn mount_source(&self, name: &str, current: usize) -> Result<MountSource, TraceError> {
        Ok(match self.named_stage(name, current)? {
            Some(stage) => MountSource::Stage(stage),
            None => MountSource::Image(reference::normalise(&Value::literal(name))?),
        })
    }

    /// What `COPY --from` names: a stage by name or number, else an image.
    pub(super) fn copy_source(
        &self,
        name: &str,
        current: usize,
    ) -> Result<MountSource, TraceError> {
        if name.contains('$') {
            let why = "COPY: --from takes no variables";
            return Err(TraceError(why.to_owned()));
        }
        if let Ok(number) = name.parse::<usize>() {
            if number >= current {
                let why = format!("COPY: there is no stage {number} above");
                return Err(TraceError(why));
            }
            return Ok(MountSource::Stage(number));
        }
        self.mount_source(name, current)
    }

    fn trigger_text(&self, outer: &Instruction, trigger: &Instruction) -> String {
        let mut breaks: Vec<_> = outer.breaks.iter().chain(&trigger.breaks).collect();
        breaks.sort_by_key(|found| found.range.start());
        let mut text = String::new();
        let mut at = trigger.range.start();
        for found in breaks {
            if found.range.start() >= at && found.range.end() <= trigger.range.end() {
                let kept = dfix_syntax::TextRange::new(at, found.range.start());
                text.push_str(self.analysis.text(kept));
                at = found.range.end();
            }
        }
        if at < trigger.range.end() {
            let kept = dfix_syntax::TextRange::new(at, trigger.range.end());
            text.push_str(self.analysis.text(kept));
        }
        let heredocs = if trigger.heredocs.is_empty() {
            &outer.heredocs
        } else {
            &trigger.heredocs
        };
        for heredoc in heredocs {
            text.push('\n');
            text.push_str(self.analysis.text(heredoc.body));
            text.push_str(&heredoc.name);
        }
        text
    }
}

pub(super) fn malformed(instruction: &Instruction) -> TraceError {
    TraceError(format!(
        "{:?} without the arguments it needs",
        instruction.kind
    ))
}

/// Whether a text is nothing but the operator of one heredoc.
fn is_lone_heredoc(text: &str) -> bool {
    let rest = text.trim().trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix("<<").is_some_and(|name| {
        let name = name.strip_prefix('-').unwrap_or(name).trim_start();
        !name.is_empty() && !name.contains(['<', ' ', '\t'])
    })
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
