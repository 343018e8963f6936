//! The value of a variable at a place, and where it comes from.

use dfix_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange};
use dfix_transforms::model::{Args, Instruction, InstructionKind, Write};

use super::Hover;
use crate::ide::File;
use crate::ide::place::{ancestor, line};
use crate::ide::reference::variables::known;
use crate::ide::text::{Text, code};
use crate::ide::variables::{describe, find, origin, written_by};

/// A `$name` or `${name...}` that the builder expands.
pub(super) fn of_builder(
    file: File<'_>,
    instruction: &Instruction,
    token: &SyntaxToken,
) -> Option<Hover> {
    let written = token.text();
    let inner = written
        .strip_prefix("${")
        .or_else(|| written.strip_prefix('$'))?;
    let name = leading_name(inner)?;
    let range = token.text_range();
    if let Some(text) = set_in_same_arg(file, instruction, name, range) {
        return Some(Hover::new(range, text));
    }
    let mut text = page(file, instruction, name);
    let modifier = inner.get(name.len()..).unwrap_or_default();
    if let Ok(expanded) = file.analysis.expand(instruction, written)
        && !matches!(modifier, "" | "}")
    {
        text.paragraph(format!("{} gives:", code(written)));
        describe(&expanded.value, &mut text);
    }
    Some(Hover::new(range, text))
}

/// A name that the same ARG declares before a place: unlike ENV, it reads its names one after the other (semantics B.3).
fn set_in_same_arg(
    file: File<'_>,
    instruction: &Instruction,
    name: &str,
    place: TextRange,
) -> Option<Text> {
    let Args::Pairs(pairs) = &instruction.args else {
        return None;
    };
    let mut before = pairs
        .iter()
        .filter(|pair| pair.range.end() <= place.start());
    let declared =
        instruction.kind == InstructionKind::Arg && before.any(|it| it.name.text == name);
    let write = declared
        .then(|| own_write(file, instruction, name))
        .flatten()?;
    let mut text = Text::of(format!(
        "{}, {}.",
        code(name),
        written_by(file.analysis, write)
    ));
    meaning(name, &mut text);
    describe(&write.value, &mut text);
    Some(text)
}

/// What an instruction does to a variable.
fn own_write<'a>(file: File<'a>, instruction: &Instruction, name: &str) -> Option<&'a Write> {
    let writes = file.analysis.variables.writes();
    let first = writes.partition_point(|write| write.instruction < instruction.index);
    let mut own = writes
        .get(first..)?
        .iter()
        .take_while(|write| write.instruction == instruction.index);
    own.find(|write| write.name.as_deref() == Some(name))
}

/// The name in `NAME=value` of ENV or ARG.
pub(super) fn of_pair(
    file: File<'_>,
    instruction: &Instruction,
    node: &SyntaxNode,
) -> Option<Hover> {
    let range = dfix_syntax::ast::trimmed_range(node);
    let name = dfix_syntax::ast::logical_text(node);
    let write = own_write(file, instruction, &name)?;
    let mut text = Text::of(format!(
        "{}, {}.",
        code(&name),
        written_by(file.analysis, write)
    ));
    meaning(&name, &mut text);
    describe(&write.value, &mut text);
    Some(Hover::new(range, text))
}

/// A variable of a shell text: a use, or the name of an assignment.
pub(super) fn of_shell(
    file: File<'_>,
    instruction: &Instruction,
    token: &SyntaxToken,
) -> Option<Hover> {
    if token.kind() == SyntaxKind::SH_NAME
        && let Some(expansion) = token
            .parent()
            .filter(|it| it.kind() == SyntaxKind::EXPANSION)
    {
        return of_expansion(file, instruction, &expansion);
    }
    let written = token.text();
    let name = match token.kind() {
        SyntaxKind::SH_VARIABLE => leading_name(written.strip_prefix('$')?)?,
        _ => leading_name(written)?,
    };
    let is_assignment = token.kind() == SyntaxKind::SH_ASSIGN_NAME;
    let range = match is_assignment {
        true => TextRange::at(token.text_range().start(), dfix_syntax::TextSize::of(name)),
        false => token.text_range(),
    };
    let text = match is_assignment {
        true => Text::of(format!(
            "{}, a variable of this command's shell. It ends with the instruction; ENV and ARG are not changed.",
            code(name)
        )),
        false => shell_page(file, instruction, token, name),
    };
    Some(Hover::new(range, text))
}

/// A `${...}` of a shell text.
pub(super) fn of_expansion(
    file: File<'_>,
    instruction: &Instruction,
    node: &SyntaxNode,
) -> Option<Hover> {
    let name_token = node
        .children_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| token.kind() == SyntaxKind::SH_NAME)?;
    let name = leading_name(name_token.text().trim_start_matches(['#', '!']))?;
    Some(Hover::new(
        node.text_range(),
        shell_page(file, instruction, &name_token, name),
    ))
}

/// A variable that a shell reads: its own, or one of the environment.
fn shell_page(file: File<'_>, instruction: &Instruction, token: &SyntaxToken, name: &str) -> Text {
    if let Some(range) = assigned_before(token, name) {
        return Text::of(format!(
            "{}, a variable of this command's shell, set in {}.",
            code(name),
            line(file.analysis, range)
        ));
    }
    let mut text = page(file, instruction, name);
    if find(file.analysis, instruction, name).variable.is_none() {
        text.paragraph("The shell or a program before it may set it.");
    }
    text
}

/// Where the shell text sets a variable before a place: an assignment, `for`, or `export` and its like.
fn assigned_before(token: &SyntaxToken, name: &str) -> Option<TextRange> {
    let script = token
        .parent_ancestors()
        .filter(|node| node.kind() == SyntaxKind::SCRIPT)
        .last()?;
    let until = token.text_range().start();
    let is_name = |text: &str| {
        let rest = text.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || rest.starts_with("+="))
    };
    let exported = |token: &SyntaxToken| {
        let command = ancestor(token, &[SyntaxKind::COMMAND]);
        let first = command.and_then(|command| command.first_token());
        first.is_some_and(|first| {
            matches!(
                first.text(),
                "export" | "declare" | "local" | "readonly" | "typeset" | "read"
            )
        })
    };
    let mut found = None;
    for token in dfix_syntax::ast::tokens(&script).take_while(|it| it.text_range().start() < until)
    {
        let sets = match token.kind() {
            SyntaxKind::SH_ASSIGN_NAME => is_name(token.text()),
            SyntaxKind::SH_NAME => {
                token.text() == name
                    && token
                        .parent()
                        .is_some_and(|parent| parent.kind() == SyntaxKind::FOR)
            }
            SyntaxKind::SH_LITERAL => is_name(token.text()) && exported(&token),
            _ => false,
        };
        if sets {
            found = Some(token.text_range());
        }
    }
    found
}

/// A variable as an instruction sees it.
fn page(file: File<'_>, instruction: &Instruction, name: &str) -> Text {
    let found = find(file.analysis, instruction, name);
    let from = origin(file.analysis, instruction, name, &found);
    let mut text = Text::of(format!("{}, {from}.", code(name)));
    meaning(name, &mut text);
    if let Some(variable) = &found.variable {
        describe(&variable.value, &mut text);
    }
    text
}

/// What a well-known name means.
fn meaning(name: &str, text: &mut Text) {
    if let Some(known) = known(name) {
        text.paragraph(format!("It is {}.", known.summary));
    }
}

/// The name that a text starts with.
fn leading_name(text: &str) -> Option<&str> {
    let end = text
        .find(|ch: char| !ch.is_alphanumeric() && ch != '_')
        .unwrap_or(text.len());
    text.get(..end).filter(|name| !name.is_empty())
}
