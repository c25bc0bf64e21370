//! Effect: whether what is bound is what the guest accepts. The only place that reads StartTime
//! and CreationTime.

use super::{
    entry::Intent,
    facts::Facts,
    record::{Bound, Effect, Effective, RecordInstance, RecordProof},
};
use crate::model::{InstanceId, ObservedInstance, Region, ServiceTime};

impl Facts {
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
        effect_of(InstanceFacts {
            record: self.instance(region, &observed.id),
            intent: self.intent(region, &observed.id),
            bound,
            is_in_transition: observed.status.is_in_transition(),
            start_time: observed.start_time,
            pair_creation_time,
        })
    }

    /// The same of an instance that was not seen, as if it were bound as it is recorded; none
    /// without a record.
    #[must_use]
    pub fn effect_unseen(&self, region: &Region, id: &InstanceId) -> Option<Effect> {
        let record = self.instance(region, id)?;
        Some(effect_of(InstanceFacts {
            record: Some(record),
            intent: self.intent(region, id),
            bound: record.bound.as_ref(),
            is_in_transition: false,
            start_time: None,
            pair_creation_time: None,
        }))
    }

    /// Whether an instance is bound as it is recorded, and its guest accepts that.
    #[must_use]
    pub fn is_in_effect(&self, region: &Region, observed: &ObservedInstance) -> bool {
        self.instance(region, &observed.id).is_some_and(|record| {
            let bound = record.bound.as_ref();
            bound.map(|bound| &bound.name) == observed.bound.as_ref()
                && self.effect(region, observed, bound, None) == Effect::InEffect
        })
    }
}

/// What is known of an instance that is seen bound to `bound`, or to nothing.
#[derive(Clone, Copy, Debug)]
struct InstanceFacts<'a> {
    /// Its record.
    record: Option<&'a RecordInstance>,
    /// A call on it whose outcome is unknown.
    intent: Option<&'a Intent>,
    /// What it is seen bound to.
    bound: Option<&'a Bound>,
    /// Whether it is on its way from one status to another: StartTime can move before it is up.
    is_in_transition: bool,
    /// When the service last started it.
    start_time: Option<ServiceTime>,
    /// When the pair was made.
    pair_creation_time: Option<ServiceTime>,
}

/// Whether what is bound is in effect.
///
/// Times of the service are compared with times of the service, at their precision. A doubt is
/// "not yet": it costs a restart that was not needed, where the other way round would leave an
/// instance on a key that everybody believes to be replaced.
fn effect_of(facts: InstanceFacts<'_>) -> Effect {
    if has_restarted_for_it(facts) {
        return Effect::InEffect;
    }
    // A call that changes the binding may have taken effect after the record was written, also one
    // that ends where the record began.
    let may_have_moved =
        matches!(facts.intent, Some(Intent::Attach { .. } | Intent::Detach { .. }));
    match facts.record {
        Some(record) if record.bound.as_ref() == facts.bound && !may_have_moved => {
            match &record.effect {
                Effect::Pending { baseline, .. }
                    if is_later(facts.start_time, *baseline) && !facts.is_in_transition =>
                {
                    Effect::InEffect
                }
                recorded => recorded.clone(),
            }
        }
        // The change happened after the record was written: the reading now is its baseline.
        Some(record) if facts.intent.is_some() || facts.bound.is_none() => {
            Effect::Pending { baseline: facts.start_time, effective: effective(record) }
        }
        _ => effect_of_found(facts),
    }
}

/// Whether it is known that a run has restarted the instance while it was bound as it is now,
/// whatever was recorded before.
fn has_restarted_for_it(facts: InstanceFacts<'_>) -> bool {
    let name = facts.bound.map(|bound| &bound.name);
    match facts.intent {
        Some(Intent::PutBack { bound }) => bound.as_ref() == name,
        Some(Intent::Restart { start_time, bound }) => {
            let is_over = is_later(facts.start_time, *start_time) && !facts.is_in_transition;
            is_over && bound.as_ref() == name
        }
        _ => false,
    }
}

/// A binding that is found without a record of it.
fn effect_of_found(facts: InstanceFacts<'_>) -> Effect {
    let attached_by_us = matches!(
        (facts.intent, facts.bound),
        (Some(Intent::Attach { name }), Some(bound)) if *name == bound.name
    );
    if attached_by_us || is_later(facts.pair_creation_time, facts.start_time) {
        Effect::Pending { baseline: facts.start_time, effective: Effective::Unknown }
    } else {
        Effect::Assumed
    }
}

/// What the guest of a recorded instance accepts.
#[must_use]
pub fn effective(record: &RecordInstance) -> Effective {
    match (&record.effect, &record.bound) {
        (Effect::Pending { effective, .. }, _) => *effective,
        (Effect::InEffect, Some(bound)) => Effective::Key(bound.fingerprint),
        (Effect::InEffect, None) => Effective::Password,
        (Effect::Assumed, _) => Effective::Unknown,
    }
}

/// What is recorded of the proof of an instance that has just been bound anew, or whose binding has
/// just taken effect: it is owed again, if its binding asks for one.
pub(super) fn proof_owed(
    is_asked_for: bool,
    before: Option<&RecordInstance>,
) -> Option<RecordProof> {
    let before = before.map_or(Effective::Unknown, effective);
    is_asked_for.then_some(RecordProof::Owed { before })
}

fn is_later(time: Option<ServiceTime>, than: Option<ServiceTime>) -> bool {
    matches!((time, than), (Some(time), Some(than)) if time.is_after(than))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        BindingName, CloudName, Fingerprint, MaxUnavailable, RestartPolicy, RestartWhen,
    };

    fn time(text: &str) -> Option<ServiceTime> {
        Some(ServiceTime::parse(text).expect("a time of the service"))
    }

    fn bound(name: &str) -> Bound {
        Bound { name: CloudName::new(name), fingerprint: Fingerprint::from_bytes([7; 16]) }
    }

    fn record(bound: Option<Bound>, effect: Effect) -> RecordInstance {
        RecordInstance {
            binding: BindingName::new("web-fleet"),
            restart: RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(1)),
            bound,
            effect,
            retaken: None,
            proof: None,
            restart_seconds: None,
            moved: None,
            prepared: None,
            revision: 1,
        }
    }

    fn pending(baseline: &str, effective: Effective) -> Effect {
        Effect::Pending { baseline: time(baseline), effective }
    }

    #[test]
    fn a_recorded_binding_is_in_effect_once_the_service_says_it_started_later() {
        let web = bound("web");
        let record = record(Some(web.clone()), pending("2026-01-01T00:05Z", Effective::Password));
        for (start, effect) in [
            ("2026-01-01T00:04Z", record.effect.clone()),
            ("2026-01-01T00:05Z", record.effect.clone()),
            ("2026-01-01T00:05:59Z", record.effect.clone()),
            ("2026-01-01T00:06Z", Effect::InEffect),
        ] {
            let facts = InstanceFacts {
                record: Some(&record),
                intent: None,
                is_in_transition: false,
                bound: Some(&web),
                start_time: time(start),
                pair_creation_time: None,
            };
            assert_eq!(effect_of(facts), effect, "started {start}");
        }
    }

    #[test]
    fn an_instance_that_is_still_on_its_way_up_accepts_nothing_yet() {
        let web = bound("web");
        let record = record(Some(web.clone()), pending("2026-01-01T00:05Z", Effective::Password));
        let facts = InstanceFacts {
            record: Some(&record),
            intent: None,
            is_in_transition: true,
            bound: Some(&web),
            start_time: time("2026-01-01T00:06Z"),
            pair_creation_time: None,
        };
        assert_eq!(effect_of(facts), record.effect);
    }

    #[test]
    fn a_binding_without_a_record_is_pending_only_if_it_cannot_be_in_effect() {
        let web = bound("web");
        for (start, created, effect) in [
            (
                "2026-01-01T00:04Z",
                "2026-01-01T00:05Z",
                pending("2026-01-01T00:04Z", Effective::Unknown),
            ),
            ("2026-01-01T00:05Z", "2026-01-01T00:05Z", Effect::Assumed),
            ("2026-01-01T00:06Z", "2026-01-01T00:05Z", Effect::Assumed),
        ] {
            let facts = InstanceFacts {
                record: None,
                intent: None,
                is_in_transition: false,
                bound: Some(&web),
                start_time: time(start),
                pair_creation_time: time(created),
            };
            assert_eq!(effect_of(facts), effect, "started {start}, created {created}");
        }
    }

    #[test]
    fn an_attach_without_an_outcome_counts_from_the_reading_that_confirms_it() {
        let web = bound("web");
        let intent = Intent::Attach { name: web.name.clone() };
        let facts = InstanceFacts {
            record: None,
            intent: Some(&intent),
            is_in_transition: false,
            bound: Some(&web),
            start_time: time("2026-01-01T00:09Z"),
            pair_creation_time: time("2026-01-01T00:05Z"),
        };
        assert_eq!(effect_of(facts), pending("2026-01-01T00:09Z", Effective::Unknown));
    }

    #[test]
    fn what_was_seen_back_is_in_effect_whether_its_start_time_has_moved_or_not() {
        let web = bound("web");
        let record = record(Some(web.clone()), pending("2026-01-01T00:05Z", Effective::Password));
        let facts = InstanceFacts {
            record: Some(&record),
            intent: Some(&Intent::PutBack { bound: Some(web.name.clone()) }),
            is_in_transition: false,
            bound: Some(&web),
            start_time: time("2026-01-01T00:05Z"),
            pair_creation_time: None,
        };
        assert_eq!(effect_of(facts), Effect::InEffect);
    }

    /// A record may be older than what is bound, by somebody else's doing.
    #[test]
    fn a_restart_without_an_outcome_is_one_for_what_was_bound_then() {
        let (web, ops) = (bound("web"), bound("ops"));
        let recorded = record(Some(web.clone()), Effect::InEffect);
        let before = Intent::Restart { start_time: time("2026-01-01T00:05Z"), bound: None };
        let put_back = Intent::PutBack { bound: None };
        let at = |bound, intent, start| {
            effect_of(InstanceFacts {
                record: Some(&recorded),
                intent: Some(intent),
                is_in_transition: false,
                bound,
                start_time: time(start),
                pair_creation_time: time("2026-01-01T00:00Z"),
            })
        };
        assert_eq!(at(None, &before, "2026-01-01T00:06Z"), Effect::InEffect);
        assert!(matches!(at(None, &before, "2026-01-01T00:05Z"), Effect::Pending { .. }));
        assert!(matches!(at(Some(&ops), &before, "2026-01-01T00:06Z"), Effect::Pending { .. }));
        assert_eq!(at(None, &put_back, "2026-01-01T00:05Z"), Effect::InEffect);
        assert!(matches!(at(Some(&ops), &put_back, "2026-01-01T00:05Z"), Effect::Pending { .. }));
    }

    #[test]
    fn an_unbinding_is_pending_and_keeps_what_the_guest_accepts() {
        let record = record(Some(bound("web")), Effect::InEffect);
        let facts = InstanceFacts {
            record: Some(&record),
            intent: None,
            is_in_transition: false,
            bound: None,
            start_time: time("2026-01-01T00:09Z"),
            pair_creation_time: None,
        };
        let effective = Effective::Key(Fingerprint::from_bytes([7; 16]));
        assert_eq!(effect_of(facts), pending("2026-01-01T00:09Z", effective));
    }

    /// Somebody bound an instance of ours to another pair: what its guest accepts is not known from
    /// our record any more.
    #[test]
    fn the_effect_of_a_binding_by_somebody_else_is_that_of_one_that_is_found() {
        let record = record(Some(bound("web")), Effect::InEffect);
        let facts = InstanceFacts {
            record: Some(&record),
            intent: None,
            bound: Some(&bound("theirs")),
            is_in_transition: false,
            start_time: None,
            pair_creation_time: None,
        };
        assert_eq!(effect_of(facts), Effect::Assumed);
    }
}
