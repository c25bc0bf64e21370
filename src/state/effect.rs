//! Effect: whether what is bound is what the guest accepts. The only place that reads StartTime
//! and CreationTime.

use super::{
    entry::Intent,
    record::{Bound, Effect, Effective, Evidence, RecordInstance, RecordProof},
    records::Records,
};
use crate::model::{InstanceRef, InstanceStatus, ObservedInstance, Region, ServiceTime};

impl Records {
    /// Whether what an instance is seen bound to, `bound`, is what its guest accepts. When the pair
    /// was made matters only for a binding that is not recorded.
    #[must_use]
    pub fn effect(
        &self,
        region: &Region,
        observed: &ObservedInstance,
        bound: Option<&Bound>,
        pair_creation_time: Option<ServiceTime>,
    ) -> Effect {
        let at = observed.id.in_region(region);
        let effect = effect_of(EffectInputs {
            record: self.instance(&at),
            intent: self.intent(&at),
            bound,
            status: Some(observed.status),
            start_time: observed.start_time,
            pair_creation_time,
        });
        match (effect, self.guest(&at), bound) {
            // What was forgotten shows that the guest may accept another key.
            (Effect::Assumed, Some(guest), Some(bound)) => {
                guest.seen(observed, Some(bound.fingerprint)).effect_of_found(bound)
            }
            (effect, ..) => effect,
        }
    }

    /// The same of an instance that was not seen, as if it were bound as it is recorded; none
    /// without a record.
    #[must_use]
    pub fn effect_unseen(&self, at: &InstanceRef) -> Option<Effect> {
        let record = self.instance(at)?;
        Some(effect_of(EffectInputs {
            record: Some(record),
            intent: self.intent(at),
            bound: record.bound.as_ref(),
            status: None,
            start_time: None,
            pair_creation_time: None,
        }))
    }

    /// Whether an instance is bound as it is recorded, and its guest accepts that.
    #[must_use]
    pub fn is_in_effect(&self, region: &Region, observed: &ObservedInstance) -> bool {
        self.evidence(region, observed).is_some()
    }

    /// Why that is known, if it is so.
    #[must_use]
    pub fn evidence(&self, region: &Region, observed: &ObservedInstance) -> Option<Evidence> {
        let bound = self.instance(&observed.id.in_region(region))?.bound.as_ref();
        if bound.map(|bound| &bound.name) != observed.bound.as_ref() {
            return None;
        }
        self.effect(region, observed, bound, None).evidence()
    }
}

/// What is known of an instance that is seen bound to `bound`, or to nothing.
#[derive(Clone, Copy, Debug)]
struct EffectInputs<'a> {
    /// Its record.
    record: Option<&'a RecordInstance>,
    /// A call on it whose outcome is unknown.
    intent: Option<&'a Intent>,
    /// What it is seen bound to.
    bound: Option<&'a Bound>,
    /// Its status, if it was seen.
    status: Option<InstanceStatus>,
    /// When the service last started it.
    start_time: Option<ServiceTime>,
    /// When the pair was made.
    pair_creation_time: Option<ServiceTime>,
}

impl EffectInputs<'_> {
    /// The evidence that it has started later than then, and is up. StartTime moves when a boot
    /// begins, and an instance that was seen down is not back before it is seen Running.
    fn started_after(&self, before: Option<ServiceTime>) -> Option<Evidence> {
        let is_in_transition = self.status.is_some_and(InstanceStatus::is_in_transition);
        let started = Evidence::of_start(before, self.start_time);
        started.filter(|_| !is_in_transition && !self.is_away())
    }

    fn is_running(&self) -> bool {
        self.status == Some(InstanceStatus::Running)
    }

    /// Whether it was seen down after a run had asked for its restart, and not Running since.
    fn is_away(&self) -> bool {
        let was_down = matches!(
            self.intent,
            Some(Intent::Restart { seen_down: Some(_), seen_back: None, .. })
        );
        was_down && !self.is_running()
    }
}

/// Whether what is bound is in effect.
///
/// Times of the service are compared with times of the service, at their precision. A doubt is
/// "not yet": it costs a restart that was not needed, where the other way round would leave an
/// instance on a key that everybody believes to be replaced.
fn effect_of(recorded: EffectInputs<'_>) -> Effect {
    if let Some(evidence) = evidence_of_restart(recorded) {
        return Effect::InEffect { evidence };
    }
    // A call that changes the binding may have taken effect after the record was written, also one
    // that ends where the record began.
    let may_have_moved =
        matches!(recorded.intent, Some(Intent::Attach { .. } | Intent::Detach { .. }));
    match recorded.record {
        Some(record) if record.bound.as_ref() == recorded.bound && !may_have_moved => {
            let started = match &record.effect {
                Effect::Pending { baseline, .. } => recorded.started_after(*baseline),
                Effect::InEffect { .. } | Effect::Assumed => None,
            };
            started.map_or_else(|| record.effect.clone(), |evidence| Effect::InEffect { evidence })
        }
        // The change happened after the record was written: the reading now is its baseline.
        Some(record) if recorded.intent.is_some() || recorded.bound.is_none() => {
            Effect::Pending { baseline: recorded.start_time, effective: effective(record) }
        }
        _ => effect_of_found(recorded),
    }
}

/// The evidence that a run has restarted the instance while it was bound as it is now, whatever was
/// recorded before.
fn evidence_of_restart(recorded: EffectInputs<'_>) -> Option<Evidence> {
    let name = recorded.bound.map(|bound| &bound.name);
    match recorded.intent {
        Some(Intent::PutBack { bound, evidence }) if bound.as_ref() == name => Some(*evidence),
        Some(Intent::Restart { start_time, bound, seen_down, seen_back, at: _ })
            if bound.as_ref() == name =>
        {
            let is_back = seen_back.or(seen_down.filter(|_| recorded.is_running()));
            let evidence = is_back.map(|at| Evidence::SeenBack { at });
            recorded.started_after(*start_time).or(evidence)
        }
        _ => None,
    }
}

/// A binding that is found without a record of it.
fn effect_of_found(recorded: EffectInputs<'_>) -> Effect {
    let attached_by_us = matches!(
        (recorded.intent, recorded.bound),
        (Some(Intent::Attach { name, .. }), Some(bound)) if *name == bound.name
    );
    if attached_by_us || is_later(recorded.pair_creation_time, recorded.start_time) {
        Effect::Pending { baseline: recorded.start_time, effective: Effective::Unknown }
    } else {
        Effect::Assumed
    }
}

/// What the guest of a recorded instance accepts.
#[must_use]
pub fn effective(record: &RecordInstance) -> Effective {
    match (&record.effect, &record.bound) {
        (Effect::Pending { effective, .. }, _) => *effective,
        (Effect::InEffect { .. }, Some(bound)) => Effective::Key(bound.fingerprint),
        (Effect::InEffect { .. }, None) => Effective::Password,
        (Effect::Assumed, _) => Effective::Unknown,
    }
}

/// What is recorded of the proof of an instance that has just been bound anew, or whose binding has
/// just taken effect: it is pending again, if its binding asks for one.
pub(super) fn pending_proof(
    is_asked_for: bool,
    before: Option<&RecordInstance>,
) -> Option<RecordProof> {
    let before = before.map_or(Effective::Unknown, effective);
    is_asked_for.then_some(RecordProof::Pending { before })
}

fn is_later(time: Option<ServiceTime>, than: Option<ServiceTime>) -> bool {
    matches!((time, than), (Some(time), Some(than)) if time.is_after(than))
}

#[cfg(test)]
mod tests;
