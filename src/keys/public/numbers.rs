//! Whether the numbers of a key can be those of a sound one.

use ssh_key::{EcdsaCurve, Mpint, public::KeyData};

use super::{KeyType, PublicKeyProblem};
use crate::keys::key_type::Algorithm;

/// Below this a modulus can be factored by those who want to; also the least that OpenSSH takes.
const RSA_BITS_MIN: usize = 1024;
/// The most that OpenSSH reads (`SSHBUF_MAX_BIGNUM` in its sshbuf.h).
const RSA_BITS_MAX: usize = 16_384;
/// The sizes of `ssh-dss` (RFC 4253, section 6.6, which rests on FIPS 186-2).
const DSA_P_BITS: usize = 1024;
const DSA_Q_BITS: usize = 160;

/// The bits of a key, if its numbers can be those of a sound one.
pub(super) fn check(key: &KeyData) -> Result<usize, PublicKeyProblem> {
    match key {
        KeyData::Rsa(key) => check_rsa(digits(key.e()), digits(key.n())),
        KeyData::Dsa(key) => check_dsa([key.p(), key.q(), key.g(), key.y()].map(digits)),
        KeyData::Ecdsa(key) => check_point(key.curve(), key.as_sec1_bytes()),
        // ssh-key may know more types, and a key is only read as one of the three.
        _ => Err(PublicKeyProblem::Damaged),
    }
}

/// The big-endian digits of a number that ssh-key has found to be positive.
fn digits(number: &Mpint) -> &[u8] {
    number.as_positive_bytes().unwrap_or_default()
}

/// The bits of an RSA key, from the big-endian digits of its positive numbers.
///
/// An odd exponent of 3 or more is taken: OpenSSH made keys with 35 until version 5.4.
fn check_rsa(exponent: &[u8], modulus: &[u8]) -> Result<usize, PublicKeyProblem> {
    let bits = bits(modulus);
    if bits < RSA_BITS_MIN {
        return Err(PublicKeyProblem::RsaTooSmall(bits));
    }
    if bits > RSA_BITS_MAX {
        return Err(PublicKeyProblem::RsaTooLarge(bits));
    }
    if exponent == [1] || !is_odd(exponent) {
        return Err(PublicKeyProblem::RsaExponent);
    }
    if !is_odd(modulus) || !is_below(exponent, modulus) {
        return Err(PublicKeyProblem::Numbers(KeyType::plain(Algorithm::Rsa)));
    }
    Ok(bits)
}

/// The bits of a DSA key, from the big-endian digits of its positive numbers.
fn check_dsa([p, q, g, y]: [&[u8]; 4]) -> Result<usize, PublicKeyProblem> {
    let (p_bits, q_bits) = (bits(p), bits(q));
    if (p_bits, q_bits) != (DSA_P_BITS, DSA_Q_BITS) {
        return Err(PublicKeyProblem::DsaSize { p_bits, q_bits });
    }
    let is_element = |number: &[u8]| number != [1] && is_below(number, p);
    if is_odd(p) && is_odd(q) && is_element(g) && is_element(y) {
        return Ok(p_bits);
    }
    Err(PublicKeyProblem::Numbers(KeyType::plain(Algorithm::Dsa)))
}

/// The bits of an ECDSA key, if its point is on the curve and written out in full: OpenSSH reads
/// no compressed ones.
fn check_point(curve: EcdsaCurve, point: &[u8]) -> Result<usize, PublicKeyProblem> {
    if uncompressed(curve, point).as_deref() == Some(point) {
        return Ok(field_bits(curve));
    }
    Err(PublicKeyProblem::Point(KeyType::plain(Algorithm::Ecdsa(curve))))
}

/// The point in full (SEC 1, section 2.3.3), if it is on the curve and not its infinity.
pub(super) fn uncompressed(curve: EcdsaCurve, point: &[u8]) -> Option<Vec<u8>> {
    use p256::elliptic_curve::sec1::ToSec1Point;

    Some(match curve {
        EcdsaCurve::NistP256 => {
            p256::PublicKey::from_sec1_bytes(point).ok()?.to_sec1_point(false).as_bytes().to_vec()
        }
        EcdsaCurve::NistP384 => {
            p384::PublicKey::from_sec1_bytes(point).ok()?.to_sec1_point(false).as_bytes().to_vec()
        }
        EcdsaCurve::NistP521 => {
            p521::PublicKey::from_sec1_bytes(point).ok()?.to_sec1_point(false).as_bytes().to_vec()
        }
    })
}

/// The size of the field of a curve.
fn field_bits(curve: EcdsaCurve) -> usize {
    match curve {
        EcdsaCurve::NistP256 => 256,
        EcdsaCurve::NistP384 => 384,
        EcdsaCurve::NistP521 => 521,
    }
}

/// The bits of a number without leading zero digits.
pub(in crate::keys) fn bits(digits: &[u8]) -> usize {
    let leading_zeros = digits.first().map_or(0, |first| first.leading_zeros() as usize);
    (digits.len() * 8).saturating_sub(leading_zeros)
}

fn is_odd(digits: &[u8]) -> bool {
    digits.last().is_some_and(|last| last % 2 == 1)
}

fn is_below(one: &[u8], other: &[u8]) -> bool {
    (one.len(), one) < (other.len(), other)
}
