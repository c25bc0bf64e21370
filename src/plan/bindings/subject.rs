//! An instance as the planner looks at it: what was seen of it, what is recorded, and what its guest
//! accepts.

use std::collections::BTreeSet;

use super::accepted::accepted;
use crate::{
    manifest::Origin,
    model::{Address, CloudName, Fingerprint, InstanceRef, ObservedInstance, RestartPolicy},
    plan::{
        Inputs,
        ownership::{observed_pair, ours},
    },
    state::{Bound, Effect, InFlight, Intent, RecordGuest, RecordInstance, RecordProof},
};

/// An instance that was seen, with its record.
#[derive(Clone, Copy)]
pub(in crate::plan) struct InstanceView<'a> {
    inputs: Inputs<'a>,
    pub(in crate::plan) at: &'a InstanceRef,
    pub(in crate::plan) observed: &'a ObservedInstance,
    pub(in crate::plan) record: Option<&'a RecordInstance>,
    /// What its guest may accept by an earlier record, which was forgotten.
    guest: Option<&'a RecordGuest>,
    /// A call on it of which the outcome is unknown.
    pub(in crate::plan) intent: Option<&'a Intent>,
    /// How far a restart is that an earlier run has begun.
    pub(in crate::plan) in_flight: InFlight,
    /// The revision of its record; 0 without one.
    pub(in crate::plan) revision: u64,
    /// Where the wish was written.
    pub(in crate::plan) origin: Option<&'a Origin>,
}

impl<'a> InstanceView<'a> {
    pub(in crate::plan) fn new(
        inputs: Inputs<'a>,
        at: &'a InstanceRef,
        observed: &'a ObservedInstance,
        origin: Option<&'a Origin>,
    ) -> Self {
        Self {
            inputs,
            at,
            observed,
            record: inputs.recorded.instance(at),
            guest: inputs.recorded.guest(at),
            intent: inputs.recorded.intent(at),
            in_flight: inputs.recorded.in_flight(&at.region, observed),
            revision: inputs.recorded.revision(&Address::Instance(at.clone())),
            origin,
        }
    }

    pub(in crate::plan) fn address(&self) -> Address {
        Address::Instance(self.at.clone())
    }

    /// Whether it may be prepared for a restart, or back from one, and not be put back yet.
    pub(in crate::plan) fn is_half_done(&self, restart: &RestartPolicy) -> bool {
        self.record.is_some_and(|record| record.is_half_done(restart))
    }

    /// Whether something is left to be seen to its end of the restart that an earlier run was about
    /// to ask for: its return, or the hook that puts it back. Without a sign of it the restart has
    /// its time like one that nobody has asked for.
    pub(in crate::plan) fn is_begun(&self, restart: &RestartPolicy) -> bool {
        self.in_flight == InFlight::Returning || self.is_half_done(restart)
    }

    /// The keys that its guest may accept until its restart.
    pub(in crate::plan) fn accepted_keys(&self) -> BTreeSet<Fingerprint> {
        self.unproven_keys().into_iter().chain(accepted(self.inputs, self.at)).collect()
    }

    /// The keys that its guest may accept until its proof.
    pub(in crate::plan) fn unproven_keys(&self) -> BTreeSet<Fingerprint> {
        let unproven = self.record.and_then(RecordInstance::unproven_key);
        self.guest.into_iter().flat_map(RecordGuest::keys).chain(unproven).collect()
    }

    /// Whether its proof is pending.
    pub(in crate::plan) fn is_unproven(&self) -> bool {
        let proof = self.record.and_then(|record| record.proof.as_ref());
        matches!(proof, Some(RecordProof::Pending { .. }))
    }

    /// Whether what it is bound to is what its guest accepts.
    pub(in crate::plan) fn effect(&self, inputs: Inputs<'_>, bound: Option<&Bound>) -> Effect {
        let pair = bound.and_then(|bound| observed_pair(inputs, &self.at.region, &bound.name));
        let created = pair.and_then(|pair| pair.creation_time);
        inputs.recorded.effect(&self.at.region, self.observed, bound, created)
    }

    /// What it was bound to by this project, if somebody else has changed that.
    ///
    /// A reading may lag behind a change of ours, so that a call of which the outcome is unknown
    /// explains every difference.
    pub(in crate::plan) fn taken_from(&self) -> Option<&'a CloudName> {
        let recorded = self.record?.bound.as_ref().map(|bound| &bound.name)?;
        let changed = self.observed.bound.as_ref() != Some(recorded);
        (changed && self.intent.is_none()).then_some(recorded)
    }

    /// Whether a run was about to bind it to a pair, and could not record what became of that.
    pub(in crate::plan) fn is_intended(&self, to: &CloudName) -> bool {
        matches!(self.intent, Some(Intent::Attach { name, .. }) if name == to)
    }

    /// The pair that it is bound to and that this project did not make.
    pub(in crate::plan) fn foreign(&self, inputs: Inputs<'_>) -> Option<&'a CloudName> {
        let bound = self.observed.bound.as_ref()?;
        ours(inputs, &self.at.region, bound).is_none().then_some(bound)
    }
}
