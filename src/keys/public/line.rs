//! One line of OpenSSH (the section on AUTHORIZED_KEYS of sshd(8), without options).

use base64ct::{Base64, Encoding};

use super::{KeyType, PublicKey, PublicKeyProblem};
use crate::keys::key_type::not_importable;

/// Other words for plain types, which ECS lists (R9): older versions of OpenSSH knew them
/// (`key_type_from_name` in its key.c). What they stand for is in the key data. The sshd of today
/// passes over such a line, so the full name is sent.
const SHORT_TYPES: [(&str, &[&str]); 3] = [
    ("rsa", &["ssh-rsa"]),
    ("dsa", &["ssh-dss"]),
    ("ecdsa", &["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]),
];

/// The key of a line, and its comment with single spaces between the words.
pub(in crate::keys) fn read(text: &str) -> Result<(PublicKey, String), PublicKeyProblem> {
    let line = text.trim();
    let mut words = line.split_whitespace();
    let said = words.next().ok_or(PublicKeyProblem::Empty)?;
    if line.contains(['\n', '\r']) {
        return Err(PublicKeyProblem::MoreText);
    }
    check_type(said, words.clone())?;
    let data = words.next().ok_or(PublicKeyProblem::NoKeyData)?;
    let blob = Base64::decode_vec(data).map_err(|_| PublicKeyProblem::NotBase64)?;
    let key = PublicKey::from_blob(&blob)?;
    check_agreement(said, key.key_type())?;
    Ok((key, words.collect::<Vec<_>>().join(" ")))
}

/// Whether a word is the type at the start of a line, importable or not.
pub(in crate::keys) fn is_type(word: &str) -> bool {
    KeyType::named(word).is_some() || not_importable(word).is_some()
}

fn check_type<'a>(
    said: &str,
    mut after: impl Iterator<Item = &'a str>,
) -> Result<(), PublicKeyProblem> {
    if KeyType::named(said).is_some() || SHORT_TYPES.iter().any(|(short, _)| *short == said) {
        return Ok(());
    }
    Err(match not_importable(said) {
        Some(other) => PublicKeyProblem::NotImportable(other),
        None if after.any(is_type) => PublicKeyProblem::Options,
        None => PublicKeyProblem::UnknownType,
    })
}

fn check_agreement(said: &str, found: KeyType) -> Result<(), PublicKeyProblem> {
    let short = SHORT_TYPES.iter().find(|(short, _)| *short == said);
    let agrees = match short {
        Some((_, names)) => names.contains(&found.name()),
        None => said == found.name(),
    };
    let named = KeyType::named(short.map_or(said, |(_, names)| names[0]));
    match named {
        Some(said) if !agrees => Err(PublicKeyProblem::TypesDisagree { said }),
        _ => Ok(()),
    }
}
