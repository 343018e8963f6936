//! What a cursor or a selection is about.

use dfix_syntax::TextRange;

use crate::model::{Instruction, InstructionKind, Script, SimpleCommand};
use crate::rules::Context;
use crate::rules::support::place::{reads_startup_files, shell_options};

/// A place in a file and the instructions there.
pub(super) struct Target<'c> {
    pub(super) ctx: &'c Context<'c>,
    /// What is selected; empty for a cursor.
    pub(super) selection: TextRange,
    /// The instructions that the selection touches, with the comments above them; one at least.
    pub(super) instructions: &'c [Instruction],
}

impl<'c> Target<'c> {
    /// `None` where no instruction is.
    pub(super) fn new(ctx: &'c Context<'c>, selection: TextRange) -> Option<Self> {
        let all = &ctx.analysis.instructions;
        let first = all.partition_point(|instruction| {
            let lines = instruction.lines;
            lines.end() <= selection.start()
                && !(lines.end() == selection.start() && open_at_end(ctx, instruction))
        });
        // A selection that ends at the start of a line is not about that line.
        let end = selection.end();
        let count = all.get(first..)?.partition_point(|instruction| {
            let start = ctx.layout.block_start(instruction);
            start < end || selection.is_empty() && start == end
        });
        let instructions = all.get(first..first + count)?;
        (!instructions.is_empty()).then_some(Self {
            ctx,
            selection,
            instructions,
        })
    }

    /// The instruction, when the place is about one alone.
    pub(super) fn one(&self) -> Option<&'c Instruction> {
        match self.instructions {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The RUN, when the place is about one alone.
    pub(super) fn run(&self) -> Option<&'c Instruction> {
        self.one()
            .filter(|instruction| instruction.kind == InstructionKind::Run)
    }

    /// The RUN and its text, when it is one for sh or bash and no heredoc. The shell of a base image that is not known
    /// counts as one.
    pub(super) fn shell_run(&self) -> Option<(&'c Instruction, &'c Script)> {
        let run = self.run().filter(|run| run.heredocs.is_empty())?;
        let script = run.script().filter(|script| !script.bashism)?;
        shell_options(self.ctx.analysis.state(run)?)?;
        (!self.is_windows(run)).then_some((run, script))
    }

    /// Why the shell that runs an instruction may do more than run its text.
    pub(super) fn shell_doubt(&self, run: &Instruction) -> Option<&'static str> {
        let state = self.ctx.analysis.state(run)?;
        match state.shell {
            None => Some("nothing is known about the shell of the base image"),
            Some(_) => reads_startup_files(state)
                .then_some("the shell reads start-up files, which commands may write"),
        }
    }

    /// The innermost simple command of a RUN at the cursor.
    pub(super) fn command_at(&self) -> Option<&'c SimpleCommand> {
        let (_, script) = self.shell_run()?;
        let commands = script.simple_commands().into_iter();
        let here = commands.filter(|it| it.range.contains_range(self.selection));
        here.min_by_key(|it| it.range.len())
    }

    /// Whether an instruction may be built for Windows, where nothing is known of shells and paths.
    pub(super) fn is_windows(&self, instruction: &Instruction) -> bool {
        let stages = &self.ctx.analysis.stages;
        let stage = instruction.stage.and_then(|stage| stages.get(stage));
        stage.is_none_or(|stage| stage.windows)
    }

    /// The instruction before or after another one in the same stage.
    pub(super) fn neighbour(&self, of: &Instruction, below: bool) -> Option<&'c Instruction> {
        let index = match below {
            true => of.index + 1,
            false => of.index.checked_sub(1)?,
        };
        let neighbour = self.ctx.analysis.instructions.get(index)?;
        (neighbour.stage == of.stage && neighbour.kind != InstructionKind::From)
            .then_some(neighbour)
    }
}

/// Whether an instruction ends with the file and without a line end: a cursor behind it is still in its line.
fn open_at_end(ctx: &Context<'_>, instruction: &Instruction) -> bool {
    let text = ctx.analysis.text(instruction.lines);
    usize::from(instruction.lines.end()) == ctx.analysis.source.len() && !text.ends_with('\n')
}
