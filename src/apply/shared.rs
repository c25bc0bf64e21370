//! What all steps of a run share: the plan, what is recorded, who is down, and what is to be done.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    call::CallFailure,
    call_queue::CallQueue,
    closing::Closing,
    command::{Command, Limits, Run},
    failure::{Failure, LeftOut},
    fresh::Fresh,
    items::Items,
    programs::Programs,
    report::Progress,
    returning::Returning,
    waits::Waits,
    watch::Watch,
    why_not::StopReason,
};
use crate::{
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceRef, KeyPairName,
        ObservedInstance, ObservedPair, Ownership, PerStep, Region, StepId, Tags, Timestamp,
        ownership::{Belonging, belonging},
    },
    plan::{Action, Fleet, Item, Plan, expect::Dropped},
    state::{Bound, Change, Effect, Entry, InFlight, Intent, Refused},
};

/// What all steps of a run share.
#[derive(Debug)]
pub(super) struct Shared<'p> {
    pub(super) plan: &'p Plan,
    pub(super) run: Run,
    pub(super) limits: Limits,
    pub(super) now: Timestamp,
    /// The steps that wait for each step.
    pub(super) dependents: PerStep<Vec<StepId>>,
    fleets: BTreeMap<(&'p Region, &'p BindingName), usize>,
    /// What became of the instances of each step.
    pub(super) items: PerStep<Items>,
    /// Instances that a step could not change, so that later steps leave them alone.
    pub(super) failed: BTreeMap<InstanceRef, Failure>,
    /// Instances that their selector did not choose any more when they were to be bound.
    left: BTreeSet<InstanceRef>,
    pub(super) watch: Watch,
    pub(super) returning: Returning,
    pub(super) fresh: Fresh,
    pub(super) closing: Closing,
    pub(super) programs: Programs,
    pub(super) waits: Waits,
    /// Since when the calls of each step get no usable answer.
    pub(super) fails_since: PerStep<Option<Timestamp>>,
    /// The calls that wait for their turn.
    pub(super) calls: CallQueue,
    pub(super) out: Vec<Command>,
    /// How many records are not known to be durable.
    pub(super) unrecorded: usize,
    /// How the call was refused that restarts several instances, if it was: each has a call of its own
    /// from then on.
    pub(super) batch_refused: Option<CallFailure>,
    /// Why the run begins nothing new, once it is interrupted.
    pub(super) interruption: Option<StopReason>,
    /// Whether another run may hold the lock of the project by now.
    pub(super) has_lost_lease: bool,
    /// Why something was not begun, or not tried again.
    pub(super) stopped: Option<StopReason>,
    /// What the service said that stopped the run.
    pub(super) stopped_by: Option<CallFailure>,
}

impl<'p> Shared<'p> {
    pub(super) fn new(plan: &'p Plan, run: Run, limits: Limits) -> Self {
        let regions: BTreeSet<_> =
            plan.steps.iter().filter_map(|step| step.action.region()).collect();
        let calls = CallQueue::new(run.budget.clone(), limits.parallelism, regions.len());
        let mut dependents = PerStep::new(plan.steps.len(), |_| Vec::new());
        for (id, step) in plan.numbered() {
            for &before in &step.after {
                dependents[before].push(id);
            }
        }
        let fleets = plan.fleets.iter().enumerate();
        Self {
            plan,
            run,
            limits,
            now: Timestamp::from_milliseconds(0),
            dependents,
            fleets: fleets.map(|(index, fleet)| ((&fleet.region, &fleet.binding), index)).collect(),
            items: PerStep::new(plan.steps.len(), |_| Items::default()),
            failed: BTreeMap::new(),
            left: BTreeSet::new(),
            watch: Watch::default(),
            returning: Returning::default(),
            fresh: Fresh::default(),
            closing: Closing::default(),
            programs: Programs::default(),
            waits: Waits::default(),
            fails_since: PerStep::new(plan.steps.len(), |_| None),
            calls,
            out: Vec::new(),
            unrecorded: 0,
            batch_refused: None,
            interruption: None,
            has_lost_lease: false,
            stopped: None,
            stopped_by: None,
        }
    }

    pub(super) fn action(&self, id: StepId) -> &'p Action {
        &self.plan.steps[id].action
    }

    pub(super) fn fleet(&self, region: &Region, binding: &BindingName) -> Option<&'p Fleet> {
        let index = self.fleets.get(&(region, binding))?;
        self.plan.fleets.get(*index)
    }

    /// The fleet that a step is about.
    pub(super) fn fleet_of(&self, id: StepId) -> Option<&'p Fleet> {
        let action = self.action(id);
        self.fleet(action.region()?, action.binding()?)
    }

    /// How many instances of a fleet have failed.
    pub(super) fn failures(&self, fleet: &Fleet) -> usize {
        let has_failed = |id: &&InstanceId| self.failed.contains_key(&id.in_region(&fleet.region));
        fleet.instances.iter().filter(has_failed).count()
    }

    /// The instances of a step that are still to be worked on.
    pub(super) fn items_left(&self, id: StepId) -> Vec<InstanceId> {
        let items = self.action(id).items().iter();
        items.map(|item| &item.id).filter(|one| self.items[id].is_left(one)).cloned().collect()
    }

    /// Leaves out the instances that the verdict dropped, and those that an earlier step failed on.
    pub(super) fn leave_out(&mut self, id: StepId) {
        let action = self.action(id);
        let items = &mut self.items[id];
        for (instance, dropped) in self.run.verdict.dropped.get(&id).into_iter().flatten() {
            let reason = match dropped {
                Dropped::AlreadyDone | Dropped::InEffect(_) => LeftOut::AlreadyDone,
                Dropped::Gone => LeftOut::GoneSincePlan,
            };
            items.left_out.insert(instance.clone(), reason);
        }
        for at in action.instances() {
            if self.left.contains(&at) {
                items.left_out.insert(at.id, LeftOut::NoLongerSelected);
            } else if let Some(reason) = self.failed.get(&at) {
                items.failed.insert(at.id, reason.clone());
            }
        }
    }

    /// Leaves an instance that its selector does not choose any more out of this step and all later
    /// ones.
    pub(super) fn leave(&mut self, id: StepId, instance: &InstanceId) {
        if let Some(region) = self.action(id).region() {
            self.left.insert(instance.in_region(region));
        }
        self.items[id].left_out.insert(instance.clone(), LeftOut::NoLongerSelected);
    }

    /// Notes that a step failed on one instance.
    pub(super) fn fail_item(&mut self, id: StepId, instance: &InstanceId, reason: Failure) {
        if let Some(region) = self.action(id).region() {
            self.failed.insert(instance.in_region(region), reason.clone());
        }
        self.items[id].failed.insert(instance.clone(), reason);
    }

    /// Notes that a step will do nothing for the instances that have not failed before.
    pub(super) fn fail_all(&mut self, id: StepId, reason: &Failure) {
        for at in self.action(id).instances() {
            self.failed.entry(at).or_insert_with(|| reason.clone());
        }
    }

    pub(super) fn emit(&mut self, progress: Progress) {
        self.out.push(Command::Show(progress));
    }

    /// Writes this to the journal.
    /// A run that has lost its lease writes nothing any more: the journal is another run's.
    pub(super) fn record(&mut self, entry: Entry) {
        if self.has_lost_lease {
            return;
        }
        self.unrecorded += 1;
        self.out.push(Command::Record(vec![entry]));
    }

    /// Writes down what has happened.
    pub(super) fn outcome(
        &mut self,
        step: StepId,
        changes: Vec<Change>,
        failures: Vec<Refused>,
        done: bool,
    ) {
        for change in &changes {
            self.run.recorded.conclude(change, self.run.revision);
        }
        self.record(Entry::Outcome { step, changes, failures, done });
    }

    /// Whether an earlier run was about to restart an instance, and did not see the end of that.
    pub(super) fn is_restart_intended(&self, at: &InstanceRef) -> bool {
        self.run.recorded.intent(at).is_some_and(Intent::is_of_restart)
    }

    /// Hears how an instance is that its step has given up: once it is back it counts as down no
    /// more, unless it is still to be put back. What it has come to, the next plan will see.
    pub(super) fn saw_given_up(&mut self, at: &InstanceRef, found: &ObservedInstance) {
        let is_back = self.watch.saw(at, found, self.now);
        if let Some(step) = self.watch.step_of(at) {
            self.record_news(step, at);
        }
        if is_back && !self.is_prepared(at) {
            self.watch.end(at);
        }
    }

    /// Writes down what was newly seen of a restart of this run: that an instance is down, or back.
    pub(super) fn record_news(&mut self, step: StepId, at: &InstanceRef) {
        if let Some(intent) = self.watch.take_news(at) {
            self.intend_again(step, at, intent);
        }
    }

    /// Hears how the instances are among which a fleet is counted: those that an earlier run has
    /// restarted, and those that this run has given up.
    pub(super) fn saw_counted(&mut self, step: StepId, region: &Region, seen: &[ObservedInstance]) {
        for found in seen {
            let at = found.id.in_region(region);
            if self.watch.is_given_up(&at) {
                self.saw_given_up(&at, found);
            } else if !self.watch.holds(&at) {
                self.saw_restarted_earlier(step, at, found);
            }
        }
    }

    /// That such an instance was seen down, and then back, are facts that outlive this run.
    fn saw_restarted_earlier(&mut self, step: StepId, at: InstanceRef, found: &ObservedInstance) {
        let Some(mut intent) = self.run.recorded.intent(&at).cloned() else { return };
        let stage = InFlight::of(Some(&intent), found);
        let now = self.now;
        if stage.is_down() {
            if let Intent::Restart { seen_down: seen_down @ None, .. } = &mut intent
                && stage != InFlight::StoppedAgain
            {
                *seen_down = Some(now);
                self.intend_again(step, &at, intent);
            }
            return self.returning.saw_down(at);
        }
        let is_over = || self.run.recorded.is_in_effect(&at.region, found);
        if stage == InFlight::No || !(self.returning.knows(&at) || is_over()) {
            return;
        }
        // Without a look of an earlier run nothing tells since when it is Running.
        let mut since = now;
        if let Intent::Restart { seen_back, .. } = &mut intent {
            if let Some(earlier) = *seen_back {
                since = earlier;
            } else {
                *seen_back = Some(now);
                self.intend_again(step, &at, intent);
            }
        }
        self.returning.saw_running(at, since);
    }

    /// Writes down what an intent says now.
    fn intend_again(&mut self, step: StepId, at: &InstanceRef, intent: Intent) {
        let address = Address::Instance(at.clone());
        self.run.recorded.intend(address.clone(), intent.clone(), &self.plan.digest);
        self.record(Entry::Intent { step, intents: vec![(address, intent)] });
    }

    /// What an instance is bound to changes: a restart that an earlier run has asked for was for what
    /// it was bound to before.
    pub(super) fn supersede(&mut self, intents: &[(Address, Intent)]) {
        for (address, intent) in intents {
            if let (Address::Instance(at), Intent::Attach { .. } | Intent::Detach { .. }) =
                (address, intent)
            {
                self.run.recorded.intents.remove(address);
                self.returning.forget(at);
            }
        }
    }

    /// Whether an instance that an earlier run has restarted is not back, or has not settled: each
    /// settles as its own fleet asks for.
    pub(super) fn is_unsettled(&self, at: &InstanceRef) -> bool {
        self.returning.is_unsettled(at, || self.settle_of(at), self.now)
    }

    fn settle_of(&self, at: &InstanceRef) -> Duration {
        let has = |fleet: &&Fleet| {
            fleet.region == at.region && fleet.instances.binary_search(&at.id).is_ok()
        };
        let fleets = self.plan.fleets.iter().filter(has);
        fleets.map(|fleet| fleet.restart.settle()).max().unwrap_or_default()
    }

    /// Whether it is recorded that what a step restarts an instance for is in effect. An instance that
    /// was unbound has no record then.
    pub(super) fn is_recorded_in_effect(&self, region: &Region, item: &Item) -> bool {
        let record = self.run.recorded.instance(&item.id.in_region(region));
        match (&item.bound, record) {
            (None, record) => record.is_none(),
            (Some(_), None) => false,
            (Some(name), Some(record)) => {
                record.bound.as_ref().is_some_and(|bound| bound.name == *name)
                    && matches!(record.effect, Effect::InEffect { .. })
            }
        }
    }

    /// Whether an instance may be prepared, by this run or an earlier one.
    pub(super) fn is_prepared(&self, at: &InstanceRef) -> bool {
        let record = self.run.recorded.instance(at);
        record.is_some_and(|record| record.prepared.is_some())
    }

    /// The user's tags with the ownership tags.
    pub(super) fn all_tags(&self, tags: &Tags, key_pair: &KeyPairName, generation: u32) -> Tags {
        let (project, key_pair) = (self.plan.project.clone(), key_pair.clone());
        let mut all = Ownership { project, key_pair, generation }.tags(&self.run.lineage);
        all.extend(tags.clone());
        all
    }

    /// This run has written a pair: reads need not show it yet, and what they must show before the run
    /// ends is noted.
    pub(super) fn wrote_pair(
        &mut self,
        region: &Region,
        name: &CloudName,
        note: impl FnOnce(&mut Closing),
    ) {
        self.fresh.wrote_pair(region, name, self.now);
        note(&mut self.closing);
        self.closing.written(self.now);
    }

    /// Whose a pair is for this run (L6).
    pub(super) fn belonging(&self, pair: &ObservedPair) -> Belonging {
        belonging(pair, &self.plan.project, Some(&self.run.lineage))
    }

    /// Whether a pair has this key, and no other state claims it.
    pub(super) fn is_ours(&self, pair: &ObservedPair, fingerprint: Fingerprint) -> bool {
        pair.fingerprint == Some(fingerprint) && self.belonging(pair).may_be_ours()
    }

    /// A pair as records name it.
    pub(super) fn bound(&self, region: &Region, name: &CloudName) -> Option<Bound> {
        let fingerprint = self.run.recorded.pair(region, name)?.fingerprint;
        Some(Bound { name: name.clone(), fingerprint })
    }

    /// The key material under a name: made in this run, recorded, or seen in the vault.
    pub(super) fn key(&self, name: &CloudName) -> Option<(Fingerprint, String)> {
        let recorded = self.run.recorded.keys.get(name);
        recorded
            .map(|key| (key.fingerprint, key.public_key.clone()))
            .or_else(|| self.run.held_keys.get(name).cloned())
    }
}
