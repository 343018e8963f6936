//! The page of a rule, the syntax tree, and the proof of a fix: what an editor shows beside a document.

use std::fmt::Write;

use dfix_transforms::Applicability;
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{TextDocumentIdentifier, TextDocumentPositionParams};

use crate::lsp::session::Session;
use crate::parse_command;

/// A page for a person.
#[derive(Debug, Serialize)]
pub(in crate::lsp) struct Page {
    pub title: String,
    pub markdown: String,
}

/// The parameters of `dfix/explain`.
#[derive(Debug, Deserialize)]
pub(in crate::lsp) struct ExplainParams {
    /// A rule's id, one of its aliases, or a law.
    pub rule: String,
}

/// The parameters of `dfix/syntaxTree`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lsp) struct SyntaxTreeParams {
    pub text_document: TextDocumentIdentifier,
}

/// Answers `dfix/explain`: the page of a rule or a law.
pub(in crate::lsp) fn explain(params: &ExplainParams) -> Result<Page> {
    let markdown = crate::explain::page(&params.rule).map_err(Error::invalid_params)?;
    Ok(Page {
        title: params.rule.clone(),
        markdown,
    })
}

/// Answers `dfix/syntaxTree`: the kinds, ranges and texts of the tree, as `dfix parse --format tree` prints it.
pub(in crate::lsp) fn syntax_tree(
    session: &mut Session,
    params: &SyntaxTreeParams,
) -> Result<String> {
    let view = session.view(&params.text_document.uri).ok_or_else(|| {
        Error::invalid_params("the document is not open, or is no text for a Dockerfile")
    })?;
    Ok(parse_command::outline(&view.checked.analysis.tree()))
}

/// Answers `dfix/proof`: for each finding at a position, what its fix would do and why it may be trusted.
pub(in crate::lsp) fn proof(
    session: &mut Session,
    params: &TextDocumentPositionParams,
) -> Result<Page> {
    let mut markdown = String::new();
    if let Some(view) = session.view(&params.text_document.uri) {
        let at = view.offset(params.position);
        for index in 0..view.checked.findings.len() {
            let here = view
                .checked
                .findings
                .get(index)
                .is_some_and(|finding| finding.range.contains_inclusive(at));
            if let Some(judged) = view.checked.judged(index).filter(|_| here) {
                let finding = &judged.finding;
                let _ = writeln!(
                    markdown,
                    "## `{}`\n\n{}\n",
                    finding.rule.id, finding.message
                );
                let _ = match &finding.fix {
                    Some(fix) if fix.applicability == Applicability::Safe => {
                        writeln!(
                            markdown,
                            "**{}** is safe: the build before and after was compared, and the image is the same.\n",
                            fix.title
                        )
                    }
                    Some(fix) => writeln!(markdown, "**{}** is for you to judge.\n", fix.title),
                    None => writeln!(markdown, "There is no fix.\n"),
                };
                if let Some(refused) = &finding.refused {
                    let _ = writeln!(markdown, "Why: {refused}.\n");
                }
                for law in &judged.laws {
                    let _ = writeln!(markdown, "- `{}`: {}", law.id(), law.description());
                }
                markdown.push('\n');
            }
        }
    }
    if markdown.is_empty() {
        markdown.push_str("There is no finding at this place.\n");
    }
    Ok(Page {
        title: "Proof".to_owned(),
        markdown,
    })
}
