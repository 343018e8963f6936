//! What to select next around the cursors.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{Position, Range, SelectionRange, SelectionRangeParams};

use crate::ide::selection;
use crate::lsp::session::{Session, View};

/// Answers `textDocument/selectionRange`: one chain for each position.
pub(in crate::lsp) fn of_document(
    session: &mut Session,
    params: &SelectionRangeParams,
) -> Result<Option<Vec<SelectionRange>>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let positions = params.positions.iter();
    Ok(Some(positions.map(|at| chain(view, *at)).collect()))
}

fn chain(view: View<'_>, position: Position) -> SelectionRange {
    let ranges = selection::around(view.file(), view.offset(position));
    let outer = ranges.into_iter().rev().fold(None, |parent, range| {
        Some(SelectionRange {
            range: view.range(range),
            parent: parent.map(Box::new),
        })
    });
    outer.unwrap_or(SelectionRange {
        range: Range::new(position, position),
        parent: None,
    })
}
