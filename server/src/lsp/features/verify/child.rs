//! `dfix verify` as a child process: the text goes in, lines about the work and the report come out.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Task;
use super::report::Report;
use super::running::{Entry, Switch};

/// How often the child and the wish to stop are looked at, and news about it are told.
const TICK: Duration = Duration::from_millis(50);
/// How long a child that was asked to end may take: it ends its builder, and removes images.
const GRACE: Duration = Duration::from_secs(20);
/// How many of the last lines are kept for a child that ends without a report.
const REMEMBERED: usize = 5;
/// What is read of a line; the rest is no news.
const LONGEST: u64 = 4096;

/// How it ended.
#[derive(Debug)]
pub(super) enum End {
    /// It says what it found.
    Report(Box<Report>),
    /// Somebody wanted to stop.
    Stopped,
    /// It could not do its work, in words.
    Failed(String),
}

/// What the child said of its work.
#[derive(Debug, Default)]
struct Said {
    lines: VecDeque<String>,
    told: bool,
}

/// Runs the child to its end, and tells what it is at.
pub(super) fn run(
    task: &Task,
    entry: &Entry,
    unheard: &dyn Fn() -> bool,
    news: &dyn Fn(&str),
) -> End {
    match attempt(task, entry.switch(), unheard, news) {
        Ok(end) => end,
        Err(error) => End::Failed(error.to_string()),
    }
}

fn attempt(
    task: &Task,
    switch: &Switch,
    unheard: &dyn Fn() -> bool,
    news: &dyn Fn(&str),
) -> io::Result<End> {
    // Removed when the child is gone.
    let config = match &task.config {
        None => None,
        Some(text) => {
            let mut file = tempfile::Builder::new()
                .prefix("dfix-")
                .suffix(".toml")
                .tempfile()?;
            file.write_all(text.as_bytes())?;
            Some(file)
        }
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(&task.arguments).current_dir(&task.folder);
    if let Some(config) = &config {
        // Before all others: the last of them may be a command to run, and its words.
        command = Command::new(command.get_program());
        let (verify, others) = task.arguments.split_at(1);
        command.args(verify).arg("--config").arg(config.path());
        command.args(others).current_dir(&task.folder);
    }
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let pipes = switch.start(command, |child| {
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    })?;
    let (stdin, stdout, stderr) = match pipes {
        None => return Ok(End::Stopped),
        Some((Some(stdin), Some(stdout), Some(stderr))) => (stdin, stdout, stderr),
        Some(_) => return Err(io::Error::other("its input and output can't be reached")),
    };
    let said = Mutex::new(Said::default());
    thread::scope(|scope| {
        scope.spawn(|| write(stdin, &task.text));
        let output = scope.spawn(|| read(stdout));
        scope.spawn(|| listen(stderr, &said));
        wait(switch, &said, unheard, news)?;
        let output = output.join().unwrap_or_default();
        if switch.is_stopped() {
            return Ok(End::Stopped);
        }
        Ok(match serde_json::from_slice(&output) {
            Ok(report) => End::Report(Box::new(report)),
            Err(_) => End::Failed(last_words(&said)),
        })
    })
}

/// Waits for the end of the child.
fn wait(
    switch: &Switch,
    said: &Mutex<Said>,
    unheard: &dyn Fn() -> bool,
    news: &dyn Fn(&str),
) -> io::Result<()> {
    let mut since = None;
    while switch.poll()?.is_none() {
        if unheard() {
            switch.stop();
        }
        if switch.is_stopped() {
            let since: &mut Instant = since.get_or_insert_with(|| {
                news("stopping");
                Instant::now()
            });
            if since.elapsed() > GRACE {
                switch.kill();
            }
        } else if let Some(line) = latest(said) {
            news(&line);
        }
        thread::sleep(TICK);
    }
    Ok(())
}

/// A child that does not read its input to the end says why on its other pipes.
fn write(mut stdin: ChildStdin, text: &str) {
    let _ = stdin.write_all(text.as_bytes());
}

fn read(mut stdout: ChildStdout) -> Vec<u8> {
    let mut output = Vec::new();
    // What could be read is what it said.
    let _ = stdout.read_to_end(&mut output);
    output
}

/// Takes the child's lines as they come.
fn listen(stderr: ChildStderr, said: &Mutex<Said>) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while (&mut reader)
        .take(LONGEST)
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&line);
        let text = crate::report::one_line(&text);
        if !text.is_empty() {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.lines.len() == REMEMBERED {
                said.lines.pop_front();
            }
            said.lines.push_back(text);
            said.told = false;
        }
        line.clear();
    }
}

/// The last line, if it was not told yet.
fn latest(said: &Mutex<Said>) -> Option<String> {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::replace(&mut said.told, true) {
        return None;
    }
    said.lines.back().cloned()
}

fn last_words(said: &Mutex<Said>) -> String {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    match said.lines.make_contiguous() {
        [] => "it ended without a report".to_owned(),
        lines => lines.join("\n"),
    }
}
