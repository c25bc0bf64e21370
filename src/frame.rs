//! Checksummed lines: the form of the journal and of the embedded cloud's log.
//!
//! A line is 16 hexadecimal digits of the SHA-256 over its text, a blank, its text, a line feed.
//! The text is JSON and has neither a line feed nor a NUL of its own.
//!
//! # Torn or corrupt
//!
//! A file grows by appends of one or more lines, each append synced before the next one begins. An
//! append that a crash has cut leaves its beginning: whole lines, and then at most one part of a
//! line, which has no line feed since that is the last byte of every line. Some file systems show
//! bytes that never reached the disk as NULs, up to the end of the file. So
//!
//! - what follows the last line feed is a *torn tail* if it is the beginning of a line, then NULs
//!   or nothing. It was never durable, nobody has acted on it, and it is left out;
//! - everything else is *corruption*: a line with its line feed that is bad, the last line too
//!   (it was whole once, so somebody may have acted on it), a whole line with another byte in
//!   the place of its line feed, and a tail that no append writes.
//!
//! A crash that leaves NULs *before* later bytes of the same append is taken for corruption as
//! well: it cannot be told from a sector that was lost later, and nothing is ever guessed.

use sha2::{Digest, Sha256};

/// The lines of a file, as far as they are whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Frames<'a> {
    /// The texts of the whole lines.
    pub texts: Vec<&'a str>,
    /// How many bytes they take: where a torn tail begins, or the length of the file.
    pub whole_length: usize,
}

/// A line that is not what was written, and no torn tail either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is damaged: {reason}")]
pub struct Corruption {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Makes a line of a text.
///
/// # Panics
/// If the text has a line feed: JSON in one line never has.
#[must_use]
pub fn encode(text: &str) -> String {
    assert!(!text.contains('\n'), "a frame is one line");
    format!("{} {text}\n", checksum(text.as_bytes()))
}

/// Reads the lines of a file; a torn tail is left out.
///
/// # Errors
/// [`Corruption`] for the first line that is bad and is no torn tail.
pub fn decode(bytes: &[u8]) -> Result<Frames<'_>, Corruption> {
    let mut frames = Frames { texts: Vec::new(), whole_length: 0 };
    for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let corruption = |reason| Corruption { line: index + 1, reason };
        match line.strip_suffix(b"\n") {
            Some(body) => {
                frames.texts.push(decode_line(body).map_err(corruption)?);
                frames.whole_length += line.len();
            }
            None => check_torn(line).map_err(corruption)?,
        }
    }
    Ok(frames)
}

fn decode_line(body: &[u8]) -> Result<&str, &'static str> {
    let body = std::str::from_utf8(body).map_err(|_| "it is not text")?;
    let (sum, text) = body.split_once(' ').ok_or("it has no checksum")?;
    if sum == checksum(text.as_bytes()) { Ok(text) } else { Err("its checksum does not fit") }
}

/// Checks that the end of a file, which has no line feed, is what a cut append leaves.
fn check_torn(tail: &[u8]) -> Result<(), &'static str> {
    let written = tail.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let beginning = &tail[..written];
    let fits = beginning.iter().enumerate().all(|(at, byte)| match at {
        0..CHECKSUM_LENGTH => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        CHECKSUM_LENGTH => *byte == b' ',
        _ => *byte != 0,
    });
    if !fits {
        return Err("it is not the beginning of a line");
    }
    let without_last = &tail[..tail.len() - 1];
    if decode_line(without_last).is_ok() {
        return Err("its line feed is damaged");
    }
    Ok(())
}

/// How many hexadecimal digits a line begins with.
const CHECKSUM_LENGTH: usize = 16;

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(CHECKSUM_LENGTH / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_come_back_and_a_torn_tail_is_left_out_wherever_it_is_cut() {
        let first = encode("{\"a\":1}");
        let both = format!("{first}{}", encode("{\"b\":2}"));
        for cut in first.len()..both.len() {
            let frames = decode(&both.as_bytes()[..cut]).expect("a torn tail is no corruption");
            assert_eq!(frames, Frames { texts: vec!["{\"a\":1}"], whole_length: first.len() });
        }
        let frames = decode(both.as_bytes()).expect("whole");
        assert_eq!(frames.texts, ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(frames.whole_length, both.len());
    }

    /// Three lines; the last two are one append.
    fn three() -> (Vec<u8>, [usize; 3]) {
        let lines = ["{\"a\":1}", "{\"b\":\"é\"}", "{\"c\":3}"].map(encode);
        let ends = [lines[0].len(), lines[0].len() + lines[1].len(), lines.concat().len()];
        (lines.concat().into_bytes(), ends)
    }

    #[test]
    fn an_append_of_several_lines_may_be_cut_in_any_of_them() {
        let (bytes, ends) = three();
        for cut in 0..=bytes.len() {
            let frames = decode(&bytes[..cut]).unwrap_or_else(|bad| panic!("cut at {cut}: {bad}"));
            let whole = ends.iter().filter(|&&end| end <= cut).count();
            assert_eq!(frames.texts.len(), whole, "cut at {cut}");
            assert_eq!(frames.whole_length, if whole == 0 { 0 } else { ends[whole - 1] });
        }
    }

    #[test]
    fn a_tail_that_never_reached_the_disk_may_read_as_nuls() {
        let (bytes, ends) = three();
        for from in 0..bytes.len() - 1 {
            let mut torn = bytes.clone();
            torn[from..].fill(0);
            let frames = decode(&torn).unwrap_or_else(|bad| panic!("NULs from {from}: {bad}"));
            assert_eq!(frames.texts.len(), ends.iter().filter(|&&end| end <= from).count());
        }
    }

    #[test]
    fn a_damaged_byte_is_corruption_wherever_it_is() {
        let (bytes, ends) = three();
        for position in 0..bytes.len() {
            let line = ends.iter().filter(|&&end| end <= position).count() + 1;
            for mask in [0x01, 0x04, 0x20, 0x40, 0x80, 0xff, bytes[position]] {
                let mut damaged = bytes.clone();
                damaged[position] ^= mask;
                let found = decode(&damaged).map_err(|bad| bad.line);
                assert_eq!(found, Err(line), "byte {position} with {mask:02x}");
            }
        }
    }

    #[test]
    fn what_no_append_writes_is_corruption() {
        let whole = encode("{\"a\":1}");
        for (tail, reason) in [
            ("notes", "it is not the beginning of a line"),
            ("0123456789abcdef{", "it is not the beginning of a line"),
            ("0123456789ABCDEF", "it is not the beginning of a line"),
            ("\0\0b", "it is not the beginning of a line"),
            ("\0\n", "it has no checksum"),
            ("\n", "it has no checksum"),
        ] {
            let bytes = format!("{whole}{tail}");
            let expected = Corruption { line: 2, reason };
            assert_eq!(decode(bytes.as_bytes()), Err(expected), "{tail:?}");
        }
        let cut = whole.trim_end();
        for end in ["\0", "\r", "x"] {
            let bytes = format!("{cut}{end}");
            let expected = Corruption { line: 1, reason: "its line feed is damaged" };
            assert_eq!(decode(bytes.as_bytes()), Err(expected), "{end:?}");
        }
    }
}
