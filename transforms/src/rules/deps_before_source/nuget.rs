//! NuGet: `dotnet restore`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "NuGet",
    role,
    needs,
};

/// More projects than these are not copied one by one.
const MOST_PROJECTS: usize = 30;

fn role(command: &Invocation<'_>) -> Option<Role> {
    (command.is("dotnet") && command.sub("restore")).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let project = |name: &str| {
        [".csproj", ".fsproj", ".vbproj", ".sln", ".slnx"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let settings = |name: &str| {
        let lower = name.to_ascii_lowercase();
        lower.ends_with(".props")
            || lower.ends_with(".targets")
            || matches!(
                lower.as_str(),
                "nuget.config" | "global.json" | "packages.lock.json"
            )
    };
    let made = |path: &String| path.split('/').any(|name| matches!(name, "bin" | "obj"));
    let mut projects = ask.all(project)?;
    projects.retain(|path| !made(path));
    if projects.is_empty() {
        return Ok(None);
    }
    if projects.len() > MOST_PROJECTS {
        return Err("there are too many projects to copy each manifest by itself".to_owned());
    }
    for path in &projects {
        let text = ask.read(path)?.unwrap_or_default();
        if text.contains("<Exec ") || text.contains("$([System.IO.File]") {
            return Err(format!(
                "`{path}` runs commands or reads files when it is evaluated"
            ));
        }
    }
    let mut files = ask.all(settings)?;
    files.retain(|path| !made(path));
    for path in files
        .iter()
        .filter(|path| path.to_ascii_lowercase().ends_with("nuget.config"))
    {
        let text = ask.read(path)?.unwrap_or_default();
        let local = text.contains("value=\".") || text.contains("value=\"/");
        if local {
            return Err(format!("`{path}` takes packages from a folder"));
        }
    }
    // MSBuild looks for these in every folder above as well.
    if ask.folder != ask.root && !ask.root.is_empty() {
        return Err("projects may read settings of the folders above".to_owned());
    }
    projects.extend(files);
    Ok(Some(
        Needs::files(projects)
            .overlaid_anywhere(ask, "bin")
            .overlaid_anywhere(ask, "obj"),
    ))
}
