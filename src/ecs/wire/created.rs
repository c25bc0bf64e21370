//! The answer of CreateKeyPair, which has a private key in it.

use serde::{Deserialize, de::Error};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::lenient::Scalar;
use crate::ecs::{PrivateKeyBody, Response};

/// Its body. The private key stays where it was received, in a buffer that is zeroized: a reader of
/// JSON would leave a copy of it in one of its own.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateKeyPairShape<'a> {
    #[serde(default)]
    key_pair_id: Scalar,
    #[serde(default)]
    key_pair_finger_print: Scalar,
    #[serde(borrow)]
    private_key_body: &'a RawValue,
}

/// Reads the answer.
///
/// # Errors
/// What is not as documented; nothing of the key is in it.
pub(super) fn read(body: &[u8]) -> Result<Response, serde_json::Error> {
    let shape: CreateKeyPairShape<'_> = serde_json::from_slice(body)?;
    let text = text(shape.private_key_body.get())
        .ok_or_else(|| Error::custom("its PrivateKeyBody is no text of a key"))?;
    Ok(Response::Created {
        key_pair_id: shape.key_pair_id.0,
        fingerprint: shape.key_pair_finger_print.0,
        private_key: PrivateKeyBody::new(text),
    })
}

/// The text of a JSON string. The characters of a key need none but these escapes.
fn text(json: &str) -> Option<Zeroizing<String>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '/' => '/',
                'u' => escaped(&mut characters)?,
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

/// A character that is written by its number, such as `\u002b` for a plus.
fn escaped(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let mut number = 0;
    for _ in 0..4 {
        number = number * 16 + characters.next()?.to_digit(16)?;
    }
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_key_is_read_with_every_escape_that_it_may_have() {
        let body = br#"{"KeyPairId":"ssh-1","KeyPairFingerPrint":"ab:cd","RequestId":"r",
            "PrivateKeyBody":"-----BEGIN\nMII\u002b\/A=\r\n\tx"}"#;
        let Ok(Response::Created { key_pair_id, fingerprint, private_key }) = read(body) else {
            panic!("it is read");
        };
        assert_eq!((key_pair_id.as_str(), fingerprint.as_str()), ("ssh-1", "ab:cd"));
        assert_eq!(private_key.text(), "-----BEGIN\nMII+/A=\r\n\tx");
    }

    #[test]
    fn an_answer_without_a_key_is_refused_without_showing_what_it_has() {
        for body in [
            r#"{"KeyPairId":"ssh-1"}"#,
            r#"{"PrivateKeyBody":["MIIEsecret"]}"#,
            r#"{"PrivateKeyBody":"MIIEsecret\q"}"#,
            r#"{"PrivateKeyBody":"MIIEsecret\u00"}"#,
            r#"{"PrivateKeyBody":"MIIEsecret"#,
            r#"{"PrivateKeyBody":"MIIEsecret","KeyPairFingerPrint":["MIIEsecret"]}"#,
        ] {
            let error = read(body.as_bytes()).expect_err(body).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
