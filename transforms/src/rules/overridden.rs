//! What `single-cmd` and `single-entrypoint` share: of some kinds of instructions only the last one of a stage counts.

use super::{Context, RuleMeta};
use crate::layout::Comments;
use crate::model::{Instruction, InstructionKind};
use crate::{Applicability, Finding, Fix};

/// Reports the instructions of a kind that a later one of the same stage overrides, with a fix that removes each.
pub(super) fn check(
    ctx: &Context<'_>,
    kind: InstructionKind,
    keyword: &str,
    meta: &'static RuleMeta,
    findings: &mut Vec<Finding>,
) {
    for stage in &ctx.analysis.stages {
        let all: Vec<&Instruction> = ctx
            .analysis
            .stage_instructions(stage.index)
            .filter(|instruction| instruction.kind == kind)
            .collect();
        let Some((last, overridden)) = all.split_last() else {
            continue;
        };
        for instruction in overridden {
            let message =
                format!("this {keyword} has no effect: only the last {keyword} of a stage counts");
            let fix = Fix::new(
                format!("Remove the {keyword} without effect"),
                Applicability::Safe,
                meta.laws,
                ctx.layout
                    .remove_instruction(instruction, Comments::StandAlone),
            );
            findings.push(
                Finding::new(meta, instruction.range, message)
                    .relate(last.range, "this one counts")
                    .with_fix(fix),
            );
        }
    }
}
