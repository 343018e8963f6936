//! What could stand at the cursor.
//!
//! Lines that are being typed are rarely whole, so the decision what is offered is made from the text before the cursor
//! ([`head`]); what is offered comes from the model and the tables.

mod arguments;
mod comments;
mod flags;
mod head;
mod images;
mod instructions;
mod shell;
#[cfg(test)]
mod tests;
mod values;
mod variables;

use std::borrow::Cow;

use dfix_syntax::{TextRange, TextSize};
use dfix_transforms::model::InstructionKind;

use super::File;
use super::hover::rule_page;
use super::reference::{self, directives, mounts};
use super::text::Text;
use head::Head;

/// What is offered.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    pub items: Vec<Item>,
    /// Whether there is more than is offered, so that the client should ask again when more is typed.
    pub incomplete: bool,
}

/// One thing that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub label: Cow<'static, str>,
    pub kind: ItemKind,
    /// What is replaced; it holds the cursor and lies in one line.
    pub range: TextRange,
    /// The new text.
    pub insert: Cow<'static, str>,
    /// The new text with places to fill in, in the notation of the protocol's snippets.
    pub snippet: Option<String>,
    /// A few words beside the label.
    pub detail: Option<String>,
    /// The smaller, the earlier it is listed.
    pub rank: u16,
    pub deprecated: bool,
    /// What [`documentation`] gives a text for.
    pub topic: Option<Topic>,
}

/// The kinds of things that are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Instruction,
    Snippet,
    Flag,
    Value,
    Variable,
    Stage,
    Image,
    File,
    Folder,
    Program,
    Directive,
    Rule,
}

/// What an item is about, for its documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Instruction(InstructionKind),
    Flag(InstructionKind, &'static str),
    MountType(&'static str),
    MountKey(&'static str),
    Directive(&'static str),
    Rule(&'static str),
}

/// An entry of a folder of the build context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub name: String,
    pub is_folder: bool,
}

/// Lists a folder of the build context (slash-separated, empty for its root); `false` when something is left out. Where
/// there is too much, what begins with the second text is preferred.
pub(crate) type List<'a> = &'a dyn Fn(&str, &str) -> (Vec<Entry>, bool);

/// What could stand at an offset. `trigger` is the sign after which the client asks by itself.
pub(crate) fn complete(
    file: File<'_>,
    offset: TextSize,
    trigger: Option<char>,
    list: List<'_>,
) -> Completion {
    let mut out = Completion::default();
    if let Some(head) = Head::new(file, offset, trigger) {
        if head.in_comment() {
            comments::complete(&head, &mut out);
        } else {
            instructions::complete(&head, list, &mut out);
        }
    }
    out
}

/// The instruction that is being written at a place.
#[derive(Debug)]
pub(crate) struct Typing {
    /// The innermost: the trigger of an ONBUILD.
    pub kind: InstructionKind,
    /// Whether a flag is being written.
    pub in_flags: bool,
    /// What stands between the flags and the cursor, continuations joined.
    pub arguments: String,
}

impl Typing {
    /// The instruction whose arguments are being written at an offset.
    pub(crate) fn at(file: File<'_>, offset: TextSize) -> Option<Self> {
        let head = Head::new(file, offset, None)?;
        if head.in_heredoc || head.in_comment() {
            return None;
        }
        instructions::typing(&head.text)
    }
}

/// The text about an item that was offered.
pub(crate) fn documentation(topic: &str) -> Option<Text> {
    let mut words = topic.split(' ');
    let (kind, name) = (words.next()?, words.next()?);
    let entry = |keyword: &str| reference::ALL.iter().find(|entry| entry.keyword == keyword);
    match kind {
        "instruction" => Some(entry(name)?.page()),
        "flag" => Some(entry(name)?.flag(words.next()?)?.page()),
        "mount-type" => Some(mounts::mount_type(name)?.page()),
        "mount-key" => Some(Text::of(mounts::key(name)?.line())),
        "directive" => Some(directives::directive(name)?.page()),
        "rule" => {
            let rule = dfix_transforms::rules::ALL
                .iter()
                .find(|rule| rule.meta.id == name)?;
            Some(rule_page(rule))
        }
        _ => None,
    }
}

impl Topic {
    /// The name by which [`documentation`] knows it.
    pub(crate) fn name(self) -> String {
        let keyword = |kind| reference::instruction(kind).map_or("", |entry| entry.keyword);
        match self {
            Self::Instruction(kind) => format!("instruction {}", keyword(kind)),
            Self::Flag(kind, name) => format!("flag {} {name}", keyword(kind)),
            Self::MountType(name) => format!("mount-type {name}"),
            Self::MountKey(name) => format!("mount-key {name}"),
            Self::Directive(name) => format!("directive {name}"),
            Self::Rule(id) => format!("rule {id}"),
        }
    }
}

impl Completion {
    /// Offers a text that replaces a range.
    fn add(
        &mut self,
        label: impl Into<Cow<'static, str>>,
        kind: ItemKind,
        range: TextRange,
        rank: u16,
    ) -> &mut Item {
        let label = label.into();
        self.items.push_mut(Item {
            insert: label.clone(),
            label,
            kind,
            range,
            snippet: None,
            detail: None,
            rank,
            deprecated: false,
            topic: None,
        })
    }
}

impl Item {
    fn insert(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.insert = text.into();
        self
    }

    fn snippet(&mut self, text: impl Into<String>) -> &mut Self {
        self.snippet = Some(text.into());
        self
    }

    fn detail(&mut self, text: impl Into<String>) -> &mut Self {
        self.detail = Some(text.into());
        self
    }

    fn topic(&mut self, topic: Topic) -> &mut Self {
        self.topic = Some(topic);
        self
    }
}
