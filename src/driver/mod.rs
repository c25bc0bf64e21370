//! Runs the scheduler's commands: in threads with a real clock, or in one thread with a virtual
//! one, so that hours pass in milliseconds. Of programs, those of the user and ssh, each runs in real
//! time with both.

mod capture;
mod clock;
mod codes;
mod create_pair;
mod environment;
mod error;
mod execute;
mod failure;
mod inline;
mod key_agent;
mod lease;
mod listener;
mod log_on;
mod output;
mod outside;
mod parallel;
mod process;
mod programs;
mod retrying;
mod scribe;
mod signals;
mod stop;
mod threads;
mod traced;
mod vault_programs;
mod workers;

pub use capture::SystemPrograms;
pub use clock::{Clock, SystemClock, VirtualClock};
pub use codes::DriverErrorCode;
pub use create_pair::HandedOutProblem;
pub use environment::Environment;
pub use error::{CallMistake, DriverError, LockLost};
pub use inline::run_inline;
pub use lease::{HeldLease, LeaseKeeper, Leased};
pub use listener::Listener;
pub use log_on::{LogOnCode, LogOnProblem, Refusal};
pub use outside::Executor;
pub use parallel::parallel;
pub use retrying::Retrying;
pub use signals::listen;
pub use stop::{Asked, StopSwitch};
pub use threads::run_threads;
pub use traced::Traced;
pub use vault_programs::SystemCommands;
