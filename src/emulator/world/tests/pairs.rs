//! Pairs: names, keys, quota, pages, deletion.

use crate::{
    ecs::{Code, KeyPairPage, Request, Response},
    emulator::{
        Switches,
        example::{
            Cloud, DSA, DSA_PRINT, ED25519, P256, P256_PRINT, P384, P384_PRINT, P521, P521_PRINT,
            RSA, RSA_PRINT, at, attach, delete, detach, far, import, inventory, name, pairs_page,
        },
    },
    model::{inventory::Inventory, time::Precision},
};

fn page(cloud: &mut Cloud, pattern: &str, page_number: usize, page_size: usize) -> KeyPairPage {
    let key_pair_name = (!pattern.is_empty()).then(|| name(pattern));
    match cloud.call(at(0), &pairs_page(key_pair_name, page_number, page_size)) {
        Ok(Response::KeyPairs(page)) => page,
        other => panic!("pairs are listed, and not {other:?}"),
    }
}

fn names(page: &KeyPairPage) -> Vec<&str> {
    page.key_pairs.iter().map(|pair| pair.key_pair_name.as_str()).collect()
}

#[test]
fn importable_keys_have_the_fingerprint_that_openssh_prints() {
    for (key, fingerprint) in [
        (RSA, RSA_PRINT),
        (&format!("{RSA} with a comment\n"), RSA_PRINT),
        (P256, P256_PRINT),
        (P384, P384_PRINT),
        (P521, P521_PRINT),
        (DSA, DSA_PRINT),
    ] {
        let answer = Cloud::new(inventory()).call(at(0), &import("web", key));
        assert_eq!(answer, Ok(Response::Imported { fingerprint: fingerprint.to_owned() }), "{key}");
    }
}

#[test]
fn other_keys_are_malformed() {
    let two_lines = format!("{RSA}\n{RSA}");
    let wrong_type = RSA.replacen("ssh-rsa", "ssh-dss", 1);
    let garbage = "ssh-rsa AAAAB3Nza12345678qwertyuudsfsg";
    for key in [ED25519, &two_lines, &wrong_type, garbage, "ssh-rsa", " ", "-----BEGIN"] {
        let refusal = Cloud::new(inventory()).refusal(at(0), &import("web", key));
        assert_eq!(refusal, (400, Code::PUBLIC_KEY_MALFORMED.to_owned()), "{key}");
    }
    let refusal = Cloud::new(inventory()).refusal(at(0), &import("web", ""));
    assert_eq!(refusal, (400, Code::MISSING_PARAMETER.to_owned()));
}

#[test]
fn names_of_imported_pairs_may_have_a_dot_and_letters_of_any_script() {
    let longest = "a".repeat(128);
    for good in ["ab", "web", "a.b:c_d-9", "密钥", "é1", &longest] {
        Cloud::new(inventory()).done(at(0), &import(good, RSA));
    }
    let too_long = "a".repeat(129);
    for bad in ["", "a", "1web", "-web", "web 1", "a/b", "http://web", "a*", &too_long] {
        let refusal = Cloud::new(inventory()).refusal(at(0), &import(bad, RSA));
        assert_eq!(refusal, (400, Code::KEY_PAIR_NAME_MALFORMED.to_owned()), "{bad}");
    }
}

#[test]
fn a_name_is_unique_in_its_region_and_free_again_after_deletion() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &import("web", RSA));
    let taken = (400, Code::KEY_PAIR_EXISTS.to_owned());
    assert_eq!(cloud.refusal(at(1), &import("web", RSA)), taken);
    assert_eq!(cloud.refusal(at(1), &import("web", P256)), taken);
    let mut there = import("web", P256);
    if let Request::ImportKeyPair { region, .. } = &mut there {
        *region = far();
    }
    cloud.done(at(2), &there);
    cloud.done(at(3), &delete(&["web"]));
    cloud.done(at(4), &import("web", P384));
    assert_eq!(page(&mut cloud, "", 1, 50).key_pairs[0].key_pair_finger_print, P384_PRINT);
}

#[test]
fn a_region_has_at_most_500_pairs() {
    let mut cloud = Cloud::new(inventory());
    for number in 0..500 {
        cloud.done(at(0), &import(&format!("web-{number}"), RSA));
    }
    let refusal = cloud.refusal(at(0), &import("one-more", RSA));
    assert_eq!(refusal, (403, Code::KEY_PAIR_QUOTA.to_owned()));
    cloud.done(at(0), &delete(&["web-7"]));
    cloud.done(at(0), &import("one-more", RSA));
}

#[test]
fn pairs_are_told_page_by_page_in_the_order_of_their_names() {
    let mut cloud = Cloud::new(inventory());
    for pair in ["c3", "a1", "e5", "b2", "d4"] {
        cloud.done(at(0), &import(pair, RSA));
    }
    for (number, expected) in
        [(1, vec!["a1", "b2"]), (2, vec!["c3", "d4"]), (3, vec!["e5"]), (4, vec![])]
    {
        let page = page(&mut cloud, "", number, 2);
        assert_eq!((page.total_count, names(&page)), (5, expected), "page {number}");
    }
    assert!(page(&mut cloud, "", usize::MAX, 50).key_pairs.is_empty());
    for (number, size) in [(0, 10), (1, 0), (1, 51)] {
        let refusal = cloud.refusal(at(0), &pairs_page(None, number, size));
        assert_eq!(refusal, (400, Code::PARAMETER.to_owned()));
    }
}

#[test]
fn a_star_at_either_end_of_a_name_is_a_wildcard() {
    let mut cloud = Cloud::new(inventory());
    for pair in ["web", "web-g2", "old-web", "other"] {
        cloud.done(at(0), &import(pair, RSA));
    }
    for (pattern, expected) in [
        ("web", vec!["web"]),
        ("web*", vec!["web", "web-g2"]),
        ("*web", vec!["old-web", "web"]),
        ("*web*", vec!["old-web", "web", "web-g2"]),
        ("*", vec!["old-web", "other", "web", "web-g2"]),
        ("w*b", vec![]),
        ("missing", vec![]),
    ] {
        let page = page(&mut cloud, pattern, 1, 50);
        assert_eq!((page.total_count, names(&page)), (expected.len(), expected), "{pattern}");
    }
}

#[test]
fn a_pair_is_shown_with_its_time_and_its_fingerprint_in_the_form_of_the_switch() {
    for (time_precision, told) in [
        (Precision::Minute, "2026-11-22T10:00Z"),
        (Precision::Second, "2026-11-22T10:00:30Z"),
        (Precision::Millisecond, "2026-11-22T10:00:30.123Z"),
    ] {
        let mut cloud = Cloud::new(Inventory { time_precision, ..inventory() });
        cloud.done(at(123), &import("web", RSA));
        let page = page(&mut cloud, "web", 1, 50);
        assert_eq!(page.key_pairs[0].creation_time.map(|t| t.to_string()).as_deref(), Some(told));
        assert_eq!(page.key_pairs[0].key_pair_finger_print, RSA_PRINT);
    }
    let mut cloud = Cloud::new(inventory())
        .with_switches(Switches { fingerprint_colons: true, ..Switches::default() });
    let colons = "f4:97:b6:ea:ad:98:b5:6e:33:37:3e:41:cc:fe:db:c4".to_owned();
    let answer = cloud.call(at(0), &import("web", RSA));
    assert_eq!(answer, Ok(Response::Imported { fingerprint: colons.clone() }));
    assert_eq!(page(&mut cloud, "", 1, 50).key_pairs[0].key_pair_finger_print, colons);
}

#[test]
fn a_bound_pair_is_not_deleted_and_none_beside_it() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &import("free", RSA));
    cloud.done(at(0), &attach("web", &["i-1"]));
    let bound = (400, Code::KEY_PAIR_BOUND.to_owned());
    assert_eq!(cloud.refusal(at(1), &delete(&["free", "web"])), bound);
    assert_eq!(names(&page(&mut cloud, "", 1, 50)), ["free", "web"]);
    cloud.done(at(2), &detach("web", &["i-1"]));
    cloud.done(at(3), &delete(&["free", "web", "never-was"]));
    assert!(page(&mut cloud, "", 1, 50).key_pairs.is_empty());
}

#[test]
fn one_call_deletes_1_to_100_names_and_unknown_ones_are_gone_already() {
    let mut cloud = Cloud::new(inventory());
    assert_eq!(cloud.refusal(at(0), &delete(&[])), (400, Code::MISSING_PARAMETER.to_owned()));
    let limit = (403, Code::KEY_PAIR_LIMIT.to_owned());
    assert_eq!(cloud.refusal(at(0), &delete(&["web"; 101])), limit);
    let answer = cloud.0.decide(at(0), &delete(&["web"; 100]));
    assert_eq!(answer, Ok((Response::Done, vec![])));
}
