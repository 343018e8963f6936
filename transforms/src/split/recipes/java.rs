//! Java and other languages of its virtual machine.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::Place;
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Java",
    page: "Recognised: Maven, Gradle, Ant, sbt, Leiningen, `javac` and `jar`.\n\n\
        The jar that the command starts is copied: alone where its name (`-jar-with-dependencies`, `-all`, ...) or a plugin that the build file\n\
        names (Spring Boot, shade, assembly, shadow) tells that it holds all it needs, with the directory that it lies in otherwise, since a jar\n\
        may name others beside it. The runtime stage gets the runtime (JRE) of the same version.\n\
        Refused: a command that starts the build tool, and a jar whose name isn't known.",
    read,
};

pub(in super::super) const ID: &str = "java";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    match cmd.name() {
        "mvn" | "gradle" | "ant" | "sbt" | "lein" | "activator" | "boot" | "jar" | "mvnw"
        | "gradlew" => {
            let resolves = cmd
                .texts()
                .iter()
                .any(|text| text.starts_with("dependency:") || text == "deps");
            let compiles = cmd.texts().iter().any(|text| {
                matches!(
                    text.as_str(),
                    "package"
                        | "install"
                        | "compile"
                        | "verify"
                        | "build"
                        | "assemble"
                        | "uberjar"
                        | "bootJar"
                        | "stage"
                        | "dist"
                        | "assembly"
                        | "shadowJar"
                        | "jar"
                        | "war"
                        | "installDist"
                )
            });
            match (
                resolves && !compiles,
                cmd.value_of(&["-f", "--file", "-p", "--project-dir", "-b"]),
            ) {
                (true, _) => Some(cache(cmd, ID, Work::Packages)),
                (false, None) => Some(here(cmd, ID, Work::Compile)),
                (false, Some(place)) => {
                    let directory = match &place {
                        super::Place::At(path)
                            if path.ends_with(".xml") || path.ends_with(".gradle") =>
                        {
                            super::Place::At(super::super::place::parent(path).to_owned())
                        }
                        _ => place,
                    };
                    Some(cmd.makes(ID, Work::Compile, vec![Output::Tree(directory)]))
                }
            }
        }
        "javac" | "kotlinc" | "scalac" => {
            let output = cmd
                .value_of(&["-d"])
                .or_else(|| beside(cmd))
                .map_or(Output::Tree(cmd.here()), Output::Tree);
            Some(cmd.makes(ID, Work::Compile, vec![output]))
        }
        "java" => match cmd
            .texts()
            .iter()
            .any(|text| text.contains("-version") || text == "--version")
        {
            true => Some(Act::Nothing),
            false if cmd.texts().iter().any(|text| text.contains("jarmode")) => {
                Some(here(cmd, ID, Work::Fetch))
            }
            false => None,
        },
        _ => None,
    }
}

/// The directory of the only source, beside which its classes are put. Those of other packages are found from where the
/// compiler runs, and put beside theirs; the root holds none.
fn beside(cmd: &Cmd<'_>) -> Option<Place> {
    let sources = cmd.operands();
    let mut sources = sources.iter().filter(|text| text.ends_with(".java"));
    let (Some(source), None) = (sources.next(), sources.next()) else {
        return None;
    };
    let (directory, _) = source
        .rsplit_once('/')
        .filter(|(above, _)| !above.is_empty())?;
    (cmd.here().root() == Some("/")).then(|| cmd.at(directory))
}
