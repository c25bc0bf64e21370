//! What a program printed, as it may be shown: not too much, and nothing that a terminal obeys.

use std::collections::VecDeque;

use crate::visible;

/// Where the output of a program goes.
pub(super) trait Sink: Default + Send + 'static {
    /// More was printed.
    fn push(&mut self, piece: &[u8]);
}

/// The end of what a program prints.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
    keep: usize,
    was_cut: bool,
}

impl Tail {
    /// The last so many bytes.
    pub(super) fn new(keep: usize) -> Self {
        Self { bytes: VecDeque::new(), keep, was_cut: false }
    }

    /// What was kept, as text: see [`visible::lines`]. What is no text is replaced.
    pub(super) fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let begin = if self.was_cut { character_begins(&bytes) } else { 0 };
        let text = String::from_utf8_lossy(&bytes[begin..]).replace("\r\n", "\n");
        let text = without_private_keys(&visible::lines(&text));
        // What was made visible is longer than it was.
        let excess = text.len().saturating_sub(self.keep);
        if !self.was_cut && excess == 0 {
            return text;
        }
        let begin = (excess..=text.len()).find(|&at| text.is_char_boundary(at));
        format!("…{}", &text[begin.unwrap_or(text.len())..])
    }
}

impl Sink for Tail {
    fn push(&mut self, piece: &[u8]) {
        self.bytes.extend(piece);
        let excess = self.bytes.len().saturating_sub(self.keep);
        self.was_cut |= excess > 0;
        self.bytes.drain(..excess);
    }
}

/// Where the first whole character begins.
fn character_begins(bytes: &[u8]) -> usize {
    let continues = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    bytes.iter().take(3).take_while(continues).count()
}

/// The text without the lines of private keys (L4): a program is told the file of one, and may
/// print it by mistake, as a shell does that traces its commands.
fn without_private_keys(text: &str) -> String {
    const SHOWN: &str = "(a private key, not shown)\n";
    let (mut kept, mut inside) = (Vec::new(), false);
    for line in text.split_inclusive('\n') {
        let marks = |mark| line.contains(mark) && line.contains("PRIVATE KEY-----");
        let (begins, ends) = (marks("-----BEGIN "), marks("-----END "));
        if ends && !begins && !inside {
            // Its beginning was not kept, and nobody knows where in the kept text it began.
            kept.clear();
        }
        match (begins || ends || inside, kept.last()) {
            (true, Some(&SHOWN)) => {}
            (true, _) => kept.push(SHOWN),
            (false, _) => kept.push(line),
        }
        inside = (inside || begins) && !ends;
    }
    kept.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(keep: usize, pieces: &[&[u8]]) -> String {
        let mut tail = Tail::new(keep);
        pieces.iter().for_each(|piece| tail.push(piece));
        tail.text()
    }

    #[test]
    fn what_a_terminal_obeys_is_written_out_and_what_is_no_text_is_replaced() {
        let table: [(&[u8], &str); 6] = [
            (b"one\r\n\ttwo\n", "one\n\ttwo\n"),
            (b"\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}"),
            (b"50%\r100%", "50%\\r100%"),
            ("\u{9b}2J \u{202e}x".as_bytes(), "\\u{9b}2J \\u{202e}x"),
            (b"\xff\xc3", "\u{fffd}\u{fffd}"),
            ("\u{e9} \u{1f511}".as_bytes(), "\u{e9} \u{1f511}"),
        ];
        for (bytes, text) in table {
            assert_eq!(tail(64, &[bytes]), text);
        }
    }

    #[test]
    fn the_end_is_kept_from_a_whole_character_on() {
        assert_eq!(tail(4, &[b"ab", b"cd"]), "abcd");
        assert_eq!(tail(4, &[b"ab", b"cde"]), "\u{2026}bcde");
        assert_eq!(tail(3, &["a\u{1f511}b".as_bytes()]), "\u{2026}b");
        // Written out it is longer than what is kept.
        assert_eq!(tail(8, &[b"\x1b\x1b"]), "\u{2026}b}\\u{1b}");
        assert_eq!(tail(0, &[b"a"]), "\u{2026}");
    }

    #[test]
    fn a_private_key_that_is_printed_is_not_shown() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n";
        let traced = key.replace('\n', " ");
        let table = [
            (format!("a\n{key}b\n"), "a\n(a private key, not shown)\nb\n"),
            (format!("a\n+ echo {traced}\nb"), "a\n(a private key, not shown)\nb"),
            (format!("x\n{}b", &key[30..]), "(a private key, not shown)\nb"),
            (format!("a\n{}", &key[..30]), "a\n(a private key, not shown)\n"),
            (key.replace("PRIVATE", "PUBLIC"), &key.replace("PRIVATE", "PUBLIC")),
        ];
        for (printed, shown) in table {
            assert_eq!(tail(1024, &[printed.as_bytes()]), shown);
        }
    }
}
