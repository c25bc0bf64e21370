//! HMAC-SHA1 over the parameters, wherever they are. It covers no header and no path.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{
    Claim, SignatureProblem, SignatureVersion, SigningKey,
    encoding::{canonical, read, written},
};
use crate::{
    ecs::wire::{HttpRequest, percent_encoded},
    model::Timestamp,
};

const METHOD: &str = "HMAC-SHA1";
const VERSION: &str = "1.0";

/// Adds what a signed request needs, and its signature.
pub(super) fn sign(request: &mut HttpRequest, key: &SigningKey<'_>, at: Timestamp, nonce: &str) {
    let mut add = |name: &str, value: &str| request.query.push((name.to_owned(), value.to_owned()));
    add("AccessKeyId", key.access_key_id);
    if let Some(token) = key.security_token {
        add("SecurityToken", token);
    }
    add("SignatureMethod", METHOD);
    add("SignatureVersion", VERSION);
    add("SignatureNonce", nonce);
    add("Timestamp", &written(at));
    let mac = mac(&string_to_sign(request), key.access_key_secret);
    let signature = Base64::encode_string(&mac.finalize().into_bytes());
    request.query.push(("Signature".to_owned(), signature));
}

/// Reads what a request says of its signature.
pub(super) fn claim(request: &HttpRequest) -> Result<Claim, SignatureProblem> {
    let parameters = request.parameters();
    // Of a name that repeats all values are signed; more than one would leave open which counts.
    let find = |wanted: &'static str| {
        let mut found = parameters.iter().filter(|(name, _)| name == wanted);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(SignatureProblem::Incomplete("a parameter is there twice")),
            (Some((_, value)), None) if !value.is_empty() => Ok(Some(value.clone())),
            _ => Ok(None),
        }
    };
    let need = |name: &'static str| find(name)?.ok_or(SignatureProblem::Missing(name));
    let access_key_id = need("AccessKeyId")?;
    let signature = need("Signature")?;
    if need("SignatureMethod")? != METHOD || need("SignatureVersion")? != VERSION {
        return Err(SignatureProblem::Incomplete("its method or version is not known"));
    }
    let nonce = need("SignatureNonce")?;
    let at = read(&need("Timestamp")?).ok_or(SignatureProblem::TimeFormat)?;
    let security_token = find("SecurityToken")?;
    Ok(Claim {
        version: SignatureVersion::V1,
        access_key_id,
        security_token,
        at,
        nonce,
        signature,
        signed_headers: Vec::new(),
    })
}

/// Verifies the signature of a request.
pub(super) fn verify(
    request: &HttpRequest,
    claim: &Claim,
    secret: &str,
) -> Result<(), SignatureProblem> {
    let string_to_sign = string_to_sign(request);
    let given = Base64::decode_vec(&claim.signature).unwrap_or_default();
    match mac(&string_to_sign, secret).verify_slice(&given) {
        Ok(()) => Ok(()),
        Err(_) => Err(SignatureProblem::Mismatch(string_to_sign)),
    }
}

fn string_to_sign(request: &HttpRequest) -> String {
    let parameters = request.parameters();
    let signed = parameters.iter().filter(|(name, _)| name != "Signature");
    format!("{}&%2F&{}", request.method, percent_encoded(&canonical(signed)))
}

fn mac(text: &str, secret: &str) -> Hmac<Sha1> {
    // The key of HMAC may have any length.
    let mut mac =
        Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes()).expect("any length");
    mac.update(text.as_bytes());
    mac
}
