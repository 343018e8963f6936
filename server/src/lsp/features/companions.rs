//! Changes of other files than the document, as operations of the protocol.

use dfix_transforms::Companion;
use tower_lsp::lsp_types::{
    AnnotatedTextEdit, CreateFile, CreateFileOptions, DocumentChangeOperation, OneOf,
    OptionalVersionedTextDocumentIdentifier, ResourceOp, TextDocumentEdit, TextEdit, Url,
};

use crate::lsp::positions::Lines;
use crate::lsp::session::View;

/// Whether the client can make the changes, together with those of the document.
pub(super) fn can_be_made(view: View<'_>, companions: &[Companion]) -> bool {
    let client = view.client;
    companions
        .iter()
        .all(|it| client.versioned_edits && (it.before.is_some() || client.creates_files))
}

/// What makes the changes. `None` when a file is no longer what the change was made for: the client would put the lines
/// into another text.
pub(super) fn operations(
    view: View<'_>,
    companions: &[Companion],
    annotation: Option<&str>,
) -> Option<Vec<DocumentChangeOperation>> {
    let mut operations = Vec::new();
    for companion in companions {
        let now = std::fs::read_to_string(&companion.path).ok();
        if now.as_deref() != companion.before.as_deref() {
            return None;
        }
        let uri = Url::from_file_path(&companion.path).ok()?;
        if companion.before.is_none() {
            let options = CreateFileOptions {
                overwrite: Some(false),
                ignore_if_exists: Some(false),
            };
            let create = CreateFile {
                uri: uri.clone(),
                options: Some(options),
                annotation_id: annotation.map(str::to_owned),
            };
            operations.push(DocumentChangeOperation::Op(ResourceOp::Create(create)));
        }
        let before = companion.before.as_deref().unwrap_or_default();
        let end = dfix_syntax::TextSize::try_from(before.len()).ok()?;
        let at = Lines::new(before, view.client.encoding).position(before, end);
        let text_edit = TextEdit::new(
            tower_lsp::lsp_types::Range::new(at, at),
            companion.addition(before),
        );
        let edit = match annotation {
            Some(id) => OneOf::Right(AnnotatedTextEdit {
                text_edit,
                annotation_id: id.to_owned(),
            }),
            None => OneOf::Left(text_edit),
        };
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            // The server does not know the file as a document, so it knows no version.
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
            edits: vec![edit],
        }));
    }
    Some(operations)
}
