//! L5, L6, L8: what is done is what was planned, foreign things stay, and partial success counts.

use std::{collections::BTreeSet, error::Error, path::Path, sync::Arc, time::Duration};

use keyform::{
    ecs::Request,
    emulator::{Act, Actor, Fact, Fault, When},
    model::{CloudName, InstanceId, StepId},
    plan::{Action, NoteKind, Plan, Step},
    render,
    session::{Applied, SavedPlanError, SavedPlanErrorCode, SessionError, read_plan, write_plan},
};

use super::{
    reviewed::reasons,
    scene::{Ran, Scene, bound, instances, region},
};

#[test]
fn the_writes_of_an_apply_are_those_of_its_plan_in_its_order() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let planned: Vec<String> = scene
        .plan(false)
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::ImportPair { .. } => Some("ImportKeyPair".to_owned()),
            Action::Attach { items, .. } => Some(format!("AttachKeyPair {}", items[0].id)),
            Action::Restart { items, .. } => Some(format!("RebootInstances {}", items[0].id)),
            _ => None,
        })
        .collect();
    let writes = scene.run(false, Vec::new()).writes;
    let done: Vec<String> = writes
        .iter()
        .map(|request| match request {
            Request::AttachKeyPair { instance_ids, .. }
            | Request::RebootInstances { instance_ids, .. } => {
                format!("{} {}", request.operation(), instance_ids[0])
            }
            other => other.operation().to_owned(),
        })
        .collect();
    assert_eq!(done, planned);
}

#[test]
fn applying_where_nothing_is_to_do_writes_nothing() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    let before = scene.disk.files();
    let Ran { outcome, writes, .. } = scene.run(false, Vec::new());
    assert!(matches!(outcome, Ok(Applied::Nothing(_))));
    assert_eq!(writes, []);
    assert_eq!(scene.disk.files(), before, "the state is not written anew either");
}

#[test]
fn a_plan_is_the_same_to_the_byte_however_often_it_is_made() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    assert_eq!(scene.plan(false), scene.plan(false));
}

#[test]
fn items_that_are_refused_are_the_rest_of_the_next_plan_and_stop_the_waves_after_theirs() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let failing = Act::FailItems {
        instance_ids: BTreeSet::from([InstanceId::new("i-2")]),
        code: "IncorrectInstanceStatus".to_owned(),
    };
    let Ran { outcome, .. } = scene.run(false, vec![Fault { when: When::Always, act: failing }]);
    let Ok(Applied::Ran { report, .. }) = outcome else { panic!("it ran: {outcome:?}") };
    assert!(!report.is_complete());
    let end = scene.end();
    assert_eq!(end.instances["i-1"].0.as_deref(), Some("web"), "the first wave is done");
    assert_eq!(end.instances["i-2"].0, None, "the second was refused");
    assert_eq!(end.instances["i-3"].0, None, "the third did not begin");
    let rest: BTreeSet<_> = scene
        .plan(false)
        .steps
        .iter()
        .flat_map(|step| step.action.items().iter().map(|item| item.id.to_string()))
        .collect();
    assert_eq!(rest, BTreeSet::from(["i-2".to_owned(), "i-3".to_owned()]));
    scene.converge(false);
}

#[test]
fn an_instance_that_is_bound_to_a_foreign_pair_is_left_alone() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.import_foreign("theirs");
    scene.bind("theirs", "i-2");
    let Ran { outcome, writes, .. } = scene.run(false, Vec::new());
    let Ok(Applied::Ran { plan, report }) = outcome else { panic!("it ran: {outcome:?}") };
    assert!(report.is_complete());
    let blocked: Vec<_> = plan
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Blocked)
        .map(|note| note.address.to_string())
        .collect();
    assert_eq!(blocked, ["instance/cn-hangzhou/i-2"]);
    assert_eq!(scene.end().instances["i-2"].0.as_deref(), Some("theirs"));
    let touched = |request: &Request| format!("{request:?}").contains("i-2");
    assert!(!writes.iter().any(touched), "{writes:?}");
}

#[test]
fn a_foreign_pair_that_has_the_wanted_name_is_left_alone() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.import_foreign("web");
    let plan = scene.plan(false);
    let writes = plan.steps.iter().any(|step| step.action.region().is_some());
    assert!(!writes, "{:#?}", plan.steps);
    assert!(plan.is_blocked());
}

#[test]
fn a_pair_that_somebody_else_still_uses_is_not_deleted() {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.apply(false);
    scene.bind("web", "i-3");
    scene.apply(true);
    let end = scene.end();
    assert!(end.pairs.contains_key("web"), "it is still there");
    assert_eq!(end.instances["i-3"].0.as_deref(), Some("web"));
    assert_eq!(end.keys, BTreeSet::from(["keys/web.pem".to_owned()]), "and so is its key");
}

#[test]
fn what_changed_between_plan_and_apply_makes_the_plan_stale_before_its_first_write() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let plan = scene.plan(false);
    scene.import_foreign("theirs");
    scene.bind("theirs", "i-3");
    let Ran { outcome, writes, .. } = scene.run_saved(&plan, Vec::new());
    let wanted = "bindingChanged(address=instance/cn-hangzhou/i-3; before=nothing; now=theirs)";
    assert_eq!(reasons(outcome), [wanted]);
    assert_eq!(writes, []);
}

#[test]
fn what_happens_to_other_things_does_not_make_a_plan_stale() {
    let scene = Scene::new(&bound("web", "i-1"));
    let plan = scene.plan(false);
    scene.import_foreign("theirs");
    scene.bind("theirs", "i-3");
    let Ran { outcome, .. } = scene.run_saved(&plan, Vec::new());
    let Ok(Applied::Ran { report, .. }) = outcome else { panic!("it ran: {outcome:?}") };
    assert!(report.is_complete());
}

fn is_applied_already(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(SessionError::AlreadyApplied))
}

#[test]
fn a_plan_is_applied_once_and_the_same_wish_again_after_a_destroy_is_another_plan() {
    let scene = Scene::new(&bound("web", "i-1"));
    let first = scene.plan(false);
    scene.run_saved(&first, Vec::new()).outcome.expect("it is applied");
    let again = scene.run_saved(&first, Vec::new()).outcome.expect_err("not twice");
    assert!(is_applied_already(again.as_ref()), "{again}");
    scene.apply(true);
    let second = scene.plan(false);
    assert_ne!(first.digest, second.digest);
    scene.run_saved(&first, Vec::new()).outcome.expect_err("the first stays refused");
    scene.run_saved(&second, Vec::new()).outcome.expect("the second is applied");
}

#[test]
fn a_saved_plan_that_was_interrupted_resumes() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let plan = scene.plan(false);
    let undisturbed = scene.fork();
    let calls = undisturbed.run(false, Vec::new()).calls;
    for call in 0..calls {
        let scene = scene.fork();
        let disk = scene.disk.clone();
        let stop = Act::StopAfter(Arc::new(move || disk.stop_now()));
        let faults = vec![Fault { when: When::Call(call), act: stop }];
        let _ = scene.run_saved(&plan, faults);
        resumes(&scene, &plan, &format!("call {call}"));
    }
    for operation in scene.disk.operations()..undisturbed.disk.operations() {
        let scene = scene.fork();
        scene.disk.stop_at(operation);
        let _ = scene.run_saved(&plan, Vec::new());
        resumes(&scene, &plan, &format!("operation {operation}"));
    }
}

/// The same plan again, after a crash, comes to its end, with one restart for each instance.
#[track_caller]
fn resumes(scene: &Scene, plan: &Plan, moment: &str) {
    scene.crash();
    scene.pass(Duration::from_secs(60));
    match scene.run_saved(plan, Vec::new()).outcome {
        Ok(Applied::Ran { report, .. }) => {
            assert!(report.is_complete(), "{moment}: {report:#?}");
        }
        Ok(other) => panic!("{moment}: {other:?}"),
        // The last stops come after everything was written down.
        Err(error) => assert!(is_applied_already(error.as_ref()), "{moment}: {error}"),
    }
    assert!(scene.plan(false).is_empty(), "{moment}");
    for id in instances() {
        assert_eq!(scene.end().instances[id.as_str()].3, 1, "{moment}: restarts of {id}");
    }
}

#[test]
fn an_instance_that_is_bound_again_is_restarted_again() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: vec![InstanceId::new("i-2")],
    });
    scene.happen(Fact::Restarted {
        region: region(),
        instance_ids: vec![InstanceId::new("i-2")],
        milliseconds: 1_000,
        moves_start_time: true,
        by: Actor::Person,
    });
    scene.pass(Duration::from_secs(60));
    scene.apply(false);
    let (pair, in_effect, _, restarts) = scene.end().instances["i-2"].clone();
    assert_eq!((pair.as_deref(), in_effect, restarts), (Some("web"), true, 3));
}

#[test]
fn a_pair_is_deleted_only_after_the_restarts_that_take_guests_off_it() {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    scene.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    let calls = scene.fork().run(false, Vec::new()).calls;
    for call in 0..calls {
        let scene = scene.fork();
        let disk = scene.disk.clone();
        let stop = Act::StopBefore(Arc::new(move || disk.stop_now()));
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act: stop }]);
        scene.crash();
        for seconds in [0, 1, 60] {
            scene.pass(Duration::from_secs(seconds));
            let plan = scene.plan(false);
            let is_delete = |step: &Step| matches!(step.action, Action::DeletePair { .. });
            let Some(delete) = plan.steps.iter().position(is_delete) else { continue };
            let before = ancestors(&plan, delete);
            for (id, step) in plan.steps.iter().enumerate() {
                let restarts = matches!(step.action, Action::Restart { .. });
                assert!(
                    !restarts || before.contains(&StepId::new(id)),
                    "call {call}: step {id} comes too late"
                );
            }
            let accepting = scene.guests_of("web");
            let moving: BTreeSet<String> = plan
                .steps
                .iter()
                .filter(|step| matches!(step.action, Action::Restart { .. }))
                .flat_map(|step| step.action.items().iter().map(|item| item.id.to_string()))
                .collect();
            assert!(accepting.is_subset(&moving), "call {call}: {accepting:?} still accept web");
        }
    }
}

pub(super) fn ancestors(plan: &Plan, step: usize) -> BTreeSet<StepId> {
    let mut seen = BTreeSet::new();
    let mut open = vec![StepId::new(step)];
    while let Some(step) = open.pop() {
        open.extend(plan.steps[step].after.iter().filter(|&&before| seen.insert(before)));
    }
    seen
}

/// A forged plan could move the cursor up and write over what it does.
#[test]
fn a_plan_that_could_command_the_terminal_is_not_read() {
    let scene = Scene::new(&bound("web", "i-1"));
    let text = render::plan::json(&scene.plan(false));
    assert!(text.contains("\"one\""), "the instance's name is in it: {text}");
    // Written as keyform writes it, it is shown as that; bare, it would command the terminal.
    let escaped = text.replace("\"one\"", "\"one\\u009b2A\"");
    let forged = text.replace("\"one\"", "\"one\u{9b}2A\"");
    for (path, text, is_refused) in [
        ("plan.json", &text, false),
        ("escaped.json", &escaped, false),
        ("forged.json", &forged, true),
    ] {
        write_plan(&scene.disk, Path::new(path), text).expect("it is written");
        let read = read_plan(&scene.disk, Path::new(path));
        let refused = read.as_ref().err().map(SavedPlanError::code);
        let expected = is_refused.then_some(SavedPlanErrorCode::Invisible);
        assert_eq!(refused, expected, "{path}: {read:?}");
    }
}

#[test]
fn nothing_but_a_plan_is_replaced_by_a_plan() {
    let scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    let before = scene.disk.files();
    for path in ["keys/web.pem", ".keyform/state/0000000002.state.json", "keys"] {
        let refused = write_plan(&scene.disk, Path::new(path), "{}").expect_err(path);
        assert_eq!(refused.code(), SavedPlanErrorCode::Occupied, "{refused}");
    }
    assert_eq!(scene.disk.files(), before);
    let text = render::plan::json(&scene.plan(true));
    for _ in 0..2 {
        write_plan(&scene.disk, Path::new("plan.json"), &text).expect("a plan is replaced");
    }
}
