//! Binds and unbinds instances: look, rebind, confirm.

mod batches;
mod confirm;
mod refused;

use std::collections::BTreeMap;

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{self, Context, Next, failed, item},
    failure::Failure,
    fresh::Looks,
};
use crate::{
    ecs::{CloudRead, CloudWrite, ReadAnswer, WriteAnswer},
    model::{
        Address, CloudName, InstanceId, InstanceStatus, ObservedInstance, ObservedPair, Region,
        Timestamp, tags::has_all,
    },
    plan::{Fleet, Item},
    state::{IntendedBinding, Intent, Refused},
};
use batches::Batches;

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
    /// How long the pair has been read that does not show.
    pair_looks: Option<Looks>,
    /// How long instances have been read that do not show the restart that an earlier run asked for.
    restart_looks: Option<Looks>,
}

#[derive(Debug, Default)]
enum Phase {
    /// The pair is read: it must still be ours.
    #[default]
    LookingAtPair,
    /// The instances are read: what the plan rests on must still be so.
    Looking,
    /// They are being rebound.
    Rebinding(Batches),
    /// The service has refused a whole call: its instances are read.
    Sifting(Batches, CallFailure),
    /// They are read again: a binding counts when the service shows it. Those in `there` were found
    /// so already.
    Confirming { there: Vec<InstanceId>, looks: Looks },
}

impl<'p> Rebind<'p> {
    pub(super) fn new(
        region: &'p Region,
        name: &'p CloudName,
        to: Option<&'p CloudName>,
        fleet: &'p Fleet,
        items: &'p [Item],
    ) -> Self {
        Self {
            region,
            name,
            to,
            fleet,
            items,
            phase: Phase::default(),
            pair_looks: None,
            restart_looks: None,
        }
    }

    pub(super) fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Confirming { .. } | Phase::Sifting(..))
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if cx.items_left().is_empty() {
            return cx.end_by_items();
        }
        match self.to {
            Some(_) => Next::Call(self.read_pair()),
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
            (Phase::Rebinding(mut batches), Ok(Answer::Wrote(WriteAnswer::Items(results)))) => {
                batches.results.extend(context::results(results));
                self.next_batch(cx, batches)
            }
            (Phase::Rebinding(batches), Err(failure)) => self.refused(cx, batches, failure),
            (Phase::Sifting(batches, _), Ok(Answer::Read(ReadAnswer::Instances(seen)))) => {
                self.sifted(cx, batches, &seen)
            }
            (Phase::Sifting(mut batches, failure), _) => {
                batches.give_up(&failure.into());
                self.rebound(cx, batches)
            }
            (Phase::Confirming { there, looks }, Ok(Answer::Read(ReadAnswer::Instances(seen)))) => {
                self.confirmed(cx, there, looks, seen)
            }
            (_, Err(failure)) => failed(failure),
            (_, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    /// Goes on if the pair to bind to is still the one that this project made (L6).
    fn looked_at_pair(&mut self, cx: &mut Context<'_, '_>, pair: Option<&ObservedPair>) -> Next {
        let now = cx.now();
        match (pair, cx.shared.bound(self.region, self.name)) {
            (Some(pair), Some(bound)) if cx.shared.is_ours(pair, bound.fingerprint) => {
                cx.shared.closing.saw(self.region, pair);
                self.look(cx)
            }
            // This run has made it, and the service does not show it yet.
            (None, _) if cx.shared.fresh.is_pair_fresh(self.region, self.name, now) => {
                match self.pair_looks.get_or_insert(Looks::since(now)).next(now) {
                    Some(at) => Next::Reread(at, self.read_pair()),
                    None => failed(Failure::PairNotOurs),
                }
            }
            _ => failed(Failure::PairNotOurs),
        }
    }

    fn read_pair(&self) -> Call {
        let (region, name) = (self.region.clone(), self.name.clone());
        Call::Read(CloudRead::Pair { region, name })
    }

    fn look(&mut self, cx: &Context<'_, '_>) -> Next {
        self.phase = Phase::Looking;
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
        if let Some(at) = self.restarts_show_at(cx, &seen) {
            self.phase = Phase::Looking;
            return Next::Reread(at, self.read(cx.items_left()));
        }
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
            let (looks, seen) = (Looks::since(cx.now()), seen.into_values().collect());
            return self.confirmed(cx, there, looks, seen);
        }
        let batches = Batches { there, ..Batches::default() };
        self.rebind(batches, ids.clone(), Some(ids))
    }

    /// When to look again, if an earlier run has asked for a restart that does not show yet. A
    /// binding that is recorded before it shows would end the intent of the restart, and the instance
    /// would be asked for another one while it is down (L9).
    fn restarts_show_at(
        &mut self,
        cx: &Context<'_, '_>,
        seen: &[ObservedInstance],
    ) -> Option<Timestamp> {
        let may_be_restarting = |found: &ObservedInstance| {
            cx.shared.may_be_restarting(&found.id.in_region(self.region), found)
        };
        if !seen.iter().any(may_be_restarting) {
            return None;
        }
        let now = cx.now();
        self.restart_looks.get_or_insert(Looks::since(now)).next(now)
    }

    fn rebind(
        &mut self,
        mut batches: Batches,
        ids: Vec<InstanceId>,
        announces: Option<Vec<InstanceId>>,
    ) -> Next {
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
        batches.asked = ids;
        self.phase = Phase::Rebinding(batches);
        Next::Write { intents, call, announces }
    }

    /// Takes over the results one by one: an answer of 200 says nothing about an item.
    fn rebound(&mut self, cx: &mut Context<'_, '_>, batches: Batches) -> Next {
        let Batches { there, mut results, .. } = batches;
        let mut failures = Vec::new();
        for instance in cx.items_left() {
            if there.contains(&instance) {
                continue;
            }
            if let Some(Err(reason)) = results.remove(&instance) {
                let address = self.address(&instance);
                failures.push(Refused { address, reason: reason.to_string() });
                cx.fail_item(&instance, reason);
            } else {
                let from = item(self.items, &instance).and_then(|item| item.bound.clone());
                let now = cx.now();
                cx.shared.fresh.rebound(instance.in_region(self.region), from, now);
            }
        }
        if !failures.is_empty() {
            cx.outcome(Vec::new(), failures, false);
        }
        let left = cx.items_left();
        if left.is_empty() {
            return cx.end_by_items();
        }
        self.phase = Phase::Confirming { there, looks: Looks::since(cx.now()) };
        Next::Call(self.read(left))
    }
}
