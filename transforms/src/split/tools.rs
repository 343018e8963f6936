//! Programs that lines of the runtime stage, health checks and scripts call, and that a smaller image may not have.

use super::acts::Act;
use super::install::stays_and_goes;
use super::language_packages::{is_node, only_for_node};
use super::packages::{name_of, programs_of};
use super::place::base_name;
use super::plan::{Plan, Purpose};
use super::refusal::{Refusal, quote};
use super::scripts;
use super::world::World;
use crate::model::InstructionKind;

/// Programs of the base system, whatever its variant.
const EVERYWHERE: &[&str] = &[
    "sh",
    "bash",
    "echo",
    "printf",
    "cat",
    "cp",
    "mv",
    "rm",
    "ln",
    "ls",
    "mkdir",
    "rmdir",
    "touch",
    "chmod",
    "chown",
    "chgrp",
    "test",
    "[",
    "true",
    "false",
    "sleep",
    "sed",
    "grep",
    "awk",
    "cut",
    "head",
    "tail",
    "sort",
    "uniq",
    "tr",
    "wc",
    "env",
    "export",
    "set",
    "cd",
    "exit",
    "exec",
    "date",
    "id",
    "tar",
    "gzip",
    "gunzip",
    "find",
    "xargs",
    "useradd",
    "groupadd",
    "usermod",
    "groupmod",
    "apt-get",
    "apt",
    "apk",
    "dpkg",
    "ldconfig",
    "update-alternatives",
    "install",
    "hostname",
    "tee",
    "basename",
    "dirname",
    "which",
    "command",
    "expr",
    "umask",
    "su",
    "chpasswd",
    "passwd",
    "mktemp",
    "readlink",
    "realpath",
    "stat",
    "seq",
    "kill",
    "trap",
    "wait",
    ":",
    "if",
    "adduser",
    "addgroup",
    "apt-key",
    "debconf-set-selections",
    "unset",
    "read",
    "eval",
    "source",
    ".",
    "yum",
    "microdnf",
    "nohup",
    "timeout",
    "pwd",
    "uname",
    "whoami",
];

/// Programs of the system that the full images of the languages bring and their small ones lack: no directory that is copied
/// from `/usr/local` holds them.
const OF_LARGE_IMAGES: &[&str] = &[
    "7z",
    "autoconf",
    "automake",
    "bzip2",
    "bunzip2",
    "bzr",
    "c++",
    "cc",
    "cmake",
    "convert",
    "cpp",
    "curl",
    "file",
    "g++",
    "gcc",
    "git",
    "gpg",
    "gpg2",
    "hg",
    "identify",
    "jq",
    "killall",
    "ld",
    "libtool",
    "make",
    "mysql_config",
    "netstat",
    "openssl",
    "patch",
    "perl",
    "pg_config",
    "pgrep",
    "pkg-config",
    "pkill",
    "ps",
    "rsync",
    "scp",
    "ssh",
    "ssh-keygen",
    "ssh-keyscan",
    "strip",
    "sudo",
    "svn",
    "top",
    "unzip",
    "wget",
    "xz",
    "zip",
];

/// Programs that lines of the runtime stage call, of packages that it does not get.
pub(super) fn of_packages(world: &World<'_>, plan: &Plan<'_>) -> Result<(), Refusal> {
    let (stays, goes) = packages(world, plan);
    let has = |packages: &[String], program: &str| {
        packages.iter().any(|package| match programs_of(package) {
            [] => package == program || is_node(package) && NODE.contains(&program),
            programs => programs.contains(&program),
        })
    };
    for run in &world.runs {
        let step = plan.steps.iter().find(|step| {
            step.instruction.index == run.instruction.index && step.purpose != Purpose::Build
        });
        let Some(step) = step else {
            continue;
        };
        for done in &run.done {
            // Of a line that is taken apart only these are repeated.
            let repeated = step.runtime.is_none() || matches!(done.act, Act::System);
            let other = matches!(
                done.act,
                Act::Install(_) | Act::Remove(_) | Act::Housekeeping | Act::Nothing
            );
            if !repeated || other || only_for_node(world, done) && step.runtime.is_some() {
                continue;
            }
            for program in done.program.split(" | ").map(base_name) {
                if has(&goes, program) && !has(&stays, program) {
                    return Err(Refusal::at(
                        world.analysis,
                        done.range,
                        "missing-tool",
                        format!(
                            "{} runs `{program}`, whose package only the build stage would have",
                            quote(world.analysis, done.range),
                        ),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Programs that come with Node.
const NODE: &[&str] = &["node", "nodejs", "npm", "npx"];

/// The packages of the distribution that the runtime stage has of the file's, and those that it has not.
pub(super) fn packages(world: &World<'_>, plan: &Plan<'_>) -> (Vec<String>, Vec<String>) {
    let (mut stays, mut goes) = (Vec::new(), Vec::new());
    for run in &world.runs {
        let step = plan.steps.iter().find(|step| {
            step.instruction.index == run.instruction.index && step.purpose != Purpose::Build
        });
        for done in &run.done {
            let Act::Install(install) = &done.act else {
                continue;
            };
            let all = || {
                install
                    .packages
                    .iter()
                    .map(|(_, name)| name_of(name).to_owned())
            };
            match step {
                None => goes.extend(all()),
                Some(step) if step.runtime.is_none() => stays.extend(all()),
                Some(_) => {
                    let (some, others) = stays_and_goes(world, &plan.runtime.system, run, install);
                    stays.extend(some);
                    goes.extend(others);
                }
            }
        }
    }
    (stays, goes)
}

/// Programs that lines of the runtime stage call and that the smaller image may not have.
pub(super) fn tools(world: &World<'_>, plan: &Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let (installed, _) = packages(world, plan);
    let language: &[&str] = match world.image.family() {
        "node" => &["node", "npm", "yarn", "npx", "nodejs"],
        "python" => &["python", "python3", "python2", "pip", "pip3"],
        "ruby" => &["ruby", "gem", "bundle", "rake", "irb", "bundler"],
        "elixir" | "erlang" => &["elixir", "mix", "iex", "erl"],
        "openjdk" | "java" | "eclipse-temurin" | "maven" | "gradle" | "amazoncorretto" => {
            &["java", "keytool"]
        }
        family if family.starts_with("dotnet") => &["dotnet"],
        "perl" => &["perl"],
        _ => &[],
    };
    let there = |program: &str| {
        let name = base_name(program);
        EVERYWHERE.contains(&name)
            || language.contains(&name)
            || installed.iter().any(|package| {
                package == name
                    || programs_of(name_of(package)).contains(&name)
                    || is_node(package) && NODE.contains(&name)
            })
            || program.contains('/')
                && !["/bin/", "/usr/bin/", "/usr/sbin/"]
                    .iter()
                    .any(|it| program.starts_with(it))
            || program.is_empty()
            || plan.kept.iter().any(|kept| {
                base_name(&kept.target) == name
                    || kept.directory
                        && !OF_LARGE_IMAGES.contains(&name)
                        && (kept.target.ends_with("/bin")
                            || kept.target == "/usr/local"
                            || kept.target == "/usr/local/bundle")
            })
    };
    for run in &world.runs {
        let repeated = plan.steps.iter().any(|step| {
            step.instruction.index == run.instruction.index
                && step.purpose != Purpose::Build
                && step.runtime.is_none()
        });
        if !repeated {
            continue;
        }
        for done in &run.done {
            if matches!(
                done.act,
                Act::Install(_) | Act::Housekeeping | Act::Remove(_)
            ) {
                continue;
            }
            if let Some(program) = done.program.split(" | ").find(|program| !there(program)) {
                return Err(Refusal::at(
                    analysis,
                    done.range,
                    "missing-tool",
                    format!(
                        "{} runs `{program}`, which `{}` may not have",
                        quote(analysis, done.range),
                        plan.runtime.text
                    ),
                ));
            }
        }
    }
    let health = analysis
        .stage_instructions(0)
        .filter(|it| it.kind == InstructionKind::Healthcheck);
    for check in health {
        let text = analysis.text(check.range);
        for tool in ["curl", "wget", "nc", "netstat", "pgrep", "ps", "python"] {
            let named = text
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| word == tool);
            let has = there(tool)
                || plan.runtime.system.alpine
                    && matches!(tool, "wget" | "nc" | "ps" | "pgrep" | "netstat");
            if named && !has {
                return Err(Refusal::of(
                    analysis,
                    check,
                    "missing-tool",
                    format!(
                        "the health check runs `{tool}`, which `{}` has not",
                        plan.runtime.text
                    ),
                ));
            }
        }
    }
    // A script of the project may call anything that the larger image has.
    let command = world.command();
    let called = scripts::called(world).map_err(|unknown| {
        let script = &unknown.script;
        let what = match &unknown.command {
            Some(command) => format!("`{script}` runs {command}, which may call anything"),
            None => format!("what `{script}` calls isn't known"),
        };
        let lacks = format!(
            "`{}` lacks tools of `{}`",
            plan.runtime.text, world.image.text
        );
        Refusal::of(
            analysis,
            command,
            "unknown-script",
            format!("{what}, and {lacks}"),
        )
    })?;
    match called.iter().find(|program| !there(program)) {
        None => Ok(()),
        Some(program) => Err(Refusal::of(
            analysis,
            command,
            "missing-tool",
            format!(
                "the script that the command starts calls `{program}`, which `{}` may not have",
                plan.runtime.text
            ),
        )),
    }
}
