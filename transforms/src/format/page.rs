//! What stands between instructions: comment lines and blank lines.

use dfix_syntax::{NodeOrToken, SyntaxKind, TextRange, TextSize};

use super::Draft;
use crate::Edit;
use crate::model::InstructionKind;

/// Edits blank lines, the margins of comments and instructions, and the end of the file.
pub(super) fn page(draft: &mut Draft<'_>) {
    let mut page = Page {
        blank: Vec::new(),
        line: 0.into(),
        indent: None,
        has_content: false,
        begun: false,
        instructions: 0,
    };
    for child in draft.analysis.parse().green().children() {
        match child {
            NodeOrToken::Token(token) => {
                let range = token.range();
                match token.kind() {
                    SyntaxKind::BOM => page.line = range.end(),
                    SyntaxKind::INDENT => page.indent = Some(range),
                    SyntaxKind::COMMENT => page.comment(draft, token.text(), range),
                    SyntaxKind::EOL => page.end_of_line(range.end()),
                    _ => {}
                }
            }
            NodeOrToken::Node(node) => {
                let is_directive = node.kind() == SyntaxKind::DIRECTIVE;
                let index = page.instructions;
                page.blank_lines(draft, !is_directive);
                if !is_directive {
                    page.instructions += 1;
                    page.margin(draft, index);
                }
                page.begin_line(node.range().end());
                page.begun = true;
            }
        }
    }
    page.end(draft);
    stages(draft);
}

struct Page {
    /// The blank lines since the last line with content.
    blank: Vec<TextRange>,
    /// Where the current line starts.
    line: TextSize,
    /// The blanks that it starts with.
    indent: Option<TextRange>,
    has_content: bool,
    /// Whether any line with content has been.
    begun: bool,
    /// How many instructions have been.
    instructions: usize,
}

impl Page {
    fn begin_line(&mut self, at: TextSize) {
        self.line = at;
        self.indent = None;
        self.has_content = false;
    }

    fn end_of_line(&mut self, end: TextSize) {
        if !self.has_content {
            self.blank.push(TextRange::new(self.line, end));
        }
        self.begin_line(end);
    }

    fn comment(&mut self, draft: &mut Draft<'_>, text: &str, range: TextRange) {
        let plain = !is_like_directive(text);
        self.blank_lines(draft, plain);
        if plain {
            if let Some(indent) = self.indent {
                draft.delete_blanks(indent);
            }
            let end = range.start() + TextSize::of(text.trim_end_matches([' ', '\t']));
            draft.trim(TextRange::new(end, range.end()));
        }
        self.has_content = true;
        self.begun = true;
    }

    fn margin(&mut self, draft: &mut Draft<'_>, index: usize) {
        let analysis = draft.analysis;
        let instruction = analysis.instructions.get(index);
        if let Some(indent) = self.indent
            && instruction.is_some_and(|instruction| analysis.freeze(instruction).is_none())
        {
            draft.delete_blanks(indent);
        }
    }

    /// Edits the blank lines above a line with content. `plain` is whether that can't become a directive: at the start of
    /// a file, a comment with a `=` is one, but not below a blank line.
    fn blank_lines(&mut self, draft: &mut Draft<'_>, plain: bool) {
        let lines = std::mem::take(&mut self.blank);
        let keep = match self.begun {
            true => draft.options.max_blank_lines.max(1),
            false if plain => 0,
            false => lines.len(),
        };
        draft.keep_lines(&lines, keep);
    }

    fn end(&mut self, draft: &mut Draft<'_>) {
        let source = draft.analysis.source.as_str();
        let size = TextSize::of(source);
        let mut lines = std::mem::take(&mut self.blank);
        if let Some(indent) = self.indent.filter(|_| !self.has_content) {
            // A last line of blanks without a line end.
            lines.push(indent);
        }
        let keep = match draft.options.trim_final_newlines {
            true => 0,
            false => lines.len(),
        };
        // Of blanks alone on the last line nothing is left.
        let ends = source.ends_with('\n') || (self.indent.is_some() && !self.has_content);
        draft.keep_lines(&lines, keep);
        if draft.options.insert_final_newline && !ends {
            draft.edits.push(Edit::insert(size, draft.analysis.eol));
        }
    }
}

/// One blank line above each stage but the first, and above the comments that belong to it.
fn stages(draft: &mut Draft<'_>) {
    if !draft.options.blank_line_before_stage {
        return;
    }
    let analysis = draft.analysis;
    let instructions = &analysis.instructions;
    let mut stages = 0;
    for (above, stage) in instructions.iter().zip(instructions.iter().skip(1)) {
        stages += usize::from(above.kind == InstructionKind::From);
        if stage.kind != InstructionKind::From || stages == 0 || analysis.freeze(stage).is_some() {
            continue;
        }
        let start = match stage.comments.first() {
            Some(comment) => line_start(&analysis.source, comment.start()),
            None => stage.lines.start(),
        };
        let last_line = analysis.text(above.lines).lines().next_back();
        // Otherwise there is one already, or it is a part of the instruction above.
        if start == above.lines.end() && last_line.is_some_and(|line| !line.trim().is_empty()) {
            draft.edits.push(Edit::insert(start, analysis.eol));
        }
    }
}

/// The start of the line that holds an offset.
pub(super) fn line_start(source: &str, at: TextSize) -> TextSize {
    let before = source.get(..usize::from(at)).unwrap_or_default();
    before.rfind('\n').map_or(0.into(), |at| {
        TextSize::of(before.get(..=at).unwrap_or_default())
    })
}

/// Whether a comment could be a directive in another place or with another margin (semantics A.2): `# syntax=` and
/// `# check=` are looked for in raw lines, in comments above instructions as well.
fn is_like_directive(comment: &str) -> bool {
    let text = comment.trim_start_matches('#').trim_start();
    let name = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let rest = text.get(name..).unwrap_or_default();
    name > 0 && rest.trim_start().starts_with('=')
}
