//! `apt-clean-lists`: package lists leave the layer that fetched them.

use std::cell::OnceCell;

use super::Context;
use super::declare::declare_rule;
use super::support::apt::{apt, describe, head, only_simulates};
use super::support::apt_lists::{fetches_lists, hides_lists, leaves_lists, removes_lists};
use super::support::apt_readers::{BUDGET, Reader, readers};
use super::support::apt_refetch::fetch_again;
use super::support::cleanup::append;
use super::support::kept_stages::kept_stages;
use super::support::place::places;
use super::support::{ShellRun, apt_runs};
use crate::commands::Invocation;
use crate::layout::Comments;
use crate::model::{Analysis, BreakKind, Instruction, Pipeline, Script, SimpleCommand, State};
use crate::{Applicability, Finding, Fix};

declare_rule! {
    /// The package lists that `apt-get update` fetches are removed in the same RUN.
    ///
    /// ## Why
    ///
    /// `apt-get update` writes tens of megabytes to `/var/lib/apt/lists`. They are out of date when the image is used,
    /// and a later RUN can't take them out of the layer again.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl \
    ///  && rm -rf /var/lib/apt/lists/*
    /// ```
    ///
    /// A RUN that does nothing but fetch lists is removed when nothing reads them.
    ///
    /// ```dockerfile
    /// FROM node:20
    /// RUN apt-get update
    /// RUN npm install --global tool
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:20
    /// RUN npm install --global tool
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when nothing later reads the lists without fetching them anew: no RUN of the stage, of a stage that is built on
    /// it, or of an `ONBUILD` trigger. Whoever builds on the image, or runs apt in a container, has to call
    /// `apt-get update` first, as in the images of Debian and Ubuntu themselves; `[equivalence] residue = "keep"` is for
    /// people who don't want that.
    ///
    /// Unsafe when a later line installs from the lists: then it gets an `apt-get update` of its own.
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12 AS base
    /// RUN apt-get update && apt-get install -y curl
    ///
    /// FROM base
    /// RUN apt-get install -y git
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12 AS base
    /// RUN apt-get update && apt-get install -y curl \
    ///  && rm -rf /var/lib/apt/lists/*
    ///
    /// FROM base
    /// RUN apt-get update && apt-get install -y git \
    ///  && rm -rf /var/lib/apt/lists/*
    /// ```
    ///
    /// Unsafe, too, when it is not certain that nothing reads them: a script that dfix can't see into (`./install.sh`,
    /// `curl ... | sh`), a tool that drives apt (`add-apt-repository`, `ansible`), or the removal of a package that the
    /// Dockerfile has not installed. Other programs are taken not to call apt behind one's back.
    ///
    /// ```dockerfile,report
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl
    /// COPY install.sh .
    /// RUN ./install.sh
    /// ```
    ///
    /// ## Not reported
    ///
    /// RUNs that remove the lists, or a part of them, by themselves; lists in a cache mount; stages of which only single
    /// files reach the image.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12 AS build
    /// RUN apt-get update && apt-get install -y gcc
    ///
    /// FROM debian:12
    /// RUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y curl
    /// COPY --from=build /usr/bin/tool /usr/bin/
    /// ```
    META: RuleMeta {
        id: "apt-clean-lists",
        aliases: ["DL3009"],
        group: Packages,
        phase: Structure,
        severity: Warning,
        fix: Safe,
        laws: [AptListsRemoved],
        default: true,
        since: "0.1.0",
        mentions: ["apt"],
    }
}

const CLEANUP: &str = "rm -rf /var/lib/apt/lists/*";

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let runs: Vec<ShellRun<'_>> = apt_runs(ctx).collect();
    let kept = kept_stages(ctx.analysis);
    let is_kept = |run: &Instruction| {
        let kept = run.stage.and_then(|stage| kept.get(stage));
        kept.copied().unwrap_or_default()
    };
    let removals = OnceCell::new();
    let mut budget = BUDGET;
    for found in &runs {
        if leaves_lists(found.script) && !hides_lists(found.run) && is_kept(found.run) {
            let readers = readers(ctx.analysis, found.run, &mut budget);
            let removals = removals.get_or_init(|| removals_of_lists(ctx.analysis));
            findings.extend(finding(ctx, *found, &readers, &runs, removals));
        }
    }
}

/// The commands of a file that remove all lists, with the instructions that they stand in, in source order.
fn removals_of_lists(analysis: &Analysis) -> Vec<(&Instruction, &SimpleCommand)> {
    let mut removals = Vec::new();
    for instruction in &analysis.instructions {
        let commands = instruction.script().map(Script::simple_commands);
        let mut commands = commands.into_iter().flatten();
        if let Some(command) = commands.find(|command| removes_lists(command)) {
            removals.push((instruction, command));
        }
    }
    removals
}

fn finding(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    readers: &[Reader<'_>],
    runs: &[ShellRun<'_>],
    removals: &[(&Instruction, &SimpleCommand)],
) -> Option<Finding> {
    let analysis = ctx.analysis;
    let commands = found.script.simple_commands();
    let update = apt(commands.iter().rfind(|command| fetches_lists(command))?)?;
    if readers.is_empty() && only_fetches(ctx, found) {
        let message = format!(
            "`{}` is for nothing here: no later instruction reads the package lists that it fetches",
            describe(&update)
        );
        let edits = ctx.layout.remove_instruction(found.run, Comments::Stay);
        let title = "Remove the RUN that fetches lists for nobody";
        let fix = Fix::new(title, Applicability::Safe, META.laws, edits);
        return Some(Finding::new(&META, head(&update), message).with_fix(fix));
    }
    let message = format!(
        "this layer keeps the package lists that `{}` fetched: tens of megabytes that are out of date when the image is used",
        describe(&update)
    );
    let mut finding = Finding::new(&META, head(&update), message);
    for reader in readers {
        finding = finding.relate(reader.range, reader.what.clone());
    }
    let next = removals.partition_point(|(other, _)| other.index <= found.run.index);
    if let Some((other, too_late)) = removals.get(next)
        && other.stage == found.run.stage
        && readers.is_empty()
    {
        let what = "too late to remove them: the layer above keeps them";
        finding = finding.relate(too_late.range, what);
    }
    let root = analysis.state(found.run).is_some_and(State::is_root);
    let sudo = if !root && !relies_on_apt(found) && update.through_sudo() {
        "sudo "
    } else {
        ""
    };
    let cleanup = match append(ctx, found, &format!("{sudo}{CLEANUP}")) {
        Ok(cleanup) => cleanup,
        Err(reason) => return Some(finding.refuse(reason)),
    };
    let mut edits = vec![cleanup];
    let certain = readers.iter().any(|reader| reader.command.is_some());
    if certain {
        match fetch_again(runs, found, readers) {
            Some(updates) => edits.extend(updates),
            None => return Some(finding.refuse("a later instruction needs the lists")),
        }
    }
    let refused = match readers.first() {
        Some(_) if certain => Some(
            "a later instruction needs the lists; it would have to fetch them again".to_owned(),
        ),
        Some(reader) => Some(format!("a later instruction {}", reader.what)),
        None => doubt(found).map(str::to_owned),
    };
    let title = match certain {
        true => {
            "Remove the package lists in the same RUN, and fetch them again where they are needed"
        }
        false => "Remove the package lists in the same RUN",
    };
    Some(finding.offer(title, edits, refused))
}

/// Whether a RUN does nothing but fetch lists, so that nothing else is missed without it. One with comments stays: they
/// would speak of something else.
fn only_fetches(ctx: &Context<'_>, found: ShellRun<'_>) -> bool {
    let plain = |command: &SimpleCommand| {
        let quiet = |word: &&str| {
            matches!(
                *word,
                "-y" | "-q" | "-qq" | "-qy" | "-yq" | "--yes" | "--quiet"
            )
        };
        let words = command.static_words().unwrap_or_default();
        match words.split_first() {
            Some((program, rest)) if matches!(*program, "apt-get" | "apt") => rest
                .iter()
                .filter(|word| !quiet(word))
                .eq(["update"].iter()),
            _ => false,
        }
    };
    let ShellRun { run, script, .. } = found;
    // The proof would take the next update for this one.
    let next = ctx.analysis.instructions.get(run.index + 1);
    let again = next.and_then(Instruction::script).is_some_and(|next| {
        let commands = next.simple_commands();
        commands.first().is_some_and(|first| fetches_lists(first))
    });
    let is_step = |pipeline: &&Pipeline| pipeline.simple().is_some_and(plain);
    !again
        && run.flags.is_empty()
        && run.heredocs.is_empty()
        && run.comments.is_empty()
        && !run
            .breaks
            .iter()
            .any(|part| part.kind == BreakKind::Comment)
        && script.comments.is_empty()
        && ctx.analysis.state(run).is_some_and(State::plain_shell)
        && script
            .and_list()
            .is_some_and(|list| list.iter().all(is_step))
}

/// Why it is not certain that the cleanup does its work and can't fail.
fn doubt(found: ShellRun<'_>) -> Option<&'static str> {
    if !relies_on_apt(found) {
        return Some(
            "the RUN does not fail when apt does, so it is not certain that the cleanup may do its work",
        );
    }
    let commands = found.script.simple_commands();
    let sudo = |command: &&SimpleCommand| apt(command).is_some_and(|it| it.through_sudo());
    if commands.iter().any(sudo) {
        return Some(
            "apt runs through sudo, so it is not certain that the cleanup may do its work",
        );
    }
    let unknown = |command: &&SimpleCommand| {
        !command.words.is_empty() && Invocation::of(command).is_none()
            || matches!(
                command.word(0),
                Some("trap" | "umask" | "eval" | "exec" | "ulimit" | "shopt" | "alias")
            )
    };
    if commands.iter().any(unknown) {
        return Some("a command of the RUN may change what the shell does with the ones behind it");
    }
    None
}

/// Whether the RUN succeeds only when apt does: then it runs as root, so that the cleanup can't fail.
fn relies_on_apt(found: ShellRun<'_>) -> bool {
    let commands = places(found.script, found.shell);
    commands.iter().any(|place| {
        place.fatal
            && place.alone
            && apt(place.command).is_some_and(|it| {
                it.sub_any(&["update", "install", "upgrade", "dist-upgrade"])
                    && !it.through_sudo()
                    && !only_simulates(&it)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{
        Tester, check, check_lf, check_refused, check_reports, check_silent, check_unsafe,
    };

    /// Safe fixes turn one RUN of `FROM debian` into another.
    #[track_caller]
    fn check_run(before: &str, after: &str) {
        check(
            &RULE,
            &format!("FROM debian\nRUN {before}\n"),
            &format!("FROM debian\nRUN {after}\n"),
        );
    }

    #[test]
    fn in_the_authors_style() {
        check_run(
            "apt-get update \\\n    && apt-get install -y b \\\n    && c",
            "apt-get update \\\n    && apt-get install -y b \\\n    && c \\\n    && rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "apt-get update && \\\n\tapt-get install -y \\\n\t\t# d\n\t\tb",
            "apt-get update && \\\n\tapt-get install -y \\\n\t\t# d\n\t\tb && \\\n\trm -rf /var/lib/apt/lists/*",
        );
    }

    #[test]
    fn whatever_the_list_is() {
        check_run(
            "apt-get update; apt-get install -y b",
            "apt-get update; apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "apt-get update && apt-get install -y b;",
            "apt-get update && apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "apt-get update && (b || c)",
            "apt-get update && (b || c) \\\n && rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "apt-get update && b | c",
            "apt-get update && b | c \\\n && rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "apt-get update && if b; then c; fi",
            "apt-get update && if b; then c; fi \\\n && rm -rf /var/lib/apt/lists/*",
        );
    }

    #[test]
    fn under_set_e() {
        check_run(
            "set -ex; \\\n    apt-get update; \\\n    apt-get install -y b; \\\n    for c in d; do c; done",
            "set -ex; \\\n    apt-get update; \\\n    apt-get install -y b; \\\n    for c in d; do c; done; \\\n    rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "set -e; \\\n  apt-get update; \\\n  apt-get install -y b;",
            "set -e; \\\n  apt-get update; \\\n  apt-get install -y b; \\\n  rm -rf /var/lib/apt/lists/*",
        );
        check_run(
            "set -x; apt-get update && apt-get install -y b",
            "set -x; apt-get update && apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN set -e && apt-get update && for c in d; do c; done\n",
            "`set -e`",
        );
    }

    #[test]
    fn ends_that_take_nothing() {
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update && b & \n",
            "background",
        );
        check_refused(&RULE, "FROM debian\nRUN apt-get update # b\n", "comment");
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update; exit 0\n",
            "ends the shell",
        );
    }

    #[test]
    fn in_a_heredoc() {
        let check = |before: &str, after: &str| {
            let file = |body: &str| format!("FROM debian\nRUN <<E\n{body}E\nRUN b\n");
            check_lf(&RULE, &file(before), &file(after));
        };
        check(
            "set -e\napt-get update\n  apt-get install -y b # c\n# d\n\n",
            "set -e\napt-get update\n  apt-get install -y b # c\n  rm -rf /var/lib/apt/lists/*\n# d\n\n",
        );
        check(
            "# c\napt-get update\napt-get install -y \\\n  b;\n",
            "# c\napt-get update\napt-get install -y \\\n  b && rm -rf /var/lib/apt/lists/*\n",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN <<E\napt-get update # b\nE\n",
            "comment",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update && cat > b <<E\nc\nE\n",
            "heredoc",
        );
    }

    #[test]
    fn apt_must_have_worked() {
        check_refused(
            &RULE,
            "FROM a\nRUN apt-get update || true\n",
            "does not fail",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update; b\n",
            "does not fail",
        );
        check_run(
            "apt-get update -q | cat; apt-get install -y b",
            "apt-get update -q | cat; apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update && sudo apt-get install -y b\n",
            "sudo",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update && $CLEAN\n",
            "may change",
        );
        check_unsafe(
            &RULE,
            "FROM a\nRUN sudo apt-get update\n",
            "FROM a\nRUN sudo apt-get update \\\n && sudo rm -rf /var/lib/apt/lists/*\n",
        );
        check_unsafe(
            &RULE,
            "FROM debian\nRUN sudo apt-get update\n",
            "FROM debian\nRUN sudo apt-get update \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
    }

    #[test]
    fn somebody_reads_them() {
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update && apt-get install -y b\nENV c=d\nRUN apt-get install -y e\n",
            "needs the lists",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update\nRUN if b; then apt-get install -y c; fi\n",
            "needs the lists",
        );
        check_refused(
            &RULE,
            "FROM debian\nRUN apt-get update && apt-get install -y b\nRUN curl c | sh\n",
            "may call apt",
        );
        check_unsafe(
            &RULE,
            "FROM a\nRUN apt-get update && apt-get install -y b\nRUN ./c.sh\nRUN d && e=f sudo apt-get install -y g\n",
            "FROM a\nRUN apt-get update && apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*\nRUN ./c.sh\nRUN d && sudo apt-get update && e=f sudo apt-get install -y g \\\n && sudo rm -rf /var/lib/apt/lists/*\n",
        );
    }

    #[test]
    fn nobody_reads_them() {
        for update in [
            "apt-get update",
            "apt-get -qq update -y \\\n && apt update",
            "--network=none apt-get update",
        ] {
            let file = |run: &str| {
                format!("FROM debian\n{run}ENV b=c\nRUN apt-get update && apt-get install -y d\n")
            };
            let run = format!("RUN {update}\n");
            let gone = !update.starts_with("--");
            let kept = format!("RUN {update} \\\n && rm -rf /var/lib/apt/lists/*\n");
            let cleaned =
                |text: String| text.replace("-y d", "-y d \\\n && rm -rf /var/lib/apt/lists/*");
            check(
                &RULE,
                &file(&run),
                &cleaned(file(if gone { "" } else { &kept })),
            );
        }
        for update in [
            "apt-get update || b",
            "apt-get update && b",
            "apt-get update \\\n  # b\n  -q",
            "apt-get update --fix-missing",
            "sudo apt-get update",
            "B=c apt-get update",
        ] {
            let outcome = Tester::new(&RULE).fixed(&format!("FROM debian\nRUN {update}\n"));
            assert!(outcome.contains("RUN"), "{update}");
        }
        check(
            &RULE,
            "FROM a\nRUN apt-get update\n",
            "FROM a\nRUN apt-get update \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN apt-get update\nRUN apt-get update && apt-get install -y b\n",
            "FROM debian\nRUN apt-get update \\\n && rm -rf /var/lib/apt/lists/*\nRUN apt-get update && apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
        check(
            &RULE,
            "FROM debian\n# b\nRUN apt-get update\n",
            "FROM debian\n# b\nRUN apt-get update \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
    }

    #[test]
    fn the_author_has_seen_to_it() {
        for end in [
            "&& rm -rf /var/lib/apt/lists/*",
            "&& apt-get clean && rm -r /var/lib/apt/lists /tmp/*",
            "; rm -fr \"/var/lib/apt/lists/\"",
            "&& find /var/lib/apt/lists -type f -delete",
            "&& rm -rf /var/lib/{apt,dpkg}",
            "&& apt-get distclean",
        ] {
            check_silent(
                &RULE,
                &format!("FROM debian\nRUN apt-get update && apt-get install -y b {end}\n"),
            );
        }
        check(
            &RULE,
            "FROM debian\nRUN rm -rf /var/lib/apt/lists/* && apt-get update\n",
            "FROM debian\nRUN rm -rf /var/lib/apt/lists/* && apt-get update \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
    }

    #[test]
    fn too_late() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get update && apt-get install -y b\nRUN rm -rf /var/lib/apt/lists/*\n",
            "FROM debian\nRUN apt-get update && apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*\nRUN rm -rf /var/lib/apt/lists/*\n",
        );
    }

    #[test]
    fn stages() {
        check_reports(
            &RULE,
            "FROM debian AS b\nRUN apt-get update || c\nFROM d AS e\nRUN apt-get update || c\n",
            2,
        );
        check_silent(
            &RULE,
            "FROM debian AS b\nRUN apt-get update\nFROM b AS c\nFROM d\nCOPY --from=c e f\n",
        );
    }

    #[test]
    fn whoever_keeps_residue() {
        let tester = Tester::new(&RULE).settings(|settings| settings.keep.residue = true);
        tester.check_refused(
            "FROM debian\nRUN apt-get update && apt-get install -y b\n",
            "keeps",
        );
    }
}
