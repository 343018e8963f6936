//! The `configure` of nginx, whose options name every place that its installation writes to.

use super::super::acts::{Act, Beside, Cmd, Output, Work};
use super::super::directories::is_system;
use super::super::place::{Place, parent, within};
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
    // All options may stand in one variable.
    let texts: Vec<String> = cmd
        .texts()
        .iter()
        .flat_map(|text| text.split_whitespace())
        .filter(|word| *word != "\\")
        .map(str::to_owned)
        .collect();
    let value_of = |flag: &str| -> Option<Place> {
        let mut found = None;
        let mut words = texts.iter();
        while let Some(word) = words.next() {
            let value = match word
                .strip_prefix(flag)
                .map(|rest| rest.strip_prefix('=').ok_or(rest))
            {
                Some(Ok(value)) => Some(value),
                Some(Err("")) => words.next().map(String::as_str),
                _ => None,
            };
            found = value
                .map(|value| cmd.at(value.trim_matches(['"', '\''])))
                .or(found);
        }
        found
    };
    let is_nginx = |text: &String| OPTIONS.iter().any(|option| text.starts_with(option));
    // Relatives of nginx install more.
    let relative = |text: &String| text.contains("dso-path") || text.contains("lua51");
    let named = cmd.here().root()?.contains("resty");
    if !texts.iter().any(is_nginx) || texts.iter().any(relative) || named {
        return None;
    }
    let prefix = value_of("--prefix").unwrap_or_else(|| Place::At("/usr/local/nginx".to_owned()));
    let Place::At(prefix) = prefix else {
        return Some(Act::Unknown);
    };
    let mut outputs = vec![Output::Tree(cmd.here())];
    if is_system(&prefix) {
        // Of such a prefix only what nginx makes in it.
        let below = |name: &str| Place::At(format!("{}/{name}", prefix.trim_end_matches('/')));
        outputs.push(Output::Configured(Some(below("html"))));
        let own = [
            ("--sbin-path", "sbin/nginx", Beside::File),
            ("--conf-path", "conf", Beside::Directory),
            ("--error-log-path", "logs", Beside::Directory),
        ];
        for (flag, name, what) in own {
            if value_of(flag).is_none() {
                outputs.push(Output::Beside(below(name), what));
            }
        }
    } else {
        outputs.push(Output::Configured(Some(Place::At(prefix.clone()))));
    }
    let mut outside = |flag: &str, what: Beside| -> Option<()> {
        let path = match (value_of(flag), what) {
            (None, _) => return Some(()),
            (Some(Place::At(path)), Beside::File) => path,
            (Some(Place::At(path)), Beside::Directory) => parent(&path).to_owned(),
            (Some(_), _) => return None,
        };
        let inside = within(&path, &prefix) && !is_system(&prefix);
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
    if let Some(modules) = value_of("--modules-path").filter(|_| loaded) {
        outputs.push(Output::Beside(modules, Beside::Directory));
    }
    Some(cmd.makes(c::ID, Work::Compile, outputs))
}
