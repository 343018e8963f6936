//! `dfix parse`: what a file parses to.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use dfix_syntax::{Parse, SourceText, SyntaxElement, SyntaxNode, buildkit, parse};
use rowan::WalkEvent;
use serde::Serialize;

use crate::cli::ParseFormat;
use crate::panics;
use crate::printer::Status;
use crate::report::lines::LineIndex;
use crate::world::problem::{Problem, ProblemKind};
use crate::world::{read, show};

/// Prints files one after the other. That a file does not parse is part of what is printed and no failure; that it can't
/// be read is one.
///
/// # Errors
/// A message when standard output takes no more.
pub(crate) fn run(files: &[PathBuf], format: ParseFormat) -> Result<Status, String> {
    let mut out = BufWriter::new(io::stdout().lock());
    match print(files, format, &mut out) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output: {error}"))
        }
        Err(_) => Ok(Status::Clean),
        Ok(status) => Ok(status),
    }
}

fn print(files: &[PathBuf], format: ParseFormat, out: &mut impl Write) -> io::Result<Status> {
    let mut status = Status::Clean;
    if format == ParseFormat::Json {
        writeln!(out, "[")?;
    }
    for (index, path) in files.iter().enumerate() {
        let name = show(path);
        let rendered = panics::caught(|| {
            let source = source_of(path)?;
            let parsed = parse(&source);
            Ok(match format {
                ParseFormat::Json => json(&name, &source, &parsed),
                ParseFormat::Tree => tree(&name, &source, &parsed),
            })
        });
        let rendered = rendered.unwrap_or_else(|panic| {
            let message = format!("an error in dfix, please report it: {panic}");
            Err(Problem::new(ProblemKind::Internal, message))
        });
        let text = rendered.unwrap_or_else(|problem| {
            status = Status::Trouble;
            failure(&name, &problem, format)
        });
        out.write_all(text.as_bytes())?;
        if format == ParseFormat::Json {
            let separator = if index + 1 < files.len() { "," } else { "" };
            writeln!(out, "{separator}")?;
        }
    }
    if format == ParseFormat::Json {
        writeln!(out, "]")?;
    }
    out.flush()?;
    Ok(status)
}

fn source_of(path: &Path) -> Result<SourceText, Problem> {
    let bytes = if path.as_os_str() == "-" {
        read::read_all(io::stdin().lock(), 0)?
    } else {
        read::read_file(path)?
    };
    SourceText::new(&bytes).map_err(|error| Problem::unfit(error, &bytes))
}

/// Tells standard error about a file that can't be read; returns what stands for it in the output.
fn failure(name: &str, problem: &Problem, format: ParseFormat) -> String {
    let place = problem.place.map_or_else(String::new, |place| {
        format!(":{}:{}", place.line, place.column)
    });
    // Where standard error is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "error: {name}{place}: {}", problem.message);
    match format {
        ParseFormat::Tree => String::new(),
        ParseFormat::Json => to_json(&File {
            file: name,
            escape: '\\',
            errors: vec![Failure {
                line: problem.place.map_or(1, |place| place.line),
                column: problem.place.map_or(1, |place| place.column),
                message: &problem.message,
            }],
            instructions: Vec::new(),
        }),
    }
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    escape: char,
    errors: Vec<Failure<'a>>,
    instructions: Vec<Instruction>,
}

#[derive(Serialize)]
struct Failure<'a> {
    line: usize,
    column: usize,
    message: &'a str,
}

#[derive(Serialize)]
struct Instruction {
    keyword: String,
    start_line: usize,
    end_line: usize,
    flags: Vec<String>,
    json: bool,
    args: Vec<String>,
    heredocs: Vec<Heredoc>,
}

#[derive(Serialize)]
struct Heredoc {
    name: String,
    expand: bool,
    chomp: bool,
    content: String,
}

fn json(name: &str, source: &SourceText, parsed: &Parse) -> String {
    let index = LineIndex::new(source);
    let instructions = buildkit::instructions(parsed);
    to_json(&File {
        file: name,
        escape: parsed.escape(),
        errors: parsed
            .errors()
            .iter()
            .map(|error| {
                let place = index.position(error.range.start().into());
                Failure {
                    line: place.line,
                    column: place.column,
                    message: &error.message,
                }
            })
            .collect(),
        instructions: instructions.into_iter().map(Instruction::from).collect(),
    })
}

impl From<buildkit::Instruction> for Instruction {
    fn from(instruction: buildkit::Instruction) -> Self {
        Self {
            keyword: instruction.keyword,
            start_line: instruction.start_line,
            end_line: instruction.end_line,
            flags: instruction.flags,
            json: instruction.json,
            args: instruction.args,
            heredocs: instruction
                .heredocs
                .into_iter()
                .map(|heredoc| Heredoc {
                    name: heredoc.name,
                    expand: heredoc.expand,
                    chomp: heredoc.chomp,
                    content: heredoc.content,
                })
                .collect(),
        }
    }
}

/// These structures have string keys only, so that they can't fail to be written.
fn to_json(file: &File<'_>) -> String {
    serde_json::to_string(file).unwrap_or_default()
}

/// The tree of a file; then the errors.
fn tree(name: &str, source: &SourceText, parsed: &Parse) -> String {
    let mut out = format!("{name}:\n{}", outline(&parsed.root()));
    let index = LineIndex::new(source);
    for error in parsed.errors() {
        let place = index.position(error.range.start().into());
        let _ = writeln!(
            out,
            "error {}:{}: {}",
            place.line, place.column, error.message
        );
    }
    out
}

/// Kinds, byte ranges and token texts of a tree, indented by depth.
pub(crate) fn outline(root: &SyntaxNode) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for event in root.preorder_with_tokens() {
        match event {
            WalkEvent::Enter(element) => {
                let range = element.text_range();
                let indent = depth * 2;
                // Writing to a string can't fail.
                let _ = match &element {
                    SyntaxElement::Node(node) => {
                        writeln!(out, "{:indent$}{:?}@{range:?}", "", node.kind())
                    }
                    SyntaxElement::Token(token) => writeln!(
                        out,
                        "{:indent$}{:?}@{range:?} {:?}",
                        "",
                        token.kind(),
                        token.text()
                    ),
                };
                depth += 1;
            }
            WalkEvent::Leave(_) => depth -= 1,
        }
    }
    out
}
