//! `to-shell-form`: a JSON array becomes a text for the shell.

use dfix_syntax::TextRange;

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::commands::is_shell_word;
use crate::layout::shell_word;
use crate::model::{BreakKind, Form, Instruction, InstructionKind, JsonItem, State};
use crate::proof::Law;

declare_refactoring! {
    /// Writes the exec form of `CMD`, `ENTRYPOINT`, `RUN` or a health check as a text for the shell.
    ///
    /// An array that starts the shell itself becomes the text that it runs, which is the same. Any other becomes a text that
    /// starts the same program, its arguments in quotes where they need some.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN ["/bin/sh", $0"-c", "make test && make install"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN make test && make install
    /// ```
    KIND: "to-shell-form"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let instruction = target.one()?;
    let command = instruction.command()?;
    let Form::Exec(items) = &command.form else {
        return None;
    };
    let kinds = [
        InstructionKind::Run,
        InstructionKind::Cmd,
        InstructionKind::Entrypoint,
        InstructionKind::Healthcheck,
    ];
    if !kinds.contains(&instruction.kind) || target.is_windows(instruction) {
        return None;
    }
    let state = target.ctx.analysis.state(instruction)?;
    let edit = |text| vec![Edit::replace(command.range, text)];
    // The shell of a health check is that of the finished image, which is not looked for here.
    let is_health = instruction.kind == InstructionKind::Healthcheck;
    if let Some(text) = text_of_shell(state, items).filter(|_| !is_health) {
        let fits = is_one_line(text, target.ctx.analysis.escape)
            && !text.starts_with(['[', '-'])
            && !text.contains("<<")
            && !has_comment(instruction, command.range);
        return fits.then(|| Draft::new("Convert to shell form", edit(text.to_owned())));
    }
    if state.shell.is_some() && !state.plain_shell() {
        return None;
    }
    let text = words(target, instruction, command.range, items)?;
    let doubt = doubt(instruction, state, items);
    Some(
        Draft::new("Convert to shell form", edit(text))
            .under(&[Law::ExecForm])
            .doubt(doubt),
    )
}

/// The text that a shell runs which an array starts, when it is the shell that would run the shell form.
fn text_of_shell<'a>(state: &State, items: &'a [JsonItem]) -> Option<&'a str> {
    let (text, shell) = items.split_last()?;
    let same = shell
        .iter()
        .map(|item| &item.value)
        .eq(state.shell.as_deref()?);
    same.then_some(text.value.as_str())
}

/// Whether a text keeps its bytes when it stands in an instruction: the builder trims it, and joins lines at the escape
/// token.
fn is_one_line(text: &str, escape: char) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.ends_with(escape)
        && !text.contains(|character: char| character.is_control() && character != '\t')
}

fn has_comment(instruction: &Instruction, range: TextRange) -> bool {
    let mut breaks = instruction.breaks.iter();
    breaks.any(|part| part.kind == BreakKind::Comment && range.contains_range(part.range))
}

/// The words of an array for a shell. What stands between them stays where it goes on in another line.
fn words(
    target: &Target<'_>,
    instruction: &Instruction,
    range: TextRange,
    items: &[JsonItem],
) -> Option<String> {
    let analysis = target.ctx.analysis;
    let mut out = String::new();
    let mut at = range.start();
    for item in items {
        let fits = is_one_line(&format!("'{}'", item.value), analysis.escape);
        // A heredoc for the builder, or an option of the instruction.
        if !fits || item.value.contains("<<") || out.is_empty() && item.value.starts_with("--") {
            return None;
        }
        let between = analysis.text(TextRange::new(at, item.range.start()));
        if between.contains('\n') {
            let kept = between.strip_prefix('[').unwrap_or(between);
            let (before, after) = match out.is_empty() {
                true => ("", kept),
                // The comma; one in a comment comes later, or the comma stands behind the comment.
                false => kept.split_once(',')?,
            };
            if before.contains('#') {
                return None;
            }
            out.push_str(before);
            out.push_str(if out.is_empty() {
                after.trim_start_matches([' ', '\t'])
            } else {
                after
            });
        } else if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&shell_word(&item.value));
        at = item.range.end();
    }
    let rest = TextRange::new(at, range.end());
    (!items.is_empty() && !has_comment(instruction, rest)).then_some(out)
}

fn doubt(instruction: &Instruction, state: &State, items: &[JsonItem]) -> Option<&'static str> {
    let program = items.first().map_or("", |item| item.value.as_str());
    match instruction.kind {
        InstructionKind::Entrypoint => Some(
            "a shell would be process 1, keep signals from the program, and ignore the words of CMD",
        ),
        InstructionKind::Cmd => {
            Some("a shell would be process 1 and keep signals from the program")
        }
        InstructionKind::Healthcheck => Some("the image needs a shell to run the health check"),
        _ if !state.plain_shell() => Some("nothing is known about the shell of the base image"),
        _ if is_shell_word(program) => Some("the shell has a command of that name itself"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    #[test]
    fn the_shell_itself() {
        for keyword in ["RUN", "CMD", "ENTRYPOINT"] {
            check(
                &KIND,
                &format!(
                    "FROM debian:12\n{keyword} [\"/bin/sh\", $0\"-c\", \"a \\\"$B\\\" | c\"]\n"
                ),
                &format!("FROM debian:12\n{keyword} a \"$B\" | c\n"),
            );
        }
        check(
            &KIND,
            "FROM a\nSHELL [\"bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN $0[\"bash\", \"-eo\", \"pipefail\", \"-c\", \"a\"]\n",
            "FROM a\nSHELL [\"bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN a\n",
        );
        for text in [
            "a\\nb",
            "",
            " a",
            "a ",
            "[",
            "--mount=b c",
            "cat <<E",
            "a\\\\",
            "a\\u0001",
        ] {
            check_none(
                &KIND,
                &format!("FROM debian:12\nRUN $0[\"/bin/sh\", \"-c\", \"{text}\"]\n"),
            );
        }
    }

    #[test]
    fn programs() {
        check(
            &KIND,
            "FROM debian:12\nRUN [\"make\", \"a b\"$0]\n",
            "FROM debian:12\nRUN make 'a b'\n",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nENTRYPOINT [\"a\", \"b c\", \"it's\", \"\", \"$D\", \"e=f\"$0]\n",
            "FROM debian:12\nENTRYPOINT a 'b c' \"it's\" '' '$D' e=f\n",
            "words of CMD",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nHEALTHCHECK --retries=1 CMD [\"a\"$0]\n",
            "FROM debian:12\nHEALTHCHECK --retries=1 CMD a\n",
            "health check",
        );
        check_unsafe(
            &KIND,
            "FROM example.org/a\nRUN [\"a\"$0]\n",
            "FROM example.org/a\nRUN a\n",
            "shell of the base",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN [\"echo\"$0]\n",
            "FROM debian:12\nRUN echo\n",
            "itself",
        );
        check_none(
            &KIND,
            "FROM debian:12\nSHELL [\"bash\", \"-lc\"]\nRUN [\"a\"$0]\n",
        );
    }

    #[test]
    fn lines_and_comments() {
        check_unsafe(
            &KIND,
            "FROM debian:12\nCMD [ \\\n    \"a\", \"b\", \\\n    # c, d\n    \"$0e\" \\\n    , \"f\" \\\n    ]\n",
            "FROM debian:12\nCMD \\\n    a b \\\n    # c, d\n    e \\\n     f\n",
            "process 1",
        );
        check_none(
            &KIND,
            "FROM debian:12\nCMD [\"a\" \\\n    # b\n    , \"c\"$0]\n",
        );
        check_none(&KIND, "FROM debian:12\nCMD [\"a\"$0 \\\n    # b\n    ]\n");
    }

    #[test]
    fn other_arrays() {
        for text in [
            "CMD []",
            "SHELL [\"a\"]",
            "VOLUME [\"a\"]",
            "CMD a",
            "ONBUILD CMD [\"a\"]",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n$0{text}\n"));
        }
    }
}
