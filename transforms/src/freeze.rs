//! The freeze list (F.9 of the semantics document): instructions in which the builder and a person read different
//! things. They are reported, and no rewrite touches them. The model finds them.

use dfix_syntax::TextRange;

use crate::model::Analysis;
pub use crate::model::FreezeKind;

/// What is wrong with a frozen instruction, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// The instruction's index; for a trigger that of its ONBUILD.
    pub instruction: usize,
    /// Why.
    pub kind: FreezeKind,
    /// The bytes that a person would misread.
    pub range: TextRange,
}

/// The frozen instructions of a file, in source order, with the first thing that is wrong with each.
pub fn frozen(analysis: &Analysis) -> Vec<Frozen> {
    analysis
        .frozen()
        .map(|(instruction, freeze)| Frozen {
            instruction: instruction.index,
            kind: freeze.kind,
            range: freeze.range,
        })
        .collect()
}
