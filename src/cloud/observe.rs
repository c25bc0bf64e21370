//! Reading a region for a plan. Absence is not evidence: what is missing is asked for again.

use std::collections::{BTreeMap, BTreeSet};

use super::Cloud;
use crate::{
    ecs::CallError,
    model::{CloudName, InstanceId, ObservedInstance, ObservedRegion, Presence, Region},
};

/// What a plan wants to know of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionQuestion {
    /// Pairs of which absence must be proven.
    pub pairs: BTreeSet<CloudName>,
    /// Instances to look at.
    pub instances: BTreeSet<InstanceId>,
    /// Whether to list all other instances too, as for a delete.
    pub all_instances: bool,
}

/// Reads a region: its pairs by a complete listing, its instances by id or by a complete listing.
///
/// # Errors
/// As the service says; there is no partial answer.
pub fn observe_region(
    cloud: &Cloud,
    region: &Region,
    question: &RegionQuestion,
) -> Result<ObservedRegion, CallError> {
    let mut pairs: BTreeMap<_, _> =
        cloud.key_pairs(region)?.into_iter().map(|pair| (pair.name.clone(), pair)).collect();
    for name in &question.pairs {
        if !pairs.contains_key(name)
            && let Some(pair) = cloud.key_pair(region, name)?
        {
            pairs.insert(name.clone(), pair);
        }
    }
    Ok(ObservedRegion {
        pairs,
        instances: instances(cloud, region, question)?,
        instances_complete: question.all_instances,
    })
}

fn instances(
    cloud: &Cloud,
    region: &Region,
    question: &RegionQuestion,
) -> Result<BTreeMap<InstanceId, Presence<ObservedInstance>>, CallError> {
    let mut instances = BTreeMap::new();
    if question.all_instances {
        insert(&mut instances, cloud.instances(region)?);
    } else {
        let ids: Vec<_> = question.instances.iter().cloned().collect();
        insert(&mut instances, cloud.instances_by_id(region, &ids)?);
    }
    let missing: Vec<_> =
        question.instances.iter().filter(|id| !instances.contains_key(*id)).cloned().collect();
    insert(&mut instances, cloud.instances_by_id(region, &missing)?);
    if missing.iter().any(|id| !instances.contains_key(id)) {
        cloud.may_read_instances(region)?;
    }
    for id in missing {
        instances.entry(id).or_insert(Presence::Gone);
    }
    Ok(instances)
}

fn insert(
    instances: &mut BTreeMap<InstanceId, Presence<ObservedInstance>>,
    seen: Vec<ObservedInstance>,
) {
    instances.extend(seen.into_iter().map(|one| (one.id.clone(), Presence::Seen(one))));
}
