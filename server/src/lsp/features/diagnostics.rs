//! Findings as diagnostics: pushed when a document changed, or pulled by the client.

use std::hash::{DefaultHasher, Hash, Hasher};

use dfix_transforms::rules::Nature;
use dfix_transforms::{Finding, Severity};
use serde_json::json;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
    FullDocumentDiagnosticReport, Location, NumberOrString, Position, Range,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport,
};

use crate::lsp::session::{Session, View};
use crate::report::SYNTAX_ERROR;
use crate::world::problem::{Problem, ProblemKind};

/// Who speaks, as clients show it.
pub(in crate::lsp) const SOURCE: &str = "dfix";

/// Answers `textDocument/diagnostic`, in short when the client has the answer already.
pub(in crate::lsp) fn pull(
    session: &mut Session,
    params: &DocumentDiagnosticParams,
) -> Result<DocumentDiagnosticReportResult> {
    let items = session.diagnostics(&params.text_document.uri);
    let id = result_id(&items);
    if params.previous_result_id.as_ref() == Some(&id) {
        let report = UnchangedDocumentDiagnosticReport { result_id: id };
        return Ok(
            DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report: report,
            })
            .into(),
        );
    }
    Ok(
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport {
                result_id: Some(id),
                items,
            },
        })
        .into(),
    )
}

/// A name for diagnostics: equal ones have the same. So nothing has to be kept to know that nothing is new.
pub(in crate::lsp) fn result_id(items: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_vec(items)
        .unwrap_or_default()
        .hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// All there is to say about a document, in the order of places.
pub(in crate::lsp) fn all(view: View<'_>) -> Vec<Diagnostic> {
    let checked = view.checked;
    if let Some(problem) = &checked.problem {
        return of_problem(problem);
    }
    let errors = checked.analysis.errors.iter().map(|error| Diagnostic {
        code: Some(NumberOrString::String(SYNTAX_ERROR.to_owned())),
        message: error.message.clone(),
        ..diagnostic(view.range(error.range), DiagnosticSeverity::ERROR)
    });
    let findings = checked
        .findings
        .iter()
        .map(|finding| of_finding(view, finding));
    let mut all: Vec<Diagnostic> = errors.chain(findings).collect();
    all.sort_by_key(|diagnostic| (diagnostic.range.start, diagnostic.range.end));
    all
}

/// Why a document is not checked, at its place or at the start. Nothing is wrong with a template.
pub(in crate::lsp) fn of_problem(problem: &Problem) -> Vec<Diagnostic> {
    let severity = match problem.kind {
        ProblemKind::Template => DiagnosticSeverity::INFORMATION,
        _ => DiagnosticSeverity::ERROR,
    };
    let place = problem.place.map_or_else(Position::default, |place| {
        let zero_based =
            |number: usize| u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
        Position::new(zero_based(place.line), zero_based(place.column))
    });
    vec![Diagnostic {
        code: Some(NumberOrString::String(problem.kind.id().to_owned())),
        message: problem.message.clone(),
        ..diagnostic(Range::new(place, place), severity)
    }]
}

pub(in crate::lsp) fn of_finding(view: View<'_>, finding: &Finding) -> Diagnostic {
    let rule = finding.rule;
    let severity = match finding.rule.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
    };
    let message = match &finding.help {
        Some(help) => format!("{}\nhelp: {help}", finding.message),
        None => finding.message.clone(),
    };
    let tag = match rule.nature {
        Nature::Ordinary => None,
        Nature::Unnecessary => Some(DiagnosticTag::UNNECESSARY),
        Nature::Deprecated => Some(DiagnosticTag::DEPRECATED),
    };
    let related = finding
        .related
        .iter()
        .map(|related| DiagnosticRelatedInformation {
            location: Location::new(view.document.uri.clone(), view.range(related.range)),
            message: related.message.clone(),
        });
    Diagnostic {
        code: Some(NumberOrString::String(rule.id.to_owned())),
        code_description: view
            .pages
            .link(rule.id)
            .map(|href| CodeDescription { href: href.clone() }),
        message,
        tags: tag
            .filter(|_| view.client.diagnostic_tags)
            .map(|tag| vec![tag]),
        related_information: (view.client.related_information && !finding.related.is_empty())
            .then(|| related.collect()),
        data: Some(json!({
            "aliases": rule.aliases,
            "fix": finding.fix.as_ref().map(|fix| &fix.title),
        })),
        ..diagnostic(view.range(finding.range), severity)
    }
}

fn diagnostic(range: Range, severity: DiagnosticSeverity) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity),
        source: Some(SOURCE.to_owned()),
        ..Diagnostic::default()
    }
}
