//! Moving what a project keeps from where it was: what `--from` names.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    code::codes,
    diagnostic::Source,
    manifest::{self, Desired},
};

/// From where private keys or a state are moved.
#[derive(Clone, Debug)]
pub enum MigrationSource {
    /// A directory of them.
    Directory(PathBuf),
    /// An earlier text of `keyform.yaml`, and where it was read: its choice is meant.
    Project {
        /// The file.
        path: PathBuf,
        /// Its content.
        text: String,
    },
}

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// The private keys of a project.
    PrivateKeys,
    /// The state of a project.
    State,
}

impl Moving {
    fn is_there(self) -> &'static str {
        match self {
            Self::PrivateKeys => "the private keys are in the vault of this project already",
            Self::State => "the state is where this project keeps it already",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::PrivateKeys => "privateKeys",
            Self::State => "state",
        }
    }
}

/// Why what is named is nothing to move from.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// It is no directory, and no text of the Project.
    #[error(
        "{path} is neither a directory nor an earlier keyform.yaml of this project; `git show \
         HEAD~1:keyform.yaml` prints one"
    )]
    NotAProject {
        /// The file.
        path: PathBuf,
    },
    /// It is the place to which it would be moved.
    #[error("{}, so nothing was moved; change `{}` in the Project first", .0.is_there(), .0.field())]
    ToItself(Moving),
}

impl MigrationError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> MigrationErrorCode {
        match self {
            Self::NotAProject { .. } => MigrationErrorCode::NotAProject,
            Self::ToItself(_) => MigrationErrorCode::ToItself,
        }
    }
}

codes! {
    /// The code of a [`MigrationError`].
    pub enum MigrationErrorCode {
        NotAProject = "migrationSourceUnknown" {
            meaning: "What `--from` names is neither a directory nor an earlier `keyform.yaml`.",
            why: "keyform must know where the private keys or the state have been.",
            fix: "Name the directory, or write the earlier `keyform.yaml` to a file outside of the \
                  project and name that.",
        }
        ToItself = "migrationToItself" {
            meaning: "Private keys or a state would be moved to where they are.",
            why: "After a move they are in the new place alone, so the two must not be one (L2, L7).",
            fix: "Change `privateKeys` or `state` in the Project first, then move them.",
        }
    }
}

/// What an earlier text of `keyform.yaml` means by itself: its cloud's inventory does not matter. It
/// must be of the same project.
pub(super) fn earlier(now: &Desired, path: &Path, text: &str) -> Result<Desired, MigrationError> {
    let source =
        |path: &str, text: &str| Arc::new(Source { path: path.to_owned(), text: text.to_owned() });
    let inventory = "apiVersion: keyform/v1\nkind: Inventory\nspec: {instances: []}\n";
    let named = now.project.cloud.inventory().map(|path| path.display().to_string());
    let mut sources = vec![source("keyform.yaml", text)];
    sources.extend(named.map(|path| source(&path, inventory)));
    let earlier = manifest::load(sources).desired;
    let earlier = earlier.filter(|earlier| earlier.project.name == now.project.name);
    earlier.ok_or_else(|| MigrationError::NotAProject { path: path.to_owned() })
}
