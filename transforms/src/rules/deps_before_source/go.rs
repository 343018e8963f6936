//! Go modules: `go mod download`, and `go build` without one.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, join};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Go",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    if !command.is("go") || command.has_any_flag(&["-C", "-modfile"]) {
        return None;
    }
    if command.sub("mod download") {
        return Some(Role::Install);
    }
    // A version makes `go install` a command about another module.
    let versioned = command
        .operands()
        .iter()
        .any(|it| it.value.as_deref().is_none_or(|name| name.contains('@')));
    let builds = command.sub_any(&["build", "install", "test"]) && !versioned;
    (builds && command.flag_value("-mod") != Some("vendor")).then_some(Role::Build)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let Some(text) = ask.text("go.mod")? else {
        return Ok(None);
    };
    let builds = role(&ask.command) == Some(Role::Build);
    if builds && (ask.has("vendor")? || !text.contains("require")) {
        // Nothing is downloaded.
        return Ok(None);
    }
    if ask.has("go.work")? {
        return Err("`go.work` names other modules, whose files Go reads".to_owned());
    }
    let mut files = ask.present(&["go.mod", "go.sum"])?;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line);
        let Some((_, to)) = line.split_once("=>") else {
            continue;
        };
        let to = to.split_whitespace().next().unwrap_or_default();
        if !(to.starts_with("./") || to.starts_with("../") || to.starts_with('/')) {
            continue;
        }
        let place = ask
            .argument(to)
            .map_err(|_| format!("`go.mod` replaces a module by `{to}`, which is not copied"))?;
        let manifest = join(&place, "go.mod");
        if !ask.sees(&manifest)? {
            return Err(format!(
                "`go.mod` replaces a module by `{to}`, which has no `go.mod`"
            ));
        }
        files.push(manifest);
    }
    let mut needs = Needs::files(files);
    if builds {
        needs.prefetch = Some("go mod download");
        needs = needs.doubt("the cache gets every module that `go.mod` names, also those that the build does not use");
    }
    Ok(Some(needs))
}
