//! `merge-with-next-run`: this RUN and the next become one.

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::model::{Connective, Instruction, InstructionKind, Script};
use crate::proof::Law;
use crate::rules::support::joining::{lingering, obstacle, same_flags};

declare_refactoring! {
    /// Joins a `RUN` with the next one.
    ///
    /// The cursor stands in a `RUN` that is directly followed by another. Their commands are joined by `&&` in the style of
    /// the first; comments between them stay above the command that they speak of. Not offered when their flags differ, or
    /// when the second holds more than commands joined by `&&`.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN mkdir -p /opt/$0data
    /// # who may write there
    /// RUN chmod 1777 /opt/data
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN mkdir -p /opt/data \
    ///     # who may write there
    ///  && chmod 1777 /opt/data
    /// ```
    KIND: "merge-with-next-run"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let first = target.run()?;
    let second = target.neighbour(first, true)?;
    join(target, &[first, second], "Merge with the next RUN")
}

/// Joins RUN instructions that follow one another directly.
pub(super) fn join(target: &Target<'_>, steps: &[&Instruction], title: &str) -> Option<Draft> {
    let ctx = target.ctx;
    let (first, others) = steps.split_first()?;
    for step in steps {
        step.script().filter(|_| !target.is_windows(step))?;
    }
    for step in others {
        let follows = step.kind == InstructionKind::Run
            && step.stage == first.stage
            && same_flags(ctx, step, first)
            && step.script().is_some_and(may_follow);
        follows.then_some(())?;
    }
    let mut edits = Vec::new();
    for pair in steps.windows(2) {
        let [above, below] = pair else { return None };
        above.script().filter(|script| !ends_early(script))?;
        edits.push(ctx.layout.join_runs(above, below)?);
    }
    let place = |step: &Instruction| match step.index - first.index {
        0 => "the first RUN".to_owned(),
        1 if steps.len() == 2 => "the second RUN".to_owned(),
        number => format!("RUN number {}", number + 1),
    };
    let doubt = match obstacle(ctx, steps) {
        Some((reason, step)) => Some(format!("{}: {reason}", place(step))),
        None => lingering(steps).map(|step| {
            let may = "a program in it may leave a process that the next command would meet";
            format!("{}: {may}", place(step))
        }),
    };
    Some(
        Draft::new(title, edits)
            .under(&[Law::LayersMerged])
            .doubt(doubt),
    )
}

/// Whether the whole of a script hangs on the first command: behind `a &&`, `b; c` would run `c` whatever `a` did, and
/// `b || c` as well.
fn may_follow(script: &Script) -> bool {
    let [item] = script.items.as_slice() else {
        return false;
    };
    let mut connectives = item.and_or.rest.iter().map(|(connective, ..)| connective);
    item.end.is_none() && connectives.all(|connective| *connective == Connective::And)
}

/// Whether a script ends its shell, so that nothing behind it would run (semantics C.2, P6).
fn ends_early(script: &Script) -> bool {
    let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
    pipelines
        .filter_map(|pipeline| pipeline.simple()?.word(0))
        .any(|program| matches!(program, "exec" | "exit" | "return"))
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    #[test]
    fn style_and_comments() {
        check(
            &KIND,
            "FROM debian:12\nRUN apt-get$0 update && \\\n    apt-get install -y a\n\n# b\n# c\nRUN rm -rf /d \\\n  # e\n  && rm -rf /f\nRUN rm /g\n",
            "FROM debian:12\nRUN apt-get update && \\\n    apt-get install -y a && \\\n    # b\n    # c\n    rm -rf /d \\\n  # e\n  && rm -rf /f\nRUN rm /g\n",
        );
    }

    #[test]
    fn the_cursor() {
        let after = "FROM debian:12\n# b\nRUN rm /a \\\n && rm /b\n";
        for before in [
            "FROM debian:12\n# $0b\nRUN rm /a\nRUN rm /b\n",
            "FROM debian:12\n# b\n$0RUN rm /a\nRUN rm /b\n",
            "FROM debian:12\n# b\nRUN rm /a$0\nRUN rm /b\n",
            "FROM debian:12\n# b\n$0RUN rm /a\n$0RUN rm /b\n",
        ] {
            check(&KIND, before, after);
        }
        for before in [
            "FROM debian:12$0\nRUN rm /a\nRUN rm /b\n",
            "FROM debian:12\nRUN rm /a\nRUN rm $0/b\n",
            "FROM debian:12\nRUN rm /a\nRUN rm /b\n\n$0",
            "FROM debian:12\n$0\nRUN rm /a\nRUN rm /b\n",
            "FROM debian:12\nRUN rm /$0a\nRUN rm$0 /b\n",
        ] {
            check_none(&KIND, before);
        }
    }

    #[test]
    fn flags() {
        let mount = "--mount=type=cache,target=/c";
        check(
            &KIND,
            &format!("FROM debian:12\nRUN {mount} rm /$0a\nRUN {mount} rm /b\n"),
            &format!("FROM debian:12\nRUN {mount} rm /a \\\n && rm /b\n"),
        );
        check_none(
            &KIND,
            &format!("FROM debian:12\nRUN {mount} rm /$0a\nRUN rm /b\n"),
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN --network=none rm /$0a\nRUN --network=none rm /b\n",
            "FROM debian:12\nRUN --network=none rm /a \\\n && rm /b\n",
            "for this RUN alone",
        );
    }

    #[test]
    fn what_the_next_command_would_notice() {
        for (first, second, reason) in [
            ("cd /a", "touch b", "changes the shell"),
            ("A=b", "touch $A", "changes the shell"),
            ("umask 077", "touch b", "changes the shell"),
            ("./start", "touch b", "leave a process"),
            ("a; b", "touch c", "more than simple"),
            ("a || b", "touch c", "more than simple"),
            ("touch a", "echo $?", "remembers"),
            ("touch a", "(touch b; touch c)", "more than simple"),
        ] {
            check_unsafe(
                &KIND,
                &format!("FROM debian:12\nRUN $0{first}\nRUN {second}\n"),
                &format!("FROM debian:12\nRUN {first} \\\n && {second}\n"),
                reason,
            );
        }
    }

    #[test]
    fn what_would_mean_something_else() {
        for (first, second) in [
            ("a", "b; c"),
            ("a", "b || c"),
            ("a", "b &"),
            ("a; exit 0", "b"),
            ("test -f a || exit 0", "b"),
            ("exec a", "b"),
            ("a # b", "c"),
            ("a;", "b"),
            ("a &", "b"),
            ("[\"a\"]", "b"),
            ("a", "[\"b\"]"),
            ("a", "<<E\nb\nE"),
        ] {
            check_none(
                &KIND,
                &format!("FROM debian:12\nRUN $0{first}\nRUN {second}\n"),
            );
        }
        for other in ["ENV a=b", "WORKDIR /c", "FROM d", "# e\nONBUILD RUN f"] {
            check_none(&KIND, &format!("FROM debian:12\nRUN a$0\n{other}\nRUN b\n"));
        }
        check_none(
            &KIND,
            "FROM debian:12\nSHELL [\"pwsh\", \"-c\"]\nRUN a$0\nRUN b\n",
        );
    }
}
