//! The use cases, one file each: what the command line and the tests call. They return values and
//! print nothing.

mod apply;
mod backends;
mod codes;
mod context;
mod deferred;
mod error;
mod init;
mod lock;
mod machine;
mod open;
mod plan;
mod saved;
mod states;
mod status;

pub use apply::{Applied, ApplyRequest, Approval, PlanListener};
pub use codes::{OpenErrorCode, SavedPlanErrorCode, SessionErrorCode};
pub use context::{Context, Engine, Invoker, LockWait};
pub use error::{OpenError, SessionError};
pub use init::{InitError, InitErrorCode, Written, init};
pub use machine::HostPolicy;
pub use open::Session;
pub use plan::{PlanOptions, Planned};
pub use saved::{SavedPlanError, read_plan, write_plan};
pub use states::States;
