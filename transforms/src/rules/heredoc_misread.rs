//! `heredoc-misread`: the shell and the builder disagree about a heredoc.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// A `<<` that the shell reads as a heredoc and the builder does not, or the reverse.
    ///
    /// ## Why
    ///
    /// BuildKit looks for heredocs with rules of its own: there must be a blank before `<<`, none after `<<-`, and nothing may be glued to the
    /// name. Where it finds none, the lines that were meant as the body become instructions; where it finds one by mistake, instructions become
    /// a body.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN echo start && cat<<EOF
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Heredocs that both read alike, here-strings, and `<<` inside quotes.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN cat <<EOF
    /// hello
    /// EOF
    /// ```
    META: RuleMeta {
        id: "heredoc-misread",
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
    let help = "write the operator with a blank before it and the bare name after it: `cat <<EOF`";
    frozen::report(ctx, &META, FreezeKind::Heredoc, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM a\nRUN cat<<EOF\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nRUN cat <<EOF\nb\nEOF\n");
        check_silent(&RULE, "FROM a\nRUN cat <<< b\n");
        check_silent(&RULE, "FROM a\nRUN echo \"a << b\"\n");
    }
}
