//! Parser directives (section A.2, `directives.go`).

use std::ops::Range;

/// A directive, with ranges inside of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directive {
    pub(crate) name: Name,
    pub(crate) name_range: Range<usize>,
    /// The `=`.
    pub(crate) equals: usize,
    pub(crate) value: Range<usize>,
}

/// The directives that BuildKit knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Syntax,
    Escape,
    Check,
}

/// `\s` of Go's regular expressions.
fn is_space(ch: char) -> bool {
    matches!(ch, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

/// Reads a physical line, without its line end and without the blanks at its start.
pub(crate) fn read(line: &str) -> Option<Directive> {
    let after_hash = line.strip_prefix('#')?;
    let name_start = line.len() - after_hash.trim_start_matches(is_space).len();
    let at_name = line.get(name_start..)?;
    if !at_name.starts_with(|ch: char| ch.is_ascii_alphabetic()) {
        return None;
    }
    let length = at_name.find(|ch: char| !ch.is_ascii_alphanumeric())?;
    let name = at_name.get(..length)?;
    let name_range = name_start..name_start + length;
    let after_name = at_name.get(length..)?.trim_start_matches(is_space);
    let equals = line.len() - after_name.len();
    let after_equals = after_name.strip_prefix('=')?;
    let value = after_equals.trim_start_matches(is_space);
    let start = line.len() - value.len();
    let value = if value.is_empty() {
        // The value is at least one character: a blank, if nothing else is left.
        after_equals.chars().next_back()?;
        line.len() - 1..line.len()
    } else {
        start..start + value.trim_end_matches(is_space).len()
    };
    let name = if name.eq_ignore_ascii_case("syntax") {
        Name::Syntax
    } else if name.eq_ignore_ascii_case("escape") {
        Name::Escape
    } else if name.eq_ignore_ascii_case("check") {
        Name::Check
    } else {
        return None;
    };
    Some(Directive {
        name,
        name_range,
        equals,
        value,
    })
}

/// Whether a `syntax` value names a frontend whose language is the one of this parser: `docker/dockerfile` or
/// `docker/dockerfile-upstream`, of any registry and tag.
pub fn is_known_frontend(value: &str) -> bool {
    let image = value.split(' ').next().unwrap_or_default();
    let image = image.split('@').next().unwrap_or_default();
    let name = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    };
    ["docker/dockerfile", "docker/dockerfile-upstream"]
        .iter()
        .any(|known| {
            name.strip_suffix(known)
                .is_some_and(|registry| registry.is_empty() || registry.ends_with('/'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_directives() {
        let check = |line: &str, expected: Option<(Name, &str)>| {
            let found = read(line);
            let found = found.map(|d| (d.name, line.get(d.value).unwrap()));
            assert_eq!(found, expected, "{line:?}");
        };
        check("# escape=`", Some((Name::Escape, "`")));
        check("#ESCAPE = \\  ", Some((Name::Escape, "\\")));
        check("#  syntax=a b\t", Some((Name::Syntax, "a b")));
        check(
            "# check=skip=all;error=true",
            Some((Name::Check, "skip=all;error=true")),
        );
        check("# escape=", None);
        check("# escape=  ", Some((Name::Escape, " ")));
        check("# foo=bar", None);
        check("# escape", None);
        check("#!escape=x", None);
        check("# es cape=x", None);
        check("escape=x", None);
    }

    #[test]
    fn knows_frontends() {
        for value in [
            "docker/dockerfile",
            "docker/dockerfile:1.7-labs",
            "docker.io/docker/dockerfile:1@sha256:0",
            "localhost:5000/docker/dockerfile",
            "docker/dockerfile-upstream:master",
        ] {
            assert!(is_known_frontend(value), "{value}");
        }
        for value in [
            "",
            "dockerfile",
            "xdocker/dockerfile",
            "ghcr.io/x/y:1",
            "docker/dockerfilex",
        ] {
            assert!(!is_known_frontend(value), "{value}");
        }
    }
}
