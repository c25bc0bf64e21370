//! One attempt of one call.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
};

use super::{
    failure::{local, remote},
    outside::Outside,
};
use crate::{
    apply::{Answer, Call, CallFailure},
    ecs::CallError,
    keys::PrivateKey,
    model::{CloudName, KeyPairName, Ownership, Tags},
};

impl Outside<'_> {
    /// Makes one attempt.
    ///
    /// # Errors
    /// As the service, the vault or the host says it.
    pub fn execute(&self, call: &Call) -> Result<Answer, CallFailure> {
        match call {
            Call::GenerateKey { name } => self.generate(name),
            Call::StoreKey { name } => self.store(name),
            Call::RetireKey { name, fingerprint } => self
                .vault
                .retire(name, *fingerprint)
                .map(|_| Answer::Done)
                .map_err(|error| local(&error)),
            Call::Run { program, about, key } => self.run(program, about, key.as_ref()),
            Call::LogOn { proof, host, key, refused } => {
                self.log_on(proof, host, key, refused.as_ref())
            }
            other => self.call(other).map_err(|error| remote(&error)),
        }
    }

    fn generate(&self, name: &CloudName) -> Result<Answer, CallFailure> {
        let key = self.keys.generate().map_err(|error| local(&error))?;
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
            return Err(CallFailure {
                message: format!("the private key of {name} is not in memory any more"),
                transient: false,
                outcome_unknown: false,
            });
        };
        self.vault.store(name, &key).map(|_| Answer::Done).map_err(|error| local(&error))
    }

    fn generated(&self) -> MutexGuard<'_, BTreeMap<CloudName, PrivateKey>> {
        self.generated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, call: &Call) -> Result<Answer, CallError> {
        let cloud = &self.cloud;
        match call {
            Call::Import { region, name, public_key, tags, key_pair, generation } => {
                let tags = self.tags(tags, key_pair, *generation);
                cloud.import(region, name, public_key, &tags).map(Answer::Imported)
            }
            Call::Tag { region, name, tags, key_pair, generation } => {
                let tags = self.tags(tags, key_pair, *generation);
                cloud.tag(region, name, &tags).map(|()| Answer::Done)
            }
            Call::Untag { region, name, keys } => {
                cloud.untag(region, name, keys).map(|()| Answer::Done)
            }
            Call::Attach { region, name, ids } => {
                cloud.attach(region, name, ids).map(Answer::Items)
            }
            Call::Detach { region, name, ids } => {
                cloud.detach(region, name, ids).map(Answer::Items)
            }
            Call::Reboot { region, ids, forced } => {
                cloud.reboot(region, ids, *forced).map(Answer::Items)
            }
            Call::Delete { region, name } => cloud.delete(region, name).map(|()| Answer::Done),
            Call::ReadPair { region, name } => cloud.key_pair(region, name).map(Answer::Pair),
            Call::ReadInstances { region, ids } => {
                cloud.instances_by_id(region, ids).map(Answer::Instances)
            }
            Call::ReadBound { region, name } => {
                cloud.instances_bound_to(region, name).map(Answer::Instances)
            }
            Call::GenerateKey { .. }
            | Call::StoreKey { .. }
            | Call::RetireKey { .. }
            | Call::Run { .. }
            | Call::LogOn { .. } => Ok(Answer::Done),
        }
    }

    fn tags(&self, tags: &Tags, key_pair: &KeyPairName, generation: u32) -> Tags {
        let ownership =
            Ownership { project: self.project.clone(), key_pair: key_pair.clone(), generation };
        let mut all = ownership.tags(&self.lineage);
        all.extend(tags.clone());
        all
    }
}
