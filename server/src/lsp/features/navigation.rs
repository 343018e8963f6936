//! Where a stage or a variable is defined, and where it is used.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, GotoDefinitionParams,
    GotoDefinitionResponse, Location, LocationLink, Range, ReferenceParams, Url,
};

use crate::ide::symbol::{self, PlaceKind, Target};
use crate::lsp::session::{Session, View};

/// Answers `textDocument/definition`.
pub(in crate::lsp) fn definition(
    session: &mut Session,
    params: &GotoDefinitionParams,
) -> Result<Option<GotoDefinitionResponse>> {
    let at = &params.text_document_position_params;
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let Some(found) = symbol::definition(view.file(), view.offset(at.position)) else {
        return Ok(None);
    };
    let origin = view.range(found.origin);
    let targets = found
        .targets
        .iter()
        .filter_map(|target| link(view, origin, target));
    let links: Vec<LocationLink> = targets.collect();
    if view.client.definition_links {
        return Ok(Some(GotoDefinitionResponse::Link(links)));
    }
    let locations = links
        .into_iter()
        .map(|link| Location::new(link.target_uri, link.target_selection_range));
    Ok(Some(GotoDefinitionResponse::Array(locations.collect())))
}

/// Answers `textDocument/references`.
pub(in crate::lsp) fn references(
    session: &mut Session,
    params: &ReferenceParams,
) -> Result<Option<Vec<Location>>> {
    let at = &params.text_document_position;
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let Some(mut places) = symbol::places(view.file(), view.offset(at.position)) else {
        return Ok(None);
    };
    if !params.context.include_declaration {
        places.retain(|place| place.kind == PlaceKind::Use);
    }
    let uri = &view.document.uri;
    let location = |place: &symbol::Place| Location::new(uri.clone(), view.range(place.range));
    Ok(Some(places.iter().map(location).collect()))
}

/// Answers `textDocument/documentHighlight`.
pub(in crate::lsp) fn highlight(
    session: &mut Session,
    params: &DocumentHighlightParams,
) -> Result<Option<Vec<DocumentHighlight>>> {
    let at = &params.text_document_position_params;
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let places = symbol::places(view.file(), view.offset(at.position));
    let highlight = |place: &symbol::Place| DocumentHighlight {
        range: view.range(place.range),
        kind: Some(match place.kind {
            PlaceKind::Definition => DocumentHighlightKind::WRITE,
            PlaceKind::Use => DocumentHighlightKind::READ,
        }),
    };
    Ok(places.map(|places| places.iter().map(highlight).collect()))
}

fn link(view: View<'_>, origin: Range, target: &Target) -> Option<LocationLink> {
    let (target_uri, target_range, target_selection_range) = match target {
        Target::Here { whole, name } => {
            let uri = view.document.uri.clone();
            (uri, view.range(*whole), view.range(*name))
        }
        Target::ContextFile(key) => (context_file(view, key)?, Range::default(), Range::default()),
    };
    Some(LocationLink {
        origin_selection_range: Some(origin),
        target_uri,
        target_range,
        target_selection_range,
    })
}

/// The file of the build context that a key of the facts stands for; in the first of the folders that may be the context
/// and hold it.
pub(in crate::lsp) fn context_file(view: View<'_>, key: &str) -> Option<Url> {
    let path = view.document.path.as_deref()?;
    let roots = view.world.context_roots(path);
    let known = roots.iter().zip(&view.checked.facts.contexts);
    let mut holding = known.filter(|(_, context)| context.contains_key(key));
    let (root, _) = holding.next()?;
    Url::from_file_path(root.join(key)).ok()
}
