//! `merge-selected-runs`: the RUN instructions of a selection become one.

use super::declare::declare_refactoring;
use super::merge_with_next_run::join;
use super::{Draft, Target};
use crate::model::{Instruction, InstructionKind};

declare_refactoring! {
    /// Joins the selected `RUN` instructions.
    ///
    /// The selection touches several `RUN` instructions and nothing else. They are joined as by `merge-with-next-run`.
    ///
    /// ```dockerfile
    /// FROM alpine:3.20
    /// RUN $0apk add --no-cache git
    /// RUN git clone https://example.org/tool /tool
    /// RUN rm -rf $0/tool/.git
    /// ```
    ///
    /// ```dockerfile
    /// FROM alpine:3.20
    /// RUN apk add --no-cache git \
    ///  && git clone https://example.org/tool /tool \
    ///  && rm -rf /tool/.git
    /// ```
    KIND: "merge-selected-runs"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let steps: Vec<&Instruction> = target.instructions.iter().collect();
    let runs = steps.iter().all(|step| step.kind == InstructionKind::Run);
    if !runs || steps.len() < 2 {
        return None;
    }
    let title = format!("Merge the {} selected RUNs", steps.len());
    join(target, &steps, &title)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    #[test]
    fn selections() {
        check(
            &KIND,
            "FROM debian:12\n$0# a\nRUN rm /a\n\n# b\n$0RUN rm /b\n",
            "FROM debian:12\n# a\nRUN rm /a \\\n    # b\n && rm /b\n",
        );
        for before in [
            "FROM debian:12\nRUN rm /$0a\nUSER b\nRUN rm$0 /c\n",
            "FROM debian:12\n$0RUN rm /a\n$0RUN rm /b\n",
            "FROM debian:12\n$0RUN rm /a\nFROM b\n$0RUN rm /b\n",
            "$0FROM debian:12\nRUN rm /a\nRUN$0 rm /b\n",
        ] {
            check_none(&KIND, before);
        }
    }

    #[test]
    fn the_reason_names_the_run() {
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN rm /$0a\nRUN cd /b\nRUN rm$0 c\n",
            "FROM debian:12\nRUN rm /a \\\n && cd /b \\\n && rm c\n",
            "RUN number 2: it changes the shell",
        );
    }
}
