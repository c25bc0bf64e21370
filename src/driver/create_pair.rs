//! Lets the service make a pair with its key, and keeps the private key: one call, so that the key is
//! in memory alone for as short as can be (L2).

use super::{
    codes::DriverErrorCode,
    failure::{local, remote},
    outside::Executor,
};
use crate::{
    apply::{Answer, CallFailure},
    ecs::NewPair,
    keys::PrivateKey,
    model::{Fingerprint, PemProblem},
};

/// Why the private key that the service has handed out is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandedOutProblem {
    /// It is no key, or none that ECS makes.
    #[error(
        "the service made the pair and handed out a private key that keyform cannot read ({}); \
         please report this, without the key", .0.code().as_str()
    )]
    Unreadable(PemProblem),
    /// It is the key of another pair.
    #[error(
        "the service made the pair and told the fingerprint {told}, and the private key that it \
         handed out has {found}; please report this"
    )]
    OtherKey {
        /// The fingerprint in the answer.
        told: Fingerprint,
        /// That of the key.
        found: Fingerprint,
    },
}

impl HandedOutProblem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> DriverErrorCode {
        match self {
            Self::Unreadable(_) => DriverErrorCode::HandedOutKeyUnreadable,
            Self::OtherKey { .. } => DriverErrorCode::HandedOutKeyDiffers,
        }
    }
}

impl Executor<'_> {
    /// Creates a pair once the vault has room for its key. From the answer on an error leaves the pair
    /// without its private key, so that the outcome counts as unknown.
    pub(super) fn create_pair(&self, new: &NewPair) -> Result<Answer, CallFailure> {
        self.vault.make_room(&new.name).map_err(|error| local(&error, error.code()))?;
        let created = self.cloud.create(new).map_err(|error| remote(&error))?;
        let useless = |problem: HandedOutProblem| lost(local(&problem, problem.code().as_str()));
        let key = PrivateKey::from_service(created.private_key.text())
            .map_err(|problem| useless(HandedOutProblem::Unreadable(problem)))?;
        let public = key.public_key();
        let found = public.fingerprint();
        // No document says which form of the key the service computes the print from.
        let prints = [found, key.fingerprint_of_der()];
        if let Some(told) = created.fingerprint.filter(|told| !prints.contains(told)) {
            return Err(useless(HandedOutProblem::OtherKey { told, found }));
        }
        // The key is nowhere else: what a second attempt can save is not given up after the first.
        self.vault
            .put(&new.name, &key)
            .or_else(|_| self.vault.put(&new.name, &key))
            .map_err(|error| lost(local(&error, error.code())))?;
        Ok(Answer::Generated { fingerprint: found, public_key: public.openssh().to_owned() })
    }
}

/// A failure after which the pair is there.
fn lost(failure: CallFailure) -> CallFailure {
    CallFailure { outcome_unknown: true, ..failure }
}
