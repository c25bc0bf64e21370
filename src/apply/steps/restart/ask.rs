//! Asks for the restarts, and hears what the service says of them.
//!
//! One call restarts up to a hundred instances. Where the service, or the caller's rights, do not know
//! that call, the rest of the run asks for each instance by a call of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::super::{
        call::{Answer, Call, CallFailure},
        context::{self, Again, Context, Next, Results, all_failed, failed, item},
        failure::Failure,
        report::Progress,
        why_not::{StopReason, WhyNot},
    },
    Counting, Phase, Restart, Seen, StartTimes, records,
};
use crate::{
    ecs::{CloudWrite, Refusal, SingleAnswers, SingleReboots, WriteAnswer},
    model::InstanceId,
    state::{Intent, Refused},
};

/// How often instances are asked for one by one that the service does not take.
const ASKED_MAX: u32 = 9;

impl<'p> Restart<'p> {
    /// The call that restarts instances; one by one, if that for several was refused in this run.
    fn call(&mut self, cx: &Context<'_, 'p>, ids: Vec<InstanceId>) -> Call {
        let (region, forced) = (self.region.clone(), self.forced);
        self.asks_singly = cx.shared.batch_refused.is_some();
        if self.asks_singly {
            Call::RebootSingly(SingleReboots { region, ids, forced })
        } else {
            Call::Write(CloudWrite::Reboot { region, ids, forced })
        }
    }

    pub(super) fn reboot(
        &mut self,
        cx: &mut Context<'_, 'p>,
        ids: Vec<InstanceId>,
        seen: &Seen<'_>,
    ) -> Next {
        let start_time = |one: &InstanceId| seen.get(one).and_then(|found| found.start_time);
        let start_times: StartTimes =
            ids.iter().map(|one| (one.clone(), start_time(one))).collect();
        let now = cx.now();
        self.hooks.mark(cx, start_times.keys());
        let intents = start_times.iter().map(|(one, &start_time)| {
            let bound = item(self.items, one).and_then(|item| item.bound.clone());
            let asked =
                Intent::Restart { start_time, bound, at: now, seen_down: None, seen_back: None };
            // From here on it counts as down.
            let at = self.at(one);
            cx.shared.watch.begin(at.clone(), cx.id, self.fleet.restart.settle(), now);
            cx.shared.watch.asks(&at, asked.clone());
            (self.address(one), asked)
        });
        let intents = intents.collect();
        self.phase = Phase::Rebooting(start_times);
        let is_first = self.refused == 0 && !self.parts.has_next();
        let announces = is_first.then(|| ids.clone());
        Next::Write { intents, call: self.call(cx, ids), announces }
    }

    /// The whole call was refused. If it may be made again, the fleet is counted again before.
    fn reboot_again(
        &mut self,
        cx: &mut Context<'_, 'p>,
        start_times: StartTimes,
        failure: CallFailure,
    ) -> Next {
        if failure.kind.may_be_of_one() && start_times.len() > 1 {
            return self.split(cx, start_times, &failure);
        }
        self.refused += 1;
        let attempt = self.refused;
        let Some(at) = cx.again_at(attempt, &failure, self.asking()) else {
            let results = all_failed(start_times.keys().cloned(), &failure.into());
            return self.rebooted(cx, start_times, results, None);
        };
        self.not_asked(cx, &start_times, &failure);
        self.phase = Phase::Counting(Counting::since(cx.now()));
        let call = self.read_fleet(cx);
        Next::Again(Box::new(Again { at, attempt, failure, intents: Vec::new(), call }))
    }

    fn rebooted(
        &mut self,
        cx: &mut Context<'_, 'p>,
        start_times: StartTimes,
        mut results: Results,
        lost: Option<CallFailure>,
    ) -> Next {
        let now = cx.now();
        let (mut left, mut accepted, mut unheard) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut failures = Vec::new();
        let mut changes = Vec::new();
        for instance in start_times.into_keys() {
            let at = self.at(&instance);
            match results.remove(&instance) {
                Some(Err(reason)) => {
                    cx.shared.watch.end(&at);
                    let address = self.address(&instance);
                    failures.push(Refused { address, reason: reason.to_string() });
                    cx.fail_item(&instance, reason);
                    // What this run has prepared is put back first.
                    let is_prepared = self.hooks.prepared.contains(&instance);
                    let change = records::put_back(cx.shared, at);
                    changes.extend(change.filter(|_| !is_prepared));
                }
                result => {
                    cx.shared.watch.answered(&at, result.is_some(), now);
                    self.hooks.prepared.remove(&instance);
                    let answered = if result.is_some() { &mut accepted } else { &mut unheard };
                    answered.push(instance.clone());
                    left.insert(instance);
                }
            }
        }
        if !failures.is_empty() {
            cx.outcome(changes, failures, false);
        }
        if left.is_empty() && !self.leaves_some {
            return self.end(cx);
        }
        if !accepted.is_empty() {
            cx.emit(Progress::Accepted { step: cx.id, instances: accepted });
        }
        if !unheard.is_empty() {
            cx.emit(Progress::Unanswered { step: cx.id, instances: unheard, failure: lost });
        }
        cx.shared.watch.look_at(now);
        self.phase = Phase::Watching(left);
        self.end_if_idle(cx)
    }

    /// Hears what the service says of the restarts that it was asked for.
    pub(super) fn asked(
        &mut self,
        cx: &mut Context<'_, 'p>,
        start_times: StartTimes,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match answer {
            Ok(Answer::Wrote(WriteAnswer::Items(results))) => {
                self.rebooted(cx, start_times, context::results(results), None)
            }
            Ok(Answer::Singly(answers)) => self.rebooted_singly(cx, start_times, answers),
            Ok(_) => failed(Failure::UnexpectedAnswer),
            // Whether the service heard of it is unknown: the instances will tell.
            Err(failure) if failure.outcome_unknown => {
                self.rebooted(cx, start_times, Results::new(), Some(failure))
            }
            Err(failure) if failure.kind.refuses_operation() => {
                self.operation_refused(cx, start_times, failure)
            }
            Err(failure) => self.reboot_again(cx, start_times, failure),
        }
    }

    /// Hears that the call as such is refused. Nothing was restarted then, and no time has passed: each
    /// instance has a call of its own. If that is refused too, the first refusal says what is missing.
    fn operation_refused(
        &mut self,
        cx: &mut Context<'_, 'p>,
        start_times: StartTimes,
        failure: CallFailure,
    ) -> Next {
        match cx.shared.batch_refused.clone() {
            Some(first) if self.asks_singly => return self.reboot_again(cx, start_times, first),
            // Another step has heard it while this call was on its way.
            Some(_) => {}
            None => {
                cx.emit(Progress::OneByOne { step: cx.id, failure: failure.clone() });
                cx.shared.batch_refused = Some(failure);
            }
        }
        let call = self.call(cx, start_times.keys().cloned().collect());
        self.phase = Phase::Rebooting(start_times);
        Next::Call(call)
    }

    /// Hears what became of each. Those that were not asked for are counted again, and asked for, once
    /// the others are back.
    fn rebooted_singly(
        &mut self,
        cx: &mut Context<'_, 'p>,
        mut start_times: StartTimes,
        answers: SingleAnswers,
    ) -> Next {
        let SingleAnswers { mut results, not_asked } = answers;
        if !not_asked.is_empty() {
            self.refused += 1;
            if self.refused < ASKED_MAX {
                start_times.retain(|instance, _| !not_asked.contains_key(instance));
                self.leave_to_later(cx, not_asked);
            } else {
                let refused = not_asked.into_iter().map(|(one, why)| (one, Err(why)));
                results.extend(refused);
            }
        }
        self.rebooted(cx, start_times, context::results(results), None)
    }

    /// Writes down that instances were not restarted, which are asked for later. What is prepared
    /// stays down meanwhile.
    fn leave_to_later(
        &mut self,
        cx: &mut Context<'_, 'p>,
        not_asked: BTreeMap<InstanceId, Refusal>,
    ) {
        self.leaves_some = true;
        self.is_begun = true;
        let now = cx.now();
        for instance in not_asked.keys() {
            let at = self.at(instance);
            cx.shared.watch.end(&at);
            if self.hooks.prepared.contains(instance) {
                cx.shared.watch.begin(at, cx.id, self.fleet.restart.settle(), now);
            }
        }
        let refused = |(instance, refusal): (InstanceId, Refusal)| Refused {
            address: self.address(&instance),
            reason: refusal.message,
        };
        let failures = not_asked.into_iter().map(refused).collect();
        cx.outcome(Vec::new(), failures, false);
    }

    /// Ends the step without the instances that were not asked for, since the run is kept from that.
    pub(super) fn leave_out_rest(&mut self, cx: &mut Context<'_, 'p>, reason: StopReason) -> Next {
        let why = WhyNot::Stopped { reason };
        cx.shared.stopped = Some(reason);
        for instance in self.left(cx) {
            cx.fail_item(&instance, Failure::NotReached { why });
        }
        self.phase = Phase::Idle;
        self.end(cx)
    }
}
