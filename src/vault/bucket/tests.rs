use super::*;
use crate::{
    disk::MemoryDisk,
    keys::{KeySource, PooledKeys},
    objects::{BucketFailure, MemoryBucket},
};

const KEY: &str = "team/acme/keys/web.pem";
const INDEX_OF_KEY: &str = "team/acme/index/web.json";

fn name() -> CloudName {
    CloudName::new("web")
}

fn keys() -> [PrivateKey; 2] {
    let source = PooledKeys::new(0);
    [source.generate().unwrap(), source.generate().unwrap()]
}

fn print(key: &PrivateKey) -> Fingerprint {
    key.public_key().fingerprint()
}

fn retired(key: &PrivateKey) -> String {
    format!("team/acme/retired/web.{}.pem", print(key).hex())
}

fn vault_encrypted(bucket: &MemoryBucket, encryption: Encryption) -> BucketVault {
    let lender = Arc::new(Lender::new(Arc::new(MemoryDisk::new()), None));
    let at = BucketPlace::new("team", &ProjectName::new("acme"), None, encryption);
    BucketVault::new(Arc::new(bucket.clone()), at, Arc::new(|_| ()), lender)
}

fn vault(bucket: &MemoryBucket) -> BucketVault {
    vault_encrypted(bucket, Encryption::Aes256)
}

fn names(bucket: &MemoryBucket) -> Vec<String> {
    bucket.contents().into_iter().map(|(name, _)| name).collect()
}

/// Does the same work once for each request of it and each way in which that fails, and hands over what
/// is kept as the next run finds it. What passes is made again, and all else is an error.
fn with_trouble(
    prepare: impl Fn(&BucketVault),
    work: impl Fn(&BucketVault) -> Result<(), VaultError>,
    then: impl Fn(&BucketVault, &MemoryBucket, &str),
) {
    let count = {
        let bucket = MemoryBucket::new();
        prepare(&vault(&bucket));
        let before = bucket.requests();
        work(&vault(&bucket)).unwrap();
        bucket.requests() - before
    };
    assert!(count >= 3, "{count} requests are too few to look, to do it, and to look again");
    for number in 0..count {
        for failure in BucketFailure::ALL {
            let bucket = MemoryBucket::new();
            prepare(&vault(&bucket));
            bucket.fail_at(bucket.requests() + number, failure);
            let answer = work(&vault(&bucket));
            let case = format!("{failure:?} at request {number} of {count}");
            match answer {
                Ok(()) => assert!(failure.passes(), "{case}"),
                Err(VaultError::Bucket { .. }) => assert!(!failure.passes(), "{case}"),
                Err(other) => panic!("{case}: {other:?}"),
            }
            let next = bucket.fork();
            then(&vault(&next), &next, &case);
        }
    }
}

/// What the index says of the key, as if the key had been read.
fn indexed(vault: &BucketVault) -> VaultKey {
    match vault.glance(&name()).unwrap() {
        VaultKey::Present { fingerprint, public_key, exposed, was_read: false } => {
            VaultKey::Present { fingerprint, public_key, exposed, was_read: true }
        }
        other => other,
    }
}

/// What the index says of a key is true, or it says nothing.
#[track_caller]
fn index_never_promises(vault: &BucketVault, case: &str) {
    match indexed(vault) {
        VaultKey::Absent => {}
        promised => assert_eq!(promised, vault.inspect(&name()).unwrap(), "{case}"),
    }
}

#[test]
fn a_key_is_never_reported_kept_unless_it_is_and_the_same_again_keeps_it() {
    let [key, other] = keys();
    with_trouble(
        |_| {},
        |vault| vault.put(&name(), &key).map(drop),
        |vault, bucket, case| {
            index_never_promises(vault, case);
            if names(bucket).contains(&KEY.to_owned()) {
                let refused = vault.put(&name(), &other).unwrap_err();
                assert!(matches!(refused, VaultError::AnotherKey { .. }), "{case}");
            }
            vault.put(&name(), &key).unwrap();
            assert_eq!(names(bucket), [INDEX_OF_KEY, KEY], "{case}");
            index_never_promises(vault, case);
        },
    );
}

#[test]
fn a_key_whose_putting_aside_fails_anywhere_is_there_and_the_same_again_puts_it_aside() {
    let [key, _] = keys();
    with_trouble(
        |vault| assert_eq!(vault.put(&name(), &key).unwrap(), Stored::Created),
        |vault| vault.retire(&name(), print(&key)).map(drop),
        |vault, bucket, case| {
            index_never_promises(vault, case);
            let is_kept = |name: &String| *name == KEY || *name == retired(&key);
            assert!(names(bucket).iter().any(is_kept), "{case}: it is lost");
            assert_ne!(vault.retire(&name(), print(&key)).unwrap(), Retired::NotHere, "{case}");
            assert_eq!(names(bucket), [retired(&key)], "{case}");
        },
    );
}

#[test]
fn a_key_whose_giving_up_fails_anywhere_is_whole_or_gone() {
    let [key, _] = keys();
    let listed = Listed { name: name(), is_retired: false, fingerprint: print(&key) };
    with_trouble(
        |vault| assert_eq!(vault.put(&name(), &key).unwrap(), Stored::Created),
        |vault| vault.give_up(&listed),
        |vault, bucket, case| {
            index_never_promises(vault, case);
            match vault.give_up(&listed) {
                Ok(()) | Err(VaultError::Gone { .. }) => {}
                Err(other) => panic!("{case}: {other:?}"),
            }
            assert_eq!(names(bucket), [""; 0], "{case}");
        },
    );
}

#[test]
fn what_a_killed_run_left_between_a_key_and_its_index_is_put_right() {
    let [key, _] = keys();
    let prepare = |vault: &BucketVault| {
        for name in ["web", "api"] {
            vault.put(&CloudName::new(name), &key).unwrap();
        }
        vault.requests.delete(INDEX_OF_KEY).unwrap();
        vault.requests.delete("team/acme/keys/api.pem").unwrap();
    };
    with_trouble(prepare, BucketVault::clean, |vault, bucket, case| {
        vault.clean().unwrap();
        assert_eq!(names(bucket), [INDEX_OF_KEY, KEY], "{case}");
        assert_eq!(indexed(vault), vault.inspect(&name()).unwrap(), "{case}");
    });
}

#[test]
fn a_plan_reads_the_index_and_needs_no_right_to_private_keys() {
    let [key, _] = keys();
    let bucket = MemoryBucket::new();
    vault(&bucket).put(&name(), &key).unwrap();
    bucket.deny("team/acme/keys/");
    let VaultKey::Present { fingerprint, public_key, exposed: None, was_read: false } =
        vault(&bucket).glance(&name()).unwrap()
    else {
        panic!("it is there")
    };
    assert_eq!((fingerprint, &*public_key), (print(&key), key.public_key().openssh()));
    assert_eq!(vault(&bucket).glance(&CloudName::new("api")).unwrap(), VaultKey::Absent);
    let refused = vault(&bucket).inspect(&name()).unwrap_err().to_string();
    assert!(refused.starts_with("memory://team/acme/keys/web.pem: "), "{refused}");
    assert!(refused.contains("AccessDenied"), "{refused}");
}

#[test]
fn an_index_without_its_key_says_what_a_plan_believes_and_apply_finds_out() {
    let [key, next] = keys();
    let bucket = MemoryBucket::new();
    vault(&bucket).put(&name(), &key).unwrap();
    bucket.lose(KEY);
    let vault = vault(&bucket);
    assert!(matches!(vault.glance(&name()).unwrap(), VaultKey::Present { .. }));
    assert_eq!(vault.inspect(&name()).unwrap(), VaultKey::Absent);
    // The next key takes its place.
    assert_eq!(vault.put(&name(), &next).unwrap(), Stored::Created);
    assert_eq!(indexed(&vault), vault.inspect(&name()).unwrap());
}

#[test]
fn a_service_that_overwrites_is_found_out() {
    let [key, _] = keys();
    let bucket = MemoryBucket::new();
    bucket.overwrite();
    let refused = vault(&bucket).put(&name(), &key).unwrap_err();
    assert!(matches!(refused, VaultError::BucketOverwrites { .. }), "{refused:?}");
    // Also for a key that is there.
    let refused = vault(&bucket).put(&name(), &key).unwrap_err();
    assert!(matches!(refused, VaultError::BucketOverwrites { .. }), "{refused:?}");
}

#[test]
fn private_keys_are_encrypted_as_the_project_says_and_the_index_as_the_bucket_does() {
    let [key, _] = keys();
    for encryption in [Encryption::Aes256, Encryption::Kms { key: Some("k-1".to_owned()) }] {
        let bucket = MemoryBucket::new();
        let vault = vault_encrypted(&bucket, encryption.clone());
        vault.put(&name(), &key).unwrap();
        assert_eq!(bucket.encryption(KEY), Some(encryption.clone()));
        assert_eq!(bucket.encryption(INDEX_OF_KEY), None);
        vault.retire(&name(), print(&key)).unwrap();
        assert_eq!(bucket.encryption(&retired(&key)), Some(encryption));
    }
}

#[test]
fn an_index_has_the_public_half_alone() {
    let [key, _] = keys();
    let bucket = MemoryBucket::new();
    vault(&bucket).put(&name(), &key).unwrap();
    let contents = bucket.contents();
    let (_, index) = contents.iter().find(|(name, _)| name == INDEX_OF_KEY).expect("it is there");
    let expected = format!(
        "{{\n  \"name\": \"web\",\n  \"fingerprint\": \"{}\",\n  \"publicKey\": \"{}\"\n}}",
        print(&key).hex(),
        key.public_key().openssh()
    );
    assert!(index.as_slice() == expected.as_bytes(), "{}", String::from_utf8_lossy(index));
}

#[test]
fn what_is_no_key_or_no_index_is_unusable_and_nothing_of_it_is_shown() {
    let [key, other] = keys();
    let bucket = MemoryBucket::new();
    bucket.plant(KEY, b"hunter2 is no key");
    let of = vault(&bucket);
    let mut shown = format!("{:?}", of.inspect(&name()).unwrap());
    for error in [
        of.put(&name(), &key).unwrap_err(),
        of.make_room(&name()).unwrap_err(),
        of.retire(&name(), print(&key)).unwrap_err(),
        of.get(&name()).map(drop).unwrap_err(),
    ] {
        assert!(matches!(error, VaultError::Unusable { .. }), "{error:?}");
        shown.push_str(&format!("{error} {error:?}"));
    }
    assert_eq!(of.list().unwrap(), [], "it is none of ours");
    of.clean().unwrap();
    assert_eq!(names(&bucket), [KEY], "it stays as it is");

    let named = |name: &str, key: &PrivateKey, public: &PrivateKey| {
        format!(
            "{{\"name\":\"{name}\",\"fingerprint\":\"{}\",\"publicKey\":\"{}\"}}",
            print(key).hex(),
            public.public_key().openssh()
        )
    };
    let flawed = [
        "hunter2".to_owned(),
        "{}".to_owned(),
        named("api", &key, &key),
        named("web", &key, &other),
    ];
    for flawed in flawed {
        bucket.plant(INDEX_OF_KEY, flawed.as_bytes());
        let seen = of.glance(&name()).unwrap();
        assert!(matches!(seen, VaultKey::Unusable { .. }), "{flawed}: {seen:?}");
        shown.push_str(&format!("{seen:?}"));
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_name_that_leads_elsewhere_is_no_object() {
    let [key, _] = keys();
    let bucket = MemoryBucket::new();
    let name = CloudName::new("../web");
    let vault = vault(&bucket);
    for seen in [vault.glance(&name), vault.inspect(&name)] {
        let seen = seen.unwrap();
        assert!(matches!(seen, VaultKey::Unusable { .. }), "{seen:?}");
    }
    let refused = vault.put(&name, &key).unwrap_err();
    assert!(matches!(refused, VaultError::Unusable { .. }), "{refused:?}");
    assert_eq!(names(&bucket), [""; 0]);
}

#[test]
fn a_vault_of_the_same_objects_sees_the_mark_of_another() {
    let bucket = MemoryBucket::new();
    let (one, same, other) = (vault(&bucket), vault(&bucket), vault(&MemoryBucket::new()));
    bucket.plant("team/acme/marks/of-a-dead-run", b"");
    one.mark("a").unwrap();
    assert!(same.has_mark("a").unwrap());
    assert!(!other.has_mark("a").unwrap());
    one.unmark("a").unwrap();
    assert!(!same.has_mark("a").unwrap());
    assert_eq!(names(&bucket), [""; 0]);
}
