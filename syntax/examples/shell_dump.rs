//! Prints the commands, words and connectors of shell texts, for a comparison with other shell parsers
//! (`tests/oracle/shell_oracle.py`).
//!
//! Reads JSON lines `{"text": "...", "dialect": "posix"|"bash"}` from standard input; or, with arguments, the shell texts of
//! the RUN instructions in these Dockerfiles and folders of `*.Dockerfile`, each distinct text once. Writes one JSON line
//! for each: `{"text", "dialect", "count", "root": "script"|"bashism"|"opaque", "script": S}`, where
//!
//! - S, a script, is a list of `[L, "&" or ""]`;
//! - L, a list, is `[P, "&&" or "||", P, ...]`; P, a pipeline, is `["!" or "time" ..., C, "|", C, ...]`;
//! - C, a command, is an object with its `kind`, and as far as it has any: `assignments` and `words`, each W or a list of
//!   W; `redirects`, each `[operator, W]`; `scripts`, each S; `items` of a `case`, each `[patterns, S]`; the `body` of a
//!   function, which is a C;
//! - W, a word, is `[text without continuations, [S of each substitution]]`; S is null where its text was left raw.
#![allow(clippy::print_stdout, reason = "printing is what the program is for")]

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use dfix_syntax::ast::shell::{AndOr, AnyCommand, Redirect, Script, ShellText};
use dfix_syntax::shell::{Dialect, parse};
use dfix_syntax::{SourceText, SyntaxElement, SyntaxKind, SyntaxNode};
use rowan::NodeOrToken;
use rowan::ast::AstNode;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut requests = Vec::new();
    if paths.is_empty() {
        for line in std::io::stdin().lock().lines() {
            requests.push(serde_json::from_str(&line?)?);
        }
    } else {
        requests = from_files(&paths)?;
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for mut answer in requests {
        let text = answer
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let dialect = match answer.get("dialect").and_then(Value::as_str) {
            Some("bash") => Dialect::Bash,
            _ => Dialect::Posix,
        };
        let (root, script) = dump(parse(text, dialect));
        if let Some(object) = answer.as_object_mut() {
            object.insert("root".into(), root.into());
            object.insert("script".into(), script);
        }
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(())
}

/// The distinct shell texts of RUN instructions, as requests. Texts of a shell that isn't parsed are left out.
///
/// # Errors
/// A path that can't be read, and a tree in a file that is unlike the tree of its text alone: what the builder drops may
/// not change how the shell text is read.
fn from_files(paths: &[PathBuf]) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            for entry in std::fs::read_dir(path)? {
                files.push(entry?.path());
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut texts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for file in files {
        let Ok(source) = SourceText::new(&std::fs::read(&file)?) else {
            continue;
        };
        let root = dfix_syntax::parse(&source).root();
        for run in root
            .descendants()
            .filter(|node| node.kind() == SyntaxKind::RUN)
        {
            let of_run = |node: &SyntaxNode| {
                node.ancestors()
                    .skip(1)
                    .find(|node| is_shell_text(node.kind()))
                    .is_none()
            };
            for node in run
                .descendants()
                .filter(|node| is_shell_text(node.kind()) && of_run(node))
            {
                let text = logical_text(&node);
                let tree = dump(node);
                let alone = |dialect| dump(parse(&text, dialect));
                let dialect = if tree == alone(Dialect::Posix) {
                    "posix"
                } else if tree == alone(Dialect::Bash) {
                    "bash"
                } else if tree.0 == "opaque" {
                    continue;
                } else {
                    return Err(
                        format!("{}: {text:?} has another tree alone", file.display()).into(),
                    );
                };
                *texts.entry((text, dialect)).or_default() += 1;
            }
        }
    }
    Ok(texts
        .into_iter()
        .map(|((text, dialect), count)| json!({"text": text, "dialect": dialect, "count": count}))
        .collect())
}

fn is_shell_text(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::SCRIPT | SyntaxKind::BASHISM | SyntaxKind::OPAQUE
    )
}

/// What the root of a shell text is, and its commands.
fn dump(node: SyntaxNode) -> (&'static str, Value) {
    match ShellText::cast(node) {
        Some(ShellText::Script(tree)) => ("script", script(&tree)),
        Some(ShellText::Bashism(tree)) => ("bashism", script(&tree)),
        _ => ("opaque", Value::Null),
    }
}

/// The text of a node without what the builder drops.
fn logical_text(node: &SyntaxNode) -> String {
    node.descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| token.kind().is_logical())
        .map(|token| token.text().to_owned())
        .collect()
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

/// The text of a word, and the scripts of the substitutions in it.
fn word(node: &SyntaxNode) -> Value {
    let mut scripts = Vec::new();
    substitutions(node, &mut scripts);
    json!([logical_text(node), scripts])
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
