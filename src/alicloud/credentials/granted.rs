//! What a link gives, or why it gives nothing.

use super::{Absence, Credentials, Problem};
use crate::model::Timestamp;

/// How long the same link can give credentials again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    /// As long as this runs, as far as can be known.
    Always,
    /// Until what it gives them for expires, such as the token of a job.
    Until(Timestamp),
    /// Not at all.
    Never,
}

impl Renewal {
    /// How long a role can be taken again with credentials that can be renewed so.
    pub(super) fn of_role(self, base: &Credentials) -> Self {
        match (self, base.expires) {
            (Self::Always, _) | (_, None) => Self::Always,
            (Self::Never, Some(expires)) => Self::Until(expires),
            (Self::Until(end), Some(expires)) => Self::Until(end.max(expires)),
        }
    }
}

/// What a link gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) credentials: Credentials,
    pub(super) renewal: Renewal,
    /// Where they are from, for people.
    pub(super) origin: String,
}

impl Granted {
    /// A key that does not expire, as far as is known.
    pub(super) fn lasting(credentials: Credentials, origin: String) -> Self {
        Self { credentials, renewal: Renewal::Never, origin }
    }

    /// The moment after which there are none, unless a person does something.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        let expires = self.credentials.expires?;
        match self.renewal {
            Renewal::Always => None,
            Renewal::Until(end) => Some(end.max(expires)),
            Renewal::Never => Some(expires),
        }
    }
}

/// Why a link gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotGranted {
    /// No credentials are expected of it.
    Absent(Absence),
    /// It should have credentials.
    Failed(Problem),
}

impl From<Absence> for NotGranted {
    fn from(absence: Absence) -> Self {
        Self::Absent(absence)
    }
}

impl From<Problem> for NotGranted {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}
