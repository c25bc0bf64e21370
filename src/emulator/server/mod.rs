//! The embedded cloud as a server that the vendor's own clients can be pointed at.
//!
//! [`Service`] is all of it but the socket: a request of HTTP in, an answer out. [`Server`] gives it a
//! socket, in a thread of its own. `net` alone knows the runtime and the library of HTTP.
//!
//! Answers are JSON, whatever `Format` asks for.

mod access_keys;
mod admin;
mod answer;
mod authenticate;
mod error;
mod faults;
mod misbehaviour;
mod net;
mod nonces;
mod permission;
mod remote;
mod service;
mod sts;

pub use access_keys::{AccessKeys, DEFAULT_ACCESS_KEY};
pub use admin::Peer;
pub use answer::{Answer, Reply};
pub use error::{RemoteError, RemoteErrorCode};
pub use faults::Script;
pub use net::{Bounds, Server};
pub use remote::command_at;
pub use service::{DEFAULT_ACCOUNT, Service};
