//! Alibaba Cloud over the network: where its services are, with whose credentials they are called,
//! and the one client of HTTP.
//!
//! Everything from outside comes in as an argument ([`Surroundings`]): variables, files, programs,
//! HTTP, the clock and randomness.

pub mod credentials;
pub mod endpoint;
pub mod http;
pub mod identity;
pub mod overheard;
mod sts;
pub mod transcript;
mod transport;
pub mod whoami;

pub use credentials::{
    Absence, Choice, CredentialCode, CredentialError, CredentialSource, Credentials, Link, Outcome,
    Problem, ProgramProblem, Programs, ReadFiles, Secret, Surroundings, Timeouts, Trace, Tried,
    Variables,
};
pub use http::{
    Client, Http, HttpFailure, HttpRequest, HttpResponse, NoAnswer, NotSent, ProxyCode,
    ProxyProblem, ProxySettings,
};
pub use identity::{Identity, identify};
pub use overheard::{Heard, Overheard};
pub use transcript::{TRANSCRIPT_FORMAT, Transcript};
pub use transport::{CALL_TIMEOUT_MAX, Ecs};
pub use whoami::{Whoami, whoami};
