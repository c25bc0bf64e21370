//! What the guest of a forgotten instance may accept: it outlives the record of the binding.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record::{Bound, Effect, Effective, Evidence, RecordInstance, RecordProof};
use crate::model::{Fingerprint, ObservedInstance, ServiceTime};

/// What the guest of an instance may accept whose record was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordGuest {
    /// The keys of this project's pairs that it may accept.
    pub accepts: BTreeSet<Fingerprint>,
    /// The key of the pair that it was bound to, if that was one of this project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Fingerprint>,
    /// StartTime then: a later one means that what was bound at that boot is in effect. Absent if the
    /// instance was on its way from one status to another: its boot may have begun before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<ServiceTime>,
    /// When this record last changed.
    pub revision: u64,
}

impl RecordGuest {
    /// What the guest of a recorded instance may accept, as far as the record tells, and whether a
    /// run may have asked for a restart whose end no run has seen.
    #[must_use]
    pub fn of(record: &RecordInstance, is_restart_asked: bool) -> Self {
        let bound = record.bound.as_ref().map(|bound| bound.fingerprint);
        let (start_time, effective) = match &record.effect {
            Effect::Pending { baseline, effective } => (*baseline, effective.key()),
            Effect::InEffect { evidence: Evidence::StartTimeMoved { to, .. } } => {
                (Some(*to), bound)
            }
            Effect::InEffect { evidence: Evidence::SeenBack { .. } } | Effect::Assumed => {
                (None, bound)
            }
        };
        let restarted = bound.filter(|_| is_restart_asked);
        let accepts = [effective, record.unproven_key(), restarted].into_iter().flatten().collect();
        Self { accepts, bound, start_time, revision: 0 }
    }

    /// What the guest of an instance may accept that is found bound to a pair of this project without a
    /// record.
    #[must_use]
    pub fn of_found(bound: Fingerprint, observed: &ObservedInstance) -> Self {
        let accepts = BTreeSet::from([bound]);
        Self { accepts, bound: Some(bound), start_time: settled_start(observed), revision: 0 }
    }

    /// The same with what is seen now; `bound` is the key that the instance is bound to, if that is
    /// one of this project's pairs.
    ///
    /// A boot takes what was bound then. That is what it was bound to at the last look or at this
    /// one: others may have rebound it before the boot, or after it.
    #[must_use]
    pub fn seen(&self, observed: &ObservedInstance, bound: Option<Fingerprint>) -> Self {
        let started = Evidence::of_start(self.start_time, observed.start_time).is_some();
        let taken = [self.bound, bound].into_iter().flatten();
        let accepts = match (started, self.start_time == observed.start_time) {
            (true, _) if !observed.status.is_in_transition() => taken.collect(),
            (false, true) if !observed.status.is_in_transition() => self.accepts.clone(),
            // It is on its way up, or nothing shows whether it has booted.
            _ => self.accepts.iter().copied().chain(taken).collect(),
        };
        Self { accepts, bound, start_time: settled_start(observed), revision: self.revision }
    }

    /// Whether nothing that this project has depends on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accepts.is_empty() && self.bound.is_none()
    }

    /// Whether a pair that the instance is found bound to is in effect, as far as this tells.
    pub(super) fn effect_of_found(&self, bound: &Bound) -> Effect {
        let mut keys = self.accepts.iter();
        let effective = match (keys.next(), keys.next()) {
            (Some(key), None) if *key == bound.fingerprint => return Effect::Assumed,
            (None, _) => return Effect::Assumed,
            (Some(key), None) => Effective::Key(*key),
            _ => Effective::Unknown,
        };
        Effect::Pending { baseline: self.start_time, effective }
    }

    /// All keys that the guest may accept now or after a boot.
    pub fn keys(&self) -> impl Iterator<Item = Fingerprint> {
        self.accepts.iter().copied().chain(self.bound)
    }

    /// Whether it says the same of what the guest accepts, and will accept after a boot, and knows a
    /// boot by as much.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        self.accepts == other.accepts
            && self.bound == other.bound
            && self.start_time.is_some() == other.start_time.is_some()
    }

    /// Leaves only keys that are recorded.
    pub(super) fn retain(&mut self, known: &BTreeSet<Fingerprint>) {
        self.accepts.retain(|key| known.contains(key));
        self.bound = self.bound.filter(|key| known.contains(key));
    }
}

/// StartTime of an instance that is not on its way from one status to another.
fn settled_start(observed: &ObservedInstance) -> Option<ServiceTime> {
    observed.start_time.filter(|_| !observed.status.is_in_transition())
}

impl RecordInstance {
    /// The key that the guest accepted before, while it is not proven that it refuses that now.
    #[must_use]
    pub fn unproven_key(&self) -> Option<Fingerprint> {
        match self.proof {
            Some(RecordProof::Pending { before }) => before.key(),
            _ => None,
        }
    }

    /// Whether it says all that is to be known of the guest: what is bound is in effect, and a
    /// proof is not pending.
    pub(super) fn is_sure(&self) -> bool {
        matches!(self.effect, Effect::InEffect { .. })
            && !matches!(self.proof, Some(RecordProof::Pending { .. }))
    }
}

impl Effective {
    /// The key, if it is one.
    #[must_use]
    pub fn key(self) -> Option<Fingerprint> {
        match self {
            Self::Key(fingerprint) => Some(fingerprint),
            Self::Password | Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstanceId, InstanceStatus, Tags};

    fn key(number: u8) -> Fingerprint {
        Fingerprint::from_bytes([number; 16])
    }

    fn time(minute: u8) -> Option<ServiceTime> {
        ServiceTime::parse(&format!("2026-01-01T00:{minute:02}Z"))
    }

    fn seen(status: InstanceStatus, start_time: Option<ServiceTime>) -> ObservedInstance {
        ObservedInstance {
            id: InstanceId::new("i-bp1a0001"),
            name: String::new(),
            status,
            os_type: "linux".to_owned(),
            instance_type_family: "ecs.g7".to_owned(),
            io_optimized: true,
            bound: None,
            start_time,
            tags: Tags::new(),
            locks: Vec::new(),
            private_address: None,
            public_address: None,
        }
    }

    /// Bound to key 2 while it accepted key 1: what it may accept by what is seen later.
    #[test]
    fn only_a_boot_changes_what_a_guest_accepts_and_a_doubt_adds_to_it() {
        use InstanceStatus::{Running, Starting, Stopped};
        let guest = RecordGuest {
            accepts: BTreeSet::from([key(1)]),
            bound: Some(key(2)),
            start_time: time(5),
            revision: 0,
        };
        for (status, start_time, bound, accepts) in [
            (Running, time(5), Some(key(2)), &[1][..]),
            (Stopped, time(5), None, &[1]),
            (Running, time(6), Some(key(2)), &[2]),
            (Running, time(6), None, &[2]),
            (Stopped, time(6), Some(key(3)), &[2, 3]),
            (Starting, time(5), Some(key(2)), &[1, 2]),
            (Starting, time(6), None, &[1, 2]),
            (Running, None, Some(key(3)), &[1, 2, 3]),
        ] {
            let next = guest.seen(&seen(status, start_time), bound);
            let accepts = accepts.iter().map(|number| key(*number)).collect();
            assert_eq!(next.accepts, accepts, "{status}, {start_time:?}, {bound:?}");
            assert_eq!(next.bound, bound);
            assert_eq!(next.start_time, start_time.filter(|_| status != Starting));
        }
        // The boot that it was in took what was bound before, although it ended after that look.
        let in_boot = guest.seen(&seen(Starting, time(5)), None);
        let after = in_boot.seen(&seen(Running, time(6)), None);
        assert_eq!(after.accepts, BTreeSet::from([key(1), key(2)]));
        assert!(!after.is_alike(&in_boot), "the next boot will be known");
        assert!(after.seen(&seen(Running, time(7)), None).is_empty());
        let theirs = guest.seen(&seen(Running, time(6)), None).seen(&seen(Running, time(7)), None);
        assert!(theirs.is_empty(), "a second boot shows that it accepts nothing of ours");
    }
}
