//! The use cases, one file each: what the command line and the tests call. They return values and
//! print nothing.

mod account;
mod apply;
mod backends;
mod begin;
#[cfg(any(feature = "oss", feature = "s3"))]
mod buckets;
mod codes;
mod console;
mod context;
mod deferred;
mod doctor;
mod error;
mod init;
mod keys;
mod lock;
mod log;
mod machine;
mod metrics;
mod migration;
mod open;
mod plan;
mod rights;
mod saved;
mod serve;
mod servers;
mod states;
mod status;
mod vaults;
mod whoami;

pub use apply::{Applied, ApplyRequest, Approval, PlanListener};
pub use begin::Begun;
pub use codes::{
    ConsoleOpenErrorCode, MetricsErrorCode, OpenErrorCode, SavedPlanErrorCode, ServeErrorCode,
    SessionErrorCode,
};
pub use console::{Console, ConsoleOpenError};
pub use context::{Context, Engine, Invoker, LockWait, RightsCheck};
pub use doctor::{
    Doctor, FileSystem, MachineFacts, StoreDoctor,
    rehearsal::{RehearsalError, RehearsalErrorCode, Rehearsed},
};
pub use error::{OpenError, SessionError};
pub use init::{InitError, InitErrorCode, Written, init};
pub use keys::{KeyList, Keys, KeysError, KeysErrorCode, Migrated};
pub use machine::HostPolicy;
pub use metrics::{MetricsError, write_metrics};
pub use migration::{MigrationError, MigrationErrorCode, MigrationSource, Moving};
pub use open::Session;
pub use plan::{PlanOptions, Planned};
pub use rights::{NeededRights, NeededRightsError, needed_rights};
pub use saved::{SavedPlanError, read_plan, write_plan};
pub use serve::{ServeError, ServeOptions, serve};
pub use states::{StateMigrationError, States};
pub use whoami::{Asked, ask_whoami};

// What the command line shows of the calls.
pub use crate::ecs::CallCount;
// What the command line says to the embedded cloud.
pub use crate::emulator::{
    ConsoleCommand, ConsoleError, ConsoleVerb,
    server::{DEFAULT_ACCOUNT, RemoteError, command_at},
};
