//! `legacy-key-value`: `ENV key value` becomes `ENV key=value`.

use dfix_syntax::{TextRange, TextSize};

use super::Context;
use super::declare::declare_rule;
use super::support::builder::is_buildkit;
use crate::layout::quoted;
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
    /// ENV GREETING="say good morning"
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the value stays the same to the last blank. It is put in quotes where it has blanks; where it mixes quotes and
    /// variables, its blanks are escaped instead.
    ///
    /// ## Not reported
    ///
    /// A value that begins with `=` (from `ENV A = b`) has no safe fix: the variable is `= b` today, which is hardly what was
    /// meant. The same holds for a value that looks like more pairs.
    ///
    /// ```dockerfile,report=2
    /// FROM debian:12
    /// ENV APP_HOME = /srv/app
    /// ENV USER_NAME "app" USER_ID "1000"
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
        nature: Deprecated,
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
    if ctx.analysis.escape != '\\' && value.text.contains('\\') && !is_buildkit(ctx) {
        return finding.refuse("builders differ about a backslash that is not the escape token");
    }
    let equals = |text: &str| Edit::replace(between, text);
    let edits = if special(&value.text) {
        let Some(words) = Words::split(ctx, instruction, value.range) else {
            return finding.refuse("the quotes of the value are not balanced");
        };
        if words.look_like_pairs() {
            return finding
                .refuse("the value looks like more pairs, but all of it is one value today")
                .with_help("write each pair with `=` if several were meant");
        }
        if words.blanks.is_empty() {
            vec![equals("=")]
        } else if let Some(known) = constant(ctx, instruction, pair) {
            let text = format!("={}", quoted(&known, ctx.analysis.escape));
            vec![Edit::replace(between.cover(value.range), text)]
        } else {
            let escape = ctx.analysis.escape.to_string();
            let blanks = words.blanks.iter();
            let escapes = blanks.map(|at| Edit::insert(*at, &*escape));
            std::iter::once(equals("=")).chain(escapes).collect()
        }
    } else if value.text.contains(char::is_whitespace) {
        vec![equals("=\""), Edit::insert(value.range.end(), "\"")]
    } else {
        vec![equals("=")]
    };
    finding.with_fix(Fix::new(title, Applicability::Safe, META.laws, edits))
}

/// The value of a pair that stands on one line and depends on no variable.
fn constant(ctx: &Context<'_>, instruction: &Instruction, pair: &Pair) -> Option<String> {
    let value = pair.value.as_ref()?;
    let mut breaks = instruction.breaks.iter();
    let whole = breaks.all(|part| !value.range.contains_range(part.range));
    let expansion = ctx.analysis.expand(instruction, &value.text).ok()?;
    let known = expansion.value.known()?;
    (whole && !value.text.contains('$')).then(|| known.to_owned())
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

/// A value cut at its blanks that stand outside of quotes and are not escaped, by the rules of the word splitter (A.6).
/// Continuations and comment lines inside the value are no part of it.
struct Words {
    /// Where the blanks are.
    blanks: Vec<TextSize>,
    words: Vec<String>,
}

impl Words {
    /// `None` when a quote or an escape is left open.
    fn split(ctx: &Context<'_>, instruction: &Instruction, value: TextRange) -> Option<Self> {
        let mut split = Self {
            blanks: Vec::new(),
            words: Vec::new(),
        };
        let mut word = String::new();
        let mut quote = None;
        let mut escaped = false;
        for (at, character) in ctx.layout.joined(instruction, value) {
            let mut ends_word = false;
            if escaped {
                escaped = false;
            } else {
                match (quote, character) {
                    (Some('\''), '\'') | (Some('"'), '"') => quote = None,
                    (Some('\''), _) => {}
                    (_, character) if character == ctx.analysis.escape => escaped = true,
                    (None, '\'' | '"') => quote = Some(character),
                    (None, blank) => ends_word = blank.is_whitespace(),
                    _ => {}
                }
            }
            if !ends_word {
                word.push(character);
                continue;
            }
            split.blanks.push(at);
            if !word.is_empty() {
                split.words.push(std::mem::take(&mut word));
            }
        }
        split.words.push(word);
        (quote.is_none() && !escaped).then_some(split)
    }

    /// Whether what follows the first word reads like more pairs: `A "b" C "d"`, `a "b" c="d"`.
    fn look_like_pairs(&self) -> bool {
        let Some((first, rest)) = self.words.split_first() else {
            return false;
        };
        let is_name = |word: &str| {
            let tail =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
            word.starts_with(|first: char| first.is_ascii_alphabetic()) && word.bytes().all(tail)
        };
        let is_variable = |word: &str| {
            let shouted =
                |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9');
            is_name(word) && word.len() > 1 && word.bytes().all(shouted)
        };
        let is_quoted = |word: &str| word.starts_with(['"', '\'']);
        let new_form = |word: &String| word.split_once('=').is_some_and(|(name, _)| is_name(name));
        if is_quoted(first) && rest.iter().any(new_form) {
            return true;
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        let is_pair =
            |[name, value]: &[String; 2]| is_variable(name) || is_name(name) && is_quoted(value);
        !pairs.is_empty() && odd.is_empty() && pairs.iter().all(is_pair)
    }
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
            "FROM a\nENV B=\"c d  e\"\n",
        );
        check(
            &RULE,
            "FROM a\nENV B c\\ d e\n",
            "FROM a\nENV B=\"c d e\"\n",
        );
        check(&RULE, "FROM a\nENV B 'c\\' d\n", "FROM a\nENV B='c\\ d'\n");
        check(
            &RULE,
            "# escape=`\nFROM a\nENV B \"c\" d\n",
            "# escape=`\nFROM a\nENV B=\"c d\"\n",
        );
    }

    #[test]
    fn with_quotes_and_variables_the_blanks_are_escaped() {
        check(
            &RULE,
            "FROM a\nENV B \"c d\"  $e\n",
            "FROM a\nENV B=\"c d\"\\ \\ $e\n",
        );
        check(
            &RULE,
            "# escape=`\nFROM a\nENV B \"c\" ${d}\n",
            "# escape=`\nFROM a\nENV B=\"c\"` ${d}\n",
        );
        // buildah takes the backslash for an escape whatever the directive says.
        check_refused(
            &RULE,
            "# escape=`\nFROM a\nENV B C:\\d e\n",
            "builders differ",
        );
    }

    #[test]
    fn what_looks_like_several_pairs_is_left_to_a_person() {
        for text in [
            "FROM a\nENV B_C \"d\" E_F \"g\"\n",
            "FROM a\nENV B \"d\" \\\n    LC_ALL C.UTF-8\n",
            "FROM a\nLABEL b \"c\" d=\"e\"\n",
            "FROM a\nLABEL b 'c' d 'e'\n",
        ] {
            check_refused(&RULE, text, "looks like more pairs");
        }
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
