//! `non-ascii-flag`: a flag that the builder garbles.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// A flag with characters outside ASCII, which the builder garbles.
    ///
    /// ## Why
    ///
    /// BuildKit reads flags byte by byte: `--exclude=voilà.txt` excludes `voilÃ`, and what follows becomes a source of its own.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// COPY --exclude=voilà.txt . /app/
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Such characters in arguments, which are read as they should be.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// COPY voilà.txt /app/
    /// ```
    META: RuleMeta {
        id: "non-ascii-flag",
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
    let help = "use a pattern with `*` or `?` for these characters";
    frozen::report(ctx, &META, FreezeKind::NonAsciiFlag, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM a\nCOPY --exclude=é b /c\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nCOPY é /c\n");
    }
}
