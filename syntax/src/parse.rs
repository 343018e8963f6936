//! The driver: physical lines to instructions to a tree.

use std::collections::HashMap;
use std::ops::Range;

use rowan::GreenNode;

use crate::SyntaxKind::{self, *};
use crate::directive::{self, Name};
use crate::emit::Emitter;
use crate::grammar::{self, LogicalError, Memory, Outcome};
use crate::heredoc::Operator;
use crate::logical::{
    Lines, LogicalLine, MAX_LINE, PhysicalLine, text_range, trim_end, trim_start,
};
use crate::reuse::Earlier;
use crate::shell::Dialect;
use crate::tree_builder::TreeBuilder;
use crate::{SourceText, SyntaxNode, TextRange};

/// More errors than this aren't kept: nobody reads them, and a broken file of some megabytes has millions.
pub(crate) const MAX_ERRORS: usize = 1000;

/// The result of parsing: a tree and what is wrong with the text. `Send` and cheap to clone; red nodes are made on demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parse {
    pub(crate) green: GreenNode,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) escape: char,
    /// The shell that each instruction was read for.
    pub(crate) dialects: Vec<Option<Dialect>>,
}

/// Something that BuildKit's parser or instruction layer refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in bytes of the source.
    pub range: TextRange,
    /// What, in words for a person.
    pub message: String,
}

impl Parse {
    /// The root of the tree.
    pub fn root(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }

    /// The root of the tree, for a walk over all of it.
    pub fn green(&self) -> crate::GreenNodeRef<'_> {
        crate::GreenNodeRef::new(&self.green, 0.into())
    }

    /// What is wrong, in source order. A file without errors is accepted by BuildKit's parser and instruction layer.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The escape token of the file: a backslash, or a backquote by directive.
    pub fn escape(&self) -> char {
        self.escape
    }
}

/// Parses a file. Never fails: the tree's text equals the source for every input.
pub fn parse(source: &SourceText) -> Parse {
    parse_file(source.as_str(), None)
}

/// Parses a file that was edited: gives what [`parse`] gives, and takes over the instructions of the earlier file that it
/// still has. `parse` is the parse of `earlier`.
pub fn parse_edited(source: &SourceText, earlier: &SourceText, parse: &Parse) -> Parse {
    parse_file(source.as_str(), Some(Earlier::new(earlier.as_str(), parse)))
}

fn parse_file(source: &str, earlier: Option<Earlier<'_>>) -> Parse {
    let mut parser = Parser {
        source,
        lines: Lines { source, at: 0 },
        builder: TreeBuilder::new(),
        line: LogicalLine::default(),
        logical_errors: Vec::new(),
        memory: Memory::default(),
        errors: Vec::new(),
        escape: '\\',
        directives: Some([false; 3]),
        shells: Shells::default(),
        instructions: 0,
        stages: 0,
        dialects: Vec::new(),
        earlier,
    };
    parser.builder.start_node(ROOT);
    parser.file();
    let mut errors = parser.errors;
    errors.sort_by_key(|error| error.range.start());
    Parse {
        green: parser.builder.finish(),
        errors,
        escape: parser.escape,
        dialects: parser.dialects,
    }
}

struct Parser<'s> {
    source: &'s str,
    lines: Lines<'s>,
    builder: TreeBuilder,
    line: LogicalLine,
    logical_errors: Vec<LogicalError>,
    memory: Memory,
    errors: Vec<SyntaxError>,
    escape: char,
    /// Which directives were seen; `None` behind the directive block.
    directives: Option<[bool; 3]>,
    shells: Shells,
    instructions: usize,
    stages: usize,
    dialects: Vec<Option<Dialect>>,
    earlier: Option<Earlier<'s>>,
}

impl Parser<'_> {
    fn file(&mut self) {
        const BOM_TEXT: &str = "\u{feff}";
        let mut bom = 0;
        if self.source.starts_with(BOM_TEXT) {
            bom = BOM_TEXT.len();
            self.plain(BOM, 0..bom);
        }
        while let Some(mut line) = self.lines.next() {
            self.check_length(line);
            // The mark is no part of the first line, but counts for its length.
            line.start = line.start.max(bom);
            line.content_end = line.content_end.max(bom);
            let content = line.content(self.source);
            let text = trim_start(content);
            let start = line.content_end - text.len();
            if self.directive(line, start, text) {
                continue;
            }
            if text.is_empty() || text.starts_with('#') {
                self.builder.trivia(self.source, line.start..line.end);
            } else {
                self.plain(INDENT, line.start..start);
                self.dialects.push(self.shells.current);
                if !self.reuse(start) {
                    self.instruction(line);
                }
            }
        }
        let whole = text_range(0..self.source.len());
        if self.instructions == 0 {
            self.error(whole, "no instruction in this file");
        } else if self.stages == 0 {
            self.error(whole, "no FROM in this file");
        }
    }

    /// Emits a stretch of the source as one token; an empty one gives nothing.
    fn plain(&mut self, kind: SyntaxKind, range: Range<usize>) {
        self.builder.plain(kind, self.source, range);
    }

    fn error(&mut self, range: TextRange, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError {
                range,
                message: message.into(),
            });
        }
    }

    /// BuildKit's scanner stops at a long line, wherever it stands.
    fn check_length(&mut self, line: PhysicalLine) {
        if line.is_too_long(self.source) {
            let range = text_range(line.start..line.content_end.max(line.start));
            self.error(range, format!("the line is longer than {MAX_LINE} bytes"));
        }
    }

    /// Emits a line of the directive block; `false` if the line is none. `text` starts at `start`.
    fn directive(&mut self, line: PhysicalLine, start: usize, text: &str) -> bool {
        let Some(seen) = &mut self.directives else {
            return false;
        };
        let Some(directive) = directive::read(text) else {
            self.directives = None;
            return false;
        };
        let repeated = seen
            .get_mut(directive.name as usize)
            .is_some_and(|seen| std::mem::replace(seen, true));
        let value = text.get(directive.value.clone()).unwrap_or_default();
        let range = text_range(start..line.content_end);
        if repeated {
            self.error(range, "the same directive is given twice");
        } else {
            match directive.name {
                Name::Escape => match value {
                    "\\" => {}
                    "`" => {
                        self.escape = '`';
                        self.shells.default = None;
                        self.shells.current = None;
                    }
                    _ => self.error(range, "the escape token is either \\ or `"),
                },
                Name::Syntax if !directive::is_known_frontend(value) => {
                    self.shells.default = None;
                    self.shells.current = None;
                }
                Name::Syntax | Name::Check => {}
            }
        }
        let at = |offset: usize| start + offset;
        let name = at(directive.name_range.start)..at(directive.name_range.end);
        let value = at(directive.value.start)..at(directive.value.end);
        let equals = at(directive.equals)..at(directive.equals) + 1;
        self.plain(INDENT, line.start..start);
        self.builder.start_node(DIRECTIVE);
        self.plain(HASH, start..start + 1);
        self.plain(WHITESPACE, start + 1..name.start);
        self.plain(KEYWORD, name.clone());
        self.plain(WHITESPACE, name.end..equals.start);
        self.plain(EQ, equals.clone());
        self.plain(WHITESPACE, equals.end..value.start);
        self.plain(TEXT, value.clone());
        self.plain(WHITESPACE, value.end..line.content_end);
        self.plain(EOL, line.content_end..line.end);
        self.builder.finish_node();
        true
    }

    /// Takes an instruction over from the earlier file, if it has the same one. Before the first FROM each is an error.
    fn reuse(&mut self, start: usize) -> bool {
        let (Some(earlier), 1..) = (&mut self.earlier, self.stages) else {
            return false;
        };
        let text = self.source.get(start..).unwrap_or_default();
        let Some((node, length)) = earlier.find(text, self.escape, self.shells.current) else {
            return false;
        };
        self.builder.node(node);
        self.lines.at = start + length;
        self.instructions += 1;
        true
    }

    /// Reads one instruction with its heredocs.
    fn instruction(&mut self, first: PhysicalLine) {
        let before = self.lines.at;
        self.line.read(first, &mut self.lines, self.escape);
        if self.lines.at - before > MAX_LINE {
            let source = self.source.get(..self.lines.at).unwrap_or_default();
            for line in (Lines { source, at: before }) {
                self.check_length(line);
            }
        }
        let text = self.line.text(self.source);
        self.logical_errors.clear();
        self.builder.start_node(UNKNOWN_INSTRUCTION);
        let mut emitter = Emitter::new(self.source, &self.line, &mut self.builder);
        let outcome = grammar::instruction(
            text,
            self.escape,
            self.shells.current,
            &mut emitter,
            &mut self.logical_errors,
            &mut self.memory,
        );
        emitter.end();
        self.shells.follow(text, &outcome);
        self.instructions += 1;
        self.stages += usize::from(outcome.kind == FROM);
        let end = self
            .line
            .source_range(self.line.segments().saturating_sub(1))
            .end;
        if self.stages == 0 && !matches!(outcome.kind, ARG | UNKNOWN_INSTRUCTION) {
            let range = self.line.to_source(0..trim_end(text).len());
            self.error(range, "only ARG may stand before the first FROM");
        }
        let room = MAX_ERRORS.saturating_sub(self.errors.len());
        for (range, message) in self.logical_errors.drain(..).take(room) {
            self.errors.push(SyntaxError {
                range: self.line.to_source(range),
                message,
            });
        }
        self.builder.trivia(self.source, end..self.lines.at);
        let keyword_line = text_range(first.start..first.content_end);
        for operator in &outcome.heredocs {
            if !self.heredoc(operator, &outcome, keyword_line) {
                break;
            }
        }
        self.builder.finish_node_as(outcome.kind);
    }

    /// Reads the body of one heredoc and the line that ends it; `false` if the file ends before.
    fn heredoc(&mut self, operator: &Operator, outcome: &Outcome, line: TextRange) -> bool {
        let start = self.lines.at;
        let mut terminator = None;
        while let Some(line) = self.lines.next() {
            self.check_length(line);
            let content = line.content(self.source);
            let text = if operator.chomp {
                content.trim_start_matches('\t')
            } else {
                content
            };
            if text == operator.name {
                terminator = Some((line, line.content_end - text.len()));
                break;
            }
        }
        let body = start..terminator.map_or(self.lines.at, |(line, _)| line.start);
        self.builder.start_node(HEREDOC);
        self.body(operator, outcome, body);
        match terminator {
            Some((line, name)) => {
                self.plain(INDENT, line.start..name);
                self.plain(HEREDOC_END, name..line.content_end);
                self.plain(EOL, line.content_end..line.end);
            }
            None => self.error(
                line,
                format!(
                    "the heredoc that this line opens is never closed by a line `{}`",
                    operator.name
                ),
            ),
        }
        self.builder.finish_node();
        terminator.is_some()
    }

    fn body(&mut self, operator: &Operator, outcome: &Outcome, body: Range<usize>) {
        let text = self.source.get(body.clone()).unwrap_or_default();
        let dialect = self
            .shells
            .current
            .filter(|_| outcome.body_is_script && outcome.heredocs.len() == 1);
        let Some(dialect) = dialect else {
            self.plain(HEREDOC_TEXT, body);
            return;
        };
        if operator.chomp {
            self.line.read_chomped(self.source, body.clone());
        } else {
            self.line.read_plain(self.source, body.clone());
        }
        let shown = self.line.text(self.source);
        if text.is_empty() || shown.starts_with("#!") {
            self.plain(HEREDOC_TEXT, body);
            return;
        }
        // Tabs before the first line come before the first stretch.
        let first = self.line.source_range(0).start;
        self.builder.plain(INDENT, self.source, body.start..first);
        let mut emitter = Emitter::new(self.source, &self.line, &mut self.builder);
        grammar::shell_text(shown, Some(dialect), &mut emitter);
        emitter.end();
    }
}

/// Which shell the shell texts of a stage are written for.
#[derive(Debug)]
struct Shells {
    /// The shell of an image that nothing is known of; `None` where it isn't one that can be parsed.
    default: Option<Dialect>,
    /// The shell of the current stage so far.
    current: Option<Dialect>,
    /// The name of the current stage, in lower case.
    name: Option<String>,
    /// The shells at the end of the earlier stages, by name.
    stages: HashMap<String, Option<Dialect>>,
}

impl Default for Shells {
    fn default() -> Self {
        Self {
            default: Some(Dialect::Posix),
            current: Some(Dialect::Posix),
            name: None,
            stages: HashMap::new(),
        }
    }
}

impl Shells {
    /// Takes notice of `FROM` and `SHELL`.
    fn follow(&mut self, text: &str, outcome: &Outcome) {
        let slice = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        if let Some((image, name)) = &outcome.stage {
            if let Some(name) = self.name.take() {
                self.stages.insert(name, self.current);
            }
            let image = slice(image);
            self.current = self.stages.get(image).copied().unwrap_or(self.default);
            self.name = name.as_ref().map(|name| grammar::to_lower(slice(name)));
        } else if let Some(array) = &outcome.shell {
            let words: Vec<String> = grammar::json::strings(slice(array)).collect();
            self.current = dialect(&words);
        }
    }
}

/// The language of a shell by its command line: `/bin/sh -c`, `/bin/bash -o pipefail -c`, or a launcher before one of these
/// (`conda run -n env /bin/bash -c`).
fn dialect(words: &[String]) -> Option<Dialect> {
    let program = |word: &String| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        match name.trim_end_matches(".exe") {
            "sh" | "dash" | "ash" | "busybox" => Some(Dialect::Posix),
            "bash" | "ksh" | "zsh" => Some(Dialect::Bash),
            _ => None,
        }
    };
    let at = words.iter().rposition(|word| program(word).is_some())?;
    let takes_command = words
        .get(at + 1..)
        .and_then(<[String]>::last)
        .is_some_and(|last| last.starts_with('-') && last.contains('c'));
    words.get(at).filter(|_| takes_command).and_then(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_shells() {
        let check = |words: &[&str], expected: Option<Dialect>| {
            let words: Vec<String> = words.iter().map(|&w| w.to_owned()).collect();
            assert_eq!(dialect(&words), expected, "{words:?}");
        };
        check(&["/bin/sh", "-c"], Some(Dialect::Posix));
        check(&["/bin/bash", "-o", "pipefail", "-c"], Some(Dialect::Bash));
        check(&["bash", "-euxo", "pipefail", "-c"], Some(Dialect::Bash));
        check(
            &["conda", "run", "-n", "x", "/bin/bash", "-c"],
            Some(Dialect::Bash),
        );
        check(&["/bin/bash", "-lc"], Some(Dialect::Bash));
        check(&["powershell", "-Command"], None);
        check(&["cmd", "/S", "/C"], None);
        check(&["/bin/bash"], None);
        check(&["python", "-c"], None);
    }
}
