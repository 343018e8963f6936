//! `split-run`: a RUN becomes two, the second of which begins with the command at the cursor.

use dfix_syntax::TextRange;

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::commands::{Leaves, leaves_process};
use crate::layout::indentation;
use crate::model::{Command, Connective, Pipeline, SimpleCommand};
use crate::proof::Law;
use crate::rules::support::joining::{asks_for_memory, command_changes, touches_fresh};

declare_refactoring! {
    /// Splits a `RUN` in two at the cursor.
    ///
    /// The cursor stands in a command behind an `&&`, which becomes the first command of a new `RUN` with the same flags.
    /// A `cd` with a fixed directory, and other commands that say in which state the shell is, are repeated there.
    ///
    /// ```dockerfile
    /// FROM node:22
    /// COPY . /app
    /// RUN cd /app && \
    ///     npm ci && \
    ///     # slow
    ///     npm $0rebuild
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:22
    /// COPY . /app
    /// RUN cd /app && \
    ///     npm ci
    /// # slow
    /// RUN cd /app && npm rebuild
    /// ```
    KIND: "split-run"
}

/// More commands than these are not repeated.
const MOST_STATES: usize = 12;

fn draft(target: &Target<'_>) -> Option<Draft> {
    let (run, script) = target.shell_run()?;
    let analysis = target.ctx.analysis;
    let (last, items) = script.items.split_last()?;
    let pipelines: Vec<&Pipeline> = last.and_or.pipelines().collect();
    let at = target.selection.start();
    let number = pipelines.partition_point(|pipeline| pipeline.range.end() < at);
    let (above, below) = pipelines.split_at_checked(number)?;
    let (previous, this) = (above.last()?, below.first()?);
    // In `a || b && c` only `c` runs after either; in `a && b || c` the `b` can't be parted from the `c`.
    let mut connectives = last.and_or.rest.iter().skip(number - 1);
    let and = connectives.all(|(connective, ..)| *connective == Connective::And);
    if !and || last.end.is_some() {
        return None;
    }
    let mut earlier: Vec<&Pipeline> = items
        .iter()
        .flat_map(|item| item.and_or.pipelines())
        .collect();
    earlier.extend(above);

    let between = TextRange::new(previous.range.end(), this.range.start());
    let indent = indentation(analysis.text(run.lines));
    let mut glue = analysis.eol.to_owned();
    for comment in target.ctx.layout.comments_between(between) {
        glue.push_str(&format!("{indent}{comment}{}", analysis.eol));
    }
    glue.push_str(&format!("{indent}{} ", analysis.text(run.keyword)));
    for flag in &run.flags {
        glue.push_str(analysis.text(flag.range));
        glue.push(' ');
    }
    let mut repeated = Vec::new();
    let states: Vec<_> = above
        .iter()
        .filter_map(|pipeline| state_only(pipeline))
        .collect();
    if states.len() > MOST_STATES {
        return None;
    }
    for command in states {
        let text = target.joined(run, command.range);
        glue.push_str(&format!("{text} && "));
        repeated.push(format!("`{text}`"));
    }
    let note = (!repeated.is_empty()).then(|| {
        let repeated = repeated.join(" and ");
        format!("The new RUN starts a new shell, so {repeated} is repeated there.")
    });
    let rest = TextRange::new(this.range.start(), run.range.end());
    let doubt = carried(&earlier).or_else(|| {
        let asks = asks_for_memory(analysis.text(rest));
        let fresh = || touches_fresh(analysis.text(run.range));
        match asks {
            true => Some("the second part asks for what the shell remembers"),
            false => fresh().then_some("it touches what each RUN finds new"),
        }
    });
    Some(
        Draft::new("Split the RUN here", vec![Edit::replace(between, glue)])
            .under(&[Law::LayersMerged])
            .doubt(target.shell_doubt(run))
            .doubt(doubt)
            .note(note),
    )
}

/// What the commands of the first part leave to those of the second, if anything.
fn carried(pipelines: &[&Pipeline]) -> Option<&'static str> {
    for pipeline in pipelines {
        let changes = pipeline.commands.iter().any(command_changes);
        if changes && state_only(pipeline).is_none() {
            return Some(
                "a command of the first part changes the shell, which the second would notice",
            );
        }
        let stays = |command: &Command| match command {
            Command::Simple(simple) => {
                let within = simple.words.iter().flat_map(|word| &word.substitutions);
                let inner = within.flat_map(|script| script.simple_commands());
                inner
                    .chain([simple])
                    .any(|command| leaves_process(command) != Leaves::No)
            }
            Command::Compound(_) => true,
        };
        if pipeline.commands.iter().any(stays) {
            return Some(
                "a program of the first part may leave a process that the second would meet",
            );
        }
    }
    None
}

/// A command that does nothing but to bring the shell into a state, the same one whenever it runs.
fn state_only(pipeline: &Pipeline) -> Option<&SimpleCommand> {
    let command = pipeline.simple()?;
    let fixed = match command.words.first() {
        Some(_) => {
            let words = command.static_words()?;
            matches!(words.first(), Some(&("cd" | "set" | "umask" | "export")))
        }
        None => command.assignments.iter().all(|assignment| {
            let value = assignment.value.as_ref();
            value.is_some_and(|value| value.value.is_some())
        }),
    };
    (fixed && command.redirects.is_empty()).then_some(command)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    #[test]
    fn places() {
        let after = "FROM debian:12\nRUN rm /a\nRUN rm /b && rm /c\n";
        for before in [
            "FROM debian:12\nRUN rm /a && $0rm /b && rm /c\n",
            "FROM debian:12\nRUN rm /a && rm /b$0 && rm /c\n",
            "FROM debian:12\nRUN rm /a $0&& rm /b && rm /c\n",
            "FROM debian:12\nRUN rm /a && r$0m$0 /b && rm /c\n",
            "FROM debian:12\nRUN rm /a \\\n  &$0& rm /b && rm /c\n",
        ] {
            check(&KIND, before, after);
        }
        for before in [
            "FROM debian:12\nRUN rm $0/a && rm /b\n",
            "FROM debian:12\nRUN rm /a$0 && rm /b\n",
            "FROM debian:12\n$0RUN rm /a && rm /b\n",
            "FROM debian:12\nCMD rm /a && $0rm /b\n",
            "FROM debian:12\nRUN <<E\nrm /a && $0rm /b\nE\n",
        ] {
            check_none(&KIND, before);
        }
    }

    #[test]
    fn comments_and_layout() {
        check(
            &KIND,
            "FROM debian:12\n# a\n  Run rm /a && \\\n\n    # b\n    # c\n    rm $0/b \\\n       /c \\\n    # d\n    && rm /e\n",
            "FROM debian:12\n# a\n  Run rm /a\n  # b\n  # c\n  Run rm /b \\\n       /c \\\n    # d\n    && rm /e\n",
        );
    }

    #[test]
    fn flags_are_repeated() {
        check(
            &KIND,
            "FROM debian:12\nRUN --mount=type=cache,target=/c \\\n    --network=none rm /a && rm$0 /b\n",
            "FROM debian:12\nRUN --mount=type=cache,target=/c \\\n    --network=none rm /a\nRUN --mount=type=cache,target=/c --network=none rm /b\n",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN --mount=type=tmpfs,target=/t touch /t/a && rm$0 /t/a\n",
            "FROM debian:12\nRUN --mount=type=tmpfs,target=/t touch /t/a\nRUN --mount=type=tmpfs,target=/t rm /t/a\n",
            "tmpfs",
        );
    }

    #[test]
    fn the_state_of_the_shell() {
        check(
            &KIND,
            "FROM debian:12\nRUN set -ex && cd /a && cd b && rm c && rm$0 d\n",
            "FROM debian:12\nRUN set -ex && cd /a && cd b && rm c\nRUN set -ex && cd /a && cd b && rm d\n",
        );
        for (state, repeated, reason) in [
            ("A=b", "A=b && ", "not proven"),
            ("export A=b", "export A=b && ", "not proven"),
            ("umask 077", "umask 077 && ", "not proven"),
            ("cd \"$A\"", "", "changes the shell"),
            ("A=$(b)", "", "changes the shell"),
            (". ./a", "", "changes the shell"),
            ("./a", "", "leave a process"),
            ("rm \"$(./a)\"", "", "leave a process"),
            ("{ rm a; }", "", "changes the shell"),
        ] {
            check_unsafe(
                &KIND,
                &format!("FROM debian:12\nRUN {state} && touch $0c\n"),
                &format!("FROM debian:12\nRUN {state}\nRUN {repeated}touch c\n"),
                reason,
            );
        }
        check_unsafe(
            &KIND,
            "FROM example.org/a\nRUN rm a && rm $0b\n",
            "FROM example.org/a\nRUN rm a\nRUN rm b\n",
            "shell of the base",
        );
        let bash = "FROM debian:12\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\n";
        check(
            &KIND,
            &format!("{bash}RUN rm a | tee b && rm $0b\n"),
            &format!("{bash}RUN rm a | tee b\nRUN rm b\n"),
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN rm a && echo $0$?\n",
            "FROM debian:12\nRUN rm a\nRUN echo $?\n",
            "remembers",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN cp a /etc/hosts && rm $0a\n",
            "FROM debian:12\nRUN cp a /etc/hosts\nRUN rm a\n",
            "finds new",
        );
    }

    #[test]
    fn lists() {
        check(
            &KIND,
            "FROM debian:12\nRUN rm a || rm b && rm$0 c\n",
            "FROM debian:12\nRUN rm a || rm b\nRUN rm c\n",
        );
        check(
            &KIND,
            "FROM debian:12\nRUN rm a; rm b && rm$0 c\n",
            "FROM debian:12\nRUN rm a; rm b\nRUN rm c\n",
        );
        for text in [
            "rm a && rm$0 b || rm c",
            "rm a && rm b || rm$0 c",
            "rm a && rm$0 b; rm c",
            "rm a && rm b; rm$0 c",
            "rm a && rm$0 b &",
            "(rm a && rm$0 b)",
        ] {
            check_none(&KIND, &format!("FROM debian:12\nRUN {text}\n"));
        }
    }
}
