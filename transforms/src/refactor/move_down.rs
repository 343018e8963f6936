//! `move-down`: an instruction and the one below it change places.

use super::declare::declare_refactoring;
use super::move_up::{exchange, name};
use super::{Draft, Target};

declare_refactoring! {
    /// Moves an instruction below the one after it.
    ///
    /// The comments directly above either of them go with it. Nothing moves out of its stage or past an `ONBUILD`, whose
    /// triggers keep their order. It is safe when neither of the two can notice the other.
    ///
    /// ```dockerfile,unsafe
    /// FROM node:22
    /// # changes often
    /// COPY $0src /app/src
    /// RUN npm install --global tool
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:22
    /// RUN npm install --global tool
    /// # changes often
    /// COPY src /app/src
    /// ```
    KIND: "move-down"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let upper = target.one()?;
    let lower = target.neighbour(upper, true)?;
    let title = format!("Move {} below {}", name(target, upper), name(target, lower));
    exchange(target, upper, lower, title)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Settings;
    use crate::refactor::move_up;
    use crate::refactor::testing::{check, check_none, make};

    /// Down and up again is where it was: with blank lines, comments and heredocs, and at the end of the file.
    #[test]
    fn there_and_back() {
        let head = "FROM debian:12\n";
        for (upper, between, lower, end) in [
            ("RUN a\n", "", "RUN b\n", ""),
            (
                "# c\nRUN a \\\n  b\n",
                "\n# d\n\n",
                "# e\n  LABEL f=g\n",
                "\n# h\n",
            ),
            ("COPY <<E /a\nb\nE\n", "\n", "RUN <<E\nc\nE\n", ""),
            ("RUN a\r\n", "\r\n", "# b\r\nRUN c\r\n", ""),
        ] {
            let marked = |first: &str, second: &str, at: &str| {
                format!("{head}{first}{between}{second}{end}").replacen(at, &format!("$0{at}"), 1)
            };
            let mut lines = upper.lines().filter(|line| !line.starts_with('#'));
            let at = lines.next().unwrap_or_default();
            let down = make(&KIND, &marked(upper, lower, at), &Settings::default());
            let (_, down) = down.expect("it is offered");
            assert_eq!(down, format!("{head}{lower}{between}{upper}{end}"));
            let up = make(
                &move_up::KIND,
                &marked(lower, upper, at),
                &Settings::default(),
            );
            let (_, up) = up.expect("it is offered");
            assert_eq!(up, format!("{head}{upper}{between}{lower}{end}"));
        }
    }

    #[test]
    fn down() {
        check(
            &KIND,
            "FROM debian:12\n# a\nLABEL$0 a=b\nRUN c\nUSER d\n",
            "FROM debian:12\nRUN c\n# a\nLABEL a=b\nUSER d\n",
        );
        for text in [
            "$0FROM debian:12\nRUN a\n",
            "FROM debian:12\nRUN$0 a\n",
            "FROM debian:12\nRUN$0 a\nFROM b\nRUN c\n",
            "FROM debian:12\nRUN$0 a\nONBUILD RUN b\n",
            "ARG$0 A\nARG B\nFROM debian:12\n",
        ] {
            check_none(&KIND, text);
        }
    }
}
