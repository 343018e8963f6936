//! Prints what `dfix_syntax::buildkit` gives for files, in the JSON of `dfix parse --format json`, for the oracle scripts.
//!
//! Files are arguments, or lines of standard input.

use std::io::{BufRead, Write};

use dfix_syntax::{SourceText, buildkit, parse};
use serde_json::{Value, json};

/// Line and column of an offset, counted from one, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

fn file(path: &str) -> Value {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return json!({"file": path, "unreadable": error.to_string()}),
    };
    let source = match SourceText::new(&bytes) {
        Ok(source) => source,
        Err(error) => return json!({"file": path, "unreadable": error.to_string()}),
    };
    let parsed = parse(&source);
    let errors: Vec<Value> = parsed
        .errors()
        .iter()
        .map(|error| {
            let (line, column) = position(&source, error.range.start().into());
            json!({"line": line, "column": column, "message": error.message})
        })
        .collect();
    let instructions: Vec<Value> = buildkit::instructions(&parsed)
        .into_iter()
        .map(|found| {
            let heredocs: Vec<Value> = found
                .heredocs
                .into_iter()
                .map(|heredoc| {
                    json!({"name": heredoc.name, "expand": heredoc.expand, "chomp": heredoc.chomp,
                           "content": heredoc.content, "descriptor": heredoc.descriptor})
                })
                .collect();
            json!({"keyword": found.keyword, "start_line": found.start_line, "end_line": found.end_line,
                   "flags": found.flags, "json": found.json, "args": found.args, "heredocs": heredocs,
                   "comments": found.comments})
        })
        .collect();
    json!({"file": path, "escape": parsed.escape().to_string(), "errors": errors, "instructions": instructions,
           "lossless": parsed.root().text() == source.as_str()})
}

fn main() -> std::io::Result<()> {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    if paths.is_empty() {
        paths = std::io::stdin().lock().lines().collect::<Result<_, _>>()?;
    }
    let files: Vec<Value> = paths.iter().map(|path| file(path)).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", Value::from(files))
}
