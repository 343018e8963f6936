//! `instruction-casing`: all keywords of a file in one letter case.

use dfix_syntax::TextRange;

use super::Context;
use super::declare::declare_rule;
use crate::layout::keywords_are_lower;
use crate::model::{Instruction, InstructionKind};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// Instruction keywords are written in one letter case.
    ///
    /// ## Why
    ///
    /// Keywords in different letter cases make a file look like two, and a search for `RUN` misses a `run`. BuildKit
    /// warns about it (ConsistentInstructionCasing).
    ///
    /// ## Example
    ///
    /// The case that most instructions have wins; upper case when there are as many of each.
    ///
    /// ```dockerfile
    /// FROM alpine
    /// Run echo hello
    /// cmd ["sh"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM alpine
    /// RUN echo hello
    /// CMD ["sh"]
    /// ```
    ///
    /// ```dockerfile
    /// from alpine
    /// run echo hello
    /// CMD ["sh"]
    /// ```
    ///
    /// ```dockerfile
    /// from alpine
    /// run echo hello
    /// cmd ["sh"]
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the builder reads keywords in any letter case.
    ///
    /// ## Not reported
    ///
    /// The instruction behind `ONBUILD`: it is stored in the image as it is written.
    ///
    /// ```dockerfile,silent
    /// FROM alpine
    /// ONBUILD run echo hello
    /// ```
    META: RuleMeta {
        id: "instruction-casing",
        aliases: ["ConsistentInstructionCasing"],
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
    let lower = keywords_are_lower(ctx.analysis);
    for instruction in ctx.instructions() {
        let Some(keyword) = keyword(ctx, instruction) else {
            continue;
        };
        let wanted = match lower {
            true => keyword.to_ascii_lowercase(),
            false => keyword.to_ascii_uppercase(),
        };
        if keyword == wanted {
            continue;
        }
        let case = if lower { "lower" } else { "upper" };
        let message = format!(
            "`{keyword}` is written unlike the other keywords of the file, which are in {case} case"
        );
        findings.push(
            Finding::new(&META, instruction.keyword, message).with_fix(rename(
                instruction.keyword,
                keyword,
                wanted,
            )),
        );
    }
}

/// The keyword as written, unless it is no known one or a continuation breaks it.
fn keyword<'a>(ctx: &Context<'a>, instruction: &Instruction) -> Option<&'a str> {
    let keyword = ctx.analysis.text(instruction.keyword);
    let whole = keyword.bytes().all(|byte| byte.is_ascii_alphabetic());
    (whole && instruction.kind != InstructionKind::Unknown).then_some(keyword)
}

fn rename(range: TextRange, from: &str, to: String) -> Option<Fix> {
    let title = format!("Write `{from}` as `{to}`");
    let edits = vec![Edit::replace(range, to)];
    Fix::new(title, Applicability::Safe, META.laws, edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn mixed_keywords_have_no_vote() {
        check(
            &RULE,
            "From a\nrun b\nLabel c=d\n",
            "from a\nrun b\nlabel c=d\n",
        );
    }

    #[test]
    fn a_tie_is_upper_case() {
        check(&RULE, "FROM a\nrun b\n", "FROM a\nRUN b\n");
    }

    #[test]
    fn global_arguments_follow_but_have_no_vote() {
        check(&RULE, "arg X\narg Y\nFROM a\n", "ARG X\nARG Y\nFROM a\n");
    }

    #[test]
    fn the_keyword_onbuild_itself_is_one_of_them() {
        check(&RULE, "FROM a\nonbuild run b\n", "FROM a\nONBUILD run b\n");
    }

    #[test]
    fn other_words_keep_their_case() {
        check_silent(
            &RULE,
            "FROM a as b\nHEALTHCHECK cmd true\nRUN <<EOF\nrun\nEOF\n",
        );
    }
}
