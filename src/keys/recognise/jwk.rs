//! Private keys in JSON, as RFC 7517 and RFC 7518 write them.

use crate::keys::private_form::{Content, PrivateKeyForm};

/// The members that only a private key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&[u8]; 7] = [b"d", b"p", b"q", b"dp", b"dq", b"qi", b"k"];
/// The fewest characters of such a member: a key of 16 bytes has 22.
const VALUE_MIN: usize = 20;
/// What may stand between a name, its colon and its value, also where JSON is quoted in JSON, and
/// where a key is written in YAML's own way.
const BETWEEN: &[u8] = b" \t\r\n\"'\\|>";

/// The form of a key in a text with a key's type and one private member, or with two of them.
pub(super) fn form(text: &[u8]) -> Option<PrivateKeyForm> {
    let mut found = [false; PRIVATE.len()];
    let mut has_type = false;
    for (colon, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b':') {
        let name = name_before(&text[..colon]);
        has_type |= name == b"kty";
        if let Some(index) = PRIVATE.iter().position(|private| *private == name) {
            found[index] |= is_key_data(&text[colon + 1..]);
        }
        let members = found.iter().filter(|found| **found).count();
        if members + usize::from(has_type) >= 2 && members > 0 {
            return Some(PrivateKeyForm::plain(Content::Jwk));
        }
    }
    None
}

fn name_before(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !BETWEEN.contains(byte)).map_or(0, |at| at + 1);
    // The longest name that counts has three letters.
    let start = text[..end].iter().rev().take(4).take_while(|byte| byte.is_ascii_alphanumeric());
    &text[end - start.count()..end]
}

fn is_key_data(text: &[u8]) -> bool {
    let Some(start) = text.iter().position(|byte| !BETWEEN.contains(byte)) else { return false };
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_+/".contains(byte);
    text[start..].iter().take(VALUE_MIN).take_while(is_digit).count() == VALUE_MIN
}
