//! Libraries of the larger image that what was built is linked with.

use super::acts::Act;
use super::context;
use super::keeping::Kept;
use super::packages::Release;
use super::place::base_name;
use super::plan::{Extra, Plan, Purpose};
use super::refusal::Refusal;
use super::world::World;
use crate::model::InstructionKind;

/// The compiler's image brings libraries that are newer than the distribution's.
pub(super) fn compiler_libraries(plan: &mut Plan<'_>) {
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
pub(super) fn openssl(world: &World<'_>, plan: &mut Plan<'_>) {
    let project = world.facts.project.as_ref();
    let locks: Vec<&str> = project
        .iter()
        .flat_map(|project| {
            let named = |(path, _): &(&str, _)| base_name(path) == "Cargo.lock";
            project
                .below("")
                .filter(named)
                .filter_map(|(path, _)| project.text(path))
        })
        .collect();
    let linked = locks.iter().any(|text| text.contains("\"openssl-sys\""));
    if !locks.is_empty() && !linked || plan.runtime.system.alpine {
        return;
    }
    let package = match plan.runtime.system.release {
        Some(Release::Debian(12)) => "libssl3",
        Some(Release::Debian(9..=11)) => "libssl1.1",
        Some(Release::Debian(13)) => "libssl3t64",
        _ => return,
    };
    let reason = match linked {
        true => "`Cargo.lock` names `openssl-sys`, which links this library",
        false => "programs in Rust often link this library; `Cargo.lock` would tell",
    };
    install(world, plan, package, reason);
}

/// Lets the runtime stage install a package more: with those that it installs anyway, or in a line of its own.
fn install(world: &World<'_>, plan: &mut Plan<'_>, package: &str, reason: &str) {
    for step in &mut plan.steps {
        if step.purpose == Purpose::Build || step.instruction.kind != InstructionKind::Run {
            continue;
        }
        let text = match &step.runtime {
            Some(text) => text.clone(),
            None => world.analysis.text(step.instruction.range).to_owned(),
        };
        if let Some(text) = with_package(&text, package) {
            step.purpose = Purpose::Both;
            step.runtime = Some(text);
            step.reason = format!("{}; {reason}", step.reason);
            return;
        }
    }
    plan.first.push(Extra {
        text: format!("RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"),
        reason: reason.to_owned(),
    });
}

/// A RUN whose only install gets a package more, behind its flags.
fn with_package(text: &str, package: &str) -> Option<String> {
    let (head, rest) = text.split_once("apt-get install")?;
    if !head.contains("apt-get update") || rest.contains("apt-get install") || text.contains('#') {
        return None;
    }
    let mut at = 0;
    for word in rest.split_inclusive([' ', '\n']) {
        let plain = word.trim();
        if !plain.is_empty() && plain != "\\" && !plain.starts_with('-') {
            break;
        }
        at += word.len();
    }
    let (flags, packages) = rest.split_at_checked(at)?;
    let named = packages.split_whitespace().any(|word| word == package);
    Some(match named {
        true => text.to_owned(),
        false => format!("{head}apt-get install{flags}{package} {packages}"),
    })
}

/// Packages that were compiled in the full image of a language may need libraries that the slim one has not.
pub(super) fn language_libraries(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
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

#[cfg(test)]
mod tests {
    use super::with_package;

    #[test]
    fn a_package_more() {
        for (text, expected) in [
            (
                "RUN apt-get update && apt-get install -y a && rm -rf /x",
                Some("RUN apt-get update && apt-get install -y libb a && rm -rf /x"),
            ),
            (
                "RUN apt-get update \\\n && apt-get install -y --no-install-recommends \\\n    a \\\n    c",
                Some(
                    "RUN apt-get update \\\n && apt-get install -y --no-install-recommends \\\n    libb a \\\n    c",
                ),
            ),
            (
                "RUN apt-get update && apt-get install libb",
                Some("RUN apt-get update && apt-get install libb"),
            ),
            ("RUN apt-get install -y a", None),
            ("RUN make", None),
        ] {
            assert_eq!(with_package(text, "libb").as_deref(), expected, "{text}");
        }
    }
}
