//! Rates over seconds of a clock that the test sets.

use super::*;
use crate::ecs::DescribeInstances;

fn lane(region: &str) -> Lane {
    let region = Region::new(region).expect("a region");
    Lane::of(&Request::DescribeInstances(DescribeInstances::all(region)))
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

const NO_WAIT: Duration = Duration::ZERO;

/// How many calls a budget lets through in so many seconds from a moment on, each as soon as it may.
fn let_through(budget: &mut Budget, from: i64, seconds: i64) -> u32 {
    let (mut now, end, mut calls) = (at(from), at(from + seconds * 1000), 0);
    while now < end {
        match budget.take(&lane("cn-hangzhou"), 1, now) {
            Ok(()) => calls += 1,
            Err(later) => {
                assert!(later > now, "a moment that comes");
                now = later;
            }
        }
    }
    calls
}

#[test]
fn ten_calls_may_be_made_at_once_and_ten_a_second_then() {
    let mut budget = Budget::limited();
    let calls = let_through(&mut budget, 0, 10);
    assert!((100..=110).contains(&calls), "{calls}");
    assert_eq!(budget.take(&lane("cn-beijing"), 1, at(9_999)), Ok(()), "each region has its own");
}

#[test]
fn a_rate_halves_once_for_all_calls_that_were_on_their_way() {
    let (mut budget, here) = (Budget::limited(), lane("cn-hangzhou"));
    let rate = |budget: &Budget, now| budget.rate(&here, at(now));
    for answer in 0..8 {
        budget.throttled(&here, at(0), at(100 + answer), NO_WAIT);
    }
    assert_eq!(rate(&budget, 200), 5);
    budget.throttled(&here, at(300), at(400), NO_WAIT);
    assert_eq!(rate(&budget, 400), 2);
    for sent in [500, 600, 700] {
        budget.throttled(&here, at(sent), at(sent + 50), NO_WAIT);
    }
    assert_eq!(rate(&budget, 750), 1, "once a second is the floor");
    assert_eq!(let_through(&mut budget, 750, 5), 4, "without a burst");
    assert_eq!(rate(&budget, 750 + 29_000), 3, "one more for each ten seconds");
    assert_eq!(rate(&budget, 750 + 600_000), RATE_START);
    assert_eq!(budget.rate(&lane("cn-beijing"), at(750)), RATE_START);
}

#[test]
fn nothing_is_asked_before_the_service_wants_to_be_asked() {
    let (mut budget, here) = (Budget::limited(), lane("cn-hangzhou"));
    budget.throttled(&here, at(0), at(100), Duration::from_secs(7));
    assert_eq!(budget.take(&here, 1, at(200)), Err(at(7_100)));
    assert_eq!(budget.take(&here, 1, at(7_100)), Ok(()));
}

/// A read of a thousand instances is ten calls of the service.
#[test]
fn a_call_that_the_service_hears_several_times_takes_as_much() {
    let (mut budget, here) = (Budget::limited(), lane("cn-hangzhou"));
    assert_eq!(budget.take(&here, 30, at(0)), Ok(()));
    assert_eq!(budget.take(&here, 1, at(0)), Err(at(2_100)));
}

#[test]
fn a_service_without_limits_is_asked_as_often_as_one_likes() {
    let (mut budget, here) = (Budget::unlimited(), lane("cn-hangzhou"));
    budget.throttled(&here, at(0), at(0), Duration::from_secs(7));
    assert!((0..1000).all(|_| budget.take(&here, 1, at(0)).is_ok()));
}
