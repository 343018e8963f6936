//! Shell texts with even blanks, and the shapes of commands.

use dfix_syntax::{TextRange, TextSize};
use smol_str::SmolStr;

use crate::model::{Analysis, Break, Command, Pipeline, Script, SimpleCommand};

/// What stands for a simple command in a shape.
pub(crate) const HOLE: &str = "\u{1}";

/// How deep compounds may be nested.
const MAX_DEPTH: usize = 40;

/// The text of a range without the breaks in it.
pub(super) fn logical(analysis: &Analysis, breaks: &[Break], range: TextRange) -> String {
    let mut text = String::new();
    let mut at = range.start();
    let first = breaks.partition_point(|found| found.range.end() <= range.start());
    for found in breaks.get(first..).unwrap_or_default() {
        if found.range.start() >= range.end() {
            break;
        }
        if found.range.start() > at {
            text.push_str(analysis.text(TextRange::new(at, found.range.start())));
        }
        at = at.max(found.range.end());
    }
    if at < range.end() {
        text.push_str(analysis.text(TextRange::new(at, range.end())));
    }
    text
}

/// The shape of a part of a script that holds these commands, in order of place.
pub(super) fn shape(
    analysis: &Analysis,
    breaks: &[Break],
    range: TextRange,
    commands: &[&SimpleCommand],
) -> SmolStr {
    if let [command] = commands
        && command.range == range
    {
        return HOLE.into();
    }
    let mut shape = String::new();
    let mut at = range.start();
    let gap = |shape: &mut String, from: TextSize, to: TextSize| {
        if from < to {
            let text = logical(analysis, breaks, TextRange::new(from, to));
            shape.push_str(&even(&text));
        }
    };
    for command in commands {
        gap(&mut shape, at, command.range.start());
        shape.push_str(HOLE);
        at = at.max(command.range.end());
    }
    gap(&mut shape, at, range.end());
    shape.into()
}

/// The simple commands of a pipeline, those inside compounds included, but not those in substitutions. `None` when it is
/// nested too deeply.
pub(super) fn commands(pipeline: &Pipeline) -> Option<Vec<&SimpleCommand>> {
    let mut found = Vec::new();
    collect(pipeline, &mut found, 0)?;
    Some(found)
}

fn collect<'a>(
    pipeline: &'a Pipeline,
    found: &mut Vec<&'a SimpleCommand>,
    depth: usize,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    for command in &pipeline.commands {
        match command {
            Command::Simple(simple) => found.push(simple),
            Command::Compound(compound) => {
                for body in &compound.bodies {
                    collect_script(body, found, depth + 1)?;
                }
            }
        }
    }
    Some(())
}

fn collect_script<'a>(
    script: &'a Script,
    found: &mut Vec<&'a SimpleCommand>,
    depth: usize,
) -> Option<()> {
    script
        .items
        .iter()
        .flat_map(|item| item.and_or.pipelines())
        .try_for_each(|pipeline| collect(pipeline, found, depth))
}

/// The text with each run of blanks outside quotes made one, and none at its ends. A text in which quotes can't be told
/// for certain stays as it is.
pub(super) fn even(text: &str) -> String {
    let trimmed = text.trim_matches([' ', '\t']);
    let plain = |text: &str| {
        !text.contains(['\'', '"', '\\', '`', '#']) && !text.contains("$(") && !text.contains("<<")
    };
    if plain(trimmed) {
        return collapse(trimmed);
    }
    even_quoted(trimmed).unwrap_or_else(|| text.to_owned())
}

fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if matches!(c, ' ' | '\t') {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// [`collapse`] outside quotes; `None` for what it doesn't understand: substitutions, comments, heredocs.
fn even_quoted(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut blank = false;
    let mut quote = None;
    while let Some(c) = chars.next() {
        if let Some(open) = quote {
            out.push(c);
            match c {
                '\\' if open == '"' => out.push(chars.next()?),
                '`' if open == '"' => return None,
                '$' if open == '"' && matches!(chars.peek(), Some('(' | '{')) => return None,
                c if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        if matches!(c, ' ' | '\t') {
            blank = true;
            continue;
        }
        let start = out.is_empty() || blank || out.ends_with(['\n', ';', '&', '|', '(']);
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push(c);
        match c {
            '\'' | '"' => {
                if out.ends_with("$'") || out.ends_with("$\"") {
                    return None;
                }
                quote = Some(c);
            }
            '\\' => out.push(chars.next()?),
            '`' => return None,
            '#' if start => return None,
            '$' if matches!(chars.peek(), Some('(' | '{')) => return None,
            '<' if chars.peek() == Some(&'<') => return None,
            _ => {}
        }
    }
    quote.is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks() {
        for (text, expected) in [
            ("  a   b\t c ", "a b c"),
            ("a  'x  y'  \"p  q\"", "a 'x  y' \"p  q\""),
            ("a\\  b", "a\\  b"),
            ("a  \\ b", "a \\ b"),
            ("a  # c", "a  # c"),
            ("a  $(b  c)", "a  $(b  c)"),
            ("a  'x", "a  'x"),
            ("a#b   c", "a#b c"),
        ] {
            assert_eq!(even(text), expected, "{text:?}");
        }
    }
}
