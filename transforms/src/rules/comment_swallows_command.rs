//! `comment-swallows-command`: a shell comment swallows what is joined after it.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// A shell comment in a continued RUN, which swallows all lines after it.
    ///
    /// ## Why
    ///
    /// The builder joins continued lines before the shell sees them. A comment that begins in the middle of a line then reaches to the end of
    /// the whole text, and the commands after it never run. The build succeeds, and something is missing in the image.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN make # builds all \
    ///  && make install
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Comments on lines of their own, which the builder removes, and a comment at the very end.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN make \
    /// # then
    ///  && make install
    /// ```
    META: RuleMeta {
        id: "comment-swallows-command",
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
    let help = "put the comment on a line of its own, beginning with `#`";
    frozen::report(ctx, &META, FreezeKind::CommentSwallows, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM a\nRUN b # c \\\n  && d\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nRUN b # c\n");
        check_silent(&RULE, "FROM a\nRUN b \\\n # c\n  && d\n");
    }
}
