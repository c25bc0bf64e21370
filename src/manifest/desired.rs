//! What manifests mean: the shape that the planner reads.

use std::{fmt, path::PathBuf, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    BindingName, CloudName, Fingerprint, InstanceId, KeyPairName, ProjectName, Region,
    RestartPolicy, Tags,
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
    /// The directory of the state, relative to the project directory.
    pub state_directory: PathBuf,
    /// The directory of the private keys, relative to the project directory.
    pub private_keys: PathBuf,
    /// Where it was written.
    pub origin: Origin,
}

/// Which cloud a project is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudChoice {
    /// The embedded cloud.
    Emulator {
        /// Its inventory file, relative to the project directory.
        inventory: PathBuf,
    },
}

/// `kind: KeyPair`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredKeyPair {
    /// `metadata.name`.
    pub name: KeyPairName,
    /// The name that it has in the cloud.
    pub cloud_name: CloudName,
    /// Which generation of it is wanted.
    pub generation: u32,
    /// Where its key comes from.
    pub key: DesiredKey,
    /// Where it is wanted: at least one, each once, sorted.
    pub regions: Vec<Region>,
    /// The user's tags.
    pub tags: Tags,
    /// Where it was written.
    pub origin: Origin,
}

/// Where the key of a pair comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesiredKey {
    /// It is made, and its private half kept in the vault.
    Generated,
    /// A person gave its public half, and has the private one.
    Given(GivenKey),
}

/// The public key that a manifest gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenKey {
    /// What is sent to the service: one OpenSSH line.
    pub line: String,
    /// Its print, as the service will show it.
    pub fingerprint: Fingerprint,
    /// Its type, bits and SHA256 print, for people.
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
    /// Its instances, each once, sorted by id.
    pub instances: Vec<DesiredInstance>,
    /// When and how they may be restarted.
    pub restart: RestartPolicy,
    /// Where it was written.
    pub origin: Origin,
}

/// One instance of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredInstance {
    /// Its id.
    pub id: InstanceId,
    /// Where it was written.
    pub origin: Origin,
}
