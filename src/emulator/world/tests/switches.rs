//! What the world does with each switch, where another test does not show it.

use crate::{
    ecs::{Code, DescribeInstances, Request, Response},
    emulator::{
        PrivateKeyForm, Switches,
        example::{
            Cloud, P256, P256_PRINT, RSA, RSA_PRINT, at, attach, delete, detach, fingerprint, id,
            ids, import, inventory, list_instances, list_pairs, name, reboot, region,
        },
    },
    keys::{KeySource, PooledKeys},
    model::{InstanceStatus, Tags},
};

/// A cloud with the pairs `web` and `ops`, in which a switch is on.
fn cloud(turn: impl FnOnce(&mut Switches)) -> Cloud {
    let mut switches = Switches::default();
    turn(&mut switches);
    let mut cloud = Cloud::new(inventory()).with_switches(switches);
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &import("ops", P256));
    cloud
}

fn pairs(cloud: &mut Cloud) -> Vec<String> {
    match cloud.call(at(0), &list_pairs()) {
        Ok(Response::KeyPairs(page)) => {
            page.key_pairs.into_iter().map(|pair| pair.key_pair_name.to_string()).collect()
        }
        other => panic!("pairs are listed, and not {other:?}"),
    }
}

#[test]
fn of_several_pairs_all_are_deleted_or_none_or_those_that_are_bound_to_nothing() {
    let bound = (400, Code::KEY_PAIR_BOUND.to_owned());
    for (deletes, left) in [(false, &["ops", "web"][..]), (true, &["web"])] {
        let mut cloud = cloud(|switches| switches.mixed_delete_deletes = deletes);
        cloud.done(at(1), &attach("web", &["i-1"]));
        assert_eq!(cloud.refusal(at(2), &delete(&["web"])), bound, "one alone is refused");
        let answer = cloud.call(at(2), &delete(&["web", "ops"]));
        assert_eq!(answer.is_ok(), deletes);
        assert_eq!(pairs(&mut cloud), left);
    }
}

#[test]
fn an_instance_that_cannot_be_bound_refuses_itself_or_the_call() {
    let windows = Code::WINDOWS.to_owned();
    let ok = |id: &str| (id.to_owned(), "ok".to_owned());
    let mut usual = cloud(|_| ());
    let items = usual.items(at(1), &attach("web", &["i-1", "i-windows"]));
    assert_eq!(items, [ok("i-1"), ("i-windows".to_owned(), windows.clone())]);
    let mut strict = cloud(|switches| switches.instance_problem_refuses = true);
    let refusal = |cloud: &mut Cloud, request| cloud.refusal(at(1), &request).1;
    assert_eq!(refusal(&mut strict, attach("web", &["i-1", "i-windows"])), windows);
    assert_eq!(refusal(&mut strict, attach("web", &["i-1", "i-old"])), Code::IO_OPTIMIZED);
    assert_eq!(refusal(&mut strict, detach("web", &["i-windows"])), windows);
    strict.done(at(2), &reboot(&["i-1"]));
    let moving = attach("web", &["i-2", "i-1"]);
    assert_eq!(strict.refusal(at(3), &moving).1, Code::INSTANCE_STATUS);
    assert_eq!(strict.state(at(3), "i-2").1, "", "nothing was bound");
    // One that does not exist is another question.
    let items = strict.items(at(3), &attach("web", &["i-2", "i-none"]));
    assert_eq!(items, [ok("i-2"), ("i-none".to_owned(), Code::INSTANCE_NOT_FOUND.to_owned())]);
}

#[test]
fn an_id_that_is_none_is_passed_over_or_refused() {
    let request = |text: &str| {
        let instance_ids = Some(ids(&["i-1", text]));
        Request::DescribeInstances(DescribeInstances { instance_ids, ..list_instances() })
    };
    for text in ["not-an-id", "i-", "I-1", "i-A", ""] {
        cloud(|_| ()).done(at(1), &request(text));
        let mut strict = cloud(|switches| switches.malformed_id_refuses = true);
        let refused = (400, Code::INSTANCE_IDS_MALFORMED.to_owned());
        assert_eq!(strict.refusal(at(1), &request(text)), refused, "{text}");
        strict.done(at(1), &request("i-none"));
    }
}

#[test]
fn a_restart_shows_stopping_and_starting_or_starting_alone() {
    for (is_starting, shown) in
        [(false, ["Stopping", "Starting", "Running"]), (true, ["Starting", "Starting", "Running"])]
    {
        let mut cloud = cloud(|switches| switches.reboot_shows_starting = is_starting);
        cloud.done(at(0), &reboot(&["i-1"]));
        let mut status = |now| {
            let page = cloud.instances(at(now), list_instances());
            let found = page.instances.into_iter().find(|one| one.instance_id == id("i-1"));
            found.expect("it is there").status.to_string()
        };
        assert_eq!([status(50), status(150), status(250)], shown);
        // A stop is no restart.
        let stop = Request::StopInstances {
            region: region(),
            instance_ids: ids(&["i-2"]),
            batch: Default::default(),
        };
        cloud.done(at(300), &stop);
        let page = cloud.instances(at(310), list_instances());
        let found = page.instances.into_iter().find(|one| one.instance_id == id("i-2"));
        assert_eq!(found.expect("it is there").status, InstanceStatus::Stopping);
    }
}

#[test]
fn a_guest_replaces_the_key_of_before_or_keeps_it_until_it_boots_without_one() {
    for keeps in [false, true] {
        let mut cloud = cloud(|switches| switches.rebind_appends = keeps);
        let kept = |cloud: &Cloud, now| cloud.0.kept_keys(at(now), &region(), &id("i-1"));
        cloud.done(at(0), &attach("web", &["i-1"]));
        cloud.done(at(1), &reboot(&["i-1"]));
        assert!(kept(&cloud, 500).is_empty(), "there was none before");
        cloud.done(at(500), &attach("ops", &["i-1"]));
        cloud.done(at(501), &reboot(&["i-1"]));
        assert_eq!(cloud.state(at(1000), "i-1").2, P256_PRINT);
        let before = fingerprint(RSA_PRINT).filter(|_| keeps);
        assert_eq!(kept(&cloud, 1000), before.into_iter().collect());
        cloud.done(at(1000), &reboot(&["i-1"]));
        assert_eq!(kept(&cloud, 1500), before.into_iter().collect(), "it keeps it for good");
        cloud.done(at(1500), &detach("ops", &["i-1"]));
        cloud.done(at(1501), &reboot(&["i-1"]));
        assert!(kept(&cloud, 2000).is_empty(), "without a pair it accepts no key");
    }
}

#[test]
fn a_created_pair_is_told_by_another_print_and_lets_in_by_its_own_key() {
    let key = PooledKeys::new(0).generate().expect("a key");
    let print = key.public_key().fingerprint();
    let mut cloud = cloud(|switches| {
        switches.created_fingerprint_of_der = true;
        switches.made_fingerprint_colons = true;
        switches.private_key_form = PrivateKeyForm::Bare;
        switches.absent_creation_time = true;
    });
    let request = Request::CreateKeyPair {
        region: region(),
        key_pair_name: name("made"),
        tags: Tags::new(),
        resource_group_id: None,
    };
    let (response, events) = cloud.0.decide_with(at(1), &request, Some(&key)).expect("made");
    events.iter().for_each(|event| cloud.0.apply(event));
    let Response::Created { fingerprint: told, private_key, .. } = response else {
        panic!("{response:?}")
    };
    assert!(private_key.text().starts_with("MIIE") && !private_key.text().contains('-'));
    assert!(told.contains(':'), "the answer to the making has colons");
    let listed = match cloud.call(at(1), &list_pairs()) {
        Ok(Response::KeyPairs(page)) => page.key_pairs,
        other => panic!("{other:?}"),
    };
    let listed = listed.into_iter().find(|pair| pair.key_pair_name == name("made")).expect("made");
    assert_eq!(fingerprint(&listed.key_pair_finger_print), fingerprint(&told), "both are one");
    assert!(!listed.key_pair_finger_print.contains(':'), "the listing has none");
    assert_ne!(fingerprint(&told), Some(print));
    assert_eq!(listed.creation_time, None);
    cloud.done(at(2), &attach("made", &["i-1"]));
    cloud.done(at(3), &reboot(&["i-1"]));
    assert_eq!(cloud.state(at(500), "i-1").2, print.hex());
}
