//! Renaming stages and variables.

use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::lsp_types::{
    PrepareRenameResponse, RenameParams, TextDocumentPositionParams, TextEdit, WorkspaceEdit,
};

use super::edits::{self, Question};
use crate::ide::rename;
use crate::lsp::session::Session;

/// Answers `textDocument/prepareRename`.
pub(in crate::lsp) fn prepare(
    session: &mut Session,
    params: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let offset = view.offset(params.position);
    let place = rename::prepare(view.file(), offset).map_err(refused)?;
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: view.range(place),
        placeholder: view.checked.analysis.text(place).to_owned(),
    }))
}

/// Answers `textDocument/rename`.
pub(in crate::lsp) fn rename(
    session: &mut Session,
    params: &RenameParams,
) -> Result<Option<WorkspaceEdit>> {
    let at = &params.text_document_position;
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let offset = view.offset(at.position);
    let renaming = rename::rename(view.file(), offset, &params.new_name).map_err(refused)?;
    let edit = |place: &dfix_syntax::TextRange| TextEdit {
        range: view.range(*place),
        new_text: params.new_name.clone(),
    };
    let changed: Vec<TextEdit> = renaming.places.iter().map(edit).collect();
    let question = Question {
        label: format!("Rename to {}", params.new_name),
        why: renaming.caution.text,
        confirm: renaming.caution.confirm,
    };
    Ok(Some(edits::annotated(view, changed, question)))
}

/// The code that says that a request was valid and yet failed; clients show the message.
fn refused(message: String) -> Error {
    Error {
        code: ErrorCode::ServerError(-32803),
        message: message.into(),
        data: None,
    }
}
