//! A step that goes on, and the instances that it waits for.

use super::names::names;
use crate::{
    model::{InstanceId, Timestamp},
    render::{
        words::{count, duration},
        wrap::wrapped,
    },
    visible,
};

/// The space before rows that go on.
pub(super) const INDENT: usize = 4;
/// How many rows the instances have that wait for the same.
const NAME_ROWS_MAX: usize = 2;
/// What a step says that waits for other instances.
pub(super) const OTHERS: &str = "waiting, since these are down";

/// A step that goes on.
#[derive(Debug)]
pub(super) struct Running {
    /// Its binding and wave, if it has one.
    place: Option<String>,
    /// How many instances it works on.
    instances: usize,
    /// What it does; never empty.
    parts: Vec<Part>,
}

/// What a step does, and for which instances.
#[derive(Debug)]
struct Part {
    doing: String,
    since: Timestamp,
    /// Those that are awaited.
    awaited: Vec<InstanceId>,
}

impl Running {
    /// A step that does this, without any instances so far.
    pub(super) fn new(place: Option<String>, doing: String, since: Timestamp) -> Self {
        Self { place, instances: 0, parts: vec![Part { doing, since, awaited: Vec::new() }] }
    }

    /// From now on it does this for these instances.
    pub(super) fn begin(&mut self, doing: String, instances: &[InstanceId], since: Timestamp) {
        self.instances = instances.len();
        self.parts = vec![Part { doing, since, awaited: instances.to_vec() }];
    }

    /// It waits until others are back.
    pub(super) fn wait_for_others(&mut self, down: &[InstanceId], since: Timestamp) {
        self.begin(OTHERS.to_owned(), down, since);
    }

    /// For these instances it does this now, and for the others what it did before.
    pub(super) fn part(&mut self, doing: String, instances: &[InstanceId], since: Timestamp) {
        for part in &mut self.parts {
            part.awaited.retain(|one| !instances.contains(one));
        }
        self.parts.retain(|part| !part.awaited.is_empty());
        self.parts.push(Part { doing, since, awaited: instances.to_vec() });
    }

    /// These instances are not awaited any more.
    pub(super) fn leave(&mut self, instances: &[InstanceId]) {
        for part in &mut self.parts {
            part.awaited.retain(|one| !instances.contains(one));
        }
        if self.parts.iter().any(|part| !part.awaited.is_empty()) {
            self.parts.retain(|part| !part.awaited.is_empty());
        }
    }

    /// It tries again what it did.
    pub(super) fn retry(&mut self, doing: String) {
        if let Some(part) = self.parts.last_mut() {
            part.doing = doing;
        }
    }

    /// The rows at a moment.
    pub(super) fn rows(&self, now: Timestamp, width: usize) -> Vec<String> {
        self.parts.iter().flat_map(|part| self.rows_of(part, now, width)).collect()
    }

    fn rows_of(&self, part: &Part, now: Timestamp, width: usize) -> Vec<String> {
        let number = match (part.awaited.len(), self.instances) {
            (0, _) => String::new(),
            (left, all) if left < all => format!(": {left} of {}", count(all, "instance")),
            (left, _) => format!(": {}", count(left, "instance")),
        };
        let (doing, time) = (&part.doing, duration(now.since(part.since)));
        let title = match &self.place {
            Some(place) => format!("{place}, {time}: {doing}{number}"),
            None => format!("{doing}{number}, {time}"),
        };
        let mut rows = wrapped(&visible::line(&title), width, INDENT);
        rows.extend(names(&part.awaited, width, INDENT, NAME_ROWS_MAX));
        rows
    }
}
