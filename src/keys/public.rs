//! Public keys, as ECS takes them: one OpenSSH line.

mod blob;
mod line;
mod numbers;
mod problem;

use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};
use sha2::Sha256;
use ssh_key::{
    EcdsaCurve, Mpint,
    public::{DsaPublicKey, EcdsaPublicKey, KeyData, RsaPublicKey},
};

pub use self::problem::PublicKeyProblem;
pub(super) use self::{
    line::{is_type, read as read_line},
    numbers::bits,
};
use super::key_type::{Algorithm, KeyType};
use crate::model::Fingerprint;

/// A public key of a type that ECS imports (R9), without a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key_type: KeyType,
    bits: usize,
    openssh: String,
    fingerprint: Fingerprint,
    sha256: ssh_key::Fingerprint,
    certified: Option<Box<PublicKey>>,
}

/// The fingerprint of what stands in the place of the key data in an OpenSSH line, whatever it is;
/// `None` if nothing does. For a service that does not look into keys.
#[must_use]
pub fn blob_fingerprint(line: &str) -> Option<Fingerprint> {
    let data = line.split_whitespace().nth(1)?;
    let bytes = Base64::decode_vec(data).unwrap_or_else(|_| data.as_bytes().to_vec());
    Some(Fingerprint::from_bytes(Md5::digest(bytes).into()))
}

/// The fingerprint of the key data of an OpenSSH line, if that is what the line says that it is. It
/// costs next to nothing, since the key within is not looked at.
#[must_use]
pub fn line_fingerprint(line: &str) -> Option<Fingerprint> {
    let mut words = line.split_whitespace();
    let (key_type, data) = (words.next()?, words.next()?);
    let bytes = Base64::decode_vec(data).ok()?;
    let length = u32::try_from(key_type.len()).ok()?.to_be_bytes();
    // Key data begins with the length of its type, and the type (RFC 4253, section 6.6).
    let after = bytes.strip_prefix(&length)?;
    after
        .starts_with(key_type.as_bytes())
        .then(|| Fingerprint::from_bytes(Md5::digest(&bytes).into()))
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
        let data = Base64::encode_string(bytes);
        let contents = blob::read(&data)?;
        let certified = contents.certified.map(Self::from_key_data).transpose()?;
        Ok(Self {
            key_type: contents.key_type,
            bits: contents.bits,
            openssh: format!("{} {data}", contents.key_type),
            fingerprint: Fingerprint::from_bytes(Md5::digest(bytes).into()),
            sha256: ssh_key::Fingerprint::Sha256(Sha256::digest(bytes).into()),
            certified: certified.map(Box::new),
        })
    }

    /// From the modulus and the exponent of an RSA key, as big-endian bytes.
    pub(super) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, PublicKeyProblem> {
        let [e, n] = [exponent, modulus].map(Mpint::from_positive_bytes);
        let problem = |_| PublicKeyProblem::Numbers(KeyType::plain(Algorithm::Rsa));
        Self::from_key_data(KeyData::Rsa(RsaPublicKey::new(e, n).map_err(problem)?))
    }

    /// From the numbers of a DSA key, as big-endian bytes: p, q, g and y.
    pub(super) fn from_dsa(numbers: [&[u8]; 4]) -> Result<Self, PublicKeyProblem> {
        let [p, q, g, y] = numbers.map(Mpint::from_positive_bytes);
        let problem = |_| PublicKeyProblem::Numbers(KeyType::plain(Algorithm::Dsa));
        Self::from_key_data(KeyData::Dsa(DsaPublicKey::new(p, q, g, y).map_err(problem)?))
    }

    /// From a point of a curve, compressed or not (SEC 1, section 2.3.3).
    pub(super) fn from_point(curve: EcdsaCurve, point: &[u8]) -> Result<Self, PublicKeyProblem> {
        let problem = PublicKeyProblem::Point(KeyType::plain(Algorithm::Ecdsa(curve)));
        let key = numbers::uncompressed(curve, point)
            .and_then(|point| EcdsaPublicKey::from_sec1_bytes(&point).ok());
        Self::from_key_data(KeyData::Ecdsa(key.ok_or(problem)?))
    }

    fn from_key_data(key: KeyData) -> Result<Self, PublicKeyProblem> {
        let bytes = ssh_key::PublicKey::from(key).to_bytes();
        Self::from_blob(&bytes.map_err(|_| PublicKeyProblem::Damaged)?)
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
        self.sha256.to_string()
    }

    /// The first eight hexadecimal digits of its SHA-256 fingerprint, for the names of files.
    #[must_use]
    pub fn short_sha256(&self) -> String {
        self.sha256.as_bytes().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Of a certificate, the plain key that it certifies.
    #[must_use]
    pub fn certified(&self) -> Option<&PublicKey> {
        self.certified.as_deref()
    }
}

#[cfg(test)]
mod tests;
