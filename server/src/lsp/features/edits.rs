//! Edits of the core as edits of the protocol.

use std::collections::HashMap;

use dfix_transforms::{Applicability, Edit, Fix};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use tower_lsp::lsp_types::{
    AnnotatedTextEdit, ChangeAnnotation, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::companions;
use crate::lsp::session::View;

/// What a fix changes, in the document and in other files. `None` when the client can't make the changes of the others, or
/// one of them is no longer what the fix was made for.
pub(in crate::lsp) fn of_fix(
    view: View<'_>,
    fix: &Fix,
    reason: Option<&str>,
) -> Option<WorkspaceEdit> {
    let edit = of_document(view, fix, reason);
    if fix.companions().is_empty() {
        return Some(edit);
    }
    if !can_be_made(view, fix) {
        return None;
    }
    let annotation = edit.change_annotations.as_ref();
    let annotation = annotation.and_then(|annotations| annotations.keys().next());
    let mut operations: Vec<DocumentChangeOperation> = match edit.document_changes {
        Some(DocumentChanges::Edits(edits)) => {
            let own = edits.into_iter().map(DocumentChangeOperation::Edit);
            own.collect()
        }
        Some(DocumentChanges::Operations(operations)) => operations,
        None => return None,
    };
    let others = companions::operations(view, fix.companions(), annotation.map(String::as_str));
    operations.extend(others?);
    Some(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        ..edit
    })
}

/// Whether the client can make all changes of a fix.
pub(in crate::lsp) fn can_be_made(view: View<'_>, fix: &Fix) -> bool {
    companions::can_be_made(view, fix.companions())
}

/// What a fix changes in the document.
fn of_document(view: View<'_>, fix: &Fix, reason: Option<&str>) -> WorkspaceEdit {
    let edits = text_edits(view, fix.edits());
    match fix.applicability {
        Applicability::Safe => of_edits(view, edits),
        Applicability::Unsafe | Applicability::Manual => {
            let description =
                reason.unwrap_or("the image or the build changes; see the rule's page");
            confirmed(view, edits, &fix.title, description)
        }
    }
}

/// Edits of a document, with its version where the client knows what that is.
pub(in crate::lsp) fn of_edits(view: View<'_>, edits: Vec<TextEdit>) -> WorkspaceEdit {
    if !view.client.versioned_edits {
        return WorkspaceEdit::new(HashMap::from([(view.document.uri.clone(), edits)]));
    }
    versioned(view, edits.into_iter().map(OneOf::Left).collect())
}

/// What a client that can ask says of edits before they are made.
pub(in crate::lsp) struct Question {
    pub label: String,
    pub why: String,
    /// Whether the person must agree.
    pub confirm: bool,
}

/// As [`of_edits`], to be confirmed by the person where the client can ask.
fn confirmed(view: View<'_>, edits: Vec<TextEdit>, label: &str, why: &str) -> WorkspaceEdit {
    let question = Question {
        label: format!("{label} (unsafe)"),
        why: why.to_owned(),
        confirm: true,
    };
    annotated(view, edits, question)
}

/// As [`of_edits`], with what is to be said of them.
pub(in crate::lsp) fn annotated(
    view: View<'_>,
    edits: Vec<TextEdit>,
    question: Question,
) -> WorkspaceEdit {
    if !(view.client.versioned_edits && view.client.change_annotations) {
        return of_edits(view, edits);
    }
    let id = "unsafe".to_owned();
    let annotated = edits.into_iter().map(|text_edit| {
        OneOf::Right(AnnotatedTextEdit {
            text_edit,
            annotation_id: id.clone(),
        })
    });
    let annotation = ChangeAnnotation {
        label: question.label,
        needs_confirmation: Some(question.confirm),
        description: Some(question.why),
    };
    WorkspaceEdit {
        change_annotations: Some(HashMap::from([(id.clone(), annotation)])),
        ..versioned(view, annotated.collect())
    }
}

fn versioned(view: View<'_>, edits: Vec<OneOf<TextEdit, AnnotatedTextEdit>>) -> WorkspaceEdit {
    let text_document = OptionalVersionedTextDocumentIdentifier {
        uri: view.document.uri.clone(),
        version: Some(view.document.version),
    };
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(vec![TextDocumentEdit {
            text_document,
            edits,
        }])),
        ..WorkspaceEdit::default()
    }
}

/// The edits of the core in the protocol's positions.
pub(in crate::lsp) fn text_edits(view: View<'_>, edits: &[Edit]) -> Vec<TextEdit> {
    let edits = edits.iter().map(|edit| TextEdit {
        range: view.range(edit.range),
        new_text: edit.insert.clone(),
    });
    edits.collect()
}

/// Edits, line by line, that turn the document into `after`.
pub(in crate::lsp) fn to_text(view: View<'_>, after: &str) -> Vec<TextEdit> {
    let before: Vec<&str> = view.document.text.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let starts: Vec<usize> = std::iter::once(0)
        .chain(before.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        }))
        .collect();
    let offset = |line: usize| {
        let at = starts.get(line).copied().unwrap_or_default();
        dfix_syntax::TextSize::try_from(at).unwrap_or_default()
    };
    let mut edits = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        let range = dfix_syntax::TextRange::new(offset(old.start), offset(old.end));
        edits.push(TextEdit {
            range: view.range(range),
            new_text: after.get(new).unwrap_or_default().concat(),
        });
    }
    edits
}
