//! What the commands of the build leave behind, and where.

use std::collections::BTreeMap;

use super::acts::{Act, Beside, Done, Output, Work};
use super::directories::{is_system, is_temporary};
use super::files::matches;
use super::image::Image;
use super::place::{Place, base_name, parent, within};

/// Something that is there when the last step of the build has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// The path, absolute.
    pub(super) path: String,
    /// What it is.
    pub(super) shape: Shape,
    /// The recipe whose command made it; `None` for files that were copied, moved or written.
    pub(super) recipe: Option<&'static str>,
    /// The index of the instruction.
    pub(super) instruction: usize,
    /// The command.
    pub(super) range: dfix_syntax::TextRange,
    /// Whether it may not be there, since the command may not run.
    pub(super) maybe: bool,
    /// Whether it is known to be a directory.
    pub(super) directory: bool,
}

/// What is known of something that a command leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shape {
    /// A directory of which anything may have changed.
    Tree,
    /// A program whose name is that of the command; somewhere in this directory.
    Program,
    /// An installation prefix.
    Prefix,
    /// This file, or this directory with all that is in it.
    One,
    /// This file.
    File,
    /// A link, or a file among the system's own.
    Small,
}

/// A path that a step of the build removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Removed {
    /// The path, absolute.
    pub(super) path: String,
    /// The index of the instruction.
    pub(super) instruction: usize,
    /// The command.
    pub(super) range: dfix_syntax::TextRange,
    /// Whether the build is known to have made what was there.
    pub(super) own: bool,
}

/// An installation among the system's own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    /// The command.
    pub(super) range: dfix_syntax::TextRange,
    /// The index of the instruction.
    pub(super) instruction: usize,
    /// The variable of the command that names another root for all that is installed.
    pub(super) variable: &'static str,
    /// The prefix.
    pub(super) prefix: String,
}

/// What is left, and what can't be told.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    pub(super) left: Vec<Left>,
    /// Directories in which something was built that was then installed elsewhere.
    pub(super) installed_from: Vec<String>,
    /// Commands that leave something nobody knows where.
    pub(super) unknown: Vec<(usize, dfix_syntax::TextRange)>,
    /// Commands that remove what the image has: a copy brings it back unless they are repeated.
    pub(super) emptied: Vec<(usize, dfix_syntax::TextRange)>,
    prefixes: BTreeMap<String, Option<String>>,
    /// Directories whose installation puts files among the system's own, with the variable that names another root.
    scattered: BTreeMap<String, &'static str>,
    /// Installations among the system's own files.
    pub(super) staged: Vec<Staged>,
    /// Directories in which an extension is built, whose place `phpize` has said.
    extensions: Vec<String>,
    /// What installations make outside of their prefix, by the directory that was configured.
    beside: Vec<(String, Place, Beside)>,
    /// Directories of the system in which sources were unpacked and built that were then installed elsewhere.
    pub(super) sources: Vec<String>,
    /// The working directory of the image.
    start: Option<String>,
    /// What was unpacked or built by the step that is followed, below a directory of the system.
    pending: Vec<Left>,
    /// What steps of the build remove.
    pub(super) removed: Vec<Removed>,
    /// What one step made and a later one removed: the layer of the first has it for ever.
    pub(super) buried: Vec<String>,
}

/// Directories whose files decide what services do.
fn is_configuration(path: &str) -> bool {
    [
        "/etc",
        "/var/www",
        "/usr/share/nginx",
        "/usr/local/apache2",
        "/usr/local/tomcat",
    ]
    .iter()
    .any(|above| path != *above && within(path, above))
}

/// Files that tools of the system read (`locale-gen`, `update-ca-certificates`, `dpkg-reconfigure`): where these are called
/// once more, the files have to be there before.
fn is_read_by_the_system(path: &str) -> bool {
    [
        "/etc/ca-certificates",
        "/etc/ca-certificates.conf",
        "/etc/default/locale",
        "/etc/locale.conf",
        "/etc/locale.gen",
        "/etc/localtime",
        "/etc/timezone",
        "/usr/local/share/ca-certificates",
        "/usr/share/ca-certificates",
        "/var/lib/locales",
    ]
    .iter()
    .any(|above| within(path, above))
}

impl Leftovers {
    /// Before the first step, in an image.
    pub(super) fn new(image: &Image) -> Self {
        let known = image.known.as_ref();
        Self {
            start: known.and_then(|known| known.workdir.map(str::to_owned)),
            ..Self::default()
        }
    }

    /// Follows the commands of a step of the build.
    pub(super) fn follow(&mut self, instruction: usize, done: &[Done]) {
        let installed = self.installed_from.len();
        self.commands(instruction, done);
        // Sources that the same step installs elsewhere stay behind.
        for left in std::mem::take(&mut self.pending) {
            let of_it =
                |from: &String| *from == left.path || parent(from) == left.path && !is_system(from);
            match self.installed_from.iter().skip(installed).any(of_it) {
                true => self.sources.push(left.path),
                false => self.push(left),
            }
        }
    }

    fn commands(&mut self, instruction: usize, done: &[Done]) {
        for done in done {
            match &done.act {
                Act::Make(made) => {
                    for output in &made.outputs {
                        self.made(instruction, done, made.recipe, made.kind, output);
                    }
                }
                Act::Housekeeping => {
                    for path in &done.cleans {
                        self.removes(instruction, done, path);
                        self.left.retain(|left| !within(&left.path, path));
                    }
                }
                Act::Files(files) => {
                    for place in &files.deletes {
                        self.meets_staged(instruction, done, place);
                        if !matches!(place, Place::At(_)) && self.may_hold(place) {
                            self.file(instruction, done, place, Shape::One);
                        }
                        if let Place::At(path) = place {
                            let before = self.left.len();
                            self.removes(instruction, done, path);
                            self.left.retain(|left| !within(&left.path, path));
                            // A file of the image or of a package, which the other stage has as well.
                            let own = self.start.as_deref().unwrap_or("/");
                            let here = done.directory.root().filter(|it| !within(own, it));
                            let foreign = before == self.left.len()
                                && is_configuration(path)
                                && !self.left.iter().any(|left| within(path, &left.path))
                                && here.is_none_or(|here| !within(path, here));
                            if foreign && files.writes.is_empty() {
                                self.file(instruction, done, place, Shape::Small);
                                self.emptied.push((instruction, done.range));
                            }
                        }
                    }
                    for (directory, pattern) in &files.patterns {
                        let made = |left: &Left| {
                            within(&left.path, directory) || within(directory, &left.path)
                        };
                        if is_configuration(directory) && !self.left.iter().any(made) {
                            self.emptied.push((instruction, done.range));
                        }
                        let gone = |left: &Left| {
                            parent(&left.path) == directory
                                && matches(pattern, base_name(&left.path))
                        };
                        self.left.retain(|left| !gone(left));
                    }
                    if files.attributes {
                        // Owners and modes of what is copied anyway; of other files they are changes like any.
                        let known = |path: &str| {
                            let near =
                                |left: &Left| within(path, &left.path) || within(&left.path, path);
                            (self.left.iter()).any(|left| left.shape != Shape::Small && near(left))
                        };
                        let new: Vec<&Place> = files
                            .writes
                            .iter()
                            .filter(|place| place.root().is_none_or(|path| !known(path)))
                            .collect();
                        for place in new {
                            self.meets_staged(instruction, done, place);
                            self.file(instruction, done, place, Shape::Small);
                        }
                        continue;
                    }
                    for place in &files.writes {
                        let shape = if files.link { Shape::Small } else { Shape::One };
                        self.file(instruction, done, place, shape);
                    }
                }
                _ => {}
            }
        }
    }

    /// Notes what a command removes, before it is forgotten.
    fn removes(&mut self, instruction: usize, done: &Done, path: &str) {
        if done.maybe {
            return;
        }
        let made = || self.left.iter().filter(|left| within(&left.path, path));
        let before = made().filter(|left| left.instruction < instruction);
        // What is moved away is mostly what the build made there.
        let moves = matches!(&done.act, Act::Files(files) if !files.writes.is_empty());
        let works = |left: &Left| left.recipe.is_some() && within(path, &left.path);
        self.buried.extend(before.map(|left| left.path.clone()));
        self.removed.push(Removed {
            path: path.to_owned(),
            instruction,
            range: done.range,
            own: made().next().is_some() || moves && self.left.iter().any(works),
        });
    }

    /// Whether something that would be copied by its name may be what is removed.
    fn may_hold(&self, removed: &Place) -> bool {
        self.left.iter().any(|left| {
            matches!(left.shape, Shape::One | Shape::File)
                && removed.root().is_none_or(|path| within(&left.path, path))
        })
    }

    /// Forgets what steps down to this one left.
    pub(super) fn only_after(&mut self, shared: Option<usize>) {
        self.left.retain(|left| Some(left.instruction) > shared);
        self.unknown
            .retain(|(instruction, _)| Some(*instruction) > shared);
        self.emptied
            .retain(|(instruction, _)| Some(*instruction) > shared);
        self.staged
            .retain(|staged| Some(staged.instruction) > shared);
        self.removed
            .retain(|removed| Some(removed.instruction) > shared);
        if shared.is_some() {
            // Some of it may lie in layers that both stages have.
            self.buried.clear();
        }
    }

    fn file(&mut self, instruction: usize, done: &Done, place: &Place, shape: Shape) {
        let (path, shape) = match place {
            Place::At(path) => (path, shape),
            Place::Below(path) => (path, Shape::Tree),
            Place::Unknown => {
                self.unknown.push((instruction, done.range));
                return;
            }
        };
        let shape = match is_read_by_the_system(path) {
            true => Shape::Small,
            false => shape,
        };
        self.push(Left {
            path: path.clone(),
            shape,
            recipe: None,
            instruction,
            range: done.range,
            maybe: done.maybe,
            directory: matches!(&done.act, Act::Files(files) if files.directories),
        });
    }

    fn made(
        &mut self,
        instruction: usize,
        done: &Done,
        recipe: &'static str,
        kind: Work,
        output: &Output,
    ) {
        let here = done.directory.root().unwrap_or_default().to_owned();
        let (place, shape) = match output {
            Output::Cache => return,
            Output::Configured(prefix) => {
                // `phpize` has said where before `configure` runs.
                let extension = self.extensions.contains(&here);
                if recipe == super::recipes::php::ID {
                    self.extensions.push(here.clone());
                }
                if prefix.is_some() || !extension {
                    let prefix = prefix.as_ref().map_or(Some("/usr/local"), Place::root);
                    self.prefixes.insert(here, prefix.map(str::to_owned));
                }
                return;
            }
            Output::Scattered(variable) => {
                self.scattered.insert(here, variable);
                return;
            }
            Output::Beside(place, what) => {
                self.beside.push((here, place.clone(), *what));
                return;
            }
            Output::Tree(place) | Output::Unpacked(place) => (place.clone(), Shape::Tree),
            Output::Program(place) => (place.clone(), Shape::Program),
            Output::One(place) => (place.clone(), Shape::One),
            Output::File(place) => (place.clone(), Shape::File),
            Output::Prefix(Place::Below(text)) if text.is_empty() => {
                self.installed_from.push(here.clone());
                self.outside(instruction, done, recipe, &here);
                let above = |other: &&String| within(&here, other) || within(other, &here);
                let known = self
                    .prefixes
                    .keys()
                    .filter(above)
                    .max_by_key(|path| path.len())
                    .cloned();
                if let Some(staged) = self.staging(instruction, done, known.as_ref()) {
                    self.staged.push(staged);
                    return;
                }
                match known.and_then(|path| self.prefixes.get(&path).cloned()) {
                    Some(Some(prefix)) => (Place::At(prefix), Shape::Prefix),
                    Some(None) => (Place::Unknown, Shape::Prefix),
                    None => (Place::At("/usr/local".to_owned()), Shape::Prefix),
                }
            }
            Output::Prefix(place) => {
                if kind == Work::Compile {
                    self.installed_from.push(here);
                }
                (place.clone(), Shape::Prefix)
            }
        };
        let Some(path) = place.root() else {
            self.unknown.push((instruction, done.range));
            return;
        };
        let shape = match (&place, shape) {
            (Place::Below(_), Shape::One | Shape::File) => Shape::Tree,
            _ => shape,
        };
        let unpacked = matches!(output, Output::Unpacked(_))
            || matches!((recipe, &place), ("c" | "download", Place::Below(_)));
        let pends = unpacked && is_system(path) && shape == Shape::Tree;
        let left = Left {
            path: path.to_owned(),
            shape,
            recipe: Some(recipe),
            instruction,
            range: done.range,
            maybe: done.maybe,
            directory: matches!(&done.act, Act::Files(files) if files.directories),
        };
        match pends {
            true => self.pending.push(left),
            false => self.push(left),
        }
    }

    /// An installation that puts files among the system's own, by what was configured in a directory.
    fn staging(&self, instruction: usize, done: &Done, from: Option<&String>) -> Option<Staged> {
        let from = from?;
        let prefix = self.prefixes.get(from)?.clone()?;
        let variable = self.scattered.get(from)?;
        let able = done.plain && !done.maybe && matches!(done.program.as_str(), "make" | "gmake");
        able.then_some(Staged {
            range: done.range,
            instruction,
            variable,
            prefix,
        })
    }

    /// Notes a change of a file that may be among those that were installed in a tree of their own: there it would not
    /// have been made.
    fn meets_staged(&mut self, instruction: usize, done: &Done, place: &Place) {
        let known = |path: &str| self.left.iter().any(|left| within(path, &left.path));
        let aside = |path: &str| {
            is_temporary(path)
                || known(path)
                || self.installed_from.iter().any(|from| within(path, from))
        };
        if !self.staged.is_empty() && !place.root().is_some_and(aside) {
            self.unknown.push((instruction, done.range));
        }
    }

    /// What an installation from a directory makes outside of its prefix.
    fn outside(&mut self, instruction: usize, done: &Done, recipe: &'static str, here: &str) {
        let of_it: Vec<(Place, Beside)> = self
            .beside
            .iter()
            .filter(|(from, ..)| from == here)
            .map(|(_, place, what)| (place.clone(), *what))
            .collect();
        for (place, what) in of_it {
            let Place::At(path) = place else {
                self.unknown.push((instruction, done.range));
                continue;
            };
            self.push(Left {
                path,
                shape: match what {
                    Beside::Directory => Shape::One,
                    Beside::File => Shape::File,
                },
                recipe: Some(recipe),
                instruction,
                range: done.range,
                maybe: done.maybe,
                directory: what == Beside::Directory,
            });
        }
    }

    fn push(&mut self, left: Left) {
        // Each change of the same place is a change of its own.
        let same = |known: &&mut Left| {
            known.path == left.path
                && (known.shape != Shape::Small
                    || left.shape != Shape::Small
                    || known.range == left.range)
        };
        let known = self.left.iter_mut().find(same);
        match known {
            Some(known) => {
                known.shape = known.shape.min(left.shape);
                known.recipe = left.recipe.or(known.recipe);
                known.instruction = left.instruction;
                known.maybe &= left.maybe;
                known.directory |= left.directory;
            }
            None => self.left.push(left),
        }
    }
}
