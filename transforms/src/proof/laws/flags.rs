//! The same command with another flag: `-y`, `--no-cache`, `--no-cache-dir`; and `apt-get` for `apt`.

use std::collections::BTreeSet;

use super::index;
use super::manager::{Call, Manager, yes};
use crate::images::{Novelty, predates};
use crate::model::SimpleCommand;
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::item::Side;
use crate::proof::later::missed;
use crate::proof::normal::{Element, HOLE, Mode, same_command, same_word};
use crate::proof::trace::{Base, Exec, MountKind, Step};

/// Subcommands that ask questions.
const ASKING: &[&str] = &[
    "install",
    "remove",
    "purge",
    "autoremove",
    "upgrade",
    "dist-upgrade",
    "full-upgrade",
    "reinstall",
    "build-dep",
    "groupinstall",
    "localinstall",
    "update",
    "erase",
    "downgrade",
    "group",
    "distro-sync",
];
/// Subcommands that `apt` and `apt-get` have in common and do alike (C.3).
const COMMON: &[&str] = &[
    "update",
    "install",
    "reinstall",
    "remove",
    "purge",
    "autoremove",
    "clean",
];

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let (Some((b, eb)), Some((a, ea))) = (alignment.before.command(i), alignment.after.command(j))
    else {
        return Answer::No;
    };
    if eb.shape != ea.shape || eb.commands.len() != ea.commands.len() || !alignment.same_state(b, a)
    {
        return Answer::No;
    }
    let Some(exec) = alignment.after.exec(a) else {
        return Answer::No;
    };
    let mut laws = BTreeSet::new();
    for (number, (before, after)) in eb.commands.iter().zip(&ea.commands).enumerate() {
        if same_command(before, after) {
            continue;
        }
        match command(alignment, exec, (ea, number), before, after, (i, j)) {
            Ok(Some(used)) => laws.extend(used),
            Ok(None) => return Answer::No,
            Err(why) => return Answer::Refused(why),
        }
    }
    if laws.is_empty() {
        return Answer::No;
    }
    Answer::Explained(Explained {
        laws,
        before: 1,
        after: 1,
        pairs: vec![(i, j)],
    })
}

/// The laws that make one command of the other; `None` when they differ in something else.
fn command(
    alignment: &Alignment<'_, '_>,
    exec: &Exec<'_>,
    (element, number): (&Element<'_>, usize),
    before: &SimpleCommand,
    after: &SimpleCommand,
    (i, j): (usize, usize),
) -> Result<Option<BTreeSet<Law>>, String> {
    let (Some(b), Some(a)) = (Call::of(before), Call::of(after)) else {
        return Ok(None);
    };
    if !crate::proof::normal::same_surroundings(before, after) || b.manager != a.manager {
        return Ok(None);
    }
    let wrappers =
        |command: &SimpleCommand, call: &Call<'_>| command.words.len() - call.words.len();
    let (wb, wa) = (wrappers(before, &b), wrappers(after, &a));
    let same_wrappers = wb == wa
        && before
            .words
            .iter()
            .zip(&after.words)
            .take(wb)
            .all(|(b, a)| same_word(b, a));
    if !same_wrappers {
        return Ok(None);
    }
    let mut laws = BTreeSet::new();
    if b.program != a.program {
        if (b.program, a.program) != ("apt", "apt-get") {
            return Ok(None);
        }
        let place = |call: &Call<'_>| {
            let word = call.words.first()?.text.as_str();
            word.strip_suffix(call.program).map(str::to_owned)
        };
        if place(&b).is_none() || place(&b) != place(&a) {
            return Ok(None);
        }
        if !COMMON.contains(&a.sub) {
            return Err(format!(
                "`apt {}` and `apt-get {}` are not the same",
                b.sub, a.sub
            ));
        }
        if element.whole || !quiet(after) || is_read(element, number) {
            return Err("the output of apt may be read".to_owned());
        }
        laws.insert(Law::AptIsAptGet);
    }
    let Some(flags) = inserted(&b, &a) else {
        return Ok(None);
    };
    for flag in flags {
        if yes(a.manager).contains(&flag) {
            if element.simple().is_none() || element.mode != Mode::Fatal {
                return Err(format!(
                    "`{flag}` where the failure of the question may be wanted"
                ));
            }
            if fed(after) {
                return Err(format!(
                    "`{flag}` although its input may answer the question"
                ));
            }
            if !ASKING.contains(&a.sub) {
                return Ok(None);
            }
            laws.insert(Law::AssumeYes);
        } else {
            no_cache(alignment, exec, &a, flag, j)?;
            let updates = a.has(&["-U", "--update", "--update-cache"]);
            let may_fail_unseen =
                a.manager == Manager::Apk && !updates && !fails_the_run(element, number);
            if may_fail_unseen && !index_is_fetched(&alignment.before, i, number) {
                return Err(
                    "without an index the command fails unseen, and with `--no-cache` it works"
                        .to_owned(),
                );
            }
            laws.insert(Law::PackageCacheRemoved);
        }
    }
    Ok(Some(laws))
}

/// The flags that one call has and the other hasn't; `None` when anything else differs.
fn inserted<'a>(before: &Call<'_>, after: &Call<'a>) -> Option<Vec<&'a str>> {
    let allowed: &[&str] = match after.manager {
        Manager::Apt | Manager::Rpm => yes(after.manager),
        Manager::Apk if after.sub == "add" => &["--no-cache"],
        Manager::Pip if matches!(after.sub, "install" | "download" | "wheel") => {
            &["--no-cache-dir"]
        }
        _ => &[],
    };
    let mut flags = Vec::new();
    let mut rest = before.words.iter().skip(1).peekable();
    for (at, word) in after.words.iter().enumerate().skip(1) {
        if rest.next_if(|before| same_word(before, word)).is_some() {
            continue;
        }
        let flag = word.value.as_deref()?;
        let behind_end = after.words.iter().take(at).any(|word| word.text == "--");
        if !allowed.contains(&flag)
            || before.has(&[flag])
            || flags.contains(&flag)
            || behind_end
            || !after.may_stand(at)
        {
            return None;
        }
        flags.push(flag);
    }
    rest.next().is_none().then_some(flags)
}

/// Whether a command reads something that is given to it.
fn fed(command: &SimpleCommand) -> bool {
    command
        .redirects
        .iter()
        .any(|redirect| redirect.operator.contains('<'))
}

/// Whether the output of a command may go somewhere by what stands around it: a pipe behind it, a redirection of the
/// whole.
fn is_read(element: &Element<'_>, number: usize) -> bool {
    let behind = element
        .shape
        .split(HOLE)
        .nth(number + 1)
        .unwrap_or_default();
    let behind = behind.trim_start();
    element.shape.contains(['>', '`'])
        || element.shape.contains("$(")
        || behind.starts_with('|') && !behind.starts_with("||")
}

/// Whether nobody sees what a command prints but the log.
fn quiet(command: &SimpleCommand) -> bool {
    command.redirects.iter().all(|redirect| {
        let target = redirect
            .target
            .as_ref()
            .and_then(|word| word.value.as_deref());
        matches!(target, Some("/dev/null" | "1" | "2"))
    })
}

/// The conditions of `--no-cache` and `--no-cache-dir`.
fn no_cache(
    alignment: &Alignment<'_, '_>,
    exec: &Exec<'_>,
    call: &Call<'_>,
    flag: &str,
    j: usize,
) -> Result<(), String> {
    if exec
        .mounts
        .iter()
        .any(|mount| mount.kind == MountKind::Cache)
    {
        return Err(format!("`{flag}` makes the cache mount useless"));
    }
    if is_unknown(&alignment.after, flag, j) {
        return Err(format!(
            "the base image's own release may not know `{flag}`"
        ));
    }
    if call.manager == Manager::Apk {
        if let Some(what) = missed(&alignment.after, j + 1, &index::APK_REMOVED) {
            return Err(format!("it would fail without an index to remove: {what}"));
        }
        if call.has(&["--no-network"]) {
            return Err("without the network it needs the index that it has".to_owned());
        }
        if call.has(&["-U", "--update", "--update-cache"])
            && let Some(what) = missed(&alignment.after, j + 1, &index::APK)
        {
            return Err(format!(
                "the package index is not kept but needed later: {what}"
            ));
        }
        return Ok(());
    }
    let envs = &alignment.after.trace.envs;
    for name in ["PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"] {
        if envs.get(exec.env, name).is_some() {
            return Err(format!("{name} is set"));
        }
    }
    if let Some(what) = missed(&alignment.after, j + 1, &PIP_CACHE) {
        return Err(format!("pip's cache is used later: {what}"));
    }
    Ok(())
}

/// Whether the RUN fails when a command of an element does: behind it stand only commands that need it, and ends.
fn fails_the_run(element: &Element<'_>, number: usize) -> bool {
    let Some((at, hole)) = element.shape.match_indices(HOLE).nth(number) else {
        return false;
    };
    let behind = element.shape.get(at + hole.len()..).unwrap_or_default();
    let behind = behind.replace(&format!("&& {HOLE}"), "");
    let mut ends = behind.split([' ', ';', '\n']);
    element.mode == Mode::Fatal
        && !element.shape.contains(['!', '$', '`'])
        && ends.all(|word| matches!(word, "" | "fi" | ")" | "}"))
}

/// Whether a command fetches the index of apk before a command of an item, in the same process.
fn index_is_fetched(side: &Side<'_, '_>, at: usize, number: usize) -> bool {
    let fetches = |command: &SimpleCommand| {
        let updates = ["-U", "--update", "--update-cache"];
        Call::of(command).is_some_and(|call| {
            call.manager == Manager::Apk
                && !call.has(&["--no-cache"])
                && (call.sub == "update"
                    || matches!(call.sub, "add" | "upgrade") && call.has(&updates))
        })
    };
    let Some((here, element)) = side.command(at) else {
        return false;
    };
    let above = side.items.iter().take(at).rev();
    let mut above = above.take_while(|item| item.step == here.step);
    element
        .commands
        .iter()
        .take(number)
        .any(|command| fetches(command))
        || above.any(|item| match &item.kind {
            crate::proof::item::Kind::Command(element) => {
                element.commands.iter().any(|command| fetches(command))
            }
            _ => false,
        })
}

/// Whether the image at the root of the stage chain is so old that its package manager doesn't know a flag, and no RUN
/// before an item has brought a newer one.
fn is_unknown(side: &Side<'_, '_>, flag: &str, j: usize) -> bool {
    let stages = &side.trace.stages;
    let mut chain = vec![];
    let mut stage = side.stage();
    let root = loop {
        let Some(found) = stage else { return false };
        chain.push(found);
        match &found.base {
            Base::Image(image) => break image,
            Base::Stage(parent) => stage = stages.get(*parent),
            Base::Scratch => return false,
        }
    };
    if flag != "--no-cache-dir" {
        return predates(root, Novelty::ApkNoCache);
    }
    // pip is the only one that is seen to be replaced.
    let renews = |step: &Step<'_>| {
        let text = side.analysis.text(step.instruction.lines);
        text.contains("get-pip")
            || text.contains("easy_install")
            || text.contains("pip") && (text.contains("-U") || text.contains("--upgrade"))
    };
    let step = side.get(j).map_or(0, |item| item.step);
    let here = side.steps().get(..step).unwrap_or_default();
    let parents = chain.iter().skip(1).flat_map(|stage| &stage.steps);
    predates(root, Novelty::PipNoCacheDir)
        && !here.iter().chain(parents).take(MAX_STEPS).any(renews)
}

/// How many steps are searched for a newer pip.
const MAX_STEPS: usize = 300;

/// pip's cache: only what asks for it by name misses it.
const PIP_CACHE: crate::proof::later::Residue = crate::proof::later::Residue {
    hint: |text| {
        text.contains(".cache")
            || text.contains("pip") && (text.contains("cache") || text.contains("--no-index"))
    },
    element: |element| {
        let strict = |command: &&SimpleCommand| {
            let words = index::values(command);
            let names_it = words.iter().any(|word| word.contains("/.cache"));
            names_it
                && words.first() == Some(&"rm")
                && !words
                    .iter()
                    .any(|word| word.starts_with('-') && word.contains('f'))
        };
        if element.commands.iter().any(strict) {
            return crate::proof::later::Use::Needs;
        }
        let uses = |command: &&SimpleCommand| {
            let words: Vec<&str> = command
                .words
                .iter()
                .map(|word| word.text.as_str())
                .collect();
            let pip = words.iter().any(|word| word.contains("pip"));
            pip && words.iter().any(|word| {
                *word == "cache"
                    || *word == "--no-index"
                    || word.starts_with("--cache-dir")
                    || word.contains(".cache/pip") && words.first() != Some(&"rm")
            })
        };
        if element.commands.iter().any(uses) {
            crate::proof::later::Use::Needs
        } else {
            crate::proof::later::Use::None
        }
    },
    text: |text| {
        if text.contains(".cache/pip") || text.contains("pip cache") {
            crate::proof::later::Use::Needs
        } else {
            crate::proof::later::Use::None
        }
    },
    paths: &["/root/.cache/pip"],
};
