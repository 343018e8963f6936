//! The copies from the build stage, and in which stage other copies are needed beside them.

use super::context::{self, Data};
use super::directories::is_temporary;
use super::left::{Removed, Staged};
use super::place::{base_name, within};
use super::plan::Purpose;
use super::world::World;
use crate::model::Instruction;

/// One copy from the build stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// Where it is in the build stage.
    pub(super) path: String,
    /// Where it goes; mostly the same place.
    pub(super) target: String,
    /// Whether it is known to be a directory.
    pub(super) directory: bool,
    pub(super) reason: String,
}

/// The decisions about files.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    pub(super) kept: Vec<Kept>,
    /// Directories that stay behind as a whole.
    pub(super) dropped: Vec<String>,
    /// Directories of which only a part is kept.
    pub(super) narrowed: Vec<String>,
    /// Links that are made again.
    pub(super) repeated: Vec<dfix_syntax::TextRange>,
    pub(super) assumptions: Vec<String>,
    /// What steps of the build remove.
    pub(super) removed: Vec<Removed>,
    /// Installations among the system's own files, which are made once more in a tree of their own.
    pub(super) staged: Vec<Staged>,
    /// Instructions that fetch, and are repeated as they are.
    pub(super) again: Vec<usize>,
}

impl Keeping {
    /// Whether a step of the build removes all that an instruction put at a path.
    pub(super) fn removes(&self, instruction: &Instruction, path: &str) -> bool {
        self.later(instruction)
            .any(|removed| within(path, &removed.path))
    }

    /// What steps behind an instruction remove.
    pub(super) fn later(&self, instruction: &Instruction) -> impl Iterator<Item = &Removed> {
        let index = instruction.index;
        self.removed
            .iter()
            .filter(move |removed| removed.instruction > index)
    }

    /// The directories that come over whole.
    pub(super) fn trees(&self) -> impl Iterator<Item = &str> {
        self.kept
            .iter()
            .filter(|kept| kept.directory)
            .map(|kept| kept.target.as_str())
    }

    /// Whether the files at a path are those of the build: they come over, or stay behind, with others.
    pub(super) fn holds(&self, path: &str) -> bool {
        let kept = self.kept.iter().map(|kept| &kept.path);
        kept.chain(&self.narrowed)
            .chain(&self.dropped)
            .any(|above| within(path, above))
            || is_temporary(path)
    }

    /// Whether a path stays behind.
    pub(super) fn lost(&self, path: &str) -> bool {
        let kept = self
            .kept
            .iter()
            .any(|kept| within(path, &kept.path) || within(&kept.path, path));
        !kept
            && self
                .narrowed
                .iter()
                .chain(&self.dropped)
                .any(|above| within(path, above))
    }

    /// In which stage a COPY above the end of the build is needed.
    pub(super) fn of_copy(
        &mut self,
        world: &World<'_>,
        instruction: &Instruction,
        path: &str,
        below: bool,
    ) -> (Purpose, String) {
        if !below && self.removes(instruction, path) {
            return (
                Purpose::Build,
                "the build removes it when it has read it".to_owned(),
            );
        }
        let whole = self
            .kept
            .iter()
            .find(|kept| within(path, &kept.path) && (kept.directory || kept.path == path));
        if let Some(kept) = whole {
            return (
                Purpose::Build,
                format!("it comes over with `{}`", kept.path),
            );
        }
        let dropped = self.dropped.iter().any(|above| within(path, above));
        if (dropped || is_temporary(path)) && !world.needs.mentions(path) {
            return (Purpose::Build, "only the build reads it".to_owned());
        }
        if let Some(tree) = self
            .narrowed
            .iter()
            .find(|above| within(path, above))
            .cloned()
        {
            return self.sources(world, instruction, path, &tree, below);
        }
        if context::only_for_the_build(world.analysis, instruction) {
            return (
                Purpose::Build,
                "it tells the build which packages to install".to_owned(),
            );
        }
        if context::only_compiled(instruction, &world.needs.words) && !world.needs.mentions(path) {
            return (
                Purpose::Build,
                "a compiler reads it, and no program".to_owned(),
            );
        }
        let name = base_name(path);
        if context::is_manifest(name) && !world.needs.mentions(path) {
            return (
                Purpose::Build,
                "it tells the build which packages to install".to_owned(),
            );
        }
        let inside = self.narrowed.iter().any(|below| within(below, path)) && path != "/";
        if inside {
            return self.sources(world, instruction, path, path, below);
        }
        (
            Purpose::Both,
            "the program may read it, and so may the build".to_owned(),
        )
    }

    /// Sources of a program of which only the result is kept: does it read some of them when it runs?
    fn sources(
        &mut self,
        world: &World<'_>,
        instruction: &Instruction,
        path: &str,
        tree: &str,
        below: bool,
    ) -> (Purpose, String) {
        // Scripts count as sources unless they are started.
        for script in super::scripts::started(world) {
            let there = self.kept.iter().any(|kept| within(&script, &kept.path));
            if within(&script, path) && !there {
                self.kept.push(Kept {
                    target: script.clone(),
                    path: script,
                    directory: false,
                    reason: "the command starts this script".to_owned(),
                });
            }
        }
        let near = world
            .needs
            .workdir
            .as_deref()
            .is_some_and(|directory| within(directory, path) || within(path, directory));
        let named = world.needs.mentions(path);
        if context::names_sources(world.analysis, instruction) {
            return (
                Purpose::Build,
                "only the build reads sources and manifests".to_owned(),
            );
        }
        let compiled_to_one = world.needs.programs.iter().any(|program| {
            matches!(
                base_name(program),
                "java" | "dotnet" | "serve" | "http-server" | "superstatic"
            )
        });
        let packed = world
            .needs
            .programs
            .iter()
            .any(|it| base_name(it) == "java")
            && !world.needs.words.iter().any(|word| word.contains("src/"));
        if let Some(data) = context::data(world.facts, world.analysis, instruction, packed) {
            match data {
                Data::None => {
                    return (
                        Purpose::Build,
                        "the build context has nothing but sources there".to_owned(),
                    );
                }
                Data::Some(names) if !below => {
                    for name in names {
                        let file = format!("{}/{name}", path.trim_end_matches('/'));
                        if !self.kept.iter().any(|kept| kept.path == file) {
                            self.kept.push(Kept {
                                target: file.clone(),
                                path: file,
                                directory: false,
                                reason: format!("the build context has `{name}`, which the program may read when it runs"),
                            });
                        }
                    }
                    return (
                        Purpose::Build,
                        "the program's own files among them are copied one by one".to_owned(),
                    );
                }
                Data::Some(_) | Data::Many => {
                    return (
                        Purpose::Both,
                        "the program may read files among the sources when it runs".to_owned(),
                    );
                }
            }
        }
        match (near || named) && !compiled_to_one {
            true => {
                self.assumptions.push(format!("the build context isn't known, so all of `{tree}` that was copied is kept for the program; with it, only what can be read at run time"));
                (
                    Purpose::Both,
                    "the program is started there and may read it".to_owned(),
                )
            }
            false => {
                self.assumptions
                    .push(format!("the program does not read the sources in `{tree}`"));
                (
                    Purpose::Build,
                    "they are the sources of what is copied".to_owned(),
                )
            }
        }
    }
}
