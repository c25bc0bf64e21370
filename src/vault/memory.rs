//! Private keys in the memory of this process, for tests and simulations: with it they are gone.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Lender, Lent, Listed, Place, Retired, Stored, Vault, VaultError};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Fingerprint, VaultKey},
};

/// The private keys in memory.
#[derive(Clone)]
pub struct MemoryVault {
    keys: Arc<Mutex<BTreeMap<Slot, Arc<PrivateKey>>>>,
    lender: Arc<Lender>,
}

/// Where a key is: under a name, or put aside under a name and its fingerprint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Slot(CloudName, Option<Fingerprint>);

impl MemoryVault {
    /// A vault without keys.
    #[must_use]
    pub fn new(lender: Arc<Lender>) -> Self {
        Self { keys: Arc::default(), lender }
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<Slot, Arc<PrivateKey>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, name: &CloudName) -> Option<Arc<PrivateKey>> {
        self.keys().get(&Slot(name.clone(), None)).cloned()
    }
}

/// A key of its own, read again from its PEM.
fn copy(key: &PrivateKey) -> Result<PrivateKey, VaultError> {
    let unread = |_| VaultError::ReadBack { place: Place::Memory };
    PrivateKey::from_pem(key.pem().as_bytes()).map_err(unread)
}

impl Vault for MemoryVault {
    fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        Ok(self.held(name).map_or(VaultKey::Absent, |key| VaultKey::Present {
            fingerprint: key.public_key().fingerprint(),
            public_key: key.public_key().openssh().to_owned(),
            exposed: None,
            was_read: true,
        }))
    }

    fn make_room(&self, name: &CloudName) -> Result<(), VaultError> {
        match self.held(name) {
            None => Ok(()),
            Some(key) => {
                let found = key.public_key().fingerprint();
                Err(VaultError::Taken { place: Place::Memory, found })
            }
        }
    }

    fn put(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
        let slot = Slot(name.clone(), None);
        let mut keys = self.keys();
        match keys.get(&slot) {
            Some(there) if there.public_key() == key.public_key() => Ok(Stored::AlreadyThere),
            Some(there) => Err(VaultError::AnotherKey {
                place: Place::Memory,
                found: there.public_key().fingerprint(),
                expected: key.public_key().fingerprint(),
            }),
            None => {
                keys.insert(slot, Arc::new(copy(key)?));
                Ok(Stored::Created)
            }
        }
    }

    fn get(&self, name: &CloudName) -> Result<Option<PrivateKey>, VaultError> {
        self.held(name).map(|key| copy(&key)).transpose()
    }

    fn retire(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<Retired, VaultError> {
        let slot = Slot(name.clone(), None);
        let aside = Slot(name.clone(), Some(fingerprint));
        let mut keys = self.keys();
        let found = keys.get(&slot).map(|key| key.public_key().fingerprint());
        match found {
            Some(found) if found == fingerprint => {
                if let Some(key) = keys.remove(&slot) {
                    keys.insert(aside, key);
                }
                Ok(Retired::Moved)
            }
            _ if keys.contains_key(&aside) => Ok(Retired::AlreadyMoved),
            Some(found) => {
                let expected = fingerprint;
                Err(VaultError::AnotherKey { place: Place::Memory, found, expected })
            }
            None => Ok(Retired::NotHere),
        }
    }

    fn clean(&self) -> Result<(), VaultError> {
        self.lender.clean()
    }

    fn lend(&self, name: &CloudName) -> Result<Option<Lent>, VaultError> {
        self.held(name).map(|key| self.lender.lend(name, &key)).transpose()
    }

    fn place(&self, _: &CloudName) -> Place {
        Place::Memory
    }

    fn directories(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn list(&self) -> Result<Vec<Listed>, VaultError> {
        let listed = |(Slot(name, aside), key): (&Slot, &Arc<PrivateKey>)| Listed {
            name: name.clone(),
            is_retired: aside.is_some(),
            fingerprint: key.public_key().fingerprint(),
        };
        Ok(self.keys().iter().map(listed).collect())
    }

    fn get_listed(&self, listed: &Listed) -> Result<PrivateKey, VaultError> {
        let Listed { name, is_retired, fingerprint } = listed;
        let slot = Slot(name.clone(), is_retired.then_some(*fingerprint));
        let key = self.keys().get(&slot).cloned();
        match key {
            Some(key) if key.public_key().fingerprint() == *fingerprint => copy(&key),
            Some(key) => Err(VaultError::AnotherKey {
                place: Place::Memory,
                found: key.public_key().fingerprint(),
                expected: *fingerprint,
            }),
            None => Err(VaultError::Gone { name: name.clone(), fingerprint: *fingerprint }),
        }
    }

    fn give_up(&self, listed: &Listed) -> Result<(), VaultError> {
        self.get_listed(listed)?;
        let aside = listed.is_retired.then_some(listed.fingerprint);
        self.keys().remove(&Slot(listed.name.clone(), aside));
        Ok(())
    }
}

impl fmt::Debug for MemoryVault {
    /// Without the keys (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryVault").finish_non_exhaustive()
    }
}
