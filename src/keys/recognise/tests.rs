use super::*;
use crate::keys::{
    KeySource, PooledKeys,
    private_form::{
        Content::{self, *},
        Encoding::{self, *},
    },
};
use base64ct::Encoding as _;
use pkcs8::SecretDocument;

const KTY: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4c","#;
const D: &str = r#""d":"X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH","e":"AQAB"}"#;

fn pem() -> String {
    PooledKeys::new(1).generate().expect("a key").pem().to_string()
}

fn der() -> Vec<u8> {
    SecretDocument::from_pem(&pem()).expect("PEM").1.as_bytes().to_vec()
}

fn hexadecimal(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn base64(bytes: &[u8]) -> String {
    base64ct::Base64::encode_string(bytes)
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    let lines = text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line));
    lines.map(|line| format!("{line}{end}")).collect()
}

#[track_caller]
fn assert_form(text: impl AsRef<[u8]>, encodings: &[Encoding], content: Content) {
    let form = PrivateKeyForm { encodings: encodings.to_vec(), content };
    for around in ["", "publicKey: ", "ssh-rsa ", "# mine\n\n", "a: \""] {
        let text = [around.as_bytes(), text.as_ref(), b"\nme\n"].concat();
        assert_eq!(private_key_in(&text), Some(form.clone()), "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_pem_is_found_as_it_is_on_one_line_and_with_its_line_ends_written_out() {
    let pem = pem();
    assert_form(&pem, &[], Pem);
    assert_form(pem.replace('\n', "\r\n    "), &[], Pem);
    assert_form(pem.replace('\n', " "), &[Folded], Pem);
    assert_form(pem.replace('\n', r"\n"), &[Escaped], Pem);
    assert_form(pem.replace('\n', r"\\r\\n"), &[Escaped], Pem);
    assert_form("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNzaC1r", &[Escaped], Pem);
    for label in ["DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "ANY PRIVATE KEY", "PRIVATE\n  KEY"] {
        assert_form(format!("-----BEGIN {label}-----"), &[], Pem);
        assert_form(format!("-----BEGIN {label}"), &[], Pem);
    }
}

#[test]
fn encoded_keys_are_found_in_both_alphabets_and_however_their_lines_are_wrapped() {
    let (pem, der) = (pem(), der());
    assert_form(base64(pem.as_bytes()), &[Base64], Pem);
    assert_form(wrapped(&base64(pem.as_bytes()), 20, "\n   "), &[Base64], Pem);
    assert_form(wrapped(&base64(pem.as_bytes()), 76, "\\n"), &[Base64], Pem);
    assert_form(base64(base64(pem.as_bytes()).as_bytes()), &[Base64, Base64], Pem);
    assert_form(base64(&der), &[Base64], Der);
    assert_form(wrapped(&base64(&der), 64, "\n"), &[Base64], Der);
    let url = [
        base64ct::Base64Url::encode_string(&der),
        base64ct::Base64UrlUnpadded::encode_string(&der),
    ];
    for text in url {
        assert_form(text, &[Base64Url], Der);
    }
    let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_form(base64(&utf16), &[Base64], Pem);
    assert_form(base64(b"openssh-key-v1\0\0\0\0\x04none"), &[Base64], OpenSsh);
    // What comes before its fixed part may be lost.
    assert_form(&base64(&der)[3..], &[Base64], Der);
}

#[test]
fn hexadecimal_digits_of_a_key_are_found() {
    let der = der();
    for between in ["", ":", " ", "\n", ", "] {
        assert_form(hexadecimal(&der, between), &[Hex], Der);
        assert_form(hexadecimal(&der, between).to_uppercase(), &[Hex], Der);
    }
    assert_form(format!("0x{}", hexadecimal(&der, ", 0x")), &[Hex], Der);
    assert_form(hexadecimal(pem().as_bytes(), ""), &[Hex], Pem);
    assert_form(base64(hexadecimal(&der, "").as_bytes()), &[Base64, Hex], Der);
}

#[test]
fn keys_of_json_and_of_other_programs_are_found() {
    let jwk = format!("{KTY}{D}");
    assert_form(&jwk, &[], Jwk);
    assert_form(jwk.replace('"', "\\\""), &[], Jwk);
    assert_form(jwk.replace([',', '{'], ",\n  ").replace('"', ""), &[], Jwk);
    assert_form(base64(jwk.as_bytes()), &[Base64], Jwk);
    assert_form(
        format!("{{{D}").replace("\"e\":\"", "\"p\":\"83i-7IvMGXoMXCskv73TKr8637Fi"),
        &[],
        Jwk,
    );
    assert_form("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none", &[], Putty);
    assert_form("Private-Lines: 14\nAAABAQ", &[], Putty);
    assert_form(base64(b"PuTTY-User-Key-File-3: ssh-rsa\n"), &[Base64], Putty);
    assert_form("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ", &[], OpenPgp);
    assert_form("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", &[], SshCom);
    assert_form("SSH PRIVATE KEY FILE FORMAT 1.1\n", &[], Ssh1);
}

#[test]
fn binary_keys_are_found_at_the_beginning() {
    for (bytes, content) in [
        (&der()[..], Der),
        (b"openssh-key-v1\0\0\0\0\x04none", OpenSsh),
        (b"\x30\x82\x09\x00\x02\x01\x03\x30", Pkcs12),
    ] {
        assert_eq!(private_key_in(bytes), Some(PrivateKeyForm::plain(content)));
    }
}

#[test]
fn what_is_public_and_what_speaks_of_keys_is_none() {
    let key = PooledKeys::new(1).generate().expect("a key");
    let line = key.public_key().openssh();
    let data = line.split(' ').nth(1).expect("key data");
    let jwk = format!("{KTY}\"e\":\"AQAB\"}}");
    for text in [
        line,
        &format!("{line} my private key -- the public half"),
        &base64(line.as_bytes()),
        &hexadecimal(&base64ct::Base64::decode_vec(data).expect("base64"), ":"),
        &jwk,
        &base64(jwk.as_bytes()),
        "# the private key - see BEGIN and END of the PRIVATE KEY page",
        "# never a PRIVATE KEY -- not even here",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ",
        "instances: [i-bp1a0001abcdefghijklm, i-bp1a0002abcdefghijklm]",
        "d: one\nk: 22222222222222222222222222\nkind: KeyPair",
        "",
    ] {
        assert_eq!(private_key_in(text.as_bytes()), None, "{text}");
    }
}
