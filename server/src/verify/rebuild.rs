//! What a rebuild costs after a change of a copied file.
//!
//! The builder has just built both files, so its cache holds their steps. For each file to touch, a copy of the context in
//! which it is changed is built with that cache. Each side gets a change of its own, else the second would find in the cache
//! what the first has made of it.

use std::fs;
use std::path::{Path, PathBuf};

use dfix_syntax::SourceText;
use dfix_transforms::Settings;
use dfix_transforms::model::Analysis;

use super::bench::{Bench, Order, Trouble};
use super::context_copy::ContextCopy;
use super::outcome::{Cost, Rebuild};
use super::pair::Pair;
use super::progress::{Display, Task};
use super::touch::{files, ignore_file};
use super::workshop::Workshop;

/// How many files are touched at most, where nobody has named them.
const MAX_TOUCHED: usize = 5;
/// Rebuilds append up to so many line ends: a number that is unlikely to have been used with this cache before.
const MAX_LINE_ENDS: usize = 4096;

/// The rebuilds that could be measured, and a sentence about those that could not.
#[derive(Debug, Default)]
pub(super) struct Rebuilds {
    /// What was measured.
    pub measured: Vec<Rebuild>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// The two Dockerfiles that were built.
#[derive(Debug)]
pub(super) struct Built {
    /// As it is.
    pub before: PathBuf,
    /// As rewritten.
    pub after: PathBuf,
}

/// Measures the rebuilds of a pair that was built. `wanted` names the files to touch instead of those that are chosen.
///
/// # Errors
/// Only when somebody wants to stop.
pub(super) fn measure(
    bench: &Bench<'_>,
    workshop: &mut Workshop,
    display: &Display,
    (pair, built): (&Pair, &Built),
    wanted: &[String],
) -> Result<Rebuilds, Trouble> {
    let mut found = Rebuilds::default();
    let ignore = ignore_file(pair.before.path.as_deref(), &pair.context);
    let touched = match wanted {
        [] => {
            let Ok(source) = SourceText::new(pair.before.text.as_bytes()) else {
                return Ok(found);
            };
            let analysis = Analysis::new(source, &Settings::default());
            let options = bench.options;
            let build = (options.target.as_deref(), options.build_args.as_slice());
            let mut chosen = files(&analysis, build, &pair.context, &ignore);
            if chosen.len() > MAX_TOUCHED {
                let left: Vec<String> = chosen.split_off(MAX_TOUCHED);
                found.notes.push(format!(
                    "rebuilds were measured for the first {MAX_TOUCHED} sources, not for {}; --touch names others",
                    left.join(", ")
                ));
            }
            chosen
        }
        wanted => wanted.to_vec(),
    };
    if touched.is_empty() {
        return Ok(found);
    }
    let place = workshop.path().join("context");
    let mut copy = match ContextCopy::make(&pair.context, place, &ignore) {
        Ok(copy) => copy,
        Err(error) => {
            found
                .notes
                .push(format!("rebuilds were not measured: {error}"));
            return Ok(found);
        }
    };
    let tag = workshop.tag("rebuild");
    for path in touched {
        let task = display.begin(&format!("rebuilding after a change of {path}"));
        let mut line_ends = fastrand::usize(1..MAX_LINE_ENDS);
        let mut once = |file: &Path, role: &str, task: &Task<'_>| {
            line_ends += 1;
            copy.touch(&pair.context, &path, line_ends)
                .map_err(|error| Trouble::Other(error.to_string()))?;
            let order = Order {
                role,
                file,
                context: copy.root(),
                tag: &tag,
                cached: true,
            };
            bench.build(workshop, order, task)
        };
        let result = once(&built.before, "rebuild-before", &task)
            .and_then(|before| Ok((before, once(&built.after, "rebuild-after", &task)?)));
        match result {
            Ok((before, after)) => {
                task.end(&format!("{} and {}", told(before), told(after)));
                found.measured.push(Rebuild {
                    touched: path.clone(),
                    before,
                    after,
                });
            }
            Err(Trouble::Interrupted) => return Err(Trouble::Interrupted),
            Err(trouble) => found.notes.push(format!(
                "the rebuild after a change of {path} was not measured: {}",
                trouble.message(&pair.name)
            )),
        }
        if copy.restore(&pair.context, &path).is_err() {
            // What is copied now would hold two changes.
            break;
        }
    }
    // It may be large, and is of no use to anyone who keeps the rest.
    let _ = fs::remove_dir_all(copy.root());
    Ok(found)
}

fn told(cost: Cost) -> String {
    format!("{:.1} s", cost.seconds)
}
