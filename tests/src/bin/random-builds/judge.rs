//! One case: the build of a text, of its rewrites, and what is to be said about the differences.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;

use dfix_syntax::{SourceText, buildkit, parse};
use dfix_tests::random::Random;
use dfix_transforms::Facts;

use super::base::Bases;
use super::compare::differences;
use super::context::Context;
use super::fault::Fault;
use super::generate::{Case, case};
use super::interpret::{Built, Trouble, World, build};
use super::oracle::Oracle;
use super::rewrite::{Rewrite, facts_of, refactorings, rewrites};
use super::shrink::shrink;

/// How many smaller texts are tried for a difference.
const TRIES: usize = 600;

/// How often instructions that fail are taken out of a case.
const MENDINGS: usize = 4;

/// Everything that cases share.
pub(crate) struct Judge {
    bases: Bases,
    context: Context,
    facts: Facts,
    nothing: Facts,
}

/// What is to be said about a case.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) name: String,
    /// The rules that rewrote it.
    pub(crate) rules: BTreeSet<&'static str>,
    /// How many rewrites were built.
    pub(crate) pairs: u64,
    /// How many rewrites change nothing that a builder reads.
    pub(crate) plain: u64,
    /// Whether its own build fails.
    pub(crate) fails: bool,
    /// Why it could not be judged.
    pub(crate) skipped: Option<&'static str>,
    /// Differences, reduced, for a person.
    pub(crate) findings: Vec<String>,
    /// The case and its rewrites, when asked for.
    pub(crate) shown: String,
}

pub(crate) type Problem = Box<dyn Error + Send + Sync>;

impl Judge {
    pub(crate) fn new() -> Result<Self, Problem> {
        let bases = Bases::new()?;
        let context = Context::new(bases.folder())?;
        let facts = facts_of(context.path());
        Ok(Self {
            bases,
            context,
            facts,
            nothing: Facts::default(),
        })
    }

    /// The case of a number.
    pub(crate) fn case(&self, seed: u64, show: bool) -> Result<Report, Problem> {
        let mut case = case(seed);
        let named = |error: Problem| format!("case {seed}: {error}");
        self.settle(&mut case, seed).map_err(named)?;
        if seed.is_multiple_of(3) {
            case.fault = Fault::pick(&case.text, &mut Random::new(seed));
        }
        Ok(self
            .judge(&case, seed.to_string(), seed, show)
            .map_err(named)?)
    }

    /// Has Docker build the case of a number, and says how that differs from what the interpreter makes of it.
    pub(crate) fn oracle(&self, oracle: &mut Oracle, seed: u64) -> Result<Report, Problem> {
        let mut case = case(seed);
        self.settle(&mut case, seed)?;
        let mut report = Report {
            name: seed.to_string(),
            ..Report::default()
        };
        let built = match self.build(&case, &case.text)? {
            Ok(built) => built,
            Err(reason) => {
                report.skipped = Some(reason);
                return Ok(report);
            }
        };
        report.pairs = 1;
        report.fails = built
            .stages
            .last()
            .is_some_and(|stage| stage.failure.is_some());
        let found = oracle.differences(&case, &built, &self.bases, self.context.path())?;
        if !found.is_empty() {
            let lines = found
                .get(..found.len().min(12))
                .unwrap_or_default()
                .join("\n");
            let (seed, text) = (&report.name, &case.text);
            report.findings.push(format!(
                "=== case {seed} {:?}\n{text}\n--- differences\n{lines}\n",
                case.build_args
            ));
        }
        Ok(report)
    }

    /// A text that somebody wrote.
    pub(crate) fn text(&self, text: &str, name: String, show: bool) -> Result<Report, Problem> {
        let case = Case {
            text: text.to_owned(),
            build_args: Vec::new(),
            facts: true,
            fault: None,
        };
        self.judge(&case, name, 1, show)
    }

    /// Takes out instructions that fail, since what stands below them is not built: in three of four cases, so that there
    /// are failing builds as well.
    fn settle(&self, case: &mut Case, seed: u64) -> Result<(), Problem> {
        if seed.is_multiple_of(4) {
            return Ok(());
        }
        for _ in 0..MENDINGS {
            let Ok(built) = self.build(case, &case.text)? else {
                return Ok(());
            };
            let failures = built
                .stages
                .iter()
                .filter_map(|stage| stage.failure.as_ref());
            let lines: BTreeSet<usize> = failures.map(|failure| failure.line).collect();
            if lines.is_empty() {
                return Ok(());
            }
            for line in lines.into_iter().rev() {
                case.text = without_instruction(&case.text, line);
            }
        }
        Ok(())
    }

    fn judge(&self, case: &Case, name: String, seed: u64, show: bool) -> Result<Report, Problem> {
        let mut report = Report {
            name,
            ..Report::default()
        };
        if show {
            report.shown = format!("--- case {}\n{}\n", report.name, case.text);
        }
        let before = match self.build(case, &case.text)? {
            Ok(built) => built,
            Err(reason) => {
                report.skipped = Some(reason);
                return Ok(report);
            }
        };
        report.fails = before.stages.iter().any(|stage| stage.failure.is_some());
        if show {
            for stage in &before.stages {
                writeln!(report.shown, "{:?}\n{:?}", stage.failure, stage.config)?;
            }
        }
        for rewrite in self.rewrites(case, seed) {
            report.rules.extend(&rewrite.rules);
            if meaning(&rewrite.text) == meaning(&case.text) {
                report.plain += 1;
                continue;
            }
            let found = match self.build(case, &rewrite.text)? {
                Ok(after) => differences(&before, &after, &rewrite.laws),
                Err(reason) => {
                    report.skipped = Some(reason);
                    continue;
                }
            };
            report.pairs += 1;
            if show {
                writeln!(
                    report.shown,
                    "--- {} {:?}\n{}",
                    rewrite.mode, rewrite.rules, rewrite.text
                )?;
            }
            if found.is_empty() {
                continue;
            }
            if self.is_steady(case, &case.text)? && self.is_steady(case, &rewrite.text)? {
                let finding = self.finding(case, &rewrite, seed, &report.name)?;
                report.findings.push(finding);
            } else {
                report.skipped = Some("it is not the same each time");
            }
        }
        Ok(report)
    }

    /// Whether a few builds of a text are the same.
    fn is_steady(&self, case: &Case, text: &str) -> Result<bool, Problem> {
        let Ok(first) = self.build(case, text)? else {
            return Ok(false);
        };
        for _ in 0..3 {
            let again = self.build(case, text)?;
            if !again.is_ok_and(|again| differences(&first, &again, &[]).is_empty()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn rewrites(&self, case: &Case, seed: u64) -> Vec<Rewrite> {
        rewrites(&case.text, self.facts(case), seed)
    }

    /// What dfix is told of the build context.
    fn facts(&self, case: &Case) -> &Facts {
        if case.facts {
            &self.facts
        } else {
            &self.nothing
        }
    }

    /// Builds a text; the inner error says why it can't be judged.
    fn build(&self, case: &Case, text: &str) -> Result<Result<Built, &'static str>, Problem> {
        let build_args: BTreeMap<_, _> = case.build_args.iter().cloned().collect();
        let world = World {
            bases: &self.bases,
            context: self.context.path(),
            build_args: &build_args,
            fault: case.fault.as_ref(),
        };
        let built = build(text, &world);
        if self.bases.repair()? {
            return Ok(Err("it changes the programs of the base"));
        }
        match built {
            Ok(built) => Ok(Ok(built)),
            Err(Trouble::Unsupported(what)) => Ok(Err(what)),
            Err(Trouble::Fails(_)) => Ok(Err("the file does not parse")),
            Err(Trouble::Io(error)) => {
                match rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) {
                    true => Ok(Err("links in a circle")),
                    false => Err(error.into()),
                }
            }
        }
    }

    /// Reduces a case in which a rewrite makes a difference, and describes it.
    fn finding(
        &self,
        case: &Case,
        rewrite: &Rewrite,
        seed: u64,
        name: &str,
    ) -> Result<String, Problem> {
        let small = shrink(&case.text, TRIES, &mut |text| {
            if has_race(text) {
                return false;
            }
            let candidate = Case {
                text: text.to_owned(),
                ..case.clone()
            };
            matches!(
                self.first_difference(&candidate, rewrite, seed),
                Ok(Some(_))
            )
        });
        let small = Case {
            text: small,
            ..case.clone()
        };
        let (found, lines) = match self.first_difference(&small, rewrite, seed)? {
            Some(found) => found,
            // It does not come back: something here is not the same each time.
            None => (rewrite.clone(), vec!["it was there only once".to_owned()]),
        };
        let mut text = format!(
            "=== difference in case {name}, {} of {}; facts: {}, build arguments: {:?}, fault: {:?}\n",
            found.mode,
            found.rules.join(", "),
            case.facts,
            case.build_args,
            case.fault
        );
        write!(
            text,
            "--- before\n{}\n--- after\n{}\n--- differences\n",
            small.text, found.text
        )?;
        for line in lines.iter().take(12) {
            writeln!(text, "{line}")?;
        }
        Ok(text)
    }

    /// The first rewrite in the same way that makes a difference.
    fn first_difference(
        &self,
        case: &Case,
        like: &Rewrite,
        seed: u64,
    ) -> Result<Option<(Rewrite, Vec<String>)>, Problem> {
        let alike = |rewrite: &Rewrite| {
            rewrite.mode == like.mode && rewrite.rules.iter().any(|rule| like.rules.contains(rule))
        };
        let candidates = match (like.mode, like.rules.as_slice()) {
            ("refactor", [id]) => refactorings(&case.text, self.facts(case), seed, id),
            _ => self.rewrites(case, seed),
        };
        let candidates: Vec<Rewrite> = candidates.into_iter().filter(alike).collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let Ok(before) = self.build(case, &case.text)? else {
            return Ok(None);
        };
        for rewrite in candidates {
            let Ok(after) = self.build(case, &rewrite.text)? else {
                continue;
            };
            let found = differences(&before, &after, &rewrite.laws);
            if !found.is_empty() {
                return Ok(Some((rewrite, found)));
            }
        }
        Ok(None)
    }
}

/// A text without the instruction that begins in a line.
fn without_instruction(text: &str, line: usize) -> String {
    let Ok(source) = SourceText::of_text(text) else {
        return text.to_owned();
    };
    let instructions = buildkit::instructions(&parse(&source));
    let found = instructions
        .iter()
        .find(|instruction| instruction.start_line == line);
    let range = found.map_or(0..0, |found| found.start_line..found.end_line + 1);
    let lines = text.split_inclusive('\n').enumerate();
    lines
        .filter(|(index, _)| !range.contains(&(index + 1)))
        .map(|(_, line)| line)
        .collect()
}

/// What a builder reads of a text: its instructions, without the places and comments.
fn meaning(text: &str) -> Option<(char, Vec<buildkit::Instruction>)> {
    let source = SourceText::of_text(text).ok()?;
    let parsed = parse(&source);
    if !parsed.errors().is_empty() {
        return None;
    }
    let mut instructions = buildkit::instructions(&parsed);
    for instruction in &mut instructions {
        instruction.start_line = 0;
        instruction.end_line = 0;
        instruction.comments.clear();
    }
    Some((parsed.escape(), instructions))
}

/// Whether a text starts something in the background that nobody waits for.
fn has_race(text: &str) -> bool {
    let text = text.replace("&&", "").replace(">&", "").replace("&>", "");
    let mut behind = text.split('&').skip(1);
    behind.any(|rest| !rest.starts_with(" wait") && !rest.starts_with(')'))
}
