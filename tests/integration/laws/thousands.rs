//! L9 and the budgets of calls with ten thousand instances: waves of one in a hundred.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    emulator::Local,
    model::{
        InstanceId, InstanceStatus,
        limits::{ATTACH_INSTANCES_MAX, DESCRIBE_INSTANCES_MAX, REBOOT_INSTANCES_MAX},
    },
    plan::{Action, Plan},
    session::{Applied, ApplyRequest, PlanOptions, Planned},
};

use super::scene::{Scene, region};

const INSTANCES: usize = 10_000;
/// One in a hundred.
const WAVE: usize = 100;
const WAVES: usize = INSTANCES / WAVE;

fn ids() -> impl Iterator<Item = InstanceId> {
    (0..INSTANCES).map(|number| InstanceId::new(format!("i-{number:05}")))
}

fn scene() -> Scene {
    let mut scene = Scene::new(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\n---\napiVersion: \
         keyform/v1\nkind: Binding\nmetadata: {name: web-fleet}\nspec: {keyPair: web, selector: \
         {tags: {role: web}}, restart: {when: now, maxUnavailable: 1%}}\n",
    );
    let mut inventory = "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 30s\n  \
                         instances:\n"
        .to_owned();
    for id in ids() {
        let _ = writeln!(inventory, "  - {{id: {id}, region: cn-hangzhou, tags: {{role: web}}}}");
    }
    scene.write("inventory.yaml", &inventory);
    scene
}

/// What was asked of the cloud.
#[derive(Default)]
struct Asked {
    /// How many calls there were of each operation.
    calls: BTreeMap<&'static str, usize>,
    /// How many instances each call was about that names some.
    named: BTreeMap<&'static str, Vec<usize>>,
    /// How many instances were down after each restart.
    down: Vec<usize>,
}

/// Counts the calls, and who is down.
struct Counter {
    inner: Arc<dyn Transport>,
    cloud: Local,
    asked: Arc<Mutex<Asked>>,
}

impl Counter {
    fn down(&self) -> usize {
        let down = self.cloud.inspect(|world, now| {
            let status = |id: &InstanceId| world.status(now, &region(), id);
            ids().filter(|id| status(id) != Some(InstanceStatus::Running)).count()
        });
        down.expect("the cloud can be looked at")
    }
}

impl Transport for Counter {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let answer = self.inner.call(request);
        let named = match request {
            Request::DescribeInstances(describe) => describe.instance_ids.as_ref(),
            Request::AttachKeyPair { instance_ids, .. }
            | Request::RebootInstances { instance_ids, .. } => Some(instance_ids),
            _ => None,
        };
        let down = matches!(request, Request::RebootInstances { .. }).then(|| self.down());
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        *asked.calls.entry(request.operation()).or_default() += 1;
        let named = named.map(Vec::len);
        asked.named.entry(request.operation()).or_default().extend(named);
        asked.down.extend(down);
        answer
    }
}

/// Applies, and tells what was planned and what was asked since then.
fn apply(scene: &Scene) -> (Plan, Asked, Asked) {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let take = || std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
    let counter = |inner| -> Arc<dyn Transport> {
        Arc::new(Counter { inner, cloud: scene.cloud(), asked: asked.clone() })
    };
    let session = scene.session_of(scene.surroundings(), counter).expect("the project opens");
    let mut planned = Asked::default();
    let mut approve = |_: &Planned| {
        planned = take();
        true
    };
    let applied =
        session.apply(ApplyRequest::Fresh(PlanOptions::default()), &mut approve, &mut |_, _, _| ());
    match applied.expect("it comes to its end") {
        Applied::Ran { plan, report } => {
            assert!(report.is_complete());
            (*plan, planned, take())
        }
        other => panic!("it ran: {other:?}"),
    }
}

#[test]
fn ten_thousand_instances_are_restarted_in_a_hundred_waves_with_few_calls() {
    let scene = scene();
    let (plan, planned, asked) = apply(&scene);
    assert_eq!(plan.fleets[0].waves, WAVES);
    let restarts = plan.steps.iter().filter(|step| matches!(step.action, Action::Restart { .. }));
    assert_eq!(restarts.count(), WAVES * WAVE.div_ceil(REBOOT_INSTANCES_MAX));
    assert_eq!(asked.down, [WAVE; WAVES], "as many are down as may be, and never more");
    // A plan lists each instance once.
    let pages = INSTANCES.div_ceil(DESCRIBE_INSTANCES_MAX);
    assert!(
        (pages..=pages + 2).contains(&planned.calls["DescribeInstances"]),
        "{:?}",
        planned.calls
    );
    let calls = |operation: &str| asked.calls[operation];
    assert_eq!(calls("ImportKeyPair"), 1);
    assert_eq!(calls("AttachKeyPair"), WAVES * WAVE.div_ceil(ATTACH_INSTANCES_MAX));
    assert_eq!(calls("RebootInstances"), WAVES * WAVE.div_ceil(REBOOT_INSTANCES_MAX));
    // The pair is looked at before each call that binds to it.
    assert!(calls("DescribeKeyPairs") <= calls("AttachKeyPair") + 3, "{:?}", asked.calls);
    // Nobody asks for one object.
    for (operation, named) in &asked.named {
        assert!(named.iter().all(|count| *count >= ATTACH_INSTANCES_MAX), "{operation}: {named:?}");
    }
    let again = scene.plan(false);
    assert!(again.is_empty() && again.notes.is_empty());
}
