//! Proofs: what takes effect is shown by a log-on before anything else is risked (L3).
//!
//! Here a program of the user's shows it. Real log-ons are in `guests`.

use keyform::{
    apply::{Failure, ProgramFailure, Purpose},
    emulator::{Act, Fact, Fault, When},
    model::InstanceId,
    plan::{Action, Plan, ReasonCode},
    session::Applied,
    state::RecordProof,
};

use super::{
    decisions::decision,
    reviewed::reasons,
    scene::{PROJECT, Scene, bound, region},
};

/// A binding with a proof that fails for the instances that `failing` names.
fn proven(failing: &str, more: &str) -> String {
    let script = format!("case $KEYFORM_INSTANCE_ID in {failing}) echo refused; exit 4;; esac");
    bound("web", "i-1, i-2, i-3").replace(
        "instances:",
        &format!("proof: {{command: [sh, -c, '{script}']}}, {more} instances:"),
    )
}

fn apply(scene: &Scene) -> (Plan, keyform::apply::Report) {
    match scene.run(false, Vec::new()).outcome.expect("it comes to its end") {
        Applied::Ran { plan, report } => (*plan, report),
        other => panic!("it ran: {other:?}"),
    }
}

/// The instances of which the log-on is recorded as shown.
fn shown(scene: &Scene) -> Vec<String> {
    let state = scene.states().newest().expect("a state").expect("a state");
    let records = state.recorded.instances.get(&region()).cloned().unwrap_or_default();
    let is_shown = |proof: &Option<RecordProof>| matches!(proof, Some(RecordProof::Shown { .. }));
    let shown = records.iter().filter(|(_, record)| is_shown(&record.proof));
    shown.map(|(id, _)| id.to_string()).collect()
}

decision!(a_proof_is_part_of_its_wave_and_shown_in_full, Scene::new(&proven("none", "")));

decision!(a_log_on_is_told_in_full, {
    let ssh = "proof: {ssh: {user: root, address: public, port: 2222, jump: bastion.example, \
               timeout: 1m}}, instances:";
    Scene::new(&bound("web", "i-1, i-2, i-3").replace("instances:", ssh))
});

#[test]
fn a_failed_proof_stops_the_later_waves_and_is_made_again_before_them() {
    let mut scene = Scene::new(&proven("i-2", ""));
    let (_, report) = apply(&scene);
    assert!(!report.is_complete());
    let failed: Vec<_> = report.steps.iter().flat_map(|step| &step.failed).collect();
    let failure = ProgramFailure::Ended { code: 4 };
    let because = Failure::ProgramFailed { purpose: Purpose::Proof, failure };
    assert!(failed.contains(&&(InstanceId::new("i-2"), because)), "{failed:?}");
    assert_eq!(shown(&scene), ["i-1"]);
    let end = scene.end().instances;
    assert_eq!((end["i-2"].1, end["i-3"].0.clone()), (true, None), "i-3 was left alone");
    // Nothing is restarted again for it, and the proof comes before everything else.
    let (again, report) = apply(&scene);
    let Action::Prove { items, wave: 1, .. } = &again.steps[0].action else { panic!("{again:#?}") };
    assert_eq!(items[0].id, InstanceId::new("i-2"));
    assert!(!report.is_complete());
    assert_eq!(scene.end().instances["i-3"].0, None);
    scene.write("web.yaml", &proven("none", ""));
    scene.apply(false);
    assert_eq!(shown(&scene), ["i-1", "i-2", "i-3"]);
    assert!(scene.end().instances.values().all(|(_, _, _, restarts)| *restarts == 1));
}

/// Until it is shown that a guest has taken the new key, it may accept the one before.
#[test]
fn a_generation_stays_while_it_is_not_proven_that_another_has_taken_its_place() {
    let rotated = |failing: &str| {
        let text = proven(failing, "restart: {when: now, maxUnavailable: 3},");
        text.replace("spec: {tags", "spec: {generation: 2, keepPrevious: false, tags")
    };
    let mut scene = Scene::new(&proven("none", ""));
    scene.apply(false);
    scene.write("web.yaml", &rotated("i-3"));
    apply(&scene);
    assert!(scene.end().pairs.contains_key("web"), "i-3 may accept it");
    apply(&scene);
    assert!(scene.end().pairs.contains_key("web"), "i-3 may still accept it");
    scene.write("web.yaml", &rotated("none"));
    scene.apply(false);
    assert!(!scene.end().pairs.contains_key("web"));
    scene.nothing_is_lost();
}

#[test]
fn what_people_restart_is_proven_by_the_apply_after_that() {
    let scene = Scene::new(&proven("none", "restart: {when: manual},"));
    apply(&scene);
    assert!(scene.plan(false).is_empty());
    scene.pass(std::time::Duration::from_secs(60));
    scene.restart("i-2");
    scene.pass(std::time::Duration::from_secs(60));
    let plan = scene.plan(false);
    assert_eq!(plan.summary.instances_proven, 1, "{plan:#?}");
    scene.apply(false);
    assert_eq!(shown(&scene), ["i-2"]);
}

/// Whenever the machine stops, what was not shown is shown by the next run.
#[test]
fn a_proof_that_was_interrupted_is_made_by_the_next_run() {
    let before = Scene::new(&proven("none", ""));
    let calls = before.fork().run(false, Vec::new()).calls;
    for call in 0..calls {
        let scene = before.fork();
        let (hook, stopped) = scene.stopper();
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act: Act::StopAfter(hook) }]);
        scene.crash();
        let scene = scene.at(*stopped.get().expect("it was stopped"));
        scene.converge(false);
        assert_eq!(shown(&scene), ["i-1", "i-2", "i-3"], "after call {call}");
        assert!(scene.end().instances.values().all(|(_, _, _, restarts)| *restarts == 1));
    }
}

/// A log-on needs the private key, and a program of the user's may not.
#[test]
fn a_pending_log_on_waits_for_the_private_key() {
    let mut scene = Scene::new(&proven("i-1", ""));
    apply(&scene);
    let ssh = bound("web", "i-1, i-2, i-3")
        .replace("instances:", "proof: {ssh: {user: root, address: private}}, instances:");
    scene.write("web.yaml", &ssh);
    assert_eq!(scene.plan(false).summary.instances_proven, 3);
    scene.remove("keys/web.pem");
    let plan = scene.plan(false);
    assert_eq!(plan.summary.instances_proven, 0);
    let told = plan.notes.iter().filter(|note| note.address.to_string().ends_with("i-1"));
    let told: Vec<_> = told.map(|note| note.reason.code()).collect();
    assert!(told.contains(&ReasonCode::KeyMissingForProof), "{told:?}");
    scene.write("web.yaml", &proven("none", ""));
    assert_eq!(scene.plan(false).summary.instances_proven, 1);
}

/// Nothing is interrupted by it.
#[test]
fn a_pending_proof_does_not_wait_for_a_window() {
    let window = "restart: {when: window, windows: [{start: \"10:00\", duration: 1h, timeZone: \
                  UTC}]},";
    let scene = Scene::new(&proven("i-1", window));
    apply(&scene);
    scene.pass(std::time::Duration::from_secs(3 * 3600));
    let plan = scene.plan(false);
    assert_eq!((plan.summary.instances_proven, plan.summary.instances_restarted), (1, 0));
}

/// A restart too many is one too many; a log-on is none.
#[test]
fn a_proof_is_not_counted_as_a_restart() {
    let mut scene = Scene::new(&proven("i-1", ""));
    let limits = format!("{PROJECT}  limits: {{restartsPerRun: 1}}\n");
    scene.write("keyform.yaml", &limits);
    apply(&scene);
    let plan = scene.plan(false);
    assert_eq!((plan.summary.instances_proven, plan.summary.instances_restarted), (2, 1));
}

/// What a saved plan proves must still be bound as it was, and is not proven twice.
#[test]
fn a_saved_plan_makes_the_proofs_that_are_still_pending() {
    let failing = Scene::new(&proven("i-1", "restart: {when: now, maxUnavailable: 3},"));
    apply(&failing);
    let mut scene = failing.clone();
    scene.write("web.yaml", &proven("none", "restart: {when: now, maxUnavailable: 3},"));
    let plan = scene.plan(false);
    assert_eq!(plan.summary.instances_proven, 1, "{plan:#?}");
    let other = scene.fork();
    other.import_foreign("theirs");
    other.bind("theirs", "i-1");
    let refused = reasons(other.run_saved(&plan, Vec::new()).outcome);
    let wanted = "bindingChanged(address=instance/cn-hangzhou/i-1; before=web; now=theirs)";
    assert_eq!(refused, [wanted]);
    let mut elsewhere = scene.fork();
    let more = "proof: {command: [\"true\"]}, restart: {when: now, maxUnavailable: 3}, instances:";
    elsewhere.write("web.yaml", &bound("web", "i-1, i-2, i-3").replace("instances:", more));
    elsewhere.apply(false);
    assert_eq!(shown(&elsewhere), ["i-1", "i-2", "i-3"]);
    match elsewhere.run_saved(&plan, Vec::new()).outcome.expect("it comes to its end") {
        Applied::Ran { report, .. } => {
            let told = format!("{report:?}");
            assert!(report.is_complete() && told.contains("AlreadyDone"), "{told}");
        }
        other => panic!("it ran: {other:?}"),
    }
}

#[test]
fn a_stopped_instance_is_proven_once_it_runs() {
    let scene = Scene::new(&proven("none", ""));
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids: instance_ids.clone() });
    scene.pass(std::time::Duration::from_secs(60));
    apply(&scene);
    assert_eq!(shown(&scene), ["i-1", "i-3"]);
    assert!(scene.plan(false).is_empty());
    scene.happen(Fact::Started { region: region(), instance_ids, milliseconds: 30_000 });
    scene.pass(std::time::Duration::from_secs(120));
    scene.apply(false);
    assert_eq!(shown(&scene), ["i-1", "i-2", "i-3"]);
}

#[test]
fn without_the_proof_in_its_manifest_no_proof_is_pending() {
    let mut scene = Scene::new(&proven("i-1", ""));
    apply(&scene);
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    assert!(shown(&scene).is_empty());
    assert_eq!(scene.guests_of("web").len(), 3);
}
