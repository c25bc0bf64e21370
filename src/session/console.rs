//! The console of a project's embedded cloud: by hand, what people do to instances.

use std::path::Path;

use super::{backends, codes::ConsoleOpenErrorCode, context::Context, error::OpenError};
use crate::{
    emulator::{ConsoleCommand, ConsoleError, Local},
    manifest::{self, CloudChoice},
};

/// The console of the embedded cloud of a project.
#[derive(Debug)]
pub struct Console {
    cloud: Local,
}

/// Why there is no console.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleOpenError {
    /// The project cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The project is about a real account.
    #[error(
        "this project is about the account {account} of Alibaba Cloud, whose instances have a \
         console of their own; nothing was done. Name a server of `keyform emulator serve` with \
         --server"
    )]
    RealCloud {
        /// Which account.
        account: String,
    },
}

impl ConsoleOpenError {
    /// Its stable code, or that of what it wraps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open(error) => error.code(),
            Self::RealCloud { .. } => ConsoleOpenErrorCode::RealCloud.as_str(),
        }
    }
}

impl Console {
    /// Opens the console of the project in a directory. It takes no lock: a person at a console does
    /// not ask whether a run is going on.
    ///
    /// # Errors
    /// [`ConsoleOpenError`].
    pub fn open(context: &Context, directory: &Path) -> Result<Self, ConsoleOpenError> {
        let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
        let Some(desired) = loaded.desired else {
            return Err(OpenError::Manifests(loaded.diagnostics).into());
        };
        if let CloudChoice::Alicloud { account, .. } = &desired.project.cloud {
            return Err(ConsoleOpenError::RealCloud { account: account.clone() });
        }
        let inventory = loaded.inventory.ok_or(OpenError::Manifests(loaded.diagnostics))?;
        let log = backends::log_of(directory);
        let cloud = backends::emulator(context.disk.clone(), &log, inventory, context);
        Ok(Self { cloud: cloud.map_err(OpenError::from)? })
    }

    /// Does a command.
    ///
    /// # Errors
    /// [`ConsoleError`].
    pub fn command(&self, command: &ConsoleCommand) -> Result<(), ConsoleError> {
        self.cloud.command(command)
    }
}
