//! `apt-not-apt-get`: `apt` is for people at a terminal.

use dfix_syntax::{TextRange, TextSize};

use super::Context;
use super::declare::declare_rule;
use super::support::apt::{describe, head};
use super::support::apt_runs;
use super::support::place::Place;
use crate::commands::Invocation;
use crate::{Edit, Finding};

declare_rule! {
    /// `apt` becomes `apt-get`, whose behaviour is promised to scripts.
    ///
    /// ## Why
    ///
    /// `apt` is meant for a person at a terminal. It says so itself, with a warning in every build log ("apt does not
    /// have a stable CLI interface"), and its options, defaults and output change from release to release. `apt-get` is
    /// the same program for scripts.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt update && apt install -y curl
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe for `update`, `install`, `reinstall`, `remove`, `purge`, `autoremove` and `clean` with plain arguments: both
    /// names lead to the same code. Archives that were downloaded may stay until the `clean` that Debian's and Ubuntu's
    /// images do by themselves.
    ///
    /// Unsafe for the others. `apt upgrade` also installs new packages, so it becomes
    /// `apt-get upgrade --with-new-pkgs`; `apt full-upgrade` becomes `apt-get dist-upgrade`.
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12
    /// RUN apt upgrade -y
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get upgrade --with-new-pkgs -y
    /// ```
    ///
    /// There is no fix for `apt list`, `apt show`, `apt search` and `apt policy`, for which `apt-cache` has counterparts
    /// with other output, and none where something reads the output of the command.
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN apt list --installed > /packages.txt
    /// ```
    ///
    /// ## Not reported
    ///
    /// The word `apt` where it is no command, and `apt-get`.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN mkdir /etc/apt && apt-get update && which apt
    /// ```
    META: RuleMeta {
        id: "apt-not-apt-get",
        aliases: ["DL3027"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [AptIsAptGet],
        default: true,
        since: "0.1.0",
        mentions: ["apt"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for found in apt_runs(ctx) {
        for place in found.places(ctx) {
            let apt = Invocation::of(place.command).filter(|it| it.is("apt"));
            // A project's own program may have that name (`/opt/x/bin/apt`).
            let own = |apt: &Invocation<'_>| apt.path() == "apt";
            if let Some(apt) = apt.filter(own) {
                findings.extend(finding(ctx, &apt, *place));
            }
        }
    }
}

fn finding(ctx: &Context<'_>, apt: &Invocation<'_>, place: Place<'_>) -> Option<Finding> {
    let name = describe(apt);
    let message = format!(
        "`{name}` is for a terminal: its options and its output may change with every release, while `apt-get` is made \
         for scripts"
    );
    let finding = Finding::new(&META, head(apt), message);
    if place.read {
        return Some(finding.refuse(
            "something reads the output of the command, which `apt-get` writes in another way",
        ));
    }
    let program = place.command.words.get(apt.program_word())?.range;
    let mut edits = vec![program_edit(ctx, program)?];
    let refused = match apt.subcommand() {
        Some("update" | "install" | "reinstall" | "remove" | "purge" | "clean") => None,
        // `autopurge`, another name for it, is not known to every apt-get.
        Some("autoremove") if !written(apt, "autopurge") => None,
        Some("upgrade") => {
            let sub = place.command.words.get(apt.subcommand_word()?)?;
            edits.push(ctx.layout.insert_word(sub.range, "--with-new-pkgs"));
            Some(
                "`apt upgrade` also installs new packages, and `--with-new-pkgs` is younger than some releases",
            )
        }
        Some("dist-upgrade") => {
            let sub = place.command.words.get(apt.subcommand_word()?)?;
            if written(apt, "full-upgrade") {
                edits.push(Edit::replace(sub.range, "dist-upgrade"));
            }
            Some(
                "an upgrade of the whole distribution may be configured in another way for `apt` than for `apt-get`",
            )
        }
        Some("build-dep" | "source" | "download" | "satisfy" | "autoremove" | "autoclean") => {
            Some("it is not certain that `apt-get` of this release does the same")
        }
        _ => {
            return Some(finding.refuse("`apt-get` has no command that does the same"));
        }
    };
    let refused = refused.or_else(|| {
        (!apt.written_flags_known()).then_some(
            "its arguments are not all known, so it is not certain that `apt-get` understands them",
        )
    });
    let refused = refused.or_else(|| {
        place
            .fed
            .then_some("something feeds the standard input of the command")
    });
    let title = format!("Write `apt-get` for `apt` in `{name}`");
    Some(finding.offer(title, edits, refused))
}

/// Puts `-get` behind the program's name. `None` when the name is written in quotes or over two lines.
fn program_edit(ctx: &Context<'_>, program: TextRange) -> Option<Edit> {
    let text = ctx.analysis.text(program);
    let before = text.strip_suffix("apt")?;
    let start = program.start() + TextSize::of(before);
    Some(Edit::replace(
        TextRange::new(start, program.end()),
        "apt-get",
    ))
}

/// Whether the sub-command is written by this one of its names.
fn written(apt: &Invocation<'_>, name: &str) -> bool {
    let word = apt
        .subcommand_word()
        .and_then(|word| apt.command().word(word));
    word == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_reports, check_silent, check_unsafe};

    #[test]
    fn the_same_code() {
        check(
            &RULE,
            "FROM debian\nRUN apt -qq update; sudo apt -y install b $C > /dev/null 2>&1 \\\n # d\n && apt autoremove -y && apt clean\n",
            "FROM debian\nRUN apt-get -qq update; sudo apt-get -y install b $C > /dev/null 2>&1 \\\n # d\n && apt-get autoremove -y && apt-get clean\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN if apt remove b || apt purge c; then d; fi\n",
            "FROM debian\nRUN if apt-get remove b || apt-get purge c; then d; fi\n",
        );
    }

    #[test]
    fn upgrades() {
        check_unsafe(
            &RULE,
            "FROM debian\nRUN apt full-upgrade -y\n",
            "FROM debian\nRUN apt-get dist-upgrade -y\n",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt -y upgrade\n",
            "also installs new packages",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt autopurge -y b\n",
            "not certain",
        );
    }

    #[test]
    fn somebody_reads_it() {
        for command in [
            "apt install -y b | tee c",
            "apt install -y b > c",
            "c=$(apt install -y b)",
            "(apt update; d) > c",
        ] {
            check_refused(
                &RULE,
                &format!("FROM debian\nRUN {command}\n"),
                "reads the output",
            );
        }
        check_unsafe(
            &RULE,
            "FROM debian\nRUN yes | apt install b\n",
            "FROM debian\nRUN yes | apt-get install b\n",
        );
        check_reports(&RULE, "FROM debian\nRUN apt show b\n", 1);
        check_refused(&RULE, "FROM debian\nRUN apt search b\n", "no command");
    }

    #[test]
    fn arguments_that_are_not_known() {
        check_refused(
            &RULE,
            "FROM debian\nRUN apt install --color-me b\n",
            "not all known",
        );
    }

    #[test]
    fn no_command() {
        check_silent(
            &RULE,
            "FROM debian\nRUN apt-get update; echo apt; ./bin/apt update; command -v apt\n",
        );
        check_silent(&RULE, "FROM debian\nRUN [\"apt\", \"update\"]\n");
        check_silent(&RULE, "FROM debian\nONBUILD RUN apt update\n");
    }
}
