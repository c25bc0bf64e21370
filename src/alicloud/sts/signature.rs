//! The signature of a request over all its parameters, by HMAC-SHA1.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::alicloud::{
    Credentials,
    http::{Method, encoded, encoded_pairs},
};

/// Adds who signs, and the signature, to the parameters of a request.
pub(super) fn sign(
    method: Method,
    parameters: &mut Vec<(String, String)>,
    by: &Credentials,
    nonce: String,
) {
    let mut add = |name: &str, value: String| parameters.push((name.to_owned(), value));
    add("AccessKeyId", by.access_key_id.expose().to_owned());
    add("SignatureMethod", "HMAC-SHA1".to_owned());
    add("SignatureVersion", "1.0".to_owned());
    add("SignatureNonce", nonce);
    if let Some(token) = &by.security_token {
        add("SecurityToken", token.expose().to_owned());
    }
    let signature = signature(method, parameters, by.access_key_secret.expose());
    parameters.push(("Signature".to_owned(), signature));
}

fn signature(method: Method, parameters: &[(String, String)], secret: &str) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort();
    let canonical = encoded_pairs(&sorted);
    let to_sign =
        Zeroizing::new(format!("{}&%2F&{}", method.as_str(), encoded(canonical.as_str())));
    let key = Zeroizing::new(format!("{secret}&"));
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(to_sign.as_bytes());
    for (_, value) in sorted {
        drop(Zeroizing::new(value));
    }
    Base64::encode_string(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the vendor's documentation.
    #[test]
    fn the_signature_is_that_of_the_vendor_s_example() {
        let parameters = [
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Format", "XML"),
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("Version", "2014-05-26"),
            ("SignatureVersion", "1.0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = signature(Method::Get, &parameters, "testsecret");
        assert_eq!(signature, "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }
}
