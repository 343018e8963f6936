//! A cleanup at the end of the RUN that made the mess: package lists of apt, caches of the others (C.3, F.1).

use super::index;
use super::manager::Call;
use crate::model::{ShellWord, SimpleCommand, Value};
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::item::Side;
use crate::proof::later::{Residue, Use, missed};
use crate::proof::normal::{Element, Mode, program};
use crate::proof::trace::{Exec, MountKind, Op, Source, is_root};

/// What a cleanup removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    AptLists,
    AptArchives,
    Apk,
    Yum,
    Dnf,
    Microdnf,
    Zypper,
    Npm,
    Yarn,
    Pip,
}

/// A new cleanup after.
pub(super) fn explain(alignment: &Alignment<'_, '_>, _: usize, j: usize) -> Answer {
    let side = &alignment.after;
    let Some((item, element)) = side.command(j) else {
        return Answer::No;
    };
    let Some(targets) = targets(element) else {
        return Answer::No;
    };
    let Some(exec) = side.exec(item) else {
        return Answer::No;
    };
    match conditions(side, j, item.first, exec, &targets) {
        Err(why) => Answer::Refused(why),
        Ok(()) => {
            let law = if targets.contains(&Target::AptLists) {
                Law::AptListsRemoved
            } else {
                Law::PackageCacheRemoved
            };
            let mut explained = Explained::by(law, 0, 1);
            if targets.iter().any(|target| *target != Target::AptLists) {
                explained.laws.insert(Law::PackageCacheRemoved);
            }
            Answer::Explained(explained)
        }
    }
}

/// What an element removes, if it is a cleanup and nothing else.
fn targets(element: &Element<'_>) -> Option<Vec<Target>> {
    let command = element.simple()?;
    if element.mode != Mode::Fatal
        || !command.assignments.is_empty()
        || !command.redirects.is_empty()
    {
        return None;
    }
    let words: Vec<&str> = command.words.iter().map(plain).collect::<Option<_>>()?;
    let target = match words.as_slice() {
        ["rm", rest @ ..] => return removed(rest),
        ["apt-get" | "apt", rest @ ..] if cleans(rest, &["clean"]) => Target::AptArchives,
        ["yum", rest @ ..] if cleans(rest, &["clean", "all"]) => Target::Yum,
        ["dnf", rest @ ..] if cleans(rest, &["clean", "all"]) => Target::Dnf,
        ["microdnf", rest @ ..] if cleans(rest, &["clean", "all"]) => Target::Microdnf,
        ["zypper", rest @ ..]
            if cleans(rest, &["clean"])
                || cleans(rest, &["clean", "-a"])
                || cleans(rest, &["clean", "--all"])
                || cleans(rest, &["cc", "-a"]) =>
        {
            Target::Zypper
        }
        ["npm", "cache", "clean", "--force" | "-f"] => Target::Npm,
        ["yarn", "cache", "clean"] => Target::Yarn,
        _ => return None,
    };
    Some(vec![target])
}

/// The text of a word of bare characters, globs allowed.
fn plain(word: &ShellWord) -> Option<&str> {
    let bare = |c: char| c.is_ascii_alphanumeric() || "/._-*~+=".contains(c);
    word.text.chars().all(bare).then_some(word.text.as_str())
}

/// Whether these are the words, with options that only make the tool quiet or unattended.
fn cleans(words: &[&str], expected: &[&str]) -> bool {
    let harmless = |word: &&str| {
        !matches!(
            *word,
            "-y" | "-q" | "-qq" | "--quiet" | "--assumeyes" | "--yes" | "-n" | "--non-interactive"
        )
    };
    words
        .iter()
        .copied()
        .filter(harmless)
        .eq(expected.iter().copied())
}

fn removed(words: &[&str]) -> Option<Vec<Target>> {
    let (flags, paths): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with('-'));
    let known =
        |flag: &&str| flag.len() > 1 && flag.chars().skip(1).all(|c| matches!(c, 'r' | 'R' | 'f'));
    // Without `-f` a missing file would fail the build.
    if !flags.iter().all(known) || !flags.concat().contains('f') || paths.is_empty() {
        return None;
    }
    let recursive = flags.concat().contains(['r', 'R']);
    paths
        .iter()
        .map(|path| {
            let target = match *path {
                "/var/lib/apt/lists/*" | "/var/lib/apt/lists" | "/var/lib/apt/lists/" => {
                    Target::AptLists
                }
                "/var/cache/apt/*"
                | "/var/cache/apt/archives/*"
                | "/var/cache/apt/archives"
                | "/var/cache/apt/archives/*.deb"
                | "/var/cache/apt" => Target::AptArchives,
                "/var/cache/apk/*" | "/etc/apk/cache/*" => Target::Apk,
                "/var/cache/yum" | "/var/cache/yum/*" => Target::Yum,
                "/var/cache/dnf" | "/var/cache/dnf/*" => Target::Dnf,
                "/var/cache/libdnf5" | "/var/cache/libdnf5/*" => Target::Dnf,
                "/var/cache/zypp/*" | "/var/cache/zypp" => Target::Zypper,
                "/root/.npm"
                | "~/.npm"
                | "/root/.npm/*"
                | "/root/.npm/_cacache"
                | "~/.npm/_cacache" => Target::Npm,
                "/root/.cache/yarn"
                | "~/.cache/yarn"
                | "/usr/local/share/.cache"
                | "/usr/local/share/.cache/*" => Target::Yarn,
                "/root/.cache/pip" | "~/.cache/pip" | "/root/.cache/pip/*" => Target::Pip,
                _ => return None,
            };
            (recursive || path.ends_with(".deb")).then_some(target)
        })
        .collect()
}

/// Whether a target belongs to what a program leaves behind.
fn made_by(target: Target, name: &str) -> bool {
    match target {
        Target::AptLists | Target::AptArchives => matches!(name, "apt-get" | "apt" | "aptitude"),
        Target::Apk => name == "apk",
        // On newer systems one is the other.
        Target::Yum | Target::Dnf => matches!(name, "yum" | "dnf"),
        Target::Microdnf => name == "microdnf",
        Target::Zypper => name == "zypper",
        Target::Npm => name == "npm",
        Target::Yarn => name == "yarn",
        Target::Pip => super::manager::is_pip(name) || name.starts_with("python"),
    }
}

fn conditions(
    side: &Side<'_, '_>,
    j: usize,
    first: usize,
    exec: &Exec<'_>,
    targets: &[Target],
) -> Result<(), String> {
    let step = side.get(j).map(|item| item.step);
    let behind = side.items.get(j + 1..).unwrap_or_default();
    let mut rest = behind.iter().take_while(|item| Some(item.step) == step);
    let only_cleanups = rest.all(|item| match &item.kind {
        crate::proof::item::Kind::Command(element) => self::targets(element).is_some(),
        _ => false,
    });
    if !only_cleanups {
        return Err("a cleanup that is not at the end of its RUN".to_owned());
    }
    let root_needed = targets
        .iter()
        .any(|target| !matches!(target, Target::Npm | Target::Yarn));
    if root_needed && exec.user.known().is_some() && !is_root(&exec.user) {
        return Err("a cleanup by a user that is not root".to_owned());
    }
    if exec
        .mounts
        .iter()
        .any(|mount| mount.kind == MountKind::Cache)
    {
        return Err("a cleanup beside a cache mount".to_owned());
    }
    let commands = || (first..j).filter_map(|at| side.command(at));
    if commands().any(|(_, element)| element.effect.shell || element.whole) {
        let harmless =
            commands().all(|(_, element)| !element.whole && !changes_more_than_variables(element));
        if !harmless {
            return Err("earlier commands may have changed how the cleanup runs".to_owned());
        }
    }
    for target in targets {
        let makes = |command: &SimpleCommand| {
            program(command).is_some_and(|program| made_by(*target, program.name))
        };
        // That a plain call of it must succeed shows that the user may do all that the cleanup does.
        let mut used = commands().filter(|(_, element)| {
            element.mode == Mode::Fatal && element.simple().is_some_and(makes)
                || is_root(&exec.user) && element.commands.iter().any(|command| makes(command))
        });
        let Some((_, element)) = used.next() else {
            return Err(
                "a cleanup of a package manager that this RUN does not use as a plain command"
                    .to_owned(),
            );
        };
        let sudo = |element: &Element<'_>| {
            let mut programs = element
                .commands
                .iter()
                .filter_map(|command| program(command));
            programs.any(|program| program.sudo)
        };
        if root_needed && (sudo(element) || used.any(|(_, element)| sudo(element))) {
            return Err("a cleanup beside sudo".to_owned());
        }
        needed_later(side, j, *target)?;
    }
    Ok(())
}

/// Whether an element changes more of the shell than variables: its directory, its options, the meaning of names.
fn changes_more_than_variables(element: &Element<'_>) -> bool {
    // Without its `PATH` the shell finds no `rm`.
    let loses_path = |text: &str| {
        text.strip_prefix("PATH=")
            .is_some_and(|value| !value.contains("PATH"))
    };
    element.effect.names
        || element.commands.iter().any(|command| {
            let value = |assignment: &crate::model::Assignment| {
                let value = assignment.value.as_ref().map_or("", |word| &word.text);
                assignment.name == "PATH" && loses_path(&format!("PATH={value}"))
            };
            command.words.is_empty() && command.assignments.iter().any(value)
                || command.words.iter().any(|word| loses_path(&word.text))
        })
        || element.commands.iter().any(|command| {
            program(command).is_some_and(|program| {
                matches!(
                    program.name,
                    "umask" | "trap" | "exit" | "return" | "ulimit" | "shopt" | "set" | "break"
                )
            })
        })
}

fn needed_later(side: &Side<'_, '_>, j: usize, target: Target) -> Result<(), String> {
    let residue = match target {
        Target::AptLists => &index::APT,
        Target::Apk => &index::APK,
        Target::AptArchives => return Ok(()),
        Target::Yum | Target::Dnf | Target::Microdnf | Target::Zypper => &RPM,
        Target::Npm | Target::Yarn | Target::Pip => &OFFLINE,
    };
    if target == Target::Npm && replaces_npm(side, j) {
        return Err("npm is replaced by another that may not run".to_owned());
    }
    if target == Target::Yarn && may_be_modern_yarn(side, j) {
        return Err("a modern yarn may keep the packages themselves in its cache".to_owned());
    }
    match missed(side, j + 1, residue) {
        Some(what) if target == Target::AptLists || target == Target::Apk => {
            Err(format!("the package lists are needed later: {what}"))
        }
        Some(what) => Err(format!("the cache is needed later: {what}")),
        None => Ok(()),
    }
}

/// Whether the last call of npm before a place in a RUN installs another npm: it is not seen to run.
fn replaces_npm(side: &Side<'_, '_>, j: usize) -> bool {
    let Some(item) = side.get(j) else {
        return false;
    };
    let calls = (item.first..j).rev().filter_map(|at| side.command(at));
    let is_npm =
        |command: &&SimpleCommand| program(command).is_some_and(|program| program.name == "npm");
    let last = calls
        .flat_map(|(_, element)| element.commands.iter().copied().rev())
        .find(|command| is_npm(command));
    last.is_some_and(|command| {
        let words = index::values(command);
        words
            .iter()
            .skip(1)
            .any(|word| *word == "npm" || word.starts_with("npm@"))
    })
}

/// The metadata of the RPM tools: only who asks for no network misses it.
const RPM: Residue = Residue {
    hint: |text| {
        ["yum", "dnf", "zypper", "repoquery", "/var/cache"]
            .iter()
            .any(|word| text.contains(word))
    },
    element: |element| {
        let uses = element.commands.iter().any(|command| {
            let offline = |word: &ShellWord| {
                matches!(
                    word.text.as_str(),
                    "-C" | "--cacheonly" | "--cache-only" | "makecache" | "-D" | "--no-refresh"
                ) || word.text.contains("/var/cache/yum")
                    || word.text.contains("/var/cache/dnf")
                    || word.text.contains("/var/cache/zypp")
            };
            let cleans = command.words.first().is_some_and(|word| word.text == "rm");
            !cleans
                && command.words.iter().any(offline)
                && command.words.iter().any(|word| {
                    ["yum", "dnf", "zypp", "repoquery"]
                        .iter()
                        .any(|tool| word.text.contains(tool))
                })
        });
        if uses || removed_strictly(element, RPM.paths) {
            Use::Needs
        } else {
            Use::None
        }
    },
    text: |text| {
        if text.contains("cacheonly") || text.contains(" -C ") {
            Use::Needs
        } else {
            Use::None
        }
    },
    paths: &[
        "/var/cache/yum",
        "/var/cache/dnf",
        "/var/cache/libdnf5",
        "/var/cache/zypp",
    ],
};

/// Whether an element has an `rm` that fails when there is nothing below one of the paths.
fn removed_strictly(element: &Element<'_>, paths: &[&str]) -> bool {
    let mut commands = element.commands.iter();
    commands.any(|command| {
        let words = index::values(command);
        let whole = words
            .iter()
            .any(|word| paths.contains(&word.trim_end_matches('/')));
        index::strict_removal(&words, paths)
            || whole
                && words.first() == Some(&"rm")
                && !words
                    .iter()
                    .any(|word| word.starts_with('-') && word.contains('f'))
    })
}

/// The caches of language tools: only who works offline misses them.
const OFFLINE: Residue = Residue {
    hint: |text| {
        ["offline", "cache", ".npm"]
            .iter()
            .any(|word| text.contains(word))
    },
    element: |element| {
        let uses = element.commands.iter().any(|command| {
            let cleans = matches!(
                command.words.first().map(|word| word.text.as_str()),
                Some("rm" | "npm" | "yarn")
            );
            command
                .words
                .iter()
                .any(|word| word.text.contains("offline"))
                || !cleans
                    && command
                        .words
                        .iter()
                        .any(|word| word.text.contains(".npm/") || word.text.contains(".cache/"))
        });
        let removed = element.commands.iter().any(|command| {
            let words = index::values(command);
            let names_it = |word: &&str| word.contains(".npm") || word.contains(".cache");
            words.first() == Some(&"rm")
                && words.iter().any(names_it)
                && !words
                    .iter()
                    .any(|word| word.starts_with('-') && word.contains('f'))
        });
        if uses || removed {
            Use::Needs
        } else {
            Use::None
        }
    },
    text: |text| {
        if text.contains("offline") {
            Use::Needs
        } else {
            Use::None
        }
    },
    paths: &["/root/.npm", "/root/.cache", "/usr/local/share/.cache"],
};

/// Whether a yarn of version 2 or later may be at work, which keeps the packages that run in the folder that
/// `yarn cache clean` empties.
fn may_be_modern_yarn(side: &Side<'_, '_>, j: usize) -> bool {
    let modern = |text: &str| {
        [
            "corepack",
            "berry",
            "--immutable",
            "yarn set",
            ".yarnrc.yml",
            ".yarn/",
            "workspaces focus",
            "git clone",
            "git checkout",
            "yarn dlx",
            "yarn plugin",
        ]
        .iter()
        .any(|word| text.contains(word))
    };
    let step = side.get(j).map_or(0, |item| item.step);
    let Some(stage) = side.stage() else {
        return true;
    };
    if !matches!(stage.base, crate::proof::trace::Base::Image(_)) {
        return true;
    }
    let steps = stage.steps.get(..=step).unwrap_or_default();
    steps.iter().any(|step| match &step.op {
        Op::Mkdir(_) => false,
        Op::Exec(_) => modern(side.analysis.text(step.instruction.lines)),
        Op::Copy(copy) => match &copy.source {
            // Only a file that is named is certainly no configuration of yarn.
            Source::Context(path) => !is_other_file(path),
            Source::Heredoc { name, .. } => modern(name),
            _ => true,
        },
    })
}

fn is_other_file(path: &Value) -> bool {
    path.known().is_some_and(|path| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let listed = [
            "package.json",
            "yarn.lock",
            "package-lock.json",
            "package*.json",
            ".npmrc",
            "tsconfig.json",
        ];
        listed.contains(&name)
            || name.starts_with("yarn.loc")
            || name.starts_with("package") && name.ends_with(".json")
    })
}

/// Whether an element of the side before is a cleanup of apt that a later `apt-get update` makes pointless.
pub(super) fn is_apt_cleanup(element: &Element<'_>) -> bool {
    targets(element).is_some_and(|targets| {
        targets
            .iter()
            .all(|target| matches!(target, Target::AptLists | Target::AptArchives))
    })
}

/// Whether an element is nothing but an update of the lists of apt.
pub(super) fn is_apt_update(element: &Element<'_>) -> bool {
    element.mode == Mode::Fatal
        && element.words().is_some()
        && element.simple().and_then(Call::of).is_some_and(|call| {
            matches!(call.program, "apt-get" | "apt")
                && call.sub == "update"
                && !call.sudo
                && call
                    .parts()
                    .is_some_and(|(_, operands)| operands.is_empty())
        })
}
