//! How a service encrypts private keys on its disks.

use super::fields::Scope;
use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{raw::Text, shown::shown, tree::At},
    model::Encryption,
};

/// The most characters of the id of a key.
const KEY_MAX: usize = 512;

/// The encryption at `at`, which is `place` for people, by a service whose key management is called
/// `kms`; nothing if something is wrong with it.
pub(super) fn encryption(
    scope: &mut Scope<'_>,
    (algorithm, key): (Option<&Text>, Option<&Text>),
    at: At<'_>,
    place: &str,
    kms: &str,
) -> Option<Encryption> {
    let problem = |field: &str, message: String, help: String| {
        Diagnostic::error(FieldCode::InvalidEncryption, at.key(field).place(), message)
            .field(format!("{place}.{field}"))
            .help(help)
    };
    if at.lost("algorithm") || at.lost("keyId") {
        return None;
    }
    let is_kms = match algorithm.map(|Text(text)| text.as_str()) {
        None | Some("AES256") => false,
        Some(text) if text == kms => true,
        Some(text) => {
            let message =
                format!("{}: {} is no encryption of this service", scope.subject, shown(text));
            let help = format!("write algorithm: AES256, or algorithm: {kms}");
            scope.problem(problem("algorithm", message, help).found(text));
            return None;
        }
    };
    let Some(Text(text)) = key else {
        return Some(if is_kms { Encryption::Kms { key: None } } else { Encryption::Aes256 });
    };
    if !is_kms {
        let message = format!("{}: a `keyId` stands beside another encryption", scope.subject);
        let help = format!("write algorithm: {kms} before it, or leave `keyId` out");
        scope.problem(problem("keyId", message, help));
        return None;
    }
    if !(1..=KEY_MAX).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("{}: {} is no id of a key", scope.subject, shown(text));
        let help = "write the id of the key as its service shows it".to_owned();
        scope.problem(problem("keyId", message, help).found(text));
        return None;
    }
    Some(Encryption::Kms { key: Some(text.clone()) })
}
