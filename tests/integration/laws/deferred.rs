//! Obligations: what a plan was approved for and its policy defers is done when its time has come,
//! as it was approved or not at all (L5, L9).

use std::time::Duration;

use keyform::{
    apply::Report,
    emulator::{Act, Fact, Fault, When},
    model::InstanceId,
    plan::{Action, Note, Plan, ReasonCode, Step},
    session::{Applied, ApplyRequest, PlanOptions},
};

use super::{
    coded::{coded, says},
    restarts::{first_reboot, killed_after},
    scene::{INVENTORY, Ran, Scene, bound, region},
    schedule::{fleet, time, with_policy},
};

/// A window that opens five days after a scene begins, on Saturday at two.
const WINDOW: &str = "when: window, timeout: 2m, windows: [{days: [sat], start: \"02:00\", \
                      duration: 3h, timeZone: UTC}]";
const OPEN: &str = "2026-11-28T02:10:00Z";

/// What `keyform apply --due` does.
fn due(scene: &Scene, faults: Vec<Fault>) -> Ran {
    let options = PlanOptions { due: true, ..PlanOptions::default() };
    scene.wish(ApplyRequest::Fresh(options), faults)
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

fn deferred_count(scene: &Scene) -> usize {
    scene.states().newest().expect("a state").map_or(0, |state| state.recorded.deferred_count())
}

/// A fleet whose manifests were applied on a weekday.
fn approved(policy: &str) -> Scene {
    let scene = fleet(policy);
    scene.apply(false);
    assert_eq!(deferred_count(&scene), 3);
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
    assert_eq!((night.guests_of("web").len(), deferred_count(&night)), (3, 0));
    assert!(night.plan(false).is_empty());
    assert!(nothing(due(&night, Vec::new())).notes.is_empty());
}

#[test]
fn deferred_work_is_recorded_with_the_plan_that_approved_it() {
    let scene = fleet(WINDOW);
    let plan = scene.plan(false);
    assert_eq!(plan.summary.deferred[0].waves, 3);
    scene.apply(false);
    let state = scene.states().newest().expect("a state").expect("a state");
    let all: Vec<_> = state.recorded.deferred.values().flat_map(|all| all.values()).collect();
    assert!(all.iter().all(|deferred| deferred.digest == plan.digest && deferred.from.is_none()));
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
    assert!(says(&coded(&plan.notes[0].reason), "approvalOutdated(before=nothing; now=theirs)"));
    assert_eq!((night.guests_of("web").len(), deferred_count(&night)), (2, 0));
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
fn what_is_not_wanted_any_more_is_not_deferred() {
    let mut scene = approved(WINDOW);
    scene.write("web.yaml", &with_policy("web", "i-1, i-3", WINDOW));
    scene.apply(false);
    assert_eq!(deferred_count(&scene), 2);
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
fn an_unbinding_is_deferred_like_a_binding() {
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
    assert_eq!((night.guests_of("web").len(), deferred_count(&night)), (1, 0));
    assert!(night.plan(false).is_empty());
}

/// Deferred work is as it was approved if others have only done a part of it.
#[test]
fn deferred_work_that_others_have_done_needs_no_approval_again() {
    let scene = approved(WINDOW);
    scene.bind("web", "i-2");
    let plan = scene.plan(false);
    assert!(
        !plan.steps.iter().any(|step| matches!(step.action, Action::Defer { .. })),
        "{plan:#?}"
    );
    scene.apply(false);
    let night = scene.at(time(OPEN));
    let done = due(&night, Vec::new());
    let bound = |step: &Step| match &step.action {
        Action::Attach { items, .. } => items.clone(),
        _ => Vec::new(),
    };
    let bound: Vec<_> = ran(&done).0.steps.iter().flat_map(bound).map(|item| item.id).collect();
    assert_eq!(bound, ["i-1", "i-3"].map(InstanceId::new));
    assert_eq!((night.guests_of("web").len(), deferred_count(&night)), (3, 0));
}

/// It was approved to bind what was bound to nothing, not to take something's place.
#[test]
fn what_takes_the_place_of_something_else_is_approved_anew() {
    let mut scene = Scene::new(&bound("ops", "i-1"));
    scene.apply(false);
    let two = [bound("ops", "i-1"), with_policy("web", "i-2, i-3", WINDOW)].join("---\n");
    scene.write("web.yaml", &two);
    scene.apply(false);
    assert_eq!(deferred_count(&scene), 2);
    scene.bind("ops", "i-3");
    let plan = scene.plan(false);
    let deferred: Vec<_> =
        plan.steps.iter().filter(|step| matches!(step.action, Action::Defer { .. })).collect();
    let [step] = &deferred[..] else { panic!("it is deferred anew: {plan:#?}") };
    let [item] = step.action.items() else { panic!("one instance: {step:#?}") };
    assert_eq!(item.id, InstanceId::new("i-3"));
}

#[test]
fn nothing_is_deferred_for_an_instance_that_is_gone() {
    let mut scene = approved(WINDOW);
    let without = INVENTORY.replace("  - {id: i-2, region: cn-hangzhou, name: two}\n", "");
    scene.write("inventory.yaml", &without);
    scene.apply(false);
    assert_eq!(deferred_count(&scene), 2);
}

/// Their bindings are gone from the manifests since, and one of the instances is Stopped.
#[test]
fn what_is_due_to_bindings_that_are_gone_is_done_by_what_was_approved() {
    let fleets = [with_policy("ant", "i-1, i-2", WINDOW), with_policy("web", "i-3", WINDOW)];
    let mut scene = Scene::new(&fleets.join("---\n"));
    scene.apply(false);
    assert_eq!(deferred_count(&scene), 3);
    let pairs = ["ant", "web"]
        .map(|name| format!("apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {name}}}\n"));
    scene.write("web.yaml", &pairs.join("---\n"));
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids: instance_ids.clone() });
    let night = scene.at(time(OPEN));
    let done = due(&night, Vec::new());
    let (plan, report) = ran(&done);
    assert!(report.is_complete(), "{report:#?}");
    let stopped: Vec<_> = plan.fleets.iter().map(|fleet| fleet.stopped.clone()).collect();
    assert_eq!(stopped, [instance_ids, Vec::new()]);
    let end = night.end().instances;
    let bound: Vec<_> = end.values().map(|one| (one.0.as_deref(), one.1, one.3)).collect();
    let pair = |name, restarts| (Some(name), restarts > 0, restarts);
    assert_eq!(bound, [pair("ant", 1), pair("ant", 0), pair("web", 1)]);
}

/// L3: nobody could log on.
#[test]
fn what_is_due_waits_for_the_private_key() {
    let scene = approved(WINDOW);
    scene.remove("keys/web.pem");
    let plan = nothing(due(&scene.at(time(OPEN)), Vec::new()));
    assert_eq!(plan.notes.len(), 3);
    let missing = |note: &Note| note.reason.code() == ReasonCode::KeyMissingForInstance;
    assert!(plan.notes.iter().all(missing), "{plan:#?}");
}

/// Restarts that were seen to be quick fit into what is left of a window.
#[test]
fn the_restarts_of_its_own_binding_say_when_deferred_work_may_begin() {
    let moment = time("2026-11-28T04:59:00Z");
    let from = |scene: &Scene| {
        let recorded = scene.states().newest().expect("a state").expect("a state").recorded;
        keyform::state::deferred_items(&recorded, moment)[0].from.expect("a window")
    };
    assert!(from(&approved(WINDOW)) > moment, "a restart may take two minutes");
    let mut scene = fleet("when: now");
    scene.apply(false);
    let rotated = with_policy("web", "i-1, i-2, i-3", WINDOW)
        .replace("spec: {tags", "spec: {generation: 2, tags");
    scene.write("web.yaml", &rotated);
    scene.apply(false);
    assert_eq!(from(&scene), moment);
    let late = scene.at(moment).plan(false).fleets;
    assert_eq!(late.iter().map(|fleet| fleet.waves).collect::<Vec<_>>(), [3], "{late:#?}");
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
        assert_eq!(deferred_count(&scene), 0, "after call {call}");
        let end = scene.end().instances;
        assert!(end.values().all(|(_, _, _, restarts)| *restarts == 1), "after call {call}");
    }
}

/// A run that was killed has prepared an instance. What it has begun is seen to its end; the policy
/// that was written since then waits for its own approval.
#[test]
fn what_is_prepared_is_restarted_with_what_is_due_whatever_its_policy_is_now() {
    let hooks = |timeout: &str| {
        let policy = format!(
            "when: now, timeout: {timeout}, before: {{command: ['true']}}, \
             after: {{command: ['true']}}"
        );
        with_policy("web", "i-1, i-2, i-3", &policy)
    };
    let before = Scene::new(&hooks("2m"));
    let mut scene = killed_after(&before, first_reboot(&before.fork()) - 1);
    scene.write("web.yaml", &hooks("3m"));
    let done = due(&scene, Vec::new());
    let (plan, report) = ran(&done);
    assert!(report.is_complete());
    assert!(plan.steps.iter().all(|step| !matches!(step.action, Action::Record { .. })));
    let restarts = |id: &str| scene.end().instances[id].3;
    assert_eq!((restarts("i-1"), restarts("i-2")), (1, 0));
}

/// What a run leaves at the end of its window needs no other approval.
#[test]
fn what_does_not_fit_into_a_window_is_deferred_to_the_next_one() {
    let quick = WINDOW.replace("timeout: 2m", "timeout: 45s");
    let scene = fleet(&quick).at(time("2026-11-28T04:59:00Z"));
    let first = scene.run(false, Vec::new());
    assert!(ran(&first).1.stopped.is_some());
    let left = deferred_count(&scene);
    assert!((1..3).contains(&left), "{left}");
    assert!(scene.plan(false).is_empty());
    let next = scene.at(time("2026-12-05T02:10:00Z"));
    assert!(ran(&due(&next, Vec::new())).1.is_complete());
    assert_eq!((next.guests_of("web").len(), deferred_count(&next)), (3, 0));
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
    assert_eq!((scene.guests_of("web").len(), deferred_count(&scene)), (3, 0));
}
