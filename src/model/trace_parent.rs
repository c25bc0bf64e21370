//! The trace that a run is a part of, as the W3C's Trace Context writes it.

use std::fmt;

/// The name of the variable and of the header.
pub const TRACEPARENT: &str = "TRACEPARENT";

/// A `traceparent`: a version, the id of a trace, the id of its part that started this program, and
/// flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParent(String);

impl TraceParent {
    /// Reads one; `None` for what is none. One of a later version begins with the same fields.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('-');
        let version = hexadecimal(fields.next()?, 2)?;
        let (trace, parent) = (hexadecimal(fields.next()?, 32)?, hexadecimal(fields.next()?, 16)?);
        hexadecimal(fields.next()?, 2)?;
        let is_nothing = |id: &str| id.bytes().all(|digit| digit == b'0');
        let is_too_long = version == "00" && fields.next().is_some();
        if version == "ff" || is_too_long || is_nothing(trace) || is_nothing(parent) {
            return None;
        }
        // What a later version adds is unknown: nothing but its first fields is passed on.
        text.get(..KNOWN_LENGTH).map(|known| Self(known.to_owned()))
    }

    /// It as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long the fields are that every version has, with what stands between them.
const KNOWN_LENGTH: usize = 2 + 1 + 32 + 1 + 16 + 1 + 2;

/// A text of so many hexadecimal digits, in lower case.
fn hexadecimal(text: &str, length: usize) -> Option<&str> {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == length && text.bytes().all(is_digit)).then_some(text)
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn what_the_specification_takes_is_taken() {
        for (text, passed_on) in [
            (format!("00-{TRACE}-{PARENT}-01"), format!("00-{TRACE}-{PARENT}-01")),
            (format!("00-{TRACE}-{PARENT}-00"), format!("00-{TRACE}-{PARENT}-00")),
            (format!("cc-{TRACE}-{PARENT}-01"), format!("cc-{TRACE}-{PARENT}-01")),
            (format!("cc-{TRACE}-{PARENT}-01-what-is-new"), format!("cc-{TRACE}-{PARENT}-01")),
        ] {
            let read = TraceParent::parse(&text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.as_str(), passed_on);
        }
    }

    #[test]
    fn anything_else_is_none() {
        let (no_trace, no_parent) = ("0".repeat(32), "0".repeat(16));
        for text in [
            String::new(),
            "00".to_owned(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-1"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("00-{TRACE}-{PARENT}-01\n"),
            format!(" 00-{TRACE}-{PARENT}-01"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("0-{TRACE}-{PARENT}-01"),
            format!("00-{no_trace}-{PARENT}-01"),
            format!("00-{TRACE}-{no_parent}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{}-{PARENT}-01", &TRACE[1..]),
            format!("00-{TRACE}-{PARENT}ü-01"),
            format!("00-{}é-{PARENT}-01", &TRACE[2..]),
        ] {
            assert_eq!(TraceParent::parse(&text), None, "{text:?}");
        }
    }
}
