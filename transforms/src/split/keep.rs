//! What of the build's result the program needs: the copies from the build stage.

use super::acts::{Act, Output, Work};
use super::context;
use super::directories::{is_system, is_temporary};
use super::keeping::{Keeping, Kept};
use super::left::{Left, Leftovers, Shape};
use super::parts::{Parts, is_common, parts};
use super::place::{base_name, parent, within};
use super::product::is_taken_from;
use super::recipes::java;
use super::refusal::{Refusal, quote};
use super::runtime_base::{Product, Runtime};
use super::world::World;
use super::{refetch, staging};
use crate::model::InstructionKind;

/// Decides what is copied.
pub(super) fn keep(
    world: &World<'_>,
    leftovers: &Leftovers,
    last_build: usize,
    product: Product,
    runtime: &Runtime,
    shared: Option<usize>,
) -> Result<Keeping, Refusal> {
    if let Some((_, range)) = leftovers.unknown.first() {
        let what = quote(world.analysis, *range);
        return Err(Refusal::at(
            world.analysis,
            *range,
            "unknown-result",
            format!("where {what} leaves its files isn't known"),
        ));
    }
    let mut keeping = Keeping {
        removed: leftovers.removed.clone(),
        staged: leftovers.staged.clone(),
        again: refetch::again(world, leftovers, last_build),
        ..Keeping::default()
    };
    keeping.assumptions.extend(leftovers.sources.iter().map(|path| {
        format!("what is unpacked in `{path}`, built and installed from there is not read when the program runs")
    }));
    let parts = parts(world, leftovers);
    for left in &leftovers.left {
        if keeping.again.contains(&left.instruction) {
            continue;
        }
        Keeper {
            world,
            leftovers,
            runtime,
            product,
            parts: &parts,
        }
        .one(left, &mut keeping)?;
    }
    let counts = |run: &&super::world::Run<'_>| {
        run.instruction.index <= last_build && Some(run.instruction.index) > shared
    };
    for run in world.runs.iter().filter(counts) {
        for done in &run.done {
            let Act::Make(made) = &done.act else {
                continue;
            };
            let compiled =
                matches!(made.recipe, "go" | "rust" | "java" | "dotnet") && made.kind > Work::Fetch;
            if let Some(path) = done
                .directory
                .root()
                .filter(|path| compiled && *path != "/" && !is_system(path))
                && !keeping.narrowed.iter().any(|known| known == path)
            {
                keeping.narrowed.push(path.to_owned());
            }
        }
    }
    // A directory that is copied brings what is below it.
    let all = keeping.kept.clone();
    keeping.kept.retain(|kept| {
        !all.iter().any(|other| {
            other.path != kept.path
                && within(&kept.path, &other.path)
                && other.directory
                && kept.path == kept.target
        })
    });
    let mut seen = Vec::new();
    keeping.kept.retain(|kept| {
        let this = (kept.path.clone(), kept.target.clone());
        let new = !seen.contains(&this);
        seen.push(this);
        new
    });
    let trees: Vec<String> = keeping.trees().map(str::to_owned).collect();
    // A link in a directory that is copied comes along.
    let brought = |left: &&Left| {
        left.shape == Shape::Small
            && trees
                .iter()
                .any(|tree| left.path != *tree && within(&left.path, tree))
    };
    let brought: Vec<_> = leftovers
        .left
        .iter()
        .filter(brought)
        .map(|left| left.range)
        .collect();
    keeping.repeated.retain(|range| !brought.contains(range));
    let emptied = leftovers.emptied.iter().map(|(_, range)| *range);
    keeping.repeated.extend(emptied);
    keeping
        .dropped
        .retain(|path| !trees.iter().any(|tree| within(path, tree)));
    keeping
        .narrowed
        .retain(|path| !trees.iter().any(|tree| within(path, tree)));
    keeping.dropped.sort();
    keeping.dropped.dedup();
    refetch::tell(world, &mut keeping);
    super::assumed::started_beside(world, leftovers, &mut keeping);
    staging::keep(world, &mut keeping)?;
    satisfied(world, &keeping, runtime)?;
    Ok(keeping)
}

struct Keeper<'k, 'a> {
    world: &'k World<'a>,
    leftovers: &'k Leftovers,
    runtime: &'k Runtime,
    product: Product,
    parts: &'k Parts,
}

impl Keeper<'_, '_> {
    fn one(&self, left: &Left, keeping: &mut Keeping) -> Result<(), Refusal> {
        let path = left.path.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        let mentioned = self.world.needs.mentions(path) && path != "/";
        let workdir = self.world.needs.workdir.as_deref();
        let started_in =
            workdir.is_some_and(|directory| within(directory, path) && directory != "/");
        if path == "/var/lib/gems" && !installs(self.world, "ruby") {
            // A Ruby that was built keeps them with itself.
            return Ok(());
        }
        if left.shape == Shape::Small {
            let itself = matches!(path, "/tmp" | "/var/tmp");
            if (itself || !is_temporary(path)) && !path.starts_with("/usr/src/") {
                keeping.repeated.push(left.range);
            }
            return Ok(());
        }
        // Where the images of PHP unpack the sources of extensions.
        let sources = self.world.image.family() == "php" && within(path, "/usr/src/php");
        if (is_temporary(path) || sources) && !mentioned && !started_in {
            if left.recipe == Some(java::ID) && !is_taken_from(self.world, path) {
                let what = quote(self.world.analysis, left.range);
                let why = format!("nothing is known to take what {what} makes out of `{path}`");
                return Err(Refusal::at(
                    self.world.analysis,
                    left.range,
                    "unknown-result",
                    why,
                ));
            }
            // An empty directory is nothing to speak of.
            if left.recipe.is_some() || !left.directory {
                keeping.dropped.push(path.to_owned());
            }
            return Ok(());
        }
        let quoted = quote(self.world.analysis, left.range);
        let refuse =
            |kind, why: String| Err(Refusal::at(self.world.analysis, left.range, kind, why));
        let only_parts = left
            .recipe
            .is_some_and(|recipe| self.parts.recipes.contains(&recipe))
            || left.recipe == Some("download")
                && self.builds_below(path)
                && !self.parts.recipes.is_empty()
                && !mentioned
                && left.shape == Shape::Tree;
        let shape = match left.shape {
            // Nothing else is there.
            Shape::Tree if path == "/usr/local" && self.world.image.is_plain() => Shape::Prefix,
            Shape::Tree
                if path != "/usr/local/bin"
                    && within(path, "/usr/local")
                    && self.world.image.is_plain() =>
            {
                Shape::One
            }
            shape => shape,
        };
        match shape {
            Shape::Prefix => {
                if path == "/usr/local" {
                    let own = self.world.image.is_plain()
                        || self.runtime.same_family
                        || !matches!(
                            self.world.image.family(),
                            "golang" | "rust" | "gcc" | "node" | "python" | "ruby" | "php"
                        );
                    if !own {
                        return refuse(
                            "system-prefix",
                            format!(
                                "{quoted} installs into `/usr/local`, which holds the tools of `{}`",
                                self.world.image.text
                            ),
                        );
                    }
                } else if is_system(path) {
                    return refuse(
                        "system-prefix",
                        format!("{quoted} installs among the system's own files in `{path}`"),
                    );
                }
                // Where the places were told one by one, nothing is taken for granted.
                let alone = !self.leftovers.left.iter().any(|other| {
                    other.range == left.range
                        && other.path != left.path
                        && other.shape != Shape::Tree
                });
                if left.recipe == Some("c") && alone && !path.contains("/php/") {
                    keeping
                        .assumptions
                        .push(format!("{quoted} installs only below `{path}`"));
                }
                keeping
                    .kept
                    .push(kept(path, true, "what was installed there"));
            }
            Shape::Program if path.ends_with("/bin") => return self.programs(left, path, keeping),
            Shape::Tree | Shape::Program => {
                if path == "/" {
                    return refuse(
                        "system-directory",
                        format!(
                            "{quoted} works in `/`, and what it changes there can't be told from the system's own files"
                        ),
                    );
                }
                let installed = self
                    .leftovers
                    .installed_from
                    .iter()
                    .any(|from| within(from, path) || within(path, from));
                if installed && !mentioned && !started_in {
                    keeping.dropped.push(path.to_owned());
                    return Ok(());
                }
                if only_parts {
                    self.part_of(path, keeping);
                    return Ok(());
                }
                if installed
                    && left.recipe == Some("c")
                    && path != "/"
                    && !is_system(path)
                    && !mentioned
                {
                    // Built where the program will be started, but installed elsewhere.
                    keeping.narrowed.push(path.to_owned());
                    return Ok(());
                }
                if is_system(path) {
                    return refuse(
                        "system-directory",
                        format!(
                            "{quoted} works in `{path}`, and what it changes there can't be told from the system's own files"
                        ),
                    );
                }
                if matches!(self.product, Product::Native | Product::Static) && path == "/go" {
                    return refuse(
                        "no-program",
                        "no step makes the program that the command starts".to_owned(),
                    );
                }
                keeping.kept.push(kept(
                    path,
                    true,
                    "the build works there, and the program may need all of it",
                ));
            }
            Shape::One | Shape::File => {
                if !mentioned && self.is_unpacked(path) {
                    keeping.dropped.push(path.to_owned());
                    return Ok(());
                }
                let narrowed = self.leftovers.left.iter().any(|other| {
                    matches!(other.shape, Shape::Tree | Shape::Program)
                        && other.path != path
                        && within(path, &other.path)
                        && other
                            .recipe
                            .is_some_and(|recipe| self.parts.recipes.contains(&recipe))
                });
                let named =
                    self.parts.paths.iter().any(|part| within(&part.path, path)) || mentioned;
                let installed = self
                    .leftovers
                    .installed_from
                    .iter()
                    .any(|from| within(from, path) && from != "/");
                if (narrowed || installed) && !named && !started_in {
                    keeping.dropped.push(path.to_owned());
                    return Ok(());
                }
                if narrowed && !named {
                    return Ok(());
                }
                let own =
                    self.runtime.same_family && left.recipe.is_some() && within(path, "/usr/local");
                if is_system(path) && !own {
                    let plain = self.world.image.is_plain() && path.starts_with("/usr/local/");
                    return match left.recipe {
                        // `mkdir -p /usr/local/bin`: it is in every image.
                        None if left.directory => Ok(()),
                        // `cp tool tool-* /usr/local/bin`: nothing else is there.
                        None if plain => {
                            keeping
                                .kept
                                .push(kept(path, true, "the build put files there"));
                            Ok(())
                        }
                        _ => refuse(
                            "system-directory",
                            format!("{quoted} leaves its files among the system's own in `{path}`"),
                        ),
                    };
                }
                let inside = |other: &Left| {
                    matches!(other.shape, Shape::Tree | Shape::Prefix | Shape::One)
                        && other.path != path
                        && within(path, &other.path)
                };
                if left.maybe && !self.leftovers.left.iter().any(inside) {
                    return refuse(
                        "conditional",
                        format!("{quoted} may not run at all, so that its result can't be copied"),
                    );
                }
                let directory = own
                    || left.directory
                    || left.shape != Shape::File
                        && left
                            .recipe
                            .is_some_and(|recipe| !matches!(recipe, "go" | "c" | "rust"))
                        && !base_name(path).contains('.')
                    || path.ends_with("site-packages");
                keeping.kept.push(kept(
                    path,
                    directory || left.recipe.is_none() && self.is_directory(path),
                    "the build made it",
                ));
            }
            Shape::Small => {}
        }
        Ok(())
    }

    /// Whether a path is the root of others that the build made.
    fn is_directory(&self, path: &str) -> bool {
        self.leftovers
            .left
            .iter()
            .any(|other| other.path != path && within(&other.path, path))
            || !base_name(path).contains('.')
                && self
                    .world
                    .needs
                    .workdir
                    .as_deref()
                    .is_some_and(|it| within(it, path))
    }

    /// Whether a file is an archive that a step of the build unpacks.
    fn is_unpacked(&self, path: &str) -> bool {
        const ENDS: &[&str] = &[".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip", ".tar"];
        let name = base_name(path);
        let unpacks = |done: &super::acts::Done| {
            matches!(done.program.as_str(), "tar" | "unzip" | "bsdtar")
                && self.world.analysis.text(done.range).contains(name)
        };
        ENDS.iter().any(|end| name.ends_with(end))
            && self
                .world
                .runs
                .iter()
                .flat_map(|run| &run.done)
                .any(unpacks)
    }

    /// Whether something is compiled in a directory: what was fetched there are sources.
    fn builds_below(&self, path: &str) -> bool {
        let runs = self.world.runs.iter().flat_map(|run| &run.done);
        runs.filter(|done| matches!(&done.act, Act::Make(made) if made.kind > Work::Fetch))
            .any(|done| done.directory.root().is_some_and(|it| within(it, path)))
    }

    /// Only what the command names is needed of a directory.
    fn part_of(&self, path: &str, keeping: &mut Keeping) {
        for part in &self.parts.paths {
            let known = keeping.kept.iter().any(|kept| kept.path == part.path);
            if within(&part.path, path) && !known {
                keeping
                    .kept
                    .push(kept(&part.path, part.directory, part.reason));
            }
        }
        keeping.narrowed.push(path.to_owned());
        if !matches!(path, "/go")
            && !self
                .world
                .needs
                .workdir
                .as_deref()
                .is_some_and(|it| within(it, path))
        {
            keeping.dropped.push(path.to_owned());
        }
    }

    /// Whether a directory of programs may not be there at all: `go get` has fetched what something else is built with, and
    /// makes programs only of packages that are some.
    fn only_dependencies(&self, path: &str) -> bool {
        let runs = self.world.runs.iter().flat_map(|run| &run.done);
        let mut compiled = runs.filter_map(|done| match &done.act {
            Act::Make(made) if made.recipe == "go" && made.kind == Work::Compile => Some(made),
            _ => None,
        });
        let there = |output: &Output| matches!(output, Output::Program(place) if place.root() == Some(path));
        compiled.clone().next().is_some() && !compiled.any(|made| made.outputs.iter().any(there))
    }

    /// A directory of programs that were installed by name.
    fn programs(&self, left: &Left, path: &str, keeping: &mut Keeping) -> Result<(), Refusal> {
        let by_path: Vec<&String> = self
            .world
            .needs
            .paths
            .iter()
            .filter(|it| parent(it) == path)
            .collect();
        for program in &by_path {
            keeping.kept.push(Kept {
                path: (*program).clone(),
                target: (*program).clone(),
                directory: false,
                reason: "the command starts it".to_owned(),
            });
        }
        let others =
            self.leftovers.left.iter().any(|other| {
                other.path != left.path
                    && other
                        .recipe
                        .is_some_and(|it| matches!(it, "go" | "rust" | "c"))
                    && self
                        .parts
                        .paths
                        .iter()
                        .any(|part| within(&part.path, &other.path))
            }) || self.leftovers.left.iter().any(|other| {
                other.recipe.is_none() && self.world.needs.paths.contains(&other.path)
            });
        if !by_path.is_empty() || others || self.only_dependencies(path) {
            return Ok(());
        }
        let by_name: Vec<&String> = self
            .parts
            .names
            .iter()
            .filter(|name| !is_common(name))
            .collect();
        let scripts = self
            .world
            .needs
            .programs
            .iter()
            .any(|it| it.ends_with(".sh") || it.contains("entrypoint"));
        match (by_name.as_slice(), scripts || self.runtime.same) {
            ([name, ..], false) => {
                // Found by its name: in the image of the program that directory is not among those that are searched.
                keeping.kept.push(Kept {
                    path: format!("{path}/{name}"),
                    target: format!("/usr/local/bin/{name}"),
                    directory: false,
                    reason: "the command starts it by its name".to_owned(),
                });
            }
            _ => keeping.kept.push(kept(
                path,
                true,
                "it holds the programs that were installed",
            )),
        }
        Ok(())
    }
}

/// Whether a package is installed whose name begins like this.
fn installs(world: &World<'_>, stem: &str) -> bool {
    world
        .runs
        .iter()
        .flat_map(|run| &run.done)
        .any(|done| match &done.act {
            Act::Install(install) => install
                .packages
                .iter()
                .any(|(_, name)| name.starts_with(stem) && !name.ends_with("-dev")),
            _ => false,
        })
}

fn kept(path: &str, directory: bool, reason: &str) -> Kept {
    Kept {
        path: path.to_owned(),
        target: path.to_owned(),
        directory,
        reason: reason.to_owned(),
    }
}

/// Whether the program that the command starts will be there.
fn satisfied(world: &World<'_>, keeping: &Keeping, runtime: &Runtime) -> Result<(), Refusal> {
    // The command for an image that starts Node itself is judged when it is written.
    if runtime.same || runtime.same_family || runtime.text.contains("distroless/nodejs") {
        return Ok(());
    }
    let command = world
        .needs
        .commands
        .first()
        .and_then(|index| world.analysis.instructions.get(*index));
    let Some(command) = command else {
        return Ok(());
    };
    let copied = |path: &str| {
        world.analysis.stage_instructions(0).any(|it| {
            matches!(it.kind, InstructionKind::Copy | InstructionKind::Add)
                && super::planner::destination(world.analysis, it)
                    .root()
                    .is_some_and(|target| {
                        within(path, target)
                            && (target != "/" || context::takes(it, base_name(path)))
                    })
        })
    };
    for path in &world.needs.paths {
        let standard = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"]
            .iter()
            .any(|above| path.starts_with(above));
        let there = keeping.kept.iter().any(|kept| within(path, &kept.target));
        if !standard && !there && !copied(path) {
            return Err(Refusal::of(
                world.analysis,
                command,
                "no-program",
                format!("no step is known to make `{path}`, which the command starts"),
            ));
        }
    }
    if world.needs.paths.is_empty() {
        let found = world.needs.programs.iter().any(|program| {
            is_common(program)
                || matches!(base_name(program), "java" | "dotnet")
                || keeping.kept.iter().any(|kept| {
                    base_name(&kept.target) == program && kept.target.contains("/bin/")
                        || kept.directory && kept.target.ends_with("/bin")
                        || kept.directory && kept.target == "/usr/local"
                })
        });
        if !found {
            return Err(Refusal::of(
                world.analysis,
                command,
                "no-program",
                "no step is known to make the program that the command starts",
            ));
        }
    }
    Ok(())
}
