//! In which form a private key was found, and how its public half is made of it.

use std::fmt;

/// The form of a private key that was found where none must be.
///
/// As text it says how to get the public half of it, by commands that can be copied: `its public
/// half: {form}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKeyForm {
    /// How it is encoded, the outermost first.
    pub(super) encodings: Vec<Encoding>,
    pub(super) content: Content,
}

/// What a key can be wrapped in, one within another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Line ends that are written as `\n`.
    Escaped,
    /// A PEM whose lines are one.
    Folded,
    Base64,
    /// Base64 with the alphabet for addresses (RFC 4648, section 5).
    Base64Url,
    Hex,
}

/// What a file of the key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// PEM that ssh-keygen and openssl read.
    Pem,
    /// The binary form of OpenSSH, without the lines around it.
    OpenSsh,
    /// PKCS#1, PKCS#8, SEC 1, or the DSA key of OpenSSL.
    Der,
    Pkcs12,
    Jwk,
    Putty,
    OpenPgp,
    SshCom,
    /// Protocol 1 of SSH.
    Ssh1,
}

impl PrivateKeyForm {
    pub(super) fn plain(content: Content) -> Self {
        Self { encodings: Vec::new(), content }
    }

    pub(super) fn within(mut self, encoding: Encoding) -> Self {
        self.encodings.insert(0, encoding);
        self
    }
}

/// How TEXT is decoded to FILE.
fn decoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Escaped => r#"`printf '%b\n' "$(cat TEXT)" > FILE` writes its line ends"#,
        Encoding::Folded => "write its first and its last line on lines of their own in FILE",
        Encoding::Base64 => "`base64 -d TEXT > FILE` decodes it",
        Encoding::Base64Url => "`tr -- -_ +/ < TEXT | base64 -d > FILE` decodes it",
        Encoding::Hex => "`xxd -r -p TEXT FILE` decodes it",
    }
}

/// How the public half is made of FILE.
fn conversion(content: Content) -> &'static str {
    match content {
        Content::Pem => "`ssh-keygen -y -f FILE` prints it",
        Content::OpenSsh => {
            "write the lines `-----BEGIN OPENSSH PRIVATE KEY-----` and `-----END OPENSSH PRIVATE \
             KEY-----` around its base64 into COPY, and `ssh-keygen -y -f COPY` prints it"
        }
        Content::Der => "`openssl pkey -inform DER -in FILE -pubout` prints it",
        Content::Pkcs12 => {
            "`openssl pkcs12 -in FILE -nocerts -nodes | openssl pkey -pubout` prints it"
        }
        Content::Jwk => {
            "`python3 -c 'from jwcrypto.jwk import JWK; \
             print(JWK.from_json(open(\"FILE\").read()).export_to_pem().decode())'` prints it, after \
             `pip install jwcrypto` (ssh-keygen reads no JWK)"
        }
        Content::Putty => "`puttygen FILE -O public-openssh` prints it (ssh-keygen reads no .ppk)",
        Content::OpenPgp => "`gpg --import FILE` and `gpg --export-ssh-key ID` print it",
        Content::SshCom => {
            "`ssh-keygen -i -f FILE > COPY` converts the key, and `ssh-keygen -y -f COPY` prints it"
        }
        Content::Ssh1 => "none that logs on: SSH protocol 1 is gone, and another key is needed",
    }
}

impl fmt::Display for PrivateKeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encodings = match &self.encodings[..] {
            // It is base64 that OpenSSH's lines go around.
            [others @ .., Encoding::Base64] if self.content == Content::OpenSsh => others,
            all => all,
        };
        let Some((first, others)) = encodings.split_first() else {
            return write!(f, "with the key in FILE, {}", conversion(self.content));
        };
        write!(f, "with this text in TEXT, {}", decoding(*first))?;
        for encoding in others {
            write!(f, ", again with what that gives {}", decoding(*encoding))?;
        }
        write!(f, ", then {}", conversion(self.content))
    }
}
