//! The forms in which bytes are written as text, each read back.
//!
//! Each reader takes any bytes, skips what is not in its form, and answers the pieces that are and
//! are long enough to matter. None needs to know where a piece begins: base64 and hexadecimal are
//! read from each digit at which a byte could begin.

use super::WINDOW;

/// A form and its reader.
pub(super) struct Form {
    /// As a message says it.
    pub(super) name: &'static str,
    pub(super) read: fn(&[u8]) -> Vec<Vec<u8>>,
}

pub(super) const FORMS: [Form; 5] = [
    Form { name: "base64", read: base64 },
    Form { name: "hexadecimal", read: hexadecimal },
    Form { name: "hexadecimal numbers", read: |bytes| numbers(bytes, 16) },
    Form { name: "decimal numbers", read: |bytes| numbers(bytes, 10) },
    Form { name: "escaped characters", read: characters },
];

/// Base64 in both of its alphabets, whether it is wrapped or not.
fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    let digit = |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let join = |four: &[u8]| {
        let number = four.iter().fold(0_u32, |number, &digit| number << 6 | u32::from(digit));
        let [_, bytes @ ..] = number.to_be_bytes();
        bytes
    };
    let mut pieces = Vec::new();
    for run in runs(bytes, digit, u8::is_ascii_whitespace) {
        for shift in 0..4.min(run.len()) {
            pieces.push(run[shift..].chunks_exact(4).flat_map(join).collect());
        }
    }
    long_enough(pieces)
}

/// Two digits a byte, with nothing, white space or colons between them.
fn hexadecimal(bytes: &[u8]) -> Vec<Vec<u8>> {
    let digit = |byte| hexadecimal_digit(byte);
    let mut pieces = Vec::new();
    for run in runs(bytes, digit, |&byte| byte == b':' || byte.is_ascii_whitespace()) {
        for shift in 0..2.min(run.len()) {
            pieces.push(run[shift..].chunks_exact(2).map(|two| two[0] << 4 | two[1]).collect());
        }
    }
    long_enough(pieces)
}

fn hexadecimal_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The digits that follow one another, with nothing but separators between them.
fn runs(
    bytes: &[u8],
    digit: impl Fn(u8) -> Option<u8>,
    separates: impl Fn(&u8) -> bool,
) -> Vec<Vec<u8>> {
    let mut runs = vec![Vec::new()];
    for &byte in bytes {
        match (digit(byte), runs.last_mut()) {
            (Some(digit), Some(run)) => run.push(digit),
            (None, Some(run)) if !run.is_empty() && !separates(&byte) => {
                // Most runs of a text are words: their memory is used again.
                if run.len() < WINDOW { run.clear() } else { runs.push(Vec::new()) }
            }
            _ => {}
        }
    }
    runs
}

/// One number a byte, with white space, commas, colons or the like between them, as `Debug` and JSON
/// show lists of bytes; also with `0x` before each.
fn numbers(bytes: &[u8], radix: u32) -> Vec<Vec<u8>> {
    let separates = |byte: &u8| byte.is_ascii_whitespace() || b",:;-[]".contains(byte);
    let mut pieces = vec![Vec::new()];
    for word in bytes.split(separates).filter(|word| !word.is_empty()) {
        let digits = word.strip_prefix(b"0x").unwrap_or(word);
        let number = if digits.len() <= 3 { number(digits, radix) } else { None };
        match (number, pieces.last_mut()) {
            (Some(number), Some(piece)) => piece.push(number),
            (None, Some(piece)) if piece.len() < WINDOW => piece.clear(),
            _ => pieces.push(Vec::new()),
        }
    }
    long_enough(pieces)
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let number = digits
        .iter()
        .try_fold(0, |number, &digit| Some(number * radix + char::from(digit).to_digit(radix)?))?;
    u8::try_from(number).ok()
}

/// Escapes of JSON, of Rust and of addresses (`%2B`), and characters up to U+00FF for bytes.
fn characters(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut piece = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let (byte, length) = match (first, after) {
            (b'\\', [b'u', digits @ ..]) => unicode(digits).unwrap_or((first, 1)),
            (b'\\', [b'x', high, low, ..]) => pair(*high, *low, 4).unwrap_or((first, 1)),
            (b'%', [high, low, ..]) => pair(*high, *low, 3).unwrap_or((first, 1)),
            (b'\\', [b'n', ..]) => (b'\n', 2),
            (b'\\', [b'r', ..]) => (b'\r', 2),
            (b'\\', [b't', ..]) => (b'\t', 2),
            (b'\\', [b'0', ..]) => (0, 2),
            (b'\\', [b'b', ..]) => (8, 2),
            (b'\\', [b'f', ..]) => (12, 2),
            (b'\\', [other, ..]) => (*other, 2),
            (0xc2 | 0xc3, [low @ 0x80..=0xbf, ..]) => ((first & 3) << 6 | (low & 0x3f), 2),
            _ => (first, 1),
        };
        piece.push(byte);
        rest = &rest[length..];
    }
    // Without an escape the bytes are what they were, and have been looked at.
    if piece.len() == bytes.len() { Vec::new() } else { long_enough(vec![piece]) }
}

/// What follows `\u`, in either of its spellings, and the length of all of it.
fn unicode(digits: &[u8]) -> Option<(u8, usize)> {
    let (digits, length) = match digits {
        [b'{', rest @ ..] => {
            let end = rest.iter().take(7).position(|&byte| byte == b'}')?;
            (&rest[..end], end + 4)
        }
        _ => (digits.get(..4)?, 6),
    };
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((u8::try_from(number).ok()?, length))
}

fn pair(high: u8, low: u8, length: usize) -> Option<(u8, usize)> {
    Some((hexadecimal_digit(high)? << 4 | hexadecimal_digit(low)?, length))
}

fn long_enough(mut pieces: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    pieces.retain(|piece| piece.len() >= WINDOW);
    pieces
}
