//! The builders' command lines as child processes: their output line by line, and an end in time or on request.
//!
//! Each child leads a process group of its own. So Ctrl-C on the terminal reaches dfix alone, which then ends the builder, waits
//! for it, and cleans up; and a builder's own children end with it.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often a child and the wish to stop are looked at.
const TICK: Duration = Duration::from_millis(25);
/// How long a child that was asked to end may take: Buildah unmounts and removes its working containers then.
const GRACE: Duration = Duration::from_secs(8);
/// How long is waited for the last lines of a child that has ended: somebody else may still hold its output open.
const DRAIN: Duration = Duration::from_millis(500);
/// A longer line is taken in parts.
const MAX_LINE: u64 = 64 << 10;
/// More than this of the output of a short command is not taken.
const MAX_SAID: u64 = 8 << 20;
/// How many lines a child may be ahead of its reader.
const QUEUE: usize = 1024;

/// Whether the person has had enough (Ctrl-C, or the end of the terminal).
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Set by the first of the signals that ask a program to end; the second ends it at once.
    ///
    /// # Errors
    /// When the system takes no handler.
    pub(crate) fn on_signals() -> io::Result<Self> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let flag = Arc::new(AtomicBool::new(false));
        let mut signals = vec![SIGINT, SIGTERM];
        #[cfg(unix)]
        signals.push(signal_hook::consts::SIGHUP);
        for signal in signals {
            // The order matters: the first time the flag is not set yet when it is asked.
            signal_hook::flag::register_conditional_shutdown(signal, 2, flag.clone())?;
            signal_hook::flag::register(signal, flag.clone())?;
        }
        Ok(Self(flag))
    }

    /// Whether the wish was uttered.
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a child may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// How long.
    pub timeout: Duration,
    /// Who may want it to end; `None` for what has to be done in any case, which is cleaning up.
    pub stop: Option<&'a Stop>,
}

/// Why a child did not come to its own end.
#[derive(Debug)]
pub(crate) enum Cut {
    /// It could not be started, or not be waited for.
    Failed(io::Error),
    /// It took longer than allowed.
    TimedOut(Duration),
    /// Somebody wanted to stop.
    Interrupted,
}

/// What a short command said.
#[derive(Debug)]
pub(crate) struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs a command and hands over each line of its output, both streams in the order in which they were written.
///
/// # Errors
/// When it did not come to its own end.
pub(crate) fn follow(
    mut command: Command,
    limits: Limits<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<ExitStatus, Cut> {
    let (reader, writer) = io::pipe().map_err(Cut::Failed)?;
    command.stdin(Stdio::null());
    command.stdout(writer.try_clone().map_err(Cut::Failed)?);
    command.stderr(writer);
    let mut running = Running::start(&mut command, limits)?;
    // The command holds the writing end of the pipe, too: with it the reader would wait for ever.
    drop(command);
    let (sender, lines) = sync_channel(QUEUE);
    thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while (&mut reader)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line);
            if sender
                .send(text.trim_end_matches(['\n', '\r']).to_owned())
                .is_err()
            {
                return;
            }
            line.clear();
        }
    });
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => on_line(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(TICK),
        }
        if let Some(status) = running.poll()? {
            while let Ok(line) = lines.recv_timeout(DRAIN) {
                on_line(&line);
            }
            return Ok(status);
        }
    }
}

/// Runs a short command; returns what it said.
///
/// # Errors
/// When it did not come to its own end.
pub(crate) fn capture(command: Command, limits: Limits<'_>) -> Result<Said, Cut> {
    let (out, status, err) = stream(command, limits, |stdout| {
        let mut text = Vec::new();
        // What could be read is what it said.
        let _ = stdout.take(MAX_SAID).read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })?;
    Ok(Said { status, out, err })
}

/// Runs a command and lets `read` have its standard output while it runs. Returns what that made of it, how the command
/// ended, and its standard error.
///
/// # Errors
/// When it did not come to its own end.
pub(crate) fn stream<T: Send>(
    mut command: Command,
    limits: Limits<'_>,
    read: impl FnOnce(ChildStdout) -> T + Send,
) -> Result<(T, ExitStatus, String), Cut> {
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(&mut command, limits)?;
    let (Some(stdout), Some(mut stderr)) =
        (running.child.stdout.take(), running.child.stderr.take())
    else {
        return Err(Cut::Failed(io::Error::other("its output can't be read")));
    };
    thread::scope(|scope| {
        let reading = scope.spawn(move || read(stdout));
        let errors = scope.spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        // When the child is ended its output ends, and so do the readers.
        let status = loop {
            match running.poll()? {
                Some(status) => break status,
                None => thread::sleep(TICK),
            }
        };
        let gone = || Cut::Failed(io::Error::other("its output could not be read"));
        let result = reading.join().map_err(|_| gone())?;
        Ok((result, status, errors.join().map_err(|_| gone())?))
    })
}

/// A child that is ended when it is dropped.
struct Running<'a> {
    child: Child,
    started: Instant,
    limits: Limits<'a>,
    ended: bool,
}

impl<'a> Running<'a> {
    fn start(command: &mut Command, limits: Limits<'a>) -> Result<Self, Cut> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        Ok(Self {
            child: command.spawn().map_err(Cut::Failed)?,
            started: Instant::now(),
            limits,
            ended: false,
        })
    }

    /// How it ended, when it did.
    fn poll(&mut self) -> Result<Option<ExitStatus>, Cut> {
        if let Some(status) = self.child.try_wait().map_err(Cut::Failed)? {
            self.ended = true;
            return Ok(Some(status));
        }
        let cut = if self.limits.stop.is_some_and(Stop::asked) {
            Cut::Interrupted
        } else if self.started.elapsed() > self.limits.timeout {
            Cut::TimedOut(self.limits.timeout)
        } else {
            return Ok(None);
        };
        self.end();
        Err(cut)
    }

    /// Asks it to end, and makes it end when it does not.
    fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.ask_to_end();
        let since = Instant::now();
        while since.elapsed() < GRACE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(TICK);
        }
        self.make_end();
        let _ = self.child.wait();
    }

    #[cfg(unix)]
    fn ask_to_end(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    #[cfg(not(unix))]
    fn ask_to_end(&self) {}

    /// Ends the whole group, also when its leader is gone already: what the leader has left behind is nobody's.
    #[cfg(unix)]
    fn make_end(&mut self) {
        self.signal(rustix::process::Signal::KILL);
    }

    #[cfg(not(unix))]
    fn make_end(&mut self) {
        let _ = self.child.kill();
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let group = i32::try_from(self.child.id()).ok();
        if let Some(group) = group.and_then(rustix::process::Pid::from_raw) {
            // It may have ended in this moment.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn limits(timeout: Duration, stop: Option<&Stop>) -> Limits<'_> {
        Limits { timeout, stop }
    }

    #[test]
    fn lines_of_both_streams_in_order() {
        let mut lines = Vec::new();
        let script = "echo a; echo b >&2; printf 'c\\r\\nd'; exit 3";
        let status = follow(shell(script), limits(QUICK, None), &mut |line| {
            lines.push(line.to_owned());
        });
        assert_eq!(status.unwrap().code(), Some(3));
        assert_eq!(lines, ["a", "b", "c", "d"]);
    }

    #[test]
    fn what_keeps_the_output_open_is_not_waited_for() {
        let started = Instant::now();
        let status = follow(shell("sleep 30 & echo x"), limits(QUICK, None), &mut |_| {});
        assert!(status.unwrap().success());
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn time_is_limited() {
        let started = Instant::now();
        let limit = Duration::from_millis(200);
        let mut group = String::new();
        let script = "echo $$; sleep 60 & sleep 60";
        let ended = follow(shell(script), limits(limit, None), &mut |line| {
            group = line.to_owned();
        });
        assert!(matches!(ended, Err(Cut::TimedOut(_))), "{ended:?}");
        assert!(started.elapsed() < Duration::from_secs(10));
        let alive = shell(&format!("kill -0 -- -{group} 2>/dev/null")).status();
        assert!(
            !alive.unwrap().success(),
            "the group {group} is still there"
        );
    }

    #[test]
    fn a_wish_to_stop_ends_it() {
        let stop = Stop::default();
        let mut lines = 0;
        let script = "trap '' INT; echo x; sleep 60";
        let wish = stop.clone();
        let ended = follow(shell(script), limits(QUICK, Some(&stop)), &mut |_| {
            lines += 1;
            wish.0.store(true, Ordering::SeqCst);
        });
        assert!(matches!(ended, Err(Cut::Interrupted)), "{ended:?}");
        assert_eq!(lines, 1);
        let said = capture(shell("echo x"), limits(QUICK, None)).unwrap();
        assert_eq!(said.out, "x\n");
    }

    #[test]
    fn output_is_read_while_it_runs() {
        let script = "head -c 300000 /dev/zero; echo why >&2; exit 1";
        let count = |mut out: ChildStdout| io::copy(&mut out, &mut io::sink()).unwrap();
        let (bytes, status, err) = stream(shell(script), limits(QUICK, None), count).unwrap();
        assert_eq!(
            (bytes, status.code(), err.as_str()),
            (300_000, Some(1), "why\n")
        );
    }

    #[test]
    fn what_is_not_there_can_not_be_started() {
        let ended = capture(Command::new("/nonexistent/x"), limits(QUICK, None));
        assert!(matches!(ended, Err(Cut::Failed(_))), "{ended:?}");
    }
}
