//! Document links.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{DocumentLink, DocumentLinkParams, Url};

use super::navigation::context_file;
use crate::ide::links::{self, Goal, Link};
use crate::lsp::session::{Session, View};

/// Answers `textDocument/documentLink`.
pub(in crate::lsp) fn of_document(
    session: &mut Session,
    params: &DocumentLinkParams,
) -> Result<Option<Vec<DocumentLink>>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let links = links::links(view.file());
    Ok(Some(links.iter().filter_map(|it| link(view, it)).collect()))
}

fn link(view: View<'_>, link: &Link) -> Option<DocumentLink> {
    let target = match &link.target {
        Goal::Address(address) => Url::parse(address).ok()?,
        Goal::ContextFile(key) => context_file(view, key)?,
    };
    Some(DocumentLink {
        range: view.range(link.range),
        target: Some(target),
        tooltip: None,
        data: None,
    })
}
