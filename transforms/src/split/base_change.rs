//! What has to be added, or stands in the way, when the runtime stage starts from another image than the file names.

use super::acts::Act;
use super::context;
use super::keep::Kept;
use super::packages::Release;
use super::place::base_name;
use super::plan::{Extra, Plan, Purpose, World};
use super::refusal::{Refusal, quote};
use super::runtime_base::Product;
use super::settle::mentions;
use crate::images::{self, Entrypoint};
use crate::model::InstructionKind;

/// Completes a plan whose two stages start from different images.
pub(super) fn complete(
    world: &World<'_>,
    plan: &mut Plan<'_>,
    product: Product,
) -> Result<(), Refusal> {
    ldconfig(plan);
    if plan.runtime.same {
        return Ok(());
    }
    inherited(world, plan)?;
    variables(world, plan)?;
    tools(world, plan)?;
    match world.image.family() {
        "golang" | "rust" => certificates(world, plan),
        "gcc" => compiler_libraries(plan),
        _ => {}
    }
    if world.image.family() == "rust" && product == Product::Native {
        openssl(world, plan);
    }
    if matches!(world.image.family(), "python" | "ruby" | "perl")
        && plan.runtime.text != world.image.text
    {
        language_libraries(world, plan)?;
    }
    if plan.runtime.empty {
        empty(world, plan)?;
    }
    plan.gone.insert(
        0,
        format!(
            "what `{}` has and `{}` has not",
            world.image.text, plan.runtime.text
        ),
    );
    Ok(())
}

/// Libraries that were installed are found after their index is made.
fn ldconfig(plan: &mut Plan<'_>) {
    let installed = plan
        .kept
        .iter()
        .any(|kept| kept.path == "/usr/local" && kept.directory);
    if installed && !plan.runtime.empty && !plan.runtime.system.alpine {
        plan.after.insert(
            0,
            Extra {
                text: "RUN ldconfig".to_owned(),
                reason: "programs find the libraries that were installed by this index".to_owned(),
            },
        );
    }
}

/// What the file takes from its image without saying so.
fn inherited(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let start = world.from;
    let refuse = |why: String| Err(Refusal::of(analysis, start, "inherited", why));
    let after = images::lookup(&plan.runtime.text);
    let (before, after) = match (world.image.known, after, plan.runtime.same_family) {
        (_, _, true) => return Ok(()),
        (Some(before), Some(after), _) => (before, after),
        _ if plan.runtime.empty => match world.image.known {
            Some(before) => (before, before),
            None => return Ok(()),
        },
        _ => {
            plan.assumptions.push(format!(
                "`{}` has the same user, working directory and entrypoint as `{}`",
                plan.runtime.text, world.image.text
            ));
            return Ok(());
        }
    };
    let has = |kind| analysis.stage_instructions(0).any(|it| it.kind == kind);
    if !has(InstructionKind::User) && before.user != after.user {
        return refuse(format!(
            "`{}` sets a user of its own, and `{}` another",
            world.image.text, plan.runtime.text
        ));
    }
    let absolute = analysis
        .stage_instructions(0)
        .find(|it| it.kind == InstructionKind::Workdir)
        .is_some_and(|it| {
            analysis
                .text(it.range)
                .split_whitespace()
                .nth(1)
                .is_some_and(|path| path.trim_start_matches('"').starts_with(['/', '$']))
        });
    if !absolute {
        match (before.workdir, after.workdir.unwrap_or("/")) {
            (Some(before), after) if before == after => {}
            (Some(before), _) => plan.first.push(Extra {
                text: format!("WORKDIR {before}"),
                reason: format!(
                    "`{}` starts there, and the file does not say where else",
                    world.image.text
                ),
            }),
            (None, _) => {
                return refuse(format!(
                    "the directory that `{}` starts in isn't known",
                    world.image.text
                ));
            }
        }
    }
    if !has(InstructionKind::Entrypoint) && !plan.runtime.empty {
        let fine = |entrypoint: Option<Entrypoint>| {
            matches!(entrypoint, Some(Entrypoint::None | Entrypoint::Transparent))
        };
        if !fine(before.entrypoint)
            || !fine(after.entrypoint) && !world.image.family().starts_with("dotnet/")
        {
            return refuse(format!(
                "the command is handed to the entrypoint of `{}`, and `{}` has another",
                world.image.text, plan.runtime.text
            ));
        }
    }
    Ok(())
}

/// Variables that the image sets and the file reads.
fn variables(world: &World<'_>, plan: &Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    const OF_IMAGES: &[&str] = &[
        "GOPATH",
        "GOROOT",
        "GOLANG_VERSION",
        "JAVA_HOME",
        "JAVA_VERSION",
        "MAVEN_HOME",
        "MAVEN_CONFIG",
        "GRADLE_HOME",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "NODE_VERSION",
        "YARN_VERSION",
        "GEM_HOME",
        "BUNDLE_PATH",
        "PYTHON_VERSION",
        "DOTNET_ROOT",
        "GOBIN",
    ];
    if plan.runtime.same_family
        && !matches!(world.image.family(), "openjdk" | "java" | "eclipse-temurin")
    {
        return Ok(());
    }
    for step in plan
        .steps
        .iter()
        .filter(|step| step.purpose != Purpose::Build)
    {
        let text = step
            .runtime
            .as_deref()
            .unwrap_or_else(|| analysis.text(step.instruction.range));
        for name in OF_IMAGES {
            let own = analysis
                .variables
                .writes()
                .iter()
                .any(|write| write.name.as_deref() == Some(*name));
            let shared = *name == "JAVA_HOME"
                && plan.runtime.text.contains("temurin")
                && world.image.family() == "eclipse-temurin";
            if !own && !shared && mentions(text, name) {
                return Err(Refusal::of(
                    analysis,
                    step.instruction,
                    "base-variable",
                    format!(
                        "{} reads `{name}`, which `{}` sets and `{}` does not set alike",
                        quote(analysis, step.instruction.range),
                        world.image.text,
                        plan.runtime.text
                    ),
                ));
            }
        }
    }
    Ok(())
}

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

/// Programs that lines of the runtime stage call and that the smaller image may not have.
fn tools(world: &World<'_>, plan: &Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let installed: Vec<String> = world
        .runs
        .iter()
        .flat_map(|run| &run.done)
        .filter_map(|done| match &done.act {
            Act::Install(install) => Some(install.packages.iter().map(|(_, name)| name.clone())),
            _ => None,
        })
        .flatten()
        .collect();
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
            || installed.iter().any(|package| package == name)
            || program.contains('/')
            || program.is_empty()
            || plan.kept.iter().any(|kept| {
                base_name(&kept.target) == name
                    || kept.directory
                        && (kept.target.ends_with("/bin")
                            || kept.target == "/usr/local"
                            || kept.target == "/usr/local/bundle")
            })
    };
    for run in &world.runs {
        let step = plan.steps.iter().find(|step| {
            step.instruction.index == run.instruction.index && step.purpose != Purpose::Build
        });
        let Some(step) = step.filter(|step| step.runtime.is_none()) else {
            continue;
        };
        if plan.runtime.empty {
            return Err(Refusal::of(
                analysis,
                step.instruction,
                "no-shell",
                format!(
                    "{} needs a shell, which `{}` has not",
                    quote(analysis, step.instruction.range),
                    plan.runtime.text
                ),
            ));
        }
        for done in &run.done {
            if matches!(
                done.act,
                Act::Install(_) | Act::Housekeeping | Act::Remove(_)
            ) || done.program.contains('|')
            {
                continue;
            }
            if !there(&done.program)
                && !matches!(done.act, Act::System if done.program.starts_with("npm"))
            {
                return Err(Refusal::at(
                    analysis,
                    done.range,
                    "missing-tool",
                    format!(
                        "{} runs `{}`, which `{}` may not have",
                        quote(analysis, done.range),
                        done.program,
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
    let from_context = |program: &&String| {
        let name = base_name(program);
        name.ends_with(".sh")
            || name.contains("entrypoint")
            || program.contains("/bin/")
                && !program.starts_with('/')
                && !program.contains("node_modules")
    };
    if let Some(program) = world.needs.programs.iter().find(from_context) {
        let text = world.facts.project.as_ref().and_then(|project| {
            let name = base_name(program);
            project
                .below("")
                .find(|(path, _)| base_name(path) == name)
                .and_then(|(path, _)| project.text(path))
        });
        let command = world
            .needs
            .commands
            .first()
            .and_then(|index| analysis.instructions.get(*index))
            .unwrap_or(world.from);
        match text {
            None => {
                return Err(Refusal::of(
                    analysis,
                    command,
                    "unknown-script",
                    format!(
                        "what `{program}` calls isn't known, and `{}` lacks tools of `{}`",
                        plan.runtime.text, world.image.text
                    ),
                ));
            }
            Some(text) => {
                for tool in [
                    "curl", "wget", "git", "ssh", "unzip", "python", "perl", "make", "gcc", "jq",
                    "nc", "openssl", "envsubst", "psql", "mysql", "hg", "file", "ps",
                ] {
                    let called = text
                        .lines()
                        .filter(|line| !line.trim_start().starts_with('#'))
                        .any(|line| {
                            line.split(|c: char| {
                                !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
                            })
                            .any(|word| word == tool)
                        });
                    if called && !there(tool) {
                        return Err(Refusal::of(
                            analysis,
                            command,
                            "missing-tool",
                            format!(
                                "`{program}` calls `{tool}`, which `{}` may not have",
                                plan.runtime.text
                            ),
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Programs that speak TLS need the certificates of the authorities, and Go its time zones.
fn certificates(world: &World<'_>, plan: &mut Plan<'_>) {
    let bundle = "/etc/ssl/certs/ca-certificates.crt";
    let kept = |path: &str, reason: &str| Kept {
        path: path.to_owned(),
        target: path.to_owned(),
        directory: false,
        reason: reason.to_owned(),
    };
    let installs = plan.steps.iter().any(|step| {
        step.purpose != Purpose::Build
            && step.instruction.kind == InstructionKind::Run
            && step
                .runtime
                .as_deref()
                .unwrap_or_else(|| world.analysis.text(step.instruction.range))
                .contains("ca-certificates")
    });
    if !installs && !plan.runtime.text.contains("distroless/") {
        plan.kept.insert(0, kept(bundle, "programs that speak TLS read the authorities' certificates, which the smaller image has not"));
    }
    let zones = matches!(plan.runtime.system.release, Some(Release::Debian(..=12)))
        || plan.runtime.text.contains("distroless/");
    if world.image.family() == "golang" && !zones {
        let zip = "/usr/local/go/lib/time/zoneinfo.zip";
        plan.kept.insert(
            1.min(plan.kept.len()),
            kept(zip, "Go looks for time zones there when the image has none"),
        );
    }
}

/// The compiler's image brings libraries that are newer than the distribution's.
fn compiler_libraries(plan: &mut Plan<'_>) {
    for name in ["libstdc++.so.6", "libgcc_s.so.1"] {
        plan.kept.push(Kept {
            path: format!("/usr/local/lib64/{name}"),
            target: format!("/usr/local/lib/{name}"),
            directory: false,
            reason: "the compiler links its own libraries, which are newer than the distribution's"
                .to_owned(),
        });
    }
    if !plan.after.iter().any(|extra| extra.text == "RUN ldconfig") {
        plan.after.insert(
            0,
            Extra {
                text: "RUN ldconfig".to_owned(),
                reason: "programs find the libraries that were copied by this index".to_owned(),
            },
        );
    }
}

/// Programs in Rust that speak TLS often link the system's OpenSSL.
fn openssl(world: &World<'_>, plan: &mut Plan<'_>) {
    let lock = world
        .facts
        .project
        .as_ref()
        .and_then(|project| project.text("Cargo.lock"));
    if lock.is_some_and(|text| !text.contains("openssl-sys")) || plan.runtime.system.alpine {
        return;
    }
    let package = match plan.runtime.system.release {
        Some(Release::Debian(12)) => "libssl3",
        Some(Release::Debian(9..=11)) => "libssl1.1",
        Some(Release::Debian(13)) => "libssl3t64",
        _ => return,
    };
    plan.first.push(Extra {
        text: format!("RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"),
        reason: match lock {
            Some(_) => "`Cargo.lock` names `openssl-sys`, which links this library".to_owned(),
            None => "programs in Rust often link this library; `Cargo.lock` would tell".to_owned(),
        },
    });
}

/// Packages that were compiled in the full image of a language may need libraries that the slim one has not.
fn language_libraries(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let mut names: Vec<String> = Vec::new();
    for run in &world.runs {
        for done in &run.done {
            let Act::Make(made) = &done.act else {
                continue;
            };
            if !matches!(made.recipe, "python" | "ruby" | "generic")
                || made.kind != super::acts::Work::Packages
            {
                continue;
            }
            let refuse =
                |why: String| Err(Refusal::at(analysis, done.range, "unknown-libraries", why));
            if made.recipe != "python" {
                let lock = world
                    .facts
                    .project
                    .as_ref()
                    .and_then(|project| project.text("Gemfile.lock"));
                let Some(lock) = lock else {
                    return refuse(format!(
                        "which libraries of `{}` the packages were compiled with isn't known without the build context",
                        world.image.text
                    ));
                };
                const HEAVY: &[&str] = &[
                    " pg (",
                    " mysql2 (",
                    " rmagick (",
                    " sqlite3 (",
                    " curb (",
                    " ruby-filemagic (",
                    " charlock_holmes (",
                    " rugged (",
                    " nokogiri (1.10",
                    " nokogiri (1.9",
                    " nokogiri (1.8",
                    " nokogiri (1.6",
                    " ruby-vips (",
                ];
                if let Some(gem) = HEAVY.iter().find(|gem| lock.contains(**gem)) {
                    let gem = gem.split_whitespace().next().unwrap_or_default();
                    return refuse(format!(
                        "the gem `{gem}` is compiled with libraries that `{}` has not",
                        plan.runtime.text
                    ));
                }
                continue;
            }
            let text = analysis.text(done.range);
            let words: Vec<&str> = text.split_whitespace().collect();
            let mut files = Vec::new();
            for pair in words.windows(2) {
                if let [flag, file] = pair
                    && matches!(*flag, "-r" | "--requirement")
                {
                    files.push(*file);
                }
            }
            let local = words.iter().any(|word| {
                matches!(*word, "." | "./" | "-e" | "setup.py") || word.starts_with(".[")
            });
            if local {
                return refuse(format!(
                    "which libraries of `{}` the project was compiled with isn't known",
                    world.image.text
                ));
            }
            for file in &files {
                let read = world.facts.project.as_ref().and_then(|project| {
                    let direct = project.text(file);
                    direct.or_else(|| {
                        project
                            .below("")
                            .find(|(path, _)| base_name(path) == base_name(file))
                            .and_then(|(path, _)| project.text(path))
                    })
                });
                let Some(read) = read else {
                    return refuse(format!(
                        "which libraries of `{}` the packages of `{file}` were compiled with isn't known without the build context",
                        world.image.text
                    ));
                };
                if read.lines().any(|line| line.trim_start().starts_with("-r")) {
                    return refuse(format!("`{file}` names other files with packages"));
                }
                names.extend(
                    read.lines()
                        .filter_map(context::requirement)
                        .map(str::to_owned),
                );
            }
            if files.is_empty() {
                let packages = words
                    .iter()
                    .skip_while(|word| !matches!(**word, "install"))
                    .skip(1);
                names.extend(
                    packages
                        .filter_map(|word| context::requirement(word))
                        .map(str::to_owned),
                );
            }
        }
    }
    let wheels = world
        .image
        .version()
        .is_none_or(|(major, minor)| major >= 3 && minor.is_none_or(|minor| minor >= 7));
    let libraries =
        context::python_libraries(names.iter().map(String::as_str), wheels).map_err(|name| {
            Refusal::of(
                analysis,
                world.from,
                "unknown-libraries",
                format!(
                    "the package `{name}` is compiled with libraries that `{}` may not have",
                    plan.runtime.text
                ),
            )
        })?;
    if !libraries.is_empty() {
        plan.first.push(Extra {
            text: format!("RUN apt-get update && apt-get install -y --no-install-recommends {} && rm -rf /var/lib/apt/lists/*", libraries.join(" ")),
            reason: "packages that the build compiles are linked with it".to_owned(),
        });
    }
    Ok(())
}

/// An image without a shell and a package manager.
fn empty(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let command = world
        .needs
        .commands
        .first()
        .and_then(|index| analysis.instructions.get(*index))
        .unwrap_or(world.from);
    if world.needs.shell {
        return Err(Refusal::of(
            analysis,
            command,
            "no-shell",
            format!(
                "the command is read by a shell, which `{}` has not",
                plan.runtime.text
            ),
        ));
    }
    if let Some(extra) = plan
        .after
        .iter()
        .chain(&plan.first)
        .find(|extra| extra.text.starts_with("RUN"))
    {
        return Err(Refusal::of(
            analysis,
            command,
            "no-shell",
            format!(
                "`{}` is needed, and `{}` has no shell",
                extra.text, plan.runtime.text
            ),
        ));
    }
    if let Some(step) = plan.steps.iter().find(|step| {
        step.purpose != Purpose::Build && step.instruction.kind == InstructionKind::Run
    }) {
        return Err(Refusal::of(
            analysis,
            step.instruction,
            "no-shell",
            format!(
                "{} needs a shell, which `{}` has not",
                quote(analysis, step.instruction.range),
                plan.runtime.text
            ),
        ));
    }
    if plan.runtime.text == "scratch" {
        let other_user = plan.steps.iter().find(|step| {
            step.purpose != Purpose::Runtime && step.instruction.kind == InstructionKind::User
        });
        if let Some(step) = other_user {
            return Err(Refusal::of(
                analysis,
                step.instruction,
                "owner",
                "the build runs as another user, who can't make the directory for temporary files that an empty image needs",
            ));
        }
        let user = analysis
            .stage_instructions(0)
            .rfind(|it| it.kind == InstructionKind::User);
        let name = user
            .map(|it| {
                analysis
                    .text(it.range)
                    .split_whitespace()
                    .nth(1)
                    .unwrap_or_default()
                    .to_owned()
            })
            .unwrap_or_default();
        if name.chars().any(|c| c.is_ascii_alphabetic()) {
            for path in ["/etc/passwd", "/etc/group"] {
                plan.kept.push(Kept {
                    path: path.to_owned(),
                    target: path.to_owned(),
                    directory: false,
                    reason: "the user is looked up there by its name".to_owned(),
                });
            }
        }
        // A copy of the directory itself would lose its mode; that of the directory above it keeps what is below.
        plan.prepare.push(Extra {
            text: "RUN mkdir -p /runtime/tmp && chmod 1777 /runtime/tmp".to_owned(),
            reason: "programs expect a directory for temporary files that everybody may write to"
                .to_owned(),
        });
        plan.first.push(Extra {
            text: format!(
                "COPY --from={} /runtime /",
                super::write::stage_name(analysis, plan.download)
            ),
            reason: "the directory for temporary files comes with its mode".to_owned(),
        });
    }
    Ok(())
}
