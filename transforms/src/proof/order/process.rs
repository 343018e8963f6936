//! What a RUN touches, when that is known: the package managers of distributions and the everyday tools for files and
//! downloads. A RUN that does anything else is a barrier.

use crate::commands::base_name;
use crate::effects::{Domain, Effects, PathSet};
use crate::model::{Part, ShellWord, SimpleCommand, Value};
use crate::proof::normal::is_plain_default;
use crate::proof::trace::{Argv, EnvId, Envs, Exec, is_root};

use super::place::Place;

/// A process of which it is known what it touches.
#[derive(Debug)]
pub(super) struct Process {
    effects: Effects,
    /// Where variables make programs look for something, beside the places where systems have it.
    lookups: Lookups,
    cwd: String,
}

/// Places that variables name.
#[derive(Debug, Default)]
struct Lookups {
    paths: PathSet,
    /// Whether the working directory is one of them.
    here: bool,
}

/// Where programs, libraries and their configuration are, and what packages write to (semantics C.6).
const SYSTEM: &[&str] = &[
    "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/media",
    "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
];

/// Programs that do what their words say: they run nothing else, but for what packages bring, and look for nothing in the
/// working directory that the words don't name.
const PROGRAMS: &[&str] = &[
    // The package managers of distributions, which run the scripts of packages in the root directory.
    "apt-get",
    "apt",
    "apk",
    "dnf",
    "microdnf",
    "yum", //
    // Users.
    "addgroup",
    "adduser",
    "groupadd",
    "useradd", //
    // Files.
    "cat",
    "chmod",
    "chown",
    "cp",
    "echo",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "rmdir",
    "tee",
    "touch", //
    // Downloads and archives.
    "curl",
    "gzip",
    "gunzip",
    "sha256sum",
    "tar",
    "unzip",
    "wget", //
    // The system's own tables.
    "ldconfig",
    "locale-gen",
    "update-ca-certificates", //
    // The shell.
    ":",
    "[",
    "cd",
    "set",
    "test",
    "true",
];

impl Process {
    /// What a process touches.
    ///
    /// # Errors
    /// When that isn't known: why.
    pub(super) fn of(exec: &Exec<'_>, envs: &Envs) -> Result<Self, String> {
        let barrier = |why: &str| Err(format!("{why}, so it may notice everything"));
        let Argv::Shell {
            shell,
            script: Some(script),
            ..
        } = &exec.argv
        else {
            return barrier("nothing is known about the RUN");
        };
        if !is_plain_default(shell) || script.bashism || exec.file.is_some() {
            return barrier("the RUN is not read by a plain shell");
        }
        if !exec.mounts.is_empty() || !exec.sandbox.is_empty() {
            return barrier("the RUN has mounts or rights of its own");
        }
        // Another user may have a home anywhere, with files for the programs in it.
        if !is_root(&exec.user) {
            return barrier("the RUN is not known to be that of root");
        }
        let Some(cwd) = exec.cwd.known().filter(|cwd| cwd.starts_with('/')) else {
            return barrier("the working directory is not known");
        };
        let mut strange = None;
        script.visit(&mut |command| {
            if strange.is_none() && !is_known(command) {
                strange = Some(command.words.first().map_or("", |word| word.text.as_str()));
            }
        });
        if let Some(program) = strange {
            return barrier(&format!("`{program}` in the RUN may do anything"));
        }
        let effects = Effects::of_script(script, Some(cwd));
        if effects.everything {
            return barrier("the RUN may do anything");
        }
        let Some(lookups) = Lookups::of(envs, exec.env) else {
            return barrier("a variable makes the programs of the RUN look for something");
        };
        Ok(Self {
            effects,
            lookups,
            cwd: cwd.to_owned(),
        })
    }

    /// Whether it neither notices nor touches what a COPY or a WORKDIR writes.
    ///
    /// # Errors
    /// When it may.
    pub(super) fn leaves_alone(&self, place: &Place) -> Result<(), String> {
        let root = place.root.as_str();
        let set = |path: &str| {
            let mut set = PathSet::default();
            set.insert(path);
            set
        };
        let own = set(root);
        if root == "/" || SYSTEM.iter().any(|dir| own.meets(dir)) {
            return Err(format!("programs may look for something in `{root}`"));
        }
        if self.effects.may_read(root) || self.effects.may_write(root) {
            return Err(format!("the RUN touches `{root}`"));
        }
        // Both may make directories above, each in its own way.
        let top = root.split('/').nth(1).unwrap_or_default();
        if self.effects.may_write(&format!("/{top}")) {
            return Err(format!("both write to `/{top}`"));
        }
        if self.lookups.paths.meets(root) || self.lookups.here && own.meets(&self.cwd) {
            return Err(format!(
                "a variable makes programs look for something in `{root}`"
            ));
        }
        let users = self.effects.writes.domains.contains(Domain::Users);
        if place.named && users {
            return Err("the RUN may make the user that the other names".to_owned());
        }
        Ok(())
    }

    /// Whether two processes don't notice each other.
    ///
    /// # Errors
    /// When they may.
    pub(super) fn commutes(&self, other: &Self) -> Result<(), String> {
        let (a, b) = (&self.effects, &other.effects);
        let shared = match (a.writes.paths.tops(), b.writes.paths.tops()) {
            (Some(a), Some(b)) => a.iter().any(|top| b.contains(top)),
            _ => true,
        };
        let looks = |process: &Self, effects: &Effects| {
            effects.writes.paths.meets_set(&process.lookups.paths)
                || process.lookups.here && effects.may_write(&process.cwd)
        };
        // Programs themselves are below these.
        let changes_programs = |effects: &Effects| {
            let programs = ["/usr", "/etc", "/root"];
            programs.iter().any(|dir| effects.may_write(dir))
        };
        let apart = a.commutes(b)
            && !shared
            && !looks(self, b)
            && !looks(other, a)
            && !changes_programs(a)
            && !changes_programs(b);
        match apart {
            true => Ok(()),
            false => Err("one of them may notice what the other does".to_owned()),
        }
    }
}

/// Whether a command is one of the programs, with words that hold nothing to run and no value that is unknown.
fn is_known(command: &SimpleCommand) -> bool {
    let values = command
        .assignments
        .iter()
        .filter_map(|assignment| assignment.value.as_ref());
    let targets = command
        .redirects
        .iter()
        .filter_map(|redirect| redirect.target.as_ref());
    let plain = |word: &ShellWord| {
        word.variables.is_empty() && word.substitutions.is_empty() && !word.effectful
    };
    let plain = command.words.iter().chain(values).chain(targets).all(plain);
    let assigns = command
        .assignments
        .iter()
        .any(|assignment| looks_up(&assignment.name) || assignment.append);
    let program = command.words.first().and_then(|word| word.value.as_deref());
    let known = program.is_some_and(|path| {
        let name = base_name(path);
        let system = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"];
        PROGRAMS.contains(&name)
            && (name == path
                || system
                    .iter()
                    .any(|dir| path.strip_prefix(dir) == Some(name)))
    });
    plain && !assigns && (known || command.words.is_empty() && command.redirects.is_empty())
}

/// Whether a program may look for files where this variable says: the shell's own, those of the C library and of the
/// package managers, and those of languages, in which scripts of packages may be written.
fn looks_up(name: &str) -> bool {
    let exact = [
        "BASH_ENV",
        "CURL_HOME",
        "DPKG_ROOT",
        "ENV",
        "GNUPGHOME",
        "HOME",
        "IFS",
        "MAGIC",
        "SHELL",
        "TAR_OPTIONS",
        "TEMP",
        "TERMINFO",
        "TMP",
        "TMPDIR",
        "WGETRC",
    ];
    let begins = [
        "APT_", "CURL_", "DNF_", "DPKG_", "GCONV", "JAVA_", "JDK_", "LD_", "OPENSSL_", "PERL",
        "PYTHON", "RPM_", "SSL_", "UNZIP", "XDG_", "YUM_", "ZIP",
    ];
    let upper = name.to_ascii_uppercase();
    // Package scripts run no compilers of Go and no programs of Node.
    !upper.ends_with("VERSION")
        && !matches!(upper.as_str(), "GOPATH" | "NODE_PATH")
        && (exact.contains(&upper.as_str())
            || upper.contains("PATH")
            || begins.iter().any(|start| upper.starts_with(start)))
}

impl Lookups {
    /// The places that the variables of an environment name. `None` when one of them is not known before the build. What
    /// the base image has set is taken to name its own places.
    fn of(envs: &Envs, env: EnvId) -> Option<Self> {
        let mut lookups = Self::default();
        for (name, value) in envs.pairs(env) {
            if looks_up(name) {
                lookups.add(name, value)?;
            }
        }
        Some(lookups)
    }

    fn add(&mut self, name: &str, value: &Value) -> Option<()> {
        let list = name.to_ascii_uppercase().contains("PATH");
        for part in value.parts() {
            let text = match part {
                Part::Literal(text) => text,
                Part::FromBase(_) => continue,
                Part::Modified { of, modifier, word } => {
                    let chooses = matches!(modifier.as_str(), ":+" | "+" | ":-" | "-");
                    chooses.then_some(())?;
                    self.add(name, of)?;
                    self.add(name, word)?;
                    continue;
                }
                Part::BuildArg { .. } => return None,
            };
            for word in text.split([':', ';', ',', '=', ' ', '\t']) {
                match word {
                    _ if word.starts_with('/') => self.paths.insert(word),
                    // What stands between a variable and a colon.
                    "" => {}
                    _ => self.here |= list || word.contains('/'),
                }
            }
        }
        Some(())
    }
}
