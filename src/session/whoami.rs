//! Whose credentials a project is worked on with.

use std::path::Path;

use super::{
    account::{AccountChoice, account_of},
    context::Context,
    error::OpenError,
};
use crate::{
    alicloud::{Choice, CredentialError, CredentialSource, Surroundings, Whoami, whoami},
    diagnostic::Diagnostic,
    manifest::{self, CloudChoice, LoadedManifests},
};

/// The file that makes a directory a project.
pub(super) const PROJECT: &str = "keyform.yaml";

/// What became of the question.
#[derive(Debug)]
pub enum Asked {
    /// The project uses the embedded cloud, which asks for no credentials.
    Embedded,
    /// What is known, and what is wrong.
    Answered(Box<Whoami>, Result<(), CredentialError>),
}

/// Asks whose credentials a directory is worked on with: by the choice of its project, or, where
/// there is none, by that of this machine. Answers the warnings of the manifests too.
///
/// # Errors
/// [`OpenError`].
pub fn ask_whoami(
    context: &Context,
    directory: &Path,
    around: Surroundings,
) -> Result<(Asked, Vec<Diagnostic>), OpenError> {
    let is_project = !matches!(context.disk.kind(&directory.join(PROJECT)), Ok(None));
    if !is_project {
        return Ok((answer(around, Choice::default(), None), Vec::new()));
    }
    let trusted = &context.machine.trusted_hosts;
    let LoadedManifests { desired, diagnostics, .. } =
        manifest::files::load_project(directory, trusted);
    let Some(desired) = desired else { return Err(OpenError::Manifests(diagnostics)) };
    context.machine.admit_hosts(&desired.project)?;
    let asked = match desired.project.cloud {
        CloudChoice::Emulator { .. } => Asked::Embedded,
        CloudChoice::Alicloud { .. } => {
            let AccountChoice { account, choice, .. } = account_of(&desired.project.cloud);
            answer(around, choice, Some(&account))
        }
    };
    Ok((asked, diagnostics))
}

fn answer(around: Surroundings, choice: Choice, account: Option<&str>) -> Asked {
    let (found, result) = whoami(&CredentialSource::new(around, choice), account);
    Asked::Answered(Box::new(found), result)
}
