//! `.hadolint.yaml`: the two keys that mean something here. A project that comes from hadolint keeps its exceptions.

use std::path::Path;

use dfix_transforms::Settings;
use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::{Config, ConfigError, names};
use crate::report::lines::Position;

/// The part of hadolint's file that is honoured; its other keys are its own business.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    ignored: Option<Vec<String>>,
    trusted_registries: Option<Vec<String>>,
}

/// Reads the text of a `.hadolint.yaml`. Codes of rules that dfix doesn't have are passed over.
pub(super) fn read(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let has_content = text
        .lines()
        .map(str::trim)
        .any(|line| !(line.is_empty() || line.starts_with('#') || line == "---"));
    let file: File = if has_content {
        serde_saphyr::from_str(text).map_err(|error| {
            let place = error.location().map(|location| Position {
                line: usize::try_from(location.line()).unwrap_or(usize::MAX),
                column: usize::try_from(location.column()).unwrap_or(usize::MAX),
            });
            let message = error.to_string();
            // The place is said in front already.
            let message = message.lines().next().unwrap_or_default();
            let message = match place {
                Some(Position { line, column }) => message
                    .strip_prefix(&format!("error: line {line} column {column}: "))
                    .unwrap_or(message),
                None => message,
            };
            ConfigError::new(path, format!("not read as YAML: {message}")).at_position(place)
        })?
    } else {
        File::default()
    };
    let ignored: FxHashSet<&'static str> = file
        .ignored
        .unwrap_or_default()
        .iter()
        .filter_map(|code| names::resolve(code).ok())
        .flatten()
        .collect();
    Ok(Config {
        settings: Settings {
            ignored,
            trusted_registries: file.trusted_registries.unwrap_or_default(),
            ..Settings::default()
        },
        ..Config::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Config, ConfigError> {
        read(Path::new("/x/.hadolint.yaml"), text)
    }

    #[test]
    fn the_shared_keys() {
        let config = read_text(
            "---\nignored:\n  - DL3008\n  - SC2086\nfailure-threshold: info\n\
             trustedRegistries:\n  - docker.io\n  - '*.gcr.io'\noverride:\n  error: [DL3001]\n",
        )
        .unwrap();
        assert_eq!(
            config.settings.trusted_registries,
            ["docker.io", "*.gcr.io"]
        );
    }

    #[test]
    fn empty_files_and_keys() {
        for text in ["", "# nothing\n", "---\n", "ignored:\n", "ignored: []\n"] {
            let config = read_text(text).unwrap();
            assert!(config.settings.ignored.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn errors_have_a_place() {
        let error = read_text("ignored:\n  - a\n b: [\n")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("/x/.hadolint.yaml:"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
