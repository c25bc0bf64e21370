//! Why a database did not do what it was asked for.

use std::{error::Error as _, io};

use tokio_postgres::error::{Error, Severity, SqlState};

/// What a failure means for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It surely was not done, and may be later.
    NotDone,
    /// It may have been done.
    Unknown,
    /// It was refused, and will be again.
    Refused,
}

/// Why a database did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DatabaseFailure {
    /// In words for people.
    pub reason: String,
    /// What it means.
    pub kind: FailureKind,
}

impl DatabaseFailure {
    /// What was refused.
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: FailureKind::Refused }
    }

    /// No connection was made.
    pub(super) fn of_connecting(error: &Error) -> Self {
        let kind = match (error.code(), cause(error)) {
            (Some(code), _) if is_passing(code) => FailureKind::NotDone,
            (Some(_), _) => FailureKind::Refused,
            (None, Some(error)) if error.kind() == io::ErrorKind::InvalidData => {
                FailureKind::Refused
            }
            (None, Some(_)) => FailureKind::NotDone,
            // TLS that the server does not offer, or a way to log in that is not known here.
            (None, None) if error.is_closed() => FailureKind::NotDone,
            (None, None) => FailureKind::Refused,
        };
        Self { reason: reason(error), kind }
    }

    /// A statement failed. A connection that is lost may have lost the answer with it.
    #[must_use]
    pub fn of_statement(error: &Error) -> Self {
        let kind = match error.as_db_error() {
            Some(told) if told.parsed_severity() != Some(Severity::Error) => FailureKind::Unknown,
            Some(told) if is_passing(told.code()) => FailureKind::NotDone,
            Some(_) => FailureKind::Refused,
            None => FailureKind::Unknown,
        };
        Self { reason: reason(error), kind }
    }
}

/// Whether the connection can be used after an error: only the server's own word leaves it whole.
pub(super) fn leaves_connection(error: &Error) -> bool {
    let told = error.as_db_error();
    told.is_some_and(|told| told.parsed_severity() == Some(Severity::Error))
}

/// Whether a state of SQL passes: too many connections, a server that starts, a statement that took
/// too long or met another one.
fn is_passing(code: &SqlState) -> bool {
    let passing = [
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    passing.contains(code) || code.code().starts_with("53") || code.code().starts_with("08")
}

/// The error of the operating system or of TLS below an error.
fn cause(error: &Error) -> Option<&io::Error> {
    let mut below = error.source();
    while let Some(error) = below {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        below = error.source();
    }
    None
}

/// What a server says, or what went wrong before it could.
fn reason(error: &Error) -> String {
    match (error.as_db_error(), cause(error)) {
        (Some(told), _) => match told.detail() {
            Some(detail) => format!("{} ({detail})", told.message()),
            None => told.message().to_owned(),
        },
        (None, Some(cause)) => cause.to_string(),
        (None, None) => match error.source() {
            Some(below) => format!("{error}: {below}"),
            None => error.to_string(),
        },
    }
}
