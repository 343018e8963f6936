//! Semantic tokens: of a document, of a range, and what changed since the last answer.

use std::cell::RefCell;

use dfix_syntax::TextSize;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::*;

use crate::ide::tokens::{self, Token, TokenKind};
use crate::lsp::session::{Session, View};

/// The last answer about a document, which the client may ask for changes of. Only one is kept.
#[derive(Debug, Default)]
pub(in crate::lsp) struct Answered(RefCell<Option<(u64, Vec<SemanticToken>)>>);

/// Answers `textDocument/semanticTokens/full`.
pub(in crate::lsp) fn full(
    session: &mut Session,
    params: &SemanticTokensParams,
) -> Result<Option<SemanticTokensResult>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let data = encoded(view, &tokens::tokens(view.file()));
    let result_id = Some(view.document.tokens.keep(&data));
    Ok(Some(SemanticTokens { result_id, data }.into()))
}

/// Answers `textDocument/semanticTokens/full/delta`.
pub(in crate::lsp) fn delta(
    session: &mut Session,
    params: &SemanticTokensDeltaParams,
) -> Result<Option<SemanticTokensFullDeltaResult>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let data = encoded(view, &tokens::tokens(view.file()));
    let answered = &view.document.tokens;
    let edits = answered.edits(&params.previous_result_id, &data);
    let result_id = Some(answered.keep(&data));
    Ok(Some(match edits {
        Some(edits) => SemanticTokensDelta { result_id, edits }.into(),
        None => SemanticTokens { result_id, data }.into(),
    }))
}

/// Answers `textDocument/semanticTokens/range`.
pub(in crate::lsp) fn range(
    session: &mut Session,
    params: &SemanticTokensRangeParams,
) -> Result<Option<SemanticTokensRangeResult>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let range = view.bytes(params.range);
    let mut tokens = tokens::tokens(view.file());
    tokens.retain(|token| {
        token
            .range
            .intersect(range)
            .is_some_and(|it| !it.is_empty())
    });
    let data = encoded(view, &tokens);
    Ok(Some(
        SemanticTokens {
            result_id: None,
            data,
        }
        .into(),
    ))
}

/// The names of the kinds and modifiers, in the order of their numbers.
pub(in crate::lsp) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: KINDS.map(|(_, name)| name).to_vec(),
        token_modifiers: vec![SemanticTokenModifier::DECLARATION],
    }
}

/// What the kinds are called in the protocol, which has no words for Dockerfiles: the nearest ones that colour themes know.
const KINDS: [(TokenKind, SemanticTokenType); 14] = [
    (TokenKind::Keyword, SemanticTokenType::KEYWORD),
    (TokenKind::Flag, SemanticTokenType::PARAMETER),
    (TokenKind::Stage, SemanticTokenType::CLASS),
    (TokenKind::Image, SemanticTokenType::NAMESPACE),
    (TokenKind::Tag, SemanticTokenType::ENUM_MEMBER),
    (TokenKind::Variable, SemanticTokenType::VARIABLE),
    (TokenKind::Key, SemanticTokenType::PROPERTY),
    (TokenKind::Command, SemanticTokenType::FUNCTION),
    (TokenKind::String, SemanticTokenType::STRING),
    (TokenKind::Number, SemanticTokenType::NUMBER),
    (TokenKind::Operator, SemanticTokenType::OPERATOR),
    (TokenKind::Comment, SemanticTokenType::COMMENT),
    (TokenKind::Directive, SemanticTokenType::DECORATOR),
    (TokenKind::Delimiter, SemanticTokenType::MACRO),
];

/// Tokens as the protocol has them: each by its distance from the one before.
fn encoded(view: View<'_>, tokens: &[Token]) -> Vec<SemanticToken> {
    let lines = &view.document.lines;
    let text = |from: TextSize, to: TextSize| {
        let text = view.document.text.get(from.into()..to.into());
        lines.units(text.unwrap_or_default())
    };
    let mut encoded = Vec::with_capacity(tokens.len());
    // Where the last token starts.
    let (mut line, mut at) = (0, TextSize::new(0));
    for token in tokens {
        let start = token.range.start();
        let (delta_line, delta_start) = match lines.later_line(line, start) {
            // On the same line: only what is between is counted, as lines may be long.
            None => (0, text(at, start)),
            Some((next, from)) => {
                let delta = next - line;
                line = next;
                (delta, text(from, start))
            }
        };
        at = start;
        encoded.push(SemanticToken {
            delta_line,
            delta_start,
            length: text(start, token.range.end()),
            token_type: token.kind as u32,
            token_modifiers_bitset: token.declares.into(),
        });
    }
    encoded
}

impl Answered {
    /// Keeps an answer in place of the one before; returns its id.
    fn keep(&self, data: &[SemanticToken]) -> String {
        let mut last = self.0.borrow_mut();
        let id = last.as_ref().map_or(0, |(id, _)| id + 1);
        *last = Some((id, data.to_vec()));
        id.to_string()
    }

    /// What turns an earlier answer into this one; `None` when that one is gone.
    fn edits(&self, id: &str, data: &[SemanticToken]) -> Option<Vec<SemanticTokensEdit>> {
        let last = self.0.borrow();
        let (_, old) = last.as_ref().filter(|(last, _)| last.to_string() == id)?;
        Some(edits(old, data))
    }
}

/// One edit, from the first to the last difference. Positions count numbers, of which a token has five.
fn edits(old: &[SemanticToken], new: &[SemanticToken]) -> Vec<SemanticTokensEdit> {
    let same = |(a, b): &(&SemanticToken, &SemanticToken)| a == b;
    let before = old.iter().zip(new).take_while(same).count();
    let (old, new) = (
        old.get(before..).unwrap_or_default(),
        new.get(before..).unwrap_or_default(),
    );
    let after = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let removed = old.len() - after;
    let inserted = new.get(..new.len() - after).unwrap_or_default();
    if removed == 0 && inserted.is_empty() {
        return Vec::new();
    }
    let numbers = |tokens: usize| u32::try_from(tokens * 5).unwrap_or(u32::MAX);
    vec![SemanticTokensEdit {
        start: numbers(before),
        delete_count: numbers(removed),
        data: Some(inserted.to_vec()),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places_in_the_legend() {
        for (number, (kind, _)) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, number);
        }
    }

    #[test]
    fn edits_turn_the_old_into_the_new() {
        let tokens = |columns: &[u32]| -> Vec<SemanticToken> {
            let token = |column: &u32| SemanticToken {
                delta_line: 0,
                delta_start: *column,
                length: 1,
                token_type: 0,
                token_modifiers_bitset: 0,
            };
            columns.iter().map(token).collect()
        };
        for (old, new) in [
            (&[][..], &[][..]),
            (&[], &[1, 2]),
            (&[1, 2], &[]),
            (&[1, 2, 3], &[1, 4, 3]),
            (&[1, 1], &[1, 1, 1]),
            (&[1, 1, 1], &[1]),
            (&[1, 2], &[1, 2]),
        ] {
            let (old, new) = (tokens(old), tokens(new));
            let mut applied = old.clone();
            for edit in edits(&old, &new) {
                let start = edit.start as usize / 5;
                let end = start + edit.delete_count as usize / 5;
                applied.splice(start..end, edit.data.unwrap_or_default());
            }
            assert_eq!(applied, new);
        }
    }
}
