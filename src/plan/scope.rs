//! A plan for a part of a project: what the targets match, with what that depends on.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use super::{
    Inputs, PlanError,
    about::binding_address,
    bindings::{DraftFleet, Need},
    document::Note,
    order::Draft,
    select::Claims,
    step::{Action, Step},
    targets::Targets,
};
use crate::model::{Address, CloudName, InstanceRef, Region};

/// The objects of a plan that is restricted.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    targets: &'a Targets,
    instances: BTreeSet<InstanceRef>,
}

impl<'a> Scope<'a> {
    /// Finds what the targets match; none if everything is planned.
    ///
    /// # Errors
    /// [`PlanError::NothingTargeted`] for a target that matches nothing.
    pub(super) fn find(inputs: Inputs<'a>, claims: &Claims<'a>) -> Result<Option<Self>, PlanError> {
        let targets = inputs.targets;
        if targets.patterns().is_empty() {
            return Ok(None);
        }
        let mut known: BTreeSet<String> = names(inputs);
        let mut instances = BTreeSet::new();
        let wanted = claims.claimed.iter();
        let wanted = wanted.flat_map(|(at, by)| by.iter().map(move |name| (at.clone(), *name)));
        let recorded = inputs.recorded.all_instances().map(|(at, record)| (at, &record.binding));
        for (at, binding) in wanted.chain(recorded) {
            let address = Address::Instance(at.clone()).to_string();
            let binding = binding_address(binding);
            if targets.matches(&address) || targets.matches(&binding) {
                instances.insert(at);
            }
            known.extend([address, binding]);
        }
        let matches_something = |pattern: &&String| {
            let pattern = WildMatch::new(pattern);
            known.iter().any(|name| pattern.matches(name))
        };
        match targets.patterns().iter().find(|pattern| !matches_something(pattern)) {
            Some(pattern) => Err(PlanError::NothingTargeted { pattern: pattern.clone() }),
            None => Ok(Some(Self { targets, instances })),
        }
    }

    /// Leaves out what the instances need that are not targeted. A pair that is targeted and not
    /// wanted any more depends on those that leave it.
    pub(super) fn restrict(&self, fleets: &mut [DraftFleet], unwanted: impl Fn(&Address) -> bool) {
        for fleet in fleets {
            let region = fleet.region.clone();
            let is_covered = |need: &Need| {
                let left =
                    need.bound.as_ref().map(|name| Address::Pair(region.clone(), name.clone()));
                self.instances.contains(&need.id.in_region(&region))
                    || left.is_some_and(|pair| {
                        self.targets.matches(&pair.to_string()) && unwanted(&pair)
                    })
            };
            fleet.needs.retain(is_covered);
        }
    }

    /// Whether the plan deletes a pair that nobody wants any more: the pair is targeted, or its key
    /// is, which is put aside after that.
    pub(super) fn deletes(&self, region: &Region, name: &CloudName) -> bool {
        self.covers(&Address::Pair(region.clone(), name.clone()))
            || self.covers(&Address::Key(name.clone()))
    }

    fn covers(&self, address: &Address) -> bool {
        match address {
            Address::Instance(at) | Address::Deferred(at) => self.instances.contains(at),
            Address::Pair(..) | Address::Key(_) => self.targets.matches(&address.to_string()),
        }
    }

    /// Whether a step is one of the targets' own; what it depends on comes with it.
    fn covers_step(&self, step: &Step) -> bool {
        match &step.action {
            Action::MakeKey { name, .. } | Action::RetireKey { name, .. } => {
                self.covers(&Address::Key(name.clone()))
            }
            // It makes the key too.
            Action::CreatePair { region, name, .. } => {
                self.covers(&Address::Pair(region.clone(), name.clone()))
                    || self.covers(&Address::Key(name.clone()))
            }
            Action::ImportPair { region, name, .. }
            | Action::AdoptPair { region, name, .. }
            | Action::TagPair { region, name, .. }
            | Action::UntagPair { region, name, .. }
            | Action::GroupPair { region, name, .. }
            | Action::DeletePair { region, name } => {
                self.covers(&Address::Pair(region.clone(), name.clone()))
            }
            Action::Record { changes } => changes.iter().any(|one| self.covers(&one.address())),
            // What no target needs was left out before its waves were made.
            Action::Attach { .. }
            | Action::Detach { .. }
            | Action::Restart { .. }
            | Action::Prove { .. }
            | Action::Defer { .. }
            | Action::Gate { .. } => true,
        }
    }

    /// Leaves the steps of the targets in a draft, with all that come before them, and their rows.
    pub(super) fn cut(&self, draft: &mut Draft) {
        draft.keep(|step| self.covers_step(step), |note: &Note| self.covers(&note.address));
        let tagged: BTreeSet<Address> = draft.actions().filter_map(tagged).collect();
        draft.changes.retain(|change| tagged.contains(&change.address));
    }
}

/// The pair of which a step changes tags or the resource group.
fn tagged(action: &Action) -> Option<Address> {
    let is_tagging = matches!(
        action,
        Action::TagPair { .. } | Action::UntagPair { .. } | Action::GroupPair { .. }
    );
    let pair = action.pair().filter(|_| is_tagging);
    pair.map(|(region, name)| Address::Pair(region.clone(), name.clone()))
}

/// The addresses of all pairs, keys and bindings, wanted and recorded.
fn names(inputs: Inputs<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let key_pairs = inputs.desired.into_iter().flat_map(|desired| &desired.key_pairs);
    for pair in key_pairs {
        let name = pair.name_of(pair.generation);
        names.insert(Address::Key(name.clone()).to_string());
        let regions = pair.regions.iter();
        names.extend(regions.map(|one| Address::Pair(one.clone(), name.clone()).to_string()));
    }
    let bindings = inputs.desired.into_iter().flat_map(|desired| &desired.bindings);
    names.extend(bindings.map(|binding| binding_address(&binding.name)));
    names.extend(inputs.recorded.keys.keys().map(|name| Address::Key(name.clone()).to_string()));
    for (region, pairs) in &inputs.recorded.pairs {
        let address = |name: &CloudName| Address::Pair(region.clone(), name.clone());
        names.extend(pairs.keys().map(|name| address(name).to_string()));
    }
    names
}
