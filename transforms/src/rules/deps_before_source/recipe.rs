//! What the recipes of the package managers say, and what they ask of the build context.

use super::{
    bun, bundler, cargo, composer, go, gradle, maven, mix, npm, nuget, pip, pipenv, pnpm, poetry,
    pubspec, swift, uv, yarn,
};
use crate::commands::Invocation;
use crate::dockerignore::ElementMatcher;
pub(super) use crate::rules::support::tools::{begins, names_packages, words};
use crate::{ContextKind, Facts, Project};

/// One package manager.
#[derive(Debug)]
pub(super) struct Recipe {
    /// What it is called in messages.
    pub(super) name: &'static str,
    /// What a command is to it; `None` for one that does not install what the manifests of the project name.
    pub(super) role: fn(&Invocation<'_>) -> Option<Role>,
    /// What its command reads of the build context. `Ok(None)` when the context has no manifest of it; the error says why
    /// the command can't run without the sources.
    pub(super) needs: fn(&Ask<'_>) -> Answer,
}

/// What a recipe answers.
pub(super) type Answer = Result<Option<Needs>, String>;

/// What a command is to a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It installs what the manifests name, and nothing of the project itself.
    Install,
    /// It builds the project, and installs on the way; a command that only installs can run before it.
    Build,
}

/// All recipes.
pub(super) static RECIPES: &[Recipe] = &[
    npm::RECIPE,
    yarn::RECIPE,
    pnpm::RECIPE,
    bun::RECIPE,
    pip::RECIPE,
    poetry::RECIPE,
    pipenv::RECIPE,
    uv::RECIPE,
    go::RECIPE,
    cargo::RECIPE,
    maven::RECIPE,
    gradle::RECIPE,
    bundler::RECIPE,
    composer::RECIPE,
    nuget::RECIPE,
    mix::RECIPE,
    pubspec::RECIPE,
    swift::RECIPE,
];

/// What an install reads, and what is to be said of it.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Files and folders of the build context.
    pub(super) files: Vec<String>,
    /// What a person should know that the context does not settle, each to stand behind "and" in a sentence.
    pub(super) doubts: Vec<String>,
    /// Folders of the context that the installed tree would be overlaid with.
    pub(super) overlays: Vec<Overlay>,
    /// For a command that builds: the command that only installs.
    pub(super) prefetch: Option<&'static str>,
}

/// A folder that an install makes, and that a copy of the whole project would bring from the author's machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overlay {
    /// A path of the context that has to stay out.
    pub(super) path: String,
    /// The line of the ignore file that sees to it.
    pub(super) pattern: String,
}

/// The question to a recipe: a command, and where it runs.
pub(super) struct Ask<'a> {
    pub(super) project: &'a Project,
    /// The folder of the context that is copied.
    pub(super) root: &'a str,
    /// The folder of the context whose copy the command runs in, at or below `root`.
    pub(super) folder: &'a str,
    /// The directory of the image that is the copy of `root`.
    pub(super) target: &'a str,
    /// The command.
    pub(super) command: Invocation<'a>,
}

impl<'a> Ask<'a> {
    /// A path of the context, from one relative to the folder of the command.
    pub(super) fn path(&self, name: &str) -> String {
        join(self.folder, name)
    }

    /// Whether the builder sees a file or folder beside the command.
    ///
    /// # Errors
    /// When nobody listed the place.
    pub(super) fn has(&self, name: &str) -> Result<bool, String> {
        self.sees(&self.path(name))
    }

    /// Whether the builder sees a path of the context.
    ///
    /// # Errors
    /// When nobody listed the place.
    pub(super) fn sees(&self, path: &str) -> Result<bool, String> {
        self.project.has(path).ok_or_else(|| {
            format!("the build context holds too much to know whether it has `{path}`")
        })
    }

    /// What a manifest beside the command says.
    ///
    /// # Errors
    /// When it is there but was not read.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, String> {
        self.read(&self.path(name))
    }

    /// What a file of the context says.
    ///
    /// # Errors
    /// When it is there but was not read.
    pub(super) fn read(&self, path: &str) -> Result<Option<&'a str>, String> {
        match (self.project.text(path), self.sees(path)?) {
            (Some(text), true) => Ok(Some(text)),
            (None, true) => Err(format!("nobody knows what `{path}` says")),
            (_, false) => Ok(None),
        }
    }

    /// The files beside the command that are there, of these.
    ///
    /// # Errors
    /// When nobody listed the place.
    pub(super) fn present(&self, names: &[&str]) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for name in names {
            if self.has(name)? {
                found.push(self.path(name));
            }
        }
        Ok(found)
    }

    /// All paths at or below the folder of the command whose last element fits, unless a folder was not listed.
    ///
    /// # Errors
    /// When a folder was not listed.
    pub(super) fn all(&self, fits: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
        if !self.project.is_complete(self.folder) {
            return Err("the build context holds too much to find all manifests in it".to_owned());
        }
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let below = self.project.below(self.folder);
        let files =
            below.filter(|(path, kind)| *kind != ContextKind::Directory && fits(&name(path)));
        Ok(files.map(|(path, _)| path.to_owned()).collect())
    }

    /// The folders that a pattern with `*` for whole elements selects, relative to the folder of the command.
    ///
    /// # Errors
    /// For a pattern that means more than that, and when a folder was not listed.
    pub(super) fn folders(&self, pattern: &str) -> Result<Vec<String>, String> {
        let pattern = pattern.trim_end_matches('/');
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        if pattern.contains("**") || pattern.starts_with('!') || pattern.contains(['{', '(']) {
            return Err(format!("the members that `{pattern}` names are not known"));
        }
        let mut found = vec![self.folder.to_owned()];
        for element in pattern.split('/') {
            let mut next = Vec::new();
            for folder in &found {
                next.extend(self.matching(folder, element)?);
            }
            found = next;
        }
        Ok(found)
    }

    /// The folders directly in one that an element of a pattern selects.
    fn matching(&self, folder: &str, element: &str) -> Result<Vec<String>, String> {
        if !element.contains('*') {
            let path = join(folder, element);
            let there =
                self.sees(&path)? && self.project.kind(&path) == Some(ContextKind::Directory);
            return Ok(there.then_some(path).into_iter().collect());
        }
        let matcher = ElementMatcher::new(element)
            .ok_or_else(|| format!("the members that `{element}` names are not known"))?;
        // Whether any name there is known at all.
        self.sees(&join(folder, element))?;
        let below = self.project.below(folder);
        let folders = below.filter(|(_, kind)| *kind == ContextKind::Directory);
        let direct = folders.filter_map(|(path, _)| {
            let rest = match folder {
                "" => path,
                folder => path.strip_prefix(folder)?.strip_prefix('/')?,
            };
            (!rest.contains('/') && matcher.matches(rest)).then(|| path.to_owned())
        });
        Ok(direct.collect())
    }

    /// The path of the context for a path that an argument of the command names.
    ///
    /// # Errors
    /// When it is no part of what is copied.
    pub(super) fn argument(&self, path: &str) -> Result<String, String> {
        let outside = || format!("`{path}` is not among the files that are copied");
        let key = match path.strip_prefix(self.target) {
            Some(rest)
                if path.starts_with('/') && (self.target == "/" || rest.starts_with('/')) =>
            {
                join(self.root, rest.trim_start_matches('/'))
            }
            _ if path.starts_with('/') && self.target.contains(super::site::UNKNOWN) => {
                return Err(format!("nobody knows which directory `{path}` is in"));
            }
            _ if path.starts_with('/') => return Err(outside()),
            _ => self.path(path),
        };
        match self.is_copied(&key) && !climbs(self.folder, path) {
            true => Ok(key),
            false => Err(outside()),
        }
    }

    /// Whether a path of the context is at or below what is copied.
    pub(super) fn is_copied(&self, key: &str) -> bool {
        let rest = key.strip_prefix(self.root);
        self.root.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Whether a relative path leaves the root from a folder by its `..`.
pub(super) fn climbs(folder: &str, path: &str) -> bool {
    let mut depth = folder
        .split('/')
        .filter(|element| !element.is_empty())
        .count();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// A path below a folder of the context, in the form of [`Facts::key`].
pub(super) fn join(folder: &str, name: &str) -> String {
    Facts::key(&format!("{folder}/{name}"))
}

impl Needs {
    /// The needs of an install that reads these files.
    pub(super) fn files(files: impl IntoIterator<Item = String>) -> Self {
        Self {
            files: files.into_iter().collect(),
            ..Self::default()
        }
    }

    /// With a folder that the install makes beside itself.
    #[must_use]
    pub(super) fn overlaid(mut self, ask: &Ask<'_>, name: &str) -> Self {
        let path = ask.path(name);
        self.overlays.push(Overlay {
            pattern: path.clone(),
            path,
        });
        self
    }

    /// With folders of a name that the install makes in several places.
    #[must_use]
    pub(super) fn overlaid_anywhere(mut self, ask: &Ask<'_>, name: &str) -> Self {
        self.overlays.push(Overlay {
            path: ask.path(name),
            pattern: format!("**/{name}"),
        });
        self
    }

    /// With something that a person should know.
    #[must_use]
    pub(super) fn doubt(mut self, doubt: impl Into<String>) -> Self {
        self.doubts.push(doubt.into());
        self
    }

    /// With what a person should know if it holds.
    #[must_use]
    pub(super) fn doubt_if(self, holds: bool, doubt: &str) -> Self {
        match holds {
            true => self.doubt(doubt),
            false => self,
        }
    }
}
