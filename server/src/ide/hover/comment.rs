//! Parser directives, and the rules that comments name.

use dfix_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};
use dfix_transforms::rules::{self, Rule};

use super::Hover;
use crate::ide::reference::directives;
use crate::ide::text::{Text, code};

/// A directive.
pub(super) fn of_directive(node: &SyntaxNode) -> Option<Hover> {
    let name = node
        .children_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| token.kind() == SyntaxKind::KEYWORD)?;
    let entry = directives::directive(name.text())?;
    Some(Hover::new(
        dfix_syntax::ast::trimmed_range(node),
        entry.page(),
    ))
}

/// The rule that a comment names at an offset: `# dfix ignore=...`, `# hadolint ignore=...`.
pub(super) fn of_comment(token: &SyntaxToken, offset: TextSize) -> Option<Hover> {
    let comment = token.text();
    let body = comment.trim_start_matches(['#', ' ', '\t']);
    if !body.starts_with("dfix") && !body.starts_with("hadolint") {
        return None;
    }
    let start = token.text_range().start();
    let at = usize::from(offset.checked_sub(start)?);
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || ch == '-';
    let from = comment
        .get(..at)?
        .rfind(|ch| !is_part(ch))
        .map_or(0, |before| before + 1);
    let after = comment.get(at..)?;
    let to = at + after.find(|ch| !is_part(ch)).unwrap_or(after.len());
    let name = comment.get(from..to).filter(|name| !name.is_empty())?;
    // Words in the reason are no names.
    let list = comment.get(..from)?;
    if !list.contains("ignore") || !list.contains('=') || list.split_once('=')?.1.contains(':') {
        return None;
    }
    let mut text = Text::default();
    let mut named = Vec::new();
    for rule in rules::ALL.iter().filter(|rule| has_name(rule, name)) {
        text.append(rule_page(rule));
        named.push(rule.meta.id);
    }
    if text.is_empty() {
        return None;
    }
    let range = TextRange::new(
        start + TextSize::new(u32::try_from(from).ok()?),
        start + TextSize::new(u32::try_from(to).ok()?),
    );
    Some(Hover {
        rules: named,
        ..Hover::new(range, text)
    })
}

fn has_name(rule: &Rule, name: &str) -> bool {
    rule.meta.id.eq_ignore_ascii_case(name)
        || rule
            .meta
            .aliases
            .iter()
            .any(|alias| alias.eq_ignore_ascii_case(name))
}

/// A rule in short: its summary and why it exists.
pub(crate) fn rule_page(rule: &Rule) -> Text {
    let meta = rule.meta;
    let mut text = Text::of(format!("**{}**: {}", meta.id, meta.summary));
    let why = meta.page.split("## Why").nth(1);
    let why = why
        .and_then(|rest| rest.split("\n## ").next())
        .map(str::trim);
    // The prose up to the first block of code.
    let why = why.and_then(|why| why.split("```").next()).map(str::trim);
    if let Some(why) = why.filter(|why| !why.is_empty()) {
        text.paragraph(why);
    }
    if !meta.aliases.is_empty() {
        let names: Vec<String> = meta.aliases.iter().map(|alias| code(alias)).collect();
        text.paragraph(format!("Also known as {}.", names.join(", ")));
    }
    text
}
