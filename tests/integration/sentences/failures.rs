//! The errors with which commands end.

use std::{error::Error, io, path::PathBuf};

use keyform::{
    database::{DatabaseCode, DatabaseProblem},
    driver::{CallMistake, DriverError, DriverErrorCode, HandedOutProblem, LockLost},
    ecs::CallError,
    emulator::{
        ConsoleError, ConsoleErrorCode, ConsoleVerb, LogError, LogErrorCode,
        server::{RemoteError, RemoteErrorCode},
    },
    keys::{KeyError, KeyErrorCode},
    model::{
        Address, CloudName, Fingerprint, InstanceId, InstanceStatus, KeyFileProblem, Lineage,
        NameDanger, NameProblem, PathKind, PemProblem, PostgresUrlProblem, Region, RunId, StepId,
        Timestamp,
    },
    plan::{
        PlanError, Stale,
        check::{Flaw, Unsound},
    },
    rights::{Denial, Purpose, RightsReport},
    session::{
        ConsoleOpenError, ConsoleOpenErrorCode, InitError, InitErrorCode, KeysError, KeysErrorCode,
        MetricsError, MetricsErrorCode, MigrationError, MigrationErrorCode, Moving, OpenError,
        OpenErrorCode, SavedPlanError, SavedPlanErrorCode, ServeError, ServeErrorCode,
        SessionError, SessionErrorCode,
    },
    store::{
        HeldBy, Holder, Marker, MoveError, MoveErrorCode, OtherHolder, Recovery, ShelfError,
        ShelfErrorKind, StoreError, StoreErrorCode,
    },
    vault::{CommandEnd, CommandProblem, Place, VaultError, VaultErrorCode},
};

use super::error_sentences;

fn refused() -> io::Error {
    io::Error::from(io::ErrorKind::PermissionDenied)
}

fn path(path: &str) -> PathBuf {
    PathBuf::from(path)
}

/// The codes of an enum of codes.
macro_rules! all {
    ($codes:ty) => {
        &<$codes>::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>()
    };
}

#[test]
fn each_error_of_keys_has_its_sentence() {
    let examples = [
        KeyError::Randomness { reason: "no device".to_owned() },
        KeyError::Generation { reason: "no primes".to_owned() },
        KeyError::PoolEmpty { given: 64 },
    ];
    let examples = examples.map(|error| (error.code().as_str(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(KeyErrorCode)));
}

fn of_vault() -> Vec<VaultError> {
    let name = || CloudName::new("web");
    let fingerprint = || Fingerprint::from_bytes([1; 16]);
    let of_command = || Place::Command { program: "vault/age".to_owned() };
    let file = || "keys/web.pem".to_owned();
    let not_a_directory = |found| VaultError::NotADirectory { path: path("keys"), found };
    vec![
        VaultError::Unusable {
            problem: KeyFileProblem::NotAFile { file: file(), found: PathKind::Symlink },
        },
        VaultError::Unusable {
            problem: KeyFileProblem::Name {
                name: CloudName::new("../web"),
                danger: NameDanger::LeadingDot,
            },
        },
        not_a_directory(PathKind::File),
        not_a_directory(PathKind::Symlink),
        not_a_directory(PathKind::Other),
        VaultError::WritableByOthers { path: path("keys") },
        VaultError::OfAnotherUser { path: path("keys") },
        VaultError::AnotherKey {
            place: Place::File(path("keys/web.pem")),
            found: Fingerprint::from_bytes([1; 16]),
            expected: Fingerprint::from_bytes([2; 16]),
        },
        VaultError::Taken {
            place: Place::File(path("keys/web.pem")),
            found: Fingerprint::from_bytes([1; 16]),
        },
        VaultError::ReadBack { place: Place::File(path("keys/web.pem")) },
        VaultError::Bucket {
            place: Place::Object { address: "s3://acme/acme-web/keys/web.pem".to_owned() },
            reason: "Access Denied (AccessDenied)".to_owned(),
        },
        VaultError::BucketOverwrites {
            place: Place::Object { address: "s3://acme/acme-web/keys/web.pem".to_owned() },
        },
        VaultError::NotGivenBack { place: of_command(), name: name(), fingerprint: fingerprint() },
        VaultError::NotPutAside { place: of_command(), name: name() },
        VaultError::Command {
            place: of_command(),
            problem: CommandProblem {
                program: "vault/age put".to_owned(),
                end: CommandEnd::Code(1),
                errors: "age: error: no recipients".to_owned(),
            },
        },
        VaultError::NoList { place: of_command() },
        VaultError::ListUnreadable { place: of_command(), line: 3 },
        VaultError::Gone { name: name(), fingerprint: fingerprint() },
        VaultError::NowhereToLend { name: name() },
        VaultError::LendingDirectory { path: path("/dev/shm/keyform-1000") },
        VaultError::Io { action: "sync", path: path("keys/web.pem"), source: refused() },
    ]
}

#[test]
fn each_error_of_a_command_about_keys_has_its_sentence() {
    let name = || CloudName::new("web");
    let fingerprint = |byte| Fingerprint::from_bytes([byte; 16]);
    let examples = [
        KeysError::NotThere { name: name() },
        KeysError::NoSuchPair { name: name() },
        KeysError::OtherKey { name: name(), found: fingerprint(1), recorded: fingerprint(2) },
        KeysError::File { path: path("web.pem"), what: "written", source: refused() },
        KeysError::Migration(MigrationError::ToItself(Moving::PrivateKeys)),
        KeysError::NoMark(refused()),
        KeysError::ArrivedChanged {
            place: Place::Command { program: "vault/age".to_owned() },
            name: name(),
        },
    ];
    let examples = examples.map(|error| (error.code(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(KeysErrorCode)));
}

#[test]
fn each_error_of_the_vault_has_its_sentence() {
    let examples: Vec<_> = of_vault().into_iter().map(|error| (error.code(), error)).collect();
    insta::assert_snapshot!(error_sentences(&examples, all!(VaultErrorCode)));
}

fn of_database() -> Vec<DatabaseProblem> {
    let file = || path("/home/ann/.pg_service.conf");
    let (service, host) = (|| "keyform".to_owned(), || "db.example".to_owned());
    vec![
        DatabaseProblem::File {
            path: path("ca.pem"),
            named_by: "sslrootcert",
            reason: "permission denied".to_owned(),
        },
        DatabaseProblem::NoSuchService { path: file(), service: service() },
        DatabaseProblem::Service {
            path: file(),
            service: service(),
            problem: PostgresUrlProblem::Unverified { mode: "require".to_owned() },
        },
        DatabaseProblem::Missing { what: "user" },
        DatabaseProblem::UntrustedHost { host: host() },
        DatabaseProblem::Unencrypted { host: host() },
        DatabaseProblem::Authorities {
            place: "sslrootcert".to_owned(),
            reason: "there is no certificate in PEM".to_owned(),
        },
    ]
}

#[test]
fn each_problem_of_where_a_database_is_has_its_sentence() {
    let examples: Vec<_> =
        of_database().into_iter().map(|error| (error.code().as_str(), error)).collect();
    insta::assert_snapshot!(error_sentences(&examples, all!(DatabaseCode)));
}

fn held_by(holder: Option<Holder>) -> StoreError {
    StoreError::Locked {
        place: ".keyform/state/lock".to_owned(),
        by: Box::new(HeldBy::read(holder)),
    }
}

fn lock_of_document() -> String {
    "https://gitlab.example/api/v4/projects/7/terraform/state/prod/lock".to_owned()
}

fn not_unlocked(by: Option<HeldBy>) -> StoreError {
    let place = "s3://acme-states/web/lease".to_owned();
    StoreError::NotUnlocked { place, id: RunId::from_random([2; 16]), by: Box::new(by) }
}

fn holder(ci_url: Option<&str>) -> Holder {
    Holder {
        user: "ann".to_owned(),
        host: "build-7".to_owned(),
        pid: 4711,
        command: "keyform apply\u{1b}[2J".to_owned(),
        since: Timestamp::parse("2026-11-23T10:00:00Z").expect("a time"),
        ci_url: ci_url.map(str::to_owned),
        commit: None,
        digest: None,
        run: RunId::from_random([1; 16]),
    }
}

fn marker(format: &str) -> Box<Marker> {
    let marker = serde_json::json!({
        "format": format, "lineage": "07".repeat(16), "serial": 3, "project": "acme",
        "id": "01".repeat(16), "place": "postgres://keyform@db.example/keyform",
        "at": "2026-11-23T10:00:00.000Z", "user": "ann\u{1b}[2J", "host": "build-7",
    });
    serde_json::from_value(marker).expect("a marker")
}

fn of_store() -> Vec<StoreError> {
    let snapshot = || "states/0000000003.state.json".to_owned();
    let journal = || "states/0000000003-000001.journal".to_owned();
    let mark = || path("local/seen.json");
    let directory = || "states".to_owned();
    let (found, wanted) = (|| "0808".to_owned(), || "0707".to_owned());
    let remote = || "s3://acme-states/web/0000000003.state.json".to_owned();
    let bucket = || "s3://acme-states/web".to_owned();
    let of_shelf = |kind| ShelfError {
        place: bucket(),
        reason: "s3.example did not answer within 30 s".to_owned(),
        kind,
    };
    let damaged = |way_out| StoreError::Damaged {
        place: snapshot(),
        reason: "it is empty".to_owned(),
        way_out,
    };
    let file = path("states/0000000003.state.json");
    vec![
        StoreError::Disk { what: "could not read", path: file, source: refused() },
        StoreError::Unreachable {
            what: "could not write",
            place: remote(),
            source: of_shelf(ShelfErrorKind::Lost),
        },
        StoreError::Refused {
            what: "could not read",
            place: remote(),
            source: of_shelf(ShelfErrorKind::Refused),
        },
        StoreError::NoRunId(refused()),
        damaged(Recovery::Restore(2)),
        damaged(Recovery::RestoreWithoutJournal(3)),
        damaged(Recovery::AnotherSnapshot),
        damaged(Recovery::Backup),
        StoreError::Format { place: snapshot(), format: "keyform.state/2".to_owned() },
        StoreError::ForeignProject {
            place: snapshot(),
            found: "other".to_owned(),
            wanted: "acme".to_owned(),
        },
        StoreError::ForeignLineage {
            place: snapshot(),
            found: found(),
            wanted: wanted(),
            mark: mark(),
        },
        StoreError::OtherLineage { place: snapshot(), found: found(), wanted: wanted() },
        StoreError::SnapshotMissing { place: journal(), base: 3, way_out: Recovery::Restore(2) },
        StoreError::Older { place: directory(), found: 2, seen: 3, way_out: Recovery::Restore(2) },
        StoreError::Gone { place: directory(), seen: 3, mark: mark() },
        StoreError::Moved { place: snapshot(), marker: marker("keyform.moved/1") },
        StoreError::Arriving { place: snapshot(), marker: marker("keyform.arriving/1") },
        StoreError::NotBegun { place: bucket() },
        StoreError::MarkDamaged { path: mark(), reason: "it is empty".to_owned() },
        StoreError::NoSuchSnapshot { place: directory(), serial: 17 },
        StoreError::Fenced { place: snapshot() },
        StoreError::DeletedMeanwhile { place: journal() },
    ]
}

/// Those of the lock.
fn of_locks() -> Vec<StoreError> {
    let lease = || "s3://acme-states/web/lease".to_owned();
    vec![
        held_by(Some(holder(None))),
        held_by(Some(holder(Some("https://ci.example/17")))),
        held_by(None),
        StoreError::Leased { place: lease(), by: Box::new(HeldBy::Run(holder(None))) },
        StoreError::LockedUntilFreed {
            place: lock_of_document(),
            by: Box::new(HeldBy::Run(holder(None))),
        },
        StoreError::LockedUntilFreed {
            place: lock_of_document(),
            by: Box::new(HeldBy::Other(OtherHolder {
                id: "ed7ca28a-46cd-a35f-2a0f-9a2f8a3f0b11".to_owned(),
                who: "root@vm".to_owned(),
                operation: "OperationTypeApply".to_owned(),
                since: "2026-11-22T11:32:34Z".to_owned(),
            })),
        },
        StoreError::LockedUntilFreed { place: lock_of_document(), by: Box::new(HeldBy::Unknown) },
        StoreError::LeaseLost { place: lease() },
        StoreError::FreesItself { place: ".keyform/state/lock".to_owned() },
        not_unlocked(None),
        not_unlocked(Some(HeldBy::Run(holder(None)))),
        StoreError::LeaseDamaged { place: "s3://acme-states/web/lease/0000000007".to_owned() },
    ]
}

#[test]
fn each_error_of_a_store_has_its_sentence() {
    let examples: Vec<_> = of_store()
        .into_iter()
        .chain(of_locks())
        .map(|error| (error.code().as_str(), error))
        .collect();
    insta::assert_snapshot!(error_sentences(&examples, all!(StoreErrorCode)));
}

#[test]
fn each_reason_why_nothing_is_moved_has_its_sentence() {
    let sources = [
        MigrationError::NotAProject { path: path("/tmp/old.yaml") },
        MigrationError::ToItself(Moving::State),
    ];
    let sources = sources.map(|error| (error.code().as_str(), error));
    let sources = error_sentences(&sources, all!(MigrationErrorCode));
    let place = || "states".to_owned();
    let moves = [
        MoveError::Nothing { place: place() },
        MoveError::Occupied { place: place() },
        MoveError::ArrivedChanged { place: "states/0000000003.state.json".to_owned() },
    ];
    let moves = moves.map(|error| (error.code(), error));
    let moves = error_sentences(&moves, all!(MoveErrorCode));
    insta::assert_snapshot!(format!("{sources}{moves}"));
}

#[test]
fn each_error_of_the_embedded_cloud_has_its_sentence() {
    let log = || path("cloud/world.log");
    let examples = [
        LogError::Read { path: log(), source: refused() },
        LogError::Damaged { path: log(), line: 4, reason: "its checksum does not fit".to_owned() },
        LogError::Format { path: log(), found: "keyform.world/2".to_owned() },
        LogError::NotWritten { path: log(), source: refused() },
        LogError::Lock { path: path("cloud/world.lock"), source: refused() },
        LogError::InDoubt { path: log(), source: refused() },
    ];
    let examples = examples.map(|error| (error.code().as_str(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(LogErrorCode)));
}

#[test]
fn each_error_of_a_console_has_its_sentence() {
    let id = || InstanceId::new("i-bp1a0001");
    let log = LogError::NotWritten { path: path("cloud/world.log"), source: refused() };
    let region = Region::new("cn-hangzhou").ok();
    let examples = [
        ConsoleError::NoInstance { id: id(), region: None },
        ConsoleError::NoInstance { id: id(), region },
        ConsoleError::WrongStatus {
            id: id(),
            status: InstanceStatus::Stopping,
            verb: ConsoleVerb::Start,
            needed: InstanceStatus::Stopped,
        },
        ConsoleError::Tag { key: String::new() },
        ConsoleError::Log(log),
    ];
    let examples = examples.map(|error| (error.code(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(ConsoleErrorCode)));
}

#[test]
fn each_error_of_opening_a_console_has_its_sentence() {
    let account = "1234567890123456".to_owned();
    let examples = [ConsoleOpenError::RealCloud { account }, OpenError::KeysEndWithRunner.into()];
    let examples = examples.map(|error| (error.code(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(ConsoleOpenErrorCode)));
}

#[test]
fn each_error_of_a_server_has_its_sentence() {
    let log = LogError::NotWritten { path: path("cloud/world.log"), source: refused() };
    let examples = [
        ServeError::Inventory(Vec::new()),
        ServeError::NoRegion {
            id: InstanceId::new("i-bp1a0001"),
            region: Region::new("cn-hangzou").expect("the form of a region"),
        },
        ServeError::Unreadable { path: path("faults.yaml"), source: refused() },
        ServeError::Faults {
            path: path("faults.yaml"),
            problem: "fault 1: this effect needs `code`".to_owned(),
        },
        ServeError::Credentials {
            path: path("keys.yaml"),
            problem: "it has no credentials".to_owned(),
        },
        ServeError::Log(log),
        ServeError::Listen {
            address: "127.0.0.1:8080".parse().expect("an address"),
            source: refused(),
        },
        ServeError::PortFile { path: path("port"), source: refused() },
    ];
    let examples = examples.map(|error| (error.code(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(ServeErrorCode)));
}

#[test]
fn each_error_of_a_command_to_a_server_has_its_sentence() {
    let host = || "127.0.0.1:8080".to_owned();
    let said = |code: RemoteErrorCode, message: &str| {
        let code_text = code.as_str();
        (
            code_text,
            RemoteError::Refused { code: code_text.to_owned(), message: message.to_owned() },
        )
    };
    let examples = [
        (RemoteErrorCode::Address.as_str(), RemoteError::Address { url: "localhost".to_owned() }),
        (
            RemoteErrorCode::Unreachable.as_str(),
            RemoteError::Unreachable { host: host(), source: refused() },
        ),
        (RemoteErrorCode::NotAnEmulator.as_str(), RemoteError::NotAnEmulator { host: host() }),
        said(RemoteErrorCode::NotLocal, "the console is for programs of this machine alone"),
        said(RemoteErrorCode::Unknown, "the console takes commands of `keyform emulator instance`"),
    ];
    for (code, error) in &examples {
        assert_eq!(error.code(), *code);
    }
    insta::assert_snapshot!(error_sentences(&examples, all!(RemoteErrorCode)));
}

#[test]
fn each_error_of_metrics_has_its_sentence() {
    let file = || path("keyform.prom");
    let examples =
        [MetricsError::Disk { path: file(), source: refused() }, MetricsError::Occupied(file())];
    let examples = examples.map(|error| (error.code().as_str(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(MetricsErrorCode)));
}

#[test]
fn each_error_of_a_run_has_its_sentence() {
    let fenced = StoreError::Fenced { place: "states/0000000004.state.json".to_owned() };
    let full =
        StoreError::Disk { what: "could not write to", path: path("a.journal"), source: refused() };
    let region = || Region::new("cn-hangzhou").expect("a region");
    let instance = |number: usize| InstanceId::new(format!("i-{number}")).in_region(&region());
    let many = (1..23).map(instance).map(Address::Instance).collect();
    let of_runs = [
        DriverError::Journal { source: Box::new(fenced), open: Vec::new() },
        DriverError::Journal { source: Box::new(full), open: many },
        DriverError::NoThread(refused()),
        DriverError::Stuck,
    ];
    let of_calls =
        [CallMistake::KeyNotInMemory { name: CloudName::new("web") }, CallMistake::Panicked];
    let print = |byte| Fingerprint::from_bytes([byte; 16]);
    let of_answers = [
        HandedOutProblem::Unreadable(PemProblem::Damaged),
        HandedOutProblem::OtherKey { told: print(1), found: print(2) },
    ];
    let mut examples: Vec<(_, Box<dyn Error>)> = Vec::new();
    examples.extend(of_answers.map(|error| (error.code().as_str(), error.into())));
    examples.extend(of_runs.map(|error| (error.code().as_str(), error.into())));
    examples.extend(of_calls.map(|error| (error.code().as_str(), error.into())));
    examples.push((LockLost.code().as_str(), LockLost.into()));
    insta::assert_snapshot!(error_sentences(&examples, all!(DriverErrorCode)));
}

#[test]
fn each_error_of_opening_a_project_has_its_sentence() {
    let log = LogError::NotWritten { path: path("cloud/world.log"), source: refused() };
    let examples = [
        OpenError::Manifests(Vec::new()),
        OpenError::Emulator(log),
        OpenError::UntrustedHost { host: "gateway.example".to_owned() },
        OpenError::KeysEndWithRunner,
        OpenError::StateEndsWithRunner,
        OpenError::DirectoryBesideVault,
        OpenError::KeysOverlap { problem: "the private keys are kept among the state".to_owned() },
        OpenError::UntrustedServerHost { host: "minio.example".to_owned() },
        OpenError::NotBuiltIn { feature: "postgres" },
    ];
    let examples = examples.map(|error| (error.code(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(OpenErrorCode)));
}

fn of_session() -> Vec<SessionError> {
    let region = || Region::new("cn-hangzhou").expect("a region");
    let name = || CloudName::new("web");
    let step = StepId::new(7);
    let in_vault = || VaultError::WritableByOthers { path: path("keys") };
    vec![
        SessionError::Store(StoreError::Fenced {
            place: "states/0000000004.state.json".to_owned(),
        }),
        SessionError::Observe {
            region: region(),
            source: Box::new(CallError::NotSent {
                operation: "DescribeKeyPairs",
                reason: "no network".to_owned(),
            }),
        },
        SessionError::Vault { name: name(), source: in_vault() },
        SessionError::CleanVault(in_vault()),
        SessionError::Plan(PlanError::NothingTargeted { pattern: "binding/wbe".to_owned() }),
        SessionError::Unsound(Unsound(vec![Flaw::DigestDiffers, Flaw::BatchSize { step }])),
        SessionError::Mistake(Unsound(vec![Flaw::DigestDiffers])),
        SessionError::Stale(vec![
            Stale::PlanOfOtherState,
            Stale::KeyGone { address: Address::Key(name()) },
        ]),
        SessionError::AlreadyApplied,
        SessionError::RightsMissing(RightsReport {
            purpose: Purpose::Apply,
            missing: ["ImportKeyPair", "RebootInstances"].map(Denial::of_operation).to_vec(),
            untold: Vec::new(),
        }),
        SessionError::UnknownObject { written: "pair/cn-hangzhou/web".to_owned() },
        SessionError::NothingMatched { option: "--binding", pattern: "wbe-*".to_owned() },
        SessionError::AmbiguousObject {
            written: "web".to_owned(),
            found: vec!["key/web".to_owned(), "binding/web".to_owned()],
        },
        SessionError::LineageFound { lineage: Lineage::from_random([1; 16]) },
        SessionError::NoLineageFound,
        SessionError::Driver(DriverError::Stuck),
        SessionError::NotFolded(StoreError::Disk {
            what: "could not write to",
            path: path("states/0000000004.state.json"),
            source: refused(),
        }),
        SessionError::Random(refused()),
    ]
}

#[test]
fn each_error_of_a_use_case_has_its_sentence() {
    let examples: Vec<_> = of_session().into_iter().map(|error| (error.code(), error)).collect();
    insta::assert_snapshot!(error_sentences(&examples, all!(SessionErrorCode)));
}

#[test]
fn each_error_of_a_plan_s_file_has_its_sentence() {
    let file = || path("plan.json");
    let not_json = serde_json::from_str::<u8>("x").expect_err("it is not JSON");
    let disk = |what| SavedPlanError::Disk { path: file(), what, source: refused() };
    let examples = [
        disk("read; `keyform plan -o FILE` writes one"),
        disk("written; fix the cause, or name another file"),
        SavedPlanError::Occupied(file()),
        SavedPlanError::NotAPlan { path: file(), source: not_json },
        SavedPlanError::Invisible(file()),
        SavedPlanError::OtherFormat { path: file(), format: "keyform.plan/2".to_owned() },
    ];
    let examples = examples.map(|error| (error.code().as_str(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(SavedPlanErrorCode)));
}

#[test]
fn each_error_of_init_has_its_sentence() {
    let problem = NameProblem::FirstCharacter('1');
    let examples = [
        InitError::Name { name: "1web".to_owned(), problem },
        InitError::Exists(path("keyform.yaml")),
        InitError::Disk { path: path("keyform.yaml"), source: refused() },
    ];
    let examples = examples.map(|error| (error.code().as_str(), error));
    insta::assert_snapshot!(error_sentences(&examples, all!(InitErrorCode)));
}
