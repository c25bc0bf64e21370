//! What the cloud and the vault say now, and what they are asked.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CloudName, ExposedKey, Fingerprint, InstanceId, InstanceRef, InstanceStatus, KeyFileProblem,
    Region, ResourceGroupId, ServiceTime, Tags,
};

/// What the cloud and the private key store say now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Each region that was read.
    pub regions: BTreeMap<Region, ObservedRegion>,
    /// Where instances were seen that are gone from the region of their Binding: in another region
    /// of the project. It explains a row, and no step rests on it.
    pub elsewhere: BTreeMap<InstanceRef, Region>,
    /// What the vault holds under each name that was asked for. A name that is missing here was
    /// not asked for.
    pub vault: BTreeMap<CloudName, VaultKey>,
}

impl Observed {
    /// What was read of an instance.
    #[must_use]
    pub fn instance(&self, at: &InstanceRef) -> Option<&Presence<ObservedInstance>> {
        self.regions.get(&at.region)?.instances.get(&at.id)
    }
}

/// What to read of a region besides the listing of its pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionQuestion {
    /// Recorded pairs, of which absence must be proven.
    pub pairs: BTreeSet<CloudName>,
    /// Desired and recorded instances.
    pub instances: BTreeSet<InstanceId>,
    /// Whether to list all other instances too: a delete needs to know every bound instance of the
    /// region.
    pub all_instances: bool,
}

/// What one region says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservedRegion {
    /// Every pair of the region, by name: a complete listing.
    pub pairs: BTreeMap<CloudName, ObservedPair>,
    /// The instances that were asked for by id, and with a complete listing all others too.
    pub instances: BTreeMap<InstanceId, Presence<ObservedInstance>>,
    /// Whether `instances` is a complete listing of the region.
    pub instances_complete: bool,
}

/// Whether something exists. Absence is not evidence: it takes two reads to call a thing gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence<T> {
    /// It was in an answer.
    Seen(T),
    /// Two reads by its id left it out.
    Gone,
    /// Nothing can be said about it; this never causes a step.
    Unseen,
}

impl<T> Presence<T> {
    /// The thing, if it was seen.
    #[must_use]
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(thing) => Some(thing),
            Self::Gone | Self::Unseen => None,
        }
    }
}

/// A pair as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedPair {
    /// Its name.
    pub name: CloudName,
    /// The print of its public key; `None` if the service told none or one in an unknown form.
    pub fingerprint: Option<Fingerprint>,
    /// When it was made, by the service's clock.
    pub creation_time: Option<ServiceTime>,
    /// All its tags, ours among them.
    pub tags: Tags,
    /// The resource group that it is in; `None` if the service names none, as for the default one.
    pub resource_group: Option<ResourceGroupId>,
}

/// An instance as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedInstance {
    /// Its id.
    pub id: InstanceId,
    /// What people call it; may be empty.
    pub name: String,
    /// Its status.
    pub status: InstanceStatus,
    /// `linux` or `windows`.
    pub os_type: String,
    /// Such as `ecs.g7`.
    pub instance_type_family: String,
    /// False for some instances of Generation I (R8).
    pub io_optimized: bool,
    /// The pair that it is bound to, which is not what the guest accepts before a restart (R7).
    pub bound: Option<CloudName>,
    /// When it was last started, by the service's clock.
    pub start_time: Option<ServiceTime>,
    /// All its tags.
    pub tags: Tags,
    /// Reasons for which the service has locked it; empty when it is free.
    pub locks: Vec<String>,
    /// Its address in its private network.
    pub private_address: Option<String>,
    /// Its address in the internet.
    pub public_address: Option<String>,
}

/// What the vault holds under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultKey {
    /// Nothing.
    Absent,
    /// A private key, RSA 2048 in PKCS#8 PEM, with this public half.
    Present {
        /// The print of its public half.
        fingerprint: Fingerprint,
        /// The public half as one OpenSSH line without a comment.
        public_key: String,
        /// That others can read or change the file, if they can.
        exposed: Option<ExposedKey>,
        /// Whether the private key itself was read. A plan reads what stands beside one in a bucket.
        was_read: bool,
    },
    /// It was not asked: only programs can look into it, and a plan runs none.
    NotLookedAt,
    /// Something else, or something that cannot be read: never used and never overwritten.
    Unusable {
        /// What is wrong with it.
        problem: KeyFileProblem,
    },
}
