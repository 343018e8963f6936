//! The configuration of an image: what must be equal, and what laws explain.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::started::starts_by_itself;
use crate::Facts;
use crate::images::Entrypoint;
use crate::model::{Analysis, Value};
use crate::proof::normal::{argv, is_plain_default};
use crate::proof::trace::{Argv, Config, HealthTest, Healthcheck, Shell, Stage};
use crate::proof::{Difference, Law};

/// The label that replaces the author.
const AUTHORS: &str = "org.opencontainers.image.authors";

/// Compares the configurations at the ends of two stages.
pub(crate) fn compare<'a>(
    analysis: &'a Analysis,
    before: &Stage<'a>,
    after: &Stage<'_>,
    allowed: &[Law],
    facts: &Facts,
) -> Result<BTreeSet<Law>, Difference> {
    let mut laws = BTreeSet::new();
    let (b, a) = (&before.config, &after.config);
    let differs = |what: &str| Err(Difference(format!("{what} of the image differs")));
    if b.user != a.user {
        return differs("the user");
    }
    if b.workdir != a.workdir || b.workdir_set != a.workdir_set {
        return differs("the working directory");
    }
    if b.shell != a.shell || b.shell_set != a.shell_set {
        return differs("the shell");
    }
    if b.ports != a.ports {
        return differs("a port");
    }
    if b.volumes != a.volumes {
        return differs("a volume");
    }
    if b.stop_signal != a.stop_signal {
        return differs("the stop signal");
    }
    if b.onbuild != a.onbuild {
        return differs("a trigger");
    }
    env(b, a, &mut laws)?;
    labels(b, a, &mut laws)?;
    let started = |program: &str| starts_by_itself(analysis, before, facts, program);
    commands(before, after, started, &mut laws)?;
    healthcheck(b, a, &mut laws)?;
    match laws.iter().find(|law| !allowed.contains(law)) {
        Some(law) => Err(Difference(format!(
            "the configuration differs in a way that the rewrite does not declare (`{}`)",
            law.id()
        ))),
        None => Ok(laws),
    }
}

/// The variables: the same values; another order is metadata.
fn env(b: &Config<'_>, a: &Config<'_>, laws: &mut BTreeSet<Law>) -> Result<(), Difference> {
    if b.env == a.env {
        return Ok(());
    }
    let changed = b
        .env
        .iter()
        .find(|(name, value)| a.env(name) != Some(value));
    let changed = changed.or_else(|| a.env.iter().find(|(name, _)| b.env(name).is_none()));
    match changed {
        Some((name, _)) => Err(Difference(format!(
            "the variable {name} of the image differs"
        ))),
        None => {
            laws.insert(Law::Metadata);
            Ok(())
        }
    }
}

/// Labels and author.
fn labels(b: &Config<'_>, a: &Config<'_>, laws: &mut BTreeSet<Law>) -> Result<(), Difference> {
    if b.labels == a.labels && b.author == a.author {
        return Ok(());
    }
    if let (Some(author), None) = (&b.author, &a.author) {
        let key = Value::literal(AUTHORS);
        let mut labels = a.labels.clone();
        let moved = labels.remove(&key) == Some(Value::literal(author));
        if moved && labels == b.labels {
            laws.insert(Law::AuthorToLabel);
            return Ok(());
        }
        if b.labels.contains_key(&key) {
            return Err(Difference(
                "the label of the authors is overwritten".to_owned(),
            ));
        }
    }
    let what = if b.author == a.author {
        "a label"
    } else {
        "the author"
    };
    Err(Difference(format!("{what} of the image differs")))
}

/// CMD and ENTRYPOINT.
fn commands(
    before: &Stage<'_>,
    after: &Stage<'_>,
    started: impl Fn(&str) -> bool,
    laws: &mut BTreeSet<Law>,
) -> Result<(), Difference> {
    let (b, a) = (&before.config, &after.config);
    if b.entrypoint != a.entrypoint {
        let same = exec_form(&b.entrypoint, &a.entrypoint, &started);
        if !same {
            return Err(Difference("the entrypoint of the image differs".to_owned()));
        }
        // The words of CMD are dropped by a shell, and become arguments of a program.
        if !b.cmd.is_none() || !a.cmd.is_none() {
            let why = "the entrypoint in exec form takes the words of CMD as arguments";
            return Err(Difference(why.to_owned()));
        }
        laws.insert(Law::ExecForm);
    }
    if b.cmd != a.cmd {
        if !exec_form(&b.cmd, &a.cmd, &started) {
            return Err(Difference("the command of the image differs".to_owned()));
        }
        let runs_it = match &a.entrypoint {
            Argv::Base => matches!(
                before.base_entrypoint,
                Some(Entrypoint::None | Entrypoint::Transparent)
            ),
            entrypoint => entrypoint.is_none(),
        };
        if !runs_it {
            let why = "the command in exec form gives other arguments to an entrypoint that is set or may be set";
            return Err(Difference(why.to_owned()));
        }
        laws.insert(Law::ExecForm);
    }
    Ok(())
}

/// Whether the second is the first without its shell (C.5, F.3).
fn exec_form(before: &Argv<'_>, after: &Argv<'_>, started: impl Fn(&str) -> bool) -> bool {
    match (before, after) {
        (Argv::Shell { shell, text, .. }, Argv::Exec(words)) => {
            only_starts(shell, text, words)
                && words
                    .first()
                    .is_some_and(|program| !may_be_script(program) || started(program))
        }
        _ => false,
    }
}

/// Whether a shell does nothing with a text but to start these words, which the kernel can do as well.
pub(super) fn without_shell(shell: &Shell, text: &str, words: &[SmolStr]) -> bool {
    only_starts(shell, text, words) && !words.first().is_some_and(|program| may_be_script(program))
}

/// Whether a shell does nothing with a text but to start these words.
fn only_starts(shell: &Shell, text: &str, words: &[SmolStr]) -> bool {
    is_plain_default(shell) && argv(text).is_some_and(|argv| argv == *words)
}

/// Whether a program may be a script without a `#!` line, by its name: only a shell runs such a file, by itself.
fn may_be_script(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    match name.rsplit_once('.') {
        Some((_, ending)) => matches!(
            ending,
            "sh" | "bash" | "zsh" | "ksh" | "py" | "pl" | "rb" | "js" | "php"
        ),
        None => {
            program.contains('/')
                && !program.starts_with("/sbin/")
                && !program.starts_with("/usr/sbin/init")
                && name.split(['-', '_']).any(|word| {
                    matches!(
                        word,
                        "start"
                            | "run"
                            | "entrypoint"
                            | "init"
                            | "boot"
                            | "bootstrap"
                            | "launch"
                            | "setup"
                            | "startup"
                            | "configure"
                    )
                })
        }
    }
}

fn healthcheck(b: &Config<'_>, a: &Config<'_>, laws: &mut BTreeSet<Law>) -> Result<(), Difference> {
    if b.healthcheck == a.healthcheck {
        return Ok(());
    }
    let differs = || {
        Err(Difference(
            "the health check of the image differs".to_owned(),
        ))
    };
    let (Some(before), Some(after)) = (&b.healthcheck, &a.healthcheck) else {
        return differs();
    };
    let (
        Healthcheck {
            test: HealthTest::Shell(text),
            options,
        },
        Healthcheck {
            test: HealthTest::Exec(words),
            options: other,
        },
    ) = (before, after)
    else {
        return differs();
    };
    // The shell that runs the text is that of the finished image.
    let same = options == other && without_shell(&b.shell, text, words);
    if !same {
        return differs();
    }
    laws.insert(Law::ExecForm);
    Ok(())
}
