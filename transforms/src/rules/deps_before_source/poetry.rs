//! Poetry: `poetry install --no-root`.

use super::node;
use super::recipe::{Answer, Ask, Needs, Recipe, Role};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Poetry",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    (command.is("poetry") && command.sub_any(&["install", "sync"])).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    node::elsewhere(ask, &["-C", "--directory", "-P", "--project"])?;
    let Some(text) = ask.text("pyproject.toml")? else {
        return Ok(None);
    };
    let no_project = text.contains("package-mode = false");
    if !ask.command.has_flag("--no-root") && !no_project {
        return Err(
            "`poetry install` installs the project itself, which are sources; `--no-root` leaves it out".to_owned(),
        );
    }
    if let Some(path) = path_dependency(text)
        && !ask.command.has_flag("--no-directory")
    {
        return Err(format!(
            "`pyproject.toml` takes a dependency from `{path}`, which are sources"
        ));
    }
    let files = ask.present(&["pyproject.toml", "poetry.lock", "poetry.toml"])?;
    let needs = Needs::files(files).overlaid(ask, ".venv");
    Ok(Some(needs.doubt_if(
        text.contains("poetry-dynamic-versioning"),
        "the version of the project comes from git, which is not there yet",
    )))
}

/// The value of a `path = "..."` in a table of TOML.
pub(super) fn path_dependency(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or(line);
        let at = line.find("path")?;
        let (before, rest) = line.split_at_checked(at)?;
        let alone = before.trim_end().is_empty() || before.trim_end().ends_with(['{', ',']);
        let rest = rest.strip_prefix("path")?.trim_start().strip_prefix('=')?;
        let value = rest.trim_start().strip_prefix(['"', '\''])?;
        alone.then(|| value.split(['"', '\'']).next().unwrap_or_default())
    })
}
