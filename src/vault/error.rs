//! Why the vault refuses.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::VaultErrorCode;
use crate::model::{Fingerprint, KeyFileProblem, PathKind};

/// Why the vault did not do what it was asked. Whatever was stored before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Something that is no directory stands in the place of one.
    #[error(
        "{path} is {found}, and private keys are kept in a directory that is not reached through a \
         symlink; move it away, or name the directory itself as the place of the private keys"
    )]
    NotADirectory {
        /// The path of the directory.
        path: PathBuf,
        /// What is there.
        found: PathKind,
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
    /// Whoever owns the directory can put a key of theirs in the place of ours.
    #[error(
        "{path}, where private keys are kept, belongs to another user; run keyform as that user, or \
         keep the private keys in a directory of your own"
    )]
    OfAnotherUser {
        /// The path of the directory.
        path: PathBuf,
    },
    /// Another key has the file already.
    #[error(
        "{path} holds the private key {found}, and not {expected}; it was left as it is: move it \
         away if it is not needed, and run the same command again"
    )]
    AnotherKey {
        /// The file.
        path: PathBuf,
        /// The print of the key that is in it.
        found: Fingerprint,
        /// The print of the key that was meant.
        expected: Fingerprint,
    },
    /// A key has the file already, and another one is about to be made for it.
    #[error(
        "{path} holds the private key {found} already, so that no other one is made for it; it was \
         left as it is: run the same command again, which uses it or says why not"
    )]
    Taken {
        /// The file.
        path: PathBuf,
        /// The print of the key that is in it.
        found: Fingerprint,
    },
    /// The name of the pair cannot be that of a file, or what has the file cannot be used.
    #[error("{problem}{}", untouched(problem))]
    Unusable {
        /// Which of them.
        problem: KeyFileProblem,
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
    /// Its stable code, or that of the file that cannot be used.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotADirectory { .. } => VaultErrorCode::NotADirectory.as_str(),
            Self::WritableByOthers { .. } => VaultErrorCode::WritableByOthers.as_str(),
            Self::OfAnotherUser { .. } => VaultErrorCode::OfAnotherUser.as_str(),
            Self::AnotherKey { .. } => VaultErrorCode::AnotherKey.as_str(),
            Self::Taken { .. } => VaultErrorCode::Taken.as_str(),
            Self::Unusable { problem } => problem.code().as_str(),
            Self::ReadBack { .. } => VaultErrorCode::ReadBack.as_str(),
            Self::Io { .. } => VaultErrorCode::Io.as_str(),
        }
    }
}

impl VaultError {
    /// Wraps what the operating system said about a path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

/// That nothing was done to a file, if there is one.
fn untouched(problem: &KeyFileProblem) -> &'static str {
    match problem {
        KeyFileProblem::Name { .. } => "",
        KeyFileProblem::NotAFile { .. }
        | KeyFileProblem::Unreadable { .. }
        | KeyFileProblem::NotAKey { .. } => "; it was left as it is",
    }
}
