//! The types of public keys that ECS imports.

use std::fmt;

use ssh_key::EcdsaCurve;

/// A type of public key that ECS imports (R9): one of ten, which [`KeyType::named`] knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyType {
    pub(super) algorithm: Algorithm,
    pub(super) form: Form,
}

/// What the numbers of a key are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Algorithm {
    Rsa,
    Dsa,
    Ecdsa(EcdsaCurve),
}

/// A key alone, or a certificate around it (`PROTOCOL.certkeys` of OpenSSH).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Plain,
    /// Since OpenSSH 5.4; written until 6.9, and not read any more by 7.0.
    CertificateV00,
    /// Since OpenSSH 5.6.
    CertificateV01,
}

const P256: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP256);
const P384: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP384);
const P521: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP521);

/// Every importable type by its name in OpenSSH.
const TYPES: [(&str, Algorithm, Form); 12] = [
    ("ssh-rsa", Algorithm::Rsa, Form::Plain),
    ("ssh-dss", Algorithm::Dsa, Form::Plain),
    ("ecdsa-sha2-nistp256", P256, Form::Plain),
    ("ecdsa-sha2-nistp384", P384, Form::Plain),
    ("ecdsa-sha2-nistp521", P521, Form::Plain),
    ("ssh-rsa-cert-v00@openssh.com", Algorithm::Rsa, Form::CertificateV00),
    ("ssh-dss-cert-v00@openssh.com", Algorithm::Dsa, Form::CertificateV00),
    ("ssh-rsa-cert-v01@openssh.com", Algorithm::Rsa, Form::CertificateV01),
    ("ssh-dss-cert-v01@openssh.com", Algorithm::Dsa, Form::CertificateV01),
    ("ecdsa-sha2-nistp256-cert-v01@openssh.com", P256, Form::CertificateV01),
    ("ecdsa-sha2-nistp384-cert-v01@openssh.com", P384, Form::CertificateV01),
    ("ecdsa-sha2-nistp521-cert-v01@openssh.com", P521, Form::CertificateV01),
];

/// Types that people have and ECS does not import, without their certificates.
const OTHERS: [&str; 5] = [
    "ssh-ed25519",
    "ssh-ed448",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-xmss@openssh.com",
];

impl KeyType {
    /// The type with this name of OpenSSH.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (_, algorithm, form) = TYPES.into_iter().find(|(known, ..)| *known == name)?;
        Some(Self { algorithm, form })
    }

    /// Its name in OpenSSH: the first word of a line, and the first string of the key data.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut types = TYPES.into_iter();
        let found = types.find(|&(_, algorithm, form)| Self { algorithm, form } == self);
        found.map_or("", |(name, ..)| name)
    }

    /// Whether it is a certificate around a key, and not a key alone.
    #[must_use]
    pub fn is_certificate(self) -> bool {
        self.form != Form::Plain
    }

    pub(super) fn plain(algorithm: Algorithm) -> Self {
        Self { algorithm, form: Form::Plain }
    }
}

impl From<Algorithm> for ssh_key::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rsa => Self::Rsa { hash: None },
            Algorithm::Dsa => Self::Dsa,
            Algorithm::Ecdsa(curve) => curve.into(),
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A known type that is not importable, by its own name or by that of its certificates
/// (`ssh-ed25519-cert-v01@openssh.com`).
pub(super) fn not_importable(name: &str) -> Option<&'static str> {
    let own = |other: &str| other.strip_suffix("@openssh.com").unwrap_or(other).to_owned();
    OTHERS
        .into_iter()
        .find(|other| name == *other || name == format!("{}-cert-v01@openssh.com", own(other)))
}
