//! Public keys that people give: every form that is read, against `ssh-keygen` and `openssl`.

mod fingerprints;
mod forms;
mod mutated;
mod private;
mod refused;
mod slips;

use base64ct::{Base64, Encoding};
use keyform::keys::GivenKey;

use crate::support::Project;

/// A DSA key in every form, made by OpenSSH 9.2: version 10 makes and reads none.
const DSA: &str = include_str!("samples/dss.pub");
const DSA_PEM: &str = include_str!("samples/dss.pem");
const DSA_RFC4716: &str = include_str!("samples/dss.rfc4716");
/// Signed by an Ed25519 key, for a user.
const DSA_CERTIFICATE: &str = include_str!("samples/dss-cert-v01.pub");
/// What `ssh-keygen -l` of OpenSSH 9.2 showed for the key and, as always, for its certificate too.
const DSA_MD5: &str = "MD5:3f:2e:82:56:94:4e:5b:92:13:a5:80:50:a5:22:d4:c1";
const DSA_SHA256: &str = "SHA256:bl2x/1AJFFzvX0YEDbMJpVTFN9prOfGUrryvrKY+G+I";

/// The standard output of another program, which must succeed.
#[track_caller]
fn output(project: &Project, program: &str, arguments: &[&str]) -> String {
    project.finish(project.other(program).args(arguments)).expect(0).stdout
}

/// Makes a key with `ssh-keygen`; its public half lies in `NAME.pub`.
#[track_caller]
fn make(project: &Project, name: &str, kind: &str, bits: &str) -> String {
    let arguments = ["-q", "-t", kind, "-b", bits, "-N", "", "-C", name, "-f", name];
    output(project, "ssh-keygen", &arguments);
    project.read(&format!("{name}.pub"))
}

#[track_caller]
fn parsed(text: &str) -> GivenKey {
    GivenKey::parse(text.as_bytes()).unwrap_or_else(|problem| panic!("{problem}: {text}"))
}

/// The type and the key data of a line.
fn without_comment(line: &str) -> String {
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// The bytes of a line's key data.
fn blob(line: &str) -> Vec<u8> {
    let data = line.split_whitespace().nth(1).expect("key data");
    Base64::decode_vec(data).expect("base64")
}

/// A line of this type and this key data.
fn line(name: &str, blob: &[u8]) -> String {
    format!("{name} {}", Base64::encode_string(blob))
}

/// A `string` of RFC 4251, section 5.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short field");
    [&length.to_be_bytes(), bytes].concat()
}

/// Key data of a type and fields.
fn fields(name: &str, fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = string(name.as_bytes());
    for field in fields {
        bytes.extend(string(field));
    }
    bytes
}

/// A certificate of version 00 around a plain RSA or DSA key, by the order of `cert_parse` in
/// key.c of OpenSSH 5.9 (`PROTOCOL.certkeys` of 5.4). No program of today makes or reads one.
fn certificate_v00(plain: &str, kind: u32) -> String {
    let (plain_name, _) = plain.split_once(' ').expect("a type");
    let name = format!("{plain_name}-cert-v00@openssh.com");
    let numbers = blob(plain).split_off(4 + plain_name.len());
    let principals = [string(b"ops"), string(b"root")].concat();
    let constraints = [string(b"permit-pty"), string(b"")].concat();
    let signature_key = blob(plain);
    let parts = [
        string(name.as_bytes()),
        numbers,
        kind.to_be_bytes().to_vec(),
        string(b"key id"),
        string(&principals),
        1_262_304_000_u64.to_be_bytes().to_vec(),
        u64::MAX.to_be_bytes().to_vec(),
        string(&constraints),
        string(&[9; 16]),
        string(b""),
        string(&signature_key),
        string(&signature_v00(plain_name)),
    ];
    line(&name, &parts.concat())
}

/// What stands for the signature in a certificate of version 00.
fn signature_v00(plain_name: &str) -> Vec<u8> {
    fields(plain_name, &[&[7; 40]])
}
