//! `from-as-casing`: `AS` in the letter case of its `FROM`.

use super::Context;
use super::declare::declare_rule;
use crate::model::{Args, InstructionKind};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// `AS` is written in the letter case of its `FROM`.
    ///
    /// ## Why
    ///
    /// `FROM image as name` is hard to read: the keyword looks like a part of the names around it. BuildKit warns about it
    /// (FromAsCasing).
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM golang:1.22 as build
    /// ```
    ///
    /// ```dockerfile
    /// FROM golang:1.22 AS build
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the builder reads keywords in any letter case.
    ///
    /// ## Not reported
    ///
    /// `from` with `as`.
    ///
    /// ```dockerfile,silent
    /// from golang:1.22 as build
    /// ```
    META: RuleMeta {
        id: "from-as-casing",
        aliases: ["FromAsCasing"],
        group: Style,
        phase: Layout,
        severity: Info,
        fix: Safe,
        laws: [],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for instruction in ctx.of_kind(InstructionKind::From) {
        let Args::From {
            as_keyword: Some(range),
            ..
        } = instruction.args
        else {
            continue;
        };
        let from = ctx.analysis.text(instruction.keyword);
        let written = ctx.analysis.text(range);
        let wanted = match from.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => "AS",
            false => "as",
        };
        // A continuation may stand inside the keyword; such a line is nobody's style.
        if written == wanted || !written.eq_ignore_ascii_case("as") {
            continue;
        }
        let message = format!("`{written}` is written in another letter case than `{from}`");
        let title = format!("Write `{written}` as `{wanted}`");
        let edits = vec![Edit::replace(range, wanted)];
        let fix = Fix::new(title, Applicability::Safe, META.laws, edits);
        findings.push(Finding::new(&META, range, message).with_fix(fix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check, check_silent};

    #[test]
    fn follows_its_own_from() {
        check(
            &RULE,
            "from a AS b\nFROM c As d\n",
            "from a as b\nFROM c AS d\n",
        );
        check_silent(&RULE, "FROM as\nFROM a AS as\n");
    }

    #[test]
    fn settles_with_the_other_casing_rules() {
        Tester::new(&RULE)
            .with("instruction-casing")
            .with("stage-name-casing")
            .check(
                "from a AS B\nRUN c\nFROM d as E\n",
                "FROM a AS b\nRUN c\nFROM d AS e\n",
            );
    }
}
