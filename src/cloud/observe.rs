//! Reading a region for a plan. Absence is not evidence: what is missing is asked for again.

use std::collections::BTreeMap;

use super::service::Cloud;
use crate::{
    ecs::CallError,
    model::{InstanceId, ObservedInstance, ObservedRegion, Presence, Region, RegionQuestion},
};

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
