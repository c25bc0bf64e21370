//! Texts as they stand in an address, in a form, and in what is signed.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986: all but letters, digits, `-`, `_`, `.` and `~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text with all but the unreserved characters of RFC 3986 as `%` and upper-case digits.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Names and values as they stand in a query or a form, in their order.
#[must_use]
pub fn encoded_pairs<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        let encoded = |text| utf8_percent_encode(text, RESERVED);
        // Values may be secret: nothing of them is left in a text of its own.
        let _ = write!(out, "{}={}", encoded(name), encoded(value));
    }
    out
}
