//! Each edit on small files; every case also with CRLF and with a backquote as the escape token.

use dfix_syntax::{SourceText, TextRange};

use super::{Comments, Layout, Style};
use crate::model::Analysis;
use crate::model::{AndOr, Instruction, ShellWord};
use crate::{Applicability, Edit, Fix, Settings};

/// Applies what `edit` makes of the instructions behind the FROM. Case texts have no FROM.
#[track_caller]
fn check(
    before: &str,
    after: &str,
    edit: impl Fn(&Layout<'_>, &[Instruction]) -> Option<Vec<Edit>>,
) {
    let apply = |head: &str, change: &dyn Fn(&str) -> String| {
        let text = change(&format!("{head}{before}"));
        let analysis = analyse(&text);
        let layout = Layout::new(&analysis);
        let head_lines = head.lines().filter(|line| !line.starts_with('#')).count();
        let instructions = analysis.instructions.get(head_lines..).unwrap_or_default();
        let edits = edit(&layout, instructions).expect("there is an edit");
        let fix = Fix::new("", Applicability::Safe, &[], edits).expect("the edits don't meet");
        let result = fix.apply(&text);
        assert_eq!(result, change(&format!("{head}{after}")));
        let settled = analyse(&result);
        assert_eq!(settled.errors, [], "{result}");
    };
    apply("FROM alpine\n", &str::to_owned);
    apply("FROM alpine\n", &|text| text.replace('\n', "\r\n"));
    // A backquote hints at Windows, so the shell has to be said.
    let head = "# escape=`\nFROM alpine\nSHELL [\"/bin/sh\", \"-c\"]\n";
    apply(head, &|text| {
        let text = text.replace("\\\n", "`\n");
        match text.strip_suffix('\\') {
            Some(dangling) => format!("{dangling}`"),
            None => text,
        }
    });
}

/// There is no edit.
#[track_caller]
fn check_none(text: &str, edit: impl Fn(&Layout<'_>, &[Instruction]) -> Option<Vec<Edit>>) {
    let analysis = analyse(&format!("FROM alpine\n{text}"));
    let instructions = analysis.instructions.get(1..).unwrap_or_default();
    assert_eq!(edit(&Layout::new(&analysis), instructions), None);
}

fn analyse(text: &str) -> Analysis {
    let source = SourceText::new(text.as_bytes()).expect("a good text");
    Analysis::new(source, &Settings::default())
}

/// Adds a command in the style of the RUN.
fn clean(layout: &Layout<'_>, all: &[Instruction]) -> Option<Vec<Edit>> {
    let run = all.first()?;
    let end = run.script()?.range.end();
    let text = layout.style(run).and([]) + "clean";
    Some(vec![Edit::insert(end, text)])
}

fn join(layout: &Layout<'_>, all: &[Instruction]) -> Option<Vec<Edit>> {
    Some(vec![layout.join_runs(all.first()?, all.get(1)?)?])
}

/// The list of the first instruction's only item.
fn list(all: &[Instruction]) -> Option<&AndOr> {
    Some(&all.first()?.script()?.items.first()?.and_or)
}

/// The last word that reads so.
fn word(all: &[Instruction], text: &str) -> Option<TextRange> {
    let commands = all.first()?.script()?.simple_commands();
    let mut words = commands.iter().flat_map(|command| &command.words).rev();
    words
        .find(|word: &&ShellWord| word.text == text)
        .map(|word| word.range)
}

#[test]
fn a_command_goes_on_a_line_of_its_own() {
    check("RUN b && c x\n", "RUN b && c x \\\n && clean\n", clean);
    check("RUN b", "RUN b \\\n && clean", clean);
    check(
        "RUN b  \t\nCMD c\n",
        "RUN b \\\n && clean  \t\nCMD c\n",
        clean,
    );
}

#[test]
fn a_command_follows_the_style_of_its_run() {
    check(
        "RUN b \\\n    && c\n",
        "RUN b \\\n    && c \\\n    && clean\n",
        clean,
    );
    check(
        "RUN b && \\\n\tc\n",
        "RUN b && \\\n\tc && \\\n\tclean\n",
        clean,
    );
    check(
        "RUN b; \\\n    c\n",
        "RUN b; \\\n    c && \\\n    clean\n",
        clean,
    );
}

#[test]
fn a_command_follows_the_style_of_the_file() {
    check(
        "RUN b c\nRUN d && \\\n      e\n",
        "RUN b c && \\\n      clean\nRUN d && \\\n      e\n",
        clean,
    );
    check(
        "RUN b && c \\\n        d\n",
        "RUN b && c \\\n        d \\\n && clean\n",
        clean,
    );
}

#[test]
fn a_command_goes_before_what_dangles() {
    check("RUN b \\", "RUN b \\\n && clean \\", clean);
    check("RUN b \\\n# c", "RUN b \\\n && clean \\\n# c", clean);
    check(
        "RUN b \\\n  c \\\n\n  # d\n",
        "RUN b \\\n  c \\\n && clean \\\n\n  # d\n",
        clean,
    );
}

#[test]
fn nothing_joins_a_comment_an_operator_or_another_form() {
    for first in [
        "RUN b # why",
        "RUN b;",
        "RUN b &",
        "RUN [\"b\"]",
        "RUN <<EOF\nb\nEOF",
        "RUN cat <<EOF > f\nb\nEOF",
        "CMD b",
    ] {
        check_none(&format!("{first}\nRUN c\n"), join);
    }
    check_none("SHELL [\"powershell\"]\nRUN b\nRUN c\n", |layout, all| {
        Some(vec![layout.join_runs(all.get(1)?, all.get(2)?)?])
    });
}

#[test]
fn two_runs_become_one() {
    check("RUN b\nRUN c && d\n", "RUN b \\\n && c && d\n", join);
    check("RUN b  \n\n\n  run   c", "RUN b \\\n && c", join);
    check(
        "RUN b && \\\n  c\nRUN d\n",
        "RUN b && \\\n  c && \\\n  d\n",
        join,
    );
    check(
        "RUN b\nRUN c \\\n  && d\n",
        "RUN b \\\n  && c \\\n  && d\n",
        join,
    );
    check(
        "RUN --network=none b\nRUN --network=none \\\n    c\n",
        "RUN --network=none b \\\n && c\n",
        join,
    );
}

#[test]
fn comments_between_two_runs_stay_above_the_second_command() {
    check(
        "# b\nRUN b\n\n# free\n\n  # c  \nRUN c\n",
        "# b\nRUN b \\\n    # free\n    # c\n && c\n",
        join,
    );
    check(
        "RUN b \\\n   && c\n# d\nRUN \\\n  # e\n  d\n",
        "RUN b \\\n   && c \\\n   # d\n   # e\n   && d\n",
        join,
    );
    check(
        "RUN b && \\\n  c\n# d\nRUN d\n",
        "RUN b && \\\n  c && \\\n  # d\n  d\n",
        join,
    );
}

#[test]
fn only_neighbours_join() {
    check_none("RUN b\nENV c=d\nRUN e\n", |layout, all| {
        Some(vec![layout.join_runs(all.first()?, all.get(2)?)?])
    });
    check_none("RUN b # c\nRUN d\n", join);
    check_none("RUN b\nRUN [\"c\"]\n", join);
    check_none("RUN b\nRUN <<EOF\nc\nEOF\n", join);
}

#[test]
fn a_word_is_put_behind_another() {
    let add = |layout: &Layout<'_>, all: &[Instruction]| {
        Some(vec![layout.insert_word(word(all, "x")?, "-y")])
    };
    check("RUN b x\\\n c\n", "RUN b x -y\\\n c\n", add);
    check("RUN b x\n", "RUN b x -y\n", add);
}

#[test]
fn a_command_goes_with_its_operator() {
    let remove = |number: usize| {
        move |layout: &Layout<'_>, all: &[Instruction]| {
            Some(vec![layout.remove_command(
                all.first()?,
                list(all)?,
                number,
            )?])
        }
    };
    check("RUN b && c && d\n", "RUN c && d\n", remove(0));
    check("RUN b && c && d\n", "RUN b && d\n", remove(1));
    check("RUN b && c && d\n", "RUN b && c\n", remove(2));
    check(
        "RUN b \\\n && c \\\n && d\n",
        "RUN c \\\n && d\n",
        remove(0),
    );
    check(
        "RUN b \\\n && c \\\n && d\n",
        "RUN b \\\n && d\n",
        remove(1),
    );
    check(
        "RUN b && \\\n  c && \\\n  d\n",
        "RUN b && \\\n  d\n",
        remove(1),
    );
    check(
        "RUN b && \\\n  c && \\\n  d\n",
        "RUN b && \\\n  c\n",
        remove(2),
    );
    check(
        "RUN b \\\n    # c\n && c \\\n    # d\n && d\n",
        "RUN b \\\n    # c\n    # d\n && d\n",
        remove(1),
    );
    check(
        "RUN b \\\n    # c\n && c\n",
        "RUN \\\n    # c\n    c\n",
        remove(0),
    );
    check_none("RUN b\n", remove(0));
    check_none("RUN b \\\n    # c\n && c\n", remove(1));
}

#[test]
fn an_instruction_goes_with_its_lines() {
    let remove = |layout: &Layout<'_>, all: &[Instruction]| {
        Some(layout.remove_instruction(all.first()?, Comments::Stay))
    };
    check("RUN b \\\n  c\nCMD d\n", "CMD d\n", remove);
    check("CMD b", "", remove);
    check("# c\nCMD b\nCMD d\n", "# c\nCMD d\n", remove);
    check("\nCMD b\n\nCMD d\n", "\nCMD d\n", remove);
    check("\nCMD b\n", "", remove);
    check("CMD b \\\n # c\n d\nRUN e\n", "# c\nRUN e\n", remove);
    check("RUN <<EOF\nb\nEOF\nCMD d\n", "CMD d\n", remove);
}

#[test]
fn comments_of_what_is_gone_stand_alone() {
    let remove = |layout: &Layout<'_>, all: &[Instruction]| {
        Some(layout.remove_instruction(all.first()?, Comments::StandAlone))
    };
    check("# c\nCMD b\nCMD d\n", "# c\n\nCMD d\n", remove);
    check("# c\nCMD b\n# d\nCMD d\n", "# c\n\n# d\nCMD d\n", remove);
    check(
        "# c\nCMD b \\\n # e\n d\n\nCMD d\n",
        "# c\n# e\n\nCMD d\n",
        remove,
    );
    check("# c\nCMD b\n", "# c\n", remove);
}

#[test]
fn the_comments_of_an_instruction_go_to_its_heir() {
    let remove = |layout: &Layout<'_>, all: &[Instruction]| {
        let heir = Comments::MoveTo(all.last()?);
        Some(layout.remove_instruction(all.first()?, heir))
    };
    check("# c\nCMD b\nCMD d\n", "# c\nCMD d\n", remove);
    check("# c\nCMD b\n\n# d\nCMD d\n", "\n# c\n# d\nCMD d\n", remove);
    check(
        "# c\nCMD b\nRUN e\n  CMD d\n",
        "RUN e\n  # c\n  CMD d\n",
        remove,
    );
    check("CMD b\nCMD d", "CMD d", remove);
}

#[test]
fn a_new_instruction_stands_above_another() {
    let above = |layout: &Layout<'_>, all: &[Instruction]| {
        Some(vec![layout.insert_before(all.first()?, "USER c")])
    };
    check("RUN b\n", "USER c\nRUN b\n", above);
    check("\n# b\n  RUN b\n", "\n  USER c\n# b\n  RUN b\n", above);
}

#[test]
fn styles() {
    let style = |text: &str| -> Style {
        let analysis = analyse(&format!("FROM alpine\n{text}"));
        let layout = Layout::new(&analysis);
        layout.style(&analysis.instructions[1])
    };
    let shown = |style: &Style| {
        let Style {
            operator_first,
            command_indent,
            operand_indent,
            ..
        } = style;
        format!("{operator_first} {command_indent:?} {operand_indent:?}")
    };
    for (text, expected) in [
        ("RUN b\n", r#"true " " "    ""#),
        ("RUN b \\\n    && c\n", r#"true "    " "        ""#),
        ("RUN b \\\n\t&& c\n", r#"true "\t" "\t\t""#),
        ("RUN b && \\\n  c\n", r#"false "  " "    ""#),
        (
            "RUN b \\\n      d && \\\n    c\n",
            r#"false "    " "      ""#,
        ),
        (
            "RUN \\\n        b \\\n    && c\n",
            r#"true "    " "        ""#,
        ),
        ("RUN b\nRUN c \\\n  d\n", r#"true " " "  ""#),
        (
            "RUN b \\\n  # && d\n\n    && c\n",
            r#"true "    " "        ""#,
        ),
    ] {
        assert_eq!(shown(&style(text)), expected, "{text}");
    }
}

#[test]
fn characters_that_the_builder_sees() {
    let analysis = analyse("FROM alpine\nRUN b\\\n  # x\n\n  c \\\n# y\nd\n");
    let layout = Layout::new(&analysis);
    let run = &analysis.instructions[1];
    let seen: String = layout.joined(run, run.range).map(|(_, c)| c).collect();
    assert_eq!(seen, "RUN b  c d");
}
