//! Installations among the system's own files: they are made once more in a tree of their own, which is copied.
//!
//! `make install DESTDIR=/runtime` puts every file below another root and leaves the names in them as they are. It is the
//! convention of the GNU coding standards (section "DESTDIR: Support for Staged Installs"), which Automake and CMake follow;
//! PHP's sources call the variable `INSTALL_ROOT`. That there is a tree with the prefix in it is tested when the image is
//! built, so a project that knows no such variable is found out there.

use dfix_syntax::TextSize;

use super::keeping::{Keeping, Kept};
use super::left::Staged;
use super::plan::Extra;
use super::refusal::{Refusal, quote};
use super::words::joined;
use super::world::World;

/// Where the tree is.
pub(super) const ROOT: &str = "/runtime";

/// Keeps the tree, if there is one.
pub(super) fn keep(world: &World<'_>, keeping: &mut Keeping) -> Result<(), Refusal> {
    for staged in &keeping.staged {
        let refuse = |why: &str| {
            let what = quote(world.analysis, staged.range);
            Err(Refusal::at(
                world.analysis,
                staged.range,
                "system-prefix",
                format!("{what} installs among the system's own files, {why}"),
            ))
        };
        if world.analysis.source.contains(ROOT) {
            return refuse("and the file uses the directory `/runtime` itself");
        }
        let instruction = world.analysis.instructions.get(staged.instruction);
        if instruction.is_none_or(|it| !it.heredocs.is_empty() || it.script().is_none()) {
            return refuse("and its line can't be extended");
        }
    }
    let Some(first) = keeping.staged.first() else {
        return Ok(());
    };
    let (what, variable) = (quote(world.analysis, first.range), first.variable);
    keeping.assumptions.push(format!(
        "{what} honours `{variable}`: all that it installs is put below another root for the copy"
    ));
    keeping.kept.insert(
        0,
        Kept {
            path: ROOT.to_owned(),
            target: "/".to_owned(),
            directory: true,
            reason: "what was installed among the system's own files, in a tree of its own"
                .to_owned(),
        },
    );
    Ok(())
}

/// What is written behind the installations of the build stage.
pub(super) fn inserted(world: &World<'_>, keeping: &Keeping) -> Vec<(TextSize, String)> {
    let one = |staged: &Staged| {
        let run = world
            .runs
            .iter()
            .find(|run| run.instruction.index == staged.instruction)?;
        let command = joined(world.analysis, run, staged.range);
        Some((
            staged.range.end(),
            format!(" && {command} {}={ROOT}", staged.variable),
        ))
    };
    keeping.staged.iter().filter_map(one).collect()
}

/// The test that the tree is there.
pub(super) fn test(keeping: &Keeping) -> Option<Extra> {
    let mut prefixes: Vec<&str> = keeping
        .staged
        .iter()
        .map(|staged| staged.prefix.trim_end_matches('/'))
        .collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    let tests: Vec<String> = prefixes
        .iter()
        .map(|prefix| format!("test -d {ROOT}{prefix}"))
        .collect();
    (!tests.is_empty()).then(|| Extra {
        text: format!("RUN {}", tests.join(" && ")),
        reason: "the build fails here if the project installs nothing below another root"
            .to_owned(),
    })
}

/// A line without what was written behind its installations.
pub(super) fn without(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(at) = out.find(&format!("={ROOT}")) {
        let end = at + 1 + ROOT.len();
        let Some(start) = out.get(..at).and_then(|head| head.rfind(" && ")) else {
            break;
        };
        out.replace_range(start..end, "");
    }
    out
}
