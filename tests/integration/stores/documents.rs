//! States in documents on servers of Terraform's protocol, over loopback.

use std::sync::Arc;

use keyform::{
    alicloud::{Client, ProxySettings},
    disk::MemoryDisk,
    model::{Lineage, RunId, Timestamp},
    state::Entry,
    store::{
        Appended, Created, DocumentLock, DocumentShelf, HeldBy, Holder, Lease, Lock, LockEnd,
        Renewed, Shelf, ShelfErrorKind, Store, StoreError, StoreErrorCode, Taken, Unlocked,
        contract,
    },
};
use serde_json::json;

use super::{project, proxy, proxy::Proxy};
use crate::{
    alicloud::server::{Reply, Server},
    documents::{Documents, Kind, PASSWORD, USER, kept},
};

fn client() -> Arc<Client> {
    Arc::new(Client::new(ProxySettings::default()).expect("no proxy"))
}

fn at(documents: &Documents, url: &str) -> (DocumentShelf, DocumentLock) {
    kept(client(), documents.choice(url), PASSWORD)
}

fn holder(number: u8) -> Holder {
    Holder {
        user: "ann".to_owned(),
        host: format!("build-{number}"),
        pid: 4711,
        command: "keyform apply".to_owned(),
        since: Timestamp::from_milliseconds(0),
        ci_url: None,
        commit: None,
        digest: None,
        run: run(number),
    }
}

fn run(number: u8) -> RunId {
    RunId::from_random([number; 16])
}

fn try_take(lock: &DocumentLock, number: u8) -> Result<Taken, StoreError> {
    lock.contend(&holder(number)).try_take(Timestamp::from_milliseconds(0))
}

#[track_caller]
fn take(lock: &DocumentLock, number: u8) -> Box<dyn Lease> {
    match try_take(lock, number).expect("the server is there") {
        Taken::Ours(lease) => lease,
        Taken::Held { by, .. } => panic!("it is held: {by}"),
    }
}

#[track_caller]
fn held_by(lock: &DocumentLock, number: u8) -> HeldBy {
    match try_take(lock, number).expect("the server is there") {
        Taken::Held { by, may_be_dead: false } => by,
        other => panic!("{other:?}"),
    }
}

/// The rules of one user. Those of many at once do not fit: without its lock a document is not written.
#[test]
fn a_document_keeps_the_contract_under_its_lock() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let (shelf, lock) = at(&documents, &server.url());
        let lease = take(&lock, 1);
        contract::check(&shelf).expect("it keeps the rules");
        lease.release().expect("the server is there");
        assert_eq!(documents.locked_by(), None);
    }
}

#[test]
fn a_blob_grows_until_it_is_ended() {
    let documents = Documents::new(Kind::GitLab);
    let server = documents.listen();
    let (shelf, lock) = at(&documents, &server.url());
    let _lease = take(&lock, 1);
    assert_eq!(shelf.create("a", b"1"), Ok(Created::New));
    let growing = shelf.growing().expect("it grows");
    assert_eq!(growing.append("a", "end", b"2"), Ok(Appended::Done));
    assert_eq!(growing.append("b", "end", b"2"), Ok(Appended::Gone));
    assert_eq!(shelf.create("end", b""), Ok(Created::New));
    assert_eq!(growing.append("a", "end", b"3"), Ok(Appended::Ended));
    assert_eq!(shelf.read("a"), Ok(Some(b"12".to_vec())));
}

#[test]
fn each_request_is_what_servers_for_terraform_know() {
    let documents = Documents::new(Kind::GitLab);
    let server = documents.listen();
    let (shelf, lock) = at(&documents, &server.url());
    assert_eq!(shelf.list(""), Ok(Vec::new()), "there is no document yet");
    take(&lock, 1).release().expect("the server is there");
    let received = server.received();
    let seen: Vec<_> =
        received.iter().map(|one| (one.method.as_str(), one.path.as_str())).collect();
    let (state, lock) = (received[0].path.as_str(), format!("{}/lock", received[0].path));
    let wanted = [
        ("GET", state),
        ("POST", lock.as_str()),
        ("GET", state),
        ("POST", state),
        ("GET", state),
        ("POST", state),
        ("DELETE", lock.as_str()),
    ];
    assert_eq!(seen, wanted);
    for one in &received {
        assert_eq!(one.query["team"], "web", "the address keeps its query");
        assert!(one.headers["authorization"].starts_with("Basic "), "{one:?}");
    }
    let record: serde_json::Value = serde_json::from_str(&received[1].body).expect("JSON");
    let names: Vec<_> = record.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["Created", "ID", "Info", "Operation", "Path", "Version", "Who"]);
    assert_eq!((&record["ID"], &record["Who"]), (&json!(run(1).as_str()), &json!("ann@build-1")));
    assert_eq!(received[6].body, received[1].body, "the lock is freed with its record");
    let document: serde_json::Value = serde_json::from_str(&received[3].body).expect("JSON");
    assert_eq!((&document["version"], &document["serial"]), (&json!(4), &json!(1)));
    assert_eq!(document["holder"]["host"], "build-1");
    assert_eq!(received[3].query["ID"], run(1).as_str());
    assert_eq!(documents.document().expect("one")["holder"], json!(null), "it has given it up");
}

#[test]
fn whoever_comes_second_is_told_who_holds_the_lock() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let (shelf, lock) = at(&documents, &server.url());
        let (other_shelf, other) = at(&documents, &server.url());
        assert_eq!(other.held_by().expect("the server is there"), None);
        let lease = take(&lock, 1);
        assert_eq!(held_by(&other, 2), HeldBy::Run(holder(1)), "{kind:?}");
        assert_eq!(other.held_by().expect("the server is there"), Some(HeldBy::Run(holder(1))));
        assert_eq!((other.end(), other.time_to_live()), (LockEnd::ByHand, None));
        let sent = server.received().len();
        let error = other_shelf.create("a", b"1").map(|_| ()).expect_err("it has no lock");
        assert!(error.reason.contains("does not hold the lock"), "{error}");
        assert_eq!(server.received().len(), sent, "it was refused before it was sent");
        assert_eq!(shelf.create("a", b"1"), Ok(Created::New));
        lease.release().expect("the server is there");
        assert!(shelf.create("b", b"1").is_err(), "it has given the lock up");
        assert_eq!(other.held_by().expect("the server is there"), None);
        let second = take(&other, 2);
        assert_eq!(other_shelf.read("a"), Ok(Some(b"1".to_vec())));
        second.release().expect("the server is there");
    }
}

#[test]
fn a_lock_of_terraform_is_shown_as_far_as_it_can_be_and_not_freed() {
    let record = json!({
        "ID": "ed7ca28a-1111-2222-3333-444455556666", "Operation": "OperationTypeApply", "Info": "",
        "Who": "root@vm", "Version": "1.11.4", "Created": "2026-11-22T11:32:34Z", "Path": "",
    });
    for (kind, words) in [
        // GitLab shows what the one who asks does.
        (Kind::GitLab, "root does `keyform apply` since"),
        (Kind::Overwriting, "root@vm does `OperationTypeApply` since"),
    ] {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let (_, lock) = at(&documents, &server.url());
        documents.set_lock(Some(record.clone()));
        let by = held_by(&lock, 1);
        let text = format!("{words} 2026-11-22T11:32:34Z, with the lock ed7ca28a-1111");
        assert!(by.to_string().starts_with(&text), "{by}");
        assert_eq!(by.run(), None, "keyform cannot free it");
        let error = lock.unlock(&run(1), &holder(2)).map(|_| ()).expect_err("another holds it");
        assert_eq!(error.code(), StoreErrorCode::NotUnlocked, "{error}");
        assert_eq!(documents.locked_by().as_deref(), record["ID"].as_str());
    }
}

#[test]
fn only_the_lock_of_the_run_that_is_named_is_freed() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let (shelf, lock) = at(&documents, &server.url());
        let (_, person) = at(&documents, &server.url());
        let refused = |id: u8| match person.unlock(&run(id), &holder(9)) {
            Err(StoreError::NotUnlocked { by, .. }) => by.and_then(|by| by.run()),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(1), None, "no run holds it");
        assert_eq!(documents.locked_by(), None);
        let lease = take(&lock, 1);
        assert_eq!(refused(2), Some(run(1)));
        assert_eq!(shelf.create("a", b"1"), Ok(Created::New), "it still holds it");
        let unlocked = person.unlock(&run(1), &holder(9)).expect("that run holds it");
        let Unlocked::Ours(of_person) = unlocked else { panic!("{unlocked:?}") };
        let error = shelf.create("b", b"1").map(|_| ()).expect_err("its lock was freed");
        assert_eq!(error.kind, ShelfErrorKind::Refused, "{error}");
        // Its end frees no lock that is not its own.
        lease.release().expect("there is nothing to free");
        assert_eq!(documents.locked_by().as_deref(), Some(run(9).as_str()), "{kind:?}");
        of_person.release().expect("the server is there");
        assert_eq!(documents.locked_by(), None);
    }
}

/// A run that was killed between its lock and the document: only the server knows who holds it.
#[test]
fn a_lock_of_which_the_document_knows_nothing_can_be_freed() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        documents.set_lock(Some(json!({"ID": run(1).as_str(), "Who": "ann@build-1"})));
        let server = documents.listen();
        let (_, lock) = at(&documents, &server.url());
        assert_eq!(held_by(&lock, 2).run(), Some(run(1)), "the way out can be named");
        let unlocked = lock.unlock(&run(1), &holder(2)).expect("that run holds it");
        let Unlocked::Ours(lease) = unlocked else { panic!("{unlocked:?}") };
        lease.release().expect("the server is there");
        assert_eq!(documents.locked_by(), None);
    }
}

fn store(parts: (DocumentShelf, DocumentLock)) -> Store {
    let (disk, (shelf, lock)) = (Arc::new(MemoryDisk::new()), parts);
    Store::on_shelf(Arc::new(shelf), Arc::new(lock), disk, "local".into(), project())
}

#[test]
fn a_run_whose_lock_a_person_frees_is_fenced_with_its_next_record() {
    for kind in Kind::ALL {
        for has_begun in [false, true] {
            let documents = Documents::new(kind);
            let server = documents.listen();
            let (sleeper, person) =
                (store(at(&documents, &server.url())), store(at(&documents, &server.url())));
            let now = Timestamp::from_milliseconds(0);
            let lease = match sleeper.lock().contend(&holder(1)).try_take(now) {
                Ok(Taken::Ours(lease)) => lease,
                other => panic!("{other:?}"),
            };
            let state =
                sleeper.create(Lineage::from_random([7; 16]), &run(1)).expect("none is there");
            let mut journal = sleeper.journal(&state, &"aa".repeat(32), &run(1), now);
            if has_begun {
                journal.append(&[Entry::Finished]).expect("it holds the lock");
                journal.append(&[Entry::Finished]).expect("it holds the lock");
            }
            let unlocked = person.lock().unlock(&run(1), &holder(2)).expect("that run holds it");
            let Unlocked::Ours(of_person) = unlocked else { panic!("{unlocked:?}") };
            person.seal_newest(&run(2)).expect("the server is there");
            of_person.release().expect("the server is there");
            let error = journal.append(&[Entry::Finished]).expect_err("its lock was freed");
            assert_eq!(error.code(), StoreErrorCode::Fenced, "{kind:?} {has_begun}: {error}");
            lease.release().expect("there is nothing to free");
        }
    }
}

#[test]
fn few_snapshots_are_kept_and_each_can_be_restored() {
    let documents = Documents::new(Kind::GitLab);
    let server = documents.listen();
    let (shelf, lock) = at(&documents, &server.url());
    let lease = take(&lock, 1);
    let store = store((shelf, lock));
    let now = Timestamp::from_milliseconds(0);
    let mut state = store.create(Lineage::from_random([7; 16]), &run(1)).expect("none is there");
    for number in 0..6 {
        let mut journal = store.journal(&state, &format!("{number:064}"), &run(1), now);
        journal.append(&[Entry::Finished]).expect("it holds the lock");
        state = store.fold(&run(1)).expect("it folds").expect("there is one");
    }
    let serials = |store: &Store| -> Vec<u64> {
        let history = store.history().expect("the server is there");
        assert!(history.snapshots.iter().all(|row| row.damage.is_none()), "{history:?}");
        history.snapshots.iter().map(|row| row.serial).collect()
    };
    assert_eq!(serials(&store), [5, 6, 7]);
    let restored = store.restore(5, &run(1)).expect("it is whole");
    assert_eq!(restored.state.serial, 8);
    assert_eq!(serials(&store), [5, 6, 7, 8], "a restore removes nothing");
    assert_eq!(store.load().expect("whole").expect("one").state.serial, 8);
    lease.release().expect("the server is there");
}

#[test]
fn what_a_server_refuses_says_what_to_do() {
    let documents = Documents::new(Kind::GitLab);
    let server = documents.listen();
    let (shelf, _) = kept(client(), documents.choice(&server.url()), "another-secret");
    super::is_refused_to_read(&shelf, "TF_HTTP_PASSWORD");

    let (shelf, lock) = at(&documents, &server.url());
    let lease = take(&lock, 1);
    documents.set_size_max(2_000);
    let error = shelf.create("a", &[b'x'; 2_000]).map(|_| ()).expect_err("it is too large");
    assert_eq!(error.kind, ShelfErrorKind::Refused, "{error}");
    assert!(error.reason.contains("takes fewer"), "{error}");
    assert_eq!(shelf.create("b", b"1"), Ok(Created::New), "the run can go on");
    lease.release().expect("the server is there");

    let (shelf, _) = at(&documents, &server.url());
    for (document, words) in [
        ("{\"version\":4,\"serial\":3,\"lineage\":\"x\",\"resources\":[]}", "Terraform"),
        ("<html>log in</html>", "damaged"),
        ("{\"format\":\"keyform.document/2\"}", "newer"),
    ] {
        documents.set_document(Some(document));
        super::is_refused_to_read(&shelf, words);
    }
}

#[test]
fn no_credential_follows_a_redirect() {
    let stranger = Server::start(|_| Reply::ok("{}"));
    let to = stranger.url();
    let server = Server::start(move |_| Reply::Redirect(to.clone()));
    let documents = Documents::new(Kind::GitLab);
    let (shelf, lock) = at(&documents, &server.url());
    super::is_refused_to_read(&shelf, "leads to another address");
    let error = try_take(&lock, 1).map(|_| ()).expect_err("it leads elsewhere");
    assert_eq!(error.code(), StoreErrorCode::Refused, "{error}");
    assert!(stranger.received().is_empty());
}

/// A document of another one under this run's lock is not overwritten, and a deleted one not made again.
#[test]
fn what_others_write_under_the_lock_of_a_run_stops_it() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let (shelf, lock) = at(&documents, &server.url());
        let _lease = take(&lock, 1);
        let ours = documents.document().expect("one").to_string();
        let theirs = ours.replace("\"serial\":1", "\"serial\":2");
        documents.set_document(Some(&theirs));
        let error = shelf.create("a", b"1").map(|_| ()).expect_err("another one wrote");
        assert!(error.reason.contains("another run"), "{error}");
        documents.set_document(None);
        let error = shelf.create("a", b"1").map(|_| ()).expect_err("it was deleted");
        assert!(error.reason.contains("deleted"), "{error}");
        assert_eq!(documents.document(), None);
        documents.set_document(Some(&ours));
        assert_eq!(shelf.create("a", b"1"), Ok(Created::New));
    }
}

/// Torn and missing answers: what was written is found by reading, and what was not is not there.
#[test]
fn lost_answers_are_settled_by_reading() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let proxy = Proxy::before(server.address().port());
        let (shelf, lock) = at(&documents, &format!("http://127.0.0.1:{}", proxy.port()));
        let _lease = take(&lock, 1);
        for (name, trouble) in
            [("torn", proxy::Trouble::TearAnswer), ("unsent", proxy::Trouble::KeepRequest)]
        {
            proxy.set(Some(trouble));
            let error = shelf.create(name, b"1").map(|_| ()).expect_err(name);
            assert_ne!(error.kind, ShelfErrorKind::Refused, "{name}: {error}");
            proxy.set(None);
            assert_eq!(shelf.create(name, b"1"), Ok(Created::New), "{name} was not done");
            assert_eq!(shelf.create(name, b"1"), Ok(Created::Exists));
        }
    }
}

#[test]
fn nothing_that_is_shown_has_the_password() {
    let documents = Documents::new(Kind::GitLab);
    let (shelf, lock) = at(&documents, "http://127.0.0.1:8080");
    let shown = format!("{shelf:?} {lock:?} {} {}", shelf.place(), lock.place());
    assert!(
        !shown.contains(PASSWORD) && !shown.contains(USER) && !shown.contains("team"),
        "{shown}"
    );
}

/// More saves than snapshots are kept: nothing of the run that sleeps is in the document any more.
#[test]
fn a_run_that_sleeps_while_a_document_is_pruned_is_fenced() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let (shelf, lock) = at(&documents, &server.url());
        let lease = take(&lock, 1);
        let sleeper = store((shelf, lock));
        let now = Timestamp::from_milliseconds(0);
        let state = sleeper.create(Lineage::from_random([7; 16]), &run(1)).expect("none is there");
        let mut asleep = sleeper.journal(&state, &"a".repeat(64), &run(1), now);
        asleep.append(&[Entry::Finished]).expect("it holds the lock");

        let (shelf, lock) = at(&documents, &server.url());
        let unlocked = lock.unlock(&run(1), &holder(2)).expect("that run holds it");
        let Unlocked::Ours(second) = unlocked else { panic!("{unlocked:?}") };
        let other = store((shelf, lock));
        let mut state = other.fold(&run(2)).expect("it folds").expect("there is one");
        for number in 0..25 {
            let mut journal = other.journal(&state, &format!("{number:064}"), &run(2), now);
            journal.append(&[Entry::Finished]).expect("it holds the lock");
            state = other.fold(&run(2)).expect("it folds").expect("there is one");
        }
        let error = asleep.append(&[Entry::Finished]).expect_err("its lock was freed");
        assert!(!matches!(error, StoreError::Unreachable { .. }), "{kind:?}: {error}");
        assert_eq!(lease.renew().expect("the server is there"), Renewed::Lost, "{kind:?}");
        lease.release().expect("there is nothing to free");
        assert_eq!(other.load().expect("whole").expect("one").state, state, "{kind:?}");
        second.release().expect("the server is there");
    }
}

#[test]
fn broken_and_slow_answers_of_documents_are_not_believed() {
    let documents = Documents::new(Kind::GitLab);
    let server = documents.listen();
    let proxy = Proxy::before(server.address().port());
    let (shelf, lock) = at(&documents, &format!("http://127.0.0.1:{}", proxy.port()));
    let lease = take(&lock, 1);
    super::believes_no_broken_answer(&shelf, &proxy);
    lease.release().expect("the server is there");
}
