//! The key data of a public key: the bytes that base64 hides in an OpenSSH line.

use super::{
    KeyType, PublicKeyProblem,
    numbers::{check_dsa, check_point, check_rsa},
    wire::{Wire, positive, put_string},
};
use crate::keys::key_type::{Algorithm, Form, not_importable};

/// What is in key data that was found to be in order.
pub(super) struct Contents {
    pub(super) key_type: KeyType,
    pub(super) bits: usize,
    /// Of a certificate: the data of the plain key within.
    pub(super) certified: Option<Vec<u8>>,
}

/// Kinds of a certificate (`SSH2_CERT_TYPE_USER` and `SSH2_CERT_TYPE_HOST` of OpenSSH).
const USER: u32 = 1;
const HOST: u32 = 2;

/// Reads key data to its last byte, so that two that are read alike are alike.
///
/// A plain key is its type and its numbers (RFC 4253, section 6.6; RFC 5656, section 3.1). A
/// certificate has, in this order:
///
/// | v01 (`PROTOCOL.certkeys`)  | v00 (`PROTOCOL.certkeys` of OpenSSH 5.4, `cert_parse` in its key.c) |
/// |----------------------------|---------------------------------------------------------------------|
/// | string type                | string type                |
/// | string nonce               |                            |
/// | the numbers of the key     | the numbers of the key     |
/// | uint64 serial              |                            |
/// | uint32 kind: 1 user, 2 host| uint32 kind                |
/// | string key id              | string key id              |
/// | string principals          | string principals          |
/// | uint64 valid after         | uint64 valid after         |
/// | uint64 valid before        | uint64 valid before        |
/// | string critical options    | string constraints         |
/// | string extensions          |                            |
/// |                            | string nonce               |
/// | string reserved            | string reserved            |
/// | string signature key       | string signature key       |
/// | string signature           | string signature           |
///
/// The key that signed may be of any type, and its signature is not verified: who trusts it is not
/// known here. Neither is the time.
pub(super) fn read(blob: &[u8]) -> Result<Contents, PublicKeyProblem> {
    let mut wire = Wire::new(blob);
    let key_type = read_type(wire.string().ok_or(PublicKeyProblem::CutOff)?)?;
    if key_type.form == Form::CertificateV01 {
        wire.string().ok_or(PublicKeyProblem::CutOff)?;
    }
    let before = wire.rest();
    let bits = read_numbers(key_type, &mut wire)?;
    let numbers = &before[..before.len() - wire.rest().len()];
    let certified = match key_type.form {
        Form::Plain => None,
        form => {
            read_certificate(form, &mut wire)?;
            let mut plain = Vec::new();
            put_string(&mut plain, KeyType::plain(key_type.algorithm).name().as_bytes());
            plain.extend_from_slice(numbers);
            Some(plain)
        }
    };
    if !wire.rest().is_empty() {
        return Err(PublicKeyProblem::TrailingBytes);
    }
    Ok(Contents { key_type, bits, certified })
}

fn read_type(name: &[u8]) -> Result<KeyType, PublicKeyProblem> {
    let name = std::str::from_utf8(name).map_err(|_| PublicKeyProblem::Damaged)?;
    KeyType::named(name).ok_or_else(|| {
        not_importable(name).map_or(PublicKeyProblem::Damaged, PublicKeyProblem::NotImportable)
    })
}

/// The bits of the key whose numbers come next, if they can be those of a sound one.
fn read_numbers(key_type: KeyType, wire: &mut Wire) -> Result<usize, PublicKeyProblem> {
    let plain = KeyType::plain(key_type.algorithm);
    let number = |wire: &mut Wire<'_>| {
        let mpint = wire.string().ok_or(PublicKeyProblem::CutOff)?;
        positive(mpint).map(<[u8]>::to_vec).ok_or(PublicKeyProblem::Numbers(plain))
    };
    match key_type.algorithm {
        Algorithm::Rsa => {
            let (exponent, modulus) = (number(wire)?, number(wire)?);
            check_rsa(&exponent, &modulus)
        }
        Algorithm::Dsa => {
            let (p, q, g, y) = (number(wire)?, number(wire)?, number(wire)?, number(wire)?);
            check_dsa([&p, &q, &g, &y])
        }
        Algorithm::Ecdsa(curve) => {
            let name = wire.string().ok_or(PublicKeyProblem::CutOff)?;
            if name != curve.name().as_bytes() {
                return Err(PublicKeyProblem::TypesDisagree { said: key_type });
            }
            check_point(curve, wire.string().ok_or(PublicKeyProblem::CutOff)?)
        }
    }
}

/// What follows the numbers in a certificate.
fn read_certificate(form: Form, wire: &mut Wire) -> Result<(), PublicKeyProblem> {
    let kind = cut_off(|| {
        if form == Form::CertificateV01 {
            let _serial = wire.uint64()?;
        }
        wire.uint32()
    })?;
    match kind {
        USER => {}
        HOST => return Err(PublicKeyProblem::HostCertificate),
        _ => return Err(PublicKeyProblem::Damaged),
    }
    let (principals, options, extensions, signature_key, signature) = cut_off(|| {
        let _key_id = wire.string()?;
        let principals = wire.string()?;
        let (_valid_after, _valid_before) = (wire.uint64()?, wire.uint64()?);
        let options = wire.string()?;
        // In the place of the extensions v00 has the nonce.
        let extensions_or_nonce = wire.string()?;
        let extensions = if form == Form::CertificateV01 { extensions_or_nonce } else { &[] };
        let _reserved = wire.string()?;
        Some((principals, options, extensions, wire.string()?, wire.string()?))
    })?;
    let pairs = |bytes| strings(bytes).is_some_and(|count| count % 2 == 0);
    let begins_with_type = |bytes| Wire::new(bytes).string().is_some_and(|name| !name.is_empty());
    let is_sound = strings(principals).is_some()
        && pairs(options)
        && pairs(extensions)
        && begins_with_type(signature_key)
        && begins_with_type(signature);
    if is_sound { Ok(()) } else { Err(PublicKeyProblem::Damaged) }
}

fn cut_off<T>(read: impl FnOnce() -> Option<T>) -> Result<T, PublicKeyProblem> {
    read().ok_or(PublicKeyProblem::CutOff)
}

/// How many strings these bytes are, if they are nothing else.
fn strings(bytes: &[u8]) -> Option<usize> {
    let (mut wire, mut count) = (Wire::new(bytes), 0);
    while !wire.rest().is_empty() {
        wire.string()?;
        count += 1;
    }
    Some(count)
}
