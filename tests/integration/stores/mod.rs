//! Shelves and vaults on real servers: PostgreSQL of Debian, a server of S3 that is atomic under races, moto as a
//! second opinion, a server with the conditions and signatures of OSS, and two of documents. `tests/run`
//! installs what they need; the tests start them on loopback, and they end with the tests.

mod certificates;
mod doctor;
mod documents;
mod example;
mod keys;
mod locks;
mod migrations;
mod oss;
mod oss_server;
mod postgres;
mod postgres_leases;
mod postgres_server;
mod projects;
mod proxy;
mod s3;
mod s3_server;
mod saves;
mod supervised;
mod teams;
mod tls;
mod vaults;

use std::path::{Path, PathBuf};

use keyform::{
    model::ProjectName,
    store::{Created, Shelf, ShelfErrorKind, contract},
};

/// The project whose blobs the tests keep.
fn project() -> ProjectName {
    ProjectName::new("acme")
}

/// Where `tests/stores/install` puts what it installs.
fn installed() -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/stores");
    assert!(
        directory.join("installed").exists(),
        "the servers are not in {}: run tests/stores/install, as tests/run does",
        directory.display()
    );
    directory
}

/// The rules of every shelf, for one user and for 16 at once.
#[track_caller]
fn keeps_the_contract(shelf_of: impl Fn() -> Box<dyn Shelf>) {
    contract::check(&*shelf_of()).expect("it keeps the rules");
    let shelves: Vec<_> = (0..16).map(|_| shelf_of()).collect();
    let shelves: Vec<_> = shelves.iter().map(AsRef::as_ref).collect();
    contract::race(&shelves, 8).expect("one wins each race");
}

/// Nothing can be read, and no retry helps.
#[track_caller]
fn is_refused_to_read(shelf: &dyn Shelf, words: &str) {
    for error in [
        shelf.list("").map(|_| ()).expect_err("refused"),
        shelf.read("a").map(|_| ()).expect_err("refused"),
    ] {
        assert_eq!(error.kind, ShelfErrorKind::Refused, "{error}");
        assert!(error.reason.contains(words), "{error}");
        assert!(!error.reason.contains("secret") && !error.place.contains("secret"), "{error:?}");
    }
}

/// Nothing works, and no retry helps.
#[track_caller]
fn is_refused(shelf: &dyn Shelf, words: &str) {
    let errors = [
        shelf.list("").map(|_| ()).expect_err("refused"),
        shelf.read("a").map(|_| ()).expect_err("refused"),
        shelf.create("a", b"x").map(|_| ()).expect_err("refused"),
        shelf.remove("a").expect_err("refused"),
    ];
    for error in errors {
        assert_eq!(error.kind, ShelfErrorKind::Refused, "{error}");
        assert!(error.reason.contains(words), "{error}");
        assert!(!error.reason.contains("secret") && !error.place.contains("secret"), "{error:?}");
    }
}

/// What was created before a server ended is there after it has begun again, and nothing that was
/// answered meanwhile was a guess.
#[track_caller]
fn outlives_its_server<S>(shelf: &dyn Shelf, server: S, restart: impl FnOnce(S) -> S) -> S {
    assert_eq!(shelf.create("before", b"1").expect("it runs"), Created::New);
    let server = restart(server);
    // The first connection was lost with the server; whatever was asked of it may be asked again.
    let read = || shelf.read("before").or_else(|_| shelf.read("before"));
    assert_eq!(read().expect("it runs again"), Some(b"1".to_vec()));
    assert_eq!(shelf.create("before", b"2").expect("it runs again"), Created::Exists);
    assert_eq!(shelf.create("after", b"3").expect("it runs again"), Created::New);
    assert_eq!(shelf.list("").expect("it runs again"), ["after", "before"]);
    server
}

/// Answers that are cut off or do not come are known to be lost; whether the blob was created is then
/// found by reading it.
#[track_caller]
fn settles_what_was_lost(shelf: &dyn Shelf, proxy: &proxy::Proxy) {
    assert_eq!(shelf.create("sound", b"0").expect("the proxy passes on"), Created::New);
    for (name, trouble) in [
        ("torn", proxy::Trouble::TearAnswer),
        ("shorter", proxy::Trouble::ShortenAnswer),
        ("garbled", proxy::Trouble::GarbleAnswer),
        ("slow", proxy::Trouble::SlowAnswer),
        ("silent", proxy::Trouble::KeepAnswer),
        ("unsent", proxy::Trouble::KeepRequest),
    ] {
        proxy.set(Some(trouble));
        let created = shelf.create(name, b"1");
        proxy.set(None);
        let error = created.map(|_| ()).expect_err(name);
        assert_ne!(error.kind, ShelfErrorKind::Refused, "{name}: {error}");
        let found = (0..2).find_map(|_| shelf.read(name).ok()).expect("the proxy passes on");
        let again = shelf.create(name, b"1").expect("the proxy passes on");
        match found {
            Some(content) => assert_eq!((content, again), (b"1".to_vec(), Created::Exists)),
            None => assert_eq!(again, Created::New),
        }
        if error.kind == ShelfErrorKind::Unreachable {
            assert_eq!(again, Created::New, "{name}: it surely was not done");
        }
    }
}

/// Whatever becomes of an answer, nothing is taken for an answer that is none, and no answer is waited
/// for longer than the shelf may take.
#[track_caller]
fn believes_no_broken_answer(shelf: &dyn Shelf, proxy: &proxy::Proxy) {
    let content = b"sound".repeat(9);
    assert_eq!(shelf.create("sound", &content).expect("the proxy passes on"), Created::New);
    for trouble in [
        proxy::Trouble::TearAnswer,
        proxy::Trouble::ShortenAnswer,
        proxy::Trouble::GarbleAnswer,
        proxy::Trouble::SlowAnswer,
    ] {
        let in_trouble = |ask: &dyn Fn() -> Result<(), keyform::store::ShelfError>| {
            proxy.set(Some(trouble));
            let asked = ask();
            proxy.set(None);
            let error = asked.expect_err("its answer is broken");
            // What speaks another language when a connection begins is another server.
            let may_be_refused = trouble == proxy::Trouble::GarbleAnswer;
            let is_refused = error.kind == ShelfErrorKind::Refused;
            assert!(may_be_refused || !is_refused, "{trouble:?}: {error}");
        };
        in_trouble(&|| shelf.read("sound").map(|_| ()));
        in_trouble(&|| shelf.read("absent").map(|_| ()));
        in_trouble(&|| shelf.list("").map(|_| ()));
        let found = (0..2).find_map(|_| shelf.read("sound").ok()).expect("the proxy passes on");
        assert_eq!(found.as_ref(), Some(&content), "{trouble:?}");
    }
}
