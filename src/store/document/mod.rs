//! The blobs of a project in one document on a server, which is written whole under the server's lock.
//!
//! The server may overwrite whatever it has. So a run writes only while it holds the lock, and only if
//! the document is the one that this run wrote last: another serial, or another writer, says that
//! another one went on. A server that refuses a serial for the second time fences by itself.

mod form;
mod lock;

use std::sync::{Mutex, MutexGuard, PoisonError};

use self::form::{Document, Mark};
use super::{Appended, HeldBy, Holder, ShelfError, ShelfErrorKind};
use crate::{
    documents::{DocumentError, DocumentErrorKind, DocumentServer, LockRecord},
    model::RunId,
    visible,
};

/// How often something is asked for whose answer does not come.
const ATTEMPTS: usize = 3;

/// A document on a server, and what this run knows of it.
#[derive(Debug)]
pub struct KeptDocument {
    server: DocumentServer,
    held: Mutex<Option<Held>>,
}

/// That this run holds the lock.
#[derive(Debug)]
struct Held {
    run: RunId,
    record: LockRecord,
    /// The document that this run saw or wrote last; none before the first.
    last: Option<Mark>,
    /// A document that this run has sent without knowing whether the server took it.
    unsettled: Option<Mark>,
}

/// What a change of the document comes to.
pub(super) enum Edit<T> {
    /// It stays as it is.
    Keep(T),
    /// It is written.
    Write(T),
}

impl KeptDocument {
    /// A document on a server. Nothing is asked yet.
    #[must_use]
    pub fn new(server: DocumentServer) -> Self {
        Self { server, held: Mutex::default() }
    }

    /// Where it is, without credentials.
    pub(super) fn place(&self) -> String {
        self.server.place()
    }

    /// The names of the blobs that begin so.
    pub(super) fn names(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        Ok(self.look()?.map(|document| document.names(prefix)).unwrap_or_default())
    }

    /// The content of a blob.
    pub(super) fn blob(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        let document = self.look()?;
        let blob = document.map(|document| document.blob(name)).transpose();
        Ok(blob.map_err(|reason| self.refused(reason))?.flatten())
    }

    /// Creates a blob; answers whether there was none of its name.
    pub(super) fn create(&self, name: &str, content: &[u8]) -> Result<bool, ShelfError> {
        self.change(|document| {
            if document.contains(name) {
                return Ok(Edit::Keep(false));
            }
            document.put(name, content.to_vec());
            Ok(Edit::Write(true))
        })
    }

    /// Adds to a blob, as [`super::Growing::append`] says.
    pub(super) fn append(
        &self,
        name: &str,
        end: &str,
        content: &[u8],
    ) -> Result<Appended, ShelfError> {
        use Appended::{Done, Ended, Gone};
        self.change(|document| {
            if document.contains(end) {
                return Ok(Edit::Keep(Ended));
            }
            let Some(mut blob) = document.blob(name)? else { return Ok(Edit::Keep(Gone)) };
            blob.extend_from_slice(content);
            document.put(name, blob);
            Ok(Edit::Write(Done))
        })
    }

    /// Removes a blob.
    pub(super) fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.change(|document| {
            if !document.contains(name) {
                return Ok(Edit::Keep(()));
            }
            document.remove(name);
            Ok(Edit::Write(()))
        })
    }

    /// Changes the document, if this run holds its lock and no other one has written it since.
    fn change<T>(
        &self,
        edit: impl FnOnce(&mut Document) -> Result<Edit<T>, String>,
    ) -> Result<T, ShelfError> {
        let mut held = self.held();
        let Some(held) = held.as_mut() else {
            return Err(self.refused("this run does not hold the lock, and wrote nothing"));
        };
        let Some(mut document) = self.look()? else {
            return Err(self.refused("the document was deleted while this run went on"));
        };
        let found = document.mark();
        let answer = match edit(&mut document).map_err(|reason| self.refused(reason))? {
            Edit::Keep(answer) => return Ok(answer),
            Edit::Write(answer) => answer,
        };
        if !held.accepts(&found) {
            return Err(self.overtaken());
        }
        self.send(held, document)?;
        Ok(answer)
    }

    /// Writes a document as this run's. Where the answer is lost, what is there then tells what came
    /// of it, and only what is not there is sent again, byte by byte the same.
    fn send(&self, held: &mut Held, mut document: Document) -> Result<(), ShelfError> {
        let tried = held.unsettled.as_ref().map_or(0, |mark| mark.serial);
        document.sign(&held.run, tried);
        let (content, mark) = (document.encode(), document.mark());
        let mut attempt = 1;
        loop {
            let Err(error) = self.server.write(&content, &held.record.id) else {
                held.settle(mark);
                return Ok(());
            };
            if error.kind == DocumentErrorKind::Unknown {
                held.unsettled = Some(mark.clone());
            }
            let may_be_there = held.unsettled.as_ref() == Some(&mark);
            if may_be_there && self.is_there(held, &mark, &error)? {
                held.settle(mark);
                return Ok(());
            }
            if error.kind == DocumentErrorKind::Refused || attempt == ATTEMPTS {
                return Err(if may_be_there { self.lost(&error) } else { self.failed(error) });
            }
            attempt += 1;
        }
    }

    /// Whether a document is there that was sent with an error. It is not if the one before still is; it
    /// never will be if there is another one.
    fn is_there(
        &self,
        held: &Held,
        mark: &Mark,
        error: &DocumentError,
    ) -> Result<bool, ShelfError> {
        let found = self.look().map_err(|_| self.lost(error))?.map(|document| document.mark());
        if found.as_ref() == Some(mark) {
            return Ok(true);
        }
        if found == held.last { Ok(false) } else { Err(self.overtaken()) }
    }

    /// Reads the document. To ask again is safe.
    fn look(&self) -> Result<Option<Document>, ShelfError> {
        let mut attempt = 1;
        let read = loop {
            match self.server.read() {
                Err(error) if error.kind != DocumentErrorKind::Refused && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                read => break read.map_err(|error| self.failed(error))?,
            }
        };
        let document = read.map(|bytes| Document::decode(&bytes)).transpose();
        document.map_err(|reason| self.refused(reason))
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn overtaken(&self) -> ShelfError {
        self.refused("another run has taken the lock over, and wrote the document")
    }

    fn refused(&self, reason: impl Into<String>) -> ShelfError {
        let reason = visible::line(&reason.into()).into_owned();
        ShelfError { place: self.place(), reason, kind: ShelfErrorKind::Refused }
    }

    /// It may have been done.
    fn lost(&self, error: &DocumentError) -> ShelfError {
        let reason = error.reason.clone();
        ShelfError { place: self.place(), reason, kind: ShelfErrorKind::Lost }
    }

    fn failed(&self, error: DocumentError) -> ShelfError {
        let kind = match error.kind {
            DocumentErrorKind::NotDone => ShelfErrorKind::Unreachable,
            DocumentErrorKind::Unknown => ShelfErrorKind::Lost,
            DocumentErrorKind::Refused => ShelfErrorKind::Refused,
        };
        ShelfError { place: self.place(), reason: error.reason, kind }
    }
}

impl Held {
    /// Whether a document that is there is the one that this run wrote last.
    fn accepts(&mut self, found: &Mark) -> bool {
        if self.unsettled.as_ref() == Some(found) {
            self.last = self.unsettled.take();
        }
        self.last.as_ref() == Some(found)
    }

    fn settle(&mut self, mark: Mark) {
        self.last = Some(mark);
        self.unsettled = None;
    }
}
