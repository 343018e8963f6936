//! Builds green trees, with a bounded cache of the tokens and words that files repeat.
//!
//! rowan's own builder interns every token and small node in hash tables that only grow. Over a corpus of small files they are
//! a third of the time of a parse when they are made anew for each file, and a leak when they are kept. Here a token, or a node
//! around a single token, is looked up in one slot of a table of fixed size, chosen by its text. The table stays with its
//! thread: what most files say (a blank, `RUN`, `&&`, `install`) is found there nearly always, without an allocation.

use std::cell::RefCell;

use rowan::{GreenNode, GreenToken, NodeOrToken};

use crate::SyntaxKind;

type Element = NodeOrToken<GreenNode, GreenToken>;

/// Number of slots of the table, a power of two.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 11;
/// Longer texts are rarely repeated.
const MAX_CACHED: usize = 24;
/// The size of the lists that are kept from one parse to the next; longer ones are given back.
const MAX_KEPT: usize = 1 << 12;

/// A cached element with what it is found by. 48 bytes, so that the whole table is about 100 KB.
struct Slot {
    text: Text,
    shape: u32,
    element: Option<Element>,
}

/// A text of at most [`MAX_CACHED`] bytes, filled up with zeros. No source holds a zero, and the shape holds the length.
type Text = [u64; 3];

/// What one thread keeps between two parses.
#[derive(Default)]
struct Memory {
    slots: Vec<Slot>,
    children: Vec<Element>,
    open: Vec<(SyntaxKind, usize)>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Builds one tree from left to right.
pub(crate) struct TreeBuilder {
    /// Taken from the thread and given back at the end: the table, the finished children of the open nodes, and the open
    /// nodes, each with the place of its first child.
    memory: Memory,
}

/// A state of the builder to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    children: usize,
    open: usize,
}

impl TreeBuilder {
    pub(crate) fn new() -> Self {
        let mut memory = MEMORY.take();
        memory.slots.resize_with(SLOTS, || Slot {
            text: Text::default(),
            shape: u32::MAX,
            element: None,
        });
        Self { memory }
    }

    /// Opens a node.
    pub(crate) fn start_node(&mut self, kind: SyntaxKind) {
        let first = self.memory.children.len();
        self.memory.open.push((kind, first));
    }

    /// Adds a token to the node that was opened last: `length` bytes of `source` from an offset on. `None`, with nothing added,
    /// when that is no text.
    #[inline]
    pub(crate) fn token(
        &mut self,
        kind: SyntaxKind,
        source: &str,
        from: usize,
        length: usize,
    ) -> Option<()> {
        self.cached(shape(None, kind, length), source, from, length, || {
            let text = source.get(from..from.checked_add(length)?)?;
            Some(NodeOrToken::Token(GreenToken::new(kind.into(), text)))
        })
    }

    /// Adds a finished node.
    pub(crate) fn node(&mut self, node: GreenNode) {
        self.memory.children.push(NodeOrToken::Node(node));
    }

    /// Adds a node of kind `node` that holds just one token.
    #[inline]
    pub(crate) fn leaf(
        &mut self,
        node: SyntaxKind,
        kind: SyntaxKind,
        source: &str,
        from: usize,
        length: usize,
    ) -> Option<()> {
        self.cached(
            shape(Some(node), kind, length),
            source,
            from,
            length,
            || {
                let text = source.get(from..from.checked_add(length)?)?;
                let token = GreenToken::new(kind.into(), text);
                let children = [NodeOrToken::Token(token)];
                Some(NodeOrToken::Node(GreenNode::new(node.into(), children)))
            },
        )
    }

    /// Adds the element of this shape and text from the table, or a new one. A found one needs no look at where characters
    /// start: it has the same bytes as a text.
    #[inline]
    fn cached(
        &mut self,
        shape: u32,
        source: &str,
        from: usize,
        length: usize,
        make: impl FnOnce() -> Option<Element>,
    ) -> Option<()> {
        let element = match key(source, from, length) {
            None => make()?,
            Some(text) => match self.memory.slots.get_mut(place(&text, shape)) {
                None => make()?,
                Some(slot) if slot.shape == shape && slot.text == text => match &slot.element {
                    Some(element) => element.clone(),
                    None => make()?,
                },
                Some(slot) => {
                    let element = make()?;
                    *slot = Slot {
                        text,
                        shape,
                        element: Some(element.clone()),
                    };
                    element
                }
            },
        };
        self.memory.children.push(element);
        Some(())
    }

    /// Closes the node that was opened last.
    pub(crate) fn finish_node(&mut self) {
        if let Some((kind, _)) = self.memory.open.last().copied() {
            self.finish_node_as(kind);
        }
    }

    /// Closes the node that was opened last, with the kind it turned out to be.
    pub(crate) fn finish_node_as(&mut self, kind: SyntaxKind) {
        let Some((_, first)) = self.memory.open.pop() else {
            return;
        };
        let children = &mut self.memory.children;
        let node = if first + 1 == children.len()
            && let Some(only) = children.pop()
        {
            GreenNode::new(kind.into(), [only])
        } else {
            GreenNode::new(kind.into(), children.drain(first..))
        };
        children.push(NodeOrToken::Node(node));
    }

    /// Number of nodes that are open.
    pub(crate) fn depth(&self) -> usize {
        self.memory.open.len()
    }

    /// The state now, for [`TreeBuilder::rewind`].
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            children: self.memory.children.len(),
            open: self.memory.open.len(),
        }
    }

    /// Drops what was added since the mark. The nodes that were open then must not have been closed.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.memory.children.truncate(mark.children);
        self.memory.open.truncate(mark.open);
    }

    /// Closes the nodes that are still open and gives the tree: the outermost node.
    pub(crate) fn finish(mut self) -> GreenNode {
        while !self.memory.open.is_empty() {
            self.finish_node();
        }
        let root = match self.memory.children.pop() {
            Some(NodeOrToken::Node(root)) => root,
            _ => GreenNode::new(SyntaxKind::ROOT.into(), []),
        };
        self.memory.children.clear();
        self.memory.children.shrink_to(MAX_KEPT);
        self.memory.open.shrink_to(MAX_KEPT);
        MEMORY.set(self.memory);
        root
    }
}

/// The kinds and the length of an element in one number. Kinds are below 256, and no node has kind 0.
fn shape(node: Option<SyntaxKind>, token: SyntaxKind, length: usize) -> u32 {
    let node = node.map_or(0, |node| node as u32);
    (node << 16) | ((token as u32) << 8) | (length as u32 & 0xff)
}

/// The bytes of a short text as numbers.
#[inline]
fn key(source: &str, from: usize, length: usize) -> Option<Text> {
    let masks = MASKS.get(length)?;
    let rest = source.as_bytes().get(from..)?;
    // Reading past the text and cutting off what is too much is faster than a copy of just its bytes.
    let mut text = match rest.first_chunk::<MAX_CACHED>() {
        Some(bytes) => words(bytes),
        None => {
            let mut bytes = [0; MAX_CACHED];
            for (to, from) in bytes.iter_mut().zip(rest) {
                *to = *from;
            }
            words(&bytes)
        }
    };
    for (word, mask) in text.iter_mut().zip(masks) {
        *word &= mask;
    }
    Some(text)
}

fn words(bytes: &[u8; MAX_CACHED]) -> Text {
    let (chunks, _) = bytes.as_chunks::<8>();
    let mut text = Text::default();
    for (word, chunk) in text.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    text
}

/// By length, which bits of a [`Text`] belong to it.
#[allow(clippy::indexing_slicing, reason = "computed by the compiler")]
static MASKS: [Text; MAX_CACHED + 1] = {
    let mut masks = [[0; 3]; MAX_CACHED + 1];
    let mut length = 0;
    while length <= MAX_CACHED {
        let mut byte = 0;
        while byte < length {
            masks[length][byte / 8] |= 0xff << (byte % 8 * 8);
            byte += 1;
        }
        length += 1;
    }
    masks
};

/// The slot of a text: sums of products with odd constants, of which the high bits are well mixed.
#[inline]
fn place(text: &Text, shape: u32) -> usize {
    let [first, second, third] = *text;
    let sum = (first ^ (first >> 29))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add((second ^ (second >> 31)).wrapping_mul(0xc2b2_ae3d_27d4_eb4f))
        .wrapping_add((third ^ (third >> 30)).wrapping_mul(0x1656_67b1_9e37_79f9))
        .wrapping_add(u64::from(shape).wrapping_mul(0x2545_f491_4f6c_dd1d));
    (sum >> (u64::BITS - SLOT_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyntaxKind::*;

    #[test]
    fn equal_words_share_memory_and_different_ones_do_not() {
        let source = "abacd";
        let mut builder = TreeBuilder::new();
        builder.start_node(ROOT);
        for at in 0..3 {
            builder.leaf(WORD, TEXT, source, at, 1).unwrap();
        }
        builder.leaf(ARGUMENT, TEXT, source, 0, 1).unwrap();
        let root = crate::SyntaxNode::new_root(builder.finish());
        assert_eq!(root.text().to_string(), "abaa");
        let kinds: Vec<_> = root.children().map(|child| child.kind()).collect();
        assert_eq!(kinds, [WORD, WORD, WORD, ARGUMENT]);
        let at = |index| root.children().nth(index).unwrap();
        assert!(std::ptr::eq(at(0).green(), at(2).green()));
        assert!(!std::ptr::eq(at(0).green(), at(1).green()));
    }

    /// Every stretch of a source becomes a token with its text, found again or new, and what is no stretch becomes none.
    #[test]
    fn tokens_have_their_text() {
        let source = "é abcdefgh abcdefgh abcdefghi abcdefghijklmnopqrstuvw abcdefghijklmnopqrstuvwx \u{20000}z";
        for _ in 0..2 {
            for from in 0..source.len() + 2 {
                for length in 1..source.len() + 2 {
                    let mut builder = TreeBuilder::new();
                    builder.start_node(ROOT);
                    let added = builder.token(TEXT, source, from, length);
                    let tree = builder.finish();
                    let text = source.get(from..from + length);
                    assert_eq!(added.is_some(), text.is_some());
                    assert_eq!(tree.to_string(), text.unwrap_or_default());
                }
            }
        }
    }

    #[test]
    fn open_nodes_are_closed() {
        let mut builder = TreeBuilder::new();
        builder.start_node(ROOT);
        builder.start_node(WORD);
        builder.token(TEXT, "a", 0, 1).unwrap();
        let root = crate::SyntaxNode::new_root(builder.finish());
        assert_eq!(
            format!("{root:#?}"),
            "ROOT@0..1\n  WORD@0..1\n    TEXT@0..1 \"a\"\n"
        );
    }

    #[test]
    fn rewind_forgets_what_came_after_the_mark() {
        let mut builder = TreeBuilder::new();
        builder.start_node(ROOT);
        builder.token(TEXT, "abc", 0, 1).unwrap();
        let mark = builder.mark();
        builder.start_node(WORD);
        builder.token(TEXT, "abc", 1, 1).unwrap();
        builder.rewind(mark);
        builder.token(TEXT, "abc", 2, 1).unwrap();
        assert_eq!(builder.finish().to_string(), "ac");
    }
}
