//! Directories that not every builder makes. buildah (1.43, with `--layers`) waits for the next RUN or COPY, makes only the
//! directory of the WORKDIR in force there, and gives it to the user in force there.

use super::directories::{is_within, state_after};
use crate::model::{Analysis, Instruction, InstructionKind, join_path};
use crate::rules::Context;
use crate::settings::Builder;

/// Why the directory of a WORKDIR may be missing, or be another user's.
pub(crate) fn not_made(ctx: &Context<'_>, workdir: &Instruction) -> Option<&'static str> {
    let stage = workdir.stage?;
    let mut later = ctx.analysis.stage_instructions(stage);
    let next = later.find(|other| {
        other.index > workdir.index && (is_step(other) || other.kind == InstructionKind::User)
    });
    match next.map(|next| (next, next.kind)) {
        Some((next, InstructionKind::Workdir)) => {
            let below = state_after(ctx.analysis, next)?.known_workdir();
            below
                .map_or(Some(WHY), |below| passed_over(ctx, workdir, below))
                .or_else(|| not_made(ctx, next))
        }
        Some((_, InstructionKind::Run)) => None,
        Some((next, InstructionKind::Copy | InstructionKind::Add)) if !gives_away(next) => None,
        _ => (ctx.settings.builder != Builder::BuildKit).then_some(WHY),
    }
}

/// Why the directory of a WORKDIR may be missing when the next step becomes a WORKDIR for the directory `next`.
pub(crate) fn passed_over(
    ctx: &Context<'_>,
    workdir: &Instruction,
    next: &str,
) -> Option<&'static str> {
    let made = state_after(ctx.analysis, workdir)?.known_workdir();
    // A directory above the next one is made with it.
    let comes_along =
        made.is_some_and(|made| is_within(&join_path("/", next), &join_path("/", made)));
    (!comes_along && ctx.settings.builder != Builder::BuildKit).then_some(WHY)
}

/// The WORKDIR that is the last step before an instruction of its stage.
pub(crate) fn workdir_above<'a>(
    analysis: &'a Analysis,
    below: &Instruction,
) -> Option<&'a Instruction> {
    let above = analysis.stage_instructions(below.stage?).rev();
    step_workdir(above.skip_while(|other| other.index >= below.index))
}

/// The WORKDIR that is the next step after an instruction of its stage.
pub(crate) fn workdir_below<'a>(
    analysis: &'a Analysis,
    above: &Instruction,
) -> Option<&'a Instruction> {
    let below = analysis.stage_instructions(above.stage?);
    step_workdir(below.skip_while(|other| other.index <= above.index))
}

/// The first step, if it is a WORKDIR.
fn step_workdir<'a>(
    mut instructions: impl Iterator<Item = &'a Instruction>,
) -> Option<&'a Instruction> {
    let step = instructions.find(|instruction| is_step(instruction));
    step.filter(|step| step.kind == InstructionKind::Workdir)
}

/// Whether a COPY has an owner or a mode of its own, which a directory gets, too, that is made for it.
fn gives_away(copy: &Instruction) -> bool {
    let mut flags = copy.flags.iter();
    flags.any(|flag| matches!(flag.name.as_str(), "chown" | "chmod"))
}

/// Whether an instruction does more than to configure the image.
fn is_step(instruction: &Instruction) -> bool {
    use InstructionKind::{Add, Copy, From, Onbuild, Run, Unknown, Workdir};
    matches!(
        instruction.kind,
        Add | Copy | From | Onbuild | Run | Unknown | Workdir
    )
}

const WHY: &str = "not every builder makes the directory of a WORKDIR, or with the same owner, when no RUN or plain COPY comes next; `builder = \"buildkit\"` in the configuration says that yours does";
