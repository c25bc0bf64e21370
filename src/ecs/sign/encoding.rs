//! What both signatures share: the encoding of names and values, and the form of times.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::Timestamp;

/// RFC 3986: all but letters, digits, `-`, `_`, `.` and `~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A name or a value as it is signed, whatever it is on the wire.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Parameters as they are signed: sorted by their names' bytes, and by value where a name repeats.
pub(super) fn canonical<'a>(parameters: impl Iterator<Item = &'a (String, String)>) -> String {
    let mut parameters: Vec<_> = parameters.collect();
    parameters.sort();
    let pairs =
        parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A time to the second, such as `2016-02-23T12:46:24Z`.
pub(super) fn written(at: Timestamp) -> String {
    let text = at.to_string();
    // Times of this machine are written to the millisecond.
    text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// Reads a time in that form and no other.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let is_documented = text.len() == "2016-02-23T12:46:24Z".len() && text.ends_with('Z');
    is_documented.then(|| Timestamp::parse(text)).flatten()
}
