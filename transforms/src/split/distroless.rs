//! What the distroless images of Node and Java start by themselves, and the users that these images have.

use super::plan::{Extra, Plan, Purpose};
use super::refusal::Refusal;
use super::world::World;
use crate::model::{Args, Form, Instruction, InstructionKind};

/// The entrypoint of the distroless images of Node is Node itself, which is not among the programs that are searched by name.
pub(super) fn node_itself(world: &World<'_>, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let analysis = world.analysis;
    let start = analysis
        .instructions
        .get(match world.needs.commands.as_slice() {
            [only] => *only,
            _ => usize::MAX,
        });
    let refuse = |instruction: &Instruction, why: &str| {
        let base = &plan.runtime.text;
        let why = format!("`{base}` starts Node itself: {why}");
        Err(Refusal::of(analysis, instruction, "runtime-base", why))
    };
    let Some(start) = start else {
        return refuse(
            world.from,
            "the file has an entrypoint and a command beside it",
        );
    };
    let items = match start.command().map(|command| &command.form) {
        Some(Form::Exec(items)) => items.as_slice(),
        _ => return refuse(start, "a shell would have to read the command"),
    };
    let [node, script, ..] = items else {
        return refuse(start, "the command names no script");
    };
    if node.value != "node" || script.value.starts_with('-') {
        let why = format!("`{}` is no script that it could run", node.value);
        return refuse(start, &why);
    }
    let text = analysis.text(start.range);
    let word = format!("\"{}\"", node.value);
    let (Some((head, tail)), Some(step)) = (
        text.split_once(&word),
        plan.steps
            .iter_mut()
            .find(|step| step.instruction.index == start.index),
    ) else {
        return refuse(start, "the command can't be read");
    };
    step.runtime = Some(match start.kind {
        InstructionKind::Entrypoint => format!("{head}\"/nodejs/bin/node\"{tail}"),
        _ => format!(
            "{head}{}",
            tail.trim_start().trim_start_matches(',').trim_start()
        ),
    });
    step.reason = "the image's entrypoint is Node itself".to_owned();
    let absolute = |path: &&str| path.starts_with('/');
    let workdir = world.needs.workdir.as_deref().filter(absolute);
    let says = analysis
        .stage_instructions(0)
        .any(|it| it.kind == InstructionKind::Workdir);
    if let Some(directory) = workdir.filter(|_| !says) {
        plan.first.push(Extra {
            text: format!("WORKDIR {directory}"),
            reason: "the program starts there, and the file does not say so".to_owned(),
        });
    }
    plan.assumptions.push(
        "the program starts no other program: the image has neither a shell nor npm".to_owned(),
    );
    Ok(())
}

/// The entrypoint of the distroless images of Java is `java -jar`.
pub(super) fn java_itself(world: &World<'_>, plan: &mut Plan<'_>) {
    let mut all = world.analysis.stage_instructions(0);
    if !all.any(|it| it.kind == InstructionKind::Entrypoint) {
        plan.first.push(Extra {
            text: "ENTRYPOINT []".to_owned(),
            reason: "the image's entrypoint is Java itself, which the command names already"
                .to_owned(),
        });
    }
}

/// Users and groups that lines of the runtime stage name, and that a distroless image has not.
pub(super) fn known_users(world: &World<'_>, plan: &Plan<'_>) -> Result<(), Refusal> {
    const KNOWN: &[&str] = &["root", "nobody", "nonroot"];
    let known = |name: &str| {
        let number = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
        number || KNOWN.contains(&name)
    };
    let last = world
        .analysis
        .stage_instructions(0)
        .rfind(|it| it.kind == InstructionKind::User);
    let mut steps = plan.steps.iter();
    let stranger = steps.find_map(|step| {
        let it = step.instruction;
        let owner = match &it.args {
            Args::Value(word) if last.is_some_and(|last| last.index == it.index) => {
                Some(word.text.to_string())
            }
            _ if step.purpose == Purpose::Build => None,
            _ => it
                .flag("chown")
                .and_then(|flag| flag.value.as_deref().map(str::to_owned)),
        }?;
        let name = owner.split(':').find(|name| !known(name))?;
        Some((it, name.to_owned()))
    });
    match stranger {
        None => Ok(()),
        Some((instruction, name)) => Err(Refusal::of(
            world.analysis,
            instruction,
            "owner",
            format!("`{}` has no user or group `{name}`", plan.runtime.text),
        )),
    }
}
