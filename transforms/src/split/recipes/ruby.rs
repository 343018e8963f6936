//! Ruby.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::Place;
use super::{Recipe, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Ruby",
    page: "Recognised: Bundler, `gem`, `rake` and `rails`.\n\n\
        The gems are copied (`/usr/local/bundle` of the Ruby images, or the directory that `--path` names) with the project's directory.\n\
        Refused: the full Ruby images when it isn't known which libraries the gems were compiled with.",
    read,
};

pub(in super::super) const ID: &str = "ruby";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let sub = texts
        .iter()
        .find(|text| !text.starts_with('-'))
        .map(String::as_str);
    match cmd.name() {
        "bundle" | "bundler" => match sub {
            Some("install" | "update" | "check" | "clean" | "add" | "package" | "pack") | None => {
                let path = cmd
                    .value_of(&["--path"])
                    .or_else(|| cmd.shell.value("BUNDLE_PATH").map(|path| cmd.at(path)));
                let mut outputs = vec![Output::Tree(cmd.here())];
                let deployment = texts.iter().any(|text| text == "--deployment");
                match path {
                    Some(path) => outputs.push(Output::One(path)),
                    None if deployment => {}
                    None => outputs.extend(gems(cmd)),
                }
                if let Some(bin) = cmd.value_of(&["--binstubs"]) {
                    outputs.push(Output::One(bin));
                }
                Some(cmd.makes(ID, Work::Packages, outputs))
            }
            Some("config") => Some(
                cmd.makes(
                    ID,
                    Work::Packages,
                    vec![Output::Tree(cmd.here())]
                        .into_iter()
                        .chain(gems(cmd))
                        .collect(),
                ),
            ),
            Some("exec") => Some(here(cmd, ID, Work::Compile)),
            _ => None,
        },
        "gem" => match sub {
            Some("install" | "i" | "update" | "uninstall" | "cleanup") => {
                Some(cmd.makes(ID, Work::Packages, gems(cmd)))
            }
            Some("build") => Some(here(cmd, ID, Work::Compile)),
            Some("sources" | "list" | "env" | "--version" | "environment") => Some(Act::Nothing),
            _ => None,
        },
        "rake" | "rails" | "jekyll" | "middleman" => Some(here(cmd, ID, Work::Compile)),
        name if name == "bin/rails" || name == "bin/rake" || name.ends_with("/bin/rails") => {
            Some(here(cmd, ID, Work::Compile))
        }
        "ruby" if sub.is_none() => Some(Act::Nothing),
        _ => None,
    }
}

/// Where gems are installed for all.
fn gems(cmd: &Cmd<'_>) -> Vec<Output> {
    let at = |path: &str| Output::One(Place::At(path.to_owned()));
    match cmd.image.family() {
        "ruby" => vec![at("/usr/local/bundle")],
        // A Ruby of its own keeps them with itself.
        _ if cmd.shell.value("PATH").is_some_and(has_ruby) => {
            vec![Output::Tree(Place::Unknown)]
        }
        _ if cmd.image.system.debian_like => vec![
            at("/var/lib/gems"),
            Output::Prefix(Place::At("/usr/local".to_owned())),
        ],
        // Beside the system's own files.
        _ => vec![Output::Prefix(Place::At("/usr".to_owned()))],
    }
}

/// Whether programs are looked up where a version manager or an installer puts a Ruby.
fn has_ruby(path: &str) -> bool {
    path.split(':').any(|directory| {
        ["/rubies/", "/.rbenv/", "/rbenv/", "/.rvm/", "/rvm/"]
            .iter()
            .any(|name| directory.contains(name))
    })
}
