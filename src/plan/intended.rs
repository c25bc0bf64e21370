//! Instances that a run was about to bind, when no run could record what became of that.
//!
//! Such an instance is ours until a read resolves it. If it is bound as it was intended and no
//! manifest wants it, it counts as recorded; one that a manifest wants is decided with that.

use std::borrow::Cow;

use super::{Inputs, ownership::ours, select::Claims};
use crate::{
    model::{Address, InstanceRef, Presence},
    state::{
        BindingTerms, Bound, Effect, Effective, IntendedBinding, Intent, RecordInstance, Records,
    },
};

/// The records with those of the instances that are bound as a run intended it.
pub(super) fn merge<'a>(inputs: Inputs<'a>, claims: &Claims<'_>) -> Cow<'a, Records> {
    let mut found = Vec::new();
    for (address, call) in &inputs.recorded.intents {
        let Address::Instance(at) = address else { continue };
        let is_wanted = claims.claimed.contains_key(at);
        if is_wanted || inputs.recorded.instance(at).is_some() {
            continue;
        }
        if let Some(record) = record(inputs, at, &call.intent) {
            found.push((at, record));
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(inputs.recorded);
    }
    let mut recorded = inputs.recorded.clone();
    for (at, record) in found {
        recorded.instances.entry(at.region.clone()).or_default().insert(at.id.clone(), record);
    }
    Cow::Owned(recorded)
}

/// The record of an instance that is bound as a run intended it.
fn record(inputs: Inputs<'_>, at: &InstanceRef, intent: &Intent) -> Option<RecordInstance> {
    let Intent::Attach { name, purpose: Some(purpose) } = intent else { return None };
    let observed = inputs.observed.instance(at).and_then(Presence::seen)?;
    let pair = ours(inputs, &at.region, name).filter(|_| observed.bound.as_ref() == Some(name))?;
    let IntendedBinding { binding, restart } = &**purpose;
    let terms = BindingTerms { binding, restart, is_proof_asked: false };
    let bound = Bound { name: name.clone(), fingerprint: pair.fingerprint };
    let effect = Effect::Pending { baseline: observed.start_time, effective: Effective::Unknown };
    let record = RecordInstance::found(None, terms, bound, effect, false);
    let revision = inputs.recorded.revision(&Address::Instance(at.clone()));
    Some(RecordInstance { revision, ..record })
}
