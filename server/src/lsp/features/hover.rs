//! `textDocument/hover`.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use crate::ide;
use crate::ide::text::Text;
use crate::lsp::session::Session;

/// Answers `textDocument/hover`.
pub(in crate::lsp) fn hover(session: &mut Session, params: &HoverParams) -> Result<Option<Hover>> {
    let at = &params.text_document_position_params;
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let found = ide::hover::hover(view.file(), view.offset(at.position));
    Ok(found.map(|hover| {
        let mut content = markup(&hover.text, view.client.markdown_hover);
        for rule in hover.rules {
            if let Some(page) = view.pages.link(rule).filter(|_| view.client.markdown_hover) {
                content.value += &format!("\n\n[The page of {rule}]({page})");
            }
        }
        Hover {
            contents: HoverContents::Markup(content),
            range: Some(view.range(hover.range)),
        }
    }))
}

/// A text as the client can show it.
pub(in crate::lsp) fn markup(text: &Text, markdown: bool) -> MarkupContent {
    match markdown {
        true => MarkupContent {
            kind: MarkupKind::Markdown,
            value: text.markdown(),
        },
        false => MarkupContent {
            kind: MarkupKind::PlainText,
            value: text.plain(),
        },
    }
}
