//! L8, L9: the service refuses a whole call for one of its instances. The others get what they were to
//! get, and the one to blame is told.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use keyform::{
    apply::{FailureCode, Report},
    ecs::{CallError, Code, Request, Response, Transport},
    emulator::Fact,
    model::{InstanceId, InstanceStatus},
    session::Applied,
};

use super::{
    restarts::Meddler,
    scene::{Ran, Scene, region},
};

const INSTANCES: usize = 20;
const CULPRIT: &str = "i-07";

fn ids() -> impl Iterator<Item = String> {
    (0..INSTANCES).map(|number| format!("i-{number:02}"))
}

/// Twenty instances that are rebound and restarted together.
fn scene() -> Scene {
    let mut scene = Scene::new(&format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\n---\napiVersion: \
         keyform/v1\nkind: Binding\nmetadata: {{name: web-fleet}}\nspec: {{keyPair: web, instances: \
         [{}], restart: {{when: now, maxUnavailable: 100%, maxFailures: 5}}}}\n",
        ids().collect::<Vec<_>>().join(", ")
    ));
    let mut inventory =
        "apiVersion: keyform/v1\nkind: Inventory\nmetadata: {name: laws}\nspec:\n  \
                         restartTime: 30s\n  startTimePrecision: second\n  instances:\n"
            .to_owned();
    for id in ids() {
        let _ = writeln!(inventory, "  - {{id: {id}, region: cn-hangzhou}}");
    }
    scene.write("inventory.yaml", &inventory);
    scene
}

/// Refuses each whole call of an operation that names the culprit.
struct RefusesWhole {
    inner: Arc<dyn Transport>,
    operation: &'static str,
    code: &'static str,
}

impl Transport for RefusesWhole {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let named = match request {
            Request::AttachKeyPair { instance_ids, .. }
            | Request::DetachKeyPair { instance_ids, .. }
            | Request::RebootInstances { instance_ids, .. } => &instance_ids[..],
            _ => &[],
        };
        let operation = request.operation();
        if operation != self.operation || !named.iter().any(|id| id.as_str() == CULPRIT) {
            return self.inner.call(request);
        }
        Err(CallError::Service {
            operation,
            status: 400,
            code: self.code.to_owned(),
            message: "no".to_owned(),
            request_id: "1".to_owned(),
            retry_after: None,
            denied: None,
        })
    }
}

fn refusing(
    operation: &'static str,
    code: &'static str,
) -> impl Fn(Arc<dyn Transport>) -> RefusesWhole {
    move |inner| RefusesWhole { inner, operation, code }
}

fn report(ran: &Ran) -> &Report {
    match &ran.outcome {
        Ok(Applied::Ran { report, .. }) => report,
        other => panic!("it ran: {other:?}"),
    }
}

/// The instances that a run has failed for, and why.
fn failed(report: &Report) -> BTreeSet<(String, FailureCode)> {
    let failed = report.steps.iter().flat_map(|step| &step.failed);
    failed.map(|(id, why)| (id.to_string(), why.code())).collect()
}

fn calls(ran: &Ran, operation: &str) -> usize {
    ran.writes.iter().filter(|request| request.operation() == operation).count()
}

/// How many instances are bound, in effect, and Running.
fn counts(scene: &Scene) -> (usize, usize, usize) {
    scene.world(|world, now| {
        let count = |is: &dyn Fn(&InstanceId) -> bool| {
            ids().map(InstanceId::new).filter(|id| is(id)).count()
        };
        let effective = |id: &InstanceId| {
            world.guest(now, &region(), id).is_some_and(|guest| guest.effective.is_some())
        };
        let is_up =
            |id: &InstanceId| world.status(now, &region(), id) == Some(InstanceStatus::Running);
        (count(&|id| world.bound(&region(), id).is_some()), count(&effective), count(&is_up))
    })
}

#[test]
fn a_refused_binding_is_that_of_the_instance_to_blame() {
    for code in [Code::INSTANCE_NOT_FOUND, Code::INSTANCE_IDS_UNSUPPORTED, Code::WINDOWS] {
        let scene = scene();
        let ran = scene.run_with(refusing("AttachKeyPair", code));
        let expected = BTreeSet::from([(CULPRIT.to_owned(), FailureCode::CallFailed)]);
        assert_eq!(failed(report(&ran)), expected, "{code}");
        assert_eq!(counts(&scene), (INSTANCES - 1, INSTANCES - 1, INSTANCES), "{code}");
        // Twenty, ten, five, two or three, one or two, one; and the other half each time.
        assert!(calls(&ran, "AttachKeyPair") <= 11, "{code}: {}", calls(&ran, "AttachKeyPair"));
        scene.converge(false);
        assert_eq!(counts(&scene).0, INSTANCES);
    }
}

#[test]
fn a_refused_unbinding_is_that_of_the_instance_to_blame() {
    let mut scene = scene();
    scene.apply(false);
    scene.write("web.yaml", "");
    let code = Code::INSTANCE_IDS_UNSUPPORTED;
    let ran = scene.run_with(refusing("DetachKeyPair", code));
    assert!(failed(report(&ran)).contains(&(CULPRIT.to_owned(), FailureCode::CallFailed)));
    assert_eq!(counts(&scene).0, 1, "{:#?}", report(&ran));
    let deletes = calls(&ran, "DeleteKeyPairs");
    assert_eq!(deletes, 0, "an instance is bound to the pair");
    scene.converge(false);
    assert_eq!(counts(&scene).0, 0);
}

/// It is released between the look at it and the binding: it is left out, and the others need but one
/// more call.
#[test]
fn an_instance_that_is_gone_is_left_out_and_the_others_are_asked_for_together() {
    let scene = scene();
    let other = scene.clone();
    let release = move |request: &Request| {
        if matches!(request, Request::AttachKeyPair { instance_ids, .. } if instance_ids.len() == INSTANCES)
        {
            let instance_ids = vec![InstanceId::new(CULPRIT)];
            other.happen(Fact::Released { region: region(), instance_ids });
        }
    };
    let refuse = refusing("AttachKeyPair", Code::INSTANCE_NOT_FOUND);
    let ran =
        scene.run_with(move |inner| Meddler { inner: Arc::new(refuse(inner)), before: release });
    let expected = BTreeSet::from([(CULPRIT.to_owned(), FailureCode::InstanceNotFoundNow)]);
    assert_eq!(failed(report(&ran)), expected);
    assert_eq!(calls(&ran, "AttachKeyPair"), 2);
    assert_eq!(counts(&scene), (INSTANCES - 1, INSTANCES - 1, INSTANCES - 1));
}

#[test]
fn a_refused_restart_is_that_of_the_instance_to_blame_and_is_counted_each_time() {
    for code in [Code::INSTANCE_IDS_NOT_FOUND, Code::INSTANCE_STATUS] {
        let scene = scene();
        let ran = scene.run_with(refusing("RebootInstances", code));
        let expected = BTreeSet::from([(CULPRIT.to_owned(), FailureCode::CallFailed)]);
        assert_eq!(failed(report(&ran)), expected, "{code}");
        assert_eq!(counts(&scene), (INSTANCES, INSTANCES - 1, INSTANCES), "{code}");
        assert!(calls(&ran, "RebootInstances") <= 11, "{code}");
        let twice = scene.world(|world, _| {
            ids()
                .filter(|id| world.restarts(&region(), &InstanceId::new(id.as_str())).len() > 1)
                .count()
        });
        assert_eq!(twice, 0, "{code}: none is restarted twice");
        scene.converge(false);
        assert_eq!(counts(&scene).1, INSTANCES);
    }
}

/// What no instance can be to blame for is asked once.
#[test]
fn a_refusal_of_the_pair_or_of_the_caller_splits_nothing() {
    for code in ["Forbidden.RAM", Code::KEY_PAIR_NOT_FOUND, "InvalidRegionId.NotFound"] {
        let scene = scene();
        let ran = scene.run_with(refusing("AttachKeyPair", code));
        assert_eq!(calls(&ran, "AttachKeyPair"), 1, "{code}");
        assert_eq!(failed(report(&ran)).len(), INSTANCES, "{code}");
    }
}
