//! Files and the data they give, in a compact form.

use std::fmt::Write;

use dfix_syntax::SourceText;

use crate::Settings;
use crate::model::{
    Analysis, Args, Command, CompoundKind, Connective, Form, Instruction, Script, SeparatorKind,
    ShellWord, Word,
};

fn analyse(text: &str) -> Analysis {
    Analysis::new(
        SourceText::new(text.as_bytes()).unwrap(),
        &Settings::default(),
    )
}

/// The last instruction of a file: its arguments in a form that shows what was understood.
#[track_caller]
fn check(text: &str, expected: &str) {
    let analysis = analyse(text);
    let instruction = analysis.instructions.last().unwrap();
    assert_eq!(show(&analysis, instruction), expected, "{text}");
}

fn show(analysis: &Analysis, instruction: &Instruction) -> String {
    let mut out = String::new();
    for flag in &instruction.flags {
        let value = flag.value_range.map(|range| analysis.text(range));
        write!(out, "--{}={:?}~{value:?} ", flag.name, flag.value).unwrap();
    }
    // A word as the builder reads it, and as it is written where that differs.
    let word = |word: &Word| {
        let written = analysis.text(word.range);
        if written == word.text {
            format!("<{}>", word.text)
        } else {
            format!("<{}~{written}>", word.text)
        }
    };
    let words = |all: &[Word]| all.iter().map(word).collect::<String>();
    match &instruction.args {
        Args::From {
            image,
            as_keyword,
            name,
        } => {
            let keyword = as_keyword.map(|range| analysis.text(range));
            out += &format!("{} {keyword:?} {}", word(image), words(name.as_slice()));
        }
        Args::Command(command) => match &command.form {
            Form::Exec(items) => {
                for item in items {
                    out += &format!("[{}~{}]", item.value, analysis.text(item.range));
                }
            }
            Form::Shell { text, script } => {
                out += &format!("{text:?} ");
                match script {
                    Some(script) => out += &show_script(script),
                    None => out += "opaque",
                }
            }
        },
        Args::Copy {
            sources,
            dest,
            json,
        } => {
            out += &format!("{} -> {} {json}", words(sources), word(dest));
        }
        Args::Pairs(pairs) => {
            for pair in pairs {
                let name = analysis.text(pair.range);
                out += &format!("({name}: {}", word(&pair.name));
                out += &pair.value.as_ref().map(word).unwrap_or_default();
                out += if pair.legacy { " legacy)" } else { ")" };
            }
        }
        Args::Value(value) => out += &word(value),
        Args::Words { words: all, json } => out += &format!("{} {json}", words(all)),
        Args::None => out += "none",
        Args::Trigger(trigger) => {
            out += &format!("{:?} {}", trigger.kind, show(analysis, trigger));
        }
        Args::Malformed => out += "malformed",
    }
    for heredoc in &instruction.heredocs {
        let (body, end) = (
            analysis.text(heredoc.body),
            analysis.text(heredoc.terminator),
        );
        let (expand, chomp) = (heredoc.expand, heredoc.chomp);
        out += &format!(
            " {}<<{} {expand} {chomp} {body:?} {end:?}",
            heredoc.fd, heredoc.name
        );
    }
    out
}

fn show_script(script: &Script) -> String {
    let mut out = String::new();
    for item in &script.items {
        let list = &item.and_or;
        out += &show_pipeline(&list.first);
        for (connective, _, pipeline) in &list.rest {
            out += match connective {
                Connective::And => " && ",
                Connective::Or => " || ",
            };
            out += &show_pipeline(pipeline);
        }
        out += match item.end.map(|end| end.kind) {
            Some(SeparatorKind::Semicolon) => "; ",
            Some(SeparatorKind::Background) => " & ",
            Some(SeparatorKind::Newline) => "\n",
            None => "",
        };
    }
    for heredoc in &script.heredocs {
        out += &format!("HEREDOC{}", show_word(heredoc));
    }
    out
}

fn show_pipeline(pipeline: &crate::model::Pipeline) -> String {
    let mut out = String::new();
    out += if pipeline.negated { "! " } else { "" };
    out += if pipeline.timed { "time " } else { "" };
    let commands: Vec<_> = pipeline.commands.iter().map(show_command).collect();
    out + &commands.join(" | ")
}

fn show_command(command: &Command) -> String {
    let mut parts = Vec::new();
    let redirects = match command {
        Command::Simple(simple) => {
            for assignment in &simple.assignments {
                let value = assignment.value.iter().chain(&assignment.array);
                let value: String = value.map(show_word).collect();
                let append = if assignment.append { "+" } else { "" };
                parts.push(format!("{}{append}={value}", assignment.name));
            }
            parts.extend(simple.words.iter().map(show_word));
            &simple.redirects
        }
        Command::Compound(compound) => {
            if compound.kind != CompoundKind::Subshell {
                parts.push(format!("{:?}", compound.kind));
            }
            parts.extend(compound.name.iter().map(|name| format!("name:{name}")));
            parts.extend(compound.words.iter().map(show_word));
            parts.extend(
                compound
                    .bodies
                    .iter()
                    .map(|body| format!("({})", show_script(body))),
            );
            &compound.redirects
        }
    };
    for redirect in redirects {
        let target = redirect.target.as_ref().map(show_word).unwrap_or_default();
        parts.push(format!("{}{target}", redirect.operator));
    }
    parts.join(" ")
}

/// A word with a value as the value, any other as its text in brackets; marks after it.
fn show_word(word: &ShellWord) -> String {
    let mut out = match &word.value {
        Some(value) => value.to_string(),
        None => format!("[{}]", word.text),
    };
    for (mark, is) in [
        ('*', word.glob),
        ('q', word.quoted),
        ('s', word.splits),
        ('!', word.effectful),
    ] {
        if is {
            out.push('\'');
            out.push(mark);
        }
    }
    for name in &word.variables {
        out += &format!("${name}");
    }
    for script in &word.substitutions {
        out += &format!("({})", show_script(script));
    }
    out
}

#[test]
fn instructions() {
    check("FROM a", "<a> None ");
    check(
        "FROM --platform=$P a:$x AS B",
        "--platform=Some(\"$P\")~Some(\"$P\") <a:$x> Some(\"AS\") <B>",
    );
    check("FROM a b", "malformed");
    check(
        "ENV a=1 b=\"x y\" c=",
        "(a=1: <a><1>)(b=\"x y\": <b><\"x y\">)(c=: <c><>)",
    );
    check("ENV a  b c", "(a  b c: <a><b c> legacy)");
    check("ENV a=\\\n1", "(a=\\\n1: <a><1>)");
    check("ENV a=x\\\ny", "(a=x\\\ny: <a><xy~x\\\ny>)");
    check("ARG a b=1", "(a: <a>)(b=1: <b><1>)");
    check("ARG", "malformed");
    check(
        "COPY --from=\"a\" --link b c d/",
        "--from=Some(\"a\")~Some(\"\\\"a\\\"\") --link=None~None <b><c> -> <d/> false",
    );
    check(
        "COPY --chown= b c",
        "--chown=Some(\"\")~Some(\"\") <b> -> <c> false",
    );
    check(
        "COPY [\"a b\", \"c\\n\"]",
        "<a b~\"a b\"> -> <c\n~\"c\\n\"> true",
    );
    check("COPY a", "malformed");
    check("WORKDIR /a b ", "</a b>");
    check("EXPOSE 80 $p/udp", "<80><$p/udp> false");
    check("VOLUME [\"/a\"]", "</a~\"/a\"> true");
    check("HEALTHCHECK none", "none");
    check(
        "HEALTHCHECK --retries=3 CMD a b",
        "--retries=Some(\"3\")~Some(\"3\") \"a b\" a b",
    );
    check("CMD [\"a\", \"b\\\\\"]", "[a~\"a\"][b\\~\"b\\\\\"]");
    check("CMD [\"a\\\nb\"]", "[ab~\"a\\\nb\"]");
    check("CMD", "\"\" opaque");
    check("SHELL [\"a\"]", "[a~\"a\"]");
    check("SHELL a", "malformed");
    check("ONBUILD RUN a", "Run \"a\" a");
    check("FOO a", "malformed");
}

#[test]
fn heredocs() {
    check(
        "COPY <<a <<-'b' /d/\nx\na\n\ty\n\tb\n",
        "<<<a><<<-'b'> -> </d/> false 0<<a true false \"x\\n\" \"a\" 0<<b false true \"\\ty\\n\" \"\\tb\"",
    );
    check(
        "RUN <<E\na\nE\n",
        "\"<<E\" a\n 0<<E true false \"a\\n\" \"E\"",
    );
    check(
        "RUN 3<<E cat\na\nE\n",
        "\"3<<E cat\" cat 3<<E 3<<E true false \"a\\n\" \"E\"",
    );
    check(
        "RUN <<-E\n\ta \\\n\tb\n\tE\n",
        "\"<<-E\" a b\n 0<<E true true \"\\ta \\\\\\n\\tb\\n\" \"\\tE\"",
    );
    check(
        "ONBUILD RUN <<E\nE\n",
        "Run \"<<E\" <<E 0<<E true false \"\" \"E\" 0<<E true false \"\" \"E\"",
    );
    check(
        "RUN <<E\ncat <<F\n$(a) \"$b\nF\nE\n",
        "\"<<E\" cat <<F\nHEREDOC[$(a) \"$b\n]$b(a) 0<<E true false \"cat <<F\\n$(a) \\\"$b\\nF\\n\" \"E\"",
    );
}

#[test]
fn scripts() {
    check(
        "RUN a && b || c; d & e",
        "\"a && b || c; d & e\" a && b || c; d & e",
    );
    check("RUN ! a | b >f 2>&1", "\"! a | b >f 2>&1\" ! a | b >f 2>&1");
    check("RUN a &\\\n& b", "\"a && b\" a && b");
    check("RUN (a; b) > f", "\"(a; b) > f\" (a; b) >f");
    check(
        "RUN if a; then b; else c; fi",
        "\"if a; then b; else c; fi\" If (a; ) (b; ) (c; )",
    );
    check(
        "RUN for i in x $y; do a; done",
        "\"for i in x $y; do a; done\" For name:i x [$y]'s$y (a; )",
    );
    check(
        "RUN case $x in a|b) c;; esac",
        "\"case $x in a|b) c;; esac\" Case [$x]'s$x a b (c)",
    );
    check(
        "RUN f() { a; }; f",
        "\"f() { a; }; f\" Function name:f (Group (a; )); f",
    );
    check("RUN X=1 Y= Z=$a b", "\"X=1 Y= Z=$a b\" X=1 Y= Z=[$a]$a b");
    check(
        "SHELL [\"bash\",\"-c\"]\nRUN a=(b $(c)) d+=e",
        "\"a=(b $(c)) d+=e\" a=b[$(c)]'s(c) d+=e",
    );
    check(
        "SHELL [\"bash\",\"-c\"]\nRUN ((x = y + 1))",
        "\"((x = y + 1))\" Arithmetic [((x = y + 1))]'!$x$y",
    );
    check("RUN a 'unclosed", "\"a 'unclosed\" opaque");
}

#[test]
fn words() {
    let check =
        |word: &str, expected: &str| check(&format!("RUN {word}"), &format!("{word:?} {expected}"));
    check("a-b=c", "a-b=c");
    check("'a b'\"c\"\\ d", "a bc d'q");
    check("a*", "[a*]'*'s");
    check("'a*'", "a*'q");
    check("a\\*", "a*'q");
    check("$a", "[$a]'s$a");
    check("\"$a\"", "[\"$a\"]'q$a");
    check("\"$@\"", "[\"$@\"]'q's$@");
    check("${a:-$b}", "[${a:-$b}]'s$a$b");
    check("${a%.*}", "[${a%.*}]'s$a");
    check("\"${a:=b}\"", "[\"${a:=b}\"]'q'!$a");
    check("${#a}", "[${#a}]'s$a");
    check("$((i + 1))", "[$((i + 1))]$i");
    check("$((i += 1))", "[$((i += 1))]'!$i");
    check("$((i <= 1))", "[$((i <= 1))]$i");
    check("\"$((i <<= 1))\"", "[\"$((i <<= 1))\"]'q'!$i");
    check("x$(a `b`)", "[x$(a `b`)]'s(a [`b`]'s(b))");
    check("{a,b}", "[{a,b}]'s");
    check("~", "[~]");
}

#[test]
fn ranges_breaks_and_comments() {
    let text = "# far\n\n# one\n  # two\n  RUN a \\\n # c\n\n  b  \\\r\n c \nCMD d # e\n";
    let analysis = analyse(text);
    let [run, cmd] = analysis.instructions.as_slice() else {
        panic!("two instructions");
    };
    let comments: Vec<_> = run
        .comments
        .iter()
        .map(|range| analysis.text(*range))
        .collect();
    assert_eq!(comments, ["# one", "# two"]);
    assert_eq!(analysis.text(run.range), "RUN a \\\n # c\n\n  b  \\\r\n c");
    assert!(analysis.text(run.lines).starts_with("  RUN"));
    assert!(analysis.text(run.lines).ends_with(" c \n"));
    let breaks: Vec<_> = run
        .breaks
        .iter()
        .map(|part| analysis.text(part.range))
        .collect();
    assert_eq!(breaks, ["\\\n", "# c", "\n", "\\\r\n"]);
    assert_eq!(analysis.text(run.keyword), "RUN");
    assert_eq!(analysis.text(cmd.lines), "CMD d # e\n");
    let script = cmd.script().unwrap();
    let comments: Vec<_> = script
        .comments
        .iter()
        .map(|range| analysis.text(*range))
        .collect();
    assert_eq!(comments, ["# e"]);
    assert_eq!(analysis.text(script.range), "d # e");
    assert_eq!(analysis.text(script.items[0].and_or.range), "d");
}

#[test]
fn directives_and_line_ends() {
    let analysis = analyse("\u{feff}# syntax = docker/dockerfile:1 x\r\n# escape=`\r\nFROM a\r\n");
    let (range, image) = analysis.syntax.as_ref().unwrap();
    assert_eq!(
        (analysis.text(*range), image.as_str()),
        ("docker/dockerfile:1", "docker/dockerfile:1")
    );
    assert_eq!((analysis.escape, analysis.eol), ('`', "\r\n"));
    assert!(analysis.instructions[0].comments.is_empty());
    assert_eq!(analyse("FROM a\r\nRUN b\nRUN c\n").eol, "\n");
}

#[test]
fn deep_nesting_is_no_danger() {
    for (open, close) in [
        ("$(", ")"),
        ("( ", " )"),
        ("{ ", "; }"),
        ("${x:-", "}"),
        ("\"$(", ")\""),
    ] {
        let text = format!(
            "FROM a\nRUN a {}b{}\n",
            open.repeat(20_000),
            close.repeat(20_000)
        );
        assert_eq!(analyse(&text).instructions.len(), 2);
    }
}
