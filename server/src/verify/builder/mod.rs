//! The builders, called by their command lines: Docker with BuildKit, Podman and Buildah.
//!
//! What differs between them is here and below: how they are found ([`find`]), their arguments, how their output tells the
//! step that runs ([`steps`]), and how it tells what went wrong ([`failure`]).

pub(crate) mod failure;
pub(crate) mod find;
pub(crate) mod steps;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// The label of everything that is made for a comparison; its value is the comparison's own.
pub(crate) const LABEL: &str = "dfix.verify";

/// A builder that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Builder {
    /// Which one.
    pub kind: Kind,
    /// What it says its version is.
    pub version: String,
    /// Whether it can label the images that it keeps for later builds (`--layer-label`, since Buildah 1.33).
    pub labels_layers: bool,
}

/// The builders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Docker with BuildKit.
    Docker,
    /// Podman, which builds with Buildah's code.
    Podman,
    /// Buildah.
    Buildah,
}

/// How all builds of a comparison are made.
#[derive(Debug, Default)]
pub(crate) struct BuildOptions {
    /// The stage to build.
    pub target: Option<String>,
    /// `name=value`.
    pub build_args: Vec<String>,
    /// As the builder takes them.
    pub secrets: Vec<String>,
    /// A mode of the builder.
    pub network: Option<String>,
    /// Handed through, after all others, so that they win.
    pub extra: Vec<String>,
}

/// One build.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe<'a> {
    /// The Dockerfile.
    pub file: &'a Path,
    /// The build context.
    pub context: &'a Path,
    /// The name that the image gets.
    pub tag: &'a str,
    /// The value of [`LABEL`].
    pub id: &'a str,
    /// Whether the builder may take over what it built earlier.
    pub cached: bool,
}

impl Kind {
    /// The name: also that of the program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        }
    }

    /// The program, with surroundings in which its output is what is expected here.
    pub(crate) fn command(self) -> Command {
        let mut command = Command::new(self.name());
        command.env("LC_ALL", "C.UTF-8");
        if self == Self::Docker {
            command
                .env("DOCKER_BUILDKIT", "1")
                .env("DOCKER_CLI_HINTS", "false")
                // An attestation would be a second image in the archive, and it names the time of the build.
                .env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
        }
        command
    }
}

impl Builder {
    /// The command that makes a build.
    pub(crate) fn build(&self, recipe: &Recipe<'_>, options: &BuildOptions) -> Command {
        self.with(self.build_arguments(recipe, options))
    }

    fn build_arguments(&self, recipe: &Recipe<'_>, options: &BuildOptions) -> Vec<OsString> {
        let mut arguments = Arguments::default();
        match self.kind {
            Kind::Docker => arguments.add(["build", "--progress=plain"]),
            // Layers as the file has them, and kept for the rebuilds: Buildah by itself would make a single one.
            Kind::Podman => arguments.add(["build", "--layers"]),
            // `bud` is what all versions know.
            Kind::Buildah => arguments.add(["bud", "--layers"]),
        }
        if !recipe.cached {
            arguments.add(["--no-cache"]);
        }
        let label = format!("{LABEL}={}", recipe.id);
        arguments.add(["--label", &label]);
        if self.labels_layers {
            arguments.add(["--layer-label", &label]);
        }
        if let Some(target) = &options.target {
            arguments.add(["--target", target]);
        }
        for pair in &options.build_args {
            arguments.add(["--build-arg", pair]);
        }
        for secret in &options.secrets {
            arguments.add(["--secret", secret]);
        }
        if let Some(mode) = &options.network {
            arguments.add(["--network", mode]);
        }
        arguments.add(["-t", recipe.tag, "-f"]);
        arguments.add([recipe.file]);
        arguments.add(&options.extra);
        arguments.add([recipe.context]);
        arguments.0
    }

    /// The command that writes an image as an archive: to its standard output, or, where the builder needs a file, to
    /// `file`. The second part says whether it is the file.
    pub(crate) fn export(&self, tag: &str, file: &Path) -> (Command, bool) {
        let mut arguments = Arguments::default();
        match self.kind {
            Kind::Docker => arguments.add(["save", tag]),
            Kind::Podman => arguments.add(["save", "--format", "docker-archive", tag]),
            Kind::Buildah => {
                let mut place = OsString::from("docker-archive:");
                place.push(file);
                place.push(":");
                place.push(tag);
                arguments.add(["push", "--quiet", tag]);
                arguments.add([place]);
            }
        }
        (self.with(arguments.0), self.kind == Kind::Buildah)
    }

    /// The command that forgets images.
    pub(crate) fn remove_images(&self, images: &[String]) -> Command {
        let mut arguments = Arguments::default();
        arguments.add(["rmi", "-f"]);
        arguments.add(images);
        self.with(arguments.0)
    }

    /// The command that lists the ids of the images of a comparison, those without a name included.
    pub(crate) fn list_images(&self, id: &str) -> Command {
        let filter = format!("label={LABEL}={id}");
        let mut arguments = Arguments::default();
        arguments.add(["images", "-a", "-q", "--filter", &filter]);
        self.with(arguments.0)
    }

    /// The command that starts an image in the background and prints the container's id.
    pub(crate) fn start(
        &self,
        tag: &str,
        container: &str,
        id: &str,
        network: Option<&str>,
        words: &[String],
    ) -> Command {
        let label = format!("{LABEL}={id}");
        let mut arguments = Arguments::default();
        arguments.add(["run", "-d", "--name", container, "--label", &label]);
        if let Some(mode) = network {
            arguments.add(["--network", mode]);
        }
        arguments.add([tag]);
        arguments.add(words);
        self.with(arguments.0)
    }

    /// A command with its words, such as `inspect NAME`.
    pub(crate) fn plain<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.kind.command();
        command.args(words);
        command
    }

    fn with(&self, arguments: Vec<OsString>) -> Command {
        self.plain(arguments)
    }
}

/// A growing list of arguments of any kind of text.
#[derive(Debug, Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    fn add<S: AsRef<OsStr>>(&mut self, words: impl IntoIterator<Item = S>) {
        let words = words.into_iter().map(|word| word.as_ref().to_owned());
        self.0.extend(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(kind: Kind, labels_layers: bool) -> Builder {
        Builder {
            kind,
            version: String::new(),
            labels_layers,
        }
    }

    #[track_caller]
    fn check(command: &Command, expected: &str) {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn builds() {
        let mut recipe = Recipe {
            file: Path::new("/t/Dockerfile"),
            context: Path::new("/c"),
            tag: "x:before",
            id: "7",
            cached: false,
        };
        let none = BuildOptions::default();
        check(
            &builder(Kind::Docker, false).build(&recipe, &none),
            "docker build --progress=plain --no-cache --label dfix.verify=7 -t x:before -f /t/Dockerfile /c",
        );
        recipe.cached = true;
        check(
            &builder(Kind::Podman, false).build(&recipe, &none),
            "podman build --layers --label dfix.verify=7 -t x:before -f /t/Dockerfile /c",
        );
        let all = BuildOptions {
            target: Some("t".to_owned()),
            build_args: vec!["A=1".to_owned(), "B".to_owned()],
            secrets: vec!["id=s".to_owned()],
            network: Some("host".to_owned()),
            extra: vec!["--isolation=chroot".to_owned()],
        };
        check(
            &builder(Kind::Buildah, true).build(&recipe, &all),
            "buildah bud --layers --label dfix.verify=7 --layer-label dfix.verify=7 --target t --build-arg A=1 \
             --build-arg B --secret id=s --network host -t x:before -f /t/Dockerfile --isolation=chroot /c",
        );
    }

    #[test]
    fn other_commands() {
        let file = Path::new("/t/a.tar");
        let (docker, podman) = (builder(Kind::Docker, false), builder(Kind::Podman, false));
        let (command, to_file) = docker.export("x:y", file);
        check(&command, "docker save x:y");
        assert!(!to_file);
        check(
            &podman.export("x:y", file).0,
            "podman save --format docker-archive x:y",
        );
        let (command, to_file) = builder(Kind::Buildah, false).export("x:y", file);
        check(
            &command,
            "buildah push --quiet x:y docker-archive:/t/a.tar:x:y",
        );
        assert!(to_file);
        let images = ["x:a".to_owned(), "x:b".to_owned()];
        check(&docker.remove_images(&images), "docker rmi -f x:a x:b");
        check(
            &podman.list_images("7"),
            "podman images -a -q --filter label=dfix.verify=7",
        );
        let words = ["sh".to_owned(), "-c".to_owned()];
        check(
            &docker.start("x:y", "n", "7", Some("host"), &words),
            "docker run -d --name n --label dfix.verify=7 --network host x:y sh -c",
        );
    }
}
