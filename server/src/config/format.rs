//! The section `[format]` of `dfix.toml`.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU8;

use dfix_transforms::format::{FormatOptions, Indent, KeywordCase};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How `dfix fmt` and editors lay out files.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Format {
    /// The letter case of instruction keywords.
    keyword_case: Case,
    /// How far continued lines are indented: a number of spaces from 1 to 16, or "tab". Without it: as most lines of the file
    /// are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Step")]
    indent: Option<Step>,
    /// How many blank lines may stand between two instructions.
    max_blank_lines: NonZeroU8,
    /// Whether a blank line is put before each stage but the first.
    blank_line_before_stage: bool,
}

/// The letter case of instruction keywords.
#[derive(Debug, Default, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Case {
    /// The case that most keywords of the file have; upper case when there are as many of each.
    #[default]
    Consistent,
    /// `FROM`
    Upper,
    /// `from`
    Lower,
    /// As written.
    Preserve,
}

/// A number of spaces, or a tab.
#[derive(Debug, Clone, Copy)]
struct Step(Indent);

/// The widest step.
const WIDEST: i64 = 16;

impl Default for Format {
    fn default() -> Self {
        Self {
            keyword_case: Case::default(),
            indent: None,
            max_blank_lines: NonZeroU8::MIN,
            blank_line_before_stage: true,
        }
    }
}

impl From<Format> for FormatOptions {
    fn from(format: Format) -> Self {
        Self {
            keyword_case: match format.keyword_case {
                Case::Consistent => KeywordCase::Consistent,
                Case::Upper => KeywordCase::Upper,
                Case::Lower => KeywordCase::Lower,
                Case::Preserve => KeywordCase::Preserve,
            },
            indent: format.indent.map(|Step(indent)| indent),
            max_blank_lines: format.max_blank_lines.get().into(),
            blank_line_before_stage: format.blank_line_before_stage,
            ..Self::default()
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl Visitor<'_> for Expected {
            type Value = Step;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a number of spaces from 1 to {WIDEST}, or \"tab\"")
            }

            fn visit_i64<E: Error>(self, spaces: i64) -> Result<Step, E> {
                match usize::try_from(spaces) {
                    Ok(width) if (1..=WIDEST).contains(&spaces) => Ok(Step(Indent::Spaces(width))),
                    _ => Err(E::invalid_value(Unexpected::Signed(spaces), &self)),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Step, E> {
                match text {
                    "tab" => Ok(Step(Indent::Tab)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Indent::Spaces(width) => width.serialize(serializer),
            Indent::Tab => "tab".serialize(serializer),
        }
    }
}

impl JsonSchema for Step {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Indent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": WIDEST },
            { "const": "tab" },
        ] })
    }
}
