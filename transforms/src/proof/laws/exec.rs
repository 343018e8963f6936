//! A RUN of one program with fixed words, with a shell that does nothing else, or without one (C.5).

use super::config::without_shell;
use crate::proof::Law;
use crate::proof::align::{Alignment, Answer, Explained};
use crate::proof::item::Side;
use crate::proof::trace::{Argv, Shell};

pub(super) fn explain(alignment: &Alignment<'_, '_>, i: usize, j: usize) -> Answer {
    let (Some((b, eb)), Some((a, ea))) = (alignment.before.command(i), alignment.after.command(j))
    else {
        return Answer::No;
    };
    let (Some(before), Some(after)) = (alignment.before.exec(b), alignment.after.exec(a)) else {
        return Answer::No;
    };
    let fits = match (&before.argv, &after.argv) {
        (Argv::Shell { shell, text, .. }, Argv::Exec(words))
        | (Argv::Exec(words), Argv::Shell { shell, text, .. }) => {
            reads_no_files(shell) && without_shell(shell, text, words)
        }
        _ => false,
    };
    let same = before.same_place(after)
        && before.file.is_none()
        && after.file.is_none()
        && eb.cwd == ea.cwd
        && is_alone(&alignment.before, i)
        && is_alone(&alignment.after, j);
    if !fits || !same {
        return Answer::No;
    }
    Answer::Explained(Explained::by(Law::ExecForm, 1, 1).pair(i, j))
}

/// Whether a shell runs nothing before its text. Bash under its own name runs the file that `BASH_ENV` names, which may
/// define functions: many images bring programs such as `nvm` in that way.
fn reads_no_files(shell: &Shell) -> bool {
    let Shell::Known(words) = shell else {
        return false;
    };
    let name = words.first().and_then(|program| program.rsplit('/').next());
    name == Some("sh")
}

/// Whether an item is all that its step does.
fn is_alone(side: &Side<'_, '_>, at: usize) -> bool {
    let step = |at: usize| side.get(at).map(|item| item.step);
    side.get(at).is_some_and(|item| item.first == at) && step(at) != step(at + 1)
}
