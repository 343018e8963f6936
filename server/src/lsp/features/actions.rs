//! Code actions: quick fixes, fixing all, ignoring, explaining, refactoring.
//!
//! An action is offered with its title; its edit is made when the client asks for it, for the version of the document
//! that the action was offered for. An action whose document changed meanwhile is refused.

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::rules::{self, Rule};
use dfix_transforms::{Applicability, Finding, Settings, fix, refactor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
    CodeActionTriggerKind, Command, TextEdit, Url, WorkspaceEdit,
};

use super::{diagnostics, edits, verify};
use crate::lsp::session::{Session, View};
use crate::report::pretty::with_companions;

/// Applies all safe fixes of a document.
pub(in crate::lsp) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.dfix");
/// The command that applies all safe fixes of a document.
pub(in crate::lsp) const FIX_ALL_COMMAND: &str = "dfix.fixAll";
/// The command that shows the page of a rule.
pub(in crate::lsp) const EXPLAIN_COMMAND: &str = "dfix.explain";

/// What an action is about; it travels with the action to the client and back.
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    uri: Url,
    version: i32,
    what: What,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum What {
    /// The fix of the finding of this number.
    Fix(usize),
    /// All fixes of a rule that can be trusted as far.
    FixRule { rule: String, safe: bool },
    /// All safe fixes.
    FixAll,
    /// A comment that ignores the finding of this number.
    Ignore(usize),
    /// A refactoring of these bytes.
    Refactor { id: String, start: u32, end: u32 },
}

/// Answers `textDocument/codeAction`.
pub(in crate::lsp) fn offer(
    session: &mut Session,
    params: &CodeActionParams,
) -> Result<Option<CodeActionResponse>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    let only = params.context.only.as_deref();
    let mut offer = Offer {
        view,
        only,
        actions: Vec::new(),
    };
    let range = view.bytes(params.range);
    offer.quick_fixes(range);
    offer.refactorings(range);
    offer.fix_all(only.is_some());
    offer.verify(params.context.trigger_kind);
    Ok(Some(offer.actions))
}

/// Answers `codeAction/resolve`.
pub(in crate::lsp) fn resolve(session: &mut Session, mut action: CodeAction) -> Result<CodeAction> {
    let Some(data) = action.data.clone() else {
        return Ok(action);
    };
    let data: Data = serde_json::from_value(data)
        .map_err(|error| Error::invalid_params(format!("no action of dfix: {error}")))?;
    let view = session.view_of_version(&data.uri, data.version)?;
    action.edit = Some(edit(view, &data.what).ok_or_else(Error::internal_error)?);
    Ok(action)
}

/// The edits that apply all safe fixes: what `dfix --write` would do.
pub(in crate::lsp) fn fix_all_edits(view: View<'_>) -> Vec<TextEdit> {
    fixed(view, &view.checked.config.settings, Applicability::Safe)
}

/// Whether a client that asked for some kinds only wants this one. A kind holds for all below it.
fn wants(only: Option<&[CodeActionKind]>, kind: &CodeActionKind) -> bool {
    let is_below = |wanted: &CodeActionKind| {
        let rest = kind.as_str().strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| {
            wanted.as_str().is_empty() || rest.is_empty() || rest.starts_with('.')
        })
    };
    only.is_none_or(|only| only.iter().any(is_below))
}

/// The kind of a refactoring: a client may ask for it alone, to put it on a key.
fn kind_of_refactoring(id: &str) -> CodeActionKind {
    CodeActionKind::from(format!(
        "{}.{id}",
        CodeActionKind::REFACTOR_REWRITE.as_str()
    ))
}

/// The actions for one place.
struct Offer<'a> {
    view: View<'a>,
    /// The kinds that the client wants.
    only: Option<&'a [CodeActionKind]>,
    actions: Vec<CodeActionOrCommand>,
}

impl Offer<'_> {
    fn wants(&self, kind: &CodeActionKind) -> bool {
        wants(self.only, kind)
    }

    /// What there is to do about the findings that a range touches.
    fn quick_fixes(&mut self, range: TextRange) {
        if !self.wants(&CodeActionKind::QUICKFIX) {
            return;
        }
        let findings = &self.view.checked.findings;
        let here = self.findings_at(range);
        let mut named = Vec::new();
        for index in &here {
            self.quick_fix(*index);
        }
        for index in &here {
            let Some(finding) = findings.get(*index) else {
                continue;
            };
            if !named.contains(&finding.rule.id) {
                named.push(finding.rule.id);
                self.fix_rule(finding);
            }
        }
        named.clear();
        for index in here {
            let Some(finding) = findings.get(index) else {
                continue;
            };
            if !named.contains(&finding.rule.id) {
                named.push(finding.rule.id);
                self.ignore_and_explain(index, finding);
            }
        }
    }

    /// The findings that a range touches; for a cursor that touches none, those of its line.
    fn findings_at(&self, range: TextRange) -> Vec<usize> {
        let findings = &self.view.checked.findings;
        let at = |place: &dyn Fn(TextRange) -> bool| -> Vec<usize> {
            let numbered = findings.iter().enumerate();
            let here = numbered.filter(|(_, finding)| place(finding.range));
            here.map(|(index, _)| index).collect()
        };
        let touched = at(&|found| touch(found, range));
        if !touched.is_empty() || !range.is_empty() {
            return touched;
        }
        let line = self.view.position(range.start()).line;
        at(&|found| self.view.position(found.start()).line == line)
    }

    fn quick_fix(&mut self, index: usize) {
        let Some(judged) = self.view.checked.judged(index) else {
            return;
        };
        let finding = &judged.finding;
        let Some(fix) = &finding.fix else { return };
        let safe = fix.applicability == Applicability::Safe;
        if !safe && !self.view.options.unsafe_fixes || !edits::can_be_made(self.view, fix) {
            return;
        }
        let title = match safe {
            true => fix.title.clone(),
            false => format!("{}{} (unsafe)", fix.title, with_companions(fix)),
        };
        let action = CodeAction {
            diagnostics: Some(vec![diagnostics::of_finding(self.view, finding)]),
            is_preferred: safe.then_some(true),
            ..self.action(title, CodeActionKind::QUICKFIX)
        };
        self.push(action, What::Fix(index));
    }

    fn fix_rule(&mut self, finding: &Finding) {
        let id = finding.rule.id;
        let fixes = self
            .view
            .checked
            .findings
            .iter()
            .filter(|other| other.rule.id == id);
        let fixes = fixes.filter_map(|other| other.fix.as_ref());
        let safe = |fix: &&dfix_transforms::Fix| fix.applicability == Applicability::Safe;
        let count = fixes.filter(safe).count();
        if count > 1 {
            let title = format!("Apply the {count} safe fixes of `{id}` in this file");
            let action = self.action(title, CodeActionKind::QUICKFIX);
            let rule = id.to_owned();
            self.push(action, What::FixRule { rule, safe: true });
        }
    }

    fn ignore_and_explain(&mut self, index: usize, finding: &Finding) {
        let id = finding.rule.id;
        let action = self.action(
            format!("Ignore `{id}` here, with a reason"),
            CodeActionKind::QUICKFIX,
        );
        self.push(action, What::Ignore(index));
        let title = format!("Explain `{id}`");
        let mut action = self.action(title.clone(), CodeActionKind::QUICKFIX);
        let arguments = Some(vec![Value::from(id)]);
        action.command = Some(Command::new(title, EXPLAIN_COMMAND.to_owned(), arguments));
        self.actions.push(action.into());
    }

    fn refactorings(&mut self, range: TextRange) {
        let wanted = |id| self.wants(&kind_of_refactoring(id));
        if !refactor::ALL.iter().any(|kind| wanted(kind.id)) {
            return;
        }
        let file = self.view.file();
        for offer in refactor::offers(file.analysis, file.settings, file.facts, range) {
            let kind = kind_of_refactoring(offer.id);
            if !self.wants(&kind) {
                continue;
            }
            let action = self.action(offer.title, kind);
            let (start, end) = (range.start().into(), range.end().into());
            let id = offer.id.to_owned();
            self.push(action, What::Refactor { id, start, end });
        }
    }

    /// A client that asks for no kind gets it where there is something to fix.
    fn fix_all(&mut self, asked: bool) {
        if self.wants(&FIX_ALL) && (asked || self.has_safe_fix()) {
            let action = self.action("Apply all safe fixes of dfix".to_owned(), FIX_ALL);
            self.push(action, What::FixAll);
        }
    }

    /// What is offered by itself, such as before each save, must never start a build.
    fn verify(&mut self, trigger: Option<CodeActionTriggerKind>) {
        let by_a_person = match trigger {
            Some(trigger) => trigger == CodeActionTriggerKind::INVOKED,
            // A client that does not tell asks for no kind when a person asks.
            None => self.only.is_none(),
        };
        if by_a_person
            && self.view.options.verify.enabled
            && self.wants(&verify::KIND)
            && self.has_safe_fix()
        {
            let title = "Verify this file with a real build".to_owned();
            let mut action = self.action(title.clone(), verify::KIND);
            let arguments = Some(vec![json!(self.view.document.uri)]);
            action.command = Some(Command::new(title, verify::COMMAND.to_owned(), arguments));
            self.actions.push(action.into());
        }
    }

    fn has_safe_fix(&self) -> bool {
        let safe = |finding: &Finding| {
            let fix = finding.fix.as_ref();
            fix.is_some_and(|fix| fix.applicability == Applicability::Safe)
        };
        self.view.checked.findings.iter().any(safe)
    }

    fn action(&self, title: String, kind: CodeActionKind) -> CodeAction {
        CodeAction {
            title,
            kind: Some(kind),
            ..CodeAction::default()
        }
    }

    /// Adds an action; its edit at once for a client that can't ask for it later.
    fn push(&mut self, mut action: CodeAction, what: What) {
        if self.view.client.resolves_edits {
            let data = Data {
                uri: self.view.document.uri.clone(),
                version: self.view.document.version,
                what,
            };
            action.data = Some(json!(data));
        } else {
            let Some(edit) = edit(self.view, &what) else {
                return;
            };
            action.edit = Some(edit);
        }
        self.actions.push(action.into());
    }
}

/// What an action changes; `None` when there is no such action in the document.
fn edit(view: View<'_>, what: &What) -> Option<WorkspaceEdit> {
    match what {
        What::Fix(index) => {
            let finding = &view.checked.judged(*index)?.finding;
            let fix = finding.fix.as_ref()?;
            edits::of_fix(view, fix, finding.refused.as_deref())
        }
        What::FixRule { rule, safe } => {
            let rule = rules::find(rule)?;
            let settings = only(&view.checked.config.settings, rule);
            let threshold = match safe {
                true => Applicability::Safe,
                false => Applicability::Unsafe,
            };
            Some(edits::of_edits(view, fixed(view, &settings, threshold)))
        }
        What::FixAll => Some(edits::of_edits(view, fix_all_edits(view))),
        What::Ignore(index) => {
            let finding = view.checked.findings.get(*index)?;
            Some(edits::of_edits(view, vec![ignore(view, finding)?]))
        }
        What::Refactor { id, start, end } => {
            let range = TextRange::new(TextSize::from(*start), TextSize::from(*end));
            let file = view.file();
            let built = refactor::build(file.analysis, file.settings, file.facts, id, range)?;
            edits::of_fix(view, &built.fix, built.refused.as_deref())
        }
    }
}

/// The edits that lead to the fixpoint of some rules.
fn fixed(view: View<'_>, settings: &Settings, threshold: Applicability) -> Vec<TextEdit> {
    if view.checked.problem.is_some() {
        return Vec::new();
    }
    let checked = view.checked;
    let outcome = fix(
        &checked.analysis.source,
        settings,
        &checked.facts,
        threshold,
    );
    match outcome.changed {
        true => edits::to_text(view, &outcome.text),
        false => Vec::new(),
    }
}

/// Settings under which one rule runs alone.
fn only(settings: &Settings, rule: &Rule) -> Settings {
    Settings {
        selected: Some([rule.meta.id].into_iter().collect()),
        ..settings.clone()
    }
}

/// A comment above the instruction of a finding that ignores its rule there.
fn ignore(view: View<'_>, finding: &Finding) -> Option<TextEdit> {
    let analysis = &view.checked.analysis;
    let at = finding.range.start();
    let after = analysis
        .instructions
        .partition_point(|instruction| instruction.lines.start() <= at);
    // Comments above an instruction belong to it.
    let owner = analysis
        .instructions
        .get(after)
        .filter(|next| next.comments.iter().any(|comment| comment.contains(at)))
        .or_else(|| analysis.instructions.get(after.checked_sub(1)?))?;
    let indentation = TextRange::new(owner.lines.start(), owner.range.start());
    let text = format!(
        "{}# dfix ignore={}: say why{}",
        analysis.text(indentation),
        finding.rule.id,
        analysis.eol
    );
    let place = view.position(owner.lines.start());
    Some(TextEdit::new(
        tower_lsp::lsp_types::Range::new(place, place),
        text,
    ))
}

/// Whether two ranges have a place in common; a cursor is an empty range.
fn touch(a: TextRange, b: TextRange) -> bool {
    a.start() <= b.end() && b.start() <= a.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_hold_for_all_below() {
        let kind = |text: &'static str| CodeActionKind::new(text);
        for (only, asked, wanted) in [
            (Some("quickfix"), "quickfix", true),
            (Some("source"), "source.fixAll.dfix", true),
            (Some("source.fixAll"), "source.fixAll.dfix", true),
            (Some("source.fix"), "source.fixAll.dfix", false),
            (Some("source.organizeImports"), "source.fixAll.dfix", false),
            (Some(""), "refactor.rewrite", true),
            (None, "quickfix", true),
        ] {
            let only: Option<Vec<CodeActionKind>> = only.map(|only| vec![kind(only)]);
            assert_eq!(
                wants(only.as_deref(), &kind(asked)),
                wanted,
                "{only:?} {asked}"
            );
        }
    }
}
