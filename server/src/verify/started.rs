//! Both images are started: what do they print, how do they end, what is process 1, and does it hear the stop signal?

use std::thread;
use std::time::{Duration, Instant};

use dfix_transforms::proof::Law;

use super::bench::{Bench, Trouble};
use super::declared::Status;
use super::outcome::{Row, Run, Stopped};
use super::process::{Said, capture};
use super::workshop::Workshop;

/// How long a program is watched at most before it counts as one that goes on.
const LONGEST: Duration = Duration::from_secs(10);
/// One that has said something counts as that earlier, when it has run so long ...
const SETTLED: Duration = Duration::from_secs(3);
/// ... and has said nothing for so long.
const QUIET: Duration = Duration::from_millis(1500);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long it may take to end after the stop signal, in seconds, before it is killed.
const GRACE: u64 = 10;
/// How long one command of the builder may take.
const COMMAND: Duration = Duration::from_secs(120);

/// Starts an image, watches it, stops it, and removes the container.
///
/// # Errors
/// When the builder does not answer, or somebody wants to stop.
pub(super) fn watch(
    bench: &Bench<'_>,
    workshop: &mut Workshop,
    (role, tag): (&str, &str),
    words: &[String],
) -> Result<Run, Trouble> {
    let name = workshop.container(role);
    let run = Container { bench, name: &name }.live(workshop.id(), tag, words);
    workshop.remove_container(&name);
    run
}

/// A container on its way.
struct Container<'a> {
    bench: &'a Bench<'a>,
    name: &'a str,
}

impl Container<'_> {
    fn live(&self, id: &str, tag: &str, words: &[String]) -> Result<Run, Trouble> {
        let network = self.bench.options.network.as_deref();
        let builder = self.bench.builder;
        let limits = self.bench.limits(COMMAND);
        let start = builder.start(tag, self.name, id, network, words);
        let said = capture(start, limits).map_err(|cut| self.bench.trouble(cut))?;
        if !said.status.success() {
            return Ok(Run {
                stdout: String::new(),
                status: None,
                error: Some(error_line(&said.err)),
                process: None,
                stop: None,
            });
        }
        let process = match self.ends_by_itself()? {
            true => None,
            false => self.process()?,
        };
        // What it says when it is asked to end is said by one that hears it alone, which is told of anyway.
        let stdout = self.say(&["logs", self.name])?.out;
        // Between the two looks it may have ended.
        let running = self.state()?.is_none();
        let stop = match running {
            true => Some(self.stop()?),
            false => None,
        };
        Ok(Run {
            stdout,
            status: self.state()?,
            error: None,
            process,
            stop,
        })
    }

    /// Waits until the program has ended or seems to go on.
    fn ends_by_itself(&self) -> Result<bool, Trouble> {
        let started = Instant::now();
        let mut last = (0, Instant::now());
        loop {
            if self.state()?.is_some() {
                return Ok(true);
            }
            let said = self.say(&["logs", self.name])?;
            let length = said.out.len() + said.err.len();
            if length != last.0 {
                last = (length, Instant::now());
            }
            let age = started.elapsed();
            // One that has said nothing yet may only be slow: npm takes its seconds, on a busy machine more.
            let is_settled = length > 0 && age > SETTLED && last.1.elapsed() > QUIET;
            if age > LONGEST || is_settled {
                return Ok(false);
            }
            thread::sleep(LOOK);
        }
    }

    /// The exit status; `None` while it runs.
    fn state(&self) -> Result<Option<i32>, Trouble> {
        let format = "{{.State.Running}} {{.State.ExitCode}}";
        let said = self.say(&["inspect", "--format", format, self.name])?;
        let mut words = said.out.split_whitespace();
        match (
            words.next(),
            words.next().and_then(|code| code.parse().ok()),
        ) {
            (Some("true"), _) => Ok(None),
            (Some("false"), Some(code)) => Ok(Some(code)),
            _ => Err(Trouble::Other(format!(
                "the state of the started container is unknown: {}",
                last_line(&said.err)
            ))),
        }
    }

    /// The words of process 1, as far as they can be found out: an image need not have `cat`, nor a host `ps`.
    fn process(&self) -> Result<Option<String>, Trouble> {
        let said = self.say(&["exec", self.name, "cat", "/proc/1/cmdline"])?;
        if said.status.success() && !said.out.is_empty() {
            return Ok(Some(said.out.trim_end_matches('\0').replace('\0', " ")));
        }
        let pid = self.say(&["inspect", "--format", "{{.State.Pid}}", self.name])?;
        let table = self.say(&["top", self.name, "-eo", "pid,args"])?;
        Ok(arguments_of(&table.out, pid.out.trim()))
    }

    /// Sends the image's stop signal, and after some time the one that can't be refused.
    fn stop(&self) -> Result<Stopped, Trouble> {
        let started = Instant::now();
        let seconds = GRACE.to_string();
        let said = self.say(&["stop", "-t", &seconds, self.name])?;
        let elapsed = started.elapsed();
        if !said.status.success() {
            let why = last_line(&said.err);
            return Err(Trouble::Other(format!(
                "the started container can't be stopped: {why}"
            )));
        }
        let killed = elapsed >= Duration::from_secs(GRACE) && self.state()? == Some(137);
        Ok(match killed {
            true => Stopped::Killed,
            false => Stopped::Reacted(elapsed.as_secs_f64()),
        })
    }

    fn say(&self, words: &[&str]) -> Result<Said, Trouble> {
        let command = self.bench.builder.plain(words);
        capture(command, self.bench.limits(COMMAND)).map_err(|cut| self.bench.trouble(cut))
    }
}

/// The arguments of a process in a table of `ps`.
fn arguments_of(table: &str, pid: &str) -> Option<String> {
    table.lines().find_map(|line| {
        let (number, arguments) = line.trim().split_once(char::is_whitespace)?;
        (number == pid).then(|| arguments.trim().to_owned())
    })
}

/// The line that says what is wrong; others say where help is.
fn error_line(text: &str) -> String {
    let error = text.lines().find(|line| line.contains("rror"));
    error.map_or_else(|| last_line(text), |line| line.trim().to_owned())
}

fn last_line(text: &str) -> String {
    text.trim()
        .lines()
        .next_back()
        .unwrap_or_default()
        .to_owned()
}

/// What two runs differ in. `again` is a second run of the image before, whose differences from the first are noise.
pub(super) fn differences(
    before: &Run,
    after: &Run,
    again: Option<&Run>,
    laws: &[Law],
) -> Vec<Row> {
    let noise: Vec<&str> = again.map_or_else(Vec::new, |again| {
        let aspects = aspects(before).into_iter().zip(aspects(again));
        aspects
            .filter(|((_, first), (_, second))| first != second)
            .map(|((name, _), _)| name)
            .collect()
    });
    let may_be_process_1 = laws.contains(&Law::ExecForm);
    // Where a program can't be started there is nothing else to compare; where its end was forced, its status follows.
    let started = before.error.is_none() && after.error.is_none();
    let forced = before.stop == Some(Stopped::Killed) || after.stop == Some(Stopped::Killed);
    // Of two programs that go on, one may have come further when it was looked at.
    let both_go_on = before.stop.is_some() && after.stop.is_some();
    let goes_on = both_go_on
        && (before.stdout.starts_with(&after.stdout) || after.stdout.starts_with(&before.stdout));
    let rows = aspects(before).into_iter().zip(aspects(after));
    rows.filter(|((_, before), (_, after))| before != after)
        .filter(|((name, _), _)| match *name {
            START => true,
            STATUS => started && !forced,
            STDOUT => started && !goes_on,
            _ => started,
        })
        .map(|((name, was), (_, is))| {
            let status = if noise.contains(&name) {
                Status::Noise
            } else if may_be_process_1 && becomes_process_1(name, before, after) {
                Status::Declared(Law::ExecForm)
            } else {
                Status::Undeclared
            };
            Row {
                kind: "run",
                name: name.to_owned(),
                what: "changed",
                before: was,
                after: is,
                bytes: 0,
                status,
            }
        })
        .collect()
}

const START: &str = "start";
/// How a difference of the standard output is called.
pub(super) const STDOUT: &str = "stdout";
const STATUS: &str = "exit status";
const PROCESS: &str = "PID 1";
const STOP: &str = "stop signal";

/// What of a run is compared, in words.
fn aspects(run: &Run) -> [(&'static str, Option<String>); 5] {
    let status = match (run.status, run.stop) {
        (Some(status), Some(_)) => Some(format!("{status} after the stop signal")),
        (status, _) => status.map(|status| status.to_string()),
    };
    // How long it took is told elsewhere: here it would be a difference in each run.
    let stop = match run.stop {
        None => "it had ended by itself",
        Some(Stopped::Reacted(_)) => "it ends",
        Some(Stopped::Killed) => "it goes on and has to be killed",
    };
    let start = match run.error {
        None => "it starts",
        Some(_) => "it can't be started",
    };
    [
        (START, Some(start.to_owned())),
        (STDOUT, Some(run.stdout.clone())),
        (STATUS, status),
        (PROCESS, run.process.clone()),
        (STOP, Some(stop.to_owned())),
    ]
}

/// Whether a difference is one that comes with being process 1 instead of a shell's child.
fn becomes_process_1(name: &str, before: &Run, after: &Run) -> bool {
    match name {
        PROCESS => before.process.is_some() && after.process.is_some(),
        STOP => {
            before.stop == Some(Stopped::Killed) && matches!(after.stop, Some(Stopped::Reacted(_)))
        }
        STATUS => before.stop.is_some() && after.stop.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(status: i32, process: &str, stop: Stopped) -> Run {
        Run {
            stdout: "x\n".to_owned(),
            status: Some(status),
            error: None,
            process: Some(process.to_owned()),
            stop: Some(stop),
        }
    }

    #[track_caller]
    fn check(before: &Run, after: &Run, laws: &[Law], expected: &[(&str, Status)]) {
        let rows = differences(before, after, None, laws);
        let found: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.status))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_being_process_1_declares() {
        let declared = Status::Declared(Law::ExecForm);
        let shell = run(137, "sh -c app", Stopped::Killed);
        let exec = run(0, "app", Stopped::Reacted(0.1));
        check(
            &shell,
            &exec,
            &[Law::ExecForm],
            &[(PROCESS, declared), (STOP, declared)],
        );
        check(
            &shell,
            &exec,
            &[],
            &[(PROCESS, Status::Undeclared), (STOP, Status::Undeclared)],
        );
        let deaf = [(PROCESS, declared), (STOP, Status::Undeclared)];
        check(&exec, &shell, &[Law::ExecForm], &deaf);
        let other = run(143, "app", Stopped::Reacted(0.2));
        check(&exec, &other, &[Law::ExecForm], &[(STATUS, declared)]);
        check(&exec, &exec, &[], &[]);
    }

    #[test]
    fn one_may_have_come_further() {
        let first = run(0, "app", Stopped::Killed);
        let mut second = first.clone();
        second.stdout += "y\n";
        check(&first, &second, &[], &[]);
        second.stdout = "y\n".to_owned();
        check(&first, &second, &[], &[(STDOUT, Status::Undeclared)]);
    }

    #[test]
    fn ends_and_failures() {
        let ended = |status, stdout: &str| Run {
            stdout: stdout.to_owned(),
            status: Some(status),
            error: None,
            process: None,
            stop: None,
        };
        let undeclared = |name| (name, Status::Undeclared);
        check(
            &ended(0, "a"),
            &ended(1, "b"),
            &[Law::ExecForm],
            &[undeclared(STDOUT), undeclared(STATUS)],
        );
        let missing = |why: &str| Run {
            error: Some(why.to_owned()),
            status: None,
            ..ended(0, "")
        };
        check(&ended(0, "a"), &missing("x"), &[], &[undeclared(START)]);
        check(&missing("x"), &missing("y"), &[], &[]);
        let (first, second, third) = (ended(0, "1"), ended(0, "2"), ended(0, "3"));
        let rows = differences(&first, &second, Some(&third), &[]);
        assert_eq!(rows.first().map(|row| row.status), Some(Status::Noise));
    }

    #[test]
    fn processes_of_a_table() {
        let table = "    PID COMMAND\n  12345 nginx: master process nginx -g daemon off;\n  12400 nginx: worker\n";
        let found = arguments_of(table, "12345");
        assert_eq!(
            found.as_deref(),
            Some("nginx: master process nginx -g daemon off;")
        );
        assert_eq!(arguments_of(table, "1"), None);
    }
}
