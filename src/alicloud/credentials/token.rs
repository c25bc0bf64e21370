//! A token of OpenID Connect, and what it says of itself.

use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Problem, Renewal, Secret, Surroundings, ask::ask, uri};
use crate::{
    alicloud::http::{HttpRequest, Method},
    model::Timestamp,
};

/// Below these the files are that Kubernetes replaces before they expire.
const REPLACED: [&str; 2] = ["/var/run/secrets/", "/run/secrets/"];

/// For whom GitHub makes the token.
const AUDIENCE: &str = "sts.aliyuncs.com";

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenFrom {
    /// A file, read again for each renewal.
    File(PathBuf),
    /// GitHub Actions, which makes a new one for each request of a job.
    GitHub { url: String, bearer: Secret },
}

/// A token, and how long there will be others.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: Secret,
    pub(super) renewal: Renewal,
}

impl TokenFrom {
    pub(super) fn get(&self, around: &Surroundings) -> Result<Token, Problem> {
        match self {
            Self::File(path) => from_file(path, around),
            Self::GitHub { url, bearer } => from_github(url, bearer, around),
        }
    }
}

fn from_file(path: &Path, around: &Surroundings) -> Result<Token, Problem> {
    let file = path.display().to_string();
    let bytes = around
        .files
        .read(path)
        .map_err(|error| Problem::Unreadable { file: file.clone(), reason: error.to_string() })?;
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    if text.is_empty() {
        let flaw = "is empty or no text; a token was expected".to_owned();
        return Err(Problem::Malformed { what: file, flaw });
    }
    let end = expiry(text);
    if let Some(at) = end.filter(|at| *at <= (around.now)()) {
        return Err(Problem::Expired {
            what: format!("the token in {file}"),
            at,
            fix: "run the job again, or let it ask for a token that lives longer",
        });
    }
    let is_replaced = REPLACED.iter().any(|directory| path.starts_with(directory));
    let renewal = match end {
        _ if is_replaced => Renewal::Always,
        Some(end) => Renewal::Until(end),
        None => Renewal::Never,
    };
    Ok(Token { text: Secret::new(text), renewal })
}

fn from_github(url: &str, bearer: &Secret, around: &Surroundings) -> Result<Token, Problem> {
    #[derive(Deserialize)]
    struct Answer {
        value: Secret,
    }

    let action = "the request for the job's token";
    let address = uri::parse("ACTIONS_ID_TOKEN_REQUEST_URL", url)?;
    let mut request =
        HttpRequest::new(Method::Get, address.host, &address.path, around.timeouts.sts);
    request.query = vec![("audience".to_owned(), AUDIENCE.to_owned())];
    request = request.with_header("authorization", format!("Bearer {}", bearer.expose()));
    let host = request.host.authority();
    let response = ask(&*around.http, &request, action)?;
    if response.status != 200 {
        return Err(Problem::Refused {
            host,
            action,
            status: response.status,
            code: "no code".to_owned(),
            message: "the job needs `permissions: {id-token: write}`".to_owned(),
        });
    }
    let flaw = "has no token in it".to_owned();
    let Answer { value } = serde_json::from_slice(&response.body).map_err(|_| Problem::Answer {
        host,
        action,
        flaw,
    })?;
    Ok(Token { text: value, renewal: Renewal::Always })
}

/// When a token says that it expires. Only the service decides whether it is genuine.
fn expiry(token: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }

    let payload = token.split('.').nth(1)?;
    let json = Zeroizing::new(Base64UrlUnpadded::decode_vec(payload).ok()?);
    let Claims { exp } = serde_json::from_slice(&json).ok()?;
    Some(Timestamp::from_milliseconds(exp.checked_mul(1000)?))
}
