//! Shelves in databases of PostgreSQL.

#![expect(
    clippy::disallowed_methods,
    reason = "files of a test's server are no files of the program"
)]

use std::{sync::Arc, time::Duration};

use keyform::{
    database::{PostgresVariables, Settings, TimeLimits, UserFiles},
    disk::RealDisk,
    model::{PostgresUrl, ProjectName, TrustedHosts},
    store::{Created, PostgresShelf, Shelf, ShelfErrorKind},
};

use super::{
    believes_no_broken_answer,
    certificates::Authority,
    is_refused, keeps_the_contract, outlives_its_server,
    postgres_server::{PASSWORD, PostgresServer},
    project,
    proxy::Proxy,
    settles_what_was_lost,
};

/// How a user of this machine connects, with a password in the environment.
pub(super) fn settings(url: &str, password: &str) -> Settings {
    let variable = |name: &str| (name == "PGPASSWORD").then(|| password.to_owned());
    let user = UserFiles {
        variables: PostgresVariables::read(variable),
        home: None,
        project: "/".into(),
        files: Arc::new(RealDisk),
        trusted: TrustedHosts::default(),
    };
    let url = PostgresUrl::parse(url).unwrap_or_else(|problem| panic!("{url}: {problem}"));
    Settings::resolve(&url, &user).unwrap_or_else(|problem| panic!("{problem}"))
}

fn shelf_of(settings: Settings, project: ProjectName) -> PostgresShelf {
    let limits = TimeLimits { connect: Duration::from_secs(10), answer: Duration::from_secs(2) };
    PostgresShelf::new(settings, limits, project).expect("nothing is asked yet")
}

pub(super) fn shelf(port: u16, database: &str) -> PostgresShelf {
    let url = format!("postgres://keyform@127.0.0.1:{port}/{database}");
    shelf_of(settings(&url, PASSWORD), project())
}

/// A database of the shared server.
pub(super) fn database(name: &str) -> &'static PostgresServer {
    let server = PostgresServer::shared();
    server.database(name);
    server
}

#[test]
fn postgres_keeps_the_contract() {
    let server = database("contract");
    keeps_the_contract(|| Box::new(shelf(server.port(), "contract")));
    let place = format!("postgres://127.0.0.1:{}/contract", server.port());
    assert_eq!(shelf(server.port(), "contract").place(), place);
}

#[test]
fn a_socket_of_this_machine_is_a_host() {
    let server = database("socket");
    let directory = server.sockets().to_str().expect("UTF-8").replace('/', "%2F");
    let url = format!("postgres://keyform@{directory}:{}/socket", server.port());
    let shelf = shelf_of(settings(&url, PASSWORD), project());
    assert_eq!(shelf.create("a", b"x").expect("it listens there"), Created::New);
}

#[test]
fn one_database_has_the_shelves_of_several_projects() {
    let server = database("several");
    let of = |name: &str| {
        let url = format!("postgres://keyform@127.0.0.1:{}/several", server.port());
        shelf_of(settings(&url, PASSWORD), ProjectName::new(name))
    };
    let (one, other) = (of("one"), of("other"));
    assert_eq!(one.list("").expect("reading makes no tables"), [""; 0]);
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'keyform%'";
    assert_eq!(server.sql("several", tables), "0");
    assert_eq!(one.create("a", b"one").expect("it runs"), Created::New);
    assert_eq!(other.create("a", b"other").expect("it runs"), Created::New);
    one.remove("a").expect("it is removed");
    assert_eq!(other.read("a").expect("it runs"), Some(b"other".to_vec()));
    assert_eq!(one.list("").expect("it runs"), [""; 0]);
}

#[test]
fn tables_are_made_once_by_those_who_come_first() {
    let server = database("first");
    let shelves: Vec<_> = (0..8).map(|_| shelf(server.port(), "first")).collect();
    let created: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            shelves.iter().map(|shelf| scope.spawn(|| shelf.create("a", b"x"))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let created: Vec<_> = created.into_iter().map(|created| created.expect("it runs")).collect();
    assert_eq!(created.iter().filter(|created| **created == Created::New).count(), 1);
}

#[test]
fn tables_of_a_newer_version_are_left_alone() {
    let server = database("newer");
    let _ = shelf(server.port(), "newer").create("a", b"x").expect("it runs");
    server.sql("newer", "UPDATE keyform_tables SET version = 99");
    is_refused(&shelf(server.port(), "newer"), "the tables are of version 99");
}

#[test]
fn whoever_is_not_let_in_or_may_not_write_is_refused() {
    let server = database("refused");
    let url = |user: &str, database: &str| {
        format!("postgres://{user}@127.0.0.1:{}/{database}", server.port())
    };
    let with = |url: &str, password: &str| shelf_of(settings(url, password), project());
    is_refused(&with(&url("keyform", "refused"), "a-wrong-secret"), "password authentication");
    is_refused(&with(&url("nobody-here", "refused"), PASSWORD), "password authentication");
    is_refused(&with(&url("keyform", "nowhere"), PASSWORD), "does not exist");

    let ours = with(&url("keyform", "refused"), PASSWORD);
    assert_eq!(ours.create("a", b"x").expect("it runs"), Created::New);
    server.sql("refused", &format!("CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'"));
    server.sql("refused", "GRANT SELECT ON keyform_blobs, keyform_tables TO reader");
    let reader = with(&url("reader", "refused"), PASSWORD);
    assert_eq!(reader.read("a").expect("it may read"), Some(b"x".to_vec()));
    for error in [reader.create("b", b"x").map(|_| ()), reader.remove("a")] {
        let error = error.expect_err("it may not write");
        assert_eq!(error.kind, ShelfErrorKind::Refused);
        assert!(error.reason.contains("permission denied"), "{error}");
    }
    assert_eq!(reader.list("").expect("the connection lives on"), ["a"]);
}

#[test]
fn a_commit_is_durable_whatever_the_server_does_by_default() {
    let server = database("durable");
    server.sql("durable", "ALTER DATABASE durable SET synchronous_commit = off");
    server.sql(
        "durable",
        "CREATE TABLE seen (setting text); GRANT INSERT ON seen TO keyform; \
         GRANT CREATE ON SCHEMA public TO keyform",
    );
    let ours = shelf(server.port(), "durable");
    let _ = ours.create("a", b"x").expect("it runs");
    server.sql(
        "durable",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO seen VALUES (current_setting(''synchronous_commit'')); RETURN NEW; END'; \
         CREATE TRIGGER note BEFORE INSERT ON keyform_blobs FOR EACH ROW EXECUTE FUNCTION note()",
    );
    let _ = ours.create("b", b"x").expect("it runs");
    assert_eq!(server.sql("durable", "SELECT setting FROM seen"), "on");
}

#[test]
fn a_statement_that_waits_too_long_is_known_not_to_have_been_done() {
    let server = database("waiting");
    let ours = shelf(server.port(), "waiting");
    let _ = ours.create("a", b"x").expect("it runs");
    server.sql(
        "waiting",
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'; \
         CREATE TRIGGER wait BEFORE INSERT ON keyform_blobs FOR EACH ROW EXECUTE FUNCTION wait()",
    );
    let error = ours.create("b", b"x").map(|_| ()).expect_err("it takes too long");
    assert_eq!(error.kind, ShelfErrorKind::Unreachable, "{error}");
    assert_eq!(ours.list("").expect("the connection lives on"), ["a"]);
}

#[test]
fn postgres_is_restarted() {
    let server = PostgresServer::own(None);
    server.database("restarted");
    let ours = shelf(server.port(), "restarted");
    let server = outlives_its_server(&ours, server, PostgresServer::restart);
    drop(server);
    let failed = |error: Result<Created, keyform::store::ShelfError>| {
        error.map(|_| ()).expect_err("nothing listens").kind
    };
    // The first answer is about the connection that was lost.
    assert_ne!(failed(ours.create("b", b"x")), ShelfErrorKind::Refused);
    assert_eq!(failed(ours.create("b", b"x")), ShelfErrorKind::Unreachable);
}

#[test]
fn broken_answers_of_postgres_are_not_believed() {
    let server = database("broken");
    let proxy = Proxy::before(server.port());
    believes_no_broken_answer(&shelf(proxy.port(), "broken"), &proxy);
}

#[test]
fn lost_answers_of_postgres_are_settled_by_reading() {
    let server = database("lost");
    let proxy = Proxy::before(server.port());
    settles_what_was_lost(&shelf(proxy.port(), "lost"), &proxy);
}

#[test]
fn a_server_is_verified_as_the_address_says() {
    let directory = tempfile::tempdir().expect("a directory");
    let ours = Authority::new(directory.path(), "ours");
    let other = Authority::new(directory.path(), "other");
    let server = PostgresServer::own(Some(&ours.vouch("server", "localhost", "2")));
    server.database("tls");
    let shelf = |host: &str, mode: &str, authority: &Authority| {
        let port = server.port();
        let authority = authority.certificate();
        let authority = authority.to_str().expect("UTF-8");
        let url =
            format!("postgres://keyform@{host}:{port}/tls?sslmode={mode}&sslrootcert={authority}");
        shelf_of(settings(&url, PASSWORD), project())
    };
    for (host, mode) in
        [("localhost", "verify-full"), ("localhost", "verify-ca"), ("127.0.0.1", "verify-ca")]
    {
        shelf(host, mode, &ours).list("").unwrap_or_else(|error| panic!("{host} {mode}: {error}"));
    }
    is_refused(&shelf("127.0.0.1", "verify-full", &ours), "not valid for name");
    for mode in ["verify-full", "verify-ca"] {
        is_refused(&shelf("localhost", mode, &other), "UnknownIssuer");
    }
    let of_system = settings(
        &format!("postgres://keyform@localhost:{}/tls?sslmode=verify-full", server.port()),
        PASSWORD,
    );
    is_refused(&shelf_of(of_system, project()), "UnknownIssuer");

    // A certificate that ran out yesterday.
    server.install(&ours.vouch("expired", "localhost", "-1"));
    let server = server.restart();
    let authority = ours.certificate();
    for mode in ["verify-full", "verify-ca"] {
        let url = format!(
            "postgres://keyform@localhost:{}/tls?sslmode={mode}&sslrootcert={}",
            server.port(),
            authority.display()
        );
        is_refused(&shelf_of(settings(&url, PASSWORD), project()), "xpired");
    }
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let server = database("plain");
    let url = format!("postgres://keyform@127.0.0.1:{}/plain?sslmode=verify-full", server.port());
    is_refused(&shelf_of(settings(&url, PASSWORD), project()), "does not support TLS");
}

#[test]
fn the_certificate_of_an_authority_has_to_be_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("empty.pem");
    std::fs::write(&file, "nothing").expect("space");
    let url = format!("postgres://keyform@localhost/x?sslrootcert={}", file.display());
    let made = PostgresShelf::new(settings(&url, PASSWORD), TimeLimits::default(), project());
    let problem = made.map(|_| ()).expect_err("there is no certificate");
    assert!(problem.to_string().contains("no certificate"), "{problem}");
}
