//! Private keys in base64 and in hexadecimal digits, and what is encoded so once more.

use zeroize::Zeroizing;

use super::{binary, copied::copied};
use crate::keys::private_form::{Encoding, PrivateKeyForm};

/// Shorter words are no beginning of a key.
const WORD_MIN: usize = 16;
/// How many bytes tell what a word decodes to.
const HEAD: usize = 48;
/// How many bytes are decoded once the head is text. The largest keys have some 10 KB.
const WHOLE: usize = 65_536;

/// Looks for a key in what was decoded.
type Within<'a> = &'a dyn Fn(&[u8]) -> Option<PrivateKeyForm>;

/// The form of a key whose encoded beginning is in a text.
pub(super) fn form(text: &[u8], within: Within<'_>) -> Option<PrivateKeyForm> {
    words(text).find_map(|(start, word)| {
        let rest = &text[start..];
        let base64 = || {
            let form = (word.len() >= WORD_MIN).then(|| decoded(rest, from_base64, within))??;
            let is_url = word.iter().any(|byte| b"-_".contains(byte));
            Some(form.within(if is_url { Encoding::Base64Url } else { Encoding::Base64 }))
        };
        let hex = || Some(decoded(digits(rest, word)?, from_hex, within)?.within(Encoding::Hex));
        hex().or_else(base64)
    })
}

/// The words of both alphabets of base64, with where each begins. Dashes before a word are no part
/// of it.
fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split(|byte| !is_base64(*byte)).filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        let dashes = word.iter().take_while(|byte| **byte == b'-').count();
        (word.len() > dashes).then(|| (start + dashes, &word[dashes..]))
    })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// The hexadecimal digits that begin with a word, which has some of them, each two of one byte.
fn digits<'a>(rest: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let prefix = if word.starts_with(b"0x") || word.starts_with(b"0X") { 2 } else { 0 };
    let is_hex = word.len() > prefix && word[prefix..].iter().all(u8::is_ascii_hexdigit);
    (is_hex && word.len().is_multiple_of(2)).then(|| &rest[prefix..])
}

type Decode = fn(&[u8], usize) -> Zeroizing<Vec<u8>>;

/// The form of what encoded bytes begin with. All of them are decoded only if they are text.
fn decoded(encoded: &[u8], decode: Decode, within: Within<'_>) -> Option<PrivateKeyForm> {
    let head = decode(encoded, HEAD);
    if let Some(content) = binary::content(&head) {
        return Some(PrivateKeyForm::plain(content));
    }
    let is_text = head.len() >= WORD_MIN / 4 * 3 && head.iter().all(|byte| is_text(*byte));
    is_text.then(|| within(&decode(encoded, WHOLE)))?
}

/// Whether a byte may be of ASCII, as it is or in two bytes a character, or of a byte order mark.
fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic()
        || byte.is_ascii_whitespace()
        || matches!(byte, 0 | 0xff | 0xfe | 0xef | 0xbb | 0xbf)
}

/// The bytes that base64 begins with, in either alphabet and however its lines are wrapped.
fn from_base64(text: &[u8], bytes_max: usize) -> Zeroizing<Vec<u8>> {
    let digits = unwrapped(text).map_while(|byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    });
    let (mut bits, mut count) = (0_u32, 0);
    let bytes = digits.filter_map(move |digit| {
        (bits, count) = (bits << 6 | u32::from(digit), count + 6);
        if count < 8 {
            return None;
        }
        count -= 8;
        Some((bits >> count & 0xff) as u8)
    });
    copied(bytes, bytes_max.min(text.len()))
}

/// The bytes that hexadecimal digits begin with, with nothing, white space, commas, colons or `0x`
/// between two of them.
fn from_hex(text: &[u8], bytes_max: usize) -> Zeroizing<Vec<u8>> {
    let mut digits = unwrapped(text).filter(|byte| !b":,".contains(byte)).peekable();
    let bytes = std::iter::from_fn(move || {
        let mut high = digits.next()?;
        if high == b'0' && digits.next_if(|byte| b"xX".contains(byte)).is_some() {
            high = digits.next()?;
        }
        let low = digits.next()?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        u8::try_from(digit(high)? << 4 | digit(low)?).ok()
    });
    copied(bytes, bytes_max.min(text.len()))
}

/// A text without white space, also where that is written as `\n`.
fn unwrapped(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = text.iter().copied().peekable();
    std::iter::from_fn(move || {
        loop {
            match bytes.next()? {
                b'\\' if bytes.next_if(|byte| b"nrt\\".contains(byte)).is_some() => {}
                byte if byte.is_ascii_whitespace() => {}
                byte => return Some(byte),
            }
        }
    })
}
