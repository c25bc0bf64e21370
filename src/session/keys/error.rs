//! Why a command about private keys did not do what it was asked.

use std::{io, path::PathBuf};

use crate::{
    code::codes,
    model::{CloudName, Fingerprint, PemProblem},
    session::{OpenError, migration::MigrationError},
    store::StoreError,
    vault::{Place, VaultError},
};

/// Why a command about private keys did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The state or its lock.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no place to move them from.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The vault has no such key.
    #[error("the vault has no private key of {name}; `keyform key list` names those that it has")]
    NotThere {
        /// The name that was asked for.
        name: CloudName,
    },
    /// No manifest and no record has such a pair.
    #[error(
        "no manifest makes a key pair that is called {name} in the cloud, and none is recorded; \
         check the name, or write its KeyPair first"
    )]
    NoSuchPair {
        /// The name that was given.
        name: CloudName,
    },
    /// It is another key than the recorded one.
    #[error(
        "the file holds {found}, and the recorded private key of {name} is {recorded}; nothing was \
         kept: give the file of that key"
    )]
    OtherKey {
        /// The name of the pair.
        name: CloudName,
        /// The key in the file.
        found: Fingerprint,
        /// The recorded one.
        recorded: Fingerprint,
    },
    /// The file is no private key that can be used.
    #[error("{path} is not a usable private key: {problem}")]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: PemProblem,
    },
    /// A file could not be read or written.
    #[error("{path} cannot be {what}; fix the cause, and run the same command again")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The vault of the earlier text cannot be asked.
    #[error("the vault that the earlier keyform.yaml names cannot be asked")]
    NotOpened(#[source] Box<OpenError>),
    /// The operating system gave no random number.
    #[error(
        "the two vaults could not be told apart, so nothing was moved; run the same command again"
    )]
    NoMark(#[source] io::Error),
    /// A key has arrived with another content.
    #[error(
        "{place} has another content for the private key of {name} than was put there; the old one \
         stays: check the vault, and run the same command again"
    )]
    ArrivedChanged {
        /// Where it should be.
        place: Place,
        /// The name of the pair.
        name: CloudName,
    },
}

impl KeysError {
    /// Its stable code, or that of its cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code().as_str(),
            Self::Vault(error) => error.code(),
            Self::NotThere { .. } => KeysErrorCode::NotThere.as_str(),
            Self::NoSuchPair { .. } => KeysErrorCode::NoSuchPair.as_str(),
            Self::OtherKey { .. } => KeysErrorCode::OtherKey.as_str(),
            Self::NotAKey { problem, .. } => problem.code().as_str(),
            Self::File { .. } => KeysErrorCode::File.as_str(),
            Self::Migration(error) => error.code().as_str(),
            Self::NotOpened(error) => error.code(),
            Self::NoMark(_) => KeysErrorCode::NoMark.as_str(),
            Self::ArrivedChanged { .. } => KeysErrorCode::ArrivedChanged.as_str(),
        }
    }
}

codes! {
    /// The code of a [`KeysError`] itself.
    pub enum KeysErrorCode {
        NotThere = "keyNotThere" {
            meaning: "The vault has no private key under the name that was asked for.",
            why: "Names are those in the cloud, with the Project's prefix and `-g2` for a generation.",
            fix: "Take a name that `keyform key list` shows.",
        }
        NoSuchPair = "keyOfNoPair" {
            meaning: "No manifest and no record has a key pair of the name that was given.",
            why: "A private key under a name that was written wrong would never be found.",
            fix: "Check the name, or write its KeyPair first.",
        }
        OtherKey = "keyIsAnother" {
            meaning: "The file has another private key than the one that is recorded under the name.",
            why: "The key of a generation never changes (L2).",
            fix: "Give the file of the recorded key.",
        }
        File = "keyFileRefused" {
            meaning: "The operating system refused the file of a private key that was named.",
            why: "A file that is there is never overwritten (L4).",
            fix: "Fix what the cause names, and run the same command again.",
        }
        NoMark = "migrationWithoutMark" {
            meaning: "The operating system gave no random number for the mark of a vault.",
            why: "By the mark keyform sees that keys are not moved to where they are (L2).",
            fix: "Run the same command again.",
        }
        ArrivedChanged = "keyArrivedChanged" {
            meaning: "A private key was put into a vault, and reads back with another content.",
            why: "The old key goes only when the new one was compared with it (L2).",
            fix: "Check the vault, and run the same command again.",
        }
    }
}
