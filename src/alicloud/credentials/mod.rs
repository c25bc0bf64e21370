//! Credentials, link by link in the vendor's order.
//!
//! Each link answers that it is not configured, that it should have credentials and gives none, or
//! credentials. Unlike in the vendor's SDKs a link that fails ends the search: the next one could be
//! another identity, and its rights would be found out by what fails later. See
//! `docs/credentials.md`.

mod access_key;
pub(in crate::alicloud) mod ask;
mod chain;
mod codes;
mod config_file;
mod environment;
mod external;
mod granted;
mod ini_file;
mod instance_role;
mod link;
mod oidc;
mod problem;
mod secret;
mod source;
mod surroundings;
mod token;
mod uri;

pub use access_key::Credentials;
pub use codes::CredentialCode;
pub use link::{Absence, Link, Outcome, Trace, Tried};
pub use problem::{CredentialError, Problem};
pub use secret::Secret;
pub use source::CredentialSource;
pub use surroundings::{
    Choice, ProgramProblem, Programs, ReadFiles, Surroundings, Timeouts, Variables,
};

use granted::{Granted, NotGranted, Renewal};
pub(in crate::alicloud) use oidc::sts_host;
