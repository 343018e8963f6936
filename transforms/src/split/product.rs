//! What the build makes, as far as the choice of the image depends on it.

use super::acts::{Act, Output, Work};
use super::place::{Place, base_name, within};
use super::runtime_base::Product;
use super::world::{World, is_build};

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

/// Whether a command takes a result of Java's build tools out of a directory, or they install it elsewhere. Files of the
/// sources are none.
pub(super) fn is_taken_from(world: &World<'_>, path: &str) -> bool {
    const RESULTS: &[&str] = &[
        "target",
        "build",
        "dist",
        "out",
        "libs",
        "lib",
        "distributions",
    ];
    const ENDS: &[&str] = &[".jar", ".war", ".ear", ".zip", ".gz", ".class"];
    let is_result = |place: &Place| {
        place.root().is_some_and(|read| {
            within(read, path) && !read.contains("/src/") && {
                let named = read.split('/').any(|name| RESULTS.contains(&name));
                named || read == path || ENDS.iter().any(|end| read.ends_with(end))
            }
        })
    };
    let elsewhere = |output: &Output| match output {
        Output::Tree(place)
        | Output::Unpacked(place)
        | Output::One(place)
        | Output::File(place)
        | Output::Prefix(place) => place.root().is_some_and(|it| !within(it, path)),
        _ => false,
    };
    let runs = world.runs.iter().flat_map(|run| &run.done);
    let mut below = runs.filter(|done| match &done.act {
        Act::Files(files) => files.reads.iter().any(is_result),
        Act::Make(made) => {
            let works = done.directory.root().is_some_and(|it| within(it, path));
            let text = world.analysis.text(done.range);
            works && made.outputs.iter().any(elsewhere)
                || made.kind == Work::Fetch && text.contains(path)
        }
        _ => false,
    });
    below.next().is_some()
}
