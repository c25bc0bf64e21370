//! What a plan has to know before it can be made.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    document::Plan,
    generations::WantedGeneration,
    step::{Action, Expectation},
};
use crate::{
    manifest::{Chosen, Desired},
    model::{
        Address, CloudName, Lineage, Observed, ObservedPair, ObservedRegion, ProjectName, Region,
        RegionQuestion,
        ownership::{Belonging, TAG_LINEAGE, belonging},
    },
    state::Records,
};

/// What to read, region by region, and of the vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Each region that matters.
    pub regions: BTreeMap<Region, RegionQuestion>,
    /// The names to look up in the vault.
    pub vault: BTreeSet<CloudName>,
}

impl Question {
    fn add(&mut self, address: &Address) {
        match address {
            Address::Key(name) => {
                self.vault.insert(name.clone());
            }
            Address::Pair(region, name) => {
                self.regions.entry(region.clone()).or_default().pairs.insert(name.clone());
            }
            Address::Instance(at) | Address::Deferred(at) => {
                let needs = self.regions.entry(at.region.clone()).or_default();
                needs.instances.insert(at.id.clone());
            }
        }
    }
}

/// What has to be read for a plan.
#[must_use]
pub fn question(desired: Option<&Desired>, recorded: &Records) -> Question {
    let mut question = Question::default();
    let mut wanted: BTreeSet<(Region, CloudName)> = BTreeSet::new();
    for target in WantedGeneration::all(desired) {
        question.vault.insert(target.name.clone());
        for region in &target.pair.regions {
            question.regions.entry(region.clone()).or_default();
            let names = target.names(recorded, region).into_iter().flatten();
            wanted.extend(names.map(|name| (region.clone(), name.clone())));
        }
    }
    if let Some(desired) = desired {
        for binding in &desired.bindings {
            let needs = question.regions.entry(binding.region.clone()).or_default();
            needs.instances.extend(binding.chosen.listed().iter().map(|one| one.id.clone()));
            needs.all_instances |= matches!(binding.chosen, Chosen::Selected(_));
        }
    }
    question.vault.extend(recorded.keys.keys().cloned());
    for (region, pairs) in &recorded.pairs {
        for name in pairs.keys() {
            let needs = question.regions.entry(region.clone()).or_default();
            needs.pairs.insert(name.clone());
            needs.all_instances |= !wanted.contains(&(region.clone(), name.clone()));
        }
    }
    for (region, instances) in &recorded.instances {
        if !instances.is_empty() {
            let needs = question.regions.entry(region.clone()).or_default();
            needs.instances.extend(instances.keys().cloned());
        }
    }
    for (at, _) in recorded.all_guests() {
        question.regions.entry(at.region).or_default().instances.insert(at.id);
    }
    // What a killed run was about to do is resolved by reading, whatever the manifests say now.
    for address in recorded.intents.keys() {
        match address {
            Address::Pair(region, _) => {
                question.regions.entry(region.clone()).or_default();
            }
            Address::Key(_) | Address::Instance(_) | Address::Deferred(_) => question.add(address),
        }
    }
    for (region, deferred) in &recorded.deferred {
        let needs = question.regions.entry(region.clone()).or_default();
        needs.instances.extend(deferred.keys().cloned());
    }
    question
}

/// The pairs of a region with our lineage that are not recorded: their fate depends on who is bound
/// to them, which only a complete listing of the region's instances tells, and on whether the vault
/// has their private keys.
#[must_use]
pub fn unrecorded_pairs(
    recorded: &Records,
    project: &ProjectName,
    lineage: Option<&Lineage>,
    region: &Region,
    observed: &ObservedRegion,
) -> Vec<CloudName> {
    let is_ours = |pair: &&ObservedPair| belonging(pair, project, lineage).has_our_lineage();
    let pairs = observed.pairs.values().filter(is_ours);
    pairs
        .map(|pair| pair.name.clone())
        .filter(|name| recorded.pair(region, name).is_none())
        .collect()
}

/// What has to be read again before a plan is applied: what its steps rest on.
#[must_use]
pub fn question_of(plan: &Plan) -> Question {
    let mut question = Question::default();
    for step in &plan.steps {
        if let Some(region) = step.action.region() {
            let needs = question.regions.entry(region.clone()).or_default();
            needs.instances.extend(step.action.items().iter().map(|item| item.id.clone()));
            needs.all_instances |= matches!(step.action, Action::DeletePair { .. });
        }
        if let Action::Record { changes } = &step.action {
            for change in changes {
                question.add(&change.address());
            }
        }
        for expectation in &step.expectations {
            match expectation {
                Expectation::PairOurs { region, name, .. }
                | Expectation::PairForeign { region, name, .. } => {
                    question.regions.entry(region.clone()).or_default().pairs.insert(name.clone());
                }
                Expectation::KeyAbsent { name, .. }
                | Expectation::KeyNotLookedAt { name, .. }
                | Expectation::KeyHeld { name, .. } => {
                    question.vault.insert(name.clone());
                }
                _ => {}
            }
        }
    }
    question
}

/// The lineage that the pairs of a project share which is left without a state: taking it over
/// makes them known again. None if there are none, or if they are of several lineages.
#[must_use]
pub fn orphaned_lineage(project: &ProjectName, observed: &Observed) -> Option<Lineage> {
    let is_left = |pair: &&ObservedPair| belonging(pair, project, None) == Belonging::OtherState;
    let pairs = observed.regions.values().flat_map(|region| region.pairs.values());
    let lineages: BTreeSet<&String> =
        pairs.filter(is_left).filter_map(|pair| pair.tags.get(TAG_LINEAGE)).collect();
    match (lineages.first(), lineages.len()) {
        (Some(lineage), 1) => Lineage::parse(lineage),
        _ => None,
    }
}
