//! What the client sets: `initializationOptions` and the section `dfix` of the client's configuration.

use serde::Deserialize;
use serde_json::Value;

/// The client's settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Options {
    /// A configuration file for all documents, in place of the closest one upward. A relative path is relative to the
    /// workspace folder.
    pub configuration: Option<String>,
    /// The keys of `dfix.toml`. They hold where no configuration file is found, so that the editor and the command line
    /// never disagree about a project that has one.
    pub settings: serde_json::Map<String, Value>,
    /// Whether fixes are offered that a person must judge.
    pub unsafe_fixes: bool,
    /// When diagnostics are made.
    pub diagnostics: When,
    /// Which inlay hints are shown.
    pub inlay_hints: InlayHints,
    /// Whether stages have a lens.
    pub code_lens: bool,
    /// Whether and how files are verified by real builds.
    pub verify: Verify,
}

/// When diagnostics are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum When {
    /// At each change.
    #[default]
    OnType,
    /// When a document is opened or saved.
    OnSave,
    /// Never.
    Off,
}

/// Which inlay hints are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InlayHints {
    /// The numbers and names of stages.
    pub stages: bool,
    /// What relative paths are relative to.
    pub workdir: bool,
    /// How often what is copied has changed.
    pub history: bool,
}

/// Whether and how files are verified by real builds, which happens on request only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Verify {
    /// Whether it is offered, and done when it is asked for.
    pub enabled: bool,
    /// Whether the file is built once more as it is, so that what differs between any two builds is told apart. Without that,
    /// the logs of a package manager alone make two images different.
    pub calibrate: bool,
    /// Further arguments for `dfix verify`. Relative paths in them are relative to the workspace folder of the file.
    pub arguments: Vec<String>,
}

impl Default for Verify {
    fn default() -> Self {
        Self {
            enabled: true,
            calibrate: true,
            arguments: Vec::new(),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            configuration: None,
            settings: serde_json::Map::new(),
            unsafe_fixes: true,
            diagnostics: When::default(),
            inlay_hints: InlayHints::default(),
            code_lens: true,
            verify: Verify::default(),
        }
    }
}

impl Default for InlayHints {
    fn default() -> Self {
        Self {
            stages: true,
            workdir: true,
            history: true,
        }
    }
}

impl Options {
    /// Reads what the client sent, which may be wrapped in a section `dfix`. Nulls stand for what is not set.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let value = value.get("dfix").unwrap_or(value);
        if value.is_null() {
            return Ok(Self::default());
        }
        let value = without_nulls(value);
        serde_json::from_value(value).map_err(|error| format!("the settings of dfix: {error}"))
    }
}

/// Clients send null for a setting without a value.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_clients_send() {
        for value in [
            json!(null),
            json!({}),
            json!({"dfix": null}),
            json!({"dfix": {"configuration": null, "settings": {}}}),
            json!({"other": 1}),
        ] {
            assert_eq!(Options::read(&value), Ok(Options::default()), "{value}");
        }
        let options = Options::read(&json!({
            "unsafeFixes": false,
            "diagnostics": "onSave",
            "inlayHints": {"stages": false},
            "settings": {"ignore": ["style"], "select": null},
        }))
        .unwrap();
        assert!(
            !options.unsafe_fixes && !options.inlay_hints.stages && options.inlay_hints.workdir
        );
        assert_eq!(options.diagnostics, When::OnSave);
        assert_eq!(Value::from(options.settings), json!({"ignore": ["style"]}));
        let error = Options::read(&json!({"diagnostics": "sometimes"})).unwrap_err();
        assert!(error.contains("sometimes"), "{error}");
    }
}
