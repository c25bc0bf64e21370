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
    ecs::{CloudRead, CloudWrite, ReadAnswer, WriteAnswer},
    keys::PrivateKey,
    model::{CloudName, KeyPairName, Ownership, Tags},
};

impl Outside<'_> {
    /// Makes one attempt.
    ///
    /// # Errors
    /// As the service, the vault or the host says it.
    pub fn execute(&self, call: &Call) -> Result<Answer, CallFailure> {
        match call.clone() {
            Call::GenerateKey { name } => self.generate(&name),
            Call::StoreKey { name } => self.store(&name),
            Call::RetireKey { name, fingerprint } => self
                .vault
                .retire(&name, fingerprint)
                .map(|_| Answer::Done)
                .map_err(|error| local(&error)),
            Call::Run { program, about, key } => self.run(&program, &about, key.as_ref()),
            Call::LogOn { proof, host, key, refused } => {
                self.log_on(&proof, &host, &key, refused.as_ref())
            }
            Call::Import { region, name, public_key, tags, key_pair, generation } => {
                let tags = self.tags(tags, key_pair, generation);
                self.write(&CloudWrite::Import { region, name, public_key, tags })
            }
            Call::Tag { region, name, tags, key_pair, generation } => {
                let tags = self.tags(tags, key_pair, generation);
                self.write(&CloudWrite::Tag { region, name, tags })
            }
            Call::Untag { region, name, keys } => {
                self.write(&CloudWrite::Untag { region, name, keys })
            }
            Call::Attach { region, name, ids } => {
                self.write(&CloudWrite::Attach { region, name, ids })
            }
            Call::Detach { region, name, ids } => {
                self.write(&CloudWrite::Detach { region, name, ids })
            }
            Call::Reboot { region, ids, forced } => {
                self.write(&CloudWrite::Reboot { region, ids, forced })
            }
            Call::Delete { region, name } => self.write(&CloudWrite::Delete { region, name }),
            Call::ReadPair { region, name } => self.read(&CloudRead::Pair { region, name }),
            Call::ReadInstances { region, ids } => self.read(&CloudRead::Instances { region, ids }),
            Call::ReadBound { region, name } => self.read(&CloudRead::Bound { region, name }),
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

    fn write(&self, write: &CloudWrite) -> Result<Answer, CallFailure> {
        let answer = self.cloud.write(write).map_err(|error| remote(&error))?;
        Ok(match answer {
            WriteAnswer::Imported(fingerprint) => Answer::Imported(fingerprint),
            WriteAnswer::Items(results) => Answer::Items(results),
            WriteAnswer::Done => Answer::Done,
        })
    }

    fn read(&self, read: &CloudRead) -> Result<Answer, CallFailure> {
        let answer = self.cloud.read(read).map_err(|error| remote(&error))?;
        Ok(match answer {
            ReadAnswer::Pair(pair) => Answer::Pair(pair),
            ReadAnswer::Instances(instances) => Answer::Instances(instances),
        })
    }

    /// The user's tags with the ownership tags.
    fn tags(&self, tags: Tags, key_pair: KeyPairName, generation: u32) -> Tags {
        let ownership = Ownership { project: self.project.clone(), key_pair, generation };
        let mut all = ownership.tags(&self.lineage);
        all.extend(tags);
        all
    }
}
