//! L1, L2, L3 with a state in a document that a server overwrites: requests of a run are lost, fail or
//! are the last one. A person frees the lock that such a run leaves, and the next run ends the same.

use std::{sync::Arc, time::Duration};

use keyform::{
    driver::Clock as _,
    model::{ProjectName, RunId},
    session::{ApplyRequest, PlanOptions, Session},
    store::{DiskShelf, Holder, Shelf, Store, Taken},
};

use super::{
    scene::{End, Scene},
    sweep::Scenario,
};
use crate::documents::{Documents, Kind, Trouble, Way};

fn store(scene: &Scene, way: &Arc<Way>) -> Store {
    let (shelf, lock) = way.kept();
    let (disk, project) = (Arc::new(scene.disk.clone()), ProjectName::new("laws"));
    let local = ".keyform/local".into();
    Store::on_shelf(Arc::new(shelf), Arc::new(lock), disk, local, project)
}

fn session(scene: &Scene, way: &Arc<Way>) -> Session {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    session.with_store(store(scene, way))
}

/// One run; whether it came to its end.
fn run(scene: &Scene, way: &Arc<Way>, destroy: bool) -> bool {
    let wish = ApplyRequest::Fresh(PlanOptions { destroy, ..PlanOptions::default() });
    session(scene, way).apply(wish, &mut |_| true, &mut |_, _, _| {}).is_ok()
}

/// A scenario whose state is in a document.
struct Kept {
    scenario: Scenario,
    documents: Documents,
}

impl Kept {
    /// Each scenario, with the state that it has in files copied into a document.
    fn all(kind: Kind) -> impl Iterator<Item = Self> {
        Scenario::all().into_iter().map(move |scenario| {
            let documents = Documents::new(kind);
            copy(&scenario.before, &documents);
            Self { scenario, documents }
        })
    }

    /// The end without troubles, and how many requests that took.
    fn undisturbed(&self) -> (End, u64) {
        let (scene, documents) = (self.scenario.before.fork(), self.documents.fork());
        let way = Way::to(&documents, None);
        assert!(run(&scene, &way, self.scenario.destroy), "it comes to its end");
        assert_eq!(documents.locked_by(), None, "the lock is given up");
        assert!(self.is_done(&scene, &documents));
        (scene.end(), way.requests())
    }

    fn is_done(&self, scene: &Scene, documents: &Documents) -> bool {
        let options = PlanOptions { destroy: self.scenario.destroy, ..PlanOptions::default() };
        let session = session(scene, &Way::to(documents, None));
        session.plan(options).expect("a plan").plan.is_empty()
    }

    /// A run to which something happens at a request, what a person does then, and the runs after it.
    fn disturbed(&self, end: &End, request: u64, trouble: Trouble) {
        let (scene, documents) = (self.scenario.before.fork(), self.documents.fork());
        let what = format!("{}: {trouble:?} at request {request}", self.scenario.name);
        let way = Way::to(&documents, Some((request, trouble)));
        let is_ended = run(&scene, &way, self.scenario.destroy);
        assert!(!trouble.is_lost_answer() || is_ended, "{what}: it is found by reading");
        scene.crash();
        scene.nothing_is_lost();
        if let Some(id) = documents.locked_by() {
            let before = scene.fork();
            assert!(!run(&before, &Way::to(&documents, None), false), "{what}: it is locked");
            let states = scene.states().with_store(store(&scene, &Way::to(&documents, None)));
            let id = RunId::parse(&id).expect("the id of a run");
            states.unlock(&id).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(documents.locked_by(), None, "{what}");
        }
        for _ in 0..5 {
            scene.pass(Duration::from_secs(60));
            assert!(run(&scene, &Way::to(&documents, None), self.scenario.destroy), "{what}");
            if self.is_done(&scene, &documents) {
                break;
            }
        }
        scene.nothing_is_lost();
        assert_eq!(scene.end(), *end, "{what}");
    }
}

/// Copies the state that a scene has in files.
fn copy(scene: &Scene, documents: &Documents) {
    let files = DiskShelf::new(Arc::new(scene.disk.clone()), ".keyform/state".into());
    let (shelf, lock) = Way::to(documents, None).kept();
    let holder = Holder {
        user: "ann".to_owned(),
        host: "one".to_owned(),
        pid: 7,
        command: "copy".to_owned(),
        since: scene.clock.now(),
        ci_url: None,
        commit: None,
        digest: None,
        run: RunId::from_random([77; 16]),
    };
    let lock: &dyn keyform::store::Lock = &lock;
    let taken = lock.contend(&holder).try_take(holder.since).expect("the server is there");
    let Taken::Ours(lease) = taken else { panic!("{taken:?}") };
    for name in files.list("").expect("a directory") {
        if name.ends_with(".json") || name.ends_with(".journal") {
            let content = files.read(&name).expect("a directory").expect("a file");
            let _ = shelf.create(&name, &content).expect("the server is there");
        }
    }
    lease.release().expect("the server is there");
}

/// Something happens to each third request, another thing each time. The scenarios and the servers begin
/// at different ones.
fn at_requests(kind: Kind) {
    for (number, kept) in Kept::all(kind).enumerate() {
        let (end, requests) = kept.undisturbed();
        let first = number + usize::from(kind == Kind::Overwriting);
        let troubles = Trouble::ALL.into_iter().cycle().skip(number);
        for (request, trouble) in (first as u64 % 3..requests).step_by(3).zip(troubles) {
            kept.disturbed(&end, request, trouble);
        }
    }
}

#[test]
fn whatever_happens_to_a_request_to_gitlab_the_next_run_comes_to_the_same_end() {
    at_requests(Kind::GitLab);
}

#[test]
fn whatever_happens_to_a_request_that_overwrites_the_next_run_comes_to_the_same_end() {
    at_requests(Kind::Overwriting);
}
