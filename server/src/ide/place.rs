//! Where an offset stands: its instruction, its token, its line.

use dfix_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};
use dfix_transforms::model::{Analysis, Instruction};
use rowan::TokenAtOffset;

/// The instruction whose lines hold an offset.
pub(crate) fn instruction_at(analysis: &Analysis, offset: TextSize) -> Option<&Instruction> {
    let after = analysis
        .instructions
        .partition_point(|instruction| instruction.lines.start() <= offset);
    let instruction = analysis.instructions.get(after.checked_sub(1)?)?;
    // Behind the last line end of the file there is nothing any more.
    let lines = instruction.lines;
    let holds = lines.contains(offset)
        || offset == lines.end() && !analysis.text(lines).ends_with(['\n', '\r']);
    holds.then_some(instruction)
}

/// The instruction at an offset, inside of its ONBUILD.
pub(crate) fn innermost_at(analysis: &Analysis, offset: TextSize) -> Option<&Instruction> {
    let mut instruction = instruction_at(analysis, offset)?;
    while let dfix_transforms::model::Args::Trigger(trigger) = &instruction.args {
        if offset < trigger.keyword.start() {
            break;
        }
        instruction = trigger;
    }
    Some(instruction)
}

/// The token that a person means who points at an offset: between two tokens, the one with a meaning, and the right one
/// of two that have one, unless it is a mere sign.
pub(crate) fn token_at(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    if !root.text_range().contains_inclusive(offset) {
        return None;
    }
    match root.token_at_offset(offset) {
        TokenAtOffset::None => None,
        TokenAtOffset::Single(token) => Some(token),
        TokenAtOffset::Between(left, right) => Some(if weight(&right) >= weight(&left) {
            right
        } else {
            left
        }),
    }
}

fn weight(token: &SyntaxToken) -> u8 {
    use SyntaxKind::*;
    match token.kind() {
        COMMENT => 1,
        kind if kind.is_trivia() => 0,
        SH_SEMI | SH_BACKGROUND | SH_NEWLINE | SH_AND_IF | SH_OR_IF | SH_PIPE | SH_CLOSE
        | SH_QUOTE | SH_OPEN | EQ | DASH_DASH | COMMA | L_BRACKET | R_BRACKET => 2,
        TEXT | SH_LITERAL | SH_RAW => 3,
        _ => 4,
    }
}

/// The number of the line that an offset stands in, from one.
pub(crate) fn line_number(text: &str, offset: TextSize) -> usize {
    let before = text.get(..usize::from(offset)).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// `line 12`, for messages.
pub(crate) fn line(analysis: &Analysis, range: TextRange) -> String {
    format!("line {}", line_number(&analysis.source, range.start()))
}

/// The closest node upward of a kind, the token's own parent first.
pub(crate) fn ancestor(token: &SyntaxToken, kinds: &[SyntaxKind]) -> Option<SyntaxNode> {
    token
        .parent_ancestors()
        .find(|node| kinds.contains(&node.kind()))
}
