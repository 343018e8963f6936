//! Places of a file that lead somewhere else: images, files of the build context, addresses.

use dfix_syntax::{SyntaxKind, TextRange, TextSize};
use dfix_transforms::images::Reference;
use dfix_transforms::model::{Args, Base, InstructionKind};

use super::{File, stages, symbol, walk};

/// A place that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub range: TextRange,
    pub target: Goal,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goal {
    /// An address.
    Address(String),
    /// A file of the build context, by its key in [`dfix_transforms::Facts`].
    ContextFile(String),
}

/// The links of a file, in source order.
pub(crate) fn links(file: File<'_>) -> Vec<Link> {
    let analysis = file.analysis;
    let mut found = Vec::new();
    let mut images: Vec<(TextRange, &str)> = Vec::new();
    if let Some((range, reference)) = &analysis.syntax {
        images.push((*range, reference.as_str()));
    }
    for stage in &analysis.stages {
        if let (Base::Image(value), Some(range)) =
            (&stage.base, stages::base_range(analysis, stage.index))
        {
            images.push((range, value.known().unwrap_or_default()));
        }
    }
    for instruction in &analysis.instructions {
        let inner = instruction.innermost();
        let from = inner
            .flag("from")
            .filter(|_| inner.kind == InstructionKind::Copy);
        if let Some((value, range)) =
            from.and_then(|flag| flag.value.as_ref().zip(flag.value_range))
        {
            images.push((range, value.as_str()));
        }
        for mount in inner.mounts() {
            if let Some((origin, range)) = mount.origin().zip(mount.range(&["from"])) {
                images.push((range, origin));
            }
        }
        if let (Args::Copy { sources, .. }, InstructionKind::Add) = (&inner.args, inner.kind) {
            for source in sources {
                let address = source.text.trim_matches(['"', '\'']);
                if is_address(address) {
                    found.push(Link {
                        range: source.range,
                        target: Goal::Address(address.to_owned()),
                    });
                }
            }
        }
    }
    found.extend(images.into_iter().filter_map(|(range, image)| {
        let target = Goal::Address(page_of_image(image)?);
        Some(Link { range, target })
    }));
    let files = symbol::context_sources(file);
    found.extend(files.map(|(range, key)| Link {
        range,
        target: Goal::ContextFile(key),
    }));
    in_comments(file, &mut found);
    found.sort_by_key(|link| link.range.start());
    found
}

/// The page of an image at the registry that its reference names. Nothing is known of a reference that names none: which
/// registry it means is the builder's setting.
fn page_of_image(reference: &str) -> Option<String> {
    let reference = Reference::parse(reference)?;
    let host = reference.host()?;
    let local = host.starts_with("localhost") || host.starts_with("127.");
    (!local && !host.contains(['@', '\\'])).then(|| format!("https://{host}/{}", reference.path()))
}

/// Whether a text is an address that a browser opens, without variables.
fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|char: char| char.is_ascii_alphanumeric())
            && !rest.contains(['$', '"', '\'', '<', '>', '\\', '`'])
            && !rest.contains(char::is_whitespace)
    })
}

/// Addresses in comments.
fn in_comments(file: File<'_>, found: &mut Vec<Link>) {
    walk::tokens(file.analysis.green(), |_, token| {
        if token.kind() != SyntaxKind::COMMENT || !token.text().contains("://") {
            return;
        }
        let mut at = token.range().start();
        for word in token
            .text()
            .split_inclusive([' ', '\t', '(', ')', '<', '>', '"', '\'', '`', '[', ']'])
        {
            let start = at;
            at += TextSize::of(word);
            let word = word.trim_end_matches(|char: char| !char.is_alphanumeric() && char != '/');
            if is_address(word) {
                found.push(Link {
                    range: TextRange::at(start, TextSize::of(word)),
                    target: Goal::Address(word.to_owned()),
                });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        testing::with_file(text, |file| {
            let links = links(file);
            let shown: Vec<(&str, &str)> = links
                .iter()
                .map(|link| {
                    let target = match &link.target {
                        Goal::Address(address) => address,
                        Goal::ContextFile(key) => key,
                    };
                    (file.analysis.text(link.range), target.as_str())
                })
                .collect();
            assert_eq!(shown, expected, "{text}");
        });
    }

    #[test]
    fn images() {
        check("FROM alpine\nFROM ns/app:1\n", &[]);
        check(
            "# syntax=reg.example/ns/front:1\nFROM reg.example:5000/ns/app:1@sha256:00 AS b\nFROM b\nCOPY --from=reg.example/x y z\n",
            &[
                ("reg.example/ns/front:1", "https://reg.example/ns/front"),
                (
                    "reg.example:5000/ns/app:1@sha256:00",
                    "https://reg.example:5000/ns/app",
                ),
                ("reg.example/x", "https://reg.example/x"),
            ],
        );
        check(
            "ARG R=reg.example\nFROM localhost/a\nRUN --mount=type=bind,from=reg.example/m,target=/x y\n",
            &[("reg.example/m", "https://reg.example/m")],
        );
    }

    #[test]
    fn addresses() {
        check(
            "# see (https://a.example/b), or https://c.example.\nFROM a\nADD https://d.example/e?f=1 http://$g/ \"h\" /\n",
            &[
                ("https://a.example/b", "https://a.example/b"),
                ("https://c.example", "https://c.example"),
                ("https://d.example/e?f=1", "https://d.example/e?f=1"),
            ],
        );
    }
}
