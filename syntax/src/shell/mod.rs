//! The shell grammar: POSIX sh and bash.
//!
//! A hand-written recursive descent over logos lexers, one lexer per mode (`lexer.rs`), that fills the emitter of
//! `emit.rs`. It accepts what the shell's own parser accepts (`dash -n`, `bash -n`) and gives up on the whole
//! text otherwise: a rule must never work on a tree that the shell would not have built.
//!
//! The shapes it makes (trivia left out; `*` any number, `?` optional):
//!
//! ```text
//! SCRIPT        (AND_OR | SH_SEMI | SH_BACKGROUND | SH_NEWLINE | SH_HEREDOC)*
//! AND_OR        PIPELINE ((SH_AND_IF | SH_OR_IF) SH_NEWLINE* PIPELINE)*
//! PIPELINE      SH_KEYWORD(`!`, `time`, `-p`)* command (SH_PIPE SH_NEWLINE* command)*
//! COMMAND       (ASSIGNMENT | WORD | REDIRECT)*
//! ASSIGNMENT    SH_ASSIGN_NAME (WORD | ARRAY)?
//! ARRAY         SH_L_PAREN (WORD | ASSIGNMENT | SH_NEWLINE)* SH_R_PAREN
//! REDIRECT      SH_REDIRECT_OP WORD
//! SH_HEREDOC    (SH_HEREDOC_TEXT | SH_VARIABLE | EXPANSION | SUBSTITUTION | ARITHMETIC)* SH_HEREDOC_END SH_NEWLINE
//! WORD          (SH_LITERAL | SH_SINGLE_QUOTED | SH_ANSI_QUOTED | DOUBLE_QUOTED | SH_VARIABLE | EXPANSION
//!               | SUBSTITUTION | ARITHMETIC | ARRAY | SH_RAW)*
//! DOUBLE_QUOTED SH_QUOTE (SH_LITERAL | SH_VARIABLE | EXPANSION | SUBSTITUTION | ARITHMETIC)* SH_QUOTE
//! EXPANSION     SH_OPEN SH_NAME? SH_RAW(operator)? WORD? SH_CLOSE
//! SUBSTITUTION  SH_OPEN (SCRIPT | SH_RAW)? SH_CLOSE
//! ARITHMETIC    SH_OPEN (SH_RAW | SH_VARIABLE | EXPANSION | SUBSTITUTION | ARITHMETIC | DOUBLE_QUOTED)* SH_CLOSE
//! SUBSHELL      SH_L_PAREN SCRIPT SH_R_PAREN REDIRECT*
//! GROUP         SH_KEYWORD SCRIPT SH_KEYWORD REDIRECT*
//! IF            `if` SCRIPT `then` SCRIPT (`elif` SCRIPT `then` SCRIPT)* (`else` SCRIPT)? `fi` REDIRECT*
//! WHILE         (`while` | `until`) SCRIPT `do` SCRIPT `done` REDIRECT*
//! FOR           `for` SH_NAME (`in` WORD*)? separator? `do` SCRIPT `done` REDIRECT*, or `for` ARITHMETIC_COMMAND ...
//! CASE          `case` WORD `in` CASE_ITEM* `esac` REDIRECT*
//! CASE_ITEM     SH_L_PAREN? WORD (SH_PIPE WORD)* SH_R_PAREN SCRIPT? SH_CASE_END?
//! FUNCTION      `function`? WORD (SH_L_PAREN SH_R_PAREN)? command
//! TEST          `[[` (WORD | SH_KEYWORD(`!`) | SH_AND_IF | SH_OR_IF | SH_L_PAREN | SH_R_PAREN)* `]]` REDIRECT*
//! ```
//!
//! A newline between two parts of any compound is an SH_NEWLINE in the innermost node that is open there; the bodies of
//! the heredocs that it starts are SH_HEREDOC nodes directly after it. The root is one of
//!
//! - SCRIPT: the text is a script of the dialect that was asked for;
//! - BASHISM around a SCRIPT: dash refuses the text, bash accepts it, and the default shell was asked for. Which of the
//!   two /bin/sh is depends on the base image, so whoever looks only for a SCRIPT stays silent;
//! - OPAQUE around one OPAQUE_TEXT: no shell accepts the text, or this grammar isn't sure how the shell reads it (a
//!   continuation in the middle of a name or operator, exotic heredoc delimiters), or it is nested too deep.
//!
//! Where both accept a text and read it differently (`a &> f`, `[[ a && b ]]`, `x+=1`), the dialect that was asked for
//! decides.

mod command;
mod compound;
mod expansion;
mod heredoc;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod word;

use crate::emit::Emitter;
use crate::logical::LogicalLine;
use crate::tree_builder::TreeBuilder;
use crate::{SyntaxKind, SyntaxNode};
use parser::GiveUp;

/// The shell language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// POSIX sh as dash and busybox ash read it.
    Posix,
    /// bash; also used for ksh and zsh scripts, as far as they agree.
    Bash,
}

/// Parses a shell text that stands on its own, such as the script in `["sh", "-c", "..."]`. The root is a SCRIPT, a
/// BASHISM or an OPAQUE node (see the module's documentation), and its text equals `text`. Never fails.
pub fn parse(text: &str, dialect: Dialect) -> SyntaxNode {
    let mut line = LogicalLine::default();
    line.read_plain(text, 0..text.len());
    let mut builder = TreeBuilder::new();
    let mut emitter = Emitter::new(text, &line, &mut builder);
    parse_script(text, dialect, &mut emitter);
    emitter.end();
    SyntaxNode::new_root(builder.finish())
}

/// Parses a shell text into one SCRIPT, BASHISM or OPAQUE node (see the module's documentation).
///
/// `text` is what the shell would see: continuations are joined, builder comments are gone. It is what the emitter's logical
/// text holds next, and every byte of it is covered by a token.
pub(crate) fn parse_script(text: &str, dialect: Dialect, out: &mut Emitter<'_>) {
    let mark = out.mark();
    let mut outcome = parser::script(text, dialect, out);
    if outcome == Err(GiveUp::Refused) && dialect == Dialect::Posix {
        out.rewind(mark);
        out.start(SyntaxKind::BASHISM);
        outcome = parser::script(text, Dialect::Bash, out);
        if outcome.is_ok() {
            out.finish();
        }
    }
    if outcome.is_err() {
        out.rewind(mark);
        opaque(text, out);
    }
}

/// A text that isn't parsed, as one OPAQUE node.
pub(crate) fn opaque(text: &str, out: &mut Emitter<'_>) {
    out.start(SyntaxKind::OPAQUE);
    out.token(SyntaxKind::OPAQUE_TEXT, out.at() + text.len());
    out.finish();
}
