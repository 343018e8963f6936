//! Typed views of the shell part of the tree. The shapes are in the documentation of [`crate::shell`].
//!
//! Builder continuations, comments and blank lines may stand between any two shell tokens, and even inside one: the tree
//! then has several tokens of one kind where the shell sees one. The questions here skip them.

mod value;

pub use value::WordReader;

use rowan::ast::{AstChildren, AstNode, support};
use smol_str::SmolStr;

use crate::{DockerfileLanguage, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// Declares newtypes over a node of one kind.
macro_rules! views {
    ($($(#[$meta:meta])* $name:ident = $kind:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(SyntaxNode);

        impl AstNode for $name {
            type Language = DockerfileLanguage;

            fn can_cast(kind: SyntaxKind) -> bool {
                kind == SyntaxKind::$kind
            }

            fn cast(node: SyntaxNode) -> Option<Self> {
                Self::can_cast(node.kind()).then_some(Self(node))
            }

            fn syntax(&self) -> &SyntaxNode {
                &self.0
            }
        }
    )*};
}

views! {
    /// Commands with their separators.
    Script = SCRIPT;
    /// A script that bash accepts and dash refuses, where the shell is the default one.
    Bashism = BASHISM;
    /// Pipelines joined by `&&` and `||`.
    AndOr = AND_OR;
    /// Commands joined by `|`.
    Pipeline = PIPELINE;
    /// A simple command.
    Command = COMMAND;
    /// `name=value`.
    Assignment = ASSIGNMENT;
    /// `(a b)` after `name=`.
    Array = ARRAY;
    /// A word.
    Word = WORD;
    /// `"..."`.
    DoubleQuoted = DOUBLE_QUOTED;
    /// `${...}`.
    Expansion = EXPANSION;
    /// `$(...)`, backquotes, `<(...)`, `>(...)`.
    Substitution = SUBSTITUTION;
    /// `$((...))`.
    Arithmetic = ARITHMETIC;
    /// A redirection.
    Redirect = REDIRECT;
    /// The body of a heredoc that the shell reads.
    HereDocument = SH_HEREDOC;
    /// `( ... )`.
    Subshell = SUBSHELL;
    /// `{ ...; }`.
    Group = GROUP;
    /// `if ...; then ...; fi`.
    If = IF;
    /// `for name in words; do ...; done`.
    For = FOR;
    /// `while` or `until`.
    While = WHILE;
    /// `case word in ... esac`.
    Case = CASE;
    /// `pattern) ...;;`.
    CaseItem = CASE_ITEM;
    /// A function definition.
    Function = FUNCTION;
    /// `[[ ... ]]`.
    Test = TEST;
    /// `(( ... ))`.
    ArithmeticCommand = ARITHMETIC_COMMAND;
    /// `coproc`, `select`.
    OtherCompound = OTHER_COMPOUND;
}

/// What a shell text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ShellText {
    /// A script of the dialect that is in force.
    Script(Script),
    /// A script that only bash accepts, under a shell that may not be bash.
    Bashism(Script),
    /// Text that no rule may touch.
    Opaque(SyntaxNode),
}

impl ShellText {
    /// The shell text directly below a node, such as a RUN.
    pub fn of(parent: &SyntaxNode) -> Option<Self> {
        parent.children().find_map(Self::cast)
    }

    /// Views a SCRIPT, BASHISM or OPAQUE node.
    pub fn cast(node: SyntaxNode) -> Option<Self> {
        match node.kind() {
            SyntaxKind::SCRIPT => Some(Self::Script(Script(node))),
            SyntaxKind::BASHISM => support::child(&node).map(Self::Bashism),
            SyntaxKind::OPAQUE => Some(Self::Opaque(node)),
            _ => None,
        }
    }

    /// The script, if the shell in force is known to read the text as this tree shows it.
    pub fn script(&self) -> Option<&Script> {
        match self {
            Self::Script(script) => Some(script),
            Self::Bashism(_) | Self::Opaque(_) => None,
        }
    }
}

/// How one part of a list is joined to the part before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connector {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// A part of an [`AndOr`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// The operator before it, and its first token; none before the first step.
    pub connector: Option<(Connector, SyntaxToken)>,
    /// The part.
    pub pipeline: Pipeline,
}

/// A part of a [`Script`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// The part.
    pub and_or: AndOr,
    /// The SH_SEMI, SH_BACKGROUND or SH_NEWLINE that ends it; none where the script ends.
    pub separator: Option<SyntaxToken>,
}

impl Statement {
    /// Whether it ends with `&`.
    pub fn is_background(&self) -> bool {
        self.separator
            .as_ref()
            .is_some_and(|token| token.kind() == SyntaxKind::SH_BACKGROUND)
    }
}

impl Script {
    /// The parts in order.
    pub fn statements(&self) -> impl Iterator<Item = Statement> + use<> {
        let mut elements = self.0.children_with_tokens().peekable();
        std::iter::from_fn(move || {
            let and_or = elements
                .by_ref()
                .find_map(|element| element.into_node().and_then(AndOr::cast))?;
            let mut separator = None;
            while let Some(element) =
                elements.next_if(|element| !is_kind(element, SyntaxKind::AND_OR))
            {
                if separator.is_none() {
                    separator = element
                        .into_token()
                        .filter(|token| is_separator(token.kind()));
                }
            }
            Some(Statement { and_or, separator })
        })
    }

    /// The and-or lists in order.
    pub fn and_ors(&self) -> AstChildren<AndOr> {
        support::children(&self.0)
    }

    /// The only and-or list, if the script is one without any separator.
    pub fn only_and_or(&self) -> Option<AndOr> {
        let mut statements = self.statements();
        let only = statements
            .next()
            .filter(|statement| statement.separator.is_none())?;
        statements.next().is_none().then_some(only.and_or)
    }
}

impl Bashism {
    /// The script.
    pub fn script(&self) -> Option<Script> {
        support::child(&self.0)
    }
}

impl AndOr {
    /// The parts with the operators between them.
    pub fn steps(&self) -> impl Iterator<Item = Step> + use<> {
        let mut connector = None;
        self.0
            .children_with_tokens()
            .filter_map(move |element| match element {
                SyntaxElement::Token(token) => {
                    let kind = match token.kind() {
                        SyntaxKind::SH_AND_IF => Connector::And,
                        SyntaxKind::SH_OR_IF => Connector::Or,
                        _ => return None,
                    };
                    // One operator may be two tokens, around a continuation.
                    connector.get_or_insert((kind, token));
                    None
                }
                SyntaxElement::Node(node) => {
                    let pipeline = Pipeline::cast(node)?;
                    Some(Step {
                        connector: connector.take(),
                        pipeline,
                    })
                }
            })
    }

    /// The parts.
    pub fn pipelines(&self) -> AstChildren<Pipeline> {
        support::children(&self.0)
    }
}

impl Pipeline {
    /// The commands in order; empty for bash's bare `!` and `time`.
    pub fn commands(&self) -> impl Iterator<Item = AnyCommand> + use<> {
        self.0.children().filter_map(AnyCommand::cast)
    }

    /// The only command, if there is no `|` and no `!` or `time`.
    pub fn only_command(&self) -> Option<AnyCommand> {
        let mut commands = self.commands();
        let only = commands.next()?;
        (commands.next().is_none() && !self.has_prefix()).then_some(only)
    }

    /// Whether `!` or `time` stands before it.
    pub fn has_prefix(&self) -> bool {
        support::token(&self.0, SyntaxKind::SH_KEYWORD).is_some()
    }
}

/// A simple or compound command.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant holds the view that documents it")]
pub enum AnyCommand {
    Simple(Command),
    Subshell(Subshell),
    Group(Group),
    If(If),
    For(For),
    While(While),
    Case(Case),
    Function(Function),
    Test(Test),
    Arithmetic(ArithmeticCommand),
    Other(OtherCompound),
}

impl AnyCommand {
    /// The simple command, if it is one.
    pub fn simple(self) -> Option<Command> {
        match self {
            Self::Simple(command) => Some(command),
            _ => None,
        }
    }

    /// The redirections of the whole command. Those of a function belong to its body.
    pub fn redirects(&self) -> AstChildren<Redirect> {
        support::children(self.syntax())
    }
}

impl AstNode for AnyCommand {
    type Language = DockerfileLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        use SyntaxKind::*;
        matches!(
            kind,
            COMMAND
                | SUBSHELL
                | GROUP
                | IF
                | FOR
                | WHILE
                | CASE
                | FUNCTION
                | TEST
                | ARITHMETIC_COMMAND
                | OTHER_COMPOUND
        )
    }

    fn cast(node: SyntaxNode) -> Option<Self> {
        Some(match node.kind() {
            SyntaxKind::COMMAND => Self::Simple(Command(node)),
            SyntaxKind::SUBSHELL => Self::Subshell(Subshell(node)),
            SyntaxKind::GROUP => Self::Group(Group(node)),
            SyntaxKind::IF => Self::If(If(node)),
            SyntaxKind::FOR => Self::For(For(node)),
            SyntaxKind::WHILE => Self::While(While(node)),
            SyntaxKind::CASE => Self::Case(Case(node)),
            SyntaxKind::FUNCTION => Self::Function(Function(node)),
            SyntaxKind::TEST => Self::Test(Test(node)),
            SyntaxKind::ARITHMETIC_COMMAND => Self::Arithmetic(ArithmeticCommand(node)),
            SyntaxKind::OTHER_COMPOUND => Self::Other(OtherCompound(node)),
            _ => return None,
        })
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Self::Simple(view) => &view.0,
            Self::Subshell(view) => &view.0,
            Self::Group(view) => &view.0,
            Self::If(view) => &view.0,
            Self::For(view) => &view.0,
            Self::While(view) => &view.0,
            Self::Case(view) => &view.0,
            Self::Function(view) => &view.0,
            Self::Test(view) => &view.0,
            Self::Arithmetic(view) => &view.0,
            Self::Other(view) => &view.0,
        }
    }
}

impl Command {
    /// The assignments before the name.
    pub fn assignments(&self) -> AstChildren<Assignment> {
        support::children(&self.0)
    }

    /// The name and the arguments.
    pub fn words(&self) -> AstChildren<Word> {
        support::children(&self.0)
    }

    /// The first word; none for a command of assignments and redirections alone.
    pub fn name(&self) -> Option<Word> {
        self.words().next()
    }

    /// The words after the name.
    pub fn arguments(&self) -> impl Iterator<Item = Word> + use<> {
        self.words().skip(1)
    }

    /// The redirections, wherever they stand.
    pub fn redirects(&self) -> AstChildren<Redirect> {
        support::children(&self.0)
    }
}

impl Assignment {
    /// The name before `=` or `+=`, with a subscript if there is one.
    pub fn name(&self) -> SmolStr {
        let text = joined(&self.0, SyntaxKind::SH_ASSIGN_NAME);
        let name = text.strip_suffix('=').unwrap_or(&text);
        SmolStr::new(name.strip_suffix('+').unwrap_or(name))
    }

    /// Whether it is `name+=`.
    pub fn is_append(&self) -> bool {
        joined(&self.0, SyntaxKind::SH_ASSIGN_NAME).ends_with("+=")
    }

    /// The value; none when it is empty or an array.
    pub fn value(&self) -> Option<Word> {
        support::child(&self.0)
    }

    /// The array that is assigned.
    pub fn array(&self) -> Option<Array> {
        support::child(&self.0)
    }

    /// The exact value, when nothing in it expands.
    pub fn static_value(&self) -> Option<SmolStr> {
        match (self.array(), self.value()) {
            (Some(_), _) => None,
            (None, Some(word)) => word.static_value(),
            (None, None) => Some(SmolStr::default()),
        }
    }
}

impl Redirect {
    /// The operator with the descriptor before it: `2>&`.
    pub fn operator(&self) -> SmolStr {
        SmolStr::new(joined(&self.0, SyntaxKind::SH_REDIRECT_OP))
    }

    /// The word after the operator: a path, a descriptor, or the name of a heredoc.
    pub fn target(&self) -> Option<Word> {
        support::child(&self.0)
    }

    /// Whether it is `<<` or `<<-`.
    pub fn is_heredoc(&self) -> bool {
        let operator = self.operator();
        operator.ends_with("<<-") || (operator.ends_with("<<") && !operator.ends_with("<<<"))
    }
}

impl Expansion {
    /// The parameter, with a `#` or `!` before it and a subscript after it.
    pub fn name(&self) -> SmolStr {
        SmolStr::new(joined(&self.0, SyntaxKind::SH_NAME))
    }

    /// The operator, such as `:-` or `%%`; empty when there is none.
    pub fn operator(&self) -> SmolStr {
        SmolStr::new(joined(&self.0, SyntaxKind::SH_RAW))
    }

    /// What follows the operator.
    pub fn word(&self) -> Option<Word> {
        support::child(&self.0)
    }
}

impl Substitution {
    /// The commands; none when it is empty, or backquoted with escapes inside.
    pub fn script(&self) -> Option<Script> {
        support::child(&self.0)
    }
}

impl Subshell {
    /// The commands.
    pub fn script(&self) -> Option<Script> {
        support::child(&self.0)
    }
}

impl Group {
    /// The commands.
    pub fn script(&self) -> Option<Script> {
        support::child(&self.0)
    }
}

impl If {
    /// All conditions and bodies in order: condition, body, condition, body, ..., and the `else` body.
    pub fn scripts(&self) -> AstChildren<Script> {
        support::children(&self.0)
    }
}

impl For {
    /// The variable; empty for `for ((;;))`.
    pub fn variable(&self) -> SmolStr {
        SmolStr::new(joined(&self.0, SyntaxKind::SH_NAME))
    }

    /// The words after `in`.
    pub fn words(&self) -> AstChildren<Word> {
        support::children(&self.0)
    }

    /// The commands of the loop.
    pub fn body(&self) -> Option<Script> {
        support::child(&self.0)
    }
}

impl While {
    /// The commands before `do`.
    pub fn condition(&self) -> Option<Script> {
        support::child(&self.0)
    }

    /// The commands of the loop.
    pub fn body(&self) -> Option<Script> {
        support::children(&self.0).nth(1)
    }

    /// Whether the loop runs until the condition holds.
    pub fn is_until(&self) -> bool {
        support::token(&self.0, SyntaxKind::SH_KEYWORD)
            .is_some_and(|token| token.text().starts_with('u'))
    }
}

impl Case {
    /// The word that is matched.
    pub fn subject(&self) -> Option<Word> {
        support::child(&self.0)
    }

    /// The items in order.
    pub fn items(&self) -> AstChildren<CaseItem> {
        support::children(&self.0)
    }
}

impl CaseItem {
    /// The patterns.
    pub fn patterns(&self) -> AstChildren<Word> {
        support::children(&self.0)
    }

    /// The commands; none when there are none.
    pub fn body(&self) -> Option<Script> {
        support::child(&self.0)
    }
}

impl Function {
    /// The name.
    pub fn name(&self) -> Option<Word> {
        support::child(&self.0)
    }

    /// The command that the function runs.
    pub fn body(&self) -> Option<AnyCommand> {
        support::child(&self.0)
    }
}

fn is_kind(element: &SyntaxElement, kind: SyntaxKind) -> bool {
    element.kind() == kind
}

fn is_separator(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::SH_SEMI | SyntaxKind::SH_BACKGROUND | SyntaxKind::SH_NEWLINE
    )
}

/// The text of all tokens of a kind directly below a node.
fn joined(node: &SyntaxNode, kind: SyntaxKind) -> String {
    let mut text = String::new();
    for token in node
        .children_with_tokens()
        .filter_map(SyntaxElement::into_token)
    {
        if token.kind() == kind {
            text.push_str(token.text());
        }
    }
    text
}
