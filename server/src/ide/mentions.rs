//! Where variables are named: set and read by instructions, read by shell texts, and set by shell texts for themselves.

use std::ops::Range;

use dfix_syntax::{GreenTokenRef, SyntaxKind, TextRange, TextSize};
use dfix_transforms::model::{
    Analysis, Form, Instruction, InstructionKind, WriteKind, variable_places,
};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::pieces::Pieces;
use super::walk::{self, Above, kind_above};

/// A place that names a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// The name. Continuations may run through it.
    pub range: TextRange,
    pub name: SmolStr,
    pub role: Role,
    /// Whose variables are meant; `None`: the global arguments, which FROM sees as well.
    pub stage: Option<usize>,
    /// The instruction's index.
    pub instruction: usize,
}

/// What is done with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An instruction sets it.
    Sets(WriteKind),
    /// It is read during the build.
    Read,
    /// It is read when a container runs: arguments are gone then.
    ReadLater,
    /// A script sets it for itself, or reads what it has set.
    Own,
}

/// All places that name variables, in source order as far as it matters: those of one instruction follow those of the
/// instruction before it.
pub(super) fn mentions(analysis: &Analysis) -> Vec<Mention> {
    let mut reader = Reader {
        analysis,
        instruction: 0,
        own: FxHashSet::default(),
        pending: None,
        pieces: Pieces::default(),
        declarer: None,
        found: Vec::new(),
    };
    walk::tokens(analysis.green(), |above, token| reader.token(above, token));
    reader.flush();
    reader.found
}

/// Whether a text is a name that a variable can have in Dockerfiles and shells.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && identifier(text) == text
}

/// The name that a text starts with.
fn identifier(text: &str) -> &str {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let end = text.find(|char| !is_part(char)).unwrap_or(text.len());
    match text.starts_with(|char: char| char.is_ascii_digit()) {
        true => "",
        false => text.get(..end).unwrap_or_default(),
    }
}

struct Reader<'a> {
    analysis: &'a Analysis,
    /// The index of the instruction at hand.
    instruction: usize,
    /// What the script at hand has set for itself.
    own: FxHashSet<SmolStr>,
    /// Tokens that may be pieces of one.
    pending: Option<Pending>,
    pieces: Pieces,
    /// The command at hand, if its words name variables.
    declarer: Option<Declarer>,
    found: Vec<Mention>,
}

/// What the pieces that were collected are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pending {
    kind: SyntaxKind,
    /// The node that they stand in.
    parent: (SyntaxKind, TextRange),
}

/// A command of the shell whose words name variables.
#[derive(Debug, Clone, Copy)]
struct Declarer {
    command: TextRange,
    /// Whether a name alone is read, not set.
    reads: bool,
}

impl Reader<'_> {
    fn token(&mut self, above: &[Above<'_>], token: GreenTokenRef<'_>) {
        use SyntaxKind as S;
        let kind = token.kind();
        if kind.is_trivia() {
            // Blanks are no part of names.
            if kind == S::WHITESPACE {
                self.flush();
            }
            return;
        }
        let Some(parent) = above.last().map(|above| above.node) else {
            return;
        };
        let wanted = match kind {
            S::VARIABLE
            | S::SH_VARIABLE
            | S::SH_NAME
            | S::SH_ASSIGN_NAME
            | S::JSON_STRING
            | S::HEREDOC_TEXT => true,
            S::SH_RAW => matches!(parent.kind(), S::ARITHMETIC | S::ARITHMETIC_COMMAND),
            S::TEXT => parent.kind() == S::PAIR_NAME,
            S::SH_LITERAL => parent.kind() == S::WORD && kind_above(above, 1) == Some(S::COMMAND),
            _ => false,
        };
        let pending = Pending {
            kind,
            parent: (parent.kind(), parent.range()),
        };
        if self.pending != Some(pending) {
            self.flush();
        }
        let start = token.range().start();
        self.advance(start);
        if kind == S::SH_LITERAL && wanted {
            return self.command_word(above, token);
        }
        if wanted {
            self.pending = Some(pending);
            self.pieces.push(token.text(), start);
        }
    }

    /// Moves on to the instruction that holds an offset.
    fn advance(&mut self, offset: TextSize) {
        let before = self.instruction;
        while let Some(instruction) = self.analysis.instructions.get(self.instruction)
            && instruction.lines.end() <= offset
        {
            self.instruction += 1;
        }
        if before != self.instruction {
            self.own.clear();
            self.declarer = None;
        }
    }

    /// Reads the pieces that were collected.
    fn flush(&mut self) {
        use SyntaxKind as S;
        let Some(pending) = self.pending.take() else {
            return;
        };
        let pieces = std::mem::take(&mut self.pieces);
        let Some(instruction) = self.analysis.instructions.get(self.instruction) else {
            return;
        };
        let instruction = instruction.innermost();
        let text = pieces.text.as_str();
        match pending.kind {
            S::VARIABLE => self.reads(&pieces, variable_places(text, self.analysis.escape, false)),
            S::SH_VARIABLE => self.reads(&pieces, shell_places(text, false)),
            S::SH_NAME if pending.parent.0 == S::FOR => self.sets_own(&pieces, 0, text),
            S::SH_NAME => {
                let at = text.len() - text.trim_start_matches(['#', '!']).len();
                let name = identifier(text.get(at..).unwrap_or_default());
                self.reads(&pieces, Some(at..at + name.len()));
            }
            S::SH_ASSIGN_NAME => self.sets_own(&pieces, 0, identifier(text)),
            S::SH_RAW => self.reads(&pieces, arithmetic_places(text)),
            S::TEXT => {
                let Some(kind) = sets(instruction) else {
                    return;
                };
                let whole = pieces.range(0, text.len()) == pending.parent.1;
                let name = text.trim_matches(['"', '\'']);
                if whole && is_name(name) {
                    let at = text.find(name).unwrap_or_default();
                    self.add(
                        pieces.range(at, at + name.len()),
                        name.into(),
                        Role::Sets(kind),
                    );
                }
            }
            S::HEREDOC_TEXT => {
                let at = pending.parent.1;
                let heredoc = instruction.heredocs.iter();
                let outer = self.analysis.instructions.get(self.instruction);
                let heredoc = heredoc.chain(outer.into_iter().flat_map(|outer| &outer.heredocs));
                let mut heredoc = heredoc.filter(|it| at.contains_range(it.body));
                if heredoc.next().is_none_or(|heredoc| !heredoc.expand) {
                    return;
                }
                match instruction.kind {
                    InstructionKind::Run => self.reads(&pieces, shell_places(text, false)),
                    _ => self.reads(&pieces, variable_places(text, '\\', true)),
                }
            }
            S::JSON_STRING => {
                let decoded = pieces.decoded();
                let place = pieces.range(0, text.len());
                if is_shell_text(instruction, place) {
                    self.reads(&decoded, shell_places(&decoded.text, true));
                } else if expands_json(instruction.kind) {
                    let places = variable_places(&decoded.text, self.analysis.escape, false);
                    self.reads(&decoded, places);
                }
            }
            _ => {}
        }
        self.pieces = pieces;
        self.pieces.clear();
    }

    /// Unquoted text in a word of a simple command: `export NAME=value` and its like name variables.
    fn command_word(&mut self, above: &[Above<'_>], token: GreenTokenRef<'_>) {
        let Some([.., command, word]) = above.get(above.len().saturating_sub(2)..) else {
            return;
        };
        if token.range().start() != word.node.range().start() {
            return;
        }
        let text = token.text();
        if command.words == 1 {
            let reads = match text {
                "export" | "readonly" => true,
                "read" | "unset" | "local" | "declare" | "typeset" | "getopts" | "mapfile"
                | "readarray" => false,
                _ => return,
            };
            self.declarer = Some(Declarer {
                command: command.node.range(),
                reads,
            });
            return;
        }
        let Some(declarer) = self
            .declarer
            .filter(|it| it.command == command.node.range())
        else {
            return;
        };
        let name = identifier(text);
        let rest = text.get(name.len()..).unwrap_or_default();
        let alone = rest.is_empty() && token.range() == word.node.range();
        if !alone && !rest.starts_with(['=', '+']) {
            return;
        }
        let mut pieces = Pieces::default();
        pieces.push(text, token.range().start());
        match alone && declarer.reads {
            true => self.reads(&pieces, Some(0..name.len())),
            false => self.sets_own(&pieces, 0, name),
        }
    }

    fn reads(&mut self, pieces: &Pieces, places: impl IntoIterator<Item = Range<usize>>) {
        for place in places {
            let name = pieces.text.get(place.clone()).unwrap_or_default();
            if !is_name(name) {
                continue;
            }
            let role = match self.own.contains(name) {
                true => Role::Own,
                false => self.read_role(),
            };
            self.add(pieces.range(place.start, place.end), name.into(), role);
        }
    }

    fn sets_own(&mut self, pieces: &Pieces, at: usize, name: &str) {
        if is_name(name) {
            self.own.insert(name.into());
            self.add(pieces.range(at, at + name.len()), name.into(), Role::Own);
        }
    }

    fn read_role(&self) -> Role {
        let instruction = self.analysis.instructions.get(self.instruction);
        match instruction.map(|instruction| instruction.innermost().kind) {
            Some(
                InstructionKind::Cmd | InstructionKind::Entrypoint | InstructionKind::Healthcheck,
            ) => Role::ReadLater,
            _ => Role::Read,
        }
    }

    fn add(&mut self, range: TextRange, name: SmolStr, role: Role) {
        let Some(instruction) = self.analysis.instructions.get(self.instruction) else {
            return;
        };
        let stage = match instruction.kind {
            InstructionKind::From => None,
            _ => instruction.stage,
        };
        self.found.push(Mention {
            range,
            name,
            role,
            stage,
            instruction: instruction.index,
        });
    }
}

/// How an instruction sets the names of its pairs.
fn sets(instruction: &Instruction) -> Option<WriteKind> {
    match instruction.kind {
        InstructionKind::Arg => Some(WriteKind::Arg),
        InstructionKind::Env => Some(WriteKind::Env),
        _ => None,
    }
}

/// Whether the builder expands the strings of an instruction in JSON form (semantics B.4).
fn expands_json(kind: InstructionKind) -> bool {
    matches!(
        kind,
        InstructionKind::Copy | InstructionKind::Add | InstructionKind::Volume
    )
}

/// Whether a JSON string is the script of `["sh", "-c", "script"]`.
fn is_shell_text(instruction: &Instruction, place: TextRange) -> bool {
    let Some(Form::Exec(items)) = instruction.command().map(|command| &command.form) else {
        return false;
    };
    let [shell, flags, script, ..] = items.as_slice() else {
        return false;
    };
    let program = shell.value.rsplit('/').next().unwrap_or_default();
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
        && flags.value.starts_with('-')
        && flags.value.ends_with('c')
        && script.range.contains_range(place)
}

/// The names behind `$` and `${` of a text that a shell expands. `quotes`: whether single quotes keep it from that.
fn shell_places(text: &str, quotes: bool) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let (mut single, mut double) = (false, false);
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' if !single => {
                chars.next();
            }
            '"' if quotes && !single => double = !double,
            '\'' if quotes && !double => single = !single,
            '$' if !single => {
                let rest = text.get(at + 1..).unwrap_or_default();
                let inner = match rest.strip_prefix('{') {
                    Some(braced) => braced.trim_start_matches(['#', '!']),
                    None => rest,
                };
                let start = text.len() - inner.len();
                let name = identifier(inner);
                if !name.is_empty() {
                    places.push(start..start + name.len());
                }
            }
            _ => {}
        }
    }
    places
}

/// The names in an arithmetic expression.
fn arithmetic_places(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let is_part = |char: char| char.is_alphanumeric() || char == '_';
        let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if is_name(word) {
            places.push(at..at + length);
        }
        at += match length {
            0 => rest.chars().next().map_or(1, char::len_utf8),
            length => length,
        };
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing;

    /// Each mention as its name, with a sign for its role: `=` set by ARG, `:=` set by ENV, `?` read, `~` read later,
    /// `!` the script's own.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            testing::with_file(&text, |file| {
                let shown = |mention: &Mention| {
                    let sign = match mention.role {
                        Role::Sets(WriteKind::Arg) => "=",
                        Role::Sets(WriteKind::Env) => ":=",
                        Role::Read => "?",
                        Role::ReadLater => "~",
                        Role::Own => "!",
                    };
                    format!("{}{sign}", mention.name)
                };
                let found = mentions(file.analysis);
                let list: Vec<String> = found.iter().map(shown).collect();
                assert_eq!(list.join(" "), expected, "{text}");
                for mention in &found {
                    let written = file.analysis.text(mention.range);
                    let split = written.contains('\n');
                    assert!(split || written == mention.name, "{written} {mention:?}");
                }
            });
        }
    }

    #[test]
    fn instructions() {
        check("ARG a=1 b\nFROM $a${b:-$c} AS d\n", "a= b= a? b? c?");
        check(
            "FROM a\nENV b=$c \"d\"='$e' f=\\$g\nENV h i $j\n",
            "b:= c? d:= f:= h:= j?",
        );
        check(
            "FROM a\nCOPY --chown=$b [\"$c\\t$d\", \"/\"]\nLABEL e=$f\n",
            "b? c? d? f?",
        );
        check("FROM a\nONBUILD ARG b=$c\nONBUILD RUN $b\n", "b= c? b?");
        check("FROM a\nCOPY <<B <<\"C\" /\n$d \\$e\nB\n$f\nC\n", "d?");
        check(
            "FROM a\nENV b=${c:-\\\n$d}${e\\\nf} $g=h\n",
            "b:= c? d? ef? g?",
        );
        check("# escape=`\nFROM a\nENV b=`$c$d\n", "b:= d?");
        check(
            "FROM a\nCMD [\"$b\"]\nCMD [\"sh\", \"-c\", \"$b '$c' \\\"'$d'\\\"\"]\n",
            "b~ d~",
        );
    }

    #[test]
    fn scripts() {
        check(
            "FROM a\nRUN $b \"${c:-$d}\" '$e' $((f+0x1)) ${#g} ${h%%i}\n",
            "b? c? d? f? g? h?",
        );
        check("FROM a\nRUN $b; b=1; $b\nRUN $b\n", "b? b! b! b?");
        check("FROM a\nRUN for b in $c; do $b; done\n", "b! c? b!");
        check(
            "FROM a\nRUN export b c=1 && $c $b; read d; echo e\n",
            "b? c! c! b? d!",
        );
        check("FROM a\nRUN <<E\n$b\ncat <<F\n$c\nF\nE\n", "b? c?");
        check(
            "FROM a\nRUN cat <<B > d\n$c\nB\nRUN cat <<'B'\n$c\nB\n",
            "c?",
        );
        check("FROM a\nCMD $b\nHEALTHCHECK CMD $b\n", "b~ b~");
        check("FROM a\nRUN $b\\\nc \\\n# $d\n$e\n", "bc? e?");
        check("FROM a\nSHELL [\"pwsh\"]\nRUN $b\n", "");
    }

    #[test]
    fn every_place_is_named_there() {
        testing::samples(|_, file| {
            for mention in mentions(file.analysis) {
                let written = file.analysis.text(mention.range);
                assert!(
                    written == mention.name || written.contains('\n'),
                    "{written} {mention:?}"
                );
            }
        });
    }
}
