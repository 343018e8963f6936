//! Formatting: a document, a range, and the line that Enter began. What is formatted and how is [`dfix fmt`]'s and the
//! configuration's business; the editor says how wide a tab is.

use dfix_transforms::format::{self, FormatOptions};
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    DocumentFormattingParams, DocumentOnTypeFormattingOptions, DocumentOnTypeFormattingParams,
    DocumentRangeFormattingParams, FormattingOptions, TextEdit,
};

use super::edits;
use crate::lsp::session::{Session, View};

/// The characters behind which the line is indented.
pub(in crate::lsp) fn on_type_options() -> DocumentOnTypeFormattingOptions {
    DocumentOnTypeFormattingOptions {
        first_trigger_character: "\n".to_owned(),
        more_trigger_character: None,
    }
}

/// Answers `textDocument/formatting`.
pub(in crate::lsp) fn document(
    session: &mut Session,
    params: &DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>> {
    let view = session.view(&params.text_document.uri).filter(may_format);
    Ok(view.map(|view| {
        let options = options(view, &params.options);
        edits::text_edits(view, &format::format(&view.checked.analysis, &options))
    }))
}

/// Answers `textDocument/rangeFormatting`.
pub(in crate::lsp) fn range(
    session: &mut Session,
    params: &DocumentRangeFormattingParams,
) -> Result<Option<Vec<TextEdit>>> {
    let view = session.view(&params.text_document.uri).filter(may_format);
    Ok(view.map(|view| {
        let options = options(view, &params.options);
        let range = view.bytes(params.range);
        let found = format::format_range(&view.checked.analysis, &options, range);
        edits::text_edits(view, &found)
    }))
}

/// Answers `textDocument/onTypeFormatting`.
pub(in crate::lsp) fn on_type(
    session: &mut Session,
    params: &DocumentOnTypeFormattingParams,
) -> Result<Option<Vec<TextEdit>>> {
    let at = &params.text_document_position;
    let view = session.view(&at.text_document.uri).filter(may_format);
    Ok(view.map(|view| {
        let options = options(view, &params.options);
        let at = view.offset(at.position);
        let found = format::format_on_newline(&view.checked.analysis, &options, at);
        edits::text_edits(view, &found)
    }))
}

/// A template is left alone, as is a document whose configuration is in error.
fn may_format(view: &View<'_>) -> bool {
    view.checked.problem.is_none()
}

/// What the configuration says, and where it says nothing, the editor.
fn options(view: View<'_>, editor: &FormattingOptions) -> FormatOptions {
    let own = view.checked.config.format.clone();
    let options = own.in_editor(editor.tab_size, editor.insert_spaces);
    FormatOptions {
        trim_trailing_blanks: editor
            .trim_trailing_whitespace
            .unwrap_or(options.trim_trailing_blanks),
        insert_final_newline: editor
            .insert_final_newline
            .unwrap_or(options.insert_final_newline),
        trim_final_newlines: editor
            .trim_final_newlines
            .unwrap_or(options.trim_final_newlines),
        ..options
    }
}
