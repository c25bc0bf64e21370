//! Why a bucket did not do what it was asked for.

/// Why a bucket did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ObjectError {
    /// In words for people, without credentials.
    pub reason: String,
    /// What it means for what was asked.
    pub kind: ObjectErrorKind,
}

/// What an error means for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectErrorKind {
    /// It surely was not done, and may be later.
    NotDone,
    /// It may have been done.
    Unknown,
    /// It was refused, and will be again.
    Refused,
}

impl ObjectError {
    pub(super) fn not_done(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: ObjectErrorKind::NotDone }
    }

    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: ObjectErrorKind::Unknown }
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: ObjectErrorKind::Refused }
    }
}
