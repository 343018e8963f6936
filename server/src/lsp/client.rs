//! What the client can do, read once from `initialize`.

use tower_lsp::lsp_types::{ClientCapabilities, MarkupKind, ResourceOperationKind};

use super::positions::Encoding;

/// What the client can do, as far as the server's answers depend on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Capabilities {
    /// In what columns are counted.
    pub encoding: Encoding,
    /// Edits may name the version of the document that they are for.
    pub versioned_edits: bool,
    /// Edits may make files.
    pub creates_files: bool,
    /// Edits may ask for confirmation.
    pub change_annotations: bool,
    /// The edit of a code action may be asked for later.
    pub resolves_edits: bool,
    /// Code actions may be literals, not only commands.
    pub action_literals: bool,
    /// Diagnostics are asked for; they must not be pushed as well.
    pub pulls_diagnostics: bool,
    /// Diagnostics may have tags.
    pub diagnostic_tags: bool,
    /// Diagnostics may point at other places.
    pub related_information: bool,
    /// The client may be asked to pull diagnostics, inlay hints or lenses again.
    pub refreshes: Refreshes,
    /// The client watches files for the server.
    pub watches_files: bool,
    /// The client answers `workspace/configuration`.
    pub configuration: bool,
    /// Changes of the configuration have to be asked for.
    pub registers_configuration: bool,
    /// Texts in hovers may be Markdown.
    pub markdown_hover: bool,
    /// Completions may be snippets.
    pub snippets: bool,
    /// Texts in completions may be Markdown.
    pub markdown_completion: bool,
    /// Completions may have tags.
    pub completion_tags: bool,
    /// Parameters of signatures may be given by their offsets.
    pub label_offsets: bool,
    /// Document symbols may be trees.
    pub symbol_trees: bool,
    /// Only whole lines can be folded.
    pub folds_lines_only: bool,
    /// Definitions may be links with the range that was asked about.
    pub definition_links: bool,
    /// Renames may be prepared.
    pub prepares_rename: bool,
    /// Progress may be shown that the client did not ask for.
    pub shows_progress: bool,
}

/// What the client can be asked to pull again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Refreshes {
    pub diagnostics: bool,
    pub inlay_hints: bool,
    pub code_lens: bool,
}

impl Capabilities {
    /// Reads what the client says.
    pub(super) fn of(client: &ClientCapabilities) -> Self {
        let document = client.text_document.clone().unwrap_or_default();
        let workspace = client.workspace.clone().unwrap_or_default();
        let window = client.window.clone().unwrap_or_default();
        let general = client.general.clone().unwrap_or_default();
        let edits = workspace.workspace_edit.unwrap_or_default();
        let actions = document.code_action.unwrap_or_default();
        let published = document.publish_diagnostics.unwrap_or_default();
        let completion = document.completion.unwrap_or_default();
        let items = completion.completion_item.unwrap_or_default();
        let rename = document.rename.unwrap_or_default();
        let markdown = |kinds: &[MarkupKind]| kinds.contains(&MarkupKind::Markdown);
        Self {
            encoding: Encoding::choose(&general.position_encodings.unwrap_or_default()),
            versioned_edits: edits.document_changes == Some(true),
            creates_files: edits
                .resource_operations
                .is_some_and(|operations| operations.contains(&ResourceOperationKind::Create)),
            change_annotations: edits.change_annotation_support.is_some(),
            resolves_edits: actions
                .resolve_support
                .is_some_and(|support| support.properties.iter().any(|name| name == "edit")),
            action_literals: actions.code_action_literal_support.is_some(),
            pulls_diagnostics: document.diagnostic.is_some(),
            diagnostic_tags: published.tag_support.is_some(),
            related_information: published.related_information == Some(true),
            refreshes: Refreshes {
                diagnostics: workspace
                    .diagnostic
                    .is_some_and(|it| it.refresh_support == Some(true)),
                inlay_hints: workspace
                    .inlay_hint
                    .is_some_and(|it| it.refresh_support == Some(true)),
                code_lens: workspace
                    .code_lens
                    .is_some_and(|it| it.refresh_support == Some(true)),
            },
            watches_files: workspace
                .did_change_watched_files
                .is_some_and(|it| it.dynamic_registration == Some(true)),
            configuration: workspace.configuration == Some(true),
            registers_configuration: workspace
                .did_change_configuration
                .is_some_and(|it| it.dynamic_registration == Some(true)),
            markdown_hover: document
                .hover
                .and_then(|hover| hover.content_format)
                .is_some_and(|kinds| markdown(&kinds)),
            snippets: items.snippet_support == Some(true),
            markdown_completion: items
                .documentation_format
                .is_some_and(|kinds| markdown(&kinds)),
            completion_tags: items.tag_support.is_some(),
            label_offsets: document
                .signature_help
                .and_then(|help| help.signature_information?.parameter_information)
                .is_some_and(|it| it.label_offset_support == Some(true)),
            symbol_trees: document
                .document_symbol
                .is_some_and(|it| it.hierarchical_document_symbol_support == Some(true)),
            folds_lines_only: document
                .folding_range
                .is_some_and(|it| it.line_folding_only == Some(true)),
            definition_links: document
                .definition
                .is_some_and(|it| it.link_support == Some(true)),
            prepares_rename: rename.prepare_support == Some(true),
            shows_progress: window.work_done_progress == Some(true),
        }
    }
}
