//! The packages of the distribution that the runtime stage gets, and other commands of the build that are repeated there.

use super::acts::{Act, Done, Install, Work};
use super::certificates;
use super::image::System;
use super::keeping::Keeping;
use super::language_packages::{
    comes_with_pip, compiles_again, embeds_python, is_node, only_for_node, serves_files,
    without_pip,
};
use super::packages::{Fate, fate, name_of, programs_of};
use super::refusal::Refusal;
use super::repeat::repeat;
use super::runtime_base::Runtime;
use super::words;
use super::world::{Run, World};

/// What the runtime stage gets of a RUN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Nothing.
    Nothing,
    /// The instruction as it is.
    Same,
    /// Another text.
    New(String),
}

/// The result of a look at a RUN's packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) text: Text,
    pub(super) reason: String,
    /// What is no longer installed, for a person.
    pub(super) gone: Vec<String>,
}

/// What of one install stays.
pub(super) struct Kept {
    /// The word's number and what stands for it; `None` when it goes.
    pub(super) words: Vec<(usize, Option<String>)>,
    gone: Vec<String>,
    replaced: Vec<(String, String)>,
}

impl Kept {
    /// What is no longer installed, for a person.
    fn left_out(&self) -> impl Iterator<Item = String> {
        let replaced = self.replaced.iter().map(|(before, _)| before);
        let names = self.gone.iter().chain(replaced);
        names.map(|name| format!("the package {name}"))
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.words
            .iter()
            .filter_map(|(_, text)| text.as_deref())
            .collect()
    }
}

pub(super) fn sort_out(
    world: &World<'_>,
    system: &System,
    run: &Run<'_>,
    install: &Install,
) -> Kept {
    // What the file removes again, here or further down, is not in its image.
    let later = world
        .runs
        .iter()
        .filter(|other| other.instruction.index >= run.instruction.index);
    let removed: Vec<&String> = later
        .clone()
        .flat_map(|run| &run.done)
        .filter_map(|done| match &done.act {
            Act::Remove(names) if !done.maybe => Some(names),
            _ => None,
        })
        .flatten()
        .collect();
    let marks = later.clone().flat_map(|run| &run.done);
    let marked = marks.filter(|done| is_mark(world, done)).count() > 0;
    // apt leaves what came along with a package, unless it is asked not to, and what is marked as wanted.
    let tidied = install.manager != "apt-get"
        || !marked
            && later
                .flat_map(|run| &run.done)
                .filter(|done| matches!(done.act, Act::Remove(_)))
                .any(|done| {
                    let text = world.analysis.text(done.range);
                    text.contains("autoremove") || text.contains("auto-remove")
                });
    let wanted = match is_last(run, install) {
        true => marked_by_name(world, run),
        false => Vec::new(),
    };
    let all = install
        .group
        .as_ref()
        .is_some_and(|group| removed.contains(&group));
    // Behind the build nothing is installed for it.
    let builds = (world.runs.iter()).any(|other| {
        other.work() > Some(Work::Fetch) && other.instruction.index >= run.instruction.index
    });
    let may_compile = (world.runs.iter())
        .filter(|other| other.instruction.index >= run.instruction.index)
        .flat_map(|run| &run.done)
        .any(|done| compiles_again(world, done));
    let mut kept = Kept {
        words: Vec::new(),
        gone: Vec::new(),
        replaced: Vec::new(),
    };
    for (number, text) in &install.packages {
        let name = name_of(text);
        let found = match name.contains(['$', '`']) {
            true => variable(world, system, name),
            false => fate(name, system),
        };
        // Where nothing is compiled, a compiler is there for what runs, or for a line that is repeated.
        let found = match found {
            Fate::Drop | Fate::Instead(_) if !builds || may_compile => Fate::Keep,
            found => found,
        };
        if all || removed.iter().any(|other| name_of(other) == name) {
            let stays = match found {
                Fate::Instead(names) if !tidied => Some(names.join(" ")),
                // Nobody knows which of the libraries that came along with it are marked.
                Fate::Keep if marked && wanted.is_empty() && name.ends_with("-dev") => {
                    Some(text.clone())
                }
                _ => None,
            };
            kept.words.push((*number, stays));
            continue;
        }
        match found {
            // Its build links what an interpreter in a program of its own is linked with.
            Fate::Drop
                if name.starts_with("python") && embeds_python(world)
                    || comes_with_pip(world, system, name) =>
            {
                kept.words.push((*number, Some(text.clone())));
            }
            Fate::Keep if let Some(names) = without_pip(world, system, install, name) => {
                let names = names.join(" ");
                kept.replaced.push((name.to_owned(), names.clone()));
                kept.words.push((*number, Some(names)));
            }
            Fate::Keep if is_node(name) && serves_files(world) => {
                kept.gone.push(name.to_owned());
                kept.words.push((*number, None));
            }
            Fate::Keep => kept.words.push((*number, Some(text.clone()))),
            Fate::Drop => {
                kept.gone.push(name.to_owned());
                kept.words.push((*number, None));
            }
            Fate::Instead(names) => {
                let names = names.join(" ");
                kept.replaced.push((name.to_owned(), names.clone()));
                kept.words.push((*number, Some(names)));
            }
            Fate::Tool => match only_fetches(world, name) {
                true if certificates::came_with(world, system, install, name) => {
                    let instead = certificates::PACKAGE.to_owned();
                    kept.replaced.push((name.to_owned(), instead.clone()));
                    kept.words.push((*number, Some(instead)));
                }
                true => {
                    kept.gone.push(name.to_owned());
                    kept.words.push((*number, None));
                }
                false => kept.words.push((*number, Some(text.clone()))),
            },
        }
    }
    if let Some((_, last)) = kept.words.last_mut()
        && !wanted.is_empty()
    {
        let names = last.iter().map(String::as_str);
        *last = Some(names.chain(wanted).collect::<Vec<_>>().join(" "));
    }
    let mut seen: Vec<String> = Vec::new();
    for (_, text) in &mut kept.words {
        if let Some(names) = text {
            let new: Vec<&str> = names
                .split_whitespace()
                .filter(|name| !seen.iter().any(|known| known == name))
                .collect();
            let joined = new.join(" ");
            seen.extend(new.iter().map(|name| (*name).to_owned()));
            *text = (!joined.is_empty()).then_some(joined);
        }
    }
    kept
}

/// Whether a command keeps packages from being removed as nobody's dependencies.
fn is_mark(world: &World<'_>, done: &Done) -> bool {
    done.program == "apt-mark" && world.analysis.text(done.range).contains("manual")
}

/// The packages that a RUN marks by their names.
fn marked_by_name<'w>(world: &World<'w>, run: &Run<'_>) -> Vec<&'w str> {
    let marks = run.done.iter().filter(|done| is_mark(world, done));
    let words = marks.flat_map(|done| {
        let words = world.analysis.text(done.range).split_ascii_whitespace();
        words.skip_while(|word| *word != "manual").skip(1)
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-.:".contains(c);
    words
        .filter(|word| {
            word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(plain)
        })
        .collect()
}

/// Whether no other install of a RUN stands behind this one.
fn is_last(run: &Run<'_>, install: &Install) -> bool {
    let mut installs = run.done.iter().rev().filter_map(|done| match &done.act {
        Act::Install(install) => Some(install),
        _ => None,
    });
    installs
        .next()
        .is_some_and(|last| std::ptr::eq(last, install))
}

/// The packages of an install that the runtime stage gets, and those that it does not get.
pub(super) fn stays_and_goes(
    world: &World<'_>,
    system: &System,
    run: &Run<'_>,
    install: &Install,
) -> (Vec<String>, Vec<String>) {
    let kept = sort_out(world, system, run, install);
    let goes = kept.words.iter().zip(&install.packages);
    let goes = goes
        .filter(|((_, now), (_, then))| now.as_ref() != Some(then))
        .map(|(_, (_, then))| name_of(then).to_owned());
    let names = kept.names();
    let stays = names.iter().flat_map(|names| names.split_whitespace());
    (
        stays.map(|it| name_of(it).to_owned()).collect(),
        goes.collect(),
    )
}

/// A variable that stands for packages: the images of PHP have one for the compilers.
fn variable(world: &World<'_>, system: &System, word: &str) -> Fate {
    let phpize = matches!(word, "$PHPIZE_DEPS" | "${PHPIZE_DEPS}");
    match phpize && world.image.family() == "php" {
        true if system.alpine => fate("g++", system),
        true => Fate::Drop,
        false => Fate::Keep,
    }
}

/// Whether a tool for downloads is called by the build alone: nothing that runs names it, and no line that is repeated.
pub(super) fn only_fetches(world: &World<'_>, package: &str) -> bool {
    let programs = programs_of(package);
    let names = |text: &str| {
        let mut words = text.split(|c: char| c.is_whitespace() || "|&;()'\"".contains(c));
        words.any(|word| programs.contains(&super::place::base_name(word)))
    };
    // Composer and Bower call them when they run, and stay.
    let of_composer = programs
        .iter()
        .any(|it| matches!(*it, "git" | "unzip" | "zip"));
    if of_composer && installs_composer(world) || programs.contains(&"git") && installs_bower(world)
    {
        return false;
    }
    let built = world
        .runs
        .iter()
        .filter(|run| run.work() > Some(Work::Fetch))
        .map(|run| run.instruction.index)
        .next_back();
    let mut fetches = false;
    for run in &world.runs {
        let late = built.is_some_and(|built| run.instruction.index > built);
        for done in &run.done {
            // `docker-php-ext-install zip` names an extension.
            let extension = super::place::base_name(&done.program).starts_with("docker-php-ext");
            let called = !extension && names(world.analysis.text(done.range));
            match &done.act {
                // Who cleans up has left it in the image on purpose.
                Act::Remove(removed) if !removed.is_empty() => return false,
                // What is installed behind the build is not for it.
                Act::Install(install)
                    if late
                        && install
                            .packages
                            .iter()
                            .any(|(_, name)| name_of(name) == package) =>
                {
                    return false;
                }
                Act::Install(_) | Act::Remove(_) | Act::Housekeeping => {}
                Act::Make(_) if !late => fetches |= called || implies(&done.program, package),
                // `curl ... | tar x`: the first does nothing but feed the second.
                Act::Nothing if !late => fetches |= called,
                _ if called => return false,
                _ => {}
            }
        }
    }
    let compiled = matches!(
        world.image.family(),
        "golang" | "rust" | "gcc" | "maven" | "gradle" | "openjdk" | "eclipse-temurin"
    );
    let scripts = super::scripts::called(world);
    let by_script = scripts.map_or(true, |called| {
        called
            .iter()
            .any(|program| programs.contains(&super::place::base_name(program)))
    });
    // Who starts an image that says nothing, or logs in, may start any tool in it.
    let logs_in = world.needs.calls("sshd");
    let says = (world.needs.own_command || super::world::is_server(&world.image)) && !logs_in;
    (fetches || compiled)
        && says
        && !by_script
        && !programs.iter().any(|program| world.needs.calls(program))
        && !programs.is_empty()
}

/// Whether the file puts Composer where everybody finds it.
fn installs_composer(world: &World<'_>) -> bool {
    world.runs.iter().flat_map(|run| &run.done).any(|done| {
        let text = world.analysis.text(done.range);
        text.contains("bin/composer") || text.contains("composer") && text.contains("--install-dir")
    })
}

/// Whether the file puts Bower where everybody finds it: it fetches with Git alone.
pub(super) fn installs_bower(world: &World<'_>) -> bool {
    world.runs.iter().flat_map(|run| &run.done).any(|done| {
        let words = || world.analysis.text(done.range).split_ascii_whitespace();
        words().any(|word| word == "bower")
            && words().any(|word| matches!(word, "-g" | "--global" | "global"))
    })
}

/// Whether a package manager of a language calls the tool of a package by itself.
fn implies(program: &str, package: &str) -> bool {
    let program = super::place::base_name(program);
    match package {
        "git" | "git-core" => matches!(
            program,
            "npm"
                | "yarn"
                | "pnpm"
                | "bower"
                | "composer"
                | "composer.phar"
                | "bundle"
                | "pip"
                | "pip3"
                | "go"
                | "mix"
                | "cargo"
        ),
        "unzip" | "zip" => program.starts_with("composer"),
        "bzip2" | "xz-utils" | "xz" => matches!(program, "tar" | "bsdtar"),
        _ => false,
    }
}

/// A RUN that builds nothing, above or below the end of the build.
pub(super) fn filter(world: &World<'_>, run: &Run<'_>, runtime: &Runtime) -> Outcome {
    let mut outcome = Outcome {
        text: Text::Same,
        reason: String::new(),
        gone: Vec::new(),
    };
    let mut all: Vec<(&Done, &Install, Kept)> = Vec::new();
    for done in &run.done {
        if let Act::Install(install) = &done.act {
            all.push((
                done,
                install,
                sort_out(world, &runtime.system, run, install),
            ));
        }
    }
    let rest = |done: &&Done| !matches!(done.act, Act::Nothing | Act::Housekeeping);
    if run.done.iter().any(|done| only_for_node(world, done))
        && run
            .done
            .iter()
            .filter(rest)
            .all(|done| only_for_node(world, done))
    {
        outcome.text = Text::Nothing;
        return outcome;
    }
    let changed = |kept: &Kept, install: &Install| {
        kept.words
            .iter()
            .zip(&install.packages)
            .any(|((_, now), (_, then))| now.as_ref() != Some(then))
    };
    if !all.iter().any(|(_, install, kept)| changed(kept, install)) {
        return outcome;
    }
    outcome.gone = all.iter().flat_map(|(.., kept)| kept.left_out()).collect();
    outcome.reason = reason(&all.iter().map(|(.., kept)| kept).collect::<Vec<_>>());
    let other_work = run.has(|act| matches!(act, Act::System | Act::Files(_)));
    if all.iter().all(|(.., kept)| kept.names().is_empty()) && !other_work {
        outcome.text = Text::Nothing;
        return outcome;
    }
    if let [(done, install, kept)] = all.as_slice()
        && !kept.names().is_empty()
        && !run.has(|act| matches!(act, Act::Remove(_)))
        && let Some(text) = words::without(
            world.analysis,
            run,
            run.instruction.lines,
            done,
            install,
            &kept.words,
        )
    {
        outcome.text = Text::New(text);
        return outcome;
    }
    // What such a line fetches as well would be lost.
    let makes = run.has(|act| matches!(act, Act::Make(_)));
    let repeated = match makes {
        true => None,
        false => repeat(world, run, runtime, &|done| !only_for_node(world, done)).ok(),
    };
    outcome.text = match repeated {
        Some(Some(text)) => Text::New(text),
        Some(None) => Text::Nothing,
        // What can't be taken apart stays whole.
        None => {
            outcome.gone.clear();
            Text::Same
        }
    };
    outcome
}

/// A RUN that builds: its packages, users and configuration, for the runtime stage.
pub(super) fn of_build(
    world: &World<'_>,
    run: &Run<'_>,
    runtime: &Runtime,
    keeping: &Keeping,
) -> Result<Outcome, Refusal> {
    let mut gone = Vec::new();
    let mut kept_all = Vec::new();
    for done in &run.done {
        if let Act::Install(install) = &done.act {
            let kept = sort_out(world, &runtime.system, run, install);
            gone.extend(kept.left_out());
            kept_all.push(kept);
        }
    }
    let wanted = |done: &Done| match &done.act {
        Act::System => needed_again(world, done) && !only_for_node(world, done),
        Act::Files(_) => keeping.repeated.contains(&done.range),
        _ => true,
    };
    let text = repeat(world, run, runtime, &wanted)?;
    let reason = match kept_all.is_empty() {
        true => "what it changes of the system is repeated where the program runs".to_owned(),
        false => reason(&kept_all.iter().collect::<Vec<_>>()),
    };
    Ok(Outcome {
        text: text.map_or(Text::Nothing, Text::New),
        reason,
        gone,
    })
}

/// Whether a change of the system matters where the program runs.
fn needed_again(world: &World<'_>, done: &Done) -> bool {
    let text = world.analysis.text(done.range);
    match done.program.as_str() {
        "ldconfig" | "gpg" | "gpg2" | "apt-mark" | "fc-cache" => false,
        "update-alternatives" => !["gcc", "g++", "cc ", "c++", "clang", "cpp", "gcov", "javac"]
            .iter()
            .any(|tool| text.contains(tool)),
        _ => true,
    }
}

fn reason(all: &[&Kept]) -> String {
    let gone: Vec<&str> = all
        .iter()
        .flat_map(|kept| kept.gone.iter().map(String::as_str))
        .collect();
    let mut reason = match gone.as_slice() {
        [] => "the program needs these packages".to_owned(),
        [one] => format!("only the build needs {one}"),
        [first, second] => format!("only the build needs {first} and {second}"),
        [first, second, rest @ ..] => format!(
            "only the build needs {first}, {second} and {} more",
            rest.len()
        ),
    };
    let replaced: Vec<String> = all
        .iter()
        .flat_map(|kept| &kept.replaced)
        .map(|(before, after)| format!("{after} is what programs need of {before}"))
        .collect();
    for part in replaced.iter().take(3) {
        reason.push_str("; ");
        reason.push_str(part);
    }
    reason
}
