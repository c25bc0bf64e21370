//! Public keys, as ECS takes them: one OpenSSH line.

use md5::{Digest, Md5};
use ssh_key::{
    HashAlg, Mpint,
    public::{KeyData, RsaPublicKey},
};

use crate::model::Fingerprint;

/// A public key of a type that ECS imports (R9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Type and key data, without a comment.
    openssh: String,
    fingerprint: Fingerprint,
    sha256: [u8; 32],
}

/// Why a text is not a public key that can be imported (R9). Nothing of the text is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyProblem {
    /// Only white space.
    #[error("it is empty; it should be one line, such as `ssh-rsa AAAA…`")]
    Empty,
    /// More than one line with text.
    #[error("it has more than one line, and a public key is one line; give one key only")]
    SeveralLines,
    /// The private half of a key.
    #[error(
        "it is a private key; take it out of there, and give the public half, which \
         `ssh-keygen -y -f FILE` prints"
    )]
    PrivateKey,
    /// PEM of anything else.
    #[error("it is PEM; give the OpenSSH form, which `ssh-keygen -i -m PKCS8 -f FILE` prints")]
    Pem,
    /// A certificate.
    #[error("it is a certificate; give the plain public key that it certifies")]
    Certificate,
    /// A type of OpenSSH that ECS does not import.
    #[error("it is of type {0}, which ECS does not import; {IMPORTABLE}")]
    NotImportable(&'static str),
    /// The first word is no type of key, as when options stand before it.
    #[error("it does not start with a known type of key; {IMPORTABLE}")]
    UnknownType,
    /// No key data after the type, or none that can be read, or of another type.
    #[error("it is damaged or cut off; copy it again from the `.pub` file")]
    Damaged,
}

/// The end of the messages on types.
const IMPORTABLE: &str =
    "it imports ssh-rsa, ssh-dss and ecdsa-sha2-nistp256, -nistp384 and -nistp521";

impl PublicKey {
    /// Reads one line of OpenSSH: a type, the key data, and perhaps a comment, with any white
    /// space between them.
    ///
    /// Whether the point of an ECDSA key is on its curve is not tested.
    ///
    /// # Errors
    /// [`PublicKeyProblem`], which has nothing of the content in it.
    pub fn parse(line: &str) -> Result<Self, PublicKeyProblem> {
        let line = line.trim();
        check_form(line)?;
        let mut words = line.split_whitespace();
        check_type(words.next().unwrap_or_default())?;
        if words.next().is_none() {
            return Err(PublicKeyProblem::Damaged);
        }
        let plain: Vec<&str> = line.split_whitespace().take(2).collect();
        let key = ssh_key::PublicKey::from_openssh(&plain.join(" "));
        let key = key.map_err(|_| PublicKeyProblem::Damaged)?;
        Self::from_key_data(key.key_data()).ok_or(PublicKeyProblem::Damaged)
    }

    /// From the modulus and the exponent of an RSA key, as big-endian bytes; `None` if one of them
    /// is zero.
    ///
    /// The rsa feature of the ssh-key crate would do this for a second, older rsa crate.
    pub(super) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let n = Mpint::from_positive_bytes(modulus).ok()?;
        let e = Mpint::from_positive_bytes(exponent).ok()?;
        Self::from_key_data(&KeyData::Rsa(RsaPublicKey { e, n }))
    }

    fn from_key_data(data: &KeyData) -> Option<Self> {
        let numbers: &[&Mpint] = match data {
            KeyData::Rsa(key) => &[&key.e, &key.n],
            KeyData::Dsa(key) => &[&key.p, &key.q, &key.g, &key.y],
            _ => &[],
        };
        let is_positive =
            |number: &&Mpint| number.as_positive_bytes().is_some_and(|b| !b.is_empty());
        if !numbers.iter().all(is_positive) {
            return None;
        }
        let key = ssh_key::PublicKey::from(data.clone());
        let wire = key.to_bytes().ok()?;
        Some(Self {
            openssh: key.to_openssh().ok()?,
            fingerprint: Fingerprint::from_bytes(Md5::digest(&wire).into()),
            sha256: key.fingerprint(HashAlg::Sha256).sha256()?,
        })
    }

    /// The one line that is sent to ECS: type and key data, without a comment or a line end.
    #[must_use]
    pub fn openssh(&self) -> &str {
        &self.openssh
    }

    /// The print that ECS shows for it: MD5 over the wire form (RFC 4716, section 4).
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The print that `ssh-keygen -l` shows for it: `SHA256:` and base64 without padding.
    #[must_use]
    pub fn sha256(&self) -> String {
        ssh_key::Fingerprint::Sha256(self.sha256).to_string()
    }

    /// The first eight hexadecimal digits of its SHA-256 print, for the names of files.
    #[must_use]
    pub fn short_sha256(&self) -> String {
        self.sha256.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn check_form(line: &str) -> Result<(), PublicKeyProblem> {
    if line.is_empty() {
        return Err(PublicKeyProblem::Empty);
    }
    if line.contains("PRIVATE KEY-----") {
        return Err(PublicKeyProblem::PrivateKey);
    }
    if line.starts_with("-----BEGIN ") {
        return Err(PublicKeyProblem::Pem);
    }
    if line.contains(['\n', '\r']) {
        return Err(PublicKeyProblem::SeveralLines);
    }
    Ok(())
}

fn check_type(word: &str) -> Result<(), PublicKeyProblem> {
    const OTHERS: [&str; 3] =
        ["ssh-ed25519", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];
    match word {
        "ssh-rsa" | "ssh-dss" => Ok(()),
        "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => Ok(()),
        _ if word.ends_with("@openssh.com") && word.contains("-cert-v0") => {
            Err(PublicKeyProblem::Certificate)
        }
        _ => Err(match OTHERS.iter().find(|&&other| other == word) {
            Some(other) => PublicKeyProblem::NotImportable(other),
            None => PublicKeyProblem::UnknownType,
        }),
    }
}

#[cfg(test)]
mod tests;
