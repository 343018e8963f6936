//! What the package managers of Node.js share: `package.json`, workspaces, scripts that run on install.

use serde_json::{Map, Value};

use super::recipe::{Ask, Needs, join};

/// Scripts that npm, yarn, pnpm and bun run for the project itself when they install.
const SCRIPTS: &[&str] = &[
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
];

/// Where packages are named with where they come from.
const DEPENDENCIES: &[&str] = &[
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "resolutions",
    "overrides",
];

/// The manifest beside the command, and of all members of its workspaces, with the files that they name.
pub(super) struct Manifests {
    /// The needs so far: the manifests and what they name.
    pub(super) needs: Needs,
    /// The manifest beside the command.
    pub(super) root: Map<String, Value>,
}

/// Reads the manifests. `members` are patterns of the workspaces that another file names.
///
/// # Errors
/// Why the install can't run without the sources.
pub(super) fn manifests(ask: &Ask<'_>, members: &[String]) -> Result<Option<Manifests>, String> {
    let Some(text) = ask.text("package.json")? else {
        return Ok(None);
    };
    let path = ask.path("package.json");
    let mut needs = Needs::files([path.clone()]);
    let root = object(&path, text, &mut needs);
    look(ask, &mut needs, ask.folder, &path, &root)?;
    let mut patterns = workspaces(&root);
    patterns.extend(members.iter().cloned());
    let mut found = Vec::new();
    for pattern in &patterns {
        found.extend(ask.folders(pattern)?);
    }
    found.sort();
    found.dedup();
    for folder in found {
        let path = join(&folder, "package.json");
        let Some(text) = ask.read(&path)? else {
            continue;
        };
        let member = object(&path, text, &mut needs);
        look(ask, &mut needs, &folder, &path, &member)?;
        if member.contains_key("bin") {
            needs.doubts.push(format!(
                "`{path}` has a `bin`, whose file is not there yet when it is linked"
            ));
        }
        needs.files.push(path);
    }
    let needs = match patterns.is_empty() {
        true => needs.overlaid(ask, "node_modules"),
        false => needs.overlaid_anywhere(ask, "node_modules"),
    };
    Ok(Some(Manifests { needs, root }))
}

/// What a manifest says. One that is no JSON object, such as a stand-in that a generator replaces, says nothing.
fn object(path: &str, text: &str, needs: &mut Needs) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        _ => {
            needs.doubts.push(format!(
                "`{path}` is no JSON object, so nobody knows what it runs on install, and which files and folders it names"
            ));
            Map::new()
        }
    }
}

/// The patterns of `workspaces`, in either form.
fn workspaces(root: &Map<String, Value>) -> Vec<String> {
    let list = match root.get("workspaces") {
        Some(Value::Object(object)) => object.get("packages"),
        other => other,
    };
    strings(list)
}

/// The texts of a list.
pub(super) fn strings(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice);
    let texts = list.unwrap_or_default().iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Looks at one manifest for what an install reads beside it.
fn look(
    ask: &Ask<'_>,
    needs: &mut Needs,
    folder: &str,
    path: &str,
    manifest: &Map<String, Value>,
) -> Result<(), String> {
    let scripts = manifest.get("scripts").and_then(Value::as_object);
    if !ask.command.has_flag("--ignore-scripts") {
        for name in SCRIPTS {
            let script = scripts.and_then(|scripts| scripts.get(*name)?.as_str());
            if let Some(script) = script {
                run_script(ask, needs, folder, path, (name, script))?;
            }
        }
    }
    for key in DEPENDENCIES {
        let dependencies = manifest.get(*key).and_then(Value::as_object);
        for (name, source) in dependencies.into_iter().flatten() {
            dependency(ask, needs, folder, path, name, source)?;
        }
    }
    // Its own script generates a client from the schema that it finds.
    let uses = |name| {
        let mut all = DEPENDENCIES
            .iter()
            .filter_map(|key| manifest.get(*key)?.as_object());
        all.any(|dependencies| dependencies.contains_key(name))
    };
    if uses("@prisma/client") || uses("prisma") {
        add_present(ask, needs, &join(folder, "prisma/schema.prisma"))?;
    }
    let patched = |value: &Value| {
        let files = value.get("patchedDependencies")?.as_object()?;
        let files = files.values().filter_map(Value::as_str);
        Some(files.map(str::to_owned).collect::<Vec<_>>())
    };
    let own = patched(&Value::Object(manifest.clone()));
    let pnpm = manifest.get("pnpm").and_then(patched);
    for file in own.into_iter().chain(pnpm).flatten() {
        add_present(ask, needs, &join(folder, &file))?;
    }
    Ok(())
}

/// A script that an install runs: one that is known to read little, or none at all.
fn run_script(
    ask: &Ask<'_>,
    needs: &mut Needs,
    folder: &str,
    path: &str,
    (name, script): (&str, &str),
) -> Result<(), String> {
    for command in script.split("&&").map(str::trim) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let words = match words.as_slice() {
            ["npx" | "pnpx" | "bunx" | "yarn", rest @ ..] => rest,
            words => words,
        };
        match words {
            ["patch-package", ..] => add_present(ask, needs, &join(folder, "patches"))?,
            ["prisma", "generate"] => {
                add_present(ask, needs, &join(folder, "prisma/schema.prisma"))?;
            }
            ["husky", ..]
            | ["echo", ..]
            | ["true" | "exit", ..]
            | ["only-allow", ..]
            | ["is-ci", ..] => {}
            _ => {
                return Err(format!(
                    "`{path}` runs `{script}` as its `{name}` script on each install, which may read the sources"
                ));
            }
        }
    }
    Ok(())
}

/// Where a package comes from.
fn dependency(
    ask: &Ask<'_>,
    needs: &mut Needs,
    folder: &str,
    path: &str,
    name: &str,
    source: &Value,
) -> Result<(), String> {
    let Some(source) = source.as_str() else {
        return Ok(());
    };
    if let Some(file) = source.strip_prefix("file:") {
        let key = join(folder, file);
        let is_archive = file.ends_with(".tgz") || file.ends_with(".tar.gz");
        if is_archive && ask.is_copied(&key) && ask.sees(&key)? {
            needs.files.push(key);
            return Ok(());
        }
    }
    let local = ["file:", "link:", "portal:", "./", "../", "/", "~/"];
    if local.iter().any(|start| source.starts_with(start)) {
        return Err(format!(
            "`{path}` takes `{name}` from `{source}`, which are sources"
        ));
    }
    if let Some((_, patch)) = source
        .strip_prefix("patch:")
        .and_then(|rest| rest.split_once('#'))
    {
        let patch = patch.trim_start_matches("~/").trim_start_matches("./");
        let patch = patch.split("::").next().unwrap_or(patch);
        if !patch.starts_with("optional!builtin") && !patch.starts_with("~builtin") {
            add_present(ask, needs, &join(ask.folder, patch))?;
        }
    }
    Ok(())
}

/// Adds a file or folder that is there.
pub(super) fn add_present(ask: &Ask<'_>, needs: &mut Needs, path: &str) -> Result<(), String> {
    if ask.is_copied(path) && ask.sees(path)? && !needs.files.iter().any(|known| known == path) {
        needs.files.push(path.to_owned());
    }
    Ok(())
}

/// The doubt about a lock file that an install may write anew unless one of these flags keeps it.
pub(super) fn rewritten(
    ask: &Ask<'_>,
    needs: Needs,
    lock: &str,
    keeping: &[&str],
) -> Result<Needs, String> {
    let may = ask.has(lock)? && !ask.command.has_any_flag(keeping);
    Ok(needs.doubt_if(
        may,
        &format!(
            "`{}` may write `{lock}` anew, which the later COPY brings back as it was",
            ask.command.name()
        ),
    ))
}

/// The error for a flag that makes a command work elsewhere.
pub(super) fn elsewhere(ask: &Ask<'_>, flags: &[&str]) -> Result<(), String> {
    let flag = flags.iter().find(|flag| ask.command.has_flag(flag));
    match flag {
        Some(flag) => Err(format!(
            "`{flag}` makes the command work in another directory"
        )),
        None => Ok(()),
    }
}
