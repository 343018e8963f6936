//! What a builder's output says about a build that failed: the instruction, the error, and what kind of trouble it is.

use anstream::adapter::strip_str;

use super::Kind;

/// Kinds of trouble that a person should hear more about than the builder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The daemon is not there.
    Daemon,
    /// The daemon does not let this user in.
    Permission,
    /// Docker's client lacks BuildKit's half.
    NoBuildKit,
    /// The frontend of a `# syntax=` line can't be fetched.
    Frontend,
    /// An image can't be fetched for want of a network.
    Network,
    /// An image does not exist, or may not be fetched.
    Image,
    /// The wanted stage does not exist.
    Target,
    /// A copied file is not in the build context.
    Source,
    /// A secret was not given.
    Secret,
    /// The disk is full.
    Space,
    /// The file itself is refused.
    Syntax,
    /// The builder's command line is refused.
    Usage,
    /// A command of the file, or what is not known here.
    Other,
}

/// A build that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The kind of trouble.
    pub cause: Cause,
    /// The builder's error in one line.
    pub message: String,
    /// The line of the Dockerfile, from 1, when the builder tells it.
    pub line: Option<usize>,
    /// The step as the builder names it.
    pub step: Option<String>,
    /// The last lines of its output.
    pub tail: Vec<String>,
}

/// How many of the last lines of the output are shown.
const SHOWN: usize = 20;

impl Failure {
    /// Reads the last lines of an output. `syntax` is the image of the file's `# syntax=` line.
    pub(crate) fn read<'a>(
        kind: Kind,
        log: impl DoubleEndedIterator<Item = &'a str> + Clone,
        syntax: Option<&str>,
    ) -> Self {
        let errors = ["ERROR: ", "Error: ", "error: "];
        let usage = [
            "unknown flag: ",
            "unknown shorthand flag: ",
            "invalid argument ",
        ];
        let is_usage = |line: &&str| usage.iter().any(|word| line.starts_with(word));
        let error = log
            .clone()
            .rev()
            .find_map(|line| errors.iter().find_map(|word| line.strip_prefix(word)))
            .or_else(|| log.clone().find(is_usage))
            .or_else(|| log.clone().rev().find(|line| !line.trim().is_empty()));
        let message = shorten(error.unwrap_or("the builder said nothing"));
        let mut cause = cause_of(error.unwrap_or_default());
        let fetched = matches!(cause, Cause::Network | Cause::Image);
        if fetched && syntax.is_some_and(|image| message.contains(base_name(image))) {
            cause = Cause::Frontend;
        }
        let line = match kind {
            Kind::Docker => log.clone().rev().find_map(place),
            Kind::Podman | Kind::Buildah => None,
        };
        let step = match kind {
            Kind::Docker => log.clone().rev().find_map(buildkit_step),
            Kind::Podman | Kind::Buildah => error.and_then(buildah_step),
        };
        let tail = last_lines(log);
        Self {
            cause,
            message,
            line,
            step,
            tail,
        }
    }

    /// What a person can do about it, where that is known.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        match self.cause {
            Cause::Daemon => Some("The builder's daemon went away; is it running?"),
            Cause::Permission => Some(
                "This user may not use the daemon: join the group `docker`, or use a rootless engine.",
            ),
            Cause::NoBuildKit => Some(
                "Docker's client needs its plug-in buildx for BuildKit; install it, or choose another --builder.",
            ),
            Cause::Frontend => Some(
                "The frontend that the `# syntax=` line names can't be fetched. Without a network, pull it earlier or take the line out.",
            ),
            Cause::Network => Some(
                "An image can't be fetched: is there a network, and does the registry answer? Images that are there already need none.",
            ),
            Cause::Image => Some(
                "An image can't be fetched: does the name exist, and may this user pull it (`docker login`)?",
            ),
            Cause::Target => Some("The stage that --target names is not in the file."),
            Cause::Source => Some(
                "A source is not in the build context, or .dockerignore leaves it out. Another context is chosen with --context.",
            ),
            Cause::Secret => Some("The build needs a secret: --secret id=NAME,src=FILE."),
            Cause::Usage => {
                Some("The builder does not take what --builder-arg or another option hands to it.")
            }
            Cause::Space => Some("The disk of the builder is full."),
            Cause::Syntax | Cause::Other => None,
        }
    }

    /// Whether it says nothing about the file: another try might go well.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(
            self.cause,
            Cause::Daemon
                | Cause::Permission
                | Cause::NoBuildKit
                | Cause::Frontend
                | Cause::Network
                | Cause::Space
                | Cause::Usage
        )
    }
}

/// The last lines of an output for a person: without colours and empty lines.
pub(crate) fn last_lines<'a>(log: impl DoubleEndedIterator<Item = &'a str>) -> Vec<String> {
    let told = log.rev().map(|line| strip_str(line).to_string());
    let told = told.filter(|line| !line.trim().is_empty());
    let mut tail: Vec<String> = told.take(SHOWN).collect();
    tail.reverse();
    tail
}

/// The kind of trouble that an error message speaks of.
pub(crate) fn cause_of(message: &str) -> Cause {
    let message = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let fetching = has(&[
        "failed to resolve source metadata",
        "failed to do request",
        "initializing source",
        "pinging container registry",
        "unable to copy from source",
        "error pulling",
        "unable to pull",
        "pull access denied",
    ]);
    if has(&["permission denied while trying to connect"]) {
        Cause::Permission
    } else if has(&[
        "cannot connect to the docker daemon",
        "failed to connect to the docker api",
        "error during connect",
        "is the docker daemon running",
        "unable to connect to podman",
    ]) {
        Cause::Daemon
    } else if has(&[
        "buildx component is missing",
        "buildx: command not found",
        "unknown flag: --progress",
    ]) {
        Cause::NoBuildKit
    } else if has(&["no space left on device", "disk quota exceeded"]) {
        Cause::Space
    } else if has(&["target stage", "failed to reach build target"])
        || has(&["target"]) && has(&["not found in the provided dockerfile"])
    {
        Cause::Target
    } else if has(&["secret"])
        && has(&[
            "not found",
            "not set",
            "no such secret",
            "no secret with id",
        ])
    {
        Cause::Secret
    } else if fetching
        && has(&[
            "dial tcp",
            "no such host",
            "i/o timeout",
            "tls handshake",
            "connection refused",
            "network is unreachable",
            "context deadline exceeded",
            "x509",
            "temporary failure",
            "proxyconnect",
            "eof",
        ])
    {
        Cause::Network
    } else if fetching
        || has(&[
            "manifest unknown",
            "did not resolve to an alias",
            "image not known",
        ])
    {
        Cause::Image
    } else if has(&[
        "failed to calculate checksum",
        "failed to compute cache key",
    ]) || has(&[
        "copier: stat",
        "checking on sources",
        "no such file or directory",
    ]) && has(&[
        "\"copy ",
        "\"add ",
        "building at step \"copy",
        "building at step \"add",
    ]) {
        Cause::Source
    } else if has(&[
        "unknown flag: ",
        "unknown shorthand flag: ",
        "invalid argument ",
    ]) {
        Cause::Usage
    } else if has(&["dockerfile parse error", "unknown instruction"]) {
        Cause::Syntax
    } else {
        Cause::Other
    }
}

/// The image of a `# syntax=` line without registry, tag and digest.
fn base_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// BuildKit's words around an error say nothing to a person.
fn shorten(error: &str) -> String {
    let mut rest = error.trim();
    for prefix in ["failed to build: ", "failed to solve: "] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    rest.to_owned()
}

/// `Dockerfile:4`, which BuildKit prints before the lines around the place.
fn place(line: &str) -> Option<usize> {
    let (name, number) = line.rsplit_once(':')?;
    let plain = !name.is_empty() && !name.contains([' ', '#', '>']);
    plain.then(|| number.parse().ok()).flatten()
}

/// ` > [2/3] RUN x:`, which BuildKit prints before the last output of the step.
fn buildkit_step(line: &str) -> Option<String> {
    let rest = line.strip_prefix(" > ")?.strip_suffix(':')?;
    let text = rest.split_once("] ").map_or(rest, |(_, text)| text);
    Some(text.to_owned())
}

/// `building at STEP "RUN x": while running runtime: exit status 1`.
fn buildah_step(error: &str) -> Option<String> {
    let (_, rest) = error.split_once("at STEP \"")?;
    let (step, _) = rest.rsplit_once("\": ")?;
    Some(step.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, log: &str, expected: (Cause, Option<usize>, Option<&str>, &str)) {
        let failure = Failure::read(kind, log.lines(), Some("docker/dockerfile:1"));
        let found = (
            failure.cause,
            failure.line,
            failure.step.as_deref(),
            failure.message.as_str(),
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn buildkit() {
        check(
            Kind::Docker,
            "#5 [2/3] RUN echo x; false\n#5 0.1 x:9\n#5 ERROR: process \"...\" did not complete successfully: exit code: 1\n\
             ------\n > [2/3] RUN echo x; false:\n0.1 x\n------\nDockerfile:4\n--------------------\n   4 | >>> RUN echo x; false\n\
             --------------------\nERROR: failed to build: failed to solve: process \"/bin/sh -c echo x; false\" did not complete successfully: exit code: 1",
            (
                Cause::Other,
                Some(4),
                Some("RUN echo x; false"),
                "process \"/bin/sh -c echo x; false\" did not complete successfully: exit code: 1",
            ),
        );
        let lookup = "failed to do request: Head \"https://registry-1.docker.io/v2/x\": dial tcp: lookup registry-1.docker.io: no such host";
        let frontend = format!(
            "failed to resolve source metadata for docker.io/docker/dockerfile:1: {lookup}"
        );
        let expected = (Cause::Frontend, None, None, frontend.as_str());
        check(
            Kind::Docker,
            &format!("ERROR: failed to solve: {frontend}"),
            expected,
        );
    }

    #[test]
    fn buildah() {
        check(
            Kind::Buildah,
            "STEP 2/2: RUN false\nError: building at STEP \"RUN false\": while running runtime: exit status 1",
            (
                Cause::Other,
                None,
                Some("RUN false"),
                "building at STEP \"RUN false\": while running runtime: exit status 1",
            ),
        );
    }

    #[test]
    fn usage() {
        let log =
            "unknown flag: --x\n\nUsage:  docker buildx build\n\nRun 'docker buildx build --help'";
        check(
            Kind::Docker,
            log,
            (Cause::Usage, None, None, "unknown flag: --x"),
        );
    }

    #[test]
    fn silence() {
        let nothing = "the builder said nothing";
        check(Kind::Podman, "\n", (Cause::Other, None, None, nothing));
        check(Kind::Podman, "a\nb\n\n", (Cause::Other, None, None, "b"));
    }

    #[test]
    fn causes() {
        for (message, expected) in [
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
                Cause::Permission,
            ),
            (
                "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
                Cause::Daemon,
            ),
            (
                "BuildKit is enabled but the buildx component is missing or broken.",
                Cause::NoBuildKit,
            ),
            ("target stage \"zz\" could not be found", Cause::Target),
            (
                "the target \"zz\" was not found in the provided Dockerfile",
                Cause::Target,
            ),
            (
                "failed to compute cache key: failed to calculate checksum of ref a::b: \"/nothere\": not found",
                Cause::Source,
            ),
            (
                "building at STEP \"COPY x /\": checking on sources under \"/c\": copier: stat: \"/x\": no such file or directory",
                Cause::Source,
            ),
            (
                "building at STEP \"RUN cat /x\": no such file or directory",
                Cause::Other,
            ),
            (
                "x:1: failed to resolve source metadata for docker.io/library/x:1: pull access denied",
                Cause::Image,
            ),
            (
                "creating build container: initializing source docker://x:1: pinging container registry x: dial tcp 1.2.3.4:443: i/o timeout",
                Cause::Network,
            ),
            ("write /x: no space left on device", Cause::Space),
            ("secret x: not found", Cause::Secret),
            (
                "building at STEP \"RUN x\": secret required but no secret with id \"x\" found",
                Cause::Secret,
            ),
            (
                "dockerfile parse error on line 2: unknown instruction: RNU",
                Cause::Syntax,
            ),
            (
                "process \"/bin/sh -c x\" did not complete successfully: exit code: 1",
                Cause::Other,
            ),
        ] {
            assert_eq!(cause_of(message), expected, "{message}");
        }
    }
}
