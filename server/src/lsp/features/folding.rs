//! What can be folded.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};

use crate::ide::folding::{self, Fold, FoldKind};
use crate::lsp::session::{Session, View};

/// Answers `textDocument/foldingRange`.
pub(in crate::lsp) fn of_document(
    session: &mut Session,
    params: &FoldingRangeParams,
) -> Result<Option<Vec<FoldingRange>>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let folds = folding::folds(view.file());
    let mut ranges: Vec<FoldingRange> = folds.into_iter().map(|fold| range(view, fold)).collect();
    if view.client.folds_lines_only {
        // A line can start one fold; the first is the largest.
        ranges.dedup_by_key(|range| range.start_line);
    }
    Ok(Some(ranges))
}

/// Folds are whole lines, for all clients: without columns, the end of the first line stays to be seen.
fn range(view: View<'_>, fold: Fold) -> FoldingRange {
    FoldingRange {
        start_line: view.position(fold.range.start()).line,
        end_line: view.position(fold.range.end()).line,
        kind: match fold.kind {
            FoldKind::Comment => Some(FoldingRangeKind::Comment),
            FoldKind::Stage => Some(FoldingRangeKind::Region),
            FoldKind::Code => None,
        },
        ..FoldingRange::default()
    }
}
