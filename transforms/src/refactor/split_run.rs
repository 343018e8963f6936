//! `split-run`: a RUN becomes two, the second of which begins with the command at the cursor.

use dfix_syntax::TextRange;

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::model::{Connective, Pipeline};
use crate::proof::Law;
use crate::rules::support::parting;

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
    let head = parting::head(analysis, &target.ctx.layout, run, above, between)?;
    let repeated = head.repeated.join(" and ");
    let note = (!repeated.is_empty())
        .then(|| format!("The new RUN starts a new shell, so {repeated} is repeated there."));
    let rest = TextRange::new(this.range.start(), run.range.end());
    let doubt = parting::doubt(analysis, run, &earlier, rest);
    let glue = format!("{}{}", analysis.eol, head.text);
    Some(
        Draft::new("Split the RUN here", vec![Edit::replace(between, glue)])
            .under(&[Law::LayersMerged])
            .doubt(target.shell_doubt(run))
            .doubt(doubt)
            .note(note),
    )
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
