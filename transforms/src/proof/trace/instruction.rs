//! What each instruction but RUN, COPY and ADD does to the state of its stage.

use std::borrow::Cow;

use super::build::{Builder, State, malformed};
use super::config::{Argv, HealthTest, Healthcheck, Shell, is_signal};
use super::scope::{automatic, is_special};
use super::{Mkdir, Op, Step, TraceError, path};
use crate::model::{Args, Form, Instruction, InstructionKind, Scope, Value, expand_words};

impl<'a> Builder<'a, '_> {
    pub(super) fn dispatch(
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

    pub(super) fn value(
        &self,
        instruction: &Instruction,
        state: &State<'_>,
    ) -> Result<Value, TraceError> {
        match &instruction.args {
            Args::Value(word) => self.expand(&word.text, state),
            _ => Err(malformed(instruction)),
        }
    }

    pub(super) fn pairs(
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
    pub(super) fn stage_argument(
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

    pub(super) fn workdir(
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
                certain: true,
            });
            state.steps.push(Step::new(instruction, op));
        }
        Ok(())
    }

    pub(super) fn words(
        &self,
        instruction: &Instruction,
        state: &mut State<'a>,
    ) -> Result<(), TraceError> {
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

    pub(super) fn healthcheck(
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
                Form::Shell { text, .. } => HealthTest::Shell(Cow::Borrowed(text)),
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
}
