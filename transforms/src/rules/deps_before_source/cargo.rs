//! Cargo: a `cargo fetch` before a build. Cargo reads no manifest whose targets are missing, so an empty library stands in.

use super::poetry::path_dependency;
use super::recipe::{Answer, Ask, Needs, Recipe, Role};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Cargo",
    role,
    needs,
};

/// Makes a library for as long as Cargo looks at the manifest. Nothing is compiled, so nothing of it can be left anywhere.
const FETCH: &str = "mkdir src && touch src/lib.rs && cargo fetch --locked && rm -r src";

fn role(command: &Invocation<'_>) -> Option<Role> {
    let elsewhere = command.has_any_flag(&["--manifest-path", "-C", "--offline", "--frozen"]);
    let builds = command.is("cargo") && command.sub_any(&["build", "test", "check"]);
    (builds && !elsewhere).then_some(Role::Build)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let Some(text) = ask.text("Cargo.toml")? else {
        return Ok(None);
    };
    let line = |start: &str| text.lines().any(|line| line.trim().starts_with(start));
    if !text.contains("dependencies") || !ask.has("Cargo.lock")? {
        // Without a lock file each fetch may choose other versions than the build.
        return Ok(None);
    }
    if line("[workspace") {
        return Err(
            "Cargo reads the manifests and the targets of every member of a workspace".to_owned(),
        );
    }
    let explicit = [
        "[[bin",
        "[[example",
        "[[test",
        "[[bench",
        "[lib",
        "autolib",
        "autobins",
        "build =",
    ];
    if let Some(target) = explicit.iter().find(|start| line(start)) {
        return Err(format!(
            "`Cargo.toml` names its targets by `{target}`, and Cargo looks for their files"
        ));
    }
    if let Some(path) = path_dependency(text) {
        return Err(format!(
            "`Cargo.toml` takes a dependency from `{path}`, which are sources"
        ));
    }
    for name in [".cargo/config.toml", ".cargo/config"] {
        if ask
            .text(name)?
            .is_some_and(|text| text.contains("replace-with"))
        {
            return Ok(None);
        }
    }
    let names = [
        "Cargo.toml",
        "Cargo.lock",
        ".cargo",
        "rust-toolchain.toml",
        "rust-toolchain",
    ];
    let mut needs = Needs::files(ask.present(&names)?).overlaid(ask, "target");
    needs.prefetch = Some(FETCH);
    Ok(Some(needs.doubt(
        "it fetches what all platforms need, and still compiles the dependencies after each change",
    )))
}
