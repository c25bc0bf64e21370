//! When a run is likely to end: by the waves that it has done, and by the restarts that are recorded.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    apply::{KnownRestart, StepEnd},
    model::{BindingName, Region, StepId, Timestamp},
    plan::{Action, Plan},
};

/// How long the rest of a run is likely to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// No restart is left.
    Nothing,
    /// Nothing is known of how long its restarts take.
    Unknown,
    /// So long.
    About(Duration),
    /// It takes longer than was estimated.
    Overdue,
}

/// The waves of a run that restart instances, and what is known of how long they take.
#[derive(Debug, Default)]
pub(super) struct Estimate {
    fleets: BTreeMap<(Region, BindingName), Fleet>,
}

#[derive(Debug, Default)]
struct Fleet {
    /// The waves that have not ended.
    waves: BTreeMap<usize, Wave>,
    /// By what is recorded of earlier restarts.
    recorded: Option<Duration>,
    /// How long the waves took that this run has done.
    done: Vec<Duration>,
}

#[derive(Debug, Default)]
struct Wave {
    /// The steps that have not ended.
    steps: usize,
    begun: Option<Timestamp>,
    /// Whether all that ended was done as planned.
    is_whole: bool,
}

impl Estimate {
    /// The waves of a plan that restart instances.
    pub(super) fn new(plan: &Plan) -> Self {
        let mut fleets: BTreeMap<_, Fleet> = BTreeMap::new();
        for step in &plan.steps {
            if let (Action::Restart { wave, .. }, Some((region, binding))) =
                (&step.action, step.action.fleet())
            {
                let fleet = fleets.entry((region.clone(), binding.clone())).or_default();
                fleet.waves.entry(*wave).or_insert(Wave { is_whole: true, ..Wave::default() });
            }
        }
        let mut estimate = Self { fleets };
        for step in &plan.steps {
            if let Some((_, _, wave)) = estimate.wave(&step.action) {
                wave.steps += 1;
            }
        }
        estimate
    }

    /// Takes over what is recorded of earlier restarts; an instance settles after each.
    pub(super) fn know(&mut self, plan: &Plan, restarts: &[KnownRestart]) {
        for KnownRestart { region, binding, seconds } in restarts {
            let settle = plan.fleet(region, binding).map(|fleet| fleet.restart.settle());
            if let Some(fleet) = self.fleets.get_mut(&(region.clone(), binding.clone())) {
                let restart = seconds.map(|seconds| Duration::from_secs(seconds.into()));
                fleet.recorded = restart.map(|restart| restart + settle.unwrap_or_default());
            }
        }
    }

    /// A step begins.
    pub(super) fn begin(&mut self, plan: &Plan, step: StepId, now: Timestamp) {
        if let Some((_, _, wave)) = plan.step(step).and_then(|step| self.wave(&step.action)) {
            wave.begun.get_or_insert(now);
        }
    }

    /// A step has ended: with its last one a wave is over.
    pub(super) fn end(&mut self, plan: &Plan, step: StepId, end: &StepEnd, now: Timestamp) {
        let Some(action) = plan.step(step).map(|step| &step.action) else { return };
        let Some((key, number, wave)) = self.wave(action) else { return };
        wave.steps -= 1;
        let is_restart = matches!(action, Action::Restart { .. });
        // A wave that failed, or had nothing left to restart, says nothing about the next ones.
        wave.is_whole &= *end == StepEnd::Done || (*end == StepEnd::Skipped && !is_restart);
        if wave.steps > 0 {
            return;
        }
        let took = wave.begun.filter(|_| wave.is_whole).map(|begun| now.since(begun));
        if let Some(fleet) = self.fleets.get_mut(&key) {
            fleet.waves.remove(&number);
            fleet.done.extend(took);
        }
    }

    /// How long the rest is likely to take. Fleets go on beside one another.
    pub(super) fn left(&self, now: Timestamp) -> Left {
        let mut longest = Left::Nothing;
        for fleet in self.fleets.values().filter(|fleet| !fleet.waves.is_empty()) {
            let Some(each) = fleet.each().or_else(|| self.average()) else { return Left::Unknown };
            let left = fleet.waves.values().map(|wave| {
                let elapsed = wave.begun.map_or(Duration::ZERO, |begun| now.since(begun));
                each.saturating_sub(elapsed)
            });
            let left: Duration = left.sum();
            longest = match longest {
                Left::About(other) => Left::About(other.max(left)),
                _ => Left::About(left),
            };
        }
        if longest == Left::About(Duration::ZERO) { Left::Overdue } else { longest }
    }

    /// The average of all waves that this run has done.
    fn average(&self) -> Option<Duration> {
        average(self.fleets.values().flat_map(|fleet| &fleet.done))
    }

    /// The wave that a step belongs to, if that restarts instances and has not ended.
    fn wave(&mut self, action: &Action) -> Option<((Region, BindingName), usize, &mut Wave)> {
        let (region, binding) = action.fleet()?;
        let (key, number) = ((region.clone(), binding.clone()), action.wave()?);
        let wave = self.fleets.get_mut(&key)?.waves.get_mut(&number)?;
        Some((key, number, wave))
    }
}

impl Fleet {
    /// How long one wave takes: as those of this run, or else by what is recorded.
    fn each(&self) -> Option<Duration> {
        average(&self.done).or(self.recorded)
    }
}

fn average<'a>(durations: impl IntoIterator<Item = &'a Duration>) -> Option<Duration> {
    let (mut sum, mut number) = (Duration::ZERO, 0);
    for duration in durations {
        sum += *duration;
        number += 1;
    }
    (number > 0).then(|| sum / number)
}
