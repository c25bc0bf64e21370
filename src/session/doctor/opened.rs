//! A project that is looked at, and its cloud as far as that can be reached.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    alicloud::{CredentialSource, Ecs, Overheard, Surroundings},
    checkup::{Check, Checkup, Learned},
    diagnostic::Diagnostic,
    ecs::{CallError, Request, Response, Transport},
    manifest::{self, CloudChoice, Desired, LoadedManifests},
    model::Region,
    plan,
    session::{
        account::{AccountChoice, account_of},
        backends,
        context::Context,
        error::OpenError,
        vaults,
    },
    state::Records,
    store::Store,
    vault::Vault,
    visible,
};

/// What only the command line can see of this machine.
#[derive(Clone, Debug, Default)]
pub struct MachineFacts {
    /// Whether git ignores each directory of private keys, where it says so; none outside of a
    /// work tree, or without git.
    pub is_ignored: BTreeMap<PathBuf, bool>,
    /// How many files this process may have open; nothing if there is no limit.
    pub open_files: Option<u64>,
}

/// A project that is looked at, whether it can be worked on or not.
pub struct Doctor {
    pub(super) context: Context,
    pub(super) directory: PathBuf,
    pub(super) desired: Desired,
    pub(super) service: Service,
    pub(super) store: Store,
    pub(super) vault: Arc<dyn Vault>,
}

/// The cloud of a project, as far as it can be reached.
pub(super) struct Service {
    /// Makes calls; or why there is nothing that could.
    pub(super) transport: Result<Arc<dyn Transport>, OpenError>,
    /// Whose account it is; nothing of the embedded cloud.
    pub(super) account: Option<Account>,
}

/// The account of a project, with whose credentials it is worked on.
pub(super) struct Account {
    pub(super) id: String,
    pub(super) source: Arc<CredentialSource>,
    pub(super) overheard: Arc<Overheard>,
}

impl Doctor {
    /// Opens the project in a directory; answers the warnings of its manifests too. With
    /// `keeps_answers` the answers of ECS are kept until they are recorded.
    ///
    /// # Errors
    /// [`OpenError`], if it is not even known what the project is about, or credentials would be
    /// sent to a stranger.
    pub fn open(
        context: Context,
        directory: &Path,
        keeps_answers: bool,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
        Self::assemble(context, directory, loaded, keeps_answers, |transport| transport)
    }

    /// Opens a project whose manifests are loaded. `wrap` can put something between the
    /// doctor and the cloud.
    ///
    /// # Errors
    /// As [`Doctor::open`].
    pub fn assemble(
        context: Context,
        directory: &Path,
        loaded: LoadedManifests,
        keeps_answers: bool,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let LoadedManifests { desired, inventory, diagnostics } = loaded;
        let Some(desired) = desired else { return Err(OpenError::Manifests(diagnostics)) };
        context.machine.admit_choices(&desired.project)?;
        let store = backends::store(&desired.project, directory, &context)?;
        let mut service = match &desired.project.cloud {
            CloudChoice::Emulator { .. } => {
                let inventory =
                    inventory.ok_or_else(|| OpenError::Manifests(diagnostics.clone()))?;
                let log = backends::log_of(directory);
                let disk = context.disk.clone();
                let cloud = backends::emulator(disk, &log, inventory, &context);
                let cloud = cloud.map(|cloud| cloud.with_keys(context.keys.clone()));
                let transport = cloud.map(|cloud| Arc::new(cloud) as Arc<dyn Transport>);
                Service { transport: transport.map_err(OpenError::from), account: None }
            }
            CloudChoice::Alicloud { .. } => {
                let around = (context.surroundings)()?;
                let timeout = backends::call_timeout(&store);
                Service::of_account(&desired.project.cloud, around, timeout, keeps_answers)?
            }
        };
        service.transport = service.transport.map(wrap);
        let doctor = Self {
            store,
            vault: vaults::vault(&desired, directory, &context)?,
            directory: directory.to_owned(),
            context,
            desired,
            service,
        };
        Ok((doctor, diagnostics))
    }

    /// The directories that hold private keys as files, whether they exist or not.
    #[must_use]
    pub fn private_keys(&self) -> Vec<PathBuf> {
        self.vault.directories()
    }

    /// The document of these checks.
    #[must_use]
    pub fn checkup(&self, checks: Vec<Check>, learned: Vec<Learned>) -> Checkup {
        Checkup::new(self.desired.project.name.clone(), checks, learned)
    }

    /// The regions that a plan would read.
    pub(super) fn regions(&self, recorded: Option<&Records>) -> Vec<Region> {
        let none = Records::default();
        let question = plan::question(Some(&self.desired), recorded.unwrap_or(&none));
        question.regions.into_keys().collect()
    }
}

impl Service {
    /// ECS of an account, overheard.
    fn of_account(
        cloud: &CloudChoice,
        around: Surroundings,
        timeout: Duration,
        keeps_answers: bool,
    ) -> Result<Self, OpenError> {
        let overheard =
            Arc::new(Overheard::new(around.http.clone(), around.now.clone(), keeps_answers));
        let around = Surroundings { http: overheard.clone(), ..around };
        let AccountChoice { account, choice, endpoint } = account_of(cloud);
        let source = Arc::new(CredentialSource::new(around, choice));
        let ecs = Ecs::new(source.clone(), endpoint).with_timeout(timeout);
        let transport = Ok(Arc::new(ecs) as Arc<dyn Transport>);
        let account = Account { id: account, source, overheard };
        Ok(Self { transport, account: Some(account) })
    }
}

/// Makes a call that only reads, and once more if that may help: credentials that have expired are
/// renewed and a wrong clock is corrected by the first one.
pub(super) fn ask(transport: &dyn Transport, request: &Request) -> Result<Response, CallError> {
    match transport.call(request) {
        Err(error) if error.is_transient() => transport.call(request),
        other => other,
    }
}

/// Why an error is one, with its causes, on one line.
pub(super) fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// A path as people write it, without a leading `./`.
pub(super) fn shown(path: &Path) -> String {
    let bare = path.strip_prefix(".").unwrap_or(path);
    visible::path(if bare.as_os_str().is_empty() { path } else { bare })
}
