//! How an author breaks long instructions.

use dfix_syntax::TextRange;

use super::{Layout, indentation};
use crate::model::{Analysis, BreakKind, Instruction, InstructionKind};

/// How continued lines look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    /// The file's line end.
    pub(crate) eol: &'static str,
    /// The escape token.
    pub(crate) escape: char,
    /// Whether `&&` begins a continued line; otherwise it ends the line before.
    pub(crate) operator_first: bool,
    /// What stands before a continued command, or before its `&&`.
    pub(crate) command_indent: String,
    /// What stands before a continued operand.
    pub(crate) operand_indent: String,
}

impl Style {
    /// A blank, the escape token, and the line end.
    pub(crate) fn line_break(&self) -> String {
        format!(" {}{}", self.escape, self.eol)
    }

    /// What stands between the end of a command and the start of the next one, with comment lines above the next one.
    pub(crate) fn and<'c>(&self, comments: impl IntoIterator<Item = &'c str>) -> String {
        let mut glue = String::new();
        if !self.operator_first {
            glue.push_str(" &&");
        }
        glue.push_str(&self.line_break());
        for comment in comments {
            glue.push_str(self.comment_indent());
            glue.push_str(comment);
            glue.push_str(self.eol);
        }
        glue.push_str(&self.command_indent);
        if self.operator_first {
            glue.push_str("&& ");
        }
        glue
    }

    /// What stands before a comment line above a command. A single blank before ` && ` is no indentation for a comment.
    pub(crate) fn comment_indent(&self) -> &str {
        match self.command_indent.len() {
            0 | 1 if self.command_indent != "\t" => &self.operand_indent,
            _ => &self.command_indent,
        }
    }
}

impl Layout<'_> {
    /// The style for edits of an instruction: what the instruction itself shows, else what the file's RUN instructions
    /// show, else a `&&` at the start of the line behind one blank and operands behind four.
    pub(crate) fn style(&self, instruction: &Instruction) -> Style {
        let mut seen = Seen::default();
        seen.look_at(self, instruction);
        let file = self.file_style();
        let operator_first = seen.operator_first().unwrap_or(file.operator_first);
        Style {
            operator_first,
            command_indent: seen
                .command_indent(operator_first)
                .unwrap_or_else(|| default_command_indent(file, operator_first)),
            operand_indent: (seen.operand_indents.first()).map_or_else(
                || file.operand_indent.clone(),
                |indent| (*indent).to_owned(),
            ),
            ..*file
        }
    }

    /// Whether an instruction itself shows how its commands are broken.
    pub(crate) fn shows_style(&self, instruction: &Instruction) -> bool {
        let mut seen = Seen::default();
        seen.look_at(self, instruction);
        seen.operator_first().is_some()
    }

    /// The style that the file's RUN instructions show.
    pub(crate) fn file_style(&self) -> &Style {
        self.file_style.get_or_init(|| {
            let mut seen = Seen::default();
            for instruction in &self.analysis.instructions {
                if instruction.kind == InstructionKind::Run {
                    seen.look_at(self, instruction);
                }
            }
            let operator_first = seen.operator_first().unwrap_or(true);
            let command_indent = seen.command_indent(operator_first).unwrap_or_else(|| {
                let indent = if operator_first { " " } else { "    " };
                indent.to_owned()
            });
            let operand_indent = most_common(&seen.operand_indents)
                .map_or_else(|| default_operand_indent(&command_indent), str::to_owned);
            Style {
                eol: self.analysis.eol,
                escape: self.analysis.escape,
                operator_first,
                command_indent,
                operand_indent,
            }
        })
    }
}

/// Whether more keywords of the stages are in lower case than in upper case; mixed ones have no vote (BuildKit's
/// `validateCommandCasing`).
pub(crate) fn keywords_are_lower(analysis: &Analysis) -> bool {
    let (mut lower, mut upper) = (0_usize, 0_usize);
    for instruction in &analysis.instructions {
        if instruction.stage.is_some() && instruction.kind != InstructionKind::Unknown {
            let keyword = analysis.text(instruction.keyword);
            lower += usize::from(keyword.bytes().all(|byte| byte.is_ascii_lowercase()));
            upper += usize::from(keyword.bytes().all(|byte| byte.is_ascii_uppercase()));
        }
    }
    lower > upper
}

/// The indentation of commands where an instruction breaks otherwise than its file.
fn default_command_indent(file: &Style, operator_first: bool) -> String {
    match file.operator_first == operator_first {
        true => file.command_indent.clone(),
        false if operator_first => " ".to_owned(),
        false => file.operand_indent.clone(),
    }
}

/// Operands stand deeper than commands; four blanks in from a narrow margin.
fn default_operand_indent(command_indent: &str) -> String {
    if command_indent.starts_with('\t') {
        format!("{command_indent}\t")
    } else if command_indent.len() >= 4 {
        format!("{command_indent}    ")
    } else {
        "    ".to_owned()
    }
}

/// What continued lines show.
#[derive(Default)]
struct Seen<'a> {
    /// Indentations of lines that begin with an operator.
    leading: Vec<&'a str>,
    /// Indentations of lines after one that ends with an operator.
    trailing: Vec<&'a str>,
    /// Indentations of other continued lines.
    operand_indents: Vec<&'a str>,
}

impl<'a> Seen<'a> {
    fn look_at(&mut self, layout: &Layout<'a>, instruction: &Instruction) {
        let analysis = layout.analysis;
        let is_dropped = |line: TextRange| {
            let breaks = &instruction.breaks;
            let first = breaks.partition_point(|part| part.range.start() < line.start());
            let inside = breaks.get(first);
            inside.is_some_and(|part| {
                part.kind != BreakKind::Continuation && part.range.start() < line.end()
            })
        };
        for part in &instruction.breaks {
            if part.kind != BreakKind::Continuation {
                continue;
            }
            let start = instruction.range.start().min(part.range.start());
            let before = analysis.text(TextRange::new(
                layout.line_start(part.range.start()).max(start),
                part.range.start(),
            ));
            let mut line = next_line(layout, part.range);
            while line.start() < instruction.range.end() && is_dropped(line) {
                line = next_line(layout, line);
            }
            if line.start() >= instruction.range.end() {
                continue;
            }
            let text = analysis.text(line);
            let indent = indentation(text);
            let content = text.trim_start();
            if content.starts_with("&&") || content.starts_with("||") {
                self.leading.push(indent);
            } else if ends_with_operator(before.trim_end()) {
                self.trailing.push(indent);
            } else if !follows_keyword(instruction, part.range) {
                self.operand_indents.push(indent);
            }
        }
    }

    fn operator_first(&self) -> Option<bool> {
        let (leading, trailing) = (self.leading.len(), self.trailing.len());
        (leading + trailing > 0).then_some(leading >= trailing)
    }

    fn command_indent(&self, operator_first: bool) -> Option<String> {
        let indent = most_common(match operator_first {
            true => &self.leading,
            false => &self.trailing,
        });
        indent.map(str::to_owned)
    }
}

/// The physical line below a continuation or a whole line.
fn next_line(layout: &Layout<'_>, above: TextRange) -> TextRange {
    TextRange::new(above.end(), layout.line_end(above.end()))
}

fn ends_with_operator(text: &str) -> bool {
    ["&&", "||", ";"]
        .iter()
        .any(|operator| text.ends_with(operator))
}

/// Whether nothing but the keyword and flags precede a continuation: that line says nothing of operands.
fn follows_keyword(instruction: &Instruction, continuation: TextRange) -> bool {
    instruction
        .command()
        .is_some_and(|command| continuation.start() < command.range.start())
}

/// The most common text, the first of several.
fn most_common<'a>(texts: &[&'a str]) -> Option<&'a str> {
    let count = |text: &str| texts.iter().filter(|other| **other == text).count();
    let mut best: Option<(usize, &str)> = None;
    for (at, text) in texts.iter().enumerate().take(64) {
        // One that was counted before is no more common now.
        if texts.iter().take(at).any(|before| before == text) {
            continue;
        }
        let count = count(text);
        if best.is_none_or(|(most, _)| count > most) {
            best = Some((count, text));
        }
    }
    best.map(|(_, text)| text)
}
