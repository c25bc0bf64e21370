//! What can be wrong with the file of a private key, read as PEM (R4).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::codes;

/// Why a text is not a private key that can be used (R4). Nothing of the text is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(tag = "code")]
pub enum PemProblem {
    /// It does not start with a PEM boundary.
    #[error("it is not PEM: it does not start with `-----BEGIN PRIVATE KEY-----`")]
    #[serde(rename = "privateKeyNotPem")]
    NotPem,
    /// It needs a passphrase.
    #[error("it is encrypted; decrypt it with `openssl pkey -in FILE -out NEWFILE`")]
    #[serde(rename = "privateKeyEncrypted")]
    Encrypted,
    /// It is a private key in another form than PKCS#8.
    #[error("{form}")]
    #[serde(rename = "privateKeyOtherForm")]
    OtherForm {
        /// Which one.
        form: PemForm,
    },
    /// PEM of anything that is not a private key in a known form.
    #[error("it is PEM, but of something else than a private key in PKCS#8")]
    #[serde(rename = "privateKeyOtherContent")]
    OtherContent,
    /// Text other than white space follows the key.
    #[error("more text follows the end of the key; keep only the key in the file")]
    #[serde(rename = "privateKeyTrailingText")]
    TrailingText,
    /// The boundaries are there, and what is between them cannot be read.
    #[error("it is damaged or cut off; restore it from a backup")]
    #[serde(rename = "privateKeyDamaged")]
    Damaged,
    /// A key of another algorithm.
    #[error("it is {algorithm}, and a key pair of ECS has an RSA key of 2048 bits")]
    #[serde(rename = "privateKeyOtherAlgorithm")]
    OtherAlgorithm {
        /// Which one.
        algorithm: KeyAlgorithm,
    },
    /// An RSA key of another size.
    #[error("it is an RSA key of {bits} bits, and a generated key pair has 2048")]
    #[serde(rename = "privateKeyOtherSize")]
    OtherSize {
        /// The bits that it has.
        bits: usize,
    },
    /// The parts of the key contradict one another.
    #[error("its public and its private half do not belong together; restore it from a backup")]
    #[serde(rename = "privateKeyInconsistent")]
    Inconsistent,
}

impl PemProblem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> PemCode {
        match self {
            Self::NotPem => PemCode::NotPem,
            Self::Encrypted => PemCode::Encrypted,
            Self::OtherForm { .. } => PemCode::OtherForm,
            Self::OtherContent => PemCode::OtherContent,
            Self::TrailingText => PemCode::TrailingText,
            Self::Damaged => PemCode::Damaged,
            Self::OtherAlgorithm { .. } => PemCode::OtherAlgorithm,
            Self::OtherSize { .. } => PemCode::OtherSize,
            Self::Inconsistent => PemCode::Inconsistent,
        }
    }
}

/// A form of private keys that is not PKCS#8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PemForm {
    /// `BEGIN RSA PRIVATE KEY`.
    Pkcs1,
    /// `BEGIN OPENSSH PRIVATE KEY`.
    OpenSsh,
}

impl fmt::Display for PemForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs1 => {
                "it is PKCS#1 and not PKCS#8; convert it with `openssl pkey -in FILE -out NEWFILE`"
            }
            Self::OpenSsh => {
                "it has the format of OpenSSH and not PKCS#8; convert a copy of it with \
                 `ssh-keygen -p -N '' -m PKCS8 -f COPY`"
            }
        })
    }
}

/// What a key in PEM can be instead of RSA with two primes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum KeyAlgorithm {
    /// RSA with more than two primes.
    RsaOfMorePrimes,
    /// RSA that is limited to signatures in PSS.
    RsaPss,
    /// A key on an elliptic curve.
    Ec,
    /// DSA.
    Dsa,
    /// Ed25519.
    Ed25519,
    /// Any other.
    Unknown,
}

impl KeyAlgorithm {
    /// As people read it, with its article.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOfMorePrimes => "an RSA key of more than two primes",
            Self::RsaPss => "an RSA key for PSS signatures only",
            Self::Ec => "an EC key",
            Self::Dsa => "a DSA key",
            Self::Ed25519 => "an Ed25519 key",
            Self::Unknown => "a key of another algorithm",
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

codes! {
    /// The code of a [`PemProblem`].
    pub enum PemCode {
        NotPem = "privateKeyNotPem" {
            meaning: "The file of a private key is not PEM.",
            why: "keyform keeps private keys as unencrypted PEM in PKCS#8 (R4).",
            fix: "Restore the file, or move it away.",
        }
        Encrypted = "privateKeyEncrypted" {
            meaning: "The private key needs a passphrase.",
            why: "keyform keeps private keys unencrypted (R4), since no one is there to type a \
                  passphrase.",
            fix: "Decrypt it with `openssl pkey -in FILE -out NEWFILE`.",
        }
        OtherForm = "privateKeyOtherForm" {
            meaning: "The private key is in another form than PKCS#8.",
            why: "keyform keeps private keys in the form in which ECS hands them out (R4).",
            fix: "Convert a copy of it, as the message shows.",
        }
        OtherContent = "privateKeyOtherContent" {
            meaning: "The PEM is of something else than a private key.",
            why: "keyform takes a file for a key only if it is one.",
            fix: "Put the file of the private key in its place, or move it away.",
        }
        TrailingText = "privateKeyTrailingText" {
            meaning: "More text follows the end of the private key.",
            why: "keyform takes a file for a key only if nothing else is in it.",
            fix: "Keep only the key in the file.",
        }
        Damaged = "privateKeyDamaged" {
            meaning: "The private key is damaged or cut off.",
            why: "A key that cannot log on is as bad as none (L2).",
            fix: "Restore it from a backup.",
        }
        OtherAlgorithm = "privateKeyOtherAlgorithm" {
            meaning: "The private key is not an RSA key of two primes.",
            why: "A generated pair has an RSA key (R2).",
            fix: "Move the file away: keyform did not make it.",
        }
        OtherSize = "privateKeyOtherSize" {
            meaning: "The private key is an RSA key, and has more or less than 2048 bits.",
            why: "A generated pair has a key of 2048 bits (R2).",
            fix: "Move the file away: keyform did not make it.",
        }
        Inconsistent = "privateKeyInconsistent" {
            meaning: "The halves of the private key do not belong together.",
            why: "A key that cannot log on is as bad as none (L2).",
            fix: "Restore it from a backup.",
        }
    }
}
