//! What looks like a credential: it belongs in the environment, and in no manifest (L4).

/// What names of credentials have in them, in small letters and without signs.
const PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "accesskey",
    "accessid",
    "apikey",
    "authkey",
    "privatekey",
    "securitykey",
    "signingkey",
    "encryptionkey",
];
/// Names of credentials that are too short to be looked for within others.
const WHOLE: [&str; 7] = ["pass", "pwd", "pw", "ak", "sk", "auth", "bearer"];
/// The field of a Project that says where private keys are kept.
const PRIVATE_KEYS: &str = "privateKeys";

/// Whether a field with this name would hold a credential.
#[must_use]
pub fn names_credential(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    name != PRIVATE_KEYS
        && (WHOLE.contains(&&*plain) || PARTS.iter().any(|part| plain.contains(part)))
}

/// Whether a line has a field with such a name, or an address with a password.
pub(super) fn has_credential(line: &str) -> bool {
    has_password(line) || line.match_indices(':').any(|(at, _)| names_credential(word(&line[..at])))
}

/// The word that a text ends with, without what may stand around the name of a field.
fn word(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\t', '"', '\'']);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start = text.char_indices().rev().take_while(|(_, c)| is_part(*c)).last();
    &text[start.map_or(text.len(), |(at, _)| at)..]
}

fn has_password(line: &str) -> bool {
    line.split("://").skip(1).any(|after| {
        let host = after.split(['/', ' ', '?', '#']).next().unwrap_or_default();
        host.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_told_from_fields() {
        for name in [
            "accessKeyId",
            "accessKeySecret",
            "access_key",
            "secretKey",
            "SECURITY_TOKEN",
            "databasePassword",
            "password",
            "PGPASSWORD",
            "stsToken",
            "privateKey",
            "pass-phrase",
            "api.key",
            "ak",
        ] {
            assert!(names_credential(name), "{name}");
        }
        for name in
            ["privateKeys", "keyPair", "knownHosts", "task", "skip", "author", "passages", ""]
        {
            assert!(!names_credential(name), "{name}");
        }
    }
}
