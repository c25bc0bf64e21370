//! One region of the world: its pairs and its instances.

use std::{collections::BTreeMap, time::Duration};

use super::life::{Life, PairNumber, Restart, RestartTimes};
use crate::{
    emulator::event::{Fact, LoggedFact},
    model::{CloudName, Fingerprint, InstanceId, Tags, Timestamp, inventory::InventoryInstance},
};

/// A pair of the embedded cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldPair {
    /// Unique in its region.
    pub name: CloudName,
    /// The print of its key.
    pub fingerprint: Fingerprint,
    /// The print that is told of it, if that is another one.
    pub told: Option<Fingerprint>,
    /// Its key, as it was sent.
    pub public_key: String,
    /// When it was made.
    pub created: Timestamp,
    /// All its tags.
    pub tags: Tags,
    /// Its resource group; empty for the default one.
    pub resource_group_id: String,
}

/// An instance, and what happened to it. One that is not in the inventory is not told of, but its
/// history goes on.
#[derive(Clone, Debug, Default)]
struct WorldInstance {
    inventory: Option<InventoryInstance>,
    life: Life,
}

impl WorldInstance {
    /// What is told of it: nothing of one that has left the inventory or was released.
    fn seen(&self) -> Option<(&InventoryInstance, &Life)> {
        self.inventory.as_ref().filter(|_| !self.life.is_released).map(|i| (i, &self.life))
    }
}

/// One region.
#[derive(Clone, Debug, Default)]
pub(super) struct WorldRegion {
    names: BTreeMap<CloudName, PairNumber>,
    /// Every pair that ever was, by its number; `None` once it was deleted.
    pairs: Vec<Option<WorldPair>>,
    instances: BTreeMap<InstanceId, WorldInstance>,
    /// Whether guests keep the keys of before beside the one that they take up.
    pub(super) keeps_keys: bool,
}

impl WorldRegion {
    /// Puts in an instance to which nothing has happened.
    pub(super) fn insert(&mut self, instance: InventoryInstance) {
        let id = instance.id.clone();
        self.instances.entry(id).or_default().inventory = Some(instance);
    }

    /// Goes back to the beginning: the inventory, and nothing that happened since.
    pub(super) fn forget(&mut self) {
        self.names.clear();
        self.pairs.clear();
        self.instances.retain(|_, instance| instance.inventory.is_some());
        for instance in self.instances.values_mut() {
            instance.life = Life::default();
        }
    }

    /// The pairs, by name.
    pub(super) fn pairs(&self) -> impl Iterator<Item = &WorldPair> {
        self.names.values().filter_map(|&number| self.pair(number))
    }

    /// How many pairs there are.
    pub(super) fn pair_count(&self) -> usize {
        self.names.len()
    }

    /// The pair of a name.
    pub(super) fn pair_named(&self, name: &CloudName) -> Option<&WorldPair> {
        self.names.get(name).and_then(|&number| self.pair(number))
    }

    /// An instance of the inventory.
    pub(super) fn instance(&self, id: &InstanceId) -> Option<(&InventoryInstance, &Life)> {
        self.instances.get(id)?.seen()
    }

    /// The instances of the inventory behind `after`, by id; all of them without it.
    pub(super) fn instances(
        &self,
        after: Option<&InstanceId>,
    ) -> impl Iterator<Item = (&InventoryInstance, &Life)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.instances
            .range::<InstanceId, _>((from, Unbounded))
            .filter_map(|(_, instance)| instance.seen())
    }

    /// What happened to an instance, also to one that has left the inventory.
    pub(super) fn life(&self, id: &InstanceId) -> Option<&Life> {
        self.instances.get(id).map(|instance| &instance.life)
    }

    /// The pair that an instance is bound to.
    pub(super) fn bound(&self, life: &Life) -> Option<&WorldPair> {
        life.bound.and_then(|number| self.pair(number))
    }

    /// Folds a fact. Facts about pairs that do not exist change nothing.
    pub(super) fn apply(&mut self, event: &LoggedFact) {
        match &event.fact {
            Fact::Imported {
                key_pair_name,
                fingerprint,
                told,
                public_key,
                tags,
                resource_group_id,
                ..
            } => {
                self.make(WorldPair {
                    resource_group_id: resource_group_id.clone(),
                    name: key_pair_name.clone(),
                    fingerprint: *fingerprint,
                    told: *told,
                    public_key: public_key.clone(),
                    created: event.at,
                    tags: tags.clone(),
                });
            }
            Fact::Deleted { key_pair_names, .. } => self.delete(key_pair_names),
            Fact::Bound { key_pair_name, instance_ids, .. } => {
                // Bound to the pair and not to its name: one that is made under the name again is
                // another.
                if let Some(&number) = self.names.get(key_pair_name) {
                    self.each(instance_ids, |life, _| life.bound = Some(number));
                }
            }
            Fact::Unbound { key_pair_name, instance_ids, .. } => {
                let number = self.names.get(key_pair_name).copied();
                // As at the service, an instance that is bound to another pair meanwhile stays so.
                self.each(instance_ids, |life, _| {
                    if life.bound == number {
                        life.bound = None;
                    }
                });
            }
            Fact::Restarted { .. }
            | Fact::Started { .. }
            | Fact::Stopped { .. }
            | Fact::StopBegun { .. }
            | Fact::Released { .. }
            | Fact::InstanceTagged { .. }
            | Fact::InstanceUntagged { .. } => self.apply_to_instances(event),
            Fact::Grouped { key_pair_name, resource_group_id, .. } => {
                self.each_pair(std::slice::from_ref(key_pair_name), |pair| {
                    pair.resource_group_id.clone_from(resource_group_id);
                });
            }
            Fact::Tagged { key_pair_names, tags, .. } => self.each_pair(key_pair_names, |pair| {
                pair.tags.extend(tags.clone());
            }),
            Fact::Untagged { key_pair_names, tag_keys, .. } => {
                self.each_pair(key_pair_names, |pair| {
                    pair.tags.retain(|key, _| !tag_keys.contains(key));
                });
            }
        }
    }

    /// Folds those facts about instances that [`WorldRegion::apply`] passes on.
    fn apply_to_instances(&mut self, event: &LoggedFact) {
        match &event.fact {
            Fact::Restarted {
                instance_ids,
                milliseconds,
                lag_milliseconds,
                moves_start_time,
                by,
                ..
            } => {
                let restart = Restart { at: event.at, by: *by };
                let times = RestartTimes {
                    lag: Duration::from_millis(*lag_milliseconds),
                    duration: Duration::from_millis(*milliseconds),
                    moves_start_time: *moves_start_time,
                    keeps_keys: self.keeps_keys,
                };
                // What it takes up is what it is bound to when its restart is accepted: nothing can
                // be bound while it is down.
                self.each(instance_ids, |life, takes| {
                    life.restart(restart, times, takes);
                });
            }
            Fact::Started { instance_ids, milliseconds, .. } => {
                let (duration, keeps) = (Duration::from_millis(*milliseconds), self.keeps_keys);
                self.each(instance_ids, |life, takes| {
                    life.start(event.at, duration, takes, keeps);
                });
            }
            Fact::Stopped { instance_ids, .. } => {
                self.each(instance_ids, |life, _| life.stop(event.at, Duration::ZERO));
            }
            Fact::StopBegun { instance_ids, milliseconds, .. } => {
                let duration = Duration::from_millis(*milliseconds);
                self.each(instance_ids, |life, _| life.stop(event.at, duration));
            }
            Fact::Released { instance_ids, .. } => {
                self.each(instance_ids, |life, _| life.is_released = true);
            }
            Fact::InstanceTagged { instance_ids, tags, .. } => {
                self.each(instance_ids, |life, _| life.tag(tags));
            }
            Fact::InstanceUntagged { instance_ids, tag_keys, .. } => {
                self.each(instance_ids, |life, _| life.untag(tag_keys));
            }
            _ => {}
        }
    }

    fn pair(&self, number: PairNumber) -> Option<&WorldPair> {
        self.pairs.get(number).and_then(Option::as_ref)
    }

    fn make(&mut self, pair: WorldPair) {
        self.names.insert(pair.name.clone(), self.pairs.len());
        self.pairs.push(Some(pair));
    }

    fn delete(&mut self, names: &[CloudName]) {
        for name in names {
            if let Some(number) = self.names.remove(name) {
                self.pairs[number] = None;
            }
        }
    }

    /// Does something to each instance, given the fingerprint of the pair that it is bound to.
    fn each(&mut self, ids: &[InstanceId], act: impl Fn(&mut Life, Option<Fingerprint>)) {
        for id in ids {
            let instance = match self.instances.get_mut(id) {
                Some(instance) => instance,
                None => self.instances.entry(id.clone()).or_default(),
            };
            let number = instance.life.bound;
            let pair = number.and_then(|n| self.pairs.get(n)).and_then(Option::as_ref);
            act(&mut instance.life, pair.map(|pair| pair.fingerprint));
        }
    }

    fn each_pair(&mut self, names: &[CloudName], act: impl Fn(&mut WorldPair)) {
        for name in names {
            let number = self.names.get(name).copied();
            if let Some(Some(pair)) = number.and_then(|n| self.pairs.get_mut(n)) {
                act(pair);
            }
        }
    }
}
