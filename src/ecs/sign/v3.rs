//! ACS3-HMAC-SHA256 over method, path, query, chosen headers and body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{
    Claim, SignatureProblem, SignatureVersion, SigningKey,
    encoding::{canonical, read, written},
};
use crate::{ecs::wire::HttpRequest, model::Timestamp};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The headers that must be there and be signed.
const REQUIRED: [&str; 6] = [
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
];

/// Adds what a signed request needs, and its signature.
pub(super) fn sign(request: &mut HttpRequest, key: &SigningKey<'_>, at: Timestamp, nonce: &str) {
    let body = hash(&request.body);
    let mut add =
        |name: &str, value: &str| request.headers.insert(name.to_owned(), value.to_owned());
    add("x-acs-content-sha256", &body);
    add("x-acs-date", &written(at));
    add("x-acs-signature-nonce", nonce);
    if let Some(token) = key.security_token {
        add("x-acs-accesskey-id", key.access_key_id);
        add("x-acs-security-token", token);
    }
    let signed: Vec<_> =
        request.headers.keys().filter(|name| must_be_signed(name)).cloned().collect();
    let mac = mac(&canonical_request(request, &signed, &body), key.access_key_secret);
    let authorization = format!(
        "{ALGORITHM} Credential={},SignedHeaders={},Signature={}",
        key.access_key_id,
        signed.join(";"),
        base16ct::lower::encode_string(&mac.finalize().into_bytes())
    );
    request.headers.insert("authorization".to_owned(), authorization);
}

/// Reads what a request says of its signature.
pub(super) fn claim(request: &HttpRequest, authorization: &str) -> Result<Claim, SignatureProblem> {
    let malformed = SignatureProblem::Incomplete("its Authorization header is malformed");
    let (algorithm, rest) = authorization.split_once(' ').ok_or_else(|| malformed.clone())?;
    if algorithm != ALGORITHM {
        return Err(SignatureProblem::Incomplete("its algorithm is not known"));
    }
    let (mut credential, mut headers, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=').ok_or_else(|| malformed.clone())?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut headers,
            "Signature" => &mut signature,
            _ => return Err(malformed),
        };
        if place.replace(value.to_owned()).is_some() {
            return Err(malformed);
        }
    }
    let (Some(access_key_id), Some(headers), Some(signature)) = (credential, headers, signature)
    else {
        return Err(malformed);
    };
    if access_key_id.is_empty() {
        return Err(SignatureProblem::Missing("AccessKeyId"));
    }
    let signed_headers: Vec<_> = headers.split(';').map(str::to_owned).collect();
    check_headers(request, &signed_headers)?;
    let header = |name: &'static str, parameter: &'static str| {
        request.header(name).ok_or(SignatureProblem::Missing(parameter))
    };
    let nonce = header("x-acs-signature-nonce", "SignatureNonce")?.to_owned();
    let at = read(header("x-acs-date", "Timestamp")?).ok_or(SignatureProblem::TimeFormat)?;
    Ok(Claim {
        version: SignatureVersion::V3,
        access_key_id,
        security_token: request.header("x-acs-security-token").map(str::to_owned),
        at,
        nonce,
        signature,
        signed_headers,
    })
}

/// The client chooses what it signs, in the documented order, and at least what must be signed.
fn check_headers(request: &HttpRequest, signed: &[String]) -> Result<(), SignatureProblem> {
    if !signed.is_sorted_by(|one, other| one < other) {
        return Err(SignatureProblem::Incomplete("its signed headers are not sorted"));
    }
    let here = request.headers.keys().map(String::as_str);
    let needed = REQUIRED.into_iter().chain(here.filter(|name| must_be_signed(name)));
    for name in needed {
        if !signed.iter().any(|one| one == name) {
            return Err(SignatureProblem::Incomplete("a header is not signed"));
        }
    }
    Ok(())
}

/// Verifies the signature of a request.
pub(super) fn verify(
    request: &HttpRequest,
    claim: &Claim,
    secret: &str,
) -> Result<(), SignatureProblem> {
    let body = hash(&request.body);
    let canonical = canonical_request(request, &claim.signed_headers, &body);
    let mut given = [0; 32];
    let given = base16ct::lower::decode(&claim.signature, &mut given).unwrap_or_default();
    let is_body = request.header("x-acs-content-sha256") == Some(&body);
    match mac(&canonical, secret).verify_slice(given) {
        Ok(()) if is_body => Ok(()),
        _ => Err(SignatureProblem::Mismatch(string_to_sign(&canonical))),
    }
}

/// All of the service's own headers, the host, and what says how to read the body.
fn must_be_signed(name: &str) -> bool {
    name.starts_with("x-acs-") || name == "host" || name == "content-type"
}

fn canonical_request(request: &HttpRequest, signed: &[String], body: &str) -> String {
    let value = |name: &String| request.headers.get(name).map_or("", |value| value.trim());
    let headers: String = signed.iter().map(|name| format!("{name}:{}\n", value(name))).collect();
    let query = canonical(request.query.iter());
    let HttpRequest { method, path, .. } = request;
    format!("{method}\n{path}\n{query}\n{headers}\n{}\n{body}", signed.join(";"))
}

fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", hash(canonical_request.as_bytes()))
}

fn mac(canonical_request: &str, secret: &str) -> Hmac<Sha256> {
    // The key of HMAC may have any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(string_to_sign(canonical_request).as_bytes());
    mac
}

fn hash(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}
