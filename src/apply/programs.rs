//! The programs and logins that run for instances: hooks and proofs.

use std::collections::BTreeMap;

use super::call::Purpose;
use crate::model::{InstanceId, InstanceRef, ObservedInstance, Region, StepId};

/// A program or a login that runs, or is about to.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) step: StepId,
    pub(super) instance: InstanceId,
    pub(super) purpose: Purpose,
}

/// The programs of a run.
#[derive(Debug, Default)]
pub(super) struct Programs {
    running: BTreeMap<usize, Running>,
    started: usize,
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

    /// A program is about to run; answers its number.
    pub(super) fn start(&mut self, running: Running) -> usize {
        self.started += 1;
        self.running.insert(self.started, running);
        self.started
    }

    /// Whether a step waits for any.
    pub(super) fn has(&self, step: StepId) -> bool {
        self.running.values().any(|one| one.step == step)
    }

    /// What a number stands for.
    pub(super) fn get(&self, number: usize) -> Option<&Running> {
        self.running.get(&number)
    }

    /// A program has ended, or is not started after all.
    pub(super) fn take(&mut self, number: usize) -> Option<Running> {
        self.running.remove(&number)
    }
}
