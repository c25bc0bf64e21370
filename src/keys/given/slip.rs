//! Texts that are nearly a public key: which mistake was made, and the line as it should be.

mod seen;

use base64ct::{Base64, Base64Unpadded, Encoding};

use self::seen::{Seen, Sighting, sighting};
use super::{GivenKey, pem, rfc4716};
use crate::keys::PublicKeyProblem;

/// What went wrong when a public key was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The whole line was encoded in base64.
    Encoded,
    /// Line ends or other characters are written as escapes, such as `\n` or `%20`.
    Escaped,
    /// The first or the last line of a block is damaged or missing.
    DamagedEnds,
    /// The key data is broken into pieces.
    Wrapped,
    /// Characters of the key data were changed or lost: its padding, its `+` and `/`.
    Altered,
    /// It has characters that are not visible.
    Invisible,
    /// Key data without the type before it.
    NoType,
    /// The type and the key data are one word.
    NoSpace,
    /// The word before the key data is not quite its type.
    TypeMisspelled,
    /// Quotation marks or brackets stand around the key.
    Quoted,
    /// Options stand before the key.
    Options,
    /// The name of a host stands before the key.
    KnownHost,
    /// Other text stands around the key.
    MoreText,
    /// A fingerprint in the place of a key.
    Fingerprint,
    /// A URL in the place of a key.
    Url,
    /// Dots stand for a part of the key.
    Shortened,
}

impl Slip {
    /// What is wrong and what to do, to follow the name of what was read.
    pub(in crate::keys) fn text(self) -> &'static str {
        match self {
            Self::Encoded => "it is base64 of a key's line; give the line itself",
            Self::Escaped => {
                "it has escapes such as `\\n` or `%20` in it; give the key as one plain line"
            }
            Self::DamagedEnds => {
                "the first or the last line of its block is damaged or missing, such as `---- \
                 BEGIN SSH2 PUBLIC KEY ----`; copy the whole block, or give the key on one line"
            }
            Self::Wrapped => {
                "its key data is broken into pieces by line ends or blanks; give it on one line"
            }
            Self::Altered => {
                "its key data was altered when it was copied: a `=` is missing at its end, or `-` \
                 and `_` stand for `+` and `/`; copy it as it was"
            }
            Self::Invisible => "it has characters that are not visible; remove them",
            Self::NoType => "its type is missing; write it before the key data",
            Self::NoSpace => "no blank stands between its type and its key data; write one",
            Self::TypeMisspelled => "the word before its key data is not its type; correct it",
            Self::Quoted => {
                "quotation marks, brackets or other signs stand around the key; remove them"
            }
            Self::Options => {
                "options such as `from=` or `command=` stand before the key, and ECS takes none; \
                 remove them"
            }
            Self::KnownHost => {
                "the name of a host stands before it, as in `known_hosts`: with the key of a host \
                 no login works; give the public key of a user, such as the line of an \
                 `id_rsa.pub`"
            }
            Self::MoreText => "it has more text than one key; give the key alone, on one line",
            Self::Fingerprint => {
                "it is a fingerprint, which does not contain the key; give the whole line of the \
                 `.pub` file"
            }
            Self::Url => {
                "it is a URL, and keyform does not fetch keys; give the key that `curl` prints \
                 for it"
            }
            Self::Shortened => "dots stand for a part of it; copy the whole key",
        }
    }
}

/// The problem of a text that cannot be read as a public key, if it is nearly one, or is something
/// that people take for one.
pub(super) fn slip(text: &str) -> Option<PublicKeyProblem> {
    let found = |slip, line| Some(PublicKeyProblem::Slip { slip, line });
    if let Some(line) = encoded(text) {
        return found(Slip::Encoded, Some(line));
    }
    if let Some(line) = whole_block(text) {
        return found(Slip::MoreText, Some(line));
    }
    if let Some(line) = damaged_block(text) {
        return found(Slip::DamagedEnds, Some(line));
    }
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let plain = unescaped(&visible);
    match sighting(&plain) {
        Some(Sighting::Other(problem)) => Some(problem),
        Some(Sighting::Key(seen)) => {
            let slip = cause(&seen, visible != text, plain != visible)?;
            // With the key of a host no login works, so its line is none to copy.
            found(slip, (slip != Slip::KnownHost).then(|| seen.line()))
        }
        None => found(other(text)?, None),
    }
}

fn cause(seen: &Seen<'_>, has_invisible: bool, has_escapes: bool) -> Option<Slip> {
    if has_invisible {
        return Some(Slip::Invisible);
    }
    if has_escapes {
        return Some(Slip::Escaped);
    }
    seen.slip()
}

/// The line of a key whose whole line is in base64.
fn encoded(text: &str) -> Option<String> {
    let data: String = text.split_whitespace().collect();
    let bytes = Base64::decode_vec(&data).or_else(|_| Base64Unpadded::decode_vec(&data)).ok()?;
    let inner = std::str::from_utf8(&bytes).ok()?;
    GivenKey::read(inner.trim()).ok().map(|key| key.line())
}

/// The line of a key whose block is whole, and has other text around it.
fn whole_block(text: &str) -> Option<String> {
    let begin = [pem::BEGIN, rfc4716::BEGIN].into_iter().find_map(|begin| text.find(begin))?;
    let ends = ["-----END PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----", rfc4716::END];
    let end = ends.into_iter().find_map(|end| Some(text.find(end)? + end.len()))?;
    GivenKey::read(text.get(begin..end)?).ok().map(|key| key.line())
}

/// The line of a key in PEM whose boundaries are damaged or missing.
fn damaged_block(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('-'));
    let body: String = lines.collect();
    ["PUBLIC KEY", "RSA PUBLIC KEY"].into_iter().find_map(|label| {
        let block = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----");
        pem::read(&block).ok().map(|key| key.openssh().to_owned())
    })
}

/// Characters that take no room, as web pages and chats add them, and blanks that are not ASCII.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
    )
}

/// The text with the characters that its escapes stand for: those of JSON and shells, and those of
/// URLs.
fn unescaped(text: &str) -> String {
    let escapes = [
        ("\\r", " "),
        ("\\n", "\n"),
        ("\\t", " "),
        ("\\/", "/"),
        ("\\\"", "\""),
        ("\\u003d", "="),
        ("\\u002b", "+"),
        ("\\=", "="),
        ("\\\n", "\n"),
        ("%20", " "),
        ("%2B", "+"),
        ("%2b", "+"),
        ("%2F", "/"),
        ("%2f", "/"),
        ("%3D", "="),
        ("%3d", "="),
        ("%0A", "\n"),
        ("%0D", " "),
    ];
    let plain =
        escapes.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    plain.trim().to_owned()
}

/// What a text without a key was taken for.
fn other(text: &str) -> Option<Slip> {
    let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
    let is_md5 = |word: &str| word.split(':').count() == 16 && word.split(':').all(is_pair);
    let is_fingerprint = |word: &str| {
        word.starts_with("SHA256:") || is_md5(word.strip_prefix("MD5:").unwrap_or(word))
    };
    let mut words = text.split_whitespace();
    if words.clone().take(2).any(is_fingerprint) {
        return Some(Slip::Fingerprint);
    }
    let first = words.next()?;
    if ["http://", "https://"].iter().any(|scheme| first.starts_with(scheme)) {
        return Some(Slip::Url);
    }
    let is_shortened = text.contains("...") || text.contains('…');
    (is_shortened && text.contains(seen::DATA_BEGIN)).then_some(Slip::Shortened)
}
