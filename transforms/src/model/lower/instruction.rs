//! Instructions, their flags and arguments.

use dfix_syntax::{
    GreenNodeRef, NodeOrToken, SyntaxKind, TextRange, TextSize, decode_flag, decode_json_string,
    heredoc_operators,
};
use smol_str::SmolStr;

use super::Walker;
use crate::model::{
    Args, CommandText, Flag, Form, Heredoc, Instruction, InstructionKind, JsonItem, Pair, Script,
    Word,
};

/// The children of an instruction, as they are met.
#[derive(Default)]
struct Parts {
    keyword: Option<TextRange>,
    sub_keyword: Option<TextRange>,
    flags: Vec<Flag>,
    /// IMAGE, STAGE_NAME and ARGUMENT nodes.
    words: Vec<(SyntaxKind, Word)>,
    pairs: Vec<Pair>,
    json: Option<(TextRange, Vec<JsonItem>)>,
    shell: Option<(TextRange, Option<Script>)>,
    trigger: Option<Instruction>,
    heredocs: Vec<HeredocParts>,
    /// Where the logical line ends.
    end: TextSize,
}

struct HeredocParts {
    body: TextRange,
    terminator: TextRange,
    script: Option<Script>,
}

impl Walker<'_> {
    /// Lowers an instruction; its lines and comments are the caller's.
    pub(super) fn instruction(&mut self, node: GreenNodeRef<'_>, index: usize) -> Instruction {
        self.gaps.clear();
        self.breaks.clear();
        self.gap_line = None;
        let mut instruction = self.any_instruction(node, index);
        instruction.breaks = std::mem::take(&mut self.breaks);
        instruction
    }

    /// Lowers an instruction or a trigger.
    fn any_instruction(&mut self, node: GreenNodeRef<'_>, index: usize) -> Instruction {
        let kind = kind(node.kind());
        let mut parts = Parts::default();
        for child in node.children() {
            match child {
                NodeOrToken::Token(token) => {
                    self.token(token);
                    let slot = match token.kind() {
                        SyntaxKind::KEYWORD => &mut parts.keyword,
                        SyntaxKind::SUB_KEYWORD => &mut parts.sub_keyword,
                        _ => continue,
                    };
                    *slot = Some(slot.map_or(token.range(), |range| range.cover(token.range())));
                }
                NodeOrToken::Node(child) => self.part(child, index, &mut parts),
            }
        }
        let keyword = parts.keyword.unwrap_or(node.range());
        if parts.heredocs.is_empty() {
            parts.end = self.last;
        }
        let range = TextRange::new(keyword.start(), parts.end.max(keyword.end()));
        let mut heredocs = self.heredocs(range, &parts);
        let trigger_heredocs = parts.trigger.as_mut().map(|trigger| &mut trigger.heredocs);
        if let Some(inner) = trigger_heredocs {
            inner.clone_from(&heredocs);
        }
        heredocs.shrink_to_fit();
        let flags = std::mem::take(&mut parts.flags);
        Instruction {
            index,
            kind,
            keyword,
            range,
            lines: node.range(),
            comments: Vec::new(),
            flags,
            args: self.args(kind, parts),
            heredocs,
            breaks: Vec::new(),
            stage: None,
        }
    }

    fn part(&mut self, node: GreenNodeRef<'_>, index: usize, parts: &mut Parts) {
        match node.kind() {
            SyntaxKind::FLAG => {
                let flag = self.flag(node);
                parts.flags.push(flag);
            }
            kind @ (SyntaxKind::IMAGE | SyntaxKind::STAGE_NAME | SyntaxKind::ARGUMENT) => {
                let word = self.word_of(node);
                parts.words.push((kind, word));
            }
            SyntaxKind::PAIR => {
                let pair = self.pair(node);
                parts.pairs.push(pair);
            }
            SyntaxKind::JSON_ARRAY => parts.json = Some(self.json(node)),
            SyntaxKind::SCRIPT | SyntaxKind::BASHISM | SyntaxKind::OPAQUE => {
                parts.shell = Some(self.shell_text(node));
            }
            SyntaxKind::HEREDOC => {
                if parts.heredocs.is_empty() {
                    parts.end = self.last;
                }
                let heredoc = self.heredoc(node);
                parts.heredocs.push(heredoc);
            }
            kind if kind.is_instruction() => {
                parts.trigger = Some(self.any_instruction(node, index));
            }
            _ => self.skim(node),
        }
    }

    fn args(&mut self, kind: InstructionKind, parts: Parts) -> Args {
        use InstructionKind::*;
        match kind {
            From => from(parts),
            Run | Cmd | Entrypoint => Args::Command(self.command(parts)),
            Shell => match parts.json {
                Some((range, items)) => Args::Command(CommandText {
                    range,
                    form: Form::Exec(items),
                }),
                None => Args::Malformed,
            },
            Healthcheck => match parts.sub_keyword {
                None => Args::Malformed,
                Some(sub) if self.text(sub).eq_ignore_ascii_case("none") => Args::None,
                Some(_) => Args::Command(self.command(parts)),
            },
            Copy | Add => copy(parts),
            Env | Label | Arg if parts.pairs.is_empty() => Args::Malformed,
            Env | Label | Arg => Args::Pairs(parts.pairs),
            Workdir | User | Stopsignal | Maintainer => match parts.words.into_iter().next() {
                Some((_, word)) => Args::Value(word),
                None => Args::Malformed,
            },
            Expose | Volume => {
                let json = parts.json.is_some();
                let words = words(parts);
                if words.is_empty() {
                    Args::Malformed
                } else {
                    Args::Words { words, json }
                }
            }
            Onbuild => parts
                .trigger
                .map_or(Args::Malformed, |trigger| Args::Trigger(Box::new(trigger))),
            Unknown => Args::Malformed,
        }
    }

    fn command(&mut self, parts: Parts) -> CommandText {
        if let Some((range, items)) = parts.json {
            return CommandText {
                range,
                form: Form::Exec(items),
            };
        }
        let (range, script) = parts.shell.unwrap_or((TextRange::empty(parts.end), None));
        let text = self.text(range);
        // `RUN <<EOF`: the body is the command. One that begins with `#!` is a file for another program, so that nothing is
        // known of the command: the operator alone would read as a command that does nothing.
        let script = script.filter(|script| parts.heredocs.is_empty() || !is_operator(script));
        let body = parts
            .heredocs
            .into_iter()
            .find_map(|heredoc| heredoc.script);
        CommandText {
            range,
            form: Form::Shell {
                text,
                script: body.or(script),
            },
        }
    }

    fn word_of(&mut self, node: GreenNodeRef<'_>) -> Word {
        let range = self.plain(node);
        Word {
            range,
            text: self.text(range),
        }
    }

    fn flag(&mut self, node: GreenNodeRef<'_>) -> Flag {
        let mut value_range = None;
        let mut name = TextRange::empty(node.range().start());
        let mut equals = None;
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) => {
                        let range = walker.plain(child);
                        match child.kind() {
                            SyntaxKind::FLAG_NAME => name = range,
                            _ => value_range = Some(range),
                        }
                    }
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        if token.kind() == SyntaxKind::EQ {
                            equals = Some(token.range().end());
                        }
                    }
                }
            }
        });
        let text = self.text(range);
        let special =
            |char: char| char == self.escape || matches!(char, '\'' | '"') || !char.is_ascii();
        let (name, value) = if text.contains(special) {
            let decoded = decode_flag(&text, self.escape);
            let decoded = decoded.strip_prefix("--").unwrap_or(&decoded);
            match decoded.split_once('=') {
                Some((name, value)) => (name.into(), Some(value.into())),
                None => (decoded.into(), None),
            }
        } else {
            let value = value_range.map(|range| self.text(range));
            let empty = equals.map(|_| SmolStr::default());
            (self.text(name), value.or(empty))
        };
        Flag {
            range,
            name,
            value,
            value_range: value_range.or(equals.map(TextRange::empty)),
        }
    }

    fn pair(&mut self, node: GreenNodeRef<'_>) -> Pair {
        let mut name = None;
        let mut value = None;
        let mut equals = None;
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                match child {
                    NodeOrToken::Node(child) if child.kind() == SyntaxKind::PAIR_NAME => {
                        name = Some(walker.word_of(child));
                    }
                    NodeOrToken::Node(child) => value = Some(walker.word_of(child)),
                    NodeOrToken::Token(token) => {
                        walker.token(token);
                        if token.kind() == SyntaxKind::EQ {
                            equals = Some(token.range().end());
                        }
                    }
                }
            }
        });
        let empty = |at| Word {
            range: TextRange::empty(at),
            text: SmolStr::default(),
        };
        Pair {
            range,
            name: name.unwrap_or_else(|| empty(range.start())),
            legacy: equals.is_none() && value.is_some(),
            value: value.or_else(|| equals.map(empty)),
        }
    }

    fn json(&mut self, node: GreenNodeRef<'_>) -> (TextRange, Vec<JsonItem>) {
        let mut items: Vec<TextRange> = Vec::new();
        // Whether the last string goes on behind a gap.
        let mut is_open = false;
        let ((), range) = self.spanned(node, |walker| {
            for child in node.children() {
                let NodeOrToken::Token(token) = child else {
                    continue;
                };
                walker.token(token);
                match token.kind() {
                    SyntaxKind::JSON_STRING => {
                        match items.last_mut().filter(|_| is_open) {
                            Some(last) => *last = last.cover(token.range()),
                            None => items.push(token.range()),
                        }
                        is_open = true;
                    }
                    kind => is_open &= !kind.is_logical(),
                }
            }
        });
        let items = items.into_iter().map(|range| {
            let text = self.text(range);
            let inner = text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            let value = match inner {
                Some(inner) if !inner.contains('\\') => inner.into(),
                _ => decode_json_string(&text).into(),
            };
            JsonItem { range, value }
        });
        let items = items.collect();
        (range, items)
    }

    /// A SCRIPT, BASHISM or OPAQUE node.
    fn shell_text(&mut self, node: GreenNodeRef<'_>) -> (TextRange, Option<Script>) {
        let (mut script, mut range) = self.spanned(node, |walker| match node.kind() {
            SyntaxKind::SCRIPT => Some(walker.script(node)),
            SyntaxKind::BASHISM => {
                let mut script = None;
                for child in node.children() {
                    match child {
                        NodeOrToken::Node(child) => script = Some(walker.script(child)),
                        NodeOrToken::Token(token) => walker.token(token),
                    }
                }
                script.map(|script| Script {
                    bashism: true,
                    ..script
                })
            }
            _ => {
                walker.skim(node);
                None
            }
        });
        if let Some(script) = &mut script {
            // A text of comments alone has no token with a meaning.
            range = match (range.is_empty(), script.comments.last()) {
                (true, Some(_)) => script.range,
                (false, Some(comment)) => range.cover(*comment),
                _ => range,
            };
            script.range = range;
            self.last = self.last.max(range.end());
        }
        (range, script)
    }

    fn heredoc(&mut self, node: GreenNodeRef<'_>) -> HeredocParts {
        self.in_heredoc = true;
        let start = node.range().start();
        let mut body_end = start;
        let mut terminator = TextRange::empty(node.range().end());
        let mut script = None;
        let mut tabs = None;
        for child in node.children() {
            match child {
                NodeOrToken::Token(token) => {
                    self.token(token);
                    let range = token.range();
                    match token.kind() {
                        SyntaxKind::INDENT => tabs = Some(range.start()),
                        SyntaxKind::HEREDOC_END => {
                            let line = tabs.unwrap_or(range.start());
                            body_end = line;
                            terminator = TextRange::new(line, range.end());
                        }
                        SyntaxKind::EOL => {}
                        _ => {
                            tabs = None;
                            body_end = range.end();
                        }
                    }
                }
                NodeOrToken::Node(child) => {
                    tabs = None;
                    script = self.shell_text(child).1;
                    body_end = child.range().end();
                }
            }
        }
        self.in_heredoc = false;
        HeredocParts {
            body: TextRange::new(start, body_end.max(start)),
            terminator,
            script,
        }
    }

    /// Joins the operators of the logical line with their bodies.
    fn heredocs(&self, line: TextRange, parts: &Parts) -> Vec<Heredoc> {
        if parts.heredocs.is_empty() {
            return Vec::new();
        }
        let operators = heredoc_operators(&self.text(line));
        let pairs = operators.into_iter().zip(&parts.heredocs);
        pairs
            .map(|(operator, heredoc)| Heredoc {
                body: heredoc.body,
                terminator: heredoc.terminator,
                name: operator.name.into(),
                expand: operator.expand,
                chomp: operator.chomp,
                fd: u32::try_from(operator.descriptor).unwrap_or(u32::MAX),
            })
            .collect()
    }
}

fn from(parts: Parts) -> Args {
    let count = parts.words.len();
    let mut image = None;
    let mut name = None;
    for (kind, word) in parts.words {
        match kind {
            SyntaxKind::IMAGE => image = Some(word),
            SyntaxKind::STAGE_NAME => name = Some(word),
            _ => return Args::Malformed,
        }
    }
    match image {
        Some(image) if count == 1 + usize::from(name.is_some()) => Args::From {
            image,
            as_keyword: parts.sub_keyword,
            name,
        },
        _ => Args::Malformed,
    }
}

fn copy(parts: Parts) -> Args {
    let json = parts.json.is_some();
    let mut sources = words(parts);
    match sources.pop() {
        Some(dest) if !sources.is_empty() => Args::Copy {
            sources,
            dest,
            json,
        },
        _ => Args::Malformed,
    }
}

/// The words of a list in either form.
fn words(parts: Parts) -> Vec<Word> {
    match parts.json {
        Some((_, items)) => items
            .into_iter()
            .map(|item| Word {
                range: item.range,
                text: item.value,
            })
            .collect(),
        None => parts.words.into_iter().map(|(_, word)| word).collect(),
    }
}

fn kind(kind: SyntaxKind) -> InstructionKind {
    match kind {
        SyntaxKind::FROM => InstructionKind::From,
        SyntaxKind::RUN => InstructionKind::Run,
        SyntaxKind::CMD => InstructionKind::Cmd,
        SyntaxKind::LABEL => InstructionKind::Label,
        SyntaxKind::MAINTAINER => InstructionKind::Maintainer,
        SyntaxKind::EXPOSE => InstructionKind::Expose,
        SyntaxKind::ENV => InstructionKind::Env,
        SyntaxKind::ADD => InstructionKind::Add,
        SyntaxKind::COPY => InstructionKind::Copy,
        SyntaxKind::ENTRYPOINT => InstructionKind::Entrypoint,
        SyntaxKind::VOLUME => InstructionKind::Volume,
        SyntaxKind::USER => InstructionKind::User,
        SyntaxKind::WORKDIR => InstructionKind::Workdir,
        SyntaxKind::ARG => InstructionKind::Arg,
        SyntaxKind::ONBUILD => InstructionKind::Onbuild,
        SyntaxKind::STOPSIGNAL => InstructionKind::Stopsignal,
        SyntaxKind::HEALTHCHECK => InstructionKind::Healthcheck,
        SyntaxKind::SHELL => InstructionKind::Shell,
        _ => InstructionKind::Unknown,
    }
}

/// Whether a script is redirections and nothing else.
fn is_operator(script: &Script) -> bool {
    let commands = script.simple_commands();
    matches!(commands.as_slice(), [command] if command.words.is_empty() && command.assignments.is_empty())
}
