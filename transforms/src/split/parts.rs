//! The parts of larger directories that the command names: programs, jars, directories that are served.

use super::left::{Leftovers, Shape};
use super::place::{base_name, parent, within};
use super::world::World;
use crate::model::InstructionKind;

/// The parts of larger directories that the command names: programs, jars, directories that are served.
pub(super) struct Parts {
    /// Files and directories.
    pub(super) paths: Vec<Part>,
    /// Programs that are found by their names.
    pub(super) names: Vec<String>,
    /// The languages of which only the parts are needed.
    pub(super) recipes: Vec<&'static str>,
}

/// A file or directory that is needed of a larger one.
pub(super) struct Part {
    pub(super) path: String,
    pub(super) directory: bool,
    pub(super) reason: &'static str,
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

pub(super) fn parts(world: &World<'_>, leftovers: &Leftovers) -> Parts {
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
                && super::planner::destination(world.analysis, it).root() == Some(path.as_str())
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
pub(super) fn is_common(name: &str) -> bool {
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
