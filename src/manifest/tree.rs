//! Where every node of a document stands, and how to walk there.

use std::sync::Arc;

use crate::diagnostic::{Place, Source};

use super::Origin;

/// Where a node stands. Lines and columns count from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: u32,
    pub(super) column: u32,
    /// In characters; 0 for what has no sign of its own, and [`Mark::TO_LINE_END`] for a scalar of
    /// several lines.
    pub(super) length: u32,
}

impl Mark {
    /// The length of what goes on beyond its line.
    pub(super) const TO_LINE_END: u32 = u32::MAX;

    /// The beginning of a file.
    pub(super) const START: Self = Self { line: 1, column: 1, length: 1 };

    /// The mark as a place of a file.
    pub(super) fn place(self, source: &Arc<Source>) -> Place {
        let (line, column) = (self.line as usize, self.column as usize);
        let place = |line, column, length: usize| Place {
            source: Arc::clone(source),
            line,
            column,
            length: length.max(1),
        };
        if self.length != 0 && self.length != Self::TO_LINE_END {
            return place(line, column, self.length as usize);
        }
        match source.text.lines().nth(line.saturating_sub(1)) {
            Some(_) if self.length == 0 => place(line, column, 1),
            Some(text) => place(line, column, (text.chars().count() + 1).saturating_sub(column)),
            // What is missing at the end of the file is shown at the end of its last line.
            None => {
                let last = source.text.lines().last().unwrap_or_default();
                place(source.text.lines().count().max(1), last.chars().count() + 1, 1)
            }
        }
    }
}

/// One node of a document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) children: Children,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Children {
    Scalar,
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Box<str>,
    pub(super) key_mark: Mark,
    pub(super) value: Node,
    /// Its value had a problem and was taken out: that it is missing is no news.
    pub(super) removed: bool,
}

/// One step down from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

impl Node {
    /// The node at the end of a path, if it is there.
    pub(super) fn descend(&mut self, path: &[Step]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, step| match (&mut node.children, step) {
            (Children::Sequence(items), Step::Item(index)) => items.get_mut(*index),
            (Children::Mapping(entries), Step::Key(key)) => {
                entries.iter_mut().find(|entry| *entry.key == **key).map(|entry| &mut entry.value)
            }
            _ => None,
        })
    }

    /// Gives an entry another key, if that is free.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let Children::Mapping(entries) = &mut self.children else { return };
        if entries.iter().all(|entry| &*entry.key != to) {
            for entry in entries.iter_mut().filter(|entry| &*entry.key == from) {
                entry.key = to.into();
            }
        }
    }

    /// Takes a child out: an item goes, an entry stays and is marked as removed.
    pub(super) fn remove(&mut self, step: &Step) {
        match (&mut self.children, step) {
            (Children::Sequence(items), Step::Item(index)) if *index < items.len() => {
                items.remove(*index);
            }
            (Children::Mapping(entries), Step::Key(key)) => {
                for entry in entries.iter_mut().filter(|entry| *entry.key == **key) {
                    entry.removed = true;
                }
            }
            _ => {}
        }
    }
}

/// A position in a document while it is resolved.
///
/// Without a tree (see the fast path of `inventory`) every position is the start of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) source: &'a Arc<Source>,
    node: Option<&'a Node>,
    mark: Mark,
    key_mark: Mark,
}

impl<'a> At<'a> {
    /// The whole of a document.
    pub(super) fn root(source: &'a Arc<Source>, node: &'a Node) -> Self {
        Self { source, node: Some(node), mark: node.mark, key_mark: node.mark }
    }

    /// Somewhere in a file of which no tree was made.
    pub(super) fn unknown(source: &'a Arc<Source>) -> Self {
        Self { source, node: None, mark: Mark::START, key_mark: Mark::START }
    }

    fn entry(self, key: &str) -> Option<&'a Entry> {
        match &self.node?.children {
            Children::Mapping(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// The value under a key; this position itself if there is none.
    pub(super) fn key(self, key: &str) -> Self {
        self.entry(key).map_or(self, |entry| Self {
            source: self.source,
            node: Some(&entry.value),
            mark: entry.value.mark,
            key_mark: entry.key_mark,
        })
    }

    /// An item of a list; this position itself if there is none.
    pub(super) fn item(self, index: usize) -> Self {
        let Some(Node { children: Children::Sequence(items), .. }) = self.node else { return self };
        items.get(index).map_or(self, |node| Self {
            source: self.source,
            node: Some(node),
            mark: node.mark,
            key_mark: node.mark,
        })
    }

    /// Whether there is a value under a key, be it an empty one.
    pub(super) fn has(self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Whether the value under a key was taken out because of a problem that was reported.
    pub(super) fn lost(self, key: &str) -> bool {
        self.entry(key).is_some_and(|entry| entry.removed)
    }

    /// Whether anything in the mapping was taken out because of a problem that was reported.
    pub(super) fn lost_any(self) -> bool {
        match self.node.map(|node| &node.children) {
            Some(Children::Mapping(entries)) => entries.iter().any(|entry| entry.removed),
            _ => false,
        }
    }

    /// The place of the value.
    pub(super) fn place(self) -> Place {
        self.mark.place(self.source)
    }

    /// The place of the key that leads here; of the value where no key does.
    pub(super) fn key_place(self) -> Place {
        self.key_mark.place(self.source)
    }

    /// The place of the value, as plans and records keep it.
    pub(super) fn origin(self, file: &Arc<str>) -> Origin {
        Origin {
            file: Arc::clone(file),
            line: self.mark.line as usize,
            column: self.mark.column as usize,
        }
    }
}
