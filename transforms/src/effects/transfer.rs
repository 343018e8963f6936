//! Effects of downloads, archives and clones.

use super::Domain;
use super::apply::{Gather, PathOf};
use crate::commands::Invocation;

/// Gathers the effects of a program of this file; false when it is none.
pub(super) fn program(gather: &mut Gather<'_>, invocation: &Invocation<'_>) -> bool {
    match invocation.name() {
        "curl" => curl(gather, invocation),
        "wget" => wget(gather, invocation),
        "tar" => tar(gather, invocation),
        "unzip" => unzip(gather, invocation),
        "gzip" | "gunzip" | "pigz" | "unpigz" | "bzip2" | "bunzip2" | "pbzip2" | "xz" | "unxz"
        | "lzma" | "unlzma" | "zstd" | "unzstd" => compress(gather, invocation),
        "zcat" | "bzcat" | "xzcat" | "zstdcat" => gather.read_operands(invocation.operands()),
        "git" if invocation.sub("clone") => clone(gather, invocation),
        _ => return false,
    }
    gather.read_system();
    true
}

fn curl(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known()
        || invocation.has_any_flag(&["-K", "-Q", "--unix-socket", "-t"])
    {
        return gather.barrier();
    }
    gather.reads(Domain::Network);
    if invocation.has_any_flag(&[
        "-X",
        "-d",
        "--data-binary",
        "--data-raw",
        "--data-urlencode",
        "-F",
        "--form-string",
        "-T",
        "--json",
    ]) {
        gather.writes(Domain::Network);
        // `@file` in a value.
        gather.read(&PathOf::Any);
    }
    gather.read_flags(
        invocation,
        &[
            "-E",
            "--cacert",
            "--capath",
            "--key",
            "-b",
            "--netrc-file",
            "--etag-compare",
            "-z",
        ],
    );
    for path in gather.flag_paths(
        invocation,
        &[
            "-D",
            "-c",
            "--trace",
            "--trace-ascii",
            "--stderr",
            "--etag-save",
        ],
    ) {
        gather.write(&path);
    }
    let dynamic = invocation
        .operands()
        .iter()
        .any(|operand| operand.value.is_none())
        && !invocation.known_flags_only();
    let directory = match gather.flag_paths(invocation, &["--output-dir"]).pop() {
        Some(directory) => directory,
        None => gather.here(),
    };
    for flag in invocation.flags().iter().filter(|flag| flag.name == "-o") {
        let text = flag.value.as_ref().and_then(|value| value.text.as_deref());
        match text {
            Some("-") => {}
            // `#1` is replaced by what a glob of the address stands for.
            Some(text) if text.starts_with('/') && !text.contains('#') => {
                gather.create(&gather.path_text(text))
            }
            Some(text) if !text.contains('#') => {
                let path = directory.child(text);
                gather.create(&path);
            }
            _ => gather.write(&PathOf::Any),
        }
    }
    if invocation.has_any_flag(&["-O", "--remote-name-all"]) {
        if invocation.has_flag("-J") || dynamic {
            gather.write(&below(&directory));
        }
        for operand in invocation.operands() {
            let name = operand.value.as_deref().and_then(curl_name);
            match name {
                Some(name) => gather.create(&directory.child(name)),
                None => gather.write(&below(&directory)),
            }
        }
    }
    if dynamic {
        // What stands for several words may hold flags.
        gather.barrier();
    }
}

/// The name under which `curl -O` keeps an address: the last part of its path.
fn curl_name(url: &str) -> Option<&str> {
    if url.contains(['{', '[']) {
        return None;
    }
    let path = url.split(['?', '#']).next()?;
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let (_, name) = path.rsplit_once('/')?;
    (!name.is_empty() && name != "..").then_some(name)
}

fn wget(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known()
        || invocation.has_any_flag(&["-e", "--use-askpass", "--config", "-b"])
    {
        return gather.barrier();
    }
    let dynamic = invocation
        .operands()
        .iter()
        .any(|operand| operand.value.is_none())
        && !invocation.known_flags_only();
    if dynamic {
        return gather.barrier();
    }
    gather.reads(Domain::Network);
    if invocation.has_any_flag(&[
        "--post-data",
        "--post-file",
        "--method",
        "--body-data",
        "--body-file",
    ]) {
        gather.writes(Domain::Network);
    }
    gather.read_flags(
        invocation,
        &[
            "-i",
            "--ca-certificate",
            "--ca-directory",
            "--certificate",
            "--private-key",
            "--load-cookies",
            "--post-file",
            "--body-file",
        ],
    );
    for path in gather.flag_paths(invocation, &["-o", "-a", "--save-cookies", "--hsts-file"]) {
        gather.write(&path);
    }
    if !invocation.has_flag("--no-hsts") {
        // It keeps a list of hosts in the home directory.
        gather.write(&PathOf::Below("/root".into()));
        gather.write(&PathOf::Below("/home".into()));
    }
    let documents = gather.flag_paths(invocation, &["-O"]);
    if !documents.is_empty() {
        let stdout = invocation.flag_value("-O") == Some("-");
        for path in documents {
            if !stdout {
                gather.create(&path);
            }
        }
        return;
    }
    if invocation.has_flag("--spider") {
        return;
    }
    let directory = match gather.flag_paths(invocation, &["-P"]).pop() {
        Some(directory) => directory,
        None => gather.here(),
    };
    // Where the file exists already, the new one gets another name beside it.
    gather.write(&below(&directory));
    gather.read(&below(&directory));
    let tree = invocation.has_any_flag(&[
        "-r",
        "-m",
        "-p",
        "-i",
        "-x",
        "--content-disposition",
        "--trust-server-names",
        "-E",
        "--delete-after",
    ]);
    for operand in invocation.operands() {
        if let Some(name) = operand
            .value
            .as_deref()
            .filter(|_| !tree)
            .and_then(wget_name)
        {
            gather.create(&directory.child(name));
        }
    }
}

/// The name under which wget keeps an address: the last part of its path with the query.
fn wget_name(url: &str) -> Option<&str> {
    let url = url.split('#').next()?;
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.contains('?') {
        // A slash in the query is written in another way.
        return None;
    }
    let (_, name) = rest.rsplit_once('/')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+=~@".contains(c);
    (!name.is_empty() && name != ".." && name.chars().all(plain)).then_some(name)
}

fn tar(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known()
        || invocation.has_any_flag(&[
            "--to-command",
            "-F",
            "--checkpoint-action",
            "--rsh-command",
            "-P",
            "-g",
            "--index-file",
            "-V",
            "--transform",
        ])
        || invocation.has_flag("-I") && !invocation.flag_value("-I").is_some_and(is_compressor)
    {
        return gather.barrier();
    }
    gather.read_flags(invocation, &["-T", "-X"]);
    gather.reads(Domain::Users);
    let directories = gather.flag_paths(invocation, &["-C"]);
    let place = match directories.as_slice() {
        [] => gather.here(),
        [one] => one.clone(),
        _ => PathOf::Any,
    };
    let archive = match gather.flag_paths(invocation, &["-f"]).pop() {
        Some(_) if invocation.flag_value("-f") == Some("-") => None,
        other => other,
    };
    if invocation.has_flag("-x") {
        if let Some(archive) = &archive {
            gather.read(archive);
        }
        if !invocation.has_flag("-O") {
            gather.write(&below(&place));
            gather.read(&below(&place));
        }
    } else if invocation.has_flag("-t") {
        if let Some(archive) = &archive {
            gather.read(archive);
        }
    } else if invocation.has_flag("-c") {
        gather.read(&below(&place));
        for operand in invocation.operands() {
            match operand.value.as_deref() {
                Some(text) if text.starts_with('/') => gather.read(&gather.path_text(text)),
                Some(text) => gather.read(&place.child(text)),
                None => gather.read(&PathOf::Any),
            }
        }
        if invocation.has_any_flag(&["-T", "-h"]) {
            gather.read(&PathOf::Any);
        }
        if let Some(archive) = &archive {
            gather.create(archive);
        }
        if invocation.has_flag("--remove-files") {
            gather.barrier();
        }
    } else {
        gather.barrier();
    }
    uncertain(gather, invocation);
}

fn is_compressor(program: &str) -> bool {
    matches!(
        program,
        "gzip" | "pigz" | "bzip2" | "pbzip2" | "lbzip2" | "xz" | "zstd" | "unzstd" | "lz4"
    )
}

fn unzip(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let Some(archive) = invocation.operands().first() else {
        return gather.barrier();
    };
    gather.read(&gather.path(archive.word));
    if let Some(text) = archive.value.as_deref() {
        gather.read(&gather.path_text(&format!("{text}.zip")));
    }
    if !invocation.has_any_flag(&["-l", "-v", "-t", "-z", "-p", "-c"]) {
        let place = match gather.flag_paths(invocation, &["-d"]).pop() {
            Some(place) => place,
            None => gather.here(),
        };
        gather.write(&below(&place));
        gather.read(&below(&place));
    }
    uncertain(gather, invocation);
}

/// One file becomes another beside it.
fn compress(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.written_flags_known() || invocation.has_flag("-o") {
        return gather.barrier();
    }
    for operand in invocation.operands() {
        let path = gather.path(operand.word);
        gather.read(&path);
        if !invocation.has_any_flag(&["-c", "-l", "-t"]) {
            gather.write(&path.parent());
        }
    }
    uncertain(gather, invocation);
}

fn clone(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    let dangerous = [
        "-c",
        "--config",
        "-u",
        "--template",
        "--reference",
        "--separate-git-dir",
        "--git-dir",
        "--exec-path",
    ];
    if !invocation.written_flags_known() || invocation.has_any_flag(&dangerous) {
        return gather.barrier();
    }
    gather.reads(Domain::Network);
    let start = match gather.flag_paths(invocation, &["-C"]).as_slice() {
        [] => gather.here(),
        [one] => one.clone(),
        _ => PathOf::Any,
    };
    let place = match invocation.operands() {
        [url] => match url.value.as_deref().and_then(clone_name) {
            Some(name) => start.child(name),
            None => below(&start),
        },
        [_, place] => match place.value.as_deref() {
            Some(text) if text.starts_with('/') => gather.path_text(text),
            Some(text) => start.child(text),
            None => PathOf::Any,
        },
        _ => return gather.barrier(),
    };
    if let Some(url) = invocation
        .operands()
        .first()
        .and_then(|url| url.value.as_deref())
        && !url.contains("://")
        && !url.contains('@')
    {
        // A path of this machine.
        gather.read(&PathOf::Any);
    }
    gather.create(&place);
    uncertain(gather, invocation);
}

/// The directory into which `git clone` puts an address.
fn clone_name(url: &str) -> Option<&str> {
    let url = url.trim_end_matches('/');
    let name = url.rsplit(['/', ':']).next()?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (!name.is_empty() && name != ".." && name.chars().all(plain)).then_some(name)
}

fn below(path: &PathOf) -> PathOf {
    match path {
        PathOf::One(path) => PathOf::Below(path.clone()),
        other => other.clone(),
    }
}

/// What stands for several words may hold flags.
fn uncertain(gather: &mut Gather<'_>, invocation: &Invocation<'_>) {
    if !invocation.known_flags_only() {
        gather.barrier();
    }
}
