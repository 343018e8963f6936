//! Node: servers and front ends.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::Place;
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Node",
    page: "Recognised: npm, yarn, pnpm, bower, and the usual build tools (`webpack`, `gulp`, `grunt`, `ng`, `tsc`, ...).\n\n\
        A server's directory is copied with its modules, into the slim image of the same version, so that native modules find the same C\n\
        library. A front end is what its build makes: where a web server of the image or a tool such as `serve` serves one directory, only that\n\
        one is copied.\n\
        Refused: a development server as the command, global packages beside the system's own Node, and a command that builds.",
    read,
};

pub(in super::super) const ID: &str = "node";

const BUILD: &[&str] = &[
    "run",
    "run-script",
    "build",
    "compile",
    "rebuild",
    "exec",
    "explore",
    "test",
];

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "npm" | "yarn" | "pnpm" | "cnpm" | "tnpm" | "bun" => manager(cmd),
        "bower" | "jspm" | "tsd" | "typings" | "lerna" | "meteor" | "jitsu" => {
            Some(here(cmd, ID, Work::Packages))
        }
        "gulp" | "grunt" | "webpack" | "ng" | "tsc" | "vue-cli-service" | "react-scripts"
        | "ember" | "brunch" | "browserify" | "rollup" | "vite" | "parcel" | "next" | "nuxt"
        | "hexo" | "gatsby" | "babel" | "uglifyjs" | "lessc" | "node-sass" | "coffee"
        | "node-gyp" | "npx" | "polymer" | "gitbook" | "node_modules" => {
            Some(here(cmd, ID, Work::Compile))
        }
        name if name.contains("node_modules/") && name.contains("bin/") => {
            Some(here(cmd, ID, Work::Compile))
        }
        "node" | "nodejs" => match cmd
            .texts()
            .iter()
            .any(|text| text == "-v" || text == "--version")
        {
            true => Some(Act::Nothing),
            false => Some(here(cmd, ID, Work::Compile)),
        },
        "corepack" | "nvm" | "n" => None,
        _ => None,
    }
}

fn manager(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let behind = std::iter::once("").chain(texts.iter().map(String::as_str));
    let sub = texts
        .iter()
        .zip(behind)
        .find(|(text, flag)| {
            !text.starts_with('-') && !matches!(*flag, "--color" | "--loglevel" | "--registry")
        })
        .map(|(text, _)| text.as_str());
    let global = texts
        .iter()
        .any(|text| matches!(text.as_str(), "-g" | "--global" | "-global" | "-gf" | "-gq"))
        || cmd.is_any(&["yarn"]) && sub == Some("global");
    let directory = cmd
        .value_of(&["--prefix", "--cwd", "-C"])
        .filter(|_| !global)
        .unwrap_or_else(|| cmd.here());
    let made = |kind| cmd.makes(ID, kind, vec![Output::Tree(directory.clone())]);
    Some(match sub {
        Some(
            "config" | "set" | "cache" | "login" | "version" | "view" | "ls" | "list" | "audit"
            | "bin" | "root" | "info" | "policies" | "ping" | "whoami" | "get",
        ) => match global {
            false if sub == Some("policies") => made(Work::Packages),
            _ => cache(cmd, ID, Work::Fetch),
        },
        _ if global => return global_packages(cmd),
        Some(sub) if BUILD.contains(&sub) => made(Work::Compile),
        None if cmd.is_any(&["yarn"]) => made(Work::Packages),
        None if texts.iter().any(|text| text == "-v" || text == "--version") => Act::Nothing,
        None => return None,
        Some(
            "install" | "i" | "ci" | "add" | "prune" | "dedupe" | "update" | "upgrade"
            | "uninstall" | "remove" | "rm" | "link" | "init" | "shrinkwrap" | "fetch" | "import"
            | "up" | "install-test" | "rb" | "clean-install" | "autoclean" | "deploy" | "clean",
        ) => made(Work::Packages),
        // A script of the project, as in `yarn dist`.
        Some(_) if cmd.is_any(&["yarn", "pnpm", "bun"]) => made(Work::Compile),
        Some(_) => return None,
    })
}

/// Packages for every directory. The images of Node keep them below `/usr/local`, those of distributions beside the
/// system's own files.
fn global_packages(cmd: &Cmd<'_>) -> Option<Act> {
    if cmd.image.family() != "node" {
        // Installed again where the program runs: nothing of it can be told from the system's own files.
        return Some(Act::System);
    }
    let at = |path: &str| Output::One(Place::At(path.to_owned()));
    let modules = match cmd.is_any(&["yarn"]) {
        true => at("/usr/local/share/.config/yarn"),
        false => at("/usr/local/lib/node_modules"),
    };
    Some(cmd.makes(ID, Work::Packages, vec![modules, at("/usr/local/bin")]))
}
