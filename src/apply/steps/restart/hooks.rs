//! The hooks of a restart: who is prepared for it, and who is to be put back.

use std::collections::BTreeSet;

use super::super::super::call::Purpose;
use super::super::super::context::{Context, item};
use crate::{
    model::{Address, InstanceId, Program, Region},
    plan::{Fleet, Item},
    state::{Change, Entry, Evidence, Intent},
};

#[derive(Debug)]
pub(super) struct Hooks<'p> {
    region: &'p Region,
    before: Option<&'p Program>,
    after: Option<&'p Program>,
    items: &'p [Item],
    /// The instances that are prepared for their restart, which was not asked for yet.
    pub(super) prepared: BTreeSet<InstanceId>,
    /// The instances of which this run has written down that they may be prepared.
    marked: BTreeSet<InstanceId>,
}

impl<'p> Hooks<'p> {
    pub(super) fn new(fleet: &'p Fleet, items: &'p [Item]) -> Self {
        Self {
            region: &fleet.region,
            before: fleet.restart.before.as_deref(),
            after: fleet.restart.after.as_deref(),
            items,
            prepared: BTreeSet::new(),
            marked: BTreeSet::new(),
        }
    }

    /// Whether this run has written down that an instance may be prepared.
    pub(super) fn has_marked(&self, instance: &InstanceId) -> bool {
        self.marked.contains(instance)
    }

    /// The hook `before`, and the instances that it has not prepared, if there are any.
    pub(super) fn unprepared(&self, ids: &[InstanceId]) -> Option<(&'p Program, Vec<InstanceId>)> {
        let unprepared: Vec<_> =
            ids.iter().filter(|one| !self.prepared.contains(*one)).cloned().collect();
        self.before.filter(|_| !unprepared.is_empty()).map(|before| (before, unprepared))
    }

    /// Whether something puts its instances back.
    pub(super) fn has_after(&self) -> bool {
        self.after.is_some()
    }

    /// Writes down that instances may be prepared from here on, so that whatever becomes of this run
    /// they are put back.
    pub(super) fn mark<'a>(
        &mut self,
        cx: &mut Context<'_, '_>,
        instances: impl IntoIterator<Item = &'a InstanceId>,
    ) {
        if !self.has_after() {
            return;
        }
        let mut changes = Vec::new();
        for instance in instances {
            let at = instance.in_region(self.region);
            let record = cx.shared.run.recorded.instance(&at);
            if let Some(record) = record.filter(|record| record.prepared.is_none()) {
                let record = record.prepared(cx.now());
                changes.push(Change::Instance(at, record));
                self.marked.insert(instance.clone());
            }
        }
        cx.record(changes);
    }

    /// Runs what puts an instance back: it is back from its restart, or is not restarted after all.
    pub(super) fn start_after(&self, cx: &mut Context<'_, '_>, instance: &InstanceId) {
        if let Some(after) = self.after {
            cx.start_program(instance, Purpose::After, after);
        }
    }

    /// Writes down that an instance is back from its restart, which is known by this evidence, and is
    /// still to be put back.
    pub(super) fn intend_put_back(
        &self,
        cx: &mut Context<'_, '_>,
        instance: &InstanceId,
        evidence: Evidence,
    ) {
        let address = Address::Instance(instance.in_region(self.region));
        let bound = item(self.items, instance).and_then(|item| item.bound.clone());
        let intent = Intent::PutBack { bound, evidence };
        let digest = &cx.shared.plan.digest;
        cx.shared.run.recorded.intend(address.clone(), intent.clone(), digest);
        cx.shared.record(Entry::Intent { step: cx.id, intents: vec![(address, intent)] });
    }
}
