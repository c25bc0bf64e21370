//! What STS, the metadata service and the credentials URI answer: all have the same five fields.

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    alicloud::{Credentials, Problem, Secret, http::HttpResponse},
    model::Timestamp,
};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Fields {
    code: Option<String>,
    access_key_id: Secret,
    access_key_secret: Secret,
    security_token: Secret,
    expiration: String,
}

/// STS has the fields one level below the others.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Credentials")]
    credentials: Option<Fields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "Code", alias = "code")]
    code: String,
    #[serde(rename = "Message", alias = "message")]
    message: String,
}

/// Reads an answer that has credentials.
pub(in crate::alicloud) fn granted(
    body: &[u8],
    host: &str,
    action: &'static str,
    now: Timestamp,
) -> Result<Credentials, Problem> {
    let flawed =
        |flaw: &str| Problem::Answer { host: host.to_owned(), action, flaw: flaw.to_owned() };
    // What serde says of a wrong answer could repeat a part of it.
    let unreadable = |_| flawed("is no JSON object with credentials");
    let Body { credentials } = serde_json::from_slice(body).map_err(unreadable)?;
    let fields = match credentials {
        Some(fields) => fields,
        None => serde_json::from_slice(body).map_err(unreadable)?,
    };
    if let Some(code) = fields.code.filter(|code| code != "Success") {
        let host = host.to_owned();
        let message = String::new();
        return Err(Problem::Refused { host, action, status: 200, code: harmless(&code), message });
    }
    if fields.access_key_id.is_empty() || fields.access_key_secret.is_empty() {
        return Err(flawed("has no access key"));
    }
    let expires = Timestamp::parse(&fields.expiration)
        .ok_or_else(|| flawed("has no time of expiry that can be read"))?;
    if expires <= now {
        return Err(Problem::Expired {
            what: format!("what {host} answered to {action}"),
            at: expires,
            fix: "check what answers there, and the clock of this machine",
        });
    }
    Ok(Credentials {
        access_key_id: fields.access_key_id,
        access_key_secret: fields.access_key_secret,
        security_token: Some(fields.security_token).filter(|token| !token.is_empty()),
        expires: Some(expires),
    })
}

/// Reads an answer that is an error.
pub(in crate::alicloud) fn refusal(
    response: &HttpResponse,
    host: &str,
    action: &'static str,
) -> Problem {
    let found: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    let message = Zeroizing::new(found.message);
    let code = if found.code.is_empty() { "no code".to_owned() } else { harmless(&found.code) };
    // It repeats the request as it was signed, with all its parameters.
    let is_echo = matches!(code.as_str(), "SignatureDoesNotMatch" | "IncompleteSignature");
    let message = if is_echo { String::new() } else { harmless(&message) };
    Problem::Refused { host: host.to_owned(), action, status: response.status, code, message }
}

/// The longest run of the characters of keys and tokens that is shown: an access key id has 24.
const RUN_MAX: usize = 20;
/// The most characters of a message that are shown.
const SHOWN_MAX: usize = 300;

/// What a service says, without anything that could be a credential (L4): services repeat what they
/// refuse.
fn harmless(text: &str) -> String {
    let may_be_secret = |c: char| c.is_ascii_alphanumeric() || "+/=_.%-".contains(c);
    let (mut out, mut run) = (String::new(), String::new());
    for c in text.chars().take(SHOWN_MAX).map(Some).chain([None]) {
        match c.filter(|c| may_be_secret(*c)) {
            Some(c) => run.push(c),
            None => {
                let is_words = run.contains('.') && !run.contains(|c: char| c.is_ascii_digit());
                let is_short = run.chars().count() < RUN_MAX || is_words;
                out.push_str(if is_short { &run } else { "\u{2026}" });
                run.clear();
                out.extend(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_says_is_shown_without_what_could_be_a_credential() {
        for (said, shown) in [
            ("This JsonWebToken is expired.", "This JsonWebToken is expired."),
            ("key LTAI5tQhW8vKzR3nYcXpJm2d is unknown", "key \u{2026} is unknown"),
            ("token CAISq9Zw3/tLx8Rb5+NyKm2P==: no", "token \u{2026}: no"),
            ("AuthenticationFail.OIDCToken.Expired", "AuthenticationFail.OIDCToken.Expired"),
            ("for acs:ram::1234567890123456:role/ci", "for acs:ram::1234567890123456:role/ci"),
        ] {
            assert_eq!(harmless(said), shown);
        }
        assert!(harmless(&"a ".repeat(1000)).len() <= SHOWN_MAX);
    }
}
