use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::emulator::{
    World,
    example::{Cloud, P256, RSA, at, attach, ids, import, inventory, list_pairs, reboot, region},
};

/// A transport without a disk.
struct InMemory(Mutex<Cloud>);

impl Transport for InMemory {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        self.0.lock().unwrap().call(at(0), request)
    }
}

fn faulty(faults: Vec<Fault>) -> Faulty<InMemory> {
    Faulty::new(InMemory(Mutex::new(Cloud(World::new(inventory())))), faults)
}

fn at_call(number: usize, act: Act) -> Fault {
    Fault { when: When::Call(number), act }
}

fn pairs(faulty: &Faulty<InMemory>) -> usize {
    faulty.inner().0.lock().unwrap().0.pairs(&region()).count()
}

#[test]
fn a_fault_happens_at_its_call_only_with_or_without_its_effect() {
    let internal = InjectedFailure::Service { status: 500, code: "InternalError".to_owned() };
    for (act, effects) in [
        (Act::Before(InjectedFailure::NotSent), 0),
        (Act::Before(InjectedFailure::NoAnswer), 0),
        (Act::Before(internal.clone()), 0),
        (Act::Throttle, 0),
        (Act::After(InjectedFailure::NoAnswer), 1),
        (Act::After(internal.clone()), 1),
    ] {
        let faulty = faulty(vec![at_call(1, act.clone())]);
        faulty.call(&list_pairs()).expect("call 0");
        let error = faulty.call(&import("web", RSA)).expect_err("call 1");
        assert_eq!(pairs(&faulty), effects, "{act:?}");
        let expected = match act {
            Act::Throttle => error.is_throttling(),
            Act::Before(InjectedFailure::NotSent) => !error.is_outcome_unknown(),
            _ => error.is_outcome_unknown(),
        };
        assert!(expected, "{act:?}: {error}");
        faulty.call(&import("ops", P256)).expect("call 2");
    }
}

#[test]
fn a_fault_of_all_calls_happens_at_each() {
    let faulty = faulty(vec![Fault { when: When::Always, act: Act::Throttle }]);
    for _ in 0..3 {
        assert!(faulty.call(&list_pairs()).expect_err("each call").is_throttling());
    }
    assert_eq!(faulty.calls(), 3);
}

#[test]
fn a_stop_runs_its_hook_before_or_after_the_effect() {
    for (make, effects) in
        [(Act::StopBefore as fn(Hook) -> Act, 0), (Act::StopAfter as fn(Hook) -> Act, 1)]
    {
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        let hook: Hook = Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let faulty = faulty(vec![at_call(0, make(hook))]);
        let error = faulty.call(&import("web", RSA)).expect_err("it is not answered");
        assert!(matches!(error, CallError::NoAnswer { operation: "ImportKeyPair", .. }));
        assert_eq!((runs.load(Ordering::Relaxed), pairs(&faulty)), (1, effects));
    }
}

#[test]
fn chosen_items_fail_and_nothing_happens_to_them() {
    let instance_ids = ids(&["i-1"]).into_iter().collect();
    let fail = Act::FailItems { instance_ids, code: "InternalError".to_owned() };
    let faulty = faulty(vec![Fault { when: When::Always, act: fail }]);
    faulty.call(&import("web", RSA)).expect("no items");
    for request in [attach("web", &["i-1", "i-2"]), reboot(&["i-1", "i-2"])] {
        let Ok(Response::Items(mut items)) = faulty.call(&request) else { panic!("items") };
        items.sort_by(|a, b| a.instance_id.cmp(&b.instance_id));
        assert!(
            matches!(&items[0].result, ItemResult::Failure { code, .. } if code == "InternalError")
        );
        assert_eq!(items[1].result, ItemResult::Success);
        assert_eq!(items.len(), 2);
    }
    let Ok(Response::Items(items)) = faulty.call(&reboot(&["i-1"])) else { panic!("items") };
    assert!(matches!(items[0].result, ItemResult::Failure { .. }), "{items:?}");
    let cloud = faulty.inner().0.lock().unwrap();
    assert_eq!(cloud.state(at(9000), "i-1").1, "");
    assert_eq!(cloud.state(at(9000), "i-2").1, "web");
    assert_eq!(cloud.0.restarts(&region(), &ids(&["i-1"])[0]), []);
}

#[test]
fn writes_are_kept_in_order_whatever_became_of_them() {
    let faulty = faulty(vec![at_call(2, Act::Before(InjectedFailure::NotSent))]);
    let calls = [import("web", RSA), list_pairs(), attach("web", &["i-1"]), reboot(&["i-1"])];
    for request in &calls {
        let _ = faulty.call(request);
    }
    assert_eq!(faulty.calls(), 4);
    let [import, _, attach, reboot] = calls;
    assert_eq!(faulty.writes(), [import, attach, reboot]);
}
