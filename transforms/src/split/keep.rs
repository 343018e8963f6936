//! What of the build's result the program needs: the copies from the build stage.

use super::acts::{Act, Work};
use super::context::{self, Data};
use super::left::{Left, Leftovers, Shape};
use super::place::{base_name, parent, within};
use super::plan::{Purpose, World, is_build};
use super::refusal::{Refusal, quote};
use super::runtime_base::{Product, Runtime};
use crate::model::{Instruction, InstructionKind};

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
    narrowed: Vec<String>,
    /// Links that are made again.
    pub(super) repeated: Vec<dfix_syntax::TextRange>,
    pub(super) assumptions: Vec<String>,
}

impl Keeping {
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
        if let Some(data) = context::data(world.facts, world.analysis, instruction) {
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

/// What the build makes.
pub(super) fn product(world: &World<'_>, last_build: usize) -> Product {
    let made = || {
        let runs = world
            .runs
            .iter()
            .filter(|run| run.instruction.index <= last_build && is_build(run));
        runs.flat_map(|run| &run.done)
            .filter_map(|done| match &done.act {
                Act::Make(made) if made.kind > Work::Fetch => Some((made.recipe, done)),
                _ => None,
            })
    };
    let plain = world.image.is_plain();
    match world.image.family() {
        family if plain || matches!(family, "golang" | "rust" | "gcc") => {
            if made().any(|(recipe, _)| !matches!(recipe, "go" | "rust" | "c")) {
                return Product::Any;
            }
            let fixed = |done: &super::acts::Done| {
                let text = world.analysis.text(done.range);
                let text = text.replace(['"', '\''], "");
                text.contains("CGO_ENABLED=0")
                    || text.contains("-extldflags -static")
                    || text.contains("-linux-musl")
                    || text.contains("-extldflags=-static")
                    || text.split_whitespace().any(|word| word == "-static")
            };
            let by_variable = world
                .analysis
                .variables
                .writes()
                .iter()
                .any(|write| write.name.as_deref() == Some("CGO_ENABLED"))
                && world.analysis.source.contains("CGO_ENABLED=0")
                || world.analysis.source.contains("CGO_ENABLED 0");
            let mut compiled = made().filter(
                |(_, done)| matches!(&done.act, Act::Make(made) if made.kind == Work::Compile),
            );
            let some = compiled.clone().next().is_some();
            match some && (by_variable || compiled.all(|(_, done)| fixed(done))) {
                true => Product::Static,
                false if plain => Product::Any,
                false => Product::Native,
            }
        }
        "openjdk" | "java" | "eclipse-temurin" | "maven" | "gradle" | "amazoncorretto" => {
            let java = world
                .needs
                .programs
                .iter()
                .any(|program| base_name(program) == "java");
            match java {
                true => Product::Java,
                false => Product::Any,
            }
        }
        "node" | "python" | "ruby" | "elixir" | "erlang" | "perl" => Product::Hosted,
        family if family.starts_with("dotnet/") => Product::Hosted,
        _ => Product::Any,
    }
}

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
    let mut keeping = Keeping::default();
    let parts = parts(world, leftovers);
    for left in &leftovers.left {
        Keeper {
            world,
            leftovers,
            runtime,
            product,
            parts: &parts,
        }
        .one(left, &mut keeping)?;
    }
    let counts = |run: &&super::plan::Run<'_>| {
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
    let trees: Vec<String> = keeping.trees().map(str::to_owned).collect();
    keeping
        .dropped
        .retain(|path| !trees.iter().any(|tree| within(path, tree)));
    keeping
        .narrowed
        .retain(|path| !trees.iter().any(|tree| within(path, tree)));
    keeping.dropped.sort();
    keeping.dropped.dedup();
    satisfied(world, &keeping, runtime)?;
    Ok(keeping)
}

/// The parts of larger directories that the command names: programs, jars, directories that are served.
struct Parts {
    /// Files and directories.
    paths: Vec<Part>,
    /// Programs that are found by their names.
    names: Vec<String>,
    /// The languages of which only the parts are needed.
    recipes: Vec<&'static str>,
}

/// A file or directory that is needed of a larger one.
struct Part {
    path: String,
    directory: bool,
    reason: &'static str,
}

impl Part {
    fn file(path: String, reason: &'static str) -> Self {
        Self {
            path,
            directory: false,
            reason,
        }
    }

    fn directory(path: String, reason: &'static str) -> Self {
        Self {
            path,
            directory: true,
            reason,
        }
    }
}

fn parts(world: &World<'_>, leftovers: &Leftovers) -> Parts {
    let needs = &world.needs;
    let mut parts = Parts {
        paths: Vec::new(),
        names: Vec::new(),
        recipes: Vec::new(),
    };
    let made = |path: &str, recipes: &[&str]| {
        leftovers.left.iter().any(|left| {
            left.recipe.is_some_and(|recipe| recipes.contains(&recipe)) && within(path, &left.path)
        })
    };
    let built = |path: &str, recipes: &[&str]| {
        leftovers.left.iter().any(|left| {
            left.recipe.is_some_and(|recipe| recipes.contains(&recipe))
                && left.shape != Shape::Prefix
                && within(path, &left.path)
        })
    };
    let native = ["go", "rust", "c"];
    for path in &needs.paths {
        let copied = world.analysis.stage_instructions(0).any(|it| {
            matches!(it.kind, InstructionKind::Copy | InstructionKind::Add)
                && super::plan::destination(world.analysis, it).root() == Some(path.as_str())
        });
        if !copied
            && built(path, &native)
            && !base_name(path).contains(".sh")
            && !base_name(path).contains(".py")
        {
            parts
                .paths
                .push(Part::file(path.clone(), "the command starts it"));
            parts.recipes.extend(native);
        } else if leftovers
            .left
            .iter()
            .any(|left| left.recipe.is_none() && left.path == *path)
        {
            parts.recipes.extend(native);
        }
    }
    for program in &needs.programs {
        if !program.contains(['/', '$', '-', '='])
            || !program.contains(['/', '$', '=']) && !program.starts_with('-')
        {
            parts.names.push(program.clone());
        }
    }
    let programs = || {
        leftovers
            .left
            .iter()
            .filter(|left| left.shape == Shape::Program && left.path.ends_with("/bin"))
    };
    if programs().next().is_some()
        && parts.names.iter().any(|name| !is_common(name))
        && !needs
            .programs
            .iter()
            .any(|program| program.ends_with(".sh"))
    {
        parts.recipes.extend(["go", "rust"]);
    }
    // `java -jar a.jar`, `java -cp a:b/* Main`.
    let mut words = needs.words.iter().peekable();
    while let Some(word) = words.next() {
        let resolve = |word: &str| {
            needs.resolve(&match word.contains('/') {
                true => word.to_owned(),
                false => format!("./{word}"),
            })
        };
        if word == "-jar" {
            match words.peek().and_then(|jar| resolve(jar)) {
                Some(path)
                    if leftovers
                        .left
                        .iter()
                        .any(|left| left.recipe.is_none() && left.path == path) =>
                {
                    parts.recipes.push("java");
                }
                Some(path) if made(&path, &["java"]) => {
                    parts.paths.push(jar(world, path));
                    parts.recipes.push("java");
                }
                _ => {}
            }
        }
        if word.ends_with(".dll")
            && let Some(path) = resolve(word)
            && let Some(left) = leftovers.left.iter().find(|left| {
                left.shape == Shape::One
                    && left.recipe == Some("dotnet")
                    && within(&path, &left.path)
            })
        {
            parts.paths.push(Part::directory(
                left.path.clone(),
                "it is what was published",
            ));
            parts.recipes.push("dotnet");
        }
        if matches!(
            base_name(word),
            "serve" | "http-server" | "superstatic" | "local-web-server"
        ) {
            let rest: Vec<&String> = words.clone().collect();
            let served = rest.iter().find(|word| {
                !word.starts_with('-') && word.parse::<u32>().is_err() && !word.contains(':')
            });
            if let Some(path) = served.and_then(|word| resolve(word))
                && needs.workdir.as_deref() != Some(path.as_str())
                && made(&path, &["node"])
            {
                parts
                    .paths
                    .push(Part::directory(path, "it is what the command serves"));
                parts.recipes.push("node");
            }
        }
    }
    parts
}

/// What is needed of a jar that the command starts: where it isn't known to hold all that it needs, the directory that it
/// lies in, since a jar names others by their way from there.
fn jar(world: &World<'_>, path: String) -> Part {
    // How the usual plugins name a jar with everything in it.
    let by_name = [
        "-jar-with-dependencies.jar",
        "-standalone.jar",
        "-all.jar",
        "-fat.jar",
        "-uber.jar",
        "-shaded.jar",
        "-exec.jar",
        "-runner.jar",
    ]
    .iter()
    .any(|end| path.ends_with(end))
        || base_name(&path).contains("-assembly");
    let plugins = [
        "spring-boot-maven-plugin",
        "maven-shade-plugin",
        "maven-assembly-plugin",
        "org.springframework.boot",
        "com.github.johnrengelman.shadow",
        "com.gradleup.shadow",
    ];
    let by_plugin = world.facts.project.as_ref().is_some_and(|project| {
        let files = ["pom.xml", "build.gradle", "build.gradle.kts"];
        let mut texts = files.iter().filter_map(|file| project.text(file));
        texts.any(|text| plugins.iter().any(|plugin| text.contains(plugin)))
    });
    let above = parent(&path);
    match by_name || by_plugin || above == "/" {
        true => Part::file(path, "the command starts it"),
        false => Part::directory(
            above.to_owned(),
            "the command starts a jar there, which may name others beside it",
        ),
    }
}

/// Programs of the image itself.
fn is_common(name: &str) -> bool {
    matches!(
        name,
        "sh" | "bash"
            | "exec"
            | "cd"
            | "echo"
            | "export"
            | "sleep"
            | "cat"
            | "java"
            | "python"
            | "node"
            | "ruby"
            | "env"
            | "tini"
            | "gosu"
            | "dumb-init"
            | "nginx"
            | "supervisord"
            | "true"
            | "test"
            | "["
    )
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
            if !is_temporary(path) && !path.starts_with("/usr/src/") {
                keeping.repeated.push(left.range);
            }
            return Ok(());
        }
        if is_temporary(path) && !mentioned && !started_in {
            keeping.dropped.push(path.to_owned());
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
                    // `mkdir -p /usr/local/bin`, `cp x /etc`: there in every image, or not to be told.
                    return match left.recipe {
                        None => Ok(()),
                        Some(_) => refuse(
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
        if !by_path.is_empty() || others {
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
    if runtime.same || runtime.same_family {
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
                && super::plan::destination(world.analysis, it)
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

/// Directories for files that nobody keeps.
pub(super) fn is_temporary(path: &str) -> bool {
    [
        "/tmp",
        "/var/tmp",
        "/var/cache",
        "/root/.cache",
        "/root/.npm",
        "/root/.m2",
        "/root/.gradle",
        "/root/.ivy2",
        "/root/.cargo",
        "/var/lib/apt",
        "/dev",
        "/root/.gnupg",
    ]
    .iter()
    .any(|above| within(path, above))
}

/// Directories that hold the system's own files.
pub(super) fn is_system(path: &str) -> bool {
    matches!(
        path,
        "/" | "/bin"
            | "/sbin"
            | "/lib"
            | "/lib64"
            | "/etc"
            | "/usr"
            | "/usr/bin"
            | "/usr/sbin"
            | "/usr/lib"
            | "/usr/lib64"
            | "/usr/libexec"
            | "/usr/share"
            | "/usr/include"
            | "/usr/local/bin"
            | "/usr/local/lib"
            | "/usr/local/sbin"
            | "/usr/local/share"
            | "/usr/local/etc"
            | "/usr/local/include"
            | "/var"
            | "/var/lib"
            | "/var/log"
            | "/var/run"
            | "/run"
            | "/proc"
            | "/sys"
            | "/home"
            | "/etc/init.d"
            | "/etc/apt"
            | "/etc/ssl"
            | "/usr/local"
            | "/etc/apt/sources.list.d"
            | "/etc/profile.d"
            | "/var/lib/dpkg"
            | "/usr/lib/x86_64-linux-gnu"
            | "/etc/ld.so.conf.d"
            | "/opt/"
            | "/root"
    )
}
