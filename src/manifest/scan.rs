//! One pass of saphyr-parser over a file: where every node stands, and what YAML may do that
//! manifests may not.
//!
//! Meaning always comes from serde_yaml; what could make the two disagree is refused here.

use std::{mem, sync::Arc};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use crate::diagnostic::{Diagnostic, DocumentCode, Source};

use super::{
    foreign::OURS,
    secrets::key_in_value,
    shown::shown,
    tree::{Children, Entry, Mark, Node},
};

/// How deep a manifest may be nested; the deepest field that has a meaning is at 6.
const DEPTH_MAX: usize = 32;
/// How many bytes a scalar may have.
const SCALAR_MAX: usize = 1 << 20;
/// How many values a file may have: twice as many as a fleet of a million instances. Each takes some
/// three hundred bytes of memory while its document is read, however short it is written.
const VALUES_MAX: usize = 1 << 21;

/// What a file holds.
#[derive(Debug)]
pub(super) struct Scan {
    /// The documents up to the first syntax error.
    pub(super) documents: Vec<Scanned>,
    /// Whether there is no syntax error.
    pub(super) whole: bool,
}

/// What one document is.
#[derive(Debug)]
pub(super) enum Scanned {
    /// One of ours, which can be read.
    Ours(Node),
    /// One of ours that must not be read, for problems that were reported.
    Refused,
    /// Nothing that says it is ours. Its problems are not reported, since they would repeat what is
    /// in it.
    Foreign(Mark, Readable),
}

/// Whether serde_yaml may read a document: aliases and depth could exhaust memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readable {
    Yes,
    No,
}

/// Scans a file.
pub(super) fn scan(source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Scan {
    scan_up_to(VALUES_MAX, source, problems)
}

/// Scans a file that may have so many values.
fn scan_up_to(values_max: usize, source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Scan {
    if let Some(problem) = strange_character(source) {
        problems.push(problem);
        return Scan { documents: Vec::new(), whole: false };
    }
    let mut builder = Builder {
        source,
        problems,
        documents: Vec::new(),
        usable: true,
        is_ours: false,
        reported: 0,
        stack: Vec::new(),
        root: None,
    };
    let mut parser = Parser::new(StrInput::new(&source.text));
    let mut values = 0;
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                values += usize::from(is_value(&event));
                if values > values_max {
                    // Nothing of it is kept: each document would be read again.
                    problems.push(too_many_values(source, values_max));
                    return Scan { documents: Vec::new(), whole: false };
                }
                builder.event(event, span);
            }
            Err(error) => {
                builder.forget_unless_ours();
                let problem = syntax_problem(source, &error);
                builder.problems.push(problem);
                return Scan { documents: builder.documents, whole: false };
            }
        }
    }
    Scan { documents: builder.documents, whole: true }
}

/// Whether something of a file takes room of its own while it is read.
fn is_value(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..))
}

fn too_many_values(source: &Source, values_max: usize) -> Diagnostic {
    let message = format!("{} has more than {values_max} values", shown(&source.path));
    Diagnostic::without_place(DocumentCode::FileTooLarge, message).help(
        "select instances by tags in place of listing them, or split the manifests among files",
    )
}

/// Characters that YAML 1.1 takes for line breaks and YAML 1.2 does not, or that no text has.
pub(super) fn strange_character(source: &Arc<Source>) -> Option<Diagnostic> {
    let strange = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    // Nearly every byte is a plain one, and looking at bytes is several times as quick.
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) || byte == b'\n' || byte == b'\t';
    let start = source.text.bytes().position(|byte| !plain(byte))?;
    let (offset, found) = source.text[start..].char_indices().find(|(_, c)| strange(*c))?;
    let before = &source.text[..start + offset];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let mark = Mark { line: position(line), column: position(column), length: 1 };
    let code = u32::from(found);
    Some(
        Diagnostic::error(
            DocumentCode::InvisibleCharacter,
            mark.place(source),
            format!("{} has the invisible character U+{code:04X}", source.path),
        )
        .help("take it out; inside double quotes it may be written as an escape"),
    )
}

fn syntax_problem(source: &Arc<Source>, error: &ScanError) -> Diagnostic {
    let number = error.marker().line();
    let mark =
        Mark { line: position(number), column: position(error.marker().col() + 1), length: 0 };
    let line = source.text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
    let indentation = &line[..line.len() - line.trim_start().len()];
    let help = if indentation.contains('\t') {
        "YAML does not allow tabs here: indent with blanks"
    } else {
        "the mistake is here or in the lines above: look for a missing blank after a colon, a \
         missing quote or bracket, or an indentation that differs"
    };
    Diagnostic::error(
        DocumentCode::InvalidYaml,
        mark.place(source),
        format!("{} is not valid YAML", source.path),
    )
    .label(error.info())
    .help(help)
}

/// Files of more than four thousand million lines are not told apart beyond that.
fn position(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX - 1)
}

fn mark_of(span: Span) -> Mark {
    let length = if span.end.line() > span.start.line() {
        Mark::TO_LINE_END
    } else {
        position(span.end.col().saturating_sub(span.start.col()))
    };
    Mark { line: position(span.start.line()), column: position(span.start.col() + 1), length }
}

#[derive(Debug)]
enum Frame {
    Sequence(Mark, Vec<Node>),
    Mapping(Mark, Vec<Entry>, Option<(Box<str>, Mark)>),
}

#[derive(Debug)]
struct Builder<'a> {
    source: &'a Arc<Source>,
    problems: &'a mut Vec<Diagnostic>,
    documents: Vec<Scanned>,
    /// Whether the document that is being read may go on to serde_yaml.
    usable: bool,
    /// Whether its `apiVersion` was read, and is one of ours.
    is_ours: bool,
    /// How many problems there were before it.
    reported: usize,
    stack: Vec<Frame>,
    root: Option<Node>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) {
        let mark = mark_of(span);
        match event {
            Event::DocumentStart(_) => {
                self.usable = true;
                self.is_ours = false;
                self.reported = self.problems.len();
                self.root = None;
                self.stack.clear();
            }
            Event::DocumentEnd => self.end_document(),
            Event::Alias(_) => {
                let message = "an alias (`*`) is not allowed in a manifest";
                self.refuse(DocumentCode::AnchorOrAlias, mark, message, PLAIN_HELP);
                self.close(Node { mark, children: Children::Scalar });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.properties(mark, anchor, tag.is_some());
                self.scalar(mark, style, &text);
            }
            Event::SequenceStart(anchor, tag) => {
                self.properties(mark, anchor, tag.is_some());
                self.open(mark, Frame::Sequence(mark, Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.properties(mark, anchor, tag.is_some());
                self.open(mark, Frame::Mapping(mark, Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
    }

    fn refuse(&mut self, code: DocumentCode, mark: Mark, message: &str, help: &str) {
        self.usable = false;
        self.problems.push(Diagnostic::error(code, mark.place(self.source), message).help(help));
    }

    fn properties(&mut self, mark: Mark, anchor: usize, tag: bool) {
        if anchor != 0 {
            let message = "an anchor (`&`) is not allowed in a manifest";
            self.refuse(DocumentCode::AnchorOrAlias, mark, message, PLAIN_HELP);
        }
        if tag {
            let message = "a YAML tag (`!`) is not allowed in a manifest";
            self.refuse(DocumentCode::YamlTag, mark, message, TAG_HELP);
        }
    }

    fn open(&mut self, mark: Mark, frame: Frame) {
        if let Some(Frame::Mapping(_, _, None)) = self.stack.last() {
            let message = "a list or a mapping cannot be a key";
            self.refuse(DocumentCode::KeyNotText, mark, message, "write a text before the `:`");
        }
        if self.stack.len() == DEPTH_MAX {
            let message = format!("this is nested more than {DEPTH_MAX} levels deep");
            let help = "no manifest needs that: look for a bracket too many";
            self.refuse(DocumentCode::NestedTooDeep, mark, &message, help);
        }
        self.stack.push(frame);
    }

    fn end_document(&mut self) {
        self.forget_unless_ours();
        let root = self.root.take();
        self.documents.push(match root {
            Some(root) if !self.is_ours => {
                let readable = if self.usable { Readable::Yes } else { Readable::No };
                Scanned::Foreign(root.mark, readable)
            }
            Some(root) if self.usable => Scanned::Ours(root),
            _ => Scanned::Refused,
        });
    }

    /// Takes back the problems of a document that is none of ours.
    fn forget_unless_ours(&mut self) {
        if !self.is_ours {
            self.problems.truncate(self.reported);
        }
    }

    /// Notes a value of the whole document that makes it one of ours.
    fn head(&mut self, text: &str) {
        if let [Frame::Mapping(_, _, Some((key, _)))] = &self.stack[..] {
            self.is_ours |= &**key == "apiVersion" && text.starts_with(OURS);
        }
    }

    fn scalar(&mut self, mark: Mark, style: ScalarStyle, text: &str) {
        // Only escapes can hide a key from who looks at the whole file.
        if style == ScalarStyle::DoubleQuoted
            && let Some(problem) = key_in_value(self.source, mark, text)
        {
            self.usable = false;
            self.problems.push(problem);
        }
        if text.len() > SCALAR_MAX {
            let message = "this text has more than a million bytes";
            let help = "no field of a manifest takes one that long";
            self.refuse(DocumentCode::TextTooLong, mark, message, help);
        }
        if let Some(Frame::Mapping(_, _, key @ None)) = self.stack.last_mut() {
            *key = Some((text.into(), mark));
        } else {
            self.head(text);
            self.close(Node { mark, children: Children::Scalar });
        }
    }

    fn end(&mut self) {
        let node = match self.stack.pop() {
            None => return,
            Some(Frame::Sequence(mark, items)) => {
                Node { mark, children: Children::Sequence(items) }
            }
            Some(Frame::Mapping(mark, mut entries, _)) => {
                self.drop_duplicates(&mut entries);
                // A block mapping has no sign of its own: its first key stands for it.
                let first = entries.first().map(|entry| entry.key_mark);
                let mark = if mark.length == 0 { first.unwrap_or(mark) } else { mark };
                Node { mark, children: Children::Mapping(entries) }
            }
        };
        self.close(node);
    }

    /// Gives a finished node to the one that it is in.
    fn close(&mut self, value: Node) {
        // Beyond the depth nothing is kept: to drop a tree takes stack for each of its levels.
        let kept = self.stack.len() <= DEPTH_MAX;
        match self.stack.last_mut() {
            None => self.root = Some(value),
            Some(Frame::Sequence(_, items)) if kept => items.push(value),
            Some(Frame::Sequence(..)) => {}
            Some(Frame::Mapping(_, entries, key)) => match mem::take(key) {
                Some((key, key_mark)) if kept => {
                    entries.push(Entry { key, key_mark, value, removed: false });
                }
                Some(_) => {}
                // A key that is no text was refused, and so is the document.
                None => *key = Some((Box::default(), value.mark)),
            },
        }
    }

    /// Reports the keys that are there twice, and leaves the first of each.
    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>) {
        // At the top of a document these are more likely those of another manifest.
        let is_top = self.stack.is_empty();
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|left, right| entries[*left].key.cmp(&entries[*right].key));
        let mut again = vec![false; entries.len()];
        let mut first = 0;
        for index in order {
            if index != first && entries[index].key == entries[first].key {
                again[index] = true;
                let key = &entries[index].key;
                let is_head = is_top && HEAD.contains(&&**key);
                self.problems.push(
                    Diagnostic::error(
                        DocumentCode::DuplicateKey,
                        entries[index].key_mark.place(self.source),
                        format!("the key {} is there twice", shown(key)),
                    )
                    .label("and again here")
                    .found(key)
                    .related(entries[first].key_mark.place(self.source), "first here")
                    .help(if is_head {
                        HEAD_HELP
                    } else {
                        "keep one of the two"
                    }),
                );
            } else {
                first = index;
            }
        }
        let mut again = again.into_iter();
        entries.retain(|_| !again.next().unwrap_or(false));
    }
}

/// The keys with which a manifest begins.
const HEAD: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
const HEAD_HELP: &str = "if another manifest begins here, write `---` on a line of its own above its \
                         `apiVersion`; else keep one of the two";
const PLAIN_HELP: &str = "write the value out wherever it is needed, so that a reviewer sees it";
const TAG_HELP: &str = "leave it out; put a text that starts with `!` in quotes";

#[cfg(test)]
mod tests;
