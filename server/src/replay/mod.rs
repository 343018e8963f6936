//! What the history of a repository says about its Dockerfile: which steps of the build each commit runs again, with the file
//! as it is and as dfix would write it.
//!
//! ```text
//! git ─▶ log ─▶ timeline: files at each commit ─▶ view ──────────────▶ keys of the steps ─▶ arm: what runs again
//!                  │        their sums                                   ▲      ▲
//!                  └─▶ surroundings: facts of the commits before ─▶ fix ─┴──────┘ plans of both texts
//! ```
//!
//! At each commit the file is rewritten by the call that `--write` makes, with what a run at that commit would have known:
//! its files, and the history before it.

mod arm;
mod html;
mod json;
mod outcome;
mod progress;
mod surroundings;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod words;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use dfix_syntax::SourceText;
use dfix_transforms::cache::{Install, Plan, print};
use dfix_transforms::model::Analysis;
use dfix_transforms::order::price;
use dfix_transforms::{Applicability, Companion, Settings, Timings, fix};
use rustc_hash::FxHashMap;

use crate::cli::{ReplayArgs, VerifyFormat};
use crate::config::{Resolver, context_argument};
use crate::printer::{Status, is_colored, print as print_out};
use crate::run::{lookup, overrides};
use crate::world::discover::real_path;
use crate::world::history::{
    self, Commit, Log, NoHistory, PathId, Paths, Repository, WINDOW, context_in,
};
use crate::world::{show, timings};
use arm::{Machine, Planned};
use outcome::{Counts, Replay, Replayed};
use progress::Display;
use surroundings::{Context, Surroundings};
use timeline::{Timeline, View};

/// The longest history that is replayed.
const MAX_COMMITS: usize = 50_000;

/// Replays what the arguments name and prints what came of it.
///
/// # Errors
/// A message about wrong use, or why there is no history.
pub(crate) fn run(args: &ReplayArgs) -> Result<Status, String> {
    let file = args.file.clone().unwrap_or_else(default_file);
    let real = real_path(&file);
    let folder = real.parent().unwrap_or(&real);
    let mut resolver = Resolver::new(lookup(&args.config), overrides(&args.fixes)?);
    let config = resolver
        .for_folder(folder)
        .map_err(|error| error.to_string())?;
    let wish = Wish {
        settings: &config.settings,
        threshold: match args.fixes.unsafe_fixes {
            true => Applicability::Unsafe,
            false => Applicability::Safe,
        },
        since: args.since.as_deref(),
        timings: args
            .fixes
            .timings
            .as_deref()
            .map(timings::read)
            .transpose()?,
        context: config.context(context_argument(args.context.as_deref())?, &real),
    };
    let display = |commits| Display::new(args.progress, args.format, commits);
    let mut replayed = replay(&real, &wish, display)
        .map_err(|NoHistory(why)| format!("{}: nothing to replay: {why}", show(&file)))?;
    replayed.file = show(&file);
    if let Some(page) = &args.html {
        std::fs::write(page, html::render(&replayed))
            .map_err(|error| format!("--html: {}: {error}", show(page)))?;
    }
    print_out(&match args.format {
        VerifyFormat::Json => json::render(&replayed),
        VerifyFormat::Text => text::render(&replayed, is_colored(args.color)),
    })
}

/// What is wanted of a replay.
struct Wish<'w> {
    /// What holds for the file.
    settings: &'w Settings,
    /// The least trust that a fix needs to be applied.
    threshold: Applicability,
    /// From when on.
    since: Option<&'w str>,
    /// What steps took in a real build.
    timings: Option<Timings>,
    /// The folder that is the build context.
    context: Option<PathBuf>,
}

/// Replays the history of a file.
fn replay(
    file: &Path,
    wish: &Wish<'_>,
    display: impl FnOnce(usize) -> Display,
) -> Result<Replayed, NoHistory> {
    let folder = file.parent().unwrap_or(file);
    let repository = Repository::of_folder(folder)?;
    let path = context_in(&repository.root, file)
        .ok_or_else(|| NoHistory("it is not in the folder of its repository".to_owned()))?;
    let context = match &wish.context {
        None => None,
        Some(folder) => Some(context_in(&repository.root, folder).ok_or_else(|| {
            NoHistory("the build context is outside of the repository".to_owned())
        })?),
    };
    let wanted = match wish.since {
        Some(since) => repository.since(since)?.min(MAX_COMMITS),
        None => MAX_COMMITS,
    };
    if wanted == 0 {
        return Err(NoHistory("no commit is as new as that".to_owned()));
    }
    // The commits before the first one that is replayed are evidence for it.
    let mut log = history::read(&repository, wanted + WINDOW as usize)?;
    let files = history::files_before(&repository, &mut log)?;
    let names = names(&mut log, &path);
    // A fix may make an ignore file where there was none.
    for name in ignore_files(&path, context.as_deref()) {
        log.paths.id(&name);
    }
    let paths = &log.paths;
    let timeline = Timeline::new(repository.blobs()?, files, paths);
    let mut surroundings = Surroundings::new(
        timeline,
        &repository.root,
        context.as_deref(),
        wish.timings.clone(),
    );
    let first = log.commits.len().saturating_sub(wanted);
    let mut theatre = Theatre {
        wish,
        paths,
        surroundings: &mut surroundings,
        plans: FxHashMap::default(),
        rewrites: FxHashMap::default(),
        before: Machine::default(),
        after: Machine::default(),
        found: Replayed::default(),
    };
    let count = log.commits.len() - first;
    let display = display(count);
    for (number, (commit, name)) in log.commits.iter().zip(&names).enumerate() {
        theatre.surroundings.timeline.apply(&commit.changes, paths);
        if number >= first {
            theatre.build(commit, paths.name(*name));
            display.done(number + 1 - first, count);
        }
        // What a shallow clone begins with was there before.
        if number > 0 || !log.starts_in_the_middle {
            theatre.surroundings.pass(&commit.changes, paths);
        }
    }
    let mut found = theatre.end();
    if found.commits.is_empty() {
        return Err(NoHistory(match found.why_unbuildable {
            Some(why) => format!("no commit has a file whose build can be followed: {why}"),
            None => "no commit holds the file".to_owned(),
        }));
    }
    if log.starts_in_the_middle {
        found.notes.push(
            "the clone is shallow: older commits are missing (git fetch --unshallow gets them)"
                .to_owned(),
        );
    } else if wish.since.is_none() && count == MAX_COMMITS {
        let note = format!("only the last {MAX_COMMITS} commits were replayed");
        found.notes.push(note);
    }
    Ok(found)
}

/// How the Dockerfile is called at each commit: it may have been renamed.
fn names(log: &mut Log, path: &str) -> Vec<PathId> {
    let mut name = log.paths.id(path);
    let mut names = Vec::with_capacity(log.commits.len());
    for commit in log.commits.iter().rev() {
        names.push(name);
        let change = commit.changes.iter().find(|change| change.path == name);
        if let Some(from) = change.and_then(|change| change.from) {
            name = from;
        }
    }
    names.reverse();
    names
}

/// The paths that the ignore file of a Dockerfile may have.
fn ignore_files(path: &str, context: Option<&str>) -> Vec<String> {
    let own = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folders = [Some(""), Some(own), context].into_iter().flatten();
    folders
        .map(|folder| timeline::join(folder, ".dockerignore"))
        .chain([format!("{path}.dockerignore")])
        .collect()
}

/// Both builders, and what they are shown.
struct Theatre<'t> {
    wish: &'t Wish<'t>,
    paths: &'t Paths,
    surroundings: &'t mut Surroundings,
    plans: FxHashMap<u128, Result<Rc<Planned>, String>>,
    rewrites: FxHashMap<(u128, u128), Rc<Rewrite>>,
    before: Machine,
    after: Machine,
    found: Replayed,
}

/// What dfix writes.
#[derive(Debug)]
struct Rewrite {
    text: String,
    /// The ignore file, where a fix extends it.
    ignore: Option<String>,
    rules: Vec<&'static str>,
}

impl Theatre<'_> {
    /// Builds a commit in both ways.
    fn build(&mut self, commit: &Commit, name: &str) {
        let Some(content) = self.surroundings.timeline.content(name) else {
            self.found.without_file += 1;
            return;
        };
        if let Err(why) = self.build_file(commit, name, &content) {
            self.found.unbuildable += 1;
            self.found.why_unbuildable = Some(why);
        }
    }

    fn build_file(&mut self, commit: &Commit, name: &str, content: &[u8]) -> Result<(), String> {
        let source = SourceText::new(content).map_err(|error| error.to_string())?;
        let Some(context) = self.surroundings.context(name, &source) else {
            return Err("the builder refuses the ignore file".to_owned());
        };
        let before = self.plan(&source)?;
        let rewrite = self.rewrite(name, &source, &context);
        let changed = rewrite.text != source.as_str();
        let rewritten = match SourceText::new(rewrite.text.as_bytes()) {
            Ok(text) if changed => text,
            _ => source,
        };
        let after = self.plan(&rewritten)?;
        let mut new_files = Vec::new();
        if changed && let Some(path) = self.paths.find(name) {
            new_files.push((path, print(rewrite.text.as_str())));
        }
        let mut new_context = context.clone();
        if let Some(text) = &rewrite.ignore {
            new_context.ignore = self
                .surroundings
                .ignore(text.as_bytes())
                .ok_or("the builder would refuse the extended ignore file")?;
            let path = self.paths.find(&context.ignore_path);
            new_files.extend(path.map(|path| (path, print(text.as_str()))));
        }
        let before_counts = self.count(&before, &before, (&context, &context), &[], Side::Before);
        let contexts = (&new_context, &context);
        let after_counts = self.count(&after, &before, contexts, &new_files, Side::After);
        self.found.rewritten += usize::from(changed);
        self.found.rules.clone_from(&rewrite.rules);
        self.found.context = context.folder.to_string();
        self.found.commits.push(Replay {
            id: commit.id.to_string(),
            time: commit.time,
            before: before_counts,
            after: after_counts,
        });
        Ok(())
    }

    /// Lets one of the builders build in the first of the contexts. `written` is the file as it was committed, the second
    /// context that of it.
    fn count(
        &mut self,
        planned: &Rc<Planned>,
        written: &Planned,
        (context, committed): (&Context, &Context),
        rewritten: &[(PathId, u128)],
        side: Side,
    ) -> Counts {
        let timeline = &mut self.surroundings.timeline;
        let keys = planned.plan.keys(&mut View {
            timeline,
            paths: self.paths,
            context: &context.folder,
            ignore: &context.ignore,
            rewritten,
        });
        let whole = written.plan.print();
        let reads = |install: &Install| {
            let mut manifests = 0_u128;
            if install.reads_project {
                for selection in written.plan.selections() {
                    let place = (&committed.folder, &committed.ignore);
                    let ecosystem = Some(install.ecosystem);
                    let (sum, _) = timeline.sum(place, selection, ecosystem, self.paths);
                    manifests = manifests.wrapping_add(sum);
                }
            }
            print(&(whole, install.ecosystem.name, &install.text, manifests))
        };
        let machine = match side {
            Side::Before => &mut self.before,
            Side::After => &mut self.after,
        };
        machine.build(planned, &keys, reads)
    }

    /// What dfix would write at the commit at hand.
    fn rewrite(&mut self, name: &str, source: &SourceText, context: &Context) -> Rc<Rewrite> {
        let settings = self.wish.settings;
        let (facts, version) = self
            .surroundings
            .facts(name, source, context, settings, self.paths);
        let key = (print(source.as_str()), version);
        let threshold = self.wish.threshold;
        let ignore_path = self.surroundings.on_disk(&context.ignore_path);
        let write = || {
            let outcome = fix(source, settings, &facts, threshold);
            let extended = |it: &&Companion| it.path == ignore_path;
            let ignore = outcome.companions.iter().find(extended);
            let mut rules: Vec<&'static str> = outcome
                .applied
                .iter()
                .map(|applied| applied.rule.id)
                .collect();
            rules.sort_unstable();
            rules.dedup();
            Rc::new(Rewrite {
                ignore: ignore.map(Companion::after),
                text: outcome.text,
                rules,
            })
        };
        self.rewrites.entry(key).or_insert_with(write).clone()
    }

    fn plan(&mut self, source: &SourceText) -> Result<Rc<Planned>, String> {
        let wish = self.wish;
        let make = || {
            let analysis = Analysis::new(source.clone(), wish.settings);
            let plan = Plan::new(&analysis, wish.settings)?;
            let price = |index: usize| {
                let instruction = analysis.instructions.get(index)?;
                let inner = instruction.innermost();
                Some(price::seconds(
                    &analysis,
                    inner,
                    None,
                    wish.timings.as_ref(),
                ))
            };
            let seconds = plan
                .steps()
                .map(|(_, step)| price(step.instruction).unwrap_or_default())
                .collect();
            Ok(Rc::new(Planned { plan, seconds }))
        };
        let key = print(source.as_str());
        self.plans.entry(key).or_insert_with(make).clone()
    }

    fn end(self) -> Replayed {
        let mut found = self.found;
        found.before = self.before.end();
        found.after = self.after.end();
        found
    }
}

/// Which of the builders.
#[derive(Debug, Clone, Copy)]
enum Side {
    Before,
    After,
}

/// What is taken when no file is named, as the builders do it.
fn default_file() -> PathBuf {
    let first = PathBuf::from("Dockerfile");
    let second = PathBuf::from("Containerfile");
    match !first.exists() && second.exists() {
        true => second,
        false => first,
    }
}
