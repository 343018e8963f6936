//! What stands before the cursor.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::model::{Args, Break, BreakKind, Instruction};

use crate::ide::File;
use crate::ide::place::instruction_at;

/// What stands before the cursor.
pub(super) struct Head<'a> {
    pub file: File<'a>,
    pub offset: TextSize,
    /// The sign after which the client asks by itself.
    pub trigger: Option<char>,
    /// The instruction that the cursor is in, its ONBUILD in case of a trigger.
    pub instruction: Option<&'a Instruction>,
    /// The instruction's text before the cursor as the builder sees it, or that of the heredoc body.
    pub text: String,
    pub in_heredoc: bool,
    /// The line up to the cursor.
    pub line: &'a str,
    /// The line behind the cursor.
    pub rest: &'a str,
}

impl<'a> Head<'a> {
    /// Looks at the text before an offset; `None` where nothing can be offered, as in a file that COPY makes.
    pub(super) fn new(file: File<'a>, offset: TextSize, trigger: Option<char>) -> Option<Self> {
        let source: &'a str = file.analysis.source.as_str();
        let at = usize::from(offset);
        let (before, after) = source.split_at_checked(at)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        let line = line.trim_start_matches('\u{feff}');
        let rest = after.split('\n').next().unwrap_or_default();
        let instruction =
            instruction_at(file.analysis, offset).or_else(|| continued_until(file, offset));
        let mut head = Self {
            file,
            offset,
            trigger,
            instruction,
            text: line.trim_start().to_owned(),
            in_heredoc: false,
            line,
            rest: rest.trim_end_matches('\r'),
        };
        let Some(instruction) = instruction else {
            return Some(head);
        };
        let mut heredocs = instruction.heredocs.iter();
        if let Some(heredoc) = heredocs.find(|heredoc| {
            let range = heredoc.body.cover(heredoc.terminator);
            range.start() <= offset && offset <= range.end()
        }) {
            // Only where the body is a script there is something to say.
            instruction.script()?;
            if offset > heredoc.body.end() {
                return None;
            }
            head.in_heredoc = true;
            head.text = file
                .analysis
                .text(TextRange::new(heredoc.body.start(), offset))
                .replace("\\\n", "");
            return Some(head);
        }
        let start = instruction.keyword.start();
        head.text = match start <= offset {
            true => logical(file, TextRange::new(start, offset), &instruction.breaks),
            false => String::new(),
        };
        Some(head)
    }

    /// Whether the cursor stands in a comment of the builder.
    pub(super) fn in_comment(&self) -> bool {
        !self.in_heredoc && self.line.trim_start().starts_with('#')
    }

    /// What is typed of a word whose characters are known, and the range of the whole word.
    pub(super) fn word(&self, is_part: impl Fn(char) -> bool) -> (&'a str, TextRange) {
        let start = self
            .line
            .char_indices()
            .rev()
            .find(|(_, ch)| !is_part(*ch))
            .map_or(0, |(at, ch)| at + ch.len_utf8());
        let typed = self.line.get(start..).unwrap_or_default();
        let end = self.rest.find(|ch| !is_part(ch)).unwrap_or(self.rest.len());
        let tail = self.rest.get(..end).unwrap_or_default();
        let range = TextRange::new(
            self.offset - TextSize::of(typed),
            self.offset + TextSize::of(tail),
        );
        (typed, range)
    }

    /// The instruction at the cursor, inside of its ONBUILD where the cursor is there.
    pub(super) fn innermost(&self) -> Option<&'a Instruction> {
        let mut instruction = self.instruction?;
        while let Args::Trigger(trigger) = &instruction.args {
            if self.offset < trigger.keyword.start() {
                break;
            }
            instruction = trigger;
        }
        Some(instruction)
    }
}

/// An instruction whose last line continues, but nothing follows before the end of the file.
fn continued_until(file: File<'_>, offset: TextSize) -> Option<&Instruction> {
    let last = file.analysis.instructions.last()?;
    let end = last.breaks.last()?.range.end();
    (end <= offset && last.lines.end() == offset).then_some(last)
}

/// The text of a range without breaks and line ends.
fn logical(file: File<'_>, range: TextRange, breaks: &[Break]) -> String {
    let mut text = String::new();
    let mut at = range.start();
    for gap in breaks {
        if gap.range.start() >= range.end() {
            break;
        }
        if gap.range.start() < at {
            continue;
        }
        text.push_str(file.analysis.text(TextRange::new(at, gap.range.start())));
        at = gap.range.end().min(range.end());
        // A comment's line is dropped with its indentation and its end.
        if gap.kind == BreakKind::Comment {
            let kept = text.trim_end_matches([' ', '\t']).len();
            text.truncate(kept);
        }
    }
    text.push_str(file.analysis.text(TextRange::new(at, range.end())));
    text.retain(|ch| !matches!(ch, '\n' | '\r'));
    text
}
