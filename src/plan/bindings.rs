//! Bindings: what each instance needs, decided one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs,
    document::NoteKind,
    order::Draft,
    owned::{observed_pair, ours},
    pairs::{Credential, PairFate, Pairs},
    reason::Reason,
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::{DesiredBinding, Origin},
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceStatus, ObservedInstance,
        Presence, Region, RestartPolicy,
        instance::{GENERATION_ONE_FAMILIES, MANAGED_TAGS},
    },
    state::{
        Bound, Change, Effect, Effective, InstanceFacts, Intent, RecordInstance, effect_of,
        effective,
    },
};

/// The instances of one binding in one region, with what each needs.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Which binding.
    pub(super) binding: BindingName,
    /// Where.
    pub(super) region: Region,
    /// Its policy: the manifest's, or the recorded one of a binding that is gone.
    pub(super) restart: RestartPolicy,
    /// All its instances.
    pub(super) instances: BTreeSet<InstanceId>,
    /// Those that were found Stopped.
    pub(super) stopped: BTreeSet<InstanceId>,
    /// What is to be done, in the order of the ids.
    pub(super) needs: Vec<Need>,
}

/// What one instance needs.
#[derive(Clone, Debug)]
pub(super) struct Need {
    /// Which instance.
    pub(super) id: InstanceId,
    /// What is to be done to it.
    pub(super) kind: NeedKind,
    /// What it is bound to now.
    pub(super) bound: Option<CloudName>,
    /// The revision of its record; 0 without one.
    pub(super) revision: u64,
    /// The key that its guest accepts meanwhile, as far as that is recorded.
    pub(super) effective: Option<Fingerprint>,
    /// Whether it is restarted. A Stopped one is only bound.
    pub(super) running: bool,
    /// Why.
    pub(super) cause: Cause,
    /// Where the wish was written.
    pub(super) origin: Option<Origin>,
}

/// What is to be done to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NeedKind {
    /// Its binding changes, and it is restarted.
    Move(Move),
    /// What it is bound to takes effect.
    Restart,
}

/// How the binding of an instance changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Move {
    /// It is bound to this pair, in the place of what it was bound to.
    Attach(CloudName),
    /// It is unbound from this pair.
    Detach(CloudName),
}

impl Group {
    fn new(binding: &BindingName, region: &Region, restart: &RestartPolicy) -> Self {
        Self {
            binding: binding.clone(),
            region: region.clone(),
            restart: restart.clone(),
            instances: BTreeSet::new(),
            stopped: BTreeSet::new(),
            needs: Vec::new(),
        }
    }

    /// The instances that leave a pair.
    pub(super) fn leaving<'a>(
        &'a self,
        name: &'a CloudName,
    ) -> impl Iterator<Item = &'a InstanceId> {
        let leaves =
            |need: &&Need| need.kind != NeedKind::Restart && need.bound.as_ref() == Some(name);
        self.needs.iter().filter(leaves).map(|need| &need.id)
    }

    fn need(&mut self, draft: &mut Draft, subject: &Subject<'_>, kind: NeedKind, cause: Cause) {
        let status = subject.observed.status;
        let address = subject.address(&self.region);
        let waits = |draft: &mut Draft, reason: Reason| {
            draft.note(NoteKind::Waiting, address.clone(), &reason, subject.origin);
        };
        if status.is_in_transition() {
            // What an earlier run restarts is not bound anew meanwhile, but watched to its return.
            if !subject.is_restarted || kind != NeedKind::Restart {
                return waits(draft, Reason::InTransition(status));
            }
            waits(draft, Reason::Restarting(status));
        }
        let running = status != InstanceStatus::Stopped;
        if !running {
            let reason = match kind {
                NeedKind::Move(Move::Detach(_)) => Reason::StoppedUnbound,
                NeedKind::Restart if subject.observed.bound.is_none() => Reason::StoppedUnbound,
                NeedKind::Move(Move::Attach(_)) | NeedKind::Restart => Reason::Stopped,
            };
            waits(draft, reason);
            if kind == NeedKind::Restart {
                return;
            }
        }
        self.needs.push(Need {
            id: subject.observed.id.clone(),
            kind,
            bound: subject.observed.bound.clone(),
            revision: subject.revision,
            effective: subject.record.and_then(effective_key),
            running,
            cause,
            origin: subject.origin.cloned(),
        });
    }
}

fn is_restarted(inputs: Inputs<'_>, address: &Address) -> bool {
    matches!(inputs.facts.intents.get(address), Some(Intent::Restart { .. }))
}

/// The key that a guest accepts, as far as that is recorded.
fn effective_key(record: &RecordInstance) -> Option<Fingerprint> {
    match effective(record) {
        Effective::Key(fingerprint) => Some(fingerprint),
        Effective::Password | Effective::Unknown => None,
    }
}

/// Whether the guest of a recorded instance accepts the key of a pair by what was bound to it
/// earlier or is now. One that is gone accepts nothing.
pub(super) fn accepts(
    inputs: Inputs<'_>,
    region: &Region,
    (id, record): (&InstanceId, &RecordInstance),
    pair: &Bound,
) -> bool {
    let is_effective = effective_key(record) == Some(pair.fingerprint);
    let observed = match presence(inputs, region, id) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return false,
        Some(Presence::Unseen) | None => return is_effective,
    };
    let bound = record.bound.as_ref();
    let subject = Subject {
        observed,
        record: Some(record),
        revision: record.revision,
        is_restarted: false,
        origin: None,
    };
    // What somebody else changed counts at the next restart, like a change of ours.
    let is_as_recorded = observed.bound.as_ref() == bound.map(|bound| &bound.name);
    if is_as_recorded && effect(inputs, &subject, bound, region) == Effect::InEffect {
        return bound == Some(pair);
    }
    is_effective
}

/// An instance that was seen, with its record.
struct Subject<'a> {
    observed: &'a ObservedInstance,
    record: Option<&'a RecordInstance>,
    revision: u64,
    /// Whether an earlier run has asked for a restart of which the end was not seen.
    is_restarted: bool,
    origin: Option<&'a Origin>,
}

impl Subject<'_> {
    fn address(&self, region: &Region) -> Address {
        Address::Instance(region.clone(), self.observed.id.clone())
    }
}

/// Decides about every instance that is wanted or recorded.
pub(super) fn decide(inputs: Inputs<'_>, pairs: &Pairs, draft: &mut Draft) -> Vec<Group> {
    let mut groups: BTreeMap<(BindingName, Region), Group> = BTreeMap::new();
    let mut wanted: BTreeSet<(&Region, &InstanceId)> = BTreeSet::new();
    for binding in inputs.desired.map_or(&[][..], |desired| &desired.bindings) {
        let key = (binding.name.clone(), binding.region.clone());
        let group = groups
            .entry(key)
            .or_insert_with(|| Group::new(&binding.name, &binding.region, &binding.restart));
        for instance in binding.chosen.listed() {
            wanted.insert((&binding.region, &instance.id));
            group.instances.insert(instance.id.clone());
            decide_wanted(inputs, binding, pairs, (&instance.id, &instance.origin), group, draft);
        }
    }
    for (region, records) in &inputs.facts.instances {
        for (id, record) in records.iter().filter(|(id, _)| !wanted.contains(&(region, *id))) {
            let key = (record.binding.clone(), region.clone());
            let group = groups
                .entry(key)
                .or_insert_with(|| Group::new(&record.binding, region, &record.restart));
            group.instances.insert(id.clone());
            decide_unwanted(inputs, record, id, group, draft);
        }
    }
    for group in groups.values_mut() {
        group.stopped = stopped(inputs, group);
        group.needs.sort_by(|a, b| a.id.cmp(&b.id));
    }
    groups.into_values().collect()
}

fn stopped(inputs: Inputs<'_>, group: &Group) -> BTreeSet<InstanceId> {
    let is_stopped = |id: &&InstanceId| {
        presence(inputs, &group.region, id)
            .and_then(Presence::seen)
            .is_some_and(|instance| instance.status == InstanceStatus::Stopped)
    };
    group.instances.iter().filter(is_stopped).cloned().collect()
}

fn presence<'a>(
    inputs: Inputs<'a>,
    region: &Region,
    id: &InstanceId,
) -> Option<&'a Presence<ObservedInstance>> {
    inputs.observed.regions.get(region)?.instances.get(id)
}

fn decide_wanted(
    inputs: Inputs<'_>,
    binding: &DesiredBinding,
    pairs: &Pairs,
    (id, origin): (&InstanceId, &Origin),
    group: &mut Group,
    draft: &mut Draft,
) {
    let region = &binding.region;
    let address = Address::Instance(region.clone(), id.clone());
    let Some(observed) = bindable(inputs, region, (id, origin), draft) else { return };
    let mut block = |reason: &Reason| {
        draft.note(NoteKind::Blocked, address.clone(), reason, Some(origin));
    };
    let key = (region.clone(), binding.key_pair.clone());
    let (name, fingerprint, credential) = match pairs.get(&key) {
        Some(PairFate::Ready { name, fingerprint, credential, .. }) => {
            (name, fingerprint, *credential)
        }
        Some(PairFate::Blocked(name)) => return block(&Reason::PairBlocked(name.clone())),
        // The manifests were resolved: a binding names a pair of its region.
        None => return block(&Reason::InstanceUnseen),
    };
    let other = observed.bound.as_ref().filter(|bound| *bound != name);
    if let Some(other) = other
        && ours(inputs, region, other).is_none()
    {
        return block(&Reason::BoundToForeign(other.clone()));
    }
    if !observed.locks.is_empty() {
        let reason = Reason::Locked(observed.locks.clone());
        return draft.note(NoteKind::Waiting, address, &reason, Some(origin));
    }
    let subject = Subject {
        observed,
        record: inputs.facts.instance(region, id),
        revision: inputs.facts.revision(&address),
        is_restarted: is_restarted(inputs, &address),
        origin: Some(origin),
    };
    let lockout = match credential {
        Credential::Known => None,
        Credential::Missing => Some(Reason::KeyMissingForInstance(name.clone())),
        Credential::Certificate => Some(Reason::CertificateForInstance(name.clone())),
    };
    if let Some(reason) = lockout
        && !is_settled(inputs, &subject, name, *fingerprint, region)
    {
        return draft.note(NoteKind::Blocked, address, &reason, Some(origin));
    }
    match (&observed.bound, fingerprint) {
        (None, _) => {
            let kind = NeedKind::Move(Move::Attach(name.clone()));
            group.need(draft, &subject, kind, Cause::Unbound);
        }
        (Some(_), _) if other.is_some() => {
            let cause = Cause::BoundToOther(other.cloned().unwrap_or_else(|| name.clone()));
            let kind = NeedKind::Move(Move::Attach(name.clone()));
            group.need(draft, &subject, kind, cause);
        }
        (Some(_), Some(fingerprint)) => {
            let bound = Bound { name: name.clone(), fingerprint: *fingerprint };
            decide_bound(inputs, &subject, bound, group, draft);
        }
        // A pair that is about to be made cannot have instances: another one had its name.
        (Some(_), None) => block_foreign(draft, address, name, origin),
    }
}

/// A wanted instance, if it was seen and can be bound at all; else it gets its row. The record of
/// one that is gone goes too, whatever a manifest says.
fn bindable<'a>(
    inputs: Inputs<'a>,
    region: &Region,
    (id, origin): (&InstanceId, &Origin),
    draft: &mut Draft,
) -> Option<&'a ObservedInstance> {
    let address = Address::Instance(region.clone(), id.clone());
    let reason = match presence(inputs, region, id) {
        Some(Presence::Seen(observed)) => match ineligible(observed) {
            None => return Some(observed),
            Some(reason) => reason,
        },
        Some(Presence::Gone) => Reason::InstanceNotFound(region.clone()),
        Some(Presence::Unseen) | None => Reason::InstanceUnseen,
    };
    draft.note(NoteKind::Blocked, address.clone(), &reason, Some(origin));
    if let (Reason::InstanceNotFound(_), Some(record)) =
        (&reason, inputs.facts.instance(region, id))
    {
        forget(draft, address, record, Cause::InstanceGone);
    }
    None
}

/// Whether an instance is on the wanted pair already, so that nothing is to take effect.
fn is_settled(
    inputs: Inputs<'_>,
    subject: &Subject<'_>,
    name: &CloudName,
    fingerprint: Option<Fingerprint>,
    region: &Region,
) -> bool {
    let bound = fingerprint.map(|fingerprint| Bound { name: name.clone(), fingerprint });
    let is_pending =
        || matches!(effect(inputs, subject, bound.as_ref(), region), Effect::Pending { .. });
    subject.observed.bound.as_ref() == Some(name) && !is_pending()
}

fn block_foreign(draft: &mut Draft, address: Address, name: &CloudName, origin: &Origin) {
    let reason = Reason::BoundToForeign(name.clone());
    draft.note(NoteKind::Blocked, address, &reason, Some(origin));
}

/// An instance that is bound to the wanted pair: is that in effect, and is it recorded?
fn decide_bound(
    inputs: Inputs<'_>,
    subject: &Subject<'_>,
    bound: Bound,
    group: &mut Group,
    draft: &mut Draft,
) {
    let effect = effect(inputs, subject, Some(&bound), &group.region);
    let pending = matches!(effect, Effect::Pending { .. });
    let running = subject.observed.status == InstanceStatus::Running;
    if pending {
        group.need(draft, subject, NeedKind::Restart, Cause::NotInEffect);
    }
    let record = subject.record;
    let unrecorded = record.is_none_or(|record| record.bound.as_ref() != Some(&bound));
    let differs = record.is_none_or(|record| {
        record.binding != group.binding || record.restart != group.restart || unrecorded
    });
    // A restart writes the record anew.
    if differs && !(pending && running) {
        let address = subject.address(&group.region);
        let cause = if unrecorded { Cause::Found } else { Cause::RecordDiffers };
        let record = RecordInstance {
            binding: group.binding.clone(),
            restart: group.restart.clone(),
            bound: Some(bound),
            effect,
            revision: 0,
        };
        let id = subject.observed.id.clone();
        let changes = vec![Change::Instance(group.region.clone(), id, record)];
        let expectations = vec![Expectation::Revision { address, revision: subject.revision }];
        draft.add(Action::Record { changes }, cause, expectations, subject.origin.cloned());
    }
}

fn effect(
    inputs: Inputs<'_>,
    subject: &Subject<'_>,
    bound: Option<&Bound>,
    region: &Region,
) -> Effect {
    let pair = bound.and_then(|bound| observed_pair(inputs, region, &bound.name));
    effect_of(InstanceFacts {
        record: subject.record,
        intent: inputs.facts.intents.get(&subject.address(region)),
        bound,
        is_in_transition: subject.observed.status.is_in_transition(),
        start_time: subject.observed.start_time,
        pair_creation_time: pair.and_then(|pair| pair.creation_time),
    })
}

/// An instance that is recorded and that no manifest wants any more.
fn decide_unwanted(
    inputs: Inputs<'_>,
    record: &RecordInstance,
    id: &InstanceId,
    group: &mut Group,
    draft: &mut Draft,
) {
    let region = group.region.clone();
    let address = Address::Instance(region.clone(), id.clone());
    let observed = match presence(inputs, &region, id) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return forget(draft, address, record, Cause::InstanceGone),
        Some(Presence::Unseen) | None => {
            return draft.note(NoteKind::Waiting, address, &Reason::InstanceUnseen, None);
        }
    };
    let subject = Subject {
        observed,
        record: Some(record),
        revision: record.revision,
        is_restarted: is_restarted(inputs, &address),
        origin: None,
    };
    let recorded = record.bound.as_ref().map(|bound| &bound.name);
    match &observed.bound {
        // Somebody gave it another pair. One that is recorded as unbound is unbound again, if its
        // pair is ours: a reading may lag behind, and a half unbinding is not left alone.
        Some(bound) if recorded.is_some_and(|name| name != bound) => {
            forget(draft, address, record, Cause::LetGo);
        }
        Some(bound) if ours(inputs, &region, bound).is_none() => {
            forget(draft, address, record, Cause::LetGo);
        }
        Some(_) if !observed.locks.is_empty() => {
            let reason = Reason::Locked(observed.locks.clone());
            draft.note(NoteKind::Waiting, address, &reason, None);
        }
        Some(bound) => {
            let kind = NeedKind::Move(Move::Detach(bound.clone()));
            group.need(draft, &subject, kind, Cause::NotDeclared);
        }
        None => match effect(inputs, &subject, None, &region) {
            Effect::Pending { .. } => {
                group.need(draft, &subject, NeedKind::Restart, Cause::NotInEffect);
            }
            Effect::InEffect | Effect::Assumed => {
                forget(draft, address, record, Cause::UnbindingInEffect);
            }
        },
    }
}

fn forget(draft: &mut Draft, address: Address, record: &RecordInstance, cause: Cause) {
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: record.revision }];
    draft.add(
        Action::Record { changes: vec![Change::Removed(address)] },
        cause,
        expectations,
        None,
    );
}

/// Why an instance cannot be bound, whatever it is bound to.
fn ineligible(observed: &ObservedInstance) -> Option<Reason> {
    if observed.os_type.eq_ignore_ascii_case("windows") {
        return Some(Reason::Windows);
    }
    let family = observed.instance_type_family.as_str();
    if !observed.io_optimized && GENERATION_ONE_FAMILIES.contains(&family) {
        return Some(Reason::GenerationOne(family.to_owned()));
    }
    let managed = MANAGED_TAGS.iter().find(|tag| observed.tags.contains_key(**tag));
    managed.map(|tag| Reason::Managed((*tag).to_owned()))
}
