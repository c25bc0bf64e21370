//! How things are: what is bound, and what is in effect.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    error::SessionError,
    open::Session,
    plan::{PlanOptions, Planned},
};
use crate::{
    manifest::DesiredKey,
    model::{Address, BindingName, CloudName, InstanceRef, Presence, Region, Timestamp, VaultKey},
    plan::{KeyAge, KeyReason, Note, NoteKind, key_ages},
    state::{
        DeferredItem, Effect, Evidence, RecordDeferred, RecordInstance, RecordPair, RecordProof,
        Records, deferred_items,
    },
    status::{
        DeferredWork, EffectState, Filter, InstanceRow, KeyState, Measurement, PairRow, Part,
        ProofState, RotationState, STATUS_FORMAT, Status, Subject, Totals, Unmatched,
    },
};

impl Session {
    /// Tells how things are, as far as a filter leaves them. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`SessionError`]; a pattern that matches nothing in the project is one.
    pub fn status(&self, filter: &Filter) -> Result<Status, SessionError> {
        self.status_from(self.look()?, filter)
    }

    /// Plans to tell how things are. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn look(&self) -> Result<Planned, SessionError> {
        // Nothing is done about what is missing, so it is told here and refused where it counts.
        self.plan(PlanOptions { accept_missing: true, ..PlanOptions::default() })
    }

    /// How the whole project is, for metrics, by a plan without any restriction.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn measure(&self, planned: Planned) -> Result<Measurement, SessionError> {
        let keys = key_ages(&self.desired, &planned.recorded, &planned.observed);
        let status = self.status_from(planned.clone(), &Filter::default())?;
        Ok(Measurement::of(status, &planned.plan, &planned.recorded, keys, self.now()))
    }

    /// How things are by a plan without any restriction, as far as a filter leaves them.
    ///
    /// # Errors
    /// As [`Session::status`].
    pub fn status_from(&self, planned: Planned, filter: &Filter) -> Result<Status, SessionError> {
        self.refuse_slips(filter, &planned.recorded)?;
        let rows = instance_rows(&planned, &deferred_items(&planned.recorded, self.now()));
        let part = self.part(filter, &planned, &rows);
        let covers = |region: &Region, name: &CloudName| {
            part.covers(&Address::Pair(region.clone(), name.clone()))
        };
        let mut pairs = self.pair_rows(&planned);
        pairs.retain(|row| covers(&row.region, &row.name));
        let instances: Vec<InstanceRow> =
            rows.into_iter().filter(|row| subject(&planned, row).is_taken_by(filter)).collect();
        let shown: BTreeSet<_> = instances.iter().map(InstanceRow::at).collect();
        let first = planned.plan.notes.iter().filter(|note| note.stands_first());
        let todo = planned.plan.summary_of(|address| part.covers(address));
        Ok(Status {
            format: STATUS_FORMAT,
            project: planned.plan.project.clone(),
            serial: planned.plan.serial,
            filters: filter.clone(),
            warnings: first.filter(|note| part.covers(&note.address)).cloned().collect(),
            totals: Totals::of(&pairs, &instances),
            pairs,
            deferred: deferred_items(&only(planned.recorded, &shown), self.now()),
            instances,
            is_settled: todo.steps == 0,
            todo,
        })
    }

    /// Refuses a pattern that matches nothing: a slip must not look as if nothing were to do.
    fn refuse_slips(&self, filter: &Filter, recorded: &Records) -> Result<(), SessionError> {
        let mut pairs = self.wanted_pairs();
        for (region, records) in &recorded.pairs {
            pairs.extend(records.keys().map(|name| (region.clone(), name.clone())));
        }
        let wanted = self.desired.bindings.iter();
        let mut bindings: BTreeSet<(Region, BindingName)> =
            wanted.map(|binding| (binding.region.clone(), binding.name.clone())).collect();
        let records = recorded.all_instances().map(|(at, record)| (at, &record.binding));
        let deferred = recorded.all_deferred().map(|(at, record)| (at, &record.binding));
        bindings.extend(records.chain(deferred).map(|(at, name)| (at.region, name.clone())));
        match filter.unmatched(&pairs, &bindings) {
            Some(Unmatched { option, pattern }) => {
                Err(SessionError::NothingMatched { option, pattern })
            }
            None => Ok(()),
        }
    }

    /// The pairs that the manifests want.
    fn wanted_pairs(&self) -> BTreeSet<(Region, CloudName)> {
        let pairs = self.desired.key_pairs.iter();
        pairs
            .flat_map(|pair| {
                let name = pair.name_of(pair.generation);
                pair.regions.iter().map(move |region| (region.clone(), name.clone()))
            })
            .collect()
    }

    /// What a filter leaves of what is recorded, wanted and planned.
    fn part(&self, filter: &Filter, planned: &Planned, rows: &[InstanceRow]) -> Part {
        let mut subjects: Vec<_> = rows.iter().map(|row| subject(planned, row)).collect();
        let pending: BTreeSet<_> =
            rows.iter().filter(|row| row.is_pending()).map(InstanceRow::at).collect();
        let mut add = |at: InstanceRef, binding: &BindingName, pairs: Vec<CloudName>| {
            let is_pending = pending.contains(&at);
            subjects.push(Subject { at, binding: binding.clone(), pairs, is_pending });
        };
        for (at, binding, pair) in self.wanted_instances(planned) {
            add(at, binding, vec![pair]);
        }
        let mut pairs = self.wanted_pairs();
        for action in planned.plan.steps.iter().map(|step| &step.action) {
            let name = action.pair();
            pairs.extend(name.map(|(region, name)| (region.clone(), name.clone())));
            for (at, item) in action.instances().zip(action.items()) {
                let names = name.map(|(_, name)| name).into_iter().chain(&item.bound);
                if let Some(binding) = action.binding() {
                    add(at, binding, names.cloned().collect());
                }
            }
        }
        for (region, records) in &planned.recorded.pairs {
            pairs.extend(records.keys().map(|name| (region.clone(), name.clone())));
        }
        Part::of(filter, &subjects, &pairs)
    }

    /// The instances that the manifests want, each with its binding and the pair of that.
    fn wanted_instances<'a>(
        &'a self,
        planned: &'a Planned,
    ) -> impl Iterator<Item = (InstanceRef, &'a BindingName, CloudName)> {
        self.desired.bindings.iter().flat_map(move |binding| {
            let pair = self.desired.key_pairs.iter().find(|pair| pair.name == binding.key_pair);
            let name = pair.map(|pair| pair.name_of(pair.generation));
            let region = planned.observed.regions.get(&binding.region);
            let seen = region.into_iter().flat_map(|region| &region.instances);
            let chosen = seen.filter(|(id, seen)| binding.chooses(id, seen.seen()));
            let here = chosen.map(|(id, _)| id.in_region(&binding.region));
            here.filter_map(move |at| Some((at, &binding.name, name.clone()?)))
        })
    }

    /// The pairs that are recorded.
    fn pair_rows(&self, planned: &Planned) -> Vec<PairRow> {
        let mut pairs = Vec::new();
        let ages = key_ages(&self.desired, &planned.recorded, &planned.observed);
        let ages: BTreeMap<_, _> = ages.iter().map(|age| (&age.name, age)).collect();
        for (region, records) in &planned.recorded.pairs {
            for (name, record) in records {
                let observed = planned.observed.regions.get(region);
                let pair = observed.and_then(|region| region.pairs.get(name));
                let bound_here = |one: &&RecordInstance| {
                    one.bound.as_ref().is_some_and(|bound| bound.name == *name)
                };
                let instances = planned.recorded.instances.get(region);
                pairs.push(PairRow {
                    name: name.clone(),
                    region: region.clone(),
                    fingerprint: record.fingerprint,
                    in_cloud: pair.is_some_and(|p| p.fingerprint == Some(record.fingerprint)),
                    private_key: self.key_state(planned, name, record),
                    instances: instances.map_or(0, |all| all.values().filter(bound_here).count()),
                    made: ages.get(name).map(|age| age.made),
                    rotation: ages.get(name).and_then(|age| rotation(age, self.now())),
                });
            }
        }
        pairs
    }

    /// The recorded private keys of wanted pairs that the vault does not have now, with a row for
    /// each. Takes no lock and reads no cloud.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn missing_keys(&self) -> Result<Vec<Note>, SessionError> {
        let Some(loaded) = self.store.load()? else { return Ok(Vec::new()) };
        let recorded = loaded.state.recorded;
        let mut missing = Vec::new();
        for pair in &self.desired.key_pairs {
            let name = pair.name_of(pair.generation);
            let mut regions = recorded.pairs.values();
            let is_made = recorded.keys.contains_key(&name);
            if !is_made || !regions.any(|pairs| pairs.contains_key(&name)) {
                continue;
            }
            let failed = |source| SessionError::Vault { name: name.clone(), source };
            if self.vault.glance(&name).map_err(failed)? == VaultKey::Absent {
                missing.push(Note {
                    kind: NoteKind::Warning,
                    address: Address::Key(name.clone()),
                    reason: KeyReason::KeyMissing.into(),
                    origin: Some(pair.origin.clone()),
                });
            }
        }
        Ok(missing)
    }

    /// How the private key of a recorded pair is.
    fn key_state(&self, planned: &Planned, name: &CloudName, record: &RecordPair) -> KeyState {
        let held = planned.observed.vault.get(name);
        if let Some(VaultKey::Present { fingerprint, .. }) = held
            && *fingerprint == record.fingerprint
        {
            return KeyState::Held;
        }
        let is_given = self.desired.key_pairs.iter().any(|pair| {
            matches!(pair.key, DesiredKey::Given(_)) && pair.name_of(pair.generation) == *name
        });
        // Only made keys are recorded as keys.
        if is_given || !planned.recorded.keys.contains_key(name) {
            return KeyState::Imported;
        }
        match held {
            Some(VaultKey::Absent) | None => KeyState::Missing,
            Some(VaultKey::NotLookedAt) => KeyState::NotLookedAt,
            // A key of another fingerprint opens nothing that this pair is bound to.
            Some(_) => KeyState::Unusable,
        }
    }
}

/// When the rotation of a key is due.
fn rotation(age: &KeyAge, now: Timestamp) -> Option<RotationState> {
    let (after, from) = age.rotate_after.zip(age.due())?;
    Some(RotationState { after, from, is_due: age.is_due(now) })
}

/// The instances that are recorded or have deferred work, in the order of their addresses.
fn instance_rows(planned: &Planned, items: &[DeferredItem]) -> Vec<InstanceRow> {
    let recorded = planned.recorded.all_instances().map(|(at, _)| at);
    let deferred = planned.recorded.all_deferred().map(|(at, _)| at);
    let all: BTreeSet<InstanceRef> = recorded.chain(deferred).collect();
    all.into_iter().filter_map(|at| instance_row(planned, at, items)).collect()
}

fn instance_row(planned: &Planned, at: InstanceRef, items: &[DeferredItem]) -> Option<InstanceRow> {
    let record = planned.recorded.instance(&at);
    let deferred = planned.recorded.deferred(&at);
    let seen = planned.observed.instance(&at).and_then(Presence::seen);
    let effect = record.map(|record| effect(planned, &at, record));
    let (state, evidence) = match effect {
        Some((state, evidence)) => (Some(state), evidence),
        None => (None, None),
    };
    let is_pending = state == Some(EffectState::Pending);
    let binding = record.map(|record| &record.binding).or(deferred.map(|work| &work.binding))?;
    Some(InstanceRow {
        name: seen.map(|seen| seen.name.clone()).unwrap_or_default(),
        binding: binding.clone(),
        bound: seen.and_then(|seen| seen.bound.clone()),
        effect: state,
        evidence,
        pending_since: record.and_then(|record| record.moved).filter(|_| is_pending),
        deferred: deferred.map(|work| deferred_work(&at, work, items)),
        proof: record.and_then(|record| record.proof.as_ref()).map(|proof| match proof {
            RecordProof::Pending { .. } => ProofState::Pending,
            RecordProof::Shown { at } => ProofState::Shown(*at),
        }),
        status: seen.map(|seen| seen.status),
        id: at.id,
        region: at.region,
    })
}

/// Whether what an instance is bound to is in effect, and why that is known.
fn effect(
    planned: &Planned,
    at: &InstanceRef,
    record: &RecordInstance,
) -> (EffectState, Option<Evidence>) {
    let recorded = &planned.recorded;
    let seen = planned.observed.instance(at).and_then(Presence::seen);
    let bound = record.bound.as_ref();
    let effect = match seen {
        Some(seen) if seen.bound.as_ref() != bound.map(|bound| &bound.name) => {
            return (EffectState::Changed, None);
        }
        Some(seen) => Some(recorded.effect(&at.region, seen, bound, None)),
        None => recorded.effect_unseen(at),
    };
    match effect {
        Some(Effect::InEffect { evidence }) => (EffectState::InEffect, Some(evidence)),
        Some(Effect::Pending { .. }) => (EffectState::Pending, None),
        Some(Effect::Assumed) | None => (EffectState::Assumed, None),
    }
}

/// What is deferred for an instance; when that may begin is the same for all that are alike.
fn deferred_work(at: &InstanceRef, work: &RecordDeferred, items: &[DeferredItem]) -> DeferredWork {
    let to = work.to.as_ref().map(|bound| bound.name.clone());
    let is_alike = |item: &&DeferredItem| {
        item.binding == work.binding
            && item.region == at.region
            && item.name == to
            && item.digest == work.digest
    };
    let from = items.iter().find(is_alike).and_then(|item| item.from);
    DeferredWork { to, from, digest: work.digest.clone() }
}

/// What a filter asks of a row.
fn subject(planned: &Planned, row: &InstanceRow) -> Subject {
    let at = row.at();
    let recorded = planned.recorded.instance(&at).and_then(|record| record.bound.as_ref());
    let recorded = recorded.map(|bound| &bound.name);
    let deferred = row.deferred.as_ref().and_then(|work| work.to.as_ref());
    let pairs = row.bound.iter().chain(recorded).chain(deferred).cloned().collect();
    Subject { at, binding: row.binding.clone(), pairs, is_pending: row.is_pending() }
}

/// The records with the deferred work of these instances alone.
fn only(mut recorded: Records, shown: &BTreeSet<InstanceRef>) -> Records {
    for (region, deferred) in &mut recorded.deferred {
        deferred.retain(|id, _| shown.contains(&id.in_region(region)));
    }
    recorded
}
