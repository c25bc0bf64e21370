//! What manifests mean: the shape that the planner reads.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    BindingName, BucketChoice, CloudName, DocumentChoice, Endpoint, Fingerprint, InstanceId,
    KeyPairName, MaxUnavailable, ObservedInstance, PostgresUrl, ProjectName, Proof, Region,
    RemovalName, ResourceGroupId, RestartPolicy, Tags, VaultChoice,
    schedule::{Span, Urgent},
};

/// What the manifests of a project mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The project itself.
    pub project: Project,
    /// The key pairs, in the order of their names.
    pub key_pairs: Vec<DesiredKeyPair>,
    /// The bindings, in the order of their names.
    pub bindings: Vec<DesiredBinding>,
    /// What is let go of, in the order of the names in the cloud.
    pub removals: Vec<DesiredRemoval>,
}

/// Where something was written. Never part of a plan's digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Origin {
    /// Relative to the project directory.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// `kind: Project`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// `metadata.name`.
    pub name: ProjectName,
    /// Which cloud it is about.
    pub cloud: CloudChoice,
    /// Where the state is kept.
    pub state: StateChoice,
    /// Which vault keeps the private keys of all pairs that choose no other.
    pub private_keys: VaultChoice,
    /// What caps all its bindings and pairs together.
    pub limits: ProjectLimits,
    /// Where it was written.
    pub origin: Origin,
}

/// What caps a project as a whole; without a number there is no cap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectLimits {
    /// How many instances may be down together in a region, of all that the project has there.
    pub unavailable: Option<MaxUnavailable>,
    /// How many instances one run may restart.
    pub restarts_per_run: Option<usize>,
    /// How many pairs one run may delete.
    pub deletes_per_run: Option<usize>,
}

/// Where a project keeps its state. On most servers a run holds the lock for `lease` without a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateChoice {
    /// In files.
    File {
        /// Their directory, relative to the project directory.
        directory: PathBuf,
        /// Whether that directory outlives the machine that runs apply.
        outlives_runner: bool,
    },
    /// In a database of PostgreSQL.
    Postgres {
        /// Where it is.
        url: PostgresUrl,
        /// For how long the lock is held.
        lease: Duration,
    },
    /// In a bucket of S3.
    S3 {
        /// Which one.
        bucket: BucketChoice,
        /// Whether the bucket is named in the path of an address.
        is_path_style: bool,
        /// For how long the lock is held.
        lease: Duration,
    },
    /// In a bucket of OSS.
    Oss {
        /// Which one.
        bucket: BucketChoice,
        /// For how long the lock is held.
        lease: Duration,
    },
    /// In a document that a server overwrites, whose lock it keeps until that is given up.
    Http {
        /// Which one.
        document: DocumentChoice,
    },
}

impl StateChoice {
    /// The directory of the state, if it is kept in files.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::File { directory, .. } => Some(directory),
            Self::Postgres { .. } | Self::S3 { .. } | Self::Oss { .. } | Self::Http { .. } => None,
        }
    }

    /// The host of the server, if that overwrites the state with each record.
    #[must_use]
    pub fn overwritten_at(&self) -> Option<&str> {
        match self {
            Self::Http { document } => Some(document.address.endpoint().host()),
            Self::File { .. } | Self::Postgres { .. } | Self::S3 { .. } | Self::Oss { .. } => None,
        }
    }
}

/// Which cloud a project is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudChoice {
    /// The embedded cloud.
    Emulator {
        /// Its inventory file, relative to the project directory.
        inventory: PathBuf,
    },
    /// Alibaba Cloud.
    Alicloud {
        /// The id of the account, which the credentials must be of.
        account: String,
        /// The profile of this machine that has the credentials.
        profile: Option<String>,
        /// Where the API of ECS is called, if not where it is for each region.
        endpoint: Option<Endpoint>,
        /// Where STS is called, if not where it is for all.
        sts_endpoint: Option<Endpoint>,
    },
}

impl CloudChoice {
    /// The inventory of the embedded cloud, relative to the project directory.
    #[must_use]
    pub fn inventory(&self) -> Option<&Path> {
        match self {
            Self::Emulator { inventory } => Some(inventory),
            Self::Alicloud { .. } => None,
        }
    }
}

/// `kind: KeyPair`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredKeyPair {
    /// `metadata.name`.
    pub name: KeyPairName,
    /// The name that its first generation has in the cloud.
    pub cloud_name: CloudName,
    /// Which generation of it is wanted, from 1.
    pub generation: u32,
    /// Whether the generation before is kept, bound to nothing, until the next rotation.
    pub keep_previous: bool,
    /// How old its key may become before its rotation is due, if that is said.
    pub rotate_after: Option<Span>,
    /// Whether it stays although no manifest declares it any more, until a Removal says otherwise.
    pub protect: bool,
    /// Whether a pair of its name that somebody else made is taken over, if it has our key.
    pub adopt: bool,
    /// Where its key comes from.
    pub key: DesiredKey,
    /// Why its restarts do not wait for windows, and until when.
    pub urgent: Option<Urgent>,
    /// Where it is wanted: at least one, each once, sorted.
    pub regions: Vec<Region>,
    /// The user's tags.
    pub tags: Tags,
    /// The resource group that it is in; without one keyform does not care.
    pub resource_group: Option<ResourceGroupId>,
    /// Which vault keeps its private key, if not that of the project.
    pub private_keys: Option<VaultChoice>,
    /// Where it was written.
    pub origin: Origin,
}

impl DesiredKeyPair {
    /// The name that one of its generations has in the cloud and in the vault: `web`, `web-g2`,
    /// `web-g3`.
    #[must_use]
    pub fn name_of(&self, generation: u32) -> CloudName {
        self.cloud_name.of_generation(generation)
    }
}

/// Where the key of a pair comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesiredKey {
    /// It is made, and its private half kept in the vault.
    Generated,
    /// The service makes it with the pair, and hands the private half out once.
    CreatedInCloud {
        /// The regions of the pair in the order in which they were written: the pair is created in
        /// the first of them where its name is free, and imported in the others.
        order: Vec<Region>,
    },
    /// A person gave its public half, and has the private one.
    Given(DesiredGivenKey),
}

/// The public key that a manifest gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredGivenKey {
    /// What is sent to the service: one OpenSSH line.
    pub line: String,
    /// Its fingerprint, as the service will show it.
    pub fingerprint: Fingerprint,
    /// Its type, bits and SHA256 fingerprint, for people.
    pub summary: String,
    /// Whether it is a certificate, with which nobody can log on.
    pub is_certificate: bool,
}

/// `kind: Binding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredBinding {
    /// `metadata.name`.
    pub name: BindingName,
    /// The pair that its instances are tied to; one of [`Desired::key_pairs`].
    pub key_pair: KeyPairName,
    /// Where its instances are; a region of the pair.
    pub region: Region,
    /// Which instances are its own.
    pub chosen: Chosen,
    /// When and how they may be restarted.
    pub restart: RestartPolicy,
    /// How it is shown that one can log on to them after that.
    pub proof: Option<Proof>,
    /// Whether instances are taken from pairs that this project did not make (L6).
    pub replace_foreign: bool,
    /// Whether the service decides about instances of Generation I that are I/O optimized (R8).
    pub allow_generation_one: bool,
    /// Where it was written.
    pub origin: Origin,
}

impl DesiredBinding {
    /// Whether it lists an instance of its region, or selects it as it was seen.
    #[must_use]
    pub fn chooses(&self, id: &InstanceId, seen: Option<&ObservedInstance>) -> bool {
        match &self.chosen {
            Chosen::Listed(instances) => instances.iter().any(|one| one.id == *id),
            Chosen::Selected(selector) => seen.is_some_and(|instance| {
                selector.tags.iter().all(|(key, value)| instance.tags.get(key) == Some(value))
            }),
        }
    }
}

/// Which instances a binding has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Those with these ids: each once, sorted by id.
    Listed(Vec<DesiredInstance>),
    /// Those with these tags.
    Selected(Selector),
}

impl Chosen {
    /// The instances that are named by their ids; none of a selector.
    #[must_use]
    pub fn listed(&self) -> &[DesiredInstance] {
        match self {
            Self::Listed(instances) => instances,
            Self::Selected(_) => &[],
        }
    }
}

/// Instances by their tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// All of which an instance has; at least one.
    pub tags: Tags,
    /// Whether it may select nothing.
    pub allow_empty: bool,
    /// What becomes of an instance that it does not select any more.
    pub on_leave: OnLeave,
    /// Where it was written.
    pub origin: Origin,
}

/// What becomes of an instance that its selector does not select any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLeave {
    /// It is forgotten, and stays bound to what it is bound to.
    #[default]
    Forget,
    /// It is unbound.
    Detach,
}

/// One instance of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredInstance {
    /// Its id.
    pub id: InstanceId,
    /// Where it was written.
    pub origin: Origin,
}

/// `kind: Removal`: lets go of a pair that is protected, or that keyform is to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredRemoval {
    /// `metadata.name`.
    pub name: RemovalName,
    /// The name in the manifests of the pair that is let go of; none of [`Desired::key_pairs`].
    pub key_pair: KeyPairName,
    /// The name that its first generation has in the cloud.
    pub cloud_name: CloudName,
    /// What becomes of it.
    pub action: RemovalAction,
    /// Where it was written.
    pub origin: Origin,
}

/// What becomes of a pair that is let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalAction {
    /// Nothing is done to it and to what is bound to it; its records go.
    Forget,
    /// It is unbound and deleted, although it is protected.
    Delete,
}
