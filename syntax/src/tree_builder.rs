//! Builds green trees, with a bounded cache of the tokens and words that files repeat.
//!
//! rowan's own builder interns every token and small node in hash tables that only grow. Over a corpus of small files they are
//! a third of the time of a parse when they are made anew for each file, and a leak when they are kept. Here a token is
//! looked up in one slot of a table of fixed size, chosen by its text. The table stays with its thread: what most files say
//! (a blank, `RUN`, `&&`, `install`) is found there nearly always, without an allocation.

use std::cell::RefCell;
use std::hash::Hasher;

use rowan::{GreenNode, GreenToken, GreenTokenData, NodeOrToken};
use rustc_hash::FxHasher;

use crate::SyntaxKind;

type Element = NodeOrToken<GreenNode, GreenToken>;

/// Number of slots of each table, a power of two. A full table is about 150 KB.
const SLOTS: usize = 2048;
/// Longer tokens are rarely repeated.
const MAX_CACHED: usize = 24;

/// The tables of one thread.
#[derive(Default)]
struct Cache {
    tokens: Vec<Option<GreenToken>>,
    /// Nodes with one child, a token of the other table.
    nodes: Vec<Option<GreenNode>>,
}

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::default();
}

/// Builds one tree from left to right.
pub(crate) struct TreeBuilder {
    /// Taken from the thread and given back at the end.
    cache: Cache,
    /// Finished children of the open nodes.
    children: Vec<Element>,
    /// The open nodes, each with the place of its first child.
    open: Vec<(SyntaxKind, usize)>,
}

impl TreeBuilder {
    pub(crate) fn new() -> Self {
        let mut cache = CACHE.take();
        cache.tokens.resize(SLOTS, None);
        cache.nodes.resize(SLOTS, None);
        Self {
            cache,
            children: Vec::with_capacity(64),
            open: Vec::with_capacity(16),
        }
    }

    /// Opens a node.
    pub(crate) fn start_node(&mut self, kind: SyntaxKind) {
        self.open.push((kind, self.children.len()));
    }

    /// Adds a token to the node that was opened last.
    pub(crate) fn token(&mut self, kind: SyntaxKind, text: &str) {
        let token = self.make_token(kind.into(), text);
        self.children.push(NodeOrToken::Token(token));
    }

    fn make_token(&mut self, kind: rowan::SyntaxKind, text: &str) -> GreenToken {
        if text.len() > MAX_CACHED {
            return GreenToken::new(kind, text);
        }
        let mut hasher = FxHasher::default();
        hasher.write_u16(kind.0);
        hasher.write(text.as_bytes());
        let Some(slot) = self.cache.tokens.get_mut(slot(&hasher)) else {
            return GreenToken::new(kind, text);
        };
        match slot {
            Some(token) if token.kind() == kind && token.text() == text => token.clone(),
            _ => slot.insert(GreenToken::new(kind, text)).clone(),
        }
    }

    /// Closes the node that was opened last.
    pub(crate) fn finish_node(&mut self) {
        let Some((kind, first)) = self.open.pop() else {
            return;
        };
        let node = self.make_node(kind.into(), first);
        self.children.push(NodeOrToken::Node(node));
    }

    fn make_node(&mut self, kind: rowan::SyntaxKind, first: usize) -> GreenNode {
        // A word of plain text is known by the address of its token.
        let word = match self.children.get(first..) {
            Some([NodeOrToken::Token(token)]) if token.text().len() <= MAX_CACHED => address(token),
            _ => return GreenNode::new(kind, self.children.drain(first..)),
        };
        let mut hasher = FxHasher::default();
        hasher.write_u16(kind.0);
        hasher.write_usize(word);
        let Some(slot) = self.cache.nodes.get_mut(slot(&hasher)) else {
            return GreenNode::new(kind, self.children.drain(first..));
        };
        match slot {
            Some(node) if node.kind() == kind && only_token(node) == Some(word) => {
                self.children.truncate(first);
                node.clone()
            }
            _ => {
                let node = GreenNode::new(kind, self.children.drain(first..));
                slot.insert(node).clone()
            }
        }
    }

    /// Closes the nodes that are still open and gives the tree.
    pub(crate) fn finish(mut self) -> GreenNode {
        while self.open.len() > 1 {
            self.finish_node();
        }
        let kind = self.open.pop().map_or(SyntaxKind::ROOT, |(kind, _)| kind);
        CACHE.set(std::mem::take(&mut self.cache));
        GreenNode::new(kind.into(), self.children.drain(..))
    }
}

fn slot(hasher: &FxHasher) -> usize {
    // The high bits are the well mixed ones.
    usize::try_from(hasher.finish() >> 40).unwrap_or_default() % SLOTS
}

/// Where a token stands in memory: while it lives, equal addresses are the same token.
fn address(token: &GreenTokenData) -> usize {
    std::ptr::from_ref(token).addr()
}

/// The address of the single child of a node of the table, which keeps it alive.
fn only_token(node: &GreenNode) -> Option<usize> {
    match node.children().next()? {
        NodeOrToken::Token(token) => Some(address(token)),
        NodeOrToken::Node(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyntaxKind::*;

    #[test]
    fn equal_words_share_memory_and_different_ones_do_not() {
        let mut builder = TreeBuilder::new();
        builder.start_node(ROOT);
        for text in ["a", "b", "a"] {
            builder.start_node(WORD);
            builder.token(TEXT, text);
            builder.finish_node();
        }
        builder.start_node(ARGUMENT);
        builder.token(TEXT, "a");
        builder.finish_node();
        let root = crate::SyntaxNode::new_root(builder.finish());
        assert_eq!(root.text().to_string(), "abaa");
        let kinds: Vec<_> = root.children().map(|child| child.kind()).collect();
        assert_eq!(kinds, [WORD, WORD, WORD, ARGUMENT]);
        let at = |index| root.children().nth(index).unwrap();
        assert!(std::ptr::eq(at(0).green(), at(2).green()));
        assert!(!std::ptr::eq(at(0).green(), at(1).green()));
    }

    #[test]
    fn open_nodes_are_closed() {
        let mut builder = TreeBuilder::new();
        builder.start_node(ROOT);
        builder.start_node(WORD);
        builder.token(TEXT, "a");
        let root = crate::SyntaxNode::new_root(builder.finish());
        assert_eq!(
            format!("{root:#?}"),
            "ROOT@0..1\n  WORD@0..1\n    TEXT@0..1 \"a\"\n"
        );
    }
}
