//! Public keys in PEM: PKCS#8's SubjectPublicKeyInfo (RFC 5280) and PKCS#1 (RFC 8017).

use base64ct::{Base64, Encoding};
use pkcs8::{
    ObjectIdentifier, SubjectPublicKeyInfoRef,
    der::{self, Decode, ErrorKind, SliceReader, asn1::UintRef},
};
use rsa::pkcs1::{self, RsaPublicKeyRef};
use ssh_key::EcdsaCurve;

use crate::keys::{PublicKey, PublicKeyProblem, pem::algorithm};

/// How every PEM begins (RFC 7468, section 3).
pub(super) const BEGIN: &str = "-----BEGIN ";

/// RFC 3279, section 2.3.2.
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
/// RFC 5480, section 2.1.1.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 5480, section 2.1.1.1.
const CURVES: [(ObjectIdentifier, EcdsaCurve); 3] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), EcdsaCurve::NistP256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), EcdsaCurve::NistP384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), EcdsaCurve::NistP521),
];

/// The key of a text that is one PEM.
///
/// White space in its body does not count, so that a PEM whose lines YAML has folded into one is
/// read as well.
pub(super) fn read(text: &str) -> Result<PublicKey, PublicKeyProblem> {
    let after = text.strip_prefix(BEGIN).ok_or(PublicKeyProblem::OtherContent)?;
    let (label, after) = after.split_once("-----").ok_or(PublicKeyProblem::OtherContent)?;
    let decode = match label {
        "PUBLIC KEY" => from_spki,
        "RSA PUBLIC KEY" => from_pkcs1,
        _ => return Err(PublicKeyProblem::OtherContent),
    };
    let end = format!("-----END {label}-----");
    let (body, after) = after.split_once(&end).ok_or(PublicKeyProblem::NoEnd)?;
    if !after.is_empty() {
        return Err(PublicKeyProblem::MoreText);
    }
    let body: String = body.split_whitespace().collect();
    decode(&Base64::decode_vec(&body).map_err(|_| PublicKeyProblem::NotBase64)?)
}

fn from_pkcs1(bytes: &[u8]) -> Result<PublicKey, PublicKeyProblem> {
    let key = RsaPublicKeyRef::from_der(bytes).map_err(problem)?;
    PublicKey::from_rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes())
}

fn from_spki(bytes: &[u8]) -> Result<PublicKey, PublicKeyProblem> {
    let info = SubjectPublicKeyInfoRef::from_der(bytes).map_err(problem)?;
    let key = info.subject_public_key.as_bytes().ok_or(PublicKeyProblem::Damaged)?;
    match info.algorithm.oid {
        pkcs1::ALGORITHM_OID => from_pkcs1(key),
        DSA => {
            let parameters = info.algorithm.parameters.ok_or(PublicKeyProblem::Damaged)?;
            let [p, q, g] = parameters.sequence(three_numbers).map_err(problem)?;
            let y = UintRef::from_der(key).map_err(problem)?;
            PublicKey::from_dsa([p, q, g, y.as_bytes()])
        }
        EC => {
            let curve = info.algorithm.parameters_oid().map_err(|_| other_curve())?;
            let known = CURVES.into_iter().find(|(oid, _)| *oid == curve);
            PublicKey::from_point(known.ok_or_else(other_curve)?.1, key)
        }
        other => Err(PublicKeyProblem::OtherAlgorithm(algorithm(other).as_str())),
    }
}

/// The parameters of DSA (RFC 3279, section 2.3.2): p, q and g.
fn three_numbers<'a>(reader: &mut SliceReader<'a>) -> der::Result<[&'a [u8]; 3]> {
    let [p, q, g] = [UintRef::decode(reader)?, UintRef::decode(reader)?, UintRef::decode(reader)?];
    Ok([p.as_bytes(), q.as_bytes(), g.as_bytes()])
}

/// Also for a curve whose parameters are written out instead of named.
fn other_curve() -> PublicKeyProblem {
    PublicKeyProblem::OtherAlgorithm("an EC key of another curve than P-256, P-384 and P-521")
}

fn problem(error: der::Error) -> PublicKeyProblem {
    match error.kind() {
        ErrorKind::Incomplete { .. } => PublicKeyProblem::CutOff,
        ErrorKind::TrailingData { .. } => PublicKeyProblem::TrailingBytes,
        _ => PublicKeyProblem::Damaged,
    }
}
