//! uv: `uv sync --no-install-project`, `uv pip install -r`, `uv pip sync`.

use super::pip;
use super::poetry::path_dependency;
use super::recipe::{Answer, Ask, Needs, Recipe, Role, names_packages};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "uv",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    if !command.is("uv") {
        return None;
    }
    let installs = match command.subcommand()? {
        "sync" => true,
        "pip install" => {
            command.has_any_flag(&["-r", "-c"])
                && !command.has_flag("-e")
                && names_packages(command)
        }
        "pip sync" => true,
        _ => false,
    };
    installs.then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    for flag in ["--directory", "--project"] {
        if ask.command.has_flag(flag) {
            return Err(format!(
                "`{flag}` makes the command work in another directory"
            ));
        }
    }
    if ask.command.sub("sync") {
        return sync(ask);
    }
    let mut named = Vec::new();
    if ask.command.sub("pip sync") {
        for operand in ask.command.operands() {
            let file = operand.value.as_deref();
            named.push(ask.argument(file.ok_or("a file of requirements is named by a variable")?)?);
        }
    }
    let Some(given) = pip::requirements(ask)? else {
        return Ok(None);
    };
    named.extend(given);
    let Some(mut files) = pip::follow(ask, named)? else {
        return Ok(None);
    };
    // Its settings may be there; it looks at the project file for them.
    files.extend(ask.present(&["uv.toml"])?);
    if ask
        .text("pyproject.toml")?
        .is_some_and(|text| text.contains("[tool.uv"))
    {
        files.extend(ask.present(&["pyproject.toml"])?);
    }
    files.dedup();
    Ok(Some(Needs::files(files)))
}

fn sync(ask: &Ask<'_>) -> Answer {
    let Some(text) = ask.text("pyproject.toml")? else {
        return Ok(None);
    };
    let workspace = text.contains("[tool.uv.workspace]");
    let without = |flag| ask.command.has_flag(flag);
    let is_package = text.contains("[build-system]") && !text.contains("package = false");
    let alone = without("--no-install-workspace") && without("--frozen");
    if workspace && !alone {
        return Err(
            "`uv sync` reads every member of the workspace; `--frozen --no-install-workspace` does without them".to_owned(),
        );
    }
    if is_package && !without("--no-install-project") && !alone {
        return Err(
            "`uv sync` installs the project itself, which are sources; `--no-install-project` leaves it out".to_owned(),
        );
    }
    if let Some(path) = path_dependency(text) {
        return Err(format!(
            "`pyproject.toml` takes a dependency from `{path}`, which are sources"
        ));
    }
    let files = ask.present(&["pyproject.toml", "uv.lock", "uv.toml", ".python-version"])?;
    let loose = !without("--frozen") && !without("--locked");
    Ok(Some(Needs::files(files).overlaid(ask, ".venv").doubt_if(
        loose && ask.has("uv.lock")?,
        "`uv sync` may write `uv.lock` anew, which the later COPY brings back as it was (`--locked` never does)",
    )))
}
