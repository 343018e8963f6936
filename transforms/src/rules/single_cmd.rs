//! `single-cmd`: one CMD in a stage.

use super::declare::declare_rule;
use super::{Context, overridden};
use crate::Finding;
use crate::model::InstructionKind;

declare_rule! {
    /// A stage has one `CMD`.
    ///
    /// ## Why
    ///
    /// Only the last `CMD` of a stage counts. An earlier one does nothing, but it reads as if it did, and it is the one
    /// that gets edited by mistake. BuildKit warns about it (MultipleInstructionsDisallowed).
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// CMD ["first"]
    /// # the server
    /// CMD ["second"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// # the server
    /// CMD ["second"]
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the earlier one is overridden before anything could use it. Its comments stay where they are.
    ///
    /// ## Not reported
    ///
    /// One `CMD` in each of several stages, also where one stage is built on another, and `ONBUILD CMD`.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12 AS base
    /// CMD ["first"]
    /// FROM base
    /// CMD ["second"]
    /// ONBUILD CMD ["third"]
    /// ```
    META: RuleMeta {
        id: "single-cmd",
        aliases: ["DL4003", "MultipleInstructionsDisallowed"],
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
    overridden::check(ctx, InstructionKind::Cmd, "CMD", &META, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn all_but_the_last_go() {
        check(
            &RULE,
            "FROM a\nCMD b\nCMD c\nEXPOSE 1\nCMD d\nEXPOSE 2\n",
            "FROM a\nEXPOSE 1\nCMD d\nEXPOSE 2\n",
        );
    }

    #[test]
    fn comments_stay() {
        check(
            &RULE,
            "FROM a\n# one\nCMD b \\\n  # two\n  c\nEXPOSE 1\n\n# three\n  CMD d\n",
            "FROM a\n# one\n# two\n\nEXPOSE 1\n\n# three\n  CMD d\n",
        );
    }

    #[test]
    fn no_two_blank_lines_are_left() {
        check(
            &RULE,
            "FROM a\n\nCMD b\n\nEXPOSE 1\nCMD c\n",
            "FROM a\n\nEXPOSE 1\nCMD c\n",
        );
    }

    #[test]
    fn a_cmd_between_shells_goes_too() {
        check(
            &RULE,
            "FROM a\nCMD b\nSHELL [\"/bin/bash\", \"-c\"]\nCMD c\n",
            "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nCMD c\n",
        );
    }

    #[test]
    fn a_health_check_is_no_cmd() {
        check_silent(&RULE, "FROM a\nHEALTHCHECK CMD b\nCMD c\n");
    }
}
