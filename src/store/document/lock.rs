//! The lock that the server keeps for a document.
//!
//! Whoever takes it writes itself into the document: so others can read who holds it, and a run
//! that has lost the lock without knowing it meets another writer with its next record.

use serde_json::json;

use super::{ATTEMPTS, Document, Held, HeldBy, Holder, KeptDocument, LockRecord, ShelfError};
use crate::{
    documents::{DocumentError, DocumentErrorKind, Locked},
    store::OtherHolder,
};

impl KeptDocument {
    /// Where the lock is, without credentials.
    pub(in crate::store) fn lock_place(&self) -> String {
        self.server.lock_place()
    }

    /// Takes the lock, or answers who holds it.
    pub(in crate::store) fn take(&self, holder: &Holder) -> Result<Option<LockRecord>, ShelfError> {
        let record = record_of(holder);
        // If no answer comes the lock may be held. It is not freed blindly: that of another could be,
        // where the server looks at no id. The next run that asks hears this id.
        let asked = self.repeated(|| self.server.lock(&record));
        match asked.map_err(|error| self.failed(error))? {
            Locked::Ours => {}
            // An answer before this one was lost.
            Locked::Held(by) if by.id == record.id => {}
            Locked::Held(by) => return Ok(Some(by)),
        }
        if let Err(error) = self.write_holder(holder, record.clone()) {
            let _ = self.free(&record);
            return Err(error);
        }
        Ok(None)
    }

    fn write_holder(&self, holder: &Holder, record: LockRecord) -> Result<(), ShelfError> {
        let document = self.look()?;
        let last = document.as_ref().map(Document::mark);
        let mut document = document.unwrap_or_else(|| Document::new(&holder.run));
        document.holder = Some(holder.clone());
        let mut held = Held { run: holder.run.clone(), record, last, unsettled: None };
        self.send(&mut held, document)?;
        *self.held() = Some(held);
        Ok(())
    }

    /// Whether this run still holds the lock: no other one has written the document.
    pub(in crate::store) fn is_held(&self) -> Result<bool, ShelfError> {
        let mut held = self.held();
        let Some(held) = held.as_mut() else { return Ok(false) };
        let found = self.look()?.map(|document| document.mark());
        Ok(found.is_some_and(|found| held.accepts(&found)))
    }

    /// Gives the lock up, if this run holds it. Where another one has written the document meanwhile,
    /// the lock is not this run's any more, and a server that does not look at ids would free that of
    /// the other.
    pub(in crate::store) fn release(&self) -> Result<(), ShelfError> {
        let Some(mut held) = self.held().take() else { return Ok(()) };
        if let Some(mut document) = self.look()? {
            if !held.accepts(&document.mark()) {
                return Ok(());
            }
            document.holder = None;
            // Otherwise the next run that takes the lock writes itself there.
            let _ = self.send(&mut held, document);
        }
        self.free(&held.record)
    }

    /// Frees the lock of this record. To ask again is safe: it names the lock.
    pub(in crate::store) fn free(&self, record: &LockRecord) -> Result<(), ShelfError> {
        // Where it is not held with this id any more, an answer before was lost, or it was freed.
        let freed = self.repeated(|| self.server.unlock(record));
        freed.map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Who holds the lock, as the document says.
    pub(in crate::store) fn holder(&self) -> Result<Option<Holder>, ShelfError> {
        Ok(self.look()?.and_then(|document| document.holder))
    }

    /// Who holds the lock whose record the server has shown. GitLab shows the id of the holder beside
    /// what the one who asks has sent: so what a run says of itself counts only with its id.
    pub(in crate::store) fn held_by(&self, record: &LockRecord) -> HeldBy {
        let is_meant = |holder: &Holder| holder.run.as_str() == record.id;
        let told: Option<Holder> = serde_json::from_str(&record.info).ok();
        let written = || self.holder().ok().flatten();
        if let Some(holder) = told.filter(is_meant).or_else(|| written().filter(is_meant)) {
            return HeldBy::Run(holder);
        }
        if record.id.is_empty() && record.who.is_empty() {
            return HeldBy::Unknown;
        }
        let LockRecord { id, who, operation, created, .. } = record.clone();
        HeldBy::Other(OtherHolder { id, who, operation, since: created })
    }

    /// Asks again where no answer comes.
    fn repeated<T>(&self, ask: impl Fn() -> Result<T, DocumentError>) -> Result<T, DocumentError> {
        let mut attempt = 1;
        loop {
            match ask() {
                Err(error) if error.kind != DocumentErrorKind::Refused && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }
}

/// What is sent with a request for the lock.
fn record_of(holder: &Holder) -> LockRecord {
    let Holder { user, host, command, since, run, .. } = holder;
    LockRecord {
        id: run.to_string(),
        operation: command.clone(),
        info: json!(holder).to_string(),
        who: format!("{user}@{host}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: since.to_string(),
        path: String::new(),
    }
}
