//! `apt-assume-yes`: apt asks nobody during a build.

use super::Context;
use super::declare::declare_rule;
use super::support::apt::{ASKING, apt, describe, head, only_simulates, says_yes};
use super::support::apt_runs;
use super::support::place::Place;
use crate::Finding;
use crate::commands::Invocation;
use crate::model::SimpleCommand;

declare_rule! {
    /// `apt-get install` and its relatives get `-y`, since a build has nobody to answer.
    ///
    /// ## Why
    ///
    /// apt asks before it installs anything beyond the packages that were named, and before it removes any. In a build
    /// its standard input is empty, and the answer is "Abort": the line works only as long as there is nothing to ask,
    /// and breaks with the first new dependency.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install curl
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe where the RUN fails when the command does: a build that succeeds was never asked, so the answer changes
    /// nothing. Unsafe where the failure is ignored, since the packages that were silently missing would now be
    /// installed, and where something feeds the standard input, which may answer otherwise.
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN apt-get install curl || true
    /// ```
    ///
    /// ## Not reported
    ///
    /// Commands that are told yes in another way: `-qq`, `-o APT::Get::Assume-Yes=true`, a configuration file that the
    /// Dockerfile writes, `yes |` in front; and commands that only simulate.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN apt-get -qq install curl && yes | apt-get install git
    /// ```
    META: RuleMeta {
        id: "apt-assume-yes",
        aliases: ["DL3014"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [AssumeYes],
        default: true,
        since: "0.1.0",
        mentions: ["apt"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut configured = None;
    for found in apt_runs(ctx) {
        for place in found.places(ctx) {
            let Some(apt) = apt(place.command).filter(asks) else {
                continue;
            };
            // A configuration file that answers is looked for only when it matters.
            if *configured.get_or_insert_with(|| is_configured(&ctx.analysis.source)) {
                return;
            }
            if !place.feeder.is_some_and(answers) {
                findings.extend(finding(ctx, &apt, *place));
            }
        }
    }
}

fn finding(ctx: &Context<'_>, apt: &Invocation<'_>, place: Place<'_>) -> Option<Finding> {
    let refused = if place.fed {
        Some("something feeds the standard input of the command, and may answer no")
    } else if !place.fatal {
        Some(
            "the build goes on when the command fails, so packages that are missing today would be installed",
        )
    } else if !place.alone {
        Some(
            "it is a part of a larger command, which dfix does not look into to see what depends on it",
        )
    } else {
        None
    };
    let name = describe(apt);
    let sub = place.command.words.get(apt.subcommand_word()?)?;
    let edits = vec![ctx.layout.insert_word(sub.range, "-y")];
    let message = format!(
        "`{name}` without `-y` asks before it goes on, and in a build nobody answers: it fails as soon as there is \
         something to ask"
    );
    let finding = Finding::new(&META, head(apt), message);
    Some(finding.offer(format!("Add `-y` to `{name}`"), edits, refused))
}

/// Whether the file says anywhere that apt need not ask, such as in a configuration file that it writes.
fn is_configured(text: &str) -> bool {
    text.to_ascii_lowercase().contains("apt::get::assume-yes")
}

/// Whether a command may ask.
fn asks(apt: &Invocation<'_>) -> bool {
    let may_hold_flags = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["opt", "flag", "arg", "yes", "param"]
            .iter()
            .any(|hint| text.contains(hint))
    };
    let sub = apt.subcommand_word().unwrap_or_default();
    let before = apt.command().words.get(..sub).unwrap_or_default();
    apt.known_sub()
        && apt.sub_any(ASKING)
        && before.iter().all(|word| word.value.is_some())
        && !says_yes(apt)
        && !only_simulates(apt)
        && !apt
            .command()
            .words
            .iter()
            .any(|word| word.splits && word.variables.iter().any(|name| may_hold_flags(name)))
}

/// Whether the command before it in a pipe gives answers.
fn answers(feeder: &SimpleCommand) -> bool {
    matches!(feeder.word(0), Some("yes" | "echo" | "printf"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_lf, check_refused, check_silent, check_unsafe};

    #[test]
    fn every_command_that_asks() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get update && apt-get -q upgrade && sudo apt install b && aptitude --quiet remove c\n",
            "FROM debian\nRUN apt-get update && apt-get -q upgrade -y && sudo apt install -y b && aptitude --quiet remove -y c\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN set -e; apt-get autoremove; apt-get install \\\n  # b\n  c\n",
            "FROM debian\nRUN set -e; apt-get autoremove -y; apt-get install -y \\\n  # b\n  c\n",
        );
    }

    #[test]
    fn in_a_heredoc() {
        let text = "FROM debian\nRUN <<E\nset -e\napt-get install b\nc\nE\n";
        check_lf(&RULE, text, &text.replace("install", "install -y"));
        check_silent(&RULE, &text.replace('\n', "\r\n"));
    }

    #[test]
    fn a_failure_that_is_ignored() {
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get install b || true\n",
            "goes on",
        );
        check_refused(&RULE, "FROM debian\nRUN apt-get install b; c\n", "goes on");
        check_refused(&RULE, "FROM debian\nRUN (apt-get install b)\n", "larger");
        check_refused(
            &RULE,
            "FROM debian\nRUN if apt-get install b; then c; fi\n",
            "goes on",
        );
        check_unsafe(
            &RULE,
            "FROM debian\nRUN apt-get install b | tee c\n",
            "FROM debian\nRUN apt-get install -y b | tee c\n",
        );
    }

    #[test]
    fn input_from_somewhere() {
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get install b < c\n",
            "standard input",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN cat c | apt-get install b\n",
            "standard input",
        );
        check_silent(
            &RULE,
            "FROM debian\nRUN yes n | apt-get install b || echo skipped\n",
        );
    }

    #[test]
    fn told_otherwise() {
        for command in [
            "apt-get install -y b",
            "apt-get --assume-yes install b",
            "apt-get install -yq b",
            "apt-get install -qq b",
            "apt-get -q=2 install b",
            "apt-get -o APT::Get::Assume-Yes=true install b",
            "apt-get install -s b",
            "apt-get install $APT_OPTS b",
            "apt-get $X install b",
            "apt-get update",
            "apt-get clean",
            "echo apt-get install b",
        ] {
            check_silent(&RULE, &format!("FROM debian\nRUN {command}\n"));
        }
        check_silent(
            &RULE,
            "FROM debian\nRUN echo 'APT::Get::Assume-Yes \"true\";' > /etc/apt/apt.conf.d/y\nRUN apt-get install b\n",
        );
        check_silent(
            &RULE,
            "FROM debian\nSHELL [\"powershell\", \"-Command\"]\nRUN apt-get install b\n",
        );
    }
}
