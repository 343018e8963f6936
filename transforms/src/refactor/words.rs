//! What stands in one piece in an instruction: where a line may not be broken, nor lines be joined.

use dfix_syntax::TextRange;

use crate::model::{Args, Command, Form, Instruction, Script};

/// The words of an instruction and of its shell text, sorted and disjoint. `None` when its text was not understood.
pub(super) fn words(instruction: &Instruction) -> Option<Vec<TextRange>> {
    let mut found: Vec<TextRange> = instruction.flags.iter().map(|flag| flag.range).collect();
    match &instruction.args {
        Args::From { image, name, .. } => {
            found.push(image.range);
            found.extend(name.as_ref().map(|name| name.range));
        }
        Args::Command(command) => match &command.form {
            Form::Exec(items) => found.extend(items.iter().map(|item| item.range)),
            Form::Shell { script, .. } => of_script(script.as_ref()?, &mut found),
        },
        Args::Copy { sources, dest, .. } => {
            found.extend(sources.iter().map(|source| source.range));
            found.push(dest.range);
        }
        Args::Pairs(pairs) => found.extend(pairs.iter().map(|pair| pair.range)),
        Args::Value(value) => found.push(value.range),
        Args::Words { words, .. } => found.extend(words.iter().map(|word| word.range)),
        Args::None => {}
        Args::Trigger(_) | Args::Malformed => return None,
    }
    found.sort_unstable_by_key(|range| (range.start(), range.end()));
    let mut whole: Vec<TextRange> = Vec::with_capacity(found.len());
    for range in found {
        match whole.last_mut() {
            // A word inside a word.
            Some(last) if range.start() < last.end() => *last = last.cover(range),
            _ => whole.push(range),
        }
    }
    Some(whole)
}

/// Whether one of the sorted words has a break inside.
pub(super) fn breaks_a_word(instruction: &Instruction, words: &[TextRange]) -> bool {
    instruction.breaks.iter().any(|part| {
        let at = words.partition_point(|word| word.end() <= part.range.start());
        words
            .get(at)
            .is_some_and(|word| word.start() < part.range.start())
    })
}

fn of_script(script: &Script, found: &mut Vec<TextRange>) {
    found.extend(&script.comments);
    let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
    for command in pipelines.flat_map(|pipeline| &pipeline.commands) {
        let redirects = match command {
            Command::Simple(simple) => {
                found.extend(simple.assignments.iter().map(|it| it.range));
                found.extend(simple.words.iter().map(|word| word.range));
                &simple.redirects
            }
            Command::Compound(compound) => {
                found.extend(compound.words.iter().map(|word| word.range));
                for body in &compound.bodies {
                    of_script(body, found);
                }
                &compound.redirects
            }
        };
        let targets = redirects.iter().filter_map(|it| it.target.as_ref());
        found.extend(targets.map(|target| target.range));
    }
}
