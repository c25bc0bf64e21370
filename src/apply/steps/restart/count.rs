//! Who of a fleet is down, and whether more may be (L9).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::super::super::{fresh::SHOWN_WITHIN, shared::Shared};
use crate::{
    model::{InstanceId, InstanceRef, InstanceStatus, ObservedInstance, Timestamp},
    plan::{Fleet, RegionLimit},
    state::{Evidence, Intent},
};

/// The instances that a read has shown.
pub(super) type Seen<'a> = BTreeMap<&'a InstanceId, &'a ObservedInstance>;

/// For how long an instance must look untouched before it is restarted, if an earlier run may have
/// asked for that already: the service answers a restart before the status shows it.
const UNTOUCHED_MIN: Duration = Duration::from_secs(5);

/// What is known while a fleet is counted again and again.
#[derive(Debug)]
pub(super) struct Counting {
    pub(super) since: Timestamp,
    /// Whether it was told that others are waited for.
    pub(super) is_reported: bool,
    /// Those that are down, while there are too many.
    pub(super) down: Vec<InstanceId>,
}

impl Counting {
    pub(super) fn since(now: Timestamp) -> Self {
        Self { since: now, is_reported: false, down: Vec::new() }
    }
}

/// What a count has shown.
pub(super) struct Count {
    /// Those of the step itself that cannot be restarted yet.
    pub(super) unready: Vec<InstanceId>,
    /// The others that are down.
    pub(super) others: BTreeSet<InstanceId>,
    /// Whether the step's instances may be down as well.
    pub(super) fits: bool,
    /// Whether an earlier run may have asked for a restart that does not show yet.
    pub(super) is_doubtful: bool,
}

/// The instances that are read to count a fleet: its own, and those that share a limit with it.
pub(super) fn counted_with(shared: &Shared<'_>, fleet: &Fleet) -> Vec<InstanceId> {
    let fleets = counted_fleets(shared, fleet);
    let mut ids: Vec<_> = fleets.flat_map(|other| other.instances.iter().cloned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Counts a fleet of which `ids` are to be restarted.
pub(super) fn count(
    shared: &Shared<'_>,
    fleet: &Fleet,
    ids: &[InstanceId],
    seen: &Seen<'_>,
    counting: &Counting,
) -> Count {
    let own: BTreeSet<_> = ids.iter().collect();
    let others = down(shared, fleet, &own, seen, counting);
    let is_unready = |one: &&InstanceId| {
        shared.is_unsettled(&one.in_region(&fleet.region))
            || seen.get(one).is_some_and(|seen| seen.status != InstanceStatus::Running)
    };
    let unready: Vec<_> = ids.iter().filter(is_unready).cloned().collect();
    let is_doubtful =
        ids.iter().any(|one| may_be_asked(shared, &one.in_region(&fleet.region), counting));
    let mut fits = unready.is_empty() && ids.len() + others.len() <= fleet.unavailable_max;
    let mut others: BTreeSet<_> = others.into_iter().collect();
    for limit in limits_of(shared, fleet) {
        let elsewhere = down_of_limit(shared, limit, &own, seen, counting);
        fits &= ids.len() + elsewhere.len() <= limit.unavailable_max;
        others.extend(elsewhere);
    }
    Count { unready, others, fits, is_doubtful }
}

/// Whether an earlier run may have asked for a restart that does not show yet. That a read shows a
/// restart late is no evidence against one that was asked for a moment ago. By a clock that was set
/// back that moment would never pass, so that the wait has an end of its own.
fn may_be_asked(shared: &Shared<'_>, at: &InstanceRef, counting: &Counting) -> bool {
    let Some(intent) = shared.run.recorded.intent(at).filter(|one| one.is_of_restart()) else {
        return false;
    };
    let counted = shared.now.since(counting.since);
    let is_fresh = match intent {
        Intent::Restart { at, .. } => shared.now.since(*at) < SHOWN_WITHIN,
        _ => false,
    };
    counted < if is_fresh { SHOWN_WITHIN } else { UNTOUCHED_MIN }
}

/// Why an instance of a restart is known to be in effect already, if it is: it is recorded so and
/// Running, or has returned from a restart that an earlier run has asked for.
pub(super) fn evidence(
    shared: &Shared<'_>,
    fleet: &Fleet,
    found: &ObservedInstance,
) -> Option<Evidence> {
    if found.status != InstanceStatus::Running {
        return None;
    }
    shared.run.recorded.evidence(&fleet.region, found)
}

/// For how long those that are down are waited for: the longest that one of the fleets that are
/// counted together lets its instances be down, and settle.
pub(super) fn patience(shared: &Shared<'_>, fleet: &Fleet) -> Duration {
    let counted = counted_fleets(shared, fleet);
    let settle = counted.map(|other| other.restart.settle()).max().unwrap_or_default();
    fleet.restart.timeout().saturating_add(settle)
}

fn counted_fleets<'a>(shared: &'a Shared<'_>, fleet: &'a Fleet) -> impl Iterator<Item = &'a Fleet> {
    let is_counted = move |other: &&Fleet| {
        *other == fleet || limits_of(shared, fleet).any(|limit| limit.covers(other))
    };
    shared.plan.fleets.iter().filter(is_counted)
}

/// The limits that a fleet shares with others.
fn limits_of<'a>(
    shared: &'a Shared<'_>,
    fleet: &'a Fleet,
) -> impl Iterator<Item = &'a RegionLimit> {
    shared.plan.limits.iter().filter(|limit| limit.covers(fleet))
}

/// The instances of a fleet that are down: seen so, or restarted by this run or an earlier one and
/// not back for as long as they must be, or asked to restart so lately that it need not show. Those that were found Stopped before the run count only once
/// they are not.
fn down(
    shared: &Shared<'_>,
    fleet: &Fleet,
    own: &BTreeSet<&InstanceId>,
    seen: &Seen<'_>,
    counting: &Counting,
) -> Vec<InstanceId> {
    // By a clock that was set back a restart would stay new for ever.
    let may_be_new = shared.now.since(counting.since) < SHOWN_WITHIN;
    let is_down = |id: &&InstanceId| {
        let at = id.in_region(&fleet.region);
        let seen_down = seen.get(*id).is_some_and(|found| match found.status {
            InstanceStatus::Running => {
                shared.is_unsettled(&at) || may_be_new && shared.may_be_restarting(&at, found)
            }
            InstanceStatus::Stopped => fleet.stopped.binary_search(id).is_err(),
            _ => true,
        });
        seen_down || shared.watch.holds(&at)
    };
    fleet.instances.iter().filter(|id| !own.contains(id)).filter(is_down).cloned().collect()
}

/// The instances that are down of all fleets that a limit counts together.
fn down_of_limit(
    shared: &Shared<'_>,
    limit: &RegionLimit,
    own: &BTreeSet<&InstanceId>,
    seen: &Seen<'_>,
    counting: &Counting,
) -> BTreeSet<InstanceId> {
    let covered = shared.plan.fleets.iter().filter(|fleet| limit.covers(fleet));
    covered.flat_map(|fleet| down(shared, fleet, own, seen, counting)).collect()
}
