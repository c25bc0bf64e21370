//! Pairs that the service makes, what is asked about pairs beside their names, and their groups.

use crate::{
    ecs::{Code, KeyPair, PairOptions, PrivateKeyBody, Request, Response, TagFilter},
    emulator::{
        Fact, PrivateKeyForm, Switches,
        example::{
            Cloud, P256, P256_PRINT, RSA, RSA_PRINT, at, import, inventory, name, pairs_page,
            region, tags,
        },
    },
    keys::{KeySource, PooledKeys, PrivateKey},
    model::Tags,
};

fn create(pair: &str, tags: Tags, resource_group_id: Option<&str>) -> Request {
    let (region, key_pair_name) = (region(), name(pair));
    let resource_group_id = resource_group_id.map(str::to_owned);
    Request::CreateKeyPair { region, key_pair_name, tags, resource_group_id }
}

/// A key that a caller brings.
fn key() -> PrivateKey {
    PooledKeys::new(0).generate().expect("a pool that is full")
}

/// The answer to CreateKeyPair: id, fingerprint and private key.
fn created(cloud: &mut Cloud, request: &Request) -> (String, String, PrivateKeyBody) {
    let (response, events) = cloud.0.decide_with(at(0), request, Some(&key())).expect("made");
    events.iter().for_each(|event| cloud.0.apply(event));
    match response {
        Response::Created { key_pair_id, fingerprint, private_key } => {
            (key_pair_id, fingerprint, private_key)
        }
        other => panic!("a pair is made, and not {other:?}"),
    }
}

fn described(cloud: &mut Cloud, pattern: &str, options: PairOptions) -> Vec<KeyPair> {
    let mut request = pairs_page((!pattern.is_empty()).then(|| name(pattern)), 1, 50);
    if let Request::DescribeKeyPairs { options: asked, .. } = &mut request {
        *asked = options;
    }
    match cloud.call(at(0), &request) {
        Ok(Response::KeyPairs(page)) => page.key_pairs,
        other => panic!("pairs are listed, and not {other:?}"),
    }
}

fn names(pairs: &[KeyPair]) -> Vec<&str> {
    pairs.iter().map(|pair| pair.key_pair_name.as_str()).collect()
}

/// `ops` is of a group and has tags; `web` has others.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new(inventory());
    for (pair, key, group, added) in [
        ("ops", P256, Some("rg-a1"), tags(&[("team", "ops"), ("tier", "1")])),
        ("web", RSA, None, tags(&[("team", "web")])),
    ] {
        let mut request = import(pair, key);
        if let Request::ImportKeyPair { tags, resource_group_id, .. } = &mut request {
            (*tags, *resource_group_id) = (added, group.map(str::to_owned));
        }
        cloud.done(at(0), &request);
    }
    cloud
}

#[test]
fn a_pair_is_made_of_the_key_that_was_brought_and_its_private_half_is_answered_once() {
    for (private_key_form, begins) in [
        (PrivateKeyForm::Pkcs1, "-----BEGIN RSA PRIVATE KEY-----\nMII"),
        (PrivateKeyForm::Pkcs8, "-----BEGIN PRIVATE KEY-----\nMII"),
    ] {
        let switches = Switches { private_key_form, ..Switches::default() };
        let mut cloud = Cloud::new(inventory()).with_switches(switches);
        let request = create("web", tags(&[("team", "web")]), Some("rg-a1"));
        let (id, fingerprint, private_key) = created(&mut cloud, &request);
        assert!(private_key.text().starts_with(begins), "the form of {private_key_form:?}");
        assert_eq!(format!("{private_key:?}"), "PrivateKeyBody");
        assert!(id.starts_with("ssh-") && id.len() == 24, "{id}");
        let public = key().public_key().clone();
        assert_eq!(fingerprint, public.fingerprint().hex());
        let options = PairOptions { include_public_key: true, ..PairOptions::default() };
        let pair = described(&mut cloud, "web", options).remove(0);
        assert_eq!(pair.public_key.as_deref(), Some(public.openssh()));
        assert_eq!(pair.resource_group_id, "rg-a1");
        assert_eq!(pair.tags, tags(&[("team", "web")]));
    }
}

#[test]
fn the_private_half_is_in_no_fact() {
    let key = key();
    let request = create("web", Tags::new(), None);
    let cloud = Cloud::new(inventory());
    let (response, events) = cloud.0.decide_with(at(0), &request, Some(&key)).expect("made");
    let Response::Created { private_key, .. } = response else { panic!("a pair is made") };
    let middle = private_key.text().lines().nth(1).expect("a line of the key").to_owned();
    let log = serde_json::to_string(&events).expect("JSON");
    assert!(!log.contains(&middle) && log.contains("ssh-rsa "), "{log}");
}

#[test]
fn making_a_pair_is_refused_by_the_rules_of_its_name_its_tags_and_its_group() {
    let mut cloud = cloud();
    for (request, status, code) in [
        (create("a.b", Tags::new(), None), 400, Code::KEY_PAIR_NAME_MALFORMED),
        (create("密钥", Tags::new(), None), 400, Code::KEY_PAIR_NAME_MALFORMED),
        (create("web", Tags::new(), None), 400, Code::KEY_PAIR_EXISTS),
        (create("new", tags(&[("acs:x", "")]), None), 400, Code::TAG_KEY_MALFORMED),
        (create("new", Tags::new(), Some("")), 404, Code::RESOURCE_GROUP_NOT_FOUND),
        (create("new", Tags::new(), Some("group")), 404, Code::RESOURCE_GROUP_NOT_FOUND),
        (create("new", Tags::new(), None), 500, Code::INTERNAL_ERROR),
    ] {
        assert_eq!(cloud.refusal(at(0), &request), (status, code.to_owned()), "{request:?}");
    }
}

#[test]
fn pairs_are_found_by_fingerprint_tags_and_group_and_all_must_hold() {
    let tag = |key: &str, value: Option<&str>| TagFilter {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    };
    let print =
        |text: &str| PairOptions { fingerprint: Some(text.to_owned()), ..Default::default() };
    let with = |tags: Vec<TagFilter>| PairOptions { tags, ..Default::default() };
    let of_group =
        |id: &str| PairOptions { resource_group_id: Some(id.to_owned()), ..Default::default() };
    let colons = "f4:97:b6:ea:ad:98:b5:6e:33:37:3e:41:cc:fe:db:c4";
    for (pattern, options, expected) in [
        ("", print(RSA_PRINT), vec!["web"]),
        ("", print(colons), vec!["web"]),
        ("", print("no fingerprint"), vec![]),
        ("ops", print(RSA_PRINT), vec![]),
        ("", with(vec![tag("team", None)]), vec!["ops", "web"]),
        ("", with(vec![tag("team", Some("web"))]), vec!["web"]),
        ("", with(vec![tag("team", Some("ops")), tag("tier", Some("1"))]), vec!["ops"]),
        ("", with(vec![tag("team", Some("ops")), tag("tier", Some("2"))]), vec![]),
        ("", of_group("rg-a1"), vec!["ops"]),
        ("", of_group("rg-b2"), vec![]),
        (
            "o*",
            PairOptions { fingerprint: Some(P256_PRINT.to_owned()), ..of_group("rg-a1") },
            vec!["ops"],
        ),
    ] {
        let found = described(&mut cloud(), pattern, options.clone());
        assert_eq!(names(&found), expected, "{pattern} {options:?}");
    }
}

#[test]
fn a_public_key_is_answered_only_if_it_is_asked_for() {
    let found = described(&mut cloud(), "web", PairOptions::default());
    assert_eq!(found[0].public_key, None);
    let options = PairOptions { include_public_key: true, ..PairOptions::default() };
    assert_eq!(described(&mut cloud(), "web", options)[0].public_key.as_deref(), Some(RSA));
}

#[test]
fn a_pair_joins_a_resource_group() {
    let join = |pair: &str, id: &str| Request::JoinResourceGroup {
        region: region(),
        key_pair_name: name(pair),
        resource_group_id: id.to_owned(),
    };
    let mut cloud = cloud();
    cloud.done(at(1), &join("web", "rg-b2"));
    assert_eq!(described(&mut cloud, "web", PairOptions::default())[0].resource_group_id, "rg-b2");
    let not_found = |code: &str| (404, code.to_owned());
    assert_eq!(cloud.refusal(at(1), &join("none", "rg-b2")), not_found(Code::RESOURCE_NOT_FOUND));
    assert_eq!(cloud.refusal(at(1), &join("web", "b2")), not_found(Code::RESOURCE_GROUP_NOT_FOUND));
}

#[test]
fn a_service_that_does_not_look_into_keys_takes_what_has_their_form() {
    let lenient = Switches { lenient_public_keys: true, ..Switches::default() };
    let mut cloud = Cloud::new(inventory()).with_switches(lenient);
    cloud.done(at(0), &import("odd", "ssh-rsa AAAAB3Nza12345678qwertyuudsfsg"));
    cloud.done(at(0), &import("web", RSA));
    let told = described(&mut cloud, "", PairOptions::default());
    assert_eq!(told[1].key_pair_finger_print, RSA_PRINT);
    let refusal = cloud.refusal(at(0), &import("none", "ssh-rsa"));
    assert_eq!(refusal, (400, Code::PUBLIC_KEY_MALFORMED.to_owned()));
}

#[test]
fn a_name_that_does_not_exist_is_deleted_already_or_refused() {
    let delete = |name| crate::emulator::example::delete(&[name]);
    cloud().done(at(0), &delete("none"));
    let strict = Switches { unknown_pair_refuses: true, ..Switches::default() };
    let refusal = cloud().with_switches(strict).refusal(at(0), &delete("none"));
    assert_eq!(refusal, (404, Code::DELETED_PAIR_NOT_FOUND.to_owned()));
}

#[test]
fn a_log_of_an_older_version_is_read() {
    let old = r#"{"imported": {"region": "cn-hangzhou", "keyPairName": "web", "fingerprint":
        "f497b6eaad98b56e33373e41ccfedbc4", "publicKey": "ssh-rsa AAAA", "tags": {}}}"#;
    let fact: Fact = serde_json::from_str(old).expect("a fact of an older log");
    let mut cloud = Cloud::new(inventory());
    cloud.happen(at(0), fact.clone());
    assert_eq!(described(&mut cloud, "web", PairOptions::default())[0].resource_group_id, "");
    let written = serde_json::to_value(&fact).expect("JSON");
    let old: serde_json::Value = serde_json::from_str(old).expect("JSON");
    assert_eq!(written, old, "what needs nothing new is written as before");
}
