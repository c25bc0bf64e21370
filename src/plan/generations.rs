//! Generations of a key pair: which one is wanted, and which other one is kept.

use crate::{
    manifest::{Desired, DesiredKeyPair},
    model::{CloudName, Region},
    state::{RecordPair, Records},
};

/// A wanted key pair in its wanted generation.
#[derive(Clone, Debug)]
pub(super) struct WantedGeneration<'a> {
    /// The key pair.
    pub(super) pair: &'a DesiredKeyPair,
    /// The name that its wanted generation has in the cloud and in the vault.
    pub(super) name: CloudName,
}

impl<'a> WantedGeneration<'a> {
    pub(super) fn new(pair: &'a DesiredKeyPair) -> Self {
        Self { pair, name: pair.name_of(pair.generation) }
    }

    /// All wanted key pairs.
    pub(super) fn all(desired: Option<&'a Desired>) -> impl Iterator<Item = Self> {
        desired.into_iter().flat_map(|desired| &desired.key_pairs).map(Self::new)
    }

    /// The recorded generations of this key pair in a region that are not the wanted one.
    pub(super) fn others<'f>(
        &self,
        recorded: &'f Records,
        region: &Region,
    ) -> impl Iterator<Item = (&'f CloudName, &'f RecordPair)> {
        let pairs = recorded.pairs.get(region).into_iter().flatten();
        pairs.filter(|(name, record)| is_of(self.pair, name, record) && **name != self.name)
    }

    /// The generation that stays beside the wanted one, bound to nothing, so that one can go back
    /// to it: the one that was wanted last.
    pub(super) fn kept<'f>(&self, recorded: &'f Records, region: &Region) -> Option<&'f CloudName> {
        let others = self.others(recorded, region).filter(|_| self.pair.keep_previous);
        others
            .max_by_key(|(_, record)| (record.activation, record.generation))
            .map(|(name, _)| name)
    }

    /// The names in the cloud that this key pair keeps in a region: the wanted one and the kept one.
    pub(super) fn names<'f>(
        &'f self,
        recorded: &'f Records,
        region: &Region,
    ) -> [Option<&'f CloudName>; 2] {
        [Some(&self.name), self.kept(recorded, region)]
    }

    /// The activation of the wanted generation: higher than that of all others.
    pub(super) fn activation(&self, recorded: &Records, region: &Region) -> u64 {
        let others = self.others(recorded, region).map(|(_, record)| record.activation + 1).max();
        let own = recorded.pair(region, &self.name).map(|record| record.activation);
        others.max(own).unwrap_or(0)
    }

    /// A recorded generation that came after the wanted one, if that one is not recorded any more:
    /// its key was put aside, and no other one may take its name.
    pub(super) fn later_than_gone(&self, recorded: &Records) -> Option<u32> {
        if recorded.pairs.values().any(|pairs| pairs.contains_key(&self.name)) {
            return None;
        }
        let generations = recorded.pairs.keys().flat_map(|region| self.others(recorded, region));
        generations
            .map(|(_, record)| record.generation)
            .filter(|generation| *generation > self.pair.generation)
            .max()
    }
}

/// Whether a recorded pair is a generation of a key pair. One of another `namePrefix` is not: it has
/// another name in the cloud, and so it is another pair.
pub(super) fn is_of(pair: &DesiredKeyPair, name: &CloudName, record: &RecordPair) -> bool {
    record.key_pair == pair.name && *name == pair.name_of(record.generation)
}
