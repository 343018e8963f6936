//! The outline of a document.

use dfix_transforms::model::InstructionKind;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location, SymbolInformation,
    SymbolKind,
};

use crate::ide::outline::{self, Entry, EntryKind};
use crate::lsp::session::{Session, View};

/// Answers `textDocument/documentSymbol`.
pub(in crate::lsp) fn of_document(
    session: &mut Session,
    params: &DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let entries = outline::outline(view.file());
    if view.client.symbol_trees {
        let symbols = entries.into_iter().map(|entry| tree(view, entry));
        return Ok(Some(DocumentSymbolResponse::Nested(symbols.collect())));
    }
    let mut symbols = Vec::new();
    for entry in &entries {
        symbols.push(flat(view, entry, None));
        let children = entry.children.iter();
        symbols.extend(children.map(|child| flat(view, child, Some(entry.name.clone()))));
    }
    Ok(Some(DocumentSymbolResponse::Flat(symbols)))
}

/// The protocol's kind of an entry; it decides about the sign that is shown.
pub(in crate::lsp) fn kind(kind: EntryKind) -> SymbolKind {
    use InstructionKind as I;
    match kind {
        EntryKind::Stage => SymbolKind::MODULE,
        EntryKind::Instruction(kind) => match kind {
            I::Arg | I::Env => SymbolKind::VARIABLE,
            I::Copy | I::Add | I::Volume => SymbolKind::FILE,
            I::Run => SymbolKind::FUNCTION,
            I::Cmd | I::Entrypoint | I::Healthcheck | I::Onbuild => SymbolKind::EVENT,
            I::Expose => SymbolKind::INTERFACE,
            I::Label | I::Maintainer | I::User | I::Workdir | I::Stopsignal | I::Shell => {
                SymbolKind::PROPERTY
            }
            I::From | I::Unknown => SymbolKind::KEY,
        },
    }
}

#[allow(deprecated)] // The struct has a field that is, and no constructor.
fn tree(view: View<'_>, entry: Entry) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> = entry
        .children
        .into_iter()
        .map(|child| tree(view, child))
        .collect();
    DocumentSymbol {
        name: entry.name,
        detail: entry.detail,
        kind: kind(entry.kind),
        tags: None,
        deprecated: None,
        range: view.range(entry.range),
        selection_range: view.range(entry.focus),
        children: (!children.is_empty()).then_some(children),
    }
}

#[allow(deprecated)] // As above.
fn flat(view: View<'_>, entry: &Entry, container_name: Option<String>) -> SymbolInformation {
    SymbolInformation {
        name: entry.name.clone(),
        kind: kind(entry.kind),
        tags: None,
        deprecated: None,
        location: Location::new(view.document.uri.clone(), view.range(entry.range)),
        container_name,
    }
}
