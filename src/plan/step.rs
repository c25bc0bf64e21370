//! Steps: what a plan does, why, and the facts that it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    manifest::Origin,
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, KeyPairName, Owner, Region,
        ResourceGroupId, StepId, Tags,
    },
    state::{Change, is_zero},
};

/// One step. Its id is its place in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// Why.
    pub cause: Cause,
    /// The facts that it rests on, apart from those of its items.
    pub expectations: Vec<Expectation>,
    /// The steps that come before it, in ascending order; all have a smaller id.
    pub after: Vec<StepId>,
    /// Where the wish for it was written. Not part of the digest.
    pub origin: Option<Origin>,
}

/// What a step does. Each is one call of the service or of the vault, or a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Makes a private key and puts it into the vault.
    #[serde(rename_all = "camelCase")]
    MakeKey {
        /// Its name in the vault and in the cloud.
        name: CloudName,
        /// The key pair's name in the manifests.
        key_pair: KeyPairName,
        /// Which generation of it.
        generation: u32,
    },
    /// Makes a pair of a public key, with its tags in the same call.
    #[serde(rename_all = "camelCase")]
    ImportPair {
        /// Where.
        region: Region,
        /// Its name in the cloud.
        name: CloudName,
        /// The key pair's name in the manifests.
        key_pair: KeyPairName,
        /// Which generation of it.
        generation: u32,
        /// The user's tags; the ownership tags are added to them.
        tags: Tags,
        /// Counts the generations of the key pair as they became the wanted one.
        #[serde(default, skip_serializing_if = "is_zero")]
        activation: u64,
        /// Whether it stays although no manifest declares it any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        protect: bool,
        /// The resource group that it is put into in the same call; the service's default without
        /// one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource_group: Option<ResourceGroupId>,
        /// Its key.
        key: PairKey,
    },
    /// Lets the service make a pair and its key, with its tags in the same call, and puts the private
    /// key into the vault.
    #[serde(rename_all = "camelCase")]
    CreatePair {
        /// Where.
        region: Region,
        /// Its name in the cloud and in the vault.
        name: CloudName,
        /// The key pair's name in the manifests.
        key_pair: KeyPairName,
        /// Which generation of it.
        generation: u32,
        /// The user's tags; the ownership tags are added to them.
        tags: Tags,
        /// Counts the generations of the key pair as they became the wanted one.
        #[serde(default, skip_serializing_if = "is_zero")]
        activation: u64,
        /// Whether it stays although no manifest declares it any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        protect: bool,
        /// The resource group that it is put into in the same call; the service's default without
        /// one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource_group: Option<ResourceGroupId>,
    },
    /// Takes over a pair that this project did not make, by its tags.
    #[serde(rename_all = "camelCase")]
    AdoptPair {
        /// Where.
        region: Region,
        /// Its name in the cloud.
        name: CloudName,
        /// The key pair's name in the manifests.
        key_pair: KeyPairName,
        /// Which generation of it.
        generation: u32,
        /// All the user's tags that are wanted.
        tags: Tags,
        /// Counts the generations of the key pair as they became the wanted one.
        #[serde(default, skip_serializing_if = "is_zero")]
        activation: u64,
        /// Whether it stays although no manifest declares it any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        protect: bool,
        /// The resource group that its manifest wants it in, if it is in that one already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource_group: Option<ResourceGroupId>,
        /// Its key, which is the wanted one.
        fingerprint: Fingerprint,
        /// Whose it is so far.
        owner: Owner,
    },
    /// Sets tags of a pair, the ownership tags among them.
    #[serde(rename_all = "camelCase")]
    TagPair {
        /// Where.
        region: Region,
        /// Its name in the cloud.
        name: CloudName,
        /// The key pair's name in the manifests.
        key_pair: KeyPairName,
        /// Which generation of it.
        generation: u32,
        /// All the user's tags that are wanted.
        tags: Tags,
    },
    /// Removes tags of a pair.
    #[serde(rename_all = "camelCase")]
    UntagPair {
        /// Where.
        region: Region,
        /// Its name in the cloud.
        name: CloudName,
        /// The keys to remove.
        keys: Vec<String>,
    },
    /// Puts a pair into a resource group.
    #[serde(rename_all = "camelCase")]
    GroupPair {
        /// Where.
        region: Region,
        /// Its name in the cloud.
        name: CloudName,
        /// Which group.
        resource_group: ResourceGroupId,
    },
    /// Binds up to 50 instances.
    #[serde(rename_all = "camelCase")]
    Attach {
        /// Where.
        region: Region,
        /// To which pair.
        name: CloudName,
        /// For which binding.
        binding: BindingName,
        /// In which wave of it, from 1; 0 for instances that were found Stopped.
        wave: usize,
        /// Which instances.
        items: Vec<Item>,
    },
    /// Unbinds up to 50 instances.
    #[serde(rename_all = "camelCase")]
    Detach {
        /// Where.
        region: Region,
        /// From which pair.
        name: CloudName,
        /// For which binding.
        binding: BindingName,
        /// In which wave of it, from 1; 0 for instances that were found Stopped.
        wave: usize,
        /// Which instances.
        items: Vec<Item>,
    },
    /// Restarts up to 100 instances and waits until they are back.
    #[serde(rename_all = "camelCase")]
    Restart {
        /// Where.
        region: Region,
        /// For which binding.
        binding: BindingName,
        /// In which wave of it, from 1.
        wave: usize,
        /// Which instances; `bound` is what takes effect.
        items: Vec<Item>,
        /// By a power cut, and not gracefully.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        forced: bool,
    },
    /// Shows of instances that one can log on to them with what they are bound to.
    #[serde(rename_all = "camelCase")]
    Prove {
        /// Where.
        region: Region,
        /// For which binding, whose fleet says how.
        binding: BindingName,
        /// In which wave of it, from 1.
        wave: usize,
        /// Which instances; `bound` is what one logs on with.
        items: Vec<Item>,
    },
    /// The end of a wave: nothing of the next one begins before it, and not at all after a failure.
    #[serde(rename_all = "camelCase")]
    Gate {
        /// Where.
        region: Region,
        /// For which binding.
        binding: BindingName,
        /// The end of which wave, from 1.
        wave: usize,
    },
    /// Writes down what is owed to instances, since the policy of their binding does not let it be
    /// done now: `keyform apply --due` does it then, without another approval.
    #[serde(rename_all = "camelCase")]
    Defer {
        /// Where.
        region: Region,
        /// To which pair they are bound then; unbound without one.
        name: Option<CloudName>,
        /// For which binding, whose fleet says by which policy.
        binding: BindingName,
        /// Which instances, as they are now.
        items: Vec<Item>,
    },
    /// Deletes a pair.
    #[serde(rename_all = "camelCase")]
    DeletePair {
        /// Where.
        region: Region,
        /// Its name in the cloud.
        name: CloudName,
    },
    /// Puts the private key of a deleted pair aside in the vault.
    #[serde(rename_all = "camelCase")]
    RetireKey {
        /// Its name in the vault.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// Writes down what was found; nothing is called.
    #[serde(rename_all = "camelCase")]
    Record {
        /// What is so; their revisions are set when they are written.
        changes: Vec<Change>,
    },
}

/// One instance of a step, with the facts that the step rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Item {
    /// Which instance.
    pub id: InstanceId,
    /// What it is bound to when the step begins.
    pub bound: Option<CloudName>,
    /// Whose the pair is that it is bound to, if that is not ours (L6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<Owner>,
    /// Whether somebody else has changed a binding of ours, which is set right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retaken: bool,
    /// The revision of its record; 0 without one.
    pub revision: u64,
}

/// A fact that a step rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Expectation {
    /// The vault has nothing under this name.
    #[serde(rename_all = "camelCase")]
    KeyAbsent {
        /// The name in the vault.
        name: CloudName,
        /// The revision of its record; 0 without one.
        revision: u64,
    },
    /// What the vault has under this name was not looked at: a key that is there is used.
    #[serde(rename_all = "camelCase")]
    KeyNotLookedAt {
        /// The name in the vault.
        name: CloudName,
        /// The revision of its record; 0 without one.
        revision: u64,
    },
    /// The vault has this key.
    #[serde(rename_all = "camelCase")]
    KeyHeld {
        /// The name in the vault.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// The region has no pair of this name.
    #[serde(rename_all = "camelCase")]
    PairAbsent {
        /// Where.
        region: Region,
        /// The name in the cloud.
        name: CloudName,
        /// The revision of its record; 0 without one.
        revision: u64,
    },
    /// The pair is there, is ours and has this key.
    #[serde(rename_all = "camelCase")]
    PairOurs {
        /// Where.
        region: Region,
        /// The name in the cloud.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
        /// The revision of its record; 0 without one.
        revision: u64,
    },
    /// The pair is there with this key and not recorded, and these are its ownership tags.
    #[serde(rename_all = "camelCase")]
    PairForeign {
        /// Where.
        region: Region,
        /// The name in the cloud.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
        /// The tags by which it is known to somebody else's keyform, if it is.
        ownership: Tags,
        /// The revision of its record; 0 without one.
        revision: u64,
    },
    /// No instance is bound to the pair but those that this plan moves away.
    #[serde(rename_all = "camelCase")]
    BoundNowhere {
        /// Where.
        region: Region,
        /// The name in the cloud.
        name: CloudName,
    },
    /// The record at an address last changed at this revision; 0 without one.
    #[serde(rename_all = "camelCase")]
    Revision {
        /// Of what.
        address: Address,
        /// When.
        revision: u64,
    },
}

/// Why a step is in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Cause {
    /// The manifests declare it, and it is not there.
    Declared,
    /// It was there and is gone.
    Gone,
    /// It was found, and is known by its tags and its key.
    Found,
    /// The pair was found without its private key, bound to nothing.
    KeyLost,
    /// An earlier run let the service make the pair, and the answer with the private key was lost;
    /// nothing is bound to it.
    AnswerLost,
    /// Tags differ from what the manifests say.
    TagsDiffer,
    /// Ownership tags are missing.
    OwnershipMissing,
    /// It is in another resource group than its manifest says.
    ResourceGroupDiffers,
    /// It is bound to nothing.
    Unbound,
    /// It is bound to another pair of this project.
    BoundToOther(CloudName),
    /// Somebody else bound it to this, or to nothing, in the place of a pair of this project.
    Retaken(Option<CloudName>),
    /// What is bound is not in effect yet.
    NotInEffect,
    /// What is bound is in effect, and it was not shown yet that one can log on with it.
    NotProven,
    /// No manifest declares it any more.
    NotDeclared,
    /// It does not exist any more.
    InstanceGone,
    /// Somebody else bound it to another pair, or unbound it, and no manifest wants it.
    LetGo,
    /// Its unbinding has taken effect.
    UnbindingInEffect,
    /// It was forgotten, and what its guest may accept has changed since.
    GuestChanged,
    /// Its record differs from what the manifests say of it or of its binding.
    RecordDiffers,
    /// It is a kept generation that the manifests want again.
    WantedAgain,
    /// A later generation has taken its place.
    Superseded,
    /// The selector of its binding does not select it any more.
    LeftSelector,
    /// A Removal lets go of it.
    Released,
    /// Its manifest takes it over.
    Adopted,
    /// Nothing of it is wanted any more, or the instance is not as it was when it was approved.
    NotDeferred,
    /// No manifest declares it any more, and no pair has it.
    Unused,
}

/// The key of a pair that is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum PairKey {
    /// This plan makes it, in the step before.
    Made,
    /// The vault has its private half.
    #[serde(rename_all = "camelCase")]
    Held {
        /// Its public half as one OpenSSH line.
        public_key: String,
    },
    /// A person gave its public half, and has the private one.
    #[serde(rename_all = "camelCase")]
    Given {
        /// As one OpenSSH line.
        public_key: String,
        /// Its fingerprint, as the service will show it.
        fingerprint: Fingerprint,
        /// Its type, bits and SHA256 fingerprint, for people.
        summary: String,
    },
}

impl Expectation {
    /// [`Expectation::PairOurs`].
    pub(super) fn pair_ours(
        region: &Region,
        name: &CloudName,
        fingerprint: Fingerprint,
        revision: u64,
    ) -> Self {
        Self::PairOurs { region: region.clone(), name: name.clone(), fingerprint, revision }
    }
}

impl Cause {
    /// Whether a pair is deleted for this to be made again, or because it came about by half: no
    /// instance waits for that, and no private key is put aside after it.
    #[must_use]
    pub fn is_of_lost_key(&self) -> bool {
        matches!(self, Self::KeyLost | Self::AnswerLost)
    }
}
