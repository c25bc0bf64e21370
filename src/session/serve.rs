//! The embedded cloud as a server.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{backends, codes::ServeErrorCode, context::Context};
use crate::{
    diagnostic::Diagnostic,
    disk::{Disk, MemoryDisk},
    emulator::{
        LogError, regions,
        server::{AccessKeys, Bounds, Script, Server, Service},
    },
    manifest::files::read_inventory,
    model::{InstanceId, Region, inventory::Inventory},
    visible,
};

/// What a server is told.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where it listens; the port 0 is any that is free.
    pub listen: SocketAddr,
    /// The file of the instances that there are.
    pub inventory: PathBuf,
    /// The file of what it does wrong.
    pub faults: Option<PathBuf>,
    /// The file of the access keys that it knows, if it is not the one that is documented.
    pub credentials: Option<PathBuf>,
    /// Which account it is.
    pub account: String,
    /// The directory of its state; without one it is in memory, and ends with the server.
    pub state: Option<PathBuf>,
    /// The file that its port is written to once it listens.
    pub port_file: Option<PathBuf>,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The inventory has problems.
    #[error("the inventory has problems, so there is no server; fix them")]
    Inventory(Vec<Diagnostic>),
    /// An instance is in a region that the service does not have.
    #[error(
        "the inventory has {id} in {region}, which is no region of Alibaba Cloud; correct it, or \
         take the instance out"
    )]
    NoRegion {
        /// Which instance.
        id: InstanceId,
        /// Where it would be.
        region: Region,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", visible::path(path))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The script of faults is wrong.
    #[error(
        "{} is no script of faults: {}; docs/emulator.md describes its form",
        visible::path(path),
        visible::line(problem)
    )]
    Faults {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The file of credentials is wrong.
    #[error(
        "{} has no credentials as they are read: {problem}; docs/emulator.md describes their form",
        visible::path(path)
    )]
    Credentials {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, without anything of its content.
        problem: String,
    },
    /// The log of its state is of no use.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It cannot listen.
    #[error(
        "the server cannot listen at {address}; another program may do so: name another address with --listen"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Its port cannot be told.
    #[error(
        "the port of the server cannot be written to {}, so it was stopped",
        visible::path(path)
    )]
    PortFile {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ServeError {
    /// Its stable code, or that of what it wraps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Inventory(_) => ServeErrorCode::Inventory.as_str(),
            Self::NoRegion { .. } => ServeErrorCode::NoRegion.as_str(),
            Self::Unreadable { .. } => ServeErrorCode::Unreadable.as_str(),
            Self::Faults { .. } => ServeErrorCode::Faults.as_str(),
            Self::Credentials { .. } => ServeErrorCode::Credentials.as_str(),
            Self::Log(error) => error.code().as_str(),
            Self::Listen { .. } => ServeErrorCode::Listen.as_str(),
            Self::PortFile { .. } => ServeErrorCode::PortFile.as_str(),
        }
    }
}

/// Starts the server.
///
/// # Errors
/// [`ServeError`].
pub fn serve(context: &Context, options: &ServeOptions) -> Result<Server, ServeError> {
    let inventory = read_inventory(&options.inventory).map_err(ServeError::Inventory)?;
    check_regions(&inventory)?;
    let script = read(context, options.faults.as_deref(), Script::read)?
        .map_err(|(path, problem)| ServeError::Faults { path, problem })?;
    let access_keys = read(context, options.credentials.as_deref(), AccessKeys::read)?
        .map_err(|(path, problem)| ServeError::Credentials { path, problem })?;
    let (disk, directory): (Arc<dyn Disk>, &Path) = match &options.state {
        Some(directory) => (context.disk.clone(), directory),
        None => (Arc::new(MemoryDisk::new()), Path::new("cloud")),
    };
    let cloud = backends::emulator(disk, directory, inventory, context)?;
    let clock = context.clock.clone();
    let service = Service::new(
        cloud.with_keys(context.keys.clone()),
        Arc::new(move || clock.now()),
        access_keys,
        script,
        options.account.clone(),
    );
    let server = Server::start(service, options.listen, Bounds::default())
        .map_err(|source| ServeError::Listen { address: options.listen, source })?;
    if let Some(path) = &options.port_file {
        let port = format!("{}\n", server.address().port());
        context
            .disk
            .replace_durable(path, port.as_bytes())
            .map_err(|source| ServeError::PortFile { path: path.clone(), source })?;
    }
    Ok(server)
}

/// A region that does not exist is a slip: no client could reach what is there.
fn check_regions(inventory: &Inventory) -> Result<(), ServeError> {
    let strange = inventory.instances.iter().find(|instance| !regions::exists(&instance.region));
    strange.map_or(Ok(()), |instance| {
        let (id, region) = (instance.id.clone(), instance.region.clone());
        Err(ServeError::NoRegion { id, region })
    })
}

/// What is in a file, or the default without one; the inner error is what is wrong with it.
fn read<T: Default>(
    context: &Context,
    path: Option<&Path>,
    understand: fn(&str) -> Result<T, String>,
) -> Result<Result<T, (PathBuf, String)>, ServeError> {
    let Some(path) = path else { return Ok(Ok(T::default())) };
    let unreadable = |source| ServeError::Unreadable { path: path.to_owned(), source };
    let bytes = zeroize::Zeroizing::new(context.disk.read(path).map_err(unreadable)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned());
    Ok(text.and_then(understand).map_err(|problem| (path.to_owned(), problem)))
}
