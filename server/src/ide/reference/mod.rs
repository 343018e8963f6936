//! What a Dockerfile author may have to look up, as tables of short texts.

pub(crate) mod commands;
pub(crate) mod directives;
pub(crate) mod images;
mod instructions;
pub(crate) mod mounts;
#[cfg(test)]
mod tests;
pub(crate) mod variables;

use dfix_transforms::model::InstructionKind;

use super::text::{Text, code};
pub(crate) use instructions::ALL;

/// An instruction.
#[derive(Debug)]
pub(crate) struct Instruction {
    pub kind: InstructionKind,
    pub keyword: &'static str,
    /// What it does, in a few sentences.
    pub summary: &'static str,
    /// The ways to write it.
    pub forms: &'static [Form],
    pub example: &'static str,
    /// What else one has to know.
    pub notes: &'static [&'static str],
    pub flags: &'static [Flag],
}

/// One way to write an instruction.
#[derive(Debug)]
pub(crate) struct Form {
    pub text: &'static str,
    /// The parts of `text` that the author fills in, in order, each with what it means. The last one may stand for many.
    pub parameters: &'static [(&'static str, &'static str)],
}

/// A flag of an instruction.
#[derive(Debug)]
pub(crate) struct Flag {
    /// Without dashes.
    pub name: &'static str,
    /// What its value is; empty for a switch.
    pub value: &'static str,
    pub summary: &'static str,
    pub example: &'static str,
    /// The first version of the Dockerfile frontend (`# syntax=docker/dockerfile:...`) that has it.
    pub since: Option<&'static str>,
    /// Values to offer.
    pub values: &'static [&'static str],
}

/// An instruction by its kind.
pub(crate) fn instruction(kind: InstructionKind) -> Option<&'static Instruction> {
    ALL.iter().find(|entry| entry.kind == kind)
}

impl Instruction {
    /// Its page.
    pub(crate) fn page(&self) -> Text {
        let mut text = Text::of(format!("**{}** {}", self.keyword, self.summary));
        let forms: Vec<&str> = self.forms.iter().map(|form| form.text).collect();
        text.code(forms.join("\n"));
        text.paragraph("For example:").code(self.example);
        for note in self.notes {
            text.item(*note);
        }
        if !self.flags.is_empty() {
            let names: Vec<String> = self
                .flags
                .iter()
                .map(|flag| code(&format!("--{}", flag.name)))
                .collect();
            text.paragraph(format!("Flags: {}.", names.join(", ")));
        }
        text
    }

    /// A flag by its name.
    pub(crate) fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

impl Flag {
    /// Its page.
    pub(crate) fn page(&self) -> Text {
        let mut text = Text::of(format!("**{}** {}", self.written(), self.summary));
        text.code(self.example);
        if let Some(since) = self.since {
            text.paragraph(format!(
                "Needs BuildKit with a Dockerfile frontend of version {since} or later."
            ));
        }
        text
    }

    /// As it is written, with its value.
    pub(crate) fn written(&self) -> String {
        match self.value {
            "" => format!("--{}", self.name),
            value => format!("--{}={value}", self.name),
        }
    }
}
