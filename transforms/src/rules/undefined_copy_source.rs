//! `undefined-copy-source`: a COPY source that is empty.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// A source of COPY or ADD with a variable that is not set, which copies the whole context.
    ///
    /// ## Why
    ///
    /// A variable that no ARG or ENV sets expands to nothing, and `COPY $SRC /app` with an empty source copies the whole build context,
    /// secrets and history included.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// COPY $SRC /app
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Variables that are set, that have a default, or that the base image may set.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// ARG SRC=src
    /// COPY $SRC /app
    /// ```
    META: RuleMeta {
        id: "undefined-copy-source",
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
    let help = "declare the variable with ARG in this stage, or write the path";
    frozen::report(ctx, &META, FreezeKind::UndefinedSource, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM debian:12\nCOPY $SRC /app\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nARG SRC\nCOPY $SRC /b\n");
    }
}
