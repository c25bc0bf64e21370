//! Deferred work, as people count it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{record::RecordDeferred, records::Records};
use crate::model::{BindingName, CloudName, Region, RestartPolicy, Timestamp};

/// The deferred work of instances of one binding that will be bound to the same pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeferredItem {
    /// Which binding.
    pub binding: BindingName,
    /// Where.
    pub region: Region,
    /// What they are bound to then; they are unbound without one.
    pub name: Option<CloudName>,
    /// How many instances.
    pub instances: usize,
    /// The windows that it waits for, in words.
    pub windows: Vec<String>,
    /// When it may begin; now, if that is not later. Null if no time for it comes within two years.
    pub from: Option<Timestamp>,
    /// The digest of the plan that approved it.
    pub digest: String,
}

/// The deferred work of these records.
#[must_use]
pub fn deferred_items(recorded: &Records, now: Timestamp) -> Vec<DeferredItem> {
    let mut alike: BTreeMap<_, (usize, &RecordDeferred)> = BTreeMap::new();
    for (region, deferred) in &recorded.deferred {
        for deferred in deferred.values() {
            let name = deferred.to.as_ref().map(|bound| &bound.name);
            let key = (&deferred.binding, region, name, &deferred.digest);
            alike.entry(key).or_insert((0, deferred)).0 += 1;
        }
    }
    let mut rows = Vec::new();
    for ((binding, region, name, digest), (instances, deferred)) in alike {
        rows.push(DeferredItem {
            binding: binding.clone(),
            region: region.clone(),
            name: name.cloned(),
            instances,
            windows: windows(&deferred.restart),
            from: next_start(recorded, region, deferred, now),
            digest: digest.clone(),
        });
    }
    rows
}

fn windows(policy: &RestartPolicy) -> Vec<String> {
    policy.windows.iter().map(ToString::to_string).collect()
}

/// When a wave may begin by a policy, not before now.
fn next_start(
    recorded: &Records,
    region: &Region,
    deferred: &RecordDeferred,
    now: Timestamp,
) -> Option<Timestamp> {
    let records = recorded.instances.get(region).into_iter().flat_map(BTreeMap::values);
    let of_binding = records.filter(|record| record.binding == deferred.binding);
    let restart_seconds = of_binding.filter_map(|record| record.restart_seconds).max();
    let policy = &deferred.restart;
    let from = policy.paused_at(now).map_or(now, |paused| paused.until.max(now));
    let estimate = policy.estimate(restart_seconds, deferred.proof.as_ref());
    policy.calendar().next_start(from, estimate)
}
