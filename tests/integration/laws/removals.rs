//! L3: a pair is deleted only when all that came before its deletion is done.

use std::sync::Arc;

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    session::Applied,
};

use super::scene::{INVENTORY, Scene, bound};

/// A cloud that refuses to restart one instance.
struct Refuses {
    inner: Arc<dyn Transport>,
    instance: &'static str,
}

impl Transport for Refuses {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        match request {
            Request::RebootInstances { instance_ids, .. }
                if instance_ids.iter().any(|id| id.as_str() == self.instance) =>
            {
                Err(CallError::Service {
                    operation: request.operation(),
                    status: 403,
                    code: "IncorrectInstanceStatus".to_owned(),
                    message: "The current status does not support this operation.".to_owned(),
                    request_id: "1".to_owned(),
                    retry_after: None,
                    denied: None,
                })
            }
            _ => self.inner.call(request),
        }
    }
}

/// The pair `web` is replaced by `ops`, and the guest of one instance does not take up `ops`: it
/// accepts nothing but `web`, although the service shows nothing that is bound to `web`.
#[track_caller]
fn keeps_the_pair_in_effect(scene: &Scene, instance: &'static str) {
    let ran = scene.run_with(|inner| Refuses { inner, instance });
    let Ok(Applied::Ran { report, .. }) = ran.outcome else { panic!("it ran: {:?}", ran.outcome) };
    assert!(!report.is_complete(), "{report:#?}");
    let end = scene.end();
    assert_eq!(end.instances[instance].0.as_deref(), Some("ops"), "it is bound: {report:#?}");
    assert!(end.pairs.contains_key("web"), "{instance} accepts nothing else: {report:#?}");
    assert!(end.keys.contains("keys/web.pem"), "its private key is in use: {end:#?}");
    assert!(scene.guests_of("web").contains(instance));
}

#[test]
fn a_pair_that_a_guest_still_accepts_is_not_deleted_after_a_failed_restart() {
    let mut made = Scene::new(&bound("web", "i-1, i-2, i-3"));
    made.apply(false);
    for (instances, instance) in [("i-1, i-2, i-3", "i-3"), ("i-3, i-2, i-1", "i-1")] {
        let mut scene = made.fork();
        scene.write("web.yaml", &bound("ops", instances));
        keeps_the_pair_in_effect(&scene, instance);
        scene.converge(false);
        assert!(!scene.end().pairs.contains_key("web"), "it is deleted once nothing needs it");
        assert_eq!(scene.guests_of("ops").len(), 3);
    }
    made.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    made.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", "restartTime: 2h"));
    let ran = made.run(false, Vec::new());
    let deletes = ran.writes.iter().any(|one| one.operation() == "DeleteKeyPairs");
    assert!(!deletes, "an instance is not back: {:#?}", ran.writes);
}

/// What people have restarted is in effect, whatever the record of its binding says: unbound, its
/// guest goes on accepting the pair until people restart it again.
#[test]
fn a_pair_that_a_guest_took_by_a_restart_of_people_is_not_deleted_before_the_next_one() {
    let manual = |text: String| {
        text.replace("instances: [i-1]}", "instances: [i-1], restart: {when: manual}}")
    };
    let mut scene = Scene::new(&manual(bound("web", "i-1")));
    scene.apply(false);
    scene.restart("i-1");
    scene.pass(std::time::Duration::from_secs(60));
    assert!(scene.guests_of("web").contains("i-1"));
    scene.write("web.yaml", "");
    scene.converge(false);
    assert_eq!(scene.end().instances["i-1"].0, None, "it is unbound");
    assert!(scene.end().pairs.contains_key("web"), "i-1 accepts it");
    scene.restart("i-1");
    scene.converge(false);
    assert!(!scene.end().pairs.contains_key("web"), "no guest accepts it");
}
