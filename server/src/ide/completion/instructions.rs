//! Keywords, and the way to what is offered behind them.

use dfix_transforms::model::{Analysis, InstructionKind};

use super::head::Head;
use super::{Completion, ItemKind, List, Topic, Typing, arguments, flags, shell, variables};
use crate::ide::reference;

/// The parts of an instruction before the cursor.
pub(super) struct Typed<'h> {
    pub entry: &'static reference::Instruction,
    /// The finished flags.
    pub flags: Vec<&'h str>,
    /// What follows the flags, the word at the cursor included.
    pub arguments: &'h str,
}

impl<'h> Typed<'h> {
    /// Whether the word at the cursor is a flag, or begins like one.
    fn at_flag(&self) -> bool {
        self.arguments.starts_with('-') && !self.arguments.contains([' ', '\t'])
    }

    /// The finished arguments, and what is typed of the one at the cursor. Quotes are not looked at.
    pub(super) fn words(&self) -> (Vec<&'h str>, &'h str) {
        let mut words: Vec<&str> = self.arguments.split([' ', '\t']).collect();
        let last = words.pop().unwrap_or_default();
        words.retain(|word| !word.is_empty());
        (words, last)
    }

    /// The value of a finished flag.
    pub(super) fn flag(&self, name: &str) -> Option<&'h str> {
        self.flags.iter().find_map(|flag| {
            let rest = flag.strip_prefix("--")?.strip_prefix(name)?;
            rest.strip_prefix('=')
        })
    }
}

/// What could stand in an instruction.
pub(super) fn complete(head: &Head<'_>, list: List<'_>, out: &mut Completion) {
    if head.in_heredoc {
        if !variables::complete(head, InstructionKind::Run, out) {
            shell::complete(head, &head.text, out);
        }
        return;
    }
    match keyword(&head.text) {
        Keyword::Typing { typed, in_onbuild } => keywords(head, typed, in_onbuild, out),
        Keyword::Known(typed) => behind(head, &typed, list, out),
        Keyword::Unknown => {}
    }
}

/// The instruction that a text is in.
pub(super) fn typing(text: &str) -> Option<Typing> {
    match keyword(text) {
        Keyword::Known(typed) => Some(Typing {
            kind: typed.entry.kind,
            in_flags: typed.at_flag(),
            arguments: typed.arguments.to_owned(),
        }),
        _ => None,
    }
}

/// What stands at the start of an instruction.
enum Keyword<'h> {
    /// A keyword that is not finished.
    Typing {
        typed: &'h str,
        in_onbuild: bool,
    },
    Known(Typed<'h>),
    Unknown,
}

fn keyword(text: &str) -> Keyword<'_> {
    let mut text = text;
    let mut in_onbuild = false;
    loop {
        let Some((keyword, rest)) = text.split_once([' ', '\t']) else {
            return Keyword::Typing {
                typed: text,
                in_onbuild,
            };
        };
        let rest = rest.trim_start_matches([' ', '\t']);
        let mut known = reference::ALL.iter();
        let Some(entry) = known.find(|entry| entry.keyword.eq_ignore_ascii_case(keyword)) else {
            return Keyword::Unknown;
        };
        if entry.kind != InstructionKind::Onbuild || in_onbuild {
            return Keyword::Known(split(entry, rest));
        }
        // What follows is an instruction again.
        in_onbuild = true;
        text = rest;
    }
}

/// Splits the flags from what follows them.
fn split<'h>(entry: &'static reference::Instruction, text: &'h str) -> Typed<'h> {
    let mut flags = Vec::new();
    let mut rest = text;
    while rest.starts_with("--") {
        let Some((flag, after)) = rest.split_once([' ', '\t']) else {
            break;
        };
        flags.push(flag);
        rest = after.trim_start_matches([' ', '\t']);
    }
    Typed {
        entry,
        flags,
        arguments: rest,
    }
}

/// What could stand behind the keyword.
fn behind(head: &Head<'_>, typed: &Typed<'_>, list: List<'_>, out: &mut Completion) {
    let is_done = variables::complete(head, typed.entry.kind, out)
        || typed.at_flag() && flags::complete(head, typed, out);
    if !is_done {
        arguments::complete(head, typed, list, out);
    }
}

/// How the keywords of a file are written.
fn writes_lower(analysis: &Analysis) -> bool {
    let mut known = 0;
    let mut lower = 0;
    for instruction in &analysis.instructions {
        if instruction.kind != InstructionKind::Unknown {
            let keyword = analysis.text(instruction.keyword);
            known += 1;
            lower += usize::from(keyword.starts_with(|ch: char| ch.is_ascii_lowercase()));
        }
    }
    lower * 2 > known
}

fn keywords(head: &Head<'_>, typed: &str, in_onbuild: bool, out: &mut Completion) {
    // Nobody wants a list after each blank line.
    if head.trigger.is_some() || !typed.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return;
    }
    let (written, mut range) = head.word(|ch| ch.is_ascii_alphabetic());
    if written.len() != typed.len() {
        // A keyword over two lines.
        return;
    }
    if typed.is_empty() {
        range = dfix_syntax::TextRange::empty(head.offset);
    }
    let has_arguments = !head
        .rest
        .trim_start_matches(|ch: char| ch.is_ascii_alphabetic())
        .trim()
        .is_empty();
    let analysis = head.file.analysis;
    let lower = writes_lower(analysis);
    let in_case = |text: &str| match lower {
        true => text.to_lowercase(),
        false => text.to_owned(),
    };
    let before = |kind| {
        let mut all = analysis.instructions.iter();
        all.any(|it| it.kind == kind && it.keyword.end() < head.offset)
    };
    let in_stage = before(InstructionKind::From);
    for (number, entry) in reference::ALL.iter().enumerate() {
        use InstructionKind::*;
        if in_onbuild && matches!(entry.kind, From | Onbuild | Maintainer) {
            continue;
        }
        let place = u16::try_from(number).unwrap_or(u16::MAX);
        let rank = match entry.kind {
            From | Arg if !in_stage => place.min(1),
            // A stage that has just begun has other needs first.
            From => 40,
            Maintainer => 90,
            _ if !in_stage && !in_onbuild => 50 + place,
            _ => 10 + place,
        };
        let keyword = in_case(entry.keyword);
        let item = out.add(keyword.clone(), ItemKind::Instruction, range, rank);
        item.topic(Topic::Instruction(entry.kind));
        item.deprecated = entry.kind == Maintainer;
        if let Some(short) = entry.summary.split(['.', ':', ';']).next() {
            item.detail(short);
        }
        if !has_arguments {
            item.insert(format!("{keyword} "));
            if let Some((_, snippet)) = SNIPPETS.iter().find(|(kind, _)| *kind == entry.kind) {
                item.snippet(format!("{keyword} {snippet}"));
            }
        }
        if has_arguments {
            continue;
        }
        for (kind, label, snippet) in EXTRA.iter().filter(|(kind, ..)| *kind == entry.kind) {
            let label = format!("{keyword} {label}");
            let snippet = match lower {
                true => snippet.replace(" AS ", " as "),
                false => (*snippet).to_owned(),
            };
            out.add(label, ItemKind::Snippet, range, rank)
                .insert(format!("{keyword} "))
                .snippet(format!("{keyword} {snippet}"))
                .topic(Topic::Instruction(*kind));
        }
    }
}

/// What follows a keyword, with places to fill in.
const SNIPPETS: &[(InstructionKind, &str)] = {
    use InstructionKind::*;
    &[
        (From, "${1:image}:${2:tag}"),
        (Copy, "${1:source} ${2:destination}"),
        (Add, "${1:source} ${2:destination}"),
        (Workdir, "/${1:app}"),
        (Env, "${1:NAME}=${2:value}"),
        (Arg, "${1:NAME}"),
        (Label, "${1:name}=\"${2:value}\""),
        (Cmd, "[\"${1:program}\"]"),
        (Entrypoint, "[\"${1:program}\"]"),
        (Expose, "${1:8080}"),
        (User, "${1:user}"),
        (Volume, "/${1:data}"),
        (Stopsignal, "${1:SIGTERM}"),
        (
            Shell,
            "[\"${1:/bin/bash}\", ${2:\"-o\", \"pipefail\", }\"-c\"]",
        ),
        (
            Healthcheck,
            "--interval=${1:30s} --timeout=${2:3s} CMD ${3:command}",
        ),
    ]
};

/// More that people write often: what is shown behind the keyword, and what is inserted behind it.
const EXTRA: &[(InstructionKind, &str, &str)] = {
    use InstructionKind::*;
    &[
        (From, "… AS …", "${1:image}:${2:tag} AS ${3:stage}"),
        (
            Run,
            "--mount=type=cache",
            "--mount=type=cache,target=${1:/root/.cache} ${2:command}",
        ),
        (
            Run,
            "--mount=type=secret",
            "--mount=type=secret,id=${1:name} ${2:command}",
        ),
        (Run, "<<EOF", "<<EOF\nset -e\n${1:command}\nEOF"),
        (
            Copy,
            "--from=…",
            "--from=${1:stage} ${2:source} ${3:destination}",
        ),
        (Arg, "…=…", "${1:NAME}=${2:default}"),
        (Healthcheck, "NONE", "NONE"),
    ]
};
