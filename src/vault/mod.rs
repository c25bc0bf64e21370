//! Where private keys are kept: law L2 lives here and nowhere else.
//!
//! [`Vault`] is what every form does. [`Directory`] keeps files, [`CommandVault`] runs programs,
//! [`BucketVault`] keeps objects, and [`MemoryVault`] forgets everything with its process; [`VaultByPair`] chooses among several by the
//! name of the pair. `contract_tests.rs` holds what is true of each form, as one suite of tests.

#[cfg(any(feature = "oss", feature = "s3"))]
mod bucket;
mod by_pair;
mod codes;
mod command;
mod directory;
mod error;
mod file_name;
mod lend;
mod memory;
mod place;
mod port;
mod system_keys;

#[cfg(any(feature = "oss", feature = "s3"))]
pub use bucket::{BucketPlace, BucketVault, Pause};
pub use by_pair::VaultByPair;
pub use codes::VaultErrorCode;
pub use command::{
    CommandEnd, CommandProblem, CommandRun, CommandVault, Commands, PlayedCommands, PlayedFailure,
};
pub use directory::Directory;
pub use error::VaultError;
pub use lend::{Lender, Lent};
pub use memory::MemoryVault;
pub use place::Place;
pub use port::{Listed, Retired, Stored, Vault};
pub use system_keys::SystemKeys;

#[cfg(test)]
mod contract_tests;
