//! The one flat enumeration of everything that can stand in a tree.

/// The kind of a token or node. Tokens first, nodes after [`SyntaxKind::ROOT`].
///
/// Lexers keep their own private enumerations and map to this one, so that a lexer can change without changing it.
#[allow(
    non_camel_case_types,
    missing_docs,
    reason = "rowan's convention for kinds; names are the documentation"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum SyntaxKind {
    // ---- trivia: may stand between any two tokens of an instruction, and even inside one
    /// The UTF-8 byte order mark at the start of a file.
    BOM,
    /// Blanks that are no line end, inside the text that the builder sees.
    WHITESPACE,
    /// Blanks at the start of a physical line that the builder strips or skips: before an instruction, a directive or a
    /// comment, on a blank line, and the tabs that `<<-` removes.
    INDENT,
    /// One line end with the carriage returns before it (`\r*\n`, or trailing `\r` at the end of the file).
    EOL,
    /// The escape token that continues a line, the blanks after it, and the line end.
    CONTINUATION,
    /// A builder comment: a whole physical line from `#` to before its line end.
    COMMENT,

    // ---- instruction level
    /// The `#` of a parser directive.
    HASH,
    KEYWORD,
    /// `AS` in `FROM`, `CMD`/`NONE` in `HEALTHCHECK`.
    SUB_KEYWORD,
    /// Plain text of a word, flag or value; quotes and escapes included.
    TEXT,
    /// A `$name` or `${...}` that the builder expands.
    VARIABLE,
    /// `=` between name and value.
    EQ,
    /// `--` that ends the flags.
    DASH_DASH,
    L_BRACKET,
    R_BRACKET,
    COMMA,
    JSON_STRING,
    /// The lines between a heredoc operator's logical line and its terminator, where they aren't a shell script.
    HEREDOC_TEXT,
    /// The terminator line, without its line end; the leading tabs of `<<-` are WHITESPACE before it.
    HEREDOC_END,
    /// Text that is not understood: a shell dfix doesn't parse, or an argument of an unknown instruction.
    OPAQUE_TEXT,

    // ---- shell level
    /// Unquoted characters of a shell word, backslash escapes included.
    SH_LITERAL,
    /// `'...'` with its quotes.
    SH_SINGLE_QUOTED,
    /// `$'...'` with its quotes (bash).
    SH_ANSI_QUOTED,
    /// The opening or closing `"` of a double-quoted part (also `$"`).
    SH_QUOTE,
    /// `$x`, `$1`, `$?` as a whole; braces make a SH_EXPANSION node instead.
    SH_VARIABLE,
    /// `${`, `$(`, `$((`, a backquote, `<(`, `>(`: what opens an expansion.
    SH_OPEN,
    /// What closes an expansion.
    SH_CLOSE,
    /// The parameter name of `${name...}`, with `#` or `!` before it; the variable of `for` and `select`.
    SH_NAME,
    /// Raw text inside `${...}` or `$((...))` that is not a word or another expansion.
    SH_RAW,
    /// Reserved word: `if then elif else fi for while until do done case esac in function { } ! [[ ]] time coproc select`.
    SH_KEYWORD,
    /// `&&`, `||`
    SH_AND_IF,
    SH_OR_IF,
    /// `|`, `|&`
    SH_PIPE,
    /// `;`, `&`, a newline that ends a command (heredoc bodies only), `;;`, `;&`, `;;&`
    SH_SEMI,
    SH_BACKGROUND,
    SH_NEWLINE,
    SH_CASE_END,
    SH_L_PAREN,
    SH_R_PAREN,
    /// `<`, `>`, `>>`, `<<`, `<<-`, `<<<`, `<>`, `>|`, `<&`, `>&`, `&>`, `&>>` with the descriptor before it.
    SH_REDIRECT_OP,
    /// A shell comment inside the text that the shell sees (not a builder comment).
    SH_COMMENT,
    /// `name=` or `name+=` of an assignment.
    SH_ASSIGN_NAME,
    /// The body and terminator of a heredoc that the shell itself reads.
    SH_HEREDOC_TEXT,
    SH_HEREDOC_END,
    /// A byte sequence that fits nowhere.
    ERROR,

    // ---- nodes: file and instructions
    ROOT,
    /// `# escape=`, `# syntax=`, `# check=` in the directive block.
    DIRECTIVE,
    FROM,
    RUN,
    CMD,
    LABEL,
    MAINTAINER,
    EXPOSE,
    ENV,
    ADD,
    COPY,
    ENTRYPOINT,
    VOLUME,
    USER,
    WORKDIR,
    ARG,
    ONBUILD,
    STOPSIGNAL,
    HEALTHCHECK,
    SHELL,
    UNKNOWN_INSTRUCTION,
    /// `--name=value`
    FLAG,
    FLAG_NAME,
    FLAG_VALUE,
    /// One argument word of COPY, ADD, EXPOSE, VOLUME; the single value of WORKDIR, USER, STOPSIGNAL, MAINTAINER.
    ARGUMENT,
    IMAGE,
    STAGE_NAME,
    /// `name=value`, `name value` (legacy) or `name` in ENV, LABEL, ARG.
    PAIR,
    PAIR_NAME,
    PAIR_VALUE,
    JSON_ARRAY,
    /// A heredoc body with its terminator and line ends.
    HEREDOC,
    /// A shell text that is not parsed: another shell, or a text that the grammar gave up on.
    OPAQUE,

    // ---- nodes: shell
    /// Around a SCRIPT that only bash accepts, where the shell is the default one, /bin/sh.
    BASHISM,
    /// A list of AND_OR with their separators.
    SCRIPT,
    AND_OR,
    PIPELINE,
    /// A simple command: assignments, words and redirections.
    COMMAND,
    ASSIGNMENT,
    /// `name=(...)`
    ARRAY,
    WORD,
    DOUBLE_QUOTED,
    /// `${...}`
    EXPANSION,
    /// `$(...)`, backquotes, `<(...)`, `>(...)`
    SUBSTITUTION,
    /// `$((...))`, `$[...]`
    ARITHMETIC,
    REDIRECT,
    SH_HEREDOC,
    SUBSHELL,
    GROUP,
    IF,
    FOR,
    /// Both `while` and `until`.
    WHILE,
    CASE,
    CASE_ITEM,
    FUNCTION,
    /// `[[ ... ]]`
    TEST,
    /// `(( ... ))`
    ARITHMETIC_COMMAND,
    /// `coproc`, `select`, `time` with a compound, and other constructs that no rule touches.
    OTHER_COMPOUND,

    #[doc(hidden)]
    LAST,
}

impl SyntaxKind {
    /// Whether the kind may stand between any two tokens without meaning.
    pub fn is_trivia(self) -> bool {
        matches!(
            self,
            Self::BOM
                | Self::WHITESPACE
                | Self::INDENT
                | Self::EOL
                | Self::CONTINUATION
                | Self::COMMENT
        )
    }

    /// Whether the builder sees a token of this kind: it is part of the logical line, not of what is dropped on the way
    /// to it (A.3, A.4).
    pub fn is_logical(self) -> bool {
        !self.is_trivia() || self == Self::WHITESPACE
    }

    /// Whether a node of this kind is an instruction.
    pub fn is_instruction(self) -> bool {
        (Self::FROM..=Self::UNKNOWN_INSTRUCTION).contains(&self)
    }
}

impl From<SyntaxKind> for rowan::SyntaxKind {
    fn from(kind: SyntaxKind) -> Self {
        Self(kind as u16)
    }
}

/// rowan's language tag for this tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DockerfileLanguage {}

impl rowan::Language for DockerfileLanguage {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        KINDS
            .get(usize::from(raw.0))
            .copied()
            .unwrap_or(SyntaxKind::ERROR)
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        kind.into()
    }
}

/// A node of the tree.
pub type SyntaxNode = rowan::SyntaxNode<DockerfileLanguage>;
/// A token of the tree.
pub type SyntaxToken = rowan::SyntaxToken<DockerfileLanguage>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<DockerfileLanguage>;

/// All kinds by their number; the test below holds it in step with the enumeration.
const KINDS: [SyntaxKind; SyntaxKind::LAST as usize] = {
    use SyntaxKind::*;
    [
        BOM,
        WHITESPACE,
        INDENT,
        EOL,
        CONTINUATION,
        COMMENT,
        HASH,
        KEYWORD,
        SUB_KEYWORD,
        TEXT,
        VARIABLE,
        EQ,
        DASH_DASH,
        L_BRACKET,
        R_BRACKET,
        COMMA,
        JSON_STRING,
        HEREDOC_TEXT,
        HEREDOC_END,
        OPAQUE_TEXT,
        SH_LITERAL,
        SH_SINGLE_QUOTED,
        SH_ANSI_QUOTED,
        SH_QUOTE,
        SH_VARIABLE,
        SH_OPEN,
        SH_CLOSE,
        SH_NAME,
        SH_RAW,
        SH_KEYWORD,
        SH_AND_IF,
        SH_OR_IF,
        SH_PIPE,
        SH_SEMI,
        SH_BACKGROUND,
        SH_NEWLINE,
        SH_CASE_END,
        SH_L_PAREN,
        SH_R_PAREN,
        SH_REDIRECT_OP,
        SH_COMMENT,
        SH_ASSIGN_NAME,
        SH_HEREDOC_TEXT,
        SH_HEREDOC_END,
        ERROR,
        ROOT,
        DIRECTIVE,
        FROM,
        RUN,
        CMD,
        LABEL,
        MAINTAINER,
        EXPOSE,
        ENV,
        ADD,
        COPY,
        ENTRYPOINT,
        VOLUME,
        USER,
        WORKDIR,
        ARG,
        ONBUILD,
        STOPSIGNAL,
        HEALTHCHECK,
        SHELL,
        UNKNOWN_INSTRUCTION,
        FLAG,
        FLAG_NAME,
        FLAG_VALUE,
        ARGUMENT,
        IMAGE,
        STAGE_NAME,
        PAIR,
        PAIR_NAME,
        PAIR_VALUE,
        JSON_ARRAY,
        HEREDOC,
        OPAQUE,
        BASHISM,
        SCRIPT,
        AND_OR,
        PIPELINE,
        COMMAND,
        ASSIGNMENT,
        ARRAY,
        WORD,
        DOUBLE_QUOTED,
        EXPANSION,
        SUBSTITUTION,
        ARITHMETIC,
        REDIRECT,
        SH_HEREDOC,
        SUBSHELL,
        GROUP,
        IF,
        FOR,
        WHILE,
        CASE,
        CASE_ITEM,
        FUNCTION,
        TEST,
        ARITHMETIC_COMMAND,
        OTHER_COMPOUND,
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_order() {
        for (number, &kind) in KINDS.iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}
