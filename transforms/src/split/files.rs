//! Programs that touch the files that they name.

use super::acts::{Act, Cmd, Files};
use super::directories::{is_known_directory, is_residue};
use super::place::Place;
use crate::model::ShellWord;

/// Programs that touch the files that they name.
pub(super) fn files(cmd: &Cmd<'_>) -> Option<Act> {
    let places = || -> Vec<Place> {
        let words = cmd.words().filter(|word| !word.text.starts_with('-'));
        words.map(|word| cmd.shell.place(word)).collect()
    };
    let mut files = Files::default();
    match cmd.name() {
        "rm" | "rmdir" | "unlink" => {
            let words = cmd.words().filter(|word| !word.text.starts_with('-'));
            for word in words {
                match (gone(cmd, word), pattern(cmd, word)) {
                    (Some(place), _) => files.deletes.push(place),
                    (None, Some(pattern)) => files.patterns.push(pattern),
                    (None, None) => files.deletes.push(cmd.shell.place(word)),
                }
            }
            let lists = |place: &Place| place.root().is_some_and(is_residue);
            if !files.deletes.is_empty()
                && files.patterns.is_empty()
                && files.deletes.iter().all(lists)
            {
                return Some(Act::Housekeeping);
            }
        }
        "mkdir" | "touch" | "truncate" => {
            files.writes = places();
            files.directories = cmd.is_any(&["mkdir"]);
            if cmd.is_any(&["mkdir"]) && cmd.texts().iter().any(|text| text == "-m") {
                files.writes.retain(|place| {
                    place.root().is_none_or(|path| {
                        !super::place::base_name(path)
                            .chars()
                            .all(|c| c.is_ascii_digit())
                    })
                });
            }
        }
        "chmod" | "chown" | "chgrp" | "setfacl" => {
            files.attributes = true;
            files.writes = cmd
                .words()
                .filter(|word| !word.text.starts_with('-'))
                .skip(1)
                .map(|word| cmd.shell.place(word))
                .collect();
        }
        "cp" | "mv" | "install" | "rsync" => {
            if cmd.is_any(&["install"]) && cmd.texts().iter().any(|text| text == "-d") {
                files.writes = places();
                files.directories = true;
                return Some(Act::Files(files));
            }
            let target = cmd.value_of(&["-t", "--target-directory"]);
            let words: Vec<&ShellWord> = cmd
                .words()
                .filter(|word| !word.text.starts_with('-'))
                .collect();
            let (target, sources) = match (target, words.split_last()) {
                (Some(target), _) => (target, words.clone()),
                (None, Some((target, sources))) => {
                    let place = cmd.shell.place(target);
                    let many = sources.len() > 1 || sources.iter().any(|source| source.glob);
                    // `cp -r dist/ target/` makes the target of the tree where there is none.
                    let tree = sources.iter().any(|source| source.text.ends_with('/'));
                    let directory =
                        target.text.ends_with('/') && !tree || is_known_directory(&place) || many;
                    (
                        if directory { place } else { alone(place) },
                        sources.to_vec(),
                    )
                }
                (None, None) => return None,
            };
            let directory = match &target {
                Place::At(path) => Some(path.clone()),
                _ => None,
            };
            for source in &sources {
                let place = cmd.shell.place(source);
                // `cp -r dist/. target` copies what is in it.
                let content = source.text.ends_with("/.") || source.text == ".";
                let named = match (&place, &directory) {
                    _ if content || source.text.ends_with('/') && cmd.is_any(&["rsync"]) => {
                        target.clone()
                    }
                    (Place::At(path), Some(directory)) if words_into(directory) => {
                        Place::At(format!(
                            "{}/{}",
                            directory.trim_end_matches('/'),
                            super::place::base_name(path)
                        ))
                    }
                    _ => target.clone(),
                };
                files.writes.push(unmark(named));
                if cmd.is_any(&["mv"]) {
                    match gone(cmd, source) {
                        Some(gone) => files.deletes.push(gone),
                        None => files.writes.push(place.clone()),
                    }
                }
                files.reads.push(place);
            }
        }
        "ln" => {
            files.link = true;
            let words: Vec<&ShellWord> = cmd
                .words()
                .filter(|word| !word.text.starts_with('-'))
                .collect();
            let (target, link) = match words.as_slice() {
                [target] => (target, None),
                [target, .., link] => (target, Some(link)),
                [] => return None,
            };
            let name = super::place::base_name(&cmd.text(target)).to_owned();
            let place = match link {
                Some(link) => cmd.shell.place(link),
                None => cmd.here(),
            };
            let inside = link.is_none_or(|link| link.text.ends_with('/') || link.text == ".")
                || is_known_directory(&place);
            files
                .writes
                .push(if inside { place.join(&name) } else { place });
            files.reads.push(cmd.shell.place(target));
        }
        "sed" | "perl" => {
            let in_place = cmd.texts().iter().any(|text| {
                text.starts_with("-i")
                    || text.starts_with("--in-place")
                    || text.starts_with("-pi")
                    || text == "-ri"
                    || text == "-Ei"
            });
            if !in_place {
                return cmd.is_any(&["sed"]).then_some(Act::Nothing);
            }
            let scripts = usize::from(!cmd.texts().iter().any(|text| text == "-e" || text == "-f"));
            let mut skip_value = false;
            let mut words = Vec::new();
            for word in cmd.words() {
                if std::mem::take(&mut skip_value) {
                    continue;
                }
                match word.text.as_str() {
                    "-e" | "-f" => skip_value = true,
                    text if text.starts_with('-') => {}
                    _ => words.push(word),
                }
            }
            files.writes = words
                .iter()
                .skip(scripts)
                .map(|word| cmd.shell.place(word))
                .collect();
            files.reads = files.writes.clone();
        }
        "tee" => files.writes = places(),
        "find" => {
            let texts = cmd.texts();
            let first = cmd
                .words()
                .next()
                .map_or(cmd.here(), |word| cmd.shell.place(word));
            let deletes = texts.iter().any(|text| text == "-delete" || text == "rm");
            let runs = texts
                .iter()
                .any(|text| text.starts_with("-exec") || text == "-ok");
            let known = texts
                .iter()
                .any(|text| matches!(text.as_str(), "rm" | "chmod" | "chown" | "strip"));
            match (deletes || runs, runs && !known) {
                (false, _) => return Some(Act::Nothing),
                (true, true) => return None,
                // The directory is there already: nothing new is put into it.
                (true, false) => {
                    files.writes.push(first);
                    files.directories = true;
                }
            }
            files.attributes = texts.iter().any(|text| text == "chmod" || text == "chown");
        }
        "xargs" => {
            let runs = cmd.operands();
            let removes = runs.iter().any(|word| word == "rm");
            let reads = runs.iter().any(|word| {
                matches!(
                    word.as_str(),
                    "info" | "grep" | "ls" | "echo" | "cat" | "file"
                )
            });
            return match (removes, reads) {
                (true, _) => Some(Act::Files(Files {
                    writes: vec![cmd.here()],
                    directories: true,
                    ..Files::default()
                })),
                (_, true) => Some(Act::Nothing),
                _ => None,
            };
        }
        // What is copied comes over without its symbols, and other files need not lose theirs.
        "strip" => return Some(Act::Nothing),
        "dos2unix" | "unix2dos" => files.writes = places(),
        "openssl" => {
            let texts = cmd.texts();
            if let Some("dgst" | "version" | "rand" | "s_client" | "sha1" | "md5" | "sha256") =
                texts.first().map(String::as_str)
            {
                return Some(Act::Nothing);
            }
            let outputs = [cmd.value_of(&["-out"]), cmd.value_of(&["-keyout"])];
            files.writes = outputs.into_iter().flatten().collect();
            if files.writes.is_empty() {
                return None;
            }
        }
        _ => return None,
    }
    Some(Act::Files(files))
}

/// The paths that `rm` removes, whatever they are for.
pub(super) fn removed(cmd: &Cmd<'_>) -> Vec<String> {
    if !cmd.is_any(&["rm", "rmdir"]) {
        return Vec::new();
    }
    let words = cmd.words().filter(|word| !word.text.starts_with('-'));
    words
        .filter_map(|word| match gone(cmd, word) {
            Some(Place::At(path)) => Some(path),
            _ => None,
        })
        .collect()
}

/// What `rm` removes: a path, or everything in a directory.
fn gone(cmd: &Cmd<'_>, word: &ShellWord) -> Option<Place> {
    match cmd.shell.place(word) {
        Place::At(path) => Some(Place::At(path)),
        Place::Below(path) if word.text.ends_with("/*") => Some(Place::At(path)),
        _ => None,
    }
}

/// The directory and the pattern of the names in it that `rm` removes: `/srv/*.zip`.
fn pattern(cmd: &Cmd<'_>, word: &ShellWord) -> Option<(String, String)> {
    let Place::Below(directory) = cmd.shell.place(word) else {
        return None;
    };
    let text = cmd.shell.pattern(word)?;
    let (above, name) = match text.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => (".", text.as_str()),
    };
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '*' | '?');
    let whole = cmd.shell.directory.join(above) == Place::At(directory.clone());
    (whole && name.chars().all(plain)).then(|| (directory, name.to_owned()))
}

/// Whether a name matches a pattern of a shell with `*` and `?`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    // A star does not stand for a dot at the beginning.
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    // Whether the beginning of the pattern matches each beginning of the name.
    let mut fits = vec![false; name.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    for symbol in pattern {
        let mut next = vec![false; fits.len()];
        let mut any = false;
        for (at, fit) in fits.iter().enumerate() {
            any |= *fit;
            let target = match symbol {
                '*' => next.get_mut(at).filter(|_| any),
                '?' => next.get_mut(at + 1).filter(|_| *fit),
                other => next
                    .get_mut(at + 1)
                    .filter(|_| *fit && name.get(at) == Some(&other)),
            };
            if let Some(target) = target {
                *target = true;
            }
        }
        fits = next;
    }
    fits.last().copied().unwrap_or_default()
}

/// A target of `cp` that is no directory for certain is marked by a slash at its end until its files are named.
fn alone(place: Place) -> Place {
    match place {
        Place::At(path) => Place::At(format!("{path}/=")),
        other => other,
    }
}

fn unmark(place: Place) -> Place {
    match place {
        Place::At(path) => Place::At(path.strip_suffix("/=").map_or(path.clone(), str::to_owned)),
        other => other,
    }
}

fn words_into(directory: &str) -> bool {
    !directory.ends_with("/=")
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*.zip", "a.zip", true),
            ("*.zip", "a.zip.asc", false),
            ("*", "a", true),
            ("*", ".a", false),
            (".*", ".a", true),
            ("a*b?", "axxbc", true),
            ("a*b?", "ab", false),
            ("nginx-*", "nginx-1.9", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
