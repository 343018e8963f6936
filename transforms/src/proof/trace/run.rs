//! RUN, the words of CMD and ENTRYPOINT, and what `from` names (semantics A.7, B.1, B.5).

use std::borrow::Cow;

use super::build::{Builder, State, malformed};
use super::config::Argv;
use super::mount::{self, MountSource};
use super::{Exec, Op, Step, TraceError};
use crate::model::{Form, Instruction, Value};

impl<'a> Builder<'a, '_> {
    /// The words of CMD, ENTRYPOINT, or of a RUN without heredocs.
    pub(super) fn argv(
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

    pub(super) fn run(
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
        state.steps.push(Step::new(instruction, op));
        Ok(())
    }

    /// A stage by name in any letter case, the last of several, when it stands above (semantics B.1).
    pub(super) fn named_stage(
        &self,
        name: &str,
        current: usize,
    ) -> Result<Option<usize>, TraceError> {
        match self.names.get(name.to_ascii_lowercase().as_str()) {
            Some(stage) if *stage >= current => Err(TraceError(format!(
                "stage `{name}` needs to be defined before it is used"
            ))),
            Some(stage) => Ok(Some(*stage)),
            None => Ok(None),
        }
    }

    pub(super) fn mount_source(
        &self,
        name: &str,
        current: usize,
    ) -> Result<MountSource, TraceError> {
        Ok(match self.named_stage(name, current)? {
            Some(stage) => MountSource::Stage(stage),
            None => MountSource::Image(self.image(&Value::literal(name))?),
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

    pub(super) fn trigger_text(&self, outer: &Instruction, trigger: &Instruction) -> String {
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

/// Whether a text is nothing but the operator of one heredoc.
fn is_lone_heredoc(text: &str) -> bool {
    let rest = text.trim().trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix("<<").is_some_and(|name| {
        let name = name.strip_prefix('-').unwrap_or(name).trim_start();
        !name.is_empty() && !name.contains(['<', ' ', '\t'])
    })
}
