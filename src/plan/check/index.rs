//! Where to find the steps that others must follow.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{BindingName, CloudName, InstanceRef, Region, StepId},
    plan::{document::Plan, step::Action},
};

/// A binding in a region.
pub(super) type FleetKey<'a> = (&'a Region, &'a BindingName);

/// Where to find the steps that others must follow.
pub(super) struct Index<'a> {
    pub(super) plan: &'a Plan,
    pub(super) made_keys: BTreeMap<&'a CloudName, StepId>,
    pub(super) made_pairs: BTreeMap<(&'a Region, &'a CloudName), StepId>,
    pub(super) gates: BTreeMap<(FleetKey<'a>, usize), StepId>,
    pub(super) moves: BTreeMap<InstanceRef, StepId>,
    pub(super) fleets: BTreeMap<FleetKey<'a>, (usize, usize)>,
}

impl<'a> Index<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let mut index = Self {
            plan,
            made_keys: BTreeMap::new(),
            made_pairs: BTreeMap::new(),
            gates: BTreeMap::new(),
            moves: BTreeMap::new(),
            fleets: (plan.fleets.iter())
                .map(|fleet| {
                    ((&fleet.region, &fleet.binding), (fleet.waves, fleet.unavailable_max))
                })
                .collect(),
        };
        for (id, step) in plan.numbered() {
            match &step.action {
                Action::MakeKey { name, .. } => {
                    index.made_keys.insert(name, id);
                }
                // The service makes the key with the pair.
                action @ Action::CreatePair { name, .. } => {
                    index.made_keys.insert(name, id);
                    index.made_pairs.extend(action.pair().map(|pair| (pair, id)));
                }
                action @ (Action::ImportPair { .. } | Action::AdoptPair { .. }) => {
                    index.made_pairs.extend(action.pair().map(|pair| (pair, id)));
                }
                Action::Gate { region, binding, wave } => {
                    index.gates.insert(((region, binding), *wave), id);
                }
                action if action.is_rebind() => {
                    index.moves.extend(action.instances().map(|at| (at, id)));
                }
                _ => {}
            }
        }
        index
    }

    /// All steps that come before a step.
    pub(super) fn ancestors(&self, id: StepId) -> BTreeSet<StepId> {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(step) = open.pop() {
            for &before in &self.plan.steps[step].after {
                if seen.insert(before) {
                    open.push(before);
                }
            }
        }
        seen
    }
}
