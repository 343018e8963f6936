//! Commands whose argument is a script: `sh -c "..."`, `su user -c "..."`; and files that a shell reads for their variables.

use dfix_syntax::SourceText;

use super::acts::Cmd;
use super::place::{Place, Shell, base_name};
use crate::Settings;
use crate::commands::Invocation;
use crate::model::{Analysis, Instruction, Script, SimpleCommand};

/// A script that a command hands to a shell, with the shell as it starts; `None` when there is none, or it isn't known.
pub(super) fn script(cmd: &Cmd<'_>) -> Option<(Script, Shell)> {
    let texts = cmd.texts();
    let is_su = cmd.is_any(&["su", "runuser"]);
    if !is_su && !matches!(base_name(cmd.name()), "sh" | "bash" | "ash" | "dash") {
        return None;
    }
    // `-c`, or at the end of a cluster: `-lc`, `-exc`.
    let command = |text: &str| {
        text == "--command"
            || text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
    };
    let flag = texts.iter().position(|text| command(text))?;
    let (at, text) = texts
        .iter()
        .enumerate()
        .skip(flag + 1)
        .find(|(_, text)| !text.starts_with('-'))?;
    let word = cmd.words().nth(at)?;
    // Without its value it is the text as written, quotes included.
    let value = cmd.shell.text(word)?;
    debug_assert_eq!(&value, text);
    let mut shell = cmd.shell.clone();
    if is_su {
        shell.leave_home();
        let login = texts
            .iter()
            .any(|text| matches!(text.as_str(), "-" | "-l" | "--login"));
        if login {
            shell.directory = Place::Unknown;
        }
    }
    Some((parse(&value)?, shell))
}

/// The shell of another user that `sudo -u` runs a command as: what its home is isn't known.
pub(super) fn other_user(
    command: &SimpleCommand,
    invocation: &Invocation<'_>,
    shell: &Shell,
) -> Option<Shell> {
    let named = invocation.through_sudo()
        && command
            .words
            .iter()
            .take(invocation.program_word())
            .any(|word| word.text == "-u");
    named.then(|| {
        let mut shell = shell.clone();
        shell.leave_home();
        shell
    })
}

/// A script by its text.
fn parse(text: &str) -> Option<Script> {
    if text.contains(['\n', '\r']) || text.trim().is_empty() {
        return None;
    }
    let source = SourceText::of_text(&format!("FROM scratch\nRUN {text}\n")).ok()?;
    let analysis = Analysis::new(source, &Settings::default());
    let run = analysis.instructions.last()?;
    if !analysis.errors.is_empty() || analysis.instructions.len() != 2 {
        return None;
    }
    Instruction::script(run).cloned()
}

/// Whether a file that a shell reads only sets variables, and the virtual environment that it activates.
pub(super) fn sourced(cmd: &Cmd<'_>) -> Option<Option<Place>> {
    if !cmd.is_any(&["source", "."]) {
        return None;
    }
    let texts = cmd.texts();
    let path = texts.first()?;
    if let Some(environment) = path.strip_suffix("/bin/activate") {
        return Some(Some(cmd.at(environment)));
    }
    const VARIABLES: &[&str] = &[
        ".bashrc",
        ".profile",
        ".bash_profile",
        "os-release",
        "lsb-release",
        "profile",
        "bash.bashrc",
        "nvm.sh",
        "envvars",
    ];
    let known = VARIABLES.contains(&base_name(path)) || path.ends_with("/.cargo/env");
    known.then_some(None)
}
