//! `sort-packages`: the packages of an install stand on lines of their own, in alphabetical order.

use std::collections::BTreeSet;

use super::declare::declare_refactoring;
use super::wrap_operands::{list, on_lines};
use super::{Draft, Target};
use crate::Edit;
use crate::commands::{Invocation, Operands};
use crate::proof::Law;

declare_refactoring! {
    /// Sorts the packages of an install, one on a line.
    ///
    /// The cursor stands in a command of a package manager that names several packages. Comments go with the package below
    /// them. For `apk` the order means nothing. Others may choose between alternatives by it, or number users in it.
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y \
    ///     make curl \
    ///     # for the build
    ///     git$0
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y \
    ///     curl \
    ///     # for the build
    ///     git \
    ///     make
    /// ```
    KIND: "sort-packages"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let run = target.one()?;
    let command = target.command_at()?;
    let invocation = Invocation::of(command).filter(Invocation::known_flags_only)?;
    if invocation.operand_kind() != Operands::Packages {
        return None;
    }
    let words: BTreeSet<usize> = invocation.operands().iter().map(|it| it.word).collect();
    let first = *words.first()?;
    // Options in between may be about what follows them.
    if !words.iter().copied().eq(first..command.words.len()) {
        return None;
    }
    let list = list(command, &words)?;
    let mut packages = list.with_comments(target)?;
    packages.sort_by_key(|(_, package)| (package.to_lowercase(), *package));
    let text = on_lines(&target.ctx.layout.style(run), &packages, false);
    let range = list.range()?;
    if target.ctx.analysis.text(range) == text {
        return None;
    }
    let doubt = (!invocation.is("apk")).then_some(
        "the order of packages may decide between alternatives, and in which order users are made",
    );
    let edit = Edit::replace(range, text);
    Some(
        Draft::new("Sort the packages, one on a line", vec![edit])
            .under(&[Law::OperandOrder])
            .doubt(doubt),
    )
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe, make};
    use crate::settings::Keep;
    use crate::{Applicability, Settings};

    #[test]
    fn apk() {
        check(
            &KIND,
            "FROM alpine:3.20\nRUN apk add --no-cache git=2 \\\n    # b\n    g++ $0 Curl && make\n",
            "FROM alpine:3.20\nRUN apk add --no-cache \\\n    Curl \\\n    # b\n    g++ \\\n    git=2 && make\n",
        );
        check(
            &KIND,
            "FROM alpine:3.20\nRUN apk add --no-cache \\\n  b \\\n  c \\\n  a$0\n",
            "FROM alpine:3.20\nRUN apk add --no-cache \\\n  a \\\n  b \\\n  c\n",
        );
    }

    #[test]
    fn where_the_order_may_mean_something() {
        for install in [
            "apt-get install -y",
            "dnf install -y",
            "pip install",
            "npm install -g",
        ] {
            check_unsafe(
                &KIND,
                &format!("FROM debian:12\nRUN {install} b$0 a\n"),
                &format!("FROM debian:12\nRUN {install} \\\n    a \\\n    b\n"),
                "order of packages",
            );
        }
    }

    #[test]
    fn the_order_can_be_kept() {
        let settings = Settings {
            keep: Keep {
                package_order: true,
                ..Keep::default()
            },
            ..Settings::default()
        };
        let text = "FROM alpine:3.20\nRUN apk add b $0a\n";
        let (made, _) = make(&KIND, text, &settings).expect("it is offered");
        assert_eq!(made.fix.applicability, Applicability::Unsafe);
        assert!(
            made.refused
                .is_some_and(|why| why.contains("order of installs"))
        );
    }

    #[test]
    fn nothing_to_do() {
        for text in [
            "RUN apk add \\\n    a \\\n    b$0",
            "RUN apk add a$0",
            "RUN apk add b $0 -t c a",
            "RUN apt-get install b $0a > c d",
            "RUN cp b $0a",
            "RUN apt-get install $$0B c",
            "COPY b a$0 /",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n{text}\n"));
        }
    }
}
