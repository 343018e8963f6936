//! Which CMD and ENTRYPOINT are in effect at the end of each stage (semantics B.8).

use crate::model::{Analysis, Args, Base, Form, Instruction, InstructionKind};

/// CMD and ENTRYPOINT of every stage.
pub(crate) struct Processes<'a> {
    analysis: &'a Analysis,
    stages: Vec<Process<'a>>,
}

/// What starts a container of a stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process<'a> {
    /// The entrypoint.
    pub(crate) entrypoint: Setting<'a>,
    /// The command.
    pub(crate) cmd: Setting<'a>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Setting<'a> {
    /// The base image at the root of the stage chain.
    Base,
    /// There is none.
    None,
    /// An instruction.
    At(&'a Instruction),
}

impl<'a> Processes<'a> {
    pub(crate) fn of(analysis: &'a Analysis) -> Self {
        let mut stages: Vec<Process<'a>> = Vec::new();
        for stage in &analysis.stages {
            let inherited = match stage.base {
                Base::Stage(parent) => stages.get(parent).copied(),
                Base::Scratch => Some(Process::of(Setting::None)),
                Base::Image(_) => None,
            };
            let mut process = inherited.unwrap_or(Process::of(Setting::Base));
            // The triggers of the stage that this one is built on run first.
            let parent = match stage.base {
                Base::Stage(parent) => Some(parent),
                _ => None,
            };
            let triggers = parent.into_iter().flat_map(|parent| {
                analysis
                    .stage_instructions(parent)
                    .filter_map(|instruction| match &instruction.args {
                        Args::Trigger(trigger) => Some(&**trigger),
                        _ => None,
                    })
            });
            let mut cmd_set = false;
            for instruction in triggers.chain(analysis.stage_instructions(stage.index)) {
                match instruction.kind {
                    InstructionKind::Cmd => {
                        process.cmd = setting(instruction);
                        cmd_set = true;
                    }
                    InstructionKind::Entrypoint => {
                        process.entrypoint = setting(instruction);
                        // It clears an inherited CMD, not one of its own stage.
                        if !cmd_set {
                            process.cmd = Setting::None;
                        }
                    }
                    _ => {}
                }
            }
            stages.push(process);
        }
        Self { analysis, stages }
    }

    /// Whether another instruction of the same kind follows in the same stage, so that this one does nothing.
    pub(crate) fn is_overridden(&self, instruction: &Instruction) -> bool {
        let Some(stage) = instruction.stage else {
            return false;
        };
        let mut last = self.analysis.stage_instructions(stage).rev();
        last.find(|other| other.kind == instruction.kind)
            .is_some_and(|last| last.index > instruction.index)
    }

    /// The stages in which a CMD or ENTRYPOINT is in effect.
    pub(crate) fn stages_of<'s>(
        &'s self,
        instruction: &'s Instruction,
    ) -> impl Iterator<Item = (usize, Process<'a>)> + 's {
        let stages = self.stages.iter().copied().enumerate();
        stages.filter(move |(_, process)| {
            let is_it =
                |setting| matches!(setting, Setting::At(other) if other.index == instruction.index);
            is_it(process.cmd) || is_it(process.entrypoint)
        })
    }

    /// Whether a stage whose base depends on a build argument may be built on this one.
    pub(crate) fn may_have_unknown_children(&self, stage: usize) -> bool {
        let stage = self.analysis.stages.get(stage);
        stage.is_some_and(|stage| !stage.possible_children.is_empty())
    }
}

impl<'a> Process<'a> {
    fn of(setting: Setting<'a>) -> Self {
        Self {
            entrypoint: setting,
            cmd: setting,
        }
    }
}

/// What an instruction sets; an empty array sets nothing.
fn setting(instruction: &Instruction) -> Setting<'_> {
    match &instruction.args {
        Args::Command(command) => match &command.form {
            Form::Exec(items) if items.is_empty() => Setting::None,
            _ => Setting::At(instruction),
        },
        _ => Setting::At(instruction),
    }
}
