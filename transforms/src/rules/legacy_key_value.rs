//! `legacy-key-value`: `ENV key value` becomes `ENV key=value`.

use dfix_syntax::{TextRange, TextSize};

use super::Context;
use super::declare::declare_rule;
use crate::model::{Args, BreakKind, Instruction, InstructionKind, Pair};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// `ENV key value` is written as `ENV key=value`.
    ///
    /// ## Why
    ///
    /// In the old form everything behind the first blank is the value, `ENV A=1 B=2` and `ENV A 1 B=2` mean quite different
    /// things, and only one variable fits on a line. BuildKit warns about it (LegacyKeyValueFormat). The same holds for
    /// `LABEL`.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// ENV APP_HOME /srv/app
    /// LABEL description the web server
    /// ENV GREETING say "good morning"
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// ENV APP_HOME=/srv/app
    /// LABEL description="the web server"
    /// ENV GREETING=say\ "good morning"
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the value stays the same to the last blank. It is put in quotes where these add nothing to its meaning;
    /// a value that has quotes or escapes of its own keeps them, and its blanks are escaped.
    ///
    /// ## Not reported
    ///
    /// A value that begins with `=` (from `ENV A = b`) has no safe fix: the variable is `= b` today, which is hardly what was
    /// meant.
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// ENV APP_HOME = /srv/app
    /// ```
    META: RuleMeta {
        id: "legacy-key-value",
        aliases: ["LegacyKeyValueFormat"],
        group: Style,
        phase: Content,
        severity: Info,
        fix: Safe,
        laws: [],
        default: true,
        since: "0.1.0",
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for instruction in ctx.instructions() {
        let keyword = match instruction.kind {
            InstructionKind::Env => "ENV",
            InstructionKind::Label => "LABEL",
            _ => continue,
        };
        let Args::Pairs(pairs) = &instruction.args else {
            continue;
        };
        for pair in pairs.iter().filter(|pair| pair.legacy) {
            let message = format!(
                "`{keyword} {0} ...` is the old form, in which all the rest of the line is the value",
                pair.name.text
            );
            let finding = Finding::new(&META, pair.range, message);
            findings.push(rewrite(ctx, instruction, pair, finding));
        }
    }
}

fn rewrite(ctx: &Context<'_>, instruction: &Instruction, pair: &Pair, finding: Finding) -> Finding {
    let Some(value) = &pair.value else {
        return finding;
    };
    let special = |text: &str| text.contains(['"', '\'']) || text.contains(ctx.analysis.escape);
    if special(&pair.name.text) {
        return finding.refuse("the name holds quotes or escapes");
    }
    let between = TextRange::new(pair.name.range.end(), value.range.start());
    let title = "Write the pair with `=`";
    if value.text.starts_with('=') {
        let fix = intended(ctx, instruction, pair, value.range);
        let reason = format!("the value begins with `=`: today it is `{}`", value.text);
        return finding.with_fix(fix).refuse(reason);
    }
    if holds_comment(instruction, between) {
        return finding.refuse("a comment stands between the name and the value");
    }
    let mut edits = Vec::new();
    if special(&value.text) {
        let Some(blanks) = unquoted_blanks(ctx, instruction, value.range) else {
            return finding.refuse("the quotes of the value are not balanced");
        };
        edits.push(Edit::replace(between, "="));
        let escape = ctx.analysis.escape.to_string();
        edits.extend(blanks.into_iter().map(|at| Edit::insert(at, &*escape)));
    } else if value.text.contains(char::is_whitespace) {
        edits.push(Edit::replace(between, "=\""));
        edits.push(Edit::insert(value.range.end(), "\""));
    } else {
        edits.push(Edit::replace(between, "="));
    }
    finding.with_fix(Fix::new(title, Applicability::Safe, META.laws, edits))
}

/// What `ENV A = b` was meant to say, where that is plain to see.
fn intended(
    ctx: &Context<'_>,
    instruction: &Instruction,
    pair: &Pair,
    value: TextRange,
) -> Option<Fix> {
    let text = ctx.analysis.text(value);
    let meant = text.strip_prefix('=')?.trim_start();
    let plain =
        !meant.is_empty() && !meant.contains(char::is_whitespace) && instruction.breaks.is_empty();
    let start = value.end() - TextSize::of(meant);
    let range = TextRange::new(pair.name.range.end(), start);
    let edits = vec![Edit::replace(range, "=")];
    let title = "Write what was meant: the value without `=`";
    plain
        .then(|| Fix::new(title, Applicability::Unsafe, META.laws, edits))
        .flatten()
}

fn holds_comment(instruction: &Instruction, range: TextRange) -> bool {
    let mut breaks = instruction.breaks.iter();
    breaks.any(|part| part.kind == BreakKind::Comment && range.contains_range(part.range))
}

/// The places of the blanks of a value that stand outside of quotes and are not escaped, by the rules of the word splitter
/// (A.6). Continuations and comment lines inside the value are no part of it. `None` when a quote or an escape is
/// left open.
fn unquoted_blanks(
    ctx: &Context<'_>,
    instruction: &Instruction,
    value: TextRange,
) -> Option<Vec<TextSize>> {
    let mut blanks = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in ctx.layout.joined(instruction, value) {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, character) if character == ctx.analysis.escape => escaped = true,
            (None, '\'' | '"') => quote = Some(character),
            (None, blank) if blank.is_whitespace() => blanks.push(at),
            _ => {}
        }
    }
    (quote.is_none() && !escaped).then_some(blanks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent, check_unsafe};

    #[test]
    fn plain_values() {
        check(
            &RULE,
            "FROM a\nENV B c\nENV  D   e\n",
            "FROM a\nENV B=c\nENV  D=e\n",
        );
        check(&RULE, "FROM a\nENV B c=d\n", "FROM a\nENV B=c=d\n");
        check(&RULE, "FROM a\nENV B $C:/d\n", "FROM a\nENV B=$C:/d\n");
        check(
            &RULE,
            "FROM a\nENV B\t/c # d\n",
            "FROM a\nENV B=\"/c # d\"\n",
        );
    }

    #[test]
    fn variables_in_quotes_mean_the_same() {
        check(
            &RULE,
            "FROM a\nENV B $C ${D}x\n",
            "FROM a\nENV B=\"$C ${D}x\"\n",
        );
        check(
            &RULE,
            "FROM a\nENV B ${C:-d  e} f\n",
            "FROM a\nENV B=\"${C:-d  e} f\"\n",
        );
    }

    #[test]
    fn quotes_and_escapes_stay() {
        check(
            &RULE,
            "FROM a\nENV B \"c d\"  e\n",
            "FROM a\nENV B=\"c d\"\\ \\ e\n",
        );
        check(
            &RULE,
            "FROM a\nENV B c\\ d e\n",
            "FROM a\nENV B=c\\ d\\ e\n",
        );
        check(
            &RULE,
            "FROM a\nENV B 'c\\' d\n",
            "FROM a\nENV B='c\\'\\ d\n",
        );
        check(
            &RULE,
            "# escape=`\nFROM a\nENV B \"c\" d\n",
            "# escape=`\nFROM a\nENV B=\"c\"` d\n",
        );
    }

    #[test]
    fn continued_values_keep_their_breaks() {
        check(
            &RULE,
            "FROM a\nENV B /c:\\\n    # why\n  /d\n",
            "FROM a\nENV B=\"/c:\\\n    # why\n  /d\"\n",
        );
        check(
            &RULE,
            "FROM a\nENV B \"c\" \\\n  d\n",
            "FROM a\nENV B=\"c\"\\ \\\n\\ \\ d\n",
        );
    }

    #[test]
    fn the_equal_sign_that_is_a_value() {
        check_refused(&RULE, "FROM a\nENV B = c\n", "today it is `= c`");
        check_unsafe(&RULE, "FROM a\nENV B = c\n", "FROM a\nENV B=c\n");
    }

    #[test]
    fn the_new_form_is_left_alone() {
        check_silent(&RULE, "FROM a\nENV B=c D=e\nARG F\nLABEL \"g h\"=i\n");
    }

    #[test]
    fn names_with_quotes() {
        check_refused(&RULE, "FROM a\nLABEL \"b\" c\n", "the name holds quotes");
    }
}
