//! Which program of an image can fetch an address.

use crate::commands::{Invocation, Operands};
use crate::model::{Base, Instruction, Value};
use crate::rules::Context;

/// A program that fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetcher {
    Curl,
    Wget,
}

/// Image families that are built on `buildpack-deps`, which has curl and wget.
const WITH_CURL: &[&str] = &[
    "buildpack-deps",
    "gcc",
    "golang",
    "node",
    "python",
    "ruby",
    "rust",
    "perl",
    "pypy",
    "php",
    "fedora",
    "rockylinux",
    "almalinux",
    "amazonlinux",
    "oraclelinux",
    "centos",
];

impl Fetcher {
    /// What is certainly there before an instruction: a program that a RUN above calls or installs, or one that the base
    /// image has.
    pub(super) fn before(ctx: &Context<'_>, at: &Instruction) -> Option<Self> {
        let mut stage = ctx.analysis.stages.get(at.stage?)?;
        let mut end = at.index;
        loop {
            let above = ctx.analysis.stage_instructions(stage.index);
            let scripts = above
                .filter(|it| it.index < end)
                .filter_map(Instruction::script);
            let shown: Vec<Self> = scripts
                .flat_map(|script| script.simple_commands())
                .filter_map(Self::shown)
                .collect();
            if let Some(found) = shown.iter().find(|it| **it == Self::Curl).or(shown.first()) {
                return Some(*found);
            }
            match &stage.base {
                Base::Stage(parent) if *parent < stage.index => {
                    stage = ctx.analysis.stages.get(*parent)?;
                    end = usize::MAX;
                }
                Base::Image(image) => return Self::of_image(image),
                _ => return None,
            }
        }
    }

    /// What a command shows to be there once it has succeeded.
    fn shown(command: &crate::model::SimpleCommand) -> Option<Self> {
        let invocation = Invocation::of(command)?;
        match invocation.name() {
            "curl" => return Some(Self::Curl),
            "wget" => return Some(Self::Wget),
            _ => {}
        }
        if invocation.operand_kind() != Operands::Packages
            || !invocation.is_any(&["apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper"])
            || !invocation.sub_any(&["install", "add"])
        {
            return None;
        }
        let names = invocation
            .operands()
            .iter()
            .filter_map(|it| it.value.as_deref());
        let mut found = None;
        for name in names {
            match name.split(['=', ':']).next() {
                Some("curl") => return Some(Self::Curl),
                Some("wget") => found = Some(Self::Wget),
                _ => {}
            }
        }
        found
    }

    fn of_image(image: &Value) -> Option<Self> {
        let reference = image.known()?;
        let known = crate::images::lookup(reference);
        let tag = file_part(reference);
        let (name, tag) = tag.split_once(':').unwrap_or((tag, ""));
        let alpine = tag.contains("alpine") || name == "alpine";
        let official = known.is_some() || !reference.contains('/');
        if official && alpine {
            return Some(Self::Wget);
        }
        let small = ["slim", "minimal", "windows", "nanoserver"]
            .iter()
            .any(|word| tag.contains(word));
        (official && WITH_CURL.contains(&name) && !small).then_some(Self::Curl)
    }

    /// The command that writes an address to a file; both are words for a shell.
    pub(super) fn command(self, url: &str, file: &str) -> String {
        match self {
            Self::Curl => format!("curl -fsSL -o {file} {url}"),
            Self::Wget => format!("wget -q -O {file} {url}"),
        }
    }
}

/// The last part of a reference's path, with its tag.
fn file_part(reference: &str) -> &str {
    let reference = reference.split('@').next().unwrap_or(reference);
    reference.rsplit('/').next().unwrap_or(reference)
}
