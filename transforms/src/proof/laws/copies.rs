//! ADD of what is no archive equals COPY (C.6, F.10).

use crate::archive::{Nature, nature};
use crate::model::{Args, Value};
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::trace::{Copy, Source, path};

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let (Some(before), Some(after)) = (alignment.before.copy(i), alignment.after.copy(j)) else {
        return Answer::No;
    };
    if !before.unpack || after.unpack {
        return Answer::No;
    }
    let as_copy = Copy {
        unpack: false,
        ..before.clone()
    };
    if as_copy != *after {
        return match &before.source {
            Source::Unknown(source) => {
                Answer::Refused(format!("`{source}` may be a URL or a repository"))
            }
            _ => Answer::No,
        };
    }
    let source = match &before.source {
        Source::Heredoc { .. } => return explained(i, j),
        Source::Context(source) => source,
        _ => return Answer::No,
    };
    let Some(path) = source.known() else {
        return Answer::Refused(format!("`{source}` may be an archive"));
    };
    let mut path = path.trim_start_matches('/').to_owned();
    if is_written_as_directory(alignment, i, source) {
        path.push('/');
    }
    if nature(&path, alignment.facts) == Nature::Plain {
        explained(i, j)
    } else {
        Answer::Refused(format!("`{path}` may be an archive"))
    }
}

fn explained(i: usize, j: usize) -> Answer {
    Answer::Explained(Explained::by(Law::AddIsCopy, 1, 1).pair(i, j))
}

/// Whether the instruction names a source with a slash at its end; the trace has paths without it.
fn is_written_as_directory(alignment: &Alignment<'_, '_>, at: usize, source: &Value) -> bool {
    let side = &alignment.before;
    let step = side
        .items
        .get(at)
        .and_then(|item| side.steps().get(item.step));
    let Some(Args::Copy { sources, .. }) = step.map(|step| &step.instruction.args) else {
        return false;
    };
    let mut same = sources
        .iter()
        .filter_map(|word| side.analysis.expand(step?.instruction, &word.text).ok())
        .filter(|found| path::source(&found.value) == *source)
        .map(|found| found.value.known().is_some_and(|text| text.ends_with('/')))
        .peekable();
    same.peek().is_some() && same.all(|slash| slash)
}
