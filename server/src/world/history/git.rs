//! The program `git`, asked for data: what it prints for programs is stable, and every repository that a person can work
//! with it can read, whatever its format.
//!
//! A library would start faster, but one history takes one process; and it would make the binary larger and the build longer
//! by more than all other dependencies together.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// More of a file than this is not read.
const MAX_BLOB: u64 = 4 << 20;

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    /// The folder that its paths are relative to, without links.
    pub root: PathBuf,
    /// Whether older commits were left out when it was cloned.
    pub shallow: bool,
    /// The commit that is checked out.
    pub head: String,
}

/// Why there is no history, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoHistory(pub String);

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// When there is none, no commit in it, or no git.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, NoHistory> {
        let ask = |words: &[&str]| {
            let mut command = git(folder);
            command.arg("rev-parse").args(words);
            said(command)
        };
        let text = match ask(&["--show-toplevel", "--is-shallow-repository", "HEAD"]) {
            Ok(text) => text,
            Err(error) => {
                // Git says the same of a missing commit and of a missing file, so what is missing is asked for.
                let is_repository = ask(&["--show-toplevel"]).is_ok_and(|text| !text.is_empty());
                return Err(if is_repository {
                    NoHistory("the repository has no commit yet".to_owned())
                } else {
                    error
                });
            }
        };
        let mut lines = text.lines();
        let mut line = || lines.next().unwrap_or_default();
        let (root, shallow, head) = (line(), line(), line());
        if root.is_empty() || head.is_empty() {
            return Err(NoHistory(
                "the repository has no working tree, so nothing says where the Dockerfile is"
                    .to_owned(),
            ));
        }
        Ok(Self {
            root: crate::world::discover::real_path(Path::new(root)),
            shallow: shallow == "true",
            head: head.to_owned(),
        })
    }

    /// The commits of the first parents, newest first, each with what it changed; `range` are further words, such as
    /// `--max-count=100`. The output is the format that [`super::log::read`] takes.
    pub(super) fn log(&self, range: &[String]) -> Command {
        let mut command = git(&self.root);
        // The first commit changes everything that it brings.
        command.args(["-c", "log.showRoot=true", "-c", "diff.renameLimit=400"]);
        command.args([
            "log",
            "--first-parent",
            "-m",
            "--raw",
            "-z",
            "-M",
            "--no-abbrev",
            "--no-show-signature",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--no-mailmap",
            "--no-notes",
            "--no-decorate",
            "--ignore-submodules=none",
            "--format=tformat:commit %H %ct %p",
        ]);
        command.args(range).arg("HEAD").arg("--");
        command
    }

    /// The files of a commit, in the format that [`super::log::tree`] takes.
    pub(super) fn tree(&self, commit: &str) -> Command {
        let mut command = git(&self.root);
        command.args(["ls-tree", "-r", "-z", "--full-tree", commit]);
        command
    }

    /// How many commits of the first parents are not older than a revision or a date.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn since(&self, text: &str) -> Result<usize, NoHistory> {
        let mut command = git(&self.root);
        let revision = format!("{text}^{{commit}}");
        command.args([
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &revision,
        ]);
        let range = match said(command) {
            Ok(commit) if !commit.trim().is_empty() => vec![format!("{}..HEAD", commit.trim())],
            // Git takes any text for a date, so one that can't be one is refused here.
            _ if text.bytes().any(|byte| byte.is_ascii_digit()) || text == "yesterday" => {
                vec![format!("--since={text}"), "HEAD".to_owned()]
            }
            _ => {
                let why = format!(
                    "`{text}` is neither a revision of the repository nor a date; give a commit, a tag, or a date such as \
                     2024-06-01 or \"6 months ago\""
                );
                return Err(NoHistory(why));
            }
        };
        let mut command = git(&self.root);
        command.args(["rev-list", "--first-parent", "--count"]);
        command.args(range).arg("--");
        let count = said(command)?;
        count
            .trim()
            .parse()
            .map_err(|_| NoHistory(format!("git counts `{}` commits", count.trim())))
    }

    /// A reader of files by their ids.
    ///
    /// # Errors
    /// When git can't be started.
    pub(crate) fn blobs(&self) -> Result<Blobs, NoHistory> {
        let mut command = git(&self.root);
        command.args(["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_started(&error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Blobs {
                child,
                stdin: Some(stdin),
                stdout: BufReader::new(stdout),
            }),
            _ => Err(NoHistory("git can't be talked to".to_owned())),
        }
    }
}

/// Reads files by their ids, one after the other.
#[derive(Debug)]
pub(crate) struct Blobs {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Blobs {
    /// The content of a file; `None` when it is too large or not there (a clone may leave files out).
    pub(crate) fn read(&mut self, id: &str) -> Option<Vec<u8>> {
        let stdin = self.stdin.as_mut()?;
        writeln!(stdin, "{id}").and_then(|()| stdin.flush()).ok()?;
        let mut header = String::new();
        self.stdout.read_line(&mut header).ok()?;
        let mut words = header.trim_end().rsplit(' ');
        // `ID blob SIZE`, or `ID missing`.
        let size: u64 = words.next()?.parse().ok()?;
        let mut content = Vec::new();
        let kept = size.min(MAX_BLOB);
        (&mut self.stdout)
            .take(kept)
            .read_to_end(&mut content)
            .ok()?;
        let rest = size - kept + 1;
        std::io::copy(&mut (&mut self.stdout).take(rest), &mut std::io::sink()).ok()?;
        (kept == size && content.len() as u64 == size).then_some(content)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It ends when nobody asks any more.
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Runs a command and hands its output to a reader while it runs.
///
/// # Errors
/// When it fails; the message is git's own.
pub(super) fn stream<T>(
    mut command: Command,
    read: impl FnOnce(&mut dyn BufRead) -> T,
) -> Result<T, NoHistory> {
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(&error))?;
    let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(NoHistory("the output of git can't be read".to_owned()));
    };
    // What it complains about is read on the side: a full pipe would stop it.
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let result = {
        let mut stdout = BufReader::with_capacity(1 << 16, stdout);
        read(&mut stdout)
    };
    let status = child.wait();
    let errors = errors.join().unwrap_or_default();
    match status {
        Ok(status) if status.success() => Ok(result),
        _ => Err(complaint(&errors)),
    }
}

/// What a command prints.
fn said(command: Command) -> Result<String, NoHistory> {
    stream(command, |out| {
        let mut text = Vec::new();
        let _ = out.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Git in a folder, so that nothing of the person's or the repository's configuration runs another program, changes the
/// repository, or fetches what a clone has left out.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("--no-pager")
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .arg("-C")
        .arg(folder)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn not_started(error: &std::io::Error) -> NoHistory {
    NoHistory(match error.kind() {
        std::io::ErrorKind::NotFound => {
            "the program `git` is not installed; the history is read through it".to_owned()
        }
        _ => format!("git can't be started: {error}"),
    })
}

/// The first line that git wrote to standard error, as a reason.
fn complaint(errors: &str) -> NoHistory {
    let line = errors.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or("it failed without a message");
    let line = line.strip_prefix("fatal: ").unwrap_or(line);
    NoHistory(if line.starts_with("not a git repository") {
        "it is not in a git repository".to_owned()
    } else if line.contains("dubious ownership") {
        "the repository belongs to somebody else, and git does not read it before \
         `git config --global --add safe.directory FOLDER` says so"
            .to_owned()
    } else {
        format!("git: {line}")
    })
}
