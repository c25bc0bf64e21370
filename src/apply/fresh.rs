//! What this run has written so lately that a read may not show it yet.
//!
//! The service promises nowhere that a read shows the write before it. So absence, or the old value,
//! is no evidence for a minute after a write of ours.

use std::{collections::BTreeMap, time::Duration};

use crate::model::{CloudName, InstanceRef, Region, Timestamp};

/// For so long a read may not show a write. Nothing is documented; a minute is what the service rounds
/// its own times to.
pub(super) const SHOWN_WITHIN: Duration = Duration::from_secs(60);

/// The longest wait between two reads of a write that does not show.
const LONGEST: Duration = Duration::from_secs(32);

/// What this run has written lately.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    pairs: BTreeMap<(Region, CloudName), Timestamp>,
    /// With what each instance was bound to before.
    instances: BTreeMap<InstanceRef, (Timestamp, Option<CloudName>)>,
}

impl Fresh {
    /// A pair was made, changed or deleted.
    pub(super) fn wrote_pair(&mut self, region: &Region, name: &CloudName, now: Timestamp) {
        self.pairs.insert((region.clone(), name.clone()), now);
    }

    /// An instance was rebound that was bound to `from`.
    pub(super) fn rebound(&mut self, at: InstanceRef, from: Option<CloudName>, now: Timestamp) {
        self.instances.insert(at, (now, from));
    }

    /// Whether a read may not show what became of a pair.
    pub(super) fn is_pair_fresh(&self, region: &Region, name: &CloudName, now: Timestamp) -> bool {
        let written = self.pairs.get(&(region.clone(), name.clone()));
        written.is_some_and(|at| is_fresh(*at, now))
    }

    /// Whether an instance was bound to a pair a moment ago that this run has rebound.
    pub(super) fn was_bound(&self, region: &Region, name: &CloudName, now: Timestamp) -> bool {
        let mut here = self.instances.iter().filter(|(at, _)| at.region == *region);
        here.any(|(_, (at, from))| from.as_ref() == Some(name) && is_fresh(*at, now))
    }

    /// Whether a read that misses an instance, or shows what it was bound to before, may not show
    /// what became of it. `bound` is what it shows; none for an instance that it misses.
    pub(super) fn may_be_old(
        &self,
        at: &InstanceRef,
        bound: Option<&Option<CloudName>>,
        now: Timestamp,
    ) -> bool {
        let Some((written, from)) = self.instances.get(at) else { return false };
        is_fresh(*written, now) && bound.is_none_or(|bound| bound == from)
    }
}

fn is_fresh(written: Timestamp, now: Timestamp) -> bool {
    now.since(written) < SHOWN_WITHIN
}

/// The reads of a write until it shows: at once, and then after waits that double.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looks {
    since: Timestamp,
    wait: Duration,
}

impl Looks {
    /// The write was answered now.
    pub(super) fn since(now: Timestamp) -> Self {
        Self { since: now, wait: Duration::from_secs(1) }
    }

    /// When to read again what does not show; none when its time is over.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Timestamp> {
        let end = self.since.plus(SHOWN_WITHIN);
        if now >= end {
            return None;
        }
        let at = now.plus(self.wait).min(end);
        self.wait = (self.wait * 2).min(LONGEST);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstanceId;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1000)
    }

    #[test]
    fn a_write_is_read_again_after_waits_that_double_until_a_minute_is_over() {
        let (mut looks, mut now) = (Looks::since(second(100)), second(100));
        let mut seconds = Vec::new();
        while let Some(at) = looks.next(now) {
            seconds.push(at.since(second(100)).as_secs());
            now = at;
        }
        assert_eq!(seconds, [1, 3, 7, 15, 31, 60]);
    }

    #[test]
    fn only_absence_and_the_old_value_may_be_old_and_only_for_a_minute() {
        let region = Region::new("cn-hangzhou").expect("a region");
        let at = InstanceId::new("i-1").in_region(&region);
        let (old, new, third) =
            (Some(CloudName::new("old")), Some(CloudName::new("new")), Some(CloudName::new("x")));
        let mut fresh = Fresh::default();
        assert!(!fresh.may_be_old(&at, None, second(0)), "nothing was written");
        fresh.rebound(at.clone(), old.clone(), second(10));
        for (bound, seconds, expected) in [
            (None, 10, true),
            (Some(&old), 69, true),
            (Some(&old), 70, false),
            (None, 70, false),
            (Some(&third), 10, false),
            (Some(&new), 10, false),
        ] {
            assert_eq!(fresh.may_be_old(&at, bound, second(seconds)), expected, "{bound:?}");
        }
        let name = CloudName::new("web");
        assert!(!fresh.is_pair_fresh(&region, &name, second(10)));
        fresh.wrote_pair(&region, &name, second(10));
        assert!(fresh.is_pair_fresh(&region, &name, second(69)));
        assert!(!fresh.is_pair_fresh(&region, &name, second(70)));
    }
}
