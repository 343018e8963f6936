//! Installs by one package manager with equal flags, resolved in one run (F.7).

use std::collections::BTreeSet;

use super::cleanup::{is_apt_cleanup, is_apt_update};
use super::manager::{Call, Manager, quiet_or_yes, yes};
use crate::model::SimpleCommand;
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::normal::{Element, Mode, same_surroundings, same_word};

/// A plain install.
#[derive(Debug)]
struct Install<'a> {
    /// The command.
    command: &'a SimpleCommand,
    /// How many of its words stand before the program: `sudo` and the like.
    wrappers: usize,
    manager: Manager,
    program: &'a str,
    /// Options but those that answer yes or keep no cache.
    options: BTreeSet<&'a str>,
    yes: bool,
    no_cache: bool,
    operands: Vec<&'a str>,
}

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let Some((after_item, after_element)) = alignment.after.command(j) else {
        return Answer::No;
    };
    let Some(after) = install(after_element) else {
        return Answer::No;
    };
    let mut laws = BTreeSet::from([Law::InstallsJoined]);
    let mut operands: Vec<&str> = Vec::new();
    let mut pairs = Vec::new();
    let mut at = i;
    let mut updated = false;
    // How far the installs reach that are in `after` completely.
    let mut reached = None;
    while let Some((item, element)) = alignment.before.command(at) {
        if !pairs.is_empty()
            && after.manager == Manager::Apt
            && same_place(alignment, item, after_item)
        {
            if is_apt_update(element) {
                updated = true;
                at += 1;
                continue;
            }
            if is_apt_cleanup(element) {
                at += 1;
                continue;
            }
        }
        let Some(before) = install(element) else {
            break;
        };
        if before.manager != after.manager
            || before.options != after.options
            || !same_call(&before, &after)
            || !alignment.same_state(item, after_item)
        {
            break;
        }
        match difference(&before, &after) {
            Some(more) => laws.extend(more),
            None => break,
        }
        if !pairs.is_empty()
            && operands
                .iter()
                .any(|name| comes_first(after.manager, name, updated))
        {
            if reached.is_some() {
                break;
            }
            return Answer::Refused(
                "a package that the next install may need to be there already".to_owned(),
            );
        }
        operands.extend(&before.operands);
        pairs.push((at, j));
        at += 1;
        if without_repetition(&operands) == without_repetition(&after.operands) {
            reached = Some((at, pairs.len()));
        }
    }
    let Some((end, count)) = reached.filter(|(_, count)| *count > 1) else {
        return Answer::No;
    };
    pairs.truncate(count);
    Answer::Explained(Explained {
        laws,
        before: end - i,
        after: 1,
        pairs,
    })
}

/// The same packages in one install by apk, which resolves them as a set (C.3).
pub(super) fn reordered(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let (Some((b, eb)), Some((a, ea))) = (alignment.before.command(i), alignment.after.command(j))
    else {
        return Answer::No;
    };
    let (Some(before), Some(after)) = (install(eb), install(ea)) else {
        return Answer::No;
    };
    let set = |install: &Install<'_>| {
        let mut names: Vec<String> = install.operands.iter().map(|&it| it.to_owned()).collect();
        names.sort_unstable();
        names
    };
    let same = before.manager == after.manager
        && before.options == after.options
        && same_call(&before, &after)
        && difference(&before, &after).is_some_and(|laws| laws.is_empty())
        && set(&before) == set(&after)
        && alignment.same_state(b, a);
    if !same {
        return Answer::No;
    }
    if before.manager != Manager::Apk {
        let why = "the order of the packages may decide between alternatives";
        return Answer::Refused(why.to_owned());
    }
    Answer::Explained(Explained::by(Law::OperandOrder, 1, 1).pair(i, j))
}

/// Whether two installs have the same assignments and the same programs before them.
fn same_call(before: &Install<'_>, after: &Install<'_>) -> bool {
    let words = |install: &Install<'_>| install.wrappers;
    let wrappers = before.command.words.iter().zip(&after.command.words);
    words(before) == words(after)
        && wrappers
            .take(words(before))
            .all(|(before, after)| same_word(before, after))
        && same_surroundings(before.command, after.command)
}

/// The names, each where it stands first.
fn without_repetition<'a>(operands: &[&'a str]) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    operands
        .iter()
        .copied()
        .filter(|name| seen.insert(*name))
        .collect()
}

fn same_place(
    alignment: &Alignment<'_, '_>,
    before: &crate::proof::item::Item<'_, '_>,
    after: &crate::proof::item::Item<'_, '_>,
) -> bool {
    match (alignment.before.exec(before), alignment.after.exec(after)) {
        (Some(before), Some(after)) => before.same_place(after),
        _ => false,
    }
}

/// The laws under which one install has the other's way of being called; `None` when there are none.
fn difference(before: &Install<'_>, after: &Install<'_>) -> Option<Vec<Law>> {
    let mut laws = Vec::new();
    match (before.program, after.program) {
        (a, b) if a == b => {}
        ("apt", "apt-get") => laws.push(Law::AptIsAptGet),
        _ => return None,
    }
    match (before.yes, after.yes) {
        (a, b) if a == b => {}
        (false, true) => laws.push(Law::AssumeYes),
        _ => return None,
    }
    match (before.no_cache, after.no_cache) {
        (a, b) if a == b => {}
        // Adding it has conditions of its own, which are not looked at here.
        _ => return None,
    }
    Some(laws)
}

fn install<'a>(element: &Element<'a>) -> Option<Install<'a>> {
    let command = element.simple()?;
    let plain = command.assignments.iter().all(|assignment| {
        assignment
            .value
            .as_ref()
            .is_some_and(|word| word.value.is_some())
    });
    if element.mode != Mode::Fatal || !command.redirects.is_empty() || !plain {
        return None;
    }
    let call = Call::of(command)?;
    let sub = match call.manager {
        Manager::Apt | Manager::Rpm | Manager::Zypper => "install",
        Manager::Apk => "add",
        Manager::Pip => return None,
    };
    if call.sub != sub {
        return None;
    }
    let (options, operands) = call.parts()?;
    if operands.is_empty() || !operands.iter().all(|name| is_plain_name(name)) {
        return None;
    }
    let mut found = Install {
        command,
        wrappers: command.words.len() - call.words.len(),
        manager: call.manager,
        program: call.program,
        options: BTreeSet::new(),
        yes: false,
        no_cache: false,
        operands,
    };
    for option in options {
        match option {
            option if yes(call.manager).contains(&option) => found.yes = true,
            // How much is printed makes no difference; the quietest mode of apt means yes, too.
            "-q" | "--quiet" | "-v" | "--verbose" | "--no-progress" => {}
            bundle if call.manager == Manager::Apt && quiet_or_yes(bundle) => found.yes = true,
            "--no-cache" => found.no_cache = true,
            option => {
                found.options.insert(option);
            }
        }
    }
    Some(found)
}

/// A package name, perhaps with architecture and version; not one that apt reads as a command (`x-`), a file or a group.
fn is_plain_name(name: &str) -> bool {
    let (name, version) = name.split_once('=').unwrap_or((name, "0"));
    let in_name = |c: char| c.is_ascii_alphanumeric() || ".+-_:".contains(c);
    let in_version = |c: char| c.is_ascii_alphanumeric() || ".+-~:_".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(in_name)
        && !name.ends_with('-')
        && (!name.ends_with('+') || name.ends_with("++"))
        && !name.ends_with(".deb")
        && !name.ends_with(".rpm")
        && !name.ends_with(".apk")
        && !version.is_empty()
        && version.chars().all(in_version)
}

/// Whether a package may have to be there before the next install is even called: it brings sources, plugins, or what
/// an update between the two needs.
fn comes_first(manager: Manager, name: &str, updated: bool) -> bool {
    match manager {
        Manager::Rpm | Manager::Zypper => {
            name.contains("release")
                || name.contains("repo")
                || name.contains("plugin")
                || name.starts_with("yum-")
        }
        Manager::Apt => {
            name.contains("-release")
                && !name.starts_with("lsb-release")
                && !name.starts_with("ubuntu-release-upgrader")
                || updated
                    && (name.starts_with("ca-certificates")
                        || name.starts_with("apt-transport")
                        || name.contains("keyring")
                        || name.starts_with("gnupg")
                        || name.starts_with("gpg")
                        || name.starts_with("software-properties")
                        || name.starts_with("dirmngr"))
                || name.contains("-apt-config")
                || name.contains("apt-source")
        }
        Manager::Apk | Manager::Pip => false,
    }
}
