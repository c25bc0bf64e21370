//! Why a text is not a public key that can be imported.

use crate::keys::{KeyType, PrivateKeyForm, PublicKeyCode, Slip, given::BYTES_MAX};

/// The end of the messages on types (R9), with what to do.
const IMPORTABLE: &str = "ECS imports ssh-rsa, ssh-dss, ecdsa-sha2-nistp256, -nistp384 and \
                          -nistp521, and certificates of these; make a key with \
                          `ssh-keygen -t rsa -b 3072`";

/// Why a text is not a public key that can be imported (R9).
///
/// The messages fit after the name of what was read, and nothing of its content is in them: it
/// may be a private key (L4). What [`PublicKeyProblem::line`] answers was read as a public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyProblem {
    /// Only white space.
    #[error("it is empty; give one line, such as `ssh-rsa AAAA…`")]
    Empty,
    /// Larger than any public key.
    #[error(
        "it has {0} bytes, and no public key has more than {BYTES_MAX}; give one public key only"
    )]
    TooLong(usize),
    /// Bytes that are not UTF-8.
    #[error(
        "it is not text in UTF-8; give the `.pub` file that `ssh-keygen` wrote, and if it was \
         written by PowerShell, save it again as UTF-8"
    )]
    NotText,
    /// The private half of a key, in any form.
    #[error(
        "it holds a private key; give the public half: {0}; and if the private one got into git, \
         take it out of the history too and make a new key"
    )]
    PrivateKeyGiven(PrivateKeyForm),
    /// More than one key.
    #[error("it has several keys, and a key pair has one; give one of them")]
    SeveralKeys,
    /// Lines or words around the key that do not belong to it.
    #[error(
        "it has more text than one key; give the key alone, and if it is an OpenSSH key, on one \
         line"
    )]
    MoreText,
    /// The options of a line in `authorized_keys`.
    #[error(
        "options such as `from=` or `command=` stand before the key, and ECS takes none; remove \
         them"
    )]
    Options,
    /// A known type of OpenSSH that ECS does not import.
    #[error("it is of type {0}, which ECS does not import; {IMPORTABLE}")]
    NotImportable(&'static str),
    /// A PEM of an algorithm or a curve that ECS does not import.
    #[error("it is {0}, which ECS does not import; {IMPORTABLE}")]
    OtherAlgorithm(&'static str),
    /// The first word is no type of key.
    #[error(
        "it does not begin with the type of a key, such as `ssh-rsa`; copy the whole line of a \
         `.pub` file"
    )]
    UnknownType,
    /// A PEM with another label than those of public keys.
    #[error(
        "it is PEM of something else than a public key; if it is an X.509 certificate, \
         `openssl x509 -in FILE -noout -pubkey` prints its public key"
    )]
    OtherContent,
    /// A type with nothing behind it.
    #[error("it has no key data; copy the whole key again")]
    NoKeyData,
    /// The begin of a PEM or of an RFC 4716 file without its end.
    #[error("its end is missing, the line that starts with dashes and `END`; copy the whole key")]
    NoEnd,
    /// Characters that are not base64, or a length that base64 never has.
    #[error("its key data is not base64; copy the whole key again")]
    NotBase64,
    /// The key data ends in the middle of a field.
    #[error("its key data is cut off; copy the whole key again")]
    CutOff,
    /// The key data goes on after its last field.
    #[error("more bytes follow the end of its key data; copy the whole key again")]
    TrailingBytes,
    /// The key data is that of another type or curve than it says at its start.
    #[error("it says {said}, and its key data is of another type; copy the whole key again")]
    TypesDisagree {
        /// What the line, or the start of the key data, says.
        said: KeyType,
    },
    /// A structure that cannot be what it says it is.
    #[error("its key data is damaged; copy the whole key again")]
    Damaged,
    /// Numbers that no key of this algorithm has.
    #[error(
        "its numbers cannot be those of a key of type {0}: one is zero, negative, even or out of \
         range; copy the whole key again"
    )]
    Numbers(KeyType),
    /// An RSA modulus that can be factored.
    #[error(
        "it is an RSA key of {0} bits, which can be broken; make a new one with \
         `ssh-keygen -t rsa -b 3072`"
    )]
    RsaTooSmall(usize),
    /// An RSA modulus that OpenSSH does not read.
    #[error(
        "it is an RSA key of {0} bits, and OpenSSH reads at most 16384; make a new one with \
         `ssh-keygen -t rsa -b 4096`"
    )]
    RsaTooLarge(usize),
    /// An exponent that is 1 or even.
    #[error("its RSA exponent is 1 or even, which no sound key has; copy the whole key again")]
    RsaExponent,
    /// Sizes that `ssh-dss` does not have (RFC 4253, section 6.6, and FIPS 186-2).
    #[error(
        "it is a DSA key of {p_bits} and {q_bits} bits, and SSH has only 1024 and 160; make an \
         RSA or ECDSA key"
    )]
    DsaSize {
        /// The bits of the prime p.
        p_bits: usize,
        /// The bits of the prime q.
        q_bits: usize,
    },
    /// The point is not on the curve, or not in the form that OpenSSH reads.
    #[error("its point is not on the curve of {0}, or is compressed; copy the whole key again")]
    Point(KeyType),
    /// A certificate with which a host proves who it is.
    #[error(
        "it is a certificate of a host, with which nobody logs on; give the public key of a user"
    )]
    HostCertificate,
    /// Nearly a public key, or what people take for one.
    #[error("{}", .slip.text())]
    Slip {
        /// The mistake.
        slip: Slip,
        /// The key as it should be written, if it is there.
        line: Option<String>,
    },
}

impl PublicKeyProblem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> PublicKeyCode {
        match self {
            Self::Empty => PublicKeyCode::Empty,
            Self::TooLong(_) => PublicKeyCode::TooLong,
            Self::NotText => PublicKeyCode::NotText,
            Self::PrivateKeyGiven(_) => PublicKeyCode::PrivateKeyGiven,
            Self::SeveralKeys => PublicKeyCode::SeveralKeys,
            Self::MoreText => PublicKeyCode::MoreText,
            Self::Options => PublicKeyCode::Options,
            Self::NotImportable(_) | Self::OtherAlgorithm(_) => PublicKeyCode::UnsupportedType,
            Self::OtherContent | Self::UnknownType => PublicKeyCode::NotAPublicKey,
            Self::NoKeyData
            | Self::NoEnd
            | Self::NotBase64
            | Self::CutOff
            | Self::TrailingBytes
            | Self::Damaged => PublicKeyCode::Damaged,
            Self::TypesDisagree { .. } => PublicKeyCode::TypesDisagree,
            Self::Numbers(_) | Self::RsaExponent | Self::DsaSize { .. } | Self::Point(_) => {
                PublicKeyCode::Numbers
            }
            Self::RsaTooSmall(_) => PublicKeyCode::RsaTooSmall,
            Self::RsaTooLarge(_) => PublicKeyCode::RsaTooLarge,
            Self::HostCertificate => PublicKeyCode::HostCertificate,
            Self::Slip { slip, .. } => slip_code(*slip),
        }
    }

    /// The line of OpenSSH that was meant, if the text has the whole key.
    #[must_use]
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Slip { line, .. } => line.as_deref(),
            _ => None,
        }
    }

    /// Whether the text may be a sound key all the same, in a form that is not read.
    pub(in crate::keys) fn is_of_form(&self) -> bool {
        matches!(
            self,
            Self::MoreText
                | Self::Options
                | Self::UnknownType
                | Self::OtherContent
                | Self::NoKeyData
                | Self::NoEnd
                | Self::NotBase64
                | Self::CutOff
                | Self::Damaged
        )
    }
}

fn slip_code(slip: Slip) -> PublicKeyCode {
    match slip {
        Slip::Encoded => PublicKeyCode::Encoded,
        Slip::Escaped => PublicKeyCode::Escaped,
        Slip::DamagedEnds => PublicKeyCode::DamagedEnds,
        Slip::Wrapped => PublicKeyCode::Wrapped,
        Slip::Altered => PublicKeyCode::Altered,
        Slip::Invisible => PublicKeyCode::InvisibleCharacter,
        Slip::NoType => PublicKeyCode::NoType,
        Slip::NoSpace => PublicKeyCode::NoSpace,
        Slip::TypeMisspelled => PublicKeyCode::TypeMisspelled,
        Slip::Quoted => PublicKeyCode::Quoted,
        Slip::Options => PublicKeyCode::Options,
        Slip::KnownHost => PublicKeyCode::KnownHost,
        Slip::MoreText => PublicKeyCode::MoreText,
        Slip::Fingerprint => PublicKeyCode::FingerprintGiven,
        Slip::Url => PublicKeyCode::UrlGiven,
        Slip::Shortened => PublicKeyCode::Shortened,
    }
}
