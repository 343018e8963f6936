//! What a COPY or ADD writes, as far as its text and the build context tell.

use crate::effects::resolve;
use crate::model::{Args, Instruction, InstructionKind, Word, join_path};
use crate::order::price::usual;
use crate::rules::Context;
use crate::{ContextKind, Facts};

/// What a COPY or ADD writes.
pub(super) struct Place {
    pub(super) root: String,
    /// Whether it is one file.
    file: bool,
    /// The keys of the sources that may be directories.
    pub(super) sources: Vec<String>,
    /// How directories are made that are missing.
    pub(super) flags: String,
    /// Whether the owner is given by name.
    pub(super) named: bool,
    /// Whether the list of users may be among what is written.
    pub(super) passwd: bool,
}

impl Place {
    /// `None` when that isn't known, or flags make something else of it.
    pub(super) fn of(ctx: &Context<'_>, copy: &Instruction) -> Option<Self> {
        let analysis = ctx.analysis;
        let Args::Copy { sources, dest, .. } = &copy.args else {
            return None;
        };
        if copy.flag("parents").is_some() || copy.flag("link").is_some() {
            return None;
        }
        let expanded = analysis.expand(copy, &dest.text).ok()?;
        let dest = expanded.value.known()?;
        let workdir = analysis.state(copy)?.known_workdir();
        let base = resolve(if dest.is_empty() { "." } else { dest }, workdir)?;
        let directory =
            dest.is_empty() || dest == "." || dest.ends_with(['/']) || dest.ends_with("/.");
        let from = copy.flag("from").is_some();
        let key = |source: &Word| {
            let expanded = analysis.expand(copy, &source.text).ok();
            let path = expanded.and_then(|it| usual(&it.value));
            path.map(|path| Facts::key(&path))
        };
        let keys: Option<Vec<String>> = sources.iter().map(key).collect();
        let keys = keys?;
        let single = match keys.as_slice() {
            [key] if directory => is_file(key, copy.kind, from, ctx.facts).then(|| name_of(key)),
            _ => None,
        };
        let root = match &single {
            Some(name) => join_path(&base, name),
            None => base.to_string(),
        };
        let flag = |name: &str| copy.flag(name).and_then(|flag| flag.value.as_deref());
        let owner = flag("chown").unwrap_or_default();
        let mode = flag("chmod").filter(|mode| mode.chars().all(|c| c.is_ascii_digit()));
        let mode = mode
            .map(|mode| mode.trim_start_matches('0'))
            .filter(|mode| *mode != "755");
        let root_owner = matches!(owner, "0" | "root" | "0:0" | "root:root");
        Some(Self {
            file: single.is_some(),
            passwd: root == "/" || join_path("/etc", "passwd").starts_with(&root),
            root,
            sources: if from { Vec::new() } else { keys },
            flags: format!(
                "{} {}",
                if root_owner { "" } else { owner },
                mode.unwrap_or_default()
            ),
            named: !root_owner && !owner.chars().all(|c| c.is_ascii_digit() || c == ':'),
        })
    }

    /// Whether two places that meet by their names have no file in common. `None` when nobody knows.
    pub(super) fn apart(&self, other: &Self, facts: &Facts) -> Option<bool> {
        if self.file || other.file || self.flags != other.flags {
            return Some(false);
        }
        let below = |inner: &Self, outer: &Self| {
            let rest = inner.root.strip_prefix(outer.root.trim_end_matches('/'))?;
            rest.strip_prefix('/').map(str::to_owned)
        };
        let (outer, inside) = match (below(self, other), below(other, self)) {
            (Some(inside), _) => (other, inside),
            (_, Some(inside)) => (self, inside),
            (None, None) => return self.same_root(other, facts),
        };
        let project = facts.project.as_ref()?;
        let passing = inside.split('/').any(|name| {
            matches!(
                name,
                "node_modules" | "vendor" | "target" | "dist" | "build" | "out" | "bin" | "obj"
            ) || name.starts_with('.')
        });
        // What is missing from the root today may be there tomorrow.
        if outer.sources.is_empty() || outer.sources.iter().any(String::is_empty) || passing {
            return None;
        }
        let mut free = true;
        for source in &outer.sources {
            if project.kind(source) != Some(ContextKind::Directory) {
                return None;
            }
            free &= !project.has(&format!("{source}/{inside}"))?;
        }
        Some(free)
    }

    fn same_root(&self, other: &Self, facts: &Facts) -> Option<bool> {
        let project = facts.project.as_ref()?;
        let ([own], [theirs]) = (self.sources.as_slice(), other.sources.as_slice()) else {
            return None;
        };
        let directory = |key: &str| {
            !key.is_empty()
                && project.kind(key) == Some(ContextKind::Directory)
                && project.is_complete(key)
        };
        if !directory(own) || !directory(theirs) {
            return None;
        }
        let skip = own.len() + usize::from(!own.is_empty());
        for (path, _) in project.below(own) {
            let name = path.get(skip..).unwrap_or_default();
            if project.has(&format!("{theirs}/{name}"))? {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// Whether a source is one file that arrives under its own name.
fn is_file(key: &str, kind: InstructionKind, from: bool, facts: &Facts) -> bool {
    if key.contains(['*', '?', '[', '\\']) || key.is_empty() {
        return false;
    }
    let known = match from {
        true => None,
        false => facts
            .lookup(key)
            .or_else(|| facts.project.as_ref()?.kind(key)),
    };
    let plain = kind == InstructionKind::Copy;
    match known {
        Some(ContextKind::File | ContextKind::Program) => true,
        Some(ContextKind::UnreadFile) if plain => true,
        Some(_) => false,
        None => {
            let name = name_of(key);
            crate::ecosystem::is_manifest(&name) && !name.ends_with(".js")
                || name.rsplit_once('.').is_some_and(|(_, ending)| {
                    matches!(
                        ending,
                        "json"
                            | "lock"
                            | "txt"
                            | "toml"
                            | "yaml"
                            | "yml"
                            | "xml"
                            | "ini"
                            | "cfg"
                            | "sh"
                            | "jar"
                            | "war"
                            | "properties"
                            | "conf"
                    )
                })
        }
    }
}

fn name_of(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}
