//! What old releases of a distribution don't know yet, as far as the reference of an image tells its release.

use super::reference::Reference;
use crate::model::Value;

/// Something that a package manager knows since some version of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// `apk --no-cache`, since Alpine 3.3.
    ApkNoCache,
    /// `pip --no-cache-dir`, since pip 6.0. The distributions had it with Debian 9, Ubuntu 15.04 and Fedora 22.
    PipNoCacheDir,
    /// Go modules (`go mod download`), since Go 1.11.
    GoModules,
    /// Go uses modules inside of `GOPATH` as well without being told to.
    GoModulesInGopath,
}

/// Whether an image is of a release whose own package manager is older than that. `false` where the reference doesn't
/// tell: these releases are long out of support.
pub fn predates(image: &Value, novelty: Novelty) -> bool {
    let Some(reference) = Reference::of_value(image) else {
        return false;
    };
    let name = reference.path().rsplit('/').next().unwrap_or_default();
    let tag = reference.tag().unwrap_or_default();
    let words = || tag.split(['-', '_']);
    match novelty {
        Novelty::ApkNoCache => {
            let old = |text: &str| version(text).is_some_and(|found| found < (3, 3));
            name == "alpine" && old(tag.trim_start_matches('v'))
                || words().any(|word| word.strip_prefix("alpine").is_some_and(old))
        }
        Novelty::GoModules => name == "golang" && version(tag).is_some_and(|found| found < (1, 11)),
        Novelty::GoModulesInGopath => {
            name == "golang" && version(tag).is_some_and(|found| found < (1, 13))
        }
        Novelty::PipNoCacheDir => {
            let before = |family: &str, release| {
                name.starts_with(family) && version(tag).is_some_and(|found| found < release)
            };
            // The images of the language bring a pip of their own.
            !matches!(name, "python" | "pypy")
                && (before("ubuntu", (15, 4))
                    || before("debian", (9, 0)) && tag.starts_with(['6', '7', '8'])
                    || before("fedora", (22, 0))
                    || reference.path() == "phusion/baseimage" && tag.starts_with("0.9.")
                    || words().any(is_old_code_name))
        }
    }
}

fn is_old_code_name(word: &str) -> bool {
    matches!(
        word,
        "squeeze"
            | "wheezy"
            | "jessie"
            | "oldoldstable"
            | "lucid"
            | "maverick"
            | "natty"
            | "oneiric"
            | "precise"
            | "quantal"
            | "raring"
            | "saucy"
            | "trusty"
            | "utopic"
            | "heisenbug"
    )
}

/// The first two numbers of `3.2.1`; of a whole number the second is 0, unless it names the newest of a series.
fn version(text: &str) -> Option<(u32, u32)> {
    let text = text.split(['-', '_']).next()?;
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    let major = numbers.next()??;
    match numbers.next() {
        Some(minor) => Some((major, minor?)),
        // `alpine:3` is the newest 3; `debian:8` and `fedora:20` are releases.
        None if major < 4 => None,
        None => Some((major, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(novelty: Novelty, old: &[&str], new: &[&str]) {
        for (images, expected) in [(old, true), (new, false)] {
            for image in images {
                let found = predates(&Value::literal(image), novelty);
                assert_eq!(found, expected, "{image}");
            }
        }
    }

    #[test]
    fn alpine() {
        check(
            Novelty::ApkNoCache,
            &[
                "alpine:3.2",
                "alpine:3.1.4",
                "alpine:v3.2",
                "alpine:2.7",
                "example.org/a/alpine:3.0",
                "node:0.12-alpine3.2",
            ],
            &[
                "alpine",
                "alpine:3",
                "alpine:3.3",
                "alpine:3.10",
                "alpine:edge",
                "alpine:20240315",
                "node:8-alpine",
                "node:2.1",
                "a/alpine-b:1.2",
                "python:3.6-alpine3.4",
            ],
        );
    }

    #[test]
    fn go() {
        check(
            Novelty::GoModules,
            &["golang:1.10", "golang:1.8.3-alpine", "a/golang:1.9"],
            &[
                "golang",
                "golang:1",
                "golang:1.11",
                "golang:1.22-alpine",
                "debian:1.10",
            ],
        );
    }

    #[test]
    fn pip() {
        check(
            Novelty::PipNoCacheDir,
            &[
                "ubuntu:14.04",
                "ubuntu:trusty",
                "ubuntu:trusty-20170119",
                "ubuntu-debootstrap:12.04",
                "debian:8",
                "debian:7.8",
                "debian:jessie-slim",
                "buildpack-deps:jessie-scm",
                "node:8-jessie",
                "fedora:20",
                "phusion/baseimage:0.9.18",
            ],
            &[
                "ubuntu",
                "ubuntu:16.04",
                "ubuntu:latest",
                "debian:9",
                "debian:10.1",
                "debian:stable-slim",
                "fedora:22",
                "python:2.7-jessie",
                "a/b:14.04",
                "phusion/baseimage:18.04-1.0.0",
            ],
        );
    }
}
