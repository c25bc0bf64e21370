//! Addresses, services and variables, and what they come to.

use std::{collections::BTreeMap, io};

use super::*;
use crate::database::DatabaseCode;

/// Files that are nowhere.
struct Files(BTreeMap<&'static str, &'static str>);

impl ReadFiles for Files {
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        let found = path.to_str().and_then(|path| self.0.get(path));
        let found = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Zeroizing::new(found.as_bytes().to_vec()))
    }
}

const SERVICES: &str = "[keyform]\nhost=db.example\nuser=k\ndbname=states\n[with-password]\n\
                        host=db.example\nuser=k\npassword=of-service\n[plain]\nhost=db.example\n\
                        user=k\nsslmode=disable\n[unverified]\nsslmode=require\n[file]\nhost=::1\n\
                        user=k\npassfile=/pass\n";

fn user(variables: &[(&str, &str)]) -> UserFiles {
    let files = [
        ("/home/ann/.pg_service.conf", SERVICES),
        ("/home/ann/.pgpass", "db.example:5432:*:k:of-home\nlocalhost:*:*:k:of-socket\n"),
        ("/pass", "*:*:*:*:of-file\n"),
        ("/project/ca.pem", "certificates"),
    ];
    let variable = |name: &str| {
        let found = variables.iter().find(|(one, _)| *one == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    UserFiles {
        variables: PostgresVariables::read(variable),
        home: Some("/home/ann".into()),
        project: "/project".into(),
        files: Arc::new(Files(files.into())),
        trusted: TrustedHosts::listed("db.example"),
    }
}

fn resolve(url: &str, variables: &[(&str, &str)]) -> Result<Settings, DatabaseProblem> {
    Settings::resolve(&PostgresUrl::parse(url).expect("an address"), &user(variables))
}

#[test]
fn what_an_address_leaves_out_comes_from_a_service() {
    for (url, variables, place) in [
        ("postgres://k@db.example/x", &[][..], "postgres://db.example:5432/x"),
        ("postgres://k@db.example", &[], "postgres://db.example:5432/k"),
        ("postgres://?service=keyform", &[], "postgres://db.example:5432/states"),
        ("postgres:///x?service=keyform", &[], "postgres://db.example:5432/x"),
        ("postgres://", &[("PGSERVICE", "keyform")], "postgres://db.example:5432/states"),
        ("postgres://:1/?service=file", &[("PGSERVICE", "keyform")], "postgres://[::1]:1/k"),
    ] {
        let settings = resolve(url, variables).expect(url);
        assert_eq!((settings.place().as_str(), settings.user.as_str()), (place, "k"), "{url}");
    }
}

#[test]
fn a_password_comes_from_the_environment_a_service_or_a_file() {
    for (url, variables, password) in [
        ("postgres://?service=with-password", &[("PGPASSWORD", "of-env")][..], Some("of-env")),
        ("postgres://?service=with-password", &[], Some("of-service")),
        ("postgres://?service=keyform", &[], Some("of-home")),
        ("postgres://?service=keyform", &[("PGPASSFILE", "/pass")], Some("of-file")),
        ("postgres://?service=file", &[], Some("of-file")),
        ("postgres://k@db.example:6432/x", &[], None),
        ("postgres://k@db.example/x", &[("PGPASSFILE", "/none")], None),
        ("postgres:///x?host=/run/postgresql&user=k", &[], Some("of-socket")),
    ] {
        let found = resolve(url, variables).expect(url).password;
        assert_eq!(found.as_deref().map(String::as_str), password, "{url} {variables:?}");
    }
}

#[test]
fn another_machine_is_always_verified() {
    let full =
        |authorities: Option<&str>| Tls::Full { authorities: authorities.map(str::to_owned) };
    let authority = Tls::Authority { authorities: "certificates".to_owned() };
    for (url, tls) in [
        ("postgres://k@127.0.0.1", Tls::None),
        ("postgres://k@localhost?sslmode=disable", Tls::None),
        ("postgres://?host=/run/postgresql&user=k", Tls::None),
        ("postgres://k@127.0.0.1?sslmode=verify-full", full(None)),
        ("postgres://k@127.0.0.1?sslrootcert=ca.pem", full(Some("certificates"))),
        ("postgres://k@db.example", full(None)),
        ("postgres://k@db.example?sslrootcert=system", full(None)),
        ("postgres://k@db.example?sslrootcert=ca.pem", full(Some("certificates"))),
        ("postgres://k@db.example?sslrootcert=ca.pem&sslmode=verify-ca", authority),
    ] {
        assert_eq!(resolve(url, &[]).expect(url).tls, tls, "{url}");
    }
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (url, variables, code) in [
        ("postgres://k@evil.example/x", &[][..], DatabaseCode::UntrustedHost),
        ("postgres://evil.example/?service=with-password", &[], DatabaseCode::UntrustedHost),
        ("postgres://?service=keyform&sslmode=disable", &[], DatabaseCode::Unencrypted),
        ("postgres://?service=plain", &[], DatabaseCode::Service),
        ("postgres://?service=unverified", &[], DatabaseCode::Service),
        ("postgres://?service=none", &[], DatabaseCode::NoSuchService),
        ("postgres://?service=keyform", &[("PGSERVICEFILE", "/none")], DatabaseCode::File),
        ("postgres://k@db.example?sslrootcert=none.pem", &[], DatabaseCode::File),
        ("postgres://db.example/x", &[], DatabaseCode::Missing),
        ("postgres:///x?user=k", &[], DatabaseCode::Missing),
    ] {
        let error = resolve(url, variables).expect_err(url);
        assert_eq!(error.code(), code, "{url}: {error}");
    }
}

#[test]
fn no_password_is_shown_to_developers() {
    let settings = resolve("postgres://?service=with-password", &[("PGPASSWORD", "of-env")]);
    let shown = format!("{:?} {:?}", settings.expect("whole"), user(&[("PGPASSWORD", "of-env")]));
    assert!(!shown.contains("of-"), "{shown}");
}
