//! Equality of shell words and simple commands: what the shell sees, not how it is quoted.

use crate::model::{Assignment, Redirect, ShellWord, SimpleCommand};

/// Whether two commands are the same for the shell.
pub(crate) fn same_command(a: &SimpleCommand, b: &SimpleCommand) -> bool {
    same_all(&a.words, &b.words, same_word) && same_surroundings(a, b)
}

/// Whether two commands have the same assignments and redirections.
pub(crate) fn same_surroundings(a: &SimpleCommand, b: &SimpleCommand) -> bool {
    same_all(&a.assignments, &b.assignments, same_assignment)
        && same_all(&a.redirects, &b.redirects, same_redirect)
}

/// Whether two words are the same for the shell.
pub(crate) fn same_word(a: &ShellWord, b: &ShellWord) -> bool {
    if a.text == b.text {
        return true;
    }
    match (&a.value, &b.value) {
        // A tilde may be special after `=` and `:` too, where quotes make a difference that the value doesn't show.
        (Some(a), Some(b)) => a == b && !a.contains("=~") && !a.contains(":~"),
        _ => false,
    }
}

fn same_assignment(a: &Assignment, b: &Assignment) -> bool {
    let value = match (&a.value, &b.value) {
        (Some(a), Some(b)) => same_word(a, b),
        // An array: its words are not in the model.
        _ => false,
    };
    a.name == b.name && a.append == b.append && value
}

fn same_redirect(a: &Redirect, b: &Redirect) -> bool {
    let operator = |redirect: &Redirect| {
        let text = redirect.operator.trim();
        match text.strip_prefix('1') {
            Some(rest) if rest.starts_with('>') => rest.to_owned(),
            _ => text
                .strip_prefix('0')
                .map_or(text, |rest| if rest.starts_with('<') { rest } else { text })
                .to_owned(),
        }
    };
    let target = match (&a.target, &b.target) {
        (Some(a), Some(b)) => same_word(a, b),
        (None, None) => true,
        _ => false,
    };
    operator(a) == operator(b) && target
}

fn same_all<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}
