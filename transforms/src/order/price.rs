//! How long a step takes: what a build's log says, else a table by kind of command.
//!
//! The figures of the table are round numbers for a small service on a fast line. Only their order matters much: a compiler
//! costs more than a package, a package more than a copy.

use super::evidence::{Evidence, Ground, Kind, kind_of_copy};
use crate::Timings;
use crate::commands::Invocation;
use crate::ecosystem::Installation;
use crate::model::{Analysis, Instruction, InstructionKind, Part, Scope, SimpleCommand, Value};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// Packages of the distribution are fetched and installed.
    Packages,
    /// Dependencies of a project, or tools of a language, are fetched and installed.
    Dependencies,
    /// Something is compiled, bundled or tested.
    Compile,
    /// Something is downloaded.
    Download,
    /// Files are copied.
    Copy,
    /// Files are copied that make a large layer, which is pushed and pulled.
    LargeCopy,
    /// Names, modes and small files are set.
    Trifle,
    /// Anything else.
    Other,
}

impl Work {
    /// What it costs, in seconds.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Packages => 20.0,
            Self::Dependencies => 40.0,
            Self::Compile => 60.0,
            Self::Download => 10.0,
            Self::Copy => 0.5,
            Self::LargeCopy => 5.0,
            Self::Trifle => 0.2,
            Self::Other => 5.0,
        }
    }

    /// What it is, in a few words for a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Packages => "installs packages",
            Self::Dependencies => "installs dependencies",
            Self::Compile => "compiles",
            Self::Download => "downloads",
            Self::Copy | Self::LargeCopy => "copies files",
            Self::Trifle => "sets up files",
            Self::Other => "runs a program",
        }
    }
}

/// The seconds that a step takes: those of the log, else those of its kinds of work. An instruction that is no step costs
/// nothing. `evidence` is that of a COPY or ADD, if it has been asked for already.
pub fn seconds(
    analysis: &Analysis,
    instruction: &Instruction,
    evidence: Option<&Evidence>,
    timings: Option<&Timings>,
) -> f64 {
    if let Some(logged) = timings.and_then(|timings| logged(analysis, instruction, timings)) {
        return logged;
    }
    let copied = match evidence.map(|evidence| &evidence.ground) {
        Some(Ground::Kind(kind)) => Some(of_copy(*kind)),
        // What a framework unpacks is known by its kind, wherever it comes from.
        Some(Ground::Stage { .. }) => Some(Work::Copy),
        Some(Ground::History { .. }) | None => None,
    };
    match copied {
        Some(work) => work.seconds(),
        None => (work(analysis, instruction).iter())
            .map(|work| work.seconds())
            .sum(),
    }
}

/// The kinds of work that an instruction does, each once, the most expensive first.
pub fn work(analysis: &Analysis, instruction: &Instruction) -> Vec<Work> {
    let mut found = match instruction.kind {
        InstructionKind::Run => of_run(instruction),
        InstructionKind::Copy | InstructionKind::Add => {
            vec![of_copy(kind_of_copy(analysis, instruction))]
        }
        InstructionKind::Workdir => vec![Work::Trifle],
        _ => Vec::new(),
    };
    found.sort_by(|a, b| b.seconds().total_cmp(&a.seconds()));
    found.dedup();
    if found.len() > 1 {
        found.retain(|work| *work != Work::Trifle);
    }
    found
}

fn of_copy(kind: Kind) -> Work {
    match kind {
        Kind::Loader | Kind::Libraries | Kind::Snapshots => Work::LargeCopy,
        _ => Work::Copy,
    }
}

fn of_run(run: &Instruction) -> Vec<Work> {
    let Some(script) = run.script() else {
        return vec![Work::Other];
    };
    let mut found = Vec::new();
    script.visit(&mut |command| found.extend(of_command(command)));
    if found.is_empty() {
        found.push(Work::Trifle);
    }
    found
}

/// What a command costs; `None` for a builtin and the like.
fn of_command(command: &SimpleCommand) -> Option<Work> {
    let invocation = Invocation::of(command);
    let Some(invocation) = invocation else {
        return (!command.words.is_empty()).then_some(Work::Other);
    };
    if let Some(installation) = Installation::of(&invocation) {
        return Some(match installation.ecosystem.name {
            "the system's packages" => Work::Packages,
            _ => Work::Dependencies,
        });
    }
    let has = |names: &[&str]| {
        let words = command.words.iter().skip(1);
        let mut words = words.filter_map(|word| word.value.as_deref());
        words.any(|word| names.contains(&word))
    };
    let name = invocation.name();
    let compiles = match name {
        "npm" | "yarn" | "pnpm" | "bun" | "npx" => {
            has(&["build", "run", "compile", "test"]) || name == "npx"
        }
        "go" => has(&["build", "install", "test", "generate"]),
        "cargo" => true,
        "dotnet" => has(&["build", "publish", "test", "pack", "msbuild"]),
        "mix" => has(&["compile", "release", "assets.deploy", "phx.digest"]),
        "pip" | "pip3" | "uv" | "python" | "python3" => has(&["install", "setup.py", "build"]),
        "swift" | "dart" | "flutter" => has(&["build", "compile"]),
        _ => COMPILERS.contains(&name),
    };
    if compiles {
        return Some(Work::Compile);
    }
    Some(match name {
        "curl" | "wget" | "aria2c" | "svn" | "hg" | "rsync" => Work::Download,
        "git" if has(&["clone", "fetch", "pull", "submodule"]) => Work::Download,
        "apt-get" | "apt" if invocation.sub("update") => Work::Packages,
        _ if TRIFLES.contains(&name) => Work::Trifle,
        "apt-get" | "apt" | "apk" | "dnf" | "yum" | "microdnf" | "npm" | "yarn" | "pip"
        | "pip3" | "git" => Work::Trifle,
        _ => Work::Other,
    })
}

const COMPILERS: &[&str] = &[
    "ant",
    "autoconf",
    "autoreconf",
    "bazel",
    "buck",
    "c++",
    "cabal",
    "cc",
    "clang",
    "clang++",
    "cmake",
    "configure",
    "elm",
    "esbuild",
    "g++",
    "gcc",
    "ghc",
    "gradle",
    "gradlew",
    "gulp",
    "hugo",
    "javac",
    "jekyll",
    "lein",
    "make",
    "maven",
    "meson",
    "mkdocs",
    "mvn",
    "mvnw",
    "ng",
    "ninja",
    "rebar3",
    "rollup",
    "rustc",
    "sbt",
    "scons",
    "sphinx-build",
    "stack",
    "tox",
    "tsc",
    "vite",
    "webpack",
    "zig",
];

const TRIFLES: &[&str] = &[
    ":",
    "[",
    "a2dismod",
    "a2enmod",
    "addgroup",
    "adduser",
    "alias",
    "basename",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "chsh",
    "command",
    "cp",
    "cut",
    "date",
    "dirname",
    "echo",
    "env",
    "exit",
    "export",
    "false",
    "find",
    "getent",
    "grep",
    "groupadd",
    "groupmod",
    "head",
    "id",
    "install",
    "ldconfig",
    "ln",
    "ls",
    "mkdir",
    "mktemp",
    "mv",
    "printf",
    "pwd",
    "rm",
    "rmdir",
    "sed",
    "set",
    "sha256sum",
    "shopt",
    "sort",
    "source",
    "ssh-keyscan",
    "stat",
    "tail",
    "tee",
    "test",
    "touch",
    "tr",
    "true",
    "umask",
    "uname",
    "unset",
    "useradd",
    "usermod",
    "which",
    "whoami",
    "xargs",
];

/// What the log says about an instruction: by its text, or by its text with the values of variables, which is what
/// BuildKit shows.
fn logged(analysis: &Analysis, instruction: &Instruction, timings: &Timings) -> Option<f64> {
    if timings.is_empty() {
        return None;
    }
    let text = text(analysis, instruction);
    let expanded = || timings.seconds(&expanded(analysis, instruction, &text));
    timings.seconds(&text).or_else(expanded)
}

/// An instruction on one line, its keyword in capitals.
fn text(analysis: &Analysis, instruction: &Instruction) -> String {
    let mut text = analysis.text(instruction.keyword).to_uppercase();
    let mut at = instruction.keyword.end();
    for broken in &instruction.breaks {
        if broken.range.start() >= at && broken.range.end() <= instruction.range.end() {
            text.push_str(analysis.text(dfix_syntax::TextRange::new(at, broken.range.start())));
            at = broken.range.end();
        }
    }
    if at < instruction.range.end() {
        text.push_str(analysis.text(dfix_syntax::TextRange::new(at, instruction.range.end())));
    }
    text
}

/// The text with what `$NAME` and `${NAME}` stand for, where that is known.
fn expanded(analysis: &Analysis, instruction: &Instruction, text: &str) -> String {
    let scope = analysis.scope(instruction);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (braced, name) = match after.strip_prefix('{') {
            Some(inner) => (true, inner),
            None => (false, after),
        };
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
        let (name, tail) = name.split_at_checked(end).unwrap_or((name, ""));
        let tail = if braced {
            tail.strip_prefix('}')
        } else {
            Some(tail)
        };
        let value = scope.lookup(name).and_then(|value| usual(&value));
        match (value, tail) {
            (Some(value), Some(tail)) if !name.is_empty() => {
                out.push_str(&value);
                rest = tail;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A value in a build without build arguments, if it is known.
pub(crate) fn usual(value: &Value) -> Option<String> {
    let mut text = String::new();
    for part in value.parts() {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::BuildArg {
                default: Some(default),
                ..
            } => text.push_str(&usual(default)?),
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use Work::{Compile, Copy, Dependencies, Download, LargeCopy, Other, Packages, Trifle};
    use dfix_syntax::SourceText;

    fn last(text: &str) -> Analysis {
        let source = SourceText::new(text.as_bytes()).expect("a good text");
        Analysis::new(source, &Settings::default())
    }

    #[test]
    fn kinds_of_work() {
        for (line, expected) in [
            (
                "RUN apt-get update && apt-get install -y a",
                &[Packages][..],
            ),
            ("RUN apk add --no-cache a && mkdir /b", &[Packages]),
            ("RUN npm ci", &[Dependencies]),
            ("RUN npm run build", &[Compile]),
            ("RUN pip install -r requirements.txt", &[Dependencies]),
            ("RUN pip install .", &[Compile]),
            (
                "RUN go mod download && go build ./...",
                &[Compile, Dependencies],
            ),
            ("RUN ./gradlew bootJar", &[Compile]),
            (
                "RUN curl -O https://example.org/a && tar -xf a",
                &[Download, Other],
            ),
            ("RUN git clone https://example.org/a", &[Download]),
            ("RUN mkdir -p /a && chown b /a", &[Trifle]),
            ("RUN ./setup", &[Other]),
            ("RUN [\"npm\", \"ci\"]", &[Other]),
            ("COPY a /b", &[Copy]),
            ("COPY target/BOOT-INF/lib /app/lib", &[LargeCopy]),
            // What was downloaded is kept for itself.
            ("ADD https://example.org/a /b", &[Copy]),
            ("LABEL a=b", &[]),
            ("ENV a=b", &[]),
        ] {
            let analysis = last(&format!("FROM debian:12\n{line}\n"));
            let instruction = analysis.instructions.last().expect("an instruction");
            assert_eq!(work(&analysis, instruction), expected, "{line}");
        }
    }

    #[test]
    fn the_log_comes_first() {
        let timings = Timings::new([
            ("RUN make && make install", 300.0),
            ("COPY build/lib /app/lib", 2.0),
            ("RUN curl -O https://example.org/1.2/a", 7.0),
        ]);
        for (lines, expected) in [
            ("run make \\\n  # why\n  && make install", 300.0),
            ("ARG OUT=build\nCOPY $OUT/lib /app/lib", 2.0),
            ("ENV V=1.2\nRUN curl -O https://example.org/${V}/a", 7.0),
            ("RUN make", Compile.seconds()),
        ] {
            let analysis = last(&format!("FROM debian:12\n{lines}\n"));
            let instruction = analysis.instructions.last().expect("an instruction");
            let found = seconds(&analysis, instruction, None, Some(&timings));
            assert!((found - expected).abs() < 1e-9, "{lines}: {found}");
        }
    }
}
