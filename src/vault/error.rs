//! Why the vault refuses.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{CommandProblem, Place, VaultErrorCode};
use crate::model::{CloudName, Fingerprint, KeyFileProblem, PathKind};

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
        "{place} holds the private key {found}, and not {expected}; it was left as it is: move it \
         away if it is not needed, and run the same command again"
    )]
    AnotherKey {
        /// Where it is.
        place: Place,
        /// The print of the key that is in it.
        found: Fingerprint,
        /// The print of the key that was meant.
        expected: Fingerprint,
    },
    /// A key has the file already, and another one is about to be made for it.
    #[error(
        "{place} holds the private key {found} already, so that no other one is made for it; it was \
         left as it is: run the same command again, which uses it or says why not"
    )]
    Taken {
        /// Where it is.
        place: Place,
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
        "{place} was written, and reads back with another content; its key is not used: check it, \
         move away what is there, and run the same command again"
    )]
    ReadBack {
        /// Where it should be.
        place: Place,
    },
    /// The vault does not have a key that it was just given.
    #[error(
        "{place} has taken the private key {fingerprint} of {name}, and does not give it back; the \
         key is not used: run the program that gets it by hand, fix it, and run the same command \
         again"
    )]
    NotGivenBack {
        /// Where it should be.
        place: Place,
        /// The name of the pair.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// The vault still has a key under the name from which it was to be put aside.
    #[error(
        "{place} was told to put the private key of {name} aside, and still has it under that name; \
         run the program that retires it by hand, fix it, and run the same command again"
    )]
    NotPutAside {
        /// Where it is.
        place: Place,
        /// The name of the pair.
        name: CloudName,
    },
    /// A program of the vault failed.
    #[error("{place}: {problem}; fix the cause, and run the same command again")]
    Command {
        /// Which vault.
        place: Place,
        /// Which program, and how it failed.
        problem: CommandProblem,
    },
    /// A bucket did not do what it was asked for.
    #[error("{place}: {reason}; fix the cause, and run the same command again")]
    Bucket {
        /// Which object of it.
        place: Place,
        /// Why, in words for people, without credentials.
        reason: String,
    },
    /// The service of a bucket replaces what must only be created.
    #[error(
        "the service that has {place} overwrites what is there although it is asked not to, so that \
         another run could replace a private key; keep the private keys in a bucket of a service that \
         knows the condition, and look whether the key that is there is still needed"
    )]
    BucketOverwrites {
        /// Which object of it.
        place: Place,
    },
    /// The vault cannot name its keys.
    #[error(
        "{place} cannot name its keys; write the program that lists them into `privateKeys.command`, \
         as `list: […]`"
    )]
    NoList {
        /// Which vault.
        place: Place,
    },
    /// What a program has listed cannot be read.
    #[error(
        "line {line} of what the program of {place} lists is not `NAME FINGERPRINT` or \
         `NAME FINGERPRINT retired`; fix the program, and run the same command again"
    )]
    ListUnreadable {
        /// Which vault.
        place: Place,
        /// From 1.
        line: usize,
    },
    /// A key that was listed is not there any more.
    #[error(
        "the private key {fingerprint} of {name} is not there any more; run the same command again"
    )]
    Gone {
        /// The name of the pair.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// There is no directory in memory in which a key could be lent.
    #[error(
        "the private key of {name} is in no file, and this machine has no directory in memory to \
         lend it in; mount a tmpfs at /dev/shm, or set XDG_RUNTIME_DIR to a directory on one"
    )]
    NowhereToLend {
        /// The name of the pair.
        name: CloudName,
    },
    /// Others can look into the directory in which keys are lent.
    #[error(
        "{path}, where private keys are lent to programs, is not a directory of mode 0700 that \
         belongs to you; move it away, and run the same command again"
    )]
    LendingDirectory {
        /// The directory.
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
            Self::NotGivenBack { .. } => VaultErrorCode::NotGivenBack.as_str(),
            Self::NotPutAside { .. } => VaultErrorCode::NotPutAside.as_str(),
            Self::Command { .. } => VaultErrorCode::Command.as_str(),
            Self::Bucket { .. } => VaultErrorCode::Bucket.as_str(),
            Self::BucketOverwrites { .. } => VaultErrorCode::BucketOverwrites.as_str(),
            Self::NoList { .. } => VaultErrorCode::NoList.as_str(),
            Self::ListUnreadable { .. } => VaultErrorCode::ListUnreadable.as_str(),
            Self::Gone { .. } => VaultErrorCode::Gone.as_str(),
            Self::NowhereToLend { .. } => VaultErrorCode::NowhereToLend.as_str(),
            Self::LendingDirectory { .. } => VaultErrorCode::LendingDirectory.as_str(),
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
