//! What each step waits for, and when that is said again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::model::{StepId, Timestamp};

/// How often it is said that something is still awaited.
pub(super) const SAID_EVERY: Duration = Duration::from_secs(30);

/// What a step waits for, as the engine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitFor {
    /// The answer to its call.
    Answer,
    /// That a read shows what was written.
    Shown,
    /// Others that are down.
    Others,
    /// Its instances: they restart, settle, or have programs that run for them.
    Instances,
}

#[derive(Debug)]
struct Wait {
    what: WaitFor,
    since: Timestamp,
    /// When it is said next.
    at: Timestamp,
}

/// A wait that is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) step: StepId,
    pub(super) what: WaitFor,
    pub(super) since: Timestamp,
}

/// The waits of all steps.
#[derive(Debug, Default)]
pub(super) struct Waits {
    waits: BTreeMap<StepId, Wait>,
    due: BTreeSet<(Timestamp, StepId)>,
}

impl Waits {
    /// A step waits from now on, unless it has waited for the same before.
    pub(super) fn begin(&mut self, step: StepId, what: WaitFor, now: Timestamp) {
        if self.waits.get(&step).is_some_and(|wait| wait.what == what) {
            return;
        }
        self.end(step);
        self.put(step, Wait { what, since: now, at: now.plus(SAID_EVERY) });
    }

    /// A step waits no more.
    pub(super) fn end(&mut self, step: StepId) {
        if let Some(wait) = self.waits.remove(&step) {
            self.due.remove(&(wait.at, step));
        }
    }

    /// When a wait is to be told next, if anything is awaited.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.due.first().map(|&(at, _)| at)
    }

    /// The waits that are to be told now; each is due again half a minute later.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Due> {
        let mut told = Vec::new();
        while let Some(&(at, step)) = self.due.first()
            && at <= now
        {
            self.due.pop_first();
            let Some(wait) = self.waits.remove(&step) else { continue };
            let Wait { what, since, .. } = wait;
            told.push(Due { step, what, since });
            self.put(step, Wait { at: now.plus(SAID_EVERY), ..wait });
        }
        told
    }

    fn put(&mut self, step: StepId, wait: Wait) {
        self.due.insert((wait.at, step));
        self.waits.insert(step, wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1000)
    }

    #[test]
    fn a_wait_is_told_every_half_minute_until_it_ends_or_changes() {
        let (mut waits, step) = (Waits::default(), StepId::new(3));
        assert_eq!(waits.next_at(), None);
        waits.begin(step, WaitFor::Answer, second(10));
        waits.begin(step, WaitFor::Answer, second(20));
        assert_eq!((waits.next_at(), waits.due(second(39))), (Some(second(40)), Vec::new()));
        let due = |what, since| vec![Due { step, what, since: second(since) }];
        assert_eq!(waits.due(second(40)), due(WaitFor::Answer, 10));
        assert_eq!(waits.due(second(40)), []);
        assert_eq!(waits.due(second(71)), due(WaitFor::Answer, 10), "late, and once");
        waits.begin(step, WaitFor::Instances, second(75));
        assert_eq!(waits.due(second(104)), [], "it waits for something else");
        assert_eq!(waits.due(second(105)), due(WaitFor::Instances, 75));
        waits.end(step);
        assert_eq!((waits.next_at(), waits.due(second(500))), (None, Vec::new()));
    }
}
