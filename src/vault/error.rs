//! Why the vault refuses.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{NameDanger, VaultErrorCode};
use crate::model::{CloudName, Fingerprint};

/// Why the vault did not do what it was asked. Whatever was stored before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The name of a pair cannot be the name of a file.
    #[error(
        "the private key of the pair {:?} cannot be kept, because {danger}; use a pair of another \
         name",
        .name.as_str()
    )]
    Name {
        /// The name of the pair.
        name: CloudName,
        /// What is wrong with it.
        danger: NameDanger,
    },
    /// Something that is no directory stands in the place of one.
    #[error(
        "{path} is {found}, and private keys are kept in a directory that is not reached through a \
         symlink; move it away, or name the directory itself as the place of the private keys"
    )]
    NotADirectory {
        /// The path of the directory.
        path: PathBuf,
        /// What is there, with its article.
        found: &'static str,
    },
    /// Others can put files into the directory, and so a key of theirs in the place of ours.
    #[error(
        "others on this machine can write to {path}, where private keys are kept; run \
         `chmod 700 {path}`, look whether anything in it is not yours, and run the same command \
         again"
    )]
    WritableByOthers {
        /// The path of the directory.
        path: PathBuf,
    },
    /// Another key has the file already.
    #[error(
        "{path} holds the private key {found}, and not {expected}; it was left as it is: move it \
         away if nobody needs it, and run the same command again"
    )]
    AnotherKey {
        /// The file.
        path: PathBuf,
        /// The print of the key that is in it.
        found: Fingerprint,
        /// The print of the key that was meant.
        expected: Fingerprint,
    },
    /// Something that is not a usable private key has the file.
    #[error("{reason}; it was left as it is")]
    Unusable {
        /// What is wrong with it, as a sentence that names the file and says what to do.
        reason: String,
    },
    /// The file does not hold what was written to it a moment ago.
    #[error(
        "{path} was written, and reads back with another content; its key is not used: see to the \
         disk, move the file away, and run the same command again"
    )]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}; fix the cause, and run the same command again")]
    Io {
        /// What was tried, before the path.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl VaultError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> VaultErrorCode {
        match self {
            Self::Name { .. } => VaultErrorCode::Name,
            Self::NotADirectory { .. } => VaultErrorCode::NotADirectory,
            Self::WritableByOthers { .. } => VaultErrorCode::WritableByOthers,
            Self::AnotherKey { .. } => VaultErrorCode::AnotherKey,
            Self::Unusable { .. } => VaultErrorCode::Unusable,
            Self::ReadBack { .. } => VaultErrorCode::ReadBack,
            Self::Io { .. } => VaultErrorCode::Io,
        }
    }
}

impl VaultError {
    /// Wraps what the operating system said about a path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
