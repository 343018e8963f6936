//! A walk over all tokens of a file, for features that speak of all of it.

use dfix_syntax::{GreenNodeRef, GreenTokenRef, NodeOrToken, SyntaxKind};

/// A node above a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Above<'a> {
    pub node: GreenNodeRef<'a>,
    /// How many words, the one at hand included, have been met directly below it.
    pub words: usize,
}

/// Calls `each` for all tokens in source order, with the nodes that hold the token, the root first.
pub(super) fn tokens<'a>(
    root: GreenNodeRef<'a>,
    mut each: impl FnMut(&[Above<'a>], GreenTokenRef<'a>),
) {
    // No recursion: how deep a tree is depends on the file.
    let mut above = vec![Above {
        node: root,
        words: 0,
    }];
    let mut rest = vec![root.children()];
    while let Some(children) = rest.last_mut() {
        match children.next() {
            None => {
                rest.pop();
                above.pop();
            }
            Some(NodeOrToken::Token(token)) => each(&above, token),
            Some(NodeOrToken::Node(node)) => {
                if node.kind() == SyntaxKind::WORD
                    && let Some(parent) = above.last_mut()
                {
                    parent.words += 1;
                }
                above.push(Above { node, words: 0 });
                rest.push(node.children());
            }
        }
    }
}

/// The kind of the node a number of levels above a token; 0 is its parent.
pub(super) fn kind_above(above: &[Above<'_>], levels: usize) -> Option<SyntaxKind> {
    let at = above.len().checked_sub(levels + 1)?;
    above.get(at).map(|above| above.node.kind())
}
