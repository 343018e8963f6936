//! Gradle: tasks that only resolve dependencies.

use super::recipe::{Answer, Ask, Needs, Recipe, Role};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "Gradle",
    role,
    needs,
};

/// Tasks that only bring dependencies: Gradle's own, and names that projects give to theirs.
const TASKS: &[&str] = &[
    "dependencies",
    "downloadDependencies",
    "resolveDependencies",
    "cacheDependencies",
    "wrapper",
];

fn role(command: &Invocation<'_>) -> Option<Role> {
    if !command.is("gradle") {
        return None;
    }
    let tasks = command.static_operands()?;
    let version = tasks.is_empty() && command.has_flag("--version");
    let resolves = !tasks.is_empty() && tasks.iter().all(|task| TASKS.contains(task));
    let elsewhere = command.has_any_flag(&["-b", "-c", "-p", "-I"]);
    (!elsewhere && (version || resolves)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let builds = [
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
    ];
    if ask.present(&builds)?.is_empty() {
        return Ok(None);
    }
    for name in builds {
        let text = ask.text(name)?.unwrap_or_default();
        if text.contains("includeBuild") {
            return Err(format!("`{name}` includes another build"));
        }
    }
    let script = |name: &str| name.ends_with(".gradle") || name.ends_with(".gradle.kts");
    let settings = |name: &str| {
        matches!(
            name,
            "gradle.properties" | "gradle.lockfile" | "buildscript-gradle.lockfile"
        )
    };
    let own = [ask.path("gradle"), ask.path("buildSrc")];
    let inside = |path: &String| {
        own.iter()
            .any(|folder| path.starts_with(&format!("{folder}/")))
    };
    let mut files = ask.all(|name| script(name) || settings(name))?;
    files.retain(|path| !inside(path));
    files.extend(ask.present(&["gradle", "buildSrc"])?);
    if ask.command.path().ends_with("gradlew") {
        files.extend(ask.present(&["gradlew"])?);
    }
    let needs = Needs::files(files)
        .overlaid_anywhere(ask, "build")
        .overlaid(ask, ".gradle");
    Ok(Some(needs.doubt(
        "the build scripts are programs, which may read any file",
    )))
}
