//! Texts for a person: blocks that are shown as Markdown or, for clients without it, as plain text.

use std::borrow::Cow;

/// A text in blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    /// Text whose code stands in backquotes ([`code`]).
    Paragraph(Cow<'static, str>),
    /// Lines of a Dockerfile or a shell.
    Code(Cow<'static, str>),
    /// Short texts, each on a line of its own.
    List(Vec<Cow<'static, str>>),
    /// A line across.
    Rule,
}

impl Text {
    /// A text of one paragraph.
    pub(crate) fn of(paragraph: impl Into<Cow<'static, str>>) -> Self {
        let mut text = Self::default();
        text.paragraph(paragraph);
        text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(crate) fn paragraph(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.blocks.push(Block::Paragraph(text.into()));
        self
    }

    pub(crate) fn code(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.blocks.push(Block::Code(text.into()));
        self
    }

    /// An item of a list; items in a row make one list.
    pub(crate) fn item(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        match self.blocks.last_mut() {
            Some(Block::List(items)) => items.push(text.into()),
            _ => self.blocks.push(Block::List(vec![text.into()])),
        }
        self
    }

    /// Appends another text, behind a line across if there is something before it.
    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        if !self.is_empty() && !other.is_empty() {
            self.blocks.push(Block::Rule);
        }
        self.blocks.extend(other.blocks);
        self
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        self.render(|out, block| match block {
            Block::Paragraph(text) => out.push_str(text),
            Block::Code(text) => {
                // A fence must be longer than what it holds.
                let fence = "`".repeat(longest_run(text).max(2) + 1);
                out.push_str(&format!("{fence}dockerfile\n{text}\n{fence}"));
            }
            Block::List(items) => push_items(out, items),
            Block::Rule => out.push_str("---"),
        })
    }

    /// As plain text.
    pub(crate) fn plain(&self) -> String {
        self.render(|out, block| match block {
            Block::Paragraph(text) => out.push_str(&text.replace("**", "")),
            Block::Code(text) => {
                let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
                out.push_str(&lines.join("\n"));
            }
            Block::List(items) => push_items(out, items),
            Block::Rule => out.push_str("----"),
        })
    }

    fn render(&self, mut each: impl FnMut(&mut String, &Block)) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            each(&mut out, block);
        }
        out
    }
}

fn push_items(out: &mut String, items: &[Cow<'static, str>]) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        out.push_str("- ");
        out.push_str(item);
    }
}

/// A text from outside as code within a paragraph, cut to what a person reads in a pop-up.
pub(crate) fn code(text: &str) -> String {
    const SHOWN: usize = 200;
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .map(|ch| if ch.is_control() { ' ' } else { ch })
        .collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    if shown.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&shown) + 1);
    match fence.len() {
        1 => format!("`{shown}`"),
        _ => format!("{fence} {shown} {fence}"),
    }
}

/// The length of the longest run of backquotes.
fn longest_run(text: &str) -> usize {
    text.split(|ch| ch != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds() {
        let mut text = Text::of("**A** is `b`.");
        text.code("RUN x").item("one").item("two");
        text.append(Text::of("c"));
        assert_eq!(
            text.markdown(),
            "**A** is `b`.\n\n```dockerfile\nRUN x\n```\n\n- one\n- two\n\n---\n\nc"
        );
        assert_eq!(
            text.plain(),
            "A is `b`.\n\n    RUN x\n\n- one\n- two\n\n----\n\nc"
        );
    }

    #[test]
    fn code_holds_any_text() {
        for (text, expected) in [
            ("a", "`a`"),
            ("a`b", "`` a`b ``"),
            ("a\nb", "`a b`"),
            ("", "(empty)"),
        ] {
            assert_eq!(code(text), expected);
        }
        assert!(code(&"é".repeat(500)).chars().count() < 210);
    }
}
