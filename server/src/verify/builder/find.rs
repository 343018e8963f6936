//! Which builder there is, and why others can't be used.

use std::io;
use std::time::Duration;

use super::failure::{Cause, cause_of};
use super::{Builder, Kind};
use crate::cli::BuilderChoice;
use crate::verify::process::{Cut, Limits, Stop, capture};

/// How long a builder may take to say its version. A Docker daemon that is started by its socket needs some seconds.
const ANSWER: Duration = Duration::from_secs(30);

/// Why there is no builder.
#[derive(Debug)]
pub(crate) enum NotFound {
    /// What was looked for, why it can't be used, and what to do.
    Because(String),
    /// Somebody wanted to stop meanwhile.
    Interrupted,
}

/// Finds the builder that is wanted. `starts` says that it has to start images, too, which Buildah doesn't.
///
/// # Errors
/// When it, or none, can be used.
pub(crate) fn find(choice: BuilderChoice, starts: bool, stop: &Stop) -> Result<Builder, NotFound> {
    let kinds: &[Kind] = match choice {
        BuilderChoice::Auto if starts => &[Kind::Docker, Kind::Podman],
        BuilderChoice::Buildah if starts => {
            let why = "Buildah starts no images: --run needs Docker or Podman".to_owned();
            return Err(NotFound::Because(why));
        }
        BuilderChoice::Auto => &[Kind::Docker, Kind::Podman, Kind::Buildah],
        BuilderChoice::Docker => &[Kind::Docker],
        BuilderChoice::Podman => &[Kind::Podman],
        BuilderChoice::Buildah => &[Kind::Buildah],
    };
    let mut refused = Vec::new();
    for &kind in kinds {
        match ask(kind, stop) {
            Ok(builder) => return Ok(builder),
            Err(Refused::Interrupted) => return Err(NotFound::Interrupted),
            Err(Refused::Missing) => refused.push((kind, None)),
            Err(Refused::Because(why)) => refused.push((kind, Some(why))),
        }
    }
    Err(NotFound::Because(explain(choice, &refused)))
}

/// Why one builder can't be used.
enum Refused {
    Missing,
    Because(String),
    Interrupted,
}

/// Asks a builder for its version.
fn ask(kind: Kind, stop: &Stop) -> Result<Builder, Refused> {
    let said = |words: &[&str]| {
        let mut command = kind.command();
        command.args(words);
        let limits = Limits {
            timeout: ANSWER,
            stop: Some(stop),
        };
        capture(command, limits).map_err(|cut| match cut {
            Cut::Interrupted => Refused::Interrupted,
            Cut::Failed(error) if error.kind() == io::ErrorKind::NotFound => Refused::Missing,
            Cut::Failed(error) => Refused::Because(format!("can't be started: {error}")),
            Cut::TimedOut(limit) => {
                Refused::Because(format!("did not answer within {} s", limit.as_secs()))
            }
        })
    };
    let mut kind_found = kind;
    let mut answer = said(&["--version"])?;
    if kind == Kind::Docker {
        if answer.out.to_lowercase().contains("podman") {
            // The package podman-docker: Podman under Docker's name; it is there under its own as well.
            kind_found = Kind::Podman;
        } else {
            // Only the daemon's version tells that there is a daemon.
            answer = said(&["version", "--format", "{{.Server.Version}}"])?;
        }
    }
    if !answer.status.success() {
        return Err(Refused::Because(why(&answer.err)));
    }
    let labels_layers = match kind_found {
        Kind::Docker => false,
        Kind::Podman | Kind::Buildah => said(&["build", "--help"])?.out.contains("--layer-label"),
    };
    Ok(Builder {
        kind: kind_found,
        version: version(&answer.out),
        labels_layers,
    })
}

/// `podman version 5.4.2`, `buildah version 1.39.3 (image-spec 1.1.0, ...)`, or the number alone.
fn version(answer: &str) -> String {
    let mut words = answer.split_whitespace();
    let number = words.find(|word| word.starts_with(|ch: char| ch.is_ascii_digit()));
    number.unwrap_or_default().trim_end_matches(',').to_owned()
}

/// Why Docker's daemon gives no version, in words for a person.
fn why(error: &str) -> String {
    let last = error.trim().lines().next_back().unwrap_or_default().trim();
    match cause_of(error) {
        Cause::Permission => format!(
            "may not be used by this user: join the group `docker` (and log in again), or use a rootless engine ({last})"
        ),
        Cause::Daemon => format!(
            "its daemon does not answer: start it (`systemctl start docker`, or Docker Desktop), or set DOCKER_HOST ({last})"
        ),
        _ if last.is_empty() => "does not tell its version".to_owned(),
        _ => last.to_owned(),
    }
}

/// The message about what was looked for.
fn explain(choice: BuilderChoice, refused: &[(Kind, Option<String>)]) -> String {
    let list: Vec<String> = refused
        .iter()
        .map(|(kind, why)| match why {
            None => format!("{}: not on the PATH", kind.name()),
            Some(why) => format!("{}: {why}", kind.name()),
        })
        .collect();
    let advice = match choice {
        BuilderChoice::Auto => {
            "Install one of them (https://docs.docker.com/engine/install/, https://podman.io, https://buildah.io)"
        }
        _ => "Install it, or choose another with --builder docker, podman or buildah",
    };
    format!("no builder to build with: {}. {advice}.", list.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (answer, expected) in [
            ("28.5.2\n", "28.5.2"),
            ("podman version 5.4.2\n", "5.4.2"),
            ("buildah version 1.39.3 (image-spec 1.1.0)", "1.39.3"),
            ("", ""),
        ] {
            assert_eq!(version(answer), expected, "{answer}");
        }
    }

    #[test]
    fn reasons() {
        let down =
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n";
        assert!(why(down).starts_with("its daemon does not answer"));
        let forbidden = "permission denied while trying to connect to the Docker daemon socket";
        assert!(why(forbidden).contains("group `docker`"));
        let message = explain(
            BuilderChoice::Auto,
            &[(Kind::Docker, Some(why(down))), (Kind::Podman, None)],
        );
        assert!(
            message.contains("docker: its daemon does not answer"),
            "{message}"
        );
        assert!(message.contains("podman: not on the PATH"), "{message}");
    }
}
