//! Image references: host, path, tag, digest.
//!
//! The rules are those of the reference grammar that BuildKit uses (`distribution/reference`): the first component is a
//! host when it holds a dot or a colon or is `localhost`.

use smol_str::SmolStr;

use crate::model::{Part, Value};

/// Stands for an unknown part of a tag; no reference can hold it.
const UNKNOWN: char = '\u{fffd}';

/// A parsed reference. Host and path are known; parts of the tag may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    host: Option<SmolStr>,
    path: SmolStr,
    tag: Option<SmolStr>,
    digest: bool,
}

impl Reference {
    /// Parses a reference; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, digest) = match text.split_once('@') {
            Some((name, digest)) if digest.contains(':') => (name, true),
            Some(_) => return None,
            None => (text, false),
        };
        let (host, rest) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (Some(SmolStr::from(first)), rest),
            _ => (None, text),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        let valid_tag = |tag: &str| {
            !tag.is_empty()
                && tag.chars().all(|c| {
                    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') || c == UNKNOWN
                })
        };
        if !is_path(path) || tag.is_some_and(|tag| !valid_tag(tag)) {
            return None;
        }
        Some(Self {
            host,
            path: path.into(),
            tag: tag.map(SmolStr::from),
            digest,
        })
    }

    /// The reference that a symbolic value gives, if everything but its tag is known.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        if let Some(text) = value.known() {
            return Self::parse(text);
        }
        let mut text = String::new();
        for part in value.parts() {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                // A port is no tag: an unknown part is one only behind a colon in the last component.
                _ if text.rsplit('/').next()?.contains([':', '@']) => text.push(UNKNOWN),
                _ => return None,
            }
        }
        // What follows an unknown part must not turn the beginning into a host.
        let known = text.split(UNKNOWN).next()?;
        let after = text.get(known.len()..)?;
        if after.contains(['/', ':']) {
            return None;
        }
        Self::parse(&text)
    }

    /// The host, as written.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The path after the host, as written.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The tag as written.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Whether a tag is written.
    pub(super) fn has_tag(&self) -> bool {
        self.tag.is_some()
    }

    /// The name of an official image (`python`), without a host or with the default registry's.
    pub(super) fn official_name(&self) -> Option<&str> {
        if !self.is_default_registry() {
            // One mirror keeps the official images, and only them, under this path.
            return self.path.strip_prefix("docker/library/");
        }
        match self.path.split_once('/') {
            // The same images, built for one architecture.
            Some((
                "library" | "amd64" | "i386" | "arm32v5" | "arm32v6" | "arm32v7" | "arm64v8"
                | "mips64le" | "ppc64le" | "riscv64" | "s390x",
                name,
            )) => Some(name),
            _ => Some(self.path.as_str()),
        }
    }

    /// Whether the first label of the host is `label`.
    pub(super) fn host_starts_with(&self, label: &str) -> bool {
        self.host
            .as_deref()
            .is_some_and(|host| host.split('.').next() == Some(label))
    }

    /// Whether both name the same repository.
    pub(super) fn same_repository(&self, other: &Self) -> bool {
        if self.is_default_registry() && other.is_default_registry() {
            self.official_name() == other.official_name()
        } else {
            self.host == other.host && self.path == other.path
        }
    }

    /// Whether both have the same tag; `None` when one of them is not known.
    pub(super) fn same_tag(&self, other: &Self) -> Option<bool> {
        Some(self.known_tag()? == other.known_tag()?)
    }

    fn known_tag(&self) -> Option<&str> {
        match self.tag() {
            Some(tag) => (!tag.contains(UNKNOWN)).then_some(tag),
            None => (!self.digest).then_some("latest"),
        }
    }

    /// The words of the tag, and whether they are all of them.
    pub(super) fn tag_words(&self) -> TagWords<'_> {
        let text = self.tag.as_deref().unwrap_or_default();
        TagWords {
            text,
            complete: !text.contains(UNKNOWN) && (self.tag.is_some() || !self.digest),
        }
    }

    fn is_default_registry(&self) -> bool {
        let Some(host) = self.host.as_deref() else {
            return true;
        };
        let mut labels = host.split('.').rev();
        matches!(
            (labels.next(), labels.next(), labels.next()),
            (
                Some("io"),
                Some("docker"),
                None | Some("index" | "registry-1")
            )
        )
    }
}

/// The dash-separated words of a tag, as far as they are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagWords<'a> {
    text: &'a str,
    complete: bool,
}

impl<'a> TagWords<'a> {
    /// Whether every word is known.
    pub(super) fn complete(self) -> bool {
        self.complete
    }

    /// The known words.
    pub(super) fn words(self) -> impl Iterator<Item = &'a str> {
        self.text.split('-').filter(|word| !word.contains(UNKNOWN))
    }

    /// Whether a known word satisfies `test`; `None` when an unknown one might.
    pub(super) fn any(self, test: impl Fn(&str) -> bool) -> Option<bool> {
        if self.words().any(test) {
            Some(true)
        } else {
            self.complete.then_some(false)
        }
    }

    /// The number that the tag starts with (`8` of `8.0-alpine`), if it starts with one.
    pub(super) fn major(self) -> Option<u32> {
        self.version("")
    }

    /// The number that the tag starts with behind an optional name (`7` of `centos7.9`).
    pub(super) fn version(self, name: &str) -> Option<u32> {
        let text = self.text.strip_prefix(name).unwrap_or(self.text);
        text.split(['-', '.']).next()?.parse().ok()
    }
}

fn is_host(component: &str) -> bool {
    component == "localhost" || component.contains(['.', ':'])
}

fn is_path(path: &str) -> bool {
    !path.is_empty()
        && path.split('/').all(|component| {
            let sign = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let bytes = component.as_bytes();
            bytes.first().is_some_and(sign)
                && bytes.last().is_some_and(sign)
                && bytes
                    .iter()
                    .all(|byte| sign(byte) || matches!(byte, b'.' | b'_' | b'-'))
        })
}
