//! What happens when a line is broken in the editor.

use dfix_syntax::{TextRange, TextSize};

use super::lines::Content;
use super::options::FormatOptions;
use super::{Body, Layout, is_understood, page, verified};
use crate::Edit;
use crate::model::{Analysis, BreakKind, Instruction, InstructionKind};

/// The edit that indents the line that holds `at`, when it has just been made: below a line that goes on as deep as the
/// lines of the instruction, otherwise at the margin. No edit in a heredoc, in a quoted text, or where nothing is to change.
///
/// While a person types, a file seldom parses; so what matters is only what stands above.
pub fn format_on_newline(analysis: &Analysis, options: &FormatOptions, at: TextSize) -> Vec<Edit> {
    new_line(analysis, options, at).unwrap_or_default()
}

fn new_line(analysis: &Analysis, options: &FormatOptions, at: TextSize) -> Option<Vec<Edit>> {
    let source: &str = &analysis.source;
    let start = page::line_start(source, at);
    let rest = source.get(usize::from(start)..)?;
    let content = rest.trim_start_matches([' ', '\t']);
    let written = TextRange::at(start, TextSize::of(rest) - TextSize::of(content));
    let instructions = &analysis.instructions;
    let number = instructions.partition_point(|instruction| instruction.lines.start() < start);
    let above = number
        .checked_sub(1)
        .and_then(|number| instructions.get(number));
    let wanted = match above.map_or(Place::Margin, |above| place(analysis, above, start)) {
        Place::Heredoc => return None,
        Place::Continued => continued(analysis, options, above?, start)?,
        Place::Margin => String::new(),
    };
    if analysis.text(written) == wanted {
        return None;
    }
    let edits = vec![Edit::replace(written, wanted)];
    let is_blank = content.is_empty() || content.starts_with(['\r', '\n']);
    // A line without content is dropped whatever its blanks; what is behind the cursor may not be layout.
    match is_blank || !is_understood(analysis) {
        true => Some(edits),
        false => Some(verified(analysis, |_| edits.clone())),
    }
}

/// Where a line is, seen from the last instruction that begins above it.
enum Place {
    Heredoc,
    Continued,
    Margin,
}

fn place(analysis: &Analysis, above: &Instruction, start: TextSize) -> Place {
    let heredocs = above.innermost().heredocs.first();
    if start < above.lines.end() {
        return match heredocs {
            Some(heredoc) if heredoc.body.start() <= start => Place::Heredoc,
            _ => Place::Continued,
        };
    }
    // Behind the last byte of the file, there may be a continuation that nothing follows yet.
    let text = analysis.text(above.lines);
    let is_end = start == above.lines.end() && usize::from(start) == analysis.source.len();
    let goes_on = above.breaks.last().is_some_and(|last| {
        last.kind == BreakKind::Continuation && last.range.end() == start && text.ends_with('\n')
    });
    if is_end && goes_on {
        Place::Continued
    } else {
        Place::Margin
    }
}

/// What a continued line begins with; `None` where that is no layout.
fn continued(
    analysis: &Analysis,
    options: &FormatOptions,
    instruction: &Instruction,
    start: TextSize,
) -> Option<String> {
    let Body { sketch, groups, .. } = Body::new(analysis, options, instruction)?;
    let lines = &sketch.lines;
    let number = lines.partition_point(|line| line.indent.start() < start);
    let line = lines
        .get(number)
        .filter(|line| line.indent.start() == start)?;
    let is_layout = match line.content {
        Content::Part(_) => line.free && analysis.freeze(instruction).is_none(),
        _ => line.free || sketch.dangling,
    };
    if !is_layout {
        return None;
    }
    // The lines above show how deep it is; in the first one, the other instructions do.
    let style = Layout::without(analysis, options, instruction).style;
    let is_run = instruction.kind == InstructionKind::Run;
    let mut above = lines.get(..number)?.iter().enumerate().rev();
    let column = above.find_map(|(number, line)| match line.content {
        Content::Keyword => Some(style.below_keyword(is_run)),
        Content::Part(_) => groups.columns().get(number).copied(),
        _ => None,
    });
    column.map(|column| style.text(column))
}
