//! Pairs that an earlier run made, and whose private key is nowhere.
//!
//! Where the service makes the key with the pair (`createInCloud`), it hands the private key out once,
//! in its answer. An answer that is lost leaves a pair behind with which no one can log on: nothing is
//! bound to it, and it is deleted.

use super::{
    Inputs,
    order::{Draft, Node},
    ownership::{bound_instances, is_tagged_as_ours},
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::Origin,
    model::{Address, CloudName, Fingerprint, ObservedPair, Region, VaultKey},
    state::Intent,
};

/// Whether a pair is one that a run let the service make, without having heard the answer.
pub(super) fn is_answer_lost(inputs: Inputs<'_>, region: &Region, name: &CloudName) -> bool {
    let address = Address::Pair(region.clone(), name.clone());
    is_tagged_as_ours(inputs, region, name)
        && matches!(inputs.recorded.intent_at(&address), Some(Intent::Create))
}

/// Adds the step that deletes a pair whose private key is lost.
pub(super) fn delete_lost(
    inputs: Inputs<'_>,
    (region, name): (&Region, &CloudName),
    fingerprint: Fingerprint,
    origin: Option<Origin>,
    draft: &mut Draft,
) -> Node {
    let revision = inputs.recorded.revision(&Address::Pair(region.clone(), name.clone()));
    let expectations = vec![
        Expectation::pair_ours(region, name, fingerprint, revision),
        Expectation::BoundNowhere { region: region.clone(), name: name.clone() },
    ];
    let cause =
        if is_answer_lost(inputs, region, name) { Cause::AnswerLost } else { Cause::KeyLost };
    let action = Action::DeletePair { region: region.clone(), name: name.clone() };
    draft.add(action, cause, expectations, origin)
}

/// Deletes a pair that no manifest wants and that is the rest of a lost answer; answers whether it is
/// one. With its private key, or with an instance that is bound to it, it is none.
pub(super) fn delete_unwanted(
    inputs: Inputs<'_>,
    region: &Region,
    pair: &ObservedPair,
    draft: &mut Draft,
) -> bool {
    let name = &pair.name;
    let is_rest = is_answer_lost(inputs, region, name)
        && matches!(inputs.observed.vault.get(name), Some(VaultKey::Absent))
        && bound_instances(inputs, region, name).is_empty();
    let fingerprint = pair.fingerprint.filter(|_| is_rest);
    fingerprint
        .map(|fingerprint| delete_lost(inputs, (region, name), fingerprint, None, draft))
        .is_some()
}
