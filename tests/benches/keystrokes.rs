//! What a person who types waits for: `cargo bench -p dfix-tests --bench keystrokes`, or `tests/bench-lsp`, which also brings
//! the server to compare with.
//!
//! A client types a comment and a command, one character at a time, each when the diagnostics of the one before have come,
//! and asks for code actions, completion and hover. The times go from the sending of a message to the arrival of the last
//! byte of the answer: pipes and the server, not what the client makes of it. `DFIX_OTHER_SERVER` names another server (a program with its arguments, separated by spaces) that gets the same
//! keystrokes in the same run. Machines are noisy: compare what one run printed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement speaks to the person who runs it, and stops at the first surprise"
)]

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use dfix_tests::binary;
use dfix_tests::lsp_client::{Client, Setup, uri};
use serde_json::{Value, json};

/// What is typed, over and over, at the place that [`PLACE`] names.
const TYPED: &str = "RUN apt-get update && apt-get install -y build-essential curl # and more\n";
/// Before this text in the middle of the file.
const PLACE: &str = "WORKDIR /srv/middle";
/// The sizes of the files, in bytes.
const SIZES: [usize; 2] = [6_000, 85_000];
/// How often the text is typed.
const ROUNDS: usize = 10;
/// How often each question is asked.
const QUESTIONS: usize = 100;
/// How many documents are open when memory is measured.
const OPEN: usize = 200;

/// Ten lines as many files have them; `@` is a number.
const STAGE: &str = "
# Stage @ compiles one of the services.
FROM golang:1.22-bookworm AS build@
ARG VERSION@=1.@.0
ENV CGO_ENABLED=0 GOFLAGS=\"-mod=readonly -trimpath\"
WORKDIR /src/service@
RUN apt-get update && apt-get install -y --no-install-recommends \\
        ca-certificates \\
        git \\
    && rm -rf /var/lib/apt/lists/*
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/root/.cache go mod download
COPY . .
RUN go build -ldflags \"-X main.version=${VERSION@}\" -o /out/service@ ./cmd/service@
FROM debian:12-slim AS run@
RUN apt-get update && apt-get install -y tini
COPY --from=build@ /out/service@ /usr/local/bin/service@
USER nobody
EXPOSE 80@
CMD [\"service@\", \"--listen\", \":80@\"]
";

/// A file of about `size` bytes with [`PLACE`] in its middle.
fn file(size: usize) -> String {
    let mut text = String::from("# syntax=docker/dockerfile:1\nARG REGION=eu\n");
    let mut middle = false;
    for number in 0.. {
        if text.len() >= size {
            return text;
        }
        if !middle && text.len() * 2 >= size {
            let _ = write!(
                text,
                "{PLACE}\nRUN make -j4 all\nCOPY --from=build0 /out /out\n"
            );
            middle = true;
        }
        text.push_str(&STAGE.replace('@', &number.to_string()));
    }
    text
}

/// Times, sorted.
struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// The time that so many of a hundred don't exceed, in milliseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0[index].as_secs_f64() * 1000.0
    }

    fn print(&self, what: &str, target: Option<f64>) {
        let (median, most) = (self.percentile(50), self.percentile(99));
        let judgement = match target {
            None => String::new(),
            Some(target) if median <= target => format!("   target {target} ms: met"),
            Some(target) => format!("   target {target} ms: MISSED"),
        };
        println!("{what:<44} p50 {median:>8.3} ms   p99 {most:>8.3} ms{judgement}");
    }
}

fn main() {
    // Cargo passes arguments of its own.
    for size in SIZES {
        measure(size);
    }
    start();
    memory();
}

/// A file in a build context with what it copies.
fn context() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["go.mod", "go.sum", "cmd/main.go", "pkg/a.go", "Dockerfile"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    let uri = uri(&folder.path().join("Dockerfile"));
    (folder, uri)
}

fn measure(size: usize) {
    let text = file(size);
    let (_folder, uri) = context();
    let uri = uri.as_str();
    println!("\n== a file of {} bytes", text.len());
    let targets = if size < 10_000 {
        [1.0, 2.0]
    } else {
        [5.0, 2.0]
    };
    let mut client = Client::new();
    client.open(uri, &text);
    let keys = keystrokes(&mut client, uri);
    keys.print("a key until its diagnostics", Some(targets[0]));
    let size = client.published[uri].to_string().len();
    println!(
        "{:<44} {size} bytes, {} diagnostics",
        "what is published",
        client.published[uri]["diagnostics"]
            .as_array()
            .unwrap()
            .len()
    );
    let middle = text.find(PLACE).unwrap();
    let action = |client: &mut Client, at: usize| {
        let range = client.range(uri, at..at);
        let params =
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
        ("textDocument/codeAction", params)
    };
    let place =
        |method: &'static str| move |client: &mut Client, at: usize| (method, client.at(uri, at));
    ask(
        (&mut client, uri),
        "code actions for a cursor",
        middle,
        Some(targets[1]),
        action,
    );
    // There the fixes have to be proven.
    let finding = middle + text[middle..].find("apt-get install -y tini").unwrap();
    ask(
        (&mut client, uri),
        "code actions for a cursor on a finding",
        finding,
        Some(targets[1]),
        action,
    );
    ask(
        (&mut client, uri),
        "completion",
        middle + 4,
        Some(targets[1]),
        place("textDocument/completion"),
    );
    ask(
        (&mut client, uri),
        "hover",
        middle + 4,
        Some(targets[1]),
        place("textDocument/hover"),
    );
    drop(client);
    if let Some(other) = std::env::var_os("DFIX_OTHER_SERVER") {
        let other = other.into_string().unwrap();
        let mut words = other.split(' ');
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        let mut client = Client::spawn_command(command, Setup::default());
        client.initialize();
        client.open(uri, &text);
        let theirs = keystrokes(&mut client, uri);
        theirs.print("the other server: a key until its diagnostics", None);
        for percent in [50, 99] {
            println!(
                "{:<44} p{percent} {:.1}",
                "the other server takes so many times as long",
                theirs.percentile(percent) / keys.percentile(percent)
            );
        }
    }
}

/// Types, one character at a time.
fn keystrokes(client: &mut Client, uri: &str) -> Times {
    let mut times = Vec::new();
    let before = client.text(uri).to_owned();
    wait(client, uri);
    for round in 0..=ROUNDS {
        let mut at = before.find(PLACE).unwrap();
        for character in TYPED.chars() {
            client.edit(uri, at..at, character.encode_utf8(&mut [0; 4]));
            wait(client, uri);
            // The first round is there to warm up.
            if round > 0 {
                times.push(client.arrived.duration_since(client.sent));
            }
            at += character.len_utf8();
        }
        let start = before.find(PLACE).unwrap();
        client.edit(uri, start..at, "");
        wait(client, uri);
    }
    Times::of(times)
}

/// Waits for the diagnostics of the text as it is now. A server may leave out the version.
fn wait(client: &mut Client, uri: &str) {
    let version = json!(client.documents[uri].version);
    client.until("diagnostics", |client| {
        let published = client.published.get(uri);
        published.is_some_and(|it| it["version"] == version || it["version"].is_null())
    });
    if client.published[uri]["version"].is_null() {
        client.published.remove(uri);
    }
}

/// Asks a question, each time about a text that has just changed: that is when editors ask.
fn ask(
    (client, uri): (&mut Client, &str),
    what: &str,
    at: usize,
    target: Option<f64>,
    question: impl Fn(&mut Client, usize) -> (&'static str, Value),
) {
    let mut times = Vec::new();
    for number in 0..QUESTIONS {
        let end = client.text(uri).len();
        client.edit(uri, end..end, if number % 2 == 0 { "#" } else { "\n" });
        wait(client, uri);
        let (method, params) = question(client, at);
        let answer = client.request(method, params);
        let time = client.arrived.duration_since(client.sent);
        if answer.is_err() {
            println!("{what:<44} not offered");
            return;
        }
        times.push(time);
    }
    Times::of(times).print(what, target);
}

/// From the start of the process to the first diagnostics.
fn start() {
    println!("\n== a new session");
    let text = file(SIZES[0]);
    let (_folder, uri) = context();
    let uri = uri.as_str();
    let mut times = Vec::new();
    for _ in 0..30 {
        let start = Instant::now();
        let mut client = Client::spawn_command(
            {
                let mut command = Command::new(binary());
                command.arg("lsp");
                command
            },
            Setup::default(),
        );
        client.initialize();
        client.open(uri, &text);
        wait(&mut client, uri);
        times.push(client.arrived.duration_since(start));
    }
    Times::of(times).print("start until the first diagnostics", Some(50.0));
}

/// The memory of a session with many open files.
fn memory() {
    let mut client = Client::new();
    let mut bytes = 0;
    for number in 0..OPEN {
        let text = format!("# {number}\n{}", file(SIZES[0]));
        bytes += text.len();
        let uri = format!("untitled:{number}/Dockerfile");
        client.open(&uri, &text);
        client.diagnostics(&uri);
    }
    match resident(client.process()) {
        Some(kilobytes) => {
            let megabytes = kilobytes as f64 / 1024.0;
            let judgement = if megabytes <= 50.0 { "met" } else { "MISSED" };
            println!(
                "{:<44} {megabytes:.1} MB   target 50 MB: {judgement}   ({OPEN} files, {bytes} bytes)",
                "resident memory"
            );
        }
        None => println!("resident memory: this system does not say"),
    }
}

/// The resident memory of a process in kilobytes, where the system tells.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
