//! The shape of the tree, and what the typed views say of it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use dfix_syntax::ast::{AstNode, File, Instruction, NodeExt};
use dfix_syntax::{Parse, SourceText, SyntaxElement, SyntaxKind, SyntaxNode, parse};

fn parsed(text: &str) -> Parse {
    parse(&SourceText::new(text.as_bytes()).unwrap())
}

fn last_instruction(text: &str) -> Instruction {
    let file = File::cast(parsed(text).root()).unwrap();
    file.instructions().last().unwrap()
}

/// `KIND(children)` for a node, the text of a token; blanks are left out, other trivia is shown as `~`. Shell texts are only
/// named.
fn show(node: &SyntaxNode) -> String {
    let mut parts = Vec::new();
    for child in node.children_with_tokens() {
        match child {
            SyntaxElement::Node(node) => match node.kind() {
                SyntaxKind::SCRIPT | SyntaxKind::OPAQUE | SyntaxKind::BASHISM => {
                    parts.push(format!("{:?}", node.kind()));
                }
                kind => parts.push(format!("{kind:?}({})", show(&node))),
            },
            SyntaxElement::Token(token) => match token.kind() {
                SyntaxKind::WHITESPACE | SyntaxKind::EOL | SyntaxKind::INDENT => {}
                kind if kind.is_trivia() => parts.push("~".to_owned()),
                SyntaxKind::VARIABLE => parts.push(format!("<{}>", token.text())),
                _ => parts.push(token.text().to_owned()),
            },
        }
    }
    parts.join(" ")
}

#[test]
fn shapes() {
    let check = |text: &str, expected: &str| {
        let instruction = last_instruction(text);
        assert_eq!(show(instruction.syntax()), expected, "{text:?}");
    };
    check("FROM a", "FROM IMAGE(a)");
    check(
        "from --platform=$P $A:1 as b",
        "from FLAG(-- FLAG_NAME(platform) = FLAG_VALUE(<$P>)) IMAGE(<$A> :1) as STAGE_NAME(b)",
    );
    check("FROM a b", "FROM IMAGE(a) ARGUMENT(b)");
    check("RUN a && b # c", "RUN SCRIPT");
    check("RUN", "RUN");
    check("RUN -- --x", "RUN -- SCRIPT");
    check("RUN [\"a\" , \"b\"]", "RUN JSON_ARRAY([ \"a\" , \"b\" ])");
    check(
        "RUN [\"a\", \\\n# c\n\"b\"]",
        "RUN JSON_ARRAY([ \"a\" , ~ ~ \"b\" ])",
    );
    check("RUN ['a']", "RUN SCRIPT");
    check("SHELL [\"cmd\", \"/C\"]\nRUN a", "RUN OPAQUE");
    check("# escape=`\nRUN a", "RUN OPAQUE");
    check("# syntax=other\nRUN a", "RUN OPAQUE");
    check(
        "# escape=`\nFROM a\nSHELL [\"sh\", \"-c\"]\nRUN a",
        "RUN SCRIPT",
    );
    check("FROM a AS B\nSHELL [\"x\"]\nFROM c\nRUN a", "RUN SCRIPT");
    check("FROM a AS B\nSHELL [\"x\"]\nFROM b\nRUN a", "RUN OPAQUE");
    check(
        "COPY --link a '$b' /c",
        "COPY FLAG(-- FLAG_NAME(link)) ARGUMENT(a) ARGUMENT('$b') ARGUMENT(/c)",
    );
    check(
        "COPY --chown=a\\\n:b x y",
        "COPY FLAG(-- FLAG_NAME(chown) = FLAG_VALUE(a ~ :b)) ARGUMENT(x) ARGUMENT(y)",
    );
    check(
        "ENV A=$B C= \"d e\"=1",
        "ENV PAIR(PAIR_NAME(A) = PAIR_VALUE(<$B>)) PAIR(PAIR_NAME(C) =) PAIR(PAIR_NAME(\"d e\") = PAIR_VALUE(1))",
    );
    check("ENV A b c", "ENV PAIR(PAIR_NAME(A) PAIR_VALUE(b c))");
    check(
        "ARG $A B=$C",
        "ARG PAIR(PAIR_NAME($A)) PAIR(PAIR_NAME(B) = PAIR_VALUE(<$C>))",
    );
    check("USER a b", "USER ARGUMENT(a b)");
    check("MAINTAINER $a", "MAINTAINER ARGUMENT($a)");
    check("EXPOSE 80 $P", "EXPOSE ARGUMENT(80) ARGUMENT(<$P>)");
    check("VOLUME [\"/a\"]", "VOLUME JSON_ARRAY([ \"/a\" ])");
    check("HEALTHCHECK NONE", "HEALTHCHECK NONE");
    check(
        "HEALTHCHECK --retries=1 cmd a",
        "HEALTHCHECK FLAG(-- FLAG_NAME(retries) = FLAG_VALUE(1)) cmd SCRIPT",
    );
    check(
        "ONBUILD COPY a b",
        "ONBUILD COPY(COPY ARGUMENT(a) ARGUMENT(b))",
    );
    check("FOO  a  b", "FOO a  b");
    check("RU\\\nN a", "RU ~ N SCRIPT");
    check("RUN <<E\na\nE\n", "RUN SCRIPT HEREDOC(SCRIPT E)");
    check("RUN <<E\n#!/bin/x\nE\n", "RUN SCRIPT HEREDOC(#!/bin/x\n E)");
    check(
        "COPY <<E /x\na\nE\n",
        "COPY ARGUMENT(<<E) ARGUMENT(/x) HEREDOC(a\n E)",
    );
    check("RUN a \\\n# c\n\n", "RUN SCRIPT ~ ~");
    // Blanks that only Unicode knows: at the end of the line they are nothing, elsewhere part of a word.
    check(
        "COPY --a=b\u{3000}",
        "COPY FLAG(-- FLAG_NAME(a) = FLAG_VALUE(b))",
    );
    check(
        "COPY a \u{a0} b",
        "COPY ARGUMENT(a) ARGUMENT(\u{a0}) ARGUMENT(b)",
    );
    check("\\\nFROM a", "~ FROM IMAGE(a)");
}

#[test]
fn file_level() {
    let root = parsed("\u{feff}# escape=`\n\n  # c\n  FROM a\n").root();
    let kinds: Vec<String> = root
        .children_with_tokens()
        .map(|child| format!("{:?}", child.kind()))
        .collect();
    assert_eq!(
        kinds,
        [
            "BOM",
            "DIRECTIVE",
            "EOL",
            "INDENT",
            "COMMENT",
            "EOL",
            "INDENT",
            "FROM"
        ]
    );
    assert_eq!(File::cast(root).unwrap().escape(), '`');
}

#[test]
fn errors_point_at_their_place() {
    let check = |text: &str, expected: &[&str]| {
        let parsed = parsed(text);
        let places: Vec<&str> = parsed
            .errors()
            .iter()
            .map(|error| {
                text.get(std::ops::Range::<usize>::from(error.range))
                    .unwrap()
            })
            .collect();
        assert_eq!(places, expected, "{:?}", parsed.errors());
    };
    check("FROM a\n  COPY --form=x a b\n", &["--form=x"]);
    check("FROM a\nENV A=b \\\n  c\n", &["c"]);
    check("FROM a\nCMD [1]\n", &["[1]"]);
    check("FRMO a\nFROM a\n", &["FRMO"]);
    check("FROM a\nCOPY \\\n# c\n  a\n", &["COPY \\\n# c\n  a"]);
    check("FROM a AS 1\n", &["1"]);
    check("RUN a\nFROM a\n", &["RUN a"]);
    check("FROM a\nRUN <<E\n", &["RUN <<E"]);
    check("FROM a\nONBUILD COPY a\n", &[]);
    check("FROM a\nVOLUME a \u{a0} b\n", &["a \u{a0} b"]);
    check("FROM a\nONBUILD onbuild\u{a0} a\n", &["onbuild\u{a0}"]);
    check("# escape=x\nFROM a\n", &["# escape=x"]);
    check("", &[""]);
}

/// BuildKit's scanner holds 65,536 bytes: a line of 65,535 fits, with or without its line end.
#[test]
fn longest_line() {
    let check = |length: usize, end: &str, is_refused: bool| {
        let text = format!("FROM a\n#{}{end}", "x".repeat(length - 1));
        assert_eq!(
            !parsed(&text).errors().is_empty(),
            is_refused,
            "{length} {end:?}"
        );
    };
    check(65_535, "\n", false);
    check(65_536, "\n", true);
    check(65_534, "\r\n", false);
    check(65_535, "\r\n", true);
    check(65_535, "", false);
    check(65_536, "", true);
}

#[test]
fn comments_directly_above() {
    let check = |text: &str, expected: &[&str]| {
        let comments = last_instruction(text).comments_above();
        let comments: Vec<&str> = comments.iter().map(|token| token.text()).collect();
        assert_eq!(comments, expected, "{text:?}");
    };
    check("# a\n  # b\nFROM a", &["# a", "# b"]);
    check("# a\n\n# b\nFROM a", &["# b"]);
    check("# a\n\nFROM a", &[]);
    check("FROM a\n# a\n \nRUN b", &[]);
    check("FROM a\n# a\n  RUN b", &["# a"]);
    check("# escape=`\n# a\nFROM a", &["# a"]);
    check("FROM a", &[]);
}

#[test]
fn ranges_and_texts_leave_trivia_out() {
    let text = "FROM a\nCO\\\n# c\nPY a \\\n  b  \\\n# d\n";
    let copy = last_instruction(text);
    assert_eq!(copy.keyword_text(), "COPY");
    assert_eq!(copy.logical_line(), "COPY a   b");
    let range = std::ops::Range::<usize>::from(copy.trimmed_range());
    assert_eq!(text.get(range), Some("CO\\\n# c\nPY a \\\n  b"));
    let destination = copy.as_copy().unwrap().destination().unwrap();
    assert_eq!(destination.text(), "b");
}

#[test]
fn values() {
    let env = last_instruction("ENV A='b'\"c\\\"\"\\ d E=$f");
    let values: Vec<Option<String>> = env
        .pairs()
        .map(|pair| pair.value().unwrap().static_value('\\'))
        .collect();
    assert_eq!(values, [Some("bc\" d".to_owned()), None]);
    let copy = last_instruction("COPY --from='a b' [\"x\\u0041\", \"y\\\n\\\\\\\"\", \"/\"]")
        .as_copy()
        .unwrap();
    assert_eq!(copy.from('\\').as_deref(), Some("a b"));
    assert_eq!(copy.values(), ["xA", "y\\\"", "/"]);
    assert_eq!(copy.instruction().json().unwrap().elements().count(), 3);
}

#[test]
fn heredocs_know_their_operator() {
    let text = "FROM a\nRUN cat <<-A 3<<'B'\n\tx\n\tA\ny\nB\n";
    let run = last_instruction(text);
    let operators = run.heredoc_operators();
    let bodies: Vec<String> = run.heredocs().map(|heredoc| heredoc.content()).collect();
    assert_eq!(bodies, ["\tx\n", "y\n"]);
    let found: Vec<_> = operators
        .iter()
        .map(|o| (o.name.as_str(), o.descriptor, o.chomp, o.expand))
        .collect();
    assert_eq!(found, [("A", 0, true, true), ("B", 3, false, false)]);
    let ends: Vec<_> = run.heredocs().filter_map(|heredoc| heredoc.end()).collect();
    assert_eq!(ends.len(), 2);
}
