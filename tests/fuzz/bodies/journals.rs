//! A file in the place of a journal.

use keyform::frame;

use super::store;

/// The snapshot that the journals continue.
const SNAPSHOT: &[u8] = include_bytes!("../snapshot.json");

/// Opens the file as it is, and its lines with checksums that fit: a random change would hardly
/// ever come behind a checksum.
pub(super) fn run(bytes: &[u8]) {
    store::open(SNAPSHOT, bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let framed: String = text.lines().map(frame::encode).collect();
    store::open(SNAPSHOT, framed.as_bytes());
}
