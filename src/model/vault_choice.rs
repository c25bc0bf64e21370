//! Which vault keeps private keys, as a manifest chooses it.

use std::path::{Path, PathBuf};

use super::{BucketChoice, BucketService, Encryption, schedule::Span};

/// Which vault keeps private keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultChoice {
    /// Files in a directory.
    Directory {
        /// Relative to the project directory.
        directory: PathBuf,
        /// Whether it outlives the machine that runs apply (L2).
        outlives_runner: bool,
    },
    /// Programs of the user.
    Command(VaultCommands),
    /// Objects in a bucket.
    Bucket(VaultBucket),
}

impl VaultChoice {
    /// The directory, if it is one; relative to the project directory.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Directory { directory, .. } => Some(directory),
            Self::Command(_) | Self::Bucket(_) => None,
        }
    }
}

/// The bucket of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultBucket {
    /// Which service has it.
    pub service: BucketService,
    /// Which one it is.
    pub bucket: BucketChoice,
    /// How the service encrypts the private keys.
    pub encryption: Encryption,
}

/// The programs of a vault, each with its arguments; the name of a pair and a fingerprint follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultCommands {
    /// Keeps the key that it reads.
    pub put: Vec<String>,
    /// Prints a key, or nothing.
    pub get: Vec<String>,
    /// Puts a key aside.
    pub retire: Vec<String>,
    /// Prints a line for each key; without it the vault cannot name its keys.
    pub list: Option<Vec<String>>,
    /// After how long each of them is ended, and has failed.
    pub timeout: Span,
    /// The variables of keyform's environment that they get besides those that all programs get.
    pub pass_environment: Vec<String>,
}

impl VaultCommands {
    /// After how long such a program is ended unless its manifest says otherwise.
    pub const TIMEOUT: Span = Span::seconds(60);
}
