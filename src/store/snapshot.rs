//! Snapshots as files: a checksum, and the state that it goes over.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::StoreError;
use crate::state::{STATE_FORMAT, State};

/// Fields that a newer format may have beside these are not looked at before its name is.
#[derive(Serialize, Deserialize)]
struct File<'a> {
    checksum: String,
    #[serde(borrow)]
    state: &'a RawValue,
}

#[derive(Deserialize)]
struct Format {
    format: String,
}

/// The text of a snapshot's file.
pub(super) fn encode(state: &State) -> String {
    let text = serde_json::value::to_raw_value(state)
        .expect("a state has string keys only, so that it can always be written");
    let file = File { checksum: checksum(text.get()), state: &text };
    let mut text = serde_json::to_string(&file).expect("a checksum and a text can be written");
    text.push('\n');
    text
}

/// Reads a snapshot's file.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<State, StoreError> {
    let damaged = |reason: String| StoreError::damaged(path, reason);
    if bytes.is_empty() {
        return Err(damaged("it is empty".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not text".to_owned()))?;
    let file: File<'_> = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    if checksum(file.state.get()) != file.checksum {
        return Err(damaged("its checksum does not fit".to_owned()));
    }
    let of: Format =
        serde_json::from_str(file.state.get()).map_err(|error| damaged(error.to_string()))?;
    if of.format != STATE_FORMAT {
        return Err(StoreError::Format { path: path.to_owned(), format: of.format });
    }
    serde_json::from_str(file.state.get()).map_err(|error| damaged(error.to_string()))
}

pub(super) fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
