//! How many calls a second the service is asked, for each operation in each region.
//!
//! The service limits the calls of an account for each operation and region, and tells the limits
//! nowhere but in its Quota Center. So this begins with a guess and learns from being throttled: the
//! rate halves then, and rises again slowly. The floor is the vendor's own advice for how to probe
//! after throttling.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    ecs::{CloudRead, CloudWrite, Request, SingleReboots},
    model::{Region, Timestamp, limits::DESCRIBE_INSTANCES_MAX},
};

use super::call::Call;

/// Calls a second of one operation in one region that a run begins with: a guess. The one rate that
/// the vendor has told in public, for StartInstance, is 500 a minute.
pub const RATE_START: u32 = 10;
/// The least calls a second.
const RATE_MIN: u32 = 1;
/// After so long without being throttled the rate rises by one call a second.
const RECOVERS_AFTER: Duration = Duration::from_secs(10);
/// So much of the rate may be asked at once.
const BURST: Duration = Duration::from_secs(1);

/// One operation in one region: what the service counts together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    region: Option<Region>,
    operation: &'static str,
}

impl Lane {
    /// The lane of a call of the service.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self { region: request.region().cloned(), operation: request.operation() }
    }

    /// The lane of a call of a run, and how many calls of the service it makes at least; none for one
    /// that the service does not hear of.
    pub(super) fn of_call(call: &Call) -> Option<(Self, u32)> {
        match call {
            Call::Write(write) => Some((Self::of_write(write), 1)),
            Call::Read(read) => Some(Self::of_read(read)),
            Call::CreatePair(pair) => Some((Self::of(&pair.request()), 1)),
            Call::RebootSingly(SingleReboots { region, ids, .. }) => {
                let region = Some(region.clone());
                let calls = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                Some((Self { region, operation: "RebootInstance" }, calls))
            }
            Call::GenerateKey { .. }
            | Call::StoreKey { .. }
            | Call::RetireKey { .. }
            | Call::Run { .. }
            | Call::LogOn { .. } => None,
        }
    }

    fn of_write(write: &CloudWrite) -> Self {
        let (region, operation) = match write {
            CloudWrite::Import { region, .. } => (region, "ImportKeyPair"),
            CloudWrite::Group { region, .. } => (region, "JoinResourceGroup"),
            CloudWrite::Tag { region, .. } => (region, "TagResources"),
            CloudWrite::Untag { region, .. } => (region, "UntagResources"),
            CloudWrite::Attach { region, .. } => (region, "AttachKeyPair"),
            CloudWrite::Detach { region, .. } => (region, "DetachKeyPair"),
            CloudWrite::Reboot { region, .. } => (region, "RebootInstances"),
            CloudWrite::Delete { region, .. } => (region, "DeleteKeyPairs"),
        };
        Self { region: Some(region.clone()), operation }
    }

    fn of_read(read: &CloudRead) -> (Self, u32) {
        let (region, operation, calls) = match read {
            CloudRead::Pair { region, .. } | CloudRead::Pairs { region } => {
                (region, "DescribeKeyPairs", 1)
            }
            CloudRead::Instances { region, ids } => {
                let calls = ids.len().div_ceil(DESCRIBE_INSTANCES_MAX).max(1);
                (region, "DescribeInstances", u32::try_from(calls).unwrap_or(u32::MAX))
            }
            CloudRead::Bound { region, .. } => (region, "DescribeInstances", 1),
        };
        (Self { region: Some(region.clone()), operation }, calls)
    }

    /// Where it is.
    pub(super) fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }
}

/// The rates of all lanes.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Whether the service has limits.
    is_limited: bool,
    lanes: BTreeMap<Lane, Pace>,
}

impl Budget {
    /// The budget of a service that limits how often it is called.
    #[must_use]
    pub fn limited() -> Self {
        Self { is_limited: true, lanes: BTreeMap::new() }
    }

    /// That of one without limits, such as the embedded cloud. If it asks to come back later, that
    /// is heard all the same.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { is_limited: false, lanes: BTreeMap::new() }
    }

    /// Takes so many calls out of the budget of a lane.
    ///
    /// # Errors
    /// The moment at which they may be taken, if that is not now.
    pub fn take(&mut self, lane: &Lane, calls: u32, now: Timestamp) -> Result<(), Timestamp> {
        if !self.is_limited {
            return Ok(());
        }
        let pace = self.lanes.entry(lane.clone()).or_insert_with(|| Pace::new(now));
        pace.take(calls, now)
    }

    /// When a call of a lane may be made, at the earliest.
    pub(super) fn next_at(&self, lane: &Lane, now: Timestamp) -> Timestamp {
        self.lanes.get(lane).map_or(now, |pace| pace.next_at(now))
    }

    /// A call that was sent at some moment was throttled. Those that were sent before the rate was
    /// halved last halve it no more: they were on their way already.
    pub fn throttled(&mut self, lane: &Lane, sent: Timestamp, now: Timestamp, wait: Duration) {
        if !self.is_limited {
            return;
        }
        let pace = self.lanes.entry(lane.clone()).or_insert_with(|| Pace::new(now));
        pace.throttled(sent, now, wait);
    }

    /// How many calls a second a lane may make now.
    #[must_use]
    pub fn rate(&self, lane: &Lane, now: Timestamp) -> u32 {
        self.lanes.get(lane).map_or(RATE_START, |pace| pace.rate(now))
    }
}

/// The rate of one lane.
#[derive(Clone, Debug)]
struct Pace {
    /// Calls a second since it was throttled last.
    rate: u32,
    /// When it was throttled last.
    since: Option<Timestamp>,
    /// When it was halved last.
    halved: Option<Timestamp>,
    /// Up to when the calls that were taken would have lasted, made one after the other at the rate.
    spent: Timestamp,
    /// Before this the service wants no call.
    not_before: Timestamp,
}

impl Pace {
    fn new(now: Timestamp) -> Self {
        Self { rate: RATE_START, since: None, halved: None, spent: now, not_before: now }
    }

    fn rate(&self, now: Timestamp) -> u32 {
        let Some(since) = self.since else { return self.rate };
        let risen = now.since(since).as_secs() / RECOVERS_AFTER.as_secs();
        self.rate.saturating_add(u32::try_from(risen).unwrap_or(u32::MAX)).min(RATE_START)
    }

    /// One call may be made as long as what was spent lies less than a burst ahead.
    fn next_at(&self, now: Timestamp) -> Timestamp {
        let ahead = BURST.saturating_sub(BURST / self.rate(now));
        let until = self.spent.since(now).saturating_sub(ahead);
        now.plus(until).max(self.not_before)
    }

    fn take(&mut self, calls: u32, now: Timestamp) -> Result<(), Timestamp> {
        let at = self.next_at(now);
        if at > now {
            return Err(at);
        }
        let each = BURST / self.rate(now);
        self.spent = self.spent.max(now).plus(each.saturating_mul(calls));
        Ok(())
    }

    fn throttled(&mut self, sent: Timestamp, now: Timestamp, wait: Duration) {
        let rate = self.rate(now);
        let is_news = self.halved.is_none_or(|halved| sent >= halved);
        self.rate = if is_news { (rate / 2).max(RATE_MIN) } else { rate };
        self.since = Some(now);
        if is_news {
            self.halved = Some(now);
        }
        // No burst after that: the next call is one step of the new rate away.
        self.spent = self.spent.max(now.plus(BURST));
        self.not_before = self.not_before.max(now.plus(wait));
    }
}

#[cfg(test)]
mod tests;
