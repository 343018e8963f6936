//! Owner or mode given by the command right after a COPY equals the flag of the COPY (C.6).

use crate::ContextKind;
use crate::images::Distribution;
use crate::model::Value;
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::item::Side;
use crate::proof::normal::{Element, Mode, elements};
use crate::proof::trace::{Base, Copy, Exec, Op, Source, clean, is_below};

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    // The copies that have got a flag, all of one instruction.
    let mut count = 0;
    let mut flag = None;
    while let (Some(before), Some(after)) = (
        alignment.before.copy(i + count),
        alignment.after.copy(j + count),
    ) {
        let Some(found) = added(before, after) else {
            break;
        };
        let same_layer = layer(&alignment.before, i + count) == layer(&alignment.before, i)
            && layer(&alignment.after, j + count) == layer(&alignment.after, j);
        if flag.as_ref().is_some_and(|flag| *flag != found) || !same_layer {
            break;
        }
        flag = Some(found);
        count += 1;
    }
    let Some(flag) = flag else {
        return Answer::No;
    };
    if layer(&alignment.before, i + count) == layer(&alignment.before, i) {
        return Answer::Refused("only some of the copied sources have got the flag".to_owned());
    }
    let Some((item, element)) = alignment.before.command(i + count) else {
        return Answer::No;
    };
    let Some(exec) = alignment.before.exec(item) else {
        return Answer::No;
    };
    if item.first != i + count || element.mode != Mode::Fatal {
        return Answer::No;
    }
    match conditions(alignment, i, count, &flag, element, exec) {
        None => Answer::No,
        Some(Err(why)) => Answer::Refused(why),
        Some(Ok(())) => {
            let mut explained = Explained::by(Law::OwnerAtCopy, count + 1, count);
            explained.pairs = (0..count).map(|at| (i + at, j + at)).collect();
            Answer::Explained(explained)
        }
    }
}

fn layer(side: &Side<'_, '_>, at: usize) -> Option<usize> {
    side.get(at).map(|item| item.layer)
}

/// A flag that a COPY has got.
#[derive(Debug, Clone, PartialEq)]
enum Flag {
    Owner(Value),
    Mode(Value),
}

fn added(before: &Copy, after: &Copy) -> Option<Flag> {
    let (flag, expected) = match (&before.owner, &after.owner, &before.mode, &after.mode) {
        (None, Some(owner), ..) => (
            Flag::Owner(owner.clone()),
            Copy {
                owner: Some(owner.clone()),
                ..before.clone()
            },
        ),
        (_, _, None, Some(mode)) => (
            Flag::Mode(mode.clone()),
            Copy {
                mode: Some(mode.clone()),
                ..before.clone()
            },
        ),
        _ => return None,
    };
    (expected == *after).then_some(flag)
}

fn conditions(
    alignment: &Alignment<'_, '_>,
    i: usize,
    count: usize,
    flag: &Flag,
    element: &Element<'_>,
    exec: &Exec<'_>,
) -> Option<Result<(), String>> {
    let words = element.words()?;
    let first = alignment.before.copy(i)?;
    let refuse = |why: &str| Some(Err(why.to_owned()));
    let (program, rest) = words.split_first()?;
    match (flag, *program) {
        (Flag::Owner(_), "chown") | (Flag::Mode(_), "chmod") => {}
        _ => return None,
    }
    if !exec.mounts.is_empty() || !element.context.is_empty() {
        return refuse("the command runs with mounts, or after others that may act on it");
    }
    let (flags, operands): (Vec<&str>, Vec<&str>) =
        rest.iter().partition(|word| word.starts_with('-'));
    let recursive = match flags.as_slice() {
        [] => false,
        ["-R" | "--recursive"] => true,
        _ => return refuse("an option that a COPY doesn't have"),
    };
    let [spec, paths @ ..] = operands.as_slice() else {
        return None;
    };
    if !matches!(first.source, Source::Context(_) | Source::Heredoc { .. }) {
        return refuse(
            "what other stages hold may have special bits, which the command removes and COPY keeps",
        );
    }
    if first.link || first.parents || first.unpack {
        return refuse("the COPY has flags that change what belongs to it");
    }
    let Some(dest) = first.dest.known() else {
        return refuse("the destination is not known");
    };
    let target = clean(dest);
    let absolute = |path: &str| {
        let cwd = element.cwd.known()?;
        Some(if path.starts_with('/') {
            clean(path)
        } else {
            clean(&format!("{cwd}/{path}"))
        })
    };
    match flag {
        Flag::Owner(owner) => {
            if !owner_matches(spec, owner.known()) {
                return refuse("the owner or the group differs");
            }
            let [path] = paths else {
                return refuse("the command changes other paths too");
            };
            if absolute(path).as_deref() != Some(target.as_str()) {
                return refuse("the command changes another path than the one that is copied");
            }
            let lone_file = count == 1 && !dest.ends_with('/') && is_file(alignment, &first.source);
            if !recursive && !lone_file {
                return refuse("the command changes the directory alone");
            }
            if lone_file
                && exists_as_parent(&alignment.before, i, &target)
                && !is_new(&alignment.before, i, &target)
            {
                return refuse("the destination may be a directory");
            }
        }
        Flag::Mode(mode) => {
            if recursive {
                return refuse("a mode for directories and files alike");
            }
            if mode.known() != Some(spec) || !is_file_mode(spec) {
                return refuse("the mode differs, or depends on the umask");
            }
            let mut expected = Vec::new();
            for at in 0..count {
                let copy = alignment.before.copy(i + at)?;
                if !is_file(alignment, &copy.source) {
                    return refuse("a source may be a directory");
                }
                expected.push(if dest.ends_with('/') {
                    clean(&format!("{target}/{}", file_name(&copy.source)?))
                } else {
                    target.clone()
                });
            }
            let mut given: Vec<String> = paths
                .iter()
                .map(|path| absolute(path))
                .collect::<Option<_>>()?;
            expected.sort();
            given.sort();
            if expected != given {
                return refuse("the command changes other paths than those that are copied");
            }
            if dest.ends_with('/') {
                if !exists_as_parent(&alignment.before, i, &format!("{target}/x")) {
                    return refuse("the directory may be new, and would get the mode too");
                }
                return Some(Ok(()));
            }
        }
    }
    if !is_new(&alignment.before, i, &target) {
        return refuse("the destination may exist already");
    }
    if !exists_as_parent(&alignment.before, i, &target) {
        return refuse(
            "the parent of the destination may be new, and would get the owner or mode too",
        );
    }
    Some(Ok(()))
}

/// Whether `chown SPEC` gives what `--chown=OWNER` gives: without a group the command leaves root's, the flag takes the
/// user's.
fn owner_matches(spec: &str, owner: Option<&str>) -> bool {
    let Some(owner) = owner else {
        return false;
    };
    let bare = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    };
    let numeric = |name: &str| name.chars().all(|c| c.is_ascii_digit());
    match spec.split_once(':') {
        None => {
            bare(spec)
                && matches!(owner.split_once(':'), Some((user, "0" | "root")) if user == spec)
        }
        Some((user, "")) => bare(user) && !numeric(user) && owner == user,
        Some((user, group)) => {
            bare(user)
                && bare(group)
                && (owner == spec || user == group && numeric(user) && owner == user)
        }
    }
}

/// Modes that mean the same to chmod and to COPY, whatever the umask, and set no special bits.
fn is_file_mode(mode: &str) -> bool {
    let octal = mode.strip_prefix('0').unwrap_or(mode);
    octal.len() == 3 && octal.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
        || matches!(mode, "+x" | "a+x" | "u+x" | "ug+x" | "ugo+x")
}

fn is_file(alignment: &Alignment<'_, '_>, source: &Source) -> bool {
    match source {
        Source::Heredoc { .. } => true,
        Source::Context(path) => path.known().is_some_and(|path| {
            let kind = alignment.facts.lookup(path);
            !path.contains(['*', '?', '['])
                && matches!(
                    kind,
                    Some(
                        ContextKind::File
                            | ContextKind::Program
                            | ContextKind::Archive
                            | ContextKind::UnreadFile
                    )
                )
        }),
        _ => false,
    }
}

fn file_name(source: &Source) -> Option<&str> {
    match source {
        Source::Heredoc { name, .. } => Some(name),
        Source::Context(path) => path.known()?.rsplit('/').next(),
        _ => None,
    }
}

/// Directories of every image of a distribution.
const STANDARD: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/usr/local/src",
    "/usr/local/etc",
    "/usr/include",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/tmp",
    "/var/spool",
    "/var/run",
    "/var/opt",
    "/var/local",
    "/var/mail",
];

/// Whether every image of a distribution has a directory. Those that are small on purpose, and those whose older images
/// had fewer, are asked for the least.
fn comes_with(distribution: Distribution, dir: &str) -> bool {
    use Distribution::{
        Alma, Alpine, Amazon, CentOs, Debian, Fedora, Oracle, RedHat, Rocky, Ubuntu,
    };
    let rare = matches!(
        dir,
        "/usr/src"
            | "/usr/local/src"
            | "/usr/local/etc"
            | "/usr/include"
            | "/var/opt"
            | "/var/local"
            | "/var/mail"
            | "/lib64"
            | "/boot"
    );
    match distribution {
        Debian | Ubuntu | Fedora | CentOs | Rocky | Alma | Amazon | Oracle | RedHat => {
            STANDARD.contains(&dir) && !rare
        }
        Alpine => STANDARD.contains(&dir) && !rare && dir != "/opt" && dir != "/var/tmp",
        _ => matches!(dir, "/etc" | "/root" | "/tmp" | "/usr" | "/var"),
    }
}

/// Whether the parent of a path exists at a place of a stage.
fn exists_as_parent(side: &Side<'_, '_>, at: usize, path: &str) -> bool {
    let parent = match path.rfind('/') {
        Some(0) => return true,
        Some(end) => path.get(..end).unwrap_or_default(),
        None => return false,
    };
    let distribution = side.stage().and_then(|stage| stage.distribution);
    if distribution.is_some_and(|found| comes_with(found, parent)) {
        return true;
    }
    let mut found = false;
    before(side, at, &mut |op, _| {
        found |= match op {
            Seen::Mkdir(made) => is_below(made, parent),
            _ => false,
        };
    });
    found
}

/// Whether nothing can have made a path before a place of a stage: the distribution doesn't have it, and no step above
/// mentions it or runs anything that isn't known.
fn is_new(side: &Side<'_, '_>, at: usize, path: &str) -> bool {
    let Some(stage) = side.stage() else {
        return false;
    };
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let own_place = match parts.as_slice() {
        // `/app`: nothing of a distribution.
        [_] => !STANDARD.contains(&path),
        ["opt", name] => {
            !matches!(*name, "java" | "bitnami" | "rh" | "microsoft")
                && !name.starts_with("yarn")
                && !name.starts_with("bitnami")
        }
        ["srv" | "mnt", _] => true,
        ["usr", "local", "bin", _] => true,
        ["tmp", _] => true,
        ["opt" | "srv" | "app" | "data", ..] => true,
        _ => false,
    };
    if !own_place || stage.distribution.is_none() {
        return false;
    }
    let mut new = true;
    before(side, at, &mut |op, text| {
        new &= match op {
            Seen::Mkdir(made) => !is_below(made, path),
            Seen::Copy(copy) => copy.dest.known().is_some_and(|dest| {
                let dest = clean(dest);
                !is_below(&dest, path) && !is_below(path, &dest)
                    || is_single_file(copy) && !is_below(&dest, path)
            }),
            Seen::Command(element) => {
                !element.whole && !text.contains(path) && !element.effect.process
            }
        };
    });
    new
}

/// Whether a copy is of one named file into a directory that ends in a slash, or of a heredoc.
fn is_single_file(copy: &Copy) -> bool {
    matches!(copy.source, Source::Heredoc { .. })
}

/// A step as the two questions above see it.
enum Seen<'x, 'a> {
    Mkdir(&'x str),
    Copy(&'x Copy),
    Command(&'x Element<'a>),
}

/// Calls `each` for everything before an item: in its stage, and in the stages that it is built on. The text is that of
/// the instruction.
fn before(side: &Side<'_, '_>, at: usize, each: &mut impl FnMut(Seen<'_, '_>, &str)) {
    let trace = side.trace;
    let mut number = side.stage;
    let mut end = side.get(at).map(|item| item.step);
    while let Some(stage) = trace.stages.get(number) {
        let end = end.take().unwrap_or(stage.steps.len());
        for step in stage.steps.get(..end).unwrap_or_default() {
            let text = side.analysis.text(step.instruction.lines);
            match &step.op {
                Op::Mkdir(mkdir) => {
                    if let Some(path) = mkdir.path.known() {
                        each(Seen::Mkdir(path), text);
                    }
                }
                Op::Copy(copy) => each(Seen::Copy(copy), text),
                Op::Exec(_) => {
                    for element in elements(side.analysis, step) {
                        if let Some(["mkdir", "-p", path]) = element.words().as_deref()
                            && element.mode == Mode::Fatal
                        {
                            each(Seen::Mkdir(&clean(path)), text);
                        }
                        each(Seen::Command(element), text);
                    }
                }
            }
        }
        let Base::Stage(parent) = stage.base else {
            return;
        };
        number = parent;
    }
}
