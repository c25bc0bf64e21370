//! What stands in texts of private keys and nowhere else.

use super::copied::copied;
use crate::keys::private_form::{Content, Encoding, PrivateKeyForm};

/// Marks in capitals and without white space: the boundaries of OpenPGP and of PEM, the first line
/// of PuTTY's files and the one before their private part, and the first line of protocol 1. Four
/// dashes, since a comment may go on after "private key" with one or two.
const MARKS: [(&[u8], Content); 5] = [
    (b"PRIVATEKEYBLOCK----", Content::OpenPgp),
    (b"PRIVATEKEY----", Content::Pem),
    (b"PUTTY-USER-KEY-FILE-", Content::Putty),
    (b"PRIVATE-LINES:", Content::Putty),
    (b"SSHPRIVATEKEYFILEFORMAT", Content::Ssh1),
];
/// How a boundary begins that is cut off after its label.
const BEGINS: [&[u8]; 2] = [b"-BEGIN", b"-END"];
/// The most letters of a label to its end, such as `SSH2 ENCRYPTED PRIVATE KEY`.
const LABEL_MAX: usize = 32;
/// The label of ssh.com, whether the key is encrypted or not.
const SSH_COM: &[u8] = b"BEGINSSH2ENCRYPTEDPRIVATEKEY";

/// How base64 without boundaries goes on after its first characters, which may be missing: PKCS#8
/// of an RSA, an elliptic curve or an Ed25519 key, the older forms of RSA and of elliptic curves,
/// and the format of OpenSSH. Each is the same in every key of its kind (lengths, version and
/// algorithm), and too long to be there by accident.
const BODIES: [(&[u8], Content); 8] = [
    (b"IBADANBgkqhkiG9w0BAQEFAASC", Content::Der),
    (b"AgEAMBMGByqGSM49", Content::Der),
    (b"AgEAMBAGByqGSM49", Content::Der),
    (b"MC4CAQAwBQYDK2Vw", Content::Der),
    (b"IBAAKCA", Content::Der),
    (b"MHcCAQEEI", Content::Der),
    (b"MIGkAgEBBD", Content::Der),
    (b"b3BlbnNzaC1rZXktdjEA", Content::OpenSsh),
];

/// The form of a key whose boundary or first line is in a text.
pub(super) fn form(text: &[u8]) -> Option<PrivateKeyForm> {
    // Most texts have neither word, and are not copied.
    if !has_word(text, b"PRIVATE") && !has_word(text, b"PUTTY") {
        return None;
    }
    let capitals = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    let squeezed = copied(capitals.map(u8::to_ascii_uppercase), text.len());
    let found = MARKS.iter().find(|(mark, _)| position(&squeezed, mark).is_some());
    let content = match found {
        Some((_, Content::Pem)) if position(&squeezed, SSH_COM).is_some() => Content::SshCom,
        Some((_, content)) => *content,
        None if is_cut_off(&squeezed) => Content::Pem,
        None => return None,
    };
    let form = PrivateKeyForm::plain(content);
    Some(match line_ends(text) {
        Some(encoding) => form.within(encoding),
        None => form,
    })
}

/// The form of a key without its boundary, and perhaps without its first characters.
pub(super) fn body(text: &[u8]) -> Option<PrivateKeyForm> {
    let (_, content) = BODIES.iter().find(|(mark, _)| position(text, mark).is_some())?;
    Some(PrivateKeyForm::plain(*content).within(Encoding::Base64))
}

fn has_word(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

fn position(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).position(|part| part == mark)
}

/// Whether a boundary is there whose last dashes are not.
fn is_cut_off(squeezed: &[u8]) -> bool {
    BEGINS.iter().any(|begin| {
        let starts = squeezed.windows(begin.len()).enumerate().filter(|(_, part)| part == begin);
        let after = starts.map(|(at, _)| &squeezed[at + begin.len()..]);
        let mut labels = after.map(|rest| &rest[..rest.len().min(LABEL_MAX)]);
        labels.any(|label| {
            let end = position(label, b"PRIVATEKEY");
            end.is_some_and(|end| label[..end].iter().all(u8::is_ascii_alphanumeric))
        })
    })
}

/// What became of the line ends: the boundary is followed by one, unless it was written out or left
/// out.
fn line_ends(text: &[u8]) -> Option<Encoding> {
    const END: &[u8] = b"PRIVATE KEY-----";
    let at = position(text, END)? + END.len();
    let after = text[at..].trim_ascii_start();
    let ends = text[at..].len() - after.len();
    match after.first()? {
        b'\\' => Some(Encoding::Escaped),
        first if first.is_ascii_alphanumeric() && !text[at..at + ends].contains(&b'\n') => {
            Some(Encoding::Folded)
        }
        _ => None,
    }
}
