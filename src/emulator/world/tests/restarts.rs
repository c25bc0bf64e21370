//! Restarts: the statuses in between, what takes effect when, and StartTime.

use crate::{
    ecs::{Code, Request},
    emulator::{
        Actor, Fact, Restart,
        example::{
            Cloud, P256, P256_PRINT, RSA, RSA_PRINT, at, attach, detach, id, ids, import,
            inventory, list_instances, reboot, region,
        },
    },
    model::{
        InstanceStatus::{Running, Starting, Stopped, Stopping},
        Timestamp,
        inventory::Inventory,
        time::Precision,
    },
};

/// `i-1` and `i-stopped` are bound to `web`; nothing has restarted.
fn cloud_of(inventory: Inventory) -> Cloud {
    let mut cloud = Cloud::new(inventory);
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &import("ops", P256));
    cloud.done(at(0), &attach("web", &["i-1", "i-stopped"]));
    cloud
}

fn start_time(cloud: &mut Cloud, now: Timestamp) -> String {
    let mut request = list_instances();
    request.instance_ids = Some(ids(&["i-1"]));
    let page = cloud.instances(now, request);
    page.instances[0].start_time.map_or_else(String::new, |time| time.to_string())
}

fn restarted(instance: &str, by: Actor) -> Fact {
    Fact::Restarted {
        region: region(),
        instance_ids: ids(&[instance]),
        milliseconds: 200,
        lag_milliseconds: 0,
        moves_start_time: true,
        by,
    }
}

fn started(instance: &str) -> Fact {
    Fact::Started { region: region(), instance_ids: ids(&[instance]), milliseconds: 100 }
}

fn stopped(instance: &str) -> Fact {
    Fact::Stopped { region: region(), instance_ids: ids(&[instance]) }
}

#[test]
fn a_restart_goes_down_boots_at_its_half_and_takes_up_what_is_bound() {
    let mut cloud = cloud_of(inventory());
    cloud.done(at(1000), &reboot(&["i-1"]));
    for (moment, status, effective) in [
        (999, Stopping, "password"),
        (1000, Stopping, "password"),
        (1099, Stopping, "password"),
        (1100, Starting, RSA_PRINT),
        (1199, Starting, RSA_PRINT),
        (1200, Running, RSA_PRINT),
        (9_999_999, Running, RSA_PRINT),
    ] {
        let expected = (status, "web".to_owned(), effective.to_owned());
        assert_eq!(cloud.state(at(moment), "i-1"), expected, "at {moment}");
    }
    assert_eq!(cloud.state(at(9_999_999), "i-2"), (Running, String::new(), "password".to_owned()));
}

#[test]
fn bound_and_effective_are_two_facts() {
    let mut cloud = cloud_of(inventory());
    let mut expect = |now, request: Request, bound: &str, effective: &str| {
        cloud.done(at(now), &request);
        let expected = (Running, bound.to_owned(), effective.to_owned());
        assert_eq!(cloud.state(at(now + 500), "i-1"), expected, "after {request:?}");
    };
    expect(1_000, reboot(&["i-1"]), "web", RSA_PRINT);
    expect(2_000, attach("ops", &["i-1"]), "ops", RSA_PRINT);
    expect(3_000, reboot(&["i-1"]), "ops", P256_PRINT);
    expect(4_000, detach("ops", &["i-1"]), "", P256_PRINT);
    expect(5_000, reboot(&["i-1"]), "", "password");
}

#[test]
fn nothing_is_bound_or_restarted_on_the_way() {
    let mut cloud = cloud_of(inventory());
    cloud.done(at(1000), &reboot(&["i-1"]));
    let refused = [("i-1".to_owned(), Code::INSTANCE_STATUS.to_owned())];
    for moment in [1000, 1099, 1100, 1199] {
        for request in [attach("ops", &["i-1"]), detach("web", &["i-1"]), reboot(&["i-1"])] {
            assert_eq!(cloud.items(at(moment), &request), refused, "at {moment}: {request:?}");
        }
    }
    cloud.done(at(1200), &attach("ops", &["i-1"]));
}

#[test]
fn a_reboot_has_a_result_for_each_instance() {
    let mut cloud = cloud_of(inventory());
    let items = cloud.items(at(1), &reboot(&["i-missing", "i-1", "i-stopped", "i-1", "i-windows"]));
    let expected = [
        ("i-missing", Code::INSTANCE_NOT_FOUND),
        ("i-1", "ok"),
        ("i-stopped", Code::INSTANCE_STATUS),
        ("i-windows", "ok"),
    ];
    assert_eq!(items, expected.map(|(id, result)| (id.to_owned(), result.to_owned())));
    let restarts = cloud.0.restarts(&region(), &id("i-1"));
    assert_eq!(restarts, [Restart { at: at(1), by: Actor::Api }]);
    assert_eq!(cloud.0.restarts(&region(), &id("i-stopped")), []);
}

#[test]
fn one_call_restarts_1_to_100_instances() {
    let mut cloud = cloud_of(inventory());
    assert_eq!(cloud.refusal(at(1), &reboot(&[])), (400, Code::MISSING_PARAMETER.to_owned()));
    let too_many = (403, Code::TOO_MANY_INSTANCES.to_owned());
    assert_eq!(cloud.refusal(at(1), &reboot(&["i-1"; 101])), too_many);
    cloud.done(at(1), &reboot(&["i-1"; 100]));
}

#[test]
fn start_time_moves_at_the_boot_or_not_at_all() {
    const BEFORE: &str = "2026-01-01T00:00:00.000Z";
    for (reboot_moves_start_time, after) in [(true, "2026-11-22T10:00:31.100Z"), (false, BEFORE)] {
        let mut cloud = cloud_of(Inventory { reboot_moves_start_time, ..inventory() });
        cloud.done(at(1000), &reboot(&["i-1"]));
        assert_eq!(start_time(&mut cloud, at(1099)), BEFORE);
        assert_eq!(start_time(&mut cloud, at(1100)), after);
        cloud.done(at(2000), &reboot(&["i-1"]));
        assert_eq!(
            start_time(&mut cloud, at(2099)),
            after,
            "the boot before counts until the next"
        );
    }
}

#[test]
fn start_time_is_told_to_the_minute() {
    let mut cloud = cloud_of(Inventory { time_precision: Precision::Minute, ..inventory() });
    assert_eq!(start_time(&mut cloud, at(0)), "2026-01-01T00:00Z");
    cloud.done(at(0), &reboot(&["i-1"]));
    assert_eq!(start_time(&mut cloud, at(1000)), "2026-11-22T10:00Z");
    cloud.done(at(20_000), &reboot(&["i-1"]));
    assert_eq!(start_time(&mut cloud, at(21_000)), "2026-11-22T10:00Z", "the same minute");
    cloud.done(at(30_000), &reboot(&["i-1"]));
    assert_eq!(start_time(&mut cloud, at(31_000)), "2026-11-22T10:01Z");
}

#[test]
fn a_start_boots_at_once_and_moves_start_time() {
    let mut cloud = cloud_of(Inventory { reboot_moves_start_time: false, ..inventory() });
    cloud.happen(at(1000), stopped("i-1"));
    cloud.happen(at(2000), started("i-1"));
    for (moment, status) in [(2000, Starting), (2099, Starting), (2100, Running)] {
        let expected = (status, "web".to_owned(), RSA_PRINT.to_owned());
        assert_eq!(cloud.state(at(moment), "i-1"), expected, "at {moment}");
    }
    assert_eq!(start_time(&mut cloud, at(2100)), "2026-11-22T10:00:32.000Z");
}

#[test]
fn an_instance_that_was_stopped_takes_up_its_pair_when_it_starts() {
    let mut cloud = cloud_of(inventory());
    cloud.done(at(500), &attach("ops", &["i-stopped"]));
    cloud.happen(at(1000), started("i-stopped"));
    let expected = (Running, "ops".to_owned(), P256_PRINT.to_owned());
    assert_eq!(cloud.state(at(1100), "i-stopped"), expected);
}

#[test]
fn a_stop_before_the_boot_leaves_what_was_in_effect_and_one_after_it_does_not() {
    for (moment, effective) in [(1099, "password"), (1100, RSA_PRINT), (5000, RSA_PRINT)] {
        let mut cloud = cloud_of(inventory());
        cloud.done(at(1000), &reboot(&["i-1"]));
        cloud.happen(at(moment), stopped("i-1"));
        let expected = (Stopped, "web".to_owned(), effective.to_owned());
        assert_eq!(cloud.state(at(9000), "i-1"), expected, "stopped at {moment}");
    }
}

#[test]
fn a_restart_by_a_person_counts_and_takes_effect() {
    let mut cloud = cloud_of(inventory());
    cloud.happen(at(1000), restarted("i-1", Actor::Person));
    cloud.done(at(2000), &reboot(&["i-1"]));
    let expected = (Running, "web".to_owned(), RSA_PRINT.to_owned());
    assert_eq!(cloud.state(at(3000), "i-1"), expected);
    let restarts = cloud.0.restarts(&region(), &id("i-1"));
    let by = [(1000, Actor::Person), (2000, Actor::Api)];
    assert_eq!(restarts, by.map(|(moment, by)| Restart { at: at(moment), by }));
}
