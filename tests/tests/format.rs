//! Formatting real Dockerfiles: nothing that a builder or a shell reads may change.
//!
//! The invariant, for a file without errors: the same instructions with the same flags, heredocs and arguments, as
//! BuildKit's parser gives them; the text of a shell may differ in the blanks between its words, which are compared one by
//! one; the same comments. The proof accepts the result, and formatting it again changes nothing.

use dfix_syntax::{SourceText, SyntaxKind, buildkit, parse};
use dfix_tests::{CorpusFile, corpus, in_parallel};
use dfix_transforms::format::{FormatOptions, Indent, format};
use dfix_transforms::model::{Analysis, Instruction};
use dfix_transforms::proof::{Verdict, prove};
use dfix_transforms::{Applicability, Edit, Facts, Fix, Settings};

#[test]
fn the_layout_changes_nothing_that_is_read() {
    let Some(files) = corpus() else { return };
    let verdicts = in_parallel(&files, |file| {
        std::panic::catch_unwind(|| check(file)).unwrap_or_else(|_| Err("panicked".to_owned()))
    });
    let mut broken = Vec::new();
    let mut changed = 0;
    for (file, verdict) in files.iter().zip(verdicts) {
        match verdict {
            Ok(change) => changed += usize::from(change),
            Err(reason) => broken.push(format!("{}: {reason}", file.name)),
        }
    }
    let shown = broken.iter().take(20).cloned().collect::<Vec<_>>();
    assert!(
        broken.is_empty(),
        "{} of {} files ({changed} changed):\n{}",
        broken.len(),
        files.len(),
        shown.join("\n")
    );
    assert!(changed * 10 > files.len(), "only {changed} files change");
}

/// The same for copies with some characters lost or added, mostly at the ends of lines.
#[test]
fn damaged_files_are_formatted_as_well() {
    let Some(files) = corpus() else { return };
    let files: Vec<CorpusFile> = files.into_iter().step_by(8).collect();
    let verdicts = in_parallel(&files, |file| {
        let Ok(text) = String::from_utf8(file.bytes.clone()) else {
            return Ok(());
        };
        for copy in 0..2 {
            let damaged = damage(&text, &file.name, copy);
            let Ok(source) = SourceText::new(damaged.as_bytes()) else {
                continue;
            };
            check_text(source, 8)
                .map_err(|reason| format!("{}: {reason} in\n{damaged}", file.name))?;
        }
        Ok(())
    });
    let broken: Vec<String> = verdicts.into_iter().filter_map(Result::err).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

/// A copy with a few edits, which depend on the name and the number only.
fn damage(text: &str, name: &str, copy: u64) -> String {
    const PIECES: [&str; 16] = [
        " ",
        "\t",
        "\n",
        "\\\n",
        " \\\n    ",
        "\\",
        "\"",
        "'",
        " && ",
        ";",
        "#",
        "\\\n# c\n",
        "\r\n",
        "\u{a0}",
        "[",
        "<<E\n",
    ];
    let mut state = name.bytes().fold(copy + 1, |state, byte| {
        state.wrapping_mul(31).wrapping_add(byte.into())
    });
    let mut below = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % limit.max(1)
    };
    let mut damaged = text.to_owned();
    for _ in 0..1 + below(5) {
        let mut at = below(damaged.len() + 1);
        at = damaged.floor_char_boundary(at);
        if below(3) > 0
            && let Some(line) = damaged[at..].find('\n')
        {
            at += line + below(2);
        }
        if below(3) == 0 {
            let end = damaged.ceil_char_boundary(damaged.len().min(at + 2));
            damaged.replace_range(at..end, "");
        } else {
            damaged.insert_str(at, PIECES.get(below(PIECES.len())).unwrap_or(&" "));
        }
    }
    damaged
}

/// Checks one file; says whether formatting changes it.
fn check(file: &CorpusFile) -> Result<bool, String> {
    match SourceText::new(&file.bytes) {
        Ok(source) => check_text(source, file.bytes.len()),
        Err(_) => Ok(false),
    }
}

/// Checks one text; `lot` decides whether it is in the sample for costly checks.
fn check_text(source: SourceText, lot: usize) -> Result<bool, String> {
    let before = analyse(source.clone());
    let options = FormatOptions::default();
    let edits = format(&before, &options);
    if edits.is_empty() {
        return Ok(false);
    }
    if !before.errors.is_empty() {
        return Err("a file with errors is changed".to_owned());
    }
    let after = analyse(apply(&source, edits)?);
    compare(&before, &after)?;
    let settings = Settings::default();
    match prove(&before, &after, &[], &settings, &Facts::default()) {
        Verdict::Equivalent(_) => {}
        Verdict::Different(why) => return Err(format!("not proven: {why}")),
    }
    if !format(&after, &options).is_empty() {
        return Err("formatting it again changes it".to_owned());
    }
    // Another width for all steps, too; a sample is enough.
    if !lot.is_multiple_of(8) {
        return Ok(true);
    }
    let wide = FormatOptions {
        indent: Some(Indent::Spaces(2)),
        ..options
    };
    let edits = format(&before, &wide);
    let text = match edits.is_empty() {
        true => source,
        false => apply(&source, edits)?,
    };
    match format(&analyse(text), &wide).is_empty() {
        true => Ok(true),
        false => Err("formatting it again with a fixed width changes it".to_owned()),
    }
}

fn analyse(source: SourceText) -> Analysis {
    Analysis::new(source, &Settings::default())
}

fn apply(source: &SourceText, edits: Vec<Edit>) -> Result<SourceText, String> {
    let touch = edits
        .iter()
        .zip(edits.iter().skip(1))
        .any(|(a, b)| a.range.end() >= b.range.start());
    if touch {
        return Err("edits touch each other".to_owned());
    }
    let idle = edits.iter().any(|edit| {
        let range = usize::from(edit.range.start())..usize::from(edit.range.end());
        source.get(range) == Some(edit.insert.as_str())
    });
    if idle {
        return Err("an edit changes nothing".to_owned());
    }
    let fix = Fix::new("", Applicability::Safe, &[], edits).ok_or("edits meet")?;
    SourceText::new(fix.apply(source).as_bytes()).map_err(|error| error.to_string())
}

fn compare(before: &Analysis, after: &Analysis) -> Result<(), String> {
    if !after.errors.is_empty() {
        return Err(format!("the result has errors: {:?}", after.errors));
    }
    let read = |analysis: &Analysis| buildkit::instructions(&parse(&analysis.source));
    let (read_before, read_after) = (read(before), read(after));
    if read_before.len() != read_after.len() {
        return Err("the number of instructions differs".to_owned());
    }
    for (a, b) in read_before.iter().zip(&read_after) {
        let same = a.keyword == b.keyword
            && a.flags == b.flags
            && a.json == b.json
            && a.heredocs == b.heredocs
            && arguments(a) == arguments(b);
        if !same {
            return Err(format!("it reads differently: {a:?}, {b:?}"));
        }
    }
    for (a, b) in before.instructions.iter().zip(&after.instructions) {
        if words(a) != words(b) {
            return Err(format!("a shell reads other words: {:?}", words(b)));
        }
    }
    if comments(&before.source) != comments(&after.source) {
        return Err("the comments differ".to_owned());
    }
    Ok(())
}

/// The arguments; a shell text without the blanks around its operators, and with one blank for several elsewhere.
fn arguments(instruction: &buildkit::Instruction) -> Vec<String> {
    let is_shell = !instruction.json
        && matches!(
            instruction.keyword.as_str(),
            "run" | "cmd" | "entrypoint" | "healthcheck"
        );
    let even = |text: &str| {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let mut text = words.join(" ");
        for operator in ["&&", "|", ";"] {
            let parts: Vec<&str> = text.split(operator).map(str::trim).collect();
            text = parts.join(operator);
        }
        text
    };
    let args = instruction.args.iter().enumerate();
    args.map(|(number, arg)| match instruction.keyword.as_str() {
        _ if is_shell => even(arg),
        // The only keyword that is an argument.
        "from" if number == 1 => arg.to_ascii_lowercase(),
        _ => arg.clone(),
    })
    .collect()
}

/// The words, assignments and redirections of all commands of a script.
fn words(instruction: &Instruction) -> Vec<String> {
    let Some(script) = instruction.script() else {
        return Vec::new();
    };
    let mut words = Vec::new();
    script.visit(&mut |command| {
        words.push("\n".to_owned());
        for assignment in &command.assignments {
            words.push(format!(
                "{}={:?}",
                assignment.name,
                assignment.value.as_ref().map(|word| &word.text)
            ));
        }
        words.extend(command.words.iter().map(|word| word.text.to_string()));
        for redirect in &command.redirects {
            words.push(format!(
                "{} {:?}",
                redirect.operator,
                redirect.target.as_ref().map(|word| &word.text)
            ));
        }
    });
    words
}

fn comments(source: &SourceText) -> Vec<String> {
    let root = parse(source).root();
    let tokens = root.descendants_with_tokens();
    tokens
        .filter_map(|element| element.into_token())
        .filter(|token| token.kind() == SyntaxKind::COMMENT)
        .map(|token| token.text().trim_end().to_owned())
        .collect()
}
