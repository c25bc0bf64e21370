//! The public half of a private key, beside it.

use serde::{Deserialize, Serialize};

use crate::{
    keys::PublicKey,
    model::{CloudName, Fingerprint},
};

/// What an object of the index says of a key.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    /// The name of the pair.
    pub(super) name: CloudName,
    /// Its fingerprint.
    pub(super) fingerprint: Fingerprint,
    /// One OpenSSH line without a comment.
    pub(super) public_key: String,
}

impl Index {
    pub(super) fn of(name: &CloudName, key: &PublicKey) -> Self {
        Self {
            name: name.clone(),
            fingerprint: key.fingerprint(),
            public_key: key.openssh().to_owned(),
        }
    }

    pub(super) fn written(&self) -> Vec<u8> {
        // All of it is text, which can always be written.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Reads the index of a name.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn read(content: &[u8], name: &CloudName) -> Result<Self, String> {
        let index: Self =
            serde_json::from_slice(content).map_err(|_| "it is no index of keyform".to_owned())?;
        if index.name != *name {
            return Err("it is the index of another name".to_owned());
        }
        match PublicKey::parse(&index.public_key) {
            Ok(key) if key.fingerprint() == index.fingerprint => Ok(index),
            Ok(_) | Err(_) => Err("its public key has another fingerprint".to_owned()),
        }
    }
}
