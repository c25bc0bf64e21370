//! The embedded cloud: what ECS does with key pairs and instances, without ECS.
//!
//! [`World`] is the service as a pure function: a request and the time in, a response and the facts
//! that follow out. [`Local`] keeps those facts in a log on a disk and is a [`Transport`]: several
//! processes may use one log. [`Faulty`] wraps any transport and makes it misbehave by a script.
//!
//! Each rule names its source: "documented" means the ECS API reference, version 2014-05-26, and
//! the user guide. Where those are silent the rule says so.
//!
//! [`Transport`]: crate::ecs::Transport

mod codes;
pub mod console;
pub mod event;
#[cfg(test)]
mod example;
pub mod faulty;
pub mod local;
pub mod log;
pub mod regions;
pub mod server;
pub mod switches;
pub mod world;

pub use codes::{ConsoleErrorCode, LogErrorCode};
pub use console::{ConsoleCommand, ConsoleError, ConsoleVerb};
pub use event::{Actor, Fact, LoggedFact};
pub use faulty::{Act, Fault, Faulty, Hook, InjectedFailure, When};
pub use local::{Local, Now};
pub use log::LogError;
pub use switches::{PrivateKeyForm, Switch, Switches};
pub use world::{Guest, Restart, World, WorldPair};
