//! Snapshots as blobs: a checksum, the run that wrote it, and the state; it goes over both.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{
    Marker, StoreError,
    marker::{ARRIVING_FORMAT, MOVED_FORMAT},
};
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

/// What has the name of a snapshot.
#[derive(Debug)]
pub(super) enum Content {
    State(State),
    /// The state was moved away, or is on its way here.
    Marker(Marker),
}

/// The content of a snapshot's blob.
pub(super) fn encode(state: &State, run: &RunId) -> String {
    encode_as(state, run)
}

/// The content of a marker's blob: of the same form, so that versions that do not know it refuse its
/// format.
pub(super) fn encode_marker(marker: &Marker, run: &RunId) -> String {
    encode_as(marker, run)
}

fn encode_as(content: &impl Serialize, run: &RunId) -> String {
    let text = serde_json::value::to_raw_value(content)
        .expect("a state and a marker have string keys only, so that they can always be written");
    let checksum = checksum(Some(run), text.get());
    let blob = Blob { checksum, run: Some(run.clone()), state: &text };
    let mut text = serde_json::to_string(&blob).expect("three texts can be written");
    text.push('\n');
    text
}

/// Reads a snapshot's blob. A marker in its place is the error that says where the state is.
pub(super) fn decode(place: &str, bytes: &[u8]) -> Result<State, StoreError> {
    match open(place, bytes)? {
        Content::State(state) => Ok(state),
        Content::Marker(marker) => Err(StoreError::of_marker(place.to_owned(), marker)),
    }
}

/// Reads a blob that has the name of a snapshot.
pub(super) fn open(place: &str, bytes: &[u8]) -> Result<Content, StoreError> {
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
    let text = blob.state.get();
    let content = match of.format.as_str() {
        STATE_FORMAT => serde_json::from_str(text).map(Content::State),
        MOVED_FORMAT | ARRIVING_FORMAT => serde_json::from_str(text).map(Content::Marker),
        _ => return Err(StoreError::Format { place: place.to_owned(), format: of.format }),
    };
    content.map_err(|error| damaged(error.to_string()))
}

pub(super) fn checksum(run: Option<&RunId>, state: &str) -> String {
    let run = run.map_or("", RunId::as_str);
    let digest = Sha256::new().chain_update(run).chain_update(state).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
