//! Evidence: a record says why what is bound is in effect, and that decides nothing.

use std::collections::BTreeMap;

use keyform::{
    emulator::{Act, Fault, When},
    model::{Address, CloudName, InstanceId, Timestamp},
    session::Applied,
    state::{Effect, Evidence, Intent, Records, State},
    status::{EffectState, Filter},
};
use sha2::{Digest as _, Sha256};

use super::{
    restarts::{first_reboot, killed_after_its_restart},
    scene::{INVENTORY, Scene, bound, region},
};

/// A project of three instances, in a cloud whose restarts do not move StartTime.
fn still() -> Scene {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let inventory =
        INVENTORY.replace("restartTime: 30s", "restartTime: 30s\n  rebootMovesStartTime: false");
    scene.write("inventory.yaml", &inventory);
    scene
}

fn state(scene: &Scene) -> State {
    scene.states().newest().expect("it can be read").expect("there is one")
}

pub(super) fn recorded(scene: &Scene) -> Records {
    state(scene).recorded
}

/// What is recorded of each instance.
pub(super) fn evidence_of(scene: &Scene) -> BTreeMap<String, Option<Evidence>> {
    let records = recorded(scene).instances.remove(&region()).unwrap_or_default();
    records.iter().map(|(id, record)| (id.to_string(), record.effect.evidence())).collect()
}

/// What is told of an instance: whether it is in effect, and why.
fn told(scene: &Scene, id: &str) -> (EffectState, Option<Evidence>) {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    let status = session.status(&Filter::default()).expect("it can be told");
    let row = status.instances.iter().find(|one| one.id.as_str() == id).expect("it is recorded");
    (row.effect.expect("it is bound"), row.evidence)
}

#[test]
fn a_record_says_that_the_start_time_has_moved() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    let evidence_by_id = evidence_of(&scene);
    assert_eq!(evidence_by_id.len(), 3);
    for (id, evidence) in evidence_by_id {
        let Some(Evidence::StartTimeMoved { from, to }) = evidence else {
            panic!("{id}: {evidence:?}")
        };
        assert!(to.is_after(from), "{id} from {from} to {to}");
        assert_eq!(told(&scene, &id), (EffectState::InEffect, evidence));
    }
}

#[test]
fn a_record_says_that_a_run_saw_an_instance_back_where_its_start_time_does_not_move() {
    let scene = still();
    scene.apply(false);
    let evidence_by_id = evidence_of(&scene);
    assert_eq!(evidence_by_id.len(), 3);
    for (id, evidence) in evidence_by_id {
        let Some(Evidence::SeenBack { at }) = evidence else { panic!("{id}: {evidence:?}") };
        assert!(at <= scene.surroundings().clock.now(), "{id} at {at}");
        assert_eq!(told(&scene, &id), (EffectState::InEffect, evidence));
    }
}

/// What was asked for is all that is left of it: what was bound, when, and by which run.
#[test]
fn a_restart_whose_end_no_run_has_seen_is_told_by_its_intent() {
    let scene = killed_after_its_restart(&Scene::new(&bound("web", "i-1, i-2, i-3")));
    let recorded = recorded(&scene);
    let open = &recorded.intents[&Address::Instance(InstanceId::new("i-1").in_region(&region()))];
    assert_eq!(Some(&open.run), recorded.runs.last().map(|run| &run.digest));
    let Intent::Restart { start_time, bound, at, .. } = &open.intent else {
        panic!("its restart was asked for: {open:?}")
    };
    assert_eq!(*bound, Some(CloudName::new("web")));
    let begun = Timestamp::parse("2026-11-23T10:00:00Z").expect("a time");
    assert!(begun <= *at && *at < scene.surroundings().clock.now(), "asked at {at}");
    let (state, evidence) = told(&scene, "i-1");
    assert_eq!(state, EffectState::InEffect);
    assert!(
        matches!(evidence, Some(Evidence::StartTimeMoved { from, .. }) if Some(from) == *start_time),
        "{evidence:?}"
    );
    scene.converge(false);
    assert_eq!(told(&scene, "i-1"), (state, evidence));
}

/// The next run sees the instance on its way, and then back.
#[test]
fn what_an_earlier_run_has_restarted_is_seen_back_by_the_next_one() {
    let before = still();
    let call = first_reboot(&before.fork());
    let (hook, stopped) = before.stopper();
    let act = Act::StopAfter(hook);
    let _ = before.run(false, vec![Fault { when: When::Call(call), act }]);
    before.crash();
    let stopped = *stopped.get().expect("it was stopped");
    let scene = before.at(stopped);
    scene.apply(false);
    let evidence = evidence_of(&scene)["i-1"];
    assert!(
        matches!(evidence, Some(Evidence::SeenBack { at }) if at > stopped),
        "stopped at {stopped}: {evidence:?}"
    );
    assert_eq!(scene.end().instances["i-1"].3, 1, "it was restarted once");
}

/// Writes another evidence into the state of a project.
fn rewrite(scene: &Scene, evidence: Evidence) {
    let mut state = state(scene);
    for record in state.recorded.instances.values_mut().flat_map(BTreeMap::values_mut) {
        assert!(record.effect.evidence().is_some(), "{record:?}");
        record.effect = Effect::InEffect { evidence };
    }
    let text = serde_json::to_string(&state).expect("JSON");
    let sum: String =
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!(".keyform/state/{:010}.state.json", state.serial);
    scene.remove(&path);
    scene.put(&path, format!("{{\"checksum\":\"{sum}\",\"state\":{text}}}\n").as_bytes());
}

/// L1: nothing is planned or written because only the evidence is another one, and what is written
/// for another reason keeps it.
#[test]
fn another_evidence_alone_changes_nothing() {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    let other = Evidence::SeenBack { at: Timestamp::from_milliseconds(1) };
    let plan = scene.plan(false);
    let removal = scene.plan(true);
    rewrite(&scene, other);
    assert!(evidence_of(&scene).values().all(|evidence| *evidence == Some(other)));
    assert_eq!(scene.plan(false), plan);
    assert_eq!(scene.plan(true), removal);
    let before = state(&scene);
    let ran = scene.run(false, Vec::new());
    assert!(matches!(ran.outcome, Ok(Applied::Nothing(_))), "{:?}", ran.outcome);
    assert_eq!(state(&scene), before);
    let policy = "restart: {when: now, maxUnavailable: 2}, instances:";
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3").replace("instances:", policy));
    scene.apply(false);
    assert!(state(&scene).serial > before.serial, "the policy is written down");
    assert!(evidence_of(&scene).values().all(|evidence| *evidence == Some(other)));
}
