//! Which of the lines that change the state of a stage are needed in which of the two.

use super::plan::{Purpose, Step};
use crate::model::{Analysis, Args, Instruction, InstructionKind};

/// Leaves WORKDIR, USER, SHELL and ARG out of the stage that they don't matter for.
pub(super) fn settle(analysis: &Analysis, steps: &mut [Step<'_>], last_build: usize, download: bool) {
    for at in 0..steps.len() {
        let Some(step) = steps.get(at) else {
            continue;
        };
        if step.purpose != Purpose::Both {
            continue;
        }
        let kind = step.instruction.kind;
        let rest = || steps.iter().skip(at + 1);
        let in_runtime = |step: &&Step<'_>| step.purpose != Purpose::Build;
        let in_build = |step: &&Step<'_>| step.purpose != Purpose::Runtime && step.instruction.index <= last_build;
        let new = match kind {
            InstructionKind::Workdir | InstructionKind::User => {
                let last = !rest().any(|step| step.instruction.kind == kind);
                let until = rest().take_while(|step| step.instruction.kind != kind || kind == InstructionKind::Workdir && is_relative(step.instruction));
                let used = |step: &Step<'_>| uses(step.instruction, kind);
                let runtime = last || until.clone().filter(in_runtime).any(used) || rest().find(|step| step.instruction.kind == kind).is_some_and(|step| kind == InstructionKind::Workdir && is_relative(step.instruction));
                let build = until.filter(in_build).any(used) || !download;
                pick(build, runtime)
            }
            InstructionKind::Arg => {
                let names = names(step.instruction);
                let named = |step: &&Step<'_>| {
                    let text = step.runtime.as_deref().unwrap_or_else(|| analysis.text(step.instruction.range));
                    names.iter().any(|name| mentions(text, name))
                };
                let runs = |step: &&Step<'_>| step.instruction.kind == InstructionKind::Run;
                let runtime = rest().filter(in_runtime).any(|step| named(&step) || runs(&step) && !download);
                let build = rest().filter(in_build).any(|step| named(&step)) || !download || !runtime;
                pick(build, runtime)
            }
            InstructionKind::Env if download => {
                let names = names(step.instruction);
                let build = rest().filter(in_build).any(|step| names.iter().any(|name| mentions(analysis.text(step.instruction.range), name)));
                pick(build, true)
            }
            _ => None,
        };
        if let (Some(purpose), Some(step)) = (new, steps.get_mut(at)) {
            step.purpose = purpose;
            match purpose {
                Purpose::Build => step.reason = "only the build depends on it".to_owned(),
                Purpose::Runtime => step.reason = "the build does not depend on it".to_owned(),
                Purpose::Both => {}
            }
        }
    }
}

fn pick(build: bool, runtime: bool) -> Option<Purpose> {
    match (build, runtime) {
        (true, true) => None,
        (true, false) => Some(Purpose::Build),
        (false, _) => Some(Purpose::Runtime),
    }
}

fn is_relative(instruction: &Instruction) -> bool {
    match &instruction.args {
        Args::Value(word) => !word.text.trim_start_matches('"').starts_with(['/', '$']),
        _ => false,
    }
}

/// Whether an instruction depends on the directory, or on the user.
fn uses(instruction: &Instruction, kind: InstructionKind) -> bool {
    match instruction.kind {
        InstructionKind::Run => true,
        InstructionKind::Workdir => kind == InstructionKind::User,
        InstructionKind::Copy | InstructionKind::Add => match &instruction.args {
            Args::Copy { dest, .. } => kind == InstructionKind::Workdir && !dest.text.starts_with('/'),
            _ => true,
        },
        _ => false,
    }
}

fn names(instruction: &Instruction) -> Vec<&str> {
    match &instruction.args {
        Args::Pairs(pairs) => pairs.iter().map(|pair| pair.name.text.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Whether a text names a variable.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
        (before.ends_with('$') || before.ends_with("${") || before.ends_with("${!") || before.ends_with("%{"))
            && after.is_none_or(|next| !(next.is_ascii_alphanumeric() || next == '_'))
    })
}
