//! A lease in virtual time, with renewals that fail.

use std::collections::VecDeque;

use super::*;
use crate::{driver::VirtualClock, store::ShelfErrorKind};

/// A lease whose renewals come to what a test has listed; then they are answered.
#[derive(Clone, Debug)]
struct Scripted {
    renewals: Arc<Mutex<(usize, VecDeque<Option<Renewed>>)>>,
    clock: VirtualClock,
    /// How long an answer takes.
    takes: Duration,
    time_to_live: Option<Duration>,
}

impl Scripted {
    fn new(clock: &VirtualClock, takes: u64, renewals: &[Option<Renewed>]) -> Self {
        let renewals = Arc::new(Mutex::new((0, renewals.iter().copied().collect())));
        let (takes, time_to_live) = (Duration::from_secs(takes), Some(Duration::from_secs(60)));
        Self { renewals, clock: clock.clone(), takes, time_to_live }
    }

    fn asked(&self) -> usize {
        self.renewals.lock().expect("no panic").0
    }
}

impl Lease for Scripted {
    fn time_to_live(&self) -> Option<Duration> {
        self.time_to_live
    }

    fn token(&self) -> Option<u64> {
        Some(1)
    }

    fn is_taken_over(&self) -> bool {
        false
    }

    fn renew(&self) -> Result<Renewed, StoreError> {
        let mut renewals = self.renewals.lock().expect("no panic");
        renewals.0 += 1;
        self.clock.sleep(self.takes);
        renewals.1.pop_front().unwrap_or(Some(Renewed::Held)).ok_or_else(|| {
            let source = crate::store::ShelfError {
                place: "memory".to_owned(),
                reason: "a test wants it so".to_owned(),
                kind: ShelfErrorKind::Unreachable,
            };
            StoreError::Unreachable { what: "could not write", place: "memory".to_owned(), source }
        })
    }

    fn release(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

const HALF: Duration = Duration::from_secs(30);

fn held(clock: &VirtualClock, lease: &Scripted) -> HeldLease {
    HeldLease::new(Box::new(lease.clone()), clock.moment(), Arc::new(clock.clone()))
}

fn at_zero() -> VirtualClock {
    VirtualClock::new(Timestamp::from_milliseconds(0))
}

#[test]
fn a_call_begins_only_if_it_ends_inside_the_lease() {
    let (lost, fails) = (Some(Renewed::Lost), None);
    // When it is asked for, what the renewals come to, whether it begins, and when.
    for (second, takes, renewals, begins_at) in [
        (0, 1, &[][..], Some(0)),
        (30, 1, &[], Some(30)),
        // It waits for a renewal.
        (31, 1, &[], Some(32)),
        (59, 0, &[], Some(59)),
        // One that fails is tried again.
        (40, 1, &[fails, fails], Some(55)),
        // Up to the end of the lease.
        (40, 1, &[fails, fails, fails, fails], None),
        (31, 1, &[lost], None),
        (60, 1, &[], None),
        // The answer comes when the lease is over.
        (59, 1, &[], None),
    ] {
        let clock = at_zero();
        let lease = Scripted::new(&clock, takes, renewals);
        let held = held(&clock, &lease);
        clock.sleep(Duration::from_secs(second));
        let what = format!("at {second}: {renewals:?}");
        assert_eq!(held.admits(HALF), begins_at.is_some(), "{what}");
        assert_eq!(held.is_held(), begins_at.is_some(), "{what}");
        if let Some(second) = begins_at {
            assert_eq!(clock.now().milliseconds(), second * 1_000, "{what}");
        }
        assert!(held.admits(Duration::ZERO) == begins_at.is_some(), "what is lost stays lost");
    }
}

#[test]
fn a_run_in_one_thread_renews_after_each_third_and_sooner_after_a_failure() {
    let clock = at_zero();
    let lease = Scripted::new(&clock, 0, &[Some(Renewed::Held), None]);
    let held = held(&clock, &lease);
    let mut due = Vec::new();
    for _ in 0..4 {
        let at = held.due_at().expect("it has an end");
        due.push(at.milliseconds() / 1_000);
        clock.advance_to(at);
        held.keep();
        held.keep();
    }
    assert_eq!((due, lease.asked()), (vec![20, 40, 46, 66], 4));
    assert!(held.is_held());
}

#[test]
fn a_loss_is_heard_once_and_at_once_if_it_was_before() {
    for is_lost_before in [false, true] {
        let clock = at_zero();
        let lease = Scripted::new(&clock, 0, &[]);
        let held = held(&clock, &lease);
        let heard = Arc::new(Mutex::new(0));
        let of_lease = heard.clone();
        let minute = Duration::from_secs(60);
        if is_lost_before {
            clock.sleep(minute);
        }
        held.begin(move || *of_lease.lock().expect("no panic") += 1);
        clock.sleep(minute);
        assert!(!held.is_held());
        assert!(!held.is_held());
        assert_eq!(*heard.lock().expect("no panic"), 1);
    }
}

/// A thread renews without being asked, and ends with its keeper.
#[test]
fn a_thread_keeps_a_lease_and_gives_it_up() {
    #[derive(Clone, Debug, Default)]
    struct Short(Arc<(Mutex<(usize, usize)>, Condvar)>);
    impl Lease for Short {
        fn time_to_live(&self) -> Option<Duration> {
            Some(Duration::from_millis(300))
        }
        fn token(&self) -> Option<u64> {
            Some(1)
        }
        fn is_taken_over(&self) -> bool {
            false
        }
        fn renew(&self) -> Result<Renewed, StoreError> {
            self.0.0.lock().expect("no panic").0 += 1;
            self.0.1.notify_all();
            Ok(Renewed::Held)
        }
        fn release(&self) -> Result<(), StoreError> {
            self.0.0.lock().expect("no panic").1 += 1;
            Ok(())
        }
    }
    let lease = Short::default();
    // A clock that stands still: the lease is not over however slow this machine is.
    let clock = at_zero();
    let held = HeldLease::new(Box::new(lease.clone()), clock.moment(), Arc::new(clock));
    let keeper = LeaseKeeper::in_thread(held.clone());
    let counts = lease.0.0.lock().expect("no panic");
    let counts = lease.0.1.wait_while(counts, |counts| counts.0 < 3).expect("no panic");
    assert_eq!(counts.1, 0);
    drop(counts);
    assert!(keeper.lease().admits(Duration::from_millis(150)));
    drop(keeper);
    assert_eq!(lease.0.0.lock().expect("no panic").1, 1, "it is given up");
}

/// Of a lock that a person may free, and that no clock ends.
#[test]
fn a_lease_without_an_end_is_asked_for_before_each_write() {
    let clock = VirtualClock::new(Timestamp::from_milliseconds(0));
    for last in [Some(Renewed::Lost), None] {
        let scripted = Scripted::new(&clock, 0, &[Some(Renewed::Held), last]);
        let scripted = Scripted { time_to_live: None, ..scripted };
        let lease =
            HeldLease::new(Box::new(scripted.clone()), clock.moment(), Arc::new(clock.clone()));
        assert!(lease.admits(HALF));
        assert!(lease.is_held());
        assert_eq!(scripted.asked(), 1, "to look costs nothing");
        assert!(!lease.admits(HALF), "{last:?}");
        assert!(!lease.is_held(), "what is lost stays so");
        assert!(!lease.admits(HALF));
    }
}
