//! Finds a key in the text around it. Key data tells its own type and length, so that
//! all that stands around it can be told from it.

use base64ct::{Base64Unpadded, Encoding};

use super::Slip;
use crate::keys::{GivenKey, PublicKey, PublicKeyProblem, public::is_type};

/// How the key data of every public key begins: the length of its type, which is below 256.
pub(super) const DATA_BEGIN: &str = "AAAA";
/// The most places of a text at which key data is looked for.
const PLACES_MAX: usize = 8;
/// The most pieces of broken key data that are put together. A certificate of 16 KB has as many
/// lines.
const PIECES_MAX: usize = 400;
/// How the options of a line in `authorized_keys` begin (sshd(8)).
const OPTIONS: [&str; 17] = [
    "agent-forwarding",
    "cert-authority",
    "command=",
    "environment=",
    "expiry-time=",
    "from=",
    "no-",
    "permitlisten=",
    "permitopen=",
    "port-forwarding",
    "principals=",
    "pty",
    "restrict",
    "tunnel=",
    "user-rc",
    "verify-required",
    "x11-forwarding",
];

/// What was found in a text.
pub(super) enum Sighting<'a> {
    /// A key that can be imported, and what is around it.
    Key(Box<Seen<'a>>),
    /// A key that cannot be imported, whatever is around it.
    Other(PublicKeyProblem),
}

/// A key, and what is around it.
pub(super) struct Seen<'a> {
    key: PublicKey,
    /// What stands before the key data.
    before: &'a str,
    /// What stands after it.
    after: &'a str,
    is_broken: bool,
    is_altered: bool,
}

/// Looks for a key.
pub(super) fn sighting(text: &str) -> Option<Sighting<'_>> {
    let places = text.match_indices(DATA_BEGIN).map(|(at, _)| at);
    let begins = |at: &usize| {
        let before = &text[..*at];
        !before.ends_with(is_digit) || last_word(before).is_some_and(is_type)
    };
    places.filter(begins).take(PLACES_MAX).find_map(|at| at_place(text, at))
}

/// Puts pieces together from a place on until they are a key.
fn at_place(text: &str, at: usize) -> Option<Sighting<'_>> {
    let (mut data, mut end, mut is_url) = (String::new(), at, false);
    for pieces in 1..=PIECES_MAX {
        let rest = &text[end..];
        let blanks = rest.len() - rest.trim_start().len();
        let piece = &rest[blanks..];
        let piece = &piece[..piece.find(|c| !is_digit(c)).unwrap_or(piece.len())];
        if piece.is_empty() {
            return None;
        }
        end += blanks + piece.len();
        is_url |= piece.contains(['-', '_']);
        let digits = piece.trim_end_matches('=');
        let padding = piece.len() - digits.len();
        data.extend(digits.chars().map(|digit| match digit {
            '-' => '+',
            '_' => '/',
            digit => digit,
        }));
        let Ok(bytes) = Base64Unpadded::decode_vec(&data) else { continue };
        match PublicKey::from_blob(&bytes) {
            Ok(key) => {
                let is_altered = is_url || !(data.len() + padding).is_multiple_of(4);
                let (before, after) = (&text[..at], &text[end..]);
                let seen = Seen { key, before, after, is_broken: pieces > 1, is_altered };
                return Some(Sighting::Key(Box::new(seen)));
            }
            Err(problem) if is_of_whole_key(&problem) => return Some(Sighting::Other(problem)),
            Err(_) => {}
        }
    }
    None
}

/// Whether a problem is that of a key itself, and not of how it was copied.
fn is_of_whole_key(problem: &PublicKeyProblem) -> bool {
    matches!(
        problem,
        PublicKeyProblem::NotImportable(_)
            | PublicKeyProblem::RsaTooSmall(_)
            | PublicKeyProblem::RsaTooLarge(_)
            | PublicKeyProblem::DsaSize { .. }
            | PublicKeyProblem::HostCertificate
    )
}

/// The characters of base64, of both alphabets.
fn is_digit(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/=-_".contains(character)
}

fn last_word(text: &str) -> Option<&str> {
    text.split_whitespace().next_back()
}

impl Seen<'_> {
    /// The key as one line, with its comment.
    pub(super) fn line(&self) -> String {
        let line = self.after.lines().next().unwrap_or_default();
        let signs = |c: char| c.is_whitespace() || is_sign(c);
        // Behind a block stands its end.
        let comment = if self.is_in_block() { "" } else { line.trim_matches(signs) };
        GivenKey::new(self.key.clone(), comment.to_owned()).line()
    }

    /// What is wrong; `None` if nothing is that can be named.
    pub(super) fn slip(&self) -> Option<Slip> {
        if self.is_in_block() {
            return Some(Slip::DamagedEnds);
        }
        let head = self.before.trim_end();
        let blanks = &self.before[head.len()..];
        let prefix = head.strip_suffix(self.key.key_type().name());
        if let Some(around) = prefix.and_then(|prefix| around(prefix.trim())) {
            return Some(around);
        }
        if self.is_broken || blanks.contains('\n') {
            return Some(Slip::Wrapped);
        }
        if self.is_altered {
            return Some(Slip::Altered);
        }
        if prefix.is_none() {
            return without_type(head);
        }
        if blanks.is_empty() {
            return Some(Slip::NoSpace);
        }
        if self.after.trim_end().contains('\n') {
            return Some(Slip::MoreText);
        }
        self.after.starts_with(is_sign).then_some(Slip::Quoted)
    }

    fn is_in_block(&self) -> bool {
        let has = |text: &str| text.to_ascii_uppercase().contains("SSH2 PUBLIC");
        let is_end = |text: &str| text.trim_start().starts_with("--");
        has(self.before) || has(self.after) || is_end(self.before) || is_end(self.after)
    }
}

/// What the text before the type says, if there is any.
fn around(prefix: &str) -> Option<Slip> {
    let first = prefix.split_whitespace().next()?.to_ascii_lowercase();
    if OPTIONS.iter().any(|option| first.starts_with(option)) {
        return Some(Slip::Options);
    }
    if !prefix.contains(char::is_alphanumeric) {
        let is_comment = prefix.contains('#');
        return Some(if is_comment { Slip::MoreText } else { Slip::Quoted });
    }
    let is_word = prefix.split_whitespace().count() == 1;
    let is_marked = first.starts_with(['@', '|', '[']);
    let is_field = prefix.ends_with([':', '=', '"', '\'', '(', '>']);
    Some(if is_marked || is_word && !is_field { Slip::KnownHost } else { Slip::MoreText })
}

/// What stands in the place of the type.
fn without_type(head: &str) -> Option<Slip> {
    let Some(word) = last_word(head) else { return Some(Slip::NoType) };
    if is_type(word) {
        // Of another type: which of the two is meant cannot be told.
        return None;
    }
    if !word.contains(char::is_alphanumeric) || word.ends_with([':', '=']) {
        return Some(Slip::NoType);
    }
    Some(if word == head { Slip::TypeMisspelled } else { Slip::MoreText })
}

/// Signs that stand around texts in other languages.
fn is_sign(character: char) -> bool {
    "\"'`,;()[]{}<>\u{2018}\u{2019}\u{201c}\u{201d}".contains(character)
}
