//! Judges a split by itself: it knows the two texts and nothing of how one became the other.

use dfix_syntax::SourceText;

use super::{launch, parted, staging, there};
use crate::Settings;
use crate::model::{Analysis, Args, Base, Form, Instruction, InstructionKind};

/// Whether a file in two stages says the same of the final image as the file in one stage: environment, entrypoint,
/// command, health check, ports, user, working directory, volumes, labels, stop signal, shell and author; whether
/// nothing was lost; whether nothing is copied from the first stage that it can't have, and whether the lines that are
/// repeated find what they name.
///
/// # Errors
/// What is wrong, as a clause for a person.
pub(super) fn check(before: &Analysis, settings: &Settings, text: &str) -> Result<(), String> {
    let source = SourceText::of_text(text)
        .map_err(|error| format!("the result would be no text for a Dockerfile: {error}"))?;
    let after = Analysis::new(source, settings);
    if let Some(error) = after.errors.iter().chain(&after.expansion_errors).next() {
        return Err(format!(
            "the builder would refuse the result: {}",
            error.message
        ));
    }
    let launched = configuration(before, &after)?;
    nothing_lost(before, &after, launched)?;
    match after.stages.len() {
        // Only the image is another one.
        1 => return stays_in_place(before, &after),
        2 => copies(&after)?,
        _ => return Err("the result would not have two stages".to_owned()),
    }
    there::found(&after)
}

/// Whether the command is another one that starts the same program.
fn configuration(before: &Analysis, after: &Analysis) -> Result<bool, String> {
    let launched = launch::starts_the_same(before, after);
    let (old, new) = (
        Config::of(before, 0),
        Config::of(after, after.stages.len().saturating_sub(1)),
    );
    for ((what, old), (_, new)) in old.lines.iter().zip(&new.lines) {
        // Where one of the images is not known, what it sets can't be compared.
        let unknown =
            matches!(*what, "user" | "working directory") && (old.is_empty() || new.is_empty());
        let command = launched && matches!(*what, "entrypoint" | "command");
        if old != new && !unknown && !command {
            return Err(format!(
                "the result would have another {what}: `{}` instead of `{}`",
                new.join(" "),
                old.join(" ")
            ));
        }
    }
    Ok(launched)
}

/// What a stage says of the image that is made of it, in the words of the file with variables replaced where they are
/// known.
struct Config {
    lines: Vec<(&'static str, Vec<String>)>,
}

impl Config {
    fn of(analysis: &Analysis, stage: usize) -> Self {
        use InstructionKind::{
            Cmd, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Shell, Stopsignal, Volume,
        };
        let of = |kind: InstructionKind| {
            analysis
                .stage_instructions(stage)
                .filter(move |it| it.kind == kind)
        };
        let all = |kind| {
            of(kind)
                .flat_map(|it| expanded(analysis, it))
                .collect::<Vec<_>>()
        };
        let last = |kind| {
            of(kind)
                .next_back()
                .map(|it| expanded(analysis, it))
                .unwrap_or_default()
        };
        let end = analysis.end_state(stage);
        let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
        let user = end
            .and_then(|state| state.user.as_ref())
            .map(ToString::to_string);
        Self {
            lines: vec![
                ("environment", all(Env)),
                ("entrypoint", last(Entrypoint)),
                ("command", last(Cmd)),
                ("health check", last(Healthcheck)),
                ("list of ports", all(Expose)),
                ("list of volumes", all(Volume)),
                ("set of labels", all(Label)),
                ("stop signal", last(Stopsignal)),
                ("author", last(Maintainer)),
                ("shell", last(Shell)),
                ("user", one(user)),
                (
                    "working directory",
                    one(end
                        .and_then(|state| state.known_workdir())
                        .map(str::to_owned)),
                ),
            ],
        }
    }
}

/// The arguments of an instruction, with the flags. What the base image may set is named without the image, since the
/// stages start from different ones.
fn expanded(analysis: &Analysis, instruction: &Instruction) -> Vec<String> {
    let stage = instruction
        .stage
        .and_then(|stage| analysis.stages.get(stage));
    let image = match stage.map(|stage| &stage.base) {
        Some(Base::Image(value)) => value.to_string(),
        _ => String::new(),
    };
    let value = |text: &str| match analysis.expand(instruction, text) {
        Ok(found) => found.value.to_string().replace(&format!("{image} "), ""),
        Err(_) => text.to_owned(),
    };
    let mut words: Vec<String> = instruction
        .flags
        .iter()
        .map(|flag| analysis.text(flag.range).to_owned())
        .collect();
    match &instruction.args {
        Args::Pairs(pairs) => words.extend(pairs.iter().map(|pair| {
            let text = pair
                .value
                .as_ref()
                .map(|word| value(&word.text))
                .unwrap_or_default();
            format!("{}={text}", value(&pair.name.text))
        })),
        Args::Command(command) => match &command.form {
            Form::Exec(items) => words.extend(items.iter().map(|item| format!("{:?}", item.value))),
            Form::Shell { text, .. } => {
                let shell = analysis
                    .state(instruction)
                    .and_then(|state| state.shell.clone());
                words.push(format!("{shell:?} {text}"));
            }
        },
        Args::Words { words: list, .. } => words.extend(list.iter().map(|word| value(&word.text))),
        Args::Value(word) => words.push(value(&word.text)),
        Args::None => words.push("NONE".to_owned()),
        _ => words.push(analysis.text(instruction.range).to_owned()),
    }
    words
}

/// Every instruction of the original stands in one of the stages, word for word, and in its order there; a RUN may have
/// become two.
fn nothing_lost(before: &Analysis, after: &Analysis, launched: bool) -> Result<(), String> {
    let stages: Vec<Vec<&Instruction>> = (0..2)
        .map(|stage| after.stage_instructions(stage).collect())
        .collect();
    let staged: Vec<String> = after
        .stage_instructions(0)
        .map(|it| staging::without(after.text(it.range)))
        .collect();
    let mut places = [0_usize, 0];
    for instruction in before.stage_instructions(0) {
        let text = before.text(instruction.range);
        let is_run = instruction.kind == InstructionKind::Run;
        let mut found = false;
        for (stage, place) in stages.iter().zip(&mut places) {
            let rest = stage.get(*place..).unwrap_or_default();
            let same = |other: &&Instruction| after.text(other.range) == text;
            let parts = || {
                let starts = 0..rest.len();
                starts.filter(|_| is_run).find_map(|at| {
                    let length = parted::length(before, instruction, after, rest.get(at..)?)?;
                    Some((at, length))
                })
            };
            if let Some(at) = rest.iter().position(same) {
                // A line that was moved down in its stage must not hide those above it.
                found = true;
                if is_run {
                    *place += at + 1;
                }
            } else if stage.iter().any(same) {
                found = !is_run || found;
            } else if let Some((at, length)) = parts() {
                found = true;
                *place += at + length;
            }
        }
        let command = matches!(
            instruction.kind,
            InstructionKind::Cmd | InstructionKind::Entrypoint
        );
        let extended = staged.iter().any(|other| other == text);
        if !(found || extended || launched && command) {
            return Err(format!("the result would lose `{text}`"));
        }
    }
    Ok(())
}

/// A file in one stage still runs nothing when it is built, and starts from another image.
fn stays_in_place(before: &Analysis, after: &Analysis) -> Result<(), String> {
    let image = |analysis: &Analysis| match analysis.stages.first().map(|stage| &stage.base) {
        Some(Base::Image(value)) => Some(value.to_string()),
        _ => None,
    };
    let runs = after
        .stage_instructions(0)
        .any(|it| it.kind == InstructionKind::Run);
    match !runs && image(after).is_some() && image(after) != image(before) {
        true => Ok(()),
        false => Err("the result would not have two stages".to_owned()),
    }
}

/// What is copied from the first stage lies where a step of it works, or in the image that it starts from.
fn copies(after: &Analysis) -> Result<(), String> {
    let name = after
        .stages
        .first()
        .and_then(|stage| stage.name.clone())
        .unwrap_or_default();
    let mut any = false;
    for copy in after
        .stage_instructions(1)
        .filter(|it| it.kind == InstructionKind::Copy)
    {
        let Some(flag) = copy.flag("from").and_then(|flag| flag.value.as_deref()) else {
            continue;
        };
        if flag != name {
            continue;
        }
        any = true;
        let Args::Copy { sources, .. } = &copy.args else {
            return Err("a copy of the result has no sources".to_owned());
        };
        for source in sources {
            if !source.text.starts_with('/') || source.text.contains("..") || source.text == "/" {
                return Err(format!(
                    "the result would copy `{}`, which is no path of one thing",
                    source.text
                ));
            }
        }
    }
    match any {
        true => Ok(()),
        false => Err("nothing of the build would reach the image".to_owned()),
    }
}
