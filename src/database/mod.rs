//! A client of PostgreSQL: which server, as whom, how it is verified, and one connection whose every
//! answer has a time limit.
//!
//! What libpq reads besides the address (a service file, a password file, variables) is read here,
//! since the client does not: [`Settings::resolve`] is pure but for the files that it is given.

mod codes;
#[cfg(feature = "postgres")]
mod connection;
#[cfg(feature = "postgres")]
mod failure;
mod password_file;
mod problem;
mod service_file;
mod settings;
mod tls;
#[cfg(feature = "postgres")]
mod verifier;

pub use codes::DatabaseCode;
#[cfg(feature = "postgres")]
pub use connection::{Database, Prepare, TimeLimits};
#[cfg(feature = "postgres")]
pub use failure::{DatabaseFailure, FailureKind};
pub use problem::DatabaseProblem;
pub use settings::{PostgresVariables, Settings, UserFiles};
pub use tls::Tls;
