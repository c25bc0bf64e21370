//! The append-only log of the embedded cloud.
//!
//! A file of frames: a header, then one event a line. Several processes use it. A writer holds the
//! directory's lock from the reading before its decision to the sync after its append; a reader
//! takes no lock and ignores a line that is being written.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{LogErrorCode, event::LoggedFact};
use crate::{
    disk::{Disk, FileKind, LockGuard},
    frame,
};

const FILE: &str = "world.log";
const LOCK: &str = "world.lock";
const FORMAT: &str = "keyform.world/1";

/// Why the embedded cloud's log is of no use.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be read.
    #[error("the embedded cloud's log {path} cannot be read", path = .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of it is not what was written.
    #[error(
        "the embedded cloud's log {path} is damaged in line {line}: {reason}. Deleting that file \
         resets the embedded cloud to its inventory: its key pairs, bindings and restarts are \
         forgotten",
        path = .path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// It was written in another format.
    #[error(
        "the embedded cloud's log {path} is in the format `{found}`, and this version of keyform \
         reads `{FORMAT}`: use the version that wrote it. Deleting that file resets the embedded \
         cloud to its inventory: its key pairs, bindings and restarts are forgotten",
        path = .path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format that it names.
        found: String,
    },
    /// Nothing was written, because something before that failed.
    #[error(
        "nothing was written to the embedded cloud's log {path}; fix the cause, and run the same \
         command again",
        path = .path.display()
    )]
    NotWritten {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The lock of those who write cannot be taken.
    #[error(
        "nothing was written to the embedded cloud, because its lock {path} cannot be taken; \
         remove what is there, and run the same command again",
        path = .path.display()
    )]
    Lock {
        /// The lock.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing failed, and the event may be in the log or not.
    #[error(
        "the embedded cloud's log {path} could not be written, and it is unknown whether the event \
         is in it; fix the cause, and the same command again finds out",
        path = .path.display()
    )]
    InDoubt {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LogError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> LogErrorCode {
        match self {
            Self::Read { .. } => LogErrorCode::Read,
            Self::Damaged { .. } => LogErrorCode::Damaged,
            Self::Format { .. } => LogErrorCode::Format,
            Self::NotWritten { .. } => LogErrorCode::NotWritten,
            Self::Lock { .. } => LogErrorCode::Lock,
            Self::InDoubt { .. } => LogErrorCode::InDoubt,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
}

/// The log of one directory.
pub(super) struct Log {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    file: PathBuf,
    header: String,
}

/// How far a log was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Where the last whole line begins, and that line: if it is not there any more, somebody
    /// deleted the log.
    last_start: u64,
    last_line: Vec<u8>,
    lines: usize,
    /// Whether something that is no whole line follows.
    torn: bool,
    /// Whether lines were read since the file was last synced here.
    unsynced: bool,
    /// Whether the file's name is known to be durable, for the same reason.
    name_is_durable: bool,
}

/// What reading brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Whether the log is another one than before: all that was read before is void.
    pub(super) is_new: bool,
    /// What was not read before.
    pub(super) events: Vec<LoggedFact>,
}

impl Cursor {
    /// Where the next line begins.
    fn end(&self) -> u64 {
        self.last_start + self.last_line.len() as u64
    }

    /// Moves behind whole lines that follow it.
    fn move_over(&mut self, whole: &[u8], lines: usize) {
        if let Some(last) = whole.split_inclusive(|&byte| byte == b'\n').next_back() {
            self.last_start = self.end() + (whole.len() - last.len()) as u64;
            self.last_line = last.to_vec();
            self.lines += lines;
        }
    }
}

impl Log {
    pub(super) fn new(disk: Arc<dyn Disk>, directory: &Path) -> Self {
        let header = frame::encode(&to_json(&Header { format: FORMAT.to_owned() }));
        Self { disk, directory: directory.to_owned(), file: directory.join(FILE), header }
    }

    /// Takes the lock of writers; its directory is made if it is missing.
    pub(super) fn lock(&self) -> Result<LockGuard, LogError> {
        let not_written = |source| LogError::NotWritten { path: self.file.clone(), source };
        self.disk.ensure_directory(&self.directory).map_err(not_written)?;
        let path = self.directory.join(LOCK);
        self.disk.lock(&path).map_err(|source| LogError::Lock { path, source })
    }

    /// Takes the lock of writers if there was ever a writer, and writes nothing.
    pub(super) fn lock_of_writers(&self) -> Option<LockGuard> {
        let lock = self.directory.join(LOCK);
        match self.disk.kind(&lock) {
            Ok(Some(FileKind::File)) => self.disk.lock(&lock).ok(),
            _ => None,
        }
    }

    /// Reads what is new since `cursor`, moves it, and makes durable what it read, since a cloud
    /// does not forget what it once has told. Writes nothing; a log that does not exist is empty.
    /// On an error the cursor stays where it is.
    pub(super) fn read(&self, cursor: &mut Cursor) -> Result<Reading, LogError> {
        let bytes = match self.disk.read_from(&self.file, cursor.last_start) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(LogError::Read { path: self.file.clone(), source }),
        };
        if let Some(new) = bytes.strip_prefix(cursor.last_line.as_slice()) {
            let mut moved = cursor.clone();
            let events = self.advance(&mut moved, new)?;
            self.sync(&mut moved)?;
            *cursor = moved;
            return Ok(Reading { is_new: false, events });
        }
        let mut fresh = Cursor::default();
        let events = self.read(&mut fresh)?.events;
        *cursor = fresh;
        Ok(Reading { is_new: true, events })
    }

    /// Adds events in one write and makes them durable. Call it under the lock, with a cursor that
    /// was moved by reading under the same lock.
    pub(super) fn append(
        &self,
        cursor: &mut Cursor,
        events: &[LoggedFact],
    ) -> Result<(), LogError> {
        if cursor.torn {
            let cut = self.disk.truncate_durable(&self.file, cursor.end());
            cut.map_err(|source| LogError::NotWritten { path: self.file.clone(), source })?;
            cursor.torn = false;
        }
        let mut lines: Vec<String> = events.iter().map(|e| frame::encode(&to_json(e))).collect();
        if cursor.lines == 0 {
            lines.insert(0, self.header.clone());
        }
        let text = lines.concat();
        self.write(text.as_bytes(), cursor)
            .map_err(|source| LogError::InDoubt { path: self.file.clone(), source })?;
        cursor.move_over(text.as_bytes(), lines.len());
        Ok(())
    }

    /// Makes durable what a process has written that died before it did so, or could not.
    fn sync(&self, cursor: &mut Cursor) -> Result<(), LogError> {
        if cursor.unsynced {
            self.disk
                .sync_file(&self.file)
                .and_then(|()| self.sync_name(cursor))
                .map_err(|source| LogError::Read { path: self.file.clone(), source })?;
            cursor.unsynced = false;
        }
        Ok(())
    }

    fn write(&self, bytes: &[u8], cursor: &mut Cursor) -> io::Result<()> {
        self.disk.append_durable(&self.file, bytes)?;
        self.sync_name(cursor)
    }

    fn sync_name(&self, cursor: &mut Cursor) -> io::Result<()> {
        if !cursor.name_is_durable {
            self.disk.sync_directory(&self.directory)?;
            cursor.name_is_durable = true;
        }
        Ok(())
    }

    /// Reads the lines that follow the cursor.
    fn advance(&self, cursor: &mut Cursor, new: &[u8]) -> Result<Vec<LoggedFact>, LogError> {
        let frames = frame::decode(new)
            .map_err(|bad| self.damaged(cursor.lines + bad.line, bad.reason.to_owned()))?;
        let mut lines = frames.texts.iter().enumerate();
        if cursor.lines == 0 {
            match lines.next() {
                Some((_, text)) => self.check_header(text)?,
                None => self.check_torn_header(new)?,
            }
        }
        let mut events = Vec::with_capacity(frames.texts.len());
        for (index, text) in lines {
            let event = serde_json::from_str(text);
            events.push(event.map_err(|error| {
                self.damaged(cursor.lines + index + 1, format!("it is no event: {error}"))
            })?);
        }
        cursor.move_over(&new[..frames.whole_length], frames.texts.len());
        cursor.unsynced |= !frames.texts.is_empty();
        cursor.torn = frames.whole_length < new.len();
        Ok(events)
    }

    fn check_header(&self, text: &str) -> Result<(), LogError> {
        let header: Header = serde_json::from_str(text)
            .map_err(|error| self.damaged(1, format!("it is no header: {error}")))?;
        if header.format == FORMAT {
            return Ok(());
        }
        Err(LogError::Format { path: self.file.clone(), found: header.format })
    }

    /// A torn header is the beginning of one, and then NULs where the disk has nothing: anything
    /// else is a file of somebody else, which is not cut off.
    fn check_torn_header(&self, bytes: &[u8]) -> Result<(), LogError> {
        let written = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        if self.header.as_bytes().starts_with(&bytes[..written]) {
            return Ok(());
        }
        Err(self.damaged(1, "it is no header".to_owned()))
    }

    fn damaged(&self, line: usize, reason: String) -> LogError {
        LogError::Damaged { path: self.file.clone(), line, reason }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("file", &self.file).finish_non_exhaustive()
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and maps with text keys are JSON")
}

#[cfg(test)]
mod tests;
