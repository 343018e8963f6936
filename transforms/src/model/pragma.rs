//! What comments ask for: rules to ignore, checks to skip.

use dfix_syntax::TextRange;
use smol_str::SmolStr;

/// What the comments of a file ask for.
#[derive(Debug, Default)]
pub struct Pragmas {
    /// Names (ids or aliases, or `all`) that are off in the whole file.
    pub file: Vec<SmolStr>,
    /// Names that are off for one instruction: its index, the name, and the comment.
    pub instruction: Vec<(usize, SmolStr, TextRange)>,
}
