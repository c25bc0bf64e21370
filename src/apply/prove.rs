//! Steps that show that one can log on: with the key that took effect, and with nothing else.

use std::collections::BTreeMap;

use super::{
    call::{Answer, Call, CallFailure},
    keys_and_pairs::UNEXPECTED,
    moves::NOT_FOUND,
    programs::Purpose,
    report::{Progress, StepEnd, StopReason},
    scheduler::{Phase, Scheduler},
};
use crate::{
    model::{
        AddressKind, CloudName, InstanceId, InstanceStatus, ObservedInstance, Proof, Region,
        SshProof,
    },
    plan::{Action, Fleet, Item},
    state::{Change, Effective, RecordProof},
};

impl<'p> Scheduler<'p> {
    fn proof_of(&self, id: usize) -> Option<(&'p Region, &'p Fleet, &'p [Item])> {
        match &self.plan.steps[id].action {
            Action::Prove { region, binding, items, .. } => {
                Some((region, self.fleet(region, binding)?, items))
            }
            _ => None,
        }
    }

    pub(super) fn begin_prove(&mut self, id: usize) {
        let ids = self.items_left(id);
        let Some((region, ..)) = self.proof_of(id) else { return };
        if ids.is_empty() {
            return self.end_by_items(id);
        }
        let call = Call::ReadInstances { region: region.clone(), ids };
        self.call(id, Phase::Prove, call);
    }

    pub(super) fn advance_prove(&mut self, id: usize, result: Result<Answer, CallFailure>) {
        match result {
            Ok(Answer::Instances(seen)) => self.looked_for_proof(id, seen),
            Ok(_) => self.end(id, StepEnd::Failed(UNEXPECTED.to_owned())),
            Err(failure) => self.end(id, StepEnd::Failed(failure.message)),
        }
    }

    fn looked_for_proof(&mut self, id: usize, seen: Vec<ObservedInstance>) {
        let Some((region, fleet, items)) = self.proof_of(id) else { return };
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        for instance in self.items_left(id) {
            let item = items.iter().find(|item| item.id == instance);
            let reason = match (seen.get(&instance), item) {
                (Some(found), Some(item)) if found.bound != item.bound => {
                    "its binding has changed, which the plan did not know".to_owned()
                }
                (Some(found), _) if found.status != InstanceStatus::Running => {
                    format!("it is {} now, so that nobody can log on to it", found.status)
                }
                (Some(found), _) => {
                    self.programs.saw(region, found);
                    self.start_proof(id, fleet, found);
                    continue;
                }
                (None, _) => NOT_FOUND.to_owned(),
            };
            self.fail_item(id, &instance, reason);
        }
        self.end_proofs(id);
    }

    fn start_proof(&mut self, id: usize, fleet: &Fleet, found: &ObservedInstance) {
        match &fleet.proof {
            Some(Proof::Command(program)) => {
                self.start_program(id, &found.id, Purpose::Proof, program);
            }
            Some(Proof::Ssh(proof)) => match self.log_on(id, &fleet.region, proof, found) {
                Ok(call) => self.start_call(id, &found.id, Purpose::Proof, call),
                Err(reason) => self.fail_item(id, &found.id, reason),
            },
            None => {}
        }
    }

    fn log_on(
        &self,
        id: usize,
        region: &Region,
        proof: &SshProof,
        found: &ObservedInstance,
    ) -> Result<Call, String> {
        let (host, what) = match proof.address {
            AddressKind::Private => (found.private_address.clone(), "address in its network"),
            AddressKind::Public => (found.public_address.clone(), "address in the internet"),
            AddressKind::Name => (Some(found.name.clone()), "name"),
        };
        let Some(host) = host.filter(|host| !host.is_empty()) else {
            return Err(format!(
                "it has no {what}, by which its Binding wants it logged on to; change \
                 `proof.ssh.address`"
            ));
        };
        let Some(key) = self.bound_by(id, &found.id) else {
            return Err(UNEXPECTED.to_owned());
        };
        let refused = self.key_before(region, &found.id).filter(|name| *name != key);
        Ok(Call::LogOn { proof: proof.clone(), host, key, refused })
    }

    /// The name of the key that an instance accepted before, and must refuse now.
    fn key_before(&self, region: &Region, id: &InstanceId) -> Option<CloudName> {
        let record = self.run.facts.instance(region, id)?;
        let Some(RecordProof::Owed { before: Effective::Key(print) }) = &record.proof else {
            return None;
        };
        let mut keys = self.run.facts.keys.iter();
        keys.find(|(_, key)| key.fingerprint == *print).map(|(name, _)| name.clone())
    }

    /// Hears whether one can log on to an instance, and writes it down.
    pub(super) fn proven(&mut self, id: usize, instance: &InstanceId, failure: Option<String>) {
        let Some((region, ..)) = self.proof_of(id) else { return };
        if let Some(reason) = failure {
            self.fail_item(id, instance, reason);
        } else {
            let record = self.run.facts.instance(region, instance).cloned();
            let change = record.map(|mut record| {
                record.proof = Some(RecordProof::Shown { at: self.now });
                Change::Instance(region.clone(), instance.clone(), record)
            });
            self.slots[id].succeeded += 1;
            self.tell(Progress::Proven { step: id, instance: instance.clone() });
            self.outcome(id, change.into_iter().collect(), Vec::new(), false);
        }
        self.end_proofs(id);
    }

    /// Ends the step once nothing of it runs.
    pub(super) fn end_proofs(&mut self, id: usize) {
        if self.programs.has(id) {
            return;
        }
        if self.slots[id].is_withheld {
            return self.withhold(id, StopReason::Signal);
        }
        if self.slots[id].failed.is_empty() {
            self.outcome(id, Vec::new(), Vec::new(), true);
        }
        self.end_by_items(id);
    }
}
