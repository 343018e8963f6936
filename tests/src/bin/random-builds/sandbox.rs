//! Commands run in a root of their own: this program starts itself again, and that process changes its root, limits,
//! group and user before it becomes the command.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::fs::chroot;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::{Gid, Pid, Resource, Rlimit, Signal, Uid};

/// The argument by which this program knows that it is to become a command.
pub(crate) const INSIDE: &str = "--inside";

/// What the inner process says when it can't even begin.
const CANNOT_BEGIN: u8 = 125;

/// How long a command may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A command to run.
pub(crate) struct Job<'a> {
    pub(crate) root: &'a Path,
    pub(crate) argv: &'a [String],
    pub(crate) env: Vec<(String, String)>,
    pub(crate) workdir: &'a str,
    pub(crate) ids: Ids,
}

/// As whom it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
}

impl Job<'_> {
    /// Runs it with an empty standard input; its output goes nowhere. Returns the exit status, 128 + N for a signal.
    pub(crate) fn run(&self) -> io::Result<i32> {
        let groups: Vec<String> = self.ids.groups.iter().map(u32::to_string).collect();
        let mut command = Command::new("/proc/self/exe");
        command
            .args([INSIDE, &self.ids.uid.to_string(), &self.ids.gid.to_string()])
            .arg(format!("-{}", groups.join(",")))
            .arg(self.root)
            .arg(self.workdir)
            .args(self.argv)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .process_group(0);
        let mut child = command.spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let watched = watch(group);
        let status = child.wait();
        unwatch(watched);
        // What it left in the background dies with it, as in a container.
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let status = status?;
        Ok(status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
    }
}

/// Where outputs go: nowhere, unless somebody wants to see them.
fn output() -> Stdio {
    match std::env::var_os("RANDOM_BUILDS_OUTPUT") {
        Some(_) => Stdio::inherit(),
        None => Stdio::null(),
    }
}

/// The other side of [`Job::run`].
pub(crate) fn become_command(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let error = match enter(&mut args) {
        Ok(mut command) => {
            let error = command.exec();
            let code = if error.kind() == io::ErrorKind::NotFound {
                127
            } else {
                126
            };
            let _ = writeln!(io::stderr(), "{error}");
            return ExitCode::from(code);
        }
        Err(error) => error,
    };
    let _ = writeln!(io::stderr(), "sandbox: {error}");
    ExitCode::from(CANNOT_BEGIN)
}

fn enter(args: &mut impl Iterator<Item = OsString>) -> Result<Command, Box<dyn Error>> {
    let mut next = || args.next().ok_or("an argument is missing");
    let number = |text: OsString| -> Result<u32, Box<dyn Error>> {
        Ok(text.to_str().ok_or("no number")?.parse()?)
    };
    let (uid, gid) = (number(next()?)?, number(next()?)?);
    let groups = next()?;
    let groups: Vec<Gid> = groups
        .to_str()
        .unwrap_or_default()
        .trim_start_matches('-')
        .split(',')
        .filter_map(|text| text.parse().ok())
        .map(Gid::from_raw)
        .collect();
    let (root, workdir, program) = (next()?, next()?, next()?);
    chroot(root)?;
    std::env::set_current_dir("/")?;
    for (resource, limit) in [
        (Resource::Cpu, 5),
        (Resource::Fsize, 1 << 22),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        rustix::process::setrlimit(resource, limit)?;
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    rustix::thread::set_thread_groups(&groups)?;
    rustix::thread::set_thread_gid(Gid::from_raw(gid))?;
    std::env::set_current_dir(workdir)?;
    rustix::thread::set_thread_uid(Uid::from_raw(uid))?;
    let mut command = Command::new(program);
    command.args(args);
    Ok(command)
}

type Deadlines = Mutex<BTreeMap<u64, (Pid, Instant)>>;

fn deadlines() -> &'static Deadlines {
    static DEADLINES: OnceLock<Deadlines> = OnceLock::new();
    DEADLINES.get_or_init(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(Duration::from_millis(500));
                let Ok(jobs) = deadlines().lock() else { return };
                for (group, end) in jobs.values() {
                    if *end < Instant::now() {
                        let _ = rustix::process::kill_process_group(*group, Signal::KILL);
                    }
                }
            }
        });
        Mutex::default()
    })
}

/// Sees to it that a group of processes ends in time.
fn watch(group: Option<Pid>) -> Option<u64> {
    let mut jobs = deadlines().lock().ok()?;
    let key = jobs.last_key_value().map_or(0, |(key, _)| key + 1);
    jobs.insert(key, (group?, Instant::now() + TIMEOUT));
    Some(key)
}

fn unwatch(key: Option<u64>) {
    if let (Some(key), Ok(mut jobs)) = (key, deadlines().lock()) {
        jobs.remove(&key);
    }
}
