//! Public keys, as ECS takes them: one OpenSSH line.

mod blob;
mod line;
mod numbers;
mod problem;
mod wire;

use base64ct::{Base64, Base64Unpadded, Encoding};
use md5::{Digest, Md5};
use sha2::Sha256;

pub use self::problem::PublicKeyProblem;
pub(super) use self::{
    line::{is_type, read as read_line},
    numbers::bits,
};
use super::key_type::{Algorithm, Curve, KeyType};
use crate::model::Fingerprint;

/// A public key of a type that ECS imports (R9), without a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key_type: KeyType,
    bits: usize,
    openssh: String,
    fingerprint: Fingerprint,
    sha256: [u8; 32],
    certified: Option<Box<PublicKey>>,
}

impl PublicKey {
    /// Reads one line of OpenSSH: a type, the key data, and perhaps a comment, with any white
    /// space between them.
    ///
    /// What ECS is known to take is no more than this. [`GivenKey`](super::GivenKey) reads what
    /// people have.
    ///
    /// # Errors
    /// [`PublicKeyProblem`], which has nothing of the content in it.
    pub fn parse(line: &str) -> Result<Self, PublicKeyProblem> {
        read_line(line).map(|(key, _)| key)
    }

    /// From key data, all of it.
    pub(super) fn from_blob(bytes: &[u8]) -> Result<Self, PublicKeyProblem> {
        let contents = blob::read(bytes)?;
        let certified = contents.certified.map(|plain| Self::from_blob(&plain)).transpose()?;
        Ok(Self {
            key_type: contents.key_type,
            bits: contents.bits,
            openssh: format!("{} {}", contents.key_type.name(), Base64::encode_string(bytes)),
            fingerprint: Fingerprint::from_bytes(Md5::digest(bytes).into()),
            sha256: Sha256::digest(bytes).into(),
            certified: certified.map(Box::new),
        })
    }

    /// From the modulus and the exponent of an RSA key, as big-endian bytes.
    pub(super) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, PublicKeyProblem> {
        Self::from_numbers(Algorithm::Rsa, &[exponent, modulus])
    }

    /// From the numbers of a DSA key, as big-endian bytes: p, q, g and y.
    pub(super) fn from_dsa(numbers: [&[u8]; 4]) -> Result<Self, PublicKeyProblem> {
        Self::from_numbers(Algorithm::Dsa, &numbers)
    }

    /// From a point of a curve, compressed or not (SEC 1, section 2.3.3).
    pub(super) fn from_point(curve: Curve, point: &[u8]) -> Result<Self, PublicKeyProblem> {
        let key_type = KeyType::plain(Algorithm::Ecdsa(curve));
        let point = numbers::uncompressed(curve, point).ok_or(PublicKeyProblem::Point(key_type))?;
        let mut bytes = Vec::new();
        for field in [key_type.name().as_bytes(), curve.name().as_bytes(), &point] {
            wire::put_string(&mut bytes, field);
        }
        Self::from_blob(&bytes)
    }

    fn from_numbers(algorithm: Algorithm, numbers: &[&[u8]]) -> Result<Self, PublicKeyProblem> {
        let mut bytes = Vec::new();
        wire::put_string(&mut bytes, KeyType::plain(algorithm).name().as_bytes());
        for number in numbers {
            wire::put_number(&mut bytes, number);
        }
        Self::from_blob(&bytes)
    }

    /// Its type.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The bits of its modulus, its prime p, or the field of its curve: what `ssh-keygen -l` shows
    /// first.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The one line that is sent to ECS: type and key data, without a comment or a line end.
    #[must_use]
    pub fn openssh(&self) -> &str {
        &self.openssh
    }

    /// The print that ECS shows for it: MD5 over the key data (RFC 4716, section 4).
    ///
    /// `ssh-keygen -l -E md5` shows it too, except for a certificate: there it shows that of the
    /// key within, [`PublicKey::certified`].
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// `SHA256:` and base64 without padding, which `ssh-keygen -l` shows, with the same exception.
    #[must_use]
    pub fn sha256(&self) -> String {
        format!("SHA256:{}", Base64Unpadded::encode_string(&self.sha256))
    }

    /// The first eight hexadecimal digits of its SHA-256 print, for the names of files.
    #[must_use]
    pub fn short_sha256(&self) -> String {
        self.sha256.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Of a certificate, the plain key that it certifies.
    #[must_use]
    pub fn certified(&self) -> Option<&PublicKey> {
        self.certified.as_deref()
    }
}

#[cfg(test)]
mod tests;
