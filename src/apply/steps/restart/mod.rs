//! Restarts instances: count who is down, prepare, restart, watch until they are back, put back.
//!
//! From the beginning of its hook `before` to the end of `after` an instance counts as down. What
//! `before` has prepared is put back, also if its restart is not done after all. A run that is killed
//! in between leaves that to the next one: both hooks may run twice for one restart.

mod ask;
mod back;
mod count;
mod hooks;
mod parts;
mod records;
mod split;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::super::{
    call::{Answer, Call, CallFailure, Purpose},
    context::{Context, Heard, Next, failed, item},
    failure::{Failure, LeftOut},
    report::{Progress, StepEnd},
    timing::Asking,
};
use crate::{
    ecs::{CloudRead, ReadAnswer},
    model::{
        Address, InstanceId, InstanceRef, InstanceStatus, ObservedInstance, Region, ServiceTime,
    },
    plan::{Fleet, Item, expect::Dropped},
    state::{Change, Evidence},
};
use count::{Count, Counting, Seen, count, counted_with, evidence, patience};
use hooks::Hooks;
use parts::Parts;

#[derive(Debug)]
pub(in super::super) struct Restart<'p> {
    region: &'p Region,
    fleet: &'p Fleet,
    items: &'p [Item],
    forced: bool,
    phase: Phase,
    /// How often a restart was asked for in vain.
    refused: u32,
    hooks: Hooks<'p>,
    parts: Parts,
    /// Whether some of its instances are left that were not asked for, and are counted again once the
    /// others are back.
    leaves_some: bool,
    /// Whether each instance of the call that is under way was asked for alone.
    asks_singly: bool,
    /// Whether there were such instances: others of the step were restarted then.
    is_begun: bool,
    /// Whether a restart is asked for now, and not only what an earlier run asked for is watched.
    restarts_anew: bool,
}

/// StartTime before a restart, by instance.
type StartTimes = BTreeMap<InstanceId, Option<ServiceTime>>;

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Idle,
    /// The whole fleet is read, to count who is down.
    Counting(Counting),
    /// Its instances are being prepared.
    Preparing,
    /// The restart is being asked for.
    Rebooting(StartTimes),
    /// Its instances are watched until they are back.
    Watching(BTreeSet<InstanceId>),
    /// The instances that were prepared in vain are put back; then the step ends so.
    PuttingBack(StepEnd),
}

/// How long to wait before the instances of a binding are counted again.
const COUNT_AGAIN: Duration = Duration::from_secs(2);

impl<'p> Restart<'p> {
    pub(super) fn new(
        region: &'p Region,
        fleet: &'p Fleet,
        items: &'p [Item],
        forced: bool,
    ) -> Self {
        Self {
            region,
            fleet,
            items,
            forced,
            phase: Phase::Idle,
            refused: 0,
            hooks: Hooks::new(fleet, items),
            parts: Parts::default(),
            leaves_some: false,
            asks_singly: false,
            is_begun: false,
            restarts_anew: false,
        }
    }

    pub(super) fn asking(&self) -> Asking {
        Asking { confirms: false, restarts_anew: self.restarts_anew }
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, 'p>) -> Next {
        self.record_already_done(cx);
        if self.left(cx).is_empty() {
            return cx.end_by_items();
        }
        self.begin_counting(cx)
    }

    pub(super) fn hear(&mut self, cx: &mut Context<'_, 'p>, heard: Heard) -> Next {
        match heard {
            Heard::Answer(answer) => self.answered(cx, answer),
            Heard::Program(Purpose::Before, instance, failure) => {
                self.was_prepared(cx, &instance, failure)
            }
            Heard::Program(Purpose::After, instance, failure) => {
                self.was_put_back(cx, &instance, failure)
            }
            Heard::Dropped(Purpose::Before) if !cx.has_programs() => self.count_after_hooks(cx),
            Heard::Dropped(Purpose::Before | Purpose::After) => Next::Wait,
            Heard::Back(instances) => self.back(cx, &instances),
            Heard::Late(instance, reason) => {
                cx.fail_item(&instance, reason);
                self.watched_off(&[instance]);
                self.end_if_idle(cx)
            }
            Heard::Program(Purpose::Proof, ..) | Heard::Dropped(Purpose::Proof) => {
                failed(Failure::UnexpectedAnswer)
            }
        }
    }

    fn answered(&mut self, cx: &mut Context<'_, 'p>, answer: Result<Answer, CallFailure>) -> Next {
        match (std::mem::take(&mut self.phase), answer) {
            (Phase::Counting(counting), Ok(Answer::Read(ReadAnswer::Instances(seen)))) => {
                self.counted(cx, counting, &seen)
            }
            (Phase::Rebooting(start_times), answer) => self.asked(cx, start_times, answer),
            (_, Err(failure)) => failed(failure),
            (_, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    /// The instances that are still to be restarted.
    fn left(&self, cx: &Context<'_, 'p>) -> Vec<InstanceId> {
        let mut left = cx.items_left();
        left.retain(|one| !cx.shared.items[cx.id].done.contains(one));
        left
    }

    fn at(&self, instance: &InstanceId) -> InstanceRef {
        instance.in_region(self.region)
    }

    fn address(&self, instance: &InstanceId) -> Address {
        Address::Instance(self.at(instance))
    }

    /// Writes down what was found in effect before the first write, so that no later plan has to.
    fn record_already_done(&self, cx: &mut Context<'_, 'p>) {
        let dropped = cx.shared.run.verdict.dropped.get(&cx.id).into_iter().flatten();
        let changes = dropped.filter_map(|(instance, dropped)| match dropped {
            Dropped::InEffect(evidence) => self.in_effect(cx, instance, *evidence, None),
            Dropped::AlreadyDone | Dropped::Gone => None,
        });
        let changes = changes.collect();
        cx.record(changes);
    }

    fn begin_counting(&mut self, cx: &Context<'_, 'p>) -> Next {
        self.phase = Phase::Counting(Counting::since(cx.now()));
        Next::Call(self.read_fleet(cx))
    }

    /// Counts the fleet once more when the hooks of its instances have ended: that may have taken
    /// its time.
    fn count_after_hooks(&mut self, cx: &mut Context<'_, 'p>) -> Next {
        if self.left(cx).is_empty() {
            return self.end(cx);
        }
        self.begin_counting(cx)
    }

    /// The read of the whole fleet.
    fn read_fleet(&self, cx: &Context<'_, 'p>) -> Call {
        let ids = counted_with(cx.shared, self.fleet);
        Call::Read(CloudRead::Instances { region: self.region.clone(), ids })
    }

    /// Restarts the instances if their binding can bear it now, and waits otherwise (L9).
    fn counted(
        &mut self,
        cx: &mut Context<'_, 'p>,
        counting: Counting,
        seen: &[ObservedInstance],
    ) -> Next {
        let found: Seen<'_> = seen.iter().map(|one| (&one.id, one)).collect();
        if cx.may_be_old(self.region, |one| found.get(one).map(|found| &found.bound)) {
            // They show what was before this run has rebound them.
            self.phase = Phase::Counting(counting);
            return Next::At(cx.now().plus(COUNT_AGAIN), self.read_fleet(cx));
        }
        cx.shared.saw_counted(cx.id, self.region, seen);
        let seen = found;
        self.sort_out(cx, &seen);
        let ids = self.parts.of(self.left(cx));
        if ids.is_empty() {
            self.phase = Phase::Watching(BTreeSet::new());
            return self.end_if_idle(cx);
        }
        let count = count(cx.shared, self.fleet, &ids, &seen, &counting);
        if count.fits && !count.is_doubtful {
            return self.prepare_or_reboot(cx, ids, &seen);
        }
        self.count_again(cx, counting, count)
    }

    fn count_again(
        &mut self,
        cx: &mut Context<'_, 'p>,
        mut counting: Counting,
        count: Count,
    ) -> Next {
        let fleet = self.fleet;
        let down: Vec<_> = count.unready.into_iter().chain(count.others).collect();
        let patience = patience(cx.shared, fleet);
        // What only does not show yet is waited for by its own time.
        if !count.fits && cx.now().since(counting.since) >= patience {
            return failed(Failure::OthersDown {
                most: fleet.unavailable_max,
                binding: fleet.binding.clone(),
                seconds: patience.as_secs(),
                down,
            });
        }
        counting.down = if count.fits { Vec::new() } else { down };
        if !counting.is_reported && !count.fits {
            counting.is_reported = true;
            cx.emit(Progress::WaitingForOthers {
                step: cx.id,
                binding: fleet.binding.clone(),
                region: self.region.clone(),
                down: counting.down.clone(),
            });
        }
        self.phase = Phase::Counting(counting);
        Next::At(cx.now().plus(COUNT_AGAIN), self.read_fleet(cx))
    }

    /// Takes out the instances that are not to be restarted: in effect already, bound to something
    /// else, Stopped, or not found.
    fn sort_out(&mut self, cx: &mut Context<'_, 'p>, seen: &Seen<'_>) {
        let mut changes = Vec::new();
        for instance in self.left(cx) {
            let Some(item) = item(self.items, &instance) else { continue };
            match seen.get(&instance) {
                None => cx.fail_item(&instance, Failure::InstanceNotFoundNow),
                Some(found) if found.bound != item.bound => {
                    cx.fail_item(&instance, Failure::BindingChangedMeanwhile);
                }
                Some(found) if found.status == InstanceStatus::Stopped => {
                    cx.fail_item(&instance, Failure::StoppedNow);
                }
                // An earlier run has restarted it, and it is on its way, or has not settled.
                Some(_) if cx.shared.is_unsettled(&self.at(&instance)) => {}
                Some(found) => {
                    // Without evidence it is to be restarted.
                    if let Some(evidence) = evidence(cx.shared, self.fleet, found) {
                        changes.extend(self.is_done_already(cx, found, evidence));
                    }
                }
            }
        }
        cx.record(changes);
    }

    /// Leaves out an instance whose binding is in effect, and puts it back if it is prepared.
    fn is_done_already(
        &mut self,
        cx: &mut Context<'_, 'p>,
        found: &ObservedInstance,
        evidence: Evidence,
    ) -> Option<Change> {
        let items = &mut cx.shared.items[cx.id];
        items.left_out.insert(found.id.clone(), LeftOut::AlreadyInEffect);
        let at = self.at(&found.id);
        if cx.shared.is_prepared(&at) && self.hooks.has_after() {
            cx.shared.programs.saw(self.region, found);
            self.hooks.intend_put_back(cx, &found.id, evidence);
            let now = cx.now();
            cx.shared.watch.begin(at.clone(), cx.id, self.fleet.restart.settle(), now);
            cx.shared.watch.ended(&at, evidence);
            self.hooks.start_after(cx, &found.id);
            return None;
        }
        cx.succeed(&found.id);
        self.in_effect(cx, &found.id, evidence, None)
    }

    /// Restarts instances that are prepared for it, or prepares them first. What an earlier run has
    /// prepared and this one may not restart is put back.
    fn prepare_or_reboot(
        &mut self,
        cx: &mut Context<'_, 'p>,
        ids: Vec<InstanceId>,
        seen: &Seen<'_>,
    ) -> Next {
        self.restarts_anew = true;
        let now = cx.now();
        if let Some(reason) = cx.held_back(self.asking(), now) {
            let (region, has_after) = (self.region, self.hooks.has_after());
            let is_prepared = |one: &InstanceId| cx.shared.is_prepared(&one.in_region(region));
            let prepared = ids.into_iter().filter(is_prepared);
            self.hooks.prepared.extend(prepared.filter(|_| has_after));
            if self.is_begun {
                return self.leave_out_rest(cx, reason);
            }
            return Next::Withhold(reason);
        }
        let Some((before, unprepared)) = self.hooks.unprepared(&ids) else {
            return self.reboot(cx, ids, seen);
        };
        for found in seen.values() {
            cx.shared.programs.saw(self.region, found);
        }
        self.hooks.mark(cx, &unprepared);
        for instance in &unprepared {
            cx.shared.watch.begin(self.at(instance), cx.id, self.fleet.restart.settle(), now);
            cx.start_program(instance, Purpose::Before, before);
        }
        cx.emit(Progress::Preparing { step: cx.id, instances: unprepared });
        self.phase = Phase::Preparing;
        Next::Wait
    }

    /// Hears whether an instance is prepared. When all are, the fleet is counted once more.
    fn was_prepared(
        &mut self,
        cx: &mut Context<'_, 'p>,
        instance: &InstanceId,
        failure: Option<Failure>,
    ) -> Next {
        match failure {
            Some(reason) => {
                cx.shared.watch.end(&self.at(instance));
                cx.fail_item(instance, reason);
                // An earlier run may have prepared it all the same.
                if self.hooks.has_marked(instance) {
                    let change = records::put_back(cx.shared, self.at(instance));
                    cx.outcome(change.into_iter().collect(), Vec::new(), false);
                }
            }
            None => {
                self.hooks.prepared.insert(instance.clone());
            }
        }
        if cx.has_programs() { Next::Wait } else { self.count_after_hooks(cx) }
    }

    /// The other instances that are waited for before its own are restarted.
    pub(super) fn others(&self) -> &[InstanceId] {
        match &self.phase {
            Phase::Counting(counting) => &counting.down,
            _ => &[],
        }
    }

    /// Takes instances out of those that are watched; answers whether none is left.
    fn watched_off(&mut self, instances: &[InstanceId]) -> bool {
        match &mut self.phase {
            Phase::Watching(left) => {
                left.retain(|one| !instances.contains(one));
                left.is_empty()
            }
            _ => false,
        }
    }

    /// What is recorded of an instance whose binding, or unbinding, is in effect.
    fn in_effect(
        &self,
        cx: &Context<'_, 'p>,
        instance: &InstanceId,
        evidence: Evidence,
        took_seconds: Option<u32>,
    ) -> Option<Change> {
        records::in_effect(cx.shared, self.fleet, self.items, instance, evidence, took_seconds)
    }

    /// Hears whether an instance was put back.
    fn was_put_back(
        &mut self,
        cx: &mut Context<'_, 'p>,
        instance: &InstanceId,
        failure: Option<Failure>,
    ) -> Next {
        let was_restarted = !self.hooks.prepared.remove(instance);
        match failure {
            Some(reason) => {
                let before = cx.shared.items[cx.id].failed.get(instance);
                let reason = match before.cloned() {
                    Some(before) => {
                        Failure::NotPutBack { before: Box::new(before), also: Box::new(reason) }
                    }
                    None => reason,
                };
                cx.fail_item(instance, reason);
            }
            None if was_restarted => self.came_back(cx, std::slice::from_ref(instance), false),
            None => {
                let change = records::put_back(cx.shared, self.at(instance));
                cx.outcome(change.into_iter().collect(), Vec::new(), false);
            }
        }
        cx.shared.watch.end(&self.at(instance));
        if cx.has_programs() {
            return Next::Wait;
        }
        match &self.phase {
            Phase::PuttingBack(end) => Next::End(end.clone()),
            Phase::Watching(_) => self.end_if_idle(cx),
            // Its other instances are prepared already.
            Phase::Preparing => self.count_after_hooks(cx),
            // An answer is awaited that is about its other instances.
            Phase::Idle | Phase::Counting(_) | Phase::Rebooting(_) => Next::Wait,
        }
    }

    /// Puts the instances back that were prepared and are not restarted after all. The step ends
    /// after that.
    pub(super) fn close(&mut self, cx: &mut Context<'_, 'p>, end: StepEnd) -> Option<StepEnd> {
        if self.hooks.prepared.is_empty() {
            return Some(end);
        }
        for instance in &self.hooks.prepared {
            self.hooks.start_after(cx, instance);
        }
        if !cx.has_programs() {
            self.hooks.prepared.clear();
            return Some(end);
        }
        self.phase = Phase::PuttingBack(end);
        None
    }

    /// Ends the step; its changes are written down. What is left of it in parts comes first.
    fn end(&mut self, cx: &mut Context<'_, 'p>) -> Next {
        if self.parts.advance() {
            return self.begin_counting(cx);
        }
        if !cx.has_failed() {
            cx.outcome(Vec::new(), Vec::new(), true);
        }
        cx.end_by_items()
    }

    /// Ends the step once nothing of it is watched, and no program of it runs.
    fn end_if_idle(&mut self, cx: &mut Context<'_, 'p>) -> Next {
        let is_watched = matches!(&self.phase, Phase::Watching(left) if !left.is_empty());
        if is_watched || cx.has_programs() {
            return Next::Watch;
        }
        if std::mem::take(&mut self.leaves_some) && !self.left(cx).is_empty() {
            return self.begin_counting(cx);
        }
        self.phase = Phase::Idle;
        self.end(cx)
    }
}
