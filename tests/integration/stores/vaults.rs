//! Private keys in buckets: of an S3 that is atomic under races, of moto, and of a server with the
//! conditions and signatures of OSS. All of them refuse a private key that is stored without encryption,
//! or take it as it comes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use keyform::{
    disk::MemoryDisk,
    keys::{KeySource, PooledKeys, PrivateKey},
    model::{CloudName, Encryption, VaultKey},
    objects::Bucket,
    vault::{BucketPlace, BucketVault, Lender, Listed, Retired, Stored, Vault, VaultError},
};

use super::{
    oss,
    oss_server::{self, OssServer},
    project,
    proxy::{Proxy, Trouble},
    s3,
    s3_server::S3Server,
};

/// How often a request was made again in this test.
type Pauses = Arc<AtomicU32>;

fn counted(bucket: Bucket, account: Option<&str>) -> (BucketVault, Pauses) {
    let account = account.map(str::to_owned);
    let at = BucketPlace::new("team", &project(), account, Encryption::Aes256);
    let lender = Arc::new(Lender::new(Arc::new(MemoryDisk::new()), None));
    let pauses = Pauses::default();
    let told = pauses.clone();
    let pause = Arc::new(move |_| {
        told.fetch_add(1, Ordering::Relaxed);
    });
    (BucketVault::new(Arc::new(bucket), at, pause, lender), pauses)
}

fn vault(bucket: Bucket, account: Option<&str>) -> BucketVault {
    counted(bucket, account).0
}

fn s3_vault(port: u16) -> BucketVault {
    vault(s3::bucket(port, "test-secret"), None)
}

fn oss_vault(port: u16) -> BucketVault {
    vault(oss::bucket(port, oss_server::SECRET), Some(oss_server::OWNER))
}

fn web() -> CloudName {
    CloudName::new("web")
}

fn listed(key: &PrivateKey, is_retired: bool) -> Listed {
    Listed { name: web(), is_retired, fingerprint: key.public_key().fingerprint() }
}

/// The index says of a key what the key itself says.
#[track_caller]
fn is_indexed(vault: &BucketVault) {
    let of = |seen| match seen {
        VaultKey::Present { fingerprint, public_key, was_read, .. } => {
            (fingerprint, public_key, was_read)
        }
        other => panic!("{other:?}"),
    };
    let (print, line, _) = of(vault.inspect(&web()).expect("it runs"));
    assert_eq!(of(vault.glance(&web()).expect("it runs")), (print, line, false));
}

/// A key is put, looked at, put aside and given up, and the next one has its name.
#[track_caller]
fn goes_round(vault: &BucketVault) {
    let source = PooledKeys::new(0);
    let [key, next] = [source.generate().expect("a key"), source.generate().expect("a key")];
    let print = key.public_key().fingerprint();
    vault.clean().expect("there is nothing yet");
    assert_eq!(vault.glance(&web()).expect("it runs"), VaultKey::Absent);
    assert_eq!(vault.put(&web(), &key).expect("it runs"), Stored::Created);
    assert_eq!(vault.put(&web(), &key).expect("it runs"), Stored::AlreadyThere);
    let seen = vault.inspect(&web()).expect("it runs");
    assert!(matches!(seen, VaultKey::Present { fingerprint, .. } if fingerprint == print));
    is_indexed(vault);
    let refused = vault.put(&web(), &next).expect_err("it is taken");
    assert!(matches!(refused, VaultError::AnotherKey { .. }), "{refused}");
    assert_eq!(vault.retire(&web(), print).expect("it runs"), Retired::Moved);
    assert_eq!(vault.retire(&web(), print).expect("it runs"), Retired::AlreadyMoved);
    assert_eq!(vault.put(&web(), &next).expect("its name is free"), Stored::Created);
    vault.clean().expect("it runs");
    let all = [listed(&next, false), listed(&key, true)];
    assert_eq!(vault.list().expect("it runs"), all);
    for (one, key) in all.iter().zip([&next, &key]) {
        assert!(*vault.get_listed(one).expect("it is there").pem() == *key.pem(), "{one:?}");
        vault.give_up(one).expect("it runs");
    }
    assert_eq!(vault.list().expect("it runs"), []);
    assert_eq!(vault.glance(&web()).expect("it runs"), VaultKey::Absent);
}

/// Of 16 writers of different keys one wins, and none is told that its key is kept which is not.
#[track_caller]
fn one_wins_each_race(vault_of: impl Fn() -> BucketVault + Sync) {
    let source = PooledKeys::new(3);
    let keys: Vec<_> = (0..16).map(|_| source.generate().expect("a key")).collect();
    let answers: Vec<_> = thread::scope(|scope| {
        let put = |key| {
            let vault = vault_of();
            scope.spawn(move || vault.put(&web(), key))
        };
        let threads: Vec<_> = keys.iter().map(put).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let winner = vault_of().get(&web()).expect("it runs").expect("one of them is kept");
    for (key, answer) in keys.iter().zip(answers) {
        let is_winner = key.public_key() == winner.public_key();
        match answer {
            Ok(_) => assert!(is_winner, "a key is lost"),
            Err(VaultError::AnotherKey { .. }) => assert!(!is_winner, "the winner was refused"),
            Err(other) => panic!("{other}"),
        }
    }
    is_indexed(&vault_of());
}

#[test]
fn s3_keeps_private_keys() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let vault = s3_vault(server.port);
    assert_eq!(vault.place(&web()).to_string(), "s3://states/team/acme/keys/web.pem");
    goes_round(&vault);
    one_wins_each_race(|| s3_vault(server.port));
}

#[test]
fn moto_keeps_private_keys() {
    let server = S3Server::moto();
    goes_round(&s3_vault(server.port));
    one_wins_each_race(|| s3_vault(server.port));
}

#[test]
fn oss_keeps_private_keys() {
    let server = OssServer::start();
    let vault = oss_vault(server.port());
    assert_eq!(vault.place(&web()).to_string(), "oss://states/team/acme/keys/web.pem");
    goes_round(&vault);
    one_wins_each_race(|| oss_vault(server.port()));
}

/// Nothing works with a wrong secret, and nothing of it is said.
#[track_caller]
fn refuses_a_wrong_secret(vault: &BucketVault) {
    let key = PooledKeys::new(0).generate().expect("a key");
    for error in [
        vault.put(&web(), &key).map(drop).expect_err("refused"),
        vault.glance(&web()).map(drop).expect_err("refused"),
        vault.clean().expect_err("refused"),
    ] {
        let said = error.to_string();
        assert!(said.contains("SignatureDoesNotMatch"), "{said}");
        assert!(!format!("{error:?}").contains("a-wrong-secret"), "{error:?}");
    }
}

#[test]
fn wrong_credentials_keep_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    refuses_a_wrong_secret(&vault(s3::bucket(server.port, "a-wrong-secret"), None));
    let server = OssServer::start();
    let bucket = oss::bucket(server.port(), "a-wrong-secret");
    refuses_a_wrong_secret(&vault(bucket, Some(oss_server::OWNER)));
}

#[test]
fn a_bucket_of_oss_that_would_overwrite_or_is_a_strangers_gets_no_private_key() {
    let key = PooledKeys::new(0).generate().expect("a key");
    let server = OssServer::start();
    let of = |account| vault(oss::bucket(server.port(), oss_server::SECRET), Some(account));
    let strangers = of("6543210987654321").put(&web(), &key).expect_err("it is another's");
    assert!(strangers.to_string().contains(oss_server::OWNER), "{strangers}");
    server.set_versioning("Suspended");
    for refused in
        [of(oss_server::OWNER).put(&web(), &key).map(drop), of(oss_server::OWNER).make_room(&web())]
    {
        let refused = refused.expect_err("it would overwrite").to_string();
        assert!(refused.contains("Suspended"), "{refused}");
    }
    assert_eq!(oss_vault(server.port()).list().expect("it can be read"), []);
}

#[test]
fn a_key_whose_answers_are_torn_is_kept_or_said_not_to_be() {
    let key = PooledKeys::new(0).generate().expect("a key");
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let proxy = Proxy::before(server.port);
    let (vault, pauses) = counted(s3::bucket(proxy.port(), "test-secret"), None);
    proxy.set(Some(Trouble::TearAnswer));
    let torn = vault.put(&web(), &key).expect_err("no answer is whole");
    assert!(matches!(torn, VaultError::Bucket { .. }), "{torn}");
    assert_eq!(pauses.load(Ordering::Relaxed), 3, "it was asked again");
    proxy.set(None);
    assert_eq!(vault.put(&web(), &key).expect("it is whole"), Stored::Created);
    is_indexed(&vault);
}
