//! Stages and base images.

use dfix_syntax::TextSize;
use dfix_transforms::images::{self, BaseConfig, Distribution, Entrypoint, PackageManager};
use dfix_transforms::model::{
    Analysis, Args, Base, Instruction, InstructionKind, Mount, Origin, Stage, Value,
};

use super::Hover;
use crate::ide::File;
use crate::ide::place::line;
use crate::ide::reference::images::offer;
use crate::ide::text::{Text, code};
use crate::ide::variables::{describe, short};

/// How many users of a stage are shown.
const SHOWN: usize = 10;

/// The image or the name in a FROM.
pub(super) fn of_from(file: File<'_>, instruction: &Instruction, name: bool) -> Option<Hover> {
    let Args::From {
        image,
        name: stage_name,
        ..
    } = &instruction.args
    else {
        return None;
    };
    let stage = file.analysis.stages.get(instruction.stage?)?;
    if name {
        let range = stage_name.as_ref()?.range;
        let text = page(file.analysis, stage);
        return Some(Hover::new(range, text));
    }
    let text = match &stage.base {
        Base::Stage(number) => page(file.analysis, file.analysis.stages.get(*number)?),
        Base::Scratch => scratch(),
        Base::Image(value) => of_image(value, file.analysis.base_config(stage.index)),
    };
    Some(Hover::new(image.range, text))
}

/// What `--from` or `from=` names.
pub(super) fn of_reference(
    file: File<'_>,
    instruction: &Instruction,
    offset: TextSize,
) -> Option<Hover> {
    let range = reference_range(instruction, offset)?;
    let index = instruction.index;
    let referred = file.analysis.stages.iter().find(|stage| {
        let mut references = stage.references.iter();
        references.any(|it| it.instruction == index && it.range.contains_inclusive(offset))
    });
    let text = match referred {
        Some(stage) => page(file.analysis, stage),
        None => {
            let image = file.analysis.text(range);
            if image.is_empty() || image.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let value = Value::literal(image);
            of_image(&value, Some(&images::base_config(&value, file.settings)))
        }
    };
    Some(Hover::new(range, text))
}

fn reference_range(instruction: &Instruction, offset: TextSize) -> Option<dfix_syntax::TextRange> {
    let flag = instruction
        .flags
        .iter()
        .find(|flag| flag.range.contains_inclusive(offset))?;
    match flag.name.as_str() {
        "mount" => Mount::new(flag).range(&["from"]),
        _ => flag.value_range,
    }
}

/// A stage: its base, what it does, and who uses it.
fn page(analysis: &Analysis, stage: &Stage) -> Text {
    let name = match &stage.name {
        Some(name) => format!("{}, stage {}", code(name), stage.index),
        None => format!("Stage **{}**", stage.index),
    };
    let at = analysis
        .instructions
        .get(stage.from)
        .map(|from| line(analysis, from.keyword))
        .unwrap_or_default();
    let base = match &stage.base {
        Base::Scratch => "the empty image".to_owned(),
        Base::Image(value) => code(&short(value)),
        Base::Stage(number) => match analysis.stages.get(*number) {
            Some(parent) => format!("the stage {}", code(&stage_name(parent))),
            None => "another stage".to_owned(),
        },
    };
    let mut text = Text::of(format!("{name} ({at}), is built on {base}."));
    let count = |kinds: &[InstructionKind]| {
        let all = analysis.stage_instructions(stage.index);
        all.filter(|instruction| kinds.contains(&instruction.kind))
            .count()
    };
    use InstructionKind::*;
    let all = stage.instructions.len();
    let layers = count(&[Run, Copy, Add, Workdir]);
    text.item(format!(
        "{}, {} with a layer of their own",
        plural(all, "instruction"),
        layers
    ));
    let children = stage.children.iter();
    let children = children.filter_map(|child| analysis.stages.get(*child));
    let children = children.map(|child| format!("the stage {}", code(&stage_name(child))));
    let mut references: Vec<usize> = stage.references.iter().map(|it| it.instruction).collect();
    references.dedup();
    let references = references
        .into_iter()
        .filter_map(|by| analysis.instructions.get(by))
        .map(|by| {
            let keyword = analysis.text(by.keyword).to_uppercase();
            format!("{keyword} in {}", line(analysis, by.keyword))
        });
    let count_of_users = stage.children.len() + stage.references.len();
    let mut users: Vec<String> = children.chain(references).take(SHOWN).collect();
    if count_of_users > SHOWN {
        users.push("…".to_owned());
    }
    let is_last = stage.index + 1 == analysis.stages.len();
    if !users.is_empty() {
        text.item(format!("used by {}", users.join(", ")));
    } else if !is_last {
        text.item("used by nothing in this file: it is built only when it is asked for");
    }
    if is_last {
        text.item("what is built unless another stage is asked for");
    }
    text
}

/// The name of a stage, or its number.
fn stage_name(stage: &Stage) -> String {
    match &stage.name {
        Some(name) => name.to_string(),
        None => stage.index.to_string(),
    }
}

fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

fn scratch() -> Text {
    Text::of(
        "**scratch** is the empty image: no files, no shell, no package manager. What runs in it has to bring everything along.",
    )
}

/// What is known of an image.
fn of_image(value: &Value, config: Option<&BaseConfig>) -> Text {
    let written = short(value);
    if written == "scratch" {
        return scratch();
    }
    let mut text = Text::default();
    let family = value
        .known()
        .and_then(images::lookup)
        .map(|known| known.family);
    let summary = family.and_then(offer).map(|offer| offer.summary);
    match summary {
        Some(summary) => text.paragraph(format!("The image {}: {summary}.", code(&written))),
        None => text.paragraph(format!("The image {}.", code(&written))),
    };
    if value.known().is_none() {
        describe(value, &mut text);
    }
    let Some(config) = config.filter(|config| config.origin != Origin::Unknown) else {
        text.paragraph(
            "dfix knows nothing of it; what it should know can be configured under `[images]`.",
        );
        return text;
    };
    if let Some(distribution) = config.distribution {
        text.item(format!("distribution: {}", distribution_name(distribution)));
    }
    match config.package_managers {
        Some([]) => {
            text.item("no package manager");
        }
        Some(managers) => {
            let names: Vec<String> = managers
                .iter()
                .map(|manager| code(manager_name(*manager)))
                .collect();
            text.item(format!("package manager: {}", names.join(", ")));
        }
        None => {}
    }
    if let Some(user) = &config.user {
        let user = if user.is_empty() { "root" } else { user };
        text.item(format!("user: {}", code(user)));
    }
    if let Some(workdir) = &config.workdir {
        text.item(format!("working directory: {}", code(workdir)));
    }
    if let Some(shell) = &config.shell {
        let words: Vec<&str> = shell.iter().map(AsRef::as_ref).collect();
        text.item(format!("shell: {}", code(&words.join(" "))));
    }
    match config.entrypoint {
        Some(Entrypoint::None) => {
            text.item("no entrypoint");
        }
        Some(Entrypoint::Transparent) => {
            text.item("its entrypoint, if any, runs the command unchanged");
        }
        Some(Entrypoint::Opaque) => {
            text.item("its entrypoint looks at the command");
        }
        None => {}
    }
    if config.onbuild == Some(true) {
        text.item("it has ONBUILD triggers, which run right behind FROM");
    }
    for (name, value) in &config.env {
        text.item(code(&format!("{name}={value}")));
    }
    match config.origin {
        Origin::Configuration => text.paragraph("Partly as configured under `[images]`."),
        _ => text.paragraph("As dfix knows the family; no registry was asked."),
    };
    text
}

fn distribution_name(distribution: Distribution) -> &'static str {
    use Distribution::*;
    match distribution {
        Debian => "Debian",
        Ubuntu => "Ubuntu",
        Alpine => "Alpine",
        BusyBox => "BusyBox",
        Fedora => "Fedora",
        CentOs => "CentOS",
        Rocky => "Rocky Linux",
        Alma => "AlmaLinux",
        Amazon => "Amazon Linux",
        Oracle => "Oracle Linux",
        RedHat => "Red Hat UBI",
        OpenSuse => "openSUSE",
        Arch => "Arch Linux",
        Photon => "Photon",
        Azure => "Azure Linux",
        Distroless => "distroless (Debian without a shell)",
    }
}

fn manager_name(manager: PackageManager) -> &'static str {
    use PackageManager::*;
    match manager {
        Apt => "apt-get",
        Apk => "apk",
        Yum => "yum",
        Dnf => "dnf",
        Microdnf => "microdnf",
        Tdnf => "tdnf",
        Zypper => "zypper",
        Pacman => "pacman",
    }
}
