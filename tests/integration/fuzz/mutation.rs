//! Inputs that follow from a number.

/// Pieces that change the meaning of YAML, JSON or a key.
const PIECES: [&str; 36] = [
    "\n",
    "  ",
    "\t",
    "- ",
    ": ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!x ",
    "|\n",
    ">",
    "\"",
    "'",
    "\n---\n",
    "\n...\n",
    "#",
    "%",
    "\u{85}",
    "~",
    ",",
    "\\",
    "\\u0000",
    "0",
    "-1",
    "1e400",
    "18446744073709551615",
    "null",
    "\0",
    "\u{feff}",
    "=",
    "AAAA",
    "\r",
];
/// How often an input is changed at most.
const CHANGES_MAX: usize = 6;
/// How many bytes a change takes, or repeats, at most.
const STRETCH_MAX: usize = 40;

/// Numbers that a seed determines (splitmix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a length");
        usize::try_from(self.next() % bound).expect("less than a length")
    }

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// One of the seeds, changed in a few places.
pub(super) fn mutated(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut draw = Draw(number);
    let mut bytes = draw.one_of(seeds).clone();
    for _ in 0..=draw.below(CHANGES_MAX) {
        let start = draw.below(bytes.len() + 1);
        let end = (start + draw.below(STRETCH_MAX)).min(bytes.len());
        match draw.below(6) {
            0 => drop(bytes.drain(start..end)),
            1 => {
                let again = bytes[start..end].to_vec();
                bytes.splice(start..start, again);
            }
            2 => {
                let piece = draw.one_of(&PIECES).bytes();
                bytes.splice(start..start, piece);
            }
            3 => {
                let piece = draw.one_of(&PIECES).bytes();
                bytes.splice(start..end, piece);
            }
            4 => {
                let other = draw.one_of(seeds);
                let from = draw.below(other.len() + 1);
                bytes.truncate(start);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(start) {
                    *byte ^= 1 << draw.below(8);
                }
            }
        }
    }
    bytes
}

#[test]
fn a_number_always_makes_the_same_input_and_nearly_always_another_one_than_the_next() {
    let seeds = [b"spec: {keyPair: web}".to_vec(), b"[1, 2, 3]".to_vec()];
    let made: Vec<_> = (0..1000).map(|number| mutated(&seeds, number)).collect();
    assert!((0..1000).map(|number| mutated(&seeds, number)).eq(made.iter().cloned()));
    let different: std::collections::BTreeSet<_> = made.iter().collect();
    assert!(different.len() > 800, "{} of 1000", different.len());
}
