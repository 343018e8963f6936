//! Whether a program that may be a script is certainly one that the kernel starts by itself (C.5): the last step that can
//! have given it its content is a copy of a file of the build context of which that is known.

use crate::commands::Invocation;
use crate::effects::Effects;
use crate::model::{Analysis, SimpleCommand};
use crate::proof::normal::{Element, elements};
use crate::proof::trace::{Copy, Op, Source, Stage, clean, is_below};
use crate::{ContextKind, Facts};

/// Whether the program that the stage's image starts is such a file. A program of the base image is not.
pub(crate) fn starts_by_itself<'a>(
    analysis: &'a Analysis,
    stage: &Stage<'a>,
    facts: &Facts,
    program: &str,
) -> bool {
    let absolute = match (program.starts_with('/'), stage.config.workdir.known()) {
        (true, _) => program.to_owned(),
        (false, Some(workdir)) if program.contains('/') => format!("{workdir}/{program}"),
        _ => return false,
    };
    let path = clean(&absolute);
    for step in stage.steps.iter().rev() {
        match &step.op {
            Op::Mkdir(_) => {}
            Op::Copy(copy) => match content(copy, facts, &path) {
                Content::Program => return true,
                Content::Unknown => return false,
                Content::Untouched => {}
            },
            Op::Exec(_) => {
                if elements(analysis, step)
                    .iter()
                    .any(|element| changes(element, &path))
                {
                    return false;
                }
            }
        }
    }
    false
}

/// What a copy makes of a file.
enum Content {
    /// It is not touched.
    Untouched,
    /// One that the kernel starts.
    Program,
    /// Anything.
    Unknown,
}

fn content(copy: &Copy, facts: &Facts, path: &str) -> Content {
    let Some(dest) = copy.dest.known() else {
        return Content::Unknown;
    };
    let target = clean(dest);
    if *target != *path && !is_below(path, &target) {
        return Content::Untouched;
    }
    let Source::Context(source) = &copy.source else {
        return Content::Unknown;
    };
    let all_of_it = !copy.parents && copy.exclude.is_empty();
    let pattern = |source: &&str| source.contains(['*', '?', '[', '\\']);
    let Some(source) = source.known().filter(|it| all_of_it && !pattern(it)) else {
        return Content::Unknown;
    };
    let inside = path.strip_prefix(&*target).unwrap_or_default();
    let inside = inside.trim_start_matches('/');
    let file = match facts.lookup(source) {
        Some(ContextKind::Directory) => facts.lookup(&format!("{source}/{inside}")),
        Some(kind) => {
            let name = Facts::key(source);
            let own = name.rsplit('/').next();
            if !inside.is_empty() && own != Some(inside) {
                return Content::Untouched;
            }
            Some(kind)
        }
        None => None,
    };
    match file {
        Some(ContextKind::Program) => Content::Program,
        _ => Content::Unknown,
    }
}

/// Whether a command may change what a file holds: not its mode or owner.
fn changes(element: &Element<'_>, path: &str) -> bool {
    let by = |command: &&SimpleCommand| {
        let attributes = Invocation::of(command)
            .is_some_and(|it| it.is("chmod") || it.is("chown") || it.is("chgrp"));
        let effects = Effects::of_command(command, element.cwd.known());
        effects.may_write(path) && !(attributes && command.redirects.is_empty())
    };
    element.whole || element.shape.contains(['>', '<']) || element.commands.iter().any(by)
}
