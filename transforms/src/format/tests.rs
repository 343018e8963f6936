//! Layout on small files: each case with LF and CRLF, and each result formatted again.

use dfix_syntax::SourceText;

use super::*;

fn analyse(text: &str) -> Analysis {
    let source = SourceText::new(text.as_bytes()).unwrap();
    Analysis::new(source, &Settings::default())
}

#[track_caller]
fn check_with(options: &FormatOptions, before: &str, after: &str) {
    for change in [str::to_owned, |text: &str| text.replace('\n', "\r\n")] {
        let (before, after) = (change(before), change(after));
        let result = apply_edits(&before, &format(&analyse(&before), options));
        assert_eq!(result, after);
        assert_eq!(format(&analyse(&result), options), [], "the result again");
    }
}

#[track_caller]
fn check(before: &str, after: &str) {
    check_with(&FormatOptions::default(), before, after);
}

/// A body behind a FROM.
#[track_caller]
fn check_body(before: &str, after: &str) {
    check(&format!("FROM a\n{before}"), &format!("FROM a\n{after}"));
}

#[track_caller]
fn check_kept(body: &str) {
    check_body(body, body);
}

#[test]
fn keywords_and_what_follows_them() {
    check("  FROM   a  AS\tb  \n", "FROM a AS b\n");
    check_body("COPY\t --link  a  b\n", "COPY --link a  b\n");
    check_body(
        "HEALTHCHECK  --retries=1\tCMD   a  b\n",
        "HEALTHCHECK --retries=1 CMD a  b\n",
    );
    check_body("ONBUILD   RUN  a   b \n", "ONBUILD RUN  a   b\n");
    check_body(
        "WORKDIR   /a  b\nENV  C   d  e\n",
        "WORKDIR /a  b\nENV C   d  e\n",
    );
}

#[test]
fn keywords_below_a_continuation() {
    check_body(" \\\n  RUN  b\n", "\\\n  RUN b\n");
    check_body("RU\\\nN  b\n", "RU\\\nN b\n");
}

#[test]
fn keywords_have_one_letter_case() {
    check("FROM a as b\nRun c\n", "FROM a AS b\nRUN c\n");
    check("from a AS b\nRun c\n", "from a as b\nrun c\n");
    check_kept("ONBUILD run b\n");
    let with = |keyword_case| FormatOptions {
        keyword_case,
        ..FormatOptions::default()
    };
    let mixed = "from a as b\nRUN c\nRUN d\n";
    check_with(
        &with(KeywordCase::Lower),
        mixed,
        "from a as b\nrun c\nrun d\n",
    );
    check_with(
        &with(KeywordCase::Upper),
        mixed,
        "FROM a AS b\nRUN c\nRUN d\n",
    );
    check_with(&with(KeywordCase::Preserve), mixed, mixed);
}

#[test]
fn arrays() {
    check_body(
        "CMD [ \"a\" ,\"b\",   \"c d\"]\nSHELL [\"a\"  ]\nENTRYPOINT [ ]\n",
        "CMD [\"a\", \"b\", \"c d\"]\nSHELL [\"a\"]\nENTRYPOINT []\n",
    );
    check_body(
        "CMD [ \\\n\"a\",\\\n      \"b\" \\\n]\n",
        "CMD [ \\\n    \"a\", \\\n    \"b\" \\\n]\n",
    );
    // This is a shell text.
    check_kept("RUN [ -f  b ]\n");
}

#[test]
fn lines_of_one_construct_get_one_indentation() {
    check_body(
        "RUN b \\\n  && c \\\n   && d\\\n&& e\n",
        "RUN b \\\n  && c \\\n  && d \\\n  && e\n",
    );
    check_body(
        "RUN b && \\\n    c && \\\n  d && \\\n    e\n",
        "RUN b && \\\n    c && \\\n    d && \\\n    e\n",
    );
    check_body(
        "COPY b \\\n   c \\\n\td \\\n    e \\\n    /\n",
        "COPY b \\\n    c \\\n    d \\\n    e \\\n    /\n",
    );
}

#[test]
fn what_most_lines_of_the_file_show_wins() {
    check_body(
        "RUN b \\\n  c\nRUN d \\\n  e\nRUN f \\\n      g\n",
        "RUN b \\\n  c\nRUN d \\\n  e\nRUN f \\\n  g\n",
    );
    check_body(
        "RUN b \\\n && c\nRUN d \\\n && e\nRUN f \\\n    && g\n",
        "RUN b \\\n && c\nRUN d \\\n && e\nRUN f \\\n && g\n",
    );
    check_body(
        "RUN b \\\n\tc\nRUN d \\\n\te\nRUN f \\\n    g\n",
        "RUN b \\\n\tc\nRUN d \\\n\te\nRUN f \\\n\tg\n",
    );
    check_body("RUN b \\\nc\n", "RUN b \\\n    c\n");
}

#[test]
fn the_structure_is_the_authors() {
    let flat = "RUN b && c \\\n    d \\\n    && e\n";
    let deep = "RUN b && c \\\n        d \\\n    && e\n";
    check_kept(flat);
    check_kept(deep);
    check_body(&format!("{deep}{flat}"), &format!("{deep}{flat}"));
    check_kept(
        "RUN set -e; \\\n    for b in c d; do \\\n        if e; then \\\n            f \"$b\" \\\n              --g; \\\n        fi; \\\n    done\n",
    );
    check_body(
        "RUN b \\\n && if c; then \\\n      d; \\\n    fi \\\n && e \\\n     f\nRUN g \\\n    && h \\\n        i\nRUN j \\\n && k\n",
        "RUN b \\\n && if c; then \\\n      d; \\\n    fi \\\n && e \\\n     f\nRUN g \\\n && h \\\n     i\nRUN j \\\n && k\n",
    );
}

#[test]
fn alignment_is_kept() {
    check_kept("LABEL b=c \\\n      d=e\nRUN f \\\n  g\n");
    check_body(
        "LABEL   b=c \\\n        d=e\nRUN f \\\n  g\n",
        "LABEL b=c \\\n      d=e\nRUN f \\\n  g\n",
    );
    check_kept("RUN apk add --no-cache b \\\n                       c\n");
    // Escape tokens in one column.
    check_kept("RUN bb      \\\n    c       \\\n    dddddd\n");
    check_body(
        "RUN bb      \\\n  c         \\\n    ddddddd \\\n    e\n",
        "RUN bb      \\\n    c       \\\n    ddddddd \\\n    e\n",
    );
    check_body(
        "RUN bb   \\\n    c  \\\n    d\n",
        "RUN bb \\\n    c \\\n    d\n",
    );
}

#[test]
fn a_fixed_indentation() {
    let with = |indent| FormatOptions {
        indent: Some(indent),
        ..FormatOptions::default()
    };
    let before = "FROM a\nRUN b \\\n && c \\\n      d \\\n && if e; then \\\n      f; \\\n    fi\nENV g=h \\\n  i=j\n";
    check_with(
        &with(Indent::Spaces(2)),
        before,
        "FROM a\nRUN b \\\n  && c \\\n    d \\\n  && if e; then \\\n    f; \\\n    fi\nENV g=h \\\n  i=j\n",
    );
    check_with(
        &with(Indent::Tab),
        before,
        "FROM a\nRUN b \\\n\t&& c \\\n\t\td \\\n\t&& if e; then \\\n\t\tf; \\\n\t\tfi\nENV g=h \\\n\ti=j\n",
    );
}

#[test]
fn the_editor_decides_where_the_file_shows_nothing() {
    let before = "FROM a\nRUN b \\\nc\n";
    for (width, spaces, after) in [
        (2, true, "FROM a\nRUN b \\\n  c\n"),
        (8, false, "FROM a\nRUN b \\\n\tc\n"),
        // Out of what makes sense.
        (0, true, "FROM a\nRUN b \\\n c\n"),
    ] {
        let options = FormatOptions::default().in_editor(width, spaces);
        check_with(&options, before, after);
        let shown = "FROM a\nRUN b \\\n   c\n";
        check_with(&options, shown, shown);
    }
    let huge = FormatOptions::default().in_editor(u32::MAX, false);
    check_with(&huge, before, "FROM a\nRUN b \\\n\tc\n");
}

#[test]
fn comments_inside() {
    check_body(
        "RUN b \\\n# why  \n    && c \\\n      # how\n  # where\n    && d\n",
        "RUN b \\\n    # why\n    && c \\\n    # how\n    # where\n    && d\n",
    );
    check_body(
        "RUN b \\\n# why\n && c \\\n # how\n && d\n",
        "RUN b \\\n    # why\n && c \\\n # how\n && d\n",
    );
    check_kept("RUN b \\\n      # the end\n");
}

#[test]
fn blanks_at_the_ends_of_lines() {
    check_body(
        "RUN b  \\ \t\n  \n    c \t\n  \nRUN d\n",
        "RUN b \\\n\n    c\n\nRUN d\n",
    );
    check_body("# b\t \nUSER c\t\n", "# b\nUSER c\n");
    let keep = FormatOptions {
        trim_trailing_blanks: false,
        ..FormatOptions::default()
    };
    check_with(&keep, "FROM a \n", "FROM a \n");
    // Without the blanks, the token would continue the line.
    check_kept("RUN b\\\u{a0}\nRUN c\n");
    check(
        "# escape=`\nFROM a\nUSER b\\ \n",
        "# escape=`\nFROM a\nUSER b\\\n",
    );
}

#[test]
fn words_quotes_and_stored_texts_are_kept() {
    for text in [
        "RUN b\\\nc \"d  \\\n   e\"  'f \\\n g' h\\\n  i\n",
        "RUN b=$(c \\\n  d) e\n",
        "RUN b=(c \\\n  d)\n",
        "CMD b   \\\n  c\n",
        "HEALTHCHECK CMD b   \\\n  c\n",
        "ONBUILD RUN b   \\\n  c\n",
        "ENV b c   \\\n  d\n",
        "ENV b=\"c   \\\n  d\"\n",
        "ENV b=c\\   \n",
        "SHELL [\"pwsh\"]\nRUN b   \\\n  c\n",
    ] {
        let analysis = analyse(&format!("FROM a\n{text}"));
        assert_eq!(analysis.errors, [], "{text}");
        let edits = format(&analysis, &FormatOptions::default());
        let inside = edits.iter().filter(|edit| {
            let blanks = analysis.text(edit.range);
            !blanks.trim_matches([' ', '\t']).is_empty() || !edit.insert.trim().is_empty()
        });
        assert_eq!(inside.count(), 0);
        let after = apply_edits(&analysis.source, &edits);
        let read = |text: &str| {
            let source = SourceText::new(text.as_bytes()).unwrap();
            dfix_syntax::buildkit::instructions(&dfix_syntax::parse(&source))
        };
        let words = |text: &str| -> Vec<Vec<String>> {
            read(text).into_iter().map(|found| found.args).collect()
        };
        let (before, after) = (words(&analysis.source), words(&after));
        if !text.starts_with("RUN") {
            assert_eq!(before, after, "{text}");
        }
    }
    check_kept("RUN \"b  \\\n   c\"\n");
    check_kept("RUN b=$(c   \\\n  d)\n");
}

#[test]
fn heredocs() {
    check_body(
        "RUN  <<-E   cat  \n\t  b  \n\n\n\tE\nCOPY <<F  /c \n d \\\nF\n",
        "RUN <<-E   cat\n\t  b  \n\n\n\tE\nCOPY <<F  /c\n d \\\nF\n",
    );
}

#[test]
fn what_is_not_understood_is_left_alone() {
    for text in [
        "FORM a\nRUN  b\n",
        "# syntax=other/frontend\nFROM  a\n",
        "FROM a\nRUN b # c \\\n  && d\n",
        "FROM a\nCMD ['b' ,  'c']\n",
    ] {
        check(text, text);
    }
    // No proof follows an alias: the script stays, the rest doesn't.
    check(
        "FROM  a\nRUN alias b=c && \\\nb  \\\n  d\n",
        "FROM a\nRUN alias b=c && \\\nb  \\\n  d\n",
    );
    check(
        "FROM  mcr.microsoft.com/windows/nanoserver\nRUN  b   \\\n c  \n",
        "FROM  mcr.microsoft.com/windows/nanoserver\nRUN  b   \\\n c\n",
    );
}

#[test]
fn blank_lines_and_margins() {
    check(
        "\n\n# x\n\n\n\n  FROM a\n  # y\n\n\n \n  RUN b\n \n\n",
        "# x\n\nFROM a\n# y\n\nRUN b\n",
    );
    let two = FormatOptions {
        max_blank_lines: 2,
        ..FormatOptions::default()
    };
    check_with(&two, "FROM a\n\n\n\nRUN b\n", "FROM a\n\n\nRUN b\n");
}

#[test]
fn stages_are_set_apart() {
    check(
        "ARG x\nFROM a\nRUN b\n# c\n# d\nFROM e\nFROM f\n# g\n\nFROM h\n",
        "ARG x\nFROM a\nRUN b\n\n# c\n# d\nFROM e\n\nFROM f\n# g\n\nFROM h\n",
    );
    let off = FormatOptions {
        blank_line_before_stage: false,
        ..FormatOptions::default()
    };
    check_with(&off, "FROM a\nFROM b\n", "FROM a\nFROM b\n");
    check("FROM a\n  FROM b\n", "FROM a\n\nFROM b\n");
}

#[test]
fn nothing_becomes_a_directive_or_a_check() {
    for text in [
        "\n# escape=`\nFROM a\n",
        "\n\n\n# check=skip=all\nFROM a\n",
        "#!/x\n  # syntax=docker/dockerfile:1\nFROM a\n",
        "  # escape=`\nFROM a\n",
        "FROM a\n # check=skip=all\nRUN b\n",
    ] {
        check(text, text);
    }
}

#[test]
fn the_end_of_the_file() {
    for (before, after) in [
        ("FROM a", "FROM a\n"),
        ("FROM a  ", "FROM a\n"),
        ("FROM a\n  ", "FROM a\n"),
        ("FROM a\n# b", "FROM a\n# b\n"),
        ("FROM a\n\n\n", "FROM a\n"),
        ("FROM a\nRUN b \\", "FROM a\nRUN b \\\n"),
        ("FROM a\nRUN b \\\n\n", "FROM a\nRUN b \\\n\n"),
        ("FROM a\nRUN <<E\nE", "FROM a\nRUN <<E\nE\n"),
        ("\u{feff}FROM  a\n", "\u{feff}FROM a\n"),
    ] {
        let result = apply_edits(before, &format(&analyse(before), &FormatOptions::default()));
        assert_eq!(result, after);
    }
    let loose = FormatOptions {
        insert_final_newline: false,
        trim_final_newlines: false,
        ..FormatOptions::default()
    };
    check_with(&loose, "FROM a", "FROM a");
    check_with(&loose, "FROM a\n \n\n", "FROM a\n\n\n");
}

/// Formats what stands between two `|`.
#[track_caller]
fn check_range(before: &str, after: &str) {
    let places: Vec<usize> = before.match_indices('|').map(|(at, _)| at).collect();
    let [start, end] = places[..] else {
        panic!("two places")
    };
    let text = before.replace('|', "");
    let size = |at: usize| TextSize::try_from(at).unwrap();
    let range = TextRange::new(size(start), size(end - 1));
    let edits = format_range(&analyse(&text), &FormatOptions::default(), range);
    assert_eq!(apply_edits(&text, &edits), after);
}

#[test]
fn ranges() {
    check_range(
        "FROM  a\n\n\nRUN  ||b\n\n\nRUN  c\n",
        "FROM  a\n\n\nRUN b\n\n\nRUN  c\n",
    );
    check_range(
        "FROM  a\n\n\n|RUN  b\n\n\n # x\n |RUN  c\n\n\n",
        "FROM  a\n\n\nRUN b\n\n# x\nRUN c\n\n\n",
    );
    check_range("FROM  a\n|RUN  b\n|RUN  c\n", "FROM  a\nRUN b\nRUN  c\n");
    check_range("FROM  a\n\n|\n|\nRUN  c\n", "FROM  a\n\n\n\nRUN  c\n");
}

/// Breaks the line at `|`, where the editor has put blanks of its own or none.
#[track_caller]
fn check_newline(before: &str, after: &str) {
    let at = before.find('|').unwrap();
    for own in ["", "  ", "\t"] {
        let text = before.replace('|', &format!("\n{own}"));
        let at = TextSize::try_from(at + 1).unwrap();
        let edits = format_on_newline(&analyse(&text), &FormatOptions::default(), at);
        assert_eq!(apply_edits(&text, &edits), after, "{own:?}");
    }
}

#[test]
fn new_lines() {
    check_newline("FROM a\nRUN b \\|", "FROM a\nRUN b \\\n    ");
    check_newline(
        "FROM a\nRUN b \\|\nRUN c\n",
        "FROM a\nRUN b \\\n    \nRUN c\n",
    );
    check_newline(
        "FROM a\nRUN b \\\n && c\nRUN d \\|",
        "FROM a\nRUN b \\\n && c\nRUN d \\\n ",
    );
    check_newline(
        "FROM a\nRUN b \\\n  c \\|\n  d\n",
        "FROM a\nRUN b \\\n  c \\\n  \n  d\n",
    );
    check_newline("FROM a\nRUN b \\|c\n", "FROM a\nRUN b \\\n    c\n");
    check_newline("FROM a\nCOPY b \\|c /\n", "FROM a\nCOPY b \\\n    c /\n");
    // The instruction is at its end.
    check_newline("FROM a\nRUN b \\\n  c|", "FROM a\nRUN b \\\n  c\n");
    check_newline("FROM a|RUN b\n", "FROM a\nRUN b\n");
    check_newline("FROM a\n|", "FROM a\n\n");
    // A file that does not parse is no reason to stop.
    check_newline("FROM a\nFOO\nRUN b \\|", "FROM a\nFOO\nRUN b \\\n    ");
    check_newline("RUN b \\|", "RUN b \\\n    ");
}

#[test]
fn new_lines_where_blanks_are_content() {
    for text in [
        "FROM a\nRUN <<E\n  b|\nE\n",
        "FROM a\nRUN <<E\n  b|",
        "FROM a\nRUN \"b \\|c\"\n",
        "FROM a\nENV b c \\|d\n",
    ] {
        let at = TextSize::try_from(text.find('|').unwrap() + 1).unwrap();
        for own in ["", "  "] {
            let text = text.replace('|', &format!("\n{own}"));
            let edits = format_on_newline(&analyse(&text), &FormatOptions::default(), at);
            assert_eq!(edits, [], "{text}");
        }
    }
    // One word on two lines.
    let edits = format_on_newline(
        &analyse("FROM a\nRUN b\\\nc\n"),
        &FormatOptions::default(),
        14.into(),
    );
    assert_eq!(edits, []);
}

#[test]
fn no_text_makes_it_panic() {
    let whole = "# escape=`\n\nFROM a  as b `\n # c\n\n  x\r\nRUN  b && c `\n\t`\n # d\n\n && \"e `\n f\" <<-G\n\tg\n\tG\nCMD [ \"h\" ,`\n\"i\"]\n";
    let options = FormatOptions::default();
    for text in [whole.to_owned(), whole.replace('`', "\\")] {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let analysis = analyse(&text[..end]);
            let at = TextSize::try_from(end).unwrap();
            format(&analysis, &options);
            format_on_newline(&analysis, &options, at);
            format_range(&analysis, &options, TextRange::new(0.into(), at));
        }
    }
}
