//! ADD of what is no archive equals COPY (C.6, F.10).

use crate::archive::{Nature, nature};

use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::trace::{Copy, Source};

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
    let path = path.trim_start_matches('/');
    if nature(path, alignment.facts) == Nature::Plain {
        explained(i, j)
    } else {
        Answer::Refused(format!("`{path}` may be an archive"))
    }
}

fn explained(i: usize, j: usize) -> Answer {
    Answer::Explained(Explained::by(Law::AddIsCopy, 1, 1).pair(i, j))
}
