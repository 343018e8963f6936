//! Packages of the distribution that belong to a language: those of Python and Node, and what is installed with them.

use super::acts::{Act, Done, Install, Work};
use super::image::System;
use super::packages::{Release, programs_of};
use super::world::{Run, World};

/// Whether a program is built that holds Python: it needs the library, of which the interpreter of the distribution is no
/// user.
pub(super) fn embeds_python(world: &World<'_>) -> bool {
    let source = world.analysis.source.to_ascii_lowercase();
    // The module of Apache's package has what it needs.
    let source = source.replace("libapache2-mod-wsgi", "");
    ["uwsgi", "mod_wsgi", "mod-wsgi"]
        .iter()
        .any(|name| source.contains(name))
}

/// What a program needs of the package of pip: with it apt installs compilers again, which it recommends. Older releases
/// bring packages with it that pip takes for installed when others require them, so that it stays there.
pub(super) fn without_pip(
    world: &World<'_>,
    system: &System,
    install: &Install,
    package: &str,
) -> Option<&'static [&'static str]> {
    let alone = matches!(
        system.release,
        Some(Release::Debian(11..) | Release::Ubuntu(2004..))
    );
    if package != "python3-pip" || !alone || !recommends(world, install) {
        return None;
    }
    // What is linked with may have come with it.
    let headers = |install: &Install| {
        let mut names = install.packages.iter().map(|(_, name)| name);
        names.any(|name| name.starts_with("python") && name.ends_with("-dev"))
    };
    let named = installs(world).any(|(_, install)| headers(install));
    let built = world
        .runs
        .iter()
        .filter(|run| run.work() > Some(Work::Fetch))
        .map(|run| run.instruction.index);
    let last = built.max()?;
    // What is installed behind the build is not for it, nor is it where the file removes other packages.
    let (run, _) = installs(world).find(|(_, other)| std::ptr::eq(*other, install))?;
    let removes = world
        .runs
        .iter()
        .any(|run| run.has(|act| matches!(act, Act::Remove(removed) if !removed.is_empty())));
    let called = programs_of(package)
        .iter()
        .any(|program| world.needs.calls(program));
    let wanted = run.instruction.index > last || removes || called;
    let linked = embeds_python(world) && !named;
    (!wanted && !linked).then_some(&[
        "python3",
        "python3-setuptools",
        "python3-wheel",
        "ca-certificates",
    ])
}

/// Whether apt installs a package for builds all the same, because that of pip stays and recommends it.
pub(super) fn comes_with_pip(world: &World<'_>, system: &System, package: &str) -> bool {
    let recommended = matches!(
        package,
        "build-essential"
            | "gcc"
            | "g++"
            | "make"
            | "libc6-dev"
            | "python-dev"
            | "python-all-dev"
            | "python3-dev"
    );
    let stays = |install: &Install| {
        let mut names = install.packages.iter().map(|(_, name)| name.as_str());
        names.any(|name| {
            matches!(name, "python-pip" | "python3-pip")
                && recommends(world, install)
                && without_pip(world, system, install, name).is_none()
        })
    };
    recommended && installs(world).any(|(_, install)| stays(install))
}

/// Whether apt installs what packages recommend.
fn recommends(world: &World<'_>, install: &Install) -> bool {
    install.manager == "apt-get" && !world.analysis.source.contains("ecommends")
}

fn installs<'w>(world: &'w World<'w>) -> impl Iterator<Item = (&'w Run<'w>, &'w Install)> {
    let done = |run: &'w Run<'w>| run.done.iter().map(move |done| (run, &done.act));
    let all = world.runs.iter().flat_map(done);
    all.filter_map(|(run, act)| match act {
        Act::Install(install) => Some((run, install)),
        _ => None,
    })
}

/// Whether a package is Node, or a package manager of it.
pub(super) fn is_node(package: &str) -> bool {
    matches!(
        package,
        "nodejs" | "nodejs-npm" | "nodejs-current" | "npm" | "yarn" | "yarnpkg"
    )
}

/// Whether a command is only for a Node that the runtime stage has not.
pub(super) fn only_for_node(world: &World<'_>, done: &Done) -> bool {
    let installs = matches!(done.program.as_str(), "npm" | "yarn" | "pnpm")
        || world.analysis.text(done.range).contains("nodesource.com/");
    done.act == Act::System && installs && serves_files(world)
}

/// Whether a command is repeated where the program runs and installs packages of Node that may be compiled there.
pub(super) fn compiles_again(world: &World<'_>, done: &Done) -> bool {
    let installs = matches!(done.program.as_str(), "npm" | "yarn" | "pnpm");
    if done.act != Act::System || !installs || only_for_node(world, done) {
        return false;
    }
    let words = world.analysis.text(done.range).split_ascii_whitespace();
    let mut packages = words
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .filter(|word| !matches!(*word, "install" | "i" | "add" | "global" | "\\"));
    packages.any(|package| {
        let version = package.char_indices().skip(1).find(|(_, c)| *c == '@');
        let name = version.and_then(|(at, _)| package.get(..at));
        !PLAIN_SCRIPTS.contains(&name.unwrap_or(package))
    })
}

/// Packages of Node that hold nothing to compile, and depend on nothing that does.
const PLAIN_SCRIPTS: &[&str] = &[
    "@angular/cli",
    "@vue/cli",
    "bower",
    "clean-css",
    "clean-css-cli",
    "coffee-script",
    "coffeescript",
    "create-react-app",
    "cross-env",
    "eslint",
    "forever",
    "grunt",
    "grunt-cli",
    "gulp",
    "gulp-cli",
    "http-server",
    "jshint",
    "karma-cli",
    "less",
    "mocha",
    "n",
    "nodemon",
    "npm",
    "pm2",
    "pnpm",
    "rimraf",
    "serve",
    "stylus",
    "svgo",
    "typescript",
    "uglify-js",
    "uglifycss",
    "webpack",
    "webpack-cli",
    "yarn",
];

/// Whether all that runs is a web server that serves files: what builds a front end is not needed there.
pub(super) fn serves_files(world: &World<'_>) -> bool {
    let needs = &world.needs;
    let server = |program: &String| {
        matches!(
            super::place::base_name(program),
            "nginx" | "httpd" | "apache2-foreground" | "httpd-foreground"
        )
    };
    let by_image = !needs.own_command && matches!(world.image.family(), "nginx" | "httpd");
    by_image || needs.own_command && !needs.programs.is_empty() && needs.programs.iter().all(server)
}
