//! The world outside of a run.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use super::{environment::Environment, lease::HeldLease, process::absolute};
use crate::{
    cloud::Cloud,
    keys::{KeySource, PrivateKey},
    model::{CloudName, TRACEPARENT, TraceParent},
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
    /// The lease of the run: nothing is changed once it is lost.
    pub(super) lease: HeldLease,
    /// Of the project: where programs are started, and from where their files are named.
    pub(super) directory: PathBuf,
    /// The trace that programs are told they are a part of.
    trace_parent: Option<TraceParent>,
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
            lease: HeldLease::endless(),
            cloud,
            vault,
            keys,
            directory: absolute(directory),
            trace_parent: None,
            environment: Environment::default(),
            ssh: PathBuf::from("ssh"),
            generated: Mutex::default(),
        }
    }

    /// The same world, as a part of this trace.
    #[must_use]
    pub fn with_trace_parent(self, trace_parent: Option<TraceParent>) -> Self {
        Self { trace_parent, ..self }
    }

    /// Tells a program the trace that it is a part of. What the environment of keyform has there is
    /// passed on only if it is one.
    pub(super) fn tell_trace(&self, command: &mut Command) {
        match &self.trace_parent {
            Some(parent) => command.env(TRACEPARENT, parent.as_str()),
            None => command.env_remove(TRACEPARENT),
        };
    }

    /// The same world for a run that may lose its lease.
    #[must_use]
    pub fn under(self, lease: HeldLease) -> Self {
        Self { lease, ..self }
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
