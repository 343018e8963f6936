//! Words of an argument list, and the variables inside of them.

use std::ops::Range;

use logos::{Lexer, Logos};

use crate::SyntaxKind;
use crate::emit::Emitter;
use crate::shlex;

/// Blanks as the instruction splitter knows them (`reWhitespace` in `parser.go`).
pub(crate) fn is_separator(ch: char) -> bool {
    matches!(ch, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

/// A piece of a word.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Unicode's white space.
    #[regex(
        "[\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]+"
    )]
    Blank,
    #[token("'")]
    SingleQuote,
    #[token("\"")]
    DoubleQuote,
    #[token("\\")]
    Backslash,
    #[token("`")]
    Backtick,
    #[token("$")]
    Dollar,
    #[regex(
        "[^\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}'\"\\\\`$]+"
    )]
    Plain,
}

impl Piece {
    fn of_escape(escape: char) -> Self {
        match escape {
            '`' => Self::Backtick,
            _ => Self::Backslash,
        }
    }
}

/// Takes the character after an escape token into the current piece; `false` at the end of the text.
fn take_escaped(lexer: &mut Lexer<'_, Piece>) -> bool {
    match lexer.remainder().chars().next() {
        Some(ch) => {
            lexer.bump(ch.len_utf8());
            true
        }
        None => false,
    }
}

/// Splits the arguments of `ENV`, `LABEL` and `ARG` into words (`parseWords` in `line_parsers.go`) and adds their ranges to
/// `words`. Quotes and escape tokens stay, except for an escape token at the very end of the text, which BuildKit drops:
/// no word includes it.
pub(crate) fn quoted_words(text: &str, escape: char, words: &mut Vec<Range<usize>>) {
    let escape = Piece::of_escape(escape);
    let mut lexer = Piece::lexer(text);
    let mut word: Option<usize> = None;
    let mut quote = None;
    let mut end = text.len();
    while let Some(piece) = lexer.next() {
        let piece = piece.unwrap_or(Piece::Plain);
        let start = lexer.span().start;
        if piece == Piece::Blank && quote.is_none() {
            if let Some(from) = word.take() {
                words.push(from..start);
            }
            continue;
        }
        if piece == escape && quote != Some(Piece::SingleQuote) {
            if !take_escaped(&mut lexer) {
                end = start;
                break;
            }
        } else if quote == Some(piece) {
            quote = None;
        } else if quote.is_none() && matches!(piece, Piece::SingleQuote | Piece::DoubleQuote) {
            quote = Some(piece);
        }
        word.get_or_insert(start);
    }
    if let Some(from) = word.filter(|&from| from < end) {
        words.push(from..end);
    }
}

/// Splits arguments at blanks, whatever the quotes (`parseStringsWhitespaceDelimited`). The text is trimmed.
pub(crate) fn plain_words(text: &str, words: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = length(rest);
        if length > 0 {
            words.push(at..at + length);
        }
        at += length + 1;
    }
}

/// Length of the text before the first blank.
pub(crate) fn length(text: &str) -> usize {
    text.bytes()
        .position(|byte| is_separator(char::from(byte)))
        .unwrap_or(text.len())
}

/// Emits a text that the builder expands, as TEXT and VARIABLE tokens; `start` is its offset. Inside single quotes and after
/// an escape token a `$` is plain text (section A.8).
pub(crate) fn expanded(
    text: &str,
    start: usize,
    escape: char,
    scratch: &mut String,
    out: &mut Emitter<'_>,
) {
    let offset = |at: usize| start + at;
    let escape_piece = Piece::of_escape(escape);
    let mut lexer = Piece::lexer(text);
    let mut quote = None;
    while let Some(piece) = lexer.next() {
        let piece = piece.unwrap_or(Piece::Plain);
        match piece {
            Piece::SingleQuote if quote == Some(piece) => quote = None,
            _ if quote == Some(Piece::SingleQuote) => {}
            Piece::Dollar => {
                let at = lexer.span().start;
                let rest = text.get(at..).unwrap_or_default();
                match shlex::variable(rest, escape, scratch) {
                    Ok(0) => {}
                    Ok(length) => {
                        out.token(SyntaxKind::TEXT, offset(at));
                        out.token(SyntaxKind::VARIABLE, offset(at + length));
                        lexer.bump(length - 1);
                    }
                    // The builder refuses the whole word.
                    Err(_) => break,
                }
            }
            Piece::SingleQuote if quote.is_none() => quote = Some(piece),
            Piece::DoubleQuote => {
                quote = match quote {
                    None => Some(piece),
                    Some(_) => None,
                };
            }
            _ if piece == escape_piece => {
                take_escaped(&mut lexer);
            }
            _ => {}
        }
    }
    out.token(SyntaxKind::TEXT, offset(text.len()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyntaxNode;
    use crate::logical::LogicalLine;
    use crate::tree_builder::TreeBuilder;

    #[test]
    fn splits_quoted_words() {
        let check = |text: &str, expected: &[&str]| {
            let mut words = Vec::new();
            quoted_words(text, '\\', &mut words);
            let words: Vec<&str> = words.into_iter().map(|range| &text[range]).collect();
            assert_eq!(words, expected, "{text:?}");
        };
        check("a=b  c", &["a=b", "c"]);
        check("a='b c'd \"e f\"", &["a='b c'd", "\"e f\""]);
        check("a=b\\ c d", &["a=b\\ c", "d"]);
        check("a='b\\' c", &["a='b\\'", "c"]);
        check("a=\"b\\\" c\" d", &["a=\"b\\\" c\"", "d"]);
        check("a\u{a0}b", &["a", "b"]);
        check("a=b\\", &["a=b"]);
        check("a=\"b\\", &["a=\"b"]);
        check("a='b\\", &["a='b\\"]);
        check("a \\", &["a"]);
        check("\"a", &["\"a"]);
        check("", &[]);
    }

    #[test]
    fn finds_variables() {
        let check = |text: &str, escape: char, expected: &[&str]| {
            let mut line = LogicalLine::default();
            line.read_plain(text, 0..text.len());
            let mut builder = TreeBuilder::new();
            builder.start_node(SyntaxKind::ARGUMENT);
            let mut emitter = Emitter::new(text, &line, &mut builder);
            expanded(text, 0, escape, &mut String::new(), &mut emitter);
            assert_eq!(emitter.at(), text.len());
            let root = SyntaxNode::new_root(builder.finish());
            let found: Vec<String> = root
                .children_with_tokens()
                .filter(|token| token.kind() == SyntaxKind::VARIABLE)
                .map(|token| token.to_string())
                .collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("a", '\\', &[]);
        check("$a/${b:-$c}$", '\\', &["$a", "${b:-$c}"]);
        check("'$a'$b", '\\', &["$b"]);
        check("\"'$a'\"", '\\', &["$a"]);
        check("\\$a `$b", '\\', &["$b"]);
        check("\\$a `$b", '`', &["$a"]);
        check("${a", '\\', &[]);
        check("$$a", '\\', &["$$"]);
    }
}
