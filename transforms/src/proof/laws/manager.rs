//! Package managers on the command line, as far as the laws need them. What isn't certain is `None`.

use crate::model::{ShellWord, SimpleCommand};
use crate::proof::normal::program;

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Apt,
    Apk,
    Rpm,
    Zypper,
    Pip,
}

/// A call of a package manager.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) manager: Manager,
    /// The program's name.
    pub(super) program: &'a str,
    /// The words of the command from its subcommand's place on.
    pub(super) words: &'a [ShellWord],
    /// The place of the subcommand in `words`; the program is 0.
    pub(super) sub_at: usize,
    /// The subcommand.
    pub(super) sub: &'a str,
    /// Whether `sudo` starts it.
    pub(super) sudo: bool,
}

/// Options without a value that may stand anywhere, by manager.
fn plain_option(manager: Manager, option: &str) -> bool {
    // Several letters in one word.
    let letters = match manager {
        Manager::Apt => "yqufmV",
        Manager::Apk => "Uuqvl",
        _ => "",
    };
    let cluster = option
        .strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| letters.contains(c)));
    let repository = manager == Manager::Apk && option.starts_with("--repository=");
    cluster || repository || is_plain(manager, option)
}

fn is_plain(manager: Manager, option: &str) -> bool {
    match manager {
        Manager::Apt => {
            quiet_or_yes(option)
                || matches!(
                    option,
                    "--yes"
                        | "--assume-yes"
                        | "-u"
                        | "-V"
                        | "--quiet"
                        | "--no-install-recommends"
                        | "--no-install-suggests"
                        | "--install-recommends"
                        | "-f"
                        | "--fix-broken"
                        | "--fix-missing"
                        | "-m"
                        | "--allow-unauthenticated"
                        | "--allow-downgrades"
                        | "--allow-change-held-packages"
                        | "--force-yes"
                        | "--reinstall"
                        | "--no-upgrade"
                        | "--only-upgrade"
                        | "--purge"
                        | "--auto-remove"
                )
        }
        Manager::Apk => matches!(
            option,
            "--no-cache"
                | "-U"
                | "--update"
                | "--update-cache"
                | "-u"
                | "--upgrade"
                | "-q"
                | "--quiet"
                | "-v"
                | "--verbose"
                | "--no-progress"
                | "--progress"
                | "--allow-untrusted"
                | "--no-scripts"
                | "--purge"
                | "-r"
                | "--rdepends"
                | "-l"
                | "--latest"
        ),
        Manager::Rpm => {
            matches!(
                option,
                "-y" | "--assumeyes"
                    | "-q"
                    | "--quiet"
                    | "--nogpgcheck"
                    | "--allowerasing"
                    | "--skip-broken"
                    | "--nodocs"
                    | "-v"
                    | "--best"
                    | "--nobest"
                    | "--refresh"
                    | "--noplugins"
            ) || option.starts_with("--setopt=")
                || option.starts_with("--enablerepo=")
                || option.starts_with("--disablerepo=")
        }
        Manager::Zypper => matches!(
            option,
            "-n" | "--non-interactive"
                | "--no-recommends"
                | "-y"
                | "--no-confirm"
                | "-l"
                | "--auto-agree-with-licenses"
                | "--gpg-auto-import-keys"
                | "--no-gpg-checks"
                | "-q"
                | "--quiet"
        ),
        Manager::Pip => matches!(
            option,
            "--no-cache-dir"
                | "-q"
                | "--quiet"
                | "-qq"
                | "-U"
                | "--upgrade"
                | "--user"
                | "--no-deps"
                | "--pre"
                | "-v"
                | "--verbose"
                | "--force-reinstall"
                | "--ignore-installed"
                | "-I"
                | "--no-build-isolation"
                | "--disable-pip-version-check"
                | "--no-warn-script-location"
                | "--break-system-packages"
                | "--no-compile"
                | "--no-index"
                | "--require-hashes"
                | "--isolated"
                | "--compile"
                | "--prefer-binary"
                | "--use-pep517"
                | "--no-input"
                | "--only-binary=:all:"
                | "--root-user-action=ignore"
                | "--no-binary=:all:"
        ),
    }
}

/// Whether an option of apt is a bundle of nothing but `q` and `y`: `-qqy`. Repeating `y` means nothing.
pub(super) fn quiet_or_yes(option: &str) -> bool {
    option.strip_prefix('-').is_some_and(|letters| {
        !letters.is_empty() && letters.chars().all(|letter| matches!(letter, 'q' | 'y'))
    })
}

impl<'a> Call<'a> {
    /// Reads a command.
    pub(super) fn of(command: &'a SimpleCommand) -> Option<Self> {
        let found = program(command)?;
        let start = command.words.len().checked_sub(found.args.len() + 1)?;
        let words = command.words.get(start..)?;
        let (manager, skip) = match found.name {
            "apt-get" | "apt" | "aptitude" => (Manager::Apt, 0),
            "apk" => (Manager::Apk, 0),
            "yum" | "dnf" | "microdnf" => (Manager::Rpm, 0),
            "zypper" => (Manager::Zypper, 0),
            name if is_pip(name) => (Manager::Pip, 0),
            name if name.starts_with("python")
                && words.get(1)?.value.as_deref() == Some("-mpip") =>
            {
                (Manager::Pip, 1)
            }
            name if name.starts_with("python")
                && words.get(1)?.value.as_deref() == Some("-m")
                && words.get(2)?.value.as_deref() == Some("pip") =>
            {
                (Manager::Pip, 2)
            }
            _ => return None,
        };
        let mut at = 1 + skip;
        let sub = loop {
            let text = words.get(at)?.value.as_deref()?;
            if !text.starts_with('-') {
                break text;
            }
            if !plain_option(manager, text) {
                return None;
            }
            at += 1;
        };
        Some(Self {
            manager,
            program: found.name,
            words,
            sub_at: at,
            sub,
            sudo: found.sudo,
        })
    }

    /// The options before and after the subcommand and the operands, when every word is static and no option takes a
    /// word of its own as its value.
    pub(super) fn parts(&self) -> Option<(Vec<&'a str>, Vec<&'a str>)> {
        let mut options = Vec::new();
        let mut operands = Vec::new();
        for (at, word) in self.words.iter().enumerate().skip(1) {
            let text = word.value.as_deref()?;
            if at == self.sub_at || at < self.sub_at && !text.starts_with('-') {
                continue;
            }
            if !text.starts_with('-') {
                operands.push(text);
            } else if plain_option(self.manager, text) {
                options.push(text);
            } else {
                return None;
            }
        }
        Some((options, operands))
    }

    /// Whether a new option may stand at a place: not where it would be the value of another option.
    pub(super) fn may_stand(&self, at: usize) -> bool {
        if at <= self.sub_at + 1 {
            // Before the subcommand there are only options without a value.
            return true;
        }
        let Some(previous) = at.checked_sub(1).and_then(|at| self.words.get(at)) else {
            return false;
        };
        match previous.value.as_deref() {
            Some(text) if text.starts_with('-') => plain_option(self.manager, text),
            _ => false,
        }
    }

    /// Whether an option is one of these.
    pub(super) fn has(&self, options: &[&str]) -> bool {
        let given = |word: &ShellWord| {
            let Some(text) = word.value.as_deref() else {
                return false;
            };
            let letter = |option: &&str| {
                let mut letters = option.chars().skip(1);
                matches!((letters.next(), letters.next()), (Some(letter), None) if text.contains(letter))
            };
            let cluster = text.starts_with('-')
                && !text.starts_with("--")
                && text.len() > 2
                && plain_option(self.manager, text);
            options.contains(&text) || cluster && options.iter().any(letter)
        };
        self.words.iter().any(given)
    }
}

/// `pip`, `pip3`, `pip3.11`
pub(super) fn is_pip(name: &str) -> bool {
    name.strip_prefix("pip")
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Options that answer questions with yes.
pub(super) fn yes(manager: Manager) -> &'static [&'static str] {
    match manager {
        Manager::Apt => &["-y", "--yes", "--assume-yes"],
        Manager::Rpm => &["-y", "--assumeyes"],
        _ => &[],
    }
}
