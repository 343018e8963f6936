//! Effects of the everyday file programs.

use super::Domain;
use super::apply::{Gather, PathOf};
use crate::commands::Invocation;

/// Gathers the effects of a program of this file; false when it is none.
pub(super) fn program(gather: &mut Gather<'_>, invocation: &Invocation<'_>) -> bool {
    match invocation.name() {
        "cat" | "head" | "tail" | "uniq" | "cut" | "wc" | "ls" | "readlink" | "realpath"
        | "stat" | "file" | "du" => {
            read_all(gather, invocation);
        }
        "sha256sum" | "sha1sum" | "sha512sum" | "sha384sum" | "sha224sum" | "shasum" | "md5sum"
        | "b2sum" | "cksum" | "sum" => {
            if invocation.has_flag("-c") {
                // The names are in the list.
                gather.read(&PathOf::Any);
            }
            read_all(gather, invocation);
        }
        "sort" => {
            read_all(gather, invocation);
            for path in gather.flag_paths(invocation, &["-o"]) {
                gather.create(&path);
            }
            strict(gather, invocation);
        }
        "grep" | "egrep" | "fgrep" => grep(gather, invocation),
        "tee" => {
            for operand in invocation.operands() {
                gather.create(&gather.path(operand.word));
            }
            strict(gather, invocation);
        }
        "rm" | "rmdir" => remove(gather, invocation),
        "mkdir" => {
            for operand in invocation.operands() {
                gather.create(&gather.path(operand.word));
            }
            strict(gather, invocation);
        }
        "touch" => {
            gather.read_flags(invocation, &["-r"]);
            for operand in invocation.operands() {
                let path = gather.path(operand.word);
                if invocation.has_flag("-c") {
                    gather.write(&path);
                } else {
                    gather.create(&path);
                }
            }
            strict(gather, invocation);
        }
        "cp" | "mv" | "install" => copy(gather, invocation),
        "ln" => link(gather, invocation),
        "chmod" | "chown" | "chgrp" => attributes(gather, invocation),
        "sed" => sed(gather, invocation),
        "awk" => awk(gather, invocation),
        "find" => find(gather, invocation),
        _ => return false,
    }
    true
}

/// When a word may be a flag that is not known, the command may do what it likes.
fn strict(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known() || maybe_flag(invocation) {
        gather.barrier();
    }
}

/// Whether a word that is not static may start with a dash. Globs that start with a directory don't.
fn maybe_flag(invocation: &Invocation<'_>) -> bool {
    let words = &invocation.command().words;
    invocation.operands().iter().any(|operand| {
        let Some(word) = words.get(operand.word) else {
            return false;
        };
        let first = word.text.trim_start_matches('"').chars().next();
        let named =
            first.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '~'));
        operand.value.is_none() && !(named && (word.glob || !word.splits))
    })
}

/// Reads every operand; harmless whatever the flags are, as none of these programs writes.
fn read_all(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known() || maybe_flag(invocation) {
        gather.read(&PathOf::Any);
    }
    if invocation.operands().is_empty() && invocation.is_any(&["ls", "du"]) {
        gather.read(&gather.here());
    }
    gather.read_operands(invocation.operands());
}

fn remove(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    // Without an answer nothing is removed, and that is no failure.
    let asks = invocation.has_any_flag(&["-i", "-I", "--interactive"]);
    for operand in invocation.operands() {
        let path = gather.path(operand.word);
        if asks {
            gather.write(&path);
        } else {
            gather.delete(&path);
        }
        let text = gather
            .command
            .words
            .get(operand.word)
            .map(|word| word.text.clone());
        let directory = text.as_deref().and_then(|text| text.strip_suffix("/*"));
        if let (PathOf::Below(path), Some(directory)) = (&path, directory)
            && !asks
            && invocation.has_flag("-r")
            && !directory.contains(['*', '?', '['])
        {
            gather.effects.emptied.push(path.clone());
        }
    }
    strict(gather, invocation);
}

fn grep(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known() || maybe_flag(invocation) {
        gather.read(&PathOf::Any);
    }
    let with_pattern = !invocation.has_any_flag(&["-e", "-f"]);
    let files = invocation
        .operands()
        .get(usize::from(with_pattern)..)
        .unwrap_or_default();
    if files.is_empty() && invocation.has_any_flag(&["-r", "-R"]) {
        gather.read(&gather.here());
    }
    gather.read_flags(invocation, &["-f"]);
    gather.read_operands(files);
}

/// `cp`, `mv`, `install`: sources and a target, or with `-d` directories to make.
fn copy(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let operands = invocation.operands();
    if invocation.has_any_flag(&["-o", "-g"]) {
        gather.reads(Domain::Users);
    }
    if invocation.is("install") && invocation.has_flag("-d") {
        for operand in operands {
            gather.create(&gather.path(operand.word));
        }
        return strict(gather, invocation);
    }
    let directory = gather.flag_paths(invocation, &["-t"]);
    let (sources, targets) = if directory.is_empty() {
        match operands.split_last() {
            Some((target, sources)) if !sources.is_empty() => {
                (sources, vec![gather.path(target.word)])
            }
            _ => return gather.barrier(),
        }
    } else {
        (operands, directory)
    };
    let keeps = invocation.has_any_flag(&["-n", "-i", "-u", "--parents", "--backup", "-b"]);
    for source in sources {
        let path = gather.path(source.word);
        gather.read(&path);
        if invocation.is("mv") {
            if keeps {
                gather.write(&path);
            } else {
                gather.delete(&path);
            }
        }
    }
    for target in targets {
        // The target or a file in it is replaced; either way the target is there.
        gather.create(&target);
        if invocation.has_any_flag(&["-b", "--backup"]) {
            gather.write(&target.parent());
        }
    }
    strict(gather, invocation);
}

fn link(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let operands = invocation.operands();
    let mut into = gather.flag_paths(invocation, &["-t"]);
    let targets = match operands.split_last() {
        Some((target, [])) if into.is_empty() => {
            let name = target
                .value
                .as_deref()
                .and_then(|text| text.rsplit('/').next());
            let here = gather.here();
            into.push(name.map_or(PathOf::Any, |name| here.child(name)));
            operands
        }
        Some((last, before)) if into.is_empty() => {
            into.push(gather.path(last.word));
            before
        }
        Some(_) => operands,
        None => return gather.barrier(),
    };
    if !invocation.has_flag("-s") {
        gather.read_operands(targets);
        // Both names are one file from now on.
        for target in targets {
            gather.write(&gather.path(target.word));
        }
    }
    for path in into {
        gather.create(&path);
    }
    strict(gather, invocation);
}

fn attributes(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    gather.read_flags(invocation, &["--reference"]);
    let skip = usize::from(!invocation.has_flag("--reference"));
    let owner = invocation
        .operands()
        .first()
        .and_then(|owner| owner.value.as_deref());
    let numeric = owner.is_some_and(|owner| {
        owner
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'))
    });
    if !invocation.is("chmod") && !numeric {
        gather.reads(Domain::Users);
    }
    for operand in invocation.operands().get(skip..).unwrap_or_default() {
        let path = gather.path(operand.word);
        gather.read(&path);
        gather.write(&path);
    }
    // An owner or a mode that is not known is still one word.
    let files: Vec<_> = invocation.operands().iter().skip(skip).collect();
    let words = &invocation.command().words;
    let uncertain = files.iter().any(|operand| {
        operand.value.is_none() && words.get(operand.word).is_some_and(|word| !word.glob)
    });
    if !invocation.written_flags_known() || uncertain {
        gather.barrier();
    }
}

/// A script that only substitutes and deletes lines touches nothing but the files.
fn sed(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let scripts: Vec<Option<&str>> = invocation
        .flags()
        .iter()
        .filter(|flag| flag.name == "-e")
        .map(|flag| flag.value.as_ref()?.text.as_deref())
        .collect();
    let from_operand = scripts.is_empty() && !invocation.has_flag("-f");
    let first = invocation.operands().first();
    let scripts = if from_operand {
        vec![first.and_then(|script| script.value.as_deref())]
    } else {
        scripts
    };
    let plain = scripts
        .iter()
        .all(|script| script.is_some_and(is_plain_sed));
    if !plain || invocation.has_flag("-f") {
        return gather.barrier();
    }
    let in_place = invocation.flag("-i");
    for operand in invocation.operands().iter().skip(usize::from(from_operand)) {
        let path = gather.path(operand.word);
        gather.read(&path);
        if let Some(flag) = in_place {
            gather.create(&path);
            let suffix = flag.value.as_ref().and_then(|value| value.text.as_deref());
            if suffix != Some("") && flag.value.is_some() {
                gather.write(&path.parent());
            }
        }
    }
    strict(gather, invocation);
}

/// Whether a sed script consists of `s` commands with harmless flags, and of `d` and `p`, with or without an address.
fn is_plain_sed(script: &str) -> bool {
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        let Some(after) = sed_command(rest) else {
            return false;
        };
        rest = after.trim_start_matches([' ', ';', '\n']);
        if rest.len() == after.len() && !rest.is_empty() {
            return false;
        }
    }
    !script.is_empty()
}

/// The text after one plain command.
fn sed_command(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let first = rest.chars().next()?;
        match first {
            '/' => rest = after_delimiter(rest.get(1..)?, '/')?,
            '0'..='9' | '$' | ',' | '!' | ' ' | '+' => rest = rest.get(1..)?,
            'd' | 'p' | 'q' => return rest.get(1..),
            's' | 'y' => {
                let body = rest.get(1..)?;
                let delimiter = body
                    .chars()
                    .next()
                    .filter(|c| c.is_ascii_punctuation() && *c != '\\')?;
                let body = body.get(1..)?;
                let flags = after_delimiter(after_delimiter(body, delimiter)?, delimiter)?;
                return Some(flags.trim_start_matches(|c: char| {
                    c.is_ascii_digit() || matches!(c, 'g' | 'p' | 'i' | 'I')
                }));
            }
            _ => return None,
        }
    }
}

fn after_delimiter(text: &str, delimiter: char) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == delimiter {
            return text.get(at + c.len_utf8()..);
        }
    }
    None
}

/// A program without output files, pipes and other programs only reads.
fn awk(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let program = invocation
        .operands()
        .first()
        .and_then(|program| program.value.as_deref());
    let reads_only = program.is_some_and(|program| {
        !["system", "getline", "|", ">", "@", "close"]
            .iter()
            .any(|word| program.contains(word))
    });
    if !reads_only || invocation.has_any_flag(&["-f", "-e"]) || !invocation.written_flags_known() {
        return gather.barrier();
    }
    gather.read_operands(invocation.operands().get(1..).unwrap_or_default());
}

/// Places to search, then tests and actions.
fn find(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let words = invocation.words_after_sub();
    let is_expression = |text: &str| text.starts_with(['-', '(', ')', '!']);
    let mut places = Vec::new();
    let mut expression = Vec::new();
    for word in words {
        match word.value.as_deref() {
            Some("-H" | "-L" | "-P") if expression.is_empty() => {}
            Some(text) if is_expression(text) => expression.push(text),
            _ if expression.is_empty() => places.push(gather.path_of(word)),
            // The value of a test.
            Some(text) => expression.push(text),
            None => {}
        }
    }
    if places.is_empty() {
        places.push(gather.here());
    }
    let mut writes = false;
    let mut program = false;
    for word in &expression {
        if program {
            let harmless = [
                "rm", "chmod", "chown", "chgrp", "touch", "strip", "test", "ls", "echo", "grep",
            ]
            .contains(word);
            if !harmless {
                return gather.barrier();
            }
            gather.reads(Domain::Users);
        }
        program = matches!(*word, "-exec" | "-execdir" | "-ok" | "-okdir");
        writes |= program || *word == "-delete";
        if word.starts_with("-fprint") || *word == "-fls" {
            return gather.barrier();
        }
    }
    let splits = words
        .iter()
        .any(|word| word.splits && word.value.is_none() && !word.glob);
    if program || splits {
        return gather.barrier();
    }
    if writes {
        // `-exec rm {} /other` names paths of its own; `{}` and `+` or `;` are the only operands allowed.
        let own_paths = expression.iter().any(|word| word.starts_with('/'));
        let follows = words.iter().any(|word| word.value.as_deref() == Some("-L"));
        if own_paths || follows {
            return gather.barrier();
        }
        places.iter().for_each(|place| gather.write(place));
    }
    places.iter().for_each(|place| gather.read(place));
}
