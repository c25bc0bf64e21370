//! Recognises a private key in any form in which people have it: the only place that does.
//!
//! It works on bytes, so that it finds one in a whole file, in one value, and in what is no text.
//! Copies are zeroized.

mod binary;
mod copied;
mod encoded;
mod jwk;
mod marks;

use self::copied::copied;
use super::private_form::PrivateKeyForm;

/// How many encodings are read within another one, such as base64 of base64.
const DEPTH: usize = 2;

/// The form of a private key that is anywhere in these bytes: with or without its boundaries, in
/// text, in text of two bytes a character, encoded, or binary.
#[must_use]
pub fn private_key_in(bytes: &[u8]) -> Option<PrivateKeyForm> {
    within(bytes, DEPTH)
}

/// Whether a text holds a private key, so that nothing of it may be repeated (L4).
#[must_use]
pub fn holds_private_key(text: &str) -> bool {
    private_key_in(text.as_bytes()).is_some()
}

fn within(bytes: &[u8], depth: usize) -> Option<PrivateKeyForm> {
    if let Some(content) = binary::content(bytes) {
        return Some(PrivateKeyForm::plain(content));
    }
    // Without zero bytes the UTF-16 of ASCII is ASCII.
    if bytes.contains(&0) {
        let text = copied(bytes.iter().copied().filter(|byte| *byte != 0), bytes.len());
        in_text(&text, depth)
    } else {
        in_text(bytes, depth)
    }
}

fn in_text(text: &[u8], depth: usize) -> Option<PrivateKeyForm> {
    let within = |decoded: &[u8]| within(decoded, depth.checked_sub(1)?);
    marks::form(text)
        .or_else(|| jwk::form(text))
        .or_else(|| encoded::form(text, &within))
        .or_else(|| marks::body(text))
}

#[cfg(test)]
mod tests;
