//! The world as the judge: which keys its guests accept, and who is down, at every call.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use keyform::{
    driver::Clock as _,
    ecs::{CallError, Request, Response, Transport},
    model::{
        BindingName, CloudName, Fingerprint, InstanceId, InstanceStatus, RestartWhen, Tags,
        ownership,
    },
    plan::{Action, Fleet, Plan},
};

use super::wish::{FOREIGN, INSTANCES};
use crate::laws::scene::{Scene, region};

pub(super) fn ids() -> impl Iterator<Item = InstanceId> {
    INSTANCES.into_iter().map(InstanceId::new)
}

/// What the oracle knows beside the world itself.
#[derive(Default)]
pub(super) struct Known {
    /// Instances that a plan or somebody else has unbound: their passwords may come back.
    pub(super) unbound: BTreeSet<InstanceId>,
    /// What each guest accepted when it was last looked at.
    guests: BTreeMap<InstanceId, Option<Fingerprint>>,
    /// Instances whose bindings others changed last.
    pub(super) bound_by_others: BTreeSet<InstanceId>,
    /// The keys that guests accept because this project bound their instances, whatever became of
    /// the records since.
    pub(super) taken: BTreeMap<InstanceId, Fingerprint>,
    /// The pairs that the service was asked to make with their keys, since they were last made of a
    /// key that was held before.
    created: BTreeSet<CloudName>,
    /// The plan that runs.
    pub(super) plan: Option<Plan>,
    /// The keys and files of the last look into the vault.
    seen: Option<(Vec<Fingerprint>, Vec<PathBuf>)>,
    pub(super) broken: Option<String>,
}

/// Looks at the world before and after each call.
pub(super) struct Oracle {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) scene: Scene,
    pub(super) known: Arc<Mutex<Known>>,
}

/// The world at one moment.
struct Sight {
    /// The key that each guest accepts.
    guests: BTreeMap<InstanceId, Option<Fingerprint>>,
    down: BTreeSet<InstanceId>,
    /// The keys of the pairs of this project.
    ours: BTreeMap<CloudName, Fingerprint>,
    /// The pairs that instances are bound to.
    bound: BTreeSet<CloudName>,
    foreign: Vec<(CloudName, Fingerprint, Tags)>,
}

impl Sight {
    /// How many of some fleets are down, with those that are restarted now. One that several
    /// bindings want counts once.
    fn count(&self, fleets: &[&Fleet], restarted: &[InstanceId]) -> usize {
        let is_down = |fleet: &Fleet, id: &InstanceId| {
            restarted.contains(id) || (self.down.contains(id) && !fleet.stopped.contains(id))
        };
        let down = |fleet: &&'_ Fleet| {
            let down = fleet.instances.iter().filter(|id| is_down(fleet, id));
            down.cloned().collect::<Vec<_>>()
        };
        fleets.iter().flat_map(down).collect::<BTreeSet<_>>().len()
    }
}

fn look(scene: &Scene) -> Sight {
    scene.world(|world, now| {
        let region = region();
        let mut sight = Sight {
            guests: BTreeMap::new(),
            down: BTreeSet::new(),
            ours: BTreeMap::new(),
            bound: BTreeSet::new(),
            foreign: Vec::new(),
        };
        for id in ids() {
            if world.status(now, &region, &id) != Some(InstanceStatus::Running) {
                sight.down.insert(id.clone());
            }
            sight.bound.extend(world.bound(&region, &id).cloned());
            let effective = world.guest(now, &region, &id).and_then(|guest| guest.effective);
            sight.guests.insert(id, effective);
        }
        for pair in world.pairs(&region) {
            if pair.name.as_str() == FOREIGN {
                let foreign = (pair.name.clone(), pair.fingerprint, pair.tags.clone());
                sight.foreign.push(foreign);
            } else if pair.tags.contains_key(ownership::TAG_LINEAGE) {
                sight.ours.insert(pair.name.clone(), pair.fingerprint);
            }
        }
        sight
    })
}

impl Known {
    /// Takes note of what guests accept, and by whose doing.
    fn saw(&mut self, sight: &Sight) -> BTreeMap<InstanceId, Option<Fingerprint>> {
        for (id, effective) in &sight.guests {
            if self.guests.get(id) == Some(effective) {
                continue;
            }
            self.taken.remove(id);
            if let (Some(key), false) = (effective, self.bound_by_others.contains(id)) {
                self.taken.insert(id.clone(), *key);
            }
        }
        std::mem::replace(&mut self.guests, sight.guests.clone())
    }

    /// Looks at what became of something that others did.
    pub(super) fn look(&mut self, scene: &Scene) {
        self.saw(&look(scene));
    }
}

impl Oracle {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn break_law(&self, law: String) {
        self.known().broken.get_or_insert(law);
    }

    /// L2 and L3: every key that a guest accepts is held, and so is that of every pair of ours; and
    /// no guest goes back to passwords unless that was shown, or somebody else's doing.
    fn keys_are_held(&self, sight: &Sight) {
        let before = self.known().saw(sight);
        for (id, effective) in before {
            let lost = effective.is_some() && sight.guests[&id].is_none();
            if lost && !self.known().unbound.contains(&id) {
                self.break_law(format!("L3: {id} accepts passwords, which no plan has shown"));
            }
        }
        let theirs: BTreeSet<_> =
            sight.foreign.iter().map(|(_, fingerprint, _)| *fingerprint).collect();
        // The one exception to L2: the answer with the key was lost, or is on its way into the vault.
        let created = self.known().created.clone();
        let is_held = |name: &CloudName| !created.contains(name) || sight.bound.contains(name);
        let pairs = sight.ours.iter().filter(|(name, _)| is_held(name)).map(|(_, key)| key);
        let accepted = sight.guests.values().flatten().chain(pairs);
        let others: BTreeSet<_> =
            accepted.filter(|fingerprint| !theirs.contains(fingerprint)).collect();
        // Reading the vault takes longer than looking, and most looks show what the last one did.
        let known: Vec<Fingerprint> = others.iter().map(|fingerprint| **fingerprint).collect();
        let files: Vec<_> = self.scene.disk.files().into_keys().collect();
        let seen = (known, files);
        if self.known().seen.as_ref() == Some(&seen) {
            return;
        }
        let held = self.scene.held();
        // A key that was in the vault once is held from then on.
        self.known().created.retain(|name| {
            sight.ours.get(name).is_none_or(|fingerprint| !held.contains(fingerprint))
        });
        for fingerprint in others {
            if !held.contains(fingerprint) {
                self.break_law(format!("L2, L3: nobody has the key {fingerprint}"));
            }
        }
        self.known().seen = Some(seen);
    }

    /// A binding of which instances are restarted outside of its windows, while that is denied, or
    /// although people restart them.
    fn restarted_out_of_time(&self, restarted: &[InstanceId]) -> Option<BindingName> {
        let now = self.scene.clock.now();
        let may_not = |fleet: &&Fleet| {
            let is_own = fleet.instances.iter().any(|id| restarted.contains(id));
            let policy = &fleet.restart;
            let is_open = policy.calendar_if(fleet.urgent).open_at(now).is_some();
            is_own && (policy.when == RestartWhen::Manual || !is_open)
        };
        let known = self.known();
        let mut fleets = known.plan.iter().flat_map(|plan| &plan.fleets);
        fleets.find(may_not).map(|fleet| fleet.binding.clone())
    }

    /// L9: with those that are restarted now, no more of a binding are down than it allows.
    fn budget_is_kept(&self, sight: &Sight, restarted: &[InstanceId]) {
        let mut broken = None;
        if let Some(plan) = &self.known().plan {
            let mut keeps = |fleets: &[&Fleet], most: usize| {
                let count = sight.count(fleets, restarted);
                let own = |fleet: &&Fleet| fleet.instances.iter().any(|id| restarted.contains(id));
                if count > most && fleets.iter().any(own) {
                    broken = Some(format!("L9: {count} of {} are down", fleets[0].binding));
                }
            };
            for fleet in &plan.fleets {
                keeps(&[fleet], fleet.unavailable_max);
            }
            for limit in &plan.limits {
                let fleets = plan.fleets.iter().filter(|fleet| limit.covers(fleet));
                keeps(&fleets.collect::<Vec<_>>(), limit.unavailable_max);
            }
        }
        if let Some(fleet) = self.restarted_out_of_time(restarted) {
            broken = Some(format!("L9: {fleet} is restarted when its policy forbids it"));
        }
        if let Some(id) = restarted.iter().find(|id| sight.down.contains(*id)) {
            broken = Some(format!("L9: {id} is restarted while it is down"));
        }
        if let Some(broken) = broken {
            self.break_law(broken);
        }
    }

    /// L3: no pair is deleted that a guest accepts because this project bound its instance.
    fn no_guest_needs(&self, sight: &Sight, deleted: &[CloudName]) {
        for name in deleted {
            let key = sight.ours.get(name);
            let taken = self.known().taken.clone();
            if let Some((id, _)) = taken.iter().find(|(_, taken)| Some(*taken) == key) {
                self.break_law(format!("L3: {name} is deleted, and {id} accepts it"));
            }
        }
    }

    /// From here on an instance is bound by this project, if that came about.
    fn is_bound_by_us(&self, ids: &[InstanceId], name: &CloudName) {
        let is_bound = |id: &&InstanceId| {
            self.scene.world(|world, _| world.bound(&region(), id) == Some(name))
        };
        let bound: Vec<_> = ids.iter().filter(is_bound).collect();
        let mut known = self.known();
        bound.into_iter().for_each(|id| {
            known.bound_by_others.remove(id);
        });
    }

    /// L5: a write is one of the plan's.
    fn is_planned(&self, request: &Request) {
        let known = self.known();
        let Some(plan) = &known.plan else { return };
        let has =
            |wanted: &dyn Fn(&Action) -> bool| plan.steps.iter().any(|step| wanted(&step.action));
        let within = |ids: &[InstanceId], action: &Action| {
            ids.iter().all(|id| action.items().iter().any(|item| item.id == *id))
        };
        let planned = match request {
            Request::ImportKeyPair { key_pair_name, .. } => {
                has(&|a| matches!(a, Action::ImportPair { name, .. } if name == key_pair_name))
            }
            Request::CreateKeyPair { key_pair_name, .. } => {
                has(&|a| matches!(a, Action::CreatePair { name, .. } if name == key_pair_name))
            }
            // The step that makes a pair again deletes the one of which the answer was lost.
            Request::DeleteKeyPairs { key_pair_names, .. } => has(
                &|a| matches!(a, Action::DeletePair { name, .. } | Action::CreatePair { name, .. } if key_pair_names == std::slice::from_ref(name)),
            ),
            Request::AttachKeyPair { key_pair_name, instance_ids, .. } => has(&|a| {
                matches!(a, Action::Attach { name, .. } if name == key_pair_name)
                    && within(instance_ids, a)
            }),
            Request::DetachKeyPair { key_pair_name, instance_ids, .. } => has(&|a| {
                matches!(a, Action::Detach { name, .. } if name == key_pair_name)
                    && within(instance_ids, a)
            }),
            Request::RebootInstances { instance_ids, .. } => {
                has(&|a| matches!(a, Action::Restart { .. }) && within(instance_ids, a))
            }
            Request::RebootInstance { instance_id, .. } => {
                let ids = std::slice::from_ref(instance_id);
                has(&|a| matches!(a, Action::Restart { .. }) && within(ids, a))
            }
            _ => true,
        };
        drop(known);
        if !planned {
            self.break_law(format!("L5: not planned: {request:?}"));
        }
    }
}

impl Transport for Oracle {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if self.scene.disk.is_stopped() {
            return self.inner.call(request);
        }
        let before = look(&self.scene);
        self.keys_are_held(&before);
        if !request.writes() {
            return self.inner.call(request);
        }
        self.is_planned(request);
        match request {
            Request::RebootInstances { instance_ids, .. } => {
                self.budget_is_kept(&before, instance_ids);
            }
            Request::RebootInstance { instance_id, .. } => {
                self.budget_is_kept(&before, std::slice::from_ref(instance_id));
            }
            Request::DeleteKeyPairs { key_pair_names, .. } => {
                self.no_guest_needs(&before, key_pair_names);
            }
            Request::CreateKeyPair { key_pair_name, .. } => {
                self.known().created.insert(key_pair_name.clone());
            }
            Request::ImportKeyPair { key_pair_name, .. } => {
                self.known().created.remove(key_pair_name);
            }
            Request::DetachKeyPair { instance_ids, .. } => {
                self.known().unbound.extend(instance_ids.iter().cloned());
            }
            _ => {}
        }
        let answer = self.inner.call(request);
        if let Request::AttachKeyPair { instance_ids, key_pair_name, .. } = request {
            self.is_bound_by_us(instance_ids, key_pair_name);
        }
        let after = look(&self.scene);
        self.keys_are_held(&after);
        if after.foreign != before.foreign {
            self.break_law(format!("L6: a foreign pair was changed by {request:?}"));
        }
        answer
    }
}
