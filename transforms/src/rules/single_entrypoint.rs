//! `single-entrypoint`: one ENTRYPOINT in a stage.

use super::declare::declare_rule;
use super::{Context, overridden};
use crate::Finding;
use crate::model::InstructionKind;

declare_rule! {
    /// A stage has one `ENTRYPOINT`.
    ///
    /// ## Why
    ///
    /// Only the last `ENTRYPOINT` of a stage counts. An earlier one does nothing, but it reads as if it did, and it is the one
    /// that gets edited by mistake. BuildKit warns about it (MultipleInstructionsDisallowed).
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// ENTRYPOINT ["first"]
    /// # the server
    /// ENTRYPOINT ["second"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// # the server
    /// ENTRYPOINT ["second"]
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the earlier one is overridden before anything could use it. Its comments stay where they are.
    ///
    /// ## Not reported
    ///
    /// One `ENTRYPOINT` in each of several stages, also where one stage is built on another, and `ONBUILD ENTRYPOINT`.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12 AS base
    /// ENTRYPOINT ["first"]
    /// FROM base
    /// ENTRYPOINT ["second"]
    /// ONBUILD ENTRYPOINT ["third"]
    /// ```
    META: RuleMeta {
        id: "single-entrypoint",
        aliases: ["DL4004", "MultipleInstructionsDisallowed"],
        group: Instructions,
        phase: Structure,
        severity: Warning,
        fix: Safe,
        laws: [Metadata],
        default: true,
        since: "0.1.0",
        nature: Unnecessary,
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    overridden::check(
        ctx,
        InstructionKind::Entrypoint,
        "ENTRYPOINT",
        &META,
        findings,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check};

    #[test]
    fn a_cmd_of_the_stage_survives() {
        check(
            &RULE,
            "FROM a\nENTRYPOINT [\"b\"]\nCMD [\"c\"]\nENTRYPOINT [\"d\"]\n",
            "FROM a\nCMD [\"c\"]\nENTRYPOINT [\"d\"]\n",
        );
    }

    #[test]
    fn together_with_single_cmd() {
        Tester::new(&RULE).with("single-cmd").check(
            "FROM a\nENTRYPOINT b\nCMD c\nENTRYPOINT d\nCMD e\n",
            "FROM a\nENTRYPOINT d\nCMD e\n",
        );
    }
}
