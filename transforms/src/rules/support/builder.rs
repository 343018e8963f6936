//! Which builder reads a file (decision F.6).

use crate::model::Analysis;
use crate::rules::Context;
use crate::settings::Builder;

/// Whether the file is certainly built by BuildKit: the user says so, or it uses what only BuildKit knows.
pub(crate) fn is_buildkit(ctx: &Context<'_>) -> bool {
    let analysis = ctx.analysis;
    let only = [
        "mount", "link", "network", "security", "parents", "exclude", "checksum",
    ];
    match ctx.settings.builder {
        Builder::BuildKit => true,
        Builder::Any => false,
        Builder::Auto => {
            analysis.syntax.is_some()
                || analysis.instructions.iter().any(|instruction| {
                    let mut flags = instruction.flags.iter();
                    !instruction.heredocs.is_empty()
                        || flags
                            .any(|flag| only.contains(&flag.name.as_str()) || flag.name == "chmod")
                })
        }
    }
}

/// Whether the syntax directive names version 1.`minor` of BuildKit's frontend or a later one, or the newest of version
/// 1. `None` without a directive: the builder brings its own.
pub(crate) fn frontend_since(analysis: &Analysis, minor: u32) -> Option<bool> {
    let (_, image) = analysis.syntax.as_ref()?;
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    let Some(version) = image.strip_prefix("docker/dockerfile:") else {
        return Some(image == "docker/dockerfile");
    };
    let version = version.split('@').next().unwrap_or_default();
    Some(match version.split_once('.') {
        None => matches!(version, "1" | "latest"),
        Some((major, rest)) => {
            let found = rest.split(['.', '-']).next().unwrap_or_default();
            major == "1" && found.parse::<u32>().is_ok_and(|found| found >= minor)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let since = |image: &str| {
            let text = format!("# syntax={image}\nFROM a\n");
            let source = dfix_syntax::SourceText::new(text.as_bytes()).expect("a good text");
            frontend_since(&Analysis::new(source, &crate::Settings::default()), 14)
        };
        for (image, expected) in [
            ("docker/dockerfile", true),
            ("docker/dockerfile:1", true),
            ("docker.io/docker/dockerfile:1.14", true),
            ("docker/dockerfile:1.20.0-labs", true),
            ("docker/dockerfile:1.13", false),
            ("docker/dockerfile:experimental", false),
            ("example.org/frontend", false),
        ] {
            assert_eq!(since(image), Some(expected), "{image}");
        }
    }
}
