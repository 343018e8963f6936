//! Judges a RUN that became two: it knows the two texts alone.

use crate::model::{Analysis, Instruction, InstructionKind, Pipeline};

/// How many RUN instructions of a stage, from a place on, do together what one of the original does: the same commands in the
/// same order, of which those that set the shell up are repeated, and those at the end that only remove files may be missing.
pub(super) fn length(
    before: &Analysis,
    run: &Instruction,
    after: &Analysis,
    rest: &[&Instruction],
) -> Option<usize> {
    let [first, second, ..] = rest else {
        return None;
    };
    let flags = |analysis: &Analysis, it: &Instruction| -> Vec<String> {
        let texts = it.flags.iter().map(|flag| analysis.text(flag.range));
        texts.map(str::to_owned).collect()
    };
    let same_flags = [first, second]
        .into_iter()
        .all(|it| it.kind == InstructionKind::Run && flags(after, it) == flags(before, run));
    let old = commands(before, run)?;
    let head = commands(after, first)?;
    let tail = commands(after, second)?;
    let (start, behind) = (old.get(..head.len())?, old.get(head.len()..)?);
    let sets_up = |command: &&String| {
        let program = command.split_whitespace().next().unwrap_or_default();
        matches!(program, "cd" | "set" | "umask" | "export") || program.contains('=')
    };
    let states: Vec<&String> = head.iter().filter(sets_up).collect();
    let (repeated, body) = tail.split_at_checked(states.len())?;
    let removed = behind.strip_prefix(body)?;
    let right = same_flags
        && !body.is_empty()
        && start == head
        && repeated.iter().eq(states)
        && removed.iter().all(|command| command.starts_with("rm "));
    right.then_some(2)
}

/// The texts of the commands of a RUN, without line ends, where each runs after the one before it.
fn commands(analysis: &Analysis, run: &Instruction) -> Option<Vec<String>> {
    let script = run.script()?;
    let text = |pipeline: &Pipeline| {
        let words = analysis.text(pipeline.range).split_whitespace();
        let words = words.filter(|word| *word != "\\");
        words.collect::<Vec<_>>().join(" ")
    };
    let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
    Some(pipelines.map(text).collect())
}
