//! What has to be added, or stands in the way, when the runtime stage starts from another image than the file names.

use super::assumed;
use super::certificates;
use super::distroless;
use super::install::installs_bower;
use super::keeping::Kept;
use super::libraries::{compiler_libraries, language_libraries, openssl};
use super::packages::Release;
use super::place::base_name;
use super::plan::{Extra, Plan, Purpose, Step};
use super::planner::destination;
use super::refusal::{Refusal, quote};
use super::runtime_base::Product;
use super::scripts;
use super::settle::mentions;
use super::tools::{self, tools};
use super::world::World;
use crate::images::{self, Entrypoint};
use crate::model::InstructionKind;

/// Completes a plan whose two stages start from different images.
pub(super) fn complete(
    world: &World<'_>,
    plan: &mut Plan<'_>,
    product: Product,
) -> Result<(), Refusal> {
    ldconfig(plan);
    tools::of_packages(world, plan)?;
    // Of what is copied to this very path nobody knows what it calls.
    let copied = |program: &str| {
        let path = world.needs.resolve(program);
        world.analysis.stage_instructions(0).any(|it| {
            matches!(it.kind, InstructionKind::Copy | InstructionKind::Add)
                && path.is_some()
                && destination(world.analysis, it).root() == path.as_deref()
        })
    };
    let unread = match scripts::called(world) {
        Err(unknown) => Some(unknown.script),
        Ok(called) => {
            missing_package(world, plan, &called)?;
            let known = scripts::started(world);
            let unknown = |program: &&String| {
                let path = world.needs.resolve(program);
                copied(program) && !path.is_some_and(|path| known.contains(&path))
            };
            world.needs.programs.iter().find(unknown).cloned()
        }
    };
    if let Some(script) = &unread {
        for_script(world, plan, script)?;
        plan.assumptions.push(format!(
            "`{script}` calls nothing that only the build stage has"
        ));
    }
    certificates::of_compiled(world, plan);
    assumed::of_build(world, plan, unread.as_deref())?;
    if plan.runtime.same {
        return Ok(());
    }
    assumed::of_base(world, plan);
    inherited(world, plan)?;
    variables(world, plan)?;
    if plan.runtime.empty {
        without_shell(world, plan)?;
    }
    // The slim image of Debian has the same packages, without their manuals.
    let same_packages = plan.runtime.same_family && world.image.family() == "debian";
    if !same_packages || plan.runtime.empty {
        tools(world, plan)?;
    }
    directories_of_manuals(world, plan);
    match world.image.family() {
        "golang" | "rust" => for_compiled(world, plan),
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
    if world.image.family() == "node" && plan.runtime.text != world.image.text {
        node_packages(world, plan)?;
    }
    if plan.runtime.empty {
        empty(world, plan)?;
    }
    if plan.runtime.text.contains("distroless/nodejs") {
        distroless::node_itself(world, plan)?;
    }
    if plan.runtime.text.contains("distroless/java") {
        distroless::java_itself(world, plan);
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

/// A tool for builds that is installed and that no step calls is there for the script that runs.
fn for_script(world: &World<'_>, plan: &Plan<'_>, script: &str) -> Result<(), Refusal> {
    let (_, goes) = tools::packages(world, plan);
    let called = |programs: &[&str]| {
        world.runs.iter().flat_map(|run| &run.done).any(|done| {
            programs
                .iter()
                .any(|program| base_name(&done.program) == *program)
        })
    };
    let idle = |package: &&String| match package.as_str() {
        "maven" => !called(&["mvn", "mvnw"]),
        "gradle" => !called(&["gradle", "gradlew"]),
        "ant" => !called(&["ant"]),
        "golang" | "golang-go" | "go" => !called(&["go", "godep", "make", "glide", "dep"]),
        "ccache" => true,
        name if name.contains("-jdk") || name.starts_with("openjdk") => !called(&[
            "javac", "jar", "mvn", "mvnw", "gradle", "gradlew", "ant", "sbt", "lein", "make",
            "keytool",
        ]),
        _ => false,
    };
    let used = |name: &str| {
        world.runs.iter().flat_map(|run| &run.done).any(|done| {
            !matches!(done.program.as_str(), "chmod" | "chown")
                && world.analysis.text(done.range).contains(name)
        })
    };
    let builds = world.analysis.stage_instructions(0).find(|it| {
        matches!(it.kind, InstructionKind::Copy | InstructionKind::Add)
            && destination(world.analysis, it)
                .root()
                .is_some_and(|path| is_of_build(base_name(path)) && !used(base_name(path)))
    });
    if let Some(copy) = builds {
        let why = format!(
            "{} may build when `{script}` runs",
            quote(world.analysis, copy.range)
        );
        return Err(Refusal::of(world.analysis, copy, "command-builds", why));
    }
    match goes.iter().find(idle) {
        None => Ok(()),
        Some(package) => Err(Refusal::of(
            world.analysis,
            world.from,
            "unknown-script",
            format!("no step of the build calls `{package}`, so `{script}` may need it"),
        )),
    }
}

/// Whether a script builds something, by its name.
fn is_of_build(name: &str) -> bool {
    let words = name
        .strip_suffix(".sh")
        .map(|name| name.split(['_', '-', '.']));
    words.is_some_and(|mut words| words.any(|word| matches!(word, "build" | "compile")))
}

/// A script that the command starts calls what is no longer installed.
fn missing_package(world: &World<'_>, plan: &Plan<'_>, called: &[String]) -> Result<(), Refusal> {
    let gone = |program: &&String| {
        let package = format!("the package {}", base_name(program));
        plan.gone.contains(&package)
    };
    let Some(program) = called.iter().find(gone) else {
        return Ok(());
    };
    let command = world.command();
    Err(Refusal::of(
        world.analysis,
        command,
        "missing-tool",
        format!(
            "the script that the command starts calls `{program}`, which is taken for a tool of the build"
        ),
    ))
}

/// Packages that link manuals where the slim images of Debian before 12 have no directories: their installation fails
/// without them (Debian bug 863199).
fn directories_of_manuals(world: &World<'_>, plan: &mut Plan<'_>) {
    const LINKING: &[&str] = &[
        "-jdk",
        "-jre",
        "ant",
        "gradle",
        "java",
        "maven",
        "pdftk",
        "postgresql",
        "tomcat",
    ];
    const COMPLETE: &[&str] = &["bookworm", "trixie", "debian:12", "debian:13", "stable"];
    let text = &plan.runtime.text;
    if !text.contains("slim") || COMPLETE.iter().any(|release| text.contains(release)) {
        return;
    }
    let (installed, _) = tools::packages(world, plan);
    let links = |package: &String| {
        LINKING.iter().any(|part| match part.starts_with('-') {
            true => package.contains(part),
            false => package.starts_with(part),
        })
    };
    if let Some(package) = installed.iter().find(|package| links(package)) {
        plan.first.push(Extra {
            text: "RUN mkdir -p /usr/share/man/man1 /usr/share/man/man7".to_owned(),
            reason: format!(
                "`{package}` needs the directories of manuals when it is installed, and `{text}` has none"
            ),
        });
    }
}

/// Packages of Node that use programs or libraries of the larger image, by what `package.json` says.
fn node_packages(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    const OF_THE_IMAGE: &[&str] = &[
        "canvas",
        "gm",
        "imagemagick",
        "kerberos",
        "libpq",
        "nodegit",
        "pg-native",
        "simple-git",
    ];
    let (installed, _) = tools::packages(world, plan);
    if installs_bower(world) && !installed.iter().any(|name| name.starts_with("git")) {
        return Err(Refusal::of(
            world.analysis,
            world.from,
            "missing-tool",
            format!("`bower` runs `git`, which `{}` has not", plan.runtime.text),
        ));
    }
    let manifest = world
        .facts
        .project
        .as_ref()
        .and_then(|project| project.text("package.json"));
    let Some(manifest) = manifest else {
        plan.assumptions.push(format!(
            "what runs uses no program and no library that `{}` has and `{}` has not: there is no `package.json` to look at",
            world.image.text, plan.runtime.text
        ));
        return Ok(());
    };
    let named = |name: &&&str| manifest.contains(&format!("\"{name}\":"));
    match OF_THE_IMAGE.iter().find(named) {
        None => Ok(()),
        Some(name) => Err(Refusal::of(
            world.analysis,
            world.from,
            "unknown-libraries",
            format!(
                "the package `{name}` uses what `{}` has and `{}` has not",
                world.image.text, plan.runtime.text
            ),
        )),
    }
}

/// Libraries that were installed are found after their index is made.
fn ldconfig(plan: &mut Plan<'_>) {
    let installed = plan.kept.iter().any(|kept| {
        kept.directory && matches!(kept.path.as_str(), "/usr/local" | super::staging::ROOT)
    });
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

/// Programs that speak TLS need the certificates of the authorities, and Go its time zones.
fn for_compiled(world: &World<'_>, plan: &mut Plan<'_>) {
    let distroless = plan.runtime.text.contains("distroless/");
    if !certificates::are_installed(world, plan) && !distroless {
        plan.kept.insert(0, certificates::bundle());
    }
    let zones = matches!(plan.runtime.system.release, Some(Release::Debian(..=12)))
        || plan.runtime.text.contains("distroless/");
    if world.image.family() == "golang" && !zones {
        let zip = "/usr/local/go/lib/time/zoneinfo.zip";
        plan.kept.insert(
            1.min(plan.kept.len()),
            Kept {
                path: zip.to_owned(),
                target: zip.to_owned(),
                directory: false,
                reason: "Go looks for time zones there when the image has none".to_owned(),
            },
        );
    }
}

/// In an image without a shell no command of a RUN can run.
fn without_shell(world: &World<'_>, plan: &Plan<'_>) -> Result<(), Refusal> {
    let mut steps = plan.steps.iter();
    let is_run = |step: &&Step<'_>| {
        step.purpose != Purpose::Build && step.instruction.kind == InstructionKind::Run
    };
    match steps.find(is_run) {
        None => Ok(()),
        Some(step) => Err(Refusal::of(
            world.analysis,
            step.instruction,
            "no-shell",
            format!(
                "{} needs a shell, which `{}` has not",
                quote(world.analysis, step.instruction.range),
                plan.runtime.text
            ),
        )),
    }
}

/// An image without a shell and a package manager.
fn empty(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let command = world.command();
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
    if plan.runtime.text.contains("distroless/") {
        distroless::known_users(world, plan)?;
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
            text: format!("COPY --from={} /runtime /", plan.stage),
            reason: "the directory for temporary files comes with its mode".to_owned(),
        });
    }
    Ok(())
}
