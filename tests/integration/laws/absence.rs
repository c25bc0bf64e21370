//! Absence is not evidence: a service that answers less than there is causes no step that takes
//! something away.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use keyform::{
    ecs::{CallError, InstancePage, Request, Response, Transport},
    plan::{Action, Plan, PlanErrorCode},
    session::{PlanOptions, SessionError},
    state::Change,
};

use super::scene::Scene;

/// How a service can answer less than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// Lists of instances are empty.
    NoInstances,
    /// Lists of pairs are empty.
    NoPairs,
    /// The page with this number of a list of instances is empty, and the list goes on.
    Page(usize),
    /// The caller lost the permission: lists are empty, and asking for it says so.
    Permission,
    /// Lists end after so many instances.
    Cap(usize),
}

/// A service that lacks something.
struct Lacking {
    inner: Arc<dyn Transport>,
    lack: Lack,
    /// How many pages of lists without ids were answered, and how many instances they had.
    pages: AtomicUsize,
    told: AtomicUsize,
}

impl Lacking {
    fn of_instances(&self, request: &Request, page: InstancePage) -> Result<Response, CallError> {
        let Request::DescribeInstances(asked) = request else {
            return Ok(Response::Instances(page));
        };
        if asked.next_token.is_none() && asked.instance_ids.is_none() {
            self.pages.store(0, Ordering::SeqCst);
            self.told.store(0, Ordering::SeqCst);
        }
        let number = self.pages.fetch_add(1, Ordering::SeqCst);
        let told = self.told.fetch_add(page.instances.len(), Ordering::SeqCst);
        let empty = InstancePage { instances: Vec::new(), ..page.clone() };
        let is_list = asked.instance_ids.is_none();
        Ok(Response::Instances(match self.lack {
            Lack::NoInstances | Lack::Permission => InstancePage { next_token: None, ..empty },
            Lack::Page(missing) if is_list && number == missing => empty,
            Lack::Cap(most) if is_list && told + page.instances.len() >= most => {
                let instances = page.instances.into_iter().take(most.saturating_sub(told));
                InstancePage { instances: instances.collect(), next_token: None, total_count: None }
            }
            Lack::Page(_) | Lack::Cap(_) | Lack::NoPairs => page,
        }))
    }
}

impl Transport for Lacking {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if let (Lack::Permission, Request::DescribeInstances(asked)) = (self.lack, request)
            && asked.dry_run
        {
            return Err(CallError::Service {
                operation: request.operation(),
                status: 403,
                code: "Forbidden.RAM".to_owned(),
                message: "User not authorized to operate on the specified resource.".to_owned(),
                request_id: String::new(),
                retry_after: None,
                denied: None,
            });
        }
        match self.inner.call(request)? {
            Response::Instances(page) => self.of_instances(request, page),
            Response::KeyPairs(mut page)
                if matches!(self.lack, Lack::NoPairs | Lack::Permission) =>
            {
                page.key_pairs.clear();
                page.total_count = 0;
                Ok(Response::KeyPairs(page))
            }
            other => Ok(other),
        }
    }
}

/// Projects whose plans are empty as long as the service answers everything.
fn settled() -> Vec<(&'static str, Scene)> {
    let mut inventory = "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 1s\n  \
                         startTimePrecision: second\n  instances:\n"
        .to_owned();
    for number in 0..250 {
        let role = if number % 2 == 0 { "web" } else { "db" };
        let _ = writeln!(
            inventory,
            "  - {{id: i-{number:03}, region: cn-hangzhou, tags: {{role: {role}}}}}"
        );
    }
    let listed: Vec<_> = (0..40).map(|number| format!("i-{number:03}")).collect();
    let of = |chosen: &str| {
        format!(
            "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\n---\napiVersion: \
             keyform/v1\nkind: Binding\nmetadata: {{name: fleet}}\nspec: {{keyPair: web, {chosen}, \
             restart: {{when: now, maxUnavailable: \"100%\"}}}}\n"
        )
    };
    let listed = of(&format!("instances: [{}]", listed.join(", ")));
    let selecting = |more: &str| of(&format!("selector: {{tags: {{role: web}}{more}}}"));
    let scene = |manifests: &str| {
        let mut scene = Scene::new(manifests);
        scene.write("inventory.yaml", &inventory);
        scene.apply(false);
        scene
    };
    let mut rotated = scene(&listed);
    rotated.write("web.yaml", &listed.replace("{name: web}", "{name: web}\nspec: {generation: 2}"));
    rotated.apply(false);
    vec![
        ("listed", scene(&listed)),
        ("selected", scene(&selecting(""))),
        ("selected, may be empty", scene(&selecting(", allowEmpty: true"))),
        ("selected, unbound on leaving", scene(&selecting(", allowEmpty: true, onLeave: detach"))),
        ("rotated", rotated),
    ]
}

/// The steps of a plan that take something away.
fn taking(plan: &Plan) -> Vec<&Action> {
    let takes = |action: &&Action| match action {
        Action::Detach { .. } | Action::DeletePair { .. } | Action::RetireKey { .. } => true,
        Action::Record { changes } => {
            changes.iter().any(|change| matches!(change, Change::Removed(_)))
        }
        _ => false,
    };
    plan.steps.iter().map(|step| &step.action).filter(takes).collect()
}

/// Who says that instances are gone can be wrong about why they are not there.
#[test]
fn a_lost_permission_is_told_also_to_those_who_accept_what_is_missing() {
    for (name, scene) in settled() {
        let lacking = |inner| {
            let (pages, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
            Arc::new(Lacking { inner, lack: Lack::Permission, pages, told }) as Arc<dyn Transport>
        };
        let session = scene.session_of(scene.surroundings(), lacking).expect("it opens");
        let options = PlanOptions { accept_missing: true, ..PlanOptions::default() };
        let error = session.plan(options).expect_err("nobody may read");
        let SessionError::Observe { source, .. } = &error else { panic!("{name}: {error}") };
        assert_eq!(source.code(), Some("Forbidden.RAM"), "{name}: {error}");
    }
}

#[test]
fn what_a_service_does_not_tell_is_not_taken_for_gone() {
    for (name, scene) in settled() {
        assert!(scene.plan(false).is_empty(), "{name}");
        let lacks = [
            Lack::NoInstances,
            Lack::NoPairs,
            Lack::Page(0),
            Lack::Page(1),
            Lack::Page(2),
            Lack::Permission,
            Lack::Cap(10),
            Lack::Cap(130),
        ];
        for lack in lacks {
            let lacking = |inner| {
                let (pages, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
                Arc::new(Lacking { inner, lack, pages, told }) as Arc<dyn Transport>
            };
            let session = scene.session_of(scene.surroundings(), lacking).expect("it opens");
            match session.plan(PlanOptions::default()) {
                Ok(planned) => {
                    assert_ne!(lack, Lack::NoPairs, "{name}: instances are bound to pairs");
                    let taking = taking(&planned.plan);
                    assert!(taking.is_empty(), "{name}, {lack:?}: {taking:#?}");
                }
                Err(error) => {
                    let is_told = match &error {
                        SessionError::Observe { .. } => true,
                        SessionError::Plan(error) => matches!(
                            error.code(),
                            PlanErrorCode::ManyMissing
                                | PlanErrorCode::Contradiction
                                | PlanErrorCode::SelectsNothing
                        ),
                        _ => false,
                    };
                    assert!(is_told, "{name}, {lack:?}: {error}");
                }
            }
            scene.run_with(|inner| Lacking {
                inner,
                lack,
                pages: AtomicUsize::new(0),
                told: AtomicUsize::new(0),
            });
            scene.nothing_is_lost();
            assert!(scene.plan(false).is_empty(), "{name}, {lack:?}: nothing was changed");
        }
    }
}
