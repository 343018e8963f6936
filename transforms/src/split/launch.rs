//! Judges a command that became another one: does it start the same program? It knows the two texts alone.

use super::place::{Place, base_name};
use super::planner::destination;
use crate::model::{Analysis, Args, InstructionKind};

/// Whether the commands of the two files differ, and start the same program all the same: a jar of Spring Boot by its
/// launcher, from a directory that is copied from the first stage, or a script of Node in an image whose entrypoint is Node.
pub(super) fn starts_the_same(before: &Analysis, after: &Analysis) -> bool {
    let (old, new) = (commands(before, 0), commands(after, last(after)));
    let (old, new): (Vec<&str>, Vec<&str>) = (
        old.iter().map(String::as_str).collect(),
        new.iter().map(String::as_str).collect(),
    );
    old != new && (by_launcher(after, &old, &new) || by_entrypoint(after, &old, &new))
}

/// The stage that the image is made of.
fn last(analysis: &Analysis) -> usize {
    analysis.stages.len().saturating_sub(1)
}

/// The words of the last entrypoint and the last command, keywords included, without quotes and brackets.
fn commands(analysis: &Analysis, stage: usize) -> Vec<String> {
    use InstructionKind::{Cmd, Entrypoint};
    let last = |kind| {
        analysis
            .stage_instructions(stage)
            .rfind(|it| it.kind == kind)
    };
    let instructions = [Entrypoint, Cmd].into_iter().filter_map(last);
    let separates = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | ',');
    instructions
        .flat_map(|it| analysis.text(it.range).split(separates))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `-jar X` has become the launcher, found below a directory into which the first stage's layers are copied.
fn by_launcher(after: &Analysis, old: &[&str], new: &[&str]) -> bool {
    let Some(at) = old.iter().position(|word| *word == "-jar") else {
        return false;
    };
    let (Some(head), Some([_, jar, tail @ ..])) = (old.get(..at), old.get(at..)) else {
        return false;
    };
    let Some(rest) = new.strip_prefix(head) else {
        return false;
    };
    let workdir = after
        .end_state(1)
        .and_then(|state| state.known_workdir().map(str::to_owned));
    let (directory, rest) = match rest {
        ["-cp", directory, rest @ ..] => (Some((*directory).to_owned()), rest),
        rest => (workdir, rest),
    };
    let [launcher, rest @ ..] = rest else {
        return false;
    };
    let known = launcher.starts_with("org.springframework.boot.loader.")
        && launcher.ends_with(".JarLauncher");
    let copied = after.stage_instructions(1).any(|it| {
        it.flag("from").is_some()
            && matches!(&it.args, Args::Copy { .. })
            && matches!((destination(after, it), &directory), (Place::At(path), Some(directory)) if path == *directory)
    });
    known && copied && jar.ends_with(".jar") && rest == tail
}

/// `node X` has become `X` where the image's entrypoint is Node.
fn by_entrypoint(after: &Analysis, old: &[&str], new: &[&str]) -> bool {
    const NODE: &str = "/nodejs/bin/node";
    let image = match after.stages.last().map(|stage| &stage.base) {
        Some(crate::model::Base::Image(value)) => value.known().unwrap_or_default().to_owned(),
        _ => return false,
    };
    let (Some((keyword, [node, rest @ ..])), Some((new_keyword, new_rest))) =
        (old.split_first(), new.split_first())
    else {
        return false;
    };
    if !image.contains("distroless/nodejs") || base_name(node) != "node" || keyword != new_keyword {
        return false;
    }
    match keyword.eq_ignore_ascii_case("entrypoint") {
        true => new_rest.split_first() == Some((&NODE, rest)),
        false => new_rest == rest,
    }
}
