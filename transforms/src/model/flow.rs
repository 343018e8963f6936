//! Follows a file from its first instruction to its last: stages, variables and the state before each instruction.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use dfix_syntax::{SyntaxError, TextRange};

use super::expand::{ExpandError, MAX_VALUE_DEPTH, expand};
use super::instruction::{Args, Form, Instruction, InstructionKind, Pair, Word};
use super::scope::{BaseVariables, Variables, Write, WriteKind};
use super::stage::{Base, Stage, StageRef};
use super::state::State;
use super::value::{Expansion, Part, Value};
use crate::Settings;
use crate::images::{self, BaseConfig};

/// Stages, ONBUILD triggers that run again in a stage, and bytes of variable values beyond which a file isn't followed.
/// Real files stay far below; the limits keep the work on a hostile one linear.
const MAX_STAGES: usize = 1000;
const MAX_TRIGGERS: usize = 100_000;
const MAX_BYTES: usize = 64 << 20;

/// What following a file gives.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The state before each instruction.
    pub(super) states: Vec<Arc<State>>,
    /// How many writes each instruction sees.
    pub(super) visible: Vec<usize>,
    pub(super) variables: Variables,
    pub(super) stages: Vec<Stage>,
    /// The state after the last instruction of each stage.
    pub(super) ends: Vec<Arc<State>>,
    /// What the image at the root of each stage's chain is known to be, for the stages that are roots.
    pub(super) bases: Vec<Option<BaseConfig>>,
    /// Arguments that the builder can't expand.
    pub(super) expansion_errors: Vec<SyntaxError>,
    /// Why the file wasn't followed to its end.
    pub(super) too_large: Option<SyntaxError>,
}

/// Follows a file, and notes in each instruction which stage it belongs to.
pub(super) fn follow(instructions: &mut [Instruction], escape: char, settings: &Settings) -> Flow {
    let mut follower = Follower {
        escape,
        settings,
        flow: Flow::default(),
        state: Arc::new(State::unknown()),
        names: FxHashMap::default(),
        onbuild: Vec::new(),
        triggers: 0,
        bytes: 0,
    };
    follower.flow.states.reserve(instructions.len());
    follower.flow.visible.reserve(instructions.len());
    for index in 0..instructions.len() {
        let (before, rest) = instructions.split_at_mut(index);
        if let Some(instruction) = rest.first_mut() {
            follower.instruction(instruction, before);
        }
    }
    follower.close_stage(instructions.len());
    follower.references(instructions);
    follower.flow
}

struct Follower<'a> {
    escape: char,
    settings: &'a Settings,
    flow: Flow,
    /// Most instructions leave it as it is, so what they see is shared.
    state: Arc<State>,
    /// The nearest stage above of each name.
    names: FxHashMap<SmolStr, usize>,
    /// The ONBUILD instructions of each stage.
    onbuild: Vec<Vec<usize>>,
    triggers: usize,
    bytes: usize,
}

impl Follower<'_> {
    fn stage(&self) -> Option<usize> {
        self.flow.stages.len().checked_sub(1)
    }

    fn instruction(&mut self, instruction: &mut Instruction, before: &[Instruction]) {
        let index = instruction.index;
        if self.flow.too_large.is_some() {
            instruction.stage = self.stage();
            self.flow.states.push(Arc::new(State::unknown()));
            self.flow.visible.push(0);
            return;
        }
        if instruction.kind == InstructionKind::From {
            self.close_stage(index);
            self.flow.states.push(Arc::new(State::unknown()));
            let seen = self.flow.variables.here(None);
            self.flow.visible.push(seen.limit());
            self.from(instruction, before);
            instruction.stage = self.stage();
            return;
        }
        let stage = self.stage();
        instruction.stage = stage;
        let mut trigger = match &mut instruction.args {
            Args::Trigger(trigger) => Some(trigger),
            _ => None,
        };
        while let Some(inner) = trigger {
            inner.stage = stage;
            trigger = match &mut inner.args {
                Args::Trigger(trigger) => Some(trigger),
                _ => None,
            };
        }
        self.flow.states.push(self.state.clone());
        self.flow.visible.push(self.flow.variables.len());
        if instruction.kind == InstructionKind::Onbuild {
            if let Some(triggers) = stage.and_then(|stage| self.onbuild.get_mut(stage)) {
                triggers.push(index);
            }
        } else {
            self.apply(instruction, index);
        }
    }

    /// What an instruction, or a trigger that runs at `index`, changes for those after it.
    fn apply(&mut self, instruction: &Instruction, index: usize) {
        let stage = self.stage();
        if let (InstructionKind::Arg | InstructionKind::Env, Args::Pairs(pairs)) =
            (&instruction.kind, &instruction.args)
            && stage.is_some()
            && pairs.iter().any(|pair| pair.name.text == "BASH_ENV")
        {
            Arc::make_mut(&mut self.state).bash_env = true;
        }
        match (&instruction.kind, &instruction.args) {
            (InstructionKind::Arg, Args::Pairs(pairs)) => self.arg(pairs, index),
            (InstructionKind::Env, Args::Pairs(pairs)) if stage.is_some() => self.env(pairs, index),
            (InstructionKind::Workdir, Args::Value(word)) => {
                let path = self.value_of(word);
                let path = self.stored(path, word.range);
                let image = self.image_name(stage);
                Arc::make_mut(&mut self.state).set_workdir(path, &image);
                // Joining nests.
                let depth = self
                    .state
                    .workdir
                    .as_ref()
                    .map_or(0, |value| value.measure().1);
                if depth > MAX_VALUE_DEPTH {
                    self.too_large(word.range);
                    Arc::make_mut(&mut self.state).workdir = None;
                }
            }
            (InstructionKind::User, Args::Value(word)) => {
                let user = self.value_of(word);
                let user = self.stored(user, word.range);
                Arc::make_mut(&mut self.state).user = Some(user);
            }
            (InstructionKind::Shell, Args::Command(command)) => {
                if let Form::Exec(items) = &command.form {
                    let shell: Vec<SmolStr> = items.iter().map(|item| item.value.clone()).collect();
                    let windows = shell
                        .first()
                        .is_some_and(|program| is_windows_shell(program));
                    if let Some(stage) = self.flow.stages.last_mut() {
                        stage.windows |= windows;
                    }
                    Arc::make_mut(&mut self.state).shell = Some(shell);
                }
            }
            _ => {}
        }
    }

    /// ARG: each pair sees the ones before it.
    fn arg(&mut self, pairs: &[Pair], index: usize) {
        let stage = self.stage();
        for pair in pairs {
            let name = &pair.name.text;
            // The builder keeps these out of the environment (`convert.go: nonEnvArgs`).
            if stage.is_some() && name.starts_with("BUILDKIT_SBOM_SCAN_") {
                continue;
            }
            let here = self.flow.variables.here(stage);
            let (default, set) = match &pair.value {
                Some(word) => (Some(self.value_of(word)), true),
                None => {
                    let global = self.flow.variables.here(None).find(name);
                    let global = global.filter(|global| stage.is_some() && global.set);
                    let found = global.or_else(|| here.find(name));
                    match found {
                        Some(found) => (Some(found.value), found.set),
                        None => (None, false),
                    }
                }
            };
            let value = match default {
                // A build argument of this name is a build argument of this name.
                Some(value) if is_build_arg(&value, name) && pair.value.is_none() => value,
                default => Value::part(Part::BuildArg {
                    name: name.clone(),
                    default: default.map(Box::new),
                }),
            };
            let value = self.stored(value, pair.range);
            self.flow.variables.push(Write {
                instruction: index,
                kind: WriteKind::Arg,
                name: Some(name.clone()),
                value,
                set,
            });
        }
    }

    /// ENV: all pairs see what is set before the instruction.
    fn env(&mut self, pairs: &[Pair], index: usize) {
        let mut writes = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let name = self.value_of(&pair.name);
            let value = match &pair.value {
                Some(word) => self.value_of(word),
                None => Value::default(),
            };
            let value = self.stored(value, pair.range);
            writes.push(match name.known() {
                Some(known) => Write {
                    instruction: index,
                    kind: WriteKind::Env,
                    name: Some(known.into()),
                    value,
                    set: true,
                },
                None => Write {
                    instruction: index,
                    kind: WriteKind::Env,
                    name: None,
                    value: Value::unfollowed("ENV", &[&name, &value]),
                    set: false,
                },
            });
        }
        for write in writes {
            self.flow.variables.push(write);
        }
    }

    fn from(&mut self, instruction: &Instruction, before: &[Instruction]) {
        let number = self.flow.stages.len();
        if number >= MAX_STAGES {
            self.too_large(instruction.range);
        }
        let (base, name) = match &instruction.args {
            Args::From { image, name, .. } => {
                let value = self.global_value(&image.text, image.range);
                let stage = value.known().and_then(|name| self.names.get(name));
                let base = match (stage, value.known()) {
                    (Some(stage), _) => Base::Stage(*stage),
                    (None, Some("scratch")) => Base::Scratch,
                    _ => Base::Image(value),
                };
                let name = name
                    .as_ref()
                    .map(|name| SmolStr::new(name.text.to_lowercase()));
                (base, name)
            }
            _ => (Base::Image(Value::unfollowed("FROM", &[])), None),
        };
        let platform = instruction.flag("platform").map(|flag| {
            let text = flag.value.as_deref().unwrap_or_default();
            self.global_value(text, flag.range)
        });
        let parent = match base {
            Base::Stage(parent) => Some(parent),
            _ => None,
        };
        let root = parent.and_then(|parent| self.flow.stages.get(parent));
        let root = root.map_or(number, |stage| stage.root);
        let mut windows = self.escape == '`'
            || parent.is_some_and(|parent| {
                self.flow
                    .stages
                    .get(parent)
                    .is_some_and(|stage| stage.windows)
            });
        let mut config = None;
        let mut variables = BaseVariables::default();
        if let Some(parent) = parent {
            self.state = self
                .flow
                .ends
                .get(parent)
                .cloned()
                .unwrap_or_else(|| Arc::new(State::unknown()));
            if let Some(stage) = self.flow.stages.get_mut(parent) {
                stage.children.push(number);
            }
        } else {
            let known = match &base {
                Base::Image(reference) => images::base_config(reference, self.settings),
                _ => BaseConfig::scratch(),
            };
            let image = image_identity(&base, platform.as_ref());
            windows |= is_windows_name(&image);
            variables = base_variables(&known, base == Base::Scratch, image);
            self.state = Arc::new(base_state(&known));
            config = Some(known);
        }
        self.flow.variables.open(parent, variables);
        self.possible_parents(&base, number);
        self.flow.bases.push(config);
        self.onbuild.push(Vec::new());
        self.flow.stages.push(Stage {
            index: number,
            from: instruction.index,
            instructions: instruction.index + 1..instruction.index + 1,
            name: name.clone(),
            base,
            root,
            platform,
            windows,
            children: Vec::new(),
            possible_children: Vec::new(),
            references: Vec::new(),
        });
        if let Some(name) = name {
            self.names.insert(name, number);
        }
        if let Some(parent) = parent {
            self.run_triggers(parent, instruction, before);
        }
    }

    /// Runs the ONBUILD triggers of a stage in the stage that starts from it.
    fn run_triggers(&mut self, parent: usize, from: &Instruction, before: &[Instruction]) {
        let triggers = self.onbuild.get(parent).cloned().unwrap_or_default();
        self.triggers += triggers.len();
        if self.triggers > MAX_TRIGGERS {
            self.too_large(from.range);
            return;
        }
        for index in triggers {
            if let Some(trigger) = before.get(index) {
                self.apply(trigger.innermost(), from.index);
            }
        }
    }

    /// Stages above that a base which depends on a build argument may name.
    fn possible_parents(&mut self, base: &Base, number: usize) {
        let Base::Image(reference) = base else {
            return;
        };
        if reference.known().is_some() || number >= MAX_STAGES {
            return;
        }
        let prefix = reference.prefix().to_owned();
        let suffix = match reference.parts().last() {
            Some(Part::Literal(text)) => text.clone(),
            _ => SmolStr::default(),
        };
        for stage in &mut self.flow.stages {
            let fits = |name: &SmolStr| {
                name.len() >= prefix.len() + suffix.len()
                    && name.starts_with(&*prefix)
                    && name.ends_with(&*suffix)
            };
            if stage.name.as_ref().is_some_and(fits) {
                stage.possible_children.push(number);
            }
        }
    }

    fn close_stage(&mut self, end: usize) {
        if let Some(stage) = self.flow.stages.last_mut() {
            stage.instructions.end = end;
            self.flow.ends.push(self.state.clone());
        }
    }

    /// `COPY --from` and `RUN --mount=from=`: the last stage of a name in the file, whatever the letter case; a number
    /// only in COPY.
    fn references(&mut self, instructions: &[Instruction]) {
        if self.flow.stages.is_empty() {
            return;
        }
        for instruction in instructions {
            let inner = instruction.innermost();
            if inner.flags.is_empty() {
                continue;
            }
            match inner.kind {
                InstructionKind::Copy => {
                    if let Some(flag) = inner.flag("from")
                        && let (Some(value), Some(range)) = (&flag.value, flag.value_range)
                    {
                        let number = parse_index(value);
                        self.refer(instruction.index, value, range, number);
                    }
                }
                InstructionKind::Run => {
                    for mount in inner.mounts() {
                        if let (Some(from), Some(range)) = (mount.origin(), mount.range(&["from"]))
                        {
                            self.refer(instruction.index, from, range, None);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn refer(&mut self, instruction: usize, name: &str, range: TextRange, number: Option<usize>) {
        let found = match number {
            Some(number) => Some(number),
            None => self.names.get(&*name.to_lowercase()).copied(),
        };
        if let Some(stage) = found.and_then(|found| self.flow.stages.get_mut(found)) {
            stage.references.push(StageRef {
                instruction,
                range,
                by_number: number.is_some(),
            });
        }
    }

    /// Expands a word in the stage at hand.
    fn value_of(&mut self, word: &Word) -> Value {
        let expanded = {
            let scope = self.flow.variables.here(self.stage());
            expand(&word.text, self.escape, &scope)
        };
        self.expanded(expanded, &word.text, word.range)
    }

    /// Expands a text that sees the global arguments.
    fn global_value(&mut self, text: &str, range: TextRange) -> Value {
        let scope = self.flow.variables.here(None);
        let expanded = expand(text, self.escape, &scope);
        self.expanded(expanded, text, range)
    }

    fn expanded(
        &mut self,
        result: Result<Expansion, ExpandError>,
        text: &str,
        range: TextRange,
    ) -> Value {
        match result {
            Ok(expansion) => expansion.value,
            Err(ExpandError::TooLarge) => {
                self.too_large(range);
                Value::unfollowed(text, &[])
            }
            Err(error) => {
                self.flow.expansion_errors.push(SyntaxError {
                    range,
                    message: error.to_string(),
                });
                Value::unfollowed(text, &[])
            }
        }
    }

    /// Counts a value that is kept.
    fn stored(&mut self, value: Value, range: TextRange) -> Value {
        self.bytes += value.measure().0;
        if self.bytes > MAX_BYTES {
            self.too_large(range);
            return Value::default();
        }
        value
    }

    fn too_large(&mut self, range: TextRange) {
        self.flow.too_large.get_or_insert_with(|| SyntaxError {
            range,
            message: "dfix doesn't follow a file as large or deeply nested as this".to_owned(),
        });
    }

    /// Identifies the image at the root of a stage's chain.
    fn image_name(&self, stage: Option<usize>) -> SmolStr {
        let stage = stage.and_then(|stage| self.flow.stages.get(stage));
        let root = stage.and_then(|stage| self.flow.stages.get(stage.root));
        root.map_or_else(SmolStr::default, |root| {
            image_identity(&root.base, root.platform.as_ref())
        })
    }
}

fn image_identity(base: &Base, platform: Option<&Value>) -> SmolStr {
    let image = match base {
        Base::Image(reference) => format_smolstr!("{reference}"),
        Base::Scratch | Base::Stage(_) => "scratch".into(),
    };
    match platform {
        Some(platform) => format_smolstr!("{image} ({platform})"),
        None => image,
    }
}

fn base_state(config: &BaseConfig) -> State {
    State {
        workdir: config.workdir.as_deref().map(Value::literal),
        user: config.user.as_deref().map(Value::literal),
        shell: config.shell.clone(),
        bash_env: config.env.iter().any(|(name, _)| name == "BASH_ENV"),
        origin: config.origin,
    }
}

fn base_variables(config: &BaseConfig, complete: bool, image: SmolStr) -> BaseVariables {
    BaseVariables {
        image,
        known: config
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        complete,
    }
}

/// Go's `strconv.Atoi`, as far as it can name a stage.
fn parse_index(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}

fn is_build_arg(value: &Value, wanted: &str) -> bool {
    matches!(value.parts(), [Part::BuildArg { name, .. }] if name == wanted)
}

fn is_windows_shell(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.to_ascii_lowercase();
    matches!(
        name.strip_suffix(".exe").unwrap_or(&name),
        "cmd" | "powershell" | "pwsh"
    )
}

fn is_windows_name(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["windows", "nanoserver", "servercore"]
        .iter()
        .any(|hint| text.contains(hint))
}
