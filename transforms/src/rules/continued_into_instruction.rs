//! `continued-into-instruction`: a continuation runs into the next instruction.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// A continuation that runs into what looks like the next instruction.
    ///
    /// ## Why
    ///
    /// A `\` at the end of the last line joins the next instruction, across blank lines and comments: the shell gets `make CMD ["app"]`,
    /// and the image has no CMD.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN make \
    ///
    /// CMD ["app"]
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Lower-case words, and words that stand where the shell expects an operand or a command.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN make \
    ///     install
    /// ```
    META: RuleMeta {
        id: "continued-into-instruction",
        aliases: [],
        group: Correctness,
        phase: Repair,
        severity: Error,
        fix: none,
        laws: [],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = "remove the `\\` at the end of the last line that belongs to the instruction";
    frozen::report(ctx, &META, FreezeKind::NextInstruction, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM a\nRUN b \\\n\nCMD [\"c\"]\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nRUN b \\\n  copy c\n");
    }
}
