//! The server of the embedded cloud: what it answers, what it refuses, and that it bears abuse.

mod abuse;
mod answers;
pub(crate) mod client;
mod command;
mod console;
mod faults;
mod first_real_run;
mod logged;
mod page;
mod permission;
mod signatures;
