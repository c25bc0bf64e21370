//! `createInCloud`: the service makes the key and hands it out once. L2's one exception, and its end.

use std::{path::Path, sync::Arc};

use keyform::{
    apply::{Failure, Report, StepEnd},
    disk::MemoryDisk,
    ecs::{CallError, Request, Response, Transport},
    emulator::{Act, Fact, Fault, InjectedFailure, Switches, When},
    keys::{KeySource, PooledKeys},
    model::{CloudName, InstanceId, Region, ownership},
    plan::{Action, Cause, NoteKind, Plan, Targets},
    session::{Applied, PlanOptions},
    state::Intent,
};

use super::scene::{Ran, Scene, bound, bound_created, region};

fn name(name: &str) -> CloudName {
    CloudName::new(name)
}

fn created() -> Scene {
    Scene::new(&bound_created("web", "i-1"))
}

fn operations(writes: &[Request]) -> Vec<&str> {
    writes.iter().map(Request::operation).collect()
}

fn report(outcome: super::scene::Outcome) -> Report {
    match outcome.expect("it comes to its end") {
        Applied::Ran { report, .. } => report,
        other => panic!("{other:?}"),
    }
}

/// The call of a run on a scene at which the pair is asked for.
fn call_of_create(scene: &Scene) -> usize {
    call_of_create_in(|faults| scene.fork().run(false, faults))
}

/// The same of any kind of run, which makes the pair first of all.
fn call_of_create_in(run: impl Fn(Vec<Fault>) -> Ran) -> usize {
    let asks = |call: usize| {
        let act = Act::Before(InjectedFailure::Service { status: 400, code: "X".to_owned() });
        let ran = run(at(call, act));
        let is_refused = matches!(ran.writes.last(), Some(Request::CreateKeyPair { .. }));
        is_refused && !report(ran.outcome).is_complete()
    };
    (0..20).find(|call| asks(*call)).expect("there is such a call")
}

fn at(call: usize, act: Act) -> Vec<Fault> {
    vec![Fault { when: When::Call(call), act }]
}

#[test]
fn the_service_makes_the_pair_and_its_key_is_kept_as_others_are() {
    let scene = created();
    insta::assert_snapshot!(super::decisions::shown(&scene));
    let ran = scene.run(false, Vec::new());
    assert!(report(ran.outcome).is_complete());
    let create = ran.writes.iter().find_map(|write| match write {
        Request::CreateKeyPair { tags, .. } => Some(tags),
        _ => None,
    });
    assert!(create.expect("it is asked for").contains_key(ownership::TAG_LINEAGE), "one call");
    assert_eq!(operations(&ran.writes)[..1], ["CreateKeyPair"]);
    let bytes = scene.disk.files().remove(Path::new("keys/web.pem")).expect("its key");
    assert!(bytes.starts_with(b"-----BEGIN PRIVATE KEY-----\n"), "PKCS#8, as all keys");
    scene.nothing_is_lost();
    assert_eq!(scene.guests_of("web"), ["i-1".to_owned()].into());
    assert!(scene.plan(false).is_empty());
}

/// The service makes the key in the first region as it was written; the others import its public half.
#[test]
fn the_first_region_creates_and_the_others_import_after_it() {
    let mut scene = created();
    let regions = "createInCloud: true, regions: [cn-shanghai, cn-hangzhou, cn-beijing]";
    let text = bound_created("web", "i-1").replace("createInCloud: true", regions);
    scene.write("web.yaml", &text.replace("{keyPair: web,", "{keyPair: web, region: cn-hangzhou,"));
    let plan = scene.plan(false);
    let of_pairs = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreatePair { region, .. } => Some(format!("create in {region}, {:?}", step.after)),
        Action::ImportPair { region, .. } => Some(format!("import in {region}, {:?}", step.after)),
        _ => None,
    });
    assert_eq!(
        of_pairs.collect::<Vec<_>>(),
        [
            "create in cn-shanghai, []",
            "import in cn-beijing, [StepId(0)]",
            "import in cn-hangzhou, [StepId(0)]",
        ]
    );
    scene.apply(false);
    let region = |text: &str| Region::new(text).expect("a region");
    let key = |region: Region| {
        scene.world(|world, _| world.pairs(&region).next().map(|pair| pair.fingerprint))
    };
    let first = key(region("cn-shanghai"));
    assert!(first.is_some() && scene.held().contains(&first.expect("a key")));
    assert_eq!((key(region("cn-beijing")), key(region("cn-hangzhou"))), (first, first));
    scene.run(true, Vec::new()).outcome.expect("it is destroyed");
    assert_eq!(key(region("cn-shanghai")), None);
}

#[test]
fn a_rotation_creates_the_new_generation_too_and_a_rollback_makes_none() {
    let mut scene = created();
    scene.apply(false);
    let of_generation = |generation: u32| {
        let spec = format!("spec: {{generation: {generation}, tags");
        bound_created("web", "i-1").replace("spec: {tags", &spec)
    };
    scene.write("web.yaml", &of_generation(2));
    let ran = scene.run(false, Vec::new());
    assert_eq!(operations(&ran.writes)[..1], ["CreateKeyPair"]);
    assert_eq!(scene.guests_of("web-g2"), ["i-1".to_owned()].into());
    scene.write("web.yaml", &of_generation(1));
    let ran = scene.run(false, Vec::new());
    let made = ["CreateKeyPair", "ImportKeyPair"];
    assert!(!operations(&ran.writes).iter().any(|one| made.contains(one)), "{:?}", ran.writes);
    assert_eq!(scene.guests_of("web"), ["i-1".to_owned()].into());
    // Whoever makes the next key: this one stays.
    scene.write("web.yaml", &bound("web", "i-1"));
    assert!(scene.plan(false).is_empty());
    scene.apply(true);
}

/// A lost answer leaves a pair of which no one has the key: the same run deletes it and asks again.
#[test]
fn a_pair_of_which_the_answer_is_lost_is_deleted_and_made_again_in_the_same_run() {
    let call = call_of_create(&created());
    for failure in [
        InjectedFailure::NoAnswer,
        InjectedFailure::Service { status: 500, code: "InternalError".to_owned() },
    ] {
        let scene = created();
        let ran = scene.run(false, at(call, Act::After(failure)));
        assert!(report(ran.outcome).is_complete());
        let made = ["CreateKeyPair", "DeleteKeyPairs", "CreateKeyPair"];
        assert_eq!(operations(&ran.writes)[..3], made);
        scene.nothing_is_lost();
        assert!(scene.plan(false).is_empty());
    }
}

/// What the service refuses, or has not done, leaves nothing that would have to be deleted.
#[test]
fn a_pair_that_surely_was_not_made_is_never_deleted() {
    let call = call_of_create(&created());
    let service = |status, code: &str| InjectedFailure::Service { status, code: code.to_owned() };
    for (act, is_repeated) in [
        (Act::Throttle, true),
        (Act::Before(InjectedFailure::NotSent), true),
        (Act::Before(InjectedFailure::NoAnswer), true),
        (Act::Before(service(403, "QuotaExceed.KeyPair")), false),
        (Act::Before(service(403, "Forbidden.RAM")), false),
    ] {
        let scene = created();
        let ran = scene.run(false, at(call, act.clone()));
        let creates =
            ran.writes.iter().filter(|one| matches!(one, Request::CreateKeyPair { .. })).count();
        assert_eq!(creates, if is_repeated { 2 } else { 1 }, "{act:?}");
        assert!(!operations(&ran.writes).contains(&"DeleteKeyPairs"), "{act:?}");
        assert_eq!(report(ran.outcome).is_complete(), is_repeated, "{act:?}");
        scene.converge(false);
        scene.nothing_is_lost();
    }
}

/// What a run leaves that is killed after the pair was made, and before its key was in the vault.
fn killed() -> Scene {
    let scene = created();
    let (hook, stopped) = scene.stopper();
    let _ = scene.run(false, at(call_of_create(&scene), Act::StopAfter(hook)));
    let scene = scene.at(*stopped.get().expect("it was stopped"));
    scene.crash();
    assert!(scene.held().is_empty());
    assert!(scene.world(|world, _| world.pairs(&region()).next().is_some()));
    scene
}

#[test]
fn the_next_run_deletes_it_in_review_and_makes_it_anew() {
    let scene = killed();
    insta::assert_snapshot!(super::decisions::shown(&scene));
    scene.apply(false);
    scene.nothing_is_lost();
    assert_eq!(scene.guests_of("web"), ["i-1".to_owned()].into());
}

#[test]
fn a_saved_plan_whose_run_was_killed_goes_on_by_itself() {
    let scene = created();
    let plan = scene.plan(false);
    let (hook, stopped) = scene.stopper();
    let call = call_of_create_in(|faults| scene.fork().run_saved(&plan, faults));
    let _ = scene.run_saved(&plan, at(call, Act::StopAfter(hook)));
    let scene = scene.at(*stopped.get().expect("it was stopped"));
    scene.crash();
    let ran = scene.run_saved(&plan, Vec::new());
    assert!(report(ran.outcome).is_complete());
    assert_eq!(operations(&ran.writes)[..2], ["DeleteKeyPairs", "CreateKeyPair"]);
    scene.nothing_is_lost();
}

/// Between the vault and the journal nothing is lost: the saved plan, and a new one, find both.
#[test]
fn a_pair_whose_key_is_kept_and_not_recorded_is_only_written_down() {
    let scene = created();
    let plan = scene.plan(false);
    let stop_once_kept = |disk: &MemoryDisk| {
        let first = disk.operations();
        (first..first + 200).find_map(|operation| {
            let scene = scene.fork();
            scene.disk.stop_at(operation);
            let _ = scene.run_saved(&plan, Vec::new());
            scene.crash();
            let state = scene.states().newest().ok().flatten()?;
            let is_recorded = !state.recorded.keys.is_empty();
            (!scene.held().is_empty() && !is_recorded).then_some(scene)
        })
    };
    let scene = stop_once_kept(&scene.disk).expect("there is such a moment");
    let again = scene.fork();
    let ran = scene.run_saved(&plan, Vec::new());
    assert!(report(ran.outcome).is_complete());
    let made = ["CreateKeyPair", "ImportKeyPair", "DeleteKeyPairs"];
    assert!(!operations(&ran.writes).iter().any(|one| made.contains(one)), "{:?}", ran.writes);
    let ran = again.run(false, Vec::new());
    assert!(!operations(&ran.writes).iter().any(|one| made.contains(one)), "{:?}", ran.writes);
    assert!(again.plan(false).is_empty() && scene.plan(false).is_empty());
}

/// Someone relies on it, who cannot know that its key is nowhere: it is never deleted then.
#[test]
fn a_pair_that_somebody_has_bound_meanwhile_stays_and_says_why() {
    let scene = killed();
    scene.bind("web", "i-3");
    let plan = scene.plan(false);
    assert!(!plan.steps.iter().any(|step| matches!(step.action, Action::DeletePair { .. })));
    let blocked: Vec<_> = plan
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Blocked)
        .map(|note| note.reason.code().as_str())
        .collect();
    assert!(blocked.contains(&"keyLostWhileBound"), "{blocked:?}");
    // In a run that meets it in the middle.
    let scene = created();
    let call = call_of_create(&scene);
    let bind = scene.clone();
    let ran = scene.run_through(
        false,
        move |inner| Meddling { inner, scene: bind },
        at(call, Act::After(InjectedFailure::NoAnswer)),
    );
    let failed: Vec<_> = report(ran.outcome).steps.into_iter().map(|step| step.end).collect();
    let lost = |end: &StepEnd| matches!(end, StepEnd::Failed(Failure::CreatedKeyLost { instances }) if instances[..] == [InstanceId::new("i-3")]);
    assert!(failed.iter().any(lost), "{failed:?}");
    assert!(!operations(&ran.writes).contains(&"DeleteKeyPairs"));
}

/// Binds an instance to each pair that was made, as a person could.
struct Meddling {
    inner: Arc<dyn Transport>,
    scene: Scene,
}

impl Transport for Meddling {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let answer = self.inner.call(request);
        if let Request::CreateKeyPair { key_pair_name, .. } = request {
            self.scene.bind(key_pair_name.as_str(), "i-3");
        }
        answer
    }
}

#[test]
fn what_is_left_of_a_lost_answer_goes_also_when_nobody_wants_the_pair_any_more() {
    let mut scene = killed();
    scene.write("web.yaml", &bound("ops", ""));
    let plan = scene.plan(false);
    let deletes = |plan: &Plan| {
        let lost = plan.steps.iter().filter(|step| step.cause == Cause::AnswerLost);
        lost.map(|step| step.action.pair().expect("a pair").1.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(deletes(&plan), ["web"]);
    assert_eq!(deletes(&scene.plan(true)), ["web"]);
    scene.apply(true);
    assert_eq!(scene.world(|world, _| world.pairs(&region()).count()), 0);
}

/// The pair is asked for only once its key has a place: not even a deletion is left to do.
#[test]
fn a_vault_that_cannot_take_the_key_is_found_before_the_pair_is_made() {
    let scene = created();
    scene.put_in_new_directory("keys", "other.pem", b"");
    scene.disk.make_read_only(Path::new("keys"));
    let ran = scene.run(false, Vec::new());
    assert_eq!(operations(&ran.writes), Vec::<&str>::new());
    assert!(!report(ran.outcome).is_complete());
    assert_eq!(scene.world(|world, _| world.pairs(&region()).count()), 0);
}

/// Both forms of the key and both of the fingerprint, which no document settles.
#[test]
fn the_key_is_read_in_each_form_of_the_answer() {
    use keyform::emulator::PrivateKeyForm::{Pkcs1, Pkcs8};
    for private_key_form in [Pkcs1, Pkcs8] {
        for fingerprint_colons in [false, true] {
            let scene = created();
            let switches = Switches { private_key_form, fingerprint_colons, ..Switches::default() };
            let cloud = scene.cloud().with_switches(switches);
            let ran = scene.run_with(|_| Arc::new(cloud) as Arc<dyn Transport>);
            assert!(report(ran.outcome).is_complete(), "{switches:?}");
            scene.nothing_is_lost();
        }
    }
}

/// An answer that is no key, and one of another pair: the pair is deleted, and the run says so.
#[test]
fn an_answer_with_an_unusable_key_leaves_no_pair_behind() {
    struct Spoiling(Arc<dyn Transport>, bool);
    impl Transport for Spoiling {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            match self.0.call(request)? {
                Response::Created { key_pair_id, fingerprint, .. } => {
                    let other = PooledKeys::new(5).generate().expect("a key").pem();
                    let text = if self.1 { other } else { "MIIEnotakey".to_owned().into() };
                    let private_key = keyform::ecs::PrivateKeyBody::new(text);
                    Ok(Response::Created { key_pair_id, fingerprint, private_key })
                }
                other => Ok(other),
            }
        }
    }
    for (is_other, code) in [(false, "handedOutKeyUnreadable"), (true, "handedOutKeyDiffers")] {
        let scene = created();
        let ran = scene.run_with(|inner| Spoiling(inner, is_other));
        assert_eq!(operations(&ran.writes), ["CreateKeyPair", "DeleteKeyPairs"]);
        let report = format!("{:?}", report(ran.outcome));
        assert!(report.contains(code), "{report}");
        assert!(scene.held().is_empty());
        scene.apply(false);
        scene.nothing_is_lost();
    }
}

/// A name that was recorded, deleted by others, and lost its answer when it was made again.
#[test]
fn a_lost_answer_is_known_by_its_intent_whatever_was_recorded_before() {
    let scene = created();
    scene.apply(false);
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: name("web"),
        instance_ids: vec![InstanceId::new("i-1")],
    });
    scene.happen(Fact::Deleted { region: region(), key_pair_names: vec![name("web")] });
    scene.remove("keys/web.pem");
    let (hook, stopped) = scene.stopper();
    let _ = scene.run(false, at(call_of_create(&scene), Act::StopAfter(hook)));
    let scene = scene.at(*stopped.get().expect("it was stopped"));
    scene.crash();
    scene.converge(false);
    let pair = scene.world(|world, _| world.pairs(&region()).next().map(|pair| pair.fingerprint));
    assert!(pair.is_some_and(|key| scene.held().contains(&key)));
}

#[test]
fn the_intent_of_a_pair_that_was_made_is_closed() {
    let scene = created();
    scene.apply(false);
    let state = scene.states().newest().expect("it is read").expect("a state");
    let open = state.recorded.intents.values().filter(|call| call.intent == Intent::Create);
    assert_eq!(open.count(), 0);
}

/// What was there before the run is for a plan to decide about, which is reviewed.
#[test]
fn a_pair_that_this_run_cannot_have_made_is_not_deleted_by_it() {
    let lost = killed();
    lost.lose_state();
    // Until the pair is asked for, reads are answered as before it was made.
    let scene = created();
    let call = call_of_create(&scene);
    let fingerprint = lost.world(|world, _| world.pairs(&region()).next().map(|p| p.fingerprint));
    let stale: Arc<dyn Transport> = Arc::new(scene.cloud());
    let faults =
        (0..call).map(|call| Fault { when: When::Call(call), act: Act::ReadFrom(stale.clone()) });
    let ran = lost.run(false, faults.collect());
    assert_eq!(operations(&ran.writes), ["CreateKeyPair"]);
    assert!(!report(ran.outcome).is_complete());
    let after = lost.world(|world, _| world.pairs(&region()).next().map(|p| p.fingerprint));
    assert_eq!(after, fingerprint);
    lost.converge(false);
    lost.nothing_is_lost();
}

/// The step makes both: whichever of them is targeted, it is in the plan.
#[test]
fn a_target_may_be_the_key_or_the_pair() {
    let scene = Scene::new(&format!("{}---\n{}", bound_created("web", ""), bound("ops", "")));
    for target in ["key/web", "pair/*/web"] {
        let targets = Targets::new(vec![target.to_owned()]);
        let options = PlanOptions { targets, ..PlanOptions::default() };
        let plan = scene.try_plan_with(options).expect("there is a plan");
        assert_eq!(plan.steps.len(), 1, "{target}");
        assert!(matches!(plan.steps[0].action, Action::CreatePair { .. }), "{target}");
    }
}
