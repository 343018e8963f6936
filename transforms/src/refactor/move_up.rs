//! `move-up`: an instruction and the one above it change places.

use dfix_syntax::TextRange;

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::Edit;
use crate::effects::{Domain, Effects};
use crate::model::{Args, Instruction, InstructionKind};
use crate::proof::Law;

declare_refactoring! {
    /// Moves an instruction above the one before it.
    ///
    /// The comments directly above either of them go with it. Nothing moves out of its stage or past an `ONBUILD`, whose
    /// triggers keep their order. It is safe when neither of the two can notice the other.
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN make
    /// # what it listens on
    /// EXPOSE $080
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// # what it listens on
    /// EXPOSE 80
    /// RUN make
    /// ```
    KIND: "move-up"
}

/// The longest instruction whose effects are worked out at a key press, in bytes.
const MOST_TEXT: u32 = 20_000;

fn draft(target: &Target<'_>) -> Option<Draft> {
    let lower = target.one()?;
    let upper = target.neighbour(lower, false)?;
    let title = format!("Move {} above {}", name(target, lower), name(target, upper));
    exchange(target, upper, lower, title)
}

/// Lets two neighbours of one stage change places, with the comments above them.
pub(super) fn exchange(
    target: &Target<'_>,
    upper: &Instruction,
    lower: &Instruction,
    title: String,
) -> Option<Draft> {
    if !is_movable(upper) || !is_movable(lower) {
        return None;
    }
    let analysis = target.ctx.analysis;
    let block = |instruction: &Instruction| {
        let start = target.ctx.layout.block_start(instruction);
        TextRange::new(start, instruction.lines.end())
    };
    let (above, below) = (block(upper), block(lower));
    let mut first = analysis.text(below).to_owned();
    let mut second = analysis.text(above);
    if !first.ends_with('\n') {
        first.push_str(analysis.eol);
        second = second.trim_end_matches(['\n', '\r']);
    }
    let edits = vec![Edit::replace(above, first), Edit::replace(below, second)];
    Some(
        Draft::new(title, edits)
            .under(&[Law::Metadata, Law::StepsSwapped])
            .doubt(doubt(target, upper, lower)),
    )
}

/// An instruction in a title.
pub(super) fn name(target: &Target<'_>, instruction: &Instruction) -> String {
    target.ctx.analysis.text(instruction.keyword).to_uppercase()
}

fn is_movable(instruction: &Instruction) -> bool {
    !matches!(
        instruction.kind,
        InstructionKind::From | InstructionKind::Onbuild | InstructionKind::Unknown
    ) && !matches!(instruction.args, Args::Malformed)
        && instruction.stage.is_some()
}

/// Why one of them may notice the other.
fn doubt(target: &Target<'_>, upper: &Instruction, lower: &Instruction) -> Option<&'static str> {
    let unknown = Some("nothing is known about where one of them stands");
    let state = |instruction| target.ctx.analysis.state(instruction);
    let (Some(above), Some(below)) = (state(upper), state(lower)) else {
        return unknown;
    };
    if only_configures(upper.kind) && acts(lower.kind)
        || acts(upper.kind) && only_configures(lower.kind)
    {
        return None;
    }
    if [upper, lower]
        .iter()
        .any(|it| it.range.len() > MOST_TEXT.into())
    {
        return Some("one of them is too long to be looked through");
    }
    let mut effects = [
        Effects::of_instruction(upper, above),
        Effects::of_instruction(lower, below),
    ];
    if only_configures(upper.kind) && only_configures(lower.kind) && upper.kind != lower.kind {
        for effects in &mut effects {
            effects.reads.domains.remove(Domain::Metadata);
            effects.writes.domains.remove(Domain::Metadata);
        }
    }
    let [upper, lower] = effects;
    if upper.everything || lower.everything {
        return Some("nothing is known about what one of them does, so it may need the other");
    }
    (!upper.commutes(&lower)).then_some("one of them may notice what the other does")
}

/// Whether an instruction is nothing but an entry in the configuration of the image, which no step of the build sees
/// (semantics B.11).
fn only_configures(kind: InstructionKind) -> bool {
    use InstructionKind::{Cmd, Entrypoint, Expose, Healthcheck, Label, Maintainer, Stopsignal};
    matches!(
        kind,
        Cmd | Entrypoint | Expose | Healthcheck | Label | Maintainer | Stopsignal
    )
}

/// Whether an instruction is a step of the build that leaves the configuration as it is, but for user and directory.
fn acts(kind: InstructionKind) -> bool {
    use InstructionKind::{Add, Copy, Run, User, Workdir};
    matches!(kind, Add | Copy | Run | User | Workdir)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    #[test]
    fn configuration() {
        for (upper, lower) in [
            ("RUN ./a", "LABEL b=c"),
            ("COPY a /b", "CMD [\"c\"]"),
            ("LABEL a=b", "EXPOSE 80"),
            ("USER a", "ENTRYPOINT b"),
            ("WORKDIR /a", "STOPSIGNAL 9"),
            ("CMD a", "ENTRYPOINT [\"b\"]"),
            ("COPY a /a", "ENV B=c"),
            ("ENV A=b", "LABEL c=d"),
            ("ARG A=b", "COPY c /c"),
            ("ENV A=b", "ENV C=d"),
            ("COPY a /a", "COPY b /b"),
            ("COPY a /a", "RUN apt-get install -y b"),
            ("RUN touch /a", "RUN touch /b"),
        ] {
            check(
                &KIND,
                &format!("FROM debian:12\n{upper}\n\n# a\n$0{lower}\n"),
                &format!("FROM debian:12\n# a\n{lower}\n\n{upper}\n"),
            );
        }
    }

    #[test]
    fn what_notices_the_other() {
        for (upper, lower, reason) in [
            ("RUN ./a", "RUN ./b", "nothing is known"),
            ("RUN touch /a", "RUN rm /a", "may notice"),
            ("ENV A=b", "RUN touch a", "environment differs"),
            ("ENV A=b", "LABEL c=$A", "may notice"),
            ("WORKDIR /a", "COPY b c", "may notice"),
            ("CMD a", "CMD b", "may notice"),
            ("LABEL a=b", "LABEL a=c", "may notice"),
            ("SHELL [\"a\"]", "CMD b", "may notice"),
            ("VOLUME /a", "RUN touch /a/b", "nothing is known"),
            ("COPY a /a", "COPY b /a/b", "may notice"),
            ("COPY a /usr/a", "RUN apt-get install -y b", "may notice"),
            ("COPY --link a /a/a/", "COPY b /a/b/", "not proven"),
        ] {
            check_unsafe(
                &KIND,
                &format!("FROM debian:12\n{upper}\n{lower}$0\n"),
                &format!("FROM debian:12\n{lower}\n{upper}\n"),
                reason,
            );
        }
    }

    #[test]
    fn a_long_text_is_not_looked_through() {
        let long = format!("RUN touch a{}", " && cd d".repeat(4000));
        check_unsafe(
            &KIND,
            &format!("FROM debian:12\n{long}\nRUN $0touch /b\n"),
            &format!("FROM debian:12\nRUN touch /b\n{long}\n"),
            "too long",
        );
    }

    #[test]
    fn borders() {
        for text in [
            "$0FROM debian:12\n",
            "FROM debian:12\nRUN$0 a\n",
            "ARG A\n$0FROM debian:12\n",
            "ARG A\nARG$0 B\nFROM debian:12\n",
            "FROM debian:12\nRUN a\nFROM b\nRUN$0 c\n",
            "FROM debian:12\nONBUILD RUN a\nRUN$0 c\n",
            "FROM debian:12\nRUN a\nONBUILD $0RUN b\n",
            "FROM debian:12\nRUN a\n$0RUN b\nRUN$0 c\n",
        ] {
            check_none(&KIND, text);
        }
    }

    #[test]
    fn whole_blocks() {
        check(
            &KIND,
            "FROM debian:12\n# a\n  RUN a \\\n  # b\n  b\n# c\n\n# d\n# check=skip=e\nLABEL f=g \\\n  h=$0i\n# j\n",
            "FROM debian:12\n# d\n# check=skip=e\nLABEL f=g \\\n  h=i\n# c\n\n# a\n  RUN a \\\n  # b\n  b\n# j\n",
        );
        check(
            &KIND,
            "FROM debian:12\nCOPY <<E /a\nb\nE\nLABEL $0c=d\n",
            "FROM debian:12\nLABEL c=d\nCOPY <<E /a\nb\nE\n",
        );
    }
}
