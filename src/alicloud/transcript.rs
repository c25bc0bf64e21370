//! Answers of ECS as they can be shown to strangers: `keyform doctor --record`.

mod fields;
mod redact;

use serde::Serialize;
use serde_json::Value;

use self::redact::Redactor;
use super::overheard::Heard;
use crate::ecs::wire;

/// The format of the document, with its version.
pub const TRANSCRIPT_FORMAT: &str = "keyform.transcript/1";

/// The operation whose answer is the same for everybody: its order would tell which region is which.
const LISTS_REGIONS: &str = "DescribeRegions";

/// Answers without anything that tells whose they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transcript {
    /// The name of this format, with its version.
    pub format: &'static str,
    /// What a rehearsal has shown: the name of an unknown, and a sentence.
    pub learned: Vec<(String, String)>,
    /// The calls, in their order.
    pub calls: Vec<Exchange>,
}

/// One call and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// Such as `POST`.
    pub method: &'static str,
    /// The operation.
    pub action: String,
    /// The version of the API.
    pub version: &'static str,
    /// The status of HTTP; nothing if there was no answer.
    pub status: Option<u16>,
    /// The redacted body. Nothing if it is not kept, as that of CreateKeyPair.
    pub body: Option<Value>,
}

impl Transcript {
    /// The transcript of the calls of ECS among those that were heard.
    #[must_use]
    pub fn of(heard: &[Heard], learned: Vec<(String, String)>) -> Self {
        let mut redactor = Redactor::default();
        let mut calls = Vec::new();
        for one in heard {
            // The names of operations are keyform's own.
            let Some(action) = one.action.as_ref().filter(|action| *action != LISTS_REGIONS) else {
                continue;
            };
            calls.push(Exchange {
                method: one.method,
                action: action.clone(),
                version: wire::VERSION,
                status: one.status,
                body: one.body().map(|body| redactor.body(body)),
            });
        }
        Self { format: TRANSCRIPT_FORMAT, learned, calls }
    }
}

#[cfg(test)]
mod tests;
