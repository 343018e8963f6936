//! Instructions of an earlier parse that stand in a new tree as they are.
//!
//! An edit changes a few instructions of a file; the others have the same text. What an instruction's node is depends on its
//! text, the escape token and the shell, and nodes know no position, so an equal one is taken over without being read.

use std::ops::Range;

use rowan::{GreenNode, GreenNodeData, Language, NodeOrToken};

use crate::SyntaxKind::{self, *};
use crate::parse::MAX_ERRORS;
use crate::shell::Dialect;
use crate::{DockerfileLanguage, Parse, SyntaxError};

/// How many instructions of the earlier file are compared with one of the new file: those that an edit has removed or
/// changed are passed over.
const WINDOW: usize = 16;

/// The instructions of an earlier parse.
pub(crate) struct Earlier<'p> {
    escape: char,
    /// Those that can be reused, in order.
    instructions: Vec<Instruction<'p>>,
    /// The first that was not found again.
    next: usize,
}

struct Instruction<'p> {
    text: &'p str,
    dialect: Option<Dialect>,
    node: &'p GreenNodeData,
    /// Whether it ends with the file. It might go on if more followed.
    last: bool,
}

impl<'p> Earlier<'p> {
    /// The instructions of a file and its parse. One with an error is not reused, since errors have positions, and none
    /// where there are more errors than are kept.
    pub(crate) fn new(source: &'p str, parse: &'p Parse) -> Self {
        let mut instructions = Vec::new();
        let all_known = parse.errors.len() < MAX_ERRORS;
        let mut errors = parse.errors.as_slice();
        let mut dialects = parse.dialects.iter();
        let mut start = 0;
        for child in parse.green.children() {
            let length = match &child {
                NodeOrToken::Node(node) => usize::from(node.text_len()),
                NodeOrToken::Token(token) => usize::from(token.text_len()),
            };
            let end = start + length;
            if let NodeOrToken::Node(node) = child
                && kind(node) != DIRECTIVE
            {
                let dialect = dialects.next().copied();
                if let (Some(dialect), Some(text)) = (dialect, source.get(start..end))
                    && all_known
                    && (text.ends_with('\n') || end == source.len())
                    && stands_alone(node)
                    && !has_error(&mut errors, start..end)
                {
                    instructions.push(Instruction {
                        text,
                        dialect,
                        node,
                        last: end == source.len(),
                    });
                }
            }
            start = end;
        }
        Self {
            escape: parse.escape,
            instructions,
            next: 0,
        }
    }

    /// The node of the instruction that a text begins with, and its length in bytes.
    pub(crate) fn find(
        &mut self,
        text: &str,
        escape: char,
        dialect: Option<Dialect>,
    ) -> Option<(GreenNode, usize)> {
        if escape != self.escape {
            return None;
        }
        let ahead = self.instructions.iter().enumerate().skip(self.next);
        let is_it = |found: &Instruction<'_>| {
            found.dialect == dialect
                && text.as_bytes().starts_with(found.text.as_bytes())
                && (!found.last || found.text.len() == text.len())
        };
        let (number, found) = ahead.take(WINDOW).find(|(_, found)| is_it(found))?;
        self.next = number + 1;
        Some((found.node.to_owned(), found.text.len()))
    }
}

fn kind(node: &GreenNodeData) -> SyntaxKind {
    DockerfileLanguage::kind_from_raw(node.kind())
}

/// Whether reading an instruction has no effect but its node. `FROM` and `SHELL` say how what follows is read.
fn stands_alone(node: &GreenNodeData) -> bool {
    !matches!(kind(node), FROM | SHELL | UNKNOWN_INSTRUCTION)
}

/// Whether an error touches a range of the file. `errors` are in source order; those that end before the range are
/// dropped from it, since later ranges stand behind this one.
fn has_error(errors: &mut &[SyntaxError], range: Range<usize>) -> bool {
    let place = |error: &SyntaxError| -> Range<usize> { error.range.into() };
    while let [first, rest @ ..] = *errors
        && place(first).end < range.start
    {
        *errors = rest;
    }
    let mut near = errors
        .iter()
        .map(place)
        .take_while(|error| error.start <= range.end);
    near.any(|error| error.end >= range.start)
}

#[cfg(test)]
mod tests {
    use crate::{SourceText, parse, parse_edited};

    const FILE: &str = "# escape=\\
ARG v=1
FROM a AS b
RUN one \\
  # why
  && two

SHELL [\"bash\", \"-c\"]
RUN [[ -f x ]] && \\

  three
RUN cat <<EOF
RUN four
EOF
COPY a b
ONBUILD RUN five
FROM b
RUN one \\
  # why
  && two
CMD [\"x\",
RUN cat <<EOF && \\
  ls
EOF
WORKDIR /x
RUN six \\
";

    /// The tree of an edited file is the one of a file that was never seen before.
    #[test]
    fn nothing_shows_that_an_instruction_was_reused() {
        let lines: Vec<&str> = FILE.split_inclusive('\n').collect();
        let text = |lines: &[&str]| SourceText::new(lines.concat().as_bytes()).unwrap();
        assert_eq!(parse(&text(&lines)).errors(), []);
        let check = |before: &[&str], after: &[&str]| {
            let (before, after) = (text(before), text(after));
            let edited = parse_edited(&after, &before, &parse(&before));
            assert_eq!(edited, parse(&after), "{before:?} to {after:?}");
        };
        for first in 0..=lines.len() {
            for last in first..=lines.len() {
                let without = [&lines[..first], &lines[last..]].concat();
                check(&lines, &without);
                check(&without, &lines);
                check(&lines[first..last], &without);
                check(&without, &lines[first..last]);
            }
        }
        let broken = [
            "FROM a\n",
            "RUN b\n",
            "COPY c\n",
            "RUN d \\\n",
            "e\n",
            "f\n",
        ];
        check(&broken, &broken[2..]);
        check(&broken, &[&broken[..1], &broken[2..]].concat());
        check(
            &broken,
            &[&broken[..1], &["RUN x\n"], &broken[1..]].concat(),
        );
        check(
            &[&broken[..1], &["RUN x\n"], &broken[1..]].concat(),
            &broken,
        );
        let other_escape = [
            "# escape=`\n",
            "FROM a\n",
            "SHELL [\"sh\", \"-c\"]\n",
            "RUN b \\\n",
            "COPY c d\n",
            "RUN e\n",
        ];
        check(&other_escape, &other_escape[1..]);
        check(&other_escape[1..], &other_escape);
    }

    #[test]
    fn what_an_edit_leaves_alone_is_the_same_node() {
        let file = |run: &str| {
            let text = format!("FROM a\nRUN one\n{run}RUN three\nRUN four\n");
            SourceText::new(text.as_bytes()).unwrap()
        };
        let (before, after) = (file("RUN two\n"), file("RUN 2 && 2\nRUN 2\n"));
        let (before, after) = {
            let parsed = parse(&before);
            let edited = parse_edited(&after, &before, &parsed);
            (parsed, edited)
        };
        let shared: Vec<String> = (before.root().children())
            .filter(|old| {
                let mut new = after.root().children();
                new.any(|new| std::ptr::eq(new.green(), old.green()))
            })
            .map(|node| node.text().to_string())
            .collect();
        assert_eq!(shared, ["RUN one\n", "RUN three\n", "RUN four\n"]);
    }
}
