//! `apt-merge`: one apt step is one RUN, one installation is one command.

use dfix_syntax::TextRange;

use super::Context;
use super::declare::declare_rule;
use super::support::apt_group::Group;
use super::support::apt_joined::{Placed, join_installs, run_of_installs};
use super::support::apt_lists::fetches_lists;
use super::support::apt_steps::Steps;
use super::support::runs_with_apt;
use crate::layout::Style;
use crate::proof::Law;
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// Consecutive RUNs that update, install and clean with apt become one, and consecutive installs one command.
    ///
    /// ## Why
    ///
    /// An `apt-get update` in a layer of its own goes stale: when a later line changes, the builder installs by lists that
    /// are weeks old, and gets old packages or none. And as long as the lists are read in other layers, they can't be
    /// removed from theirs. One `apt-get install` resolves and configures everything in one go instead of starting apt
    /// again for every package.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM debian:12-slim
    /// RUN apt-get update
    /// RUN apt-get install -y curl=7.88.1-10+deb12u8
    /// # for the tunnel
    /// RUN apt-get install -y socat
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12-slim
    /// RUN apt-get update \
    ///  && apt-get install -y curl=7.88.1-10+deb12u8 \
    ///     # for the tunnel
    ///     socat
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the same commands run in the same order. Only commands are joined that leave nothing in the shell and no
    /// process behind. Packages are joined into one command when both have the same flags, assignments and `sudo`, and ask
    /// for packages by plain names, with or without version; they are then resolved together, in the author's order.
    /// `[equivalence] package-order = "keep"` joins the commands by `&&` instead.
    ///
    /// ## Not reported
    ///
    /// RUNs with another instruction between them, with different flags, mounts or heredocs, and those that are complete
    /// in themselves: one that removes its lists before one that fetches its own. A RUN that does other work is joined only
    /// when it needs the lists of the one before.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
    /// RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*
    /// ENV LANG=C.UTF-8
    /// RUN apt-get install -y ./tool.deb
    /// RUN make
    /// ```
    META: RuleMeta {
        id: "apt-merge",
        aliases: ["DL3059"],
        group: Layers,
        phase: Structure,
        severity: Warning,
        fix: Safe,
        laws: [LayersMerged, InstallsJoined, AssumeYes, AptIsAptGet],
        default: true,
        since: "0.1.0",
        mentions: ["apt"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut group = Group::default();
    for (found, mentions_apt) in runs_with_apt(ctx) {
        if group.runs.is_empty() && !mentions_apt {
            continue;
        }
        let Some(steps) = Steps::of(found) else {
            continue;
        };
        if let Some(next) = group.offer(ctx, steps) {
            findings.extend(finding(ctx, &group.runs));
            group = Group::new(next);
        }
    }
    findings.extend(finding(ctx, &group.runs));
}

fn finding(ctx: &Context<'_>, group: &[Steps<'_>]) -> Option<Finding> {
    let first = group.first()?;
    let placed: Vec<Placed<'_, '_>> = group
        .iter()
        .flat_map(|steps| {
            let run = steps.found.run;
            steps.steps.iter().map(move |step| Placed { run, step })
        })
        .collect();
    let mut edits = Vec::new();
    let merged = group.len() - 1;
    let style = (merged > 0).then(|| {
        let mut runs = group.iter().map(|steps| steps.found.run);
        let styled = runs.find(|run| ctx.layout.shows_style(run));
        ctx.layout.style(styled.unwrap_or(first.found.run))
    });
    let joined = join(ctx, &placed, style.as_ref(), &mut edits);
    if merged == 0 && joined == 0 {
        return None;
    }
    let laws: &[Law] = match (merged, joined) {
        (0, _) => &[Law::InstallsJoined, Law::AssumeYes, Law::AptIsAptGet],
        (_, 0) => &[Law::LayersMerged],
        _ => META.laws,
    };
    let title = match (merged, joined) {
        (0, _) => "Install the packages in one command".to_owned(),
        (_, 0) => format!("Join the {} RUN instructions", group.len()),
        _ => format!(
            "Join the {} RUN instructions and their installs",
            group.len()
        ),
    };
    let stale = first
        .steps
        .iter()
        .all(|step| step.command.is_some_and(fetches_lists));
    let message = match (merged, stale) {
        (0, _) => format!(
            "these {} `apt-get install` in a row could be one: apt starts, resolves and configures once for each",
            joined + 1
        ),
        (_, true) => "`apt-get update` in a layer of its own goes stale: what is installed later comes from the lists of \
                      the day when this layer was built"
            .to_owned(),
        _ => format!(
            "these {} RUN instructions are one apt step: in layers of their own the later ones install by old package \
             lists, which can't be removed from the layer that fetched them",
            group.len()
        ),
    };
    // From the keyword on, so that it goes before what other rules have to say about the commands.
    let run = first.found.run;
    let range = run.keyword.cover(first.steps.first()?.pipeline.range);
    let mut finding = Finding::new(&META, range, message);
    for other in group.iter().skip(1) {
        finding = finding.relate(other.found.run.keyword, "belongs to the same step");
    }
    Some(finding.with_fix(Fix::new(title, Applicability::Safe, laws, edits)))
}

/// Collects the edits that make one list of all steps, and joins installs. Returns how many commands go. Steps of one RUN
/// need no style.
fn join(
    ctx: &Context<'_>,
    placed: &[Placed<'_, '_>],
    style: Option<&Style>,
    edits: &mut Vec<Edit>,
) -> usize {
    let mut joined = 0;
    let mut rest = placed;
    let mut previous: Option<Placed<'_, '_>> = None;
    while let Some((first, others)) = rest.split_first() {
        if let (Some(previous), Some(style)) = (previous, style) {
            edits.extend(glue(ctx, previous, *first, style));
        }
        let run = match ctx.settings.keep.package_order {
            true => 0,
            false => run_of_installs(first, others),
        };
        let (taken, others) = others.split_at(run);
        if !taken.is_empty() {
            joined += taken.len();
            edits.extend(join_installs(ctx, first, taken));
        }
        previous = Some(*taken.last().unwrap_or(first));
        rest = others;
    }
    joined
}

/// The edit between two commands that stay apart: none within a RUN.
fn glue(
    ctx: &Context<'_>,
    previous: Placed<'_, '_>,
    next: Placed<'_, '_>,
    style: &Style,
) -> Option<Edit> {
    let between = TextRange::new(
        previous.step.pipeline.range.end(),
        next.step.pipeline.range.start(),
    );
    let apart = previous.run.index != next.run.index;
    apart.then(|| Edit::replace(between, style.and(ctx.layout.comments_between(between))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Tester, check, check_silent};

    /// As it comes out with the cleanup, which is the purpose.
    #[track_caller]
    fn check_both(before: &str, after: &str) {
        Tester::new(&RULE)
            .with("apt-clean-lists")
            .check(before, after);
    }

    #[test]
    fn in_pieces() {
        check_both(
            "FROM debian:12-slim\n\nRUN apt-get update\nRUN apt-get install -y curl=7.88.1-10+deb12u8\nRUN apt-get install -y socat\n",
            "FROM debian:12-slim\n\nRUN apt-get update \\\n && apt-get install -y curl=7.88.1-10+deb12u8 socat \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
    }

    #[test]
    fn comments_travel() {
        check_both(
            "FROM debian:12\n# the toolchain\nRUN apt-get update && apt-get install -y \\\n    # needed by node-gyp\n    python3 \\\n    make\n# for the health check\nRUN apt-get install -y curl\nUSER nobody\n",
            "FROM debian:12\n# the toolchain\nRUN apt-get update && apt-get install -y \\\n    # needed by node-gyp\n    python3 \\\n    make \\\n    # for the health check\n    curl \\\n && rm -rf /var/lib/apt/lists/*\nUSER nobody\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN apt-get update\n\n# one\n\n# two\nRUN \\\n  # three\n  apt-get install -y b\nRUN apt-get clean\n",
            "FROM debian\nRUN apt-get update \\\n    # one\n    # two\n    # three\n && apt-get install -y b \\\n && apt-get clean\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN apt-get install -y b && \\\n    # d\n    apt-get install -y \\\n        c \\\n        # f\n        e\n",
            "FROM debian\nRUN apt-get install -y b \\\n        # d\n        c \\\n        # f\n        e\n",
        );
    }

    #[test]
    fn lists_in_the_authors_style() {
        // One on each line.
        check(
            &RULE,
            "FROM debian\nRUN apt-get install -y \\\n\tb \\\n\tc\nRUN apt-get install -y d e\n",
            "FROM debian\nRUN apt-get install -y \\\n\tb \\\n\tc \\\n\td \\\n\te\n",
        );
        // Several on a line.
        check(
            &RULE,
            "FROM debian\nRUN apt-get install -y b c \\\n  d e\nRUN apt-get install -y f \\\n    g\n",
            "FROM debian\nRUN apt-get install -y b c \\\n  d e f \\\n  g\n",
        );
        // Only the other one has a style.
        check(
            &RULE,
            "FROM debian\nRUN apt-get install -y b\nRUN apt-get install -y \\\n      c \\\n      d\n",
            "FROM debian\nRUN apt-get install -y b c \\\n      d\n",
        );
        // Flags behind the operands.
        check(
            &RULE,
            "FROM debian\nRUN apt-get install b -y\nRUN apt-get install c -y\nRUN apt-get install -y d && apt-get clean\n",
            "FROM debian\nRUN apt-get install b c d -y && apt-get clean\n",
        );
    }

    #[test]
    fn a_long_line_is_broken() {
        let (long, other) = ("x".repeat(60), "y".repeat(60));
        check(
            &RULE,
            &format!(
                "FROM debian\nRUN apt-get install -y {long}\nRUN apt-get install -y {other}\nRUN apt-get install -y b\n"
            ),
            &format!("FROM debian\nRUN apt-get install -y {long} \\\n    {other} b\n"),
        );
    }

    #[test]
    fn flags_in_another_spelling_are_equal() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get -y --no-install-recommends install b -q\nRUN apt-get install --no-install-recommends -qy c\n",
            "FROM debian\nRUN apt-get -y --no-install-recommends install b c -q\n",
        );
    }

    #[test]
    fn packages_that_are_there_already() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get install -y b c\nRUN apt-get install -y c d b\nRUN apt-get install -y \\\n  b \\\n  # e\n  c\n",
            "FROM debian\nRUN apt-get install -y b c d \\\n  # e\n  c\n",
        );
    }

    #[test]
    fn installs_that_differ_stay_apart() {
        for other in [
            "apt-get install -y --no-install-recommends c",
            "DEBIAN_FRONTEND=noninteractive apt-get install -y c",
            "sudo apt-get install -y c",
            "apt-get install c",
            "aptitude install -y c",
            "apt-get install -y ./c.deb",
            "apt-get install -y c-",
            "apt-get install -y b=2",
            "apt-get install -y $C",
            "apt-get install -y c=1.*",
            "apt-get install -y c > /dev/null",
            "apt-get install -yf",
            "apt-get install -y --download-only c",
            "apt-get install -yq c",
            "apt-get install -y -t d c",
        ] {
            check(
                &RULE,
                &format!("FROM debian\nRUN apt-get install -y b=1\nRUN {other}\n"),
                &format!("FROM debian\nRUN apt-get install -y b=1 \\\n && {other}\n"),
            );
        }
    }

    #[test]
    fn names_with_signs() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get install -y g++ libc6:i386\nRUN apt-get install -y libstdc++6 b=1:2~rc+3-4\n",
            "FROM debian\nRUN apt-get install -y g++ libc6:i386 libstdc++6 b=1:2~rc+3-4\n",
        );
    }

    #[test]
    fn whatever_needs_the_lists_above() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get update\nRUN apt-get install -y b && ./c\nRUN d\n",
            "FROM debian\nRUN apt-get update \\\n && apt-get install -y b && ./c\nRUN d\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN apt-get update && apt-get install -y b && tar -xf c\nRUN apt-get install -y d\n",
            "FROM debian\nRUN apt-get update && apt-get install -y b && tar -xf c \\\n && apt-get install -y d\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN apt-get update\nRUN apt-get upgrade -y\nRUN yes | apt-get install b\nRUN rm -rf /var/lib/apt/lists/* /tmp/*\n",
            "FROM debian\nRUN apt-get update \\\n && apt-get upgrade -y \\\n && yes | apt-get install b \\\n && rm -rf /var/lib/apt/lists/* /tmp/*\n",
        );
    }

    #[test]
    fn a_semicolon_at_the_end() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get update;\nRUN apt-get install -y b;\nRUN apt-get install -y c ;\n",
            "FROM debian\nRUN apt-get update \\\n && apt-get install -y b c ;\n",
        );
    }

    #[test]
    fn what_stays_apart() {
        for (above, below) in [
            // Complete in themselves.
            (
                "apt-get update && apt-get install -y b",
                "apt-get update && apt-get install -y c",
            ),
            (
                "apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*",
                "apt-get install -y c",
            ),
            // Other work.
            ("apt-get install -y b", "apt-get install -y c && make"),
            ("apt-get install -y b", "make"),
            ("apt-get install -y b", "rm -rf /tmp/c"),
            ("rm -rf /tmp/c", "apt-get install -y b"),
            ("make", "apt-get install -y b"),
            ("curl b -o c", "apt-get install -y d"),
            // Something stays behind in the shell, or a process.
            ("apt-get update && cd b", "apt-get install -y c"),
            ("apt-get update && ./b", "apt-get install -y c"),
            ("apt-get update && apt-key add b", "apt-get install -y c"),
            ("apt-get update && x=1", "apt-get install -y c"),
            ("set -e && apt-get update", "apt-get install -y c"),
            // A package may start what the other program notices.
            (
                "apt-get update && apt-get install -y b",
                "apt-get install -y c && ./d",
            ),
            // No plain list.
            ("apt-get update; b", "apt-get install -y c"),
            ("apt-get update || b", "apt-get install -y c"),
            ("apt-get update &", "apt-get install -y c"),
            ("apt-get update # b", "apt-get install -y c"),
            ("apt-get update", "apt-get install -y c || d"),
            ("apt-get update", "apt-get install -y c; d"),
            ("apt-get update", "! apt-get install -y c"),
            ("apt-get update", "if b; then apt-get install -y c; fi"),
        ] {
            check_silent(&RULE, &format!("FROM debian\nRUN {above}\nRUN {below}\n"));
        }
    }

    #[test]
    fn small_work_between() {
        check_both(
            "FROM debian\nRUN apt-get update\n# mail\nRUN echo a b c d | debconf-set-selections\nRUN mkdir -p /e && chmod 1777 /e\nRUN apt-get install -y f\n",
            "FROM debian\nRUN apt-get update \\\n    # mail\n && echo a b c d | debconf-set-selections \\\n && mkdir -p /e && chmod 1777 /e \\\n && apt-get install -y f \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN apt-get update && apt-get install -y b\nRUN echo c > /d && apt-get install -y e\nRUN echo f > /g\n",
            "FROM debian\nRUN apt-get update && apt-get install -y b \\\n && echo c > /d && apt-get install -y e\nRUN echo f > /g\n",
        );
        // Nothing reads the lists, other work, too much work, lists that are gone.
        for rest in [
            "echo b\nRUN apt-get clean",
            "curl b\nRUN apt-get install -y c",
            "echo a\nRUN echo b\nRUN echo c\nRUN echo d\nRUN apt-get install -y e",
            "rm -rf /var/lib/apt/lists/* && echo b\nRUN apt-get install -y c",
        ] {
            check_silent(
                &RULE,
                &format!("FROM debian\nRUN apt-get update\nRUN {rest}\n"),
            );
        }
    }

    #[test]
    fn a_base_that_is_not_known() {
        check(
            &RULE,
            "FROM a\nRUN apt-get update\nRUN apt-get install -y b\nRUN rm -rf /var/lib/apt/lists/*\n",
            "FROM a\nRUN apt-get update \\\n && apt-get install -y b \\\n && rm -rf /var/lib/apt/lists/*\n",
        );
        for below in [
            "apt-get install -y $B",
            "apt-get install -y b && make",
            "B=c apt-get install -y b",
        ] {
            check(
                &RULE,
                &format!("FROM a\nRUN B=c apt-get update\nRUN {below}\n"),
                &format!("FROM a\nRUN B=c apt-get update \\\n && {below}\n"),
            );
            check_silent(
                &RULE,
                &format!("FROM a\nRUN apt-get upgrade -y\nRUN {below}\n"),
            );
        }
    }

    #[test]
    fn what_lies_between() {
        for between in [
            "ENV b=c",
            "USER b",
            "LABEL b=c",
            "WORKDIR /b",
            "FROM b",
            "COPY b c",
            "RUN b",
        ] {
            check_silent(
                &RULE,
                &format!("FROM debian\nRUN apt-get update\n{between}\nRUN apt-get install -y d\n"),
            );
        }
        check_silent(
            &RULE,
            "FROM debian\nRUN apt-get update\n# hadolint ignore=DL3008\nRUN apt-get install -y d\n",
        );
        check_silent(
            &RULE,
            "FROM debian\nRUN --network=host apt-get update\nRUN apt-get install -y d\n",
        );
        check_silent(
            &RULE,
            "FROM debian\nRUN [\"apt-get\", \"update\"]\nRUN apt-get install -y d\n",
        );
        check_silent(
            &RULE,
            "FROM debian\nONBUILD RUN apt-get update\nONBUILD RUN apt-get install -y d\n",
        );
        check(
            &RULE,
            "FROM debian\nRUN --mount=type=cache,target=/b apt-get update\nRUN --mount=type=cache,target=/b apt-get install -y d\n",
            "FROM debian\nRUN --mount=type=cache,target=/b apt-get update \\\n && apt-get install -y d\n",
        );
    }

    #[test]
    fn one_style_for_all() {
        check(
            &RULE,
            "FROM debian\nRUN apt-get update\nRUN apt-get install -y b && \\\n  apt-get upgrade -y\nRUN apt-get install -y c \\\n    && apt-get clean\n",
            "FROM debian\nRUN apt-get update && \\\n  apt-get install -y b && \\\n  apt-get upgrade -y && \\\n  apt-get install -y c \\\n    && apt-get clean\n",
        );
    }

    #[test]
    fn a_cleanup_of_its_own_comes_in_first() {
        check_both(
            "FROM debian\nRUN apt-get update && apt-get install -y b\nRUN apt-get clean\nRUN rm -rf /var/lib/apt/lists/* /tmp/*\n",
            "FROM debian\nRUN apt-get update && apt-get install -y b \\\n && apt-get clean \\\n && rm -rf /var/lib/apt/lists/* /tmp/*\n",
        );
    }

    #[test]
    fn whoever_keeps_the_order() {
        let tester = Tester::new(&RULE).settings(|settings| settings.keep.package_order = true);
        tester.check(
            "FROM debian\nRUN apt-get install -y b && apt-get install -y c\nRUN apt-get install -y d\n",
            "FROM debian\nRUN apt-get install -y b && apt-get install -y c \\\n && apt-get install -y d\n",
        );
    }
}
