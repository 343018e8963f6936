//! Inlay hints.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{InlayHint, InlayHintLabel, InlayHintParams, InlayHintTooltip};

use crate::ide::hints::{self, Wanted};
use crate::lsp::session::Session;

/// Answers `textDocument/inlayHint`.
pub(in crate::lsp) fn of_range(
    session: &mut Session,
    params: &InlayHintParams,
) -> Result<Option<Vec<InlayHint>>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let range = view.bytes(params.range);
    let wanted = Wanted {
        stages: view.options.inlay_hints.stages,
        workdir: view.options.inlay_hints.workdir,
    };
    let history = match (&view.document.path, view.options.inlay_hints.history) {
        (Some(path), true) => view.world.history(path, view.file().analysis),
        _ => None,
    };
    let hints = hints::hints(view.file(), wanted, history.as_ref()).into_iter();
    let here = hints.filter(|hint| range.contains_inclusive(hint.at));
    let hint = |hint: hints::Hint| InlayHint {
        position: view.position(hint.at),
        label: InlayHintLabel::String(hint.label),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(hint.meaning.to_owned())),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    Ok(Some(here.map(hint).collect()))
}
