//! Who reads the package lists of apt (`/var/lib/apt/lists`), and who removes them.
//!
//! The lists that an `apt-get update` fetches may leave a layer when nothing later in the chain reads them without
//! fetching them again (semantics C.3). A program of a distribution is known to read them or not to; a script, or a tool
//! that drives package managers, may.

use super::apt;
use super::directories::is_within;
use crate::commands::Invocation;
use crate::model::{Instruction, Script, ShellWord, SimpleCommand};

/// What a command means to the lists that were there before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing.
    None,
    /// It fetches them anew or removes them: whatever comes later doesn't see the old ones.
    Ends,
    /// It needs them.
    Reads,
    /// It may need them; why, in words that follow "line 5".
    MayRead(String),
    /// It removes packages. That fails without lists when apt has never heard of one of them.
    Removes,
}

/// What a simple command means to the lists.
pub(crate) fn list_use(command: &SimpleCommand) -> Use {
    if command.words.is_empty() {
        return Use::None;
    }
    let Some(it) = Invocation::of(command) else {
        return unknown_use(command);
    };
    if removes_lists(command) {
        return Use::Ends;
    }
    if it.is_any(&["apt-get", "apt", "aptitude"]) {
        return apt_use(&it);
    }
    tool_use(&it)
}

/// A program whose name holds something that expands.
fn unknown_use(command: &SimpleCommand) -> Use {
    let text = command
        .words
        .first()
        .map_or("", |word| word.text.trim_matches('"'));
    let (directory, base) = text.rsplit_once('/').unwrap_or(("", text));
    let plain = !base.contains(['$', '`', '*', '?']);
    match plain && (base == "[" || directory.ends_with("bin")) {
        true => Use::None,
        false => Use::MayRead(format!("runs `{text}`, whatever that is")),
    }
}

fn apt_use(it: &Invocation<'_>) -> Use {
    // Lists in another place are other lists.
    if apt::options(it).any(|option| option.to_ascii_lowercase().contains("dir")) {
        return Use::MayRead(format!(
            "runs `{}` with other directories",
            apt::describe(it)
        ));
    }
    match it.subcommand() {
        Some("update") => Use::Ends,
        Some("clean") if written(it, "distclean") => Use::Ends,
        None | Some("clean" | "autoclean" | "check" | "moo" | "edit-sources" | "markauto") => {
            Use::None
        }
        Some("remove" | "purge" | "autoremove") if it.operands().is_empty() => Use::None,
        Some("remove" | "purge" | "autoremove") => Use::Removes,
        Some(_) => Use::Reads,
    }
}

fn written(it: &Invocation<'_>, name: &str) -> bool {
    let word = it
        .subcommand_word()
        .and_then(|word| it.command().word(word));
    word == Some(name)
}

/// Tools that drive apt, or may.
fn tool_use(it: &Invocation<'_>) -> Use {
    let runs = |what: &str| Use::MayRead(format!("runs `{what}`, which may call apt"));
    let name = it.name();
    match name {
        "apt-cache" => Use::Reads,
        "apt-file"
        | "add-apt-repository"
        | "apt-fast"
        | "nala"
        | "dselect"
        | "tasksel"
        | "gdebi"
        | "mk-build-deps"
        | "unattended-upgrade"
        | "unattended-upgrades"
        | "ubuntu-drivers"
        | "apt-rdepends"
        | "apt-show-versions"
        | "apt-build"
        | "ansible"
        | "ansible-playbook"
        | "ansible-pull"
        | "chef-solo"
        | "chef-client"
        | "puppet"
        | "salt-call"
        | "pyinfra" => runs(name),
        "rosdep" if names_word(it, &["install"]) => runs("rosdep install"),
        "opam" if names_word(it, &["install", "depext"]) => runs("opam"),
        "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" => interpreter_use(it),
        "su" | "runuser" | "script" | "eval" | "chroot" => text_use(it, name),
        "." | "source" => sourced(it),
        "make"
            if it
                .operands()
                .iter()
                .any(|target| prepares(target.value.as_deref())) =>
        {
            runs("make with a target that may install packages")
        }
        "echo" | "printf" | "which" | "type" | "command" | "grep" | "sed" | "awk" | "cat"
        | "test" | "[" => Use::None,
        _ if name.contains('/') && !it.is_known() => match project_tool(name) {
            true => Use::None,
            false => Use::MayRead(format!("runs the script `{name}`, which may call apt")),
        },
        _ if it.is_known() && name != "xargs" => mention_use(it.command()),
        _ => match names_word(it, &["apt-get", "apt", "aptitude"]) {
            true => runs(name),
            false => mention_use(it.command()),
        },
    }
}

/// A shell with a script of its own.
fn interpreter_use(it: &Invocation<'_>) -> Use {
    let words = it.words_after_sub();
    let is_flag = |text: &str| text.starts_with('-');
    let flag = |word: &&ShellWord| word.value.as_deref().is_some_and(is_flag);
    let from_input = words
        .iter()
        .any(|word| matches!(word.text.as_str(), "-" | "-s"));
    let takes_text = words.iter().take_while(flag).any(|word| {
        let text = word.value.as_deref().unwrap_or_default();
        !text.starts_with("--") && text.ends_with('c')
    });
    if takes_text {
        return text_use(it, it.name());
    }
    match words.iter().find(|word| !flag(word) && !from_input) {
        Some(script) => Use::MayRead(format!(
            "runs the script `{}`, which may call apt",
            script.text
        )),
        None => Use::MayRead(format!(
            "runs a script by `{}`, which may call apt",
            it.name()
        )),
    }
}

/// A program that runs a text which it is given.
fn text_use(it: &Invocation<'_>, name: &str) -> Use {
    let suspect = it.command().words.iter().skip(1).any(|word| {
        let text = word.text.as_str();
        word.value.is_none() || text.contains("apt") || text.contains(".sh") || text.contains("./")
    });
    match suspect {
        true => Use::MayRead(format!("runs a command by `{name}`, which may call apt")),
        false => Use::None,
    }
}

/// A file that is read into the shell: settings as a rule, a script otherwise.
fn sourced(it: &Invocation<'_>) -> Use {
    let file = it.command().words.get(it.program_word() + 1);
    let text = file.map_or("", |word| word.text.trim_matches('"'));
    let base = text.rsplit('/').next().unwrap_or(text);
    let settings = matches!(
        base,
        "activate"
            | "nvm.sh"
            | "profile"
            | ".profile"
            | ".bashrc"
            | "bashrc"
            | "setup.bash"
            | "env"
            | "environment"
            | ".bash_profile"
            | "os-release"
            | "lsb-release"
            | "conda.sh"
            | "sdkman-init.sh"
            | "rvm"
            | "rvm.sh"
            | "envvars"
            | "gvm"
            | "cargo.sh"
    ) || base.ends_with(".env");
    match settings {
        true => Use::None,
        false => Use::MayRead(format!("runs the script `{text}`, which may call apt")),
    }
}

/// Programs below a directory of the system or of a project that are no scripts of that project.
fn project_tool(path: &str) -> bool {
    let base = path.rsplit('/').next().unwrap_or(path);
    let system = ["/etc/init.d/", "/usr/lib/", "/usr/share/"];
    system.iter().any(|directory| path.starts_with(directory))
        || path.contains("node_modules/")
        || path.contains("vendor/")
        || matches!(
            base,
            "manage.py" | "b2" | "sbt" | "waf" | "cpanm" | "rebar3"
        )
}

/// Whether a target of make sounds as if it installed packages.
fn prepares(target: Option<&str>) -> bool {
    let Some(target) = target else { return true };
    let target = target.to_ascii_lowercase();
    [
        "dep",
        "apt",
        "setup",
        "bootstrap",
        "prereq",
        "require",
        "package",
        "system",
        "provision",
    ]
    .iter()
    .any(|hint| target.contains(hint))
}

/// Whether one of the words after the program is one of these.
fn names_word(it: &Invocation<'_>, names: &[&str]) -> bool {
    let words = it.command().words.iter().skip(it.program_word() + 1);
    let mut values = words.filter_map(|word| word.value.as_deref());
    values.any(|value| names.contains(&value))
}

/// A command that names the place of the lists.
fn mention_use(command: &SimpleCommand) -> Use {
    let mentions = |word: &ShellWord| word.text.contains("/var/lib/apt");
    match command.words.iter().any(mentions) && command.word(0) != Some("rm") {
        true => Use::MayRead("uses `/var/lib/apt`".to_owned()),
        false => Use::None,
    }
}

/// Whether a command removes lists and fails when there are none: `rm` without `-f`.
pub(crate) fn fails_without_lists(command: &SimpleCommand) -> bool {
    Invocation::of(command).is_some_and(|it| {
        it.is("rm") && !it.has_flag("-f") && names_inside(command, "/var/lib/apt/lists/")
    })
}

/// Whether a word of a command names something inside a directory, which is given with a `/` at its end.
pub(crate) fn names_inside(command: &SimpleCommand, directory: &str) -> bool {
    command.words.iter().any(|word| {
        let inside = word.text.trim_matches('"').strip_prefix(directory);
        inside.is_some_and(|rest| !rest.is_empty())
    })
}

/// Whether a command removes all lists.
pub(crate) fn removes_lists(command: &SimpleCommand) -> bool {
    let Some(it) = Invocation::of(command).filter(|it| it.is("rm")) else {
        return false;
    };
    let all = |word: &ShellWord| {
        // A quoted `*` is a file name.
        let quoted = word.quoted && word.text.contains('*');
        let rest = word.text.trim_matches('"').strip_prefix("/var/lib/apt");
        !quoted
            && rest.is_some_and(|rest| {
                matches!(
                    rest,
                    "" | "/" | "/*" | "/lists" | "/lists/" | "/lists/*" | "/lists*"
                )
            })
    };
    it.has_flag("-r") && it.command().words.iter().any(all)
}

/// Whether a command says something about the place of the lists: whatever it does there, the author has thought of
/// it.
pub(crate) fn mentions_lists(command: &SimpleCommand) -> bool {
    let words = command.words.iter();
    words
        .skip(1)
        .any(|word| word.text.contains("var/lib/apt") || word.text.contains("var/lib/{"))
        || apt::apt(command).is_some_and(|it| written(&it, "distclean"))
}

/// Whether a command fetches the lists into their usual place.
pub(crate) fn fetches_lists(command: &SimpleCommand) -> bool {
    apt::apt(command).is_some_and(|it| {
        it.sub("update") && apt_use(&it) == Use::Ends && !apt::only_simulates(&it)
    })
}

/// Whether a text fetches lists and leaves them there.
pub(crate) fn leaves_lists(script: &Script) -> bool {
    let commands = script.simple_commands();
    let Some(last) = commands.iter().rposition(|command| fetches_lists(command)) else {
        return false;
    };
    !commands
        .iter()
        .skip(last + 1)
        .any(|command| mentions_lists(command))
}

/// Where the lists are.
const LISTS: &str = "/var/lib/apt/lists";

/// Whether a mount lies over the lists, so that those of the image are out of sight.
pub(crate) fn hides_lists(run: &Instruction) -> bool {
    run.mounts().any(|mount| {
        mount.target().is_some_and(|target| {
            let target = target.trim_end_matches('/');
            target.contains('$') || is_within(LISTS, target) || is_within(target, LISTS)
        })
    })
}

/// Whether a path in another file system holds the lists or is part of them. Of a path with a variable or a pattern
/// only the beginning counts.
pub(crate) fn holds_lists(path: &str) -> bool {
    let path = path.trim_matches('"').trim_start_matches('/');
    let fixed = path.split(['$', '*', '?', '[']).next().unwrap_or_default();
    let whole = fixed.len() == path.len();
    let absolute = format!("/{fixed}");
    let absolute = absolute.trim_end_matches('/');
    match whole {
        true => is_within(LISTS, absolute) || is_within(absolute, LISTS),
        false => {
            !path.starts_with('$') && (LISTS.starts_with(absolute) || is_within(absolute, LISTS))
        }
    }
}
