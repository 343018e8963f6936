//! `invalid-json-form`: an array that is no valid JSON.

use super::Context;
use super::declare::declare_rule;
use super::support::frozen;
use crate::Finding;
use crate::model::FreezeKind;

declare_rule! {
    /// An array that is no valid JSON, so that the shell gets it as a text.
    ///
    /// ## Why
    ///
    /// BuildKit takes `[...]` as the exec form only when all of it is valid JSON. Single quotes, a comma at the end, typographic quotes, a bad
    /// escape or anything behind the bracket make it a shell text without a warning: `CMD ['app']` runs `/bin/sh -c "['app']"`, which fails
    /// when the container starts.
    ///
    /// ## Example
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// CMD ['app', '--serve']
    /// ```
    ///
    /// ## Safety
    ///
    /// There is no fix: dfix can't know which of the two readings is meant. No other rule touches the instruction.
    ///
    /// ## Not reported
    ///
    /// Valid arrays, and the `[` and `[[` commands of the shell.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN [ -f /etc/hosts ] && echo found
    /// CMD ["app"]
    /// ```
    META: RuleMeta {
        id: "invalid-json-form",
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
    let help = "write it as JSON: double quotes, no comma at the end, backslashes doubled, nothing behind the bracket";
    frozen::report(ctx, &META, FreezeKind::BrokenJson, help, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_reports, check_silent};

    #[test]
    fn reported() {
        check_reports(&RULE, "FROM a\nCMD ['b']\n", 1);
        check_reports(&RULE, "FROM a\nCMD [\"b\",]\n", 1);
        check_reports(&RULE, "FROM a\nENTRYPOINT [\"b\"] # c\n", 1);
    }

    #[test]
    fn not_reported() {
        check_silent(&RULE, "FROM a\nCMD [\"b\"]\n");
        check_silent(&RULE, "FROM a\nRUN [ -f b ] && c\n");
    }
}
