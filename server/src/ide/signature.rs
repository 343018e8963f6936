//! The way to write the instruction at the cursor, and which part of it is being written.

use dfix_syntax::TextSize;
use dfix_transforms::model::InstructionKind;

use super::File;
use super::completion::Typing;
use super::reference::{self, Form};

/// The ways to write an instruction.
#[derive(Debug)]
pub(crate) struct Signature {
    pub summary: &'static str,
    pub forms: &'static [Form],
    /// Which of the forms is being written.
    pub form: usize,
    /// Which of its parameters.
    pub parameter: usize,
}

/// How the instruction at an offset is written.
pub(crate) fn signature(file: File<'_>, offset: TextSize) -> Option<Signature> {
    let typing = Typing::at(file, offset)?;
    let entry = reference::instruction(typing.kind)?;
    let form = form(typing.kind, &typing.arguments);
    let parameters = entry.forms.get(form)?.parameters.len();
    let parameter = match typing.in_flags {
        true => 0,
        false => parameter(typing.kind, &typing.arguments),
    };
    Some(Signature {
        summary: entry.summary,
        forms: entry.forms,
        form,
        parameter: parameter.min(parameters.saturating_sub(1)),
    })
}

/// The number of the form that arguments have.
fn form(kind: InstructionKind, arguments: &str) -> usize {
    use InstructionKind::*;
    let json = arguments.starts_with('[');
    match kind {
        Cmd | Entrypoint => usize::from(!json && !arguments.is_empty()),
        Healthcheck => usize::from(
            arguments
                .get(..4)
                .is_some_and(|word| word.eq_ignore_ascii_case("none")),
        ),
        Run | Copy | Add | Volume => usize::from(json),
        _ => 0,
    }
}

/// The number of the parameter that the last word of arguments belongs to.
fn parameter(kind: InstructionKind, arguments: &str) -> usize {
    use InstructionKind::*;
    let words = arguments.split([' ', '\t']).filter(|word| !word.is_empty());
    let finished =
        words.count() - usize::from(!arguments.ends_with([' ', '\t']) && !arguments.is_empty());
    let elements = arguments.matches(',').count();
    match kind {
        From => match finished {
            0 => 1,
            _ => 2,
        },
        Run if arguments.starts_with('[') => 1 + elements.min(1),
        Run => 1,
        Cmd | Entrypoint | Shell if arguments.starts_with('[') => elements.min(1),
        // The first is a source, and whatever comes then may be the destination.
        Copy | Add if arguments.starts_with('[') => 1 + elements.min(1),
        Copy | Add => 1 + finished.min(1),
        Healthcheck => 1 + finished.min(1),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing::{cursor, samples, with_file};

    /// The active parameter at `$0`; empty when there is nothing to say.
    #[track_caller]
    fn check(text: &str, form_starts: &str, expected: &str) {
        let (text, offset) = cursor(text);
        with_file(&text, |file| {
            let found = signature(file, offset);
            let form = found.as_ref().and_then(|it| it.forms.get(it.form));
            let parameter = found.as_ref().zip(form).and_then(|(it, form)| {
                let (parameter, _) = form.parameters.get(it.parameter)?;
                Some(*parameter)
            });
            assert_eq!(parameter.unwrap_or_default(), expected, "{text}");
            let form = form.map_or("", |form| form.text);
            assert!(form.starts_with(form_starts), "{form}");
        });
    }

    #[test]
    fn active_parameters() {
        check("FROM $0", "FROM", "<image>[:<tag>|@<digest>]");
        check("FROM --pl$0", "FROM", "[--platform=<platform>]");
        check("FROM --platform=a x$0", "FROM", "<image>[:<tag>|@<digest>]");
        check("FROM x $0", "FROM", "[AS <name>]");
        check("FROM x as y$0", "FROM", "[AS <name>]");
        check("FROM x\nCOPY $0\n", "COPY [flags] <", "<source>...");
        check("FROM x\nCOPY a $0\n", "COPY [flags] <", "<destination>");
        check(
            "FROM x\nCOPY --chown=a b \\\n  $0\n",
            "COPY [flags] <",
            "<destination>",
        );
        check(
            "FROM x\nCOPY [\"a\", \"$0\n",
            "COPY [flags] [",
            "\"<destination>\"",
        );
        check("FROM x\nRUN a $0\n", "RUN [flags] <", "<command>");
        check("FROM x\nRUN --mount=$0\n", "RUN [flags] <", "[flags]");
        check("FROM x\nCMD [\"a\", $0\n", "CMD [", "\"<argument>\"...");
        check("FROM x\nCMD a$0\n", "CMD <", "<command>");
        check(
            "FROM x\nHEALTHCHECK --interval=1s $0\n",
            "HEALTHCHECK [",
            "CMD",
        );
        check("FROM x\nHEALTHCHECK CMD $0\n", "HEALTHCHECK [", "<command>");
        check("FROM x\nHEALTHCHECK NONE$0\n", "HEALTHCHECK N", "NONE");
        check("FROM x\nENV a=b c$0\n", "ENV", "<name>=<value>...");
        check("FROM x\nONBUILD RUN $0\n", "RUN", "<command>");
        check(
            "FROM x\nEXPOSE 80 $0\n",
            "EXPOSE",
            "<port>[-<port>][/<protocol>]...",
        );
        check("FR$0", "", "");
        check("# FROM $0", "", "");
        check("FROM x\nFOO a$0", "", "");
    }

    #[test]
    fn at_every_place() {
        samples(|text, file| {
            for (offset, _) in text.char_indices() {
                let offset = u32::try_from(offset).unwrap().into();
                if let Some(found) = signature(file, offset) {
                    assert!(found.forms[found.form].parameters.len() > found.parameter);
                }
            }
        });
    }
}
