//! What every vault does, whatever keeps its keys.

use std::{fmt, path::PathBuf};

use super::{Lent, Place, VaultError};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Fingerprint, VaultKey},
};

/// A place where private keys are kept, one under each name (L2).
///
/// What [`Vault::put`] has answered `Ok` to is kept: it was written and read back. Nothing is ever
/// replaced by another key, and a key that is no longer wanted is put aside, not deleted.
pub trait Vault: Send + Sync + fmt::Debug {
    /// What is known of the key under a name without running a program, for a plan or a status.
    /// A vault that only programs can look into answers [`VaultKey::NotLookedAt`].
    ///
    /// # Errors
    /// As [`Vault::inspect`].
    fn glance(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        self.inspect(name)
    }

    /// What is kept under a name. It writes nothing, and never answers [`VaultKey::NotLookedAt`].
    ///
    /// # Errors
    /// [`VaultError`], if the vault cannot be looked into. What is wrong with one key alone is an
    /// answer.
    fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError>;

    /// Makes sure, as far as the vault can tell, that a key could be put under a name now. For a key
    /// that exists before it can be put.
    ///
    /// # Errors
    /// [`VaultError::Taken`] if a key has the name, and what [`Vault::put`] would say.
    fn make_room(&self, name: &CloudName) -> Result<(), VaultError>;

    /// Keeps the private key of a pair: when this returns it is durable and was read back.
    ///
    /// The same key under the name is left as it is. After an error the key must not be used: it may
    /// or may not be kept, and [`Vault::inspect`] tells which.
    ///
    /// # Errors
    /// [`VaultError::AnotherKey`] if another key has the name; nothing is ever replaced. Any other
    /// [`VaultError`] if it was not kept for sure.
    fn put(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError>;

    /// The key under a name.
    ///
    /// # Errors
    /// As [`Vault::inspect`], and [`VaultError::Unusable`].
    fn get(&self, name: &CloudName) -> Result<Option<PrivateKey>, VaultError>;

    /// Puts a key aside, durably, so that its name is free for another one and it is not lost.
    ///
    /// # Errors
    /// [`VaultError::AnotherKey`] if another key has the name and this one was not put aside before.
    fn retire(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<Retired, VaultError>;

    /// Removes what dead runs left. Call it under the lock of the project and before the first key is
    /// put.
    ///
    /// # Errors
    /// [`VaultError`].
    fn clean(&self) -> Result<(), VaultError>;

    /// The key under a name as a file that ssh can open, until the answer is dropped; none if there is
    /// no such key.
    ///
    /// # Errors
    /// As [`Vault::get`], and [`VaultError::NowhereToLend`].
    fn lend(&self, name: &CloudName) -> Result<Option<Lent>, VaultError>;

    /// Where the key under a name is, for people.
    fn place(&self, name: &CloudName) -> Place;

    /// The directories in which keys lie as files.
    fn directories(&self) -> Vec<PathBuf>;

    /// All keys, those that were put aside too, in the order of their names.
    ///
    /// # Errors
    /// [`VaultError`]; [`VaultError::NoList`] if the vault cannot name its keys.
    fn list(&self) -> Result<Vec<Listed>, VaultError>;

    /// A key that was listed.
    ///
    /// # Errors
    /// As [`Vault::get`]; [`VaultError::Gone`] if it is not there any more.
    fn get_listed(&self, listed: &Listed) -> Result<PrivateKey, VaultError>;

    /// Leaves a mark, by which [`Vault::has_mark`] shows that another vault keeps its keys in the same
    /// place. A vault whose programs put a key aside when it is given up needs none.
    ///
    /// # Errors
    /// [`VaultError`].
    fn mark(&self, mark: &str) -> Result<(), VaultError> {
        let _ = mark;
        Ok(())
    }

    /// Whether a mark is in the place of this vault.
    ///
    /// # Errors
    /// [`VaultError`].
    fn has_mark(&self, mark: &str) -> Result<bool, VaultError> {
        let _ = mark;
        Ok(false)
    }

    /// Removes a mark.
    ///
    /// # Errors
    /// [`VaultError`].
    fn unmark(&self, mark: &str) -> Result<(), VaultError> {
        let _ = mark;
        Ok(())
    }

    /// Gives up a key that is kept elsewhere now: a file of it is removed; a vault of programs puts it
    /// aside.
    ///
    /// # Errors
    /// [`VaultError::AnotherKey`] if it is not the key that was listed, and any other [`VaultError`].
    fn give_up(&self, listed: &Listed) -> Result<(), VaultError>;
}

/// A key that a vault has named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its name.
    pub name: CloudName,
    /// Whether it was put aside.
    pub is_retired: bool,
    /// Which key it is.
    pub fingerprint: Fingerprint,
}

/// How a private key came to be in a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It was put there now.
    Created,
    /// It was there already; it was made durable again, because the run that put it there may have
    /// died before that.
    AlreadyThere,
}

/// What became of a private key that was to be put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retired {
    /// It was moved now, or a move that a crash had interrupted was finished.
    Moved,
    /// It had been moved before.
    AlreadyMoved,
    /// The vault holds it neither here nor there.
    NotHere,
}
