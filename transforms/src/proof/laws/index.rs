//! Package indexes: who reads them, who makes them anew; and updates that nobody needs.

use super::cleanup::is_apt_update;
use super::manager::{Call, Manager};
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::later::{Residue, Use, loose_commands, missed};
use crate::proof::normal::{Element, Mode, program};
use crate::proof::trace::MountKind;

/// The lists of apt.
pub(super) const APT: Residue = Residue {
    hint: |text| text.contains("apt") || installs_packages(text) || may_run_script(text),
    element: |element| fold(element, apt_use),
    text: |text| loose(text, apt_use_of),
    paths: &["/var/lib/apt/lists", "/var/cache/apt"],
};

/// The index of apk.
pub(super) const APK: Residue = Residue {
    hint: |text| text.contains("apk") || installs_packages(text) || may_run_script(text),
    element: |element| fold(element, apk_use),
    text: |text| loose(text, other_use_of_apk),
    paths: &["/var/cache/apk", "/etc/apk/cache"],
};

/// What an element does, by its first command that has to do with it. One that renews counts only when it certainly
/// runs before the others.
fn fold(element: &Element<'_>, of: fn(&crate::model::SimpleCommand) -> Use) -> Use {
    let certain = element.mode != Mode::Background
        && element.shape.chars().all(|c| {
            matches!(
                c,
                '\u{1}' | ' ' | '&' | '|' | '(' | ')' | '{' | '}' | ';' | '\n'
            )
        });
    let mut first = true;
    let mut found = Use::None;
    for command in &element.commands {
        let mut nested = Vec::new();
        let substitutions = command.words.iter().flat_map(|word| &word.substitutions);
        substitutions.for_each(|script| script.visit(&mut |inner| nested.push(inner)));
        if nested.into_iter().any(|inner| of(inner) == Use::Needs) {
            return Use::Needs;
        }
        match of(command) {
            Use::None => {}
            Use::Needs => return Use::Needs,
            Use::Renews if first && certain => found = Use::Renews,
            Use::Renews => {}
        }
        if found == Use::Renews {
            return found;
        }
        first = false;
    }
    found
}

fn loose(text: &str, of: fn(&[&str]) -> Use) -> Use {
    loose_commands(text)
        .map(|words| of(&words))
        .find(|found| *found != Use::None)
        .unwrap_or(Use::None)
}

/// What a command of a parsed script does with the lists of apt.
fn apt_use(command: &crate::model::SimpleCommand) -> Use {
    match apt_use_of(&values(command)) {
        Use::None => in_texts(command, apt_use_of),
        found => found,
    }
}

pub(super) fn values(command: &crate::model::SimpleCommand) -> Vec<&str> {
    command
        .words
        .iter()
        .map(|word| word.value.as_deref().unwrap_or(&word.text))
        .collect()
}

/// What a program does that is given a text to run (`sh -c 'apt-get install a'`). A text that renews may be run or not.
fn in_texts(command: &crate::model::SimpleCommand, of: fn(&[&str]) -> Use) -> Use {
    let runs = |name: &str| {
        matches!(
            name,
            "sh" | "bash"
                | "dash"
                | "ash"
                | "zsh"
                | "ksh"
                | "su"
                | "runuser"
                | "script"
                | "eval"
                | "chroot"
                | "xargs"
        )
    };
    if !program(command).is_some_and(|program| runs(program.name)) {
        return Use::None;
    }
    let texts = command.words.iter().skip(1);
    let needs = texts
        .map(|word| word.value.as_deref().unwrap_or(&word.text))
        .any(|text| text.contains(' ') && loose(text, of) == Use::Needs);
    if needs { Use::Needs } else { Use::None }
}

/// What a command does with the lists of apt, by its words.
fn apt_use_of(words: &[&str]) -> Use {
    if words.first() == Some(&"rm") {
        return removes(
            words,
            &["/var/lib/apt/lists", "/var/lib/apt/lists/*", "/var/lib/apt"],
        );
    }
    for (at, word) in words.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or(word);
        match name {
            "apt-get" | "apt" | "aptitude" => {
                let rest = words.get(at + 1..).unwrap_or_default();
                let mut operands = rest
                    .iter()
                    .filter(|word| !word.starts_with('-') && !word.contains('='));
                return match operands.next() {
                    Some(&"update") => Use::Renews,
                    Some(&("clean" | "autoclean" | "remove" | "purge" | "autoremove" | "key")) => {
                        continue;
                    }
                    None if rest
                        .iter()
                        .any(|word| matches!(*word, "--version" | "-v" | "--help" | "-h")) =>
                    {
                        continue;
                    }
                    // An option whose value looks like a subcommand, or a package called apt: not worth telling apart.
                    _ => Use::Needs,
                };
            }
            "apt-cache"
            | "apt-file"
            | "add-apt-repository"
            | "apt-add-repository"
            | "apt-rdepends"
            | "apt-show-versions"
            | "apt-build"
            | "apt-listchanges"
            | "mk-build-deps"
            | "rosdep"
            | "tasksel"
            | "dselect"
            | "gdebi"
            | "ansible-playbook"
            | "ansible"
            | "chef-client"
            | "chef-solo"
            | "puppet"
            | "salt-call"
            | "synaptic"
            | "auto-apt"
            | "dget"
            | "apt-clone"
            | "apt-fast"
            | "apt-install"
            | "install_packages"
            | "unattended-upgrade"
            | "unattended-upgrades" => return Use::Needs,
            _ if runs_package_script(words, at) || at == 0 && runs_script(words) => {
                return Use::Needs;
            }
            _ => {}
        }
    }
    Use::None
}

/// Whether a text may hold what [`runs_script`] finds.
fn may_run_script(text: &str) -> bool {
    text.contains(".sh") || text.contains("bash") || text.contains("sh ") || text.ends_with("sh")
}

/// Whether a command runs a script of which only the name is seen, or one that comes through a pipe.
fn runs_script(words: &[&str]) -> bool {
    let Some((program, rest)) = words.split_first() else {
        return false;
    };
    let name = program.rsplit('/').next().unwrap_or(program);
    if matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh") {
        let takes_text =
            |word: &&str| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
        return !rest.iter().any(takes_text) && !rest.contains(&"--version");
    }
    program.contains('/') && program.ends_with(".sh") && !is_tool(program)
}

/// Whether a word is the name of a script that is run and that, by its name, installs packages. What it does can't be
/// seen, and it may well rely on the lists.
fn runs_package_script(words: &[&str], at: usize) -> bool {
    let Some(word) = words.get(at) else {
        return false;
    };
    let before = words.get(..at).unwrap_or_default();
    let runs = |word: &&str| {
        matches!(
            word.rsplit('/').next(),
            Some("sh" | "bash" | "dash" | "ash" | "zsh" | "source" | "." | "sudo" | "env" | "exec")
        )
    };
    before
        .iter()
        .all(|word| runs(word) || word.starts_with('-') || word.contains('='))
        && installs_packages(word)
        && (word.contains('/') || word.ends_with(".sh"))
        && !word.contains("://")
        && !word.contains(char::is_whitespace)
        && !is_tool(word)
}

/// Whether a path is that of a program of the system, of a project's tools, or of settings that are read.
fn is_tool(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    directory.ends_with("bin")
        || ["/etc/init.d", "/usr/lib", "/usr/share"]
            .iter()
            .any(|system| directory.starts_with(system))
        || directory.contains("node_modules")
        || directory.contains("vendor")
        || matches!(name, "activate" | "autogen.sh" | "configure" | "nvm.sh")
}

fn installs_packages(text: &str) -> bool {
    let name = text.to_ascii_lowercase();
    (name.contains("install")
        || name.contains("setup")
        || name.contains("dep")
        || name.contains("provision")
        || name.contains("bootstrap")
        || name.contains("package")
        || name.contains("prereq")
        || name.contains("requirement"))
        && (name.contains(".sh") || name.contains('/'))
        || [
            "rosdep",
            "ansible",
            "chef-",
            "puppet",
            "salt-call",
            "mk-build-deps",
            "tasksel",
            "gdebi",
        ]
        .iter()
        .any(|tool| name.contains(tool))
}

/// What a command does with the index of apk.
fn apk_use(command: &crate::model::SimpleCommand) -> Use {
    let is_apk = program(command).is_some_and(|program| program.name == "apk");
    if !is_apk {
        return match other_use_of_apk(&values(command)) {
            Use::None => in_texts(command, other_use_of_apk),
            found => found,
        };
    }
    let Some(call) = Call::of(command) else {
        return Use::Needs;
    };
    match call.sub {
        "update" | "add" | "upgrade" if call.has(&["--no-cache"]) => Use::None,
        "update" => Use::Renews,
        "add" | "upgrade" if call.has(&["-U", "--update", "--update-cache"]) => Use::Renews,
        "del" | "info" | "version" | "cache" | "fix" | "audit" | "verify" => Use::None,
        _ => Use::Needs,
    }
}

/// What `rm` does with an index: what comes after the removal of all of it doesn't miss it, but without `-f` the removal
/// itself does.
fn removes(words: &[&str], paths: &[&str]) -> Use {
    if strict_removal(words, paths) {
        return Use::Needs;
    }
    let whole = words
        .iter()
        .any(|word| paths.contains(&word.trim_end_matches('/')));
    if is_recursive(words) && whole {
        Use::Renews
    } else {
        Use::None
    }
}

fn is_recursive(words: &[&str]) -> bool {
    letter(words, &['r', 'R']) || words.contains(&"--recursive")
}

fn letter(words: &[&str], letters: &[char]) -> bool {
    words
        .iter()
        .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letters))
}

/// Whether this is an `rm` that fails when there is nothing below one of the paths.
pub(super) fn strict_removal(words: &[&str], paths: &[&str]) -> bool {
    let inside = |word: &&str| {
        paths.iter().any(|path| {
            let rest = word
                .trim_matches('"')
                .strip_prefix(path.trim_end_matches("/*"));
            rest.is_some_and(|rest| rest.len() > 1)
        })
    };
    words.first() == Some(&"rm")
        && !letter(words, &['f'])
        && !words.contains(&"--force")
        && words.iter().any(inside)
}

/// The index of apk, for a step that fails when there is none to remove.
pub(super) const APK_REMOVED: Residue = Residue {
    hint: |text| text.contains("/apk/") && text.contains("rm "),
    element: |element| {
        fold(element, |command| {
            let words = values(command);
            let apk = Call::of(command);
            let renews = apk.is_some_and(|apk| {
                let updates = apk.has(&["-U", "--update", "--update-cache"]);
                apk.manager == Manager::Apk
                    && (apk.sub == "update"
                        || updates
                            && matches!(apk.sub, "add" | "upgrade")
                            && !apk.has(&["--no-cache"]))
            });
            match renews {
                true => Use::Renews,
                false if strict_removal(&words, APK.paths) => Use::Needs,
                false => Use::None,
            }
        })
    },
    text: |text| {
        loose(text, |words| {
            if strict_removal(words, APK.paths) {
                Use::Needs
            } else {
                Use::None
            }
        })
    },
    paths: &[],
};

/// What a command that is not apk's does with its index, by its words.
fn other_use_of_apk(words: &[&str]) -> Use {
    if words.first() == Some(&"rm") {
        return removes(words, &["/var/cache/apk", "/var/cache/apk/*"]);
    }
    let names_it = |word: &&str| word.rsplit('/').next() == Some("apk");
    let scripts = runs_script(words) || (0..words.len()).any(|at| runs_package_script(words, at));
    if scripts || words.iter().any(names_it) {
        Use::Needs
    } else {
        Use::None
    }
}

/// An update of an index that nothing reads: of apt's lists, or `apk update` before nothing but `apk add --no-cache`,
/// which reads a fresh index by itself.
pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let Some((item, element)) = alignment.before.command(i) else {
        return Answer::No;
    };
    let (law, residue) = match element.simple().and_then(Call::of) {
        Some(call) if is_plain_apk_update(&call) && element.mode == Mode::Fatal => {
            (Law::PackageCacheRemoved, &APK)
        }
        _ if is_apt_update(element) => (Law::AptListsRemoved, &APT),
        _ => return Answer::No,
    };
    let caches = alignment.before.exec(item).is_some_and(|exec| {
        exec.mounts
            .iter()
            .any(|mount| mount.kind == MountKind::Cache)
    });
    if caches {
        return Answer::Refused("the index may be in a cache mount".to_owned());
    }
    if let Some(what) = missed(&alignment.after, j, residue) {
        return Answer::Refused(format!("the package index is needed later: {what}"));
    }
    Answer::Explained(Explained::by(law, 1, 0))
}

fn is_plain_apk_update(call: &Call<'_>) -> bool {
    call.manager == Manager::Apk
        && call.sub == "update"
        && !call.sudo
        && call
            .parts()
            .is_some_and(|(_, operands)| operands.is_empty())
}
