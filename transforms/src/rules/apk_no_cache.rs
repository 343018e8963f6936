//! `apk-no-cache`: apk keeps its package index in the layer.

use dfix_syntax::TextSize;

use super::Context;
use super::declare::declare_rule;
use super::support::index_readers::{BUDGET, may_need_index, names_index, removal_that_may_fail};
use super::support::package_cache::has_cache_mount;
use super::support::place::Place;
use super::support::{ShellRun, shell_runs};
use crate::commands::Invocation;
use crate::images::{Novelty, predates};
use crate::model::{Base, Instruction, Pipeline, Script};
use crate::{Edit, Finding};

declare_rule! {
    /// `apk add` gets `--no-cache`, and an `apk update` that only serves it goes.
    ///
    /// ## Why
    ///
    /// `apk update` and `apk add --update` write the package index below `/var/cache/apk`. It stays in the layer, gets old
    /// there, and is fetched again by the next build anyway. With `--no-cache`, apk fetches what it needs and keeps nothing.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM alpine:3.20
    /// RUN apk update && apk add curl
    /// RUN apk add git
    /// ```
    ///
    /// ```dockerfile
    /// FROM alpine:3.20
    /// RUN apk add --no-cache curl
    /// RUN apk add --no-cache git
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the same packages are installed; only the index is missing afterwards, and no later step of the file reads
    /// it. An image that is built on this one and relies on the index would miss it; `[equivalence] residue = "keep"`
    /// makes the fix unsafe for those who publish base images. Where a script runs later that may call apk itself, an
    /// index that the RUN keeps today stays unless unsafe fixes are asked for; as it does where it is removed by an `rm`
    /// without `-f`, which would find nothing to remove. An apk older than that of Alpine 3.3 doesn't
    /// know the option.
    ///
    /// ## Not reported
    ///
    /// A RUN with a cache mount, which keeps the index out of the layer by itself.
    ///
    /// ```dockerfile,silent
    /// FROM alpine:3.20
    /// RUN --mount=type=cache,target=/var/cache/apk apk add curl
    /// ```
    META: RuleMeta {
        id: "apk-no-cache",
        aliases: ["DL3019"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [PackageCacheRemoved],
        default: true,
        since: "0.1.0",
        mentions: ["apk"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut budget = BUDGET;
    let runs: Vec<(ShellRun<'_>, &[Place<'_>])> = shell_runs(ctx)
        .filter(|found| !has_cache_mount(found.run) && !is_too_old(ctx, found.run))
        .map(|found| (found, found.places(ctx)))
        .collect();
    let readers = Readers {
        adds: readers(ctx, &runs),
        named: names_index(ctx),
    };
    for (found, places) in &runs {
        for place in *places {
            if let Some(apk) = lacking(place) {
                let doubt = unfetched(places, place, &apk);
                findings.extend(finding(ctx, *found, &apk, doubt, &readers, &mut budget));
            }
        }
        findings.extend(update(ctx, *found, places, &readers, &mut budget));
    }
}

/// An `apk add` that reads an index which an earlier command keeps: without that index it needs `--no-cache`, too.
struct Reader {
    stage: usize,
    edit: Edit,
}

/// What is asked of a whole file once.
struct Readers {
    /// In source order.
    adds: Vec<Reader>,
    /// Whether the file names the place of the index.
    named: bool,
}

fn readers(ctx: &Context<'_>, runs: &[(ShellRun<'_>, &[Place<'_>])]) -> Vec<Reader> {
    let mut readers = Vec::new();
    for (found, places) in runs {
        let Some(stage) = found.run.stage else {
            continue;
        };
        for apk in places.iter().filter_map(lacking) {
            let sub = apk
                .subcommand_word()
                .and_then(|at| apk.command().words.get(at));
            if let Some(sub) = sub.filter(|_| !updates(&apk)) {
                let edit = ctx.layout.insert_word(sub.range, "--no-cache");
                readers.push(Reader { stage, edit });
            }
        }
    }
    readers
}

/// The edits of the readers behind a place, in its stage and those built on it.
fn dependent<'r>(
    ctx: &'r Context<'_>,
    stage: usize,
    from: TextSize,
    readers: &'r [Reader],
) -> impl Iterator<Item = Edit> + 'r {
    let stages = &ctx.analysis.stages;
    let is_built_on = move |number: usize| {
        let parent = |number: &usize| match stages.get(*number)?.base {
            Base::Stage(parent) => Some(parent),
            _ => None,
        };
        std::iter::successors(Some(number), parent)
            .take(MAX_CHAIN)
            .any(|number| number == stage)
    };
    let first = readers.partition_point(|reader| reader.edit.range.start() < from);
    readers
        .iter()
        .skip(first)
        .take(MAX_READERS)
        .filter(move |reader| is_built_on(reader.stage))
        .map(|reader| reader.edit.clone())
}

/// How many readers one fix changes along, and how long a chain of stages is followed.
const MAX_READERS: usize = 50;
const MAX_CHAIN: usize = 50;

fn updates(apk: &Invocation<'_>) -> bool {
    apk.has_any_flag(&["-U", "--update", "--update-cache"])
}

/// Whether the base image's apk doesn't know the option.
fn is_too_old(ctx: &Context<'_>, run: &Instruction) -> bool {
    let stages = &ctx.analysis.stages;
    let root = run
        .stage
        .and_then(|stage| stages.get(stage))
        .and_then(|stage| stages.get(stage.root));
    root.is_some_and(
        |root| matches!(&root.base, Base::Image(image) if predates(image, Novelty::ApkNoCache)),
    )
}

/// An `apk add` that keeps the index.
fn lacking<'a>(place: &Place<'a>) -> Option<Invocation<'a>> {
    let apk = Invocation::of(place.command)?;
    let adds = apk.is("apk")
        && apk.sub("add")
        && !apk.has_any_flag(&["--no-cache", "--no-network", "--cache-dir"]);
    // A variable might hold the flag.
    let hidden = apk
        .command()
        .words
        .iter()
        .any(|word| word.splits && word.text.to_lowercase().contains("opt"));
    (adds && !hidden && apk.double_dash().is_none()).then_some(apk)
}

/// Why an `apk add` may fail today without the build failing: there is no index, and nothing before it in its RUN fetches
/// one.
fn unfetched(places: &[Place<'_>], place: &Place<'_>, apk: &Invocation<'_>) -> Option<String> {
    let fetches = |other: &Place<'_>| {
        Invocation::of(other.command).is_some_and(|apk| {
            let kept = apk.is("apk") && !apk.has_flag("--no-cache");
            kept && (apk.sub("update") || apk.sub_any(&["add", "upgrade"]) && updates(&apk))
        })
    };
    let mut before = places
        .iter()
        .take_while(|other| other.command.range.start() < place.command.range.start());
    let fails_unseen = !place.fatal && !updates(apk) && !before.any(fetches);
    fails_unseen.then(|| {
        "without a package index it fails and the build goes on; with `--no-cache` it would install the packages".to_owned()
    })
}

fn finding(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    apk: &Invocation<'_>,
    doubt: Option<String>,
    readers: &Readers,
    budget: &mut usize,
) -> Option<Finding> {
    let command = apk.command();
    let sub = command.words.get(apk.subcommand_word()?)?;
    let mut edits = vec![ctx.layout.insert_word(sub.range, "--no-cache")];
    let end = command.range.end();
    let refused = if doubt.is_some() {
        doubt
    } else if updates(apk) {
        edits.extend(dependent(ctx, found.run.stage?, end, &readers.adds));
        may_need_index(ctx, found, end, budget)
    } else if readers.named {
        removal_that_may_fail(ctx, found, end, budget)
    } else {
        None
    };
    let message = "`apk add` without `--no-cache` leaves the package index in the layer, where it only gets old";
    let finding = Finding::new(&META, command.range, message);
    Some(finding.offer("Add `--no-cache` to `apk add`", edits, refused))
}

/// An `apk update` in an `&&` list whose other apk commands fetch the index themselves.
fn update(
    ctx: &Context<'_>,
    found: ShellRun<'_>,
    places: &[Place<'_>],
    readers: &Readers,
    budget: &mut usize,
) -> Option<Finding> {
    let apks: Vec<Invocation<'_>> = places
        .iter()
        .filter_map(|place| Invocation::of(place.command))
        .filter(|invocation| invocation.is("apk"))
        .collect();
    let fresh = |apk: &Invocation<'_>| {
        apk.sub("add") && apk.has_flag("--no-cache")
            || apk.sub_any(&["del", "update"]) && !apk.has_flag("-U")
    };
    let installs = apks.iter().any(|apk| apk.sub("add"));
    if !installs || !apks.iter().all(fresh) {
        return None;
    }
    let (list, number, pipeline) = lists(found.script).find(|(.., pipeline)| {
        pipeline
            .simple()
            .and_then(Invocation::of)
            .is_some_and(|apk| is_update(&apk))
    })?;
    let edit: Edit = ctx.layout.remove_command(found.run, list, number)?;
    let end = pipeline.range.end();
    let refused = may_need_index(ctx, found, end, budget);
    let mut edits = vec![edit];
    edits.extend(dependent(ctx, found.run.stage?, end, &readers.adds));
    let title = "Remove `apk update`, since `apk add --no-cache` fetches the index itself";
    let message = "`apk update` leaves the package index in the layer, and `apk add --no-cache` doesn't read it";
    Some(Finding::new(&META, pipeline.range, message).offer(title, edits, refused))
}

fn is_update(apk: &Invocation<'_>) -> bool {
    apk.is("apk")
        && apk.sub("update")
        && !apk.through_sudo()
        && apk.operands().is_empty()
        && apk.flags().is_empty()
}

/// The pipelines of pure `&&` lists with their lists and numbers.
fn lists(script: &Script) -> impl Iterator<Item = (&crate::model::AndOr, usize, &Pipeline)> {
    let pure = |list: &&crate::model::AndOr| {
        list.rest
            .iter()
            .all(|(connective, ..)| *connective == crate::model::Connective::And)
    };
    let lists = script.items.iter().map(|item| &item.and_or).filter(pure);
    lists.flat_map(|list| {
        list.pipelines()
            .enumerate()
            .map(move |(number, pipeline)| (list, number, pipeline))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn every_add_of_a_run() {
        check(
            &RULE,
            "FROM alpine\nRUN apk add a \\\n    # why\n    b \\\n && apk --update add c && apk del b\n",
            "FROM alpine\nRUN apk add --no-cache a \\\n    # why\n    b \\\n && apk --update add --no-cache c && apk del b\n",
        );
    }

    #[test]
    fn a_failure_that_is_not_seen() {
        for add in [
            "apk add a; b",
            "apk add a || true",
            "! apk add a",
            "b; apk add a | c",
        ] {
            check_refused(
                &RULE,
                &format!("FROM alpine\nRUN {add}\n"),
                "the build goes on",
            );
        }
        check(
            &RULE,
            "FROM alpine\nRUN apk update; apk add a; b\nRUN set -e; apk add c; d\n",
            "FROM alpine\nRUN apk update; apk add --no-cache a; b\nRUN set -e; apk add --no-cache c; d\n",
        );
    }

    #[test]
    fn the_update_goes_with_its_line() {
        check(
            &RULE,
            "FROM alpine\nRUN apk update \\\n && apk upgrade \\\n && apk add a\n",
            "FROM alpine\nRUN apk update \\\n && apk upgrade \\\n && apk add --no-cache a\n",
        );
        check(
            &RULE,
            "FROM alpine\nRUN apk update && \\\n    apk add a && \\\n    b\n",
            "FROM alpine\nRUN apk add --no-cache a && \\\n    b\n",
        );
    }

    #[test]
    fn told_otherwise() {
        check_silent(&RULE, "FROM alpine\nRUN apk add --no-cache a\n");
        check_silent(&RULE, "FROM alpine\nRUN apk --no-cache add a\n");
        check_silent(&RULE, "FROM alpine\nRUN apk add $APK_OPTS a\n");
        check_silent(&RULE, "FROM alpine\nRUN apk update\n");
        check_silent(&RULE, "FROM alpine\nRUN apk add --no-network a\n");
        check_silent(
            &RULE,
            "FROM alpine:3.2 AS b\nRUN a\nFROM b\nRUN apk add c\n",
        );
    }

    #[test]
    fn an_index_that_scripts_may_need() {
        let updates = ["apk update && apk add --no-cache a", "apk add -U a"];
        for update in updates {
            for reader in [
                " && ./install.sh",
                "\nRUN b && sh setup.sh",
                "\nRUN curl https://example.org/c | bash",
                "\nRUN su d -c 'apk add e'",
                "\nRUN [\"/bin/sh\", \"-c\", \"apk add e\"]",
                "\nONBUILD RUN ./install.sh",
                "\nRUN <<EOF\n#!/bin/sh\napk add b\nEOF",
                "\nFROM f\nRUN make deps",
            ] {
                check_refused(
                    &RULE,
                    &format!("FROM alpine AS f\nRUN {update}{reader}\n"),
                    "may need the package index",
                );
            }
        }
        check(
            &RULE,
            "FROM alpine\nRUN apk add -U a && rm -rf /var/cache/apk/*\nRUN ./install.sh\n",
            "FROM alpine\nRUN apk add --no-cache -U a && rm -rf /var/cache/apk/*\nRUN ./install.sh\n",
        );
        for call in [
            "apk add",
            "apk --update add",
            "apk update && apk add --no-cache",
        ] {
            check_refused(
                &RULE,
                &format!("FROM alpine\nRUN {call} a && rm /var/cache/apk/*\n"),
                "fails when there is no package index",
            );
        }
        // An index of its own, or another stage.
        check(
            &RULE,
            "FROM alpine\nRUN apk add -U a\nRUN apk update && ./install.sh\nFROM alpine\nRUN ./install.sh\n",
            "FROM alpine\nRUN apk add --no-cache -U a\nRUN apk update && ./install.sh\nFROM alpine\nRUN ./install.sh\n",
        );
    }
}
