//! Which rights a plan needs, and which a project needs for all its plans.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    manifest::{Chosen, Desired, DesiredKey, DesiredKeyPair},
    model::{CloudName, Region, RegionQuestion, Tags},
    plan::{Action, Item, Plan, Question, question, question_of},
    rights::{Need, Purpose, Resource},
    state::Records,
};

/// The operations by which instances are restarted.
const RESTARTING: &[&str] = &["RebootInstances"];
/// Those that bind, unbind and restart: of an instance all three come to be needed.
const REBINDING: &[&str] = &["AttachKeyPair", "DetachKeyPair"];
/// Those that change a pair and nothing else.
const CHANGING: &[&str] = &["TagResources", "UntagResources", "DeleteKeyPairs"];

/// What a plan needs: it is read again, and then its steps are done.
pub(super) fn of_plan(plan: &Plan, purpose: Purpose) -> BTreeSet<Need> {
    let mut needs = reads(&question_of(plan), |region, asked| {
        let makes_pair = |action: &Action| match action {
            Action::ImportPair { region: place, .. }
            | Action::CreatePair { region: place, .. }
            | Action::AdoptPair { region: place, .. } => place == region,
            _ => false,
        };
        // After a crash the pair is there and not recorded, and keyform looks what is bound to it.
        asks_instances(asked) || plan.steps.iter().any(|step| makes_pair(&step.action))
    });
    if purpose == Purpose::Apply {
        needs.extend(plan.steps.iter().flat_map(|step| of_action(&step.action)));
    }
    needs
}

/// What the plans of a project need, as its manifests and its state are: for making, rotating, moving
/// and destroying what there is.
pub(super) fn of_project(
    desired: &Desired,
    recorded: &Records,
    purpose: Purpose,
) -> BTreeSet<Need> {
    let question = question(Some(desired), recorded);
    let mut needs = reads(&question, |_, _| true);
    if purpose == Purpose::Apply {
        needs.extend(desired.key_pairs.iter().flat_map(of_pair));
        let names = names(desired, recorded);
        for (region, names) in &names {
            let pairs = || names.iter().map(|name| Resource::key_pair(region, name));
            needs.extend(all(CHANGING, pairs()));
            if has_instances(&question, region) {
                needs.extend(all(REBINDING, pairs()));
            }
        }
        let listed = question.regions.iter().flat_map(|(region, asked)| {
            asked.instances.iter().map(move |id| Resource::instance(region, id))
        });
        needs.extend(all(&[REBINDING, RESTARTING].concat(), listed));
        needs.extend(of_selectors(desired));
    }
    needs
}

/// What is needed to make a pair and each later generation of it.
fn of_pair(pair: &DesiredKeyPair) -> Vec<Need> {
    let in_regions = |regions: &[Region]| -> Vec<Resource> {
        let of_region =
            |region: &Region| names_of(pair).map(|name| Resource::key_pair(region, &name));
        regions.iter().flat_map(of_region).collect()
    };
    let mut needs = Vec::new();
    match &pair.key {
        // Which region comes first may change, and a pair of one region is imported nowhere.
        DesiredKey::CreatedInCloud { order } => {
            needs.extend(all(&["CreateKeyPair"], order.iter().map(Resource::key_pairs)));
            if order.len() > 1 {
                needs.extend(Need::of("ImportKeyPair", Resource::All));
            }
        }
        DesiredKey::Generated | DesiredKey::Given(_) => {
            needs.extend(Need::of("ImportKeyPair", Resource::All));
        }
    }
    if pair.resource_group.is_some() {
        needs.extend(all(&["JoinResourceGroup"], in_regions(&pair.regions)));
    }
    needs
}

/// The names that a pair can have: that of its first generation, and those of all later ones.
fn names_of(pair: &DesiredKeyPair) -> [String; 2] {
    [pair.cloud_name.to_string(), format!("{}-g*", pair.cloud_name)]
}

/// What is read: all pairs of the regions, and all instances of those where that comes to be needed. It
/// does in a project without bindings too: before a pair is deleted, and if a pair is found that is
/// not recorded.
fn reads(
    question: &Question,
    reads_instances: impl Fn(&Region, &RegionQuestion) -> bool,
) -> BTreeSet<Need> {
    let mut needs = BTreeSet::new();
    for (region, asked) in &question.regions {
        needs.extend(Need::of("DescribeKeyPairs", Resource::key_pairs(region)));
        if reads_instances(region, asked) {
            needs.extend(Need::of("DescribeInstances", Resource::instances(region)));
        }
    }
    needs
}

fn asks_instances(asked: &RegionQuestion) -> bool {
    asked.all_instances || !asked.instances.is_empty()
}

/// What a step needs, beside the reads of its plan.
fn of_action(action: &Action) -> Vec<Need> {
    let pair = |region: &Region, name: &CloudName| [Resource::key_pair(region, name)];
    match action {
        Action::ImportPair { .. } => all(&["ImportKeyPair"], [Resource::All]),
        // The service judges the making of a pair for all names of the region.
        Action::CreatePair { region, .. } => all(&["CreateKeyPair"], [Resource::key_pairs(region)]),
        Action::GroupPair { region, name, .. } => all(&["JoinResourceGroup"], pair(region, name)),
        Action::AdoptPair { region, name, .. } | Action::TagPair { region, name, .. } => {
            all(&["TagResources"], pair(region, name))
        }
        Action::UntagPair { region, name, .. } => all(&["UntagResources"], pair(region, name)),
        Action::Attach { region, name, items, .. } => {
            all(&["AttachKeyPair"], instances(region, items).into_iter().chain(pair(region, name)))
        }
        Action::Detach { region, name, items, .. } => {
            all(&["DetachKeyPair"], instances(region, items).into_iter().chain(pair(region, name)))
        }
        Action::Restart { region, items, .. } => all(RESTARTING, instances(region, items)),
        Action::DeletePair { region, name } => all(&["DeleteKeyPairs"], pair(region, name)),
        Action::MakeKey { .. }
        | Action::Prove { .. }
        | Action::Gate { .. }
        | Action::Defer { .. }
        | Action::RetireKey { .. }
        | Action::Record { .. } => Vec::new(),
    }
}

fn instances(region: &Region, items: &[Item]) -> Vec<Resource> {
    items.iter().map(|item| Resource::instance(region, &item.id)).collect()
}

/// The rights of each of these operations for each of these resources.
fn all(operations: &[&str], resources: impl IntoIterator<Item = Resource>) -> Vec<Need> {
    let of = |resource: Resource| {
        operations.iter().filter_map(move |operation| Need::of(operation, resource.clone()))
    };
    resources.into_iter().flat_map(of).collect()
}

/// The names of pairs in each region: those of the manifests with all their generations, and recorded
/// ones beside them.
fn names(desired: &Desired, recorded: &Records) -> BTreeMap<Region, BTreeSet<String>> {
    let mut names: BTreeMap<Region, BTreeSet<String>> = BTreeMap::new();
    let mut generations: BTreeMap<&Region, Vec<String>> = BTreeMap::new();
    for pair in &desired.key_pairs {
        for region in &pair.regions {
            names.entry(region.clone()).or_default().extend(names_of(pair));
            generations.entry(region).or_default().push(format!("{}-g", pair.cloud_name));
        }
    }
    for (region, pairs) in &recorded.pairs {
        let is_covered = |name: &&CloudName| {
            let later = generations.get(region).into_iter().flatten();
            later.into_iter().any(|later| name.as_str().starts_with(later.as_str()))
        };
        let beside = pairs.keys().filter(|name| !is_covered(name)).map(ToString::to_string);
        names.entry(region.clone()).or_default().extend(beside);
    }
    names
}

fn has_instances(question: &Question, region: &Region) -> bool {
    question.regions.get(region).is_some_and(asks_instances)
}

/// What selectors need: any instance with their tags may come to be bound.
fn of_selectors(desired: &Desired) -> Vec<Need> {
    let selected = desired.bindings.iter().filter_map(|binding| match &binding.chosen {
        Chosen::Selected(selector) => Some((&binding.region, &selector.tags)),
        Chosen::Listed(_) => None,
    });
    let operations = [REBINDING, RESTARTING].concat();
    let needs = |(region, tags): (&Region, &Tags)| {
        let needs = all(&operations, [Resource::instances(region)]);
        needs.into_iter().map(|need| need.with_tags(tags)).collect::<Vec<_>>()
    };
    selected.flat_map(needs).collect()
}
