//! The private key that the service hands out, in whichever form it comes.
//!
//! The reference of CreateKeyPair says PKCS#8 in PEM. Its sample is the base64 of a PKCS#1 key
//! (`MIIEpAIB…`) without the lines around it. No document settles which of them comes, so all of
//! them are read, and one form is kept.

use base64ct::{Base64, Encoding};
use rsa::{
    PrivateKey as RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey,
    pkcs8::{DecodePrivateKey, PrivateKeyInfoRef, der::Decode},
};
use zeroize::Zeroizing;

use super::PrivateKey;
use crate::model::PemProblem;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

impl PrivateKey {
    /// Reads the private key of an answer: PKCS#8 or PKCS#1, in PEM or as the base64 within it. What
    /// comes of it is kept as PKCS#8, like a key that was made here.
    ///
    /// The whole key is verified, which takes a few milliseconds.
    ///
    /// # Errors
    /// [`PemProblem`], which has nothing of the content in it.
    pub fn from_service(text: &str) -> Result<Self, PemProblem> {
        let der = der(text.trim_ascii())?;
        let key = match PrivateKeyInfoRef::from_der(&der) {
            Ok(info) if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID => {
                let algorithm = super::pem::algorithm(info.algorithm.oid);
                return Err(PemProblem::OtherAlgorithm { algorithm });
            }
            Ok(_) => RsaPrivateKey::from_pkcs8_der(&der).map_err(|_| PemProblem::Damaged)?,
            Err(_) => RsaPrivateKey::from_pkcs1_der(&der).map_err(|_| PemProblem::Damaged)?,
        };
        Self::from_verified(&key)
    }
}

/// The bytes that the base64 of a text has, with or without the lines of PEM around it.
fn der(text: &str) -> Result<Zeroizing<Vec<u8>>, PemProblem> {
    let body = match text.strip_prefix(BEGIN) {
        Some(after) => {
            let (label, after) = after.split_once(DASHES).ok_or(PemProblem::NotPem)?;
            if !matches!(label, "PRIVATE KEY" | "RSA PRIVATE KEY") {
                return Err(PemProblem::OtherContent);
            }
            let (body, end) = after.split_once("-----END ").ok_or(PemProblem::Damaged)?;
            if end.trim_ascii() != format!("{label}{DASHES}") {
                return Err(PemProblem::TrailingText);
            }
            body
        }
        None => text,
    };
    // With room for all of it, no copy is left behind by a text that grows.
    let mut digits = Zeroizing::new(String::with_capacity(body.len()));
    digits.extend(body.chars().filter(|c| !c.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new(vec![0; digits.len()]);
    let length =
        Base64::decode(digits.as_bytes(), &mut bytes).map_err(|_| PemProblem::Damaged)?.len();
    bytes.truncate(length);
    if bytes.is_empty() { Err(PemProblem::NotPem) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeySource, PooledKeys};

    fn body(pem: &str) -> String {
        pem.lines().filter(|line| !line.starts_with(DASHES)).collect()
    }

    #[test]
    fn a_key_is_read_in_each_form_in_which_it_may_come_and_kept_in_one() {
        let key = PooledKeys::new(3).generate().expect("a key");
        let (pkcs8, pkcs1) = (key.pem(), key.pkcs1_pem());
        let bare = body(&pkcs1);
        assert!(bare.starts_with("MIIE"), "as the sample of the reference begins");
        for text in [
            pkcs8.to_string(),
            pkcs1.to_string(),
            bare,
            body(&pkcs8),
            pkcs1.replace('\n', "\r\n"),
            pkcs1.replace('\n', " "),
            format!("\n  {}  \n", pkcs8.trim_end()),
        ] {
            let read = PrivateKey::from_service(&text).expect("a form that may come");
            assert_eq!(*read.pem(), *pkcs8);
            assert_eq!(read.public_key(), key.public_key());
        }
    }

    #[test]
    fn what_is_no_whole_key_is_refused_without_showing_it() {
        let key = PooledKeys::new(3).generate().expect("a key");
        let pem = key.pkcs1_pem();
        let bare = body(&pem);
        // Another prime in the place of the first: the parts do not fit any more.
        let changed = format!("{}A{}", &bare[..900], &bare[901..]);
        for (text, problem) in [
            (String::new(), PemProblem::NotPem),
            (pem[..pem.len() / 2].to_owned(), PemProblem::Damaged),
            (bare[..bare.len() / 2].to_owned(), PemProblem::Damaged),
            (format!("{}and more", pem.as_str()), PemProblem::TrailingText),
            (pem.replace("RSA PRIVATE", "EC PRIVATE"), PemProblem::OtherContent),
            (changed, PemProblem::Damaged),
            ("not a key at all".to_owned(), PemProblem::Damaged),
        ] {
            let found = PrivateKey::from_service(&text).expect_err("no key");
            assert_eq!(found, problem);
        }
    }
}
