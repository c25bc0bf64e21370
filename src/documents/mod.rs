//! A document on a server, by the protocol of Terraform's HTTP backend, as GitLab and Gitea serve it: one
//! address at which it is read and overwritten, and a lock that the server keeps for whoever asked first.
//!
//! Each call is one attempt, sent by the one client of HTTP.

mod error;
mod lock_record;
mod server;

pub use error::{DocumentError, DocumentErrorKind};
pub use lock_record::LockRecord;
pub use server::{DocumentServer, Locked, Login};
