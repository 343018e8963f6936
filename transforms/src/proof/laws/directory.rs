//! Directories: what WORKDIR creates, what `mkdir -p` as root creates, and what is there already (C.4).

use crate::images::Distribution;
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::item::{Kind, Side};
use crate::proof::normal::{Element, Mode, elements, may_remove};
use crate::proof::trace::{Base, Copy, Exec, Mkdir, Op, Trace, clean, is_below, is_root};

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let explained =
        |before, after| Answer::Explained(Explained::by(Law::WorkdirCreates, before, after));
    // `mkdir -p D` has become WORKDIR D.
    let made = made(&alignment.before, i);
    if let (Some(Ok(dir)), Some(mkdir)) = (&made, alignment.after.mkdir(j))
        && mkdir.path.known() == Some(dir)
        && is_root(&mkdir.owner)
    {
        if !mkdir.certain {
            return Answer::Refused(format!("not every builder makes `{dir}` for its WORKDIR"));
        }
        return explained(1, 1);
    }
    // A directory that is there already.
    if let Some(mkdir) = alignment.before.mkdir(i)
        && exists(&alignment.before, i, mkdir)
    {
        return explained(1, 0);
    }
    if let Some(mkdir) = alignment.after.mkdir(j)
        && (exists(&alignment.after, j, mkdir) || entered(alignment, i, mkdir))
    {
        return explained(0, 1);
    }
    // `mkdir -p D` before a WORKDIR D that makes it.
    match made {
        Some(Ok(dir)) => match made_again(&alignment.before, i, &dir) {
            Some(true) => explained(1, 0),
            Some(false) => {
                Answer::Refused(format!("not every builder makes `{dir}` for its WORKDIR"))
            }
            None => Answer::No,
        },
        Some(Err(why)) => Answer::Refused(why),
        _ => Answer::No,
    }
}

/// The directory that the command at a place makes, as WORKDIR would. An error is a `mkdir` that differs from it.
fn made(side: &Side<'_, '_>, at: usize) -> Option<Result<String, String>> {
    let (item, element) = side.command(at)?;
    let exec = side.exec(item)?;
    let dir = plain_mkdir(element)?;
    if !is_root(&exec.user) {
        return Some(Err(
            "WORKDIR may give the directory another owner than mkdir".to_owned(),
        ));
    }
    if !element.context.is_empty() {
        return Some(Err(
            "earlier commands of the same RUN may act on mkdir".to_owned()
        ));
    }
    let mounted = exec.mounts.iter().any(|mount| {
        mount.target.as_ref().is_none_or(|target| {
            target
                .known()
                .is_none_or(|target| is_below(&dir, target) || is_below(target, &dir))
        })
    });
    // Directories below these have the group of their parent.
    let setgid = ["/var/local", "/var/mail", "/var/spool/mail"]
        .iter()
        .any(|parent| is_below(&dir, parent));
    if mounted || setgid || hands_group_on(side, &dir) {
        return Some(Err(format!("`{dir}` may not be an ordinary directory")));
    }
    Some(Ok(dir))
}

/// Whether a folder above may be set-group-id: the homes that Alpine makes are, and so is what a mode of the file says.
/// Then `mkdir` gives the folder's group, and buildah's WORKDIR does not.
fn hands_group_on(side: &Side<'_, '_>, dir: &str) -> bool {
    let distribution = side.stage().and_then(|stage| stage.distribution);
    let homes = !distribution.is_some_and(Distribution::is_debian_like);
    let below_home = dir.starts_with("/home/") && dir.matches('/').count() > 2;
    let instructions = &side.analysis.instructions;
    homes && below_home
        || instructions.iter().any(|instruction| {
            let text = side.analysis.text(instruction.lines);
            let changes = text.contains("chmod") || text.contains("install") || text.contains("-m");
            let parts = text.split([' ', '\t', '=', ',', '\n', '\'', '"']);
            changes && parts.into_iter().any(is_setgid_mode)
        })
}

/// Whether a word is a mode with the set-group-id bit, in octal or by letters.
fn is_setgid_mode(word: &str) -> bool {
    let octal =
        u32::from_str_radix(word, 8).is_ok_and(|mode| word.len() >= 4 && mode & 0o2000 != 0);
    octal
        || word
            .split_once('+')
            .is_some_and(|(_, bits)| bits.contains('s'))
}

/// The absolute directory of a `mkdir` that does nothing but make it.
fn plain_mkdir(element: &Element<'_>) -> Option<String> {
    if element.mode != Mode::Fatal {
        return None;
    }
    let words = element.words()?;
    let dir = match words.as_slice() {
        ["mkdir", "-p" | "--parents", dir] | ["mkdir", dir] => *dir,
        _ => return None,
    };
    resolve(dir, element)
}

/// A literal path, made absolute with the directory that a command runs in.
fn resolve(path: &str, element: &Element<'_>) -> Option<String> {
    if path.is_empty() || path.starts_with(['-', '~']) || path.split('/').any(|part| part == "..") {
        return None;
    }
    if path.starts_with('/') {
        return Some(clean(path));
    }
    let cwd = element.cwd.known()?;
    Some(clean(&format!("{cwd}/{path}")))
}

/// Whether every builder makes a directory for the WORKDIR by root that is the next thing to see it; `None` when there is
/// none.
fn made_again(side: &Side<'_, '_>, at: usize, dir: &str) -> Option<bool> {
    for item in side.items.get(at + 1..).unwrap_or_default() {
        match &item.kind {
            Kind::Mkdir(mkdir) if mkdir.path.known() == Some(dir) => {
                return is_root(&mkdir.owner).then_some(mkdir.certain);
            }
            Kind::Copy(copy) if is_elsewhere(copy, dir) => {}
            _ => return None,
        }
    }
    None
}

/// Whether a copy neither makes nor sees a directory.
fn is_elsewhere(copy: &Copy, dir: &str) -> bool {
    let elsewhere = copy.dest.known().is_some_and(|dest| {
        let dest = clean(dest);
        dest != "/" && !is_below(&dest, dir) && !is_below(dir, &dest)
    });
    elsewhere && copy.is_plain()
}

/// Whether a directory exists at a place because something above made it and nothing since then removes it.
fn exists(side: &Side<'_, '_>, at: usize, mkdir: &Mkdir) -> bool {
    let Some(dir) = mkdir.path.known() else {
        return false;
    };
    let items = side.items.get(..at).unwrap_or_default();
    for item in items.iter().rev() {
        let found = match &item.kind {
            Kind::Mkdir(earlier) => makes(earlier, mkdir),
            Kind::Command(element) => command(element, side.exec(item), dir),
            Kind::Copy(copy) => copied(copy, dir),
        };
        if let Some(found) = found {
            return found;
        }
    }
    steps(side, side.stage, side.skipped, mkdir).unwrap_or(false)
}

/// As [`exists`], for the steps before one of a stage and those of its parent stages.
fn steps(side: &Side<'_, '_>, stage: usize, before: usize, wanted: &Mkdir) -> Option<bool> {
    let dir = wanted.path.known()?;
    let trace: &Trace<'_> = side.trace;
    let mut number = stage;
    let mut end = Some(before);
    loop {
        let stage = trace.stages.get(number)?;
        let steps = stage.steps.get(..end.take().unwrap_or(stage.steps.len()))?;
        for step in steps.iter().rev() {
            let found = match &step.op {
                Op::Mkdir(earlier) => makes(earlier, wanted),
                Op::Copy(copy) => copied(copy, dir),
                Op::Exec(exec) => elements(side.analysis, step)
                    .iter()
                    .rev()
                    .find_map(|element| command(element, Some(exec), dir)),
            };
            if found.is_some() {
                return found;
            }
        }
        let Base::Stage(parent) = stage.base else {
            return None;
        };
        number = parent;
    }
}

/// Whether an earlier WORKDIR makes the directory of a later one. Of two that are both not certain, one does what both do.
fn makes(earlier: &Mkdir, wanted: &Mkdir) -> Option<bool> {
    let (path, dir) = (earlier.path.known()?, wanted.path.known()?);
    let made = earlier.certain || !wanted.certain;
    (made && is_below(path, dir)).then_some(true)
}

/// A copy with a layer of its own may replace a directory by other means than writing into it.
fn copied(copy: &Copy, _: &str) -> Option<bool> {
    copy.link.then_some(false)
}

/// What a command says about the existence of a directory.
fn command(element: &Element<'_>, exec: Option<&Exec<'_>>, dir: &str) -> Option<bool> {
    if exec.is_some_and(|exec| exec.mounts.is_empty())
        && plain_mkdir(element).is_some_and(|made| is_below(&made, dir))
    {
        return Some(true);
    }
    let cwd = element.cwd.known();
    let removed = element.whole
        || element
            .commands
            .iter()
            .any(|command| may_remove(command, cwd, dir));
    removed.then_some(false)
}

/// Whether the next command before enters this very directory first, and so shows that it exists.
fn entered(alignment: &Alignment<'_, '_>, i: usize, mkdir: &Mkdir) -> bool {
    let found = alignment.before.command(i);
    // A directory that is only mounted is no part of the image.
    let mounts = |item| {
        alignment
            .before
            .exec(item)
            .is_none_or(|exec| !exec.mounts.is_empty())
    };
    found.is_some_and(|(item, element)| {
        !mounts(item)
            && element.entered
            && element.stale == 0
            && element.mode == Mode::Fatal
            && element.cwd == mkdir.path
    })
}
