//! Regions are read at once, as many as there are threads, and what is told does not depend on
//! which thread was faster.

use std::{
    collections::BTreeSet,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    model::Region,
    session::{Context, Engine, PlanOptions, SessionError},
};

use super::scene::Scene;

const REGIONS: [&str; 4] = ["cn-beijing", "cn-hangzhou", "cn-shanghai", "cn-shenzhen"];

/// How long other regions are waited for before a test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// A project with a pair in each region.
fn scene() -> Scene {
    let regions = REGIONS.join(", ");
    let mut scene = Scene::new("");
    scene.write(
        "keyform.yaml",
        "apiVersion: keyform/v1\nkind: Project\nmetadata: {name: laws}\nspec:\n  cloud: \
         {emulator: {inventory: inventory.yaml}}\n",
    );
    scene.write(
        "inventory.yaml",
        "apiVersion: keyform/v1\nkind: Inventory\nmetadata: {name: laws}\nspec: {instances: []}\n",
    );
    scene.write(
        "web.yaml",
        &format!(
            "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\nspec: {{regions: \
             [{regions}]}}\n"
        ),
    );
    scene
}

/// The regions that are being read: each first listing of pairs waits until `together` of them are.
struct Crowd {
    inner: Arc<dyn Transport>,
    together: usize,
    /// Those that came, and the most threads that were in a call at once.
    seen: Mutex<Seen>,
    came: Condvar,
    /// Whether the service refuses to be read.
    refuses: bool,
}

#[derive(Default)]
struct Seen {
    regions: BTreeSet<Region>,
    running: usize,
    most: usize,
    order: Vec<Region>,
}

impl Transport for Crowd {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let Request::DescribeKeyPairs { region, .. } = request else {
            return self.inner.call(request);
        };
        let mut seen = self.seen.lock().expect("no test panics here");
        seen.running += 1;
        seen.most = seen.most.max(seen.running);
        seen.order.push(region.clone());
        seen.regions.insert(region.clone());
        self.came.notify_all();
        let too_few = |seen: &mut Seen| seen.regions.len() < self.together;
        let (seen, waited) =
            self.came.wait_timeout_while(seen, PATIENCE, too_few).expect("no test panics here");
        assert!(!waited.timed_out(), "fewer than {} regions at once", self.together);
        drop(seen);
        let answer = if self.refuses {
            Err(CallError::Service {
                operation: request.operation(),
                status: 403,
                code: "Forbidden.RAM".to_owned(),
                message: "no".to_owned(),
                request_id: "1".to_owned(),
                retry_after: None,
                denied: None,
            })
        } else {
            self.inner.call(request)
        };
        self.seen.lock().expect("no test panics here").running -= 1;
        answer
    }
}

/// Plans with so many threads, or with none of its own; answers the plan's digest or the region
/// that could not be read, and what the cloud saw.
fn plan(threads: Option<usize>, refuses: bool) -> (Result<String, String>, Seen) {
    let scene = scene();
    let surroundings = match threads {
        Some(threads) => Context { engine: Engine::Threads(threads), ..scene.surroundings() },
        None => scene.surroundings(),
    };
    let together = threads.unwrap_or(1).min(REGIONS.len());
    let mut crowd = None;
    let session = scene
        .session_of(surroundings, |inner| {
            let between = Arc::new(Crowd {
                inner,
                together,
                seen: Mutex::default(),
                came: Condvar::new(),
                refuses,
            });
            crowd = Some(between.clone());
            between
        })
        .expect("the project opens");
    let planned = match session.plan(PlanOptions::default()) {
        Ok(planned) => Ok(planned.plan.digest),
        Err(SessionError::Observe { region, .. }) => Err(region.to_string()),
        Err(error) => panic!("{error}"),
    };
    let crowd = crowd.expect("it was connected");
    let seen = std::mem::take(&mut *crowd.seen.lock().expect("no test panics here"));
    (planned, seen)
}

#[test]
fn as_many_regions_are_read_at_once_as_there_are_threads() {
    let (alone, seen) = plan(None, false);
    assert_eq!(seen.most, 1);
    assert_eq!(
        seen.order,
        REGIONS.map(|name| Region::new(name).unwrap()),
        "one after the other, in order"
    );
    for threads in [1, 2, 4, 16] {
        let (planned, seen) = plan(Some(threads), false);
        assert_eq!(planned, alone, "{threads} threads");
        assert_eq!(seen.most, threads.min(REGIONS.len()), "{threads} threads");
        assert_eq!(seen.regions.len(), REGIONS.len());
    }
}

#[test]
fn the_region_that_is_told_to_have_failed_is_the_first_in_order() {
    for threads in [None, Some(1), Some(2), Some(4)] {
        for _ in 0..20 {
            let (planned, seen) = plan(threads, true);
            assert_eq!(planned, Err(REGIONS[0].to_owned()), "{threads:?}");
            let others = threads.unwrap_or(1);
            assert!(seen.order.len() <= others, "nothing is begun after a failure: {threads:?}");
        }
    }
}
