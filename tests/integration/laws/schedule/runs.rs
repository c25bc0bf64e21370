//! Runs keep to windows, settle, bear failures, and leave to people what is theirs (L1, L3, L9).

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use keyform::{
    apply::{Failure, StopReason},
    driver::Clock as _,
    ecs::Request,
    emulator::{Act, Actor, Fact, Fault, When},
    model::{InstanceId, RestartWhen},
    plan::{
        Action, Obstacle,
        check::{Flaw, check},
    },
    state::Intent,
};

use super::{fleet, report, time, with_policy};
use crate::laws::{
    restarts::{Meddler, first_reboot, reboots},
    scene::{INVENTORY, Ran, Scene, instances, region},
};

/// A window that closes a minute after a scene begins.
const CLOSING: &str = "when: window, timeout: 45s, windows: [{days: [mon], start: \"09:01\", \
                       duration: 1h, timeZone: UTC}]";

/// A run in which no restart begins outside of the window that [`CLOSING`] is.
fn run_in_windows(scene: &Scene) -> Ran {
    let (clock, first) = (scene.clock.clone(), time("2026-11-23T09:01:00Z"));
    scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            if matches!(request, Request::RebootInstances { .. }) {
                let since = clock.now().since(first).as_secs() % (7 * 86_400);
                assert!(since <= 3600, "a restart begins {since} s after the window has opened");
            }
        },
    })
}

#[test]
fn a_run_at_the_end_of_its_window_does_what_fits_and_the_next_window_ends_it() {
    let scene = fleet(CLOSING);
    let plan = scene.plan(false);
    let ran = run_in_windows(&scene);
    let (_, first) = report(&ran);
    assert_eq!(first.stopped, Some(StopReason::Window));
    assert!((1..3).contains(&reboots(&ran)), "some fit: {}", reboots(&ran));
    let waiting = scene.plan(false);
    assert!(waiting.is_empty() && waiting.summary.waiting == 3 - reboots(&ran), "{waiting:#?}");
    // The saved plan begins nothing outside of its window, and goes on in the next one.
    scene.pass(Duration::from_secs(86_400));
    let outside = scene.run_saved(&plan, Vec::new());
    assert_eq!(report(&outside).1.stopped, Some(StopReason::Window));
    assert!(outside.writes.is_empty(), "{:?}", outside.writes);
    let next = scene.at(time("2026-11-30T09:10:00Z"));
    let fresh = next.fork();
    assert!(report(&next.run_saved(&plan, Vec::new())).1.is_complete());
    for scene in [next, fresh] {
        run_in_windows(&scene).outcome.expect("it comes to its end");
        assert!(scene.plan(false).is_empty() && scene.plan(false).notes.is_empty());
        for (id, (pair, in_effect, _, restarts)) in scene.end().instances {
            assert_eq!((pair.as_deref(), in_effect, restarts), (Some("web"), true, 1), "{id}");
        }
    }
}

/// Whenever the machine stops, the next window ends it (L1), and nothing begins outside of one (L9).
#[test]
fn a_run_that_is_killed_in_its_window_is_ended_in_the_next_one() {
    let before = fleet(CLOSING);
    let calls = run_in_windows(&before.fork()).calls;
    for call in (0..calls).step_by(3) {
        let scene = before.fork();
        let (hook, stopped) = scene.stopper();
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act: Act::StopAfter(hook) }]);
        scene.crash();
        let scene = scene.at(*stopped.get().expect("it was stopped"));
        run_in_windows(&scene).outcome.expect("it comes to its end");
        scene.pass(Duration::from_secs(3600));
        assert!(scene.plan(false).steps.iter().all(|step| step.action.items().is_empty()));
        let next = scene.at(time("2026-11-30T09:10:00Z"));
        run_in_windows(&next).outcome.expect("it comes to its end");
        assert!(next.plan(false).is_empty(), "after call {call}: {:#?}", next.plan(false));
        assert!(
            next.end()
                .instances
                .values()
                .all(|(_, in_effect, _, restarts)| { *in_effect && *restarts == 1 })
        );
    }
}

/// Its window has closed since, and it is on its way.
#[test]
fn the_return_of_what_was_restarted_is_waited_for_outside_of_its_window() {
    let mut scene = fleet(CLOSING);
    scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", "restartTime: 10m"));
    let reboot = first_reboot(&fleet("when: now"));
    let (hook, stopped) = scene.stopper();
    let act = Act::StopAfter(hook);
    let _ = scene.run(false, vec![Fault { when: When::Call(reboot), act }]);
    scene.crash();
    let closed = scene.at(stopped.get().expect("it was stopped").plus(Duration::from_secs(120)));
    let plan = closed.plan(false);
    let watched = plan.steps.iter().filter(|step| matches!(step.action, Action::Restart { .. }));
    let watched: Vec<_> = watched.flat_map(|step| step.action.items()).collect();
    assert!(matches!(&watched[..], [item] if item.id == InstanceId::new("i-1")), "{plan:#?}");
    assert_eq!(plan.summary.deferred[0].instances, 2);
}

/// The machine stops between the note that an instance will be restarted and the call that does it.
#[test]
fn a_restart_of_which_there_is_no_sign_has_its_time_like_others() {
    let lunch = "when: now, timeout: 2m, deny: [{from: \"2026-11-23T11:00:00Z\", to: \
                 \"2026-11-23T12:00:00Z\", reason: lunch}]";
    let scene = fleet(lunch);
    let disk = scene.disk.clone();
    let _ = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            if matches!(request, Request::RebootInstances { .. }) {
                disk.stop_now();
            }
        },
    });
    scene.crash();
    let lunch = scene.at(time("2026-11-23T11:10:00Z"));
    let state = lunch.states().newest().expect("a state").expect("a state");
    assert!(
        state.recorded.intents.values().any(|call| matches!(call.intent, Intent::Restart { .. }))
    );
    assert_eq!(lunch.plan(false).summary.instances_restarted, 0);
    lunch.apply(false);
    let later = lunch.at(time("2026-11-23T12:10:00Z"));
    later.converge(false);
    assert!(later.end().instances.values().all(|(_, _, _, restarts)| *restarts == 1));
}

#[test]
fn what_is_manual_takes_effect_when_somebody_restarts_it() {
    let scene = fleet("when: manual");
    let ran = scene.run(false, Vec::new());
    assert!(report(&ran).1.is_complete());
    assert_eq!(reboots(&ran), 0);
    let mut forged = fleet("when: now").plan(false);
    forged.fleets[0].restart.when = RestartWhen::Manual;
    let found = check(&forged).expect_err("it restarts").0;
    let restarts = |flaw: &Flaw| matches!(flaw, Flaw::RestartsManual { .. });
    assert!(found.iter().any(restarts), "{found:?}");
    let plan = scene.plan(false);
    assert!(plan.is_empty() && plan.summary.waiting == 3, "{plan:#?}");
    scene.pass(Duration::from_secs(60));
    for id in ["i-1", "i-2", "i-3"] {
        scene.restart(id);
    }
    scene.pass(Duration::from_secs(60));
    let plan = scene.plan(false);
    assert!(plan.is_empty() && plan.notes.is_empty(), "{plan:#?}");
    assert_eq!(scene.guests_of("web").len(), 3);
}

/// The generation before stays while guests that nobody has restarted accept it (L3).
#[test]
fn a_manual_rotation_keeps_the_old_generation_until_people_have_restarted() {
    let manual = with_policy("web", "i-1, i-2, i-3", "when: manual");
    let mut scene = Scene::new(&manual.replace("when: manual", "when: now"));
    scene.apply(false);
    let rotated = manual.replace("spec: {tags", "spec: {generation: 2, keepPrevious: false, tags");
    scene.write("web.yaml", &rotated);
    scene.run(false, Vec::new()).outcome.expect("it comes to its end");
    assert!(scene.plan(false).is_empty());
    assert!(scene.end().pairs.contains_key("web"), "its guests accept it");
    scene.pass(Duration::from_secs(60));
    scene.happen(Fact::Restarted {
        region: region(),
        instance_ids: instances(),
        milliseconds: 30_000,
        lag_milliseconds: 0,
        moves_start_time: true,
        by: Actor::Person,
    });
    scene.pass(Duration::from_secs(60));
    scene.apply(false);
    assert!(!scene.end().pairs.contains_key("web"), "nobody accepts it any more");
    scene.nothing_is_lost();
}

#[test]
fn an_instance_counts_as_back_once_it_has_settled() {
    let scene = fleet("when: now, settle: 45s");
    let (clock, seen) = (scene.clock.clone(), Arc::new(Mutex::new(Vec::new())));
    let times = seen.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            if matches!(request, Request::RebootInstances { .. }) {
                times.lock().expect("no panic").push(clock.now());
            }
        },
    });
    assert!(report(&ran).1.is_complete());
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen.len(), 3);
    for pair in seen.windows(2) {
        let between = pair[1].since(pair[0]).as_secs();
        // A restart takes 30 s here.
        assert!((75..100).contains(&between), "{between} s");
    }
}

#[test]
fn an_instance_that_does_not_come_back_in_its_time_fails() {
    let mut scene = fleet("when: now, timeout: 1m");
    scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", "restartTime: 2h"));
    let before = scene.clock.now();
    let ran = scene.run(false, Vec::new());
    let (_, report) = report(&ran);
    let failed: Vec<_> = report.steps.iter().flat_map(|step| &step.failed).collect();
    assert!(
        failed
            .iter()
            .any(|(_, reason)| matches!(reason, Failure::NotBackInTime { seconds: 60, .. }))
    );
    assert_eq!(reboots(&ran), 1);
    assert!(scene.clock.now().since(before) < Duration::from_secs(90));
}

/// The instance is refused whatever is done to it.
fn refusing(id: &str) -> Vec<Fault> {
    let instance_ids = BTreeSet::from([InstanceId::new(id)]);
    let code = "IncorrectInstanceStatus".to_owned();
    vec![Fault { when: When::Always, act: Act::FailItems { instance_ids, code } }]
}

#[test]
fn waves_go_on_while_no_more_than_so_many_have_failed() {
    for (most, others) in [(0, 0), (1, 2)] {
        let scene = fleet(&format!("when: now, maxFailures: {most}"));
        let ran = scene.run(false, refusing("i-1"));
        assert!(!report(&ran).1.is_complete());
        assert_eq!(scene.guests_of("web").len(), others, "maxFailures: {most}");
        scene.converge(false);
        assert_eq!(scene.guests_of("web").len(), 3);
    }
}

/// An instance that failed goes on accepting what it did: that stays (L3).
#[test]
fn failures_that_are_borne_keep_the_old_generation() {
    let policy = "when: now, maxFailures: 2";
    let mut scene = fleet(policy);
    scene.apply(false);
    let text = with_policy("web", "i-1, i-2, i-3", policy);
    let rotated = text.replace("spec: {tags", "spec: {generation: 2, keepPrevious: false, tags");
    scene.write("web.yaml", &rotated);
    let ran = scene.run(false, refusing("i-1"));
    assert!(!report(&ran).1.is_complete());
    assert_eq!(scene.guests_of("web-g2").len(), 2);
    assert_eq!(scene.guests_of("web").len(), 1);
    scene.nothing_is_lost();
    scene.converge(false);
    assert_eq!(scene.guests_of("web-g2").len(), 3);
    assert!(!scene.end().pairs.contains_key("web"));
}

/// What is pending and waits is recorded with its policy of now, which is what counts once no
/// manifest has it.
#[test]
fn the_policy_of_what_waits_is_recorded_all_the_same() {
    let mut scene = fleet("when: manual");
    scene.apply(false);
    let policy = "when: manual, maxUnavailable: 2";
    scene.write("web.yaml", &with_policy("web", "i-1, i-2, i-3", policy));
    let plan = scene.plan(false);
    assert_eq!((plan.summary.records, plan.summary.waiting), (3, 3), "{plan:#?}");
    scene.apply(false);
}

#[test]
fn nothing_is_unbound_outside_of_the_recorded_windows() {
    let scene = fleet(CLOSING);
    let next = scene.at(time("2026-11-30T09:10:00Z"));
    next.apply(false);
    next.pass(Duration::from_secs(3600));
    let plan = next.plan(true);
    assert_eq!(plan.summary.deferred[0].unbound, 3, "{plan:#?}");
    next.apply(true);
    let plan = next.plan(true);
    assert!(plan.is_empty() && plan.summary.waiting == 4, "the pair waits too: {plan:#?}");
    let night = next.at(time("2026-12-07T09:10:00Z"));
    night.apply(true);
    assert!(night.end().pairs.is_empty());
}

#[test]
fn what_is_urgent_is_restarted_outside_of_its_window_and_not_where_that_is_denied() {
    let urgent = |policy: &str| Scene::new(&super::urgent(&with_policy("web", "i-1", policy)));
    let scene = urgent(super::NIGHT);
    let ran = scene.run(false, Vec::new());
    assert!(report(&ran).1.is_complete());
    assert_eq!((scene.guests_of("web").len(), reboots(&ran)), (1, 1));
    let deny = "deny: [{from: 2026-11-23, to: 2026-11-23, reason: a feast}]";
    let scene = urgent(&format!("{}, {deny}", super::NIGHT));
    let why = |scene: &Scene| scene.plan(false).summary.deferred[0].why.clone();
    assert_eq!(why(&scene), Some(Obstacle::Denied("a feast".to_owned())));
    let later = scene.at(time("2026-11-24T00:00:00Z"));
    assert_eq!(why(&later), None, "it is not urgent any more and waits for its window");
}
