//! What both signatures share: the order of parameters, and the form of times.

use crate::{
    ecs::wire::encoded_pairs,
    model::{ServiceTime, Timestamp, time::Precision},
};

/// Parameters as they are signed: sorted by their names' bytes, and by value where a name repeats.
pub(super) fn canonical<'a>(parameters: impl Iterator<Item = &'a (String, String)>) -> String {
    let mut parameters: Vec<_> = parameters.collect();
    parameters.sort();
    encoded_pairs(parameters)
}

/// A time to the second, such as `2016-02-23T12:46:24Z`.
pub(super) fn written(at: Timestamp) -> String {
    ServiceTime::new(at, Precision::Second).to_string()
}

/// Reads a time in that form and no other.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let is_documented = text.len() == "2016-02-23T12:46:24Z".len() && text.ends_with('Z');
    is_documented.then(|| Timestamp::parse(text)).flatten()
}
