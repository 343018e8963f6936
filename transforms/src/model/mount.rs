//! `RUN --mount`: one CSV record of `key=value` fields (BuildKit's `instructions/commands_runmount.go`).

use dfix_syntax::{TextRange, TextSize};

use super::{Flag, Instruction};

/// A mount of a RUN.
#[derive(Debug, Clone)]
pub struct Mount<'a> {
    /// The flag that declares it.
    pub flag: &'a Flag,
    fields: Vec<Field<'a>>,
}

#[derive(Debug, Clone)]
struct Field<'a> {
    /// In lower case.
    key: String,
    value: Option<&'a str>,
    /// Byte offset of the value in the flag's value.
    at: usize,
}

impl<'a> Mount<'a> {
    /// Reads the value of a `--mount` flag. Fields in CSV quotes are read as far as they hold no doubled quotes.
    pub fn new(flag: &'a Flag) -> Self {
        let text = flag.value.as_deref().unwrap_or_default();
        let mut fields = Vec::new();
        let mut at = 0;
        while at <= text.len() {
            let rest = text.get(at..).unwrap_or_default();
            let (skip, length) = match rest.strip_prefix('"').and_then(|inner| inner.find('"')) {
                Some(length) => (1, length),
                None => (0, rest.find(',').unwrap_or(rest.len())),
            };
            let field = rest.get(skip..skip + length).unwrap_or_default();
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (field, None),
            };
            fields.push(Field {
                key: key.to_lowercase(),
                value,
                at: at + skip + key.len() + 1,
            });
            let after = rest.get(skip + length..).unwrap_or_default();
            at += skip + length + after.find(',').unwrap_or(after.len()) + 1;
        }
        Self { flag, fields }
    }

    /// The value of a field by any of its names in lower case, such as `["target", "dst", "destination"]`; the last one
    /// counts.
    pub fn get(&self, names: &[&str]) -> Option<&'a str> {
        self.field(names)?.value
    }

    /// Whether a field is there with or without a value.
    pub fn has(&self, names: &[&str]) -> bool {
        self.field(names).is_some()
    }

    /// The type in lower case: `bind` without one.
    pub fn kind(&self) -> String {
        self.get(&["type"]).unwrap_or("bind").to_lowercase()
    }

    /// The image or stage that a bind or cache mount takes its files from.
    pub fn origin(&self) -> Option<&'a str> {
        self.get(&["from"]).filter(|from| !from.is_empty())
    }

    /// The place in the container, as written.
    pub fn target(&self) -> Option<&'a str> {
        self.get(&["target", "dst", "destination"])
    }

    /// Where a field's value stands; the whole flag value when it isn't written plainly.
    pub fn range(&self, names: &[&str]) -> Option<TextRange> {
        let whole = self.flag.value_range?;
        let field = self.field(names)?;
        let length = TextSize::of(field.value?);
        let plain = usize::from(whole.len()) == self.flag.value.as_deref().map_or(0, str::len);
        let start = u32::try_from(field.at).ok()?;
        Some(if plain {
            TextRange::at(whole.start() + TextSize::new(start), length)
        } else {
            whole
        })
    }

    fn field(&self, names: &[&str]) -> Option<&Field<'a>> {
        let mut fields = self.fields.iter().rev();
        fields.find(|field| names.contains(&field.key.as_str()))
    }
}

impl Instruction {
    /// The mounts of a RUN, in order.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'_>> + '_ {
        self.flags_named("mount").map(Mount::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, names: &[&str], expected: Option<&str>, at: u32) {
        let start = TextSize::new(100);
        let flag = Flag {
            range: TextRange::at(start, TextSize::of(value)),
            name: "mount".into(),
            value: Some(value.into()),
            value_range: Some(TextRange::at(start, TextSize::of(value))),
        };
        let mount = Mount::new(&flag);
        assert_eq!(mount.get(names), expected, "{value}");
        if let Some(expected) = expected {
            let range = TextRange::at(TextSize::new(100 + at), TextSize::of(expected));
            assert_eq!(mount.range(names), Some(range));
        }
    }

    #[test]
    fn fields() {
        let text = "type=bind,From=build,\"target=/a,b\",ro";
        check(text, &["from"], Some("build"), 15);
        check(text, &["dst", "target"], Some("/a,b"), 29);
        check(text, &["ro"], None, 0);
        check(text, &["type"], Some("bind"), 5);
        check("type=a,type=b", &["type"], Some("b"), 12);
        check("", &["type"], None, 0);
    }
}
