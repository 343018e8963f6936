//! `deps-before-source`: the manifests are copied first, then the dependencies are installed, then the sources come.

mod bun;
mod bundler;
mod cargo;
mod composer;
mod go;
mod gradle;
mod maven;
mod mix;
mod node;
mod npm;
mod nuget;
mod pip;
mod pipenv;
mod pnpm;
mod poetry;
mod pubspec;
mod recipe;
mod rewrite;
mod site;
mod spread;
mod swift;
#[cfg(test)]
mod tests;
mod uv;
mod yarn;

use super::Context;
use super::declare::declare_rule;
use crate::images::{Novelty, predates};
use crate::model::{Args, Base, InstructionKind, Scope};
use crate::rules::support::directories::is_within;
use crate::{Applicability, Companion, Facts, Finding, Fix, Project};
use recipe::{Ask, Needs, Overlay, Role, join};
use site::{Install, Site};
use spread::Spread;

declare_rule! {
    /// Copies the manifests first, installs the dependencies, and then copies the sources.
    ///
    /// ## Why
    ///
    /// A `COPY` of the whole project above the install of its dependencies makes every change of a source file install them
    /// all again. An install reads the manifests and lock files only; when these are copied by themselves, the layer with
    /// the dependencies stays until one of them changes.
    ///
    /// ## Example
    ///
    /// ```dockerfile,unsafe,context=package.json+package-lock.json+server.js
    /// FROM node:22
    /// WORKDIR /app
    /// COPY . .
    /// RUN npm ci && npm run build
    /// CMD ["node", "server.js"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:22
    /// WORKDIR /app
    /// COPY package.json package-lock.json ./
    /// RUN npm ci
    /// COPY . .
    /// RUN npm run build
    /// CMD ["node", "server.js"]
    /// ```
    ///
    /// ```dockerfile,unsafe,context=requirements.txt+main.py
    /// FROM python:3.12
    /// ADD . /app
    /// WORKDIR /app
    /// RUN pip install --no-cache-dir -r requirements.txt
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// WORKDIR /app
    /// COPY requirements.txt .
    /// RUN pip install --no-cache-dir -r requirements.txt
    /// ADD . .
    /// ```
    ///
    /// Go and Cargo download what they need when they build. They get a download of its own:
    ///
    /// ```dockerfile,unsafe,context=go.mod+go.sum+main.go
    /// FROM golang:1.22
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build -o /bin/service .
    /// ```
    ///
    /// ```dockerfile
    /// FROM golang:1.22
    /// WORKDIR /src
    /// COPY go.mod go.sum ./
    /// RUN go mod download
    /// COPY . .
    /// RUN go build -o /bin/service .
    /// ```
    ///
    /// Sources that are copied beside the manifests, by instructions of their own or in one with them, move below the install.
    ///
    /// ```dockerfile,unsafe,context=requirements.txt+main.py+settings.py+static/
    /// FROM python:3.12
    /// WORKDIR /app
    /// COPY main.py requirements.txt ./
    /// COPY static ./static
    /// RUN pip install --no-cache-dir -r requirements.txt
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12
    /// WORKDIR /app
    /// COPY requirements.txt ./
    /// RUN pip install --no-cache-dir -r requirements.txt
    /// COPY main.py ./
    /// COPY static ./static
    /// ```
    ///
    /// The package managers that it knows: npm, yarn (classic and berry), pnpm, bun; pip with files of requirements, Poetry,
    /// Pipenv, uv; Go modules; Cargo; Maven and Gradle (the commands that only resolve); Bundler; Composer; NuGet; Mix; pub;
    /// Swift.
    ///
    /// ## Safety
    ///
    /// Never safe: no table can know all that an install reads. dfix looks into the build context for what is known to be
    /// read beside the manifests. What it finds there is copied as well (`.npmrc`, `.yarnrc.yml` and `.yarn/releases`,
    /// `patches`, `prisma/schema.prisma`, files that a file of requirements includes, the manifests of workspace members each
    /// in its own folder, `Directory.Build.props`, `gradle`, `buildSrc`, `.mvn`). Where the install needs sources, the finding
    /// says so and there is no fix: scripts that run on install, dependencies from folders of the project, `poetry install`
    /// without `--no-root`, a Composer autoloader that lists classes, gemspecs, workspaces of Cargo.
    ///
    /// The `COPY` below the install would bring the `node_modules`, `vendor`, `target`, ... of the author's machine over the
    /// installed ones. Unless the ignore file leaves them out, the fix adds the lines for that to `.dockerignore` (or to the
    /// ignore file with the Dockerfile's name, if there is one).
    ///
    /// For Cargo only the download is kept apart: Cargo looks for the targets of a manifest, so an empty `src/lib.rs` stands in
    /// while `cargo fetch` runs. The dependencies are still compiled after each change; what would avoid that (a dummy
    /// program, `cargo chef`) is not written, as it can leave parts of the dummy in the image. `mvn package`, `gradle build`
    /// and `dotnet publish` without a `restore` of their own are left alone, as a resolving goal does not bring all that
    /// they need.
    ///
    /// ```dockerfile,report,context=pyproject.toml+poetry.lock
    /// FROM python:3.12
    /// WORKDIR /app
    /// COPY . .
    /// RUN poetry install
    /// ```
    ///
    /// ## Not reported
    ///
    /// Anything when it is not certain which folder the build context is, or when the manifests are not there. Installs that
    /// name packages and no manifest, and files in the good order.
    ///
    /// ```dockerfile,silent,context=package.json+package-lock.json
    /// FROM node:22
    /// WORKDIR /app
    /// COPY package*.json ./
    /// RUN npm ci
    /// COPY . .
    /// RUN npm run build
    /// ```
    META: RuleMeta {
        id: "deps-before-source",
        aliases: [],
        group: Layers,
        phase: Structure,
        severity: Warning,
        fix: Unsafe,
        laws: [],
        default: true,
        since: "0.1.0",
        mentions: [
            "npm", "yarn", "bun", "pip", "poetry", "uv ", "go ", "cargo", "mvn", "gradle", "composer",
            "dotnet", "mix", "pub get", "swift",
        ],
        needs: [Project],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(project) = &ctx.facts.project else {
        return;
    };
    let mut seen = Vec::new();
    for site in Site::all(ctx, project) {
        seen.push(site.run.index);
        findings.extend(finding(ctx, project, &site));
    }
    let runs = ctx
        .instructions()
        .filter(|it| it.kind == InstructionKind::Run);
    for run in runs.filter(|run| !ctx.is_frozen(run) && !seen.contains(&run.index)) {
        let needs = |site: &Site<'_>| all_needs(project, site).ok().flatten();
        let spread = Spread::of(ctx, project, run, needs);
        findings.extend(spread.and_then(|spread| spread_finding(ctx, &spread)));
    }
}

/// The finding for sources that stand beside the manifests.
fn spread_finding(ctx: &Context<'_>, spread: &Spread<'_>) -> Option<Finding> {
    let site = &spread.site;
    let first = site.installs.first()?;
    if is_done(ctx, site) {
        return None;
    }
    let command = short(ctx.analysis.text(first.range));
    let message =
        format!("every change of a source file makes `{command}` install all dependencies again");
    let finding = Finding::new(&META, first.range, message)
        .relate(site.copy.range, "the sources come in here");
    let edits = match spread.edits(ctx) {
        Ok(edits) => edits,
        Err(reason) => return Some(finding.refuse(reason)),
    };
    let mut doubts = spread.needs.doubts.clone();
    doubts.extend(removed_later(site));
    let title = "Copy the sources below the install";
    let fix = Fix::new(title, Applicability::Unsafe, META.laws, edits)?;
    let reason = reason(first.recipe.name, &spread.needs.files, &doubts);
    Some(finding.with_fix(Some(fix)).refuse(reason))
}

/// The doubt about a RUN that is parted and removes something in its second part.
fn removed_later(site: &Site<'_>) -> Option<String> {
    let doubt = "what the second part removes stays in the layer of the first";
    site.removes_later().then(|| doubt.to_owned())
}

fn finding(ctx: &Context<'_>, project: &Project, site: &Site<'_>) -> Option<Finding> {
    let first = site.installs.first()?;
    if is_done(ctx, site) || predates_modules(ctx, site) {
        return None;
    }
    let builds = first.role == Role::Build;
    let command = ctx.analysis.text(first.range);
    let short = short(command);
    let message = match builds {
        false => {
            format!("every change of a source file makes `{short}` install all dependencies again")
        }
        true => {
            format!("every change of a source file makes `{short}` download all dependencies again")
        }
    };
    let finding = Finding::new(&META, first.range, message)
        .relate(site.copy.range, "the sources come in here");
    let needs = match all_needs(project, site) {
        Ok(needs) => needs?,
        Err(reason) => return Some(finding.refuse(reason)),
    };
    let edits = match rewrite::edits(ctx, project, site, &needs.files, needs.prefetch) {
        Ok(edits) => edits,
        Err(reason) => return Some(finding.refuse(reason)),
    };
    let (overlays, mut doubts) = (needs.overlays.as_slice(), needs.doubts.clone());
    if builds && site.early > 0 {
        let doubt = "what the RUN does before the build is not done before the download";
        doubts.push(doubt.to_owned());
    }
    if !builds {
        doubts.extend(removed_later(site));
    }
    let companion = ignored(ctx, project, overlays, &mut doubts);
    let title = match builds {
        false => "Copy the manifests, install, and then copy the sources",
        true => "Copy the manifests and download before the sources come",
    };
    let fix = Fix::new(title, Applicability::Unsafe, META.laws, edits)?;
    let reason = reason(first.recipe.name, &needs.files, &doubts);
    Some(
        finding
            .with_fix(Some(fix.with_companion(companion)))
            .refuse(reason),
    )
}

/// Whether the stage is built on an image whose Go knows no modules, or uses none where it builds: up to 1.12 it doesn't
/// inside of `GOPATH`, unless `GO111MODULE` tells it to, and `go mod download` fails there.
fn predates_modules(ctx: &Context<'_>, site: &Site<'_>) -> bool {
    let stages = &ctx.analysis.stages;
    let stage = site.run.stage.and_then(|stage| stages.get(stage));
    let root = stage.and_then(|stage| stages.get(stage.root));
    let old = |novelty| {
        root.is_some_and(
            |root| matches!(&root.base, Base::Image(image) if predates(image, novelty)),
        )
    };
    let mut go = site.installs.iter().filter(|it| it.command.is("go"));
    let told = || {
        let value = ctx.analysis.scope(site.run).lookup("GO111MODULE");
        value.is_some_and(|value| value.known() == Some("on"))
    };
    // What a command is told for itself holds for it alone, not for a download that is added.
    let itself = |install: &Install<'_>| {
        install.role == Role::Install && install.command.assignment("GO111MODULE") == Some("on")
    };
    let unused = |install: &Install<'_>| {
        old(Novelty::GoModules)
            || old(Novelty::GoModulesInGopath)
                && is_within(&install.directory, "/go/src")
                && !told()
                && !itself(install)
    };
    go.any(unused)
}

/// Whether the same package manager has installed in the same directory above the COPY already.
fn is_done(ctx: &Context<'_>, site: &Site<'_>) -> bool {
    let Some(stage) = site.copy.stage else {
        return true;
    };
    let above = ctx.analysis.stage_instructions(stage);
    let above = above.take_while(|other| other.index < site.copy.index);
    let mut runs = above.filter(|other| other.kind == InstructionKind::Run);
    runs.any(|run| {
        let workdir = ctx.analysis.state(run).map(site::workdir_of);
        let commands = run
            .script()
            .map_or_else(Vec::new, |script| script.simple_commands());
        commands
            .iter()
            .filter_map(|command| crate::commands::Invocation::of(command))
            .any(|command| {
                let program = command.name();
                let known = site.installs.iter().any(|install| {
                    let same = install.command.name() == program
                        && workdir.as_ref() == Some(&install.directory);
                    same && (install.recipe.role)(&command) == Some(Role::Install)
                        && same_arguments(install, &command)
                });
                let fetched =
                    program == "cargo" && command.sub_any(&["fetch", "chef", "chef cook"]);
                known
                    || fetched
                        && site
                            .installs
                            .iter()
                            .any(|install| install.command.name() == "cargo")
            })
    })
}

/// Whether two installs read the same: pip installs from many files, the others from one manifest.
fn same_arguments(install: &site::Install<'_>, other: &crate::commands::Invocation<'_>) -> bool {
    let files = |command: &crate::commands::Invocation<'_>| -> Vec<String> {
        let uses = command.uses("-r").chain(command.uses("-c"));
        let values = uses.filter_map(|flag| flag.value.as_ref()?.text.as_ref());
        values.map(ToString::to_string).collect()
    };
    files(&install.command) == files(other)
}

/// The needs of all installs of a RUN; `None` when one has no manifest.
fn all_needs(project: &Project, site: &Site<'_>) -> recipe::Answer {
    let mut all = Needs::default();
    for install in &site.installs {
        let rest = install
            .directory
            .strip_prefix(&site.target)
            .unwrap_or_default();
        let folder = join(&site.root, rest);
        let ask = Ask {
            project,
            root: &site.root,
            folder: &folder,
            target: &site.target,
            command: install.command,
        };
        let Some(needs) = (install.recipe.needs)(&ask)? else {
            return Ok(None);
        };
        let below = |file: &String| {
            let rest = file.strip_prefix(folder.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        if !site.moves.is_empty() && folder != site.root && !needs.files.iter().any(below) {
            return Err(format!(
                "it runs in `{folder}`, which comes with the sources"
            ));
        }
        for file in needs.files {
            if !all.files.contains(&file) {
                all.files.push(file);
            }
        }
        all.doubts.extend(needs.doubts);
        all.overlays.extend(needs.overlays);
        all.prefetch = needs.prefetch;
    }
    let is_all = all.files.contains(&site.root);
    Ok((!all.files.is_empty() && !is_all).then_some(all))
}

/// The lines that the ignore file lacks. What can't be left out is a doubt.
fn ignored(
    ctx: &Context<'_>,
    project: &Project,
    overlays: &[Overlay],
    doubts: &mut Vec<String>,
) -> Option<Companion> {
    let mut wanted = Vec::new();
    for overlay in overlays {
        if is_copied(ctx, &overlay.path) {
            doubts.push(format!(
                "`{}` is copied from the context, and the later COPY brings it over what was installed",
                overlay.path
            ));
        } else {
            wanted.push((overlay.path.as_str(), overlay.pattern.as_str()));
        }
    }
    match project.ignore() {
        Some(file) => Companion::ignoring(file, wanted),
        None => {
            doubts.extend(wanted.iter().map(|(path, _)| {
                format!("the later COPY brings a `{path}` of the context over what was installed")
            }));
            None
        }
    }
}

/// Whether an instruction of the file copies a path of the context, or something below it, by name.
fn is_copied(ctx: &Context<'_>, path: &str) -> bool {
    ctx.analysis.instructions.iter().any(|instruction| {
        let Args::Copy { sources, .. } = &instruction.args else {
            return false;
        };
        let mut keys = sources.iter().map(|source| Facts::key(&source.text));
        instruction.flag("from").is_none()
            && keys.any(|key| {
                let below = key.strip_prefix(path);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    })
}

/// Why the fix is not safe: what was found, and what nobody can know.
fn reason(name: &str, files: &[String], doubts: &[String]) -> String {
    let names: Vec<String> = files
        .iter()
        .take(4)
        .map(|file| format!("`{file}`"))
        .collect();
    let more = match files.len().saturating_sub(4) {
        0 => String::new(),
        number => format!(" and {number} more"),
    };
    let mut text = format!(
        "as far as the build context tells, {name} reads no more than {}{more}",
        names.join(", ")
    );
    for doubt in doubts {
        text.push_str("; ");
        text.push_str(doubt);
    }
    text
}

/// The beginning of a command.
fn short(command: &str) -> String {
    let line = command.lines().next().unwrap_or(command);
    let line = line.trim_end_matches(['\\', '`', ' ']);
    let mut words = line.split_whitespace();
    let first: Vec<&str> = words.by_ref().take(4).collect();
    match words.next() {
        Some(_) => format!("{} ...", first.join(" ")),
        None => first.join(" "),
    }
}
