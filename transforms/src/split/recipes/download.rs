//! Downloads: what is fetched, unpacked and prepared, whatever is done with it then.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::{Place, base_name};
use super::{Recipe, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Downloads",
    page: "Recognised: `curl`, `wget`, `git clone`, `svn`, `tar`, `unzip` and their like.\n\n\
        What was fetched and is still there at the end is copied from a stage that only downloads, so that a change of configuration does not download\n\
        again. What was fetched into a directory for temporary files stays behind. Where one `RUN` fetches and unpacks, the two become layers of their\n\
        own: a change of what is unpacked does not fetch again.",
    read,
};

pub(in super::super) const ID: &str = "download";

/// Whether a program gets files from elsewhere.
pub(in super::super) fn fetches(program: &str) -> bool {
    matches!(program, "curl" | "wget" | "git" | "svn" | "hg" | "bzr")
}

/// Whether a program unpacks an archive that is there.
pub(in super::super) fn unpacks(program: &str) -> bool {
    matches!(
        program,
        "tar"
            | "bsdtar"
            | "unzip"
            | "7z"
            | "7za"
            | "unrar"
            | "gunzip"
            | "bunzip2"
            | "unxz"
            | "cpio"
    )
}

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    let made = |outputs| Some(cmd.makes(ID, Work::Fetch, outputs));
    let texts = cmd.texts();
    match cmd.name() {
        "curl" => {
            if let Some(place) = cmd
                .value_of(&["-o", "--output"])
                .or_else(|| clustered(cmd, 'o'))
            {
                return made(vec![Output::File(place)]);
            }
            let named = texts.iter().any(|text| {
                text == "--remote-name" || text == "--remote-name-all" || short(text, 'O')
            });
            match named {
                true => made(vec![file_of(cmd, &texts)]),
                false => Some(Act::Nothing),
            }
        }
        "wget" => {
            let to_output = texts
                .iter()
                .any(|text| text == "-O-" || text == "-qO-" || text == "-nvO-");
            let document = cmd
                .value_of(&["-O", "--output-document"])
                .or_else(|| clustered(cmd, 'O'));
            match document {
                _ if to_output => Some(Act::Nothing),
                Some(Place::At(path)) if base_name(&path) == "-" => Some(Act::Nothing),
                Some(place) => made(vec![Output::File(place)]),
                None => match cmd.value_of(&["-P", "--directory-prefix"]) {
                    Some(place) => made(vec![Output::Tree(place)]),
                    None => made(vec![file_of(cmd, &texts)]),
                },
            }
        }
        "git" => git(cmd, &texts),
        "svn" | "hg" | "bzr" => {
            let checkout = matches!(
                texts.first().map(String::as_str),
                Some("co" | "checkout" | "clone" | "branch" | "export")
            );
            let operands = cmd.operands();
            match (checkout, operands.as_slice()) {
                (true, [_, _, directory]) => made(vec![Output::One(cmd.at(directory))]),
                (true, [_, url]) => made(vec![Output::One(cmd.here().join(base_name(url)))]),
                _ => Some(here(cmd, ID, Work::Fetch)),
            }
        }
        "tar" | "bsdtar" => {
            let listing = texts
                .first()
                .is_some_and(|text| text.trim_start_matches('-').starts_with('t'));
            let creates = texts
                .first()
                .is_some_and(|text| text.trim_start_matches('-').starts_with('c'));
            if listing {
                return Some(Act::Nothing);
            }
            let directory = cmd
                .value_of(&["-C", "--directory"])
                .or_else(|| attached(&texts, "-C").map(|path| cmd.at(&path)))
                .or_else(|| clustered(cmd, 'C'))
                .or_else(|| bundled(cmd));
            if let Some(members) = members(&texts).filter(|_| !creates) {
                let directory = directory.unwrap_or_else(|| cmd.here());
                let at = |member: &String| Output::One(directory.join(member));
                return made(members.iter().map(at).collect());
            }
            match creates {
                true => Some(here(cmd, ID, Work::Fetch)),
                false => made(vec![
                    directory.map_or_else(|| Output::Unpacked(cmd.here()), Output::Tree),
                ]),
            }
        }
        "unzip" | "7z" | "7za" | "unrar" => {
            let directory = cmd
                .value_of(&["-d"])
                .or_else(|| attached(&texts, "-d").map(|path| cmd.at(&path)));
            let directory = directory.or_else(|| {
                attached(&texts, "-o")
                    .filter(|_| cmd.is_any(&["7z", "7za"]))
                    .map(|path| cmd.at(&path))
            });
            match texts.iter().any(|text| text == "-l") {
                true => Some(Act::Nothing),
                false => made(vec![
                    directory.map_or_else(|| Output::Unpacked(cmd.here()), Output::Tree),
                ]),
            }
        }
        "gunzip" | "bunzip2" | "unxz" | "gzip" | "xz" | "bzip2" | "zcat" | "xzcat" | "bzcat"
            if cmd.name().ends_with("cat")
                || texts
                    .iter()
                    .any(|text| short(text, 'c') || text == "--stdout") =>
        {
            Some(Act::Nothing)
        }
        "gunzip" | "bunzip2" | "unxz" | "gzip" | "xz" | "bzip2" | "cpio" | "zip" => {
            Some(here(cmd, ID, Work::Fetch))
        }
        _ => None,
    }
}

/// The members of an archive that `tar` is asked for, by their names; `None` when it unpacks all, or not under these names.
fn members(texts: &[String]) -> Option<Vec<String>> {
    let mut words = texts.iter();
    let mut members = Vec::new();
    let first = words.next()?;
    let is_cluster = |word: &str| {
        !word.starts_with("--") && word.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
    };
    // `xf`, `-xzf`: the archive is the next word.
    if !is_cluster(first) || !first.ends_with('f') {
        return None;
    }
    words.next()?;
    while let Some(word) = words.next() {
        match word.as_str() {
            "-C" | "--directory" => drop(words.next()),
            "-v" | "--no-same-owner" | "-o" | "-p" => {}
            // Others may change the names.
            word if word.starts_with('-') || word.contains(['*', '?', '[', '$', '`']) => {
                return None;
            }
            word => members.push(word.to_owned()),
        }
    }
    (!members.is_empty()).then_some(members)
}

fn git(cmd: &Cmd<'_>, texts: &[String]) -> Option<Act> {
    let operands = git_operands(texts);
    let clone = operands.iter().position(|text| text == "clone");
    let Some(clone) = clone else {
        return Some(
            match texts.iter().any(|text| {
                matches!(
                    text.as_str(),
                    "rev-parse"
                        | "describe"
                        | "log"
                        | "status"
                        | "ls-remote"
                        | "--version"
                        | "remote"
                        | "diff"
                )
            }) {
                true => Act::Nothing,
                false => match cmd.value_of(&["-C"]) {
                    Some(place) => cmd.makes(ID, Work::Fetch, vec![Output::Tree(place)]),
                    None => here(cmd, ID, Work::Fetch),
                },
            },
        );
    };
    let url = operands.iter().skip(clone + 1).position(|text| {
        text.contains("://")
            || text.contains('@')
            || text.contains(".git")
            || text.contains('$')
            || text.contains('/')
    })?;
    let url_at = clone + 1 + url;
    let directory = operands.get(url_at + 1).filter(|text| !text.is_empty());
    let place = match directory {
        Some(directory) => cmd.at(directory),
        None => {
            let name = base_name(operands.get(url_at)?);
            let name = name.strip_suffix(".git").unwrap_or(name);
            match name.contains('$') {
                true => return Some(cmd.makes(ID, Work::Fetch, vec![Output::Tree(cmd.here())])),
                false => cmd.here().join(name),
            }
        }
    };
    Some(cmd.makes(ID, Work::Fetch, vec![Output::One(place)]))
}

/// The operands of git, without the values of flags of `clone`.
fn git_operands(texts: &[String]) -> Vec<String> {
    const VALUED: &[&str] = &[
        "-b",
        "--branch",
        "--depth",
        "-o",
        "--origin",
        "-c",
        "--config",
        "-j",
        "--jobs",
        "-u",
        "--upload-pack",
        "--reference",
        "--reference-if-able",
        "--template",
        "--separate-git-dir",
        "--shallow-since",
        "--shallow-exclude",
        "--filter",
        "-C",
    ];
    let before = std::iter::once("").chain(texts.iter().map(String::as_str));
    texts
        .iter()
        .zip(before)
        .filter(|(text, flag)| !text.starts_with('-') && !VALUED.contains(flag))
        .map(|(text, _)| text.clone())
        .collect()
}

/// The value of a flag at the end of a cluster of short ones: `-sSLo file`.
fn clustered(cmd: &Cmd<'_>, flag: char) -> Option<Place> {
    let mut words = cmd.words();
    while let Some(word) = words.next() {
        let text = cmd.text(word);
        let cluster = text.starts_with('-') && !text.starts_with("--") && text.len() > 2;
        if cluster && text.ends_with(flag) && text.chars().skip(1).all(|c| c.is_ascii_alphabetic())
        {
            return words.next().map(|word| cmd.shell.place(word));
        }
    }
    None
}

/// The directory behind the letters of `tar xzC directory`, which need no dash.
fn bundled(cmd: &Cmd<'_>) -> Option<Place> {
    let mut words = cmd.words();
    let letters = cmd.text(words.next()?);
    let last = letters.ends_with('C') && letters.chars().all(|c| c.is_ascii_alphabetic());
    words
        .next()
        .filter(|_| last)
        .map(|word| cmd.shell.place(word))
}

fn short(text: &str, flag: char) -> bool {
    text.starts_with('-')
        && !text.starts_with("--")
        && text.chars().skip(1).all(|c| c.is_ascii_alphabetic())
        && text.contains(flag)
}

/// A value that is written at its flag: `-C/opt`, `-d/opt`.
fn attached(texts: &[String], flag: &str) -> Option<String> {
    let found = texts.iter().find_map(|text| text.strip_prefix(flag))?;
    (found.starts_with('/') || found.starts_with('.')).then(|| found.to_owned())
}

/// The file that an address is kept as.
fn file_of(cmd: &Cmd<'_>, texts: &[String]) -> Output {
    let address = texts
        .iter()
        .rev()
        .find(|text| text.contains("://") || text.contains('/'));
    let name = address
        .and_then(|text| text.split(['?', '#']).next())
        .map(base_name);
    match name {
        Some(name) if !name.is_empty() && !name.contains(['$', '{', '*']) => {
            Output::One(cmd.here().join(name))
        }
        _ => Output::Tree(cmd.here()),
    }
}
