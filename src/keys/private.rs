//! Private keys.

use std::fmt;

use md5::{Digest, Md5};
use rsa::{PrivateKey as RsaPrivateKey, pkcs8::EncodePrivateKey};
use zeroize::Zeroizing;

use super::{KeyError, PublicKey, pem};
use crate::model::{Fingerprint, PemProblem};

/// An RSA private key of 2048 bits (R2).
///
/// Its memory is zeroized when it is dropped, and so is every buffer here through which it was read
/// or written; its `Debug` shows the fingerprint of the public half only (L4). Pages that the
/// operating system has swapped out are out of reach.
pub struct PrivateKey {
    /// Unencrypted PKCS#8.
    der: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

impl PrivateKey {
    /// Reads an unencrypted PKCS#8 PEM (R4), in a few microseconds: whether its primes are prime
    /// is not tested.
    ///
    /// White space around the key and CRLF are accepted; anything else around it is not.
    ///
    /// # Errors
    /// [`PemProblem`], which has nothing of the content in it.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, PemProblem> {
        let der = pem::decode(bytes)?;
        let public = pem::public_half(&der)?;
        Ok(Self { der, public })
    }

    /// Unencrypted PKCS#8 PEM (R4), with LF at the line ends: what `ssh` and `openssl` open as it
    /// is.
    #[must_use]
    pub fn pem(&self) -> Zeroizing<String> {
        pem::encode(&self.der)
    }

    /// The same key as PKCS#1 PEM, which begins with `-----BEGIN RSA PRIVATE KEY-----`: the form of
    /// the sample in the reference of CreateKeyPair.
    #[must_use]
    pub fn pkcs1_pem(&self) -> Zeroizing<String> {
        pem::encode_pkcs1(&self.der)
    }

    /// MD5 of its public half as DER (SubjectPublicKeyInfo), which is the fingerprint of a key in
    /// another cloud. That of SSH is another one, [`PublicKey::fingerprint`].
    #[must_use]
    pub fn fingerprint_of_der(&self) -> Fingerprint {
        Fingerprint::from_bytes(Md5::digest(pem::public_der(&self.der)).into())
    }

    /// Its public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Keeps a key that was read and verified.
    pub(super) fn from_verified(key: &RsaPrivateKey) -> Result<Self, PemProblem> {
        let document = key.to_pkcs8_der().map_err(|_| PemProblem::Damaged)?;
        let der = Zeroizing::new(document.as_bytes().to_vec());
        let public = pem::public_half(&der)?;
        Ok(Self { der, public })
    }

    /// Encodes a key and reads it as a file would be read, so that none leaves this module that
    /// [`PrivateKey::from_pem`] would refuse.
    pub(super) fn from_rsa(key: &RsaPrivateKey) -> Result<Self, KeyError> {
        let document = key.to_pkcs8_der().map_err(|error| KeyError::generation(&error))?;
        let der = Zeroizing::new(document.as_bytes().to_vec());
        let public = pem::public_half(&der).map_err(|problem| KeyError::generation(&problem))?;
        Ok(Self { der, public })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public.fingerprint())
    }
}

#[cfg(test)]
mod tests;
