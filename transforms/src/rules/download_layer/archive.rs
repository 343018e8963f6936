//! What the commands of a RUN do with archives.

use crate::commands::Invocation;
use crate::model::{Instruction, Pipeline, ShellWord, SimpleCommand, State};
use crate::rules::Context;
use crate::rules::support::one_job::{path_of, text_of};

/// A command that unpacks an archive.
pub(super) struct Unpack<'a> {
    /// The number of its pipeline.
    pub(super) number: usize,
    /// The command.
    pub(super) command: &'a SimpleCommand,
    /// The archive as it is written.
    pub(super) word: &'a ShellWord,
    /// The archive, absolute as far as that is known; variables stay as they are.
    pub(super) path: String,
    /// Where it is unpacked, likewise.
    pub(super) place: String,
}

/// The commands of an and-list that unpack an archive by its name, in order.
pub(super) fn unpacks<'a>(
    ctx: &Context<'_>,
    run: &Instruction,
    pipelines: &[&'a Pipeline],
) -> Vec<Unpack<'a>> {
    let workdir = ctx.analysis.state(run).and_then(State::known_workdir);
    let mut directory = workdir.unwrap_or("?").to_owned();
    let mut found = Vec::new();
    for (number, pipeline) in pipelines.iter().enumerate() {
        let Some(command) = pipeline.simple() else {
            continue;
        };
        if command.word(0) == Some("cd") {
            let to = command.words.get(1);
            directory = to
                .and_then(|word| path_of(word, &directory))
                .unwrap_or_else(|| "??".to_owned());
            continue;
        }
        let Some((word, place)) = unpacked(command) else {
            continue;
        };
        let place = match place {
            Some(place) => path_of(place, &directory),
            None => Some(directory.clone()),
        };
        if let (Some(path), Some(place)) = (path_of(word, &directory), place) {
            found.push(Unpack {
                number,
                command,
                word,
                path,
                place,
            });
        }
    }
    found
}

/// The archive that a command unpacks, and where to, when it says so.
fn unpacked(command: &SimpleCommand) -> Option<(&ShellWord, Option<&ShellWord>)> {
    let invocation = Invocation::of(command)?;
    // The whole word of a flag's value; one that is a part of a word is no name by itself.
    let value = |name: &str| {
        let value = invocation.flag(name)?.value.as_ref()?;
        let word = command.words.get(value.word)?;
        let whole = match &value.text {
            Some(text) => text_of(word) == *text,
            None => !word.text.starts_with('-'),
        };
        whole.then_some(word)
    };
    match invocation.name() {
        "tar" if invocation.has_flag("-x") => {
            let place = match invocation.has_flag("-C") {
                true => Some(value("-C")?),
                false => None,
            };
            Some((value("-f")?, place))
        }
        "unzip" => {
            let place = match invocation.has_flag("-d") {
                true => Some(value("-d")?),
                false => None,
            };
            let first = invocation.operands().first()?;
            Some((command.words.get(first.word)?, place))
        }
        _ => None,
    }
}

/// Whether a pipeline verifies something: a sum or a signature.
pub(super) fn verifies(pipeline: &Pipeline) -> bool {
    let commands = pipeline
        .commands
        .iter()
        .filter_map(|command| match command {
            crate::model::Command::Simple(command) => Invocation::of(command),
            crate::model::Command::Compound(_) => None,
        });
    commands.into_iter().any(|command| {
        let sums = command.is_any(&[
            "sha256sum",
            "sha512sum",
            "sha384sum",
            "sha224sum",
            "sha1sum",
            "md5sum",
            "b2sum",
            "shasum",
            "cksum",
        ]) && super::archive::has_word(&command, &["-c", "--check"]);
        let signed = command.is_any(&["gpg", "gpg2"]) && has_word(&command, &["--verify"]);
        sums || signed || command.is_any(&["gpgv", "minisign", "signify", "cosign"])
    })
}

/// Whether one of these words is among the arguments; a cluster such as `-sc` counts for its letters.
fn has_word(command: &Invocation<'_>, wanted: &[&str]) -> bool {
    let words = command
        .words_after_sub()
        .iter()
        .filter_map(|word| word.value.as_deref());
    words.into_iter().any(|word| {
        let cluster = word.starts_with('-') && !word.starts_with("--");
        wanted.iter().any(|flag| {
            word == *flag
                || cluster
                    && flag.len() == 2
                    && flag.chars().nth(1).is_some_and(|it| word.contains(it))
        })
    })
}

/// The last name of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a name ends as archives do.
pub(super) fn is_archive(name: &str) -> bool {
    [
        ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tar.lz",
        ".zip", ".jar", ".war",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

/// Whether anything below an instruction names a file, by its last name, or might mean it by a wildcard.
pub(super) fn is_named_below(ctx: &Context<'_>, run: &Instruction, path: &str) -> bool {
    let source = ctx.analysis.source.as_str();
    let below = source
        .get(usize::from(run.lines.end())..)
        .unwrap_or_default();
    below.contains(file_name(path))
}
