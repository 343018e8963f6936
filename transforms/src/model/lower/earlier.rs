//! Instructions that were lowered for an earlier state of the file.

use dfix_syntax::{GreenNodeRef, NodeOrToken, SyntaxKind};

use crate::model::Instruction;

/// How many instructions of the earlier file are compared with one of the new file, as in the parser: those that an edit
/// has removed or changed are passed over.
const WINDOW: usize = 16;

/// The instructions of an earlier state, with their nodes.
pub(in crate::model) struct Earlier<'e> {
    nodes: Vec<GreenNodeRef<'e>>,
    instructions: Instructions<'e>,
    /// The first that was not found again.
    next: usize,
}

/// Whose the instructions are.
enum Instructions<'e> {
    /// Someone else still needs them.
    Lent(&'e [Instruction]),
    /// Nobody needs them any more, so that they are moved instead of copied.
    Given(Vec<Option<Instruction>>),
}

impl<'e> Earlier<'e> {
    /// `instructions` are those of the tree.
    pub(in crate::model) fn lent(root: GreenNodeRef<'e>, instructions: &'e [Instruction]) -> Self {
        Self::new(root, Instructions::Lent(instructions))
    }

    /// As [`Self::lent`], with instructions that nobody else needs.
    pub(in crate::model) fn given(root: GreenNodeRef<'e>, instructions: Vec<Instruction>) -> Self {
        let instructions = instructions.into_iter().map(Some).collect();
        Self::new(root, Instructions::Given(instructions))
    }

    fn new(root: GreenNodeRef<'e>, instructions: Instructions<'e>) -> Self {
        let nodes = root.children().filter_map(|child| match child {
            NodeOrToken::Node(node) if node.kind() != SyntaxKind::DIRECTIVE => Some(node),
            _ => None,
        });
        Self {
            nodes: nodes.collect(),
            instructions,
            next: 0,
        }
    }

    /// The instruction of a node that the parser has taken over, as far as the node says it.
    pub(super) fn find(&mut self, node: GreenNodeRef<'_>, index: usize) -> Option<Instruction> {
        let ahead = self.nodes.iter().enumerate().skip(self.next).take(WINDOW);
        let mut same = ahead.filter(|(_, known)| known.is_same(node));
        let (number, known) = same.next()?;
        let instruction = match &mut self.instructions {
            Instructions::Lent(instructions) => instructions.get(number)?.clone(),
            Instructions::Given(instructions) => instructions.get_mut(number)?.take()?,
        };
        self.next = number + 1;
        Some(instruction.moved(index, known.range().start(), node.range().start()))
    }
}
