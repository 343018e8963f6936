//! What the rules about directories share: which directory comes next, and whether one is certainly there.

use std::path::Path;

use crate::commands::Invocation;
use crate::effects::resolve;
use crate::images::Distribution;
use crate::model::{
    Analysis, Args, Base, Instruction, InstructionKind, Pipeline, Script, ShellWord, SimpleCommand,
    State, Value, join_path,
};

/// A path that the shell, the builder and a person read alike: plain characters, no `..`. Absolute paths are cleaned,
/// relative ones joined to the directory in force.
pub(crate) fn plain_directory(text: &str, workdir: Option<&str>) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte);
    let strange = text.is_empty() || text.starts_with('-') || !text.bytes().all(plain);
    if strange || text.split('/').any(|name| name == "..") {
        return None;
    }
    match text.starts_with('/') {
        true => Some(join_path("/", text)),
        false => Some(join_path(workdir?, text)),
    }
}

/// Whether a path is a directory or lies below it.
pub(crate) fn is_within(path: &str, directory: &str) -> bool {
    Path::new(path).starts_with(directory)
}

/// Whether what is made at a path is a plain directory of the image. Some inherit the group of the one above, some lie
/// where each RUN has a file system of its own.
pub(crate) fn is_ordinary(path: &str) -> bool {
    let inherits = ["/var/local", "/var/mail", "/var/spool/mail"];
    let passing = ["/dev", "/proc", "/sys"];
    let mut strange = inherits.iter().chain(&passing);
    !strange.any(|place| is_within(path, place))
}

/// Whether a folder above a path may be set-group-id, so that `mkdir` hands its group on. WORKDIR does not with every
/// builder (buildah 1.43 makes it root's, mode 0755).
pub(crate) fn may_inherit_group(analysis: &Analysis, stage: Option<usize>, path: &str) -> bool {
    let distribution = stage
        .and_then(|stage| analysis.base_config(stage))
        .and_then(|config| config.distribution);
    // Alpine's `adduser` makes such homes.
    let plain_homes = distribution.is_some_and(|found| found.is_debian_like());
    let in_home = path
        .strip_prefix("/home/")
        .is_some_and(|rest| rest.contains('/'));
    in_home && !plain_homes
        || analysis
            .instructions
            .iter()
            .any(|instruction| sets_group_id(analysis.text(instruction.range)))
}

/// Whether a text may give the set-group-id bit: by a mode of four digits or by letters.
fn sets_group_id(text: &str) -> bool {
    let speaks_of_modes = ["chmod", "install", "mkdir"]
        .iter()
        .any(|name| text.contains(name));
    let given = |word: &str| match word.trim_start_matches('0').as_bytes() {
        [first, rest @ ..] if rest.len() == 3 => {
            matches!(first, b'2' | b'3' | b'6' | b'7')
                && rest.iter().all(|it| (b'0'..=b'7').contains(it))
        }
        _ => false,
    };
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+');
    speaks_of_modes && words().any(|word| given(word) || word.contains('+') && word.contains('s'))
}

/// Whether the stage of an instruction is one for Windows, where paths and shells are others.
pub(crate) fn is_windows(analysis: &Analysis, instruction: &Instruction) -> bool {
    let stage = instruction
        .stage
        .and_then(|stage| analysis.stages.get(stage));
    stage.is_none_or(|stage| stage.windows)
}

/// The state after an instruction.
pub(crate) fn state_after<'a>(
    analysis: &'a Analysis,
    instruction: &Instruction,
) -> Option<&'a State> {
    let stage = instruction.stage?;
    let next = instruction.index + 1;
    match analysis.stages.get(stage)?.instructions.contains(&next) {
        true => analysis.states.get(next).map(AsRef::as_ref),
        false => analysis.end_state(stage),
    }
}

/// What comes next for the working directory.
pub(crate) enum Next<'a> {
    /// A WORKDIR sets it, to what is known of its absolute value.
    Set(&'a Instruction, Value),
    /// An instruction uses it.
    Used(&'a Instruction),
    /// The stage ends with it.
    End,
}

/// The next instruction of the same stage that uses the working directory or sets it. Commands that are only stored
/// (CMD, ENTRYPOINT, HEALTHCHECK) use the one that the stage ends with.
pub(crate) fn next_use<'a>(analysis: &'a Analysis, after: &Instruction) -> Next<'a> {
    let Some(stage) = after.stage else {
        return Next::End;
    };
    let later = analysis
        .stage_instructions(stage)
        .skip_while(|other| other.index <= after.index);
    for other in later {
        let expanded = |text: &str| analysis.expand(other, text).ok().map(|done| done.value);
        let absolute = |value: &Value| value.prefix().starts_with('/');
        match (other.kind, &other.args) {
            (InstructionKind::Workdir, Args::Value(path)) => {
                return match expanded(&path.text).filter(absolute) {
                    Some(value) => Next::Set(other, value),
                    None => Next::Used(other),
                };
            }
            (InstructionKind::Copy | InstructionKind::Add, Args::Copy { dest, .. })
                if expanded(&dest.text).is_some_and(|value| absolute(&value)) => {}
            (InstructionKind::Copy | InstructionKind::Add, _) => return Next::Used(other),
            (InstructionKind::Run | InstructionKind::Onbuild | InstructionKind::Unknown, _)
            | (_, Args::Malformed) => return Next::Used(other),
            _ => {}
        }
    }
    Next::End
}

/// Directories that the images of the large distributions have, none of them a link.
const STANDARD: &[&str] = &[
    "/",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/tmp",
];

/// Directories that even the smallest image with a shell has.
const SMALLEST: &[&str] = &["/", "/etc", "/root", "/tmp", "/usr", "/var"];

/// Whether the images of a distribution have a directory. Busybox has few, and Alpine's had no `/opt` for long.
fn is_standard(distribution: Distribution, dir: &str) -> bool {
    match distribution {
        Distribution::Debian
        | Distribution::Ubuntu
        | Distribution::Fedora
        | Distribution::CentOs
        | Distribution::Rocky
        | Distribution::Alma
        | Distribution::Amazon
        | Distribution::Oracle
        | Distribution::RedHat => STANDARD.contains(&dir),
        Distribution::Alpine => STANDARD.contains(&dir) && !matches!(dir, "/opt" | "/var/tmp"),
        _ => SMALLEST.contains(&dir),
    }
}

/// Whether a directory is certainly there before an instruction: something above it in the stage or in the stages that
/// it is built on made it, and nothing since then could have removed it, or every image has it.
pub(crate) fn exists(analysis: &Analysis, before: &Instruction, dir: &str) -> bool {
    if dir == "/" {
        return true;
    }
    let mut end = before.index;
    let mut stage = before.stage.and_then(|stage| analysis.stages.get(stage));
    // The chain of stages is as long as the file at most; each is visited once, since bases come before.
    while let Some(current) = stage {
        for other in analysis.stage_instructions(current.index).rev() {
            if other.index >= end {
                continue;
            }
            if let Some(found) = says(analysis, other, dir) {
                return found;
            }
        }
        stage = match current.base {
            Base::Stage(parent) if parent < current.index => analysis.stages.get(parent),
            _ => {
                let config = analysis.base_config(current.index);
                let distribution = config.and_then(|config| config.distribution);
                return distribution.is_some_and(|found| is_standard(found, dir));
            }
        };
        end = usize::MAX;
    }
    false
}

/// What an instruction says about a directory: that it is there, or that it may be gone.
fn says(analysis: &Analysis, instruction: &Instruction, dir: &str) -> Option<bool> {
    match (instruction.kind, &instruction.args) {
        (InstructionKind::Workdir, _) => {
            let made = state_after(analysis, instruction)?.known_workdir()?;
            is_within(&join_path("/", made), dir).then_some(true)
        }
        (InstructionKind::Copy | InstructionKind::Add, Args::Copy { sources, dest, .. }) => {
            if instruction.flags_named("link").next().is_some() {
                return Some(false);
            }
            // A wildcard may select nothing, and then nothing is made.
            let certain = sources
                .iter()
                .any(|source| !source.text.contains(['*', '?', '[', '$']));
            let expanded = analysis.expand(instruction, &dest.text).ok()?;
            let dest = expanded.value.known()?;
            let workdir = analysis.state(instruction)?.known_workdir();
            let path = match dest.starts_with('/') {
                true => join_path("/", dest),
                false => join_path(workdir?, dest),
            };
            // Without a final slash it may become a file.
            let made = is_within(&path, dir) && (dest.ends_with('/') || path != dir);
            (certain && made).then_some(true)
        }
        (InstructionKind::Run, _) => run_says(analysis, instruction, dir),
        (InstructionKind::Unknown | InstructionKind::Onbuild, _) => Some(false),
        _ => None,
    }
}

fn run_says(analysis: &Analysis, run: &Instruction, dir: &str) -> Option<bool> {
    let state = analysis.state(run)?;
    let Some(script) = run.script().filter(|_| state.shell.is_some()) else {
        return Some(false);
    };
    if let Some(list) = script.and_list()
        && state.plain_shell()
        && run.mounts().next().is_none()
    {
        let moved = list.iter().any(|pipeline| changes_directory(pipeline));
        let workdir = state.known_workdir().filter(|_| !moved);
        for pipeline in list.iter().rev() {
            if makes(pipeline, workdir, dir) {
                return Some(true);
            }
            if pipeline_removes(pipeline, workdir, dir) {
                return Some(false);
            }
        }
        return None;
    }
    script_may_remove(script, None, dir).then_some(false)
}

fn changes_directory(pipeline: &Pipeline) -> bool {
    let name = |command: &SimpleCommand| command.word(0).map(str::to_owned);
    pipeline.simple().is_none_or(|command| {
        name(command).is_none_or(|name| matches!(name.as_str(), "cd" | "pushd" | "popd"))
    })
}

/// Whether a command certainly makes a directory.
fn makes(pipeline: &Pipeline, workdir: Option<&str>, dir: &str) -> bool {
    let Some(mkdir) = pipeline
        .simple()
        .and_then(Invocation::of)
        .filter(|program| program.is("mkdir") && program.fully_understood())
    else {
        return false;
    };
    let made =
        |path: &str| plain_directory(path, workdir).is_some_and(|path| is_within(&path, dir));
    mkdir.wrappers().is_empty() && mkdir.static_operands().into_iter().flatten().any(made)
}

fn pipeline_removes(pipeline: &Pipeline, workdir: Option<&str>, dir: &str) -> bool {
    pipeline.commands.iter().any(|command| match command {
        crate::model::Command::Simple(simple) => may_remove(simple, workdir, dir),
        crate::model::Command::Compound(compound) => compound
            .bodies
            .iter()
            .any(|body| script_may_remove(body, None, dir)),
    })
}

/// Whether a script may remove a directory. Programs that no table knows are expected to leave it alone, as a person
/// would expect.
pub(crate) fn script_may_remove(script: &Script, workdir: Option<&str>, dir: &str) -> bool {
    let mut found = false;
    script.visit(&mut |command| found |= may_remove(command, workdir, dir));
    found
}

/// Whether a command may remove a directory.
pub(crate) fn may_remove(command: &SimpleCommand, workdir: Option<&str>, dir: &str) -> bool {
    if command.words.is_empty() {
        return false;
    }
    let Some(program) = Invocation::of(command) else {
        return true;
    };
    match program.name() {
        "eval" | "xargs" | "chroot" => true,
        "git" => program.sub("clean"),
        "rm" | "rmdir" | "mv" | "unlink" | "find" | "rsync" | "ln" | "rename" | "umount"
        | "userdel" | "deluser" => program
            .words_after_sub()
            .iter()
            .any(|word| meets(word, workdir, dir)),
        _ => false,
    }
}

/// Whether a word may name a directory or one above it.
fn meets(word: &ShellWord, workdir: Option<&str>, dir: &str) -> bool {
    let text = word.value.as_deref().unwrap_or(&word.text);
    if text.starts_with('-') {
        return false;
    }
    let name = text.trim_end_matches('/').rsplit('/').next();
    let name = name.unwrap_or_default();
    if word.value.is_some()
        && let Some(path) = resolve(text, workdir)
    {
        return is_within(dir, &path);
    }
    let only_glob = word.glob && word.variables.is_empty() && word.substitutions.is_empty();
    if only_glob && let Some(at) = text.find(['*', '?', '[', '{']) {
        // `/x/*` removes what is in `/x`, not `/x`.
        let fixed = text.get(..at).unwrap_or_default();
        let parent = fixed
            .rfind('/')
            .map_or(".", |slash| fixed.get(..=slash).unwrap_or("."));
        return resolve(parent, workdir)
            .is_none_or(|parent| is_within(dir, &parent) && dir != parent.as_str());
    }
    // Only the last name is known.
    let unknown = matches!(name, "" | "." | "..") || name.contains(['$', '*', '?', '[', '{', '`']);
    unknown || dir.split('/').any(|part| part == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use dfix_syntax::SourceText;

    fn check_exists(text: &str, dir: &str, expected: bool) {
        let source = SourceText::new(text.as_bytes()).expect("a good text");
        let analysis = Analysis::new(source, &Settings::default());
        let last = analysis.instructions.last().expect("an instruction");
        assert_eq!(exists(&analysis, last, dir), expected, "{text}");
    }

    #[test]
    fn what_is_there() {
        for (lines, expected) in [
            ("WORKDIR /a/b", true),
            ("WORKDIR /a\nWORKDIR b", true),
            ("RUN mkdir -p /a/b/c && make", true),
            ("RUN cd /a && mkdir b", false),
            ("RUN mkdir /a/b || true", false),
            ("COPY x /a/b/", true),
            ("COPY x /a/b", false),
            ("COPY x* /a/b/", false),
            ("COPY x /a/b/c", true),
            ("COPY x /a/b/\nRUN rm -rf /a", false),
            ("COPY x /a/b/\nRUN rm -rf /a/b/*", true),
            ("COPY x /a/b/\nRUN rm -rf /a/*", false),
            ("COPY x /a/b/\nRUN cd /x && rm -rf c $Y/b", false),
            ("COPY x /a/b/\nRUN cd /x && rm -rf c", true),
            ("", false),
        ] {
            check_exists(
                &format!("FROM debian:12\n{lines}\nRUN x\n"),
                "/a/b",
                expected,
            );
        }
    }

    #[test]
    fn stages_and_images() {
        check_exists("FROM debian:12\nRUN x\n", "/usr/local", true);
        check_exists("FROM debian:12\nRUN x\n", "/usr/src", false);
        check_exists("FROM example.org/x\nRUN x\n", "/usr/local", false);
        check_exists("FROM a AS b\nWORKDIR /c\nFROM b\nRUN x\n", "/c", true);
        check_exists("FROM a AS b\nWORKDIR /c\nFROM d\nRUN x\n", "/c", false);
    }
}
