//! Swift: `swift package resolve`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, begins};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Swift",
    role,
    needs,
};

fn role(command: &Invocation<'_>) -> Option<Role> {
    (command.is("swift") && begins(command, &["package", "resolve"])).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let Some(text) = ask.text("Package.swift")? else {
        return Ok(None);
    };
    if text.contains(".package(path") || text.contains(".package(name") && text.contains("path:") {
        return Err("`Package.swift` takes a dependency from a folder of the project".to_owned());
    }
    if text.contains("FileManager") || text.contains("#file") {
        return Err("`Package.swift` reads other files".to_owned());
    }
    let files = ask.present(&["Package.swift", "Package.resolved"])?;
    Ok(Some(Needs::files(files).overlaid(ask, ".build")))
}
