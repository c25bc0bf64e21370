//! The beginnings of private keys in bytes.

use crate::keys::private_form::Content;

/// How the binary form of OpenSSH begins (`PROTOCOL.key`).
const OPENSSH: &[u8] = b"openssh-key-v1\0";
/// The object identifiers of password based encryption: 1.2.840.113549.1.5 and 1.2.840.113549.1.12
/// (RFC 8018, appendix A; RFC 7292, appendix C).
const ENCRYPTIONS: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5], &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12]];

/// Which private key these bytes begin as, if they do.
///
/// PKCS#1, PKCS#8, SEC 1, PKCS#12 and the DSA key of OpenSSL are a sequence that begins with the
/// number of its version: 0, 1 or 3. No public key begins so. Encrypted PKCS#8 is a sequence that
/// begins with the algorithm of its encryption.
pub(super) fn content(bytes: &[u8]) -> Option<Content> {
    if bytes.starts_with(OPENSSH) {
        return Some(Content::OpenSsh);
    }
    match sequence(bytes)? {
        [0x02, 0x01, 0 | 1, ..] => Some(Content::Der),
        [0x02, 0x01, 3, ..] => Some(Content::Pkcs12),
        content => {
            let algorithm = sequence(content)?.strip_prefix(&[0x06])?;
            let (_, oid) = algorithm.split_first()?;
            let is_encrypted = ENCRYPTIONS.iter().any(|known| oid.starts_with(known));
            is_encrypted.then_some(Content::Der)
        }
    }
}

/// What follows the head of a DER sequence (X.690, sections 8.1.3 and 8.9), which may be cut off.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (length, after) = bytes.strip_prefix(&[0x30])?.split_first()?;
    let more = if *length > 0x80 { usize::from(length & 0x7f) } else { 0 };
    after.get(more..)
}
