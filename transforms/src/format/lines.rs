//! The physical lines of an instruction, and which blanks in them are layout.
//!
//! A blank is layout when it stands in the tree as WHITESPACE: the grammars keep blanks that mean something inside the
//! tokens of words, quotes and values. Where a line is broken, the blanks on both sides of the break are one stretch for
//! the builder and the shell; there is layout to change only if that stretch is not empty, or may be as well as not.

use dfix_syntax::SyntaxKind::{self, *};
use dfix_syntax::{GreenNodeRef, GreenTokenRef, NodeOrToken, TextRange, TextSize};

use crate::Edit;

/// A physical line of an instruction, heredoc bodies aside.
#[derive(Debug)]
pub(super) struct Line {
    /// The blanks that it begins with.
    pub(super) indent: TextRange,
    /// What stands on it.
    pub(super) content: Content,
    /// Whether its indentation is layout. The first line of an instruction has none.
    pub(super) free: bool,
    /// The blanks before the escape token at its end, where they are layout.
    pub(super) gap: Option<TextRange>,
}

/// What stands on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// The keyword of the instruction.
    Keyword,
    /// A part of the instruction.
    Part(Place),
    /// A comment line, which the builder drops.
    Comment,
    /// The escape token alone.
    Escape,
    /// Nothing.
    Blank,
}

/// Where the first thing on a continued line belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The construct that it is a direct part of.
    pub(super) parent: SyntaxKind,
    /// Where that starts.
    pub(super) start: TextSize,
    /// What it is in that construct.
    pub(super) role: Role,
    /// Whether the construct is inside of another command: a list in a loop, a substitution.
    pub(super) inner: bool,
}

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// `&&` or `||`.
    Connective,
    /// What closes or divides a construct: `fi`, `then`, `;`, `)`, `]`.
    Closer,
    /// A command, an operand, an argument.
    Item,
}

/// An instruction as the layout sees it.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    /// The lines in order, one at least.
    pub(super) lines: Vec<Line>,
    /// Edits inside lines, sorted.
    pub(super) inside: Vec<Edit>,
    /// Where the first argument stands on the line of the keyword, if it does.
    pub(super) argument: Option<TextSize>,
    /// The blanks at the end of the last line, where they may go.
    pub(super) trailing: Option<TextRange>,
    /// Whether the end is a break that nothing follows, and blanks there would be layout.
    pub(super) dangling: bool,
}

/// Reads an instruction. With `verbatim` no blank inside it is layout.
pub(super) fn sketch(node: GreenNodeRef<'_>, verbatim: bool, escape: char) -> Sketch {
    let mut reader = Reader {
        escape,
        verbatim,
        sketch: Sketch::default(),
        path: vec![(node.kind(), node.range().start())],
        blanks: None,
        previous: None,
        pending: None,
        at_start: false,
    };
    reader.open(node.range().start(), Content::Keyword);
    reader.node(node);
    match &reader.pending {
        Some(pending) => reader.sketch.dangling = pending.separates && !verbatim,
        None => reader.end(),
    }
    reader.sketch
}

struct Reader<'t> {
    escape: char,
    verbatim: bool,
    sketch: Sketch,
    /// The nodes around the current token: their kinds and where they start.
    path: Vec<(SyntaxKind, TextSize)>,
    /// The blanks since the last token with a meaning, if they are on the current line.
    blanks: Option<GreenTokenRef<'t>>,
    /// The last token with a meaning.
    previous: Option<GreenTokenRef<'t>>,
    /// A break since the last token with a meaning.
    pending: Option<Pending>,
    /// Whether nothing stands on the current line yet.
    at_start: bool,
}

/// A break of the logical line whose other side isn't known yet.
struct Pending {
    /// The line that it ends.
    line: usize,
    /// The blanks before its escape token, maybe none.
    gap: TextRange,
    /// Whether there are blanks on either side.
    separates: bool,
    /// Whether there is something in them that not everyone takes for a blank.
    strange: bool,
}

impl<'t> Reader<'t> {
    /// The grammars bound the depth of a tree.
    fn node(&mut self, node: GreenNodeRef<'t>) {
        let mut before = None;
        for child in node.children() {
            let (kind, start) = match child {
                NodeOrToken::Node(child) => (child.kind(), child.range().start()),
                NodeOrToken::Token(token) => (token.kind(), token.range().start()),
            };
            if kind == HEREDOC {
                continue;
            }
            if !kind.is_trivia() {
                if let Some(before) = before {
                    self.spacing(node.kind(), before, kind, start);
                }
                before = Some(kind);
            }
            match child {
                NodeOrToken::Node(child) => {
                    self.path.push((kind, start));
                    self.node(child);
                    self.path.pop();
                }
                NodeOrToken::Token(token) => self.token(token),
            }
        }
    }

    /// Whether blanks at an offset matter to somebody, although the grammars see none inside the tokens there.
    fn is_verbatim(&self, at: TextSize) -> bool {
        let mut around = self.path.iter().skip(1);
        let instruction = self.path.first().map(|(kind, _)| *kind);
        let inside = around.any(|(kind, start)| {
            *start < at
                && match *kind {
                    // A word is left alone with all that it holds.
                    WORD | ASSIGNMENT => true,
                    // These texts are stored in the image.
                    SCRIPT | BASHISM => matches!(instruction, Some(CMD | ENTRYPOINT | HEALTHCHECK)),
                    // And so is the trigger of an ONBUILD.
                    kind => kind.is_instruction(),
                }
        });
        self.verbatim || inside
    }

    fn token(&mut self, token: GreenTokenRef<'t>) {
        let range = token.range();
        match token.kind() {
            WHITESPACE => {
                if self.at_start {
                    self.indent(range);
                }
                if let Some(pending) = &mut self.pending {
                    pending.separates = true;
                    pending.strange |= is_strange(token);
                }
                self.blanks = Some(token);
            }
            CONTINUATION => self.continuation(range),
            INDENT => self.indent(range),
            COMMENT => {
                if let Some(line) = self.sketch.lines.last_mut() {
                    line.content = Content::Comment;
                }
            }
            EOL if self.pending.is_some() => self.open(range.end(), Content::Blank),
            EOL => self.end(),
            BOM => {}
            _ => self.part(token),
        }
    }

    fn open(&mut self, start: TextSize, content: Content) {
        self.sketch.lines.push(Line {
            indent: TextRange::empty(start),
            content,
            free: false,
            gap: None,
        });
        self.at_start = true;
        self.blanks = None;
    }

    fn indent(&mut self, range: TextRange) {
        if let Some(line) = self.sketch.lines.last_mut() {
            line.indent = range;
        }
    }

    fn continuation(&mut self, range: TextRange) {
        if self.at_start
            && let Some(line) = self.sketch.lines.last_mut()
            && line.content == Content::Blank
        {
            line.content = Content::Escape;
        }
        if self.pending.is_none() {
            self.pending = Some(Pending {
                line: self.sketch.lines.len().saturating_sub(1),
                gap: self
                    .blanks
                    .map_or(TextRange::empty(range.start()), GreenTokenRef::range),
                separates: self.blanks.is_some(),
                strange: self.blanks.is_some_and(is_strange),
            });
        }
        self.open(range.end(), Content::Blank);
    }

    /// A token with a meaning.
    fn part(&mut self, token: GreenTokenRef<'t>) {
        if let Some(pending) = self.pending.take() {
            self.close(&pending, token);
        }
        if self.at_start && self.sketch.lines.len() > 1 {
            let place = self.place(token);
            if let Some(line) = self.sketch.lines.last_mut() {
                line.content = Content::Part(place);
            }
        }
        if self.sketch.argument.is_none()
            && self.sketch.lines.len() == 1
            && token.kind() != KEYWORD
            && !self.path.iter().any(|(kind, _)| *kind == FLAG)
        {
            self.sketch.argument = Some(token.range().start());
        }
        self.at_start = false;
        self.blanks = None;
        self.previous = Some(token);
    }

    /// Decides about a break when it is known what follows.
    fn close(&mut self, pending: &Pending, next: GreenTokenRef<'t>) {
        // A continuation may stand above the keyword.
        let Some(previous) = self.previous else {
            return;
        };
        let joins =
            previous.kind() != next.kind() && (is_separator(previous) || is_separator(next));
        let is_layout = !pending.strange && (pending.separates || joins);
        if !is_layout || self.is_verbatim(pending.gap.start()) {
            return;
        }
        let lines = self.sketch.lines.get_mut(pending.line..);
        for (number, line) in lines.unwrap_or_default().iter_mut().enumerate() {
            match number {
                0 => line.gap = Some(pending.gap),
                _ => line.free = true,
            }
        }
    }

    /// The end of the instruction, before heredocs.
    fn end(&mut self) {
        // Without the blanks, an escape token at the end would continue the line.
        let escapes = |token: GreenTokenRef<'_>| token.text().ends_with(self.escape);
        if let Some(blanks) = self.blanks.take()
            && !is_strange(blanks)
            && !self.previous.is_some_and(escapes)
        {
            self.sketch.trailing = Some(blanks.range());
        }
    }

    /// What a token belongs to: the parent of the largest construct that begins with it.
    fn place(&self, token: GreenTokenRef<'_>) -> Place {
        let at = token.range().start();
        let inner = self.path.iter().skip(1).rev();
        let begun = inner.take_while(|(_, start)| *start == at).count();
        let around = self.path.len().saturating_sub(begun + 1);
        let (parent, start) = self.path.get(around).copied().unwrap_or((ROOT, at));
        let role = match token.kind() {
            SH_AND_IF | SH_OR_IF => Role::Connective,
            SH_KEYWORD | SH_SEMI | SH_R_PAREN | SH_CLOSE | R_BRACKET if begun == 0 => Role::Closer,
            _ => Role::Item,
        };
        let outside = self.path.get(..=around).unwrap_or_default();
        let scripts = outside.iter().filter(|(kind, _)| *kind == SCRIPT).count();
        Place {
            parent,
            start,
            role,
            inner: scripts > 1,
        }
    }

    /// Edits the blanks between two neighbours on one line: behind the keyword and flags, between the words of FROM, and
    /// in a JSON array.
    fn spacing(&mut self, parent: SyntaxKind, before: SyntaxKind, next: SyntaxKind, at: TextSize) {
        let wanted = match (parent, before, next) {
            (JSON_ARRAY, L_BRACKET, _) | (JSON_ARRAY, _, R_BRACKET | COMMA) => "",
            (JSON_ARRAY, COMMA, _) => " ",
            // Without blanks it is one word that a continuation breaks.
            (FROM, ..) | (_, KEYWORD | SUB_KEYWORD | FLAG, _)
                if parent.is_instruction() && self.blanks.is_some() =>
            {
                " "
            }
            _ => return,
        };
        let written = self.blanks.map_or("", GreenTokenRef::text);
        let is_layout =
            self.pending.is_none() && !self.blanks.is_some_and(is_strange) && !self.is_verbatim(at);
        if is_layout && written != wanted {
            let range = self
                .blanks
                .map_or(TextRange::empty(at), GreenTokenRef::range);
            self.sketch.inside.push(Edit::replace(range, wanted));
        }
    }
}

/// Whether blanks are not spaces and tabs only.
fn is_strange(blanks: GreenTokenRef<'_>) -> bool {
    let mut bytes = blanks.text().bytes();
    !bytes.all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Whether blanks may stand on both sides of a token where there are none.
fn is_separator(token: GreenTokenRef<'_>) -> bool {
    match token.kind() {
        // These may be in two parts, around a continuation.
        SH_AND_IF => token.text() == "&&",
        SH_OR_IF => token.text() == "||",
        SH_PIPE | SH_SEMI | L_BRACKET | COMMA | JSON_STRING => true,
        _ => false,
    }
}
