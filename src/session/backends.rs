//! The cloud, the store and the vault of a project. A choice of the manifests becomes a thing here, and
//! in `servers`, `buckets` and `vaults` beside it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    account::{AccountChoice, account_of},
    context::Context,
    error::OpenError,
    servers::{Kept, Server},
    vaults::vault,
};
use crate::{
    alicloud::{CALL_TIMEOUT_MAX, CredentialError, CredentialSource, Ecs, Identity, identify},
    apply::{Budget, wait_after},
    disk::Disk,
    driver::Clock,
    ecs::{FailureKind, Transport},
    emulator::{Local, LogError},
    manifest::{CloudChoice, Desired, Project, StateChoice},
    model::{BucketChoice, PostgresUrl, ProjectName, Timestamp, inventory::Inventory},
    store::{DiskShelf, FileLock, ScratchShelf, Store},
    vault::Vault,
};

/// What belongs to one checkout, in the project's directory.
pub(super) const LOCAL: &str = ".keyform";
/// For how long the lock of a scratch part is held without a renewal, and so for how long a doctor
/// that was killed keeps the next one waiting.
const SCRATCH_LEASE: Duration = Duration::from_secs(10);
/// How often STS is asked whose credentials are: for three seconds at most, if it refuses at once.
const IDENTIFY_ATTEMPTS_MAX: u32 = 4;

/// What a project works on.
pub(super) struct Backends {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) store: Store,
    pub(super) vault: Arc<dyn Vault>,
    /// How often the cloud may be called.
    pub(super) budget: Budget,
    /// The moment after which there are no credentials any more, unless a person does something.
    pub(super) ends: Option<Timestamp>,
}

/// Connects a project to what it works on, once the machine admits it. `inventory` is that of the
/// embedded cloud, or why there is none.
///
/// # Errors
/// [`OpenError`].
pub(super) fn connect(
    desired: &Desired,
    inventory: Result<Inventory, OpenError>,
    directory: &Path,
    context: &Context,
) -> Result<Backends, OpenError> {
    let project = &desired.project;
    context.machine.admit(desired)?;
    let store = store(project, directory, context)?;
    let (transport, budget, ends): (Arc<dyn Transport>, _, _) = match &project.cloud {
        CloudChoice::Emulator { .. } => {
            let log = log_of(directory);
            let cloud = emulator(context.disk.clone(), &log, inventory?, context)?;
            let budget = if context.is_paced { Budget::limited() } else { Budget::unlimited() };
            (Arc::new(cloud), budget, None)
        }
        cloud @ CloudChoice::Alicloud { .. } => {
            let (ecs, ends) = alicloud(account_of(cloud), context)?;
            (Arc::new(ecs.with_timeout(call_timeout(&store))), Budget::limited(), ends)
        }
    };
    Ok(Backends { transport, store, vault: vault(desired, directory, context)?, budget, ends })
}

/// The longest time that a call of the cloud may take: a run that holds a lease makes a call only if
/// that ends inside of it, and half of a lease is left when a renewal was missed.
pub(super) fn call_timeout(store: &Store) -> Duration {
    let time_to_live = store.lock().time_to_live();
    time_to_live.map_or(CALL_TIMEOUT_MAX, |whole| (whole / 2).min(CALL_TIMEOUT_MAX))
}

/// ECS, once the credentials are known to be those of the account that the project names; and when
/// they end.
fn alicloud(
    chosen: AccountChoice,
    context: &Context,
) -> Result<(Ecs, Option<Timestamp>), OpenError> {
    let AccountChoice { account, choice, endpoint } = chosen;
    let source = Arc::new(CredentialSource::new((context.surroundings)()?, choice));
    let identified = identified(&source, &*context.clock);
    let identified = identified.and_then(|identity| identity.check(&account, &source));
    identified.map_err(Box::new)?;
    let ends = source.expires_without_renewal();
    Ok((Ecs::new(source, endpoint), ends))
}

/// Whose the credentials are. This is asked again for a moment, as every read is, since a server that
/// was just started may not listen yet.
fn identified(source: &CredentialSource, clock: &dyn Clock) -> Result<Identity, CredentialError> {
    let mut attempt = 1;
    loop {
        match identify(source) {
            Err(error) if error.is_transient() && attempt < IDENTIFY_ATTEMPTS_MAX => {
                clock.sleep(wait_after(&FailureKind::Transient, "GetCallerIdentity", attempt));
                attempt += 1;
            }
            other => return other,
        }
    }
}

/// The embedded cloud of a directory.
///
/// # Errors
/// As [`Local::open`].
pub(super) fn emulator(
    disk: Arc<dyn Disk>,
    log: &Path,
    inventory: Inventory,
    context: &Context,
) -> Result<Local, LogError> {
    let clock = context.clock.clone();
    let cloud = Local::open(disk, log, inventory, Arc::new(move || clock.now()))?;
    Ok(cloud.with_keys(context.keys.clone()))
}

/// Where the embedded cloud of a project has its log.
pub(super) fn log_of(directory: &Path) -> PathBuf {
    directory.join(LOCAL).join("cloud")
}

/// The store of a project alone, which needs neither its cloud nor its vault.
///
/// # Errors
/// [`OpenError`], if it is on a server that cannot be asked.
pub(super) fn store(
    project: &Project,
    directory: &Path,
    context: &Context,
) -> Result<Store, OpenError> {
    let (disk, local, name) = (context.disk.clone(), directory.join(LOCAL), project.name.clone());
    let server = Server { project, directory, context };
    let (shelf, lock) = match &project.state {
        StateChoice::File { directory: states, .. } => {
            return Ok(store_in(directory.join(states), &name, directory, context));
        }
        StateChoice::Postgres { url, lease } => server.postgres(url, *lease)?,
        StateChoice::S3 { bucket, is_path_style, lease } => {
            server.s3((bucket, *is_path_style), *lease)?
        }
        StateChoice::Oss { bucket, lease } => server.oss(bucket, *lease)?,
        StateChoice::Http { document } => server.http(document)?,
    };
    Ok(Store::on_shelf(shelf, lock, disk, local, name).begun_by_hand())
}

/// The store of a project in a directory of states.
pub(super) fn store_in(
    states: PathBuf,
    name: &ProjectName,
    directory: &Path,
    context: &Context,
) -> Store {
    Store::in_directory(context.disk.clone(), states, directory.join(LOCAL), name.clone())
}

/// A part of what keeps the state of a project, with a lock of its own, in which no state can be: its
/// names are those of a project that no Project can have.
pub(super) struct Scratch<'a> {
    project: Project,
    part: Part<'a>,
    directory: &'a Path,
    context: &'a Context,
}

enum Part<'a> {
    Files(PathBuf),
    Postgres(&'a PostgresUrl),
    S3(&'a BucketChoice, bool),
    Oss(&'a BucketChoice),
}

impl<'a> Scratch<'a> {
    /// The part of a project; `None` if what keeps its state has none, as a document that is
    /// overwritten.
    pub(super) fn of(
        project: &'a Project,
        directory: &'a Path,
        context: &'a Context,
    ) -> Option<Self> {
        let part = match &project.state {
            StateChoice::File { directory: states, .. } => Part::Files(directory.join(states)),
            StateChoice::Postgres { url, .. } => Part::Postgres(url),
            StateChoice::S3 { bucket, is_path_style, .. } => Part::S3(bucket, *is_path_style),
            StateChoice::Oss { bucket, .. } => Part::Oss(bucket),
            StateChoice::Http { .. } => return None,
        };
        let name = ProjectName::new(format!("{}/doctor", project.name));
        let project = Project { name, ..project.clone() };
        Some(Self { project, part, directory, context })
    }

    /// Opens it, over a connection of its own.
    ///
    /// # Errors
    /// As [`store`].
    pub(super) fn open(&self) -> Result<Kept, OpenError> {
        let Self { project, part, directory, context } = self;
        let server = Server { project, directory, context };
        match part {
            Part::Files(states) => {
                let disk = context.disk.clone();
                let shelf = ScratchShelf::new(DiskShelf::new(disk.clone(), states.clone()));
                Ok((Arc::new(shelf), Arc::new(FileLock::scratch(disk, states.clone()))))
            }
            Part::Postgres(url) => server.postgres(url, SCRATCH_LEASE),
            Part::S3(bucket, is_path_style) => server.s3((bucket, *is_path_style), SCRATCH_LEASE),
            Part::Oss(bucket) => server.oss(bucket, SCRATCH_LEASE),
        }
    }
}
