//! Bindings: what each instance needs, decided one by one.

mod eligible;
mod subject;
mod unwanted;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs,
    document::NoteKind,
    order::{Draft, Node},
    pairs::Pairs,
    reason::{InstanceReason, Reason, ScheduleReason},
    select::Claims,
    step::Cause,
};
use crate::{
    manifest::Origin,
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceStatus, ObservedInstance,
        Owner, Proof, Region, RestartPolicy,
    },
};

pub(super) use eligible::kept_from;
use subject::presence;
pub(super) use subject::{Subject, accepts};
use wanted::Wish;

/// The instances of one binding in one region, with what each needs.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Which binding.
    pub(super) binding: BindingName,
    /// Where.
    pub(super) region: Region,
    /// Its policy: the manifest's, or the recorded one of a binding that is gone.
    pub(super) restart: RestartPolicy,
    /// Whether its restarts do not wait for windows.
    pub(super) urgent: bool,
    /// Whether it is restarted by power cuts.
    pub(super) forced: bool,
    /// How it is shown that one can log on to its instances, if that is asked for.
    pub(super) proof: Option<Proof>,
    /// How long the longest restart of one of its instances took that is recorded.
    pub(super) restart_seconds: Option<u32>,
    /// All its instances.
    pub(super) instances: BTreeSet<InstanceId>,
    /// Those that were found Stopped, but for what an earlier run has taken down.
    pub(super) stopped: BTreeSet<InstanceId>,
    /// Those that are Stopped since an earlier run has restarted them, and count as down.
    pub(super) left_stopped: BTreeSet<InstanceId>,
    /// What is to be done, in the order of the ids.
    pub(super) needs: Vec<Need>,
    /// What its policy defers and why, in the same order.
    pub(super) deferred: Vec<(Need, ScheduleReason)>,
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
    /// Whose the pair is that it is bound to now, if that is not ours.
    pub(super) foreign: Option<Owner>,
    /// The revision of its record; 0 without one.
    pub(super) revision: u64,
    /// The key that its guest accepts meanwhile, as far as that is recorded.
    pub(super) effective: Option<Fingerprint>,
    /// Whether it is restarted. A Stopped one is only bound, and so is one that people restart.
    pub(super) running: bool,
    /// Whether an earlier run has asked for its restart and did not see the end of that.
    pub(super) is_begun: bool,
    /// Why.
    pub(super) cause: Cause,
    /// Where the wish was written.
    pub(super) origin: Option<Origin>,
    /// The step that writes down what was found of it, before it is restarted.
    pub(super) recorded_by: Option<Node>,
}

/// What is to be done to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NeedKind {
    /// Its binding changes, and it is restarted.
    Move(Move),
    /// What it is bound to takes effect.
    Restart,
    /// It is shown that one can log on with what it is bound to, and which is in effect.
    Prove,
}

/// How the binding of an instance changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Move {
    /// It is bound to this pair, in the place of what it was bound to.
    Attach(CloudName),
    /// It is unbound from this pair.
    Detach(CloudName),
}

impl Need {
    /// What it is bound to once this is done.
    pub(super) fn bound_after(&self) -> Option<&CloudName> {
        match &self.kind {
            NeedKind::Move(Move::Attach(name)) => Some(name),
            NeedKind::Move(Move::Detach(_)) => None,
            NeedKind::Restart | NeedKind::Prove => self.bound.as_ref(),
        }
    }

    /// Whether the instance is restarted.
    pub(super) fn restarts(&self) -> bool {
        self.running && self.kind != NeedKind::Prove
    }
}

impl Group {
    pub(super) fn new(binding: &BindingName, region: &Region, restart: &RestartPolicy) -> Self {
        Self {
            binding: binding.clone(),
            region: region.clone(),
            restart: restart.clone(),
            urgent: false,
            forced: false,
            proof: None,
            restart_seconds: None,
            instances: BTreeSet::new(),
            stopped: BTreeSet::new(),
            left_stopped: BTreeSet::new(),
            needs: Vec::new(),
            deferred: Vec::new(),
        }
    }

    /// The instances that leave a pair.
    pub(super) fn leaving<'a>(
        &'a self,
        name: &'a CloudName,
    ) -> impl Iterator<Item = &'a InstanceId> {
        let leaves = |need: &&Need| {
            matches!(need.kind, NeedKind::Move(_)) && need.bound.as_ref() == Some(name)
        };
        self.needs.iter().filter(leaves).map(|need| &need.id)
    }

    /// What an instance needs, unless it is on its way from one status to another.
    pub(super) fn need(
        &mut self,
        draft: &mut Draft,
        subject: &Subject<'_>,
        kind: NeedKind,
        (cause, foreign): (Cause, Option<Owner>),
    ) {
        let status = subject.observed.status;
        let waits = |draft: &mut Draft, reason: Reason| {
            draft.note(NoteKind::Waiting, subject.address(), reason, subject.origin);
        };
        if status.is_in_transition() {
            // What an earlier run restarts is not bound anew meanwhile, but watched to its return.
            if !subject.is_restarted() || kind != NeedKind::Restart {
                return waits(draft, InstanceReason::InTransition { status }.into());
            }
            waits(draft, ScheduleReason::Restarting { status }.into());
        }
        // Bound anew, it would not be known any more who has taken it down.
        if subject.is_left_stopped() {
            return;
        }
        self.needs.push(Need {
            id: subject.observed.id.clone(),
            bound: subject.observed.bound.clone(),
            foreign,
            revision: subject.revision,
            effective: match kind {
                NeedKind::Prove => subject.unproven_key(),
                NeedKind::Move(_) | NeedKind::Restart => subject.effective_key(),
            },
            is_begun: kind == NeedKind::Restart && subject.is_begun(&self.restart),
            kind,
            running: status != InstanceStatus::Stopped,
            cause,
            origin: subject.origin.cloned(),
            recorded_by: None,
        });
    }

    /// Says why what an instance needs, or its restart, is left to a later time.
    pub(super) fn waits(&self, need: &Need, reason: ScheduleReason, draft: &mut Draft) {
        let address = Address::Instance(self.region.clone(), need.id.clone());
        draft.note(NoteKind::Waiting, address, reason, need.origin.as_ref());
    }
}

/// Decides about every instance that is wanted or recorded.
pub(super) fn decide(
    inputs: Inputs<'_>,
    claims: &Claims<'_>,
    pairs: &Pairs,
    draft: &mut Draft,
) -> Vec<Group> {
    let mut groups: BTreeMap<(BindingName, Region), Group> = BTreeMap::new();
    let bindings = inputs.desired.map_or(&[][..], |desired| &desired.bindings);
    for (binding, chosen) in bindings.iter().zip(&claims.chosen) {
        let key = (binding.name.clone(), binding.region.clone());
        let group = groups
            .entry(key)
            .or_insert_with(|| Group::new(&binding.name, &binding.region, &binding.restart));
        group.proof.clone_from(&binding.proof);
        for &(id, origin) in chosen {
            group.instances.insert(id.clone());
            let claimed_by = claims.claimed.get(&(&binding.region, id));
            let claimed_by = claimed_by.map_or(&[][..], Vec::as_slice);
            let wish = Wish { binding, id, origin, claimed_by };
            wanted::decide(inputs, wish, pairs, group, draft);
        }
    }
    for (region, records) in &inputs.facts.instances {
        let is_unwanted = |id: &InstanceId| !claims.claimed.contains_key(&(region, id));
        for (id, record) in records.iter().filter(|(id, _)| is_unwanted(id)) {
            let key = (record.binding.clone(), region.clone());
            let group = groups
                .entry(key)
                .or_insert_with(|| Group::new(&record.binding, region, &record.restart));
            group.instances.insert(id.clone());
            unwanted::decide(inputs, (id, record), group, draft);
        }
    }
    for group in groups.values_mut() {
        group.forced = inputs.force_restarts;
        (group.left_stopped, group.stopped) = stopped(inputs, group);
        group.restart_seconds = longest_restart(inputs, group);
        group.needs.sort_by(|a, b| a.id.cmp(&b.id));
    }
    groups.into_values().collect()
}

fn longest_restart(inputs: Inputs<'_>, group: &Group) -> Option<u32> {
    let records = inputs.facts.instances.get(&group.region)?;
    let of_group = group.instances.iter().filter_map(|id| records.get(id));
    of_group.filter_map(|record| record.restart_seconds).max()
}

/// The instances that are Stopped: first those that an earlier run has taken down.
fn stopped(inputs: Inputs<'_>, group: &Group) -> (BTreeSet<InstanceId>, BTreeSet<InstanceId>) {
    let seen = group.instances.iter().filter_map(|id| presence(inputs, &group.region, id)?.seen());
    let stopped = seen.filter(|instance| instance.status == InstanceStatus::Stopped);
    let is_left = |instance: &&ObservedInstance| {
        Subject::new(inputs, &group.region, instance, None).is_left_stopped()
    };
    let (left, found): (Vec<_>, Vec<_>) = stopped.partition(is_left);
    let ids = |all: Vec<&ObservedInstance>| all.into_iter().map(|one| one.id.clone()).collect();
    (ids(left), ids(found))
}

/// Tells people to start what is Stopped since an earlier run has restarted it. It keeps others from
/// being restarted, whatever is to be done to itself.
pub(super) fn tell_left_stopped(groups: &[Group], draft: &mut Draft) {
    let of_group = |group: &Group| {
        let ids = group.left_stopped.iter();
        ids.map(|id| Address::Instance(group.region.clone(), id.clone())).collect::<Vec<_>>()
    };
    // Several bindings may want one.
    let addresses: BTreeSet<_> = groups.iter().flat_map(of_group).collect();
    for address in addresses {
        draft.note(NoteKind::Waiting, address, ScheduleReason::NotBack, None);
    }
}
