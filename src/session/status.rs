//! How things are: what is bound, and what is in effect.

use serde::Serialize;

use super::{
    error::SessionError,
    open::Session,
    plan::{PlanOptions, Planned},
};
use crate::{
    manifest::DesiredKey,
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceRef, InstanceStatus,
        Presence, ProjectName, Region, Timestamp, VaultKey,
    },
    plan::{KeyReason, Note, NoteKind, Summary},
    state::{
        DeferredItem, Effect, Evidence, RecordInstance, RecordPair, RecordProof, deferred_items,
    },
};

/// How things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The project.
    pub project: ProjectName,
    /// The serial of the state; 0 without one.
    pub serial: u64,
    /// What may have cost a login already: private keys that are gone.
    pub warnings: Vec<Note>,
    /// The pairs that are recorded.
    pub pairs: Vec<PairRow>,
    /// The instances that are recorded.
    pub instances: Vec<InstanceRow>,
    /// What applied plans have left to its time.
    pub deferred: Vec<DeferredItem>,
    /// What a plan would do now.
    pub todo: Summary,
    /// Whether a plan would do nothing.
    pub is_settled: bool,
}

/// How a pair is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PairRow {
    /// Its name in the cloud.
    pub name: CloudName,
    /// Where.
    pub region: Region,
    /// Its key.
    pub fingerprint: Fingerprint,
    /// Whether the service has it, with that key.
    pub in_cloud: bool,
    /// How its private key is.
    pub private_key: KeyState,
    /// How many recorded instances are bound to it.
    pub instances: usize,
}

/// How a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyState {
    /// The vault has it.
    Held,
    /// A person has it, and gave its public half.
    Imported,
    /// It was recorded, and the vault of this machine does not have it.
    Missing,
    /// Something else has its name in the vault.
    Unusable,
}

impl KeyState {
    /// It in a word.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Imported => "imported",
            Self::Missing => "missing",
            Self::Unusable => "unusable",
        }
    }
}

/// Whether what an instance is bound to is what its guest accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EffectState {
    /// It is.
    InEffect,
    /// After its next restart.
    Pending,
    /// Nobody knows; it is taken for granted.
    Assumed,
    /// It is not bound as recorded: somebody else changed that.
    Changed,
}

impl EffectState {
    /// It in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InEffect => "in effect",
            Self::Pending => "pending",
            Self::Assumed => "assumed",
            Self::Changed => "changed by others",
        }
    }
}

/// Whether it was shown that one can log on to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ProofState {
    /// Not yet.
    Pending,
    /// It was, then.
    Shown(Timestamp),
}

/// How an instance is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceRow {
    /// Which instance.
    pub id: InstanceId,
    /// What people call it; empty if it was not seen.
    pub name: String,
    /// Where.
    pub region: Region,
    /// Which binding it belongs to.
    pub binding: BindingName,
    /// What the service says that it is bound to.
    pub bound: Option<CloudName>,
    /// Whether that is what the guest accepts.
    pub effect: EffectState,
    /// If it is: why that is known.
    pub evidence: Option<Evidence>,
    /// If that is pending: since when, as far as a run has bound or unbound it.
    pub pending_since: Option<Timestamp>,
    /// Whether it was shown that one can log on to it; nothing if its binding does not ask for that.
    pub proof: Option<ProofState>,
    /// Its status; `None` if it was not seen.
    pub status: Option<InstanceStatus>,
}

impl Session {
    /// Tells how things are. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn status(&self) -> Result<Status, SessionError> {
        // Nothing is done about what is missing, so it is told here and refused where it counts.
        let planned = self.plan(PlanOptions { accept_missing: true, ..PlanOptions::default() })?;
        let mut pairs = Vec::new();
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
                    private_key: self.key_state(&planned, name, record),
                    instances: instances.map_or(0, |all| all.values().filter(bound_here).count()),
                });
            }
        }
        let records = planned.recorded.all_instances();
        let instances = records.map(|(at, record)| instance_row(&planned, at, record)).collect();
        Ok(Status {
            project: planned.plan.project.clone(),
            serial: planned.plan.serial,
            warnings: planned
                .plan
                .notes
                .iter()
                .filter(|note| note.stands_first())
                .cloned()
                .collect(),
            pairs,
            instances,
            deferred: deferred_items(&planned.recorded, self.now()),
            is_settled: planned.plan.is_empty(),
            todo: planned.plan.summary,
        })
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
            if self.vault.inspect(&name).map_err(failed)? == VaultKey::Absent {
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
            // A key of another fingerprint opens nothing that this pair is bound to.
            Some(_) => KeyState::Unusable,
        }
    }
}

fn instance_row(planned: &Planned, at: InstanceRef, record: &RecordInstance) -> InstanceRow {
    let seen = planned.observed.instance(&at).and_then(Presence::seen);
    let recorded = record.bound.as_ref().map(|bound| &bound.name);
    let bound = seen.and_then(|seen| seen.bound.clone());
    let (effect, evidence) = if seen.is_some() && bound.as_ref() != recorded {
        (EffectState::Changed, None)
    } else {
        let recorded = &planned.recorded;
        let effect = match seen {
            Some(seen) => Some(recorded.effect(&at.region, seen, record.bound.as_ref(), None)),
            None => recorded.effect_unseen(&at),
        };
        match effect {
            Some(Effect::InEffect { evidence }) => (EffectState::InEffect, Some(evidence)),
            Some(Effect::Pending { .. }) => (EffectState::Pending, None),
            Some(Effect::Assumed) | None => (EffectState::Assumed, None),
        }
    };
    InstanceRow {
        id: at.id,
        name: seen.map(|seen| seen.name.clone()).unwrap_or_default(),
        region: at.region,
        binding: record.binding.clone(),
        bound,
        effect,
        evidence,
        pending_since: record.moved.filter(|_| effect == EffectState::Pending),
        proof: record.proof.as_ref().map(|proof| match proof {
            RecordProof::Pending { .. } => ProofState::Pending,
            RecordProof::Shown { at } => ProofState::Shown(*at),
        }),
        status: seen.map(|seen| seen.status),
    }
}
