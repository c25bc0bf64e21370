//! The world outside of a run.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{environment::Environment, process::absolute};
use crate::{
    cloud::Cloud,
    keys::{KeySource, PrivateKey},
    model::CloudName,
    vault::Vault,
};

/// The world outside of a run: the service, the vault, and where keys come from.
pub struct Executor<'a> {
    /// The service, one attempt a call.
    pub cloud: Cloud,
    /// Where private keys are kept.
    pub vault: &'a dyn Vault,
    /// Where private keys come from.
    pub keys: &'a dyn KeySource,
    /// Of the project: where programs are started, and from where their files are named.
    pub(super) directory: PathBuf,
    /// What programs see of it.
    pub(super) environment: Environment,
    /// OpenSSH's client.
    pub(super) ssh: PathBuf,
    /// Keys that are made and not in the vault yet; the scheduler only ever sees public halves.
    pub(super) generated: Mutex<BTreeMap<CloudName, PrivateKey>>,
}

impl<'a> Executor<'a> {
    /// The world outside of a run.
    #[must_use]
    pub fn new(
        cloud: Cloud,
        vault: &'a dyn Vault,
        keys: &'a dyn KeySource,
        directory: &Path,
    ) -> Self {
        Self {
            cloud,
            vault,
            keys,
            directory: absolute(directory),
            environment: Environment::default(),
            ssh: PathBuf::from("ssh"),
            generated: Mutex::default(),
        }
    }

    /// The same world with an environment; programs see a part of it, and nothing without it.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// The same world with another client of OpenSSH than that which is found where programs are.
    #[must_use]
    pub fn with_ssh(self, ssh: PathBuf) -> Self {
        Self { ssh, ..self }
    }
}
