//! The edits: the manifests above the install, the sources below it.

use std::collections::BTreeMap;

use dfix_syntax::{TextRange, TextSize};

use super::recipe::Role;
use super::site::{Site, UNKNOWN, workdir_of};
use crate::dockerignore::ElementMatcher;
use crate::layout::indentation;
use crate::model::{Args, Instruction, InstructionKind, State, join_path};
use crate::rules::Context;
use crate::rules::support::directories::is_within;
use crate::{ContextKind, Edit, Facts, Project};

/// Where the manifests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where the COPY stands.
    OfCopy,
    /// Directly above the RUN.
    AboveRun,
}

/// The edits that bring the manifests before the install and the sources after it; `files` are paths of the context.
///
/// # Errors
/// Why there are none.
pub(super) fn edits(
    ctx: &Context<'_>,
    project: &Project,
    site: &Site<'_>,
    files: &[String],
    prefetch: Option<&str>,
) -> Result<Vec<Edit>, String> {
    let place = place(ctx, site)?;
    let at = match place {
        Place::OfCopy => site.copy,
        Place::AboveRun => site.run,
    };
    let workdir = workdir(ctx, at);
    let missing = missing(ctx, site, files);
    let mut lines = copies(ctx, project, site, &missing, workdir.as_deref())?;
    if let Some(prefetch) = prefetch {
        let run = keyword(ctx, site.copy, "RUN", "run");
        let install = site
            .installs
            .first()
            .map(|install| install.directory.as_str());
        if install != workdir.as_deref() {
            return Err(
                "the build runs in another directory than the one that is in force there"
                    .to_owned(),
            );
        }
        lines.push(format!("{run} {prefetch}"));
    }
    let indent = indentation(ctx.analysis.text(site.copy.lines));
    let eol = ctx.analysis.eol;
    let manifests: String = lines
        .iter()
        .map(|line| format!("{indent}{line}{eol}"))
        .collect();
    let copy_block = TextRange::new(ctx.layout.block_start(site.copy), site.copy.lines.end());
    let builds = site
        .installs
        .iter()
        .any(|install| install.role == Role::Build);
    let sources = sources(ctx, site, copy_block)?;
    let mut edits = Vec::new();
    match (place, builds) {
        (Place::OfCopy, true) => {
            edits.push(Edit::insert(copy_block.start(), manifests));
            return Ok(edits);
        }
        (Place::OfCopy, false) => edits.push(match manifests.is_empty() {
            true => Edit::delete(copy_block),
            false => Edit::replace(copy_block, manifests),
        }),
        (Place::AboveRun, _) => {
            edits.push(Edit::delete(without_gap(ctx, copy_block)));
            let mut text = manifests;
            if builds {
                text.push_str(&sources);
            }
            if !text.is_empty() {
                edits.push(Edit::insert(ctx.layout.block_start(site.run), text));
            }
            if builds {
                return Ok(edits);
            }
        }
    }
    edits.push(match site.early == site.pipelines.len() {
        true => below(ctx, site.run, &sources),
        false => {
            edits.extend(split(ctx, site, &sources)?);
            return Ok(edits);
        }
    });
    Ok(edits)
}

/// Where the manifests go. A directory that WORKDIR would make now, with another owner than the COPY has given it, keeps
/// them where the COPY stands.
///
/// # Errors
/// When neither place will do.
fn place(ctx: &Context<'_>, site: &Site<'_>) -> Result<Place, String> {
    if site.between.is_empty() {
        return Ok(Place::OfCopy);
    }
    let owned = site
        .copy
        .flags
        .iter()
        .any(|flag| matches!(flag.name.as_str(), "chown" | "chmod"));
    let makes = site.between.iter().any(|other| {
        let state = ctx.analysis.state(other);
        other.kind == InstructionKind::Workdir && (owned || !state.is_some_and(State::is_root))
    });
    let builds = site
        .installs
        .iter()
        .any(|install| install.role == Role::Build);
    match (makes, builds) {
        (false, _) => Ok(Place::AboveRun),
        (true, false) => Ok(Place::OfCopy),
        (true, true) => {
            Err("a WORKDIR below the COPY would make the directory with another owner".to_owned())
        }
    }
}

/// The working directory in force before an instruction, absolute and cleaned.
fn workdir(ctx: &Context<'_>, at: &Instruction) -> Option<String> {
    let state = ctx.analysis.state(at)?;
    Some(workdir_of(state))
}

/// The COPY lines for files and folders of the context, one for each folder.
fn copies(
    ctx: &Context<'_>,
    project: &Project,
    site: &Site<'_>,
    files: &[String],
    workdir: Option<&str>,
) -> Result<Vec<String>, String> {
    let word = keyword(ctx, site.copy, "COPY", "copy");
    let flags: String = site
        .copy
        .flags
        .iter()
        .filter(|flag| matches!(flag.name.as_str(), "chown" | "chmod" | "link"))
        .map(|flag| format!(" {}", ctx.analysis.text(flag.range)))
        .collect();
    // An author who writes whole paths goes on to do so.
    let here = self::workdir(ctx, site.copy);
    let absolute = site.dest.text.starts_with('/') && here.as_deref() == workdir;
    let place = |relative: &str, single: bool| {
        let directory = join_path(&site.target, relative);
        let inside = workdir.filter(|dir| !absolute && is_within(&directory, dir));
        let rest = inside.and_then(|dir| directory.strip_prefix(dir));
        match rest.map(|rest| rest.trim_start_matches('/')) {
            Some("") if single => ".".to_owned(),
            Some("") => "./".to_owned(),
            Some(rest) => format!("{rest}/"),
            None if directory == "/" => "/".to_owned(),
            None => format!("{directory}/"),
        }
    };
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut folders = Vec::new();
    for file in files {
        if file.contains(|ch: char| ch.is_whitespace() || "$*?[]\\\"'#".contains(ch)) {
            return Err(format!(
                "the name of `{file}` has characters that COPY reads in its own way"
            ));
        }
        match project.kind(file) {
            Some(ContextKind::Directory) => folders.push(file.as_str()),
            _ => {
                let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
                groups.entry(folder).or_default().push(file);
            }
        }
    }
    let relative = |path: &str| {
        let rest = path.strip_prefix(site.root.as_str()).unwrap_or(path);
        rest.trim_start_matches('/').to_owned()
    };
    let mut lines = Vec::new();
    for (folder, names) in groups {
        let dest = place(&relative(folder), names.len() == 1);
        lines.push(format!("{word}{flags} {} {dest}", names.join(" ")));
    }
    for folder in folders {
        let dest = place(&relative(folder), false);
        lines.push(format!("{word}{flags} {folder} {dest}"));
    }
    match lines.iter().any(|line| line.contains(UNKNOWN)) {
        true => {
            Err("the directory that the manifests belong to has no name that is known".to_owned())
        }
        false => Ok(lines),
    }
}

/// The files that no COPY above has brought to the same place already.
fn missing(ctx: &Context<'_>, site: &Site<'_>, files: &[String]) -> Vec<String> {
    let above = site
        .copy
        .stage
        .map(|stage| ctx.analysis.stage_instructions(stage));
    let mut there: Vec<(String, String)> = Vec::new();
    for other in above
        .into_iter()
        .flatten()
        .take_while(|it| it.index < site.copy.index)
    {
        let (InstructionKind::Copy, Args::Copy { sources, dest, .. }) = (other.kind, &other.args)
        else {
            continue;
        };
        let Some(state) = ctx.analysis.state(other) else {
            continue;
        };
        if other.flag("from").is_some() || dest.text.contains('$') {
            continue;
        }
        let target = match dest.text.starts_with('/') {
            true => Some(join_path("/", &dest.text)),
            false => Some(join_path(&workdir_of(state), &dest.text)),
        };
        let is_folder = dest.text.ends_with('/') || dest.text == "." || sources.len() > 1;
        if let Some(target) = target.filter(|_| is_folder) {
            there.extend(
                sources
                    .iter()
                    .map(|it| (Facts::key(&it.text), target.clone())),
            );
        }
    }
    let is_there = |file: &str| {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let rest = folder.strip_prefix(site.root.as_str()).unwrap_or(folder);
        let place = join_path(&site.target, rest);
        there.iter().any(|(source, target)| {
            *target == place
                && (source == file
                    || source.contains('*')
                        && ElementMatcher::new(source).is_some_and(|it| it.matches(file)))
        })
    };
    files
        .iter()
        .filter(|file| !is_there(file))
        .cloned()
        .collect()
}

/// A keyword as the author writes them.
fn keyword<'w>(ctx: &Context<'_>, like: &Instruction, upper: &'w str, lower: &'w str) -> &'w str {
    let written = ctx.analysis.text(like.keyword);
    match written.bytes().all(|byte| byte.is_ascii_lowercase()) {
        true => lower,
        false => upper,
    }
}

/// The COPY of the sources with its comments, as it stands below the RUN, with its line end.
fn sources(ctx: &Context<'_>, site: &Site<'_>, block: TextRange) -> Result<String, String> {
    let analysis = ctx.analysis;
    let (before, after) = (workdir(ctx, site.copy), workdir(ctx, site.run));
    let mut text = analysis.text(block).to_owned();
    if before != after {
        let Args::Copy { json: false, .. } = site.copy.args else {
            return Err(
                "the destination would have to be written anew, and it stands in a JSON array"
                    .to_owned(),
            );
        };
        let dest = match after.as_deref() == Some(site.target.as_str()) {
            true => ".".to_owned(),
            false => site.target.clone(),
        };
        let offset = |at: TextSize| usize::from(at - block.start());
        let range = offset(site.dest.range.start())..offset(site.dest.range.end());
        if text.get(range.clone()).is_none() || dest.contains(UNKNOWN) {
            return Err("the destination can't be written anew".to_owned());
        }
        text.replace_range(range, &dest);
    }
    if !text.ends_with('\n') {
        text.push_str(analysis.eol);
    }
    Ok(text)
}

/// Puts lines below an instruction.
pub(super) fn below(ctx: &Context<'_>, instruction: &Instruction, text: &str) -> Edit {
    let end = instruction.lines.end();
    match ctx.analysis.text(instruction.lines).ends_with('\n') {
        true => Edit::insert(end, text.to_owned()),
        // The file ends here, and goes on to end without a line end.
        false => Edit::insert(end, format!("{}{}", ctx.analysis.eol, text.trim_end())),
    }
}

/// Parts the RUN, with the sources between the two. What it cleans of the package manager at its end goes with the install.
///
/// # Errors
/// When it can't be parted.
pub(super) fn split(
    ctx: &Context<'_>,
    site: &Site<'_>,
    sources: &str,
) -> Result<Vec<Edit>, String> {
    if site.uninstalls_later() {
        return Err("the RUN uninstalls at its end what it has installed, which would stay in the first layer".to_owned());
    }
    let (above, below) = (site.early.checked_sub(1), site.pipelines.get(site.early));
    let above = above.and_then(|above| site.pipelines.get(above));
    let (Some(above), Some(below)) = (above, below) else {
        return Err("the RUN can't be parted".to_owned());
    };
    let analysis = ctx.analysis;
    let earlier = site.pipelines.get(..site.early).unwrap_or_default();
    let changes = |words: &[&str]| {
        matches!(
            words.first(),
            Some(
                &("export"
                    | "set"
                    | "umask"
                    | "alias"
                    | "unset"
                    | "ulimit"
                    | "trap"
                    | "."
                    | "source")
            )
        )
    };
    let kept = earlier
        .iter()
        .filter_map(|pipeline| pipeline.simple())
        .any(|command| {
            command.words.is_empty() || command.static_words().is_some_and(|words| changes(&words))
        });
    if kept {
        return Err("the first part of the RUN sets what holds for the second".to_owned());
    }
    let between = TextRange::new(above.range.end(), below.range.start());
    let indent = indentation(analysis.text(site.run.lines));
    let clean = site.cleans_at_end();
    let cleaned = clean.map_or_else(String::new, |range| format!(" && {}", analysis.text(range)));
    let mut glue = format!("{cleaned}{}{sources}", analysis.eol);
    for comment in ctx.layout.comments_between(between) {
        glue.push_str(&format!("{indent}{comment}{}", analysis.eol));
    }
    glue.push_str(&format!("{indent}{} ", analysis.text(site.run.keyword)));
    for flag in &site.run.flags {
        glue.push_str(&format!("{} ", analysis.text(flag.range)));
    }
    for command in &site.moves {
        glue.push_str(&format!("{} && ", analysis.text(command.range)));
    }
    let mut edits = vec![Edit::replace(between, glue)];
    let last = site.pipelines.len().checked_sub(2);
    let last = last.and_then(|at| site.pipelines.get(at));
    if let (Some(clean), Some(last)) = (clean, last) {
        edits.push(Edit::delete(TextRange::new(last.range.end(), clean.end())));
    }
    Ok(edits)
}

/// Lines that go, with a blank line that would meet another one or the line of FROM.
pub(super) fn without_gap(ctx: &Context<'_>, lines: TextRange) -> TextRange {
    let text = ctx.analysis.source.as_str();
    let start = usize::from(lines.start());
    let above = text.get(..start).unwrap_or_default();
    let blank_above = above.trim_end_matches([' ', '\t']).ends_with("\n\n")
        || above.trim_end_matches([' ', '\t']).ends_with("\n\r\n");
    let end = ctx.layout.line_end(lines.end());
    let next = TextRange::new(lines.end(), end);
    match blank_above && ctx.analysis.text(next).trim().is_empty() {
        true => TextRange::new(lines.start(), end),
        false => lines,
    }
}
