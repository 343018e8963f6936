//! Which RUNs belong together as one step of apt.

use super::apt_steps::{Kind, Steps, Summary, may_be_followed, only_apt};
use super::joining::same_flags;
use super::place::reads_startup_files;
use crate::model::Instruction;
use crate::rules::Context;

/// The RUNs of one apt step.
#[derive(Default)]
pub(crate) struct Group<'a> {
    /// The RUNs so far.
    pub(crate) runs: Vec<Steps<'a>>,
    /// All their steps.
    summary: Summary,
    /// RUNs below them that only do small work. They belong to the step when the lists are read below them.
    bridge: Vec<Steps<'a>>,
}

/// How many RUNs of other work may lie between two that belong together.
const MAX_BRIDGE: usize = 3;

impl<'a> Group<'a> {
    /// Takes a RUN in if it belongs to the step, or may turn out to; gives it back otherwise.
    pub(crate) fn offer(&mut self, ctx: &Context<'_>, steps: Steps<'a>) -> Option<Steps<'a>> {
        if self.takes(ctx, &steps) {
            self.push_bridge();
            self.push(steps);
        } else if self.may_bridge(ctx, &steps) {
            self.bridge.push(steps);
        } else {
            return Some(steps);
        }
        None
    }

    /// A step that begins with a RUN.
    pub(crate) fn new(first: Steps<'a>) -> Self {
        let mut group = Self::default();
        group.push(first);
        group
    }

    fn push(&mut self, steps: Steps<'a>) {
        steps.steps.iter().for_each(|step| self.summary.push(step));
        self.runs.push(steps);
    }

    fn push_bridge(&mut self) {
        for steps in std::mem::take(&mut self.bridge) {
            self.push(steps);
        }
    }

    /// Whether a RUN continues the step.
    fn takes(&self, ctx: &Context<'_>, next: &Steps<'_>) -> bool {
        let mut before = self.summary;
        let bridge = self.bridge.iter().flat_map(|steps| &steps.steps);
        bridge.for_each(|step| before.push(step));
        // Each RUN reads start-up files anew, and what is above may have changed them.
        let unsure = ctx
            .analysis
            .state(next.found.run)
            .is_none_or(reads_startup_files);
        let undisturbed = || before.inert || before.deaf && next.steps.iter().all(|step| step.deaf);
        self.follows(ctx, next)
            && before.may_be_followed
            && belong(&before, next)
            && (!unsure || undisturbed())
    }

    /// Whether a RUN does only small work while the lists are there to be read.
    fn may_bridge(&self, ctx: &Context<'_>, next: &Steps<'_>) -> bool {
        self.bridge.len() < MAX_BRIDGE
            && self.summary.lists
            && self.summary.may_be_followed
            && next.steps.iter().all(|step| step.small)
            && self.follows(ctx, next)
    }

    /// Whether a RUN stands directly below, with the same flags, and with no comment that speaks to linters.
    fn follows(&self, ctx: &Context<'_>, next: &Steps<'_>) -> bool {
        let Some(last) = self.bridge.last().or(self.runs.last()) else {
            return false;
        };
        let (above, below) = (last.found.run, next.found.run);
        above.index + 1 == below.index
            && above.stage == below.stage
            && same_flags(ctx, above, below)
            && !has_pragma(ctx, below)
    }
}

/// Whether a RUN belongs to the steps above it.
fn belong(before: &Summary, next: &Steps<'_>) -> bool {
    let after = next.steps.as_slice();
    let mut lead = after.iter().skip_while(|step| step.small && before.lists);
    let first = lead.next().map_or(Kind::Other, |step| step.kind);
    match first {
        // Complete in itself.
        Kind::Update => false,
        Kind::Reads if before.removes && !before.lists => false,
        // It can't do without what is before it. A package that was installed there may run as a service, which only
        // programs that are known don't notice.
        Kind::Reads if before.lists => {
            only_apt(after) || !before.installs || may_be_followed(after)
        }
        Kind::Reads | Kind::Tidies => before.only_apt && only_apt(after),
        Kind::Quiet | Kind::Other => false,
    }
}

/// Whether a comment asks linters to leave something alone in an instruction.
fn has_pragma(ctx: &Context<'_>, run: &Instruction) -> bool {
    let pragmas = &ctx.analysis.pragmas.instruction;
    pragmas.iter().any(|(index, ..)| *index == run.index)
}
