//! The state that an instruction starts in, and where it comes from.

use dfix_transforms::model::{Analysis, Base, Instruction, InstructionKind, Origin, Value};

use crate::ide::place::line;
use crate::ide::text::{Text, code};
use crate::ide::variables::short;

/// User, working directory and shell before an instruction; nothing where they don't matter.
pub(super) fn before(analysis: &Analysis, instruction: &Instruction) -> Text {
    use InstructionKind::*;
    let mut text = Text::default();
    let (user, workdir, shell) = match instruction.kind {
        Run => (true, true, true),
        Cmd | Entrypoint | Healthcheck => (true, true, is_shell_form(instruction)),
        Copy | Add => (false, true, false),
        Workdir => (true, true, false),
        User => (true, false, false),
        Shell => (false, false, true),
        _ => return text,
    };
    let Some(state) = analysis.state(instruction) else {
        return text;
    };
    // A trigger runs in another stage.
    if instruction.stage.is_none()
        || analysis
            .instructions
            .get(instruction.index)
            .is_some_and(|it| it.kind == Onbuild)
    {
        return text;
    }
    text.paragraph("Here:");
    let from = |kind| set_by(analysis, instruction, kind, state.origin);
    if workdir {
        let value = state.workdir.as_ref().map(path);
        text.item(entry("working directory", value, &from(Workdir)));
    }
    if user {
        let value = state.user.as_ref().map(user_name);
        text.item(entry("user", value, &from(User)));
    }
    if shell {
        let value = state.shell.as_ref().map(|words| {
            let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
            words.join(" ")
        });
        text.item(entry("shell", value, &from(Shell)));
    }
    text
}

fn is_shell_form(instruction: &Instruction) -> bool {
    use dfix_transforms::model::Form;
    let form = instruction.command().map(|command| &command.form);
    matches!(form, Some(Form::Shell { .. }))
}

fn entry(name: &str, value: Option<String>, from: &str) -> String {
    match value {
        Some(value) => format!("{name}: {}, {from}", code(&value)),
        None => format!("{name}: as the base image has it, {from}"),
    }
}

fn path(value: &Value) -> String {
    short(value)
}

fn user_name(value: &Value) -> String {
    match value.known() {
        Some("") => "root".to_owned(),
        _ => short(value),
    }
}

/// Which instruction of the stage chain set something last, or what is known of the base image.
fn set_by(
    analysis: &Analysis,
    instruction: &Instruction,
    kind: InstructionKind,
    origin: Origin,
) -> String {
    let mut next = instruction.stage;
    let mut left = analysis.stages.len();
    while let Some(stage) = next.and_then(|stage| analysis.stages.get(stage)) {
        let found = analysis
            .stage_instructions(stage.index)
            .rev()
            .filter(|other| other.index < instruction.index)
            .find(|other| other.kind == kind);
        if let Some(found) = found {
            return format!("set in {}", line(analysis, found.keyword));
        }
        next = match stage.base {
            Base::Stage(parent) if left > 0 => Some(parent),
            _ => None,
        };
        left = left.saturating_sub(1);
    }
    let root = instruction
        .stage
        .and_then(|stage| analysis.stages.get(stage))
        .and_then(|stage| analysis.stages.get(stage.root));
    let Some(Base::Image(image)) = root.map(|root| &root.base) else {
        return "the default".to_owned();
    };
    let image = code(&short(image));
    let config = root.and_then(|root| analysis.base_config(root.index));
    // What the state as a whole comes from may be another source than that of the image.
    match config.map_or(origin, |config| config.origin) {
        Origin::ImageTable => format!("as known of {image}"),
        Origin::Configuration => format!("as configured for {image}"),
        _ => format!("of {image}, which dfix doesn't know"),
    }
}
