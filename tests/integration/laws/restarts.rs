//! L9: restarts are counted, whatever else happens to the instances of a binding.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    emulator::{Act, Fact, Fault, Faulty, When},
    model::{Address, CloudName, InstanceId, InstanceStatus},
    plan::{Action, Plan, ReasonCode, Step},
    session::Applied,
};

use super::scene::{INVENTORY, Ran, Scene, bound, instances, region};

/// Lets a test look and meddle before each call.
pub(super) struct Meddler<F> {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) before: F,
}

impl<F: Fn(&Request) + Send + Sync> Transport for Meddler<F> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        (self.before)(request);
        self.inner.call(request)
    }
}

/// Does something once, right before a run looks who is down for its first restart. The first look
/// after the binding is its baseline; the second one counts.
pub(super) fn before_the_count<F: Fn(&Scene) + Send + Sync>(
    scene: &Scene,
    act: F,
) -> impl Fn(&Request) + Send + Sync + use<F> {
    let (other, looks) = (scene.clone(), AtomicUsize::new(0));
    move |request: &Request| {
        let bound = other.world(|world, _| world.bound(&region(), &instances()[0]).is_some());
        if bound
            && matches!(request, Request::DescribeInstances(_))
            && looks.fetch_add(1, Ordering::SeqCst) == 1
        {
            act(&other);
        }
    }
}

fn down(scene: &Scene) -> Vec<String> {
    scene.world(|world, now| {
        let is_down =
            |id: &InstanceId| world.status(now, &region(), id) != Some(InstanceStatus::Running);
        instances().into_iter().filter(is_down).map(|id| id.to_string()).collect()
    })
}

/// How often a run has asked for restarts.
pub(super) fn reboots(ran: &Ran) -> usize {
    ran.writes.iter().filter(|request| request.operation() == "RebootInstances").count()
}

fn complete(ran: &Ran) -> bool {
    match &ran.outcome {
        Ok(Applied::Ran { report, .. }) => report.is_complete(),
        other => panic!("it ran: {other:?}"),
    }
}

/// The number of the call that restarts the first instance.
pub(super) fn first_reboot(scene: &Scene) -> usize {
    first_call(scene, "RebootInstances")
}

/// The number of the first call of an operation in a run.
pub(super) fn first_call(scene: &Scene, operation: &'static str) -> usize {
    let calls = Arc::new(Mutex::new((0, None)));
    let seen = calls.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            let mut seen = seen.lock().expect("no panic");
            if request.operation() == operation && seen.1.is_none() {
                seen.1 = Some(seen.0);
            }
            seen.0 += 1;
        },
    });
    assert!(complete(&ran));
    let first = calls.lock().expect("no panic").1;
    first.expect("it is called")
}

#[test]
fn never_more_instances_are_down_than_the_binding_allows() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let eye = scene.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |_: &Request| assert!(down(&eye).len() <= 1, "down: {:?}", down(&eye)),
    });
    assert!(complete(&ran));
}

#[test]
fn a_restart_waits_for_an_instance_that_somebody_else_restarts() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let other = scene.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| match request {
            // While the first wave is being bound, somebody restarts an instance of the last one.
            Request::AttachKeyPair { instance_ids, .. } if instance_ids[0].as_str() == "i-1" => {
                other.restart("i-3");
            }
            Request::RebootInstances { .. } => assert_eq!(down(&other), [] as [String; 0]),
            _ => {}
        },
    });
    assert!(complete(&ran));
}

#[test]
fn a_restart_by_somebody_else_is_the_one_that_was_needed() {
    let scene = Scene::new(&bound("web", "i-1"));
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: before_the_count(&scene, |other| other.restart("i-1")),
    });
    assert!(complete(&ran));
    assert_eq!(scene.end().instances["i-1"].3, 1, "it was restarted once");
    assert!(!ran.writes.iter().any(|request| request.operation() == "RebootInstances"));
}

#[test]
fn a_stopped_instance_is_bound_last_and_never_started() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let stop = Fact::Stopped { region: region(), instance_ids: vec![InstanceId::new("i-2")] };
    scene.happen(stop);
    scene.apply(false);
    let end = scene.end();
    assert_eq!(end.instances["i-2"], (Some("web".into()), false, InstanceStatus::Stopped, 0));
    assert_eq!(end.instances["i-1"].3, 1);
    let notes = scene.plan(false).notes;
    assert_eq!(notes.len(), 1, "{notes:#?}");
    scene.happen(Fact::Started {
        region: region(),
        instance_ids: vec![InstanceId::new("i-2")],
        milliseconds: 30_000,
    });
    scene.pass(Duration::from_secs(60));
    let plan = scene.plan(false);
    assert!(plan.is_empty() && plan.notes.is_empty(), "its start took it into effect: {plan:#?}");
    assert!(scene.end().instances["i-2"].1);
}

#[test]
fn an_instance_that_does_not_come_back_stops_the_waves_after_it() {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let endless = super::scene::INVENTORY.replace("restartTime: 30s", "restartTime: 2h");
    scene.write("inventory.yaml", &endless);
    let ran = scene.run_with(|inner| Meddler { inner, before: |_: &Request| {} });
    assert!(!complete(&ran));
    assert_eq!(reboots(&ran), 1, "only the first wave");
    let again = scene.run_with(|inner| Meddler { inner, before: |_: &Request| {} });
    assert_eq!(reboots(&again), 0, "it counts as down in the next run too");
    scene.pass(Duration::from_secs(3 * 3600));
    scene.write("inventory.yaml", super::scene::INVENTORY);
    scene.converge(false);
    assert_eq!(scene.end().instances["i-1"].3, 1, "and is not restarted again");
}

/// A run has restarted `i-1`, which went down and stayed there.
fn left_stopped() -> Scene {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let other = scene.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |_: &Request| {
            if other.end().instances["i-1"].2 == InstanceStatus::Stopping {
                let instance_ids = vec![InstanceId::new("i-1")];
                other.happen(Fact::Stopped { region: region(), instance_ids });
            }
        },
    });
    assert!(!complete(&ran));
    scene
}

/// The rows of a plan that tell people to start an instance.
fn told_to_start(plan: &Plan) -> Vec<String> {
    let told = plan.notes.iter().filter(|note| note.reason.code() == ReasonCode::NotBack);
    told.map(|note| note.address.to_string()).collect()
}

/// One that went down and stayed there is Stopped before the next run, and yet it is keyform that
/// took it down.
#[test]
fn an_instance_that_stays_stopped_after_its_restart_counts_as_down_until_it_is_back() {
    let mut scene = left_stopped();
    let policy = "i-3], restart: {when: now, settle: 1s}";
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3").replace("i-3]", policy));
    for _ in 0..2 {
        scene.pass(Duration::from_secs(3600));
        assert_eq!(reboots(&scene.run(false, Vec::new())), 0, "one is down, and no more may be");
        assert!(scene.end().instances["i-1"].0.is_some());
    }
    scene.happen(Fact::Started {
        region: region(),
        instance_ids: vec![InstanceId::new("i-1")],
        milliseconds: 30_000,
    });
    scene.converge(false);
    let restarts: Vec<_> = scene.end().instances.into_values().map(|one| one.3).collect();
    assert_eq!(restarts, [1, 1, 1]);
}

/// It keeps others from being restarted, whatever keeps it from being changed itself.
#[test]
fn people_are_told_once_to_start_what_stays_stopped() {
    let mut scene = left_stopped();
    scene.pass(Duration::from_secs(3600));
    assert_eq!(told_to_start(&scene.plan(false)), ["instance/cn-hangzhou/i-1"]);
    let held = "{id: i-1, tags: {\"keyform:hold\": \"2026-11-24T00:00:00Z\"},";
    scene.write("inventory.yaml", &INVENTORY.replace("{id: i-1,", held));
    assert_eq!(told_to_start(&scene.plan(false)), ["instance/cn-hangzhou/i-1"]);
    let selected = bound("ops", "i-1").replace("instances: [i-1]", "selector: {tags: {role: ops}}");
    scene.write("ops.yaml", &selected);
    scene.write("inventory.yaml", &INVENTORY.replace("{id: i-1,", "{id: i-1, tags: {role: ops},"));
    assert_eq!(told_to_start(&scene.plan(false)), ["instance/cn-hangzhou/i-1"]);
    scene.write("ops.yaml", "");
    scene.write("web.yaml", &bound("web", "i-2, i-3"));
    assert_eq!(told_to_start(&scene.plan(false)), ["instance/cn-hangzhou/i-1"]);
}

/// A run that is killed after its first restart, and the machine an hour later.
pub(super) fn killed_after_its_restart(before: &Scene) -> Scene {
    killed_after(before, first_reboot(&before.fork()))
}

/// A run that is killed after a call, and the machine an hour later.
pub(super) fn killed_after(before: &Scene, call: usize) -> Scene {
    let (hook, stopped) = before.stopper();
    let act = Act::StopAfter(hook);
    let _ = before.run(false, vec![Fault { when: When::Call(call), act }]);
    before.crash();
    let scene = before.at(*stopped.get().expect("it was stopped"));
    scene.pass(Duration::from_secs(3600));
    scene
}

/// What is found is written down first, and nothing else waits for that.
#[test]
fn a_restart_waits_for_the_record_of_what_was_found() {
    let mut scene = Scene::new(&bound("web", ""));
    scene.apply(false);
    scene.bind("web", "i-1");
    scene.bind("web", "i-3");
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    let plan = scene.plan(false);
    let record_of = |id: &InstanceId| {
        let address = Address::Instance(id.in_region(&region()));
        let records = |step: &Step| match &step.action {
            Action::Record { changes } => changes.iter().any(|change| change.address() == address),
            _ => false,
        };
        plan.numbered().find(|(_, step)| records(step)).map(|(id, _)| id)
    };
    let restarts = plan.steps.iter().filter(|step| matches!(step.action, Action::Restart { .. }));
    let waits_for = |step: &Step| {
        let records = step
            .after
            .iter()
            .filter(|&&before| matches!(plan.steps[before].action, Action::Record { .. }));
        records.copied().collect::<Vec<_>>()
    };
    let found: Vec<_> = restarts
        .map(|step| {
            let [item] = step.action.items() else { panic!("one at a time: {step:#?}") };
            (item.id.to_string(), record_of(&item.id), waits_for(step))
        })
        .collect();
    let [(one, record, after), (two, none, nothing), (three, other, later)] = &found[..] else {
        panic!("three restarts: {plan:#?}")
    };
    assert_eq!([one, two, three], ["i-1", "i-2", "i-3"]);
    assert_eq!((record.as_slice(), other.as_slice()), (&after[..], &later[..]));
    assert!(record.is_some() && none.is_none() && nothing.is_empty());
}

/// The run that bound it could not write that down, and the next one is killed in its turn, after
/// whatever call: it stays known that the instance is ours, also when nobody wants it any more.
#[test]
fn what_was_bound_and_not_written_down_is_unbound_again() {
    let before = Scene::new(&bound("web", "i-1"));
    let bound_only = killed_after(&before, first_call(&before.fork(), "AttachKeyPair"));
    let reboot = first_reboot(&bound_only.fork());
    for call in reboot - 1..bound_only.fork().run(false, Vec::new()).calls {
        let mut scene = killed_after(&bound_only.fork(), call);
        scene.write("web.yaml", "");
        scene.converge(false);
        assert_eq!(scene.end().instances["i-1"].0, None, "killed after call {call}");
        assert!(scene.end().pairs.is_empty(), "killed after call {call}");
    }
}

/// No record says what it was bound to when it was restarted, and yet that has taken effect.
#[test]
fn what_somebody_else_bound_or_unbound_is_restarted_once_for_that() {
    let unbound = Scene::new(&bound("web", "i-1"));
    unbound.apply(false);
    let (key_pair_name, instance_ids) = (CloudName::new("web"), vec![InstanceId::new("i-1")]);
    unbound.happen(Fact::Unbound { region: region(), key_pair_name, instance_ids });
    let mut unbound = killed_after_its_restart(&{
        let mut scene = unbound;
        scene.write("web.yaml", &bound("web", ""));
        scene
    });
    unbound.converge(false);
    assert_eq!(unbound.end().instances["i-1"].3, 2, "one for its binding, and one for that");
    unbound.write("web.yaml", &bound("web", "i-1, i-2"));
    unbound.converge(false);
    unbound.bind("web", "i-3");
    unbound.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    let found = killed_after_its_restart(&unbound);
    found.converge(false);
    assert_eq!(found.end().instances["i-3"].3, 1);
}

/// It has booted since, so that keyform is not why it is down.
#[test]
fn what_somebody_stops_after_its_restart_is_found_stopped() {
    let scene = killed_after_its_restart(&Scene::new(&bound("web", "i-1, i-2, i-3")));
    let instance_ids = vec![InstanceId::new("i-1")];
    scene.happen(Fact::Stopped { region: region(), instance_ids: instance_ids.clone() });
    let plan = scene.plan(false);
    assert_eq!(plan.fleets[0].stopped, instance_ids);
    assert!(told_to_start(&plan).is_empty());
    scene.converge(false);
}

/// What was counted half a minute ago says nothing about now.
#[test]
fn a_restart_that_is_put_off_by_the_service_is_counted_again() {
    let before = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let calls = before.fork().run(false, Vec::new()).calls;
    let mut seen = 0;
    for call in 0..calls {
        let scene = before.fork();
        let (other, attempts) = (scene.clone(), AtomicUsize::new(0));
        let put_off = Arc::new(AtomicUsize::new(0));
        let told = put_off.clone();
        let ran = scene.run_with(|inner| Meddler {
            inner: Arc::new(Faulty::new(
                inner,
                vec![Fault { when: When::Call(call), act: Act::Throttle }],
            )),
            before: move |request: &Request| {
                let number = attempts.fetch_add(1, Ordering::SeqCst);
                if matches!(request, Request::RebootInstances { .. }) {
                    assert_eq!(down(&other), [] as [String; 0], "call {call}");
                    if number == call {
                        // It was counted before that; the next attempt comes after it.
                        other.restart("i-3");
                        told.fetch_add(1, Ordering::SeqCst);
                    }
                }
            },
        });
        assert!(complete(&ran), "call {call}");
        seen += put_off.load(Ordering::SeqCst);
    }
    assert_eq!(seen, 3, "each restart was put off once");
}

/// To the minute, a restart in the minute of the one before moves nothing that can be seen: that
/// the run saw the instance leave is what counts.
#[test]
fn times_to_the_minute_and_start_times_that_do_not_move_are_coped_with() {
    for inventory in [
        super::scene::INVENTORY.replace("startTimePrecision: second", "startTimePrecision: minute"),
        super::scene::INVENTORY
            .replace("restartTime: 30s", "restartTime: 5s\n  rebootMovesStartTime: false"),
    ] {
        let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
        scene.write("inventory.yaml", &inventory);
        scene.apply(false);
        scene.apply(true);
        scene.apply(false);
        let end = scene.end();
        for id in instances() {
            let (pair, in_effect, _, restarts) = &end.instances[id.as_str()];
            assert_eq!((pair.as_deref(), *in_effect, *restarts), (Some("web"), true, 3), "{id}");
        }
    }
}

/// Where StartTime does not move, that the next run sees the instance on its way tells that the
/// restart of the run before was heard.
#[test]
fn an_instance_that_an_earlier_run_restarts_is_waited_for_and_not_restarted_again() {
    let still = super::scene::INVENTORY
        .replace("restartTime: 30s", "restartTime: 30s\n  rebootMovesStartTime: false");
    let mut before = Scene::new(&bound("web", "i-1, i-2, i-3"));
    before.write("inventory.yaml", &still);
    let calls = before.fork().run(false, Vec::new()).calls;
    let mut seen = 0;
    for call in 0..calls {
        let scene = before.fork();
        let (hook, stopped) = scene.stopper();
        let act = Act::StopAfter(hook);
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act }]);
        scene.crash();
        let scene = scene.at(*stopped.get().expect("it was stopped"));
        let under_way = scene.end().instances;
        scene.apply(false);
        let end = scene.end().instances;
        for (id, (.., status, restarts)) in under_way {
            if status != InstanceStatus::Running {
                seen += 1;
                assert_eq!(end[&id].3, restarts, "{id} after call {call}");
            }
        }
    }
    assert!(seen >= instances().len(), "each was once found on its way: {seen}");
}

/// The restart of an earlier run ends between the plan and its apply: nothing is left to do but to
/// write that down, and a plan after that is empty (L1).
#[test]
fn a_restart_that_ends_between_plan_and_apply_is_written_down() {
    for destroy in [false, true] {
        let before = Scene::new(&bound("web", "i-1, i-2, i-3"));
        if destroy {
            before.apply(false);
        }
        let calls = before.fork().run(destroy, Vec::new()).calls;
        let mut seen = 0;
        for call in 0..calls {
            let scene = before.fork();
            let (hook, stopped) = scene.stopper();
            let act = Act::StopAfter(hook);
            let _ = scene.run(destroy, vec![Fault { when: When::Call(call), act }]);
            scene.crash();
            let scene = scene.at(*stopped.get().expect("it was stopped"));
            let under_way = down(&scene);
            let plan = scene.plan(destroy);
            scene.pass(Duration::from_secs(60));
            let ran = scene.run_saved(&plan, Vec::new());
            if under_way.is_empty() || plan.is_empty() {
                continue;
            }
            seen += 1;
            assert!(complete(&ran), "after call {call}");
            let again = scene.plan(destroy);
            assert!(again.is_empty(), "after call {call}: {again:#?}");
        }
        assert!(seen > 0, "an instance was once found on its way");
    }
}
