//! Why a server of documents did not do what it was asked for.

/// Why a server of documents did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DocumentError {
    /// In words for people, without credentials.
    pub reason: String,
    /// What it means for what was asked.
    pub kind: DocumentErrorKind,
}

/// What an error means for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentErrorKind {
    /// It surely was not done, and may be later.
    NotDone,
    /// It may have been done.
    Unknown,
    /// It was refused, and will be again.
    Refused,
}

impl DocumentError {
    pub(super) fn not_done(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: DocumentErrorKind::NotDone }
    }

    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: DocumentErrorKind::Unknown }
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: DocumentErrorKind::Refused }
    }
}
