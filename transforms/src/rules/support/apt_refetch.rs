//! Package lists for those who miss them: an `apt-get update` of their own.

use super::ShellRun;
use super::apt::apt;
use super::apt_readers::Reader;
use crate::Edit;
use crate::model::{Connective, SimpleCommand};

/// The edits that let each of the commands that certainly need the lists fetch them by itself; `None` where one of them
/// stands in a place where that isn't plain.
pub(crate) fn fetch_again(
    runs: &[ShellRun<'_>],
    found: ShellRun<'_>,
    readers: &[Reader<'_>],
) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for reader in readers {
        let Some(command) = reader.command else {
            continue;
        };
        let index = reader.instruction.index;
        let at = runs.binary_search_by_key(&index, |other| other.run.index);
        let other = runs.get(at.ok()?)?;
        if index == found.run.index || !is_step(*other, command) {
            return None;
        }
        let sudo = match apt(command).is_some_and(|it| it.through_sudo()) {
            true => "sudo ",
            false => "",
        };
        let text = format!("{sudo}apt-get update && ");
        edits.push(Edit::insert(command.range.start(), text));
    }
    Some(edits)
}

/// Whether a command stands at the top of a RUN's text, where `apt-get update &&` before it means what it says.
fn is_step(found: ShellRun<'_>, command: &SimpleCommand) -> bool {
    found.script.items.iter().any(|item| {
        let first = std::iter::once((Connective::And, &item.and_or.first));
        let rest = item.and_or.rest.iter();
        let all = first.chain(rest.map(|(connective, _, pipeline)| (*connective, pipeline)));
        all.into_iter().any(|(connective, pipeline)| {
            connective == Connective::And && pipeline.range.start() == command.range.start()
        })
    })
}
