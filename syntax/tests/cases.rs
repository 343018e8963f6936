//! Cases with what BuildKit's parser and instruction layer say about them.
//!
//! A line of `expected` that starts with `[a-b]` is the parser's dump of an instruction; the line `[1-1] from "a"` is left
//! out. `PARSE ERROR` and `INSTRUCTION ERROR` say which layer refuses the file.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use dfix_syntax::{SourceText, buildkit, parse};
use serde_json::Value;

/// A string as Go's `%q` prints it.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for ch in text.chars() {
        match ch {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            ch => quoted.push(ch),
        }
    }
    quoted.push('"');
    quoted
}

fn quote_all(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
    quoted.join(" ")
}

fn dump(keyword: &str, flags: &[String], args: &[String]) -> String {
    let mut line = keyword.to_owned();
    if !flags.is_empty() {
        line.push_str(&format!(" [{}]", quote_all(flags)));
    }
    if !args.is_empty() {
        line.push_str(&format!(" {}", quote_all(args)));
    }
    line
}

/// The instructions in the form of the cases.
fn show(instructions: &[buildkit::Instruction]) -> Vec<String> {
    let mut lines = Vec::new();
    for found in instructions {
        let mut line = format!("[{}-{}] ", found.start_line, found.end_line);
        match (found.keyword.as_str(), found.args.split_first()) {
            ("onbuild", Some((keyword, args))) => {
                let trigger = match keyword.to_lowercase().as_str() {
                    "onbuild" => {
                        let (keyword, args) = args.split_first().unwrap();
                        format!(
                            "onbuild ({})",
                            dump(&keyword.to_lowercase(), &found.flags, args)
                        )
                    }
                    keyword => dump(keyword, &found.flags, args),
                };
                line.push_str(&format!("onbuild ({trigger})"));
            }
            (keyword, _) => line.push_str(&dump(keyword, &found.flags, &found.args)),
        }
        if found.json {
            line.push_str(" {json}");
        }
        if !found.comments.is_empty() {
            line.push_str(&format!(" comments=[{}]", quote_all(&found.comments)));
        }
        if line != "[1-1] from \"a\"" {
            lines.push(line);
        }
        for heredoc in &found.heredocs {
            lines.push(format!(
                "    heredoc name={} fd={} expand={} chomp={} content={}",
                quote(&heredoc.name),
                heredoc.descriptor,
                heredoc.expand,
                heredoc.chomp,
                quote(&heredoc.content)
            ));
        }
    }
    lines
}

fn input(case: &Value) -> Vec<u8> {
    if let Some(text) = case["input"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(hex) = case["input_hex"].as_str() {
        return (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect();
    }
    let parts = case["input_repeat"].as_array().unwrap();
    let text = |at: usize| parts[at].as_str().unwrap();
    let count = usize::try_from(parts[2].as_u64().unwrap()).unwrap();
    format!("{}{}{}", text(0), text(1).repeat(count), text(3)).into_bytes()
}

/// Compares one case; what is wrong, if anything.
fn check(case: &Value) -> Result<(), String> {
    let input = input(case);
    let expected: Vec<&str> = case["expected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let Ok(source) = SourceText::new(&input) else {
        // dfix leaves such a file alone, where BuildKit takes any bytes.
        let unfit = std::str::from_utf8(&input).is_err() || input.contains(&0);
        return if unfit {
            Ok(())
        } else {
            Err("refused".to_owned())
        };
    };
    let parsed = parse(&source);
    if parsed.root().text() != source.as_str() {
        return Err("not lossless".to_owned());
    }
    let refusal = expected
        .iter()
        .find(|line| line.starts_with("PARSE ERROR") || line.starts_with("INSTRUCTION ERROR"));
    match (refusal, parsed.errors().first()) {
        (None, Some(error)) => return Err(format!("false error: {error:?}")),
        (Some(refusal), None) => return Err(format!("no error for {refusal}")),
        (Some(refusal), Some(error)) => {
            let start = usize::from(error.range.start());
            let line = source[..start].matches('\n').count() + 1;
            let rest = refusal.strip_prefix("INSTRUCTION ERROR: line ");
            let stated = rest.and_then(|rest| rest.split(':').next());
            if stated.is_some_and(|stated| stated != line.to_string()) {
                return Err(format!("line {line} for {refusal}"));
            }
        }
        (None, None) => {}
    }
    if refusal.is_some_and(|line| line.starts_with("PARSE")) {
        return Ok(());
    }
    let escape = format!("escape token: {}", parsed.escape());
    let stated = expected
        .iter()
        .find(|line| line.starts_with("escape token"));
    if stated.map_or(parsed.escape() != '\\', |stated| *stated != escape) {
        return Err(format!("{escape:?} is wrong"));
    }
    let expected: Vec<&str> = expected
        .into_iter()
        .filter(|line| line.starts_with('[') || line.starts_with("    heredoc "))
        .collect();
    let found = show(&buildkit::instructions(&parsed));
    if found != expected {
        return Err(format!("\n  found    {found:#?}\n  expected {expected:#?}"));
    }
    Ok(())
}

#[test]
fn all_cases() {
    let data: Value = serde_json::from_str(include_str!("data/cases.json")).unwrap();
    let cases = data["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 211);
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let problem = check(case).err()?;
            Some(format!("{} {}: {problem}", case["id"], case["name"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
