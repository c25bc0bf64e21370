//! The public key that a person gave, in whatever form people have.

mod pem;
mod rfc4716;
mod slip;

use std::fmt;

pub use self::slip::Slip;
use super::{
    KeyType, KeyWarningCode, PublicKey, PublicKeyProblem, key_type::Algorithm, private_key_in,
    public,
};

/// The most bytes that are read. The largest plain key, of 16384 bits, has 3 KB; a certificate has
/// up to 256 principals beside it.
pub(super) const BYTES_MAX: usize = 65_536;
/// An RSA modulus below this may still be used, and people should know.
const RSA_BITS_SOUND: usize = 2048;
/// The most characters of a comment that are sent.
const COMMENT_MAX: usize = 255;

/// The public key that a person gave, read and ready to be sent.
///
/// Read from one OpenSSH line, a PEM (`BEGIN PUBLIC KEY`, `BEGIN RSA PUBLIC KEY`) or an RFC 4716
/// file (`BEGIN SSH2 PUBLIC KEY`). Whatever the form, one key gives one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenKey {
    key: PublicKey,
    comment: String,
    warnings: Vec<KeyWarning>,
}

/// What a person should know of a key that can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyWarning {
    /// An RSA key of less than 2048 bits.
    SmallRsa(usize),
    /// A DSA key, or a certificate of one.
    Dsa,
    /// A certificate. `check_authkey_line` of OpenSSH compares a key that is offered with the plain
    /// keys of `authorized_keys` only, and a certificate with the keys of authorities: one that
    /// stands there lets nobody in, as was seen with sshd 9.2.
    Certificate(KeyType),
    /// The comment had other characters than printable ASCII, or too many, and is not sent.
    CommentLeftOut,
}

impl GivenKey {
    /// Reads a key. The text may have white space around it, CRLF, and a byte order mark.
    ///
    /// # Errors
    /// [`PublicKeyProblem`], which has nothing of the content in it. A private key is recognised
    /// in every form in which people have it, before anything else is looked at.
    pub fn parse(text: &[u8]) -> Result<Self, PublicKeyProblem> {
        if let Some(form) = private_key_in(text) {
            return Err(PublicKeyProblem::PrivateKeyGiven(form));
        }
        if text.len() > BYTES_MAX {
            return Err(PublicKeyProblem::TooLong(text.len()));
        }
        let text = std::str::from_utf8(text).map_err(|_| PublicKeyProblem::NotText)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
        if count_keys(text) > 1 {
            return Err(PublicKeyProblem::SeveralKeys);
        }
        Self::read(text).map_err(|problem| match problem.is_of_form() {
            true => slip::slip(text).unwrap_or(problem),
            false => problem,
        })
    }

    /// Reads a key in one of its forms, with nothing around it.
    fn read(text: &str) -> Result<Self, PublicKeyProblem> {
        let (key, comment) = if text.starts_with(pem::BEGIN) {
            (pem::read(text)?, String::new())
        } else if text.starts_with(rfc4716::BEGIN) {
            rfc4716::read(text)?
        } else if text.contains(pem::BEGIN) || text.contains(rfc4716::BEGIN) {
            return Err(PublicKeyProblem::MoreText);
        } else {
            public::read_line(text)?
        };
        Ok(Self::new(key, comment))
    }

    fn new(key: PublicKey, comment: String) -> Self {
        let mut warnings = Vec::new();
        let key_type = key.key_type();
        if key_type.is_certificate() {
            warnings.push(KeyWarning::Certificate(key_type));
        }
        match key_type.algorithm {
            Algorithm::Rsa if key.bits() < RSA_BITS_SOUND => {
                warnings.push(KeyWarning::SmallRsa(key.bits()));
            }
            Algorithm::Dsa => warnings.push(KeyWarning::Dsa),
            Algorithm::Rsa | Algorithm::Ecdsa(_) => {}
        }
        // As in a line of OpenSSH, so that what is sent means the same when it is read again.
        let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_safe = comment.len() <= COMMENT_MAX && comment.chars().all(is_printable);
        if !is_safe {
            warnings.push(KeyWarning::CommentLeftOut);
        }
        Self { key, comment: if is_safe { comment } else { String::new() }, warnings }
    }

    /// What is sent to ECS: type, key data and comment, without a line end.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.key.openssh(), self.comment).trim_end().to_owned()
    }

    /// The key, with its type, its bits and its fingerprints.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The comment that is sent; empty if there is none.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// What a person should know of it, the gravest first.
    #[must_use]
    pub fn warnings(&self) -> &[KeyWarning] {
        &self.warnings
    }
}

/// How many keys begin in a text, as far as their first words tell.
fn count_keys(text: &str) -> usize {
    // The shorter mark is not within the longer one: `-----BEGIN` has no space before its word.
    let blocks = text.matches(pem::BEGIN).count() + text.matches(rfc4716::BEGIN_ANY).count();
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_line = |pair: &[&str]| public::is_type(pair[0]) && pair[1].starts_with("AAAA");
    blocks + words.windows(2).filter(|pair| is_line(pair)).count()
}

fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~')
}

impl KeyWarning {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> KeyWarningCode {
        match self {
            Self::SmallRsa(_) => KeyWarningCode::WeakRsa,
            Self::Dsa => KeyWarningCode::Dsa,
            Self::Certificate(_) => KeyWarningCode::Certificate,
            Self::CommentLeftOut => KeyWarningCode::CommentLeftOut,
        }
    }
}

impl fmt::Display for KeyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallRsa(bits) => write!(
                f,
                "it is an RSA key of {bits} bits, which is weak; make a new one with \
                 `ssh-keygen -t rsa -b 3072`"
            ),
            Self::Dsa => f.write_str(
                "it is a DSA key, which sshd refuses since OpenSSH 7.0 unless its configuration \
                 allows it, and which OpenSSH 10.0 does not have; with an RSA or ECDSA key you \
                 can log on everywhere",
            ),
            Self::Certificate(key_type) => write!(
                f,
                "it is a certificate ({key_type}), and sshd passes over a certificate in \
                 authorized_keys: nobody can log on with it; give the plain key that it certifies"
            ),
            Self::CommentLeftOut => f.write_str(
                "its comment is left out, because it is longer than 255 characters or has others \
                 than printable ASCII",
            ),
        }
    }
}
