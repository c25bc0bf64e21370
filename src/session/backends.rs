//! The cloud, the store and the vault of a project: the only place where a choice of the manifests
//! becomes a thing.

use std::{path::Path, sync::Arc};

use super::{context::Context, error::OpenError};
use crate::{
    ecs::Transport,
    emulator::Local,
    manifest::{CloudChoice, Project},
    model::inventory::Inventory,
    store::FileStore,
    vault::Vault,
};

/// What belongs to one checkout, in the project's directory.
const LOCAL: &str = ".keyform";

/// What a project works on.
pub(super) struct Backends {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) store: FileStore,
    pub(super) vault: Vault,
}

/// Connects a project to what it works on, once the machine admits it. `inventory` is that of the
/// embedded cloud, or why there is none.
///
/// # Errors
/// [`OpenError`].
pub(super) fn connect(
    project: &Project,
    inventory: Result<Inventory, OpenError>,
    directory: &Path,
    context: &Context,
) -> Result<Backends, OpenError> {
    context.machine.admit(project)?;
    let transport: Arc<dyn Transport> = match &project.cloud {
        CloudChoice::Emulator { .. } => {
            let clock = context.clock.clone();
            let now = Arc::new(move || clock.now());
            let log = directory.join(LOCAL).join("cloud");
            Arc::new(Local::open(context.disk.clone(), &log, inventory?, now)?)
        }
        CloudChoice::Alicloud { account, .. } => {
            return Err(OpenError::NotConnected { account: account.clone() });
        }
    };
    let private_keys = context.machine.private_keys(directory, project);
    Ok(Backends {
        transport,
        store: store(project, directory, context),
        vault: Vault::new(context.disk.clone(), private_keys),
    })
}

/// The store of a project alone, which needs neither its cloud nor its vault.
pub(super) fn store(project: &Project, directory: &Path, context: &Context) -> FileStore {
    let states = directory.join(&project.state_directory);
    let disk = context.disk.clone();
    FileStore::new(disk, states, directory.join(LOCAL), project.name.clone())
}
