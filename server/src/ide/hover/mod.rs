//! What an editor shows about the word under the pointer.

mod command;
mod comment;
mod stage;
mod state;
#[cfg(test)]
mod tests;
mod variable;

use dfix_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};
use dfix_transforms::model::{Instruction, InstructionKind};

pub(crate) use comment::rule_page;

use super::File;
use super::place::{ancestor, innermost_at, token_at};
use super::reference::{self, mounts};
use super::text::Text;

/// What is known of a word.
#[derive(Debug)]
pub(crate) struct Hover {
    /// The word.
    pub range: TextRange,
    pub text: Text,
    /// The rules that it names, which have pages of their own.
    pub rules: Vec<&'static str>,
}

impl Hover {
    fn new(range: TextRange, text: Text) -> Self {
        Self {
            range,
            text,
            rules: Vec::new(),
        }
    }
}

/// What is known of the word at an offset.
pub(crate) fn hover(file: File<'_>, offset: TextSize) -> Option<Hover> {
    // A sign beside the word, such as the `=` of an assignment, is no part of it.
    find(file, offset).filter(|found| found.range.contains_inclusive(offset))
}

fn find(file: File<'_>, offset: TextSize) -> Option<Hover> {
    use SyntaxKind::*;
    let root = file.analysis.tree();
    let token = token_at(&root, offset)?;
    let parent = token.parent()?;
    if token.kind() == COMMENT {
        return comment::of_comment(&token, offset);
    }
    if parent.kind() == DIRECTIVE {
        return comment::of_directive(&parent);
    }
    let instruction = innermost_at(file.analysis, offset)?;
    // A keyword may be split by a continuation, so the whole of it is the model's.
    match token.kind() {
        KEYWORD | SUB_KEYWORD if !parent.kind().is_instruction() => return None,
        KEYWORD | SUB_KEYWORD => return keyword(file, instruction, &token),
        VARIABLE => return variable::of_builder(file, instruction, &token),
        SH_VARIABLE | SH_NAME | SH_ASSIGN_NAME => {
            return variable::of_shell(file, instruction, &token);
        }
        // `${x` and the brace behind the name belong to the variable.
        SH_OPEN | SH_CLOSE if parent.kind() == EXPANSION => {
            return variable::of_expansion(file, instruction, &parent);
        }
        kind if kind.is_trivia() => return None,
        _ => {}
    }
    if let Some(flag) = ancestor(&token, &[FLAG]) {
        return of_flag(file, instruction, &flag, offset);
    }
    if let Some(node) = ancestor(&token, &[PAIR_NAME, IMAGE, STAGE_NAME]) {
        return match node.kind() {
            PAIR_NAME => variable::of_pair(file, instruction, &node),
            _ => stage::of_from(file, instruction, node.kind() == STAGE_NAME),
        };
    }
    command::of_word(instruction, offset)
}

/// The page of an instruction, and the state that it starts in.
fn keyword(file: File<'_>, instruction: &Instruction, token: &SyntaxToken) -> Option<Hover> {
    let mut text = reference::instruction(instruction.kind)?.page();
    text.append(state::before(file.analysis, instruction));
    let range = match token.kind() {
        SyntaxKind::KEYWORD => instruction.keyword,
        _ => token.text_range(),
    };
    Some(Hover::new(range, text))
}

/// The page of a flag, or what its value means.
fn of_flag(
    file: File<'_>,
    instruction: &Instruction,
    node: &SyntaxNode,
    offset: TextSize,
) -> Option<Hover> {
    let flag = instruction
        .flags
        .iter()
        .find(|flag| flag.range.contains_inclusive(offset))?;
    let in_value = flag
        .value_range
        .is_some_and(|range| range.contains_inclusive(offset));
    if in_value
        && let Some(hover) = match (instruction.kind, flag.name.as_str()) {
            (InstructionKind::Copy, "from") => stage::of_reference(file, instruction, offset),
            (InstructionKind::Run, "mount") => of_mount(file, instruction, offset),
            _ => None,
        }
    {
        return Some(hover);
    }
    let entry = reference::instruction(instruction.kind)?.flag(&flag.name)?;
    let range = match (in_value, flag.value_range) {
        (true, Some(range)) => range,
        _ => {
            let end = node
                .children()
                .find(|child| child.kind() == SyntaxKind::FLAG_NAME)
                .map_or(flag.range.end(), |name| name.text_range().end());
            TextRange::new(flag.range.start(), end)
        }
    };
    Some(Hover::new(range, entry.page()))
}

/// A key or value of `--mount`.
fn of_mount(file: File<'_>, instruction: &Instruction, offset: TextSize) -> Option<Hover> {
    let mount = instruction
        .mounts()
        .find(|mount| mount.flag.range.contains_inclusive(offset))?;
    let whole = mount.flag.value_range?;
    let written = file.analysis.text(whole);
    let at = usize::from(offset.checked_sub(whole.start())?);
    let start = written.get(..at)?.rfind(',').map_or(0, |comma| comma + 1);
    let length = written.get(start..)?.find(',');
    let field = written
        .get(start..)?
        .get(..length.unwrap_or(written.len() - start))?;
    let (name, value) = match field.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (field, None),
    };
    let offset_of = |at: usize| Some(whole.start() + TextSize::new(u32::try_from(at).ok()?));
    let value_start = start + name.len() + 1;
    let mut range = TextRange::new(offset_of(start)?, offset_of(start + name.len())?);
    if let Some(value) = value.filter(|_| at >= value_start) {
        range = TextRange::at(offset_of(value_start)?, TextSize::of(value));
        if name.eq_ignore_ascii_case("from")
            && let Some(hover) = stage::of_reference(file, instruction, offset)
        {
            return Some(hover);
        }
        if name.eq_ignore_ascii_case("type")
            && let Some(entry) = mounts::mount_type(value)
        {
            let text = entry.page();
            return Some(Hover::new(range, text));
        }
    }
    let entry = mounts::key(name)?;
    Some(Hover::new(range, Text::of(entry.line())))
}
