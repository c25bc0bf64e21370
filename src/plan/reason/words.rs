//! Words that several reasons use.

use std::fmt;

use crate::model::{ServiceTime, Timestamp, time::Precision};

/// A time as people read it: nobody plans in milliseconds.
pub(super) fn second(time: Timestamp) -> ServiceTime {
    ServiceTime::new(time, Precision::Second)
}

/// Names or ids, one after the other.
pub(super) fn list<T: fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
