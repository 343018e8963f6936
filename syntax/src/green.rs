//! A view of the tree for walks over all of it: nodes and tokens without parents or identity, as plain references into
//! the tree. Nothing is allocated, which makes a walk several times as fast as one over [`crate::SyntaxNode`]s.

use rowan::{GreenNodeData, GreenTokenData, Language, NodeOrToken};

use crate::{DockerfileLanguage, SyntaxKind, TextRange, TextSize};

/// A node and where it starts.
#[derive(Debug, Clone, Copy)]
pub struct GreenNodeRef<'a> {
    data: &'a GreenNodeData,
    start: TextSize,
}

/// A token and where it starts.
#[derive(Debug, Clone, Copy)]
pub struct GreenTokenRef<'a> {
    data: &'a GreenTokenData,
    start: TextSize,
}

/// A node or a token.
pub type GreenElementRef<'a> = NodeOrToken<GreenNodeRef<'a>, GreenTokenRef<'a>>;

impl<'a> GreenNodeRef<'a> {
    pub(crate) fn new(data: &'a GreenNodeData, start: TextSize) -> Self {
        Self { data, start }
    }

    /// The kind.
    pub fn kind(self) -> SyntaxKind {
        DockerfileLanguage::kind_from_raw(self.data.kind())
    }

    /// Where it stands in the source.
    pub fn range(self) -> TextRange {
        TextRange::at(self.start, self.data.text_len())
    }

    /// Whether both are the same node of one tree, or of a tree and of that of an edited file that has taken it over (see
    /// [`crate::parse_edited`]): what stands below them is the same, wherever they stand.
    pub fn is_same(self, other: GreenNodeRef<'_>) -> bool {
        std::ptr::eq(self.data, other.data)
    }

    /// The number of children, tokens included.
    pub fn child_count(self) -> usize {
        self.data.children().len()
    }

    /// The children in order.
    pub fn children(self) -> impl Iterator<Item = GreenElementRef<'a>> {
        let mut at = self.start;
        self.data.children().map(move |child| {
            let start = at;
            match child {
                NodeOrToken::Node(data) => {
                    at += data.text_len();
                    NodeOrToken::Node(GreenNodeRef { data, start })
                }
                NodeOrToken::Token(data) => {
                    at += data.text_len();
                    NodeOrToken::Token(GreenTokenRef { data, start })
                }
            }
        })
    }
}

impl<'a> GreenTokenRef<'a> {
    /// The kind.
    pub fn kind(self) -> SyntaxKind {
        DockerfileLanguage::kind_from_raw(self.data.kind())
    }

    /// Where it stands in the source.
    pub fn range(self) -> TextRange {
        TextRange::at(self.start, self.data.text_len())
    }

    /// The text.
    pub fn text(self) -> &'a str {
        self.data.text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceText, parse};

    #[test]
    fn walks_over_the_whole_source() {
        fn tokens(node: GreenNodeRef<'_>, source: &str, text: &mut String) {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(node) => tokens(node, source, text),
                    NodeOrToken::Token(token) => {
                        let range = token.range();
                        assert_eq!(usize::from(range.start()), text.len());
                        text.push_str(token.text());
                        assert_eq!(&source[..usize::from(range.end())], text);
                    }
                }
            }
        }
        let source = SourceText::new(b"FROM a\nRUN b \\\n c \"$x\" && d\n").unwrap();
        let parse = parse(&source);
        let mut text = String::new();
        tokens(parse.green(), &source, &mut text);
        assert_eq!(text, &*source);
        assert_eq!(parse.green().kind(), SyntaxKind::ROOT);
    }
}
