//! Where a private key is, for people.

use std::{fmt, path::PathBuf};

/// Where a private key is, as a message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// What programs keep, known by the first word of the one that gets it.
    Command {
        /// The program.
        program: String,
    },
    /// An object in a bucket.
    Object {
        /// As the service's own tools write it.
        address: String,
    },
    /// The memory of this process.
    Memory,
}

impl Place {
    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Command { .. } | Self::Object { .. } | Self::Memory => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Command { program } => write!(f, "the vault of `{program}`"),
            Self::Object { address } => f.write_str(address),
            Self::Memory => f.write_str("the vault in memory"),
        }
    }
}
