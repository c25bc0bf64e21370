//! Whether a secret is anywhere where it must not be (L4).
//!
//! Any [`WINDOW`] bytes of a secret that follow one another are found, as they are and in each of
//! the forms in which they can be written as text; also a form within a form, such as the list of
//! the bytes of a PEM file. What is told of a leak is its place and its form, never the secret.

mod debug;
mod forms;
mod pasted;
mod planted;

use std::fmt;

use pkcs8::{PrivateKeyInfoRef, SecretDocument, der::Decode};
use rsa::pkcs1::RsaPrivateKeyRef;

use forms::FORMS;

/// How many bytes of a secret are found anywhere. Fewer could be found where they are by chance,
/// and say too little of a key to help anybody.
pub(crate) const WINDOW: usize = 24;
/// How many of these are looked up at first; see [`Secrets::within`].
const GRAM: usize = 8;
/// How many forms are read within one another: PEM is one, and a text that quotes it another.
const DEPTH: usize = 2;

/// What the program is told of the account, in the variables from which the tools of Alibaba Cloud
/// read it. The values are made up; they stand for credentials that must not be shown.
pub(crate) const CREDENTIALS: [(&str, &str); 7] = [
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tQhW8vKzR3nYcXpJm2d"),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "k7VgN2xQw9RbTzY4mLcHs8JdPf3aUe"),
    ("ALIBABA_CLOUD_SECURITY_TOKEN", "CAISq9Zw3VtLx8Rb5NyKm2PcHd7JgFsTe4UaWv6QkXzB"),
    ("ALICLOUD_ACCESS_KEY", "LTAI5tBd6XnPqS9wGkVrZe4u"),
    ("ALICLOUD_SECRET_KEY", "p3WmJ8yTcX5sRgKf7VhQz2NbLd9EaU"),
    ("ALICLOUD_SECURITY_TOKEN", "CAISx4Jr8KpWn2VbQt6ZgYm9LsDc3HfEe7UaRv5TkXqB"),
    ("ALIBABACLOUD_ACCESS_KEY_SECRET", "h6ZtP4kRw8XcNy2VbLmGs9QdJf5aTe"),
];

/// Where a secret was found, and how it was written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leak {
    /// What the secret is called.
    pub(crate) secret: String,
    /// The forms, the outermost first; none if its bytes are there as they are.
    pub(crate) forms: Vec<&'static str>,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forms = if self.forms.is_empty() { "it is".into() } else { self.forms.join(" of ") };
        write!(f, "{} as {forms}", self.secret)
    }
}

/// Secrets to look for.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    names: Vec<String>,
    values: Vec<Vec<u8>>,
    /// Each run of [`GRAM`] bytes with the secret it is of and its place there, sorted.
    grams: Vec<([u8; GRAM], usize, usize)>,
}

impl Secrets {
    /// The credentials.
    pub(crate) fn credentials() -> Self {
        let mut secrets = Self::default();
        for (name, value) in CREDENTIALS {
            secrets.add(format!("the value of {name}"), value.as_bytes());
        }
        secrets
    }

    /// Looks for this from now on. Any part of it is secret.
    pub(crate) fn add(&mut self, name: String, value: &[u8]) {
        assert!(value.len() >= WINDOW, "{name} is too short to be found");
        if self.values.iter().any(|known| known == value) {
            return;
        }
        let secret = self.values.len();
        let grams = value.windows(GRAM).enumerate();
        self.grams.extend(grams.map(|(at, gram)| (as_gram(gram), secret, at)));
        self.grams.sort_unstable();
        self.names.push(name);
        self.values.push(value.to_vec());
    }

    /// Looks for the private half of a key from now on; a text that is no PKCS#8 PEM of an RSA key
    /// has none.
    pub(crate) fn add_key(&mut self, file: &str, pem: &[u8]) {
        let text = std::str::from_utf8(pem).unwrap_or_default();
        let Ok((_, document)) = SecretDocument::from_pem(text) else { return };
        if let Some(private) = private_half(document.as_bytes()) {
            self.add(format!("the private key {file}"), private);
        }
    }

    /// A secret that these bytes hold.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<Leak> {
        self.find_within(bytes, DEPTH)
    }

    fn find_within(&self, bytes: &[u8], depth: usize) -> Option<Leak> {
        if let Some(secret) = self.within(bytes) {
            return Some(Leak { secret: self.names[secret].clone(), forms: Vec::new() });
        }
        let forms = FORMS.iter().filter(|_| depth > 0);
        forms
            .flat_map(|form| (form.read)(bytes).into_iter().map(|piece| (form.name, piece)))
            .find_map(|(name, piece)| {
                let mut leak = self.find_within(&piece, depth - 1)?;
                leak.forms.insert(0, name);
                Some(leak)
            })
    }

    /// The secret of which a window is among these bytes as it is.
    ///
    /// Every window holds a run of [`GRAM`] bytes that begins at a multiple of this step, so that
    /// only these are looked up, and what is around one that is known is compared.
    fn within(&self, bytes: &[u8]) -> Option<usize> {
        let starts = (0..bytes.len().saturating_sub(GRAM - 1)).step_by(WINDOW - GRAM + 1);
        starts.filter_map(|start| self.around(bytes, start)).next()
    }

    fn around(&self, bytes: &[u8], start: usize) -> Option<usize> {
        let gram = as_gram(&bytes[start..start + GRAM]);
        let first = self.grams.partition_point(|(known, ..)| *known < gram);
        let same = self.grams[first..].iter().take_while(|(known, ..)| *known == gram);
        let is_window = |&&(_, secret, at): &&([u8; GRAM], usize, usize)| {
            let value = &self.values[secret];
            let before = bytes[..start].iter().rev().zip(value[..at].iter().rev());
            let after = bytes[start..].iter().zip(&value[at..]);
            before.take_while(|(one, other)| one == other).count()
                + after.take_while(|(one, other)| one == other).count()
                >= WINDOW
        };
        same.clone().find(is_window).map(|(_, secret, _)| *secret)
    }
}

fn as_gram(bytes: &[u8]) -> [u8; GRAM] {
    bytes.try_into().expect("the length of a gram")
}

/// What of the DER of a PKCS#8 key is private: from the private exponent on, since the modulus and
/// the public exponent come before it (RFC 8017, section A.1.2).
fn private_half(der: &[u8]) -> Option<&[u8]> {
    let info = PrivateKeyInfoRef::from_der(der).ok()?;
    let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).ok()?;
    let exponent = key.private_exponent.as_bytes();
    let at = der.windows(exponent.len()).position(|window| window == exponent)?;
    Some(&der[at..])
}
