//! The semantic model: what a file says, in plain data that rules, effects and the proof read.
//!
//! [`Analysis::new`] walks the tree once. Nothing here points into the tree; positions are byte ranges of the source.

mod expand;
mod instruction;
mod pattern;
mod pragma;
mod script;
mod stage;
mod state;
mod value;

pub use expand::{ExpandError, ExpandedWords, expand, expand_heredoc, expand_words};
pub use instruction::{
    Args, Break, BreakKind, CommandText, Flag, Form, Heredoc, Instruction, InstructionKind,
    JsonItem, Pair, Word,
};
pub use pragma::Pragmas;
pub use script::{
    AndOr, Assignment, Command, Compound, CompoundKind, Connective, Item, Pipeline, Redirect,
    Script, Separator, SeparatorKind, ShellWord, SimpleCommand,
};
pub use stage::{Base, Stage, StageRef};
pub use state::{Origin, State};
pub use value::{Expansion, Part, Scope, Value};

use dfix_syntax::{SourceText, SyntaxError, TextRange};

/// A file as dfix understands it.
#[derive(Debug)]
pub struct Analysis {
    /// The text that all ranges speak of.
    pub source: SourceText,
    /// The escape token: `\` or a backquote.
    pub escape: char,
    /// The line end that the file uses most: `"\n"` or `"\r\n"`.
    pub eol: &'static str,
    /// The `# syntax=` directive's image reference, with its range.
    pub syntax: Option<(TextRange, String)>,
    /// What BuildKit refuses about the file. No rule but the diagnostic ones fires on a file with errors.
    pub errors: Vec<SyntaxError>,
    /// All instructions in source order; ONBUILD triggers are inside their ONBUILD.
    pub instructions: Vec<Instruction>,
    /// The state before each instruction, by its index.
    pub states: Vec<State>,
    /// The stages in order.
    pub stages: Vec<Stage>,
    /// What comments ask for: ignored rules and checks.
    pub pragmas: Pragmas,
}

/// The shell commands that stand in for a builder: whether a rewrite may rely on BuildKit.
impl Analysis {
    /// The instructions of a stage without its FROM, in order.
    pub fn stage_instructions(
        &self,
        stage: usize,
    ) -> impl DoubleEndedIterator<Item = &Instruction> + '_ {
        let range = self
            .stages
            .get(stage)
            .map_or(0..0, |stage| stage.instructions.clone());
        self.instructions.get(range).unwrap_or_default().iter()
    }

    /// The state before an instruction.
    pub fn state(&self, instruction: &Instruction) -> Option<&State> {
        self.states.get(instruction.index)
    }

    /// The text of a range.
    pub fn text(&self, range: TextRange) -> &str {
        self.source
            .get(usize::from(range.start())..usize::from(range.end()))
            .unwrap_or_default()
    }
}
