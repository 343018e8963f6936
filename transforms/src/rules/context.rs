//! What a rule sees, and the questions that most rules start with.

use std::cell::RefCell;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::support::Runs;
use crate::layout::Layout;
use crate::model::{Analysis, Instruction, InstructionKind, Script, State};
use crate::{Facts, Settings};

/// Searches for the texts that the rules name in their `mentions`, each with its number. To make one takes as long as to run
/// it on a small file.
static FINDERS: LazyLock<FxHashMap<&'static str, (usize, Finder<'static>)>> = LazyLock::new(|| {
    let mut finders = FxHashMap::default();
    for text in super::ALL.iter().flat_map(|rule| rule.meta.mentions) {
        let number = finders.len();
        (finders.entry(*text)).or_insert_with(|| (number, Finder::new(text)));
    }
    finders
});

/// What a rule sees.
pub struct Context<'a> {
    /// The file.
    pub analysis: &'a Analysis,
    /// What the user set.
    pub settings: &'a Settings,
    /// What is known of the world.
    pub facts: &'a Facts,
    /// Writes edits in the author's style.
    pub(crate) layout: Layout<'a>,
    pub(super) runs: Runs<'a>,
    /// By the number of a text in [`FINDERS`], whether the file holds it, if somebody has asked.
    mentioned: RefCell<Vec<Option<bool>>>,
}

impl<'a> Context<'a> {
    /// What rules see of a file.
    pub fn new(analysis: &'a Analysis, settings: &'a Settings, facts: &'a Facts) -> Self {
        Self {
            analysis,
            settings,
            facts,
            layout: Layout::new(analysis),
            runs: Runs::default(),
            mentioned: RefCell::default(),
        }
    }

    /// Whether a text stands anywhere in the file. Several rules ask for the same one.
    pub(crate) fn mentions(&self, text: &'static str) -> bool {
        let source = self.analysis.source.as_bytes();
        let Some((number, finder)) = FINDERS.get(text) else {
            return memchr::memmem::find(source, text.as_bytes()).is_some();
        };
        let mut mentioned = self.mentioned.borrow_mut();
        if mentioned.is_empty() {
            mentioned.resize(FINDERS.len(), None);
        }
        match mentioned.get_mut(*number) {
            Some(known) => *known.get_or_insert_with(|| finder.find(source).is_some()),
            None => finder.find(source).is_some(),
        }
    }

    /// Instructions that rules may look at: those that are not frozen. An ONBUILD is one of them, its trigger is not:
    /// what a trigger says runs in another build.
    pub fn instructions(&self) -> impl Iterator<Item = &'a Instruction> + '_ {
        self.analysis
            .instructions
            .iter()
            .filter(|instruction| !self.is_frozen(instruction))
    }

    /// Whether an instruction is on the freeze list (see [`Analysis::frozen`]). No edit may touch it; the engine sees
    /// to that.
    pub fn is_frozen(&self, instruction: &Instruction) -> bool {
        self.analysis.freeze(instruction).is_some()
    }

    /// Instructions of one kind.
    pub fn of_kind(&self, kind: InstructionKind) -> impl Iterator<Item = &'a Instruction> + '_ {
        self.instructions()
            .filter(move |instruction| instruction.kind == kind)
    }

    /// The RUN instructions whose text a rule may edit (the shell gate, C.0.2 of the semantics document): shell form,
    /// a shell known to be a plain `sh -c` or `bash -c`, a text that was parsed, and no heredoc.
    pub fn shell_runs(&self) -> impl Iterator<Item = (&'a Instruction, &'a Script)> + '_ {
        let analysis = self.analysis;
        self.of_kind(InstructionKind::Run)
            .filter(move |run| analysis.state(run).is_some_and(State::plain_shell))
            .filter(|run| run.heredocs.is_empty())
            .filter_map(|run| Some((run, run.script()?)))
    }
}
