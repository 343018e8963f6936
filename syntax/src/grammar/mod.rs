//! The grammar of one instruction: a logical line in, tokens, nodes and errors out.
//!
//! Source of the rules: BuildKit's `split_command.go`, `line_parsers.go` and `instructions/parse.go`, sections A.5 and A.6.
//!
//! The shapes that the file and the instructions have (trivia left out; `*` any number, `?` optional):
//!
//! ```text
//! ROOT         (BOM | DIRECTIVE | instruction)*, with the comments and blank lines between them as tokens
//! DIRECTIVE    HASH KEYWORD EQ TEXT EOL
//! instruction  KEYWORD FLAG* DASH_DASH? arguments EOL HEREDOC*
//! FLAG         DASH_DASH FLAG_NAME (EQ FLAG_VALUE?)?
//! HEREDOC      (HEREDOC_TEXT | SCRIPT | BASHISM | OPAQUE)? (HEREDOC_END EOL)?
//! JSON_ARRAY   L_BRACKET (JSON_STRING (COMMA JSON_STRING)*)? R_BRACKET
//! word         (TEXT | VARIABLE)*, where word is one of ARGUMENT, IMAGE, STAGE_NAME, PAIR_NAME, PAIR_VALUE, FLAG_NAME, FLAG_VALUE
//! PAIR         PAIR_NAME? (EQ PAIR_VALUE? | PAIR_VALUE)?
//!
//! arguments of
//! FROM                                  IMAGE (SUB_KEYWORD STAGE_NAME)?; any other number of words: IMAGE ARGUMENT*
//! RUN CMD ENTRYPOINT                    (JSON_ARRAY | SCRIPT | BASHISM | OPAQUE)?
//! SHELL                                 JSON_ARRAY, else ARGUMENT
//! ADD COPY VOLUME                       JSON_ARRAY | ARGUMENT*
//! EXPOSE                                ARGUMENT*
//! USER WORKDIR STOPSIGNAL MAINTAINER    ARGUMENT?
//! ENV LABEL ARG                         PAIR*
//! HEALTHCHECK                           SUB_KEYWORD and those of RUN; unknown: ARGUMENT (JSON_ARRAY | ARGUMENT)?
//! ONBUILD                               instruction without EOL and HEREDOC; nested too deep: OPAQUE_TEXT
//! UNKNOWN_INSTRUCTION                   OPAQUE_TEXT?
//! ```
//!
//! An empty word has no node: `A=` is a PAIR with PAIR_NAME and EQ.

mod check;
pub(crate) mod flags;
pub(crate) mod json;
mod pairs;
mod words;

pub(crate) use check::to_lower;
pub use flags::{decode_flag, known_flags};
pub use json::decode_json_string;

use std::ops::Range;

use crate::SyntaxKind::{self, *};
use crate::emit::Emitter;
use crate::heredoc::{self, Operator};
use crate::logical::{trim_end, trim_start};
use crate::shell::{self, Dialect};

/// ONBUILD inside of ONBUILD is an error; the grammar stops looking into it at this depth.
const MAX_ONBUILD: usize = 8;

/// An error with a range of the logical text.
pub(crate) type LogicalError = (Range<usize>, String);

/// What a grammar needs and what it fills.
pub(crate) struct Grammar<'t, 'm, 'e> {
    /// The logical line.
    text: &'t str,
    /// The escape token of the file.
    escape: char,
    /// How the shell texts of this instruction are parsed; `None` for a shell that isn't known.
    dialect: Option<Dialect>,
    out: &'m mut Emitter<'e>,
    errors: &'m mut Vec<LogicalError>,
    memory: &'m mut Memory,
    /// Number of ONBUILD keywords around what is read.
    depth: usize,
    outcome: Outcome,
}

/// Lists that are filled anew for each instruction.
#[derive(Default)]
pub(crate) struct Memory {
    flags: Vec<flags::Flag>,
    words: Vec<Range<usize>>,
    scratch: String,
}

/// What the driver has to know of an instruction.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The kind of the node.
    pub(crate) kind: SyntaxKind,
    /// The heredocs whose bodies follow.
    pub(crate) heredocs: Vec<Operator>,
    /// Whether the body of the only heredoc is the command of a RUN.
    pub(crate) body_is_script: bool,
    /// `FROM`: the base and the name of the stage, in the logical text.
    pub(crate) stage: Option<(Range<usize>, Option<Range<usize>>)>,
    /// `SHELL`: the array, in the logical text.
    pub(crate) shell: Option<Range<usize>>,
}

/// Reads one logical line. The emitter gets the content of the instruction's node, without the node itself.
pub(crate) fn instruction(
    text: &str,
    escape: char,
    dialect: Option<Dialect>,
    out: &mut Emitter<'_>,
    errors: &mut Vec<LogicalError>,
    memory: &mut Memory,
) -> Outcome {
    let mut grammar = Grammar {
        text,
        escape,
        dialect,
        out,
        errors,
        memory,
        depth: 0,
        outcome: Outcome {
            kind: UNKNOWN_INSTRUCTION,
            heredocs: Vec::new(),
            body_is_script: false,
            stage: None,
            shell: None,
        },
    };
    let start = text.len() - trim_start(text).len();
    let end = trim_end(text).len().max(start);
    grammar.token(WHITESPACE, start);
    grammar.outcome.kind = grammar.instruction(start..end);
    grammar.token(WHITESPACE, text.len());
    grammar.outcome
}

impl<'t> Grammar<'t, '_, '_> {
    /// Adds a token up to an offset of the logical text.
    fn token(&mut self, kind: SyntaxKind, end: usize) {
        self.out.token(kind, end);
    }

    fn slice(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Adds an error of BuildKit's line parser, which refuses the file wherever it stands.
    fn error(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.errors.push((range, message.into()));
    }

    /// Adds an error of BuildKit's instruction layer, which doesn't look at ONBUILD triggers.
    fn refuse<M: Into<String>>(&mut self, range: Range<usize>, message: impl FnOnce() -> M) {
        if self.depth == 0 {
            self.errors.push((range, message().into()));
        }
    }

    /// Reads an instruction (trimmed) and gives its kind.
    fn instruction(&mut self, line: Range<usize>) -> SyntaxKind {
        let keyword = line.start..line.start + words::length(self.slice(&line));
        let kind = keyword_kind(self.slice(&keyword));
        self.token(KEYWORD, keyword.end);
        self.memory.flags.clear();
        // Flags are taken from every instruction, known or not.
        let after = self.flags(kind, keyword.end..line.end);
        let rest = self
            .text
            .get(after..line.end)
            .map(|rest| {
                let rest = trim_start(rest);
                let start = line.end - rest.len();
                start..start + trim_end(rest).len()
            })
            .unwrap_or(line.end..line.end);
        self.token(WHITESPACE, rest.start);
        self.arguments(kind, keyword, rest);
        kind
    }

    fn arguments(&mut self, kind: SyntaxKind, keyword: Range<usize>, rest: Range<usize>) {
        let whole = keyword.start..rest.end.max(keyword.end);
        if self.depth == 0 && !matches!(kind, ARG | STOPSIGNAL | HEALTHCHECK | UNKNOWN_INSTRUCTION)
        {
            self.check_flags(kind);
        }
        match kind {
            FROM => self.from(whole, rest),
            RUN => {
                self.check_run();
                let is_json = self.shell_or_json(rest.clone());
                if !is_json {
                    self.heredocs(&whole, Some(rest));
                }
            }
            CMD | ENTRYPOINT => {
                self.shell_or_json(rest);
            }
            SHELL => self.shell(whole, rest),
            ADD | COPY => self.copy(kind, whole, rest),
            VOLUME => self.volume(whole, rest),
            EXPOSE => {
                self.word_list(&rest, true);
                if self.memory.words.is_empty() {
                    self.refuse(whole, || "EXPOSE needs a port");
                }
            }
            ENV | LABEL => self.pairs(kind, whole, rest),
            ARG => self.arg(whole, rest),
            USER | WORKDIR | STOPSIGNAL | MAINTAINER => {
                if rest.is_empty() {
                    let keyword = self.slice(&keyword).to_uppercase();
                    self.refuse(whole, || format!("{keyword} needs an argument"));
                } else {
                    self.argument(rest, kind != MAINTAINER);
                }
            }
            HEALTHCHECK => self.healthcheck(whole, rest),
            ONBUILD => self.onbuild(whole, rest),
            _ => {
                let name = self.slice(&keyword);
                self.refuse(keyword, || check::unknown_instruction(name));
                self.token(OPAQUE_TEXT, rest.end);
            }
        }
    }

    /// Emits one ARGUMENT, with variables if the builder expands it.
    fn argument(&mut self, range: Range<usize>, is_expanded: bool) {
        if is_expanded {
            self.expanded(ARGUMENT, range);
        } else {
            self.plain(ARGUMENT, range);
        }
    }

    /// Emits a node of plain text; an empty one, too.
    fn plain(&mut self, node: SyntaxKind, range: Range<usize>) {
        if range.end > self.out.at() {
            self.out.leaf(node, TEXT, range.end);
        } else {
            self.out.start(node);
            self.out.finish();
        }
    }

    /// Emits a node of text in which the builder expands variables.
    fn expanded(&mut self, node: SyntaxKind, range: Range<usize>) {
        let text = self.slice(&range);
        if memchr::memchr(b'$', text.as_bytes()).is_none() {
            return self.plain(node, range);
        }
        self.out.start(node);
        words::expanded(
            text,
            range.start,
            self.escape,
            &mut self.memory.scratch,
            self.out,
        );
        self.out.finish();
    }

    /// Splits a range at blanks into `words`, as offsets of the logical text.
    fn split_plain(&mut self, rest: &Range<usize>) {
        self.memory.words.clear();
        words::plain_words(self.slice(rest), &mut self.memory.words);
        self.shift_words(rest.start);
    }

    fn split_quoted(&mut self, rest: &Range<usize>) {
        self.memory.words.clear();
        words::quoted_words(self.slice(rest), self.escape, &mut self.memory.words);
        self.shift_words(rest.start);
    }

    fn shift_words(&mut self, by: usize) {
        for word in &mut self.memory.words {
            *word = word.start + by..word.end + by;
        }
    }

    /// Emits the words of a range as ARGUMENTs and leaves them in `words`.
    fn word_list(&mut self, rest: &Range<usize>, is_expanded: bool) {
        self.split_plain(rest);
        let words = std::mem::take(&mut self.memory.words);
        for word in &words {
            self.token(WHITESPACE, word.start);
            self.argument(word.clone(), is_expanded);
        }
        self.memory.words = words;
    }

    /// Emits a JSON array, if the text is one of strings, and gives the number of its elements.
    fn json(&mut self, rest: &Range<usize>) -> Option<usize> {
        let text = self.slice(rest);
        match json::form(text) {
            json::Form::Strings(count) => {
                json::array(text, rest.start, self.out);
                Some(count)
            }
            json::Form::NotStrings => {
                self.error(
                    rest.clone(),
                    "every element of a JSON array must be a string",
                );
                None
            }
            json::Form::NotJson => None,
        }
    }

    /// The arguments of RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD; says whether they are in JSON form.
    fn shell_or_json(&mut self, rest: Range<usize>) -> bool {
        if rest.is_empty() {
            return false;
        }
        if self.json(&rest).is_some() {
            return true;
        }
        shell_text(self.slice(&rest), self.dialect, self.out);
        false
    }

    fn shell(&mut self, whole: Range<usize>, rest: Range<usize>) {
        match self.json(&rest) {
            Some(0) => self.refuse(whole, || "SHELL needs a program"),
            Some(_) => self.outcome.shell = (self.depth == 0).then_some(rest),
            None if rest.is_empty() => self.refuse(whole, || "SHELL needs a program"),
            None => {
                self.refuse(
                    rest.clone(),
                    || "SHELL takes a JSON array of strings, such as [\"/bin/bash\", \"-c\"]",
                );
                self.argument(rest, false);
            }
        }
    }

    fn from(&mut self, whole: Range<usize>, rest: Range<usize>) {
        self.split_plain(&rest);
        let words = std::mem::take(&mut self.memory.words);
        let stage = match words.as_slice() {
            [image] => Some((image, None)),
            [image, middle, name] if check::equal_fold(self.slice(middle), "as") => {
                Some((image, Some(name)))
            }
            _ => None,
        };
        for (number, word) in words.iter().enumerate() {
            self.token(WHITESPACE, word.start);
            match (number, stage) {
                (0, _) => {
                    self.expanded(IMAGE, word.clone());
                }
                (1, Some(_)) => self.token(SUB_KEYWORD, word.end),
                (2, Some(_)) => {
                    self.plain(STAGE_NAME, word.clone());
                }
                _ => self.argument(word.clone(), false),
            }
        }
        match stage {
            None => self.refuse(
                whole,
                || "FROM takes an image, or an image followed by AS and a stage name",
            ),
            Some((_, Some(name))) if !check::is_stage_name(self.slice(name)) => {
                let range = name.clone();
                let name = self.slice(name);
                self.refuse(range, || {
                    format!("`{name}` is no stage name: it starts with a letter and holds letters, digits, `-`, `_` and `.`")
                });
            }
            Some(_) => {}
        }
        if self.depth == 0 {
            self.outcome.stage = stage.map(|(image, name)| (image.clone(), name.cloned()));
        }
        self.memory.words = words;
    }

    fn copy(&mut self, kind: SyntaxKind, whole: Range<usize>, rest: Range<usize>) {
        let name = if kind == ADD { "ADD" } else { "COPY" };
        let json = self.json(&rest);
        let count = match json {
            Some(count) => count,
            None => {
                self.word_list(&rest, true);
                self.memory.words.len()
            }
        };
        if count < 2 {
            self.refuse(whole.clone(), || {
                format!("{name} needs at least one source and a destination")
            });
        } else if self.destination(json.is_some(), &rest) {
            self.refuse(whole.clone(), || {
                format!("the destination of {name} can't be a heredoc")
            });
        }
        if json.is_none() {
            self.heredocs(&whole, None);
        }
    }

    /// Whether the last argument is a heredoc operator.
    fn destination(&self, is_json: bool, rest: &Range<usize>) -> bool {
        let text = if is_json {
            json::strings(self.slice(rest)).last()
        } else {
            self.memory
                .words
                .last()
                .map(|word| self.slice(word).to_owned())
        };
        let text = text.unwrap_or_default();
        text.contains("<<") && heredoc::operator(&text).is_ok_and(|found| found.is_some())
    }

    fn volume(&mut self, whole: Range<usize>, rest: Range<usize>) {
        match self.json(&rest) {
            Some(0) => self.refuse(whole, || "VOLUME needs a path"),
            Some(_) => {
                if json::strings(self.slice(&rest)).any(|value| value.trim().is_empty()) {
                    self.refuse(rest, || "a VOLUME can't be empty");
                }
            }
            None => {
                self.word_list(&rest, true);
                if self.memory.words.is_empty() {
                    self.refuse(whole, || "VOLUME needs a path");
                } else if self
                    .memory
                    .words
                    .iter()
                    .any(|word| self.slice(word).trim().is_empty())
                {
                    self.refuse(rest, || "a VOLUME can't be empty");
                }
            }
        }
    }

    fn healthcheck(&mut self, whole: Range<usize>, rest: Range<usize>) {
        let text = self.slice(&rest);
        let length = text.find(|ch: char| ch.is_ascii_whitespace() || ch == '\u{b}');
        let kind_range = rest.start..rest.start + length.unwrap_or(text.len());
        let what = self.slice(&kind_range);
        let after = self.text.get(kind_range.end..rest.end).unwrap_or_default();
        let blank = after
            .find(|ch: char| !ch.is_ascii_whitespace() && ch != '\u{b}')
            .unwrap_or(after.len());
        let command = kind_range.end + blank..rest.end;
        if what.is_empty() {
            self.refuse(whole, || "HEALTHCHECK needs CMD or NONE");
            return;
        }
        let is_none = what.eq_ignore_ascii_case("none");
        if !is_none && self.depth == 0 {
            self.check_flags(HEALTHCHECK);
            self.check_health();
        }
        if what.eq_ignore_ascii_case("cmd") {
            self.token(SUB_KEYWORD, kind_range.end);
            self.token(WHITESPACE, command.start);
            let count = if command.is_empty() {
                Some(0)
            } else if json::form(self.slice(&command)) == json::Form::Strings(0) {
                self.json(&command)
            } else {
                self.shell_or_json(command);
                None
            };
            if count == Some(0) {
                self.refuse(whole, || "HEALTHCHECK CMD needs a command");
            }
            return;
        }
        if is_none {
            self.token(SUB_KEYWORD, kind_range.end);
        } else {
            self.argument(kind_range.clone(), false);
            let what = what.to_owned();
            self.refuse(kind_range, || {
                format!("HEALTHCHECK takes CMD or NONE, not `{what}`")
            });
        }
        if !command.is_empty() {
            self.token(WHITESPACE, command.start);
            let is_json = self.json(&command).is_some();
            let has_argument = !is_json || json::strings(self.slice(&command)).next().is_some();
            if !is_json {
                self.argument(command.clone(), false);
            }
            if is_none && has_argument {
                self.refuse(command, || "HEALTHCHECK NONE takes no arguments");
            }
        }
    }

    fn onbuild(&mut self, whole: Range<usize>, rest: Range<usize>) {
        if rest.is_empty() {
            self.refuse(whole, || "ONBUILD needs an instruction");
            return;
        }
        if self.depth >= MAX_ONBUILD {
            self.token(OPAQUE_TEXT, rest.end);
            return;
        }
        let keyword = rest.start..rest.start + words::length(self.slice(&rest));
        let upper = check::to_upper(self.slice(&keyword).trim());
        match upper.as_str() {
            "ONBUILD" => self.refuse(keyword, || "ONBUILD can't trigger another ONBUILD"),
            "FROM" | "MAINTAINER" => {
                self.refuse(keyword, || format!("ONBUILD can't trigger {upper}"));
            }
            _ => {}
        }
        self.depth += 1;
        self.out.start(UNKNOWN_INSTRUCTION);
        let kind = self.instruction(rest);
        self.out.finish_as(kind);
        self.depth -= 1;
    }

    /// Looks for heredoc operators. BuildKit searches the whole logical line, keyword and flags included, in RUN, ADD, COPY
    /// and ONBUILD of these. `command` is the command of a RUN.
    fn heredocs(&mut self, whole: &Range<usize>, command: Option<Range<usize>>) {
        if self.depth > 1 {
            return;
        }
        match heredoc::operators(self.text) {
            Ok(found) => {
                let script = command
                    .filter(|_| !found.is_empty())
                    .is_some_and(|command| {
                        heredoc::operator(self.slice(&command)).is_ok_and(|found| found.is_some())
                    });
                self.outcome.heredocs = found;
                self.outcome.body_is_script = script;
            }
            Err(_) => self.error(
                whole.clone(),
                "a heredoc operator with an open quote or brace",
            ),
        }
    }
}

/// Emits a shell text: parsed, or as one OPAQUE node if the shell isn't known.
pub(crate) fn shell_text(text: &str, dialect: Option<Dialect>, out: &mut Emitter<'_>) {
    match dialect {
        Some(dialect) => shell::parse_script(text, dialect, out),
        None => shell::opaque(text, out),
    }
}

/// The kind of an instruction by its keyword, in any letter case.
fn keyword_kind(keyword: &str) -> SyntaxKind {
    const LONGEST: usize = 11;
    let mut lower = [0_u8; LONGEST];
    let mut length = 0;
    for ch in keyword.chars().map(check::lower_char) {
        let (Some(slot), true) = (lower.get_mut(length), ch.is_ascii()) else {
            return UNKNOWN_INSTRUCTION;
        };
        *slot = u8::try_from(ch).unwrap_or_default();
        length += 1;
    }
    match lower.get(..length).unwrap_or_default() {
        b"add" => ADD,
        b"arg" => ARG,
        b"cmd" => CMD,
        b"copy" => COPY,
        b"entrypoint" => ENTRYPOINT,
        b"env" => ENV,
        b"expose" => EXPOSE,
        b"from" => FROM,
        b"healthcheck" => HEALTHCHECK,
        b"label" => LABEL,
        b"maintainer" => MAINTAINER,
        b"onbuild" => ONBUILD,
        b"run" => RUN,
        b"shell" => SHELL,
        b"stopsignal" => STOPSIGNAL,
        b"user" => USER,
        b"volume" => VOLUME,
        b"workdir" => WORKDIR,
        _ => UNKNOWN_INSTRUCTION,
    }
}
