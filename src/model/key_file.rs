//! What can be wrong with the file of a private key in the vault.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CloudName, PemProblem};
use crate::code::codes;

/// Why what the vault holds under a name cannot be used. Nothing of a key is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(tag = "code")]
pub enum KeyFileProblem {
    /// The name of a pair cannot be the name of a file.
    #[error(
        "the private key of the pair {:?} cannot be kept, because {danger}; use a pair of another \
         name",
        .name.as_str()
    )]
    #[serde(rename = "keyFileName")]
    Name {
        /// The name of the pair.
        name: CloudName,
        /// What is wrong with it.
        danger: NameDanger,
    },
    /// Something that is not a file stands in the place of one.
    #[error(
        "{file} is {found}, and a private key is only ever read from a file itself; move it away, \
         or put the key's file in its place"
    )]
    #[serde(rename = "keyFileNotPlain")]
    NotAFile {
        /// The path.
        file: String,
        /// What is there.
        found: PathKind,
    },
    /// The operating system does not let this user read it.
    #[error("{file} cannot be read ({cause}); make it readable for this user, or move it away")]
    #[serde(rename = "keyFileUnreadable")]
    Unreadable {
        /// The file.
        file: String,
        /// What the operating system said.
        cause: String,
    },
    /// It is not a private key that can be used.
    #[error("{file} is not a usable private key: {problem}; fix it, or move it away")]
    #[serde(rename = "keyFileUnusable")]
    NotAKey {
        /// The file.
        file: String,
        /// What is wrong with its content.
        problem: PemProblem,
    },
}

impl KeyFileProblem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> KeyFileCode {
        match self {
            Self::Name { .. } => KeyFileCode::Name,
            Self::NotAFile { .. } => KeyFileCode::NotAFile,
            Self::Unreadable { .. } => KeyFileCode::Unreadable,
            Self::NotAKey { .. } => KeyFileCode::NotAKey,
        }
    }
}

/// Why a name cannot be the name of a file. Names after rule R11 always can; adopted pairs keep
/// whatever name they have.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error,
)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NameDanger {
    /// It has no characters.
    #[error("its name is empty")]
    Empty,
    /// It has more bytes than the name of its file can have of it.
    #[error("its name has {found} bytes, and the name of its file can have {maximum} of it")]
    Length {
        /// The bytes of the name.
        found: usize,
        /// The most that can be.
        maximum: usize,
    },
    /// It starts with a dot, as hidden and temporary files do.
    #[error("its name starts with a dot, as those of hidden files do")]
    LeadingDot,
    /// It has a slash, a backslash or a control character.
    #[error("its name has {character:?}, which no file name should have")]
    Character {
        /// The character.
        character: char,
    },
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PathKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symlink, whatever it leads to.
    Symlink,
    /// A socket, a device or the like.
    Other,
}

impl fmt::Display for PathKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Symlink => "a symlink",
            Self::Other => "a device or the like",
        })
    }
}

/// The file of a private key that others on this machine can read or change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExposedKey {
    /// The file.
    pub file: String,
    /// Its permission bits in octal digits, as `chmod` takes them.
    pub mode: String,
}

impl fmt::Display for ExposedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, mode } = self;
        write!(
            f,
            "others on this machine can read or change {file} (mode {mode}), and ssh refuses to \
             use it; run `chmod 600 {file}`"
        )
    }
}

codes! {
    /// The code of a [`KeyFileProblem`].
    pub enum KeyFileCode {
        Name = "keyFileName" {
            meaning: "The name of a pair cannot be the name of a file.",
            why: "The private key is kept in a file of that name, which must mean the same on \
                  each system (L2).",
            fix: "Give the pair another name.",
        }
        NotAFile = "keyFileNotPlain" {
            meaning: "Something that is not a file stands where a private key is kept.",
            why: "A symlink could lead to a key of another, and keyform removes nothing that it \
                  did not make (L2, L4).",
            fix: "Move it away, or put the key's file in its place.",
        }
        Unreadable = "keyFileUnreadable" {
            meaning: "The file of a private key cannot be read.",
            why: "keyform never overwrites such a file: it may be all that is left of a key (L2).",
            fix: "Make it readable for the user that runs keyform, or move it away.",
        }
        NotAKey = "keyFileUnusable" {
            meaning: "The file of a private key holds something that is not a usable key.",
            why: "keyform never overwrites such a file: it may be all that is left of a key (L2).",
            fix: "Do as the message says: restore, convert or move the file.",
        }
    }
}
