//! Snapshots as blobs: a checksum, the run that wrote it, and the state; it goes over both.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::StoreError;
use crate::{
    model::RunId,
    state::{STATE_FORMAT, State},
};

/// Fields that a newer format may have beside these are not looked at before its name is.
#[derive(Serialize, Deserialize)]
struct Blob<'a> {
    checksum: String,
    /// Versions before runs had ids did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
    #[serde(borrow)]
    state: &'a RawValue,
}

#[derive(Deserialize)]
struct Format {
    format: String,
}

/// The content of a snapshot's blob.
pub(super) fn encode(state: &State, run: &RunId) -> String {
    let text = serde_json::value::to_raw_value(state)
        .expect("a state has string keys only, so that it can always be written");
    let checksum = checksum(Some(run), text.get());
    let blob = Blob { checksum, run: Some(run.clone()), state: &text };
    let mut text = serde_json::to_string(&blob).expect("three texts can be written");
    text.push('\n');
    text
}

/// Reads a snapshot's blob.
pub(super) fn decode(place: &str, bytes: &[u8]) -> Result<State, StoreError> {
    let damaged = |reason: String| StoreError::damaged(place, reason);
    if bytes.is_empty() {
        return Err(damaged("it is empty".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not text".to_owned()))?;
    let blob: Blob<'_> = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    if checksum(blob.run.as_ref(), blob.state.get()) != blob.checksum {
        return Err(damaged("its checksum does not fit".to_owned()));
    }
    let of: Format =
        serde_json::from_str(blob.state.get()).map_err(|error| damaged(error.to_string()))?;
    if of.format != STATE_FORMAT {
        return Err(StoreError::Format { place: place.to_owned(), format: of.format });
    }
    serde_json::from_str(blob.state.get()).map_err(|error| damaged(error.to_string()))
}

pub(super) fn checksum(run: Option<&RunId>, state: &str) -> String {
    let run = run.map_or("", RunId::as_str);
    let digest = Sha256::new().chain_update(run).chain_update(state).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
