//! Reading a private key out of a PEM file.

use pkcs8::{
    ObjectIdentifier, PrivateKeyInfoRef,
    der::{Decode, pem},
};
use rsa::{
    BoxedUint, PrivateKey as RsaPrivateKey,
    pkcs1::{self, RsaPrivateKeyRef},
    pkcs8::{DecodePrivateKey, EncodePublicKey},
};
use zeroize::Zeroizing;

use super::{PublicKey, RSA_BITS, public::bits};
use crate::model::{KeyAlgorithm, PemForm, PemProblem};

/// The label of unencrypted PKCS#8 (RFC 7468, section 10).
const LABEL: &str = "PRIVATE KEY";
const END: &str = "-----END PRIVATE KEY-----";

/// The DER within the PEM of an unencrypted PKCS#8 key.
pub(super) fn decode(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, PemProblem> {
    let text = std::str::from_utf8(bytes).map_err(|_| PemProblem::NotPem)?.trim_ascii();
    check_label(text)?;
    let end = text.find(END).ok_or(PemProblem::Damaged)? + END.len();
    let (key, after) = text.split_at(end);
    if !after.is_empty() {
        return Err(PemProblem::TrailingText);
    }
    // The buffer is zeroized also when the decoding stops half-way.
    let mut buffer = Zeroizing::new(vec![0; key.len()]);
    let (_, der) = pem::decode(key.as_bytes(), &mut buffer).map_err(|_| PemProblem::Damaged)?;
    Ok(Zeroizing::new(der.to_vec()))
}

/// The PEM of a DER, with LF at the line ends.
pub(super) fn encode(der: &[u8]) -> Zeroizing<String> {
    let pem = pem::encode_string(LABEL, pem::LineEnding::LF, der);
    Zeroizing::new(pem.expect("a key of 2048 bits is far below the size that PEM can hold"))
}

/// The PEM of the PKCS#1 key within a PKCS#8 DER that was made or checked here.
pub(super) fn encode_pkcs1(der: &[u8]) -> Zeroizing<String> {
    let info = PrivateKeyInfoRef::from_der(der).expect("it was read before");
    let inner = info.private_key.as_bytes();
    let pem = pem::encode_string("RSA PRIVATE KEY", pem::LineEnding::LF, inner);
    Zeroizing::new(pem.expect("a key of 2048 bits is far below the size that PEM can hold"))
}

/// The public half of a PKCS#8 DER that was made or checked here, as SubjectPublicKeyInfo.
pub(super) fn public_der(der: &[u8]) -> Vec<u8> {
    let key = RsaPrivateKey::from_pkcs8_der(der).expect("it was read before");
    let document = key.to_public_key().to_public_key_der().expect("a key of 2048 bits is small");
    document.as_bytes().to_vec()
}

fn check_label(text: &str) -> Result<(), PemProblem> {
    let after = text.strip_prefix("-----BEGIN ").ok_or(PemProblem::NotPem)?;
    let (label, _) = after.split_once("-----").ok_or(PemProblem::NotPem)?;
    match label {
        LABEL => Ok(()),
        "ENCRYPTED PRIVATE KEY" => Err(PemProblem::Encrypted),
        "RSA PRIVATE KEY" => Err(PemProblem::OtherForm { form: PemForm::Pkcs1 }),
        "OPENSSH PRIVATE KEY" => Err(PemProblem::OtherForm { form: PemForm::OpenSsh }),
        "EC PRIVATE KEY" => Err(other(KeyAlgorithm::Ec)),
        "DSA PRIVATE KEY" => Err(other(KeyAlgorithm::Dsa)),
        _ => Err(PemProblem::OtherContent),
    }
}

fn other(algorithm: KeyAlgorithm) -> PemProblem {
    PemProblem::OtherAlgorithm { algorithm }
}

/// The public half of a DER, once it is known to be an RSA key of [`RSA_BITS`] bits.
///
/// That the primes are prime is not tested, which would take a thousand times as long. That they
/// make up the modulus is: two intact files of one public key then hold the same private key.
pub(super) fn public_half(der: &[u8]) -> Result<PublicKey, PemProblem> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| PemProblem::Damaged)?;
    if info.algorithm.oid != pkcs1::ALGORITHM_OID {
        return Err(other(algorithm(info.algorithm.oid)));
    }
    let key =
        RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).map_err(|_| PemProblem::Damaged)?;
    if key.other_prime_infos.is_some() {
        return Err(other(KeyAlgorithm::RsaOfMorePrimes));
    }
    let modulus = key.modulus.as_bytes();
    let bits = bits(modulus);
    if bits != RSA_BITS {
        return Err(PemProblem::OtherSize { bits });
    }
    check_product(modulus, key.prime1.as_bytes(), key.prime2.as_bytes())?;
    PublicKey::from_rsa(modulus, key.public_exponent.as_bytes()).map_err(|_| PemProblem::Damaged)
}

fn check_product(modulus: &[u8], prime1: &[u8], prime2: &[u8]) -> Result<(), PemProblem> {
    let number = |bytes: &[u8]| {
        let number = BoxedUint::from_be_slice(bytes, u32::try_from(RSA_BITS).unwrap_or(u32::MAX));
        number.map(Zeroizing::new).map_err(|_| PemProblem::Inconsistent)
    };
    let (modulus, prime1, prime2) = (number(modulus)?, number(prime1)?, number(prime2)?);
    // Without this the product could wrap around unnoticed, and one factor could be the modulus.
    let fit = prime1.bit_width() as usize + prime2.bit_width() as usize <= RSA_BITS;
    if fit && prime1.wrapping_mul(&*prime2) == *modulus {
        return Ok(());
    }
    Err(PemProblem::Inconsistent)
}

/// The algorithms that people have in PKCS#8 files (RFC 8017, 5480, 3279, 8410).
pub(super) fn algorithm(oid: ObjectIdentifier) -> KeyAlgorithm {
    match oid.to_string().as_str() {
        "1.2.840.113549.1.1.10" => KeyAlgorithm::RsaPss,
        "1.2.840.10045.2.1" => KeyAlgorithm::Ec,
        "1.2.840.10040.4.1" => KeyAlgorithm::Dsa,
        "1.3.101.112" => KeyAlgorithm::Ed25519,
        _ => KeyAlgorithm::Unknown,
    }
}
