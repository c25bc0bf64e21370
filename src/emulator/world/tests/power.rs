//! Restarting, starting and stopping: alone and in batches, and the statuses that follow.

use std::time::Duration;

use crate::{
    ecs::{BatchOptions, Code, NumberedPage, Request, Response, StatusPage},
    emulator::{
        Fact, Switches,
        example::{
            Cloud, RSA, RSA_PRINT, at, attach, detach, far, id, ids, import, inventory,
            list_instances, reboot, region, tags,
        },
    },
    model::{
        InstanceStatus::{Running, Starting, Stopped, Stopping},
        Region, Timestamp,
    },
};

const TOGETHER: BatchOptions = BatchOptions { all_together: true, dry_run: false };
const EACH: BatchOptions = BatchOptions { all_together: false, dry_run: false };

fn rebooted(instances: &[&str], batch: BatchOptions) -> Request {
    let instance_ids = ids(instances);
    Request::RebootInstances { region: region(), instance_ids, force_reboot: false, batch }
}

fn started(instances: &[&str], batch: BatchOptions) -> Request {
    Request::StartInstances { region: region(), instance_ids: ids(instances), batch }
}

fn stopped(instances: &[&str], batch: BatchOptions) -> Request {
    Request::StopInstances { region: region(), instance_ids: ids(instances), batch }
}

type Single = fn(Option<Region>, &str, bool) -> Request;

fn reboot_one(region: Option<Region>, instance: &str, dry_run: bool) -> Request {
    Request::RebootInstance { force_stop: false, region, instance_id: id(instance), dry_run }
}

fn start_one(region: Option<Region>, instance: &str, dry_run: bool) -> Request {
    Request::StartInstance { region, instance_id: id(instance), dry_run }
}

fn stop_one(region: Option<Region>, instance: &str, dry_run: bool) -> Request {
    Request::StopInstance { region, instance_id: id(instance), dry_run }
}

fn status(cloud: &Cloud, now: Timestamp, instance: &str) -> crate::model::InstanceStatus {
    cloud.state(now, instance).0
}

#[test]
fn a_stop_takes_half_of_a_restart_and_a_start_the_other_half() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &stop_one(None, "i-1", false));
    cloud.done(at(1000), &start_one(Some(region()), "i-1", false));
    for (moment, expected) in
        [(0, Stopping), (99, Stopping), (100, Stopped), (1000, Starting), (1100, Running)]
    {
        let mut cloud = Cloud::new(inventory());
        cloud.done(at(0), &stop_one(None, "i-1", false));
        if moment >= 1000 {
            cloud.done(at(1000), &start_one(None, "i-1", false));
        }
        assert_eq!(status(&cloud, at(moment), "i-1"), expected, "at {moment}");
    }
    assert_eq!(status(&cloud, at(1100), "i-1"), Running);
}

#[test]
fn a_stop_and_a_start_bring_the_pair_into_effect_as_a_restart_does() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &attach("web", &["i-1"]));
    cloud.done(at(0), &stop_one(None, "i-1", false));
    assert_eq!(cloud.state(at(500), "i-1").2, "password");
    cloud.done(at(500), &start_one(None, "i-1", false));
    assert_eq!(cloud.state(at(500), "i-1").2, RSA_PRINT);
}

#[test]
fn each_operation_needs_its_status_and_an_instance_that_exists() {
    let refused = (403, Code::INSTANCE_STATUS.to_owned());
    let missing = (404, Code::INSTANCE_NOT_FOUND.to_owned());
    for (call, right, wrong) in [
        (reboot_one as Single, "i-1", "i-stopped"),
        (stop_one, "i-1", "i-stopped"),
        (start_one, "i-stopped", "i-1"),
    ] {
        let mut cloud = Cloud::new(inventory());
        assert_eq!(cloud.refusal(at(0), &call(None, wrong, false)), refused);
        assert_eq!(cloud.refusal(at(0), &call(None, "i-none", false)), missing);
        assert_eq!(cloud.refusal(at(0), &call(Some(far()), right, false)), missing);
        let dry = (400, Code::DRY_RUN.to_owned());
        assert_eq!(cloud.refusal(at(0), &call(None, right, true)), dry);
        assert_eq!(cloud.refusal(at(0), &call(None, wrong, true)), refused);
        cloud.done(at(0), &call(None, right, false));
    }
}

#[test]
fn an_instance_is_found_in_whatever_region_it_is() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &stop_one(None, "i-far", false));
    assert_eq!(cloud.0.status(at(0), &far(), &id("i-far")), Some(Stopping));
}

#[test]
fn a_batch_is_done_together_or_each_by_itself() {
    let together = [
        (rebooted(&["i-1", "i-stopped"], TOGETHER), 403, Code::INSTANCE_STATUS),
        (started(&["i-1", "i-stopped"], TOGETHER), 403, Code::INSTANCE_STATUS),
        (stopped(&["i-1", "i-none"], TOGETHER), 404, Code::INSTANCE_IDS_NOT_FOUND),
    ];
    for (request, status, code) in together {
        let mut cloud = Cloud::new(inventory());
        assert_eq!(cloud.refusal(at(0), &request), (status, code.to_owned()), "{request:?}");
        assert_eq!(cloud.state(at(0), "i-1").0, Running);
    }
    let each = [
        (rebooted(&["i-1", "i-stopped"], EACH), ["ok", Code::INSTANCE_STATUS]),
        (started(&["i-1", "i-stopped"], EACH), [Code::INSTANCE_STATUS, "ok"]),
        (stopped(&["i-1", "i-none"], EACH), ["ok", Code::INSTANCE_NOT_FOUND]),
    ];
    for (request, expected) in each {
        let items = Cloud::new(inventory()).items(at(0), &request);
        let results: Vec<_> = items.iter().map(|(_, result)| result.as_str()).collect();
        assert_eq!(results, expected, "{request:?}");
    }
}

#[test]
fn a_dry_run_of_a_batch_says_that_it_would_pass_and_does_nothing() {
    let dry = BatchOptions { dry_run: true, ..TOGETHER };
    for request in [rebooted(&["i-1"], dry), stopped(&["i-1"], dry), started(&["i-stopped"], dry)] {
        let mut cloud = Cloud::new(inventory());
        assert_eq!(cloud.refusal(at(0), &request), (400, Code::DRY_RUN_BATCH.to_owned()));
        assert_eq!(status(&cloud, at(0), "i-1"), Running);
    }
}

#[test]
fn an_instance_can_show_running_for_a_moment_after_its_restart_was_accepted() {
    let reboot_lag = Duration::from_millis(50);
    let switches = Switches { reboot_lag, ..Switches::default() };
    let mut cloud = Cloud::new(inventory()).with_switches(switches);
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &attach("web", &["i-1"]));
    cloud.done(at(1000), &reboot(&["i-1"]));
    let wrong = [("i-1".to_owned(), Code::INSTANCE_STATUS.to_owned())];
    for request in [reboot(&["i-1"]), detach("web", &["i-1"])] {
        assert_eq!(cloud.items(at(1010), &request), wrong, "it is on its way");
    }
    for (moment, expected) in [
        (1000, Running),
        (1049, Running),
        (1050, Stopping),
        (1149, Stopping),
        (1150, Starting),
        (1250, Running),
    ] {
        assert_eq!(status(&cloud, at(moment), "i-1"), expected, "at {moment}");
    }
    assert_eq!(cloud.state(at(1149), "i-1").2, "password");
    assert_eq!(cloud.state(at(1150), "i-1").2, RSA_PRINT);
}

fn statuses(instances: &[&str], zone: Option<&str>, number: usize, size: usize) -> Request {
    Request::DescribeInstanceStatus {
        region: region(),
        instance_ids: ids(instances),
        zone_id: zone.map(str::to_owned),
        page: NumberedPage { number, size },
    }
}

#[test]
fn statuses_are_told_page_by_page_or_of_the_instances_that_are_named() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &reboot(&["i-1"]));
    let mut page = |request: &Request| match cloud.call(at(0), request) {
        Ok(Response::Statuses(StatusPage { total_count, statuses })) => {
            let text = statuses.iter().map(|(id, status)| format!("{id} {status}"));
            (total_count, text.collect::<Vec<_>>().join(", "))
        }
        other => panic!("statuses are told, and not {other:?}"),
    };
    let first = page(&statuses(&[], None, 1, 2));
    assert_eq!(first, (5, "i-1 Stopping, i-2 Running".to_owned()));
    let last = page(&statuses(&[], Some("cn-hangzhou-a"), 3, 2));
    assert_eq!(last, (5, "i-windows Running".to_owned()));
    let named = page(&statuses(&["i-stopped", "i-none", "i-2"], None, 1, 10));
    assert_eq!(named, (2, "i-2 Running, i-stopped Stopped".to_owned()));
    for (request, status, code) in [
        (statuses(&[], None, 0, 10), 400, Code::PARAMETER),
        (statuses(&[], None, 1, 51), 400, Code::PARAMETER),
        (statuses(&["i-1"; 101], None, 1, 10), 400, Code::PARAMETER),
        (statuses(&[], Some("cn-beijing-a"), 1, 10), 404, Code::ZONE_NOT_FOUND),
    ] {
        assert_eq!(cloud.refusal(at(0), &request), (status, code.to_owned()), "{request:?}");
    }
}

#[test]
fn a_released_instance_is_gone_and_tags_of_instances_change() {
    let (region, instance_ids) = (region(), ids(&["i-2"]));
    let mut cloud = Cloud::new(inventory());
    cloud.happen(at(0), Fact::Released { region: region.clone(), instance_ids });
    let instance_ids = ids(&["i-1"]);
    let added = tags(&[("hold", "yes"), ("role", "db")]);
    cloud.happen(
        at(0),
        Fact::InstanceTagged {
            region: region.clone(),
            instance_ids: instance_ids.clone(),
            tags: added,
        },
    );
    let tag_keys = vec!["hold".to_owned(), "never-was".to_owned()];
    cloud.happen(at(0), Fact::InstanceUntagged { region, instance_ids, tag_keys });
    let page = cloud.instances(at(0), list_instances());
    let seen: Vec<_> = page.instances.iter().map(|one| one.instance_id.as_str()).collect();
    assert_eq!(seen, ["i-1", "i-old", "i-stopped", "i-windows"]);
    assert_eq!(page.instances[0].tags, tags(&[("role", "db")]));
    let items = cloud.items(at(0), &reboot(&["i-2"]));
    assert_eq!(items, [("i-2".to_owned(), Code::INSTANCE_NOT_FOUND.to_owned())]);
}
