//! The resource group of a pair: put right where its manifest names one.

use super::{
    document::ObjectChange,
    generations::WantedGeneration,
    order::{Draft, Node},
    step::{Action, Cause, Expectation},
};
use crate::model::{Address, ObservedPair, Region};

/// Whether a pair is in the resource group that its manifest names, if it names one.
pub(super) fn fits(target: &WantedGeneration<'_>, observed: &ObservedPair) -> bool {
    target.pair.resource_group.is_none() || target.pair.resource_group == observed.resource_group
}

/// Adds the step that puts a pair into the group of its manifest, if it is in another one; behind
/// another step, if there is one.
pub(super) fn add(
    target: &WantedGeneration<'_>,
    region: &Region,
    observed: &ObservedPair,
    rests_on: Expectation,
    after: Option<Node>,
    draft: &mut Draft,
) -> Option<Node> {
    let WantedGeneration { pair, name } = target;
    let wanted = pair.resource_group.clone().filter(|_| !fits(target, observed))?;
    draft.changes.push(ObjectChange {
        address: Address::Pair(region.clone(), name.clone()),
        before: serde_json::json!({ "resourceGroup": observed.resource_group }),
        after: serde_json::json!({ "resourceGroup": wanted }),
    });
    let action =
        Action::GroupPair { region: region.clone(), name: name.clone(), resource_group: wanted };
    let origin = Some(pair.origin.clone());
    let node = draft.add(action, Cause::ResourceGroupDiffers, vec![rests_on], origin);
    if let Some(after) = after {
        draft.edge(after, node);
    }
    Some(node)
}
