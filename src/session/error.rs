//! Why a project cannot be opened, and why a use case does not come to its end.

use super::codes::{OpenErrorCode, SessionErrorCode};
use crate::{
    alicloud::{CredentialError, ProxyProblem},
    database::DatabaseProblem,
    diagnostic::Diagnostic,
    driver::DriverError,
    ecs::CallError,
    emulator::LogError,
    model::{CloudName, Lineage, Region},
    plan::{PlanError, Stale, check::Unsound},
    rights::RightsReport,
    store::StoreError,
    vault::VaultError,
    visible,
};

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The manifests have problems.
    #[error("the manifests have problems")]
    Manifests(Vec<Diagnostic>),
    /// The embedded cloud cannot be opened.
    #[error("the embedded cloud cannot be opened")]
    Emulator(#[from] LogError),
    /// Credentials would be sent to a stranger.
    #[error(
        "credentials are not sent to {host}, which is no host of ECS or STS; if it is yours, \
         name it in KEYFORM_TRUSTED_HOSTS"
    )]
    UntrustedHost {
        /// Which host.
        host: String,
    },
    /// Private keys would be kept where nobody says that they outlive the job (L2).
    #[error(
        "the private keys would end with this runner of CI, so nothing was done; keep them on a \
         disk that outlives it, and say so: privateKeys: {{directory: …, outlivesRunner: true}}; or \
         in the vault of a command, s3 or oss"
    )]
    KeysEndWithRunner,
    /// The state would be kept where nothing says that it outlives the job.
    #[error(
        "the state would end with this runner of CI, so nothing was done; keep it on a server, as \
         the Project can say: state: {{postgres: {{url: …}}}}, or s3, oss or http; or in a directory that \
         outlives the runner, such as a mounted volume: state: {{file: {{directory: …, \
         outlivesRunner: true}}}}"
    )]
    StateEndsWithRunner,
    /// The Project keeps the private keys elsewhere, and the machine names a directory for them.
    #[error(
        "a command or a bucket keeps the private keys, as the Project says, and --private-keys or \
         KEYFORM_PRIVATE_KEYS names a directory for them; leave that out"
    )]
    DirectoryBesideVault,
    /// The machine keeps private keys where something else is kept.
    #[error(
        "{problem}, since --private-keys or KEYFORM_PRIVATE_KEYS says so; name a directory of \
         their own"
    )]
    KeysOverlap {
        /// What is kept where something else is, as a sentence.
        problem: String,
    },
    /// Signed requests would be sent to a stranger.
    #[error(
        "requests for the state or the private keys are not sent to {host}, which is no host of AWS \
         or OSS; if it is yours, name it in KEYFORM_TRUSTED_HOSTS"
    )]
    UntrustedServerHost {
        /// Which host.
        host: String,
    },
    /// The state or private keys are on a server for which this program was not built.
    #[error(
        "this keyform was built without {feature}, where the project keeps its state or private \
         keys; build it with `--features {feature}`"
    )]
    NotBuiltIn {
        /// The cargo feature.
        feature: &'static str,
    },
    /// The database of the state cannot be connected to.
    #[error(transparent)]
    Database(#[from] DatabaseProblem),
    /// There are no credentials, or those of another account.
    #[error(transparent)]
    Credentials(#[from] Box<CredentialError>),
    /// The proxy of this machine cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyProblem),
}

impl OpenError {
    /// Its stable code, or that of what it wraps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Manifests(_) => OpenErrorCode::Manifests.as_str(),
            Self::Emulator(error) => error.code().as_str(),
            Self::UntrustedHost { .. } => OpenErrorCode::UntrustedHost.as_str(),
            Self::DirectoryBesideVault => OpenErrorCode::DirectoryBesideVault.as_str(),
            Self::KeysEndWithRunner => OpenErrorCode::KeysEndWithRunner.as_str(),
            Self::StateEndsWithRunner => OpenErrorCode::StateEndsWithRunner.as_str(),
            Self::KeysOverlap { .. } => OpenErrorCode::KeysOverlap.as_str(),
            Self::UntrustedServerHost { .. } => OpenErrorCode::UntrustedServerHost.as_str(),
            Self::NotBuiltIn { .. } => OpenErrorCode::NotBuiltIn.as_str(),
            Self::Database(problem) => problem.code().as_str(),
            Self::Credentials(error) => error.code().as_str(),
            Self::Proxy(problem) => problem.code().as_str(),
        }
    }
}

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The state cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service could not be read.
    #[error(
        "region {region} could not be read, so nothing was changed; run the same command again \
         once that is fixed"
    )]
    Observe {
        /// Which region.
        region: Region,
        /// What the service said.
        source: Box<CallError>,
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
    #[error("{}", stale(.0))]
    Stale(Vec<Stale>),
    /// The saved plan was applied to its end before.
    #[error("this plan was already applied; make a new one with `keyform plan -o FILE`")]
    AlreadyApplied,
    /// The caller lacks rights.
    #[error("{}", rights_missing(.0))]
    RightsMissing(RightsReport),
    /// Nothing is known of an object that is to be explained.
    #[error(
        "nothing is known of {written}: no manifest wants it, it is not recorded, and it was not \
         seen; `keyform status` lists what there is"
    )]
    UnknownObject {
        /// The object as it was written.
        written: String,
    },
    /// A filter of `status` matches nothing.
    #[error(
        "{option} {pattern} matches nothing in this project; `keyform status` without filters lists \
         what there is"
    )]
    NothingMatched {
        /// The filter, as the command line has it.
        option: &'static str,
        /// Its pattern.
        pattern: String,
    },
    /// What is to be explained could be one of several objects.
    #[error("{written} could be one of these; name one of them: {}", .found.join(", "))]
    AmbiguousObject {
        /// The object as it was written.
        written: String,
        /// The addresses that it could mean.
        found: Vec<String>,
    },
    /// Key pairs in the cloud belong to a state that is not here.
    #[error(
        "key pairs of this project are in the cloud, and belong to a state with the lineage \
         {lineage}. Nothing was changed. If that state is kept elsewhere, let the Project name that \
         place; if it is lost for good, `keyform state init --take-over` begins one that continues it"
    )]
    LineageFound {
        /// The lineage.
        lineage: Lineage,
    },
    /// There is no lineage to take over.
    #[error(
        "no lineage can be taken over: in the regions of this project there is no key pair of its \
         name, or they are of several lineages. Nothing was changed; without `--take-over`, \
         `keyform state init` begins a new state"
    )]
    NoLineageFound,
    /// The run was stopped.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The run has ended, and its journal is not folded into the state.
    #[error(
        "the run has ended and its journal holds all that it did, but the journal could not be folded \
         into the state; run the same command again once the state can be written: it folds the \
         journal first"
    )]
    NotFolded(#[source] StoreError),
    /// The operating system gave no random numbers for a new lineage.
    #[error("a new state could not be begun, so nothing was changed; run the same command again")]
    Random(#[source] std::io::Error),
}

impl SessionError {
    /// Its stable code, or that of what it wraps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code().as_str(),
            Self::Observe { .. } => SessionErrorCode::Observe.as_str(),
            Self::Vault { .. } => SessionErrorCode::Vault.as_str(),
            Self::CleanVault(_) => SessionErrorCode::CleanVault.as_str(),
            Self::Plan(error) => error.code().as_str(),
            Self::Unsound(_) => SessionErrorCode::Unsound.as_str(),
            Self::Mistake(_) => SessionErrorCode::Mistake.as_str(),
            Self::Stale(_) => SessionErrorCode::Stale.as_str(),
            Self::AlreadyApplied => SessionErrorCode::AlreadyApplied.as_str(),
            Self::RightsMissing(_) => SessionErrorCode::RightsMissing.as_str(),
            Self::UnknownObject { .. } => SessionErrorCode::UnknownObject.as_str(),
            Self::NothingMatched { .. } => SessionErrorCode::NothingMatched.as_str(),
            Self::AmbiguousObject { .. } => SessionErrorCode::AmbiguousObject.as_str(),
            Self::LineageFound { .. } => SessionErrorCode::LineageFound.as_str(),
            Self::NoLineageFound => SessionErrorCode::NoLineageFound.as_str(),
            Self::Driver(error) => error.code().as_str(),
            Self::NotFolded(_) => SessionErrorCode::NotFolded.as_str(),
            Self::Random(_) => SessionErrorCode::Random.as_str(),
        }
    }
}

/// Which rights are missing. Nothing was changed: rights are looked at before the first write.
fn rights_missing(report: &RightsReport) -> String {
    let lines: Vec<_> = report.missing_lines();
    let lines: Vec<_> = lines.iter().map(|line| visible::line(line)).collect();
    format!(
        "the caller lacks rights that {command} needs, so nothing was changed; `keyform ram-policy \
         --for {command}` prints a policy with all of them. Missing:\n{}",
        lines.join("\n"),
        command = report.purpose.command(),
    )
}

/// Why a plan is refused. One of another project is not stale, and a new one from here would be
/// another plan.
fn stale(reasons: &[Stale]) -> String {
    if let [Stale::PlanOfOtherProject { project }] = reasons {
        return format!(
            "this plan is for the project {project}, which is not the one here, so nothing of it \
             was done; apply it in the directory of {project}, or name that with `-C DIR`"
        );
    }
    let text = |reason: &Stale| format!("  - {}", visible::line(&reason.to_string()));
    let lines: Vec<_> = reasons.iter().map(text).collect();
    format!(
        "this plan is stale, so nothing of it was done; make a new one with `keyform plan -o \
         FILE`. The reasons:\n{}",
        lines.join("\n")
    )
}
