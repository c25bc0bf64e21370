//! A file in the place of a snapshot.

use sha2::{Digest, Sha256};

use super::store;

/// Opens the file as it is, and as a state under a checksum that fits: a random change would
/// hardly ever come behind the checksum.
pub(super) fn run(bytes: &[u8]) {
    store::open(bytes, b"");
    let state = bytes.trim_ascii();
    let sum: String = Sha256::digest(state).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = [format!("{{\"checksum\":\"{sum}\",\"state\":").as_bytes(), state, b"}\n"].concat();
    store::open(&file, b"");
}
