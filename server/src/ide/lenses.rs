//! What is said above a stage: who uses it, how many layers it has.

use dfix_syntax::TextRange;
use dfix_transforms::model::{Analysis, InstructionKind, Stage};

use super::{File, outline};

/// What there is to say about a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StageFacts {
    /// Its number.
    pub stage: usize,
    /// Its FROM.
    pub from: TextRange,
    /// All of it.
    pub range: TextRange,
    /// How many other stages are built on it or take files from it.
    pub users: usize,
    /// How many of its own instructions make a layer: those that run something or bring files.
    pub layers: usize,
    /// Whether it is the stage that is built when nobody asks for another.
    pub last: bool,
}

/// The stages of a file.
pub(crate) fn stages(file: File<'_>) -> impl Iterator<Item = StageFacts> + '_ {
    let analysis = file.analysis;
    analysis.stages.iter().filter_map(move |stage| {
        let makes_layer = |kind| {
            matches!(
                kind,
                InstructionKind::Run
                    | InstructionKind::Copy
                    | InstructionKind::Add
                    | InstructionKind::Workdir
            )
        };
        let own = analysis.stage_instructions(stage.index);
        Some(StageFacts {
            stage: stage.index,
            from: analysis.instructions.get(stage.from)?.range,
            range: outline::stage_range(analysis, stage)?,
            users: users(analysis, stage),
            layers: own
                .filter(|instruction| makes_layer(instruction.kind))
                .count(),
            last: stage.index + 1 == analysis.stages.len(),
        })
    })
}

fn users(analysis: &Analysis, stage: &Stage) -> usize {
    let referring = stage.references.iter().filter_map(|reference| {
        let instruction = analysis.instructions.get(reference.instruction)?;
        instruction.stage
    });
    let mut users: Vec<usize> = referring.chain(stage.children.iter().copied()).collect();
    users.sort_unstable();
    users.dedup();
    users.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    #[test]
    fn users_and_layers() {
        let text = "FROM a AS b\nRUN x\nFROM b\nWORKDIR /y\nENV z=1\nCOPY --from=b p q\nRUN --mount=from=b,target=/x p\n\
                    FROM scratch\nCOPY --from=0 p q\n";
        let found: Vec<(usize, usize, bool)> = testing::with_file(text, |file| {
            let facts = stages(file).map(|it| (it.users, it.layers, it.last));
            facts.collect()
        });
        assert_eq!(found, [(2, 1, false), (0, 3, false), (0, 1, true)]);
    }
}
