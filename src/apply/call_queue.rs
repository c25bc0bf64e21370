//! The calls of a run that wait for their turn.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{
    budget::{Budget, Lane},
    call::Call,
    command::Ticket,
};
use crate::model::{Region, Timestamp};

/// The calls that wait for their turn, in the order in which they came; but no key is made while
/// anything else can be done.
///
/// So each key is stored, and its pair imported, before the next ones are made: a run that is killed
/// among hundreds of keys has kept those before it, and few keys are only in memory.
///
/// A call that the budget of its operation and region does not allow yet, or whose region has its
/// share of all calls in flight, holds up only its like.
#[derive(Debug)]
pub(super) struct CallQueue {
    others: VecDeque<(Ticket, Call)>,
    keys: VecDeque<(Ticket, Call)>,
    /// Calls that wait for the budget of their lane, or for their region.
    held: BTreeMap<Lane, VecDeque<(Ticket, Call)>>,
    budget: Budget,
    in_flight: InFlight,
}

/// The calls that are being made.
#[derive(Debug)]
struct InFlight {
    /// How many one region may have, so that each other one finds room.
    per_region: usize,
    regions: BTreeMap<Region, usize>,
    /// The lane of each, and when it was sent.
    sent: BTreeMap<Ticket, (Lane, Timestamp)>,
}

impl CallQueue {
    /// An empty queue of a run that makes so many calls at once, in so many regions.
    pub(super) fn new(budget: Budget, parallelism: usize, regions: usize) -> Self {
        // Each other region keeps room for one.
        let per_region = parallelism.saturating_sub(regions.saturating_sub(1)).max(1);
        Self {
            others: VecDeque::new(),
            keys: VecDeque::new(),
            held: BTreeMap::new(),
            budget,
            in_flight: InFlight { per_region, regions: BTreeMap::new(), sent: BTreeMap::new() },
        }
    }

    pub(super) fn push(&mut self, ticket: Ticket, call: Call) {
        let queue = match call {
            Call::GenerateKey { .. } => &mut self.keys,
            _ => &mut self.others,
        };
        queue.push_back((ticket, call));
    }

    /// The call whose turn it is now, if one may be made.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<(Ticket, Call)> {
        self.pop_held(now).or_else(|| self.pop_other(now)).or_else(|| self.keys.pop_front())
    }

    fn pop_held(&mut self, now: Timestamp) -> Option<(Ticket, Call)> {
        let Self { held, budget, in_flight, .. } = self;
        let (lane, ticket, call) = held.iter_mut().find_map(|(lane, calls)| {
            let (ticket, call) = calls.front()?;
            if !in_flight.may_send(budget, *ticket, call, now) {
                return None;
            }
            calls.pop_front().map(|(ticket, call)| (lane.clone(), ticket, call))
        })?;
        if held.get(&lane).is_some_and(VecDeque::is_empty) {
            held.remove(&lane);
        }
        Some((ticket, call))
    }

    fn pop_other(&mut self, now: Timestamp) -> Option<(Ticket, Call)> {
        while let Some((ticket, call)) = self.others.pop_front() {
            let Some((lane, _)) = Lane::of_call(&call) else { return Some((ticket, call)) };
            let is_behind = self.held.contains_key(&lane);
            if !is_behind && self.in_flight.may_send(&mut self.budget, ticket, &call, now) {
                return Some((ticket, call));
            }
            self.held.entry(lane).or_default().push_back((ticket, call));
        }
        None
    }

    /// The moment at which the budget of a call that waits allows it. A region that has its share of
    /// calls in flight has room when one of them is answered, which is no moment.
    pub(super) fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let lanes = self.held.keys().filter(|lane| self.in_flight.has_room(lane));
        lanes.map(|lane| self.budget.next_at(lane, now)).min()
    }

    /// A call was answered. `wait` is how long the service wants its like not to be made, if it was
    /// throttled.
    pub(super) fn answered(&mut self, ticket: Ticket, wait: Option<Duration>, now: Timestamp) {
        let Some((lane, sent)) = self.in_flight.end(ticket) else { return };
        if let Some(wait) = wait {
            self.budget.throttled(&lane, sent, now, wait);
        }
    }

    /// Takes all of them out.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Ticket, Call)> + use<> {
        let held = std::mem::take(&mut self.held).into_values().flatten();
        let others = std::mem::take(&mut self.others);
        held.chain(others).chain(std::mem::take(&mut self.keys))
    }
}

impl InFlight {
    fn has_room(&self, lane: &Lane) -> bool {
        let of_region = lane.region().and_then(|region| self.regions.get(region));
        of_region.is_none_or(|count| *count < self.per_region)
    }

    /// Whether a call of the service may be sent now; notes that it is.
    fn may_send(
        &mut self,
        budget: &mut Budget,
        ticket: Ticket,
        call: &Call,
        now: Timestamp,
    ) -> bool {
        let Some((lane, calls)) = Lane::of_call(call) else { return true };
        if !self.has_room(&lane) || budget.take(&lane, calls, now).is_err() {
            return false;
        }
        if let Some(region) = lane.region() {
            *self.regions.entry(region.clone()).or_default() += 1;
        }
        self.sent.insert(ticket, (lane, now));
        true
    }

    fn end(&mut self, ticket: Ticket) -> Option<(Lane, Timestamp)> {
        let (lane, sent) = self.sent.remove(&ticket)?;
        if let Some(count) = lane.region().and_then(|region| self.regions.get_mut(region)) {
            *count -= 1;
        }
        Some((lane, sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ecs::CloudRead,
        model::{CloudName, StepId},
    };

    fn read(region: &str) -> Call {
        let region = Region::new(region).expect("a region");
        Call::Read(CloudRead::Pair { region, name: CloudName::new("web") })
    }

    fn ticket(place: usize) -> Ticket {
        Ticket::Step(StepId::new(place))
    }

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1000)
    }

    fn popped(queue: &mut CallQueue, now: Timestamp) -> Vec<Ticket> {
        std::iter::from_fn(|| queue.pop(now)).map(|(ticket, _)| ticket).collect()
    }

    #[test]
    fn what_waits_for_its_rate_holds_up_only_its_like_and_keeps_its_order() {
        let mut queue = CallQueue::new(Budget::limited(), 100, 2);
        for place in 0..15 {
            queue.push(ticket(place), read("cn-hangzhou"));
        }
        queue.push(ticket(20), read("cn-beijing"));
        queue.push(ticket(21), Call::StoreKey { name: CloudName::new("web") });
        let first: Vec<_> = (0..10).chain([20, 21]).map(ticket).collect();
        assert_eq!(popped(&mut queue, second(0)), first);
        let next = queue.next_at(second(0)).expect("some wait");
        assert!(next > second(0) && next < second(1), "{next}");
        queue.push(ticket(15), read("cn-hangzhou"));
        assert_eq!(popped(&mut queue, second(9)), (10..16).map(ticket).collect::<Vec<_>>());
        assert_eq!(queue.next_at(second(9)), None);
    }

    #[test]
    fn a_region_that_does_not_answer_leaves_room_for_each_other_one() {
        let mut queue = CallQueue::new(Budget::unlimited(), 4, 3);
        for place in 0..5 {
            queue.push(ticket(place), read("cn-hangzhou"));
        }
        queue.push(ticket(7), read("cn-beijing"));
        assert_eq!(popped(&mut queue, second(0)), [0, 1, 7].map(ticket));
        assert_eq!(queue.next_at(second(0)), None, "an answer is waited for, and no moment");
        queue.answered(ticket(1), None, second(1));
        assert_eq!(popped(&mut queue, second(1)), [ticket(2)]);
        assert_eq!(queue.take().count(), 2);
    }

    #[test]
    fn one_call_at_a_time_is_made_in_any_region() {
        let mut queue = CallQueue::new(Budget::unlimited(), 1, 3);
        queue.push(ticket(0), read("cn-hangzhou"));
        assert_eq!(popped(&mut queue, second(0)), [ticket(0)]);
    }

    #[test]
    fn a_call_that_was_throttled_slows_its_like() {
        let mut queue = CallQueue::new(Budget::limited(), 10, 1);
        queue.push(ticket(0), read("cn-hangzhou"));
        assert_eq!(popped(&mut queue, second(0)), [ticket(0)]);
        queue.answered(ticket(0), Some(Duration::from_secs(3)), second(1));
        queue.push(ticket(1), read("cn-hangzhou"));
        assert_eq!(popped(&mut queue, second(3)), []);
        assert_eq!(queue.next_at(second(3)), Some(second(4)));
        assert_eq!(popped(&mut queue, second(4)), [ticket(1)]);
    }
}
