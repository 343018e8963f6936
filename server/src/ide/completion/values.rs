//! Values of single instructions: users, directories, ports, signals.

use dfix_transforms::commands::Invocation;
use dfix_transforms::images;
use dfix_transforms::model::{Args, Base, Instruction, InstructionKind};

use super::head::Head;
use super::{Completion, ItemKind};
use crate::ide::reference::variables::{ALL, Kind};

/// Users that the file makes or names, and those that every image has.
pub(super) fn users(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-' | '.'));
    let mut seen: Vec<String> = Vec::new();
    for instruction in before(head) {
        match &instruction.args {
            Args::Value(word) if instruction.kind == InstructionKind::User => {
                if !word.text.contains('$') {
                    seen.push(word.text.to_string());
                }
            }
            _ => {
                let Some(script) = instruction.script() else {
                    continue;
                };
                script.visit(&mut |command| {
                    let made = Invocation::of(command)
                        .filter(|it| it.is_any(&["useradd", "adduser"]))
                        .and_then(|it| it.operands().first()?.value.clone());
                    seen.extend(made.map(|name| name.to_string()));
                });
            }
        }
    }
    // Behind a colon stands a group.
    let (whole, _) = head.word(|ch| !ch.is_whitespace() && ch != '=');
    let fits = |name: &str| !whole.contains(':') || !name.contains(':');
    let mut offered = std::collections::BTreeSet::new();
    for name in seen {
        if fits(&name) && offered.insert(name.clone()) {
            out.add(name, ItemKind::Value, range, 0)
                .detail("of this file");
        }
    }
    let family = head.innermost().and_then(|instruction| {
        let stage = head.file.analysis.stages.get(instruction.stage?)?;
        match &head.file.analysis.stages.get(stage.root)?.base {
            Base::Image(image) => images::lookup(image.known()?).map(|known| known.family),
            _ => None,
        }
    });
    for (_, name) in USERS.iter().filter(|(of, _)| Some(*of) == family) {
        if offered.insert((*name).to_owned()) {
            out.add(*name, ItemKind::Value, range, 0)
                .detail("of the base image");
        }
    }
    for (rank, (name, detail)) in (1..).zip([
        ("1000:1000", "the first ordinary user and group"),
        ("nobody", "a user without rights"),
        ("root", "the administrator"),
        ("65532:65532", "`nonroot` of distroless images"),
    ]) {
        if fits(name) && offered.insert(name.to_owned()) {
            out.add(name, ItemKind::Value, range, rank).detail(detail);
        }
    }
}

/// Users that images of a family have for what runs in them.
const USERS: &[(&str, &str)] = &[
    ("node", "node"),
    ("nginx", "nginx"),
    ("httpd", "www-data"),
    ("php", "www-data"),
    ("postgres", "postgres"),
    ("redis", "redis"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("mongo", "mongodb"),
    ("rabbitmq", "rabbitmq"),
    ("memcached", "memcache"),
    ("haproxy", "haproxy"),
    ("gradle", "gradle"),
];

/// Directories that the file works in, and usual ones.
pub(super) fn directories(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(|ch| !ch.is_whitespace());
    let mut offered = std::collections::BTreeSet::new();
    for instruction in before(head) {
        if let (InstructionKind::Workdir, Args::Value(word)) = (instruction.kind, &instruction.args)
            && offered.insert(word.text.to_string())
        {
            out.add(word.text.to_string(), ItemKind::Folder, range, 0)
                .detail("of this file");
        }
    }
    for (rank, path) in (1..).zip([
        "/app",
        "/src",
        "/usr/src/app",
        "/opt/app",
        "/workspace",
        "/srv",
    ]) {
        if offered.insert(path.to_owned()) {
            out.add(path, ItemKind::Folder, range, rank);
        }
    }
}

/// Arguments that the builder sets, and global ones.
pub(super) fn arguments(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(is_name);
    let analysis = head.file.analysis;
    if head.innermost().is_some_and(|it| it.stage.is_some()) {
        let mut offered = std::collections::BTreeSet::new();
        let globals = analysis.instructions.iter();
        for global in globals.take_while(|it| it.stage.is_none()) {
            let Args::Pairs(pairs) = &global.args else {
                continue;
            };
            for pair in pairs {
                if offered.insert(pair.name.text.clone()) {
                    out.add(pair.name.text.to_string(), ItemKind::Variable, range, 0)
                        .detail("the global argument");
                }
            }
        }
    }
    for (rank, known) in (1..).zip(ALL) {
        if matches!(known.kind, Kind::Automatic | Kind::Switch) {
            out.add(known.name, ItemKind::Variable, range, rank)
                .detail(known.summary);
        }
    }
}

/// Environment variables that mean something to common programs.
pub(super) fn environment(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(is_name);
    let assigned = head.rest.trim_start_matches(is_name).starts_with('=');
    for (rank, known) in (0..).zip(ALL.iter().filter(|known| known.kind == Kind::Environment)) {
        let item = out.add(known.name, ItemKind::Variable, range, rank);
        item.detail(known.summary);
        if !assigned {
            item.insert(format!("{}=", known.name));
        }
    }
}

/// The labels of the OCI image specification.
pub(super) fn labels(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '-' | '_'));
    for (rank, (name, detail)) in (0..).zip([
        ("title", "the name of the image"),
        ("description", "what it is"),
        ("version", "the version of what is in it"),
        ("source", "where the source code is"),
        ("url", "where to read more"),
        ("documentation", "where the documentation is"),
        ("licenses", "under which licenses it is, in SPDX notation"),
        ("authors", "who made it"),
        ("vendor", "who distributes it"),
        ("revision", "the commit it was built from"),
        ("created", "when it was built"),
        ("base.name", "the image that it is built on"),
    ]) {
        let label = format!("org.opencontainers.image.{name}");
        let insert = format!("{label}=");
        out.add(label, ItemKind::Variable, range, rank)
            .insert(insert)
            .detail(detail);
    }
}

/// Ports, or the protocol behind one.
pub(super) fn ports(head: &Head<'_>, out: &mut Completion) {
    let (typed, _) = head.word(|ch| !ch.is_whitespace());
    if typed.contains('/') {
        let (_, range) = head.word(|ch| ch.is_ascii_alphabetic());
        for (rank, protocol) in (0..).zip(["tcp", "udp", "sctp"]) {
            out.add(protocol, ItemKind::Value, range, rank);
        }
        return;
    }
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric());
    for (rank, (port, detail)) in (0..).zip([
        ("8080", "HTTP without privileges"),
        ("80", "HTTP"),
        ("443", "HTTPS"),
        ("3000", "Node.js, Rails, Grafana"),
        ("5000", "Flask"),
        ("8000", "Django, FastAPI"),
        ("5432", "PostgreSQL"),
        ("3306", "MySQL, MariaDB"),
        ("6379", "Redis"),
        ("27017", "MongoDB"),
        ("9090", "Prometheus"),
        ("22", "SSH"),
    ]) {
        out.add(port, ItemKind::Value, range, rank).detail(detail);
    }
}

/// Signals.
pub(super) fn signals(head: &Head<'_>, out: &mut Completion) {
    let (_, range) = head.word(|ch| ch.is_ascii_alphanumeric() || ch == '+');
    for (rank, (name, detail)) in (0..).zip([
        ("SIGTERM", "please stop; the default"),
        ("SIGINT", "as by Ctrl+C"),
        ("SIGQUIT", "stop gracefully, for nginx and PHP-FPM"),
        ("SIGWINCH", "stop gracefully, for Apache"),
        (
            "SIGHUP",
            "the terminal is gone; often: read the configuration again",
        ),
        ("SIGUSR1", "as the program likes"),
        ("SIGUSR2", "as the program likes"),
        ("SIGRTMIN+3", "shut down, for systemd"),
        ("SIGKILL", "at once, without a chance to clean up"),
    ]) {
        out.add(name, ItemKind::Value, range, rank).detail(detail);
    }
}

/// Shells as JSON arrays.
pub(super) fn shells(head: &Head<'_>, typed: &str, out: &mut Completion) {
    // A list that has been begun is longer than one word.
    if !matches!(typed, "" | "[") {
        return;
    }
    let (_, range) = head.word(|ch| ch == '[');
    for (rank, (shell, detail)) in (0..).zip([
        (
            "[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
            "a pipeline fails when any part of it does",
        ),
        ("[\"/bin/bash\", \"-c\"]", "bash"),
        ("[\"/bin/sh\", \"-c\"]", "the default"),
        (
            "[\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]",
            "Alpine: a pipeline fails when any part of it does",
        ),
        ("[\"powershell\", \"-Command\"]", "Windows"),
        ("[\"cmd\", \"/S\", \"/C\"]", "Windows, the default there"),
    ]) {
        out.add(shell, ItemKind::Value, range, rank).detail(detail);
    }
}

/// The instructions above the cursor.
fn before<'a>(head: &Head<'a>) -> impl Iterator<Item = &'a Instruction> {
    let limit = head.instruction.map_or(usize::MAX, |it| it.index);
    head.file.analysis.instructions.iter().take(limit)
}

fn is_name(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || ch == '_'
}
