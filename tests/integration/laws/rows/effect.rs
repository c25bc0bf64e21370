//! Effect: whether what is bound is what the guest accepts, by StartTime and CreationTime.

use keyform::{
    ecs::{DescribeInstances, Request, Response, Transport},
    emulator::Fact,
    model::{InstanceId, InstanceStatus, ServiceTime, Timestamp, time::Precision},
};

use super::{Planned, after, key_pair, planned_of, row, saying, table};
use crate::laws::{
    decisions::applied,
    scene::{Scene, bound, region},
};

const ABOUT: &str = "instance/cn-hangzhou/i-2";

/// The plan of a scene in which `i-2` is Running and says that it was last started then.
fn started(scene: &Scene, start: Option<&str>) -> Planned {
    let start = start.map(|text| ServiceTime::parse(text).expect("a time of the service"));
    planned_of(scene, move |instance| {
        if instance.instance_id.as_str() == "i-2" {
            instance.status = InstanceStatus::Running;
            instance.start_time = start;
        }
    })
}

/// A project of which `i-2` was bound while it was Stopped, when it said that it was last started at
/// the beginning of 2026: what it is bound to is pending.
fn pending() -> Scene {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    scene.apply(false);
    scene
}

/// What `i-2` says of its last start.
fn told_start(scene: &Scene) -> Timestamp {
    let request = Request::DescribeInstances(DescribeInstances {
        instance_ids: Some(vec![InstanceId::new("i-2")]),
        ..DescribeInstances::all(region())
    });
    let Ok(Response::Instances(page)) = scene.cloud().call(&request) else { panic!("it is told") };
    let start = page.instances[0].start_time.expect("it was started");
    Timestamp::parse(&start.to_string()).expect("a time to the second")
}

/// The baseline is the StartTime that was read after the attach was confirmed. Doubt is "not yet".
#[test]
fn what_was_bound_is_in_effect_once_the_instance_has_started_later() {
    let scene = pending();
    let not_wanted = saying(&scene, &bound("web", "i-1"));
    table(
        ABOUT,
        vec![
            row("an earlier start", started(&scene, Some("2025-12-31T23:59:59Z")), &["restart"]),
            row("the same start", started(&scene, Some("2026-01-01T00:00:00Z")), &["restart"]),
            row("no start", started(&scene, None), &["restart"]),
            row("a later start", started(&scene, Some("2026-01-01T00:00:01Z")), &[]),
            row(
                "the same start, to the minute",
                started(&scene, Some("2026-01-01T00:00Z")),
                &["restart"],
            ),
            row("a later start, to the minute", started(&scene, Some("2026-01-01T00:01Z")), &[]),
            row(
                "a later start, and it is not wanted any more",
                started(&not_wanted, Some("2026-01-01T00:00:01Z")),
                &["unbind from web", "restart"],
            ),
        ],
    );
}

/// An unbinding is in effect by the same times; the baseline was read when it was confirmed.
#[test]
fn what_was_unbound_is_in_effect_once_the_instance_has_started_later() {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.apply(false);
    let scene = saying(&scene, &bound("web", "i-1"));
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    scene.apply(false);
    let start = told_start(&scene);
    let later = |seconds: i64| {
        let moment = Timestamp::from_milliseconds(start.milliseconds() + seconds * 1_000);
        ServiceTime::new(moment, Precision::Second).to_string()
    };
    table(
        ABOUT,
        vec![
            row("the same start", started(&scene, Some(&later(0))), &["restart"]),
            row("a later start", started(&scene, Some(&later(1))), &["forget"]),
        ],
    );
}

/// A binding that is found without a record is pending if its instance started before the pair was
/// made, and else assumed: then it is written down, and never restarted for it.
#[test]
fn what_is_found_bound_is_pending_only_if_it_cannot_be_in_effect() {
    let scene = after(&applied(), Scene::lose_state);
    let created = scene.world(|world, _| {
        world.pairs(&region()).find(|pair| pair.name.as_str() == "web").map(|pair| pair.created)
    });
    let created = created.expect("it is there");
    let told = |later: i64, precision: Precision| {
        let moment = Timestamp::from_milliseconds(created.milliseconds() + later * 1_000);
        ServiceTime::new(moment, precision).to_string()
    };
    let (before, same, later) =
        (told(-1, Precision::Second), told(0, Precision::Second), told(1, Precision::Second));
    let minute = told(0, Precision::Minute);
    table(
        ABOUT,
        vec![
            row("it started before", started(&scene, Some(&before)), &["write down", "restart"]),
            row("it started at the same time", started(&scene, Some(&same)), &["write down"]),
            row("it started later", started(&scene, Some(&later)), &["write down"]),
            row("it started in the same minute", started(&scene, Some(&minute)), &["write down"]),
            row("it says no start", started(&scene, None), &["write down"]),
        ],
    );
    // What was assumed once stays so, whatever is told later.
    scene.apply(false);
    table(
        ABOUT,
        vec![
            row("it is recorded, and started before", started(&scene, Some(&before)), &[]),
            row("it is recorded, and started later", started(&scene, Some(&later)), &[]),
            row(
                "it is recorded, and not wanted any more",
                started(&saying(&scene, &key_pair("web", "")), Some(&later)),
                &["unbind from web", "restart"],
            ),
        ],
    );
}
