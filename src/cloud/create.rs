//! CreateKeyPair: the one answer that has a private key in it.

use super::service::{Cloud, unexpected};
use crate::{
    ecs::{CallError, CreatedPair, NewPair, Response},
    model::Fingerprint,
};

impl Cloud {
    /// Lets the service make a pair and its key. If this fails, the pair may be there all the same,
    /// and its private key is nowhere then.
    ///
    /// # Errors
    /// As the service says.
    pub fn create(&self, new: &NewPair) -> Result<CreatedPair, CallError> {
        let request = new.request();
        match self.call(&request)? {
            Response::Created { fingerprint, private_key, key_pair_id: _ } => {
                Ok(CreatedPair { fingerprint: Fingerprint::parse(&fingerprint), private_key })
            }
            _ => Err(unexpected(&request)),
        }
    }
}
