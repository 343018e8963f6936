//! Texts of CMD, ENTRYPOINT and HEALTHCHECK in which a shell has nothing to do, as a rule sees it (semantics C.5, F.3). The
//! proof judges for itself.

use smol_str::SmolStr;

use crate::commands::is_shell_word;
use crate::model::Script;

/// The words of a script that is one simple command without anything for a shell to do.
pub(crate) fn program_words(script: &Script) -> Option<Vec<&str>> {
    let [item] = script.items.as_slice() else {
        return None;
    };
    if item.end.is_some()
        || !script.comments.is_empty()
        || !item.and_or.rest.is_empty()
        || script.bashism
    {
        return None;
    }
    let command = item.and_or.first.simple()?;
    let words = command.static_words()?;
    let program = words.first()?;
    let odd = |word: &&str| word.contains(['\\', '\n', '\0']) || word.contains("=~");
    let fine = !program.is_empty()
        && !program.starts_with('-')
        && !program.contains('=')
        && command.words.iter().all(|word| is_plain(&word.text))
        && !is_shell_word(program)
        && !words.iter().any(odd)
        && item.and_or.first.commands.len() == 1;
    fine.then_some(words)
}

/// Whether no character outside of quotes can mean something to any shell that is called `sh` (C.5): bash expands braces
/// under that name too.
fn is_plain(text: &str) -> bool {
    let mut quote = None;
    text.chars().all(|character| match quote {
        Some(open) => {
            if character == open {
                quote = None;
            }
            true
        }
        None if matches!(character, '"' | '\'') => {
            quote = Some(character);
            true
        }
        None => {
            character.is_ascii_alphanumeric()
                || matches!(
                    character,
                    '_' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',' | '-'
                )
        }
    })
}

/// Whether these words start the default shell, or bash in the same way.
pub(crate) fn is_default_shell(words: &[SmolStr]) -> bool {
    let [program, flag] = words else {
        return false;
    };
    matches!(program.as_str(), "/bin/sh" | "sh" | "/bin/bash" | "bash") && flag == "-c"
}
