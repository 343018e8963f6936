//! Which of the lines that change the state of a stage are needed in which of the two.

use super::plan::{Purpose, Step};
use crate::model::{Analysis, Args, Instruction, InstructionKind};

/// Leaves WORKDIR, USER, SHELL and ARG out of the stage that they don't matter for.
pub(super) fn settle(
    analysis: &Analysis,
    steps: &mut [Step<'_>],
    last_build: usize,
    download: bool,
    shared: Option<usize>,
) {
    for at in 0..steps.len() {
        let Some(step) = steps.get(at) else {
            continue;
        };
        if step.purpose != Purpose::Both || Some(step.instruction.index) <= shared {
            continue;
        }
        let kind = step.instruction.kind;
        let rest = || steps.iter().skip(at + 1);
        let in_runtime = |step: &&Step<'_>| step.purpose != Purpose::Build;
        let in_build = |step: &&Step<'_>| {
            step.purpose != Purpose::Runtime && step.instruction.index <= last_build
        };
        let new = match kind {
            InstructionKind::Workdir | InstructionKind::User => {
                let last = !rest().any(|step| step.instruction.kind == kind);
                let until = rest().take_while(|step| {
                    step.instruction.kind != kind
                        || kind == InstructionKind::Workdir
                            && is_relative(analysis, step.instruction)
                });
                let used = |step: &Step<'_>| uses(step.instruction, kind);
                let runtime = last
                    || until.clone().filter(in_runtime).any(used)
                    || rest()
                        .find(|step| step.instruction.kind == kind)
                        .is_some_and(|step| {
                            kind == InstructionKind::Workdir
                                && is_relative(analysis, step.instruction)
                        });
                let build = until.filter(in_build).any(used) || !download;
                pick(build, runtime)
            }
            InstructionKind::Arg => {
                let names = names(step.instruction);
                let named = |step: &&Step<'_>| {
                    let text = step
                        .runtime
                        .as_deref()
                        .unwrap_or_else(|| analysis.text(step.instruction.range));
                    names.iter().any(|name| mentions(text, name))
                };
                let read = !download || names.iter().any(|name| is_read_by_fetchers(name));
                let reads = |step: &Step<'_>| {
                    named(&step) || read && step.instruction.kind == InstructionKind::Run
                };
                let runtime = rest().filter(in_runtime).any(reads);
                let build = rest().filter(in_build).any(reads) || !download || !runtime;
                pick(build, runtime)
            }
            InstructionKind::Env if download => {
                let names = names(step.instruction);
                let build = rest().filter(in_build).any(|step| {
                    let text = analysis.text(step.instruction.range);
                    let read = step.instruction.kind == InstructionKind::Run;
                    names
                        .iter()
                        .any(|name| mentions(text, name) || read && is_read_by_fetchers(name))
                });
                pick(build, true)
            }
            _ => None,
        };
        if let (Some(purpose), Some(step)) = (new, steps.get_mut(at)) {
            step.purpose = purpose;
            match purpose {
                Purpose::Build => step.reason = "only the build depends on it".to_owned(),
                Purpose::Runtime => step.reason = "the build does not depend on it".to_owned(),
                Purpose::Both => {}
            }
        }
    }
}

/// Whether programs that fetch, unpack or install packages read a variable by themselves.
fn is_read_by_fetchers(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "ALL_PROXY",
        "BZIP2",
        "CURL_CA_BUNDLE",
        "CURL_HOME",
        "DEBIAN_FRONTEND",
        "FTP_PROXY",
        "GZIP",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "NO_PROXY",
        "PATH",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TAR_OPTIONS",
        "TMPDIR",
        "UNZIP",
        "WGETRC",
        "XZ_DEFAULTS",
        "XZ_OPT",
    ];
    let name = name.to_ascii_uppercase();
    NAMES.contains(&name.as_str()) || name.starts_with("GIT_") || name.starts_with("LC_")
}

fn pick(build: bool, runtime: bool) -> Option<Purpose> {
    match (build, runtime) {
        (true, true) => None,
        (true, false) => Some(Purpose::Build),
        (false, _) => Some(Purpose::Runtime),
    }
}

/// Whether a directory depends on the one above it, as one whose text isn't known may do.
fn is_relative(analysis: &Analysis, instruction: &Instruction) -> bool {
    let Args::Value(word) = &instruction.args else {
        return false;
    };
    let found = analysis.expand(instruction, &word.text).ok();
    !found.is_some_and(|found| found.value.prefix().starts_with('/'))
}

/// Whether an instruction depends on the directory, or on the user.
fn uses(instruction: &Instruction, kind: InstructionKind) -> bool {
    match instruction.kind {
        InstructionKind::Run => true,
        InstructionKind::Workdir => kind == InstructionKind::User,
        InstructionKind::Copy | InstructionKind::Add => match &instruction.args {
            Args::Copy { dest, .. } => {
                kind == InstructionKind::Workdir && !dest.text.starts_with('/')
            }
            _ => true,
        },
        _ => false,
    }
}

fn names(instruction: &Instruction) -> Vec<&str> {
    match &instruction.args {
        Args::Pairs(pairs) => pairs.iter().map(|pair| pair.name.text.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Whether a text names a variable.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text
            .get(at + name.len()..)
            .and_then(|rest| rest.chars().next());
        (before.ends_with('$')
            || before.ends_with("${")
            || before.ends_with("${!")
            || before.ends_with("%{"))
            && after.is_none_or(|next| !(next.is_ascii_alphanumeric() || next == '_'))
    })
}

/// Lets every install of the runtime stage find an index of packages: the one that it relied on may have been made by a
/// line that only the build stage has.
pub(super) fn refresh(analysis: &Analysis, steps: &mut [Step<'_>], shared: Option<usize>) {
    const MANAGERS: &[(&str, &str, &str)] = &[
        ("apt-get install", "apt-get update", "/var/lib/apt/lists"),
        ("apt install", "apt update", "/var/lib/apt/lists"),
        ("aptitude install", "aptitude update", "/var/lib/apt/lists"),
        ("apk add", "apk update", "/var/cache/apk"),
    ];
    let mut fresh = false;
    let mut updates: Option<usize> = None;
    let mut again = Vec::new();
    for (at, step) in steps.iter_mut().enumerate() {
        if step.instruction.kind != InstructionKind::Run {
            continue;
        }
        let text = match &step.runtime {
            Some(text) => text.clone(),
            None => analysis.text(step.instruction.range).to_owned(),
        };
        let plain = text
            .split_whitespace()
            .filter(|word| *word != "\\" && (!word.starts_with('-') || *word == "--no-cache"))
            .collect::<Vec<_>>()
            .join(" ");
        let update = [
            "apt-get update",
            "apt update",
            "aptitude update",
            "apk update",
        ]
        .iter()
        .any(|it| plain.contains(it));
        if step.purpose == Purpose::Build {
            let only = update
                && !plain.contains("install")
                && !plain.contains("apk add")
                && !plain.contains("upgrade");
            if only {
                updates = Some(at);
            }
            continue;
        }
        let removes = plain.contains("/var/lib/apt/lists");
        let install = MANAGERS.iter().find(|(install, ..)| {
            plain.contains(install)
                || install.starts_with("apt") && plain.contains(&install.replace(' ', " -y "))
        });
        if let Some((_, refresh, _)) = install
            && !update
            && !fresh
            && Some(step.instruction.index) > shared
            && !plain.contains("--no-cache")
            && !text.contains("--update")
            && !text.contains(" -U")
        {
            match updates {
                Some(index) => {
                    again.push(index);
                    fresh = true;
                }
                None => {
                    let command = step.instruction.command().map(|command| command.range);
                    let head = command
                        .map(|range| usize::from(range.start() - step.instruction.range.start()));
                    let shell = head.filter(|_| {
                        step.instruction.script().is_some() && step.instruction.heredocs.is_empty()
                    });
                    if let Some(head) = shell
                        && text.is_char_boundary(head)
                    {
                        let mut new = text.clone();
                        new.insert_str(head, &format!("{refresh} && "));
                        step.runtime = Some(new);
                        step.purpose = Purpose::Both;
                        if step.reason.is_empty() || step.reason.starts_with("the program") {
                            step.reason =
                                "the program needs these packages, whose list only the build had"
                                    .to_owned();
                        }
                        fresh = !removes;
                    }
                }
            }
        }
        // What another source has is not in the index yet.
        let new_source = [
            "apt-repository",
            "sources.list",
            "/etc/apk/repositories",
            "dpkg -i",
        ];
        if update {
            fresh = !removes;
        } else if removes
            || new_source
                .iter()
                .any(|it| plain.contains(it) || text.contains(it))
        {
            fresh = false;
        }
    }
    for at in again {
        if let Some(step) = steps.get_mut(at) {
            step.purpose = Purpose::Both;
            step.reason = "later lines install packages by this list".to_owned();
        }
    }
}
