//! What stands behind the flags of each instruction.

use dfix_syntax::TextRange;
use dfix_transforms::model::InstructionKind;

use super::head::Head;
use super::instructions::Typed;
use super::{Completion, ItemKind, List, images, shell, values};

/// Offers arguments of an instruction.
pub(super) fn complete(head: &Head<'_>, typed: &Typed<'_>, list: List<'_>, out: &mut Completion) {
    use InstructionKind::*;
    let kind = typed.entry.kind;
    // After a blank people mostly know what they want to write; where the choice is small it helps.
    let in_text = matches!(
        kind,
        Run | Cmd | Entrypoint | Env | Label | Arg | Volume | Maintainer
    );
    if in_text && head.trigger == Some(' ') {
        return;
    }
    let (words, last) = typed.words();
    match kind {
        From => match words.as_slice() {
            [] => images::base(head, out),
            [_] if head.trigger.is_none_or(|sign| sign == ' ') => {
                let (_, range) = head.word(|ch| ch.is_ascii_alphabetic());
                let lower = head
                    .innermost()
                    .is_some_and(|it| head.file.analysis.text(it.keyword).starts_with('f'));
                let word = if lower { "as" } else { "AS" };
                out.add(word, ItemKind::Instruction, range, 0)
                    .insert(format!("{word} "))
                    .detail("names the stage");
            }
            _ => {}
        },
        Copy | Add => copied(head, typed, list, out),
        Run | Cmd | Entrypoint => {
            shell::complete(head, typed.arguments, out);
        }
        Healthcheck => match words.first() {
            None => {
                let (_, range) = head.word(|ch| ch.is_ascii_alphabetic());
                out.add("CMD", ItemKind::Instruction, range, 0)
                    .insert("CMD ")
                    .detail("the command that checks");
                out.add("NONE", ItemKind::Instruction, range, 1)
                    .detail("turns an inherited check off");
            }
            Some(first) if first.eq_ignore_ascii_case("cmd") => {
                if head.trigger != Some(' ') {
                    let after = typed.arguments.get(first.len()..).unwrap_or_default();
                    shell::complete(head, after.trim_start(), out);
                }
            }
            Some(_) => {}
        },
        User => {
            if words.is_empty() {
                values::users(head, out);
            }
        }
        Workdir => {
            if words.is_empty() {
                values::directories(head, out);
            }
        }
        Arg => {
            if !last.contains('=') {
                values::arguments(head, out);
            }
        }
        Env => {
            if !last.contains('=') && (words.is_empty() || words.iter().all(|it| it.contains('=')))
            {
                values::environment(head, out);
            }
        }
        Label => {
            if !last.contains('=') {
                values::labels(head, out);
            }
        }
        Expose => values::ports(head, out),
        Stopsignal => {
            if words.is_empty() {
                values::signals(head, out);
            }
        }
        Shell => {
            if words.is_empty() {
                values::shells(head, typed.arguments, out);
            }
        }
        Volume | Onbuild | Maintainer | Unknown => {}
    }
}

/// Sources and destinations of COPY and ADD.
fn copied(head: &Head<'_>, typed: &Typed<'_>, list: List<'_>, out: &mut Completion) {
    let json = typed.arguments.starts_with('[');
    let is_part = |ch: char| !(ch.is_whitespace() || json && matches!(ch, '"' | ',' | '['));
    let (word, range) = head.word(is_part);
    if json && typed.arguments.matches('"').count().is_multiple_of(2) {
        // Between two elements.
        return;
    }
    if word.contains(['$', '*', '?', '<']) || word.contains("://") {
        return;
    }
    let (words, _) = typed.words();
    if !words.is_empty() {
        destinations(head, word, range, out);
    }
    if typed.flag("from").is_some() {
        return;
    }
    let folder = word
        .rfind('/')
        .map_or("", |slash| word.get(..slash).unwrap_or_default());
    // The part behind the last slash is what is replaced.
    let (prefix, range) = head.word(|ch| is_part(ch) && ch != '/');
    let (entries, complete) = list(folder, prefix);
    out.incomplete |= !complete;
    for entry in entries {
        if !json && entry.name.contains([' ', '\t', '$', '\\', '"', '\'']) {
            // Only a list in JSON can name it plainly.
            continue;
        }
        let rank = match entry.is_folder {
            true => 10,
            false => 11,
        };
        let name = match entry.is_folder {
            true => format!("{}/", entry.name),
            false => entry.name.clone(),
        };
        let kind = match entry.is_folder {
            true => ItemKind::Folder,
            false => ItemKind::File,
        };
        out.add(name, kind, range, rank);
    }
}

fn destinations(head: &Head<'_>, word: &str, range: TextRange, out: &mut Completion) {
    if word.is_empty() || word == "." {
        out.add("./", ItemKind::Folder, range, 5)
            .detail("the working directory");
    }
    let state = head.innermost().and_then(|it| head.file.analysis.state(it));
    if let Some(workdir) = state.and_then(|state| state.known_workdir()) {
        let label = format!("{}/", workdir.trim_end_matches('/'));
        if label != "/" {
            out.add(label, ItemKind::Folder, range, 6)
                .detail("the working directory");
        }
    }
}
