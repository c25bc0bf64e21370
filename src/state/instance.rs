//! How the record of an instance changes: one function for each thing that becomes of it.
//!
//! What makes a new record names every field of the one before, so that a new field cannot be
//! forgotten; the others change one field.

use super::{
    effect::{effective, pending_proof},
    record::{Bound, Effect, Effective, Evidence, RecordInstance, RecordProof},
};
use crate::model::{BindingName, Fingerprint, RestartPolicy, ServiceTime, Timestamp};

/// The binding that an instance belongs to, as it is recorded.
#[derive(Clone, Copy, Debug)]
pub struct BindingTerms<'a> {
    /// Its name.
    pub binding: &'a BindingName,
    /// Its policy.
    pub restart: &'a RestartPolicy,
    /// Whether it asks for a proof that one can log on.
    pub is_proof_asked: bool,
}

/// What the next record of an instance has from the one before, unless it says otherwise.
#[derive(Default)]
struct Kept {
    retaken: Option<Timestamp>,
    restart_seconds: Option<u32>,
    moved: Option<Timestamp>,
    prepared: Option<Timestamp>,
}

impl Kept {
    fn of(before: Option<&RecordInstance>) -> Self {
        let Some(before) = before else { return Self::default() };
        let &RecordInstance {
            binding: _,
            restart: _,
            bound: _,
            effect: _,
            retaken,
            proof: _,
            restart_seconds,
            moved,
            prepared,
            revision: _,
        } = before;
        Self { retaken, restart_seconds, moved, prepared }
    }
}

impl RecordInstance {
    /// A run has bound or unbound the instance, which was last started at this time of the service.
    #[must_use]
    pub fn rebound(
        before: Option<&Self>,
        terms: BindingTerms<'_>,
        bound: Option<Bound>,
        start_time: Option<ServiceTime>,
        now: Timestamp,
        is_retaken: bool,
    ) -> Self {
        let kept = Kept::of(before);
        Self {
            binding: terms.binding.clone(),
            restart: terms.restart.clone(),
            bound,
            effect: Effect::Pending {
                baseline: start_time,
                effective: before
                    .map_or(Effective::Unknown, |before| before.effective_since(start_time)),
            },
            retaken: if is_retaken { Some(now) } else { kept.retaken },
            proof: pending_proof(terms.is_proof_asked, before),
            restart_seconds: kept.restart_seconds,
            moved: Some(now),
            prepared: kept.prepared,
            revision: 0,
        }
    }

    /// What the guest accepts whose instance was last started at this time of the service: a restart
    /// by people may have taken what is recorded as pending.
    fn effective_since(&self, start_time: Option<ServiceTime>) -> Effective {
        match (&self.effect, &self.bound) {
            (Effect::Pending { baseline, .. }, bound)
                if Evidence::of_start(*baseline, start_time).is_some() =>
            {
                bound
                    .as_ref()
                    .map_or(Effective::Password, |bound| Effective::Key(bound.fingerprint))
            }
            _ => effective(self),
        }
    }

    /// The same for a guest that nothing is known about: it may accept this key until its restart.
    #[must_use]
    pub fn accepting(mut self, fingerprint: Fingerprint) -> Self {
        if let Effect::Pending { effective: effective @ Effective::Unknown, .. } = &mut self.effect
        {
            *effective = Effective::Key(fingerprint);
        }
        self
    }

    /// What the instance is bound to has taken effect, which is known by this evidence; and it was put
    /// back, if it was prepared.
    #[must_use]
    pub fn taken_effect(
        before: Option<&Self>,
        terms: BindingTerms<'_>,
        bound: Option<Bound>,
        evidence: Evidence,
        took_seconds: Option<u32>,
    ) -> Self {
        let kept = Kept::of(before);
        Self {
            binding: terms.binding.clone(),
            restart: terms.restart.clone(),
            bound,
            effect: Effect::InEffect { evidence },
            retaken: kept.retaken,
            proof: pending_proof(terms.is_proof_asked, before),
            restart_seconds: took_seconds.or(kept.restart_seconds),
            moved: kept.moved,
            prepared: None,
            revision: 0,
        }
    }

    /// The instance was found bound. A restart that is still to come leaves its proof pending.
    #[must_use]
    pub fn found(
        before: Option<&Self>,
        terms: BindingTerms<'_>,
        bound: Bound,
        effect: Effect,
        is_restart_pending: bool,
    ) -> Self {
        let kept = Kept::of(before);
        let proof = before.and_then(|before| before.proof.clone());
        Self {
            binding: terms.binding.clone(),
            restart: terms.restart.clone(),
            bound: Some(bound),
            effect,
            retaken: kept.retaken,
            proof: if is_restart_pending {
                pending_proof(terms.is_proof_asked, before)
            } else {
                proof.filter(|_| terms.is_proof_asked)
            },
            restart_seconds: kept.restart_seconds,
            moved: kept.moved,
            prepared: kept.prepared,
            revision: 0,
        }
    }

    /// The instance was found unbound, and that is not in effect yet.
    #[must_use]
    pub fn found_unbound(&self, effect: Effect) -> Self {
        Self { bound: None, effect, proof: None, ..self.clone() }
    }

    /// The instance has started at this time of the service, and what is recorded as bound may not have
    /// taken effect by that: only a later start is evidence.
    #[must_use]
    pub fn missed(&self, start_time: Option<ServiceTime>) -> Self {
        let effect = Effect::Pending { baseline: start_time, effective: Effective::Unknown };
        Self { effect, ..self.clone() }
    }

    /// The instance may be prepared for a restart from now on.
    #[must_use]
    pub fn prepared(&self, now: Timestamp) -> Self {
        Self { prepared: Some(now), ..self.clone() }
    }

    /// The instance is put back.
    #[must_use]
    pub fn put_back(&self) -> Self {
        Self { prepared: None, ..self.clone() }
    }

    /// It was shown that one can log on to the instance.
    #[must_use]
    pub fn proven(&self, at: Timestamp) -> Self {
        Self { proof: Some(RecordProof::Shown { at }), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CloudName, Fingerprint, MaxUnavailable, RestartWhen};

    fn old() -> Fingerprint {
        Fingerprint::from_bytes([1; 16])
    }

    fn policy() -> RestartPolicy {
        RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(1))
    }

    fn moment(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    fn seen_back(milliseconds: i64) -> Evidence {
        Evidence::SeenBack { at: moment(milliseconds) }
    }

    fn before() -> RecordInstance {
        RecordInstance {
            binding: BindingName::new("old-fleet"),
            restart: policy(),
            bound: Some(Bound { name: CloudName::new("old"), fingerprint: old() }),
            effect: Effect::InEffect { evidence: seen_back(5) },
            retaken: Some(moment(1)),
            proof: Some(RecordProof::Shown { at: moment(2) }),
            restart_seconds: Some(40),
            moved: Some(moment(3)),
            prepared: Some(moment(4)),
            revision: 7,
        }
    }

    fn web() -> Bound {
        Bound { name: CloudName::new("web"), fingerprint: Fingerprint::from_bytes([2; 16]) }
    }

    #[test]
    fn each_change_of_a_record_keeps_what_it_does_not_change() {
        let (before, restart, binding) = (before(), policy(), BindingName::new("web-fleet"));
        let terms = BindingTerms { binding: &binding, restart: &restart, is_proof_asked: true };
        let deferred = Some(RecordProof::Pending { before: Effective::Key(old()) });
        let moved = RecordInstance {
            binding: binding.clone(),
            bound: Some(web()),
            effect: Effect::Pending { baseline: None, effective: Effective::Key(old()) },
            proof: deferred.clone(),
            moved: Some(moment(9)),
            revision: 0,
            ..before.clone()
        };
        let rebound = |is_retaken| {
            RecordInstance::rebound(Some(&before), terms, Some(web()), None, moment(9), is_retaken)
        };
        assert_eq!(rebound(false), moved);
        assert_eq!(rebound(true), RecordInstance { retaken: Some(moment(9)), ..moved.clone() });
        let in_effect = RecordInstance {
            effect: Effect::InEffect { evidence: seen_back(9) },
            moved: Some(moment(3)),
            prepared: None,
            ..moved
        };
        let taken_effect = |took| {
            let (bound, evidence) = (Some(web()), seen_back(9));
            RecordInstance::taken_effect(Some(&before), terms, bound, evidence, took)
        };
        assert_eq!(taken_effect(None), in_effect);
        assert_eq!(taken_effect(Some(50)).restart_seconds, Some(50));
        let found = |is_restart_pending| {
            RecordInstance::found(Some(&before), terms, web(), Effect::Assumed, is_restart_pending)
        };
        let pending =
            RecordInstance { effect: Effect::Assumed, prepared: Some(moment(4)), ..in_effect };
        assert_eq!(found(true), pending);
        assert_eq!(found(false), RecordInstance { proof: before.proof.clone(), ..pending });
        let unproven = BindingTerms { is_proof_asked: false, ..terms };
        let found = RecordInstance::found(Some(&before), unproven, web(), Effect::Assumed, false);
        assert_eq!(found.proof, None);
        let effect = Effect::Pending { baseline: None, effective: Effective::Unknown };
        assert_eq!(before.missed(None), RecordInstance { effect, ..before.clone() });
        let prepared = before.prepared(moment(9));
        assert_eq!(prepared, RecordInstance { prepared: Some(moment(9)), ..before.clone() });
        assert_eq!(prepared.put_back(), RecordInstance { prepared: None, ..before.clone() });
        let shown = Some(RecordProof::Shown { at: moment(9) });
        assert_eq!(before.proven(moment(9)), RecordInstance { proof: shown, ..before.clone() });
    }

    #[test]
    fn a_first_record_has_nothing_from_before() {
        let (restart, binding) = (policy(), BindingName::new("web-fleet"));
        let terms = BindingTerms { binding: &binding, restart: &restart, is_proof_asked: true };
        let first = RecordInstance::rebound(None, terms, Some(web()), None, moment(9), false);
        let deferred = RecordProof::Pending { before: Effective::Unknown };
        assert_eq!(first.effect, Effect::Pending { baseline: None, effective: Effective::Unknown });
        assert_eq!((first.proof, first.moved), (Some(deferred), Some(moment(9))));
        assert_eq!((first.retaken, first.restart_seconds, first.prepared), (None, None, None));
    }
}
