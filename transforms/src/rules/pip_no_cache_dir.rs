//! `pip-no-cache-dir`: pip keeps its downloads in the layer.

use std::cell::OnceCell;

use super::Context;
use super::declare::declare_rule;
use super::support::package_cache::has_cache_mount;
use super::support::shell_runs;
use crate::Finding;
use crate::commands::Invocation;
use crate::images::{Novelty, predates};
use crate::model::{Base, Instruction, InstructionKind, Stage};

declare_rule! {
    /// `pip install` gets `--no-cache-dir`.
    ///
    /// ## Why
    ///
    /// pip keeps every download and every wheel that it builds below `~/.cache/pip`. In an image nothing will install
    /// them again; they only make the layer larger.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// COPY requirements.txt .
    /// RUN pip install -r requirements.txt
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// COPY requirements.txt .
    /// RUN pip install --no-cache-dir -r requirements.txt
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe: the same packages are installed; only the cache is missing afterwards. A step that reads or removes the cache
    /// by name makes the fix unsafe, since it might fail without it. So does a base image of a release that came with a pip
    /// older than 6.0, which doesn't know the option, until a RUN has put a newer one there.
    ///
    /// ## Not reported
    ///
    /// A RUN with a cache mount, a cache that is switched off or moved by `PIP_NO_CACHE_DIR`, `PIP_CACHE_DIR` or
    /// `--cache-dir`.
    ///
    /// ```dockerfile,silent
    /// FROM python:3.12
    /// ENV PIP_NO_CACHE_DIR=1
    /// RUN pip install flask
    /// ```
    META: RuleMeta {
        id: "pip-no-cache-dir",
        aliases: ["DL3042"],
        group: Packages,
        phase: Content,
        severity: Warning,
        fix: Safe,
        laws: [PackageCacheRemoved],
        default: true,
        since: "0.1.0",
        mentions: ["pip"],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let named = OnceCell::new();
    let names_cache = || *named.get_or_init(|| names_cache(&ctx.analysis.source));
    for found in shell_runs(ctx) {
        if has_cache_mount(found.run) {
            continue;
        }
        let places = found.places(ctx).iter();
        let commands = places.filter_map(|place| Invocation::of(place.command));
        let keeping: Vec<Invocation<'_>> = commands.filter(keeps_cache).collect();
        if keeping.is_empty() || is_configured(ctx, found.run) {
            continue;
        }
        findings.extend(
            keeping
                .iter()
                .filter_map(|pip| finding(ctx, found.run, pip, names_cache())),
        );
    }
}

fn finding(
    ctx: &Context<'_>,
    run: &Instruction,
    pip: &Invocation<'_>,
    names_cache: bool,
) -> Option<Finding> {
    let sub = pip.command().words.get(pip.subcommand_word()?)?;
    let name = pip.subcommand()?;
    let refused = if names_cache {
        Some("another step names pip's cache, and might fail when it isn't there")
    } else if may_be_too_old(ctx, run) {
        Some("the pip of this release of the base image may be too old to know the option")
    } else {
        None
    };
    let title = format!("Add `--no-cache-dir` to `pip {name}`");
    let edits = vec![ctx.layout.insert_word(sub.range, "--no-cache-dir")];
    let message =
        format!("`pip {name}` keeps its downloads in the layer, where nothing uses them again");
    let finding = Finding::new(&META, pip.command().range, message);
    Some(finding.offer(title, edits, refused))
}

/// Whether a command leaves something in the cache.
fn keeps_cache(pip: &Invocation<'_>) -> bool {
    let hidden = |name: &str| {
        let name = name.to_lowercase();
        ["opt", "flag", "arg", "cache"]
            .iter()
            .any(|hint| name.contains(hint))
    };
    let words = &pip.command().words;
    pip.is("pip")
        && pip.sub_any(&["install", "download", "wheel"])
        && !pip.has_any_flag(&["--no-cache-dir", "--cache-dir"])
        && !words
            .iter()
            .any(|word| word.splits && word.variables.iter().any(|name| hidden(name)))
        && pip.assignment("PIP_NO_CACHE_DIR").is_none()
        && pip.assignment("PIP_CACHE_DIR").is_none()
}

/// Whether a variable switches the cache off or moves it: one in the environment of the RUN, or one that the text sets.
fn is_configured(ctx: &Context<'_>, run: &Instruction) -> bool {
    let set = ctx.analysis.scope(run).names(None);
    ["PIP_NO_CACHE_DIR", "PIP_CACHE_DIR"].iter().any(|name| {
        set.iter().any(|known| known == name) || ctx.analysis.text(run.range).contains(name)
    })
}

/// Whether a RUN may find a pip that doesn't know the option: that of an old release, unless a RUN before it in the stage
/// chain has installed another.
fn may_be_too_old(ctx: &Context<'_>, run: &Instruction) -> bool {
    let stages = &ctx.analysis.stages;
    let stage = run.stage.and_then(|stage| stages.get(stage));
    let root = stage.and_then(|stage| stages.get(stage.root));
    let old = root.is_some_and(|root| match &root.base {
        Base::Image(image) => predates(image, Novelty::PipNoCacheDir),
        _ => false,
    });
    if !old {
        return false;
    }
    let renews = |earlier: &&Instruction| {
        let text = ctx.analysis.text(earlier.range);
        earlier.kind == InstructionKind::Run
            && (text.contains("get-pip") || text.contains("easy_install") || upgrades_pip(earlier))
    };
    let parent = |stage: &&'_ Stage| match stage.base {
        Base::Stage(parent) => stages.get(parent),
        _ => None,
    };
    let chain = std::iter::successors(stage, parent);
    !chain
        .flat_map(|stage| ctx.analysis.stage_instructions(stage.index))
        .filter(|earlier| earlier.index < run.index)
        .take(MAX_INSTRUCTIONS)
        .any(|earlier| renews(&earlier))
}

/// How many instructions are searched for a newer pip.
const MAX_INSTRUCTIONS: usize = 300;

/// Whether a RUN has pip replace itself.
fn upgrades_pip(run: &Instruction) -> bool {
    let upgrade = |pip: &Invocation<'_>| {
        pip.is("pip")
            && pip.sub("install")
            && (pip.has_any_flag(&["-U", "--upgrade"]) || pip.has_flag("--force-reinstall"))
            && pip
                .operands()
                .iter()
                .any(|operand| is_pip(pip.command().word(operand.word)))
    };
    run.script().is_some_and(|script| {
        let commands = script.simple_commands();
        let mut calls = commands.iter().copied().filter_map(Invocation::of);
        calls.any(|pip| upgrade(&pip))
    })
}

/// Whether an operand of pip is pip, of a version that is not pinned to an old one.
fn is_pip(operand: Option<&str>) -> bool {
    operand.is_some_and(|operand| {
        operand == "pip" || operand.starts_with("pip>") || operand.starts_with("pip==2")
    })
}

/// Whether any instruction names the cache, other than to remove it for good.
fn names_cache(text: &str) -> bool {
    let named = |line: &&str| {
        let whole = line.match_indices("/.cache").any(|(at, found)| {
            let rest = line.get(at + found.len()..).unwrap_or_default();
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.')
        });
        let names = whole || line.contains(".cache/pip") || line.contains("pip cache");
        names && !line.trim_start().starts_with('#')
    };
    lines_with(text, "cache").filter(named).any(|line| {
        let removed =
            line.contains("rm -rf") || line.contains("rm -fr") || line.contains("pip cache purge");
        !removed
    })
}

/// The lines that hold a word, each once: most lines of a file don't, and to look at each of them takes longer.
fn lines_with<'t>(text: &'t str, word: &'static str) -> impl Iterator<Item = &'t str> {
    let finder = memchr::memmem::Finder::new(word);
    let mut rest = text;
    std::iter::from_fn(move || {
        let at = finder.find(rest.as_bytes())?;
        let (before, after) = rest.split_at_checked(at)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let end = after.find('\n').map_or(rest.len(), |length| at + length);
        let line = rest.get(start..end)?;
        rest = rest.get(end..)?;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_silent};

    #[test]
    fn every_spelling_of_pip() {
        check(
            &RULE,
            "FROM a\nRUN pip3 install b && python3.9 -m pip -q install \\\n  # c\n  c && pip wheel . ; pip2 download d || true\n",
            "FROM a\nRUN pip3 install --no-cache-dir b && python3.9 -m pip -q install --no-cache-dir \\\n  # c\n  c && pip wheel --no-cache-dir . ; pip2 download --no-cache-dir d || true\n",
        );
    }

    #[test]
    fn told_otherwise() {
        for line in [
            "RUN pip install --no-cache-dir b",
            "RUN pip --no-cache-dir install b",
            "RUN pip install --cache-dir=/c b",
            "RUN PIP_NO_CACHE_DIR=1 pip install b",
            "RUN pip install $PIP_OPTS b",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install b",
            "ENV PIP_CACHE_DIR=/c\nRUN pip install b",
            "ARG PIP_NO_CACHE_DIR\nRUN pip install b",
            "RUN pip freeze",
            "RUN pip config set global.index-url x",
        ] {
            check_silent(&RULE, &format!("FROM a\n{line}\n"));
        }
    }

    #[test]
    fn a_pip_that_is_too_old() {
        check_refused(&RULE, "FROM ubuntu:14.04\nRUN pip install b\n", "too old");
        check_refused(
            &RULE,
            "FROM debian:jessie AS w\nRUN pip install -U pip && a\nFROM w\nRUN b\n",
            "too old",
        );
        let old =
            "FROM ubuntu:trusty AS w\nRUN curl https://example.org/get-pip.py | python\nFROM w\n";
        check(
            &RULE,
            &format!("{old}RUN pip install b\n"),
            &format!("{old}RUN pip install --no-cache-dir b\n"),
        );
    }

    #[test]
    fn somebody_wants_the_cache() {
        check_refused(
            &RULE,
            "FROM a\nRUN pip install b\nRUN rm -r /root/.cache/pip\n",
            "might fail",
        );
        check_refused(
            &RULE,
            "FROM a\nRUN pip install b && rm -r /root/.cache\n",
            "might fail",
        );
        check_refused(
            &RULE,
            "FROM a AS w\nRUN pip install b\nFROM a\nCOPY --from=w /root/.cache/pip /c\n",
            "might fail",
        );
        check(
            &RULE,
            "FROM a\nRUN pip install b && rm -rf ~/.cache/pip\n",
            "FROM a\nRUN pip install --no-cache-dir b && rm -rf ~/.cache/pip\n",
        );
    }

    #[test]
    fn lines_with_a_word() {
        for text in [
            "",
            "cache",
            "a\ncache b cache\n\ncache",
            "a\r\nécache\r\nb\n",
            "a\n",
        ] {
            let each = |line: &&str| line.contains("cache");
            let expected: Vec<&str> = text.lines().filter(each).collect();
            let found = lines_with(text, "cache").map(|line| line.trim_end_matches('\r'));
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
