//! L2 and L3 with private keys in a bucket: a plan reads the index, apply looks at the keys before its
//! first write, and whatever request fails, no key is lost.

use std::{path::Path, sync::Arc};

use keyform::{
    disk::MemoryDisk,
    keys::{KeySource, PooledKeys},
    model::{CloudName, Encryption, ProjectName},
    objects::{BucketFailure, MemoryBucket, ObjectError, ObjectErrorKind, Objects, PutOutcome},
    plan::{Plan, ReasonCode, StaleCode},
    session::{Applied, SessionError},
    vault::{BucketPlace, BucketVault, Lender},
};
use zeroize::Zeroizing;

use super::scene::{Ran, Scene, bound};

const KEY: &str = "laws/keys/web.pem";
const INDEX: &str = "laws/index/web.json";

/// A bucket that does not answer any more to a machine that has stopped.
#[derive(Debug)]
struct Reached {
    bucket: MemoryBucket,
    disk: MemoryDisk,
}

impl Reached {
    fn reach(&self) -> Result<&MemoryBucket, ObjectError> {
        let reason = "the machine has stopped".to_owned();
        match self.disk.is_stopped() {
            true => Err(ObjectError { reason, kind: ObjectErrorKind::Refused }),
            false => Ok(&self.bucket),
        }
    }
}

impl Objects for Reached {
    fn create(
        &self,
        key: &str,
        content: &[u8],
        encryption: Option<&Encryption>,
    ) -> Result<PutOutcome, ObjectError> {
        self.reach()?.create(key, content, encryption)
    }

    fn get(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ObjectError> {
        self.reach()?.get(key)
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        self.reach()?.list(prefix)
    }

    fn delete(&self, key: &str) -> Result<(), ObjectError> {
        self.reach()?.delete(key)
    }

    fn check(&self, account: Option<&str>) -> Result<(), ObjectError> {
        self.reach()?.check(account)
    }

    fn place(&self, key: &str) -> String {
        self.bucket.place(key)
    }
}

/// The vault of a project in a bucket, as a machine reaches it.
pub(super) fn vault_in(bucket: &MemoryBucket, disk: &MemoryDisk) -> BucketVault {
    let at = BucketPlace::new("", &ProjectName::new("laws"), None, Encryption::Aes256);
    let lender = Lender::new(Arc::new(disk.clone()), Some(Path::new("shm/keyform").to_owned()));
    let reached = Reached { bucket: bucket.clone(), disk: disk.clone() };
    BucketVault::new(Arc::new(reached), at, Arc::new(|_| ()), Arc::new(lender))
}

/// The private keys of a bucket that are in use, as files of a directory would be called.
pub(super) fn in_use(bucket: &MemoryBucket) -> Vec<String> {
    let names = bucket.contents().into_iter().map(|(name, _)| name);
    names
        .filter_map(|name| name.strip_prefix("laws/").map(str::to_owned))
        .filter(|name| name.starts_with("keys/"))
        .collect()
}

fn fleet() -> (Scene, MemoryBucket) {
    let scene = Scene::new(&bound("web", "i-1, i-2")).with_bucket();
    let bucket = scene.bucket.clone().expect("it has one");
    (scene, bucket)
}

fn codes(plan: &Plan) -> Vec<ReasonCode> {
    plan.notes.iter().map(|note| note.reason.code()).collect()
}

/// The codes of what a saved plan is stale for, which wrote nothing.
#[track_caller]
fn stale(ran: Ran) -> Vec<StaleCode> {
    assert!(ran.writes.is_empty(), "{:?}", ran.writes);
    let Err(refused) = ran.outcome else { panic!("it was applied") };
    let Some(SessionError::Stale(stale)) = refused.downcast_ref() else { panic!("{refused}") };
    stale.iter().map(|one| one.code()).collect()
}

#[test]
fn a_plan_knows_the_keys_without_reading_them() {
    let (scene, bucket) = fleet();
    scene.apply(false);
    assert!(!scene.disk.files().keys().any(|path| path.starts_with("keys")));
    bucket.deny("laws/keys/");
    let plan = scene.plan(false);
    assert!(plan.is_empty() && plan.keys_not_looked_at.is_empty(), "{plan:#?}");
    scene.status();
}

#[test]
fn a_request_that_fails_anywhere_loses_no_key_and_the_next_run_converges() {
    for destroy in [false, true] {
        let (before, _) = fleet();
        if destroy {
            before.apply(false);
        }
        let whole = before.fork();
        whole.apply(destroy);
        let end = whole.end();
        for request in 0..whole.bucket.as_ref().expect("it has one").requests() {
            for failure in BucketFailure::ALL {
                let mut scene = before.fork();
                let bucket = scene.bucket.clone().expect("it has one");
                bucket.fail_at(request, failure);
                let _ = scene.run(destroy, Vec::new());
                scene.nothing_is_lost();
                // The next runner reaches the bucket again.
                scene.bucket = Some(bucket.fork());
                scene.converge(destroy);
                scene.nothing_is_lost();
                assert_eq!(scene.end(), end, "{failure:?} at {request}, destroy: {destroy}");
            }
        }
    }
}

#[test]
fn a_key_that_is_gone_although_the_index_has_it_refuses_the_plan_before_the_first_write() {
    let (mut scene, bucket) = fleet();
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    bucket.lose(KEY);
    let plan = scene.plan(false);
    assert!(!codes(&plan).contains(&ReasonCode::KeyMissing), "the index has it");
    assert_eq!(stale(scene.run_saved(&plan, Vec::new())), [StaleCode::KeyGone]);
    // That run has put the index right.
    assert!(codes(&scene.plan(false)).contains(&ReasonCode::KeyMissing));
}

#[test]
fn a_key_whose_index_is_gone_is_missed_by_a_plan_and_found_by_apply() {
    let (scene, bucket) = fleet();
    scene.apply(false);
    bucket.lose(INDEX);
    assert!(codes(&scene.plan(false)).contains(&ReasonCode::KeyMissing));
    let ran = scene.run(false, Vec::new());
    assert!(matches!(ran.outcome, Ok(Applied::Nothing(_))), "nothing is to be done");
    assert!(codes(&scene.plan(false)).is_empty());
    scene.nothing_is_lost();
}

#[test]
fn a_key_that_nobody_recorded_or_indexed_is_used() {
    let (scene, bucket) = fleet();
    let plan = scene.plan(false);
    let key = PooledKeys::new(9).generate().expect("a key");
    bucket.plant(KEY, key.pem().as_bytes());
    let of_apply = scene.fork();
    // What was reviewed is that a key is made; the next plan says that one is there.
    assert_eq!(stale(scene.run_saved(&plan, Vec::new())), [StaleCode::KeyNameTaken]);
    let again = scene.plan(false);
    let ran = scene.run_saved(&again, Vec::new());
    assert!(matches!(ran.outcome, Ok(Applied::Ran { report, .. }) if report.is_complete()));
    of_apply.apply(false);
    for scene in [scene, of_apply] {
        scene.nothing_is_lost();
        let state = scene.states().newest().expect("it can be read").expect("there is one");
        let recorded = state.recorded.keys[&CloudName::new("web")].fingerprint;
        assert_eq!(recorded, key.public_key().fingerprint());
    }
}
