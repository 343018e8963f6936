//! The variables that an instruction sees, and where each comes from.

use dfix_transforms::model::{
    Analysis, Base, Instruction, InstructionKind, Part, Value, Variable, Write, WriteKind,
};

use super::place::line;
use super::reference::variables::{Kind, known};
use super::text::{Text, code};

/// A variable at a place.
#[derive(Debug, Clone)]
pub(crate) struct Found<'a> {
    /// What it holds; `None` when it is certainly not set.
    pub variable: Option<Variable>,
    /// Who set it; `None` for what doesn't come from the file.
    pub write: Option<&'a Write>,
}

/// A variable as an instruction sees it.
pub(crate) fn find<'a>(analysis: &'a Analysis, instruction: &Instruction, name: &str) -> Found<'a> {
    let variable = analysis.scope(instruction).find(name);
    let write = variable
        .is_some()
        .then(|| writer(analysis, instruction, name))
        .flatten();
    Found { variable, write }
}

/// The names that an instruction sees, those that the file sets; for FROM the global arguments.
pub(crate) fn names<'a>(analysis: &'a Analysis, instruction: &Instruction) -> Vec<&'a str> {
    let scope = analysis.scope(instruction);
    scope
        .names(None)
        .into_iter()
        .map(|name| name.as_str())
        .collect()
}

/// Who set a variable last, before an instruction. At a stage boundary what ENV set counts before what ARG set
/// (semantics B.3).
fn writer<'a>(analysis: &'a Analysis, instruction: &Instruction, name: &str) -> Option<&'a Write> {
    let named = |write: &&Write| write.name.as_deref() == Some(name);
    let mut next = match instruction.kind {
        InstructionKind::From => None,
        _ => instruction.stage,
    };
    let Some(own) = next else {
        return analysis
            .variables
            .writes()
            .iter()
            .take_while(|write| match analysis.stages.first() {
                Some(stage) => write.instruction < stage.from,
                None => true,
            })
            .filter(|write| write.instruction < instruction.index)
            .filter(named)
            .last();
    };
    let before = |write: &&Write| write.instruction < instruction.index;
    let here = analysis.variables.stage_writes(own);
    if let Some(write) = here.iter().rev().filter(before).find(named) {
        return Some(write);
    }
    let mut chain = Vec::new();
    while let Some(Base::Stage(parent)) = next
        .and_then(|stage| analysis.stages.get(stage))
        .map(|stage| &stage.base)
    {
        chain.push(*parent);
        next = Some(*parent);
        if chain.len() > analysis.stages.len() {
            break;
        }
    }
    [WriteKind::Env, WriteKind::Arg]
        .into_iter()
        .find_map(|kind| {
            chain.iter().find_map(|stage| {
                let writes = analysis.variables.stage_writes(*stage).iter().rev();
                writes.filter(|write| write.kind == kind).find(named)
            })
        })
}

/// A value in a line: itself, or how it is made up of what is known only when the image is built.
pub(crate) fn short(value: &Value) -> String {
    match value.known() {
        Some(text) => text.to_owned(),
        None => notation(value),
    }
}

/// What a value is, for a person.
pub(crate) fn describe(value: &Value, text: &mut Text) {
    if let Some(known) = value.known() {
        text.paragraph(format!("Value: {}", code(known)));
        return;
    }
    text.paragraph(format!(
        "Value: {}, known only when the image is built:",
        code(&notation(value))
    ));
    let mut unknown = Vec::new();
    collect(value, &mut unknown, 0);
    for line in unknown {
        text.item(line);
    }
}

/// A value in the notation of a Dockerfile.
fn notation(value: &Value) -> String {
    let mut out = String::new();
    push_notation(value, &mut out);
    out
}

fn push_notation(value: &Value, out: &mut String) {
    for part in value.parts() {
        match part {
            Part::Literal(text) => out.push_str(text),
            Part::FromBase(what) => match base_name(what) {
                Some(name) => push_variable(name, out),
                None => out.push('…'),
            },
            Part::BuildArg { name, .. } => push_variable(name, out),
            Part::Modified { of, modifier, word } => match modifier.as_str() {
                "workdir" => {
                    push_notation(of, out);
                    out.push('/');
                    push_notation(word, out);
                }
                ":-" | "-" | ":+" | "+" | ":?" | "?" | "#" | "%" => match of.parts() {
                    [Part::BuildArg { name, .. }] => push_modified(name, modifier, word, out),
                    [Part::FromBase(what)] => {
                        let name = base_name(what).unwrap_or("…");
                        push_modified(name, modifier, word, out);
                    }
                    _ => out.push('…'),
                },
                _ => out.push('…'),
            },
        }
    }
}

fn push_variable(name: &str, out: &mut String) {
    out.push_str("${");
    out.push_str(name);
    out.push('}');
}

fn push_modified(name: &str, modifier: &str, word: &Value, out: &mut String) {
    out.push_str("${");
    out.push_str(name);
    out.push_str(modifier);
    push_notation(word, out);
    out.push('}');
}

/// The name in the identity of a base image's variable: `image $NAME`.
fn base_name(what: &str) -> Option<&str> {
    what.rsplit_once(" $").map(|(_, name)| name)
}

/// What is unknown in a value, in order, each thing once.
fn collect(value: &Value, out: &mut Vec<String>, depth: usize) {
    // Deep values are those of files that nobody writes by hand.
    if depth > 8 || out.len() > 8 {
        return;
    }
    for part in value.parts() {
        let line = match part {
            Part::Literal(_) => continue,
            Part::FromBase(what) => match base_name(what) {
                Some(name) => format!("{} is what the base image sets, if it does", code(name)),
                None => "the working directory of the base image".to_owned(),
            },
            Part::BuildArg { name, default } => match default {
                Some(default) => format!(
                    "{} is a build argument, {} unless the build is given another value",
                    code(name),
                    code(&short(default))
                ),
                None => format!("{} is a build argument without a default", code(name)),
            },
            Part::Modified { of, word, .. } => {
                collect(of, out, depth + 1);
                collect(word, out, depth + 1);
                continue;
            }
        };
        if !out.contains(&line) {
            out.push(line);
        }
    }
}

/// Where a variable comes from, in a sentence without its end.
pub(crate) fn origin(
    analysis: &Analysis,
    instruction: &Instruction,
    name: &str,
    found: &Found<'_>,
) -> String {
    if let Some(write) = found.write {
        return written_by(analysis, write);
    }
    let kind = known(name).map(|known| known.kind);
    if in_global_scope(instruction) {
        return match (kind, &found.variable) {
            (Some(Kind::Automatic), Some(_)) => "set by the builder".to_owned(),
            _ => "not set here: it expands to nothing".to_owned(),
        };
    }
    // What hides behind the same name outside of the stage is most likely what the author means.
    let declare = code(&format!("ARG {name}"));
    let global = analysis.variables.writes().iter().find(|write| {
        let by = analysis.instructions.get(write.instruction);
        write.name.as_deref() == Some(name) && by.is_some_and(|by| by.stage.is_none())
    });
    if let Some(by) = global.and_then(|write| analysis.instructions.get(write.instruction)) {
        return format!(
            "not declared in this stage: {declare} makes the global one of {} visible here",
            line(analysis, by.keyword)
        );
    }
    match (&found.variable, kind) {
        (_, Some(Kind::Automatic)) => {
            format!("not declared in this stage: {declare} makes the builder's value visible here")
        }
        (_, Some(Kind::Proxy)) => "a build argument that needs no declaration in RUN".to_owned(),
        (Some(variable), _) => match base_of(analysis, instruction) {
            Some(base) if variable.value.known().is_some() => {
                format!("from the base image {}", code(&base))
            }
            Some(base) => format!("from the base image {}, if it sets it", code(&base)),
            None => "from the base image, if it sets it".to_owned(),
        },
        (None, _) => "not set here: it expands to nothing".to_owned(),
    }
}

/// Who set a variable, in a few words.
pub(crate) fn written_by(analysis: &Analysis, write: &Write) -> String {
    let Some(by) = analysis.instructions.get(write.instruction) else {
        return "set by the file".to_owned();
    };
    let at = line(analysis, by.keyword);
    let keyword = match (write.kind, by.kind) {
        (_, InstructionKind::From) => "a trigger of ONBUILD that runs here, ",
        (WriteKind::Arg, _) if by.stage.is_none() => "the global ARG in ",
        (WriteKind::Arg, _) => "ARG in ",
        (WriteKind::Env, _) => "ENV in ",
    };
    format!("set by {keyword}{at}")
}

fn in_global_scope(instruction: &Instruction) -> bool {
    instruction.kind == InstructionKind::From || instruction.stage.is_none()
}

/// The image that the chain of an instruction's stage starts from.
fn base_of(analysis: &Analysis, instruction: &Instruction) -> Option<String> {
    let stage = analysis.stages.get(instruction.stage?)?;
    match &analysis.stages.get(stage.root)?.base {
        Base::Image(value) => Some(short(value)),
        Base::Scratch => Some("scratch".to_owned()),
        Base::Stage(_) => None,
    }
}
