//! The use cases, one file each: what the command line and the tests call. They return values and
//! print nothing.

mod apply;
mod init;
mod lock;
mod machine;
mod obligations;
mod open;
mod plan;
mod saved;
mod states;
mod status;

pub use apply::{Applied, Approval, Wish};
pub use init::{InitError, Written, init};
pub use lock::{Patience, Runner};
pub use machine::Machine;
pub use open::{Engine, OpenError, Session, Surroundings};
pub use plan::{PlanOptions, Planned};
pub use saved::{SavedPlanError, read_plan, write_plan};
pub use states::States;
pub use status::{EffectState, InstanceRow, KeyState, PairRow, ProofState, Status};

use crate::{
    driver::DriverError,
    ecs::CallError,
    model::{CloudName, Region},
    plan::{PlanError, Stale, check::Unsound},
    store::StoreError,
    vault::VaultError,
};

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The state cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service could not be read.
    #[error(
        "region {region} could not be read, so nothing was changed; run the same command again \
         once that is mended"
    )]
    Observe {
        /// Which region.
        region: Region,
        /// What the service said.
        source: CallError,
    },
    /// The vault could not be read.
    #[error("the private key of {name} could not be looked up, so nothing was changed")]
    Vault {
        /// Which key.
        name: CloudName,
        /// What is wrong.
        source: VaultError,
    },
    /// Files that a dead run left in the vault could not be removed.
    #[error("the directory of the private keys could not be cleaned up, so nothing was changed")]
    CleanVault(#[source] VaultError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The saved plan is not sound: somebody changed its file.
    #[error(
        "{0}. Its file was changed after keyform wrote it: make a new one with `keyform plan -o \
         FILE`"
    )]
    Unsound(Unsound),
    /// The plan that was made is not sound.
    #[error("keyform has made a mistake in its plan, so nothing was done; please report this")]
    Mistake(#[source] Unsound),
    /// The facts that a saved plan rests on do not hold any more.
    #[error(
        "this plan is stale, so nothing of it was done; make a new one with `keyform plan -o FILE`. \
         The reasons:\n{}", lines(.0)
    )]
    Stale(Vec<Stale>),
    /// The saved plan was applied to its end before.
    #[error("this plan was already applied; make a new one with `keyform plan -o FILE`")]
    AlreadyApplied,
    /// The run was stopped.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The operating system gave no random numbers for a new lineage.
    #[error("a new state could not be begun, so nothing was changed; run the same command again")]
    Random(#[source] std::io::Error),
}

fn lines(reasons: &[Stale]) -> String {
    reasons.iter().map(|reason| format!("  - {reason}")).collect::<Vec<_>>().join("\n")
}
