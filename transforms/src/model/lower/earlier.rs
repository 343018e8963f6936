//! Instructions that were lowered for an earlier state of the file.

use dfix_syntax::{GreenNodeRef, NodeOrToken, SyntaxKind};

use crate::model::Instruction;

/// How many instructions of the earlier file are compared with one of the new file, as in the parser: those that an edit
/// has removed or changed are passed over.
const WINDOW: usize = 16;

/// The instructions of an earlier state, with their nodes.
pub(in crate::model) struct Earlier<'e> {
    known: Vec<(GreenNodeRef<'e>, &'e Instruction)>,
    /// The first that was not found again.
    next: usize,
}

impl<'e> Earlier<'e> {
    /// `instructions` are those of the tree.
    pub(in crate::model) fn new(root: GreenNodeRef<'e>, instructions: &'e [Instruction]) -> Self {
        let nodes = root.children().filter_map(|child| match child {
            NodeOrToken::Node(node) if node.kind() != SyntaxKind::DIRECTIVE => Some(node),
            _ => None,
        });
        Self {
            known: nodes.zip(instructions).collect(),
            next: 0,
        }
    }

    /// The instruction of a node that the parser has taken over, as far as the node says it.
    pub(super) fn find(&mut self, node: GreenNodeRef<'_>, index: usize) -> Option<Instruction> {
        let ahead = self.known.iter().enumerate().skip(self.next).take(WINDOW);
        let mut same = ahead.filter(|(_, (known, _))| known.is_same(node));
        let (number, (known, instruction)) = same.next()?;
        self.next = number + 1;
        Some(instruction.moved(index, known.range().start(), node.range().start()))
    }
}
