//! What the service answers, in the words of keyform.

use crate::{
    ecs::{BatchItem, Instance, ItemResult, KeyPair, Refusal},
    keys::line_fingerprint,
    model::{CloudName, Fingerprint, InstanceId, ObservedInstance, ObservedPair, ResourceGroupId},
    visible,
};

/// What became of one instance, and why it was refused if so.
pub(super) fn item_result(item: BatchItem) -> (InstanceId, Result<(), Refusal>) {
    let result = match item.result {
        ItemResult::Success => Ok(()),
        ItemResult::Failure { code, message } => Err(Refusal { code, message }),
    };
    (item.instance_id, result)
}

/// A pair. Its public key says for certain which key it is. Of which form of it the service computes
/// the fingerprint of a pair that it has made itself is not known.
pub(super) fn observed_pair(pair: KeyPair) -> ObservedPair {
    let by_key = pair.public_key.as_deref().and_then(line_fingerprint);
    ObservedPair {
        name: pair.key_pair_name,
        fingerprint: by_key.or_else(|| Fingerprint::parse(&pair.key_pair_finger_print)),
        creation_time: pair.creation_time,
        tags: pair.tags,
        resource_group: Some(pair.resource_group_id)
            .filter(|id| !id.is_empty())
            .map(ResourceGroupId::new),
    }
}

/// An instance.
pub(super) fn observed_instance(instance: Instance) -> ObservedInstance {
    let name = instance.key_pair_name;
    ObservedInstance {
        id: instance.instance_id,
        name: visible::line(&instance.instance_name).into_owned(),
        status: instance.status,
        os_type: instance.os_type,
        instance_type_family: instance.instance_type_family,
        io_optimized: instance.io_optimized,
        bound: (!name.is_empty()).then(|| CloudName::new(name)),
        start_time: instance.start_time,
        tags: instance.tags,
        locks: instance.lock_reasons,
        private_address: instance.private_address,
        public_address: instance.public_address,
    }
}
