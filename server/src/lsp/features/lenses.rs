//! What stands above a stage. A lens is offered by its place, and counted when the client shows it.

use dfix_syntax::TextRange;
use dfix_transforms::{Applicability, Finding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{CodeLens, CodeLensParams, Command, Location, Url};

use super::actions::FIX_ALL_COMMAND;
use crate::ide::lenses::{self, StageFacts};
use crate::ide::symbol::{self, PlaceKind};
use crate::lsp::session::{Session, View};

/// The command that shows a list of places; the client has it, or ignores it.
const REFERENCES_COMMAND: &str = "dfix.showReferences";

/// What a lens is about; it travels to the client and back.
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    uri: Url,
    version: i32,
    stage: usize,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum What {
    Users,
    Layers,
    Fixes,
}

/// Answers `textDocument/codeLens`.
pub(in crate::lsp) fn of_document(
    session: &mut Session,
    params: &CodeLensParams,
) -> Result<Option<Vec<CodeLens>>> {
    let Some(view) = session.view(&params.text_document.uri) else {
        return Ok(None);
    };
    if !view.options.code_lens {
        return Ok(None);
    }
    let mut lenses = Vec::new();
    for stage in lenses::stages(view.file()) {
        let mut add = |what| {
            let data = Data {
                uri: view.document.uri.clone(),
                version: view.document.version,
                stage: stage.stage,
                what,
            };
            lenses.push(CodeLens {
                range: view.range(stage.from),
                command: None,
                data: Some(json!(data)),
            });
        };
        // Nobody uses the last stage: it is the result.
        if stage.users > 0 || !stage.last {
            add(What::Users);
        }
        add(What::Layers);
        if fixable(view, stage.range).next().is_some() {
            add(What::Fixes);
        }
    }
    Ok(Some(lenses))
}

/// Answers `codeLens/resolve`.
pub(in crate::lsp) fn resolve(session: &mut Session, mut lens: CodeLens) -> Result<CodeLens> {
    let Some(data) = lens.data.clone() else {
        return Ok(lens);
    };
    let data: Data = serde_json::from_value(data)
        .map_err(|error| Error::invalid_params(format!("no lens of dfix: {error}")))?;
    let view = session.view_of_version(&data.uri, data.version)?;
    let mut stages = lenses::stages(view.file());
    let stage = stages.find(|stage| stage.stage == data.stage);
    let stage = stage.ok_or_else(|| Error::invalid_params("there is no such stage"))?;
    lens.command = Some(match data.what {
        What::Users => users(view, &stage),
        What::Layers => plain(count(stage.layers, "layer")),
        What::Fixes => fixes(view, &stage),
    });
    Ok(lens)
}

fn users(view: View<'_>, stage: &StageFacts) -> Command {
    if stage.users == 0 {
        return plain("not used by another stage".to_owned());
    }
    let places = symbol::places_of_stage(view.file(), stage.stage).into_iter();
    let places = places.filter(|place| place.kind == PlaceKind::Use);
    let uri = &view.document.uri;
    let location = |place: symbol::Place| Location::new(uri.clone(), view.range(place.range));
    let locations: Vec<Location> = places.map(location).collect();
    let position = view.position(stage.from.start());
    Command::new(
        format!("used by {}", count(stage.users, "stage")),
        REFERENCES_COMMAND.to_owned(),
        Some(vec![json!(uri), json!(position), json!(locations)]),
    )
}

fn fixes(view: View<'_>, stage: &StageFacts) -> Command {
    let judged = fixable(view, stage.range).filter_map(|index| view.checked.judged(index));
    let safe = judged.filter(|judged| is_safe(&judged.finding)).count();
    if safe == 0 {
        return plain("no safe fixes".to_owned());
    }
    let arguments: Option<Vec<Value>> = Some(vec![json!(view.document.uri)]);
    let title = format!("safe fixes: {safe}");
    Command::new(title, FIX_ALL_COMMAND.to_owned(), arguments)
}

/// The findings in a stage whose rules call their fixes safe; the proof may see it in another way.
fn fixable(view: View<'_>, range: TextRange) -> impl Iterator<Item = usize> {
    let findings = view.checked.findings.iter().enumerate();
    let here = findings
        .filter(move |(_, finding)| range.contains(finding.range.start()) && is_safe(finding));
    here.map(|(index, _)| index)
}

fn is_safe(finding: &Finding) -> bool {
    let fix = finding.fix.as_ref();
    fix.is_some_and(|fix| fix.applicability == Applicability::Safe)
}

/// A lens that does nothing.
fn plain(title: String) -> Command {
    Command::new(title, String::new(), None)
}

/// `1 layer`, `2 layers`.
pub(super) fn count(number: usize, of: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {of}{plural}")
}
