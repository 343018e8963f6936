//! `chain-to-heredoc`: the commands of an `&&` chain become the lines of a heredoc under `set -e`.

use std::collections::BTreeSet;

use dfix_syntax::{TextRange, TextSize};

use super::declare::declare_refactoring;
use super::words::{breaks_a_word, words};
use super::{Draft, Target};
use crate::Edit;
use crate::model::{BreakKind, Command, Instruction, Pipeline, ShellWord, SimpleCommand};
use crate::rules::support::builder::{frontend_since, is_buildkit};

declare_refactoring! {
    /// Writes an `&&` chain as a heredoc, one command on a line.
    ///
    /// `set -e` ends the script at the first command that fails, as `&&` does. Offered for a chain of simple commands and
    /// pipelines. Only BuildKit reads heredocs, so it is safe only where the file or the settings show that the file is built
    /// with it.
    ///
    /// ```dockerfile
    /// # syntax=docker/dockerfile:1
    /// FROM debian:12
    /// RUN apt-get update && \
    ///     # tools
    ///     apt-get install -y --no-install-recommends \
    ///         curl \
    ///         git && \
    ///     rm -rf /var/$0lib/apt/lists/*
    /// ```
    ///
    /// ```dockerfile
    /// # syntax=docker/dockerfile:1
    /// FROM debian:12
    /// RUN <<EOF
    /// set -e
    /// apt-get update
    /// # tools
    /// apt-get install -y --no-install-recommends \
    ///     curl \
    ///     git
    /// rm -rf /var/lib/apt/lists/*
    /// EOF
    /// ```
    KIND: "chain-to-heredoc"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let (run, script) = target.shell_run()?;
    let ctx = target.ctx;
    let analysis = ctx.analysis;
    let chain = script.and_list().filter(|chain| chain.len() > 1)?;
    let simple = chain.iter().all(|pipeline| is_simple(pipeline));
    let text = analysis.text(run.lines);
    // The line ends of a heredoc are content, and what looks like a heredoc already is one for the builder.
    if !simple || text.contains('\r') || text.contains("<<") || breaks_a_word(run, &words(run)?) {
        return None;
    }
    if frontend_since(analysis, 4) == Some(false) {
        return None;
    }
    let head = run
        .flags
        .last()
        .map_or(run.keyword.end(), |flag| flag.range.end());
    let (first, last) = (chain.first()?, chain.last()?);
    let below = TextRange::new(last.range.end(), run.lines.end());
    if !ctx.layout.comments_between(below).is_empty() {
        return None;
    }
    let mut body = String::new();
    let sets = first.simple().is_some_and(sets_errexit);
    if !sets {
        body.push_str("set -e\n");
    }
    let mut at = head;
    for pipeline in &chain {
        for comment in ctx
            .layout
            .comments_between(TextRange::new(at, pipeline.range.start()))
        {
            body.push_str(&format!("{comment}\n"));
        }
        body.push_str(&lines(target, run, pipeline.range));
        at = pipeline.range.end();
    }
    let name = free_name(&body);
    let end = run.lines.start() + TextSize::of(text.trim_end_matches('\n'));
    let edit = Edit::replace(
        TextRange::new(head, end),
        format!(" <<{name}\n{body}{name}"),
    );
    let buildkit = (!is_buildkit(ctx))
        .then_some("only BuildKit reads heredocs, and nothing says that the file is built with it");
    let doubt = chain
        .iter()
        .skip(usize::from(sets))
        .find_map(|pipeline| doubt(pipeline));
    Some(
        Draft::new("Convert the chain to a heredoc", vec![edit])
            .doubt(buildkit)
            .doubt(target.shell_doubt(run))
            .doubt(doubt),
    )
}

fn is_simple(pipeline: &Pipeline) -> bool {
    let mut commands = pipeline.commands.iter();
    commands.all(|command| matches!(command, Command::Simple(_)))
}

/// Whether a command is a `set` that ends the script at the first command that fails.
pub(super) fn sets_errexit(command: &SimpleCommand) -> bool {
    let Some(words) = command.static_words() else {
        return false;
    };
    let letters = |word: &&str| word.starts_with('-') && !word.starts_with("--");
    words.first() == Some(&"set")
        && words
            .iter()
            .skip(1)
            .all(|word| letters(word) || *word == "pipefail")
        && words
            .iter()
            .skip(1)
            .any(|word| letters(word) && word.contains('e'))
}

/// Why `set -e` and `&&` may not be the same for a pipeline (semantics C.5).
pub(super) fn doubt(pipeline: &Pipeline) -> Option<&'static str> {
    for command in &pipeline.commands {
        let Command::Simple(simple) = command else {
            return Some("`set -e` has a meaning of its own inside of compound commands");
        };
        let program = simple.word(0);
        if !simple.words.is_empty() && program.is_none() {
            return Some("it is not known which program a variable names");
        }
        match program {
            // What only looks a program up runs nothing.
            Some("command" | "builtin") if matches!(simple.word(1), Some("-v" | "-V")) => {}
            Some(
                "." | "source" | "eval" | "command" | "builtin" | "trap" | "exec" | "exit"
                | "return",
            ) => {
                return Some(
                    "a command runs shell code or ends the shell, where `set -e` has a meaning of its own",
                );
            }
            Some("set" | "shopt") => {
                return Some("a command changes the options of the shell");
            }
            _ => {}
        }
        let values = simple.assignments.iter().filter_map(|it| it.value.as_ref());
        let mut words = values.chain(&simple.words);
        let asks = |word: &ShellWord| word.text.contains("$-") || word.text.contains("${-");
        if words.clone().any(asks) {
            return Some("a command asks for the options of the shell by `$-`");
        }
        let substitutes = words.any(|word| {
            let mut scripts = word.substitutions.iter();
            scripts.any(|script| {
                let list = script.and_list().unwrap_or_default();
                !matches!(list.as_slice(), [step] if doubt(step).is_none())
            })
        });
        if substitutes {
            return Some("`set -e` has a meaning of its own inside of $( )");
        }
    }
    None
}

/// A command as lines of a heredoc, where the shell itself joins them; its comments above it.
fn lines(target: &Target<'_>, run: &Instruction, range: TextRange) -> String {
    let analysis = target.ctx.analysis;
    let mut comments = String::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut at = range.start();
    let mut add = |from: TextSize, to: TextSize| {
        let text = analysis.text(TextRange::new(from, to.max(from))).trim();
        if !text.is_empty() {
            lines.push(text);
        }
    };
    let first = run
        .breaks
        .partition_point(|part| part.range.start() < range.start());
    let after = run.breaks.get(first..).unwrap_or_default().iter();
    for part in after.take_while(|part| part.range.start() < range.end()) {
        if part.kind == BreakKind::Continuation {
            add(at, part.range.start());
        }
        if part.kind == BreakKind::Comment {
            comments.push_str(analysis.text(part.range).trim());
            comments.push('\n');
        }
        at = part.range.end();
    }
    add(at, range.end());
    format!("{comments}{}\n", lines.join(" \\\n    "))
}

/// A name for the heredoc that is no line of it.
fn free_name(body: &str) -> String {
    let taken: BTreeSet<usize> = body
        .lines()
        .filter_map(|line| line.strip_prefix("EOF"))
        .filter(|rest| rest.bytes().all(|byte| byte == b'_'))
        .map(str::len)
        .collect();
    let free = (0..).find(|length| !taken.contains(length));
    format!("EOF{}", "_".repeat(free.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Settings;
    use crate::refactor::testing::{check, check_none, check_unsafe, make};
    use crate::settings::Builder;

    const HEAD: &str = "# syntax=docker/dockerfile:1.4\nFROM debian:12\n";

    fn becomes(chain: &str, body: &str) {
        check(
            &KIND,
            &format!("{HEAD}RUN $0{chain}\nUSER a\n"),
            &format!("{HEAD}RUN <<EOF\n{body}\nEOF\nUSER a\n"),
        );
    }

    #[test]
    fn chains() {
        becomes("a && b", "set -e\na\nb");
        becomes("a && b | c && d > e", "set -e\na\nb | c\nd > e");
        becomes("cd /a && b", "set -e\ncd /a\nb");
        becomes("set -eux && a && b", "set -eux\na\nb");
        becomes(
            "set -euo pipefail && a | b && c",
            "set -euo pipefail\na | b\nc",
        );
        check(
            &KIND,
            &format!("{HEAD}RUN $0EOF && EOF_\n"),
            &format!("{HEAD}RUN <<EOF__\nset -e\nEOF\nEOF_\nEOF__\n"),
        );
    }

    #[test]
    fn lines_and_comments() {
        becomes(
            "\\\n  # one\n  a b \\\n      c \\\n\n      # two\n      d \\\n  # three\n  && e",
            "set -e\n# one\n# two\na b \\\n    c \\\n    d\n# three\ne",
        );
        check(
            &KIND,
            &format!("{HEAD}RUN --network=none a b \\\n  c && $0d"),
            &format!("{HEAD}RUN --network=none <<EOF\nset -e\na b \\\n    c\nd\nEOF"),
        );
    }

    #[test]
    fn where_errexit_is_something_else() {
        for (chain, body, reason) in [
            (". ./a && b", ". ./a\nb", "shell code"),
            ("a && set +e && b", "a\nset +e\nb", "options"),
            ("a \"$(b; c)\" && d", "a \"$(b; c)\"\nd", "inside of $( )"),
            ("a \"$(. ./b)\" && c", "a \"$(. ./b)\"\nc", "inside of $( )"),
            (
                "a && command eval 'b; c' && d",
                "a\ncommand eval 'b; c'\nd",
                "shell code",
            ),
            ("$A && b", "$A\nb", "not known which"),
            ("a && echo $-", "a\necho $-", "asks for the options"),
        ] {
            check_unsafe(
                &KIND,
                &format!("{HEAD}RUN $0{chain}\n"),
                &format!("{HEAD}RUN <<EOF\nset -e\n{body}\nEOF\n"),
                reason,
            );
        }
    }

    #[test]
    fn what_is_no_chain() {
        for text in [
            "RUN a",
            "RUN a || b",
            "RUN a; b",
            "RUN a && b || c",
            "RUN (a) && b",
            "RUN ! a && b",
            "RUN a && if b; then c; fi",
            "RUN a && b # c",
            "RUN a 'b\\\nc' && d",
            "RUN a && b\\\nc",
            "RUN a && b $((1<<2))",
            "RUN [\"a\", \"&&\", \"b\"]",
            "CMD a && b",
        ] {
            check_none(&KIND, &format!("{HEAD}$0{text}\n"));
        }
        check_none(
            &KIND,
            &format!("{HEAD}RUN a && $0b\n").replace('\n', "\r\n"),
        );
        check_none(
            &KIND,
            "# syntax=docker/dockerfile:1.3\nFROM debian:12\nRUN a && $0b\n",
        );
    }

    #[test]
    fn builders() {
        let text = "FROM debian:12\nRUN a && $0b\n";
        check_unsafe(
            &KIND,
            text,
            "FROM debian:12\nRUN <<EOF\nset -e\na\nb\nEOF\n",
            "only BuildKit",
        );
        let settings = Settings {
            builder: Builder::BuildKit,
            ..Settings::default()
        };
        let (made, _) = make(&KIND, text, &settings).expect("it is offered");
        assert_eq!(made.refused, None);
    }
}
