//! Copies of what may be a private key.

use zeroize::Zeroizing;

/// A copy that is zeroized, at most so long: a vector that grew would leave pieces behind.
pub(super) fn copied(bytes: impl Iterator<Item = u8>, length_max: usize) -> Zeroizing<Vec<u8>> {
    let mut copy = Zeroizing::new(Vec::with_capacity(length_max));
    copy.extend(bytes.take(length_max));
    copy
}
