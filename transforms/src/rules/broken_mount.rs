//! `broken-mount`: a blank breaks the value of a --mount.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// A blank after a comma in `--mount`, which ends the flag there.
    ///
    /// ## Why
    ///
    /// `--mount=type=cache, target=/x make` mounts nothing at /x: the flag ends at the blank, and the rest becomes the command
    /// `target=/x make`, which succeeds as an assignment before `make`.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN --mount=type=cache, target=/root/.cache make
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Mounts without blanks.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN --mount=type=cache,target=/root/.cache make
    /// ```
    META: RuleMeta {
        id: "broken-mount",
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
    let help = "write the fields without blanks between them";
    frozen::report(ctx, &META, FreezeKind::BrokenMount, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM a\nRUN --mount=type=cache, target=/b c\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nRUN --mount=type=cache,target=/b c\n");
    }
}
