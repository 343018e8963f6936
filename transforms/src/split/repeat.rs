//! What of a RUN is repeated in the runtime stage.

use super::acts::{Act, Done, Install};
use super::install::sort_out;
use super::language_packages::is_node;
use super::place::Shell;
use super::refusal::{Refusal, quote};
use super::runtime_base::Runtime;
use super::words::{self, joined, variables};
use super::world::{Run, World};
use crate::layout::Layout;

/// The commands of a RUN that the runtime stage repeats, as one RUN; `None` when there are none.
pub(super) fn repeat(
    world: &World<'_>,
    run: &Run<'_>,
    runtime: &Runtime,
    wanted: &dyn Fn(&Done) -> bool,
) -> Result<Option<String>, Refusal> {
    let analysis = world.analysis;
    let mut commands: Vec<String> = Vec::new();
    let (mut apt, mut yum) = (false, false);
    let (mut refreshed, mut cleans) = (false, false);
    let mut update = None;
    for done in &run.done {
        let text = joined(analysis, run, done.range);
        cleans |= done.program == "rm" && text.contains("/var/lib/apt");
        if done.program == "export" && text.contains("DEBIAN_FRONTEND=") {
            commands.push(text.clone());
        }
        let refuse = |kind, why: String| Err(Refusal::at(analysis, done.range, kind, why));
        match &done.act {
            Act::Install(install) => {
                let kept = sort_out(world, &runtime.system, run, install);
                let names = kept.names();
                if names.is_empty() {
                    continue;
                }
                if text.starts_with("sudo") {
                    return refuse(
                        "sudo",
                        format!("{} installs as another user", quote(analysis, done.range)),
                    );
                }
                if names.iter().any(|name| name.contains(['$', '`'])) && done.shell_variables {
                    return refuse(
                        "shell-variable",
                        format!(
                            "which packages {} installs isn't known",
                            quote(analysis, done.range)
                        ),
                    );
                }
                let program = done.program.as_str();
                apt |= install.manager == "apt-get";
                yum |= install.manager == "yum" && program != "zypper";
                if install.manager == "apt-get" && !refreshed {
                    let usual = || format!("{program} update");
                    commands.push(update.clone().unwrap_or_else(usual));
                    refreshed = true;
                }
                // The index of apk would stay in the image.
                let stays = install.manager == "apk"
                    && !install.flags.iter().any(|flag| flag == "--no-cache");
                if !stays
                    && let Some(text) =
                        words::without(analysis, run, done.range, done, install, &kept.words)
                {
                    commands.push(text);
                    continue;
                }
                let mut words: Vec<String> = variables(&text).map(str::to_owned).collect();
                words.push(program.to_owned());
                let first = words.len();
                let mut skip = false;
                for flag in &install.flags {
                    if std::mem::take(&mut skip) {
                        continue;
                    }
                    match flag.as_str() {
                        "-t" | "--virtual" if install.manager == "apk" => skip = true,
                        flag if flag.starts_with("--virtual=") => {}
                        "--update" | "-U" | "--update-cache" if install.manager == "apk" => {}
                        flag => words.push(flag.to_owned()),
                    }
                }
                if install.manager == "apk" && !words.iter().any(|word| word == "--no-cache") {
                    words.insert((first + 1).min(words.len()), "--no-cache".to_owned());
                }
                words.extend(names.iter().map(|name| (*name).to_owned()));
                commands.push(words.join(" "));
            }
            Act::Housekeeping => {
                cleans |= text.contains("clean") || text.starts_with("rm ");
                // The next install refreshes the index once more.
                if text.split_whitespace().any(|word| word == "update") {
                    refreshed = false;
                    update = Some(text).filter(|_| done.plain && !done.shell_variables);
                }
            }
            Act::System if source_of_node(done) && !run_keeps_node(world, run, runtime) => {}
            Act::System | Act::Files(_) if wanted(done) => {
                if !done.plain {
                    return refuse(
                        "conditional",
                        format!(
                            "{} would have to be repeated where the program runs, but it stands in a list or a condition",
                            quote(analysis, done.range)
                        ),
                    );
                }
                if done.shell_variables {
                    return refuse(
                        "shell-variable",
                        format!(
                            "{} would have to be repeated where the program runs, but it uses what only this shell knows",
                            quote(analysis, done.range)
                        ),
                    );
                }
                // A package that is not installed there may have made it.
                let of_package = matches!(
                    done.program.as_str(),
                    "deluser" | "userdel" | "delgroup" | "groupdel"
                ) && run.has(|act| matches!(act, Act::Remove(_)));
                if of_package {
                    return refuse(
                        "removes",
                        format!(
                            "{} removes a user whom the runtime stage may not have",
                            quote(analysis, done.range)
                        ),
                    );
                }
                // `ln -s target` makes the link where it runs.
                let operands = || {
                    text.split_whitespace()
                        .skip(1)
                        .filter(|word| !word.starts_with('-'))
                };
                let link = matches!(&done.act, Act::Files(files) if files.link)
                    && (operands().count() < 2
                        || !operands()
                            .last()
                            .is_some_and(|word| word.starts_with(['/', '"', '$'])));
                let start = Shell::new(analysis, run.instruction).directory;
                let moved = matches!(done.act, Act::Files(_))
                    && done.directory != start
                    && named_from_here(&text);
                let relative = link
                    || moved
                    || matches!(done.act, Act::Files(_))
                        && !prints(&text)
                        && text.split_whitespace().skip(1).any(|word| {
                            !word.starts_with(['/', '-', '"', '$']) && word.contains(['/', '.'])
                        })
                    || matches!(done.act, Act::System)
                        && text
                            .split_whitespace()
                            .any(|word| word.starts_with("./") || word.starts_with("../"));
                if relative {
                    return refuse(
                        "relative",
                        format!(
                            "{} would have to be repeated where the program runs, but its paths start in a directory of the build",
                            quote(analysis, done.range)
                        ),
                    );
                }
                let upgrades = matches!(done.program.as_str(), "apt-get" | "apt" | "aptitude");
                if upgrades && !refreshed {
                    commands.push(format!("{} update", done.program));
                    refreshed = true;
                }
                // Without an index there is nothing to upgrade to, and it would stay in the image.
                let text = match text.strip_prefix("apk upgrade") {
                    Some(rest) if !text.contains("--no-cache") => {
                        format!("apk upgrade --no-cache{rest}")
                    }
                    _ => text,
                };
                if !commands.contains(&text) {
                    commands.push(text);
                }
            }
            _ => {}
        }
    }
    if commands.is_empty() {
        return Ok(None);
    }
    if apt && cleans {
        commands.push("rm -rf /var/lib/apt/lists/*".to_owned());
    }
    if yum && cleans {
        commands.push("yum clean all".to_owned());
    }
    let layout = Layout::new(analysis);
    let style = layout.file_style();
    let glue = match style.operator_first {
        true => format!(" {}{}{}&& ", style.escape, style.eol, style.command_indent),
        false => format!(" && {}{}{}", style.escape, style.eol, style.command_indent),
    };
    let keyword = match crate::layout::keywords_are_lower(analysis) {
        true => "run",
        false => "RUN",
    };
    // Whoever goes on after a failure does so here as well.
    let whole = analysis.text(run.instruction.range).trim_end();
    let end = ["|| true", "|| :", "|| exit 0"]
        .into_iter()
        .find(|end| whole.ends_with(end));
    let end = end.map(|end| format!(" {end}")).unwrap_or_default();
    Ok(Some(format!("{keyword} {}{end}", commands.join(&glue))))
}

/// Whether a command names files without saying from the root where they are.
fn named_from_here(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    // The first word says what is done to the others.
    let skipped = usize::from(matches!(program, "chgrp" | "chmod" | "chown"));
    let named = matches!(
        program,
        "chgrp" | "chmod" | "chown" | "cp" | "install" | "mkdir" | "mv" | "rm" | "rmdir" | "touch"
    );
    let mut files = words.filter(|word| !word.starts_with('-')).skip(skipped);
    named
        && files.any(|word| {
            !word
                .trim_start_matches(['"', '\''])
                .starts_with(['/', '$', '~'])
        })
}

/// Whether a command only writes its own words to a file that is named from the root.
fn prints(command: &str) -> bool {
    let program = command.split_whitespace().next();
    let target = command.rsplit('>').next().unwrap_or_default();
    matches!(program, Some("echo" | "printf")) && target.trim_start().starts_with('/')
}

/// Whether a command adds the package source of Node, and nothing else.
fn source_of_node(done: &Done) -> bool {
    done.program.contains('|')
}

/// Whether a RUN that adds the package source of Node still installs from it, or installs nothing itself.
fn run_keeps_node(world: &World<'_>, run: &Run<'_>, runtime: &Runtime) -> bool {
    if !world
        .analysis
        .text(run.instruction.range)
        .contains("nodesource.com")
    {
        return true;
    }
    let mut installs = run.done.iter().filter_map(|done| match &done.act {
        Act::Install(install) => Some(install),
        _ => None,
    });
    let of_node = |install: &&Install| install.packages.iter().any(|(_, name)| is_node(name));
    let Some(install) = installs.find(of_node) else {
        return true;
    };
    let kept = sort_out(world, &runtime.system, run, install);
    kept.names().iter().any(|name| is_node(name))
}
