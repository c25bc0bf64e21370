//! L9: an instance that keyform has restarted is back once it was seen Running after it was seen down,
//! and has settled; behind a canary nothing begins before one of it came into effect.

use std::time::Duration;

use keyform::{
    apply::{FailureCode, StepEnd, StepReport, WhyNot},
    driver::Clock as _,
    ecs::Request,
    emulator::{Act, Fact, Fault, InjectedFailure, When},
    model::{InstanceId, InstanceStatus},
    plan::check::{UnsoundCode, check},
    session::Applied,
};

use super::{
    restarts::{Meddler, first_call, first_reboot, reboots},
    scene::{INVENTORY, Ran, Scene, bound, region},
};

/// Three instances whose restart takes this long, where StartTime moves or does not.
fn slow(restart_time: &str, moves_start_time: bool) -> Scene {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let times = format!("restartTime: {restart_time}\n  rebootMovesStartTime: {moves_start_time}");
    scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", &times));
    scene
}

fn restarts(scene: &Scene) -> Vec<usize> {
    scene.end().instances.into_values().map(|one| one.3).collect()
}

#[test]
fn a_restart_that_takes_longer_than_its_timeout_is_asked_for_once() {
    for moves_start_time in [false, true] {
        let scene = slow("2h", moves_start_time);
        for _ in 0..4 {
            scene.run(false, Vec::new());
            scene.pass(Duration::from_secs(3600));
        }
        // Each came back while no run looked.
        for _ in 0..12 {
            scene.run(false, Vec::new());
            scene.pass(Duration::from_secs(3 * 3600));
        }
        assert_eq!(restarts(&scene), [1, 1, 1], "StartTime moves: {moves_start_time}");
        assert!(scene.plan(false).is_empty());
    }
}

/// Stops an instance of a run while it boots. Its StartTime says that it has booted.
fn stopped_during_its_boot() -> Scene {
    let scene = slow("30s", true);
    let other = scene.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |_: &Request| {
            if other.end().instances["i-1"].2 == InstanceStatus::Starting {
                let instance_ids = vec![InstanceId::new("i-1")];
                other.happen(Fact::Stopped { region: region(), instance_ids });
            }
        },
    });
    assert_eq!(reboots(&ran), 1, "it is not back, and no more may be down");
    scene
}

#[test]
fn an_instance_that_was_stopped_during_its_boot_counts_as_down_until_it_is_back() {
    let scene = stopped_during_its_boot();
    for _ in 0..2 {
        scene.pass(Duration::from_secs(3600));
        assert_eq!(reboots(&scene.run(false, Vec::new())), 0);
    }
    scene.happen(Fact::Started {
        region: region(),
        instance_ids: vec![InstanceId::new("i-1")],
        milliseconds: 30_000,
    });
    scene.converge(false);
    assert_eq!(restarts(&scene), [1, 1, 1]);
}

/// An instance that a run has restarted settles in the next run too, for as long as its own Binding
/// says, whichever fleet is restarted.
#[test]
fn an_instance_of_an_earlier_run_settles_before_another_fleet_begins() {
    let fleet = |pair: &str, instance: &str, settle: &str| {
        bound(pair, instance).replace(
            "]}",
            &format!(
                "], restart: {{when: now, settle: {settle}, \
             maxUnavailable: 1, group: tier}}}}"
            ),
        )
    };
    let both = [fleet("ant", "i-1", "10m"), fleet("bee", "i-2", "1s")].join("---\n");
    let before = Scene::new(&both);
    // The machine stops while the first instance boots.
    let call = first_reboot(&before.fork()) + 2;
    let (hook, stopped) = before.stopper();
    let act = Act::StopAfter(hook);
    let _ = before.run(false, vec![Fault { when: When::Call(call), act }]);
    before.crash();
    let scene = before.at(*stopped.get().expect("it was stopped"));
    assert_eq!(scene.end().instances["i-1"].3, 1, "it was restarted");
    let (eye, began) = (scene.clone(), scene.clock.now());
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            if let Request::RebootInstances { .. } = request {
                let waited = eye.clock.now().since(began).as_secs();
                assert!(waited >= 600, "the other fleet is restarted after {waited} s");
            }
        },
    });
    assert_eq!(reboots(&ran), 1);
    scene.converge(false);
    assert_eq!(restarts(&scene)[..2], [1, 1]);
}

/// Two instances are the fleet, of which one is the canary, and one failure is allowed.
fn with_canary() -> Scene {
    let policy = "], restart: {when: now, canary: 1, maxUnavailable: 2, maxFailures: 1}}";
    Scene::new(&bound("web", "i-1, i-2, i-3").replace("]}", policy))
}

fn ends(ran: &Ran) -> &[StepReport] {
    match &ran.outcome {
        Ok(Applied::Ran { report, .. }) => &report.steps,
        other => panic!("it ran: {other:?}"),
    }
}

#[test]
fn behind_a_canary_that_is_refused_nothing_begins_whatever_may_fail() {
    let scene = with_canary();
    let plan = scene.plan(false);
    assert_eq!(plan.fleets[0].canary_wave, Some(1));
    let refused = |operation| {
        // A lack of rights would let the run restart it by another operation.
        let code = "InstanceLockedForSecurity".to_owned();
        let act = Act::Before(InjectedFailure::Service { status: 403, code });
        vec![Fault { when: When::Call(first_call(&scene.fork(), operation)), act }]
    };
    for operation in ["AttachKeyPair", "RebootInstances"] {
        let scene = scene.fork();
        let ran = scene.run(false, refused(operation));
        assert_eq!(restarts(&scene), [0, 0, 0], "{operation}");
        let why = ends(&ran).iter().find_map(|step| match step.end {
            StepEnd::NotStarted(why @ WhyNot::Canary { .. }) => Some(why),
            _ => None,
        });
        let why = why.expect("the gate says so");
        assert_eq!(why.code(), FailureCode::CanaryNotInEffect);
        scene.converge(false);
        assert_eq!(restarts(&scene), [1, 1, 1]);
    }
}

/// The plan names the canary, and the checker believes no other.
#[test]
fn a_plan_whose_canary_is_not_named_or_too_large_is_refused() {
    let plan = with_canary().plan(false);
    assert!(check(&plan).is_ok());
    let mut unnamed = plan.clone();
    unnamed.fleets[0].canary_wave = None;
    let mut late = plan;
    late.fleets[0].canary_wave = Some(2);
    for plan in [unnamed, late] {
        let flaws = check(&plan).expect_err("it is unsound").0;
        let is_named = flaws.iter().any(|flaw| flaw.code() == UnsoundCode::CanaryMissing);
        assert!(is_named, "{flaws:?}");
    }
}

/// The run that is killed has asked for the restart, and reads show it late: the next run, a moment
/// later, sees an instance that looks untouched.
#[test]
fn a_restart_that_shows_late_is_not_asked_for_again_by_the_next_run() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    scene.switches.read_lag = Duration::from_secs(20);
    let call = first_call(&scene.fork(), "RebootInstances");
    let (hook, stopped) = scene.stopper();
    let act = Act::StopAfter(hook);
    let _ = scene.run(false, vec![Fault { when: When::Call(call), act }]);
    let scene = scene.at(*stopped.get().expect("it was stopped"));
    scene.crash();
    assert_eq!(reboots(&scene.run(false, Vec::new())), 0, "L9");
    scene.converge(false);
    assert_eq!(restarts(&scene)[0], 1);
}
