//! The semantic model: what a file says, in plain data that rules, effects and the proof read.
//!
//! [`Analysis::new`] walks the tree once. Nothing after it looks at the tree; positions are byte ranges of the source.

mod expand;
mod flow;
mod freeze;
mod instruction;
mod lower;
mod mount;
mod pattern;
mod pragma;
mod scope;
mod script;
mod shift;
mod stage;
mod state;
mod value;

pub use expand::{
    ExpandError, ExpandedWords, expand, expand_heredoc, expand_words, variable_places,
};
pub use freeze::{Freeze, FreezeKind};
pub use instruction::{
    Args, Break, BreakKind, CommandText, Flag, Form, Heredoc, Instruction, InstructionKind,
    JsonItem, Pair, Word,
};
pub use mount::Mount;
pub use pragma::Pragmas;
pub use scope::{Variable, VariableScope, Variables, Write, WriteKind};
pub use script::{
    AndOr, Assignment, Command, Compound, CompoundKind, Connective, Item, Pipeline, Redirect,
    Script, Separator, SeparatorKind, ShellWord, SimpleCommand,
};
pub use stage::{Base, Stage, StageRef};
pub use state::{Origin, State, join_path};
pub use value::{Expansion, Part, Scope, Value};

use std::sync::Arc;

use dfix_syntax::{GreenNodeRef, Parse, SourceText, SyntaxError, SyntaxNode, TextRange};

use crate::Settings;
use crate::images::BaseConfig;

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
    pub states: Vec<Arc<State>>,
    /// The stages in order.
    pub stages: Vec<Stage>,
    /// What comments ask for: ignored rules and checks.
    pub pragmas: Pragmas,
    /// Arguments that the builder can't expand: it refuses them when it builds their stage.
    pub expansion_errors: Vec<SyntaxError>,
    /// Why an instruction must be left alone, by its index (decision F.9). Empty for a file without any such.
    frozen: Vec<Option<Freeze>>,
    /// The variables that the file sets.
    pub variables: Variables,
    /// How many writes of variables each instruction sees.
    visible: Vec<usize>,
    /// The state after the last instruction of each stage.
    ends: Vec<Arc<State>>,
    /// What is known of the images at the roots of the stage chains.
    bases: Vec<Option<BaseConfig>>,
    /// The tree, of which an edited file takes over what it still has.
    parse: Parse,
}

impl Analysis {
    /// Parses a file and reads what it says.
    pub fn new(source: SourceText, settings: &Settings) -> Self {
        let parse = dfix_syntax::parse(&source);
        Self::of_parse(source, parse, None, settings)
    }

    /// As [`Self::new`], for an edited file: takes over what is known of the instructions that it still has.
    pub fn edited(&self, source: SourceText, settings: &Settings) -> Self {
        let parse = dfix_syntax::parse_edited(&source, &self.source, &self.parse);
        let earlier = (parse.escape() == self.escape)
            .then(|| lower::Earlier::lent(self.parse.green(), &self.instructions));
        Self::of_parse(source, parse, earlier, settings)
    }

    /// As [`Self::edited`], for a file whose earlier state nobody needs any more.
    pub fn into_edited(self, source: SourceText, settings: &Settings) -> Self {
        let parse = dfix_syntax::parse_edited(&source, &self.source, &self.parse);
        let earlier = (parse.escape() == self.escape)
            .then(|| lower::Earlier::given(self.parse.green(), self.instructions));
        Self::of_parse(source, parse, earlier, settings)
    }

    /// Reads what a parsed file says. `parse` is the parse of `source`.
    fn of_parse(
        source: SourceText,
        parse: Parse,
        earlier: Option<lower::Earlier<'_>>,
        settings: &Settings,
    ) -> Self {
        let escape = parse.escape();
        let lower::Lowered {
            mut instructions,
            comments,
            syntax,
        } = lower::lower(parse.green(), &source, escape, earlier);
        let flow = flow::follow(&mut instructions, escape, settings);
        let mut errors = parse.errors().to_vec();
        errors.extend(flow.too_large);
        let mut frozen = Vec::new();
        let mut analysis = Self {
            escape,
            eol: line_end(&source),
            syntax,
            errors,
            instructions,
            states: flow.states,
            stages: flow.stages,
            pragmas: Pragmas::read(&source, &comments),
            expansion_errors: flow.expansion_errors,
            variables: flow.variables,
            visible: flow.visible,
            ends: flow.ends,
            bases: flow.bases,
            frozen: Vec::new(),
            source,
            parse,
        };
        for instruction in &analysis.instructions {
            if let Some(found) = freeze::freeze(&analysis, instruction) {
                frozen.resize(instruction.index, None);
                frozen.push(Some(found));
            }
        }
        analysis.frozen = frozen;
        analysis
    }

    /// The variables that an instruction sees: those that are set before it. FROM sees the global arguments. A trigger
    /// of ONBUILD is expanded in the stages that are built on this one, so nothing about it is known here.
    pub fn scope(&self, instruction: &Instruction) -> VariableScope<'_> {
        let limit = self.visible.get(instruction.index).copied().unwrap_or(0);
        let stage = match instruction.kind {
            InstructionKind::From => None,
            _ => instruction.stage,
        };
        self.variables.scope(stage, limit)
    }

    /// Expands an argument of an instruction (layer L4).
    ///
    /// # Errors
    /// As [`expand`].
    pub fn expand(&self, instruction: &Instruction, text: &str) -> Result<Expansion, ExpandError> {
        expand(text, self.escape, &self.scope(instruction))
    }

    /// The state after the last instruction of a stage: what stages start with that are built on it, before its
    /// triggers run there.
    pub fn end_state(&self, stage: usize) -> Option<&State> {
        self.ends.get(stage).map(Arc::as_ref)
    }

    /// What is known of the image at the root of a stage's chain.
    pub fn base_config(&self, stage: usize) -> Option<&BaseConfig> {
        let root = self.stages.get(stage)?.root;
        self.bases.get(root)?.as_ref()
    }

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
        self.states.get(instruction.index).map(Arc::as_ref)
    }

    /// Why rules must leave an instruction alone, if they must.
    pub fn freeze(&self, instruction: &Instruction) -> Option<&Freeze> {
        self.frozen.get(instruction.index)?.as_ref()
    }

    /// The instructions that rules must leave alone, with the reasons.
    pub fn frozen(&self) -> impl Iterator<Item = (&Instruction, &Freeze)> + '_ {
        let reasons = self.instructions.iter().zip(&self.frozen);
        reasons.filter_map(|(instruction, freeze)| Some((instruction, freeze.as_ref()?)))
    }

    /// The parsed file.
    pub(crate) fn parse(&self) -> &Parse {
        &self.parse
    }

    /// The root of the syntax tree, for questions about single places.
    pub fn tree(&self) -> SyntaxNode {
        self.parse.root()
    }

    /// As [`Self::tree`], for walks over all of it.
    pub fn green(&self) -> GreenNodeRef<'_> {
        self.parse.green()
    }

    /// The text of a range.
    pub fn text(&self, range: TextRange) -> &str {
        self.source
            .get(usize::from(range.start())..usize::from(range.end()))
            .unwrap_or_default()
    }
}

/// The line end that a text uses most.
fn line_end(text: &str) -> &'static str {
    if !text.contains('\r') {
        return "\n";
    }
    let all = text.bytes().filter(|byte| *byte == b'\n').count();
    let windows = text.matches("\r\n").count();
    if windows * 2 > all { "\r\n" } else { "\n" }
}
