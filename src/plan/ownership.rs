//! Whose a pair is, and who is bound to it.

use super::Inputs;
use crate::{
    model::{
        CloudName, InstanceId, ObservedPair, Owner, Region,
        ownership::{Belonging, TAG_PROJECT, belonging},
    },
    state::RecordPair,
    visible,
};

/// A pair that is recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordedPair<'a> {
    /// Where.
    pub(super) region: &'a Region,
    /// Its name in the cloud.
    pub(super) name: &'a CloudName,
    /// Its record.
    pub(super) record: &'a RecordPair,
}

/// The record of a pair that is there and ours: recorded with this name and key, and not tagged by
/// another lineage.
pub(super) fn ours<'a>(
    inputs: Inputs<'a>,
    region: &Region,
    name: &CloudName,
) -> Option<&'a RecordPair> {
    let record = inputs.recorded.pair(region, name)?;
    let observed = observed_pair(inputs, region, name)?;
    let same_key = observed.fingerprint == Some(record.fingerprint);
    let may_be_ours = belonging(observed, inputs.project, inputs.lineage).may_be_ours();
    (same_key && may_be_ours).then_some(record)
}

/// Whether a pair carries the tags of this project and this lineage.
pub(super) fn is_tagged_as_ours(inputs: Inputs<'_>, region: &Region, name: &CloudName) -> bool {
    observed_pair(inputs, region, name)
        .is_some_and(|pair| belonging(pair, inputs.project, inputs.lineage) == Belonging::Ours)
}

/// Whose a pair is that this project did not make, as far as its tags tell.
pub(super) fn owner(inputs: Inputs<'_>, region: &Region, name: &CloudName) -> Owner {
    let pair = observed_pair(inputs, region, name);
    match pair.and_then(|pair| pair.tags.get(TAG_PROJECT)) {
        Some(project) if project == inputs.project.as_str() => {
            Owner::OtherState(inputs.project.clone())
        }
        Some(project) => Owner::Project(visible::line(project).into_owned()),
        None => Owner::WithoutKeyform,
    }
}

/// A pair as the service described it.
pub(super) fn observed_pair<'a>(
    inputs: Inputs<'a>,
    region: &Region,
    name: &CloudName,
) -> Option<&'a ObservedPair> {
    inputs.observed.regions.get(region)?.pairs.get(name)
}

/// The instances that are seen bound to a pair, by id.
pub(super) fn bound_instances(
    inputs: Inputs<'_>,
    region: &Region,
    name: &CloudName,
) -> Vec<InstanceId> {
    let Some(observed) = inputs.observed.regions.get(region) else { return Vec::new() };
    observed
        .instances
        .values()
        .filter_map(|presence| presence.seen())
        .filter(|instance| instance.bound.as_ref() == Some(name))
        .map(|instance| instance.id.clone())
        .collect()
}
