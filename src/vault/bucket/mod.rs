//! Private keys as objects of a bucket.
//!
//! | object | what it holds |
//! |---|---|
//! | `keys/NAME.pem` | a private key; created, never overwritten |
//! | `index/NAME.json` | the public half of it, for those who may not read private keys |
//! | `retired/NAME.FINGERPRINT.pem` | a private key that was put aside |
//!
//! The index never says more than is true: it is written after its key, and removed before it. What a
//! killed run left between the two is put right by [`Vault::clean`].

mod index;
mod requests;
mod retire;
mod upkeep;

use std::{fmt, path::PathBuf, sync::Arc};

pub use self::requests::Pause;
use self::{index::Index, requests::Requests};
use super::{Lender, Lent, Listed, Place, Retired, Stored, Vault, VaultError, file_name};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Encryption, Fingerprint, KeyFileProblem, ProjectName, VaultKey},
    objects::{Objects, PutOutcome},
};

const KEYS: &str = "keys/";
const INDEX: &str = "index/";
const RETIRED: &str = "retired/";
const MARKS: &str = "marks/";
const PEM: &str = ".pem";
const JSON: &str = ".json";

/// Which objects of a bucket are a vault's.
#[derive(Clone, Debug)]
pub struct BucketPlace {
    /// What their names begin with; it ends with a slash.
    root: String,
    /// The account that the bucket has to be of.
    account: Option<String>,
    encryption: Encryption,
}

impl BucketPlace {
    /// Those of a project below a prefix, in a bucket of an account.
    #[must_use]
    pub fn new(
        prefix: &str,
        project: &ProjectName,
        account: Option<String>,
        encryption: Encryption,
    ) -> Self {
        let prefix = prefix.trim_matches('/');
        let root = match prefix.is_empty() {
            true => format!("{project}/"),
            false => format!("{prefix}/{project}/"),
        };
        Self { root, account, encryption }
    }
}

/// A vault in a bucket.
pub struct BucketVault {
    requests: Requests,
    at: BucketPlace,
    lender: Arc<Lender>,
}

/// What is under the name of an object.
enum Found {
    Nothing,
    Key(PrivateKey),
    Unusable(KeyFileProblem),
}

impl BucketVault {
    /// The vault of these objects. Nothing is asked of the bucket yet.
    #[must_use]
    pub fn new(
        objects: Arc<dyn Objects>,
        at: BucketPlace,
        pause: Pause,
        lender: Arc<Lender>,
    ) -> Self {
        Self { requests: Requests::new(objects, pause), at, lender }
    }

    fn key_of(&self, name: &CloudName) -> Result<String, VaultError> {
        self.named(KEYS, name, PEM)
    }

    fn index_of(&self, name: &CloudName) -> Result<String, VaultError> {
        self.named(INDEX, name, JSON)
    }

    /// The object of a name that can be one of an object.
    fn named(&self, beginning: &str, name: &CloudName, end: &str) -> Result<String, VaultError> {
        file_name::check(name).map_err(|problem| VaultError::Unusable { problem })?;
        Ok(format!("{}{beginning}{name}{end}", self.at.root))
    }

    fn mark_of(&self, mark: &str) -> String {
        format!("{}{MARKS}{mark}", self.at.root)
    }

    /// Refuses a bucket that could overwrite a key, or that is another account's.
    fn check(&self) -> Result<(), VaultError> {
        self.requests.check(&self.at.root, self.at.account.as_deref())
    }

    /// What is under the name of an object.
    fn look(&self, object: &str) -> Result<Found, VaultError> {
        let Some(content) = self.requests.get(object)? else { return Ok(Found::Nothing) };
        Ok(match PrivateKey::from_pem(&content) {
            Ok(key) => Found::Key(key),
            Err(problem) => {
                let file = self.requests.place(object).to_string();
                Found::Unusable(KeyFileProblem::NotAKey { file, problem })
            }
        })
    }

    fn another(&self, object: &str, found: &PrivateKey, expected: Fingerprint) -> VaultError {
        let found = found.public_key().fingerprint();
        VaultError::AnotherKey { place: self.requests.place(object), found, expected }
    }

    /// Creates a private key where there is none, and makes sure that it is the one that is there and
    /// that no other request can replace it.
    fn create(&self, object: &str, key: &PrivateKey) -> Result<(), VaultError> {
        let pem = key.pem();
        let encryption = Some(&self.at.encryption);
        let _ = self.requests.create(object, pem.as_bytes(), encryption)?;
        self.keep(object, key)
    }

    /// That an object is there with this key, and stays. The same content is created again: a service
    /// that does not refuse that would let another run replace the key.
    fn keep(&self, object: &str, key: &PrivateKey) -> Result<(), VaultError> {
        match self.look(object)? {
            Found::Key(there) if there.public_key() == key.public_key() => {}
            Found::Key(there) => {
                return Err(self.another(object, &there, key.public_key().fingerprint()));
            }
            Found::Unusable(_) | Found::Nothing => {
                return Err(VaultError::ReadBack { place: self.requests.place(object) });
            }
        }
        let again =
            self.requests.create(object, key.pem().as_bytes(), Some(&self.at.encryption))?;
        match again {
            PutOutcome::Exists => Ok(()),
            PutOutcome::New => {
                Err(VaultError::BucketOverwrites { place: self.requests.place(object) })
            }
        }
    }

    /// The names of the objects with this beginning and end, without both.
    fn names(&self, beginning: &str, end: &str) -> Result<Vec<String>, VaultError> {
        let beginning = format!("{}{beginning}", self.at.root);
        let objects = self.requests.list(&beginning)?;
        let stripped =
            |object: &String| object.strip_prefix(&beginning)?.strip_suffix(end).map(str::to_owned);
        Ok(objects.iter().filter_map(stripped).collect())
    }

    /// The names of the keys that are not put aside.
    fn key_names(&self) -> Result<Vec<CloudName>, VaultError> {
        let names = self.names(KEYS, PEM)?.into_iter().map(CloudName::new);
        Ok(names.filter(|name| file_name::check(name).is_ok()).collect())
    }

    /// The key that was listed, and the object that it is.
    fn find(&self, listed: &Listed) -> Result<(String, PrivateKey), VaultError> {
        let Listed { name, is_retired, fingerprint } = listed;
        let object =
            if *is_retired { self.retired_of(name, *fingerprint)? } else { self.key_of(name)? };
        match self.look(&object)? {
            Found::Key(key) if key.public_key().fingerprint() == *fingerprint => Ok((object, key)),
            Found::Key(there) => Err(self.another(&object, &there, *fingerprint)),
            Found::Unusable(problem) => Err(VaultError::Unusable { problem }),
            Found::Nothing => {
                Err(VaultError::Gone { name: name.clone(), fingerprint: *fingerprint })
            }
        }
    }
}

impl Vault for BucketVault {
    /// A plan reads the index alone, so that its role needs no right to private keys.
    fn glance(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        if let Err(problem) = file_name::check(name) {
            return Ok(VaultKey::Unusable { problem });
        }
        let object = self.index_of(name)?;
        let Some(content) = self.requests.get(&object)? else { return Ok(VaultKey::Absent) };
        Ok(match Index::read(&content, name) {
            Ok(Index { fingerprint, public_key, .. }) => {
                VaultKey::Present { fingerprint, public_key, exposed: None, was_read: false }
            }
            Err(cause) => {
                let file = self.requests.place(&object).to_string();
                VaultKey::Unusable { problem: KeyFileProblem::Unreadable { file, cause } }
            }
        })
    }

    fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        if let Err(problem) = file_name::check(name) {
            return Ok(VaultKey::Unusable { problem });
        }
        Ok(match self.look(&self.key_of(name)?)? {
            Found::Nothing => VaultKey::Absent,
            Found::Key(key) => VaultKey::Present {
                fingerprint: key.public_key().fingerprint(),
                public_key: key.public_key().openssh().to_owned(),
                exposed: None,
                was_read: true,
            },
            Found::Unusable(problem) => VaultKey::Unusable { problem },
        })
    }

    fn make_room(&self, name: &CloudName) -> Result<(), VaultError> {
        self.check()?;
        let object = self.key_of(name)?;
        match self.look(&object)? {
            Found::Nothing => Ok(()),
            Found::Key(key) => {
                let found = key.public_key().fingerprint();
                Err(VaultError::Taken { place: self.requests.place(&object), found })
            }
            Found::Unusable(problem) => Err(VaultError::Unusable { problem }),
        }
    }

    fn put(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
        self.check()?;
        let object = self.key_of(name)?;
        let stored = match self.look(&object)? {
            Found::Nothing => {
                self.create(&object, key)?;
                Stored::Created
            }
            Found::Unusable(problem) => return Err(VaultError::Unusable { problem }),
            Found::Key(_) => {
                self.keep(&object, key)?;
                Stored::AlreadyThere
            }
        };
        self.write_index(name, key.public_key())?;
        Ok(stored)
    }

    fn get(&self, name: &CloudName) -> Result<Option<PrivateKey>, VaultError> {
        match self.look(&self.key_of(name)?)? {
            Found::Nothing => Ok(None),
            Found::Key(key) => Ok(Some(key)),
            Found::Unusable(problem) => Err(VaultError::Unusable { problem }),
        }
    }

    fn retire(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<Retired, VaultError> {
        self.put_aside(name, fingerprint)
    }

    /// A key without an index gets one, and an index without a key goes.
    fn clean(&self) -> Result<(), VaultError> {
        self.lender.clean()?;
        self.complete_index()
    }

    fn lend(&self, name: &CloudName) -> Result<Option<Lent>, VaultError> {
        self.get(name)?.map(|key| self.lender.lend(name, &key)).transpose()
    }

    fn place(&self, name: &CloudName) -> Place {
        self.requests.place(&format!("{}{KEYS}{name}{PEM}", self.at.root))
    }

    fn directories(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// An object that is no key is none of ours.
    fn list(&self) -> Result<Vec<Listed>, VaultError> {
        let mut listed = self.listed_as_retired()?;
        for name in self.key_names()? {
            if let Found::Key(key) = self.look(&self.key_of(&name)?)? {
                let fingerprint = key.public_key().fingerprint();
                listed.push(Listed { name, is_retired: false, fingerprint });
            }
        }
        listed.sort();
        Ok(listed)
    }

    fn get_listed(&self, listed: &Listed) -> Result<PrivateKey, VaultError> {
        self.find(listed).map(|(_, key)| key)
    }

    fn mark(&self, mark: &str) -> Result<(), VaultError> {
        for old in self.names(MARKS, "")? {
            self.requests.delete(&self.mark_of(&old))?;
        }
        self.requests.create(&self.mark_of(mark), b"", None).map(drop)
    }

    fn has_mark(&self, mark: &str) -> Result<bool, VaultError> {
        Ok(self.requests.get(&self.mark_of(mark))?.is_some())
    }

    fn unmark(&self, mark: &str) -> Result<(), VaultError> {
        self.requests.delete(&self.mark_of(mark))
    }

    fn give_up(&self, listed: &Listed) -> Result<(), VaultError> {
        let (object, _) = self.find(listed)?;
        if !listed.is_retired {
            self.remove_index(&listed.name)?;
        }
        self.requests.delete(&object)
    }
}

impl fmt::Debug for BucketVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketVault").field("at", &self.at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
