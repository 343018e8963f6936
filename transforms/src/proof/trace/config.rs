//! The configuration of an image as a stage builds it up (semantics B.2, B.8, B.10).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::TraceError;
use crate::model::{Instruction, Script, Value};

/// The configuration at some place of a stage. What the base image brings is the same in two traces with the same base,
/// so it isn't listed unless it is known.
#[derive(Debug, Clone)]
pub(crate) struct Config<'a> {
    /// The user as written; empty for root.
    pub(crate) user: Value,
    /// The working directory.
    pub(crate) workdir: Value,
    /// Whether a WORKDIR has set it: an image without one differs from an image with `/` in its configuration alone.
    pub(crate) workdir_set: bool,
    /// The shell of shell-form instructions.
    pub(crate) shell: Shell,
    /// Whether a SHELL has set it.
    pub(crate) shell_set: bool,
    /// The variables in the order of their first definition.
    pub(crate) env: Vec<(SmolStr, Value)>,
    pub(super) env_at: FxHashMap<SmolStr, usize>,
    /// The command.
    pub(crate) cmd: Argv<'a>,
    /// Whether a CMD stands in this very stage.
    pub(crate) cmd_set: bool,
    /// The entrypoint.
    pub(crate) entrypoint: Argv<'a>,
    /// The ports.
    pub(crate) ports: Ports,
    /// The volumes.
    pub(crate) volumes: FxHashSet<Value>,
    /// The labels.
    pub(crate) labels: FxHashMap<Value, Value>,
    /// The stop signal.
    pub(crate) stop_signal: Option<Value>,
    /// The health check.
    pub(crate) healthcheck: Option<Healthcheck<'a>>,
    /// The texts of the triggers.
    pub(crate) onbuild: Vec<String>,
    /// The triggers themselves.
    pub(crate) triggers: Vec<&'a Instruction>,
    /// The author.
    pub(crate) author: Option<SmolStr>,
}

/// The words that start a program.
#[derive(Debug, Clone)]
pub(crate) enum Argv<'a> {
    /// What the base image at the root of the stage chain says.
    Base,
    /// The words as written; none at all when nothing is set.
    Exec(Vec<SmolStr>),
    /// A text for a shell.
    Shell {
        /// The shell.
        shell: Shell,
        /// Its last argument.
        text: Cow<'a, str>,
        /// The parsed text.
        script: Option<&'a Script>,
    },
}

/// The shell of shell-form instructions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Shell {
    /// The one of the base image.
    Base,
    /// These words.
    Known(Rc<[SmolStr]>),
}

/// The ports of EXPOSE.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ports {
    /// First and last port (the same for a single one) and protocol.
    pub(crate) known: BTreeSet<(u16, u16, SmolStr)>,
    /// Arguments that depend on something unknown.
    pub(crate) symbolic: FxHashSet<Value>,
}

/// A health check.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Healthcheck<'a> {
    /// The test.
    pub(crate) test: HealthTest<'a>,
    /// Interval, timeout and so on, in order of name.
    pub(crate) options: Vec<(SmolStr, SmolStr)>,
}

/// The test of a health check.
#[derive(Debug, Clone)]
pub(crate) enum HealthTest<'a> {
    /// `NONE`
    None,
    /// A program.
    Exec(Vec<SmolStr>),
    /// A text for the shell that the image has when it runs.
    Shell(Cow<'a, str>),
}

impl Config<'_> {
    /// A variable that the stage chain sets.
    pub(crate) fn env(&self, name: &str) -> Option<&Value> {
        let at = *self.env_at.get(name)?;
        self.env.get(at).map(|(_, value)| value)
    }

    pub(super) fn set_env(&mut self, name: &str, value: Value) {
        if let Some(slot) = self.env_at.get(name).and_then(|at| self.env.get_mut(*at)) {
            slot.1 = value;
        } else {
            self.env_at.insert(name.into(), self.env.len());
            self.env.push((name.into(), value));
        }
    }
}

impl Argv<'_> {
    /// All words, when they are known.
    pub(crate) fn words(&self) -> Option<Vec<&str>> {
        match self {
            Self::Base => None,
            Self::Exec(words) => Some(words.iter().map(SmolStr::as_str).collect()),
            Self::Shell { shell, text, .. } => {
                let Shell::Known(shell) = shell else {
                    return None;
                };
                let words = shell.iter().map(SmolStr::as_str);
                Some(words.chain(std::iter::once(text.as_ref())).collect())
            }
        }
    }

    /// Whether both are run by the same shell, or by none.
    pub(crate) fn same_shell(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Shell { shell: a, .. }, Self::Shell { shell: b, .. }) => a == b,
            (Self::Shell { .. }, _) | (_, Self::Shell { .. }) => self == other,
            _ => true,
        }
    }

    /// Whether nothing is set.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::Exec(words) if words.is_empty())
    }
}

impl PartialEq for Argv<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Base, Self::Base) => true,
            (Self::Exec(a), Self::Exec(b)) => a == b,
            (
                Self::Shell { shell, text, .. },
                Self::Shell {
                    shell: other_shell,
                    text: other_text,
                    ..
                },
            ) => shell == other_shell && text == other_text,
            (Self::Base, _) | (_, Self::Base) => false,
            (a, b) => a.words().is_some_and(|words| Some(words) == b.words()),
        }
    }
}

impl PartialEq for HealthTest<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Exec(a), Self::Exec(b)) => a == b,
            (Self::Shell(a), Self::Shell(b)) => a == b,
            _ => false,
        }
    }
}

/// Ranges up to this many ports are unrolled, so that they equal the ports one by one.
const UNROLLED: u16 = 256;

impl Ports {
    /// Adds an argument of EXPOSE (`convert_expose.go`): address and host port are dropped.
    pub(super) fn add(&mut self, item: &Value) -> Result<(), TraceError> {
        let Some(text) = item.known() else {
            self.symbolic.insert(item.clone());
            return Ok(());
        };
        let wrong = || TraceError(format!("EXPOSE: `{text}` is no port"));
        let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = SmolStr::from(protocol.to_ascii_lowercase());
        if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
            return Err(wrong());
        }
        let port = ports.rsplit(':').next().unwrap_or_default();
        let (first, last) = port.split_once('-').unwrap_or((port, port));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
            return Err(wrong());
        };
        if first > last {
            return Err(wrong());
        }
        if last - first < UNROLLED {
            let each = (first..=last).map(|port| (port, port, protocol.clone()));
            self.known.extend(each);
        } else {
            self.known.insert((first, last, protocol));
        }
        Ok(())
    }
}

/// Whether the builder takes a stop signal: a number or a known name, with or without `SIG`.
pub(super) fn is_signal(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
        "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
        "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
        "RTMIN", "RTMAX",
    ];
    if let Ok(number) = name.parse::<u32>() {
        return number > 0;
    }
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    let realtime = |prefix: &str| {
        short
            .strip_prefix(prefix)
            .is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n <= 15))
    };
    NAMES.contains(&short) || realtime("RTMIN+") || realtime("RTMAX-")
}
