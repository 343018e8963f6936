//! yarn, classic and berry: `yarn`, `yarn install`.

use super::node;
use super::recipe::{Answer, Ask, Recipe, Role, names_packages};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "yarn",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("yarn")
        && match command.subcommand() {
            None => command.operands().is_empty(),
            Some(sub) => matches!(sub, "install" | "add"),
        };
    (installs && names_packages(command)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    node::elsewhere(ask, &["--cwd", "--modules-folder", "--use-yarnrc"])?;
    let Some(found) = node::manifests(ask, &[])? else {
        return Ok(None);
    };
    let keeping = ["--frozen-lockfile", "--pure-lockfile", "--immutable"];
    let mut needs = node::rewritten(ask, found.needs, "yarn.lock", &keeping)?;
    needs
        .files
        .extend(ask.present(&["yarn.lock", ".npmrc", ".yarnrc", ".yarnrc.yml"])?);
    let settings = ask.text(".yarnrc.yml")?;
    let manager = found.root.get("packageManager").and_then(|it| it.as_str());
    let modern = manager.is_some_and(|it| it.starts_with("yarn@") && !it.starts_with("yarn@1."));
    let classic = ask.text(".yarnrc")?;
    let berry = settings.is_some() || modern;
    if berry || classic.is_some_and(|text| text.contains("yarn-path")) {
        // The program itself, its plugins, patches of packages, and the cache of a project that installs without network.
        for folder in [
            ".yarn/releases",
            ".yarn/plugins",
            ".yarn/patches",
            ".yarn/cache",
        ] {
            needs.files.extend(ask.present(&[folder])?);
        }
    }
    let linker = settings
        .is_some_and(|text| text.contains("nodeLinker:") && !text.contains("nodeLinker: pnp"));
    if berry && !linker {
        needs = needs.overlaid(ask, ".pnp.cjs");
        if ask.has(".yarn/cache")? {
            needs = needs.doubt(".pnp.cjs and .yarn/cache are part of the project, and the later COPY brings them as they are there");
            needs
                .overlays
                .retain(|overlay| !overlay.path.ends_with(".pnp.cjs"));
        }
    }
    Ok(Some(needs))
}
