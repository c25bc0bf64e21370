//! Binds and unbinds instances: look, rebind, confirm.

use std::collections::BTreeMap;

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{self, Context, Next, Results, all_failed, failed, item},
    failure::Failure,
};
use crate::{
    ecs::{CloudRead, CloudWrite, ReadAnswer, WriteAnswer},
    model::{
        Address, CloudName, InstanceId, InstanceStatus, ObservedInstance, ObservedPair, Region,
        tags::has_all,
    },
    plan::{Fleet, Item},
    state::{BindingTerms, Change, IntendedBinding, Intent, RecordInstance, Refused},
};

#[derive(Debug)]
pub(in super::super) struct Rebind<'p> {
    region: &'p Region,
    /// The pair that is bound to or unbound from.
    name: &'p CloudName,
    /// What the instances are bound to afterwards.
    to: Option<&'p CloudName>,
    fleet: &'p Fleet,
    items: &'p [Item],
    phase: Phase,
}

#[derive(Debug, Default)]
enum Phase {
    /// The pair is read: it must still be ours.
    #[default]
    LookingAtPair,
    /// The instances are read: what the plan rests on must still be so.
    Looking,
    /// They are being rebound; those in `there` were found so already.
    Rebinding { there: Vec<InstanceId> },
    /// They are read again: a binding counts when the service shows it.
    Confirming { there: Vec<InstanceId> },
}

impl<'p> Rebind<'p> {
    pub(super) fn new(
        region: &'p Region,
        name: &'p CloudName,
        to: Option<&'p CloudName>,
        fleet: &'p Fleet,
        items: &'p [Item],
    ) -> Self {
        Self { region, name, to, fleet, items, phase: Phase::default() }
    }

    pub(super) fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Confirming { .. })
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if cx.items_left().is_empty() {
            return cx.end_by_items();
        }
        match self.to {
            Some(name) => {
                let (region, name) = (self.region.clone(), name.clone());
                Next::Call(Call::Read(CloudRead::Pair { region, name }))
            }
            None => self.look(cx),
        }
    }

    pub(super) fn hear(
        &mut self,
        cx: &mut Context<'_, '_>,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match (std::mem::take(&mut self.phase), answer) {
            (Phase::LookingAtPair, Ok(Answer::Read(ReadAnswer::Pair(pair)))) => {
                self.looked_at_pair(cx, pair.as_ref())
            }
            (Phase::Looking, Ok(Answer::Read(ReadAnswer::Instances(seen)))) => {
                self.looked(cx, seen)
            }
            (Phase::Rebinding { there }, Ok(Answer::Wrote(WriteAnswer::Items(results)))) => {
                self.rebound(cx, there, context::results(results))
            }
            // After the last try without an answer, what became of them is read.
            (Phase::Rebinding { there }, Err(failure)) if failure.outcome_unknown => {
                self.confirm(cx, there)
            }
            (Phase::Rebinding { there }, Err(failure)) => {
                // The whole call was refused; what was rebound before stays so.
                let refused = cx.items_left().into_iter().filter(|one| !there.contains(one));
                let results = all_failed(refused, &failure.into());
                self.rebound(cx, there, results)
            }
            (Phase::Confirming { there }, Ok(Answer::Read(ReadAnswer::Instances(seen)))) => {
                self.confirmed(cx, &there, seen)
            }
            (_, Err(failure)) => failed(failure),
            (_, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    /// Goes on if the pair to bind to is still the one that this project made (L6).
    fn looked_at_pair(&mut self, cx: &Context<'_, '_>, pair: Option<&ObservedPair>) -> Next {
        match (pair, cx.shared.bound(self.region, self.name)) {
            (Some(pair), Some(bound)) if cx.shared.is_ours(pair, bound.fingerprint) => {
                self.look(cx)
            }
            _ => failed(Failure::PairNotOurs),
        }
    }

    fn look(&mut self, cx: &Context<'_, '_>) -> Next {
        self.phase = Phase::Looking;
        Next::Call(self.read(cx.items_left()))
    }

    fn confirm(&mut self, cx: &Context<'_, '_>, there: Vec<InstanceId>) -> Next {
        self.phase = Phase::Confirming { there };
        Next::Call(self.read(cx.items_left()))
    }

    fn address(&self, instance: &InstanceId) -> Address {
        Address::Instance(instance.in_region(self.region))
    }

    fn read(&self, ids: Vec<InstanceId>) -> Call {
        Call::Read(CloudRead::Instances { region: self.region.clone(), ids })
    }

    /// Sorts out what is as the plan says, what is rebound already, and what has changed since.
    fn looked(&mut self, cx: &mut Context<'_, '_>, seen: Vec<ObservedInstance>) -> Next {
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        let selector = &self.fleet.selector;
        let mut there = Vec::new();
        let mut ids = Vec::new();
        for instance in cx.items_left() {
            match (seen.get(&instance), item(self.items, &instance)) {
                (Some(found), _) if found.bound.as_ref() == self.to => there.push(instance),
                // That a selector chooses it is a fact that only the bind rests on.
                (Some(found), _) if self.to.is_some() && !has_all(&found.tags, selector) => {
                    cx.leave(&instance);
                }
                (Some(found), Some(item)) if found.bound == item.bound => match found.status {
                    InstanceStatus::Running | InstanceStatus::Stopped => ids.push(instance),
                    status => cx.fail_item(&instance, Failure::InTransitionNow { status }),
                },
                (Some(found), _) => {
                    let bound = found.bound.clone();
                    cx.fail_item(&instance, Failure::BoundToOther { bound });
                }
                (None, _) => cx.fail_item(&instance, Failure::InstanceNotFoundNow),
            }
        }
        if ids.is_empty() {
            return self.confirmed(cx, &there, seen.into_values().collect());
        }
        self.rebind(there, ids)
    }

    fn rebind(&mut self, there: Vec<InstanceId>, ids: Vec<InstanceId>) -> Next {
        let (region, name) = (self.region.clone(), self.name.clone());
        let intent = match self.to {
            Some(_) => {
                let (binding, restart) = (self.fleet.binding.clone(), self.fleet.restart.clone());
                let purpose = Some(Box::new(IntendedBinding { binding, restart }));
                Intent::Attach { name: name.clone(), purpose }
            }
            None => Intent::Detach { name: name.clone() },
        };
        let intents = ids.iter().map(|one| (self.address(one), intent.clone())).collect();
        let call = match self.to {
            Some(_) => Call::Write(CloudWrite::Attach { region, name, ids: ids.clone() }),
            None => Call::Write(CloudWrite::Detach { region, name, ids: ids.clone() }),
        };
        self.phase = Phase::Rebinding { there };
        Next::Write { intents, call, announces: Some(ids) }
    }

    /// Takes over the results one by one: an answer of 200 says nothing about an item.
    fn rebound(
        &mut self,
        cx: &mut Context<'_, '_>,
        there: Vec<InstanceId>,
        mut results: Results,
    ) -> Next {
        let mut failures = Vec::new();
        for instance in cx.items_left() {
            if let Some(Err(reason)) = results.remove(&instance)
                && !there.contains(&instance)
            {
                let address = self.address(&instance);
                failures.push(Refused { address, reason: reason.to_string() });
                cx.fail_item(&instance, reason);
            }
        }
        if !failures.is_empty() {
            cx.outcome(Vec::new(), failures, false);
        }
        if cx.items_left().is_empty() {
            return cx.end_by_items();
        }
        self.confirm(cx, there)
    }

    /// Writes down what the service shows. StartTime now is the baseline of the effect.
    fn confirmed(
        &self,
        cx: &mut Context<'_, '_>,
        there: &[InstanceId],
        seen: Vec<ObservedInstance>,
    ) -> Next {
        let mut changes = Vec::new();
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        for instance in cx.items_left() {
            match seen.get(&instance) {
                Some(found) if found.bound.as_ref() == self.to => {
                    let is_new = !there.contains(&instance);
                    let record = self.record(cx, found, is_new);
                    changes.push(Change::Instance(instance.in_region(self.region), record));
                    cx.succeed(&instance);
                }
                Some(_) => {
                    cx.fail_item(&instance, Failure::ChangeNotShown);
                }
                None => cx.fail_item(&instance, Failure::InstanceNotFoundNow),
            }
        }
        let is_done = !cx.has_failed();
        cx.outcome(changes, Vec::new(), is_done);
        cx.end_by_items()
    }

    fn record(
        &self,
        cx: &Context<'_, '_>,
        found: &ObservedInstance,
        is_new: bool,
    ) -> RecordInstance {
        let recorded = &cx.shared.run.recorded;
        let before = recorded.instance(&found.id.in_region(self.region));
        let bound = self.to.and_then(|name| cx.shared.bound(self.region, name));
        // What an earlier run of this plan has rebound and recorded keeps its baseline. Any other
        // record of the same binding is older than this change.
        let address = self.address(&found.id);
        let run = recorded.run(&cx.shared.plan.digest);
        let is_own = run.is_some_and(|run| !run.finished && run.touched.contains(&address));
        if let Some(before) = before
            && !is_new
            && is_own
            && before.bound == bound
            && before.binding == self.fleet.binding
        {
            return before.clone();
        }
        let is_retaken = is_new && item(self.items, &found.id).is_some_and(|item| item.retaken);
        let terms = self.fleet.terms();
        let is_proof_asked = terms.is_proof_asked && self.to.is_some();
        let terms = BindingTerms { is_proof_asked, ..terms };
        let record =
            RecordInstance::rebound(before, terms, bound, found.start_time, cx.now(), is_retaken);
        // Without a record that says more, the guest may accept what it was found bound to (L3).
        let from = item(self.items, &found.id).and_then(|item| item.bound.as_ref());
        match from.and_then(|name| cx.shared.bound(self.region, name)) {
            Some(from) => record.accepting(from.fingerprint),
            None => record,
        }
    }
}
