//! Shows that instances accept a login: with the key that took effect, and with nothing else.

use std::{collections::BTreeMap, time::Duration};

use super::super::{
    call::{Answer, Call, Purpose},
    context::{Context, Heard, Next, failed, item},
    failure::Failure,
    report::Progress,
    why_not::StopReason,
};
use crate::{
    ecs::{CloudRead, ReadAnswer},
    model::{
        AddressKind, CloudName, InstanceId, InstanceStatus, ObservedInstance, Proof, Region,
        SshProof,
    },
    plan::{Fleet, Item},
    state::{Change, Effective, RecordProof},
};

/// How long to wait until instances are looked at again that show what was before this run has bound
/// them.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(in super::super) struct Prove<'p> {
    region: &'p Region,
    fleet: &'p Fleet,
    items: &'p [Item],
    /// Whether a proof of it was not begun, since the run is interrupted.
    is_withheld: bool,
}

impl<'p> Prove<'p> {
    pub(super) fn new(region: &'p Region, fleet: &'p Fleet, items: &'p [Item]) -> Self {
        Self { region, fleet, items, is_withheld: false }
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, 'p>) -> Next {
        let ids = cx.items_left();
        if ids.is_empty() {
            return cx.end_by_items();
        }
        Next::Call(self.read(ids))
    }

    fn read(&self, ids: Vec<InstanceId>) -> Call {
        Call::Read(CloudRead::Instances { region: self.region.clone(), ids })
    }

    pub(super) fn hear(&mut self, cx: &mut Context<'_, 'p>, heard: Heard) -> Next {
        match heard {
            Heard::Answer(Ok(Answer::Read(ReadAnswer::Instances(seen)))) => self.looked(cx, seen),
            Heard::Answer(Err(failure)) => failed(failure),
            Heard::Program(Purpose::Proof, instance, failure) => {
                self.proven(cx, &instance, failure);
                self.end(cx)
            }
            Heard::Dropped(Purpose::Proof) => {
                self.is_withheld = true;
                self.end(cx)
            }
            Heard::Answer(Ok(_))
            | Heard::Program(Purpose::Before | Purpose::After, ..)
            | Heard::Dropped(Purpose::Before | Purpose::After)
            | Heard::Back(_)
            | Heard::Late(..) => failed(Failure::UnexpectedAnswer),
        }
    }

    fn looked(&self, cx: &mut Context<'_, 'p>, seen: Vec<ObservedInstance>) -> Next {
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        if cx.may_be_old(self.region, |one| seen.get(one).map(|found| &found.bound)) {
            return Next::Reread(cx.now().plus(LOOK_AGAIN), self.read(cx.items_left()));
        }
        let mut begun = Vec::new();
        for instance in cx.items_left() {
            let reason = match (seen.get(&instance), item(self.items, &instance)) {
                (Some(found), Some(item)) if found.bound != item.bound => {
                    Failure::BindingChangedMeanwhile
                }
                (Some(found), _) if found.status != InstanceStatus::Running => {
                    Failure::NotRunning { status: found.status }
                }
                (Some(found), _) => {
                    cx.shared.programs.saw(self.region, found);
                    self.start_proof(cx, found);
                    if !cx.has_failed_on(&instance) {
                        begun.push(instance);
                    }
                    continue;
                }
                (None, _) => Failure::InstanceNotFoundNow,
            };
            cx.fail_item(&instance, reason);
        }
        if !begun.is_empty() {
            cx.emit(Progress::Started { step: cx.id, instances: begun });
        }
        self.end(cx)
    }

    fn start_proof(&self, cx: &mut Context<'_, 'p>, found: &ObservedInstance) {
        match &self.fleet.proof {
            Some(Proof::Command(program)) => {
                cx.start_program(&found.id, Purpose::Proof, program);
            }
            Some(Proof::Ssh(proof)) => match self.log_on(cx, proof, found) {
                Ok(call) => cx.start_call(&found.id, Purpose::Proof, call),
                Err(reason) => cx.fail_item(&found.id, reason),
            },
            None => {}
        }
    }

    fn log_on(
        &self,
        cx: &Context<'_, 'p>,
        proof: &SshProof,
        found: &ObservedInstance,
    ) -> Result<Call, Failure> {
        let host = match proof.address {
            AddressKind::Private => found.private_address.clone(),
            AddressKind::Public => found.public_address.clone(),
            AddressKind::Name => Some(found.name.clone()),
        };
        let Some(host) = host.filter(|host| !host.is_empty()) else {
            return Err(Failure::NoAddress { address: proof.address });
        };
        let bound = item(self.items, &found.id).and_then(|item| item.bound.clone());
        let Some(key) = bound else { return Err(Failure::UnexpectedAnswer) };
        let refused = self.key_before(cx, &found.id).filter(|name| *name != key);
        Ok(Call::LogOn { proof: proof.clone(), host, key, refused })
    }

    /// The name of the key that an instance accepted before, and must refuse now.
    fn key_before(&self, cx: &Context<'_, 'p>, id: &InstanceId) -> Option<CloudName> {
        let recorded = &cx.shared.run.recorded;
        let record = recorded.instance(&id.in_region(self.region))?;
        let Some(RecordProof::Pending { before: Effective::Key(fingerprint) }) = &record.proof
        else {
            return None;
        };
        let mut keys = recorded.keys.iter();
        keys.find(|(_, key)| key.fingerprint == *fingerprint).map(|(name, _)| name.clone())
    }

    /// Hears whether an instance accepts a login, and writes it down.
    fn proven(&self, cx: &mut Context<'_, 'p>, instance: &InstanceId, failure: Option<Failure>) {
        if let Some(reason) = failure {
            return cx.fail_item(instance, reason);
        }
        let now = cx.now();
        let at = instance.in_region(self.region);
        let record = cx.shared.run.recorded.instance(&at);
        let change = record.map(|record| Change::Instance(at.clone(), record.proven(now)));
        cx.succeed(instance);
        cx.emit(Progress::Proven { step: cx.id, instance: instance.clone() });
        cx.outcome(change.into_iter().collect(), Vec::new(), false);
    }

    /// Ends the step once nothing of it runs.
    fn end(&self, cx: &mut Context<'_, 'p>) -> Next {
        if cx.has_programs() {
            return Next::Wait;
        }
        if self.is_withheld {
            let reason = cx.shared.interruption.unwrap_or(StopReason::Signal);
            return Next::Withhold(reason);
        }
        if !cx.has_failed() {
            cx.outcome(Vec::new(), Vec::new(), true);
        }
        cx.end_by_items()
    }
}
