//! Programs that run another program: `sudo`, `env`, `exec`, ...

use crate::model::SimpleCommand;

/// A program that stands before the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapper {
    /// What it does.
    pub kind: WrapperKind,
    /// The number of its word.
    pub word: usize,
    /// Whether it stands without flags and assignments of its own.
    pub bare: bool,
}

/// The kinds of [`Wrapper`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WrapperKind {
    /// Another user and another environment: `sudo`, `doas`, `gosu`, `su-exec`, `runuser`.
    User,
    /// Another environment or directory: `env`.
    Env,
    /// The program takes the place of the shell: `exec`.
    Exec,
    /// Builtins that choose what a name means: `command`, `builtin`.
    Lookup,
    /// Nothing that changes what the program does to files: `nice`, `time`, `nohup`, `timeout`, `stdbuf`.
    Plain,
}

/// How a wrapper's own words are read.
struct Spec {
    kind: WrapperKind,
    /// Flags without a value, separated by blanks.
    switches: &'static str,
    /// Flags with a value.
    valued: &'static str,
    /// Operands of its own before the program (`timeout 10`).
    operands: usize,
    /// Whether assignments may stand before the program.
    assignments: bool,
}

fn spec(name: &str) -> Option<Spec> {
    let (kind, switches, valued, operands, assignments) = match name {
        "sudo" => (
            WrapperKind::User,
            "-E -H -n -S -b -i -A -k -P --preserve-env --set-home --non-interactive --stdin --login",
            "-u -g -p -h -C -T -r -t --user --group --prompt",
            0,
            true,
        ),
        "doas" => (WrapperKind::User, "-n -L", "-u -C", 0, false),
        "gosu" | "su-exec" => (WrapperKind::User, "", "", 1, false),
        "env" => (
            WrapperKind::Env,
            "-i - --ignore-environment -v --debug",
            "-u --unset -C --chdir",
            0,
            true,
        ),
        "exec" => (WrapperKind::Exec, "-c -l -cl", "-a", 0, false),
        "command" => (WrapperKind::Lookup, "-p", "", 0, false),
        "builtin" => (WrapperKind::Lookup, "", "", 0, false),
        "nice" => (WrapperKind::Plain, "", "-n --adjustment", 0, false),
        "ionice" => (
            WrapperKind::Plain,
            "-t",
            "-c -n --class --classdata",
            0,
            false,
        ),
        "time" => (WrapperKind::Plain, "-p -v", "-f -o", 0, false),
        "nohup" | "eatmydata" | "catchsegv" | "linux32" | "linux64" => {
            (WrapperKind::Plain, "", "", 0, false)
        }
        "timeout" => (
            WrapperKind::Plain,
            "--foreground --preserve-status -v --verbose",
            "-s -k --signal --kill-after",
            1,
            false,
        ),
        "stdbuf" => (
            WrapperKind::Plain,
            "",
            "-i -o -e --input --output --error",
            0,
            false,
        ),
        _ => return None,
    };
    Some(Spec {
        kind,
        switches,
        valued,
        operands,
        assignments,
    })
}

/// The wrappers at the front of a command and the number of the real program's word. A wrapper whose own words are not
/// understood is itself the program.
pub(super) fn resolve(command: &SimpleCommand) -> (Vec<Wrapper>, usize) {
    let mut wrappers = Vec::new();
    let mut at = 0;
    while let Some(name) = command.word(at) {
        let Some(spec) = spec(base_name(name)) else {
            break;
        };
        let Some(next) = skip_own_words(command, at + 1, &spec) else {
            break;
        };
        wrappers.push(Wrapper {
            kind: spec.kind,
            word: at,
            bare: next == at + 1 + spec.operands,
        });
        at = next;
    }
    (wrappers, at)
}

/// The last element of a path.
pub(crate) fn base_name(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    slash.map_or(path, |slash| path.get(slash + 1..).unwrap_or_default())
}

/// The number of the word after a wrapper's flags, assignments and operands; `None` when there is no such word or a flag
/// is not known.
fn skip_own_words(command: &SimpleCommand, mut at: usize, spec: &Spec) -> Option<usize> {
    loop {
        // An unknown word may be a flag: then the program is not known either.
        let word = command.word(at)?;
        if word == "--" {
            at += 1;
            break;
        }
        if !word.starts_with('-') {
            break;
        }
        at += own_flag_length(word, spec)?;
    }
    if spec.assignments {
        while command
            .words
            .get(at)
            .is_some_and(|word| is_assignment(&word.text))
        {
            at += 1;
        }
    }
    at += spec.operands;
    command.words.get(at)?;
    Some(at)
}

/// How many words a wrapper's flag takes; `None` when it is not known.
fn own_flag_length(word: &str, spec: &Spec) -> Option<usize> {
    let has = |list: &str, word: &str| list.split_ascii_whitespace().any(|known| known == word);
    if has(spec.valued, word) {
        return Some(2);
    }
    let short = |list: &'static str| list.split_ascii_whitespace().filter(|flag| flag.len() == 2);
    let known = if word.starts_with("--") {
        let name = word.split('=').next().unwrap_or(word);
        has(spec.valued, name) || has(spec.switches, name)
    } else {
        let attached = short(spec.valued).any(|flag| word.starts_with(flag));
        let cluster = || {
            let mut letters = word.chars().skip(1);
            letters.all(|letter| short(spec.switches).any(|flag| flag.ends_with(letter)))
        };
        let number = || {
            let number = word.get(1..).and_then(|number| number.parse::<u32>().ok());
            spec.kind == WrapperKind::Plain && number.is_some()
        };
        has(spec.switches, word) || attached || word.len() > 1 && cluster() || number()
    };
    known.then_some(1)
}

/// Whether a word's text is `NAME=...`.
pub(super) fn is_assignment(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else {
        return false;
    };
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
