//! The shell grammar: POSIX sh and bash.

use crate::event::Events;

/// The shell language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// POSIX sh as dash and busybox ash read it.
    Posix,
    /// bash; also used for ksh and zsh scripts, as far as they agree.
    Bash,
}

/// Parses a shell text into events: one SCRIPT node, or one OPAQUE node when the grammar gives up on the text.
///
/// `text` is what the shell would see: continuations are joined, builder comments are gone. Every byte of it is covered
/// by a token.
pub(crate) fn parse_script(text: &str, dialect: Dialect, events: &mut Events) {
    let _ = dialect;
    events.start(crate::SyntaxKind::OPAQUE);
    events.token(
        crate::SyntaxKind::OPAQUE_TEXT,
        u32::try_from(text.len()).unwrap_or(u32::MAX),
    );
    events.finish();
}
