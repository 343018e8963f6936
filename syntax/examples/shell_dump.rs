//! Prints the commands, words and connectors of shell texts, for a comparison with other shell parsers
//! (`tests/oracle/shell_oracle.py`).
//!
//! Reads JSON lines `{"text": "...", "dialect": "posix"|"bash"}` from standard input and writes one JSON line for each:
//! `{"root": "script"|"bashism"|"opaque", "script": S}`, where
//!
//! - S, a script, is a list of `[L, "&" or ""]`;
//! - L, a list, is `[P, "&&" or "||", P, ...]`; P, a pipeline, is `["!" or "time" ..., C, "|", C, ...]`;
//! - C, a command, is an object with its `kind`, and as far as it has any: `assignments` and `words`, each W or a list of
//!   W; `redirects`, each `[operator, W]`; `scripts`, each S; `items` of a `case`, each `[patterns, S]`; the `body` of a
//!   function, which is a C;
//! - W, a word, is `[source text, [S of each substitution]]`; S is null where its text was left raw.
#![allow(clippy::print_stdout, reason = "printing is what the program is for")]

use std::io::{BufRead, Write};

use dfix_syntax::ast::shell::{AndOr, AnyCommand, Redirect, Script, ShellText};
use dfix_syntax::shell::{Dialect, parse};
use dfix_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};
use rowan::NodeOrToken;
use rowan::ast::AstNode;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let text = request
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let dialect = match request.get("dialect").and_then(Value::as_str) {
            Some("bash") => Dialect::Bash,
            _ => Dialect::Posix,
        };
        let answer = match ShellText::cast(parse(text, dialect)) {
            Some(ShellText::Script(tree)) => json!({"root": "script", "script": script(&tree)}),
            Some(ShellText::Bashism(tree)) => json!({"root": "bashism", "script": script(&tree)}),
            _ => json!({"root": "opaque"}),
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(())
}

fn script(script: &Script) -> Value {
    script
        .statements()
        .map(|statement| {
            let end = if statement.is_background() { "&" } else { "" };
            json!([list(&statement.and_or), end])
        })
        .collect()
}

fn list(list: &AndOr) -> Value {
    let mut parts = Vec::new();
    for step in list.steps() {
        parts.extend(step.connector.map(|(_, token)| json!(token.text())));
        parts.push(
            step.pipeline
                .syntax()
                .children_with_tokens()
                .filter_map(pipeline_part)
                .collect(),
        );
    }
    Value::Array(parts)
}

fn pipeline_part(element: SyntaxElement) -> Option<Value> {
    match element {
        NodeOrToken::Node(node) => AnyCommand::cast(node).map(command),
        NodeOrToken::Token(token) => {
            matches!(token.kind(), SyntaxKind::SH_PIPE | SyntaxKind::SH_KEYWORD)
                .then(|| json!(token.text()))
        }
    }
}

fn command(command: AnyCommand) -> Value {
    let node = command.syntax();
    let mut object = Map::new();
    object.insert(
        "kind".into(),
        json!(format!("{:?}", node.kind()).to_lowercase()),
    );
    let mut add = |name: &str, value: Value| {
        if let Value::Array(list) = object.entry(name).or_insert_with(|| json!([])) {
            list.push(value);
        }
    };
    for child in node.children() {
        match child.kind() {
            SyntaxKind::ASSIGNMENT => add("assignments", word(&child)),
            // The words of a test are not cut alike by all parsers.
            SyntaxKind::WORD if node.kind() != SyntaxKind::TEST => add("words", word(&child)),
            SyntaxKind::REDIRECT => add("redirects", redirect(&child)),
            SyntaxKind::SCRIPT => add(
                "scripts",
                Script::cast(child).as_ref().map_or(Value::Null, script),
            ),
            SyntaxKind::CASE_ITEM => {
                let of = |kind| child.children().filter(move |part| part.kind() == kind);
                let patterns: Value = of(SyntaxKind::WORD).map(|pattern| word(&pattern)).collect();
                let body = of(SyntaxKind::SCRIPT).find_map(Script::cast);
                add(
                    "items",
                    json!([patterns, body.as_ref().map_or_else(|| json!([]), script)]),
                );
            }
            _ => {}
        }
    }
    if let AnyCommand::Function(function) = &command
        && let Some(body) = function.body()
    {
        object.insert("body".into(), self::command(body));
    }
    Value::Object(object)
}

fn redirect(node: &SyntaxNode) -> Value {
    let redirect = Redirect::cast(node.clone());
    let operator = redirect
        .as_ref()
        .map(|redirect| redirect.operator().to_string());
    let target = redirect.and_then(|redirect| redirect.target());
    json!([operator, target.map(|target| word(target.syntax()))])
}

/// The source text of a word, and the scripts of the substitutions in it.
fn word(node: &SyntaxNode) -> Value {
    let mut scripts = Vec::new();
    substitutions(node, &mut scripts);
    json!([node.text().to_string(), scripts])
}

fn substitutions(node: &SyntaxNode, scripts: &mut Vec<Value>) {
    for child in node.children() {
        if child.kind() != SyntaxKind::SUBSTITUTION {
            substitutions(&child, scripts);
        } else if child
            .children_with_tokens()
            .any(|part| part.kind() == SyntaxKind::SH_RAW)
        {
            scripts.push(Value::Null);
        } else {
            let tree = child.children().find_map(Script::cast);
            scripts.push(tree.as_ref().map_or_else(|| json!([]), script));
        }
    }
}
