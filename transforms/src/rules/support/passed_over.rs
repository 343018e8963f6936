//! Directories that not every builder makes: those of a WORKDIR that another one follows.

use super::directories::{is_within, state_after};
use crate::model::{Analysis, Instruction, InstructionKind, join_path};
use crate::rules::Context;
use crate::settings::Builder;

/// Why the directory of a WORKDIR may be missing when the next step is a WORKDIR for the directory `next`: buildah 1.43
/// with `--layers` makes the first only when something runs there or is copied.
pub(crate) fn passed_over(
    ctx: &Context<'_>,
    workdir: &Instruction,
    next: &str,
) -> Option<&'static str> {
    let made = state_after(ctx.analysis, workdir)?.known_workdir();
    // A directory above the next one is made with it.
    let comes_along =
        made.is_some_and(|made| is_within(&join_path("/", next), &join_path("/", made)));
    let why = "not every builder makes the directory of a WORKDIR that another one follows; `builder = \"buildkit\"` in the configuration says that yours does";
    (!comes_along && ctx.settings.builder != Builder::BuildKit).then_some(why)
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

/// The first step, if it is a WORKDIR. Instructions that only configure the image are no steps.
fn step_workdir<'a>(
    mut instructions: impl Iterator<Item = &'a Instruction>,
) -> Option<&'a Instruction> {
    use InstructionKind::{Add, Copy, From, Onbuild, Run, Unknown, Workdir};
    let step = |it: &&Instruction| {
        matches!(
            it.kind,
            Add | Copy | From | Onbuild | Run | Unknown | Workdir
        )
    };
    instructions.find(step).filter(|it| it.kind == Workdir)
}
