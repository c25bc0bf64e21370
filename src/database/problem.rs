//! What is wrong with where a database is, before anything is sent.

use std::path::PathBuf;

use super::DatabaseCode;
use crate::model::postgres_url::PostgresUrlProblem;

/// Why a database cannot be connected to, whatever its server says. No message has a password (L4).
#[derive(Debug, thiserror::Error)]
pub enum DatabaseProblem {
    /// A file of the user cannot be read.
    #[error("could not read {} ({reason}), which {named_by} names", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What names it.
        named_by: &'static str,
        /// What the operating system says.
        reason: String,
    },
    /// The service file has no such service.
    #[error(
        "{} has no service `{service}`; add `[{service}]` to it, or name another one", path.display()
    )]
    NoSuchService {
        /// The file.
        path: PathBuf,
        /// The service.
        service: String,
    },
    /// A service is wrong.
    #[error("the service `{service}` of {} is wrong: {problem}", path.display())]
    Service {
        /// The file.
        path: PathBuf,
        /// The service.
        service: String,
        /// What is wrong with it.
        problem: PostgresUrlProblem,
    },
    /// Nothing says what is needed to connect.
    #[error(
        "nothing says which {what} to connect to PostgreSQL with; write it in the address, such as \
         postgres://keyform@db.example/keyform, or in a service that the address names"
    )]
    Missing {
        /// What is needed.
        what: &'static str,
    },
    /// The address leads to a machine to which no credentials are sent.
    #[error(
        "credentials would be sent to {host}, which is not this machine; if that is right, name it \
         in KEYFORM_TRUSTED_HOSTS in the environment"
    )]
    UntrustedHost {
        /// The host.
        host: String,
    },
    /// Another machine would be spoken to without TLS.
    #[error(
        "{host} would be spoken to without TLS; sslmode=disable is for a server of this machine: \
         leave it out"
    )]
    Unencrypted {
        /// The host.
        host: String,
    },
    /// The authorities cannot be used.
    #[error("the certificates of {place} cannot be used: {reason}")]
    Authorities {
        /// The file, or what else has them.
        place: String,
        /// What is wrong with them.
        reason: String,
    },
}

impl DatabaseProblem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> DatabaseCode {
        match self {
            Self::File { .. } => DatabaseCode::File,
            Self::NoSuchService { .. } => DatabaseCode::NoSuchService,
            Self::Service { .. } => DatabaseCode::Service,
            Self::Missing { .. } => DatabaseCode::Missing,
            Self::UntrustedHost { .. } => DatabaseCode::UntrustedHost,
            Self::Unencrypted { .. } => DatabaseCode::Unencrypted,
            Self::Authorities { .. } => DatabaseCode::Authorities,
        }
    }
}
