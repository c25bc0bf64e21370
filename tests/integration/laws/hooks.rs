//! Hooks: what prepares an instance for its restart, and what puts it back (L9).

use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use keyform::{
    apply::{Answer, Call, Command, Event, Limits, Report, Run, Scheduler},
    cloud::Cloud,
    disk::{Disk as _, RealDisk},
    driver::Clock as _,
    ecs::Request,
    emulator::{Act, Fact, Fault, InjectedFailure, When},
    model::{Address, CloudName, InstanceId},
    plan::{Action, Plan, ReasonCode, Step, expect::Verdict},
    session::Applied,
    state::Intent,
};

use super::{
    decisions::decision,
    evidence,
    restarts::{Meddler, first_call, first_reboot, killed_after_its_restart},
    scene::{INVENTORY, Ran, Scene, bound, region},
    schedule::time,
};

/// A file of this machine to which hooks write, and the manifests that have them do so.
pub(super) struct Log {
    directory: tempfile::TempDir,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Hooks that write down what they are for; `before` and `after` are what they do then.
    pub(super) fn manifests(&self, before: &str, after: &str, policy: &str) -> String {
        let hook = |then: &str| {
            let path = self.path();
            let script = format!(
                "test $KEYFORM_BINDING = web-fleet && echo $KEYFORM_PURPOSE \
                     $KEYFORM_INSTANCE_ID >> {}; {then}",
                path.display()
            );
            format!("{{command: [sh, -c, '{script}']}}")
        };
        let restart = format!(
            "restart: {{when: now, {policy} before: {}, after: {}}}, instances:",
            hook(before),
            hook(after)
        );
        bound("web", "i-1, i-2, i-3").replace("instances:", &restart)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn report(ran: &Ran) -> &Report {
    match &ran.outcome {
        Ok(Applied::Ran { report, .. }) => report,
        other => panic!("it ran: {other:?}"),
    }
}

decision!(hooks_are_shown_in_full, {
    let hooks = "restart: {when: now, before: {command: [drain, --wait, 'a b'], timeout: 2m, \
                 environment: {LB: lb-1}}, after: {command: [undrain]}}, instances:";
    Scene::new(&bound("web", "i-1, i-2, i-3").replace("instances:", hooks))
});

#[test]
fn each_instance_is_prepared_restarted_and_put_back_before_the_next() {
    let log = Log::new();
    let scene = Scene::new(&log.manifests("true", "true", ""));
    let path = log.path();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            if let Request::RebootInstances { instance_ids, .. } = request {
                let line = format!("restart {}\n", instance_ids[0]);
                RealDisk.append_file(&path, line.as_bytes()).expect("it is written");
            }
        },
    });
    assert!(report(&ran).is_complete());
    let of = |id: &str| [format!("before {id}"), format!("restart {id}"), format!("after {id}")];
    assert_eq!(log.lines(), ["i-1", "i-2", "i-3"].map(of).concat());
    assert!(scene.plan(false).is_empty());
}

#[test]
fn what_cannot_be_prepared_is_not_restarted() {
    let log = Log::new();
    let mut scene = Scene::new(&log.manifests("exit 3", "true", ""));
    let ran = scene.run(false, Vec::new());
    assert!(!report(&ran).is_complete());
    assert!(ran.writes.iter().all(|request| request.operation() != "RebootInstances"));
    assert_eq!(log.lines(), ["before i-1"], "nothing puts back what was not prepared");
    let told = format!("{:?}", report(&ran));
    assert!(told.contains("purpose: Before, failure: Ended { code: 3 }"), "{told}");
    scene.write("web.yaml", &log.manifests("true", "true", ""));
    scene.apply(false);
    assert_eq!(scene.guests_of("web").len(), 3);
}

#[test]
fn what_is_prepared_in_vain_is_put_back() {
    let log = Log::new();
    let scene = Scene::new(&log.manifests("true", "true", ""));
    let call = first_reboot(&scene.fork());
    RealDisk.remove_file(&log.path()).expect("it is there");
    let code = "IncorrectInstanceStatus".to_owned();
    let act = Act::Before(InjectedFailure::Service { status: 403, code });
    let ran = scene.run(false, vec![Fault { when: When::Call(call), act }]);
    assert!(!report(&ran).is_complete());
    assert_eq!(log.lines(), ["before i-1", "after i-1"]);
    scene.apply(false);
}

/// Its restart is in effect, but it is not back: that is not forgotten, and it is not restarted
/// again, whether StartTime tells of the restart or not.
#[test]
fn what_could_not_be_put_back_is_put_back_by_the_next_run() {
    for moves in ["true", "false"] {
        put_back_by_the_next_run(moves);
    }
}

fn put_back_by_the_next_run(reboot_moves_start_time: &str) {
    let log = Log::new();
    let mut scene = Scene::new(&log.manifests("true", "exit 1", ""));
    let moves = format!("restartTime: 30s\n  rebootMovesStartTime: {reboot_moves_start_time}");
    scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", &moves));
    let ran = scene.run(false, Vec::new());
    assert!(!report(&ran).is_complete());
    assert_eq!(log.lines(), ["before i-1", "after i-1"]);
    let address = Address::Instance(InstanceId::new("i-1").in_region(&region()));
    let open = evidence::recorded(&scene).intents[&address].clone();
    let Intent::PutBack { evidence, .. } = open.intent else { panic!("it is put back: {open:?}") };
    scene.write("web.yaml", &log.manifests("true", "true", ""));
    scene.pass(std::time::Duration::from_secs(60));
    scene.apply(false);
    assert_eq!(evidence::evidence_of(&scene)["i-1"], Some(evidence), "it is not seen again");
    let of = |id: &str| [format!("before {id}"), format!("after {id}")];
    let all =
        [of("i-1").to_vec(), vec!["after i-1".to_owned()], of("i-2").to_vec(), of("i-3").to_vec()];
    assert_eq!(log.lines(), all.concat());
    assert!(scene.end().instances.values().all(|(_, _, _, restarts)| *restarts == 1));
}

/// Whenever the machine stops: every restart is followed by what puts the instance back, and none
/// is made twice.
#[test]
fn a_run_that_was_interrupted_leaves_nobody_prepared() {
    let log = Log::new();
    interrupted(&log, &Scene::new(&log.manifests("true", "true", "")), 1);
}

/// The last hook that ran for an instance.
fn last(log: &Log, id: &str) -> String {
    let lines = log.lines();
    let mut own = lines.iter().filter_map(|line| line.strip_suffix(id));
    own.next_back().expect("a hook ran").trim().to_owned()
}

#[test]
fn what_somebody_stops_before_it_is_put_back_is_put_back_once_it_is_started() {
    let log = Log::new();
    let scene = killed_after_its_restart(&Scene::new(&log.manifests("true", "true", "")));
    let instance_ids = vec![InstanceId::new("i-1")];
    scene.happen(Fact::Stopped { region: region(), instance_ids: instance_ids.clone() });
    scene.converge(false);
    assert_eq!(last(&log, "i-1"), "before");
    let plan = scene.plan(false);
    let told = plan.notes.iter().map(|note| note.reason.code()).collect::<Vec<_>>();
    assert_eq!(told, [ReasonCode::StoppedPrepared]);
    scene.happen(Fact::Started { region: region(), instance_ids, milliseconds: 30_000 });
    scene.converge(false);
    assert_eq!(last(&log, "i-1"), "after");
    assert!(scene.plan(false).notes.is_empty());
}

/// It was prepared, and by the time that a run looks again it may not be restarted.
#[test]
fn what_was_prepared_and_not_restarted_is_put_back_when_its_restart_is_deferred() {
    let log = Log::new();
    let deny = "deny: [{from: \"2026-11-23T11:00:00Z\", to: \"2026-11-23T12:00:00Z\", reason: \
                lunch}],";
    for policy in ["", "maxUnavailable: 3,"] {
        let _ = RealDisk.remove_file(&log.path());
        let scene = Scene::new(&log.manifests("true", "true", &format!("{policy} {deny}")));
        let reboot = first_call(&scene.fork(), "RebootInstances");
        let _ = RealDisk.remove_file(&log.path());
        let act = Act::Before(InjectedFailure::NoAnswer);
        assert!(
            !report(&scene.run(false, vec![Fault { when: When::Call(reboot), act }])).is_complete()
        );
        assert_eq!(last(&log, "i-1"), "before");
        let lunch = scene.at(time("2026-11-23T11:10:00Z"));
        lunch.converge(false);
        assert_eq!(last(&log, "i-1"), "after", "{policy}");
        assert_eq!(lunch.end().instances["i-1"].3, 0);
        let later = lunch.at(time("2026-11-23T12:10:00Z"));
        later.converge(false);
        assert!(later.end().instances.values().all(|one| one.3 == 1), "{policy}");
        assert_eq!(last(&log, "i-1"), "after");
    }
}

/// What prepared it once prepares it no more, and somebody else restarts it.
#[test]
fn what_was_prepared_stays_so_until_it_is_put_back() {
    let log = Log::new();
    let broken = log.directory.path().join("broken");
    let before = format!("test ! -e {}", broken.display());
    let manifests = log.manifests(&before, "true", "");
    let mut scene = killed_after_its_restart(&Scene::new(&manifests));
    RealDisk.create_file(&broken, b"").expect("it is made");
    scene.write("web.yaml", &manifests.replace("i-1, i-2, i-3", ""));
    assert!(!report(&scene.run(false, Vec::new())).is_complete());
    scene.restart("i-1");
    scene.converge(false);
    assert_eq!((last(&log, "i-1").as_str(), scene.end().instances["i-1"].3), ("after", 2));
}

/// What is prepared is not there for others: it comes before more of them are taken down.
#[test]
fn what_an_earlier_run_has_prepared_comes_first() {
    let log = Log::new();
    let first = killed_after_its_restart(&Scene::new(&log.manifests("true", "true", "")));
    let scene = killed_after_its_restart(&first);
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: vec![InstanceId::new("i-1")],
    });
    let plan = scene.plan(false);
    let wave = |step: &Step| match &step.action {
        Action::Restart { wave, items, .. } => Some((*wave, items[0].id.to_string())),
        _ => None,
    };
    let mut waves: Vec<_> = plan.steps.iter().filter_map(wave).collect();
    waves.sort();
    assert_eq!(waves, [(1, "i-2".to_owned()), (2, "i-1".to_owned()), (3, "i-3".to_owned())]);
}

/// Nobody else would put it back.
#[test]
fn people_are_told_of_what_is_let_go_of_while_it_is_prepared() {
    let log = Log::new();
    let manifests = log.manifests("true", "true", "");
    let mut scene = killed_after_its_restart(&Scene::new(&manifests));
    let told = |scene: &Scene| {
        let notes = scene.plan(false).notes;
        let told = notes.iter().filter(|note| note.reason.code() == ReasonCode::LeftPrepared);
        told.map(|note| note.address.to_string()).collect::<Vec<_>>()
    };
    scene.import_foreign("theirs");
    scene.bind("theirs", "i-1");
    scene.write("web.yaml", &manifests.replace("i-1, i-2, i-3", "i-2, i-3"));
    assert_eq!(told(&scene), ["instance/cn-hangzhou/i-1"]);
    scene.converge(false);
    assert!(told(&scene).is_empty());
}

/// The same of what is unbound.
#[test]
fn an_unbinding_that_was_interrupted_leaves_nobody_prepared() {
    let log = Log::new();
    let mut scene = Scene::new(&log.manifests("true", "true", ""));
    scene.apply(false);
    scene.write("web.yaml", &log.manifests("true", "true", "").replace("i-1, i-2, i-3", ""));
    interrupted(&log, &scene, 2);
}

/// Stops the machine after each call of a run, and runs again to the end.
fn interrupted(log: &Log, before: &Scene, restarts_each: usize) {
    let calls = before.fork().run(false, Vec::new()).calls;
    for call in 0..calls {
        let _ = RealDisk.remove_file(&log.path());
        let scene = before.fork();
        let (hook, stopped) = scene.stopper();
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act: Act::StopAfter(hook) }]);
        scene.crash();
        let scene = scene.at(*stopped.get().expect("it was stopped"));
        scene.converge(false);
        for id in ["i-1", "i-2", "i-3"] {
            let lines = log.lines();
            let own: Vec<_> = lines.iter().filter(|line| line.ends_with(id)).collect();
            let last = own.last().map(|line| line.as_str());
            assert_eq!(last, Some(format!("after {id}").as_str()), "after call {call}: {own:?}");
        }
        let mut instances = scene.end().instances.into_values();
        assert!(instances.all(|(_, _, _, restarts)| restarts == restarts_each), "{call}");
    }
}

/// From the beginning of its preparation until it is put back an instance counts as down.
#[test]
fn prepared_instances_count_as_down() {
    let log = Log::new();
    let scene = Scene::new(&log.manifests("true", "true", "maxUnavailable: 2,"));
    let ran = scene.run(false, Vec::new());
    assert!(report(&ran).is_complete());
    let mut down = 0_usize;
    for line in log.lines() {
        if line.starts_with("before") {
            down += 1;
        } else {
            down -= 1;
        }
        assert!(down <= 2, "{:?}", log.lines());
    }
}

/// How the run of a plan ends whose hooks succeed, and of which those that are for `last` end after
/// all else that goes on.
fn run_with_hooks_ending(scene: &Scene, plan: &Plan, last: &str) -> Report {
    let run = Run {
        verdict: Verdict::default(),
        recorded: evidence::recorded(scene),
        lineage: plan.lineage.clone().expect("there is a state"),
        revision: plan.serial + 1,
        held_keys: Default::default(),
        budget: keyform::apply::Budget::unlimited(),
    };
    let cloud = Cloud::new(Arc::new(scene.cloud()));
    let mut scheduler = Scheduler::new(plan, run, Limits::default());
    let mut events = VecDeque::from([Event::Start]);
    let mut last_hooks = VecDeque::new();
    let mut wake_at = None;
    loop {
        let event = events.pop_front().or_else(|| last_hooks.pop_front()).unwrap_or_else(|| {
            scene.clock.advance_to(wake_at.take().expect("something is awaited"));
            Event::Tick
        });
        for command in scheduler.handle(scene.clock.now(), event) {
            match command {
                Command::Record(_) => events.push_back(Event::Recorded),
                Command::Call(ticket, Call::Run { about, .. }) => {
                    let answer = Answer::Ran { failure: None, output: String::new() };
                    let is_last = about["KEYFORM_PURPOSE"] == last;
                    let queue = if is_last { &mut last_hooks } else { &mut events };
                    queue.push_back(Event::Answered(ticket, Ok(answer)));
                }
                Command::Call(ticket, call) => {
                    let answer = match call {
                        Call::Read(read) => Answer::Read(cloud.read(&read).expect("it answers")),
                        Call::Write(write) => Answer::Wrote(cloud.write(&write).expect("it does")),
                        other => panic!("a hook, or a call of the cloud: {other:?}"),
                    };
                    events.push_back(Event::Answered(ticket, Ok(answer)));
                }
                Command::WakeAt(at) => wake_at = Some(at),
                Command::Show(_) => {}
                Command::Finish(report) => return report,
                Command::Stuck => panic!("the run waits for nothing"),
            }
        }
    }
}

/// `after` failed once, so that the next run puts one instance of a wave back while it prepares
/// another one.
#[test]
fn a_wave_goes_on_whichever_of_its_hooks_ends_last() {
    for last in ["before", "after"] {
        let log = Log::new();
        let after = "test $KEYFORM_INSTANCE_ID != i-1";
        let scene = Scene::new(&log.manifests("true", after, "maxUnavailable: 2,"));
        assert!(!report(&scene.run(false, Vec::new())).is_complete());
        scene.pass(std::time::Duration::from_secs(60));
        let plan = scene.plan(false);
        let restarted = plan.steps.iter().find_map(|step| match &step.action {
            Action::Restart { items, .. } => Some(items.len()),
            _ => None,
        });
        assert_eq!(restarted, Some(2), "one is put back, and one restarted: {plan:#?}");
        let report = run_with_hooks_ending(&scene, &plan, last);
        assert!(report.is_complete(), "{last} ends last: {report:#?}");
        assert_eq!(scene.guests_of("web").len(), 3);
    }
}
