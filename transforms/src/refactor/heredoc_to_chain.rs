//! `heredoc-to-chain`: the lines of a heredoc under `set -e` become an `&&` chain.

use dfix_syntax::{TextRange, TextSize};

use super::chain_to_heredoc::{doubt, sets_errexit};
use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::layout::indentation;
use crate::model::{Command, Connective, Form, Pipeline, Script, SeparatorKind};
use crate::rules::support::joining::speaks_to_tool;
use crate::rules::support::place::shell_options;

declare_refactoring! {
    /// Writes the commands of a heredoc as an `&&` chain.
    ///
    /// Offered for a script of simple commands and pipelines, one on a line. Without `set -e` at its beginning a script goes
    /// on after a command that fails, which a chain does not.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN <<EOF
    /// set -e
    /// mkdir /data$0
    /// # for everyone
    /// chmod 1777 /data
    /// EOF
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN mkdir /data \
    ///     # for everyone
    ///  && chmod 1777 /data
    /// ```
    KIND: "heredoc-to-chain"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let ctx = target.ctx;
    let analysis = ctx.analysis;
    let run = target.run().filter(|run| !target.is_windows(run))?;
    let [heredoc] = run.heredocs.as_slice() else {
        return None;
    };
    let command = run.command()?;
    let Form::Shell {
        text,
        script: Some(script),
    } = &command.form
    else {
        return None;
    };
    let shell = shell_options(analysis.state(run)?)?;
    let body = analysis.text(heredoc.body);
    let fits = text.trim().starts_with("<<")
        && !text.trim().contains([' ', '\t'])
        && heredoc.body.contains_range(script.range)
        && script.heredocs.is_empty()
        && !script.bashism
        && !body.starts_with("#!")
        && !body.contains('\r');
    let mut chain = commands(script).filter(|_| fits)?;
    let mut why = None;
    let sets = chain.first()?.0.simple().is_some_and(sets_errexit);
    if !sets && !shell.errexit {
        why = Some(
            "without `set -e` the script goes on after a command that fails, the chain does not",
        );
    }
    // The first `set -e` says nothing in a chain; with other letters it does.
    let first = chain.first()?.0.simple();
    let plain_set = first.is_some_and(|it| it.static_words() == Some(vec!["set", "-e"]));
    let why = why
        .or_else(|| {
            chain.iter().find_map(|(_, in_list)| {
                in_list.then_some(
            "under `set -e` a list such as `a && b` may fail at `a` without an end of the script",
        )
            })
        })
        .or_else(|| {
            let rest = chain.iter().skip(usize::from(sets));
            rest.map(|(pipeline, _)| *pipeline).find_map(doubt)
        });
    if plain_set {
        chain.remove(0);
    }
    let comments = comments(target, script, &chain);
    if comments
        .iter()
        .flatten()
        .any(|comment| speaks_to_tool(comment))
    {
        return None;
    }
    let style = ctx.layout.style(run);
    let line_break = style.line_break() + &style.operand_indent;
    let mut text = String::new();
    for ((pipeline, _), comments) in chain.iter().zip(&comments) {
        if !text.is_empty() {
            text.push_str(&style.and(comments.iter().copied()));
        }
        // What breaks a line for the shell may be no escape token of the file, and the other way round.
        let lines: Vec<&str> = analysis
            .text(pipeline.range)
            .split("\\\n")
            .map(str::trim)
            .collect();
        let odd = |line: &&str| {
            line.contains('\n')
                || line.contains("<<")
                || analysis.escape != '\\' && line.contains(analysis.escape)
        };
        if lines.iter().any(odd) || breaks_a_word(target, pipeline) {
            return None;
        }
        text.push_str(&lines.join(&line_break));
    }
    let above = comments.first()?;
    let mut edits = Vec::new();
    if !above.is_empty() {
        let indent = indentation(analysis.text(run.lines));
        let lines: String = above
            .iter()
            .map(|comment| format!("{indent}{comment}{}", analysis.eol))
            .collect();
        edits.push(Edit::insert(run.lines.start(), lines));
    }
    let end = run.lines.start() + TextSize::of(analysis.text(run.lines).trim_end_matches('\n'));
    edits.push(Edit::replace(
        TextRange::new(command.range.start(), end),
        text,
    ));
    Some(
        Draft::new("Convert the heredoc to a chain", edits)
            .doubt(why)
            .doubt(target.shell_doubt(run)),
    )
}

/// The pipelines of a script in order, each with whether it stands in an `&&` list whose failure `set -e` overlooks. `None`
/// for a script with anything else in it.
fn commands(script: &Script) -> Option<Vec<(&Pipeline, bool)>> {
    let mut found = Vec::new();
    let last = script.items.len().checked_sub(1)?;
    for (number, item) in script.items.iter().enumerate() {
        if item
            .end
            .is_some_and(|end| end.kind == SeparatorKind::Background)
        {
            return None;
        }
        let list = &item.and_or;
        let and = list
            .rest
            .iter()
            .all(|(connective, ..)| *connective == Connective::And);
        for pipeline in list.pipelines() {
            let simple = pipeline
                .commands
                .iter()
                .all(|it| matches!(it, Command::Simple(_)));
            if !and || !simple || pipeline.negated || pipeline.timed {
                return None;
            }
            found.push((pipeline, number < last && !list.rest.is_empty()));
        }
    }
    Some(found)
}

/// Whether a word of a pipeline goes on in another line.
fn breaks_a_word(target: &Target<'_>, pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().any(|command| match command {
        Command::Simple(simple) => {
            let values = simple.assignments.iter().map(|it| it.range);
            let targets = simple.redirects.iter().map(|it| it.range);
            let mut words = simple
                .words
                .iter()
                .map(|word| word.range)
                .chain(values)
                .chain(targets);
            words.any(|word| target.ctx.analysis.text(word).contains('\n'))
        }
        Command::Compound(_) => true,
    })
}

/// For each pipeline the comments that speak of it: those above it, and the one behind it in its line. The last one has
/// those below it, too.
fn comments<'c>(
    target: &Target<'c>,
    script: &Script,
    chain: &[(&Pipeline, bool)],
) -> Vec<Vec<&'c str>> {
    let analysis = target.ctx.analysis;
    let mut found = vec![Vec::new(); chain.len()];
    for comment in &script.comments {
        let before = chain.partition_point(|(it, _)| it.range.end() <= comment.start());
        let previous = before.checked_sub(1).and_then(|at| chain.get(at));
        let same_line = previous.is_some_and(|(it, _)| {
            let between = TextRange::new(it.range.end(), comment.start());
            !analysis.text(between).contains('\n')
        });
        let owner = match same_line {
            true => before - 1,
            false => before.min(chain.len().saturating_sub(1)),
        };
        if let Some(comments) = found.get_mut(owner) {
            comments.push(analysis.text(*comment).trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    fn becomes(body: &str, chain: &str) {
        check(
            &KIND,
            &format!("FROM debian:12\nRUN <<E\n$0{body}\nE\nUSER a\n"),
            &format!("FROM debian:12\nRUN {chain}\nUSER a\n"),
        );
    }

    #[test]
    fn scripts() {
        becomes("set -e\na\nb", "a \\\n && b");
        becomes("set -eux; a; b", "set -eux \\\n && a \\\n && b");
        becomes("set -e\n\na | b\n\n\nc > d\n", "a | b \\\n && c > d");
        becomes("set -e\ncd /a\nb", "cd /a \\\n && b");
        becomes("set -e\na\nb && c", "a \\\n && b \\\n && c");
        becomes(
            "set -e\na b \\\n\tc \\\nd\ne",
            "a b \\\n    c \\\n    d \\\n && e",
        );
        becomes("set -e\na", "a");
    }

    #[test]
    fn style_and_comments() {
        check(
            &KIND,
            "FROM debian:12\nRUN a && \\\n  b\n  RUN --network=none <<E\n# one\nset -e # two\n# three\na # four\n# five\nb$0 \n# six\nE\n",
            "FROM debian:12\nRUN a && \\\n  b\n  # one\n  # two\n  # three\n  # four\n  RUN --network=none a && \\\n  # five\n  # six\n  b\n",
        );
    }

    #[test]
    fn what_stops_the_chain() {
        for (body, chain, reason) in [
            ("a\nb", "a \\\n && b", "without `set -e`"),
            ("set -x\na", "set -x \\\n && a", "without `set -e`"),
            (
                "set -e\na && b\nc",
                "a \\\n && b \\\n && c",
                "may fail at `a`",
            ),
            ("set -e\nset +e\na", "set +e \\\n && a", "options"),
            ("set -e\n. a\nb", ". a \\\n && b", "shell code"),
        ] {
            check_unsafe(
                &KIND,
                &format!("FROM debian:12\nRUN <<E\n$0{body}\nE\n"),
                &format!("FROM debian:12\nRUN {chain}\n"),
                reason,
            );
        }
    }

    #[test]
    fn unknown_shells() {
        check_unsafe(
            &KIND,
            "FROM example.org/a\nRUN <<E\nset -e\na\n$0b\nE\n",
            "FROM example.org/a\nRUN a \\\n && b\n",
            "shell of the base",
        );
        let bash = "FROM debian:12\nSHELL [\"/bin/bash\", \"-e\", \"-c\"]\n";
        check(
            &KIND,
            &format!("{bash}RUN <<E\na\n$0b\nE\n"),
            &format!("{bash}RUN a \\\n && b\n"),
        );
        check_none(
            &KIND,
            "FROM debian:12\nSHELL [\"pwsh\", \"-c\"]\nRUN <<E\nset -e\na\n$0b\nE\n",
        );
    }

    #[test]
    fn what_is_no_chain() {
        for run in [
            "RUN <<E\nset -e\nif a; then b; fi\nE",
            "RUN <<E\nset -e\na || b\nE",
            "RUN <<E\nset -e\n! a\nE",
            "RUN <<E\nset -e\na &\nE",
            "RUN <<E\nset -e\na 'b\nc'\nE",
            "RUN <<E\nset -e\na |\n b\nE",
            "RUN <<E\nset -e\ncat <<F\na\nF\nE",
            "RUN <<E\n#!/bin/sh\nset -e\na\nE",
            "RUN <<E\nset -e\n# hadolint ignore=DL3008\na\nE",
            "RUN <<E\n# a\nE",
            "RUN <<E\nset -e\nE",
            "RUN <<E bash\nset -e\na\nE",
            "RUN cat <<E > a\nset -e\nE",
            "RUN <<E <<F\na\nE\nb\nF",
            "RUN a && b",
            "COPY <<E /a\nset -e\nE",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n$0{run}\n"));
        }
        check_none(&KIND, "FROM debian:12\nRUN <<E\nset -e\r\na\r\n$0E\n");
    }
}
