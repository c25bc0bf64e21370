//! The key data of a public key: the bytes that base64 hides in an OpenSSH line.

use ssh_key::{
    Certificate, Error, Signature,
    certificate::{CertType, OptionsMap},
    encoding::{self, Base64Reader, Decode, Reader},
    public::KeyData,
};

use super::{KeyType, PublicKeyProblem, numbers};
use crate::keys::key_type::{Algorithm, Form, not_importable};

/// What is in key data that was found to be in order.
pub(super) struct Contents {
    pub(super) key_type: KeyType,
    pub(super) bits: usize,
    /// Of a certificate: the plain key within.
    pub(super) certified: Option<KeyData>,
}

/// Reads the base64 of key data to its last byte, so that two that are read alike are alike.
///
/// It is read out of base64 because ssh-key refuses bytes behind the content of a nested field
/// only there, and not when it reads a slice.
///
/// The signature of a certificate is not verified: who trusts the key that signed is not known
/// here. Neither is the time.
pub(super) fn read(data: &str) -> Result<Contents, PublicKeyProblem> {
    let mut reader = open(data)?;
    let key_type = read_type(&mut reader)?;
    if key_type.form == Form::CertificateV01 {
        Vec::<u8>::decode(&mut reader).map_err(|_| PublicKeyProblem::CutOff)?;
    }
    let key = KeyData::decode_as(&mut reader, key_type.algorithm.into())
        .map_err(|error| key_problem(&error, key_type))?;
    let bits = numbers::check(&key)?;
    let kind = match key_type.form {
        Form::Plain => CertType::User,
        Form::CertificateV00 => read_v00(&mut reader).map_err(|error| rest_problem(&error))?,
        Form::CertificateV01 => {
            reader = open(data)?;
            let certificate = Certificate::decode(&mut reader);
            certificate.map_err(|error| rest_problem(&error))?.cert_type()
        }
    };
    if kind.is_host() {
        return Err(PublicKeyProblem::HostCertificate);
    }
    if !reader.is_finished() {
        return Err(PublicKeyProblem::TrailingBytes);
    }
    Ok(Contents { key_type, bits, certified: key_type.is_certificate().then_some(key) })
}

fn open(data: &str) -> Result<Base64Reader<'_>, PublicKeyProblem> {
    Base64Reader::new(data.as_bytes()).map_err(|_| PublicKeyProblem::CutOff)
}

fn read_type(reader: &mut Base64Reader<'_>) -> Result<KeyType, PublicKeyProblem> {
    let name = String::decode(reader).map_err(|error| rest_problem(&error.into()))?;
    KeyType::named(&name).ok_or_else(|| {
        not_importable(&name).map_or(PublicKeyProblem::Damaged, PublicKeyProblem::NotImportable)
    })
}

/// What follows the numbers in a certificate of version 00, which ssh-key does not know
/// (`PROTOCOL.certkeys` of OpenSSH 5.4, `cert_parse` in its key.c). It has no serial and no
/// extensions, and its nonce is not at the start.
fn read_v00(reader: &mut Base64Reader<'_>) -> Result<CertType, Error> {
    let kind = CertType::decode(reader)?;
    let _key_id = String::decode(reader)?;
    let _principals = Vec::<String>::decode(reader)?;
    let (_valid_after, _valid_before) = (u64::decode(reader)?, u64::decode(reader)?);
    let _constraints = OptionsMap::decode(reader)?;
    let (_nonce, _reserved) = (Vec::<u8>::decode(reader)?, Vec::<u8>::decode(reader)?);
    let _signature_key = reader.read_prefixed(KeyData::decode)?;
    let _signature = reader.read_prefixed(Signature::decode)?;
    Ok(kind)
}

/// Why the key itself could not be read.
fn key_problem(error: &Error, said: KeyType) -> PublicKeyProblem {
    let plain = KeyType::plain(said.algorithm);
    match (error, said.algorithm) {
        (Error::Encoding(encoding::Error::Length | encoding::Error::Overflow), _) => {
            PublicKeyProblem::CutOff
        }
        // The name of another curve, or of none.
        (Error::AlgorithmUnknown | Error::Encoding(_), Algorithm::Ecdsa(_)) => {
            PublicKeyProblem::TypesDisagree { said }
        }
        (_, Algorithm::Ecdsa(_)) => PublicKeyProblem::Point(plain),
        (_, Algorithm::Rsa | Algorithm::Dsa) => PublicKeyProblem::Numbers(plain),
    }
}

/// Why what stands around the key could not be read.
fn rest_problem(error: &Error) -> PublicKeyProblem {
    match error {
        Error::Encoding(encoding::Error::Length | encoding::Error::Overflow) => {
            PublicKeyProblem::CutOff
        }
        _ => PublicKeyProblem::Damaged,
    }
}
