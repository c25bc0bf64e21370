//! The ledger of the instances that are down by this run: prepared, restarting, or settling.

use std::{collections::BTreeMap, time::Duration};

use super::failure::Failure;
use crate::{
    model::{
        InstanceId, InstanceRef, InstanceStatus, ObservedInstance, Region, RestartPolicy,
        ServiceTime, StepId, Timestamp, limits::DESCRIBE_INSTANCES_MAX,
    },
    state::{Evidence, Intent},
};

/// The instances that are down by this run, and when they are looked at next.
#[derive(Debug, Default)]
pub(super) struct Watch {
    items: BTreeMap<InstanceRef, Watched>,
    /// How many looks have not been answered.
    asked: usize,
    next_at: Option<Timestamp>,
    newest: Option<Timestamp>,
}

#[derive(Debug)]
struct Watched {
    step: StepId,
    /// StartTime before the restart: a later one means that it happened.
    start_time: Option<ServiceTime>,
    /// Whether this run has seen it not Running.
    has_left: bool,
    /// Whether the service said that it restarts it.
    accepted: bool,
    since: Timestamp,
    status: InstanceStatus,
    /// Since when it is seen Running after its restart.
    running_since: Option<Timestamp>,
    /// Why its restart is known to be over, once it is.
    evidence: Option<Evidence>,
    /// For how long it must be Running to count as back.
    settle: Duration,
    /// The restart as it was asked for, with what was seen of it since; none before.
    asked: Option<Intent>,
    /// Whether something was seen of it that is not written down.
    has_news: bool,
    /// Whether its step does not wait for it any more.
    is_given_up: bool,
}

/// The shortest and the longest time between two looks at instances that restart. The official
/// advice is one to two seconds; the first looks come sooner, to see a quick restart begin.
const LOOK_SHORTEST: Duration = Duration::from_millis(50);
const LOOK_LONGEST: Duration = Duration::from_secs(5);
/// How long a restart that the service may not have heard of may take to begin.
const UNHEARD_MAX: Duration = Duration::from_secs(120);

impl Watch {
    /// From here on the instance counts as down.
    pub(super) fn begin(
        &mut self,
        at: InstanceRef,
        step: StepId,
        settle: Duration,
        now: Timestamp,
    ) {
        let watched = Watched {
            step,
            start_time: None,
            has_left: false,
            accepted: false,
            since: now,
            status: InstanceStatus::Running,
            running_since: None,
            evidence: None,
            settle,
            asked: None,
            has_news: false,
            is_given_up: false,
        };
        self.items.insert(at, watched);
    }

    /// Its restart is being asked for, as this intent says.
    pub(super) fn asks(&mut self, at: &InstanceRef, intent: Intent) {
        let Intent::Restart { start_time, .. } = &intent else { return };
        if let Some(watched) = self.items.get_mut(at) {
            watched.start_time = *start_time;
            watched.asked = Some(intent);
        }
    }

    /// The intent of the restart of an instance, if something was seen of it that is not written down.
    pub(super) fn take_news(&mut self, at: &InstanceRef) -> Option<Intent> {
        let watched = self.items.get_mut(at)?;
        if !std::mem::take(&mut watched.has_news) {
            return None;
        }
        watched.asked.clone()
    }

    /// Its step does not wait for an instance any more. It stays down, and is looked at with others.
    pub(super) fn give_up(&mut self, at: &InstanceRef) {
        if let Some(watched) = self.items.get_mut(at) {
            watched.is_given_up = true;
        }
    }

    /// Whether an instance is down by this run, and its step does not wait for it any more.
    pub(super) fn is_given_up(&self, at: &InstanceRef) -> bool {
        self.items.get(at).is_some_and(|watched| watched.is_given_up)
    }

    /// The instance is not restarted after all.
    pub(super) fn end(&mut self, at: &InstanceRef) {
        self.items.remove(at);
    }

    /// No instance of a step is restarted after all.
    pub(super) fn end_step(&mut self, step: StepId) {
        self.items.retain(|_, watched| watched.step != step);
    }

    /// The service has said that it restarts the instance, or has said nothing.
    pub(super) fn answered(&mut self, at: &InstanceRef, accepted: bool, now: Timestamp) {
        if let Some(watched) = self.items.get_mut(at) {
            watched.accepted = accepted;
            watched.since = now;
        }
    }

    /// Whether the instance is being restarted and was not seen back.
    pub(super) fn holds(&self, at: &InstanceRef) -> bool {
        self.items.contains_key(at)
    }

    /// For which step an instance is watched.
    pub(super) fn step_of(&self, at: &InstanceRef) -> Option<StepId> {
        self.items.get(at).map(|watched| watched.step)
    }

    /// How many seconds a restart took whose end was seen.
    pub(super) fn took_seconds(&self, at: &InstanceRef) -> Option<u32> {
        let watched = self.items.get(at)?;
        let took = watched.running_since?.since(watched.since);
        u32::try_from(took.as_millis().div_ceil(1000)).ok()
    }

    /// It is known by this evidence that the restart of an instance is over.
    pub(super) fn ended(&mut self, at: &InstanceRef, evidence: Evidence) {
        if let Some(watched) = self.items.get_mut(at) {
            watched.evidence = Some(evidence);
        }
    }

    /// Why the restart of an instance that is back now is known to be over.
    pub(super) fn evidence(&self, at: &InstanceRef, now: Timestamp) -> Evidence {
        let known = self.items.get(at).and_then(|watched| watched.evidence);
        known.unwrap_or(Evidence::SeenBack { at: now })
    }

    /// Whether an instance is seen Running after its restart.
    pub(super) fn is_running_again(&self, at: &InstanceRef) -> bool {
        self.items.get(at).is_some_and(|watched| watched.running_since.is_some())
    }

    /// Hears how an instance is. Answers whether its restart is over, and the instance has been
    /// Running since then for as long as it must be.
    pub(super) fn saw(
        &mut self,
        at: &InstanceRef,
        found: &ObservedInstance,
        now: Timestamp,
    ) -> bool {
        self.items.get_mut(at).is_some_and(|watched| watched.is_back(found, now))
    }

    /// Asks for a look at this moment, and for looks that grow rarer from then on.
    pub(super) fn look_at(&mut self, now: Timestamp) {
        self.newest = Some(now);
        self.next_at = Some(now);
    }

    /// When the next look is due, if one is.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.next_at.filter(|_| self.asked == 0 && !self.items.is_empty())
    }

    /// The looks that are due, up to a hundred instances each: at those that their steps still wait
    /// for, and beside them at those that were given up. Without any awaited the ledger rests.
    pub(super) fn looks(
        &mut self,
        is_awaited: impl Fn(StepId, &InstanceId) -> bool,
    ) -> Vec<(Region, Vec<InstanceId>)> {
        let mut regions: BTreeMap<&Region, Vec<InstanceId>> = BTreeMap::new();
        let mut has_awaited = false;
        for (InstanceRef { region, id }, watched) in &self.items {
            let is_awaited = is_awaited(watched.step, id);
            has_awaited |= is_awaited;
            if is_awaited || watched.is_given_up {
                regions.entry(region).or_default().push(id.clone());
            }
        }
        let regions = regions.into_iter().filter(|_| has_awaited);
        let batches = regions.flat_map(|(region, ids)| {
            let batches = ids.chunks(DESCRIBE_INSTANCES_MAX).map(<[_]>::to_vec);
            batches.map(|batch| (region.clone(), batch)).collect::<Vec<_>>()
        });
        let looks: Vec<_> = batches.collect();
        self.asked += looks.len();
        if self.asked == 0 {
            self.next_at = None;
        }
        looks
    }

    /// The instances that their steps still wait for.
    pub(super) fn awaited(
        &self,
        is_awaited: impl Fn(StepId, &InstanceId) -> bool,
    ) -> Vec<(StepId, InstanceRef)> {
        let items = self.items.iter().filter(|(at, watched)| is_awaited(watched.step, &at.id));
        items.map(|(at, watched)| (watched.step, at.clone())).collect()
    }

    /// The instances of a step that it still waits for, each with how it is.
    pub(super) fn returning(
        &self,
        step: StepId,
        is_awaited: impl Fn(&InstanceId) -> bool,
    ) -> impl Iterator<Item = (&InstanceId, Stage)> {
        let items = self.items.iter().filter(move |(_, watched)| watched.step == step);
        let items = items.filter(move |(at, _)| is_awaited(&at.id));
        items.map(|(at, watched)| (&at.id, watched.stage()))
    }

    /// A look was answered, and the next one is due after a while.
    pub(super) fn looked(&mut self, now: Timestamp) {
        self.asked -= 1;
        let age = self.newest.map_or(Duration::ZERO, |newest| now.since(newest));
        self.next_at = Some(now.plus((age / 4).clamp(LOOK_SHORTEST, LOOK_LONGEST)));
    }

    /// The instances that have not come back in time, with the reason. They stay down and counted.
    pub(super) fn late<'p>(
        &self,
        now: Timestamp,
        policy_of: impl Fn(StepId) -> Option<&'p RestartPolicy>,
    ) -> Vec<(StepId, InstanceId, Failure)> {
        let late = self.items.iter().filter_map(|(at, watched)| {
            let reason = watched.late(policy_of(watched.step)?, now)?;
            Some((watched.step, at.id.clone(), reason))
        });
        late.collect()
    }
}

/// How an instance is that is awaited after its restart, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is on its way.
    Restarting(Timestamp),
    /// The service has not answered whether it restarts it, and nothing of that was seen.
    Unanswered(Timestamp),
    /// It is Running again, and settles.
    Settling(Timestamp),
}

impl Watched {
    fn stage(&self) -> Stage {
        match self.running_since {
            Some(since) => Stage::Settling(since),
            None if self.accepted || self.has_left => Stage::Restarting(self.since),
            None => Stage::Unanswered(self.since),
        }
    }

    /// Whether the restart is over: StartTime has moved, or the run saw it leave Running; and it is
    /// Running again, and has been for as long as it must be.
    fn is_back(&mut self, found: &ObservedInstance, now: Timestamp) -> bool {
        self.status = found.status;
        if found.status != InstanceStatus::Running {
            self.has_left = true;
            self.running_since = None;
            self.note_down(now);
            return false;
        }
        let moved = Evidence::of_start(self.start_time, found.start_time);
        if moved.is_none() && !self.has_left {
            return false;
        }
        if self.running_since.is_none() {
            self.note_back(now);
        }
        let since = *self.running_since.get_or_insert(now);
        self.evidence = moved.or(Some(Evidence::SeenBack { at: since }));
        now.since(since) >= self.settle
    }

    fn note_down(&mut self, now: Timestamp) {
        if let Some(Intent::Restart { seen_down, seen_back, .. }) = &mut self.asked {
            self.has_news |= seen_down.is_none() || seen_back.is_some();
            seen_down.get_or_insert(now);
            *seen_back = None;
        }
    }

    fn note_back(&mut self, now: Timestamp) {
        if let Some(Intent::Restart { seen_back, .. }) = &mut self.asked {
            self.has_news = true;
            *seen_back = Some(now);
        }
    }

    /// Why it is not waited for any more, if so.
    fn late(&self, policy: &RestartPolicy, now: Timestamp) -> Option<Failure> {
        let age = now.since(self.since);
        let timeout = policy.timeout();
        if self.running_since.is_some() {
            // It came back in time, and then its time to settle must be over by now.
            let is_late = age >= timeout.saturating_add(policy.settle());
            let seconds = policy.settle().as_secs();
            return is_late.then_some(Failure::NotSettled { seconds });
        }
        if !self.accepted && !self.has_left && age >= UNHEARD_MAX {
            return Some(Failure::RestartUnheard);
        }
        let seconds = timeout.as_secs();
        (age >= timeout).then_some(Failure::NotBackInTime { seconds, status: self.status })
    }
}
