//! Who of a fleet is down, and whether more may be (L9).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::super::super::shared::Shared;
use crate::{
    model::{InstanceId, InstanceStatus, ObservedInstance, Timestamp},
    plan::{Fleet, RegionLimit},
    state::Evidence,
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
    /// The instances that an earlier run has restarted and that were seen on their way; and since
    /// when they are seen Running.
    pub(super) returning: BTreeMap<InstanceId, Option<Timestamp>>,
}

impl Counting {
    pub(super) fn since(now: Timestamp) -> Self {
        Self { since: now, is_reported: false, returning: BTreeMap::new() }
    }

    /// Whether an instance that has returned is still to be seen Running for a while, as one is that
    /// this run has restarted.
    pub(super) fn settles(&mut self, fleet: &Fleet, instance: &InstanceId, now: Timestamp) -> bool {
        let settle = fleet.restart.settle();
        let since = self.returning.get_mut(instance);
        since.is_some_and(|since| now.since(*since.get_or_insert(now)) < settle)
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
    let is_counted = |other: &&Fleet| {
        *other == fleet || limits_of(shared, fleet).any(|limit| limit.covers(other))
    };
    let fleets = shared.plan.fleets.iter().filter(is_counted);
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
    counting: &mut Counting,
) -> Count {
    let own: BTreeSet<_> = ids.iter().collect();
    let mut others = down(shared, fleet, &own, seen);
    for found in seen.values().filter(|found| is_restarted(shared, fleet, found)) {
        counting.returning.insert(found.id.clone(), None);
    }
    // What an earlier run has restarted is back once it has settled.
    for other in fleet.instances.iter().filter(|other| !own.contains(other)) {
        let is_running = seen.get(other).is_some_and(|seen| seen.status == InstanceStatus::Running);
        // Hardly any settles, and there may be thousands of others.
        if is_running && counting.settles(fleet, other, shared.now) && !others.contains(other) {
            others.push(other.clone());
        }
    }
    let is_unready = |one: &&InstanceId| {
        counting.returning.contains_key(*one)
            || seen.get(one).is_some_and(|seen| seen.status != InstanceStatus::Running)
    };
    let unready: Vec<_> = ids.iter().filter(is_unready).cloned().collect();
    let is_doubtful = shared.now.since(counting.since) < UNTOUCHED_MIN
        && ids.iter().any(|one| shared.is_restart_intended(&one.in_region(&fleet.region)));
    let mut fits = unready.is_empty() && ids.len() + others.len() <= fleet.unavailable_max;
    let mut others: BTreeSet<_> = others.into_iter().collect();
    for limit in limits_of(shared, fleet) {
        let elsewhere = down_of_limit(shared, limit, &own, seen);
        fits &= ids.len() + elsewhere.len() <= limit.unavailable_max;
        others.extend(elsewhere);
    }
    Count { unready, others, fits, is_doubtful }
}

/// Whether an instance is down by a restart that an earlier run has asked for: that one was asked for
/// after its binding, so that it is in effect once the instance is back.
pub(super) fn is_restarted(shared: &Shared<'_>, fleet: &Fleet, found: &ObservedInstance) -> bool {
    shared.run.recorded.in_flight(&fleet.region, found).is_down()
}

/// Why an instance of a restart is known to be in effect already, if it is: it is recorded so and
/// Running, or has returned from a restart that an earlier run has asked for.
pub(super) fn evidence(
    shared: &Shared<'_>,
    fleet: &Fleet,
    found: &ObservedInstance,
    counting: &Counting,
) -> Option<Evidence> {
    let known = shared.run.recorded.evidence(&fleet.region, found);
    match counting.returning.get(&found.id) {
        Some(since) => known.or(Some(Evidence::SeenBack { at: since.unwrap_or(shared.now) })),
        None => known.filter(|_| found.status == InstanceStatus::Running),
    }
}

/// The limits that a fleet shares with others.
fn limits_of<'a>(
    shared: &'a Shared<'_>,
    fleet: &'a Fleet,
) -> impl Iterator<Item = &'a RegionLimit> {
    shared.plan.limits.iter().filter(|limit| limit.covers(fleet))
}

/// The instances of a fleet that are down: seen so, or restarted by this run and not back. Those that
/// were found Stopped before the run count only once they are not.
fn down(
    shared: &Shared<'_>,
    fleet: &Fleet,
    own: &BTreeSet<&InstanceId>,
    seen: &Seen<'_>,
) -> Vec<InstanceId> {
    let is_down = |id: &&InstanceId| {
        let seen_down = match seen.get(*id).map(|found| found.status) {
            None | Some(InstanceStatus::Running) => false,
            Some(InstanceStatus::Stopped) => fleet.stopped.binary_search(id).is_err(),
            Some(_) => true,
        };
        seen_down || shared.watch.holds(&id.in_region(&fleet.region))
    };
    fleet.instances.iter().filter(|id| !own.contains(id)).filter(is_down).cloned().collect()
}

/// The instances that are down of all fleets that a limit counts together.
fn down_of_limit(
    shared: &Shared<'_>,
    limit: &RegionLimit,
    own: &BTreeSet<&InstanceId>,
    seen: &Seen<'_>,
) -> BTreeSet<InstanceId> {
    let covered = shared.plan.fleets.iter().filter(|fleet| limit.covers(fleet));
    covered.flat_map(|fleet| down(shared, fleet, own, seen)).collect()
}
