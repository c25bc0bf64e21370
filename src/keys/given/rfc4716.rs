//! The file format of RFC 4716, which `ssh-keygen -e` and PuTTY write.

use base64ct::{Base64, Encoding};

use crate::keys::{PublicKey, PublicKeyProblem};

/// How such a file begins (section 3.2).
pub(super) const BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
/// How it ends.
pub(super) const END: &str = "---- END SSH2 PUBLIC KEY ----";
/// How files of this look begin, whatever is in them.
pub(super) const BEGIN_ANY: &str = "---- BEGIN ";

/// The key of a text that is one such file, and the value of its `Comment` header.
///
/// Headers come before the key data; one whose line ends with a backslash goes on in the next
/// (section 3.3).
pub(super) fn read(text: &str) -> Result<(PublicKey, String), PublicKeyProblem> {
    let after = text.strip_prefix(BEGIN).unwrap_or_default();
    let (inner, after) = after.split_once(END).ok_or(PublicKeyProblem::NoEnd)?;
    if !after.is_empty() {
        return Err(PublicKeyProblem::MoreText);
    }
    let (mut comment, mut data) = (String::new(), String::new());
    let mut lines = inner.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some((tag, value)) = line.split_once(':') else {
            data.push_str(line);
            continue;
        };
        if !data.is_empty() {
            return Err(PublicKeyProblem::NotBase64);
        }
        let mut value = value.to_owned();
        while let Some(shorter) = value.strip_suffix('\\') {
            value = format!("{shorter}{}", lines.next().ok_or(PublicKeyProblem::NoKeyData)?);
        }
        if tag.eq_ignore_ascii_case("Comment") {
            comment = unquoted(value.trim()).to_owned();
        }
    }
    if data.is_empty() {
        return Err(PublicKeyProblem::NoKeyData);
    }
    let blob = Base64::decode_vec(&data).map_err(|_| PublicKeyProblem::NotBase64)?;
    Ok((PublicKey::from_blob(&blob)?, comment))
}

/// A comment may stand in quotation marks, which do not belong to it (section 3.3.2).
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}
