//! The looks of a run that belong to no step: at instances that are down, and at the end at the pairs
//! that it has written.

use std::collections::BTreeMap;

use super::super::{
    call::{Answer, Call, CallFailure},
    closing::Look,
    command::{PollId, Ticket},
    context::{Context, Heard},
    report::Progress,
};
use super::Scheduler;
use crate::{
    ecs::{CloudRead, ReadAnswer},
    model::{InstanceId, Region, StepId},
};

impl Scheduler<'_> {
    /// When nothing is left to do, looks whether the service shows the pairs that the run has written.
    /// A run that is interrupted promises nothing of the next plan.
    pub(super) fn look_at_pairs_if_over(&mut self) {
        if self.unfinished > 0 {
            return;
        }
        if self.shared.interruption.is_some() {
            return self.shared.closing.give_up();
        }
        match self.shared.closing.look(self.shared.now) {
            Look::None => {}
            Look::At(regions) => {
                for region in regions {
                    self.latest_poll = self.latest_poll.next();
                    self.closing_looks.insert(self.latest_poll, region.clone());
                    let call = Call::Read(CloudRead::Pairs { region });
                    self.shared.calls.push(Ticket::Poll(self.latest_poll), call);
                }
            }
            Look::Over(unshown) => {
                for (region, pairs) in unshown {
                    self.shared.emit(Progress::Unshown { region, pairs });
                }
                self.shared.closing.give_up();
            }
        }
    }

    /// Hears how instances are that are watched, or which pairs a region shows at the end.
    pub(super) fn polled(&mut self, poll: PollId, result: Result<Answer, CallFailure>) {
        let stops_run = result.as_ref().err().and_then(CallFailure::stops_run);
        if let Some(region) = self.polls.remove(&poll) {
            if let Some(reason) = stops_run {
                self.stop_for(reason, &result);
            }
            self.looked(&region, result);
        } else if let Some(region) = self.closing_looks.remove(&poll) {
            let pairs = match &result {
                Ok(Answer::Read(ReadAnswer::Pairs(pairs))) => Some(&pairs[..]),
                // The next look comes anyway.
                _ => None,
            };
            self.shared.closing.looked(&region, pairs);
            // All is done, so that nothing is stopped.
            if stops_run.is_some() {
                self.shared.closing.give_up();
            }
        }
    }

    /// Looks at all instances whose return is waited for.
    pub(super) fn look_if_due(&mut self) {
        if self.shared.watch.next_at().is_none_or(|at| at > self.shared.now) {
            return;
        }
        let slots = &self.slots;
        for (region, ids) in self.shared.watch.looks(|step, id| slots[step].step.awaits(id)) {
            self.latest_poll = self.latest_poll.next();
            self.polls.insert(self.latest_poll, region.clone());
            let call = Call::Read(CloudRead::Instances { region, ids });
            self.shared.calls.push(Ticket::Poll(self.latest_poll), call);
        }
    }

    /// Hears how the instances are that are down by this run.
    fn looked(&mut self, region: &Region, result: Result<Answer, CallFailure>) {
        self.shared.watch.looked(self.shared.now);
        let mut back: BTreeMap<StepId, Vec<InstanceId>> = BTreeMap::new();
        // A look that failed says nothing; the next one comes anyway.
        if let Ok(Answer::Read(ReadAnswer::Instances(seen))) = result {
            for found in seen {
                let at = found.id.in_region(region);
                let Some(id) = self.shared.watch.step_of(&at) else { continue };
                if self.shared.watch.is_given_up(&at) {
                    self.shared.saw_given_up(&at, &found);
                    continue;
                }
                let mut cx = Context { id, shared: &mut self.shared };
                if self.slots[id].step.looked(&mut cx, &found) {
                    back.entry(id).or_default().push(found.id);
                }
            }
        }
        for (id, instances) in back {
            self.hear(id, Heard::Back(instances));
        }
        let policy_of = |id: StepId| self.shared.fleet_of(id).map(|fleet| &fleet.restart);
        for (id, instance, reason) in self.shared.watch.late(self.shared.now, policy_of) {
            if self.slots[id].step.awaits(&instance) {
                if let Some(region) = self.shared.action(id).region() {
                    self.shared.watch.give_up(&instance.in_region(region));
                }
                self.hear(id, Heard::Late(instance, reason));
            }
        }
    }
}
