//! Tags of pairs: what changes them, and their limits.

use crate::{
    ecs::{Code, Request, Response},
    emulator::example::{Cloud, RSA, at, import, inventory, list_pairs, name, region, tags},
    model::Tags,
};

fn tag(pairs: &[&str], added: Tags) -> Request {
    let key_pair_names = pairs.iter().map(|pair| name(pair)).collect();
    Request::TagResources { region: region(), key_pair_names, tags: added }
}

fn untag(pairs: &[&str], keys: &[&str]) -> Request {
    let key_pair_names = pairs.iter().map(|pair| name(pair)).collect();
    let tag_keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Request::UntagResources { region: region(), key_pair_names, tag_keys, all: false }
}

fn import_with(added: Tags) -> Request {
    let mut request = import("tagged", RSA);
    if let Request::ImportKeyPair { tags, .. } = &mut request {
        *tags = added;
    }
    request
}

fn numbered(count: usize) -> Tags {
    (0..count).map(|number| (format!("key-{number}"), String::new())).collect()
}

fn told(cloud: &mut Cloud) -> Vec<Tags> {
    match cloud.call(at(0), &list_pairs()) {
        Ok(Response::KeyPairs(page)) => page.key_pairs.into_iter().map(|pair| pair.tags).collect(),
        other => panic!("pairs are listed, and not {other:?}"),
    }
}

/// `db` and `web`, without tags.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &import("db", RSA));
    cloud.done(at(0), &import("web", RSA));
    cloud
}

#[test]
fn tags_come_with_the_import_are_added_changed_and_removed() {
    let mut cloud = cloud();
    cloud.done(at(0), &import_with(tags(&[("team", "core")])));
    cloud.done(at(1), &tag(&["tagged", "web"], tags(&[("team", "web"), ("tier", "")])));
    let both = tags(&[("team", "web"), ("tier", "")]);
    assert_eq!(told(&mut cloud), [tags(&[]), both.clone(), both]);
    cloud.done(at(2), &untag(&["web"], &["team", "never-was"]));
    assert_eq!(told(&mut cloud)[2], tags(&[("tier", "")]));
}

#[test]
fn a_pair_that_does_not_exist_fails_the_whole_call() {
    let mut cloud = cloud();
    let missing = (404, Code::RESOURCE_NOT_FOUND.to_owned());
    assert_eq!(cloud.refusal(at(0), &tag(&["web", "missing"], tags(&[("a", "b")]))), missing);
    assert_eq!(cloud.refusal(at(0), &untag(&["web", "missing"], &["a"])), missing);
    assert_eq!(told(&mut cloud), [tags(&[]), tags(&[])]);
}

#[test]
fn calls_have_limits() {
    let mut cloud = cloud();
    let one = || tags(&[("a", "b")]);
    for (request, status, code) in [
        (tag(&[], one()), 404, Code::MISSING_RESOURCE_IDS),
        (tag(&["web"], Tags::new()), 404, Code::MISSING_TAGS),
        (tag(&["web"; 51], one()), 400, Code::TOO_MANY_RESOURCES),
        (tag(&["web"], numbered(21)), 400, Code::TOO_MANY_TAGS),
        (untag(&[], &["a"]), 404, Code::MISSING_RESOURCE_IDS),
        (untag(&["web"], &[]), 404, Code::MISSING_TAGS),
        (untag(&["web"; 51], &["a"]), 400, Code::TOO_MANY_RESOURCES),
        (untag(&["web"], &["a"; 21]), 400, Code::TOO_MANY_TAGS),
        (import_with(numbered(21)), 403, Code::TAG_QUOTA),
    ] {
        assert_eq!(cloud.refusal(at(0), &request), (status, code.to_owned()), "{request:?}");
    }
}

#[test]
fn a_pair_has_at_most_20_tags() {
    let mut cloud = cloud();
    cloud.done(at(0), &tag(&["web"], numbered(20)));
    cloud.done(at(1), &tag(&["web"], tags(&[("key-7", "changed")])));
    let refusal = cloud.refusal(at(2), &tag(&["db", "web"], tags(&[("one-more", "")])));
    assert_eq!(refusal, (403, Code::TAG_QUOTA.to_owned()));
    assert_eq!(told(&mut cloud)[0], Tags::new(), "nothing was done to the other pair");
}

#[test]
fn keys_and_values_have_rules_in_imports_too() {
    let long = "é".repeat(129);
    let longest = "é".repeat(128);
    for (added, status, code) in [
        (tags(&[("", "v")]), 400, Code::TAG_KEY_MALFORMED),
        (tags(&[(long.as_str(), "v")]), 400, Code::TAG_KEY_MALFORMED),
        (tags(&[("aliyun-x", "v")]), 400, Code::TAG_KEY_MALFORMED),
        (tags(&[("acs:x", "v")]), 400, Code::TAG_KEY_MALFORMED),
        (tags(&[("x-http://y", "v")]), 400, Code::TAG_KEY_MALFORMED),
        (tags(&[("k", long.as_str())]), 400, Code::TAG_VALUE_MALFORMED),
        (tags(&[("k", "https://y")]), 400, Code::TAG_VALUE_MALFORMED),
        (tags(&[("Team", "a"), ("team", "b")]), 400, Code::TAG_KEY_DUPLICATE),
    ] {
        for request in [tag(&["web"], added.clone()), import_with(added.clone())] {
            let refusal = cloud().refusal(at(0), &request);
            assert_eq!(refusal, (status, code.to_owned()), "{request:?}");
        }
    }
    let mut cloud = cloud();
    cloud.done(at(0), &tag(&["web"], tags(&[(longest.as_str(), longest.as_str())])));
    cloud.done(at(0), &import_with(tags(&[("k", "acs:is fine in a value")])));
}

#[test]
fn a_key_that_differs_from_another_only_in_case_clashes_with_it() {
    let mut cloud = cloud();
    cloud.done(at(0), &tag(&["web"], tags(&[("team", "a")])));
    let refusal = cloud.refusal(at(1), &tag(&["web"], tags(&[("Team", "b")])));
    assert_eq!(refusal, (403, Code::TAG_KEY_CLASH.to_owned()));
}
