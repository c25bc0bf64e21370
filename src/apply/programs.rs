//! The programs and logins that run for instances: hooks and proofs.

use std::collections::BTreeMap;

use super::{call::Purpose, command::ProgramId};
use crate::model::{InstanceId, InstanceRef, ObservedInstance, Region, StepId, Timestamp};

/// A program or a login that runs, or is about to.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) step: StepId,
    pub(super) instance: InstanceId,
    pub(super) purpose: Purpose,
    pub(super) since: Timestamp,
}

/// The programs of a run.
#[derive(Debug, Default)]
pub(super) struct Programs {
    running: BTreeMap<ProgramId, Running>,
    latest: ProgramId,
    /// How the instances were seen last that programs are told about.
    seen: BTreeMap<InstanceRef, ObservedInstance>,
}

impl Programs {
    /// Remembers how an instance was seen.
    pub(super) fn saw(&mut self, region: &Region, found: &ObservedInstance) {
        self.seen.insert(found.id.in_region(region), found.clone());
    }

    /// How an instance was seen last.
    pub(super) fn seen(&self, at: &InstanceRef) -> Option<&ObservedInstance> {
        self.seen.get(at)
    }

    /// A program is about to run; answers its id.
    pub(super) fn start(&mut self, running: Running) -> ProgramId {
        self.latest = self.latest.next();
        self.running.insert(self.latest, running);
        self.latest
    }

    /// Whether a step waits for any.
    pub(super) fn has(&self, step: StepId) -> bool {
        self.of(step).next().is_some()
    }

    /// The programs of a step.
    pub(super) fn of(&self, step: StepId) -> impl Iterator<Item = &Running> {
        self.running.values().filter(move |one| one.step == step)
    }

    /// What an id stands for.
    pub(super) fn get(&self, id: ProgramId) -> Option<&Running> {
        self.running.get(&id)
    }

    /// A program has ended, or is not started after all.
    pub(super) fn take(&mut self, id: ProgramId) -> Option<Running> {
        self.running.remove(&id)
    }
}
