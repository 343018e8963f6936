//! What a client says of itself when it starts.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::lsp_text::Encoding;

/// What a client says when it starts.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The encodings that it offers, the best one first; none for a client that knows only of UTF-16.
    pub encodings: Vec<Encoding>,
    /// Its capabilities; `encodings` are added.
    pub capabilities: Value,
    /// `initializationOptions`.
    pub options: Value,
    /// The workspace's folders.
    pub folders: Vec<PathBuf>,
    /// The process that the server is to end with.
    pub parent: Option<u32>,
    /// What it answers when it is asked for the section `dfix` of the configuration.
    pub configuration: Value,
}

impl Default for Setup {
    /// A client that can do everything but pull diagnostics and watch files.
    fn default() -> Self {
        Self {
            encodings: Vec::new(),
            capabilities: all_capabilities(),
            options: Value::Null,
            folders: Vec::new(),
            parent: None,
            configuration: Value::Null,
        }
    }
}

impl Setup {
    /// Sets a capability by its path, such as `/textDocument/diagnostic`.
    #[must_use]
    pub fn with(mut self, path: &str, value: Value) -> Self {
        let mut place = &mut self.capabilities;
        for name in path.split('/').skip(1) {
            if !place.is_object() {
                *place = json!({});
            }
            place = place
                .as_object_mut()
                .unwrap()
                .entry(name)
                .or_insert(Value::Null);
        }
        *place = value;
        self
    }

    /// A client that pulls diagnostics.
    #[must_use]
    pub fn pulling(self) -> Self {
        self.with("/textDocument/diagnostic", json!({}))
            .with("/workspace/diagnostics", json!({"refreshSupport": true}))
    }
}

/// What a modern editor says of itself.
fn all_capabilities() -> Value {
    let markdown = json!(["markdown", "plaintext"]);
    json!({
        "general": {},
        "window": {"workDoneProgress": true, "showDocument": {"support": true}},
        "workspace": {
            "applyEdit": true,
            "configuration": true,
            "workspaceFolders": true,
            "didChangeConfiguration": {"dynamicRegistration": true},
            "workspaceEdit": {
                "documentChanges": true,
                "resourceOperations": ["create", "rename", "delete"],
                "changeAnnotationSupport": {"groupsOnLabel": true},
            },
            "codeLens": {"refreshSupport": true},
            "inlayHint": {"refreshSupport": true},
            "semanticTokens": {"refreshSupport": true},
        },
        "textDocument": {
            "synchronization": {"didSave": true},
            "publishDiagnostics": {
                "relatedInformation": true,
                "tagSupport": {"valueSet": [1, 2]},
                "versionSupport": true,
                "codeDescriptionSupport": true,
                "dataSupport": true,
            },
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}},
                "resolveSupport": {"properties": ["edit"]},
                "dataSupport": true,
                "isPreferredSupport": true,
            },
            "hover": {"contentFormat": markdown},
            "completion": {"completionItem": {
                "snippetSupport": true,
                "documentationFormat": markdown,
                "resolveSupport": {"properties": ["documentation", "detail"]},
            }},
            "signatureHelp": {"signatureInformation": {"documentationFormat": markdown}},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "definition": {"linkSupport": true},
            "rename": {"prepareSupport": true, "honorsChangeAnnotations": true},
            "foldingRange": {},
            "selectionRange": {},
            "documentLink": {"tooltipSupport": true},
            "semanticTokens": {
                "requests": {"full": {"delta": true}, "range": true},
                "tokenTypes": ["keyword", "string", "comment", "variable", "operator"],
                "tokenModifiers": [],
                "formats": ["relative"],
                "multilineTokenSupport": false,
                "overlappingTokenSupport": false,
            },
            "inlayHint": {"resolveSupport": {"properties": []}},
            "codeLens": {},
            "formatting": {},
            "rangeFormatting": {},
            "onTypeFormatting": {},
        },
    })
}
