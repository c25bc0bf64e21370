//! How old the keys of wanted pairs are, and which of them `rotateAfter` wants rotated.
//!
//! That says something to people and decides no step: a rotation is a change of a manifest.

use super::{
    Inputs, document::NoteKind, generations::WantedGeneration, order::Draft, reason::KeyReason,
};
use crate::{
    manifest::{Desired, DesiredKey, Origin},
    model::{
        Address, CloudName, Fingerprint, KeyPairName, Observed, Region, Timestamp, schedule::Span,
    },
    state::Records,
};

/// The key of a wanted pair, and how long it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAge {
    /// The pair, as manifests name it.
    pub key_pair: KeyPairName,
    /// The name of its wanted generation in the cloud.
    pub name: CloudName,
    /// When that was made.
    pub made: Timestamp,
    /// How old it may become, if its manifest says so.
    pub rotate_after: Option<Span>,
    /// The generation that no key has had yet.
    next_generation: u32,
    /// Whether a person gives its key.
    is_given: bool,
    origin: Origin,
}

impl KeyAge {
    /// How old it is.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> std::time::Duration {
        now.since(self.made)
    }

    /// From when on its rotation is due, if its manifest says so.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.rotate_after.map(|after| self.made.plus(after.duration()))
    }

    /// Whether its rotation is due.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due <= now)
    }
}

/// The keys of the wanted pairs that are recorded, in the order of the manifests' names.
#[must_use]
pub fn key_ages(desired: &Desired, recorded: &Records, observed: &Observed) -> Vec<KeyAge> {
    let wanted = WantedGeneration::all(Some(desired));
    wanted.filter_map(|wanted| key_age(&wanted, recorded, observed)).collect()
}

fn key_age(
    wanted: &WantedGeneration<'_>,
    recorded: &Records,
    observed: &Observed,
) -> Option<KeyAge> {
    let WantedGeneration { pair, name } = wanted;
    let others = recorded.pairs.keys().flat_map(|region| wanted.others(recorded, region));
    let latest = others.map(|(_, record)| record.generation).max().unwrap_or_default();
    Some(KeyAge {
        key_pair: pair.name.clone(),
        name: name.clone(),
        made: made(recorded, observed, name)?,
        rotate_after: pair.rotate_after,
        next_generation: latest.max(pair.generation) + 1,
        is_given: matches!(pair.key, DesiredKey::Given(_)),
        origin: pair.origin.clone(),
    })
}

/// When a key was first there: as a run has recorded it, or as the service says of a pair that
/// others have made.
fn made(recorded: &Records, observed: &Observed, name: &CloudName) -> Option<Timestamp> {
    let regions = recorded.pairs.iter();
    let times = regions.filter_map(|(region, pairs)| {
        let record = pairs.get(name)?;
        record.made.or_else(|| created(observed, region, name, record.fingerprint))
    });
    times.min()
}

fn created(
    observed: &Observed,
    region: &Region,
    name: &CloudName,
    fingerprint: Fingerprint,
) -> Option<Timestamp> {
    let pair = observed.regions.get(region)?.pairs.get(name)?;
    let time = pair.creation_time.filter(|_| pair.fingerprint == Some(fingerprint))?;
    Some(time.moment())
}

/// Adds a row for each key whose rotation is due.
pub(super) fn note(inputs: Inputs<'_>, draft: &mut Draft) {
    let Some(desired) = inputs.desired else { return };
    for key in key_ages(desired, inputs.recorded, inputs.observed) {
        let Some((rotate_after, due)) = key.rotate_after.zip(key.due()) else { continue };
        if !key.is_due(inputs.now) {
            continue;
        }
        let KeyAge { made, next_generation: generation, is_given, .. } = key;
        let reason = KeyReason::RotationDue { made, rotate_after, due, generation, is_given };
        draft.note(NoteKind::Due, Address::Key(key.name), reason, Some(&key.origin));
    }
}
