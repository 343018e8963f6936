//! Sources that are copied by instructions of their own, or in one COPY with the manifests, above an install: they go below
//! it, and the manifests stay.

use super::recipe::{Needs, Role};
use super::rewrite::{below, split, without_gap};
use super::site::{Site, absolute, workdir_of};
use crate::dockerignore::ElementMatcher;
use crate::ecosystem::is_manifest;
use crate::layout::indentation;
use crate::model::{Args, Instruction, InstructionKind, Word, join_path};
use crate::rules::Context;
use crate::rules::support::directories::is_windows;
use crate::{ContextKind, Edit, Facts, Project};

/// An install above which files come in that it does not read.
pub(super) struct Spread<'a> {
    /// Where the install is; its COPY is the first that has to move.
    pub(super) site: Site<'a>,
    /// What the install reads of what is copied above it.
    pub(super) needs: Needs,
    /// Those whose sources all move.
    moved: Vec<&'a Instruction>,
    /// Those that bring both, with the sources that move.
    parted: Vec<(&'a Instruction, Vec<&'a Word>)>,
}

/// A COPY of the project: files of one folder, or one folder.
struct Part<'a> {
    copy: &'a Instruction,
    dest: &'a Word,
    sources: Vec<(&'a Word, String)>,
    /// The folder of the context, and the directory that is its copy.
    root: String,
    target: String,
}

impl<'a> Spread<'a> {
    /// The install of a RUN, if sources stand above it that need not. `needs` says what the installs of a site read.
    pub(super) fn of(
        ctx: &Context<'a>,
        project: &Project,
        run: &'a Instruction,
        needs: impl Fn(&Site<'a>) -> Option<Needs>,
    ) -> Option<Self> {
        let stage = ctx.analysis.stage_instructions(run.stage?);
        let above: Vec<&'a Instruction> = stage.take_while(|it| it.index < run.index).collect();
        let copies = above.iter().filter_map(|it| Part::of(ctx, project, it));
        let parts: Vec<Part<'a>> = copies.collect();
        let mut seen: Vec<(&str, &str)> = Vec::new();
        parts.iter().find_map(|part| {
            let place = (part.root.as_str(), part.target.as_str());
            if seen.contains(&place) {
                return None;
            }
            seen.push(place);
            let group = parts.iter();
            let group: Vec<&Part<'a>> = group.filter(|it| it.place() == place).collect();
            Self::aligned(ctx, run, &above, &group, &needs)
        })
    }

    fn aligned(
        ctx: &Context<'a>,
        run: &'a Instruction,
        above: &[&'a Instruction],
        group: &[&Part<'a>],
        needs: &impl Fn(&Site<'a>) -> Option<Needs>,
    ) -> Option<Self> {
        let first = group.first()?;
        let mut site = Site::new(first.copy, first.dest, &first.root, &first.target);
        let installs = site.take(ctx, run)?;
        if !installs || site.installs.iter().any(|it| it.role == Role::Build) {
            return None;
        }
        let mut needs = needs(&site)?;
        needs
            .files
            .retain(|file| group.iter().any(|part| part.brings(file)));
        if needs.files.is_empty() {
            return None;
        }
        let (mut moved, mut parted) = (Vec::new(), Vec::new());
        for part in group {
            let goes = part.sources.iter().filter(|(_, key)| {
                let mut files = needs.files.iter();
                !files.any(|file| selects(key, file))
            });
            let goes: Vec<&'a Word> = goes.map(|(word, _)| *word).collect();
            match goes.len() {
                0 => {}
                some if some == part.sources.len() => moved.push(part.copy),
                _ if part.can_be_parted() => parted.push((part.copy, goes)),
                _ => return None,
            }
        }
        // Manifests that only a later install reads change as rarely.
        let goes = |key: &str| !needs.files.iter().any(|file| selects(key, file));
        let keys = group
            .iter()
            .flat_map(|part| &part.sources)
            .map(|(_, key)| key);
        if keys.filter(|key| goes(key)).all(|key| is_manifest(key)) {
            return None;
        }
        let changed = moved.iter().chain(parted.iter().map(|(copy, _)| copy));
        let start = *changed.min_by_key(|copy| copy.index)?;
        site.copy = start;
        let own = |it: &Instruction| group.iter().find(|part| part.copy.index == it.index);
        let directory = |it: &Instruction| ctx.analysis.state(it).map(workdir_of);
        let owned = changed_flags(&moved, &parted);
        for other in above.iter().filter(|it| it.index >= start.index) {
            if let Some(part) = own(other) {
                let absolute = part.dest.text.starts_with('/');
                if ctx.is_frozen(other) || !absolute && directory(other) != directory(run) {
                    return None;
                }
                continue;
            }
            // It would make the directory that the COPY makes for its own user.
            if other.kind == InstructionKind::Workdir && owned {
                return None;
            }
            let free = match other.kind {
                InstructionKind::Run => site.clone_empty().take(ctx, other) == Some(false),
                _ => !ctx.is_frozen(other) && site.passes(ctx, other),
            };
            if !free {
                return None;
            }
        }
        Some(Self {
            site,
            needs,
            moved,
            parted,
        })
    }

    /// The edits that bring the sources below the install.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) fn edits(&self, ctx: &Context<'_>) -> Result<Vec<Edit>, String> {
        let analysis = ctx.analysis;
        let mut edits = Vec::new();
        let mut texts: Vec<(usize, String)> = Vec::new();
        for copy in &self.moved {
            let block = dfix_syntax::TextRange::new(ctx.layout.block_start(copy), copy.lines.end());
            let mut text = analysis.text(block).to_owned();
            if !text.ends_with('\n') {
                text.push_str(analysis.eol);
            }
            texts.push((copy.index, text));
            edits.push(Edit::delete(without_gap(ctx, block)));
        }
        for (copy, goes) in &self.parted {
            let Args::Copy { sources, dest, .. } = &copy.args else {
                continue;
            };
            let mut words = sources.iter().chain([dest]).peekable();
            let mut line = format!(
                "{}{}",
                indentation(analysis.text(copy.lines)),
                analysis.text(copy.keyword)
            );
            for flag in &copy.flags {
                line.push_str(&format!(" {}", analysis.text(flag.range)));
            }
            while let Some(word) = words.next() {
                let goes = goes.iter().any(|it| it.range == word.range);
                if let (true, Some(next)) = (goes, words.peek()) {
                    let range = dfix_syntax::TextRange::new(word.range.start(), next.range.start());
                    edits.push(Edit::delete(range));
                    line.push_str(&format!(" {}", analysis.text(word.range)));
                }
            }
            line.push_str(&format!(" {}{}", analysis.text(dest.range), analysis.eol));
            texts.push((copy.index, line));
        }
        texts.sort_by_key(|(index, _)| *index);
        let text: String = texts.into_iter().map(|(_, text)| text).collect();
        let site = &self.site;
        match site.early == site.pipelines.len() {
            true => edits.push(below(ctx, site.run, &text)),
            false => edits.extend(split(ctx, site, &text)?),
        }
        Ok(edits)
    }
}

impl<'a> Part<'a> {
    fn of(ctx: &Context<'a>, project: &Project, copy: &'a Instruction) -> Option<Self> {
        if !matches!(copy.kind, InstructionKind::Copy | InstructionKind::Add) {
            return None;
        }
        let Args::Copy { sources, dest, .. } = &copy.args else {
            return None;
        };
        let plain_flags = copy
            .flags
            .iter()
            .all(|flag| matches!(flag.name.as_str(), "chown" | "chmod" | "link"));
        if !plain_flags || !copy.heredocs.is_empty() || is_windows(ctx.analysis, copy) {
            return None;
        }
        let plain = |text: &str| !text.contains(['$', '[', '\\', '"', '\'']);
        let local = sources
            .iter()
            .all(|it| plain(&it.text) && !it.text.contains("://"));
        if !local || !plain(&dest.text) || dest.text.contains(['*', '?']) {
            return None;
        }
        let target = absolute(&dest.text, ctx.analysis.state(copy)?);
        let keyed = sources.iter().map(|it| (it, Facts::key(&it.text)));
        let sources: Vec<(&'a Word, String)> = keyed.collect();
        let (root, target) = match sources.as_slice() {
            [(_, key)] if project.kind(key) == Some(ContextKind::Directory) => {
                (key.clone(), target)
            }
            _ => {
                let folder = |key: &str| key.rsplit_once('/').map_or("", |(it, _)| it).to_owned();
                let root = folder(&sources.first()?.1);
                let files = sources.iter().all(|(_, key)| {
                    let name = key.rsplit('/').next().unwrap_or(key);
                    folder(key) == root
                        && (name.contains('*') || project.kind(key).is_some_and(is_file))
                });
                if !files || root.contains('*') {
                    return None;
                }
                let named = sources.first().map(|(_, key)| key.rsplit('/').next());
                match is_directory(&dest.text) || sources.len() > 1 {
                    true => (root, target),
                    // A file that is given its own name.
                    false => {
                        let (dir, name) = target.rsplit_once('/')?;
                        if named.flatten() != Some(name) {
                            return None;
                        }
                        (root, if dir.is_empty() { "/" } else { dir }.to_owned())
                    }
                }
            }
        };
        let (root, target) = aligned(&root, &target);
        // The whole context is the other part of the rule's business.
        let whole = sources
            .iter()
            .any(|(_, key)| matches!(key.as_str(), "" | "*"));
        (!whole).then_some(Self {
            copy,
            dest,
            sources,
            root,
            target,
        })
    }

    fn place(&self) -> (&str, &str) {
        (&self.root, &self.target)
    }

    fn brings(&self, file: &str) -> bool {
        self.sources.iter().any(|(_, key)| selects(key, file))
    }

    /// Whether its sources can be shared out to two instructions.
    fn can_be_parted(&self) -> bool {
        let json = matches!(self.copy.args, Args::Copy { json: true, .. });
        !json && is_directory(&self.dest.text)
    }
}

/// Whether one of the instructions gives its files, and the directories that it makes, an owner or a mode.
fn changed_flags(moved: &[&Instruction], parted: &[(&Instruction, Vec<&Word>)]) -> bool {
    let all = moved.iter().chain(parted.iter().map(|(copy, _)| copy));
    all.into_iter()
        .any(|copy| copy.flag("chown").or(copy.flag("chmod")).is_some())
}

/// Whether a destination is a directory whatever is copied.
fn is_directory(dest: &str) -> bool {
    dest == "." || dest.ends_with('/') || dest.ends_with("/.")
}

fn is_file(kind: ContextKind) -> bool {
    !matches!(kind, ContextKind::Directory | ContextKind::Other)
}

/// Whether a source takes a file of the context.
fn selects(key: &str, file: &str) -> bool {
    let below = file.strip_prefix(key);
    let same_folder = || match (key.rsplit_once('/'), file.rsplit_once('/')) {
        (None, None) => Some((key, file)),
        (Some((a, key)), Some((b, file))) if a == b => Some((key, file)),
        _ => None,
    };
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || key.contains(['*', '?'])
            && same_folder().is_some_and(|(key, file)| {
                ElementMatcher::new(key).is_none_or(|pattern| pattern.matches(file))
            })
}

/// The highest folder of the context, and the directory that would be its copy: `src` in `/app/src` is the root in `/app`.
fn aligned(root: &str, target: &str) -> (String, String) {
    let (mut root, mut target) = (root, target);
    while let Some((dir, name)) = target.rsplit_once('/') {
        let (folder, last) = root.rsplit_once('/').unwrap_or(("", root));
        if root.is_empty() || last != name {
            break;
        }
        (root, target) = (folder, dir);
    }
    (root.to_owned(), join_path("/", target))
}
