//! What a grammar tells the emitter: a flat list of events over one logical text.

use crate::SyntaxKind;

/// One step of building the tree. Token ends are byte offsets into the logical text that the grammar was given; each
/// token starts where the one before it ended, so no byte can be lost or doubled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Opens a node. The kind is `None` while it isn't known yet, and stays so when the node was abandoned.
    Start(Option<SyntaxKind>),
    /// A token up to this offset (exclusive).
    Token(SyntaxKind, u32),
    /// Closes the node that was opened last (an abandoned Start has no Finish).
    Finish,
}

/// The list that a grammar fills.
#[derive(Debug, Default)]
pub(crate) struct Events {
    list: Vec<Event>,
    /// The end of the last token, in the whole logical text.
    end: u32,
    /// Where the text that the grammar sees starts in the logical text.
    base: u32,
}

/// The place of an open node in [`Events`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marker(usize);

impl Events {
    /// An empty list with room for some events.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            list: Vec::with_capacity(capacity),
            ..Self::default()
        }
    }

    /// Opens a node whose kind is said when it is completed.
    pub(crate) fn open(&mut self) -> Marker {
        self.list.push(Event::Start(None));
        Marker(self.list.len() - 1)
    }

    /// Opens a node of a known kind.
    pub(crate) fn start(&mut self, kind: SyntaxKind) -> Marker {
        self.list.push(Event::Start(Some(kind)));
        Marker(self.list.len() - 1)
    }

    /// Closes the node with the kind it turned out to be.
    pub(crate) fn complete(&mut self, marker: Marker, kind: SyntaxKind) {
        if let Some(slot) = self.list.get_mut(marker.0) {
            *slot = Event::Start(Some(kind));
        }
        self.list.push(Event::Finish);
    }

    /// Closes the innermost node, opened by [`Events::start`].
    pub(crate) fn finish(&mut self) {
        self.list.push(Event::Finish);
    }

    /// Adds a token that ends at `end`; an empty token adds nothing.
    pub(crate) fn token(&mut self, kind: SyntaxKind, end: u32) {
        let end = end.saturating_add(self.base);
        if end > self.end {
            self.list.push(Event::Token(kind, end));
            self.end = end;
        }
    }

    /// The end of the last token.
    pub(crate) fn end(&self) -> u32 {
        self.end.saturating_sub(self.base)
    }

    /// Lets a grammar count from the end of the last token on, and gives the base to be restored by
    /// [`Events::leave`].
    pub(crate) fn enter(&mut self) -> u32 {
        std::mem::replace(&mut self.base, self.end)
    }

    /// Counts from an earlier base again.
    pub(crate) fn leave(&mut self, base: u32) {
        self.base = base;
    }

    /// Drops everything after a mark, for a grammar that gives up on an attempt.
    pub(crate) fn rewind(&mut self, length: usize, end: u32) {
        self.list.truncate(length);
        self.end = end.saturating_add(self.base);
    }

    /// Length of the list, for [`Events::rewind`].
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The events in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.list.iter().copied()
    }

    /// Empties the list for the next text, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.end = 0;
        self.base = 0;
    }
}
