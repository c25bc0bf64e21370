//! Obligations: what a plan was approved for and its policy defers is done when its time has come,
//! as it was approved or not at all (L5, L9).

use std::time::Duration;

use keyform::{
    apply::Report,
    emulator::{Act, Fault, When},
    plan::{Action, Plan},
    session::{Applied, PlanOptions, Wish},
};

use super::{
    scene::{Ran, Scene},
    schedule::{fleet, time, with_policy},
};

/// A window that opens five days after a scene begins, on Saturday at two.
const WINDOW: &str = "when: window, timeout: 2m, windows: [{days: [sat], start: \"02:00\", \
                      duration: 3h, timeZone: UTC}]";
const OPEN: &str = "2026-11-28T02:10:00Z";

/// What `keyform apply --due` does.
fn due(scene: &Scene, faults: Vec<Fault>) -> Ran {
    let options = PlanOptions { due: true, ..PlanOptions::default() };
    scene.wish(Wish::Fresh(options), faults)
}

fn ran(ran: &Ran) -> (&Plan, &Report) {
    match &ran.outcome {
        Ok(Applied::Ran { plan, report }) => (plan, report),
        other => panic!("it ran: {other:?}"),
    }
}

/// The plan of a run that found nothing to do.
fn nothing(ran: Ran) -> Plan {
    match ran.outcome.expect("it comes to its end") {
        Applied::Nothing(plan) => *plan,
        other => panic!("there is nothing to do: {other:?}"),
    }
}

fn owed(scene: &Scene) -> usize {
    scene.states().newest().expect("a state").map_or(0, |state| state.facts.owed())
}

/// A fleet whose manifests were applied on a weekday.
fn approved(policy: &str) -> Scene {
    let scene = fleet(policy);
    scene.apply(false);
    assert_eq!(owed(&scene), 3);
    scene
}

#[test]
fn what_was_approved_is_done_in_its_window_without_another_approval() {
    let scene = approved(WINDOW);
    assert!(scene.guests_of("web").is_empty());
    assert_eq!(scene.plan(false).summary.waiting, 3);
    assert_eq!(nothing(due(&scene, Vec::new())).summary.waiting, 3, "it is not due yet");
    let night = scene.at(time(OPEN));
    let done = due(&night, Vec::new());
    let (plan, report) = ran(&done);
    assert!(report.is_complete() && plan.fleets[0].waves == 3);
    assert_eq!((night.guests_of("web").len(), owed(&night)), (3, 0));
    assert!(night.plan(false).is_empty());
    assert!(nothing(due(&night, Vec::new())).notes.is_empty());
}

#[test]
fn what_is_owed_is_recorded_with_the_plan_that_approved_it() {
    let scene = fleet(WINDOW);
    let plan = scene.plan(false);
    assert_eq!(plan.summary.deferred[0].waves, 3);
    scene.apply(false);
    let state = scene.states().newest().expect("a state").expect("a state");
    let all: Vec<_> = state.facts.obligations.values().flat_map(|all| all.values()).collect();
    assert!(all.iter().all(|owed| owed.digest == plan.digest && owed.from.is_none()));
}

#[test]
fn an_instance_that_is_not_as_it_was_approved_is_left_alone() {
    let scene = approved(WINDOW);
    scene.import_foreign("theirs");
    scene.bind("theirs", "i-2");
    let night = scene.at(time(OPEN));
    let done = due(&night, Vec::new());
    let (plan, report) = ran(&done);
    assert!(report.is_complete());
    assert!(plan.notes[0].reason.contains("was bound to nothing when its change was approved"));
    assert_eq!((night.guests_of("web").len(), owed(&night)), (2, 0));
    assert_eq!(night.end().instances["i-2"].0.as_deref(), Some("theirs"));
}

/// What the manifests say since then waits for its own approval.
#[test]
fn what_is_due_is_done_as_it_was_approved_whatever_the_manifests_say_now() {
    let mut scene = approved(WINDOW);
    let text = with_policy("web", "i-1", "when: manual");
    scene.write("web.yaml", &text.replace("spec: {tags", "spec: {generation: 2, tags"));
    let night = scene.at(time(OPEN));
    assert!(ran(&due(&night, Vec::new())).1.is_complete());
    assert_eq!(night.guests_of("web").len(), 3);
    assert!(!night.end().pairs.contains_key("web-g2"));
}

#[test]
fn what_is_not_wanted_any_more_is_not_owed() {
    let mut scene = approved(WINDOW);
    scene.write("web.yaml", &with_policy("web", "i-1, i-3", WINDOW));
    scene.apply(false);
    assert_eq!(owed(&scene), 2);
    let night = scene.at(time(OPEN));
    assert!(ran(&due(&night, Vec::new())).1.is_complete());
    assert_eq!(night.end().instances["i-2"].0, None);
}

/// The policy is a part of what was approved.
#[test]
fn another_policy_is_approved_anew() {
    let mut scene = approved(WINDOW);
    let other = WINDOW.replace("[sat]", "[sun]");
    scene.write("web.yaml", &with_policy("web", "i-1, i-2, i-3", &other));
    let plan = scene.plan(false);
    assert!(matches!(&plan.steps[..], [step] if matches!(step.action, Action::Defer { .. })));
    scene.apply(false);
    let night = scene.at(time(OPEN));
    assert!(nothing(due(&night, Vec::new())).notes.len() == 3, "it waits for Sunday now");
}

#[test]
fn an_unbinding_is_owed_like_a_binding() {
    let mut scene = Scene::new(&with_policy("web", "i-1, i-2, i-3", "when: now"));
    scene.apply(false);
    scene.write("web.yaml", &with_policy("web", "i-1, i-2, i-3", WINDOW));
    scene.apply(false);
    scene.write("web.yaml", &with_policy("web", "i-1", WINDOW));
    let plan = scene.plan(false);
    assert_eq!((plan.summary.deferred[0].instances, plan.summary.deferred[0].unbound), (2, 2));
    scene.apply(false);
    let night = scene.at(time(OPEN));
    assert!(ran(&due(&night, Vec::new())).1.is_complete());
    assert_eq!((night.guests_of("web").len(), owed(&night)), (1, 0));
    assert!(night.plan(false).is_empty());
}

/// Whenever the machine stops in the window, the next run for what is due ends it.
#[test]
fn a_run_for_what_is_due_goes_on_where_it_was_killed() {
    let night = approved(WINDOW).at(time(OPEN));
    let calls = due(&night.fork(), Vec::new()).calls;
    for call in 0..calls {
        let scene = night.fork();
        let (hook, stopped) = scene.stopper();
        let _ = due(&scene, vec![Fault { when: When::Call(call), act: Act::StopAfter(hook) }]);
        scene.crash();
        let scene = scene.at(*stopped.get().expect("it was stopped"));
        scene.pass(Duration::from_secs(60));
        for _ in 0..2 {
            due(&scene, Vec::new()).outcome.expect("it comes to its end");
            scene.pass(Duration::from_secs(60));
        }
        assert_eq!(scene.guests_of("web").len(), 3, "after call {call}");
        assert!(scene.plan(false).is_empty(), "after call {call}: {:#?}", scene.plan(false));
        assert_eq!(owed(&scene), 0, "after call {call}");
        let end = scene.end().instances;
        assert!(end.values().all(|(_, _, _, restarts)| *restarts == 1), "after call {call}");
    }
}

/// What a run leaves at the end of its window needs no other approval.
#[test]
fn what_does_not_fit_into_a_window_is_owed_in_the_next_one() {
    let quick = WINDOW.replace("timeout: 2m", "timeout: 45s");
    let scene = fleet(&quick).at(time("2026-11-28T04:59:00Z"));
    let first = scene.run(false, Vec::new());
    assert!(ran(&first).1.stopped.is_some());
    let left = owed(&scene);
    assert!((1..3).contains(&left), "{left}");
    assert!(scene.plan(false).is_empty());
    let next = scene.at(time("2026-12-05T02:10:00Z"));
    assert!(ran(&due(&next, Vec::new())).1.is_complete());
    assert_eq!((next.guests_of("web").len(), owed(&next)), (3, 0));
}

/// A proof that failed in the window before stops what is due in this one.
#[test]
fn what_is_due_waits_for_a_proof_that_failed() {
    let proof = |failing: &str| {
        let script = format!("test $KEYFORM_INSTANCE_ID != {failing}");
        format!("proof: {{command: [sh, -c, '{script}']}}, restart:")
    };
    let text = with_policy("web", "i-1, i-2, i-3", WINDOW);
    let mut scene = Scene::new(&text.replace("restart:", &proof("i-2")));
    scene.apply(false);
    let night = scene.at(time(OPEN));
    assert!(!ran(&due(&night, Vec::new())).1.is_complete());
    let again = due(&night, Vec::new());
    assert!(!ran(&again).1.is_complete());
    assert_eq!(night.end().instances["i-3"].0, None);
    scene = night;
    scene.write("web.yaml", &text.replace("restart:", &proof("nobody")));
    scene.apply(false);
    assert_eq!((scene.guests_of("web").len(), owed(&scene)), (3, 0));
}
