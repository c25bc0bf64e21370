//! Looking whether the store of a project does what a state needs. All is tried in a scratch part, in
//! which no state can be; the state itself is only read, and the cloud is not asked.

mod bench;
mod clock;
mod creation;
mod directory;
mod grant;
mod lock;
mod rights;
mod trial;

use std::path::{Path, PathBuf};

use super::opened::told;
use crate::{
    checkup::{Check, CheckCode, Checkup},
    diagnostic::Diagnostic,
    manifest::{self, Desired, LoadedManifests},
    session::{
        backends::{self, Scratch},
        context::Context,
        error::OpenError,
    },
    store::{Store, StoreError},
};

use bench::Bench;
pub use directory::FileSystem;

/// What is checked besides of a store that is not reached.
const REST: [CheckCode; 5] = [
    CheckCode::StoreRights,
    CheckCode::StoreCreation,
    CheckCode::StoreLock,
    CheckCode::StoreClock,
    CheckCode::StoreLatency,
];

/// The store of a project that is looked at.
pub struct StoreDoctor {
    context: Context,
    directory: PathBuf,
    desired: Desired,
    store: Store,
}

impl StoreDoctor {
    /// Opens the store of the project in a directory; answers the warnings of its manifests too.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(context: Context, directory: &Path) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
        Self::assemble(context, directory, loaded)
    }

    /// Opens the store of a project whose manifests are loaded.
    ///
    /// # Errors
    /// As [`StoreDoctor::open`].
    pub fn assemble(
        context: Context,
        directory: &Path,
        loaded: LoadedManifests,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let LoadedManifests { desired, diagnostics, .. } = loaded;
        let Some(desired) = desired else { return Err(OpenError::Manifests(diagnostics)) };
        let store = backends::store(&desired.project, directory, &context)?;
        Ok((Self { context, directory: directory.to_owned(), desired, store }, diagnostics))
    }

    /// The directory of the state, if it is kept in files.
    #[must_use]
    pub fn states(&self) -> Option<PathBuf> {
        Some(self.directory.join(self.desired.project.state.directory()?))
    }

    /// Makes all checks. `on` is the file system of the directory of the state.
    #[must_use]
    pub fn examine(&self, on: FileSystem) -> Vec<Check> {
        let (place, is_reached) = self.place();
        let mut checks = vec![place];
        let mut can_be_tried = is_reached;
        if let Some(states) = self.states() {
            let (of_directory, is_there) = directory::checks(&*self.context.disk, &states, on);
            checks.extend(of_directory);
            can_be_tried &= is_there;
        }
        let untried = |why: &str| REST.map(|code| Check::skipped(code, why));
        if !can_be_tried {
            checks.extend(untried("there is no store that could be tried"));
            return checks;
        }
        let Self { context, directory, desired, .. } = self;
        let Some(scratch) = Scratch::of(&desired.project, directory, context) else {
            checks.extend(untried(
                "the state is one document, beside which nothing can be tried: keyform relies on the \
                 lock of its server",
            ));
            return checks;
        };
        let open = || scratch.open();
        let bench = Bench { open: &open, choice: &desired.project.state, context };
        checks.extend(trial::checks(&bench));
        checks
    }

    /// The document of these checks.
    #[must_use]
    pub fn checkup(&self, checks: Vec<Check>) -> Checkup {
        Checkup::new(self.desired.project.name.clone(), checks, Vec::new())
    }

    /// Whether the store answers, and what state it has.
    fn place(&self) -> (Check, bool) {
        let place = self.store.place();
        match self.store.serial() {
            Ok(Some(serial)) => {
                let finding = format!("{place} has the state, with the serial {serial}");
                (Check::ok(CheckCode::StorePlace, finding), true)
            }
            Ok(None) => {
                let finding = format!("{place} can be read, and has no state yet");
                (Check::ok(CheckCode::StorePlace, finding), true)
            }
            Err(error) => {
                let is_reached = !matches!(error, StoreError::Unreachable { .. });
                let finding = format!("[{}] {}", error.code().as_str(), told(&error));
                (Check::problem(CheckCode::StorePlace, finding), is_reached)
            }
        }
    }
}

#[cfg(test)]
mod tests;
