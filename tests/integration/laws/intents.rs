//! A write goes out only when the journal durably holds its intent: at each write the disk is looked
//! at as a crash would leave it now.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex},
};

use keyform::{
    driver::SystemClock,
    ecs::{CallError, Request, Response, Transport},
    model::{Address, CloudName, InstanceId, Region},
    session::{Applied, ApplyRequest, Context, Engine, PlanListener, PlanOptions, Session},
    state::{Intent, State},
};

use super::scene::{INVENTORY, Outcome, Scene, bound, bound_created};

/// What is known of the writes of some runs.
#[derive(Debug, Default)]
struct Seen {
    operations: BTreeSet<&'static str>,
    /// Those whose intents were not all durable.
    too_early: Vec<String>,
}

/// A cloud that looks at the journal before each write.
struct Looking {
    inner: Arc<dyn Transport>,
    scene: Scene,
    seen: Arc<Mutex<Seen>>,
}

impl Transport for Looking {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if request.writes() {
            let is_early = !is_intended(&self.scene, request);
            let mut seen = self.seen.lock().expect("nothing panics that holds it");
            seen.operations.insert(request.operation());
            if is_early {
                seen.too_early.push(format!("{request:?}"));
            }
        }
        self.inner.call(request)
    }
}

/// Whether what a crash would leave now says that this write may have happened.
fn is_intended(scene: &Scene, request: &Request) -> bool {
    let disk = scene.disk.fork();
    disk.crash();
    let Ok(Some(state)) = scene.on(disk).states().newest() else { return false };
    intends(&state, request)
}

/// Whether a state says that this write may have happened.
pub(crate) fn intends(state: &State, request: &Request) -> bool {
    let holds = |address: Address, fits: &dyn Fn(&Intent) -> bool| {
        state.recorded.intent_at(&address).is_some_and(fits)
    };
    let pair = |region: &Region, name: &CloudName| Address::Pair(region.clone(), name.clone());
    let of_each = |region: &Region, ids: &[InstanceId], fits: &dyn Fn(&Intent) -> bool| {
        ids.iter().all(|id| holds(Address::Instance(id.in_region(region)), fits))
    };
    match request {
        Request::ImportKeyPair { region, key_pair_name, .. } => {
            holds(pair(region, key_pair_name), &|one| matches!(one, Intent::Import { .. }))
        }
        Request::CreateKeyPair { region, key_pair_name, .. } => {
            holds(pair(region, key_pair_name), &|one| *one == Intent::Create)
        }
        Request::JoinResourceGroup { region, key_pair_name, .. } => {
            holds(pair(region, key_pair_name), &|one| *one == Intent::Group)
        }
        // A pair of which the answer was lost is deleted by the step that makes it.
        Request::DeleteKeyPairs { region, key_pair_names } => key_pair_names.iter().all(|name| {
            holds(pair(region, name), &|one| matches!(one, Intent::Delete | Intent::Create))
        }),
        Request::TagResources { region, key_pair_names, .. }
        | Request::UntagResources { region, key_pair_names, .. } => {
            key_pair_names.iter().all(|name| holds(pair(region, name), &|one| *one == Intent::Tag))
        }
        Request::AttachKeyPair { region, key_pair_name: name, instance_ids } => of_each(
            region,
            instance_ids,
            &|one| matches!(one, Intent::Attach { name: to, .. } if to == name),
        ),
        Request::DetachKeyPair { region, key_pair_name: name, instance_ids } => {
            of_each(region, instance_ids, &|one| *one == Intent::Detach { name: name.clone() })
        }
        Request::RebootInstances { region, instance_ids, .. } => {
            of_each(region, instance_ids, &|one| matches!(one, Intent::Restart { .. }))
        }
        request => !request.writes(),
    }
}

/// How the runs of a test make their calls.
#[derive(Clone, Copy, Debug)]
enum How {
    Inline,
    Threads,
}

/// The session of one run.
fn session(scene: &Scene, how: How, seen: &Arc<Mutex<Seen>>) -> Session {
    let surroundings = match how {
        How::Inline => scene.surroundings(),
        How::Threads => Context {
            clock: Arc::new(SystemClock::new()),
            engine: Engine::Threads(4),
            ..scene.surroundings()
        },
    };
    let (scene_of_looks, seen) = (scene.clone(), seen.clone());
    let wrap =
        |inner| Arc::new(Looking { inner, scene: scene_of_looks, seen }) as Arc<dyn Transport>;
    scene.session_of(surroundings, wrap).expect("the project opens")
}

fn run(session: &Session, destroy: bool, listen: PlanListener<'_>) -> Outcome {
    let wish = ApplyRequest::Fresh(PlanOptions { destroy, ..PlanOptions::default() });
    session.apply(wish, &mut |_| true, listen).map_err(Box::from)
}

/// Every kind of write, on instances that are rebound and restarted in waves.
fn writes_of_every_kind_are_intended(how: How) {
    let seen = Arc::default();
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let quick = INVENTORY.replace("restartTime: 30s", "restartTime: 200ms");
    scene.write("inventory.yaml", &quick.replace("Precision: second", "Precision: millisecond"));
    let apply =
        |scene: &Scene, destroy| match run(&session(scene, how, &seen), destroy, &mut |_, _, _| {})
        {
            Ok(Applied::Ran { report, .. }) => {
                assert!(report.is_complete(), "{how:?}: {report:#?}");
            }
            other => panic!("{how:?}: {other:?}"),
        };
    apply(&scene, false);
    let web = bound("web", "i-1")
        .replace("tags: {team: laws}", "resourceGroup: rg-a1, tags: {owner: laws}");
    let ops = bound_created("ops", "i-3");
    scene.write("web.yaml", &format!("{web}---\n{ops}"));
    apply(&scene, false);
    apply(&scene, true);
    let seen = seen.lock().expect("nothing panics that holds it");
    let all = BTreeSet::from([
        "AttachKeyPair",
        "CreateKeyPair",
        "DeleteKeyPairs",
        "DetachKeyPair",
        "ImportKeyPair",
        "JoinResourceGroup",
        "RebootInstances",
        "TagResources",
        "UntagResources",
    ]);
    assert_eq!(seen.operations, all, "{how:?}");
    assert!(seen.too_early.is_empty(), "{how:?}: {:#?}", seen.too_early);
}

#[test]
fn a_write_goes_out_only_when_the_journal_durably_holds_its_intent() {
    writes_of_every_kind_are_intended(How::Inline);
    writes_of_every_kind_are_intended(How::Threads);
}

/// As if the disk were full from some moment of the run on.
#[test]
fn a_write_whose_intent_cannot_be_written_down_does_not_go_out() {
    let pairs = ["aa", "bb", "cc"].map(|name| bound(name, "")).join("---\n");
    for how in [How::Inline, How::Threads] {
        let mut lines = 0;
        let undisturbed = session(&Scene::new(&pairs), how, &Arc::default());
        run(&undisturbed, false, &mut |_, _, _| lines += 1).expect("it comes to its end");
        assert!(lines > 0, "{how:?}");
        for line in 0..lines {
            let (scene, seen) = (Scene::new(&pairs), Arc::default());
            let mut told = 0;
            let ran = run(&session(&scene, how, &seen), false, &mut |_, _, _| {
                if told == line {
                    scene.disk.make_read_only(Path::new(".keyform/state"));
                }
                told += 1;
            });
            assert!(ran.is_err(), "{how:?}, line {line}: {ran:?}");
            let seen = seen.lock().expect("nothing panics that holds it");
            assert!(seen.too_early.is_empty(), "{how:?}, line {line}: {:#?}", seen.too_early);
        }
    }
}
