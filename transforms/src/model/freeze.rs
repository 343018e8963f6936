//! The freeze list (decision F.9): lines on which BuildKit and a human read different things. They are findings, and no
//! other rule touches them.

#[cfg(test)]
mod tests;

use dfix_syntax::{TextRange, TextSize};

use super::{
    Analysis, Args, BreakKind, Command, Form, Instruction, InstructionKind, Origin, Part, Script,
};

/// Why an instruction is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// What is the matter.
    pub kind: FreezeKind,
    /// The bytes that are read in two ways.
    pub range: TextRange,
    /// What BuildKit does with them, in words for a person.
    pub message: String,
}

/// The kinds of lines that mean something else than they seem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FreezeKind {
    /// A heredoc for the shell that is none for the builder, or the reverse (semantics A.7).
    Heredoc,
    /// A shell comment that swallows the lines that are joined after it (A.3, C.2/P3).
    CommentSwallows,
    /// An intended JSON array that is no valid JSON, and so a shell text or plain words (A.6).
    BrokenJson,
    /// A continuation that runs into what looks like the next instruction (A.4).
    NextInstruction,
    /// A `--mount` value that a blank breaks off after a comma (A.5).
    BrokenMount,
    /// A flag that isn't ASCII, which the builder garbles (A.5).
    NonAsciiFlag,
    /// A source of COPY or ADD with a variable that isn't set: `COPY $UNSET /x` copies the whole context (A.8).
    UndefinedSource,
}

impl FreezeKind {
    /// A short reason, to be read after "frozen: ".
    pub fn reason(self) -> &'static str {
        match self {
            Self::Heredoc => "the shell and the builder disagree about a heredoc",
            Self::CommentSwallows => "a comment swallows what follows it",
            Self::BrokenJson => "an array is not valid JSON",
            Self::NextInstruction => "the line goes on into the next instruction",
            Self::BrokenMount => "a blank breaks the value of --mount",
            Self::NonAsciiFlag => "a flag holds characters that the builder garbles",
            Self::UndefinedSource => "a source names a variable that is not set",
        }
    }
}

/// Looks for the first reason to leave an instruction alone.
pub(super) fn freeze(analysis: &Analysis, instruction: &Instruction) -> Option<Freeze> {
    let outer = instruction;
    let instruction = instruction.innermost();
    flags(analysis, instruction)
        .or_else(|| continuation(analysis, outer, instruction))
        .or_else(|| match &instruction.args {
            Args::Command(command) => {
                let Form::Shell { text, script } = &command.form else {
                    return None;
                };
                json_command(instruction, command.range, text)
                    .or_else(|| heredoc_in_run(instruction, command.range, text, script.as_ref()))
                    .or_else(|| swallowed(outer, command.range, script.as_ref()?))
            }
            Args::Copy { sources, json, .. } => copy(analysis, instruction, sources, *json),
            Args::Words { words, json: false } if instruction.kind == InstructionKind::Volume => {
                let first = words.first()?;
                looks_like_words_of_json(&first.text).then(|| Freeze {
                    kind: FreezeKind::BrokenJson,
                    range: TextRange::new(first.range.start(), instruction.range.end()),
                    message: "this is no valid JSON, so each word of it, bracket and quotes included, is a path of a volume"
                        .to_owned(),
                })
            }
            _ => None,
        })
}

fn flags(analysis: &Analysis, instruction: &Instruction) -> Option<Freeze> {
    instruction.flags.iter().find_map(|flag| {
        let written = analysis.text(flag.range);
        if !written.is_ascii() {
            return Some(Freeze {
                kind: FreezeKind::NonAsciiFlag,
                range: flag.range,
                message: "the builder reads flags byte by byte and garbles what is not ASCII".to_owned(),
            });
        }
        let value = flag.value.as_deref()?;
        let broken = instruction.kind == InstructionKind::Run
            && flag.name == "mount"
            && value.ends_with(',');
        broken.then(|| Freeze {
            kind: FreezeKind::BrokenMount,
            range: flag.range,
            message: "a blank ends the flag, so what follows the comma is not part of the mount but the start of the command"
                .to_owned(),
        })
    })
}

/// A continuation whose next line looks like an instruction.
fn continuation(analysis: &Analysis, outer: &Instruction, inner: &Instruction) -> Option<Freeze> {
    let source = analysis.source.as_str();
    // An ENV or LABEL with a line too many doesn't parse.
    if matches!(inner.args, Args::Pairs(_) | Args::Malformed) {
        return None;
    }
    let mut starts: Option<Option<Vec<TextSize>>> = None;
    let mut breaks = outer.breaks.iter().peekable();
    while let Some(first) = breaks.next() {
        let mut line = usize::from(first.range.end());
        let mut interrupted = false;
        while let Some(other) = breaks.next_if(|other| other.kind != BreakKind::Continuation) {
            interrupted = true;
            line = usize::from(other.range.end());
            if other.kind == BreakKind::Comment {
                let rest = source.get(line..).unwrap_or_default();
                line += rest.find('\n').map_or(rest.len(), |at| at + 1);
            }
        }
        let rest = source.get(line..).unwrap_or_default();
        let text = rest.trim_start_matches([' ', '\t']);
        let indented = text.len() < rest.len();
        let Some(keyword) = instruction_keyword(text) else {
            continue;
        };
        let before = source
            .get(..usize::from(first.range.start()))
            .unwrap_or_default();
        // An indented line is meant to go on, unless something separates it and nothing asks for it.
        if indented && (!interrupted || joins(before.trim_end())) {
            continue;
        }
        let at = line + (rest.len() - text.len());
        let at = TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
        let range = TextRange::at(at, TextSize::of(keyword));
        // The keyword that has to stand there, or a line inside of quotes.
        let expected = inner.keyword == range
            || (inner.kind == InstructionKind::Healthcheck && matches!(keyword, "CMD" | "NONE"));
        let starts = starts.get_or_insert_with(|| word_starts(inner));
        let is_quoted = starts
            .as_ref()
            .is_some_and(|starts| starts.binary_search(&at).is_err());
        if expected || is_quoted {
            continue;
        }
        return Some(Freeze {
            kind: FreezeKind::NextInstruction,
            range,
            message: format!(
                "the line before ends with `{}`, so this is no {keyword} instruction but goes on with the one above",
                analysis.escape
            ),
        });
    }
    None
}

/// The keyword in capitals that a text starts with, if an argument follows.
fn instruction_keyword(text: &str) -> Option<&str> {
    const KEYWORDS: [&str; 18] = [
        "FROM",
        "RUN",
        "CMD",
        "LABEL",
        "MAINTAINER",
        "EXPOSE",
        "ENV",
        "ADD",
        "COPY",
        "ENTRYPOINT",
        "VOLUME",
        "USER",
        "WORKDIR",
        "ARG",
        "ONBUILD",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "SHELL",
    ];
    // Most lines start with an operator or a word in small letters.
    if !text.starts_with(|char: char| char.is_ascii_uppercase()) {
        return None;
    }
    let word = text.get(..text.find([' ', '\t'])?)?;
    let argument = text.get(word.len()..)?.trim_start_matches([' ', '\t']);
    let has_argument = !argument.is_empty() && !argument.starts_with(['\r', '\n', '=', '\\']);
    (KEYWORDS.contains(&word) && has_argument).then_some(word)
}

/// Whether a text ends so that something has to follow.
fn joins(before: &str) -> bool {
    before.ends_with([';', '|', '&', '(', '{', ',', '='])
        || ["then", "else", "do"].iter().any(|word| {
            let rest = before.strip_suffix(word);
            rest.is_some_and(|rest| rest.ends_with([' ', '\t', '\n', ';']))
        })
}

/// Where words of an instruction start: a line that starts elsewhere is inside of quotes. `None` where nothing is known.
fn word_starts(instruction: &Instruction) -> Option<Vec<TextSize>> {
    let Form::Shell { script, .. } = &instruction.command()?.form else {
        return Some(Vec::new());
    };
    let mut starts = Vec::new();
    script.as_ref()?.visit(&mut |command| {
        starts.extend(command.words.iter().map(|word| word.range.start()));
    });
    starts.sort_unstable();
    Some(starts)
}

/// A command that starts like a JSON array and is none.
fn json_command(instruction: &Instruction, range: TextRange, text: &str) -> Option<Freeze> {
    if !text.starts_with('[') {
        return None;
    }
    let is_run = instruction.kind == InstructionKind::Run;
    let is_test = text.starts_with("[[") || text.starts_with("[ ") || text.starts_with("[\t");
    let like_json = match after_first_item(text) {
        Some(after) if after.starts_with(',') => true,
        Some("" | "]") if !is_run => true,
        _ => !is_test && (!is_run || looks_like_words_of_json(text)),
    };
    like_json.then(|| Freeze {
        kind: FreezeKind::BrokenJson,
        range,
        message: "this is no valid JSON array, so the builder passes all of it to a shell"
            .to_owned(),
    })
}

const QUOTES: [char; 8] = [
    '"', '\'', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '`',
];

/// What follows the first quoted string of a text that starts like an array of strings as a human reads one.
fn after_first_item(text: &str) -> Option<&str> {
    let item = text.strip_prefix('[')?.trim_start().strip_prefix(QUOTES)?;
    let end = item.find(QUOTES)?;
    let after = item.get(end..)?.trim_start_matches(QUOTES);
    Some(after.trim_start())
}

/// Whether the first word of a list is that of a JSON array: `["a",`, `['a']`.
fn looks_like_words_of_json(first: &str) -> bool {
    first
        .strip_prefix('[')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(QUOTES))
}

/// The builder's heredocs and the shell's have to be the same.
fn heredoc_in_run(
    instruction: &Instruction,
    range: TextRange,
    text: &str,
    script: Option<&Script>,
) -> Option<Freeze> {
    if instruction.kind != InstructionKind::Run || !text.contains("<<") {
        return None;
    }
    let Some(script) = script else {
        // A text that no shell accepts, or of a shell that isn't parsed: only a plain `<<` can be judged. Here-strings
        // are no matter of the builder.
        let has_operator = text.replace("<<<", "").contains("<<");
        return (has_operator && instruction.heredocs.is_empty()).then(|| Freeze {
            kind: FreezeKind::Heredoc,
            range,
            message: "the builder doesn't see a heredoc here, so the lines below are no part of it"
                .to_owned(),
        });
    };
    let body_is_script = instruction.heredocs.first().is_some_and(|heredoc| {
        heredoc.body.contains_range(script.range) && !script.range.is_empty()
    });
    if body_is_script || is_only_heredoc(text) {
        return None;
    }
    let mut operators = Vec::new();
    heredoc_operators(script, &mut operators);
    let builder = instruction.heredocs.len();
    if operators.len() == builder {
        return None;
    }
    let (range, message) = if operators.len() > builder {
        let at = operators.get(builder).copied().unwrap_or(range);
        (
            at,
            "the builder doesn't see this heredoc: its body is read as instructions, and the shell gets an empty one",
        )
    } else {
        (
            range,
            "the builder takes a `<<` in this line for a heredoc although the shell reads something else, so the lines below are its body",
        )
    };
    Some(Freeze {
        kind: FreezeKind::Heredoc,
        range,
        message: message.to_owned(),
    })
}

/// `<<EOF` and nothing else: the body is the command.
fn is_only_heredoc(text: &str) -> bool {
    text.starts_with("<<") && !text.contains([' ', '\t', ';', '|', '&', '>', '('])
}

/// The redirections of a script that read heredocs.
fn heredoc_operators(script: &Script, found: &mut Vec<TextRange>) {
    let mut check = |redirect: &super::Redirect| {
        let operator = redirect
            .operator
            .trim_start_matches(|char: char| char.is_ascii_digit());
        if matches!(operator, "<<" | "<<-") {
            found.push(redirect.range);
        }
    };
    script.visit(&mut |command| command.redirects.iter().for_each(&mut check));
    compounds(script, found);
}

/// Heredocs of compound commands.
fn compounds(script: &Script, found: &mut Vec<TextRange>) {
    for pipeline in script.items.iter().flat_map(|item| item.and_or.pipelines()) {
        for command in &pipeline.commands {
            if let Command::Compound(compound) = command {
                for redirect in &compound.redirects {
                    if matches!(redirect.operator.as_str(), "<<" | "<<-") {
                        found.push(redirect.range);
                    }
                }
                compound
                    .bodies
                    .iter()
                    .for_each(|body| compounds(body, found));
            }
        }
    }
}

/// A shell comment with joined lines behind it.
fn swallowed(outer: &Instruction, range: TextRange, script: &Script) -> Option<Freeze> {
    if !range.contains_range(script.range) {
        return None; // the body of a heredoc, which has lines of its own
    }
    let comment = script.comments.iter().find(|comment| {
        outer.breaks.iter().any(|other| {
            other.kind == BreakKind::Continuation && comment.contains(other.range.start())
        })
    })?;
    Some(Freeze {
        kind: FreezeKind::CommentSwallows,
        range: *comment,
        message: "the lines are joined before the shell reads them, so everything after this `#` is a comment"
            .to_owned(),
    })
}

fn copy(
    analysis: &Analysis,
    instruction: &Instruction,
    sources: &[super::Word],
    json: bool,
) -> Option<Freeze> {
    if json {
        return sources
            .iter()
            .find_map(|source| undefined(analysis, instruction, source));
    }
    let first = sources.first()?;
    if looks_like_words_of_json(&first.text) {
        return Some(Freeze {
            kind: FreezeKind::BrokenJson,
            range: TextRange::new(first.range.start(), instruction.range.end()),
            message: "this is no valid JSON array, so each word of it, bracket and quotes included, is a path".to_owned(),
        });
    }
    let operators = sources
        .iter()
        .filter(|source| source.text.starts_with("<<"));
    let split = sources
        .iter()
        .any(|source| matches!(source.text.as_str(), "<<" | "<<-"));
    if operators.clone().count() != instruction.heredocs.len() || split {
        let at = operators.clone().next_back().unwrap_or(first);
        return Some(Freeze {
            kind: FreezeKind::Heredoc,
            range: at.range,
            message: "the builder splits these words at blanks: they name files, not a heredoc"
                .to_owned(),
        });
    }
    sources
        .iter()
        .find_map(|source| undefined(analysis, instruction, source))
}

/// A source with a variable that isn't set.
fn undefined(
    analysis: &Analysis,
    instruction: &Instruction,
    source: &super::Word,
) -> Option<Freeze> {
    // A trigger is expanded elsewhere.
    if !source.text.contains('$')
        || !std::ptr::eq(analysis.instructions.get(instruction.index)?, instruction)
    {
        return None;
    }
    let expansion = analysis.expand(instruction, &source.text).ok()?;
    let certain = expansion.undefined.into_iter().next();
    let name = certain.or_else(|| {
        let parts = expansion.value.parts().iter();
        let from_base = parts.filter_map(|part| match part {
            Part::FromBase(text) => text.rsplit_once(" $").map(|(_, name)| name),
            _ => None,
        });
        from_base
            .filter(|name| is_hardly_set(analysis, instruction, name))
            .map(Into::into)
            .next()
    })?;
    Some(Freeze {
        kind: FreezeKind::UndefinedSource,
        range: source.range,
        message: format!(
            "nothing sets `{name}` here, so it stands for nothing: the source is what is left, or the whole context when nothing is left"
        ),
    })
}

/// Whether a base image that isn't known completely hardly sets a variable: the file declares an argument of this name
/// before the first FROM and forgets it in the stage, or the image is of a known family and the name isn't of the kind
/// that images set.
fn is_hardly_set(analysis: &Analysis, instruction: &Instruction, name: &str) -> bool {
    let of_images = ["VERSION", "HOME", "PATH", "LANG", "USER", "DIR", "ROOT"];
    let by_image = of_images.iter().any(|known| name.ends_with(known));
    let base = instruction
        .stage
        .and_then(|stage| analysis.base_config(stage));
    let is_known = base.is_some_and(|base| base.origin == Origin::ImageTable);
    analysis.variables.is_global(name) || (is_known && !by_image)
}
