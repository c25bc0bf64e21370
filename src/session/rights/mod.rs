//! Rights: what a project or a plan needs, and what of that the caller has.

mod check;
mod needs;

pub(super) use check::found_out;

use std::path::Path;

use super::{
    context::Context,
    error::{OpenError, SessionError},
    open::Session,
    states::States,
    whoami::PROJECT,
};
use crate::{
    diagnostic::Diagnostic,
    manifest::{self, CloudChoice, Desired},
    plan::Plan,
    rights::{Composed, Need, Purpose, compose},
    state::Records,
    store::StoreError,
};

/// Stands for an account that is not known.
const ANY_ACCOUNT: &str = "*";

/// What rights are needed, in which account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededRights {
    /// The id of the account; `*` if the project names none.
    pub account: String,
    /// What for.
    pub purpose: Purpose,
    /// Each right with its resource, in the order of the table of rights.
    pub needs: Vec<Need>,
}

impl NeededRights {
    /// Those of all plans of a project.
    pub(super) fn of_project(desired: &Desired, recorded: &Records, purpose: Purpose) -> Self {
        let needs = needs::of_project(desired, recorded, purpose).into_iter().collect();
        Self { account: account_of(desired), purpose, needs }
    }

    /// The smallest policy that gives them.
    #[must_use]
    pub fn policy(&self) -> Composed {
        compose(&self.needs.iter().cloned().collect(), &self.account)
    }
}

/// Why it is not known which rights are needed.
#[derive(Debug, thiserror::Error)]
pub enum NeededRightsError {
    /// The project cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds out which rights a project needs, or one plan of it: by its manifests and its state, without
/// its cloud and without credentials. A plan needs no project beside it.
///
/// # Errors
/// [`NeededRightsError`].
pub fn needed_rights(
    context: Context,
    directory: &Path,
    purpose: Purpose,
    plan: Option<&Plan>,
) -> Result<(NeededRights, Vec<Diagnostic>), NeededRightsError> {
    let is_project = !matches!(context.disk.kind(&directory.join(PROJECT)), Ok(None));
    if let (Some(plan), false) = (plan, is_project) {
        let needs = needs::of_plan(plan, purpose).into_iter().collect();
        let account = ANY_ACCOUNT.to_owned();
        return Ok((NeededRights { account, purpose, needs }, Vec::new()));
    }
    let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
    let Some(desired) = loaded.desired.clone() else {
        return Err(OpenError::Manifests(loaded.diagnostics).into());
    };
    let account = account_of(&desired);
    let (needs, warnings) = match plan {
        Some(plan) => (needs::of_plan(plan, purpose), loaded.diagnostics),
        None => {
            let (states, warnings) = States::assemble(context, directory, loaded)?;
            let recorded = states.newest()?.map(|state| state.recorded).unwrap_or_default();
            (needs::of_project(&desired, &recorded, purpose), warnings)
        }
    };
    let needs = needs.into_iter().collect();
    Ok((NeededRights { account, purpose, needs }, warnings))
}

impl Session {
    /// Which rights the project needs, or one plan of it.
    ///
    /// # Errors
    /// [`SessionError::Store`].
    pub fn needed_rights(
        &self,
        purpose: Purpose,
        plan: Option<&Plan>,
    ) -> Result<NeededRights, SessionError> {
        let Some(plan) = plan else {
            return Ok(NeededRights::of_project(&self.desired, &self.recorded()?, purpose));
        };
        let needs = needs::of_plan(plan, purpose).into_iter().collect();
        Ok(NeededRights { account: account_of(&self.desired), purpose, needs })
    }

    pub(super) fn recorded(&self) -> Result<Records, SessionError> {
        let loaded = self.store.load()?;
        Ok(loaded.map(|loaded| loaded.state.recorded).unwrap_or_default())
    }
}

/// The account of a project.
fn account_of(desired: &Desired) -> String {
    match &desired.project.cloud {
        CloudChoice::Alicloud { account, .. } => account.clone(),
        CloudChoice::Emulator { .. } => ANY_ACCOUNT.to_owned(),
    }
}
