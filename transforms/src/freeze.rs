//! The freeze list (F.9 of the semantics document): instructions in which the builder and a person read different
//! things. They are reported, and no rewrite touches them.

use dfix_syntax::TextRange;

use crate::model::{
    Analysis, Args, BreakKind, Command, CommandText, Form, Instruction, InstructionKind, Redirect,
    Script, Word,
};

/// Why an instruction is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FreezeKind {
    /// The shell and the builder don't agree on what is a heredoc (A.7).
    Heredoc,
    /// A shell comment at the end of a continued line swallows what is joined after it (A.3).
    CommentSwallows,
    /// An array that is no valid JSON, so that the instruction silently has its shell form (A.6).
    BrokenJson,
    /// A continuation goes on into what looks like the next instruction (A.4).
    NextInstruction,
    /// A blank after a comma ends the value of `--mount`, and the rest becomes the command (A.5).
    BrokenMount,
    /// The builder reads flags byte by byte and garbles what is not ASCII (A.5).
    NonAsciiFlag,
}

/// What is wrong with a frozen instruction, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// The instruction's index; for a trigger that of its ONBUILD.
    pub instruction: usize,
    /// Why.
    pub kind: FreezeKind,
    /// The bytes that a person would misread.
    pub range: TextRange,
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
        }
    }
}

/// The frozen instructions of a file, in source order, with the first thing that is wrong with each.
pub fn frozen(analysis: &Analysis) -> Vec<Frozen> {
    analysis
        .instructions
        .iter()
        .filter_map(|instruction| {
            let (kind, range) = freeze(analysis, instruction.innermost())?;
            Some(Frozen {
                instruction: instruction.index,
                kind,
                range,
            })
        })
        .collect()
}

fn freeze(analysis: &Analysis, instruction: &Instruction) -> Option<(FreezeKind, TextRange)> {
    let checks: [(FreezeKind, fn(&Analysis, &Instruction) -> Option<TextRange>); 6] = [
        (FreezeKind::NonAsciiFlag, non_ascii_flag),
        (FreezeKind::BrokenMount, broken_mount),
        (FreezeKind::NextInstruction, next_instruction),
        (FreezeKind::BrokenJson, broken_json),
        (FreezeKind::Heredoc, heredoc),
        (FreezeKind::CommentSwallows, swallowing_comment),
    ];
    checks
        .iter()
        .find_map(|(kind, check)| Some((*kind, check(analysis, instruction)?)))
}

fn non_ascii_flag(analysis: &Analysis, instruction: &Instruction) -> Option<TextRange> {
    let mut flags = instruction.flags.iter().map(|flag| flag.range);
    flags.find(|range| !analysis.text(*range).is_ascii())
}

fn broken_mount(_: &Analysis, instruction: &Instruction) -> Option<TextRange> {
    let broken = |value: &str| value.ends_with(',');
    instruction
        .flags_named("mount")
        .find(|flag| flag.value.as_deref().is_some_and(broken))
        .map(|flag| flag.range)
}

/// A continued line that begins with a keyword in capitals, like the one of an instruction that was meant to begin there.
fn next_instruction(analysis: &Analysis, instruction: &Instruction) -> Option<TextRange> {
    let text: &str = &analysis.source;
    let lines = instruction
        .breaks
        .iter()
        .filter(|part| part.range.end() < instruction.range.end());
    for part in lines {
        let start = usize::from(part.range.end());
        let rest = text.get(start..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let rest = rest.get(blanks..).unwrap_or_default();
        let word_end = rest
            .bytes()
            .position(|byte| !byte.is_ascii_uppercase())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(word_end)?;
        if KEYWORDS.contains(&word) && after.starts_with([' ', '\t']) {
            let start = u32::try_from(start + blanks).ok()?;
            let len = u32::try_from(word.len()).ok()?;
            return Some(TextRange::at(start.into(), len.into()));
        }
    }
    None
}

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

/// A text that begins like an array of strings but did not become one.
fn broken_json(analysis: &Analysis, instruction: &Instruction) -> Option<TextRange> {
    let range = match &instruction.args {
        Args::Command(CommandText {
            range,
            form: Form::Shell { .. },
        }) => *range,
        Args::Copy {
            sources,
            dest,
            json: false,
        } => sources.first()?.range.cover(dest.range),
        Args::Words { words, json: false } => words.first()?.range.cover(words.last()?.range),
        _ => return None,
    };
    let text = analysis.text(range).strip_prefix('[')?.trim_start();
    let open = text.chars().next()?;
    let close = match open {
        '"' | '\'' => open,
        '\u{201c}' | '\u{201d}' | '\u{201e}' => '\u{201d}',
        '\u{2018}' | '\u{2019}' => '\u{2019}',
        _ => return None,
    };
    let inner = text.get(open.len_utf8()..)?;
    let Some(end) = inner.find(close) else {
        // An open quote is an error in the shell as well.
        return Some(range);
    };
    let after = inner.get(end + close.len_utf8()..)?;
    // `[ "$x" = y ]` and `[ "$x" ] && z` are the test command: no comma, and a blank before the bracket.
    let array = after.trim_start().starts_with(',') || after.starts_with(']');
    array.then_some(range)
}

/// A heredoc that only one of shell and builder sees.
fn heredoc(analysis: &Analysis, instruction: &Instruction) -> Option<TextRange> {
    let text = analysis.text(instruction.range);
    if !text.contains("<<") {
        return None;
    }
    match &instruction.args {
        Args::Command(command) if instruction.kind == InstructionKind::Run => {
            let Form::Shell { text, script } = &command.form else {
                return None;
            };
            let whole_body = text.trim_start().starts_with("<<") && instruction.heredocs.len() == 1;
            let is_body = whole_body && !text.trim().contains([' ', '\t', '&', ';', '|']);
            let agree = match script {
                Some(_) if is_body => true,
                Some(script) => shell_heredocs(script) == instruction.heredocs.len(),
                // Here-strings alone are no matter of the builder.
                None => text.replace("<<<", "").contains("<<") == !instruction.heredocs.is_empty(),
            };
            (!agree).then_some(command.range)
        }
        Args::Copy { sources, .. } => {
            let is_digit = |character: char| character.is_ascii_digit();
            let operator = |word: &&Word| word.text.trim_start_matches(is_digit).starts_with("<<");
            // `<< EOF` is a heredoc for the builder, but `<<` and `EOF` are the names of the sources.
            let bare = |word: &Word| matches!(word.text.as_str(), "<<" | "<<-");
            let first = sources.iter().find(operator)?;
            let like_heredocs = sources.iter().filter(operator).count();
            let agree = like_heredocs == instruction.heredocs.len() && !sources.iter().any(bare);
            (!agree).then_some(first.range)
        }
        _ => None,
    }
}

/// How many heredocs the shell sees in a command line.
fn shell_heredocs(script: &Script) -> usize {
    let of_redirects = |redirects: &[Redirect]| {
        let operators = redirects.iter().map(|redirect| {
            let operator = redirect.operator.as_str();
            operator.trim_start_matches(|character: char| character.is_ascii_digit())
        });
        operators
            .filter(|operator| matches!(*operator, "<<" | "<<-"))
            .count()
    };
    let pipelines = script.items.iter().flat_map(|item| item.and_or.pipelines());
    pipelines
        .flat_map(|pipeline| &pipeline.commands)
        .map(|command| match command {
            Command::Simple(simple) => {
                let inner = simple.words.iter().flat_map(|word| &word.substitutions);
                of_redirects(&simple.redirects) + inner.map(shell_heredocs).sum::<usize>()
            }
            Command::Compound(compound) => {
                let inner = compound.bodies.iter().map(shell_heredocs);
                of_redirects(&compound.redirects) + inner.sum::<usize>()
            }
        })
        .sum()
}

/// A shell comment with something after the continuation at its end.
fn swallowing_comment(analysis: &Analysis, instruction: &Instruction) -> Option<TextRange> {
    let script = instruction.script()?;
    script.comments.iter().copied().find(|comment| {
        let mut breaks = instruction.breaks.iter();
        breaks.any(|part| {
            let inside = part.kind == BreakKind::Continuation
                && comment.contains(part.range.start())
                && part.range.end() < comment.end();
            inside && !swallowed(analysis, *comment, part.range).is_empty()
        })
    })
}

/// What a comment swallows below one of its line ends.
fn swallowed(analysis: &Analysis, comment: TextRange, line_end: TextRange) -> &str {
    let rest = analysis.text(TextRange::new(line_end.end(), comment.end()));
    let mut lines = rest.lines().map(str::trim);
    lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default()
}
