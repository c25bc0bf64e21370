//! Recognises a private key that somebody gave for a public one.

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

/// What stands in files of private keys, in capitals and without white space: the boundaries of
/// PEM, of OpenSSH and of ssh.com, that of OpenPGP, the first line of PuTTY's files and the one
/// before its private part, and the first line of protocol 1.
const MARKS: [&str; 5] = [
    "PRIVATEKEY--",
    "PRIVATEKEYBLOCK--",
    "PUTTY-USER-KEY-FILE-",
    "PRIVATE-LINES:",
    "SSHPRIVATEKEYFILEFORMAT",
];
/// How the binary form of OpenSSH begins (`PROTOCOL.key`).
const OPENSSH: &[u8] = b"openssh-key-v1\0";
/// The object identifiers of password based encryption: 1.2.840.113549.1.5 and 1.2.840.113549.1.12
/// (RFC 8018, appendix A; RFC 7292, appendix C).
const ENCRYPTIONS: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5], &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12]];
/// How many characters of base64 tell what follows. No more of it is decoded.
const HEAD: usize = 64;
/// Shorter words are no key.
const WORD_MIN: usize = 16;

/// Whether a private key is anywhere in these bytes: with or without its boundaries, in text, in
/// text of two bytes a character, or binary.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    if is_private(bytes) {
        return true;
    }
    // Without zero bytes the UTF-16 of ASCII is ASCII.
    let text = copied(bytes.iter().copied().filter(|byte| *byte != 0), bytes.len());
    let capitals = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    let squeezed = copied(capitals.map(u8::to_ascii_uppercase), text.len());
    let has = |mark: &str| squeezed.windows(mark.len()).any(|part| part == mark.as_bytes());
    MARKS.iter().any(|mark| has(mark))
        || text.split(|byte| !is_base64(*byte)).any(is_private_in_base64)
}

/// A copy that is zeroized, at most so long: a vector that grew would leave pieces behind.
fn copied(bytes: impl Iterator<Item = u8>, length_max: usize) -> Zeroizing<Vec<u8>> {
    let mut copy = Zeroizing::new(Vec::with_capacity(length_max));
    copy.extend(bytes);
    copy
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn is_private_in_base64(word: &[u8]) -> bool {
    if word.len() < WORD_MIN {
        return false;
    }
    let length = word.len().min(HEAD) / 4 * 4;
    let mut buffer = Zeroizing::new([0; HEAD]);
    Base64Unpadded::decode(&word[..length], &mut *buffer).is_ok_and(is_private)
}

/// Whether bytes begin as a private key does.
///
/// PKCS#1, PKCS#8, SEC 1, PKCS#12 and the DSA key of OpenSSL are a sequence that begins with the
/// number of its version: 0, 1 or 3. No public key begins so. Encrypted PKCS#8 is a sequence that
/// begins with the algorithm of its encryption.
fn is_private(bytes: &[u8]) -> bool {
    if bytes.starts_with(OPENSSH) {
        return true;
    }
    match sequence(bytes) {
        Some([0x02, 0x01, 0 | 1 | 3, ..]) => true,
        Some(content) => sequence(content)
            .and_then(|algorithm| algorithm.strip_prefix(&[0x06]))
            .and_then(<[u8]>::split_first)
            .is_some_and(|(_, oid)| ENCRYPTIONS.iter().any(|known| oid.starts_with(known))),
        None => false,
    }
}

/// What follows the head of a DER sequence (X.690, sections 8.1.3 and 8.9), which may be cut off.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (length, after) = bytes.strip_prefix(&[0x30])?.split_first()?;
    let more = if *length > 0x80 { usize::from(length & 0x7f) } else { 0 };
    after.get(more..)
}
