//! The `configure` of nginx, whose options name every place that its installation writes to.

use super::super::acts::{Act, Beside, Cmd, Output, Work};
use super::super::directories::is_system;
use super::super::place::{Place, parent};
use super::c;

/// Options that no other project's `configure` has.
const OPTIONS: &[&str] = &[
    "--with-http_",
    "--without-http_",
    "--http-log-path",
    "--sbin-path",
    "--conf-path",
    "--add-module",
    "--add-dynamic-module",
];

/// What `configure` of nginx prepares; `None` when it is another one.
///
/// Its installation makes the prefix, the program, the directory of the configuration, and the directories of the log
/// files and of the file with the process number (`auto/install` in nginx's sources); of modules that are loaded when it
/// starts their directory.
pub(super) fn configure(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let is_nginx = |text: &String| OPTIONS.iter().any(|option| text.starts_with(option));
    // Relatives of nginx install more.
    let relative = |text: &String| text.contains("dso-path") || text.contains("lua51");
    let named = cmd.here().root()?.contains("resty");
    if !texts.iter().any(is_nginx) || texts.iter().any(relative) || named {
        return None;
    }
    let prefix = cmd
        .value_of(&["--prefix"])
        .unwrap_or_else(|| Place::At("/usr/local/nginx".to_owned()));
    let Place::At(prefix) = prefix else {
        return Some(Act::Unknown);
    };
    if is_system(&prefix) {
        return Some(Act::Unknown);
    }
    let mut outputs = vec![
        Output::Tree(cmd.here()),
        Output::Configured(Some(Place::At(prefix.clone()))),
    ];
    let mut outside = |flag: &str, what: Beside| -> Option<()> {
        let path = match (cmd.value_of(&[flag]), what) {
            (None, _) => return Some(()),
            (Some(Place::At(path)), Beside::File) => path,
            (Some(Place::At(path)), Beside::Directory) => parent(&path).to_owned(),
            (Some(_), _) => return None,
        };
        let inside = super::super::place::within(&path, &prefix);
        let there = what == Beside::Directory
            && (is_system(&path) || path == "/dev" || path == "/var/lock");
        if is_system(&path) && what == Beside::File {
            return None;
        }
        if !inside && !there {
            outputs.push(Output::Beside(Place::At(path), what));
        }
        Some(())
    };
    let mut all = || -> Option<()> {
        outside("--sbin-path", Beside::File)?;
        for flag in [
            "--conf-path",
            "--error-log-path",
            "--http-log-path",
            "--pid-path",
        ] {
            outside(flag, Beside::Directory)?;
        }
        Some(())
    };
    if all().is_none() {
        return Some(Act::Unknown);
    }
    let loaded = texts
        .iter()
        .any(|text| text.contains("=dynamic") || text.starts_with("--add-dynamic-module"));
    if let Some(modules) = cmd.value_of(&["--modules-path"]).filter(|_| loaded) {
        outputs.push(Output::Beside(modules, Beside::Directory));
    }
    Some(cmd.makes(c::ID, Work::Compile, outputs))
}
