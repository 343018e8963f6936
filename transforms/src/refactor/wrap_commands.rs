//! `wrap-commands`: each command of an `&&` chain gets a line of its own.

use dfix_syntax::TextRange;

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::model::{Connective, Pipeline};

declare_refactoring! {
    /// Puts each command of an `&&` chain on a line of its own.
    ///
    /// The line breaks look as the author's: `&&` at the start or at the end of a line, with the indentation of the file.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN make all && make $0install && make clean
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN make all \
    ///  && make install \
    ///  && make clean
    /// ```
    KIND: "wrap-commands"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let (run, script) = target.shell_run()?;
    let ctx = target.ctx;
    let at = target.selection.start();
    let items = || script.items.iter();
    let item = items().find(|item| item.and_or.range.end() >= at);
    let list = &item.or(items().last())?.and_or;
    let mut connectives = list.rest.iter().map(|(connective, ..)| connective);
    if !connectives.all(|connective| *connective == Connective::And) {
        return None;
    }
    let style = ctx.layout.style(run);
    let pipelines: Vec<&Pipeline> = list.pipelines().collect();
    let pairs = pipelines.iter().zip(pipelines.iter().skip(1));
    let between =
        pairs.map(|(above, below)| TextRange::new(above.range.end(), below.range.start()));
    let edits: Vec<Edit> = between
        .filter(|between| !ctx.analysis.text(*between).contains('\n'))
        .map(|between| Edit::replace(between, style.and([])))
        .collect();
    (!edits.is_empty()).then(|| Draft::new("Put each command on its own line", edits))
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none};

    fn wraps(before: &str, after: &str) {
        check(
            &KIND,
            &format!("FROM debian:12\n{before}\n"),
            &format!("FROM debian:12\n{after}\n"),
        );
    }

    #[test]
    fn chains() {
        wraps("RUN a&&$0b", "RUN a \\\n && b");
        wraps(
            "RUN a && b && \\\n  # c\n  $0c && d | e",
            "RUN a && \\\n  b && \\\n  # c\n  c && \\\n  d | e",
        );
        wraps(
            "RUN --network=none a; $0b && c; d && e",
            "RUN --network=none a; b \\\n && c; d && e",
        );
        wraps("RUN a; b && c$0", "RUN a; b \\\n && c");
        wraps("$0RUN (a && b) && c", "RUN (a && b) \\\n && c");
        check(
            &KIND,
            "FROM example.org/a\nRUN a && $0b\n",
            "FROM example.org/a\nRUN a \\\n && b\n",
        );
    }

    #[test]
    fn nothing_to_do() {
        for text in [
            "RUN a$0",
            "RUN a \\\n && $0b",
            "RUN a || $0b && c",
            "RUN <<E\na && $0b\nE",
            "RUN [\"a\", $0\"&&\", \"b\"]",
            "CMD a && $0b",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n{text}\n"));
        }
    }
}
