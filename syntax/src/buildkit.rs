//! What BuildKit's parser gives for a file (`parser.Node`), derived from the tree.
//!
//! It is the form in which dfix is compared with BuildKit, and what `dfix parse --format json` prints.

use crate::SyntaxKind::*;
use crate::ast::{self, AstNode, NodeExt};
use crate::{Parse, SyntaxElement, SyntaxNode};

/// One instruction of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword in lower case.
    pub keyword: String,
    /// The first physical line, counted from one.
    pub start_line: usize,
    /// The last physical line, with heredocs, counted from one.
    pub end_line: usize,
    /// The flags, decoded, each as `--name` or `--name=value`. ONBUILD has those of its trigger.
    pub flags: Vec<String>,
    /// Whether the arguments are in JSON form. ONBUILD: those of its trigger.
    pub json: bool,
    /// The arguments: decoded elements of the JSON form; the text of the shell form; raw words; for each pair of ENV and
    /// LABEL the name, the value, and `=` or nothing (legacy form); an empty string for an unknown instruction. ONBUILD:
    /// the keyword of its trigger as it is written, and its arguments.
    pub args: Vec<String>,
    /// The heredocs in order.
    pub heredocs: Vec<Heredoc>,
    /// The comments above, without `#` and the blanks around: all since the last instruction, directive or empty comment.
    pub comments: Vec<String>,
}

/// A heredoc of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The name without quotes.
    pub name: String,
    /// Whether COPY and ADD expand variables in it.
    pub expand: bool,
    /// Whether it is `<<-`.
    pub chomp: bool,
    /// The lines as they are written, with tabs and line ends.
    pub content: String,
    /// The number before `<<`, 0 if there is none.
    pub descriptor: u64,
}

/// The instructions of a file. For a file with errors they are what could be read; BuildKit gives nothing then.
pub fn instructions(parse: &Parse) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut comments = Vec::new();
    // The blanks before a comment are part of it: BuildKit takes off the first byte of the line.
    let mut indent = String::new();
    for element in parse.root().children_with_tokens() {
        match element {
            SyntaxElement::Token(token) => match token.kind() {
                INDENT => token.text().clone_into(&mut indent),
                COMMENT => {
                    let text = format!("{indent}{}", token.text());
                    let mut chars = text.chars();
                    chars.next();
                    match chars.as_str().trim() {
                        "" => comments.clear(),
                        comment => comments.push(comment.to_owned()),
                    }
                }
                EOL => {
                    line += 1;
                    indent.clear();
                }
                _ => {}
            },
            SyntaxElement::Node(node) => {
                indent.clear();
                let lines = line_ends(&node);
                if let Some(view) = ast::Instruction::cast(node.clone()) {
                    let mut instruction = read(&view, parse.escape());
                    instruction.start_line = line;
                    instruction.end_line = line + lines - usize::from(ends_line(&node));
                    instruction.comments = std::mem::take(&mut comments);
                    found.push(instruction);
                }
                line += lines;
            }
        }
    }
    found
}

/// Number of line ends in a node.
fn line_ends(node: &SyntaxNode) -> usize {
    let mut count = 0;
    node.text().for_each_chunk(|chunk| {
        count += chunk.bytes().filter(|&byte| byte == b'\n').count();
    });
    count
}

fn ends_line(node: &SyntaxNode) -> bool {
    node.last_token()
        .is_some_and(|token| token.text().ends_with('\n'))
}

fn read(instruction: &ast::Instruction, escape: char) -> Instruction {
    let mut flags: Vec<String> = instruction
        .flags()
        .map(|flag| flag.decoded(escape))
        .collect();
    let mut json = false;
    let mut args = Vec::new();
    if let Some(trigger) = instruction.trigger() {
        let keyword = trigger.keyword_text().to_string();
        let trigger = read(&trigger, escape);
        flags.extend(trigger.flags);
        json = trigger.json;
        args.push(keyword);
        args.extend(trigger.args);
    } else if instruction.kind() == UNKNOWN_INSTRUCTION {
        args.push(String::new());
    } else {
        json = instruction.json().is_some();
        arguments(instruction, &mut args);
    }
    let heredocs = instruction
        .heredoc_operators()
        .into_iter()
        .zip(instruction.heredocs())
        .map(|(operator, heredoc)| Heredoc {
            name: operator.name,
            expand: operator.expand,
            chomp: operator.chomp,
            content: heredoc.content(),
            descriptor: operator.descriptor,
        })
        .collect();
    Instruction {
        keyword: crate::grammar::to_lower(&instruction.keyword_text()),
        start_line: 0,
        end_line: 0,
        flags,
        json,
        args,
        heredocs,
        comments: Vec::new(),
    }
}

fn arguments(instruction: &ast::Instruction, args: &mut Vec<String>) {
    let mut sub_keyword = String::new();
    for element in instruction.syntax().children_with_tokens() {
        match element {
            // A continuation may run through it.
            SyntaxElement::Token(token) if token.kind() == SUB_KEYWORD => {
                sub_keyword.push_str(token.text());
            }
            SyntaxElement::Token(_) => {}
            SyntaxElement::Node(node) => {
                if !sub_keyword.is_empty() {
                    args.push(std::mem::take(&mut sub_keyword));
                }
                match node.kind() {
                    FLAG | HEREDOC => {}
                    JSON_ARRAY => args.extend(
                        ast::JsonArray::cast(node)
                            .iter()
                            .flat_map(ast::JsonArray::strings),
                    ),
                    PAIR if instruction.kind() != ARG => {
                        args.extend(pair(&node).into_iter().flatten());
                    }
                    _ => args.push(ast::logical_text(&node).to_string()),
                }
            }
        }
    }
    if !sub_keyword.is_empty() {
        args.push(sub_keyword);
    }
}

fn pair(node: &SyntaxNode) -> Option<[String; 3]> {
    let pair = ast::Pair::cast(node.clone())?;
    let text = |word: Option<ast::Word>| word.map_or_else(String::new, |w| w.text().to_string());
    let separator = if pair.equals().is_some() { "=" } else { "" };
    Some([text(pair.name()), text(pair.value()), separator.to_owned()])
}
