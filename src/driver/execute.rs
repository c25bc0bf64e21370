//! One attempt of one call.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use tracing::debug;

use super::{
    error::{CallMistake, LockLost},
    failure::{local, remote},
    outside::Executor,
};
use crate::{
    apply::{Answer, Call, CallFailure},
    keys::PrivateKey,
    model::CloudName,
    telemetry::VAULT,
};

/// Tells the log what was done to a private key, by its name.
fn tell_of_key(call: &Call, is_done: bool) {
    let (name, what) = match call {
        Call::GenerateKey { name } => (name, "made"),
        Call::StoreKey { name } => (name, "kept"),
        Call::RetireKey { name, .. } => (name, "putAside"),
        Call::CreatePair(new) => (&new.name, "createdAndKept"),
        Call::RebootSingly(_)
        | Call::Run { .. }
        | Call::LogOn { .. }
        | Call::Write(_)
        | Call::Read(_) => return,
    };
    debug!(target: VAULT, key = %name, what, is_done);
}

impl Executor<'_> {
    /// Makes one attempt.
    ///
    /// # Errors
    /// As the service, the vault or the host says it.
    pub fn execute(&self, call: &Call) -> Result<Answer, CallFailure> {
        let answer = self.attempt_call(call);
        tell_of_key(call, answer.is_ok());
        answer
    }

    fn attempt_call(&self, call: &Call) -> Result<Answer, CallFailure> {
        // What is sent to the service is asked again, request by request.
        if begins(call) && !self.lease.admits(Duration::ZERO) {
            return Err(local(&LockLost, LockLost.code().as_str()));
        }
        match call.clone() {
            Call::GenerateKey { name } => self.generate(&name),
            Call::StoreKey { name } => self.store(&name),
            Call::CreatePair(new) => self.create_pair(&new),
            Call::RebootSingly(reboots) => {
                let answers = self.cloud.reboot_singly(&reboots);
                answers.map(Answer::Singly).map_err(|error| remote(&error))
            }
            Call::RetireKey { name, fingerprint } => self
                .vault
                .retire(&name, fingerprint)
                .map(|_| Answer::Done)
                .map_err(|error| local(&error, error.code())),
            Call::Run { program, about, key } => self.run(&program, &about, key.as_ref()),
            Call::LogOn { proof, host, key, refused } => {
                self.log_on(&proof, &host, &key, refused.as_ref())
            }
            Call::Write(write) => {
                self.cloud.write(&write).map(Answer::Wrote).map_err(|error| remote(&error))
            }
            Call::Read(read) => {
                self.cloud.read(&read).map(Answer::Read).map_err(|error| remote(&error))
            }
        }
    }

    fn generate(&self, name: &CloudName) -> Result<Answer, CallFailure> {
        let key = self.keys.generate().map_err(|error| local(&error, error.code().as_str()))?;
        let public = key.public_key();
        let answer = Answer::Generated {
            fingerprint: public.fingerprint(),
            public_key: public.openssh().to_owned(),
        };
        self.generated().insert(name.clone(), key);
        Ok(answer)
    }

    fn store(&self, name: &CloudName) -> Result<Answer, CallFailure> {
        let Some(key) = self.generated().remove(name) else {
            let mistake = CallMistake::KeyNotInMemory { name: name.clone() };
            return Err(local(&mistake, mistake.code().as_str()));
        };
        self.vault
            .put(name, &key)
            .map(|_| Answer::Done)
            .map_err(|error| local(&error, error.code()))
    }

    fn generated(&self) -> MutexGuard<'_, BTreeMap<CloudName, PrivateKey>> {
        self.generated.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call changes something, or starts a program: only reading needs no lease.
fn begins(call: &Call) -> bool {
    !matches!(call, Call::Read(_) | Call::GenerateKey { .. })
}
