//! `textDocument/signatureHelp`.

use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp,
    SignatureHelpOptions, SignatureHelpParams, SignatureInformation,
};

use crate::ide;
use crate::ide::reference::Form;
use crate::lsp::session::Session;

/// What the server tells of the feature.
pub(in crate::lsp) fn options() -> SignatureHelpOptions {
    SignatureHelpOptions {
        trigger_characters: Some(vec![" ".to_owned(), "=".to_owned()]),
        ..SignatureHelpOptions::default()
    }
}

/// Answers `textDocument/signatureHelp`.
pub(in crate::lsp) fn help(
    session: &mut Session,
    params: &SignatureHelpParams,
) -> Result<Option<SignatureHelp>> {
    let at = &params.text_document_position_params;
    let Some(view) = session.view(&at.text_document.uri) else {
        return Ok(None);
    };
    let found = ide::signature::signature(view.file(), view.offset(at.position));
    let to_u32 = |number: usize| u32::try_from(number).unwrap_or_default();
    Ok(found.map(|found| SignatureHelp {
        signatures: found
            .forms
            .iter()
            .map(|form| SignatureInformation {
                label: form.text.to_owned(),
                documentation: Some(plain(found.summary)),
                parameters: Some(parameters(form, view.client.label_offsets)),
                active_parameter: None,
            })
            .collect(),
        active_signature: Some(to_u32(found.form)),
        active_parameter: Some(to_u32(found.parameter)),
    }))
}

/// The parameters by their offsets, where the client can take these: a text may stand in a label twice.
fn parameters(form: &Form, offsets: bool) -> Vec<ParameterInformation> {
    let mut from = 0;
    let mut all = Vec::new();
    for (name, meaning) in form.parameters {
        let rest = form.text.get(from..).unwrap_or_default();
        let Some(at) = rest.find(name) else { continue };
        let start = from + at;
        from = start + name.len();
        // Forms are ASCII, so that bytes are code units.
        let label = match (offsets, u32::try_from(start), u32::try_from(from)) {
            (true, Ok(start), Ok(end)) => ParameterLabel::LabelOffsets([start, end]),
            _ => ParameterLabel::Simple((*name).to_owned()),
        };
        all.push(ParameterInformation {
            label,
            documentation: Some(plain(meaning)),
        });
    }
    all
}

fn plain(text: &str) -> Documentation {
    Documentation::MarkupContent(MarkupContent {
        kind: MarkupKind::PlainText,
        value: text.to_owned(),
    })
}
