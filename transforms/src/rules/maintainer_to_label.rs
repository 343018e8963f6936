//! `maintainer-to-label`: MAINTAINER becomes a label.

use super::Context;
use super::declare::declare_rule;
use crate::layout::quoted;
use crate::model::{Analysis, Args, Base, BreakKind, Instruction, InstructionKind, Stage};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// `MAINTAINER` becomes the label `org.opencontainers.image.authors`.
    ///
    /// ## Why
    ///
    /// `MAINTAINER` has been deprecated since 2017 (MaintainerDeprecated). What it says ends in a field that few tools show; labels
    /// are shown by `docker inspect`, registries and scanners.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// MAINTAINER Web Team <web@example.org>
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// LABEL org.opencontainers.image.authors="Web Team <web@example.org>"
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe, with a declared difference: the text moves from the image's author field to a label of the image. Nothing that
    /// runs can see either. `metadata = "keep"` in the configuration makes the fix unsafe. Quotes that surround the
    /// text are part of it today and stay.
    ///
    /// ## Not reported
    ///
    /// An instruction behind `ONBUILD`. A stage that already has the label keeps both:
    ///
    /// ```dockerfile,report
    /// FROM python:3.12
    /// LABEL org.opencontainers.image.authors="Other Team"
    /// MAINTAINER Web Team <web@example.org>
    /// ```
    META: RuleMeta {
        id: "maintainer-to-label",
        aliases: ["DL4000", "MaintainerDeprecated"],
        group: Instructions,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [AuthorToLabel],
        default: true,
        since: "0.1.0",
        nature: Deprecated,
    }
}

/// The label that the Open Container Initiative defines for the authors of an image.
const KEY: &str = "org.opencontainers.image.authors";

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for stage in &ctx.analysis.stages {
        let maintainers: Vec<&Instruction> = ctx
            .analysis
            .stage_instructions(stage.index)
            .filter(|instruction| instruction.kind == InstructionKind::Maintainer)
            .collect();
        let labelled = !maintainers.is_empty() && has_label(ctx.analysis, stage);
        for (number, maintainer) in maintainers.iter().enumerate() {
            let message = "MAINTAINER is deprecated: few tools show what it says";
            let finding = Finding::new(&META, maintainer.range, message);
            findings.push(if labelled {
                finding.refuse(format!("the label `{KEY}` is already set"))
            } else if number > 0 {
                finding
                    .with_help("the fix of the first MAINTAINER of the stage rewrites this one too")
            } else {
                rewrite(ctx, &maintainers, finding)
            });
        }
    }
}

/// Rewrites all of a stage together: the last one counts before and after.
fn rewrite(ctx: &Context<'_>, maintainers: &[&Instruction], finding: Finding) -> Finding {
    let mut edits = Vec::new();
    for maintainer in maintainers {
        let Args::Value(author) = &maintainer.args else {
            return finding;
        };
        let comment = |kind| kind == BreakKind::Comment;
        if maintainer.breaks.iter().any(|part| comment(part.kind)) {
            return finding.refuse("a comment stands inside the instruction");
        }
        let written = ctx.analysis.text(maintainer.keyword);
        let keyword = match written.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => "LABEL",
            false => "label",
        };
        let value = quoted(&author.text, ctx.analysis.escape);
        edits.push(Edit::replace(maintainer.keyword, keyword));
        edits.push(Edit::replace(author.range, format!("{KEY}={value}")));
    }
    let title = format!("Set the label `{KEY}` instead");
    finding.with_fix(Fix::new(title, Applicability::Safe, META.laws, edits))
}

/// Whether the stage, or a stage of the file that it is built on, sets the label, or a label whose name is not known.
fn has_label(analysis: &Analysis, stage: &Stage) -> bool {
    let mut next = Some(stage);
    // A stage is only built on earlier ones, so this ends.
    while let Some(stage) = next {
        for instruction in analysis.stage_instructions(stage.index) {
            let Args::Pairs(pairs) = &instruction.args else {
                continue;
            };
            let label = instruction.kind == InstructionKind::Label;
            let same = |name: &str| name.contains(['$', '"', '\'']) || name == KEY;
            if label && pairs.iter().any(|pair| same(&pair.name.text)) {
                return true;
            }
        }
        next = match stage.base {
            Base::Stage(parent) if parent < stage.index => analysis.stages.get(parent),
            _ => None,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check, check_refused, check_silent};

    #[test]
    fn characters_that_a_label_would_expand_are_escaped() {
        check(
            &RULE,
            "FROM a\nMAINTAINER \"J. $mith\" \\o/\n",
            "FROM a\nLABEL org.opencontainers.image.authors='\"J. $mith\" \\o/'\n",
        );
        check(
            &RULE,
            "FROM a\nMAINTAINER \"J. O'Connor\" $\n",
            "FROM a\nLABEL org.opencontainers.image.authors=\"\\\"J. O'Connor\\\" \\$\"\n",
        );
    }

    #[test]
    fn the_case_of_the_keyword_is_the_authors() {
        check(
            &RULE,
            "from a\n# who\nmaintainer b\n",
            "from a\n# who\nlabel org.opencontainers.image.authors=\"b\"\n",
        );
    }

    #[test]
    fn several_in_a_stage_go_together() {
        check(
            &RULE,
            "FROM a\nMAINTAINER b\nMAINTAINER c\n",
            "FROM a\nLABEL org.opencontainers.image.authors=\"b\"\nLABEL org.opencontainers.image.authors=\"c\"\n",
        );
    }

    #[test]
    fn each_stage_has_its_own() {
        check(
            &RULE,
            "FROM a\nMAINTAINER b\nFROM c\nMAINTAINER d\n",
            "FROM a\nLABEL org.opencontainers.image.authors=\"b\"\nFROM c\nLABEL org.opencontainers.image.authors=\"d\"\n",
        );
    }

    #[test]
    fn an_inherited_label_is_not_overwritten() {
        check_refused(
            &RULE,
            "FROM a AS b\nLABEL org.opencontainers.image.authors=c\nFROM b\nMAINTAINER d\n",
            "already set",
        );
    }

    #[test]
    fn onbuild_is_left_alone() {
        check_silent(&RULE, "FROM a\nONBUILD MAINTAINER b\n");
    }

    #[test]
    fn metadata_can_be_kept() {
        Tester::new(&RULE)
            .settings(|settings| settings.keep.metadata = true)
            .check_unsafe(
                "FROM a\nMAINTAINER b\n",
                "FROM a\nLABEL org.opencontainers.image.authors=\"b\"\n",
            );
    }
}
