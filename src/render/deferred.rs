//! The deferred work of applied plans.

use std::fmt::Write as _;

use super::words::count;
use crate::{
    model::{ServiceTime, Timestamp, time::Precision},
    state::DeferredItem,
    visible,
};

/// The deferred work, and when its time is; nothing if there is none.
#[must_use]
pub fn text(left: &[DeferredItem], now: Timestamp) -> String {
    let mut out = String::new();
    for deferred in left {
        let instances = count(deferred.instances, "instance");
        let what = match &deferred.name {
            Some(name) => format!("to be bound to {name}"),
            None => "to be unbound".to_owned(),
        };
        let windows = match deferred.windows.as_slice() {
            [] => String::new(),
            windows => format!(", in {}", windows.join(" and ")),
        };
        let when = match deferred.from {
            Some(from) if from > now => format!("from {} on", moment(from)),
            Some(_) => "from now on".to_owned(),
            None => "no time for it comes within two years".to_owned(),
        };
        let DeferredItem { binding, region, .. } = deferred;
        let text = format!(
            "Left to its time: {instances} of {binding} in {region} {what}{windows}: {when}"
        );
        let _ = writeln!(out, "{}", visible::line(&text));
    }
    if !left.is_empty() {
        out.push_str("`keyform apply --due` does it then, without another approval.\n");
    }
    out
}

/// A moment for people.
#[must_use]
pub fn moment(moment: Timestamp) -> String {
    ServiceTime::new(moment, Precision::Minute).to_string()
}
