//! Where the commands of a Dockerfile are, and which of them correspond in two versions of it.

use std::ops::Range;

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::model::{Analysis, InstructionKind, SimpleCommand};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The commands of the RUN instructions of a Dockerfile, in source order.
#[derive(Debug)]
pub(crate) struct Commands {
    /// The file.
    pub text: String,
    analysis: Analysis,
    places: Vec<Place>,
}

/// A simple command.
#[derive(Debug)]
struct Place {
    /// The instruction that holds it.
    instruction: usize,
    /// What `false` replaces: the program's name, or all of a command that has none.
    program: Range<usize>,
    /// Its words, by which it is recognised.
    key: String,
}

/// Commands that correspond: their numbers on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    /// In the file as it is.
    pub before: Option<usize>,
    /// In the rewritten file.
    pub after: Option<usize>,
}

impl Commands {
    /// Finds the commands of a file.
    pub(crate) fn of(text: String) -> Result<Self, String> {
        let source = SourceText::new(text.as_bytes()).map_err(|error| format!("{error:?}"))?;
        let analysis = Analysis::new(source, &Settings::default());
        let mut places = Vec::new();
        for instruction in &analysis.instructions {
            if instruction.kind != InstructionKind::Run {
                continue;
            }
            let commands = instruction.script().map(|script| script.simple_commands());
            places.extend(
                commands
                    .into_iter()
                    .flatten()
                    .map(|command| place(command, instruction.index)),
            );
        }
        Ok(Self {
            text,
            analysis,
            places,
        })
    }

    /// The file with `false` in place of a command's program: it ignores the arguments, and redirections and here-documents
    /// stay what they are.
    pub(crate) fn with_fault(&self, place: usize) -> Result<String, String> {
        let range = self.places.get(place).map(|place| place.program.clone());
        let range = range.ok_or("there is no such command")?;
        let mut text = self.text.clone();
        text.replace_range(range, "false");
        Ok(text)
    }

    /// The words of a command.
    pub(crate) fn key(&self, place: usize) -> &str {
        self.places.get(place).map_or("", |place| &place.key)
    }

    /// The first word of a command. `apt` goes by the name of the program that a rewrite puts in its place.
    pub(crate) fn program(&self, place: usize) -> &str {
        match self.key(place).split(' ').next().unwrap_or_default() {
            "apt" => "apt-get",
            program => program,
        }
    }

    /// The instruction that holds a command.
    pub(crate) fn instruction(&self, place: usize) -> Option<usize> {
        self.places.get(place).map(|place| place.instruction)
    }

    /// The instruction that stands on a line, counted from 1.
    pub(crate) fn at_line(&self, line: usize) -> Option<usize> {
        let before = self.text.split_inclusive('\n').take(line.checked_sub(1)?);
        let offset: usize = before.map(str::len).sum();
        let holds = |range: dfix_syntax::TextRange| {
            (usize::from(range.start())..usize::from(range.end())).contains(&offset)
        };
        let mut all = self.analysis.instructions.iter();
        all.find(|it| holds(it.lines)).map(|it| it.index)
    }

    /// Whether an instruction without commands is the same one as that of another file: its arguments are what it is
    /// recognised by, as a keyword may have been replaced.
    pub(crate) fn is_like(&self, own: usize, other: &Self, theirs: usize) -> bool {
        let arguments = |file: &Self, index: usize| {
            let instruction = file.analysis.instructions.get(index)?;
            let text = file.analysis.text(instruction.range);
            let words = text.split_whitespace().skip(1).map(str::to_owned);
            Some(words.collect::<Vec<_>>())
        };
        let own = arguments(self, own);
        own.is_some() && own == arguments(other, theirs)
    }
}

/// Where a command is.
fn place(command: &SimpleCommand, instruction: usize) -> Place {
    let program = command
        .words
        .first()
        .map_or(command.range, |word| word.range);
    let assignments = command.assignments.iter().map(|it| format!("{}=", it.name));
    let words = command.words.iter().map(|word| word.text.to_string());
    let key: Vec<String> = assignments.chain(words).collect();
    Place {
        instruction,
        program: usize::from(program.start())..usize::from(program.end()),
        key: key.join(" "),
    }
}

/// Which commands correspond: those with equal words, in order; of those between, as many as there are on the other side,
/// else those of the same program.
pub(crate) fn pairs(before: &Commands, after: &Commands) -> Vec<Pair> {
    let keys = |file: &Commands| -> Vec<String> {
        let places = file.places.iter();
        places.map(|place| place.key.clone()).collect()
    };
    let (old, new) = (keys(before), keys(after));
    let mut pairs = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (from, to) = (operation.old_range(), operation.new_range());
        if matches!(operation, DiffOp::Replace { .. }) && from.len() != to.len() {
            let programs = |file: &Commands, range: Range<usize>| -> Vec<String> {
                range.map(|place| file.program(place).to_owned()).collect()
            };
            let old = programs(before, from.clone());
            let new = programs(after, to.clone());
            for inner in capture_diff_slices(Algorithm::Myers, &old, &new) {
                let shift = |range: Range<usize>, by: usize| range.start + by..range.end + by;
                let equal = matches!(inner, DiffOp::Equal { .. });
                let (from, to) = (
                    shift(inner.old_range(), from.start),
                    shift(inner.new_range(), to.start),
                );
                couple(&mut pairs, from, to, equal);
            }
        } else {
            couple(&mut pairs, from, to, true);
        }
    }
    pairs
}

/// Adds the commands of two ranges: as pairs as far as both reach, or each for itself.
fn couple(pairs: &mut Vec<Pair>, mut from: Range<usize>, mut to: Range<usize>, together: bool) {
    while together && !from.is_empty() && !to.is_empty() {
        let (before, after) = (from.next(), to.next());
        pairs.push(Pair { before, after });
    }
    pairs.extend(from.map(|place| Pair {
        before: Some(place),
        after: None,
    }));
    pairs.extend(to.map(|place| Pair {
        before: None,
        after: Some(place),
    }));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    /// The pairs of two texts, as the programs' words: `a = b`, `- a`, `+ b`.
    fn check(before: &str, after: &str, expected: &[&str]) {
        let [before, after] = [before, after].map(|text| Commands::of(text.to_owned()).unwrap());
        let found: Vec<String> = pairs(&before, &after)
            .into_iter()
            .map(|pair| match (pair.before, pair.after) {
                (Some(from), Some(to)) => format!("{} = {}", before.key(from), after.key(to)),
                (Some(from), None) => format!("- {}", before.key(from)),
                (None, Some(to)) => format!("+ {}", after.key(to)),
                (None, None) => String::new(),
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn commands_are_found_again() {
        check(
            "FROM x\nRUN cd /a && make\nRUN make install\n",
            "FROM x\nWORKDIR /a\nRUN make && make install\n",
            &["- cd /a", "make = make", "make install = make install"],
        );
        check(
            "FROM x\nRUN apt-get update && apt-get install a\n",
            "FROM x\nRUN apt-get update && apt-get install -y a && rm -rf /l\n",
            &[
                "apt-get update = apt-get update",
                "apt-get install a = apt-get install -y a",
                "+ rm -rf /l",
            ],
        );
        check(
            "FROM x\nRUN apt install a\nRUN a\n",
            "FROM x\nRUN apt-get install a && a\n",
            &["apt install a = apt-get install a", "a = a"],
        );
    }

    #[test]
    fn a_fault_takes_the_place_of_the_program() {
        let faults = |text: &str| -> Vec<String> {
            let file = Commands::of(text.to_owned()).unwrap();
            let places = 0..file.places.len();
            places
                .map(|place| file.with_fault(place).unwrap())
                .collect()
        };
        assert_eq!(
            faults("FROM x\nRUN A=1 b <<E && c=1\nx\nE\n"),
            [
                "FROM x\nRUN A=1 false <<E && c=1\nx\nE\n",
                "FROM x\nRUN A=1 b <<E && false\nx\nE\n",
            ]
        );
        assert_eq!(
            faults("FROM x\nRUN <<E\na $(b)\nE\n"),
            [
                "FROM x\nRUN <<E\nfalse $(b)\nE\n",
                "FROM x\nRUN <<E\na $(false)\nE\n"
            ]
        );
    }

    #[test]
    fn lines_have_instructions() {
        let file = Commands::of("FROM x\n# c\nRUN a && \\\n  b\nCOPY a b\n".to_owned()).unwrap();
        let found: Vec<_> = (0..=6).map(|line| file.at_line(line)).collect();
        assert_eq!(
            found,
            [None, Some(0), None, Some(1), Some(1), Some(2), None]
        );
    }
}
