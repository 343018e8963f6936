//! pip: `pip install -r`.

use super::recipe::{Answer, Ask, Needs, Recipe, Role, climbs, join, names_packages};
use crate::commands::Invocation;

pub(super) const RECIPE: Recipe = Recipe {
    name: "pip",
    role,
    needs,
};

/// Files that include each other more often than this are left alone.
const MOST_FILES: usize = 50;

fn role(command: &Invocation<'_>) -> Option<Role> {
    let installs = command.is("pip")
        && command.sub_any(&["install", "download", "wheel"])
        && command.has_any_flag(&["-r", "-c"]);
    (installs && !command.has_flag("-e") && names_packages(command)).then_some(Role::Install)
}

fn needs(ask: &Ask<'_>) -> Answer {
    let Some(files) = requirements(ask)? else {
        return Ok(None);
    };
    let mut needs = Needs::files(files);
    for flag in ["-f", "--find-links"] {
        for link in ask.command.uses(flag) {
            let folder = link.value.as_ref().and_then(|value| value.text.as_deref());
            let folder = folder.ok_or("a folder of packages is named by a variable")?;
            if !folder.contains("://") {
                let key = ask.argument(folder)?;
                if !needs.files.contains(&key) {
                    needs.files.push(key);
                }
            }
        }
    }
    Ok(Some(needs))
}

/// The files that `-r` and `-c` name, with those that they include; `None` when one does not exist.
///
/// # Errors
/// When one of them names sources.
pub(super) fn requirements(ask: &Ask<'_>) -> Result<Option<Vec<String>>, String> {
    let mut files = Vec::new();
    for flag in ["-r", "-c"] {
        for name in ask.command.uses(flag) {
            let name = name.value.as_ref().and_then(|value| value.text.as_deref());
            let name = name.ok_or("a file of requirements is named by a variable")?;
            if !name.contains("://") {
                files.push(ask.argument(name)?);
            }
        }
    }
    follow(ask, files)
}

/// Files of requirements, with those that they include; `None` when one does not exist.
///
/// # Errors
/// When one of them names sources.
pub(super) fn follow(ask: &Ask<'_>, mut files: Vec<String>) -> Result<Option<Vec<String>>, String> {
    let mut at = 0;
    while let Some(path) = files.get(at).cloned() {
        at += 1;
        if files.len() > MOST_FILES {
            return Err("the files of requirements include too many others".to_owned());
        }
        let Some(text) = ask.read(&path)? else {
            return Ok(None);
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for line in text.lines() {
            let Some(named) = included(&path, line)? else {
                continue;
            };
            let key = join(folder, named);
            if named.starts_with('/') || !ask.is_copied(&key) || climbs(folder, named) {
                return Err(format!("`{path}` includes `{named}`, which is not copied"));
            }
            if !files.contains(&key) {
                files.push(key);
            }
        }
    }
    Ok(Some(files))
}

/// The file that a line of requirements includes.
fn included<'l>(path: &str, line: &'l str) -> Result<Option<&'l str>, String> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    let value = |names: &[&str]| {
        names.iter().find_map(|name| {
            let rest = line.strip_prefix(name)?;
            let long = name.starts_with("--");
            let ends = !long || rest.starts_with(['=', ' ', '\t']);
            ends.then(|| rest.trim_start_matches(['=', ' ', '\t']))
        })
    };
    if let Some(file) = value(&["--requirement", "--constraint", "-r", "-c"]) {
        return Ok((!file.contains("://")).then_some(file));
    }
    let sources = |what: &str| Err(format!("`{path}` installs `{what}`, which are sources"));
    if let Some(what) = value(&["--editable", "-e"]) {
        let remote = what.contains("://") && !what.starts_with("file:");
        return if remote { Ok(None) } else { sources(what) };
    }
    if let Some(folder) = value(&["--find-links", "-f"])
        && !folder.contains("://")
    {
        return Err(format!(
            "`{path}` takes packages from the folder `{folder}`"
        ));
    }
    let local = line.starts_with('.')
        || line.starts_with('/')
        || line.contains("@ file:")
        || line.starts_with("file:");
    if local { sources(line) } else { Ok(None) }
}
