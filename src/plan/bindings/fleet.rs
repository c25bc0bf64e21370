//! The instances of one binding in one region, and what each needs.

use std::collections::BTreeSet;

use super::subject::InstanceView;
use crate::{
    manifest::Origin,
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceStatus, Owner, Proof,
        Region, RestartPolicy, Tags,
    },
    plan::{
        document::NoteKind,
        notes::Notes,
        order::{Draft, Node},
        reason::{InstanceReason, Reason, ScheduleReason},
        step::Cause,
    },
    state::{BindingTerms, InFlight},
};

/// The instances of one binding in one region, with what each needs.
#[derive(Clone, Debug)]
pub(in crate::plan) struct DraftFleet {
    /// Which binding.
    pub(in crate::plan) binding: BindingName,
    /// Where.
    pub(in crate::plan) region: Region,
    /// Its policy: the manifest's, or the recorded one of a binding that is gone.
    pub(in crate::plan) restart: RestartPolicy,
    /// Whether its restarts do not wait for windows.
    pub(in crate::plan) urgent: bool,
    /// Whether it is restarted by power cuts.
    pub(in crate::plan) forced: bool,
    /// How it is shown that one can log on to its instances, if that is asked for.
    pub(in crate::plan) proof: Option<Proof>,
    /// The tags by which its selector chooses its instances; none if they are listed.
    pub(in crate::plan) selector: Tags,
    /// How long the longest restart of one of its instances took that is recorded.
    pub(in crate::plan) restart_seconds: Option<u32>,
    /// All its instances.
    pub(in crate::plan) instances: BTreeSet<InstanceId>,
    /// Those that were found Stopped, but for what an earlier run has taken down.
    pub(in crate::plan) stopped: BTreeSet<InstanceId>,
    /// Those that are Stopped since an earlier run has restarted them, and count as down.
    pub(in crate::plan) left_stopped: BTreeSet<InstanceId>,
    /// What is to be done, in the order of the ids.
    pub(in crate::plan) needs: Vec<Need>,
    /// What its policy defers and why, in the same order.
    pub(in crate::plan) deferred: Vec<(Need, ScheduleReason)>,
}

/// What one instance needs.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Need {
    /// Which instance.
    pub(in crate::plan) id: InstanceId,
    /// What is to be done to it.
    pub(in crate::plan) kind: NeedKind,
    /// What it is bound to now.
    pub(in crate::plan) bound: Option<CloudName>,
    /// Whose the pair is that it is bound to now, if that is not ours.
    pub(in crate::plan) foreign: Option<Owner>,
    /// The revision of its record; 0 without one.
    pub(in crate::plan) revision: u64,
    /// The keys that its guest may accept meanwhile, as far as that is recorded.
    pub(in crate::plan) accepts: BTreeSet<Fingerprint>,
    /// Whether it is restarted. A Stopped one is only bound, and so is one that people restart.
    pub(in crate::plan) running: bool,
    /// Whether an earlier run has asked for its restart and did not see the end of that.
    pub(in crate::plan) is_begun: bool,
    /// Why.
    pub(in crate::plan) cause: Cause,
    /// Where the wish was written.
    pub(in crate::plan) origin: Option<Origin>,
    /// The step that writes down what was found of it, before it is restarted.
    pub(in crate::plan) recorded_by: Option<Node>,
}

/// What is to be done to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) enum NeedKind {
    /// Its binding changes, and it is restarted.
    Rebind(Rebind),
    /// What it is bound to takes effect.
    Restart,
    /// It is shown that one can log on with what it is bound to, and which is in effect.
    Prove,
}

/// How the binding of an instance changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) enum Rebind {
    /// It is bound to this pair, in the place of what it was bound to.
    Attach(CloudName),
    /// It is unbound from this pair.
    Detach(CloudName),
}

impl Need {
    /// What it is bound to once this is done.
    pub(in crate::plan) fn bound_after(&self) -> Option<&CloudName> {
        match &self.kind {
            NeedKind::Rebind(Rebind::Attach(name)) => Some(name),
            NeedKind::Rebind(Rebind::Detach(_)) => None,
            NeedKind::Restart | NeedKind::Prove => self.bound.as_ref(),
        }
    }

    /// Whether the instance is restarted.
    pub(in crate::plan) fn restarts(&self) -> bool {
        self.running && self.kind != NeedKind::Prove
    }
}

impl DraftFleet {
    pub(in crate::plan) fn new(
        binding: &BindingName,
        region: &Region,
        restart: &RestartPolicy,
    ) -> Self {
        Self {
            binding: binding.clone(),
            region: region.clone(),
            restart: restart.clone(),
            urgent: false,
            forced: false,
            proof: None,
            selector: Tags::new(),
            restart_seconds: None,
            instances: BTreeSet::new(),
            stopped: BTreeSet::new(),
            left_stopped: BTreeSet::new(),
            needs: Vec::new(),
            deferred: Vec::new(),
        }
    }

    /// What is recorded of it with each of its instances.
    pub(in crate::plan) fn terms(&self) -> BindingTerms<'_> {
        BindingTerms {
            binding: &self.binding,
            restart: &self.restart,
            is_proof_asked: self.proof.is_some(),
        }
    }

    /// The instances that leave a pair.
    pub(in crate::plan) fn leaving<'a>(
        &'a self,
        name: &'a CloudName,
    ) -> impl Iterator<Item = &'a InstanceId> {
        let leaves = |need: &&Need| {
            matches!(need.kind, NeedKind::Rebind(_)) && need.bound.as_ref() == Some(name)
        };
        self.needs.iter().filter(leaves).map(|need| &need.id)
    }

    /// What an instance needs, unless it is on its way from one status to another.
    pub(in crate::plan) fn need(
        &mut self,
        notes: &mut Notes,
        subject: &InstanceView<'_>,
        kind: NeedKind,
        cause: Cause,
        foreign: Option<Owner>,
    ) {
        let status = subject.observed.status;
        let mut waits = |reason: Reason| {
            notes.add(NoteKind::Waiting, subject.address(), reason, subject.origin);
        };
        if status.is_in_transition() {
            // What an earlier run restarts is not bound anew meanwhile, but watched to its return.
            if !subject.in_flight.is_begun() || kind != NeedKind::Restart {
                return waits(InstanceReason::InTransition { status }.into());
            }
            waits(ScheduleReason::Restarting { status }.into());
        }
        // Bound anew, it would not be known any more who has taken it down.
        if subject.in_flight == InFlight::LeftStopped {
            return;
        }
        self.needs.push(Need {
            id: subject.observed.id.clone(),
            bound: subject.observed.bound.clone(),
            foreign,
            revision: subject.revision,
            accepts: match kind {
                NeedKind::Prove => subject.unproven_keys(),
                NeedKind::Rebind(_) | NeedKind::Restart => subject.accepted_keys(),
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
    pub(in crate::plan) fn waits(&self, need: &Need, reason: ScheduleReason, draft: &mut Draft) {
        let address = Address::Instance(need.id.in_region(&self.region));
        draft.note(NoteKind::Waiting, address, reason, need.origin.as_ref());
    }
}
