//! One attempt of one call.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
};

use super::{
    error::CallMistake,
    failure::{local, remote},
    outside::Executor,
};
use crate::{
    apply::{Answer, Call, CallFailure},
    keys::PrivateKey,
    model::CloudName,
};

impl Executor<'_> {
    /// Makes one attempt.
    ///
    /// # Errors
    /// As the service, the vault or the host says it.
    pub fn execute(&self, call: &Call) -> Result<Answer, CallFailure> {
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
