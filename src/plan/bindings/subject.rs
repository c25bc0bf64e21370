//! An instance as the planner looks at it: what was seen of it, what is recorded, and what its guest
//! accepts.

use crate::{
    manifest::Origin,
    model::{
        Address, CloudName, Fingerprint, InstanceId, InstanceStatus, ObservedInstance, Presence,
        Region, RestartPolicy,
    },
    plan::{
        Inputs,
        owned::{observed_pair, ours},
    },
    state::{
        Bound, Effect, Effective, InstanceFacts, Intent, RecordInstance, RecordProof, effect_of,
        effective,
    },
};

/// An instance that was seen, with its record.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Subject<'a> {
    pub(in crate::plan) region: &'a Region,
    pub(in crate::plan) observed: &'a ObservedInstance,
    pub(in crate::plan) record: Option<&'a RecordInstance>,
    /// A call on it of which the outcome is unknown.
    pub(in crate::plan) intent: Option<&'a Intent>,
    /// The revision of its record; 0 without one.
    pub(in crate::plan) revision: u64,
    /// Where the wish was written.
    pub(in crate::plan) origin: Option<&'a Origin>,
}

impl<'a> Subject<'a> {
    pub(in crate::plan) fn new(
        inputs: Inputs<'a>,
        region: &'a Region,
        observed: &'a ObservedInstance,
        origin: Option<&'a Origin>,
    ) -> Self {
        let address = Address::Instance(region.clone(), observed.id.clone());
        Self {
            region,
            observed,
            record: inputs.facts.instance(region, &observed.id),
            intent: inputs.facts.intents.get(&address),
            revision: inputs.facts.revision(&address),
            origin,
        }
    }

    pub(in crate::plan) fn address(&self) -> Address {
        Address::Instance(self.region.clone(), self.observed.id.clone())
    }

    /// Whether an earlier run has asked for a restart of which the end was not seen.
    pub(in crate::plan) fn is_restarted(&self) -> bool {
        matches!(self.intent, Some(Intent::Restart { .. } | Intent::PutBack { .. }))
    }

    /// Whether it may be prepared for a restart, or back from one, and not be put back yet.
    pub(in crate::plan) fn is_half_done(&self, restart: &RestartPolicy) -> bool {
        self.record.is_some_and(|record| record.prepared.is_some()) && restart.after.is_some()
    }

    /// Whether something is left to be seen to its end of the restart that an earlier run was about
    /// to ask for: its return, or the hook that puts it back. Without a sign of it the restart has
    /// its time like one that nobody has asked for.
    pub(in crate::plan) fn is_begun(&self, restart: &RestartPolicy) -> bool {
        let is_underway = self.observed.status.is_in_transition();
        self.is_restarted() && is_underway || self.is_half_done(restart)
    }

    /// Whether it is Stopped since an earlier run has restarted it, so that somebody has to start it.
    pub(in crate::plan) fn is_left_stopped(&self) -> bool {
        self.observed.status == InstanceStatus::Stopped && self.is_away()
    }

    /// Whether an earlier run has restarted it, and it went down and has not booted since: until it
    /// is back that run is why it is down, also once it is Stopped.
    pub(in crate::plan) fn is_away(&self) -> bool {
        match self.intent {
            Some(Intent::Restart { start_time: before, .. }) => {
                let times = self.observed.start_time.zip(*before);
                let has_booted = times.is_some_and(|(now, before)| now.is_after(before));
                self.observed.status != InstanceStatus::Running && !has_booted
            }
            _ => false,
        }
    }

    /// The key that its guest accepts, as far as that is recorded.
    pub(in crate::plan) fn effective_key(&self) -> Option<Fingerprint> {
        self.record.and_then(effective_key)
    }

    /// The key that its guest may accept until its proof.
    pub(in crate::plan) fn unproven_key(&self) -> Option<Fingerprint> {
        self.record.and_then(unproven_key)
    }

    /// Whether its proof is owed.
    pub(in crate::plan) fn is_unproven(&self) -> bool {
        let proof = self.record.and_then(|record| record.proof.as_ref());
        matches!(proof, Some(RecordProof::Owed { .. }))
    }

    /// Whether what it is bound to is what its guest accepts.
    pub(in crate::plan) fn effect(&self, inputs: Inputs<'_>, bound: Option<&Bound>) -> Effect {
        let pair = bound.and_then(|bound| observed_pair(inputs, self.region, &bound.name));
        effect_of(InstanceFacts {
            record: self.record,
            intent: self.intent,
            bound,
            is_in_transition: self.observed.status.is_in_transition(),
            start_time: self.observed.start_time,
            pair_creation_time: pair.and_then(|pair| pair.creation_time),
        })
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

    /// The pair that it is bound to and that this project did not make.
    pub(in crate::plan) fn foreign(&self, inputs: Inputs<'_>) -> Option<&'a CloudName> {
        let bound = self.observed.bound.as_ref()?;
        ours(inputs, self.region, bound).is_none().then_some(bound)
    }
}

fn effective_key(record: &RecordInstance) -> Option<Fingerprint> {
    match effective(record) {
        Effective::Key(fingerprint) => Some(fingerprint),
        Effective::Password | Effective::Unknown => None,
    }
}

/// The key that a guest accepted before, while it is not proven that it refuses that now.
fn unproven_key(record: &RecordInstance) -> Option<Fingerprint> {
    match record.proof {
        Some(RecordProof::Owed { before: Effective::Key(fingerprint) }) => Some(fingerprint),
        _ => None,
    }
}

/// What was read of an instance.
pub(in crate::plan) fn presence<'a>(
    inputs: Inputs<'a>,
    region: &Region,
    id: &InstanceId,
) -> Option<&'a Presence<ObservedInstance>> {
    inputs.observed.regions.get(region)?.instances.get(id)
}

/// Whether the guest of a recorded instance accepts the key of a pair by what was bound to it
/// earlier or is now. One that is gone accepts nothing.
pub(in crate::plan) fn accepts(
    inputs: Inputs<'_>,
    region: &Region,
    (id, record): (&InstanceId, &RecordInstance),
    pair: &Bound,
) -> bool {
    // Until it is proven that a guest has taken another key, it may still accept the one before.
    let is_effective = effective_key(record) == Some(pair.fingerprint)
        || unproven_key(record) == Some(pair.fingerprint);
    let observed = match presence(inputs, region, id) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return false,
        Some(Presence::Unseen) | None => return is_effective,
    };
    let bound = record.bound.as_ref();
    let subject = Subject::new(inputs, region, observed, None);
    // What somebody else changed counts at the next restart, like a change of ours.
    let is_as_recorded = observed.bound.as_ref() == bound.map(|bound| &bound.name);
    if is_as_recorded && subject.effect(inputs, bound) == Effect::InEffect {
        return bound == Some(pair) || unproven_key(record) == Some(pair.fingerprint);
    }
    is_effective
}
