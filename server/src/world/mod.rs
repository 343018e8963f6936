//! All contact with the world: which files there are, what they hold, what is around them, and writing them.

pub(crate) mod companions;
pub(crate) mod context;
pub(crate) mod discover;
pub(crate) use dfix_transforms::dockerignore;
pub(crate) mod history;
pub(crate) mod named;
pub(crate) mod problem;
pub(crate) mod project;
pub(crate) mod read;
pub(crate) mod sniff;
pub(crate) mod sources;
pub(crate) mod template;
pub(crate) mod timings;
pub(crate) mod write;

use std::path::Path;

/// A path as it is shown: with slashes, without a leading `./`, and with control characters escaped, so that a file's
/// name can't write to the terminal.
pub(crate) fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text.strip_prefix("./").unwrap_or(&text);
    let mut shown = String::with_capacity(text.len());
    for ch in text.chars() {
        if ch.is_control() {
            shown.extend(ch.escape_default());
        } else if ch == '\\' && cfg!(windows) {
            shown.push('/');
        } else {
            shown.push(ch);
        }
    }
    shown
}
